# SPDX-License-Identifier: Apache-2.0
"""Spans, end to end: the real collector gets what the records say, as children
of the application's own spans; nothing of a text; and what becomes of them
when the collector is in trouble."""

import json
import signal
import subprocess
import unittest

import harness
from harness import HERE, LIVE, Unavailable, make_call, wait_for
from live_case import LiveCase
from test_detect import ATTACK
from test_gateway import LiteLLM
from trace_receivers import Collector, Trouble, attributes_of

CLIENT, SERVER = 3, 2
# Of the record, by the attribute; what is null there is no attribute.
SAME = {
    "gen_ai.operation.name": "operation", "gen_ai.provider.name": "provider", "gen_ai.request.model": "request_model",
    "gen_ai.response.model": "response_model", "gen_ai.response.id": "response_id",
    "gen_ai.usage.input_tokens": "input_tokens", "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cache_read_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "cache_write_tokens",
    "gen_ai.usage.reasoning.output_tokens": "reasoning_tokens", "http.request.method": "method", "url.template": "path",
    "http.response.status_code": "status", "http.request.body.size": "request_bytes",
    "http.response.body.size": "response_bytes", "promtap.call.id": "id", "promtap.tls": "tls", "promtap.role": "role",
    "promtap.hop": "hop", "promtap.gateway": "gateway", "promtap.dialect": "dialect", "promtap.capture": "capture",
    "promtap.cost.source": "cost_source", "promtap.cost.priced_as": "priced_as", "promtap.tool_calls": "tool_calls",
    "promtap.confidence.source": "confidence_source", "promtap.risk": "risk", "promtap.declined": "declined",
    "promtap.hedged": "hedged", "error.type": "error_type", "promtap.refused": "refused",
}
NUMBERS = {"promtap.cost.usd": ("cost_usd", 1), "promtap.confidence": ("confidence", 1),
           "gen_ai.response.time_to_first_chunk": ("ttft_ms", 1e-3), "promtap.request_seconds": ("request_ms", 1e-3),
           "promtap.time_to_first_byte_seconds": ("ttfb_ms", 1e-3), "promtap.max_gap_seconds": ("max_gap_ms", 1e-3),
           "promtap.time_per_output_token_seconds": ("time_per_output_token_ms", 1e-3)}
LISTS = {"gen_ai.response.finish_reasons": "finish_reasons", "promtap.tools": "tools"}


def mismatches(span, record):
    """Lines about attributes that are not as the record says."""
    about, wrong = span["about"], []
    for key, name in SAME.items():
        if about.get(key) != record[name]:
            wrong.append(f"{key}: {about.get(key)}, {name}: {record[name]}")
    for key, (name, scale) in NUMBERS.items():
        value, said = about.get(key), record[name]
        if (value is None) != (said is None) or (said is not None and abs(value - said * scale) > 1e-9):
            wrong.append(f"{key}: {value}, {name}: {said}")
    for key, name in LISTS.items():
        if about.get(key, []) != record[name]:
            wrong.append(f"{key}: {about.get(key)}, {name}: {record[name]}")
    events = [attributes_of(event) for event in span.get("events", [])]
    found = [(event["promtap.finding.rule"], event["promtap.finding.severity"], event["promtap.finding.category"],
              event["promtap.finding.where"], event["promtap.finding.count"]) for event in events]
    if found != [(row["rule"], row["severity"], row["category"], row["where"], row["count"]) for row in record["findings"]]:
        wrong.append(f"findings: {found}, {record['findings']}")
    return wrong


class TraceCase(LiveCase):
    def tracing(self, url, *options):
        return self.promtap("--otlp-endpoint", url, "--otlp-delay", "200ms", *options)

    def spans_sent(self, promtap, result="sent"):
        return promtap.metrics().sum("promtap_otlp_spans_total", result=result)


