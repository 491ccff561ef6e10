# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus and a real Alertmanager on ports and folders of their own,
the rules as they are but for their clocks, and a past made for them."""

import http.server
import json
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from pathlib import Path

import tree

sys.path.insert(0, str(tree.ROOT / "tests/live"))
from harness import Unavailable, free_port, stop, wait_for  # noqa: E402 - the path comes first


def need(*programs):
    for program in programs:
        if not tree.find(program):
            raise Unavailable(f"{program} is not installed (Debian: prometheus, prometheus-alertmanager)")


class Server:
    """A process with an HTTP API that says when it is ready."""

    def __init__(self, work, name, *arguments):
        self.log_path = work / f"{name}.log"
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([tree.find(name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=work)
        wait_for(f"{name} is ready", lambda: self.get("/-/ready", plain=True), process=self.process)

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path, plain=False, **parameters):
        """JSON, the error that the server states included; None: no answer."""
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        try:
            with urllib.request.urlopen(self.url(path), data, timeout=30) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            if plain:
                return None
        except OSError:
            return None
        return text if plain else json.loads(text)

    def stop(self):
        stop(self.process)


class Prometheus(Server):
    def __init__(self, work, config, data="data", *flags):
        work.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        config_path = work / "prometheus.yaml"
        config_path.write_text(tree.yaml().safe_dump(config))
        super().__init__(work, "prometheus", f"--config.file={config_path}", f"--storage.tsdb.path={work / data}",
                         f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=30d", *flags)

    def query(self, expr, time=None):
        """The samples of an instant query; AssertionError: it is wrong."""
        answer = self.get("/api/v1/query", query=expr, **({"time": time} if time else {}))
        assert answer and answer["status"] == "success", f"{expr}: {answer}"
        return answer["data"]["result"]

    def range(self, expr, start, end, step):
        answer = self.get("/api/v1/query_range", query=expr, start=start, end=end, step=step)
        assert answer and answer["status"] == "success", f"{expr}: {answer}"
        return answer["data"]["result"]


class Alertmanager(Server):
    def __init__(self, work, config, templates):
        self.port = free_port()
        config_path = work / "alertmanager.yaml"
        config_path.write_text(tree.yaml().safe_dump(config))
        for path in templates:
            (work / path.name).write_text(path.read_text(encoding="utf-8"))
        super().__init__(work, "prometheus-alertmanager", f"--config.file={config_path}", f"--storage.path={work / 'alerts'}",
                         f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=")


class Receiver:
    """Takes the Alertmanager's webhooks: (path, message) in their order."""

    def __init__(self):
        self.messages = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 - the library's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.messages.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def of(self, name, alert, status="firing"):
        """Messages to a receiver that hold an alert of that name and status."""
        return [message for path, message in self.messages if path == f"/{name}" and any(
            one["status"] == status and one["labels"]["alertname"] == alert for one in message["alerts"])]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


# ---- configurations as they are, but for their clocks

def quick_rules(work, seconds=1, hold="2s"):
    """Rule files that are evaluated so often, and alerts that wait so long, None: as long as they say. The expressions are untouched."""
    made = []
    for path in sorted(tree.RULES.glob("*.yaml")):
        document = tree.yaml().safe_load(path.read_text(encoding="utf-8"))
        for group in document["groups"]:
            group["interval"] = f"{seconds}s"
            for rule in group["rules"]:
                if hold and "for" in rule:
                    rule["for"] = hold
        made.append(work / path.name)
        made[-1].write_text(tree.yaml().safe_dump(document))
    return made


def quick_routes(receiver):
    """The routes and inhibitions with webhooks to `receiver` for all that they tell, soon."""
    document = tree.yaml().safe_load(tree.ALERTMANAGER.read_text(encoding="utf-8"))
    document["global"] = {"resolve_timeout": "5m"}
    document["receivers"] = [{"name": one["name"], "webhook_configs": [{"url": receiver.url(one["name"])}]}
                             for one in document["receivers"]]

    def hasten(route):
        route["group_wait"], route["group_interval"] = "3s", "5s"
        for child in route.get("routes", ()):
            hasten(child)
    hasten(document["route"])
    return document


def prometheus_config(targets=(), rule_files=(), alertmanager=None, remote=None, cluster="live", seconds=1):
    """prometheus.yaml with other clocks and addresses."""
    config = tree.yaml().safe_load((tree.ROOT / "dashboards/prometheus/prometheus.yaml").read_text(encoding="utf-8"))
    config["global"] = {name: f"{seconds}s" for name in ("scrape_interval", "scrape_timeout", "evaluation_interval")}
    config["rule_files"] = [str(path) for path in rule_files]
    config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]} if alertmanager else {}
    config["scrape_configs"][0]["static_configs"] = [{"targets": list(targets), "labels": {"cluster": cluster}}]
    if not targets:
        config["scrape_configs"] = []
    if remote:
        config["remote_write"][0]["url"] = f"http://127.0.0.1:{remote}/api/v1/write"
    else:
        del config["remote_write"]
    return config


# ---- a past

def levels(only=None):
    """Recording rules, all or those that record `only`, in the order that they need: each level asks only for earlier ones.
    A rule that asks for its own metric (of another window) comes with those of the same name."""
    waiting, known, made = [rule for rule in tree.rules("recording.yaml") if not only or rule["record"] in only], set(), []
    while waiting:
        names = {rule["record"] for rule in waiting}
        ready = {name for name in names if all(
            not (tree.metric_names(rule["expr"]) & (names - known - {name})) for rule in waiting if rule["record"] == name)}
        assert ready, "rules that wait for one another"
        made.append([rule for rule in waiting if rule["record"] in ready])
        waiting = [rule for rule in waiting if rule["record"] not in ready]
        known |= ready
    return made


def promtool(*arguments):
    status, output = tree.run(tree.find("promtool"), *arguments)
    assert status == 0, output


def make_past(work, fleet, end, seconds, step, interval="2m", only=None):
    """Blocks of a fleet's samples and of what the rules would have recorded of them, in work/data."""
    work.mkdir(parents=True, exist_ok=True)
    text, data = work / "past.om", work / "data"
    samples = fleet.write(text, end, seconds, step)
    promtool("tsdb", "create-blocks-from", "openmetrics", text, data)
    text.unlink()
    for number, rules in enumerate(levels(only)):
        # Twice what asks for itself: an hour's figure is there when the day's is made of it.
        own = any(rule["record"] in tree.metric_names(rule["expr"]) for rule in rules)
        for _ in range(2 if own else 1):
            record(work, rules, number, end, seconds, interval)
    return samples


def record(work, rules, number, end, seconds, interval):
    path = Path(work) / f"level-{number}.yaml"
    path.write_text(tree.yaml().safe_dump({"groups": [{"name": f"level{number}", "rules": rules}]}))
    prometheus = Prometheus(work, prometheus_config())
    try:
        promtool("tsdb", "create-blocks-from", "rules", f"--start={int(end - seconds)}", f"--end={int(end)}",
                 f"--url={prometheus.url()}", f"--output-dir={work / 'data'}", f"--eval-interval={interval}", path)
    finally:
        prometheus.stop()
