#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""promtap analyze on records of known traffic, against figures that are computed here, another way, from the same records."""
import datetime
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from fractions import Fraction

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROMTAP = os.environ.get("PROMTAP", os.path.join(ROOT, "build", "promtap"))
START = datetime.datetime(2024, 5, 13, 10, 0, 0)
PPM = 1000000


def at(seconds):
    moment = START + datetime.timedelta(seconds=int(seconds))
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%09dZ" % round(seconds % 1 * 1e9)


def record(number, end, duration_ms=1000.0, **fields):
    """A record of a call that ended so many seconds after START."""
    base = {
        "v": 1, "id": "n-%06d" % number, "time": at(end - duration_ms / 1000), "service": "shop", "role": "client",
        "hop": "direct", "dialect": "openai.chat", "request_model": "gpt-4o", "response_model": "gpt-4o-2024-05-13",
        "duration_ms": duration_ms, "finish_reasons": ["stop"], "capture": "complete", "usage_source": "provider",
    }
    base.update(fields)
    return base


def run(records, *arguments, text=None, status=0):
    lines = text if text is not None else "".join(json.dumps(r) + "\n" for r in records)
    done = subprocess.run([PROMTAP, "analyze", "-", *arguments], input=lines, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (done.returncode, done.stderr[-2000:])
    return done


def analyze(records, *arguments):
    return json.loads(run(records, "--json", *arguments).stdout)


# ---- the same figures, another way ------------------------------------------------------------------------------


def nearest_rank(samples, percent):
    return sorted(samples)[math.ceil(Fraction(percent, 100) * len(samples)) - 1]


def doubling_bin(value, unit):
    bound, index = unit, 0
    while value >= bound and index < 31:
        bound *= 2
        index += 1
    return index


def distances(before, after):
    """KL and PSI of two lists of bins, with shares as fractions."""
    p, q = Counter(before), Counter(after)
    used = set(p) | set(q)
    kl = psi = 0.0
    for i in used:
        share_p = Fraction(2 * p[i] + 1, 2 * len(before) + len(used))
        share_q = Fraction(2 * q[i] + 1, 2 * len(after) + len(used))
        log = math.log(share_q / share_p)
        kl += float(share_q) * log
        psi += float(share_q - share_p) * log
    return kl, psi


def ranks(samples):
    order = sorted(samples)
    first, count = {}, Counter(samples)
    for i, sample in enumerate(order):
        first.setdefault(sample, i)
    return [first[s] + (count[s] + 1) / 2 for s in samples], sum(c ** 3 - c for c in count.values())


def mann_whitney(before, after):
    """As user/judge/chance.c says that it does it."""
    n, m = len(before), len(after)
    all_ranks, ties = ranks(before + after)
    above = math.fsum(all_ranks[n:]) - m * (m + 1) / 2 - n * m / 2
    variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    if variance <= 0:
        return 1.0
    sides = []
    for side in (all_ranks[:n], all_ranks[n:]):
        mean = math.fsum(side) / len(side)
        sides.append([rank - mean for rank in side])

    def products(lag):
        return sum(sum(a * b for a, b in zip(side, side[lag:])) for side in sides)

    tau, whole = 1.0, products(0)
    for lag in range(1, min(n, m) // 4 + 1):
        likeness = products(lag) / whole
        if likeness < 1 / math.sqrt(n + m):
            break
        tau += 2 * (1 - lag / min(n, m)) * likeness
    if tau > 1:
        tau /= 1 - min(tau / min(n, m), 0.5)
    score = max(abs(above) - 0.5, 0) / math.sqrt(variance * tau)
    if tau > 1:
        freedom = max((n + m) / tau - 2, 1)
        score = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(score * score / freedom))
    return math.erfc(score / math.sqrt(2))


def fisher(a, n, b, m):
    def ways(x):
        return math.comb(m, x) * math.comb(n, a + b - x)

    low, high = max(0, a + b - n), min(a + b, m)
    here = ways(b)
    rare = sum(ways(x) for x in range(low, high + 1) if ways(x) * 10 ** 7 <= here * (10 ** 7 + 1))
    return float(Fraction(rare, sum(ways(x) for x in range(low, high + 1))))


class Figures(unittest.TestCase):
    def close(self, one, other):
        self.assertTrue(math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12), (one, other))

    def test_the_missions_example(self):
        records = [record(i, i, confidence=0.9 if i < 100 else 0.7, confidence_source="logprobs") for i in range(200)]
        found = analyze(records)
        figure = found["pairs"][0]["drift"]["dimensions"]["confidence"]
        self.assertEqual(figure["drift"], "significant_drift_-22.2%")
        self.assertEqual(figure["level"], "significant")
        self.assertTrue(figure["significant"])
        self.assertEqual(found["pairs"][0]["drift"]["driven_by"], "confidence")
        self.assertIn("significant_drift_-22.2%", run(records).stdout)
        self.assertEqual([t["alert"] for t in found["transitions"]], ["drift"])

    def test_all_figures_are_those_computed_here(self):
        random.seed(4)
        state, records = 0.0, []
        for i in range(700):
            state = 0.5 * state + random.gauss(0, 1)
            factor = 1.0 if i < 620 else 1.25
            records.append(record(
                i, i * 0.7, round(800 * factor * math.exp(0.5 * state), 6),
                output_tokens=int(random.lognormvariate(5, 0.8)) if i % 10 else None,
                input_tokens=random.randrange(4000), cost_usd=round(random.lognormvariate(-5, 1), 12) if i % 7 else None,
                cost_source="table", confidence=round(random.betavariate(8, 2), 6) if i % 3 else None,
                confidence_source="heuristic", refused=random.random() < 0.1,
                error_type="server" if random.random() < (0.02 if i < 600 else 0.3) else None,
                finish_reasons=[random.choice(["stop", "stop", "stop", "length", "tool_calls"])] if i % 4 else []))
        records.sort(key=lambda r: float(r["id"][2:]))
        pair = analyze(records, "--judge-window=500")["pairs"][0]
        window = records[-500:]
        scale = {"latency": 1e6, "output_tokens": 1, "input_tokens": 1, "cost": 1e12, "confidence": 1e6}
        fields = {"latency": "duration_ms", "output_tokens": "output_tokens", "input_tokens": "input_tokens",
                  "cost": "cost_usd", "confidence": "confidence"}
        to_int = {"latency": 1e6, "cost": 1e12, "confidence": 1e6}
        known = {}
        for series, field in fields.items():
            known[series] = [round(r[field] * to_int.get(series, 1)) for r in window if r[field] is not None]
            summary, samples = pair["series"][series], known[series]
            self.assertEqual(summary["samples"], len(samples))
            self.close(summary["mean"], sum(samples) / len(samples) / scale[series])
            for percent in (50, 95, 99):
                self.close(summary["p%d" % percent], nearest_rank(samples, percent) / scale[series])
        self.close(pair["error_rate"], sum(r["error_type"] is not None for r in window) / 500)
        self.assertEqual(pair["cost_usd"], sum(round(r["cost_usd"] * 10 ** 12) for r in records if r["cost_usd"]) / 10 ** 12)
        units = {"latency": 10 ** 6, "output_tokens": 1, "cost": 10 ** 6}
        for series in ("latency", "output_tokens", "cost", "confidence"):
            before, after = known[series][-200:-100], known[series][-100:]
            figure = pair["drift"]["dimensions"][series]
            self.close(figure["change_percent"], 100 * (sum(after) - sum(before)) / sum(before))
            self.close(figure["p_value"], mann_whitney(before, after))
            if series == "confidence":
                bins = [[min(c * 20 // PPM, 19) for c in side] for side in (before, after)]
            else:
                bins = [[doubling_bin(s, units[series]) for s in side] for side in (before, after)]
            kl, psi = distances(*bins)
            self.close(figure["kl"], kl)
            self.close(figure["psi"], psi)
        self.check_shares(pair, window)

    def check_shares(self, pair, window):
        kinds = {
            "errors": [r["error_type"] is not None for r in window],
            "refusals": [r["refused"] for r in window if r["refused"] or r["error_type"] is None],
            "finish_reasons": [r["finish_reasons"][0] for r in window if r["finish_reasons"]],
        }
        for dimension, values in kinds.items():
            before, after = values[-200:-100], values[-100:]
            figure = pair["drift"]["dimensions"][dimension]
            bad = [sum(v is True or v == "length" for v in side) for side in (before, after)]
            self.close(figure["before_mean"], bad[0] / 100)
            self.close(figure["after_mean"], bad[1] / 100)
            self.close(figure["p_value"], fisher(bad[0], 100, bad[1], 100))
            kl, psi = distances(before, after)
            self.close(figure["kl"], kl)
            self.close(figure["psi"], psi)

    def test_order_within_a_second_changes_nothing(self):
        random.seed(8)
        records = [record(i, 100 + i // 20 + 0.04 * (i % 20) + 0.02, 50 + random.random() * 1000, cost_usd=random.random())
                   for i in range(1000)]
        shuffled = []
        for second in range(50):
            part = records[20 * second:20 * second + 20]
            random.shuffle(part)
            shuffled += part
        self.assertNotEqual(records, shuffled)
        self.assertEqual(run(records, "--json").stdout, run(shuffled, "--json").stdout)

    def test_a_latency_step_is_raised_and_resolves(self):
        records, end = [], 0
        for phase, duration in ((200, 500), (200, 9000), (1300, 500)):
            for _ in range(phase):
                records.append(record(len(records), end, duration))
                end += 1
        found = analyze(records)
        p95 = [(t["state"], t["time"]) for t in found["transitions"] if t["alert"] == "latency_p95" and t["state"] != "pending"]
        self.assertEqual([state for state, _ in p95], ["firing", "resolved"])
        self.assertGreater(p95[0][1], at(200))
        self.assertLess(p95[0][1], at(400))
        self.assertGreater(p95[1][1], at(1300))
        drift = [t for t in found["transitions"] if t["alert"] == "drift" and t["detail"] == "latency"]
        self.assertTrue(drift)

    def test_another_model_answers(self):
        records = [record(i, i, response_model="gpt-4o-2024-05-13" if i < 20 else "gpt-4o-2024-08-06") for i in range(40)]
        changes = [t for t in analyze(records)["transitions"] if t["alert"] == "model_change" and t["state"] == "firing"]
        self.assertEqual([t["note"] for t in changes], ["gpt-4o-2024-05-13 -> gpt-4o-2024-08-06"])
        self.assertEqual(changes[0]["model"], "gpt-4o")

    def test_settings_of_the_file_hold(self):
        records = [record(i, i, 500 if i < 100 else 540) for i in range(200)]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("judge:\n  drift_minor: 9\nalerts:\n  latency_p95:\n    threshold: 400\n    hold: 1s\n")
            file.flush()
            found = analyze(records, "--config", file.name)
        self.assertEqual(found["pairs"][0]["drift"]["dimensions"]["latency"]["drift"], "no_drift")
        self.assertIn("latency_p95", [t["alert"] for t in found["transitions"]])
        found = analyze(records)
        self.assertEqual(found["pairs"][0]["drift"]["dimensions"]["latency"]["drift"], "minor_drift_+8.0%")
        self.assertNotIn("latency_p95", [t["alert"] for t in found["transitions"]])


class Input(unittest.TestCase):
    def test_lines_that_are_none_are_named(self):
        good = json.dumps(record(1, 1))
        done = run(None, "--json", text=good + "\n\n{\"id\": 7}\n{\"v\":1}\nnonsense\n" + good, status=1)
        self.assertEqual(json.loads(done.stdout)["records"], 2)
        self.assertEqual(json.loads(done.stdout)["refused"], 3)
        self.assertIn("standard input:3: id: is no text; the line is left out", done.stderr)
        self.assertIn("standard input:4: time: is missing", done.stderr)
        self.assertIn("standard input:5: is no JSON object", done.stderr)

    def test_many_bad_lines_are_not_a_flood(self):
        done = run(None, text="x\n" * 5000, status=1)
        self.assertLess(len(done.stderr.splitlines()), 20)
        self.assertIn("5000 lines are no call records", done.stderr)

    def test_a_line_without_end(self):
        done = run(None, text=json.dumps(record(1, 1)) + "\n" + "x" * 2000000, status=1)
        self.assertIn("standard input:2: is over 1 MiB; the line is left out", done.stderr)

    def test_a_line_that_is_too_long_costs_no_other(self):
        good = json.dumps(record(1, 1)) + "\n"
        for size in (1 << 20) + 1, 70_000_000:
            done = run(None, "--json", text=good + "x" * size + "\n" + good + "nonsense\n" + good, status=1)
            self.assertEqual((json.loads(done.stdout)["records"], json.loads(done.stdout)["refused"]), (3, 2))
            self.assertIn("standard input:2: is over 1 MiB; the line is left out", done.stderr)
            self.assertIn("standard input:4: is no JSON object", done.stderr)

    def test_a_mark_of_byte_order_is_no_part_of_a_record(self):
        good = json.dumps(record(1, 1)) + "\r\n"
        self.assertEqual(json.loads(run(None, "--json", text="\ufeff" + good * 2).stdout)["records"], 2)
        for text in "\ufeff", "":
            self.assertEqual(json.loads(run(None, "--json", text=text).stdout)["records"], 0)
        run(None, text=good + "\ufeff" + good, status=1)

    def test_nothing_is_something(self):
        self.assertEqual(json.loads(run([], "--json").stdout)["pairs"], [])
        self.assertIn("none", run([]).stdout)

    def test_years_of_silence_take_no_time(self):
        records = [record(1, 1), record(2, 2)]
        records[1]["time"] = "2261-01-01T00:00:00Z"
        found = analyze(records)
        self.assertEqual(found["pairs"][0]["calls"], 2)

    def test_late_records_count_where_they_stand(self):
        records = [record(i, 1000 - i) for i in range(20)]
        found = analyze(records)
        self.assertEqual((found["late"], found["pairs"][0]["calls"]), (19, 20))

    def test_a_file_is_taken_in_the_order_of_time(self):
        records = [record(i, i / 3, 100 + i % 50, confidence=0.9 if i < 300 else 0.7) for i in range(600)]
        shuffled = records[:]
        random.Random(7).shuffle(shuffled)
        said = []
        for some in records, shuffled:
            with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
                file.write("\ufeff" + "".join(json.dumps(r) + "\n" + "x" * (r is some[9]) * 2000000 + "\n" for r in some))
                file.flush()
                done = subprocess.run([PROMTAP, "analyze", file.name, "--json"], capture_output=True, text=True, timeout=120)
            said.append(done.stdout)
            self.assertEqual(done.stderr.count("the line is left out"), 1)
        self.assertEqual(said[0], said[1])
        self.assertEqual(json.loads(said[1])["late"], 0)
        self.assertTrue(json.loads(said[1])["transitions"][0]["note"].startswith("significant_drift_-"))
        self.assertGreater(analyze(shuffled)["late"], 100)

    def test_other_fields_and_missing_ones(self):
        found = json.loads(run(None, "--json", text='{"time":"2024-05-13T10:00:00Z","new":{"a":[1]}}\n').stdout)
        self.assertEqual((found["pairs"][0]["service"], found["pairs"][0]["model"]), ("unknown", "unknown"))
        self.assertIsNone(found["pairs"][0]["series"]["latency"]["mean"])
        for unknown in "input_tokens", "output_tokens", "cost_usd":
            self.assertIsNone(found["pairs"][0][unknown])

    def test_zero_is_a_figure(self):
        records = [record(1, 1, input_tokens=0, output_tokens=0, cost_usd=0), record(2, 2)]
        pair = analyze(records)["pairs"][0]
        self.assertEqual((pair["input_tokens"], pair["output_tokens"], pair["cost_usd"]), (0, 0, 0))

    def test_a_file_that_is_not_there(self):
        done = subprocess.run([PROMTAP, "analyze", "/nonexistent"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot open /nonexistent", done.stderr)


def main():
    result = unittest.main(argv=[sys.argv[0], *sys.argv[1:]], exit=False).result
    failed = len(result.failures) + len(result.errors)
    print("judge: %d passed, %d failed, %d skipped" % (result.testsRun - failed - len(result.skipped), failed,
                                                        len(result.skipped)))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
