#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The request that promtap sends, read by OpenTelemetry's own messages: every
member of a call that knows everything, of one that knows nothing, and of one
whose names are no text. The last line is "otlp: N passed, N failed, N skipped".
"""

import gzip
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / "build/otlp/venv"
PYTHON, STAMP = VENV / "bin/python", VENV / "requirements"
REQUIREMENTS = ROOT / "tests/otlp/requirements.txt"
DUMP = "build/tests/otlp_dump"
sys.path.insert(0, str(ROOT / "tests"))
import results  # noqa: E402 - the path comes first

START = 1700000000 * 10**9
FULL = {
    "gen_ai.operation.name": "chat", "gen_ai.request.stream": True, "openai.api.type": "chat_completions",
    "promtap.tools": ["get_weather", "get_time"], "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.response.id": "chatcmpl-1", "http.request.method": "POST",
    "url.template": "/v1/chat/completions", "promtap.call.id": "01hz-1", "promtap.tls": "openssl",
    "promtap.dialect": "openai.chat", "promtap.gateway": "litellm", "promtap.speed": "fast",
    "promtap.inference_geo": "us", "promtap.variant": "hd", "promtap.cost.priced_as": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 300, "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.cache_creation.input_tokens": 200, "gen_ai.usage.reasoning.output_tokens": 100,
    "promtap.usage.cache_write_5m_tokens": 150, "promtap.usage.cache_write_1h_tokens": 50,
    "promtap.usage.cache_read_audio_tokens": 12, "promtap.usage.audio_input_tokens": 10,
    "promtap.usage.audio_output_tokens": 11, "promtap.usage.image_input_tokens": 13,
    "promtap.usage.image_output_tokens": 14, "promtap.usage.search_units": 1, "promtap.usage.images": 2,
    "promtap.usage.audio_ms": 3, "promtap.usage.characters": 4, "promtap.usage.web_searches": 5,
    "http.response.status_code": 200, "http.request.body.size": 4096, "http.response.body.size": 8192,
    "promtap.tool_calls": 2, "promtap.token_probability.tokens": 300, "gen_ai.response.time_to_first_chunk": 0.5,
    "promtap.request_seconds": 0.001, "promtap.time_to_first_byte_seconds": 0.4, "promtap.max_gap_seconds": 0.03,
    "openai.response.service_tier": "default", "openai.response.system_fingerprint": "fp_1",
    "server.address": "api.openai.com", "server.port": 443, "network.protocol.version": "2",
    "network.protocol.name": "http", "http.request.resend_count": 1,
    "gen_ai.response.finish_reasons": ["stop", "length"], "promtap.capture": "complete", "promtap.role": "client",
    "promtap.hop": "to_gateway", "promtap.time_per_output_token_seconds": (1400000000 // 299) / 1e9,
    "promtap.usage.source": "provider", "promtap.cost.usd": 0.0125, "promtap.cost.source": "table",
    "promtap.confidence": 0.81, "promtap.confidence.source": "logprobs", "promtap.token_probability": 0.9,
    "promtap.risk": "medium", "promtap.refused": False, "promtap.declined": False, "promtap.hedged": True,
    "promtap.findings.count": 2, "promtap.findings.highest_severity": "high",
    "promtap.findings.categories": ["instruction_override"],
}
RESOURCE = {"service.name": "shop", "promtap.service.source": "k8s", "container.id": "0123456789abcdef",
            "k8s.pod.uid": "11111111-2222-3333-4444-555555555555", "host.name": "node-1",
            "process.executable.name": "python3", "process.pid": 4711}
FINDINGS = [
    (START + 10**6, {
        "promtap.finding.category": "instruction_override", "promtap.finding.severity": "high",
        "promtap.finding.rule": "override.ignore", "promtap.finding.rule_version": 3, "promtap.finding.where": "user",
        "promtap.finding.count": 2, "promtap.finding.repeats": 1, "promtap.finding.owasp": ["LLM01"],
        "promtap.finding.atlas": ["AML.T0051.000", "AML.T0051.001"]}),
    (START + 2 * 10**9, {
        "promtap.finding.category": "secret", "promtap.finding.severity": "critical", "promtap.finding.rule": "secret.key",
        "promtap.finding.rule_version": 3, "promtap.finding.where": "completion", "promtap.finding.count": 0,
        "promtap.finding.repeats": 1, "promtap.finding.first_seen_unix_nano": 1690000000 * 10**9,
        "promtap.finding.owasp": ["LLM02"], "promtap.finding.atlas": ["AML.T0057"]}),
]


def value_of(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(element) for element in value.array_value.values]
    return getattr(value, kind)


def attributes_of(holder):
    pairs = [(pair.key, value_of(pair.value)) for pair in holder.attributes]
    assert len(dict(pairs)) == len(pairs), "a key stands twice"
    return dict(pairs)


class Encoding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
        cls.bytes = gzip.decompress(subprocess.run([ROOT / DUMP], check=True, stdout=subprocess.PIPE).stdout)
        cls.request = ExportTraceServiceRequest.FromString(cls.bytes)
        # "shop" twice and "unknown": resources are sorted by their bytes.
        spans = {span.span_id[0]: (part, span) for part in cls.request.resource_spans
                 for scope in part.scope_spans for span in scope.spans}
        cls.parts = [spans[number] for number in (1, 2, 3)]

    def test_it_is_what_they_would_write(self):
        """To the byte: fields in their order, lengths as short as can be, nothing that the messages do not know."""
        self.assertEqual(self.request.SerializeToString(deterministic=True), self.bytes)

    def test_spans_stand_under_their_resource(self):
        self.assertEqual([len(part.scope_spans[0].spans) for part in self.request.resource_spans].count(2), 1)
        for part in self.request.resource_spans:
            (scope,) = part.scope_spans
            self.assertEqual(scope.scope.name, "promtap")
            self.assertTrue(scope.scope.version)
            self.assertEqual(scope.schema_url, "https://opentelemetry.io/schemas/1.41.0")

    def test_all_that_is_known(self):
        part, span = self.parts[0]
        self.assertEqual(attributes_of(part.resource), RESOURCE)
        self.assertEqual(attributes_of(span), FULL)
        self.assertEqual(span.name, "chat gpt-4o")
        self.assertEqual(span.kind, span.SPAN_KIND_CLIENT)
        self.assertEqual((span.trace_id, span.parent_span_id), (b"\xab" * 16, b"\xcd" * 8))
        self.assertEqual((span.start_time_unix_nano, span.end_time_unix_nano), (START, START + 2 * 10**9))
        self.assertEqual(span.flags, 1)
        self.assertEqual(span.status.code, span.status.STATUS_CODE_UNSET)
        self.assertEqual([(event.time_unix_nano, attributes_of(event)) for event in span.events], FINDINGS)
        self.assertEqual({event.name for event in span.events}, {"promtap.finding"})
        (link,) = span.links
        self.assertEqual((link.trace_id, link.span_id), (bytes([7]) + bytes(15), bytes([8]) + bytes(7)))

    def test_nothing_that_is_unknown(self):
        part, span = self.parts[1]
        self.assertEqual(attributes_of(part.resource),
                         {"service.name": "unknown", "promtap.service.source": "unknown", "host.name": "node-1"})
        self.assertEqual(attributes_of(span), {"promtap.capture": "complete", "promtap.role": "client",
                                               "promtap.hop": "direct", "promtap.refused": False})
        self.assertEqual((span.parent_span_id, list(span.events), list(span.links)), (b"", [], []))
        self.assertEqual(span.start_time_unix_nano, span.end_time_unix_nano)

    def test_what_is_no_text(self):
        _, span = self.parts[2]
        self.assertEqual(span.name, "chat \ufffd\ufffd\ufffd")
        self.assertEqual(attributes_of(span)["gen_ai.request.model"], "\ufffd\ufffd\ufffd")
        self.assertEqual(span.kind, span.SPAN_KIND_SERVER)
        self.assertEqual(span.status.code, span.status.STATUS_CODE_ERROR)
        self.assertEqual(span.status.message, "")
        self.assertEqual(attributes_of(span)["error.type"], "rate_limit")


def lacks():
    """Builds what is needed; what cannot be had, or none."""
    try:
        subprocess.run(["make", "--no-print-directory", DUMP], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        if not PYTHON.exists() or not STAMP.exists() or STAMP.read_text() != REQUIREMENTS.read_text():
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
            subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
            STAMP.write_text(REQUIREMENTS.read_text())
    except subprocess.CalledProcessError as error:
        return f"{error.cmd[0]} {error.cmd[-1]} failed"
    return None


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != VENV.resolve():
        missing = lacks()
        if not missing:
            sys.exit(subprocess.run([PYTHON, __file__], check=False).returncode)
        Encoding = unittest.skip(missing)(Encoding)
    sys.exit(results.run("otlp", unittest.defaultTestLoader.loadTestsFromTestCase(Encoding)))
