# SPDX-License-Identifier: Apache-2.0
"""Dashboards as files: made by the generator, whole, and of metrics that exist."""

import json
import re
import sys
import unittest

import tree

UNITS = {"none", "short", "reqps", "percentunit", "percent", "ms", "s", "bytes", "Bps", "currencyUSD"}
PICTURE_BYTES_MAX = 300000
UIDS = {"promtap-overview", "promtap-service", "promtap-model", "promtap-cost", "promtap-latency", "promtap-quality",
        "promtap-security", "promtap-health"}


class Dashboards(unittest.TestCase):
    def each_panel(self, check):
        for uid, board in tree.boards().items():
            for panel in tree.panels(board):
                with self.subTest(f"{uid}: {panel['title']}"):
                    check(board, panel)

    def test_generated(self):
        status, output = tree.run(sys.executable, tree.ROOT / "dashboards/grafana/generate.py", "--check")
        self.assertEqual(status, 0, output)

    def test_links_of_yesterday_still_lead_there(self):
        boards = tree.boards()
        self.assertEqual({board["uid"] for board in boards.values()}, UIDS)
        self.assertEqual(set(boards), UIDS)

    def test_every_panel_is_explained(self):
        def check(_, panel):
            self.assertGreater(len(panel["description"]), 20)
            self.assertTrue(panel["description"].endswith("."), panel["description"])
            self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS)
        self.each_panel(check)

    def test_every_query_asks_the_chosen_source(self):
        def check(_, panel):
            self.assertTrue(panel["targets"])
            for asks in panel, *panel["targets"]:
                self.assertEqual(asks["datasource"]["uid"], "${datasource}")
            refs = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(refs), len(set(refs)))
        self.each_panel(check)

    def test_every_query_is_filtered(self):
        """Or another cluster's calls are in the sum."""
        def check(_, panel):
            for target in panel["targets"]:
                selectors = re.findall(r"[\w:]+\{[^}]*\}", target["expr"])
                self.assertTrue(selectors, target["expr"])
                for selector in selectors:
                    self.assertIn("$cluster", selector)
        self.each_panel(check)

    def test_variables_are_declared(self):
        def check(board, panel):
            known = {variable["name"] for variable in board["templating"]["list"]}
            for target in panel["targets"]:
                used = set(re.findall(r"\$\{?(\w+)", target["expr"])) - {"__rate_interval"}
                self.assertLessEqual(used, known, target["expr"])
        self.each_panel(check)

    def test_metrics_exist(self):
        known = tree.known()
        def check(board, panel):
            for target in panel["targets"]:
                names = tree.metric_names(target["expr"])
                self.assertTrue(names, target["expr"])
                for name in names:
                    self.assertIsNotNone(tree.family(name, known), f"{name} is neither documented nor recorded")
        self.each_panel(check)
        for uid, board in tree.boards().items():
            queries = [item["expr"] for item in board["annotations"]["list"]]
            queries += [item["definition"] for item in board["templating"]["list"] if item["type"] == "query"]
            for name in set().union(*map(tree.metric_names, queries)):
                self.assertIsNotNone(tree.family(name, known), f"{uid}: {name}")

    def test_grid(self):
        for uid, board in tree.boards().items():
            taken, numbers = {}, [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(numbers), len(set(numbers)), uid)
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                for x in range(place["x"], place["x"] + place["w"]):
                    for y in range(place["y"], place["y"] + place["h"]):
                        self.assertNotIn((x, y), taken, f"{uid}: {panel['title']} lies on {taken.get((x, y))}")
                        taken[x, y] = panel["title"]

    def test_links_lead_to_boards(self):
        def check(_, panel):
            for link in panel["fieldConfig"]["defaults"]["links"]:
                self.assertIn(re.match(r"/d/([\w-]+)\?", link["url"])[1], UIDS)
        self.each_panel(check)

    def test_long_ranges_are_recorded(self):
        """A raw series over more than 15 minutes is work for each viewer: a rule does it once. An hour of increase is allowed
        where series are few."""
        few = re.compile(r"ai_model_changes_total|promtap_\w+")
        def check(_, panel):
            for target in panel["targets"]:
                for name, span in re.findall(r"([\w:]+)\{[^}]*\}\[(\w+)\]", target["expr"]):
                    self.assertTrue(span in ("2m", "5m", "10m", "15m") or span == "1h" and few.fullmatch(name), target["expr"])
        self.each_panel(check)

    def test_provisioning(self):
        try:
            yaml = tree.yaml()
        except ImportError:
            self.skipTest("python3-yaml is not installed")
        for path in (tree.ROOT / "dashboards/grafana/provisioning").glob("*/*.yaml"):
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.assertEqual(document["apiVersion"], 1, path)
            for provider in document.get("providers", ()):
                self.assertFalse(provider["allowUiUpdates"])
            for source in document.get("datasources", ()):
                self.assertFalse(source["editable"])

    def test_every_board_has_its_picture(self):
        """Of the size that a page with eight of them can bear (tools/pictures)."""
        pictures = {f"promtap-{path.stem}": path for path in (tree.ROOT / "docs/images/dashboards").glob("*.png")}
        self.assertEqual(set(pictures), UIDS)
        for uid, path in pictures.items():
            self.assertLess(path.stat().st_size, PICTURE_BYTES_MAX, uid)

    def test_no_machine_is_named(self):
        for uid, board in tree.boards().items():
            self.assertNotRegex(json.dumps(board), r"localhost|127\.0\.0\.1|/tmp/", uid)
