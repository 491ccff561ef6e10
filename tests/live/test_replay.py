# SPDX-License-Identifier: Apache-2.0
"""A recording, replayed, gives the records that were written when it was made."""

import json
import subprocess

import harness
from harness import PROMTAP
from live_case import LiveCase

WALL_CLOCK_NS = 1_000_000      # the wall clock may be set between a call and the recording's head


def by_call(records):
    """Records of both ends by what names them; without what differs by design."""
    found = {}
    for record in records:
        record = dict(record)
        record.pop("id")
        record.pop("idempotency_hash")      # keyed anew by each process
        found[record["trace_id"], record["role"]] = record
    return found


def seconds_apart_ns(a, b):
    """Of two RFC 3339 times of the same day."""
    def ns(text):
        hours, minutes, rest = text.split("T")[1].rstrip("Z").split(":")
        seconds, fraction = rest.split(".")
        return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 10**9 + int(fraction)
    return abs(ns(a) - ns(b))


class Replay(LiveCase):
    def make_calls(self):
        return [harness.make_call("openai.chat"),
                harness.make_call("openai.chat", stream=True, stream_options={"include_usage": True}),
                harness.make_call("openai.responses", stream=True),
                harness.make_call("openai.chat", "status=429"),
                harness.make_call("anthropic.messages", stream=True),
                harness.make_call("anthropic.messages", tools=[harness.tool("anthropic.messages", "find")])]

    def test_same_records(self):
        recording, calls = self.work / "recording", self.make_calls()
        promtap = self.promtap("--record", recording)
        about, outcomes = harness.curl(self.provider, self.work, calls)
        self.check_outcomes(calls, outcomes)
        self.check_records(promtap, calls, about, outcomes)
        promtap.stop()
        live = by_call(promtap.records("client") + promtap.records("server"))
        command = [PROMTAP, "replay", recording, "--calls", "-", "--prices", promtap.price_path]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        replayed = by_call(json.loads(line) for line in output.splitlines())
        self.assertEqual(live.keys(), replayed.keys())
        self.assertGreaterEqual(len(live), 2 * len(calls))
        for key, record in live.items():
            again = replayed[key]
            self.assertLess(seconds_apart_ns(record.pop("time"), again.pop("time")), WALL_CLOCK_NS)
            self.assertEqual(record, again)
