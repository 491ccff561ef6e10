#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the figures of a promtap as a small table every few seconds:
demo_figures.py PORT [SECONDS]."""

import sys
import time
import urllib.request

from metrics import Metrics


def print_figures(metrics):
    requests = metrics.by("ai_requests_total", "service", "model")
    print(f"\n  {'service':14} {'model':28} {'calls':>6} {'errors':>6} {'tokens':>9} {'dollars':>10} {'mean ms':>8}")
    for (service, model), count in sorted(requests.items(), key=str):
        labels = {"service": service, "model": model}
        mean = metrics.sum("ai_response_time_ms_sum", **labels) / (metrics.sum("ai_response_time_ms_count", **labels) or 1)
        print(f"  {service:14} {model:28} {count:6.0f} {metrics.sum('ai_errors_total', **labels):6.0f} "
              f"{metrics.sum('ai_tokens_total', **labels):9.0f} {metrics.sum('ai_cost_dollars_total', **labels):10.6f} "
              f"{mean:8.0f}")
    active = [f"{kind} ({severity})" for (kind, severity), count
              in sorted(metrics.by("ai_active_alerts", "alert_type", "severity").items()) if count]
    print(f"  active alerts: {', '.join(active) or 'none'}\n", flush=True)


def main():
    port, seconds = int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 5
    while True:
        time.sleep(seconds)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
                print_figures(Metrics(response.read().decode()))
        except OSError as error:
            print(f"  the metrics cannot be read: {error}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