class Traces(TraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.collector = Collector(cls.work)
        except Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.collector.stop)

    def collected(self, *options):
        return self.tracing(self.collector.url, "--otlp-ca-file", str(self.collector.ca), *options)

    def wait_spans(self, promtap, trace_ids, count):
        def found():
            spans = self.collector.of_traces(trace_ids)
            return spans if len(spans) >= count else None
        return wait_for(f"{count} spans", found, process=promtap.process)

    def application(self, bodies, sampled=1):
        try:
            python = harness.python_packages("requirements-otel.txt", LIVE / "otel")
        except Unavailable as reason:
            self.skipTest(str(reason))
        command = [python, HERE / "client_traced.py", f"https://api.openai.com:{self.provider.port}/v1/chat/completions",
                   self.provider.ca, self.collector.url, json.dumps(bodies), str(sampled)]
        output = subprocess.run(harness.in_own_namespace(command), check=True, stdout=subprocess.PIPE, text=True,
                                env={**harness.client_environment(self.provider.ca),
                                     "REQUESTS_CA_BUNDLE": str(self.provider.ca)}).stdout
        return json.loads(output)

    def test_spans_say_what_the_records_say(self):
        promtap = self.collected()
        stream = {"stream": True, "stream_options": {"include_usage": True}}
        calls = [make_call("openai.chat"), make_call("openai.chat", **stream), make_call("anthropic.messages"),
                 make_call("openai.embeddings"), make_call("openai.chat", "status=429"), make_call("openai.chat", text=ATTACK)]
        about, _ = harness.curl(self.provider, self.work, calls)
        records = self.records_of(promtap, calls)
        trace_ids = {call["trace_id"] for call in calls}
        spans = self.wait_spans(promtap, trace_ids, 2 * len(calls))
        own = {span["traceId"]: span for span in spans if span["kind"] == CLIENT}
        wrong = []
        for call in calls:
            span, (record,) = own[call["trace_id"]], records[call["trace_id"]]
            wrong += [f"{span['name']}: {line}" for line in mismatches(span, record)]
            self.assertEqual(span["parentSpanId"], call["span_id"])
            self.assertEqual(span["name"], f"{record['operation']} {record['request_model']}")
            took = (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e6
            self.assertAlmostEqual(took, record["duration_ms"], places=5)
            self.assertEqual(span["status"].get("code", 0), 2 if record["error_type"] else 0)
            self.assertEqual(span["resource"]["process.pid"], about["pid"])
            self.assertEqual(span["resource"]["service.name"], record["service"])
            self.assertEqual(span["resource"]["host.name"], record["node"])
            self.assertEqual(span["schema"], "https://opentelemetry.io/schemas/1.41.0")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        self.assertEqual(own[calls[-1]["trace_id"]]["about"]["promtap.findings.highest_severity"], "high")
        self.assertEqual(own[calls[0]["trace_id"]]["about"]["promtap.findings.count"], 0)
        self.check_both_ends(spans, own)
        self.check_healthy(promtap)

    def check_both_ends(self, spans, own):
        """The provider's end of each call is the child of the client's; of an answer without an id, its sibling."""
        for span in spans:
            if span["kind"] == SERVER:
                client = own[span["traceId"]]
                self.assertEqual(span["parentSpanId"],
                                 client["spanId" if "gen_ai.response.id" in span["about"] else "parentSpanId"])

    def test_an_instrumented_application(self):
        promtap = self.collected()
        calls = self.application([make_call("openai.chat", text=ATTACK)["body"], make_call("openai.chat")["body"]])
        self.assertEqual({call["status"] for call in calls}, {200})
        trace_ids = {call["trace_id"] for call in calls}
        spans = self.wait_spans(promtap, trace_ids, 4)
        theirs = {span["spanId"]: span for span in self.collector.spans(None) if span["resource"]["service.name"] == "shop"}
        for call in calls:
            (ours,) = [span for span in spans if span["traceId"] == call["trace_id"] and span["kind"] == CLIENT]
            post = theirs[ours["parentSpanId"]]
            self.assertEqual(post["name"], "POST")
            self.assertEqual(post["parentSpanId"], call["span_id"])
            self.assertEqual(theirs[call["span_id"]]["name"], "answer a customer")
            self.assertGreaterEqual(int(ours["startTimeUnixNano"]), int(post["startTimeUnixNano"]))
            self.assertLessEqual(int(ours["endTimeUnixNano"]), int(post["endTimeUnixNano"]))

    def test_who_keeps_no_trace(self):
        promtap = self.collected()
        calls = self.application([make_call("openai.chat")["body"]], sampled=0)
        wait_for("it is counted", lambda: self.spans_sent(promtap, "unsampled") >= 2, process=promtap.process)
        self.assertEqual(self.collector.of_traces({calls[0]["trace_id"]}), [])
        promtap.stop()
        promtap = self.collected("--otlp-unsampled")
        calls = self.application([make_call("openai.chat")["body"]], sampled=0)
        self.wait_spans(promtap, {calls[0]["trace_id"]}, 2)

    def test_a_gateway_is_one_trace(self):
        try:
            gateway = LiteLLM(self.provider, self.work)
        except Unavailable as reason:
            self.skipTest(str(reason))
        self.addCleanup(gateway.stop)
        promtap = self.promtap("--otlp-endpoint", self.collector.url, "--otlp-ca-file", str(self.collector.ca),
                               "--otlp-delay", "5s")  # ends are told within a moment, but a batch must not end in it
        calls = [make_call("openai.chat", host="localhost") for _ in range(3)]
        harness.curl(gateway, self.work, calls)
        for call in calls:
            spans = self.wait_spans(promtap, {call["trace_id"]}, 4)
            places = {(span["kind"], span["about"]["promtap.hop"]): span for span in spans}
            user, serving = places[CLIENT, "to_gateway"], places[SERVER, "to_gateway"]
            upstream, vendor = places[CLIENT, "from_gateway"], places[SERVER, "direct"]
            self.assertEqual(user["parentSpanId"], call["span_id"])
            self.assertEqual(serving["parentSpanId"], user["spanId"])
            self.assertEqual(upstream["parentSpanId"], serving["spanId"])
            self.assertEqual(vendor["parentSpanId"], upstream["spanId"])
            self.assertEqual(user["about"]["promtap.gateway"], "litellm")

    def test_a_reload_turns_it_on_and_off(self):
        path = self.work / "promtap.yaml"
        path.write_text("otlp: {delay: 200ms}\n")
        promtap = self.promtap("--config", path)
        calls = [make_call("openai.chat") for _ in range(3)]
        for i, text in enumerate(["otlp: {delay: 200ms}\n",
                                  f"otlp: {{endpoint: '{self.collector.url}', ca_file: {self.collector.ca}, delay: 200ms}}\n",
                                  "otlp: {delay: 200ms}\n"]):
            path.write_text(text)
            promtap.process.send_signal(signal.SIGHUP)
            wait_for("the reload", lambda i=i: promtap.log().count("the new configuration is in use") == i + 1)
            harness.curl(self.provider, self.work, [calls[i]])
            self.records_of(promtap, [calls[i]])
            if i == 1:
                self.wait_spans(promtap, {calls[1]["trace_id"]}, 2)
        self.assertEqual(self.collector.of_traces({calls[0]["trace_id"], calls[2]["trace_id"]}), [])


class Troubles(TraceCase):
    """Against a collector that has its own mind."""

    def receiver(self, *answers):
        receiver = Trouble(answers)
        self.addCleanup(receiver.stop)
        return receiver

    def call(self, promtap, count=1, **body):
        """Each has two ends here, so two spans."""
        calls = [make_call("openai.chat", **body) for _ in range(count)]
        harness.curl(self.provider, self.work, calls)
        self.records_of(promtap, calls)
        return calls

    def wait_sent(self, promtap, count, result="sent"):
        wait_for(f"{count} spans {result}", lambda: self.spans_sent(promtap, result) >= count, process=promtap.process)

    def test_nothing_of_a_text_is_in_the_bytes(self):
        receiver = self.receiver()
        promtap = self.tracing(receiver.url)
        calls = self.call(promtap, text=ATTACK + " The word is Zwetschgenknödel.")
        self.wait_sent(promtap, 2)
        answer = (self.work / f"{calls[0]['trace_id']}.response").read_bytes()
        content = json.loads(answer)["choices"][0]["message"]["content"]
        sent = b"".join(receiver.bodies)
        self.assertIn(b"promtap.finding", sent)
        for word in (*ATTACK.split(), "Zwetschgen", *content.split(), "Bearer", "authorization"):
            if len(word) > 5 and word.isalpha() and word not in ("system", "prompt", "instructions"):
                self.assertNotIn(word.encode(), sent, word)
        self.assertNotIn(b"previous instructions", sent)
        self.assertNotIn(b"system prompt", sent)

    def test_busy(self):
        receiver = self.receiver((429, {"Retry-After": "2"}, b""), (503, {}, b""))
        promtap = self.tracing(receiver.url)
        self.call(promtap)
        self.wait_sent(promtap, 2)
        self.assertEqual(len(receiver.bodies), 3)
        self.assertEqual(len(set(receiver.bodies)), 1)
        self.assertGreaterEqual(receiver.times[1] - receiver.times[0], 1.9)
        self.assertEqual(promtap.metrics().sum("promtap_export_lost_total", exporter="otlp"), 0)
        self.assertEqual(promtap.metrics().sum("promtap_otlp_requests_total", result="retried"), 2)

    def test_slow(self):
        receiver = self.receiver(None)
        promtap = self.tracing(receiver.url, "--otlp-timeout", "1s")
        self.call(promtap)
        self.wait_sent(promtap, 2)
        self.assertEqual(len(receiver.bodies), 2)
        self.check_healthy(promtap)

    def test_a_part_is_rejected(self):
        receiver = self.receiver((200, {}, b"\x0a\x06\x08\x01\x12\x02no"))
        promtap = self.tracing(receiver.url)
        self.call(promtap)
        self.wait_sent(promtap, 1, "rejected")
        self.assertEqual(promtap.metrics().sum("promtap_export_lost_total", exporter="otlp"), 1)
        wait_for("it is said", lambda: "rejects 1 of " in promtap.log())
        self.assertNotIn("no", [line.split()[-1] for line in promtap.log().splitlines()])

    def test_refused(self):
        receiver = self.receiver((400, {}, b""))
        promtap = self.tracing(receiver.url)
        self.call(promtap)
        self.wait_sent(promtap, 2, "refused")
        self.call(promtap)
        self.wait_sent(promtap, 2)

    def test_down(self):
        port = harness.free_port()
        promtap = self.tracing(f"http://127.0.0.1:{port}")
        self.call(promtap, 5)
        wait_for("attempts", lambda: promtap.metrics().sum("promtap_otlp_requests_total", result="retried") >= 2)
        self.check_healthy(promtap)
        self.assertEqual(promtap.stop(), 0)
        self.assertRegex(promtap.log(), r"otlp: \d+ spans could not be sent before the end")
        self.assertEqual(promtap.log().count("Couldn't connect"), 1)

    def test_the_end_sends_what_waits(self):
        receiver = self.receiver()
        promtap = self.promtap("--otlp-endpoint", receiver.url, "--otlp-delay", "1m")
        calls = self.call(promtap, 3)
        self.assertEqual(receiver.bodies, [])
        self.assertEqual(promtap.stop(), 0)
        self.assertEqual(len(receiver.bodies), 1)
        for call in calls:
            self.assertEqual(receiver.bodies[0].count(bytes.fromhex(call["trace_id"])), 2)
