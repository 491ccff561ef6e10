# SPDX-License-Identifier: Apache-2.0
"""The demo as a newcomer runs it: each thing that goes wrong raises its alert,
which is told in words and ends; what was kept is shown; all that was started ends."""

import os
import re
import signal
import subprocess
import unittest

import demo_story
import harness
from harness import HERE, LIVE, Unavailable, free_port, wait_for

STORY_SECONDS = 180
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

    def start(self):
        LIVE.mkdir(parents=True, exist_ok=True)
        self.port, self.out = free_port(), LIVE / "demo.out"
        environment = {**os.environ, "DEMO_METRICS_PORT": str(self.port)}
        environment.pop("DEMO_SECONDS", None)
        with open(self.out, "w", encoding="utf-8") as out:
            # Whoever started us may ignore SIGINT, and a shell cannot trap what was ignored when it began.
            process = subprocess.Popen([HERE / "demo.sh"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(harness.stop, process)
        return process

    def text(self):
        return self.out.read_text(encoding="utf-8")

    def check_alert(self, kind, model):
        """It rises and ends, each once for one key; the words say what to do."""
        heads = [(head, line) for head, line in re.findall(r"^(ALERT|OVER ) (.*)$", self.text(), re.MULTILINE)
                 if line.startswith(f"{kind} (") and f"model {model}" in line]
        for line in {line for _, line in heads}:
            self.assertEqual([head for head, other in heads if other == line], ["ALERT", "OVER "], line)
        self.assertTrue(heads, f"{kind} of {model} was not raised")

    def test_alerts_rise_and_end(self):
        process = self.start()
        wait_for("the end of the story", lambda: "the calls go on" in self.text(), STORY_SECONDS, process)
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
