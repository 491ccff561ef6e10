# SPDX-License-Identifier: Apache-2.0
"""promtap as these programs see it: texts in, verdicts out; and packs that
change single rules."""

import glob
import json
import os
import re
import subprocess
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROMTAP = os.environ.get("PROMTAP", os.path.join(ROOT, "build", "promtap"))
CACHE = os.path.join(ROOT, "build", "rules")
SEVERITIES = ["none", "info", "low", "medium", "high", "critical"]


class ScanError(Exception):
    """promtap did not do what it was asked to."""


def run(arguments, given=b"", program=PROMTAP):
    done = subprocess.run([program, *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": os.environ.get("PATH", "")}, check=False)
    if done.returncode != 0:
        raise ScanError(f"{program} {' '.join(arguments)}: status {done.returncode}: "
                        f"{done.stderr.decode('utf8', 'replace').strip()[-400:]}")
    return done.stdout


def rules(program=PROMTAP):
    """Rule id -> what `rules list` says of it."""
    lines = run(["rules", "list", "--json"], program=program).splitlines()
    return {rule["id"]: rule for rule in map(json.loads, lines)}


def scan(records, pack=None, program=PROMTAP):
    """Record id -> (severity as a number, {rule id: severity}). `pack`: the text of a further pack."""
    given = "".join(json.dumps({key: record[key] for key in ("id", "channel", "text")}) + "\n" for record in records)
    arguments = ["scan", "--jsonl", "--rules-cache", "none" if pack or program != PROMTAP else CACHE]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf8") as file:
        if pack:
            file.write(pack)
            file.flush()
            arguments += ["--rules", file.name]
        out = run(arguments, given.encode(), program)
    verdicts = {}
    for line in out.splitlines():
        verdict = json.loads(line)
        found = {}
        for finding in verdict["findings"]:
            severity = SEVERITIES.index(finding["severity"])
            found[finding["rule"]] = max(severity, found.get(finding["rule"], 0))
        verdicts[verdict["id"]] = (SEVERITIES.index(verdict["severity"]), found)
    if len(verdicts) != len(records):
        raise ScanError(f"{len(records)} texts given, {len(verdicts)} verdicts came")
    return verdicts


PACK_HEAD = "pack: evaluate\nversion: 1\ndescription: Rules changed for a measurement.\nrules:\n"


def without(rule_ids):
    """A pack in which these rules are off; None where there are none."""
    if not rule_ids:
        return None
    return PACK_HEAD + "".join(f"  - id: {rule}\n    disabled: true\n" for rule in sorted(rule_ids))


def with_signals_shown():
    """A pack that makes findings of signals (severity none), so that verdicts name them. Their weights and what
    they do in combinations stay, for `info` weighs as little as `none`.

    Packs are read as text, in the form that they have here: rules begin with "  - id:"."""
    shown = []
    for path in sorted(glob.glob(os.path.join(ROOT, "user", "detect", "rules", "*.yaml"))):
        with open(path, encoding="utf8") as file:
            body = re.split(r"^rules:\s*$", file.read(), maxsplit=1, flags=re.MULTILINE)[-1]
        for block in re.split(r"^(?=  - id:)", body, flags=re.MULTILINE):
            if block.startswith("  - id:") and re.search(r"^    severity: none$", block, re.MULTILINE):
                shown.append(re.sub(r"^    severity: none$", "    severity: info", block, flags=re.MULTILINE))
    return PACK_HEAD + "".join(shown)
