# SPDX-License-Identifier: Apache-2.0
"""Bad input and faults: a clear outcome each time, nothing silently lost."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import expect
import harness
from harness import PROMTAP, Promtap, make_call, wait_for
from live_case import LiveCase

REFUSED_SECONDS = 30


class Refusals(LiveCase):
    """promtap says in one line why it does not start, and what to do."""

    def refused(self, command, *words):
        done = subprocess.run(command, capture_output=True, text=True, timeout=REFUSED_SECONDS, stdin=subprocess.DEVNULL)
        self.assertNotEqual(done.returncode, 0, done)
        lines = [line for line in done.stderr.splitlines() if ": info: " not in line]
        self.assertEqual(len(lines), 1, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def copy_for_all(self):
        """The program where an unprivileged user can run it."""
        folder = Path(tempfile.mkdtemp(prefix="promtap-live-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        shutil.copy(PROMTAP, folder / "promtap")
        return folder / "promtap"

    def test_no_root(self):
        program = self.copy_for_all()
        self.refused(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "run",
                      "--listen", "127.0.0.1:0"], "root")

    def test_no_btf(self):
        hide = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"'
        self.refused(["unshare", "-m", "sh", "-ec", hide, "sh", PROMTAP, "run", "--listen", "127.0.0.1:0"], "BTF")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.refused([PROMTAP, "run", "--listen", address], address, "--listen")

    def test_wrong_options(self):
        config = self.work / "promtap.yaml"
        config.write_text("\n\n\n\n\n\nlisten: 9797x\n")
        self.refused([PROMTAP, "run", "--config", config], "promtap.yaml:7: listen: '9797x' is not a port")
        self.refused([PROMTAP, "run", "--listn", "127.0.0.1:1"], "--listen")
        self.refused([PROMTAP, "replay", self.work / "missing"], "missing")

    def test_calls_file_that_cannot_be_written(self):
        self.refused([PROMTAP, "run", "--listen", "127.0.0.1:0", "--calls", "/nonexistent/calls"], "/nonexistent/calls")


def with_error_on_line_7():
    lines = expect.price_file().splitlines()
    lines[1:1] = ["# a comment"] * (7 - len(lines)) if len(lines) < 7 else []
    lines = lines[:6] + ["openai,gpt-4o-mini-2024-07-18,cheap,0.7,,"]
    return "\n".join(lines) + "\n"


class Prices(LiveCase):
    def test_reload_keeps_the_old_table_on_an_error(self):
        promtap = self.promtap()
        self.check_plain_call(promtap)

        promtap.price_path.write_text(with_error_on_line_7())
        promtap.process.send_signal(signal.SIGHUP)
        line = wait_for("a line about the error", lambda: re.search(r".*prices\.csv:7.*", promtap.log()))[0]
        self.assertIn("input", line)
        self.check_plain_call(promtap)

        loaded = promtap.metrics().sum("promtap_reloads_total", result="ok")
        dearer = {("openai", "gpt-4o-mini-2024-07-18"): ("200", "0", None, None)}
        promtap.price_path.write_text(expect.price_file(dearer))
        promtap.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: promtap.metrics().sum("promtap_reloads_total", result="ok") > loaded)
        call = make_call("openai.chat")
        harness.curl(self.provider, self.work, [call])
        record = self.records_of(promtap, [call])[call["trace_id"]][0]
        self.assertAlmostEqual(record["cost_usd"], 0.0002 * record["input_tokens"], places=9)
        self.assertEqual(promtap.metrics().sum("promtap_reloads_total", result="refused"), 1)

    def test_wrong_file_at_the_start(self):
        """Nothing is started, and the error said."""
        path = self.work / "wrong_prices.csv"
        path.write_text(with_error_on_line_7())
        for command in ["run", "--prices", path], ["replay", "/dev/null", "--prices", path]:
            done = subprocess.run([PROMTAP, *command], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn("wrong_prices.csv:7: column input", done.stderr)

    def test_unknown_model_is_unpriced(self):
        promtap = self.promtap()
        call = make_call("openai.chat", model="no-such-model")
        about, outcomes = harness.curl(self.provider, self.work, [call])
        self.check_records(promtap, [call], about, outcomes)
        self.assertIsNone(self.records_of(promtap, [call])[call["trace_id"]][0]["cost_usd"])
        labels = {"model": "no-such-model"}
        wait_for("the figure", lambda: promtap.metrics().sum("ai_unpriced_requests_total", **labels) == 1)
        self.assertEqual(promtap.metrics().sum("ai_cost_dollars_total", **labels), 0)

    def test_built_in_table(self):
        promtap = self.promtap(prices=expect.PRICE_COLUMNS + "\n")
        call = make_call("openai.chat")
        harness.curl(self.provider, self.work, [call])
        self.assertGreater(self.records_of(promtap, [call])[call["trace_id"]][0]["cost_usd"], 0)


class Deaths(LiveCase):
    """Processes that end at the wrong moment."""

    def test_client_killed_in_the_middle_of_a_stream(self):
        promtap = self.promtap()
        call = make_call("openai.chat", "delay=100,events=200", stream=True)
        client = self.client("http.client", calls=[call])
        wait_for("the stream", lambda: self.provider.has_begun(call))
        client.kill()
        wait_for("the provider's log", lambda: call["trace_id"] in self.provider.log())
        self.check_records(promtap, [call], client.about)
        self.check_healthy(promtap)

    def test_decoder_killed(self):
        promtap = self.promtap()
        self.check_plain_call(promtap)
        before = promtap.metrics().sum("ai_requests_total")
        for round_number in (1, 2):
            pid = wait_for("a decoder", lambda: promtap.role_pid("decoder"))
            os.kill(pid, signal.SIGKILL)
            self.assertGreaterEqual(promtap.metrics().sum("ai_requests_total"), before)
            wait_for("another decoder", lambda old=pid: promtap.role_pid("decoder") not in (None, old))
            wait_for("its count", lambda n=round_number:
                     promtap.metrics().sum("promtap_role_restarts_total", role="decoder") == n)
            wait_for("readiness", promtap.is_ready)
            self.check_plain_call(promtap)
        wait_for("all calls in the figures", lambda:
                 promtap.metrics().sum("ai_requests_total") == len(promtap.records()))
        self.assertEqual(len(self.own_records(promtap)), 3)

    def test_decoder_killed_under_load(self):
        promtap = self.promtap()
        calls = [make_call("openai.chat", "delay=20,events=100", stream=True) for _ in range(16)]
        client = self.client("aiohttp", calls=calls, concurrency=16)
        wait_for("the streams", lambda: all(map(self.provider.has_begun, calls)))
        os.kill(promtap.role_pid("decoder"), signal.SIGKILL)
        client.finish()
        wait_for("its count", lambda: promtap.metrics().sum("promtap_role_restarts_total", role="decoder") == 1)
        self.check_plain_call(promtap)
        for record in promtap.records():
            entry = self.provider.log().get(record["trace_id"])
            if entry and record["capture"] == "complete":
                self.assertEqual(record["output_tokens"], expect.tokens(entry)["output_tokens"])

    def test_server_killed(self):
        promtap = self.promtap()
        self.check_plain_call(promtap)
        pid = wait_for("a server", lambda: promtap.role_pid("server"))
        os.kill(pid, signal.SIGKILL)
        wait_for("another server", lambda: promtap.role_pid("server") not in (None, pid))
        wait_for("readiness", promtap.is_ready)
        self.check_plain_call(promtap)

    def test_ends_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            promtap = Promtap(self.work / f"ends-{number}")
            children = list(promtap.children())
            self.assertGreaterEqual(len(children), 2)
            self.check_plain_call(promtap)
            self.assertEqual(harness.stop(promtap.process, number), 0, promtap.log())
            wait_for("the roles' end", lambda pids=children: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


class Loss(LiveCase):
    def test_ring_that_is_too_small(self):
        """What finds no room is counted; what is called complete is right."""
        promtap = self.promtap("--ring-size", "64K")
        text = "x" * (1 << 20)
        calls = [make_call("openai.chat", "events=50", text=text, stream=True) for _ in range(32)]
        client = self.client("aiohttp", calls=calls, concurrency=32)
        self.check_outcomes(calls, client.finish())
        entries = [self.provider.log()[call["trace_id"]] for call in calls]
        lost = wait_for("counted loss", lambda: promtap.metrics().sum("promtap_lost_bytes_total", reason="ring_full"))
        exchanged = sum(entry["request_bytes"] + entry["response_bytes"] for entry in entries)
        time.sleep(1.5)  # counters of the roles travel once a second
        metrics = promtap.metrics()
        known = sum(metrics.sum(name) for name in
                    ("promtap_captured_bytes_total", "promtap_skipped_bytes_total", "promtap_lost_bytes_total"))
        self.assertGreater(lost, 0)
        self.assertGreaterEqual(known, exchanged)
        for record in promtap.records():
            entry = self.provider.log().get(record["trace_id"])
            if entry and record["capture"] == "complete":
                self.assertFalse(expect.mismatches(record, entry))
        self.check_plain_call(promtap)

    def test_capture_limit(self):
        """A request over the limit is cut, and says so."""
        promtap = self.promtap("--capture-write", "64K")
        call = make_call("openai.chat", text="x" * (1 << 20))
        client = self.client("http.client", calls=[call])
        client.finish()
        record = self.records_of(promtap, [call])[call["trace_id"]][0]
        self.assertEqual(record["capture"], "truncated")
        self.assertEqual(record["request_bytes"], self.provider.log()[call["trace_id"]]["request_bytes"])
        wait_for("the skipped bytes", lambda: promtap.metrics().sum("promtap_skipped_bytes_total", reason="limit"))
        self.check_plain_call(promtap)


class Hostile(LiveCase):
    """Input that nobody should send; then an ordinary call is still seen."""

    def send(self, *pieces):
        """Raw bytes to the provider, from this process, over TLS."""
        context = ssl.create_default_context(cafile=self.provider.ca)
        with socket.create_connection(("127.0.0.1", self.provider.port)) as plain, \
                context.wrap_socket(plain, server_hostname="api.openai.com") as connection:
            connection.settimeout(5)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                while connection.recv(65536):
                    pass
            except OSError:
                pass

    def test_hostile_requests(self):
        promtap = self.promtap()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n"
        body = json.dumps(make_call("openai.chat")["body"]).encode()
        self.send(head + b"Content-Length: 100000\r\n\r\n" + os.urandom(100000))
        self.send(head + b"Content-Length: %d\r\n\r\n" % (len(body) * 2) + body[:20])
        self.send(head + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\n" + body)
        self.send(head, *[b"X-Fill: " + b"y" * 65000 + b"\r\n"] * 160, b"\r\n")
        self.send(head + b"Content-Length: -1\r\n\r\n" + body, b"GET / HTTP/9.9\r\n\r\n", b"\0" * 70000)
        self.send(head + b"Content-Length: 40\r\n\r\n" + b"{\"model\":\"" + b"\xff\xfe\x80" * 10)
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + os.urandom(5000))
        self.check_healthy(promtap)

    def test_hostile_responses(self):
        promtap = self.promtap()
        calls = [
            make_call("openai.chat", f"pad={5 << 20}", stream=True),
            make_call("openai.chat", f"gzip,bomb={256 << 20}"),
            make_call("openai.chat", f"gzip,pad={32 << 20}", stream=True),
        ]
        for call in calls:
            harness.curl(self.provider, self.work, [call])
        records = self.records_of(promtap, calls)
        for call in calls:
            own = records.get(call["trace_id"], [])
            self.assertEqual(len(own), 1, call["live"])
            self.assertIn(own[0]["capture"], ("complete", "no_usage", "undecodable", "truncated"))
        self.check_healthy(promtap)

    def test_nothing_of_the_content_is_logged(self):
        promtap = self.promtap("--log-level", "debug")
        secret = "sk-live-0123456789abcdef"
        calls = [make_call("openai.chat", text=f"my key is {secret}"),
                 make_call("anthropic.messages", "status=529", text=secret, stream=True)]
        for call in calls:
            harness.curl(self.provider, self.work, [call])
        self.records_of(promtap, calls)
        written = promtap.log() + promtap.calls_path.read_text() + promtap.get("/metrics")
        for word in (secret, "Bearer", "must not be logged", "wört"):
            self.assertNotIn(word, written)


class Recordings(LiveCase):
    def test_replay_says_what_was_seen_live(self):
        recording = self.work / "recording"
        promtap = self.promtap("--record", recording)
        calls = [make_call("openai.chat", stream=True), make_call("anthropic.messages"),
                 make_call("openai.responses", "gzip", stream=True)]
        client = self.client("http.client", calls=calls)
        self.check_records(promtap, calls, client.about, client.finish())
        promtap.stop()
        self.assertEqual(stat.S_IMODE(recording.stat().st_mode), 0o600)
        again = self.work / "again.jsonl"
        harness.run(PROMTAP, "replay", recording, "--calls", again, "--prices", promtap.price_path)
        replayed = {}
        for record in expect.read_lines(again):
            replayed.setdefault((record["trace_id"], record["role"]), []).append(record)
        for record in self.own_records(promtap):
            copies = replayed.get((record["trace_id"], "client"), [])
            self.assertEqual(len(copies), 1, f"{record} {copies}")
            different = {name: (value, copies[0].get(name)) for name, value in record.items()
                         if value != copies[0].get(name) and name not in ("id", "time")}
            self.assertEqual(different, {}, record["path"])


class Check(LiveCase):
    def test_check_reports_this_machine(self):
        done = subprocess.run([PROMTAP, "check"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(str(self.provider.process.pid), done.stdout)
        self.assertIn("openssl", done.stdout.lower())

    def test_run_prints_its_address_and_a_line_per_call(self):
        log = self.work / "terminal.log"
        with open(log, "w", encoding="utf-8") as out:
            process = subprocess.Popen([PROMTAP, "run", "--listen", "127.0.0.1:0", "--calls", "-"], stdout=out, stderr=out,
                                       stdin=subprocess.DEVNULL)
        self.addCleanup(harness.stop, process)
        found = wait_for("the address", lambda: re.search(r"127\.0\.0\.1:([1-9]\d*)", log.read_text()), process=process)
        wait_for("readiness", lambda: harness.answers(int(found[1])), process=process)
        call = make_call("openai.chat")
        harness.curl(self.provider, self.work, [call])
        wait_for("the record", lambda: call["trace_id"] in log.read_text())
