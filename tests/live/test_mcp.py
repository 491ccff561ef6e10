# SPDX-License-Identifier: Apache-2.0
"""Tools run over MCP by its own SDK, both ends observed."""

import json
import socket
import subprocess
import unittest

import harness
from harness import LIVE, Unavailable, wait_for
from live_case import LiveCase

OUTCOMES = {"find_knot": None, "tie_knot": "tool_error", "no_such_tool": ("tool_error", "invalid_request")}


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mcp(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.python = harness.python_packages("requirements-litellm.txt", LIVE / "litellm")
        except Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None

    def serve(self, *transport):
        ca, key, chain = harness.make_certificates()
        port = harness.free_port()
        with open(self.work / f"{self._testMethodName}.log", "w", encoding="utf-8") as log:
            server = subprocess.Popen([self.python, harness.HERE / "mcp_peer.py", "server", str(port), chain, key, *transport],
                                      stdout=log, stderr=log)
        self.addCleanup(harness.stop, server)
        wait_for("the MCP server listens", lambda: listens(port), process=server)
        return ca, port

    def check_tools(self, path, *transport):
        ca, port = self.serve(*transport)
        promtap = self.promtap()
        output = harness.run(self.python, harness.HERE / "mcp_peer.py", "client", f"https://localhost:{port}{path}",
                             env=harness.client_environment(ca), timeout=120).stdout
        self.assertEqual([json.loads(line)["tool"] for line in output.splitlines()], list(OUTCOMES))

        def both_ends():
            ends = [[record for record in promtap.records(role) if record["dialect"] == "mcp"
                     and record["server_address"].endswith(f":{port}")] for role in ("client", "server")]
            return ends if all(len(records) >= len(OUTCOMES) for records in ends) else None

        for records in wait_for("records of both ends", both_ends, process=promtap.process):
            self.assertEqual([record["tools"] for record in records], [[name] for name in OUTCOMES])
            for record, (name, error) in zip(records, OUTCOMES.items()):
                self.assertIn(record["error_type"], error if isinstance(error, tuple) else (error,), name)
                self.assertEqual(record["capture"], "complete", name)
                self.assertIsNone(record["input_tokens"])
                self.assertIsNone(record["cost_usd"])
            # The tool sleeps 50 ms: the time is that of the answer, not of the POST.
            self.assertGreaterEqual(records[0]["duration_ms"], 50)
        metrics = promtap.metrics()
        self.assertEqual(metrics.by("ai_tool_calls_total", "tool"), {(name,): 1 for name in OUTCOMES})
        self.assertEqual(metrics.sum("ai_server_tool_calls_total"), len(OUTCOMES))
        self.assertEqual(metrics.sum("ai_tool_errors_total"), 2)
        self.assertEqual(metrics.sum("ai_requests_total") + metrics.sum("ai_unpriced_requests_total"), 0)

    def test_streamable_http(self):
        self.check_tools("/mcp")

    def test_http_and_sse(self):
        self.check_tools("/sse", "sse")
