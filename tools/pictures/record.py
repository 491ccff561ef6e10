#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the pictures are made of: record.py FOLDER. Runs the demo, and then its long
form with the real Prometheus of Debian at promtap's metrics, as root, twenty-three
minutes in all. Prometheus has dashboards/prometheus with its rules as they are, but
scrapes and evaluates every few seconds. Leaves in FOLDER

  short.txt     what the demo showed in a terminal
  long.txt      and its long form
  prometheus/   the data of Prometheus
  run.json      from when to when they are to be looked at, and the seconds between two scrapes
"""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/dashboards"), str(ROOT / "tests/live")]
import harness  # noqa: E402 - the path comes first
import stack  # noqa: E402

SCRAPE_SECONDS = 5
RATES_SECONDS = 300     # that the rules' rates are of: before, they only rise
LATEST_SECONDS = 1800   # of the story, to its end
LINES, COLUMNS = "40", "128"
TOLD = b"the calls go on"


class Demo:
    """The demo in a terminal of its own, whose text is kept."""

    def __init__(self, path, story, port):
        self.text = b""
        environment = {**os.environ, "DEMO_STORY": story, "DEMO_METRICS_PORT": str(port), "LINES": LINES, "COLUMNS": COLUMNS}
        self.terminal, end = pty.openpty()
        self.process = subprocess.Popen([ROOT / "tests/live/demo.sh"], stdin=subprocess.DEVNULL, stdout=end, stderr=end,
                                        env=environment, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(end)
        self.thread = threading.Thread(target=self.read, args=(path,), daemon=True)
        self.thread.start()

    def read(self, path):
        with open(path, "wb") as file:
            while piece := self.piece():
                self.text += piece
                file.write(piece)
                file.flush()

    def piece(self):
        try:
            return os.read(self.terminal, 65536)
        except OSError:
            return b""  # nobody has the other end any more

    def wait(self):
        """To the end of the story."""
        harness.wait_for("the end of the story", lambda: TOLD in self.text, LATEST_SECONDS, self.process)

    def stop(self):
        harness.stop(self.process, signal.SIGINT)
        self.thread.join()


def record_short(folder):
    demo = Demo(folder / "short.txt", "short", harness.free_port())
    try:
        demo.wait()
    finally:
        demo.stop()


def record_long(folder):
    port = harness.free_port()
    demo = Demo(folder / "long.txt", "long", port)
    try:
        harness.wait_for("promtap is ready", lambda: harness.answers(port), 60, demo.process)
        config = stack.prometheus_config([f"127.0.0.1:{port}"], stack.quick_rules(folder, SCRAPE_SECONDS, None), cluster="demo",
                                         seconds=SCRAPE_SECONDS)
        prometheus = stack.Prometheus(folder, config, "prometheus")
        try:
            start = time.time() + RATES_SECONDS
            demo.wait()
            end = time.time()
        finally:
            prometheus.stop()
    finally:
        demo.stop()
    (folder / "run.json").write_text(json.dumps({"start": start, "end": end, "scrape_seconds": SCRAPE_SECONDS}) + "\n",
                                     encoding="utf-8")


def main():
    folder = Path(sys.argv[1]).resolve()
    try:
        harness.need_kernel()
        stack.need("prometheus")
    except harness.Unavailable as reason:
        print(f"record: {reason}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print("record: the demo", flush=True)
    record_short(folder)
    print("record: its long form, which takes twenty minutes", flush=True)
    record_long(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
