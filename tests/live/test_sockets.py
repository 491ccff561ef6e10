# SPDX-License-Identifier: Apache-2.0
"""Real WebSocket clients: each answer's record is right, compressed or not."""

import json
import secrets
import unittest

import harness
from expect import CLOCK_SLACK_MS, SLACK_MS, read_lines, unix_ns
from live_case import LiveCase, runs_in_a_named_cgroup

LIVE_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
PROVIDERS = {"openai.realtime": "openai", "openai.responses": "openai", "gemini.live": "gcp.gemini"}
STACKS = ("ws-python", "ws-python-async", "ws-node", "ws-node-fresh")


def session(path, host, messages, ends, compress, key="test"):
    """One connection of a plan. Messages whose text asks for an answer wait for it."""
    return {"trace_id": secrets.token_hex(16), "span_id": secrets.token_hex(8), "path": path, "host": host, "key": key,
            "compress": compress, "ends": ends,
            "messages": [{"text": json.dumps(message), "answered": answered} for message, answered in messages]}


def ask(live, **also):
    return {"type": "response.create", "response": {"instructions": f"live:{live}"}, **also}, True


def told(orders):
    return {"type": "session.update", "session": {"type": "realtime", "instructions": orders}}, False


def realtime(compress, **more):
    audio = {"type": "input_audio_buffer.append", "audio": "AAAA" * 1000}
    messages = [
        told("Bitte höflich."), (audio, False), (audio, False), ask("events=3"), ask("events=20,delay=2"), ask("tool"),
        ask("status=cancelled"), ask("status=incomplete"), ask("error", event_id="mine"), (audio, False), ask("events=1"),
    ]
    return session("/v1/realtime?model=gpt-realtime", "api.openai.com", messages, ['"response.done"', '"error"'], compress, **more)


def responses(compress):
    def ask(live):
        return {"type": "response.create", "model": "gpt-4.1-mini", "input": [{"role": "user", "content": f"live:{live}"}]}, True

    return session("/v1/responses", "api.openai.com", [ask("events=4"), ask("error"), ask("events=30,delay=1")],
                   ['"response.completed"', '"error"'], compress)


def live(compress):
    def ask(settings):
        return {"clientContent": {"turns": [{"role": "user", "parts": [{"text": f"live:{settings}"}]}], "turnComplete": True}}, True

    setup = {"setup": {"model": "models/gemini-live", "generationConfig": {"responseModalities": ["TEXT"]}}}
    return session(LIVE_PATH + "?key=secret", "generativelanguage.googleapis.com",
                   [(setup, False), ask("events=5"), ask("tool,events=2,delay=3")], ['"turnComplete"'], compress)


def broken_off(compress):
    return session("/v1/realtime?model=gpt-realtime", "api.openai.com",
                   [({"type": "response.create", "response": {"instructions": "live:hang"}}, True)], ["never"], compress)


def exact_fields(entry, client):
    usage = entry["usage"] or {}
    fields = {
        "v": 1, "role": "client", "protocol": "websocket", "method": "GET", "path": entry["path"], "streaming": True,
        "server_address": entry["host"], "provider": PROVIDERS[entry["dialect"]], "gateway": None, "tls": "openssl",
        "input_tokens": usage.get("prompt"), "cache_read_tokens": usage.get("cached"), "output_tokens": usage.get("output"),
        "reasoning_tokens": usage.get("reasoning"), "usage_source": "provider" if usage else "none",
        "trace_id": entry["trace_id"], "parent_span_id": entry["span_id"], "tools": entry["tools"], **client,
    }
    for name in ("dialect", "operation", "request_model", "response_model", "status", "error_type", "finish_reasons",
                 "response_id", "capture"):
        fields[name] = entry[name]
    if not entry["compressed"]:
        fields.update(request_bytes=entry["request_bytes"], response_bytes=entry["response_bytes"])
    return fields


