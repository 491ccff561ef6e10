# SPDX-License-Identifier: Apache-2.0
"""What a call record must say about an exchange, from what the provider logged
and what the client measured. mismatches() gives one line per wrong field.
"""

import json
import re
from datetime import datetime, timezone

PROVIDERS = {
    "api.openai.com": "openai", "api.anthropic.com": "anthropic", "generativelanguage.googleapis.com": "gcp.gemini",
    "bedrock-runtime.us-east-1.amazonaws.com": "aws.bedrock", "api.cohere.com": "cohere",
    "api.mistral.ai": "mistral_ai", "ollama.com": "ollama",
}
MODEL_IN_PATH = re.compile(r"(?<=^/model/)[^/]+")
CLOCK_SLACK_MS = 20  # of the wall clock's offset, and of rounding
# bpf_ktime_get_ns() reads the kernel's fast clock, which may be off from
# clock_gettime() by some microseconds around an update (ktime_get_mono_fast_ns()).
SLACK_MS = 0.1

# USD per million tokens: input, output, cache read, cache write. The tests run
# promtap with these in a file of their own.
PRICES = {
    ("openai", "gpt-4o-mini-2024-07-18"): ("0.2", "0.7", "0.05", None),
    ("openai", "gpt-4.1-mini-2025-04-14"): ("0.4", "1.6", "0.1", None),
    ("openai", "text-embedding-3-small"): ("0.03", "0", None, None),
    ("anthropic", "claude-opus-4-6-20260205"): ("3", "15", "0.3", "3.75"),
    ("gcp.gemini", "gemini-2.5-flash-preview-09-2025"): ("0.3", "2.5", "0.03", None),
    ("aws.bedrock", "amazon.nova-lite-v1:0"): ("0.06", "0.24", "0.015", "0.07"),
    ("aws.bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0"): ("1.1", "5.5", "0.11", "1.375"),
    ("cohere", "command-a-03-2025"): ("2", "8", "0.5", None),
    ("mistral_ai", "mistral-small-2506"): ("0.15", "0.35", "0.02", None),
    ("ollama", "gpt-oss:120b"): ("0.5", "1.5", None, None),
}
PRICE_COLUMNS = "provider,model,input,output,cache_read,cache_write_5m"


def price_file(prices=None):
    rows = [PRICE_COLUMNS]
    for (provider, model), figures in (PRICES if prices is None else prices).items():
        rows.append(",".join([provider, model, *(figure or "" for figure in figures)]))
    return "\n".join(rows) + "\n"


def tokens(entry):
    """The canonical counts: totals with their subsets inside."""
    usage = entry["usage"]
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
    if usage is None:
        return dict.fromkeys(names)
    if entry["dialect"] == "openai.embeddings":
        return {**dict.fromkeys(names), "input_tokens": usage["prompt"]}
    if entry["dialect"] in ("anthropic.messages", "bedrock.converse", "bedrock.invoke"):
        total = usage["prompt"] + usage["cached"] + usage["written"]
        return dict(zip(names, (total, usage["cached"], usage["written"], usage["output"], None)))
    if entry["dialect"] == "gemini.generate":  # thoughts stand beside the output
        return dict(zip(names, (usage["prompt"], usage["cached"], None, usage["output"] + usage["reasoning"],
                                usage["reasoning"])))
    if entry["dialect"] == "cohere.v2":
        return dict(zip(names, (usage["prompt"], usage["cached"], None, usage["output"], None)))
    if entry["dialect"] == "ollama.native":
        return dict(zip(names, (usage["prompt"], None, None, usage["output"], None)))
    return dict(zip(names, (usage["prompt"], usage["cached"], None, usage["output"], usage["reasoning"])))


def priced_model(provider, entry):
    """What served has the price; where no answer names it or no price is known, what was asked for."""
    served = entry["response_model"]
    return served if (provider, served) in PRICES else entry["request_model"]


def cost(provider, entry):
    """In dollars; None: no price, or the counts are not known."""
    figures = PRICES.get((provider, priced_model(provider, entry)))
    count = tokens(entry)
    if not figures or count["input_tokens"] is None:
        return None
    per_input, per_output, per_read, per_write = (float(figure or 0) for figure in figures)
    read, written = count["cache_read_tokens"] or 0, count["cache_write_tokens"] or 0
    plain = count["input_tokens"] - read - written
    money = plain * per_input + (count["output_tokens"] or 0) * per_output + read * per_read + written * per_write
    return money / 1e6


def fails_in_stream(entry):
    """An SDK raises at the error event: whether it reads the rest, and when, is
    its own affair."""
    return entry["status"] == 200 and entry["error_type"] is not None and not entry["cut"]


def stops_early(entry):
    """SDKs that are done at the last event: the end of the body may be read after that."""
    return entry["streaming"] and entry["host"].partition(":")[0] in ("api.cohere.com", "api.mistral.ai", "ollama.com")


def capture(entry):
    if entry["cut"]:
        return "aborted"
    if fails_in_stream(entry):
        return "complete", "aborted"
    if entry["status"] == 200 and entry["usage"] is None and not entry["error_type"]:
        return "no_usage"
    return "complete"


