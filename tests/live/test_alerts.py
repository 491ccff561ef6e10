# SPDX-License-Identifier: Apache-2.0
"""A provider that degrades, end to end: each fault raises the right alert once,
which a signed webhook, a mail sink and the real Alertmanager are told, and
which resolves when the fault is over."""

import re
import signal

import harness
from alert_receivers import Alertmanager, MailSink, Webhook
from harness import make_call, wait_for
from live_case import LiveCase
from test_detect import ATTACK

CONFIG = """\
judge: {{ window: 40, drift_window: 20 }}
alerts:
  latency_p95: {{ threshold: {latency}, min_samples: 5, hold: 0s, cooldown: 2s }}
  latency_p99: {{ enabled: false }}
  error_rate: {{ threshold: 20%, min_samples: 5, hold: 0s, cooldown: 2s }}
  cost_per_request: {{ enabled: false }}
  drift: {{ enabled: false }}
  injection: {{ cooldown: 2s }}
  model_change: {{ cooldown: 2s }}
  daily_budget: {{ threshold: {budget} }}
  incomplete: {{ enabled: false }}
  uncovered: {{ enabled: false }}
notify:
  channels:
    hook:
      type: webhook
      url: http://127.0.0.1:{webhook.port}/promtap
      secret_file: {webhook.secret}
      severity: info
    mail:
      type: email
      url: smtp://127.0.0.1:{mail.port}
      from: promtap@example.org
      to: [oncall@example.org]
    manager:
      type: alertmanager
      url: http://127.0.0.1:{manager.port}
      resend: 5s
"""


