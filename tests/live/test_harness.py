# SPDX-License-Identifier: Apache-2.0
"""The tests' own tools, without promtap: the traffic of every client is what
the provider says, right records pass the check, each wrong field is found."""

import copy
import unittest
from datetime import datetime, timezone

import expect
import harness
from harness import make_call
from live_case import LiveCase
from metrics import Malformed, Metrics
from test_clients import ANTHROPIC, OPENAI, SDKS, variety, vendor_variety


def rfc3339(unix_ns):
    moment = datetime.fromtimestamp(unix_ns // 10**9, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{unix_ns % 10**9:09d}Z"


def right_record(entry, client):
    """A record as a perfect observer would write it."""
    record = {name: value[0] if isinstance(value, tuple) else value
              for name, value in expect.exact_fields(entry, client).items()}
    duration = (entry["last_ns"] - entry["start_ns"]) / 1e6
    record.update(id="1", time=rfc3339(entry["start_unix_ns"]), duration_ms=duration, request_ms=0,
                  ttfb_ms=(entry["head_ns"] - entry["start_ns"]) / 1e6, ttft_ms=None, time_per_output_token_ms=None,
                  max_gap_ms=None)
    if entry["streaming"] and entry["output_events"]:
        first = (entry["first_output_ns"] - entry["start_ns"]) / 1e6
        record.update(ttft_ms=first, max_gap_ms=duration - first if entry["output_events"] > 1 else None)
        if record["output_tokens"] and record["output_tokens"] > 1 and entry["output_events"] > 1:
            record["time_per_output_token_ms"] = (duration - first) / (record["output_tokens"] - 1)
    return record


def wrong_values(value):
    """Values that a careless observer might write instead."""
    if value is None:
        return [0]
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, (int, float)):
        return [value * 2 + 1, None]
    if isinstance(value, list):
        return [value + ["more"]]
    return [value + "x", None]


class Checker(LiveCase):
    needs_promtap = False

    def entries(self, stack, calls):
        client = self.client(stack, calls=calls)
        outcomes = client.finish()
        self.check_outcomes(calls, outcomes)
        log = self.provider.log()
        return client.about, [(log[call["trace_id"]], outcomes[call["trace_id"]]) for call in calls]

    def test_right_records_pass_and_each_wrong_field_is_found(self):
        self.check_stack("http.client", variety(OPENAI + ANTHROPIC))

    def test_records_of_sdks_too(self):
        for stack, dialects in SDKS.items():
            with self.subTest(stack):
                self.check_stack(stack, [call for dialect in dialects for call in vendor_variety(dialect)])

    def check_stack(self, stack, calls):
        about, entries = self.entries(stack, calls)
        for entry, outcome in entries:
            window = (outcome["start_unix_ns"], outcome["end_unix_ns"])
            record = right_record(entry, about)
            self.assertEqual(expect.mismatches(record, entry, about, window), [], entry["path"])
            for name, value in record.items():
                for wrong in wrong_values(value):
                    if self.is_also_right(entry, about, name, wrong):
                        continue
                    altered = {**copy.deepcopy(record), name: wrong}
                    found = expect.mismatches(altered, entry, about, window)
                    self.assertTrue(any(line.startswith(f"{name}:") for line in found),
                                    f"{name} = {wrong!r} in place of {value!r} went unnoticed: {found}")

    @staticmethod
    def is_also_right(entry, about, name, value):
        loose = ("request_ms", "id")  # bounded by the duration only; any text
        wanted = expect.exact_fields(entry, about).get(name, ())
        # All of a stream at once: whether its events have gaps is below what clocks tell.
        at_once = (entry["last_ns"] - (entry["first_output_ns"] or 0)) / 1e6 <= expect.SLACK_MS
        return name in loose or (isinstance(wanted, tuple) and expect.equal(value, wanted)) or \
            (name == "max_gap_ms" and value is None and at_once) or \
            (name == "priced_as" and "priced_as" not in expect.exact_fields(entry, about)) or \
            (name in ("duration_ms", "ttft_ms", "ttfb_ms") and value is not None) or \
            (name == "time_per_output_token_ms" and (expect.tokens(entry)["output_tokens"] or 0) <= 1)


class Traffic(LiveCase):
    """Every client, unobserved: what it got is what was sent."""

    needs_promtap = False

    def test_every_client(self):
        # WebSockets talk to a provider of their own: test_sockets.py.
        python = [stack for stack in harness.PYTHON_STACKS if not stack.startswith("ws-")]
        for stack in ("http.client", "node-https", "node-fetch", *python, "node-openai", "node-anthropic"):
            dialects = ANTHROPIC if "anthropic" in stack else OPENAI if "openai" in stack else OPENAI + ANTHROPIC
            with self.subTest(stack):
                calls = variety(dialects)
                self.check_outcomes(calls, self.client(stack, calls=calls).finish())

    def test_curl(self):
        calls = [make_call("openai.chat"), make_call("anthropic.messages", "gzip", stream=True)]
        _, outcomes = harness.curl(self.provider, self.work, calls)
        self.assertEqual([(o["status"], o["error"]) for o in outcomes.values()], [(200, None)] * 2)


class MetricsText(unittest.TestCase):
    GOOD = ('# HELP a_total x\n# TYPE a_total counter\na_total{l="q\\"\\\\\\n"} 3\na_total 1\n'
            '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3.5\nh_count 2\n')

    def test_reads(self):
        metrics = Metrics(self.GOOD)
        self.assertEqual(metrics.sum("a_total"), 4)
        self.assertEqual(metrics.sum("a_total", l='q"\\\n'), 3)
        self.assertEqual(metrics.by("h_count"), {(): 2})

    def test_refuses(self):
        for wrong in (self.GOOD[:-1], self.GOOD + "b 1\n", self.GOOD + "a_total 1\n", self.GOOD + "a_total{x=1} 2\n",
                      self.GOOD.replace("h_count 2", "h_count 3"), self.GOOD.replace('"} 1', '"} 4')):
            with self.assertRaises(Malformed, msg=wrong):
                Metrics(wrong)
