# SPDX-License-Identifier: Apache-2.0
"""The demo as a newcomer runs it: each thing that goes wrong raises its alert,
which is told in words and ends; what was kept is shown; all that was started ends.
Of the long form, which takes twenty minutes, only that its services are seen."""

import os
import re
import signal
import subprocess
import unittest
import urllib.request
from pathlib import Path

import demo_services
import demo_story
import harness
from harness import HERE, LIVE, Unavailable, free_port, wait_for
from metrics import Metrics

STORY_SECONDS = 180
TOLD_SECONDS = 20  # a machine may be slow with its disk
ALERTS = {"error_rate": "text-embedding-3-small", "latency_p95": "gpt-4.1-nano", "model_change": "gpt-4o-mini",
          "injection": "claude-opus-4-6-20260205"}


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            harness.need_kernel()
            harness.node_major()
        except Unavailable as reason:
            raise unittest.SkipTest(str(reason)) from None

    def start(self, story="short"):
        LIVE.mkdir(parents=True, exist_ok=True)
        self.port, self.out = free_port(), LIVE / "demo.out"
        environment = {**os.environ, "DEMO_METRICS_PORT": str(self.port), "DEMO_STORY": story}
        environment.pop("DEMO_SECONDS", None)
        with open(self.out, "w", encoding="utf-8") as out:
            # Whoever started us may ignore SIGINT, and a shell cannot trap what was ignored when it began.
            process = subprocess.Popen([HERE / "demo.sh"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(harness.stop, process)
        return process

    def text(self):
        return self.out.read_text(encoding="utf-8")

    def services(self):
        if not harness.answers(self.port):
            return set()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as response:
            return {service for service, in Metrics(response.read().decode()).by("ai_requests_total", "service")}

    def heads(self):
        return re.findall(r"^(ALERT|OVER ) (.*)$", self.text(), re.MULTILINE)

    def all_are_over(self):
        heads = [head for head, _ in self.heads()]
        return heads.count("ALERT") == heads.count("OVER ")

    def check_alert(self, kind, model):
        """It rises and ends, each once for one key; the words say what to do."""
        heads = [(head, line) for head, line in self.heads() if line.startswith(f"{kind} (") and f"model {model}" in line]
        for line in {line for _, line in heads}:
            self.assertEqual([head for head, other in heads if other == line], ["ALERT", "OVER "], line)
        self.assertTrue(heads, f"{kind} of {model} was not raised")

    def test_alerts_rise_and_end(self):
        process = self.start()
        wait_for("the end of the story", lambda: "the calls go on" in self.text(), STORY_SECONDS, process)
        wait_for("all to be told", self.all_are_over, TOLD_SECONDS, process)
        for kind, model in ALERTS.items():
            with self.subTest(kind):
                self.check_alert(kind, model)
        self.assertIn("One call in twenty takes longer than it may", self.text())
        self.assertIn("the threshold is 2000 ms", self.text())
        self.assertRegex(self.text(), r"active alerts: \w")
        self.assertRegex(self.text(), r"(?m)^node +text-embedding-3-small +\d+ +[1-9]")
        self.assertNotIn("previous instructions", self.text())
        self.assertIn("previous instructions", demo_story.ATTACK)
        self.assertEqual(harness.stop(process, signal.SIGINT), 0)
        self.assertTrue(self.text().endswith("demo: stopped\n"))
        self.assertFalse(harness.answers(self.port))

    def test_services_of_the_long_form(self):
        root = harness.Cgroup.root("cgroup2")
        if not root or not os.access(root, os.W_OK):
            self.skipTest("this machine has no cgroup2 tree in which cgroups can be made")
        process = self.start("long")
        wait_for("calls of every service", lambda: self.services() >= set(demo_services.SERVICES), STORY_SECONDS, process)
        self.assertEqual(harness.stop(process, signal.SIGINT), 0)
        self.assertFalse([name for name in demo_services.SERVICES if Path(root, demo_services.SLICE, f"{name}.service").exists()])