class Alerts(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook, cls.mail = Webhook(cls.work), MailSink()
        cls.addClassCleanup(cls.webhook.stop)
        cls.addClassCleanup(cls.mail.stop)
        try:
            cls.manager = Alertmanager(cls.work)
        except harness.Unavailable as reason:
            raise cls.skipTest(cls, str(reason)) from None
        cls.addClassCleanup(cls.manager.stop)

    def config(self, latency=600, budget=1000):
        path = self.work / "promtap.yaml"
        path.write_text(CONFIG.format(latency=latency, budget=budget, webhook=self.webhook, mail=self.mail,
                                      manager=self.manager), encoding="utf-8")
        return path

    def call(self, count, live="", **body):
        """So many calls by one client; what they raise is of this test's model alone."""
        calls = [make_call("openai.chat", live, **{"text": "Good morning.", **body}) for _ in range(count)]
        harness.curl(self.provider, self.work, calls)
        return calls

    def made(self, promtap, calls):
        """The records of these calls."""
        return [record for records in self.records_of(promtap, calls).values() for record in records]

    def wait_told(self, kind, state="firing", model=None):
        wait_for(f"{kind} {state}", lambda: self.webhook.told(state, kind, model))

    def check_told_once(self, kind, model):
        """Of it, and of its end."""
        for state in ("firing", "resolved"):
            self.assertEqual(len(self.webhook.told(state, kind, model)), 1, self.webhook.lines())

    def wait_kept(self, promtap, kind):
        """A kill now loses nothing."""
        path = promtap.state / "alerts"
        wait_for("the state on disk", lambda: path.exists() and kind in path.read_text(encoding="utf-8", errors="replace"))

    def test_latency_rises_and_falls(self):
        promtap = self.promtap("--config", self.config())
        self.call(8, model="gpt-4o-mini")
        self.assertEqual(self.webhook.told("firing", "latency_p95"), [])
        self.call(8, "delay=900", model="gpt-4o-mini")
        self.wait_told("latency_p95")
        wait_for("Alertmanager", lambda: self.manager.alerts("latency_p95"))
        alert = self.manager.alerts("latency_p95")[0]
        self.assertEqual(alert["labels"]["alertname"], "PromtapLatencyP95")
        self.assertNotIn("node", alert["labels"])
        wait_for("the mail", lambda: self.mail.about("latency_p95"))
        self.assertEqual(promtap.metrics().sum("ai_active_alerts", alert_type="latency_p95"), 1)
        self.call(45, model="gpt-4o-mini")
        self.wait_told("latency_p95", "resolved")
        wait_for("Alertmanager forgets it", lambda: not self.manager.alerts("latency_p95"))
        wait_for("the second mail", lambda: len(self.mail.about("Subject: [promtap] resolved: latency_p95")) == 1)
        self.check_told_once("latency_p95", "gpt-4o-mini-2024-07-18")
        self.assertEqual(promtap.metrics().sum("ai_active_alerts", alert_type="latency_p95"), 0)

    def test_an_error_burst_is_one_page(self):
        self.promtap("--config", self.config())
        self.call(5, model="o3")
        self.call(30, "status=500", model="o3")
        self.wait_told("error_rate", model="o3")
        self.call(45, model="o3")
        self.wait_told("error_rate", "resolved", model="o3")
        self.check_told_once("error_rate", "o3")

    def test_another_model_answers(self):
        self.promtap("--config", self.config())
        self.call(6, model="gpt-4.1-mini")
        self.call(3, "model=gpt-4.1-mini-2099-01-01", model="gpt-4.1-mini")
        self.wait_told("model_change")
        self.wait_told("model_change", "resolved")
        self.assertEqual(len(self.webhook.told("firing", "model_change")), 1)

    def test_an_injected_prompt(self):
        self.promtap("--config", self.config())
        self.call(2, text=ATTACK, model="gpt-4.1")
        self.wait_told("injection")
        told = self.webhook.told("firing", "injection")
        self.assertEqual(len({tuple(line) for line in told}), len(told))
        self.wait_told("injection", "resolved")
        wait_for("the mail", lambda: self.mail.about("injection"))
        for mail in self.mail.about("injection"):
            self.assertNotIn("previous instructions", mail)

    def test_a_budget_is_overrun_and_raised(self):
        promtap = self.promtap("--config", self.config(budget=0.0001))
        self.call(6, model="gpt-4o")
        self.wait_told("daily_budget")
        wait_for("Alertmanager", lambda: self.manager.alerts("daily_budget"))
        self.config(budget=1000)
        promtap.process.send_signal(signal.SIGHUP)
        wait_for("the new budget", lambda: "the new configuration is in use" in promtap.log())
        self.call(1, model="gpt-4o")
        self.wait_told("daily_budget", "resolved")

    def test_a_restart_neither_forgets_nor_repeats(self):
        promtap = self.promtap("--config", self.config())
        self.call(10, "status=429", model="gpt-4.1-nano")
        self.wait_told("error_rate", model="gpt-4.1-nano")
        before = len(self.webhook.told("firing", "error_rate"))
        self.wait_kept(promtap, "error_rate")
        harness.stop(promtap.process, signal.SIGTERM)
        again = self.promtap("--config", self.config(), keep_state=True)
        wait_for("the alert is there", lambda: again.metrics().sum("ai_active_alerts", alert_type="error_rate") == 1)
        self.assertRegex(again.log(), r"windows begin with the last \d+ calls")
        self.assertEqual(len(self.webhook.told("firing", "error_rate")), before)
        self.call(45, model="gpt-4.1-nano")
        self.wait_told("error_rate", "resolved", "gpt-4.1-nano")

    def test_a_server_that_dies_judges_on(self):
        promtap = self.promtap("--config", self.config())
        self.call(10, "status=500", model="o4-mini")
        self.wait_told("error_rate", model="o4-mini")
        self.wait_kept(promtap, "error_rate")
        harness.run("kill", "-KILL", str(promtap.role_pid("server")))
        wait_for("another server", promtap.is_ready)
        wait_for("the alert is there", lambda: promtap.metrics().sum("ai_active_alerts", alert_type="error_rate") == 1)

    def test_a_provider_is_added_without_a_restart(self):
        promtap = self.promtap("--config", self.config())
        self.assertEqual([record["provider"] for record in self.made(promtap, self.call(1))], ["openai"])
        with open(self.config(), "a", encoding="utf-8") as file:
            file.write("providers: { api.openai.com: acme/relay }\n")
        promtap.process.send_signal(signal.SIGHUP)
        wait_for("the new names", lambda: "the new providers and gateways are in use" in promtap.log())
        record, = self.made(promtap, self.call(1))
        self.assertEqual((record["provider"], record["gateway"]), ("acme", "relay"))

    def test_wrong_settings_keep_the_old_ones(self):
        promtap = self.promtap("--config", self.config())
        path = self.config()
        path.write_text(re.sub(r"threshold: 600", "threshold: fast", path.read_text()), encoding="utf-8")
        promtap.process.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "the configuration in use stays" in promtap.log())
        self.assertRegex(promtap.log(), r"promtap.yaml:3: alerts.latency_p95.threshold: 'fast' is not a number")
        wait_for("it is counted", lambda: promtap.metrics().sum("promtap_config_reloads_total", result="refused") == 1)
