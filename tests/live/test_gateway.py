# SPDX-License-Identifier: Apache-2.0
"""A real LiteLLM proxy between real clients and the provider: each call is seen
up to four times, and paid once."""

import json
import os
import subprocess
import unittest

import expect
import harness
from harness import LIVE, Unavailable, make_call, wait_for
from live_case import LiveCase

START_SECONDS = 180
PER_MILLION = 1e-6


def model(name, vendor, base, price):
    """A row of LiteLLM's model list; it charges what the provider's bill says."""
    per_input, per_output, read, write = price
    return {"model_name": name, "litellm_params": {
        "model": f"{vendor}/{name}", "api_base": base, "api_key": "test",
        "input_cost_per_token": float(per_input) * PER_MILLION,
        "output_cost_per_token": float(per_output) * PER_MILLION,
        "cache_read_input_token_cost": float(read or 0) * PER_MILLION,
        "cache_creation_input_token_cost": float(write or 0) * PER_MILLION}}


class LiteLLM:
    """The proxy, with TLS at both ends."""

    def __init__(self, provider, work):
        self.ca, key, chain = harness.make_certificates()
        self.port = harness.free_port()
        config = work / "litellm.yaml"
        config.write_text(json.dumps(self.config(provider.port)))
        python = harness.python_packages("requirements-litellm.txt", LIVE / "litellm")
        command = [python.with_name("litellm"), "--config", config, "--host", "127.0.0.1", "--port", str(self.port),
                   "--ssl_keyfile_path", key, "--ssl_certfile_path", chain, "--telemetry", "False"]
        environment = {**harness.client_environment(self.ca), "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                       "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
        with open(work / "litellm.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(harness.in_own_namespace(command), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment)
        wait_for("LiteLLM answers", self.answers, START_SECONDS, self.process)

    @staticmethod
    def config(port):
        openai, anthropic = f"https://api.openai.com:{port}/v1", f"https://api.anthropic.com:{port}"
        prices = expect.PRICES
        return {"model_list": [
            model("gpt-4o-mini", "openai", openai, prices["openai", "gpt-4o-mini-2024-07-18"]),
            model("text-embedding-3-small", "openai", openai, prices["openai", "text-embedding-3-small"]),
            model("claude-opus-4-6", "anthropic", anthropic, prices["anthropic", "claude-opus-4-6-20260205"]),
        ], "litellm_settings": {"num_retries": 0}}

    def answers(self):
        """Asked by curl: a path that is no call."""
        return subprocess.run(["curl", "--silent", "--fail", "--noproxy", "*", "--cacert", self.ca, "--output", os.devnull,
                               f"https://localhost:{self.port}/health/readiness"], check=False).returncode == 0

    def stop(self):
        harness.stop(self.process)


def call(dialect, **body):
    return make_call(dialect, host="localhost", **body)


class Gateway(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.gateway = LiteLLM(cls.provider, cls.work)
        except Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.gateway.stop)

    @staticmethod
    def bill(entries):
        return sum(expect.cost("anthropic" if entry["dialect"].startswith("anthropic") else "openai", entry)
                   for entry in entries)

    def make_calls(self):
        """By curl and by OpenAI's SDK; returns (the calls, the provider's new log entries)."""
        before = len(self.log_entries())
        curl_calls = [call("openai.chat"), call("openai.chat", stream=True, stream_options={"include_usage": True}),
                      call("anthropic.messages"), call("openai.embeddings")]
        _, outcomes = harness.curl(self.gateway, self.work, curl_calls)
        self.assertEqual({outcome["status"] for outcome in outcomes.values()}, {200})
        sdk_calls = [call("openai.chat"), call("openai.chat", stream=True, stream_options={"include_usage": True})]
        client = harness.Client("openai", self.gateway, self.work, calls=sdk_calls)
        self.assertEqual({outcome.get("error") for outcome in client.finish().values()}, {None})
        return curl_calls + sdk_calls, self.log_entries()[before:]

    def log_entries(self):
        return [entry for entry in expect.read_lines(self.provider.log_path) if "dialect" in entry]

    def records_by_hop(self, promtap, calls):
        """Client records of both hops, once all are there."""
        def found():
            records = promtap.records()
            own = [record for record in records if (record["server_address"] or "").endswith(
                (f":{self.gateway.port}", f":{self.provider.port}"))]
            return own if len(own) >= 2 * len(calls) else None
        own = wait_for("records of both hops", found, process=promtap.process)
        return {hop: [record for record in own if record["hop"] == hop] for hop in
                ("direct", "to_gateway", "from_gateway")}

    def check_money(self, promtap, place, bill):
        """Metrics, budgets, API and report come to the bill, and agree of each service."""
        def of_metric(name):
            return {service: value for (service,), value in promtap.metrics().by(name, "service").items() if value}

        def of_api(member):
            services = json.loads(promtap.get("/api/v1/services"))["items"]
            return {row["service"]: row[member] for row in services if row[member]}

        def of_report():
            command = [harness.PROMTAP, "report", "--state-dir", promtap.state, "--money", place, "--since", "1h",
                       "--by", "service", "--json"]
            rows = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["rows"]
            return {row["service"]: row["cost_usd"] for row in rows if row["cost_usd"]}

        counted = of_metric("ai_cost_dollars_total")
        self.assertAlmostEqual(sum(counted.values()), bill, delta=1e-9)
        for name, told in (("today's gauge", lambda: of_metric("ai_cost_today_dollars")), ("API", lambda: of_api("cost_usd")),
                           ("API, today", lambda: of_api("cost_today_usd")), ("report", of_report)):
            wait_for(f"{name} says {counted}", lambda told=told: self.agree(told(), counted), process=promtap.process)

    @staticmethod
    def agree(told, counted):
        return told.keys() == counted.keys() and all(abs(told[name] - counted[name]) < 1e-9 for name in counted)

    def test_a_call_over_a_gateway_is_paid_once(self):
        promtap = self.promtap()
        calls, entries = self.make_calls()
        self.assertEqual(len(entries), len(calls))
        hops, bill = self.records_by_hop(promtap, calls), self.bill(entries)
        self.assertEqual({hop: len(records) for hop, records in hops.items()},
                         {"direct": 0, "to_gateway": len(calls), "from_gateway": len(calls)})
        self.assertEqual({record["gateway"] for record in hops["to_gateway"]}, {"litellm"})
        # LiteLLM says what it charges: in a header, of streams with the usage.
        self.assertEqual({record["cost_source"] for record in hops["to_gateway"]}, {"provider"})
        self.assertEqual({record["cost_source"] for record in hops["from_gateway"]}, {"table"})
        metrics = promtap.metrics()
        self.assertAlmostEqual(metrics.sum("ai_cost_dollars_total"), bill, delta=1e-9)
        self.assertAlmostEqual(metrics.sum("ai_gateway_upstream_cost_dollars_total"), bill, delta=1e-9)
        self.assertEqual(metrics.sum("ai_requests_total"), len(calls))
        self.assertEqual(metrics.sum("ai_gateway_upstream_requests_total"), len(calls))
        self.assertEqual(metrics.sum("ai_unpriced_requests_total"), 0)
        # Seen at the answering ends as well: the gateway's, and the provider's, which runs here too.
        self.assertEqual(metrics.sum("ai_server_requests_total"), 2 * len(calls))
        self.check_money(promtap, "application", bill)

    def test_money_can_be_counted_at_the_gateway(self):
        promtap = self.promtap("--money", "gateway")
        calls, entries = self.make_calls()
        hops, bill = self.records_by_hop(promtap, calls), self.bill(entries)
        self.assertEqual(len(hops["from_gateway"]), len(calls))
        metrics = promtap.metrics()
        self.assertAlmostEqual(metrics.sum("ai_cost_dollars_total"), bill, delta=1e-9)
        self.assertAlmostEqual(metrics.sum("ai_gateway_downstream_cost_dollars_total"), bill, delta=1e-9)
        self.assertEqual(metrics.sum("ai_gateway_upstream_cost_dollars_total"), 0)
        self.check_money(promtap, "gateway", bill)

    def test_calls_past_the_gateway_are_direct(self):
        promtap = self.promtap()
        direct = make_call("openai.chat")
        about, outcomes = harness.curl(self.provider, self.work, [direct])
        self.check_records(promtap, [direct], about, outcomes)