def exact_fields(entry, client):
    """Fields with one right value, or a tuple of several."""
    host = entry["host"]
    provider = PROVIDERS.get(host.partition(":")[0])
    fields = {
        "v": 1, "role": "client", "hop": "direct", "protocol": "http/1.1", "method": entry["method"],
        "path": MODEL_IN_PATH.sub("{id}", entry["path"]), "server_address": host, "gateway": None, "dialect": entry["dialect"],
        "operation": entry["operation"], "streaming": entry["streaming"], "request_model": entry["request_model"],
        "response_model": entry["response_model"], "status": entry["status"], "error_type": entry["error_type"],
        "finish_reasons": entry["finish_reasons"], "response_id": entry["response_id"],
        "usage_source": "provider" if entry["usage"] else "none", "request_bytes": entry["request_bytes"],
        "trace_id": entry["trace_id"], "parent_span_id": entry["span_id"], "capture": capture(entry),
        "tls": "openssl", "user_hash": None, "namespace": None,
        **tokens(entry), **client,
    }
    if entry["tools"] and entry["dialect"] == "openai.responses":
        fields["finish_reasons"] = (["tool_calls"], ["completed"])
    fields["tool_calls"] = len(entry["tools"]) or (0, None)
    fields["tools"] = sorted(set(entry["tools"])) or ([], None)
    if not entry["cut"]:
        # A client that has seen the last event need not read the coding's trailer.
        fields["response_bytes"] = (entry["response_bytes"], entry["response_bytes"] - entry["trailer_bytes"])
    if provider:
        fields["provider"] = provider
        fields["cost_usd"] = cost(provider, entry)
    if provider and fields["cost_usd"] is not None:
        fields["priced_as"] = priced_model(provider, entry)
    return fields


def equal(got, wanted):
    if isinstance(wanted, tuple):
        return any(equal(got, each) for each in wanted)
    if isinstance(wanted, float) and isinstance(got, (int, float)):
        return abs(got - wanted) <= 1e-9 + abs(wanted) * 1e-9
    return got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


def unix_ns(text):
    """RFC 3339 with nanoseconds; None: not such a time."""
    try:
        whole, _, fraction = text.removesuffix("Z").partition(".")
        moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
        return int(moment.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))
    except (AttributeError, ValueError):
        return None


def time_mismatches(record, entry, window):
    """Times are bounded by what both ends saw; `window`: (start, end) of the
    client's process or call in Unix nanoseconds, or None."""
    ms = {name: record.get(name) for name in
          ("duration_ms", "request_ms", "ttfb_ms", "ttft_ms", "time_per_output_token_ms", "max_gap_ms")}
    wrong = []

    def bound(name, low, high):
        if ms[name] is None or not low - SLACK_MS <= ms[name] <= high + SLACK_MS:
            wrong.append(f"{name}: {ms[name]} is not within {low:.3f} .. {high:.3f}")

    def after(stamp):
        return (entry[stamp] - entry["start_ns"]) / 1e6

    seen_whole = window and not fails_in_stream(entry) and not stops_early(entry)
    longest = (window[1] - window[0]) / 1e6 if seen_whole else 1e9
    started = unix_ns(record.get("time"))
    if started is None:
        return [f"time: {record.get('time')!r} is no RFC 3339 time"]
    slack = CLOCK_SLACK_MS * 10**6
    if started > entry["start_unix_ns"] + slack or (window and started < window[0] - slack):
        wrong.append(f"time: {record['time']} is not when the request started")
    bound("duration_ms", 0 if entry["cut"] else after("last_ns"), longest)
    if ms["duration_ms"] is None:
        return wrong
    bound("request_ms", 0, ms["duration_ms"])
    bound("ttfb_ms", after("head_ns"), ms["duration_ms"])
    return wrong + stream_time_mismatches(record, entry, ms, bound, after)


def stream_time_mismatches(record, entry, ms, bound, after):
    wrong = []
    streamed = entry["streaming"] and entry["output_events"] > 0
    if not streamed:
        return [f"{name}: {ms[name]}, but nothing was streamed"
                for name in ("ttft_ms", "time_per_output_token_ms", "max_gap_ms") if ms[name] is not None]
    bound("ttft_ms", after("first_output_ns"), ms["duration_ms"])
    if ms["ttft_ms"] is None:
        return wrong
    span_max = ms["duration_ms"] - ms["ttft_ms"]
    output = record.get("output_tokens")
    if entry["output_events"] == 1:  # no span
        return wrong + [f"{name}: {ms[name]}, but there was one output"
                        for name in ("time_per_output_token_ms", "max_gap_ms") if ms[name] is not None]
    # A client that is slow reads all of it at once, when the last of it was sent: no time between was seen.
    if ms["max_gap_ms"] is None and ms["time_per_output_token_ms"] is None and ms["ttft_ms"] >= after("last_ns") - SLACK_MS:
        return wrong
    if output and output > 1:
        bound("time_per_output_token_ms", 0, span_max / (output - 1))
    bound("max_gap_ms", 0, span_max)
    if output and output > 1 and None not in (ms["max_gap_ms"], ms["time_per_output_token_ms"]):
        span = ms["time_per_output_token_ms"] * (output - 1)
        bound("max_gap_ms", span / (entry["output_events"] - 1) - 0.01 * output, span + 0.01 * output)
    return wrong


def mismatches(record, entry, client=None, window=None):
    """`client`: fields that follow from the client's process."""
    wrong = [f"{name}: {record.get(name)!r}, not {wanted!r}"
             for name, wanted in exact_fields(entry, client or {}).items()
             if not equal(sorted(record.get(name) or []) if name == "tools" and record.get(name) else record.get(name),
                          wanted)]
    if not record.get("id"):
        wrong.append("id: is missing")
    return wrong + time_mismatches(record, entry, window)


def read_lines(path):
    """Whole JSON lines of a file that may still grow."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines() if line]
