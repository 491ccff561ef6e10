# SPDX-License-Identifier: Apache-2.0
"""A past that never was: samples of promtap's metrics as a fleet of nodes would
have exported them, in the OpenMetrics format that `promtool tsdb
create-blocks-from` reads. For what needs hours (drift, cost of a day), and to
measure what series cost. Deterministic: a seed, and a time.
"""

import math
import random
from dataclasses import dataclass, field

RESPONSE_MS = (50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 120000)
TOKEN_MS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 200, 500, 1000)
STALL_MS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000)
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 131072, 262144, 1048576)
DOLLARS = (.0001, .0005, .001, .0025, .005, .01, .015, .025, .05, .1, .25, .5, 1, 5)
CONFIDENCE = (.1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .99)
DIMENSIONS = ("confidence", "latency", "output_tokens", "cost", "refusals", "errors", "finish_reasons")


@dataclass
class Pair:
    """What calls of one service to one model are like."""
    service: str
    model: str
    provider: str
    calls: float            # a second, over all nodes, at noon
    latency_ms: float = 900     # medians
    ttft_ms: float = 350
    token_ms: float = 18
    output: float = 250
    input: float = 1800
    dollars: float = 0.004
    confidence: float = 0.88
    errors: float = 0.004
    stream: float = 0.7         # share of calls that stream
    category: str = ""          # of findings


@dataclass
class Incident:
    """Between two times (seconds before the end), what becomes of a pair's figures: {figure: factor}."""
    service: str
    begin: float
    end: float
    factors: dict = field(default_factory=dict)
    model: str = ""


def below(bound, median, sigma):
    """Share of a lognormal distribution below a bound."""
    return 0.5 * (1 + math.erf(math.log(bound / median) / (sigma * math.sqrt(2))))


def mean(median, sigma):
    return median * math.exp(sigma * sigma / 2)


def label_text(labels):
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


