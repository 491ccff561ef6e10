# SPDX-License-Identifier: Apache-2.0
"""Rules and routes as files: what promtool and amtool say, and what they cannot
know: that metrics exist, that each alert was seen to fire, that runbooks are there."""

import re
import unittest

import tree

SEVERITIES = {"critical", "warning", "info"}
NODES = {"instance", "node", "pod", "hostname", "host"}

# (labels of an alert, the receivers that are told).
ROUTES = (
    ("severity=critical alert_type=error_rate service=shop model=m", "pager"),
    ("severity=critical alert_type=drift service=shop", "pager"),
    ("severity=warning alert_type=latency_p95 service=shop", "channel-and-mail"),
    ("severity=info alert_type=drift service=shop", "curious"),
    ("severity=critical alert_type=secret_leak service=shop", "incident-webhook,pager"),
    ("severity=warning alert_type=injection service=shop", "incident-webhook,channel-and-mail"),
    ("severity=info alert_type=injection service=shop", "curious"),
    ("severity=critical alert_type=agent_down", "pager"),
    ("severity=warning alert_type=incomplete", "channel"),
    ("severity=info alert_type=uncovered", "curious"),
    ("alert_type=something_new", "channel"),
)


class Tools(unittest.TestCase):
    def setUp(self):
        self.promtool, self.amtool = tree.find("promtool"), tree.find("amtool")
        try:
            tree.yaml()
        except ImportError:
            self.skipTest("python3-yaml is not installed")

    def need(self, tool, package):
        if not tool:
            self.skipTest(f"{package} is not installed")
        return tool


class Rules(Tools):
    def alerts(self):
        return tree.rules("alerts.yaml")

    def expressions(self):
        return [rule["expr"] for rule in (*tree.rules("recording.yaml"), *self.alerts())]

    def test_promtool_takes_them(self):
        promtool = self.need(self.promtool, "prometheus")
        status, output = tree.run(promtool, "check", "rules", *sorted(tree.RULES.glob("*.yaml")))
        self.assertEqual(status, 0, output)
        for name in "prometheus.yaml", "long-term.yaml":
            status, output = tree.run(promtool, "check", "config", tree.ROOT / "dashboards/prometheus" / name)
            self.assertEqual(status, 0, output)

    def test_kubernetes_discovery(self):
        """Debian's promtool is built without it: the shape alone."""
        document = tree.yaml().safe_load((tree.ROOT / "dashboards/prometheus/kubernetes.yaml").read_text(encoding="utf-8"))
        job, = document["scrape_configs"]
        self.assertRegex(job["job_name"], "promtap")
        self.assertEqual(job["kubernetes_sd_configs"][0]["role"], "pod")
        for step in job["relabel_configs"]:
            self.assertLessEqual(set(step), {"source_labels", "regex", "action", "target_label", "replacement"})

    def test_unit_tests(self):
        promtool = self.need(self.promtool, "prometheus")
        for path in sorted(tree.RULE_TESTS.glob("*.yaml")):
            with self.subTest(path.name):
                status, output = tree.run(promtool, "test", "rules", path)
                self.assertEqual(status, 0, output)

    def test_every_alert_was_seen_to_fire(self):
        fired = set()
        for path in tree.RULE_TESTS.glob("*.yaml"):
            for test in tree.yaml().safe_load(path.read_text(encoding="utf-8"))["tests"]:
                fired |= {case["alertname"] for case in test.get("alert_rule_test", ()) if case["exp_alerts"]}
        self.assertEqual({rule["alert"] for rule in self.alerts()} - fired, set())

    def test_every_condition_of_promtap_has_an_alert(self):
        text = (tree.ROOT / "user/judge/reading.h").read_text(encoding="utf-8")
        readings = set(re.findall(r'X\(READING_\w+, "(\w+)"', text))
        self.assertGreaterEqual(len(readings), 12)
        self.assertLessEqual(readings, {rule["labels"]["alert_type"] for rule in self.alerts()})

    def test_every_alert_is_explained(self):
        for rule in self.alerts():
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], SEVERITIES)
                anchor = rule["labels"]["alert_type"].replace("_", "-")
                if "drift_level" in rule["labels"]:
                    anchor += "-" + rule["labels"]["drift_level"]
                self.assertEqual(rule["annotations"]["runbook_url"], f"docs/operations.md#{anchor}")
                self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])

    def test_runbooks_are_there(self):
        text = (tree.ROOT / "docs/operations.md").read_text(encoding="utf-8")
        anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
                   for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)} | set(re.findall(r'<a (?:id|name)="([\w-]+)"', text))
        wanted = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in self.alerts()}
        self.assertEqual(wanted - anchors, set())

    def test_no_node_is_in_any_result(self):
        """A fleet is one: sums leave no node, so an alert pages once."""
        for expr in self.expressions():
            for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", expr):
                self.assertFalse(NODES & set(re.split(r"[ ,]+", labels)), expr)
            self.assertNotRegex(expr, r"\bavg\b", "an average of averages")
        for rule in self.alerts():
            said = " ".join(rule["annotations"].values())
            self.assertFalse(NODES & set(re.findall(r"\$labels\.(\w+)", said)), rule["alert"])

    def test_raw_series_are_always_summed(self):
        """Of a recording rule nothing may depend on which node counted."""
        for rule in tree.rules("recording.yaml"):
            raw = [name for name in tree.metric_names(rule["expr"]) if not name.startswith("ai:")]
            self.assertTrue(not raw or re.match(r"\|?\s*\(?(sum|max|count) by \(cluster", rule["expr"]), rule["record"])

    def test_metrics_exist(self):
        known = tree.known()
        for expr in self.expressions():
            for name in tree.metric_names(expr):
                self.assertIsNotNone(tree.family(name, known), f"{name} is neither documented nor recorded")


class Routes(Tools):
    def test_amtool_takes_it(self):
        status, output = tree.run(self.need(self.amtool, "prometheus-alertmanager"), "check-config", tree.ALERTMANAGER)
        self.assertEqual(status, 0, output)

    def test_receivers(self):
        amtool = self.need(self.amtool, "prometheus-alertmanager")
        for labels, receivers in ROUTES:
            with self.subTest(labels):
                status, output = tree.run(amtool, "config", "routes", "test", f"--config.file={tree.ALERTMANAGER}",
                                          f"--verify.receivers={receivers}", *labels.split())
                self.assertEqual(status, 0, output)

    def test_no_secret_stands_in_it(self):
        text = tree.ALERTMANAGER.read_text(encoding="utf-8")
        self.assertNotRegex(text, r"(?m)^\s*-?\s*(routing_key|service_key|api_url|slack_api_url|\w*password|credentials|bearer_token):")
        self.assertNotRegex(text, "hooks.slack.com")

    def test_groups_name_no_node(self):
        document = tree.yaml().safe_load(tree.ALERTMANAGER.read_text(encoding="utf-8"))

        def groups(route):
            yield from route.get("group_by", ())
            for child in route.get("routes", ()):
                yield from groups(child)
        self.assertFalse(NODES & set(groups(document["route"])))
