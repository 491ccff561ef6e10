#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A past for pictures: demo_past.py FOLDER [HOURS]. Makes blocks of a Prometheus in
FOLDER/data: four services, four models, two nodes, with a provider that fails for
a while and a model that becomes worse. Prints the time of its end."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/dashboards"))
from fleet import Fleet, Incident, Pair  # noqa: E402 - the path comes first
from stack import make_alerts, make_past  # noqa: E402

PAIRS = (
    Pair("checkout", "gpt-4o-mini-2024-07-18", "openai", 2.4, latency_ms=620, ttft_ms=240, token_ms=9, dollars=.0006, output=120,
         category="instruction_override"),
    Pair("support-chat", "claude-sonnet-4-5", "anthropic", 1.1, latency_ms=1500, ttft_ms=600, dollars=.012, output=420, stream=1,
         category="prompt_extraction"),
    Pair("support-chat", "gpt-4o-mini-2024-07-18", "openai", 0.8, latency_ms=700, ttft_ms=260, token_ms=10, dollars=.0007),
    Pair("search", "gemini-2.5-flash", "gcp.gemini", 3.2, latency_ms=450, ttft_ms=180, token_ms=5, dollars=.0003, output=90, stream=.2),
    Pair("code-review", "claude-opus-4-6", "anthropic", 0.25, latency_ms=2600, ttft_ms=900, token_ms=24, dollars=.048, output=900,
         input=9000, category="secret"),
)
INCIDENTS = (
    Incident("checkout", 9600, 7800, {"latency_ms": 4.5, "ttft_ms": 4, "errors": 45}),
    Incident("support-chat", 3500, 0, {"confidence": .8, "output": .7}, "claude-sonnet-4-5"),
    Incident("search", 16000, 14000, {"token_ms": 4, "calls": 1.6}),
)


def main():
    folder, hours = Path(sys.argv[1]).resolve(), float(sys.argv[2]) if len(sys.argv) > 2 else 8
    end = int(time.time()) // 60 * 60
    samples = make_past(folder, Fleet(PAIRS, incidents=INCIDENTS), end, hours * 3600, 60)
    make_alerts(folder, end, hours * 3600)
    print(f"end {end}, {samples} samples", file=sys.stderr)
    print(end)


if __name__ == "__main__":
    main()
