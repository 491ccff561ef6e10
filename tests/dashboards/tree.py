# SPDX-License-Identifier: Apache-2.0
"""What stands in the tree: dashboards, rules, documented metrics; and how a
query of a panel becomes one that Prometheus answers."""

import json
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BOARDS = ROOT / "dashboards/grafana/dashboards"
RULES = ROOT / "dashboards/prometheus/rules"
RULE_TESTS = ROOT / "dashboards/prometheus/tests"
ALERTMANAGER = ROOT / "dashboards/alertmanager/alertmanager.yaml"
METRIC_PAGES = ("metrics.md", "notifications.md")
MAY_BE_EMPTY = "May be empty: "
OWN_OF_PROMETHEUS = {"up", "ALERTS", "scrape_samples_scraped", "scrape_duration_seconds"}
SUFFIXES = ("_bucket", "_sum", "_count")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
NAME = re.compile(r"(?<![\w:])(?:ai[_:]|promtap_|scrape_|up\b|ALERTS\b)[\w:]*")


def find(program):
    """Debian's Alertmanager has a name of its own; others have that of its project."""
    return shutil.which(program) or shutil.which(program.removeprefix("prometheus-"))


def run(*command):
    """(status, output) of a tool."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def boards():
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(BOARDS.glob("*.json"))}


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def metric_names(expr):
    """Of a query: nothing in quotes is a metric, and no label begins as ours do."""
    return set(NAME.findall(QUOTED.sub('""', expr)))


def yaml():
    import yaml as module  # python3-yaml; the caller says what is skipped without it
    return module


def rules(name):
    document = yaml().safe_load((RULES / name).read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def recorded():
    return {rule["record"] for rule in rules("recording.yaml")}


def documented():
    """Every name that the pages about metrics have in backticks."""
    texts = [(ROOT / "docs" / page).read_text(encoding="utf-8") for page in METRIC_PAGES]
    return {name for text in texts for name in re.findall(r"`((?:ai|promtap)_\w+)[`{]", text)}


def known():
    return documented() | recorded() | OWN_OF_PROMETHEUS


def family(name, known):
    """The metric that a series belongs to; None: nobody documents it."""
    if name in known:
        return name
    for suffix in SUFFIXES:
        if name.endswith(suffix) and name.removesuffix(suffix) in known:
            return name.removesuffix(suffix)
    return None


# What Grafana puts in for its variables, where a test or a picture asks instead.
def resolved(expr, rate="1m", span="1h", **chosen):
    for name, value in {"__rate_interval": rate, "__interval": rate, "__range": span, **chosen}.items():
        expr = re.sub(rf"\$\{{?{name}\b\}}?", lambda _, value=value: value, expr)
    return re.sub(r"\$\{?\w+\}?", ".*", expr)