class Fleet:
    def __init__(self, pairs, nodes=("a", "b"), incidents=(), cluster="past", seed=1):
        self.pairs, self.nodes, self.incidents, self.cluster = pairs, nodes, incidents, cluster
        self.random = random.Random(seed)
        self.counters, self.samples = {}, {}

    # ---- one step

    def add(self, name, labels, amount):
        key = name + label_text(labels)
        self.counters[key] = self.counters.get(key, 0) + amount

    def set(self, name, labels, value):
        self.counters[name + label_text(labels)] = value

    def observe(self, name, labels, bounds, count, median, sigma, top=None):
        for bound in bounds:
            part = 1 if top and bound >= top else below(bound, median, sigma)
            self.add(f"{name}_bucket", {**labels, "le": f"{bound:g}"}, count * part)
        self.add(f"{name}_bucket", {**labels, "le": "+Inf"}, count)
        self.add(f"{name}_sum", labels, count * mean(median, sigma))
        self.add(f"{name}_count", labels, count)

    def figures(self, pair, before_end):
        made = dict(vars(pair))
        for incident in self.incidents:
            if incident.service == pair.service and incident.model in ("", pair.model) and \
                    incident.begin >= before_end > incident.end:
                for name, factor in incident.factors.items():
                    made[name] *= factor
        return made

    def step(self, now, seconds, before_end):
        day = 0.55 + 0.45 * math.sin((now / 86400 - 0.3) * 2 * math.pi)
        spent = {}
        for pair in self.pairs:
            figures = self.figures(pair, before_end)
            for node in self.nodes:
                share = {"a": 0.7}.get(node, 0.3 / max(1, len(self.nodes) - 1)) if len(self.nodes) > 1 else 1
                noise = max(0.1, self.random.gauss(1, 0.12))
                count = figures["calls"] * seconds * day * share * noise
                self.calls(node, pair, figures, count)
                spent[pair.service, node] = spent.get((pair.service, node), 0) + count * figures["dollars"]
        for (service, node), dollars in spent.items():
            self.today(node, service, now, seconds, dollars)
        for node in self.nodes:
            self.agent(node, seconds, day)

    def today(self, node, service, now, seconds, dollars):
        labels = {"cluster": self.cluster, "instance": node, "service": service}
        key = "ai_cost_today_dollars" + label_text(labels)
        midnight = now % 86400 < seconds
        self.set("ai_cost_today_dollars", labels, dollars + (0 if midnight else self.counters.get(key, 0)))
        self.set("ai_daily_budget_dollars", labels, 400)

    def calls(self, node, pair, figures, count):
        base = {"cluster": self.cluster, "instance": node}
        short = {**base, "model": pair.model, "service": pair.service}
        labels = {**short, "provider": pair.provider, "operation": "chat"}
        failed, streams = count * figures["errors"], count * figures["stream"]
        good, wobble = count - failed, self.random.gauss(1, 0.04)
        self.add("ai_requests_total", labels, count)
        self.add("ai_errors_total", {**labels, "error_type": "rate_limit"}, failed * 0.7)
        self.add("ai_errors_total", {**labels, "error_type": "server"}, failed * 0.3)
        self.observe("ai_response_time_ms", labels, RESPONSE_MS, count, figures["latency_ms"] * wobble, 0.7)
        self.observe("ai_time_to_first_token_ms", labels, RESPONSE_MS, streams, figures["ttft_ms"] * wobble, 0.5)
        self.observe("ai_time_per_output_token_ms", labels, TOKEN_MS, streams, figures["token_ms"] * wobble, 0.4)
        self.observe("ai_stream_stall_ms", labels, STALL_MS, streams, figures["token_ms"] * 6 * wobble, 0.9)
        for kind, amount in (("input", figures["input"] * .6), ("cache_read", figures["input"] * .4),
                             ("output", figures["output"] * .8), ("reasoning", figures["output"] * .2)):
            self.add("ai_tokens_total", {**labels, "type": kind}, good * amount)
        self.add("ai_cost_dollars_total", labels, good * figures["dollars"])
        self.add("ai_unpriced_requests_total", {**labels, "reason": "no_usage"}, good * 0.01)
        self.add("ai_cost_source_requests_total", {**base, "source": "table"}, good * 0.99)
        self.observe("ai_request_cost_dollars", short, DOLLARS, good * .99, figures["dollars"] * .9, .5)
        self.observe("ai_input_tokens", short, TOKENS, good, figures["input"] * .8, .7)
        self.observe("ai_output_tokens", short, TOKENS, good, figures["output"] * wobble, .6)
        self.answers(short, figures, good, wobble)

    def answers(self, short, figures, good, wobble):
        level = min(0.97, figures["confidence"] * (1 + (wobble - 1) / 4))
        self.observe("ai_confidence", {**short, "source": "heuristic"}, CONFIDENCE, good, level, 0.08, top=1)
        for reason, part in (("stop", .93), ("tool_calls", .05), ("length", .02)):
            self.add("ai_finish_reasons_total", {**short, "reason": reason}, good * part)
        self.add("ai_refusals_total", short, good * 0.006)
        for risk, part in (("low", .02), ("medium", .01), ("high", .004)):
            self.add("ai_risk_responses_total", {**short, "risk": risk}, good * part)
        self.set("ai_confidence_score", short, level)
        self.set("ai_model_changes_total", short, 0)
        for dimension in DIMENSIONS:
            labels = {**short, "dimension": dimension}
            change = self.random.gauss(0, 4 if dimension != "confidence" else 1)
            self.set("ai_drift_percent", labels, change)
            self.set("ai_drift_level", labels, 0)
            self.set("ai_drift_p_value", labels, self.random.uniform(0.02, 1))
            self.set("ai_drift_psi", labels, abs(self.random.gauss(0, 0.03)))
        self.set("ai_drift_score", short, abs(self.random.gauss(0, 0.06)))
        if figures["category"] and self.random.random() < 0.08:
            where = self.random.choice(("user", "tool_result", "completion"))
            severity = self.random.choice(("low", "medium", "medium", "high"))
            self.add("ai_findings_total", {**short, "category": figures["category"], "severity": severity, "where": where}, 1)

    def agent(self, node, seconds, day):
        base = {"cluster": self.cluster, "instance": node}
        pace = seconds * day * self.random.gauss(1, 0.05)
        self.set("up", {**base, "job": "promtap"}, 1)
        self.set("promtap_build_info", {**base, "version": "past"}, 1)
        self.set("scrape_samples_scraped", {**base, "job": "promtap"}, 2100)
        self.set("scrape_duration_seconds", {**base, "job": "promtap"}, 0.011 + self.random.random() * 0.004)
        for capture, part in (("complete", 6), ("no_usage", .1), ("aborted", .05), ("missed_start", .01), ("gap", .002), ("truncated", 0)):
            self.add("promtap_calls_total", {**base, "capture": capture}, part * pace)
        for direction, part in (("write", 60e3), ("read", 90e3)):
            self.add("promtap_captured_bytes_total", {**base, "direction": direction}, part * pace)
        for reason, part in (("ignored", 2e5), ("limit", 4e3)):
            self.add("promtap_skipped_bytes_total", {**base, "reason": reason}, part * pace)
        for reason in ("ring_full", "fault"):
            self.add("promtap_lost_bytes_total", {**base, "reason": reason}, 0)
        for stack, covered, count in (("openssl", "true", 14), ("node", "true", 5), ("boringssl", "false", 1)):
            self.set("promtap_processes", {**base, "stack": stack, "covered": covered}, count)
        for role in ("decoder", "server", "inspector"):
            self.set("promtap_role_restarts_total", {**base, "role": role}, 0)
        for result, value in (("ok", 19), ("no_symbols", 1)):
            self.set("promtap_attachments_total", {**base, "result": result}, value)
        for result, part in (("scanned", 30e3), ("seen", 55e3)):
            self.add("promtap_detect_bytes_total", {**base, "result": result}, part * pace)
        self.add("promtap_detect_over_limit_total", base, 0)
        self.set("promtap_connections_undecodable_total", {**base, "protocol": "unknown"}, 3)
        for name in ("promtap_http_coding_unsupported_total", "promtap_http_malformed_total", "promtap_json_malformed_total"):
            self.set(name, base, 0)
        self.set("promtap_judge_pairs", base, len(self.pairs))
        self.set("promtap_judge_bytes", base, 12e6)
        self.add("promtap_judge_pairs_evicted_total", base, 0)
        self.set("promtap_history_bytes", base, 210e6)
        self.set("promtap_history_lost_total", base, 0)
        self.set("promtap_history_errors_total", base, 0)
        self.add("promtap_history_rows_total", {**base, "table": "calls"}, 6 * pace)
        self.set("promtap_notify_queue_messages", base, 0)
        self.add("promtap_notifications_total", {**base, "channel": "slack", "result": "sent"}, 0.0004 * pace)

    # ---- all of them

    def write(self, path, end, seconds, step):
        """Samples of the last `seconds` before `end`; returns how many."""
        times = range(int(end - seconds), int(end), step)
        for now in times:
            self.step(now, step, end - now)
            for key, value in self.counters.items():
                self.samples.setdefault(key, []).append((now, value))
        written = 0
        with open(path, "w", encoding="utf-8") as out:
            for key, samples in self.samples.items():
                out.writelines(f"{key} {value!r} {now}\n" for now, value in samples)
                written += len(samples)
            out.write("# EOF\n")
        return written
