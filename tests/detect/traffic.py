#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is found in recorded traffic: whole calls through the decoder, in places.

    tests/detect/traffic.py [TRAFFIC.jsonl.gz] [--calls RULE]

Nobody wrote these calls to be attacks, but they come from test suites, and some
are. So every rule that found something at medium or above is listed, for a
person to judge; --calls prints the trace ids of its calls, which
build/tests/replay_texts prints as well.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

import scan
from figures import Share

DEFAULT = os.path.join(scan.ROOT, "..", "shared", "data", "traffic", "open.jsonl.gz")
RECORDER = os.path.join(scan.ROOT, "tests", "replay", "make_recording.py")


def calls_of(path):
    with tempfile.TemporaryDirectory() as folder:
        recording = os.path.join(folder, "recording")
        subprocess.run([RECORDER, path, recording], check=True, stdout=subprocess.DEVNULL)
        out = scan.run(["replay", recording, "--calls", "-"])
    return [json.loads(line) for line in out.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traffic", nargs="?", default=DEFAULT)
    parser.add_argument("--calls", metavar="RULE", help="print the calls of that rule")
    options = parser.parse_args()
    if not os.path.exists(options.traffic):
        print(f"traffic: no recorded calls at {os.path.normpath(options.traffic)}; name a file", file=sys.stderr)
        return 2
    flagged, rules = Share(), collections.Counter()
    for call in calls_of(options.traffic):
        severities = [scan.SEVERITIES.index(finding["severity"]) for finding in call["findings"]]
        flagged.count(max(severities, default=0) >= scan.SEVERITIES.index("high"))
        for finding, severity in zip(call["findings"], severities):
            if severity >= scan.SEVERITIES.index("medium"):
                rules[finding["rule"], finding["severity"], finding["where"]] += 1
            if finding["rule"] == options.calls:
                print(call["trace_id"], call["server_address"], finding["where"], finding["severity"])
    low, high = flagged.interval()
    print(f"{flagged.k} of {flagged.n} recorded calls at high or above: {flagged.percent():.2f} % ({low:.2f}-{high:.2f})\n")
    print("| rule | severity | where | calls |\n| --- | --- | --- | ---: |")
    for (rule, severity, where), count in rules.most_common():
        print(f"| `{rule}` | {severity} | {where} | {count} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