def mismatches(record, entry, client, window):
    wrong = [f"{name}: {record.get(name)!r}, not {wanted!r}"
             for name, wanted in exact_fields(entry, client).items() if record.get(name) != wanted]
    longest = (window[1] - window[0]) / 1e6 + SLACK_MS
    started = unix_ns(record["time"])
    if not window[0] - CLOCK_SLACK_MS * 1e6 <= started <= window[1] + CLOCK_SLACK_MS * 1e6:
        wrong.append(f"time: {record['time']} is not within the session")
    least = {"duration_ms": "last_ns", "ttft_ms": "first_output_ns"}
    for name, stamp in least.items():
        if name == "ttft_ms" and not entry["output_events"]:
            if record[name] is not None:
                wrong.append(f"{name}: {record[name]}, but there was no output")
            continue
        low = (entry[stamp] - entry["received_ns"]) / 1e6 - SLACK_MS
        if record[name] is None or not low <= record[name] <= longest:
            wrong.append(f"{name}: {record[name]} is not within {low:.3f} .. {longest:.3f}")
    return wrong


class Sockets(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.sockets = harness.SocketProvider(cls.work)
        except harness.Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.sockets.stop)
        cls.observer = harness.Promtap(cls.work)
        cls.addClassCleanup(cls.observer.stop)

    def answers(self, trace_id):
        return [entry for entry in read_lines(self.sockets.log_path) if entry["trace_id"] == trace_id]

    def hold(self, stack, sessions):
        try:
            client = harness.Client(stack, self.sockets, self.work, calls=sessions)
        except harness.Unavailable as reason:
            self.skipTest(str(reason))
        return client.about, client.finish()

    def records(self, trace_id, count):
        def found():
            return [record for record in self.observer.records() if record["trace_id"] == trace_id]

        try:
            harness.wait_for("records", lambda: len(found()) >= count, process=self.observer.process)
        except AssertionError:
            pass
        return sorted(found(), key=lambda record: record["time"])

    def check(self, stack, sessions):
        about, outcomes = self.hold(stack, sessions)
        client = {"pid": about["pid"], "program": about["program"]}
        if not runs_in_a_named_cgroup():
            client["service"] = about["program"]
        wrong = []
        for one in sessions:
            outcome, entries = outcomes[one["trace_id"]], self.answers(one["trace_id"])
            asked = sum(message["answered"] for message in one["messages"])
            self.assertEqual(len(entries), asked, outcome)
            self.assertEqual({entry["compressed"] for entry in entries}, {one["compress"]})
            records = self.records(one["trace_id"], asked)
            if len(records) != asked:
                wrong.append(f"{one['path']}: {len(records)} records, not {asked}")
                continue
            window = outcome["start_unix_ns"], outcome["end_unix_ns"]
            for i, (record, entry) in enumerate(zip(records, entries)):
                wrong += [f"{one['path']} {i}: {line}" for line in mismatches(record, entry, client, window)]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_refused_handshake(self):
        one = realtime(False, key="wrong")
        about, _ = self.hold("ws-python", [one])
        records = self.records(one["trace_id"], 1)
        self.assertEqual(len(records), 1)
        self.assertEqual((records[0]["status"], records[0]["error_type"], records[0]["request_model"], records[0]["pid"]),
                         (401, "authentication", "gpt-realtime", about["pid"]))

    def test_orders_of_the_session_in_a_later_answer(self):
        orders = "When a user asks for a refund, look up the booking first and always read it back to them."
        one = session("/v1/realtime?model=gpt-realtime", "api.openai.com",
                      [told(orders), ask("events=3"), ask("events=2"), ask("repeat")], ['"response.done"'], False)
        self.hold("ws-python", [one])
        records = self.records(one["trace_id"], 3)
        self.assertEqual([[finding["rule"] for finding in record["findings"]] for record in records],
                         [[], [], ["leak.run"]])
        self.assertEqual(records[2]["findings"][0]["where"], "completion")

    def test_openai_sdk(self):
        for compress in (False, True):
            with self.subTest(compress=compress):
                self.check("ws-openai", [realtime(compress)])


def add_tests():
    for stack in STACKS:
        for compress in (False, True):
            if stack == "ws-node-fresh" and not compress:
                continue

            def test(self, stack=stack, compress=compress):
                self.check(stack, [make(compress) for make in (realtime, responses, live, broken_off)])
            setattr(Sockets, f"test_{stack.replace('-', '_')}_{'deflate' if compress else 'plain'}", test)


add_tests()
