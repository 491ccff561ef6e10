#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a price table of promtap from LiteLLM's model_prices_and_context_window.json.

  tools/prices/derive.py --state 2026-08-01 FILE.json > user/analysis/prices/models.csv

Keeps token prices of chat, completion, responses and embedding models of the
providers that promtap can tell apart on the wire. Leaves out what cannot be
true or cannot be told: see the reasons in keep(). Prints a summary of what was
left out to standard error: read it, and the diff, before committing.
"""
import argparse
import collections
import csv
import decimal
import hashlib
import json
import re
import sys

# litellm_provider: (name in a call record, prefix of its keys)
PROVIDERS = {
    "openai": ("openai", ""),
    "text-completion-openai": ("openai", ""),
    "anthropic": ("anthropic", ""),
    "azure": ("azure.ai.openai", "azure/"),
    "azure_text": ("azure.ai.openai", "azure/"),
    "azure_ai": ("azure.ai.inference", "azure_ai/"),
    "gemini": ("gcp.gemini", "gemini/"),
    "bedrock": ("aws.bedrock", ""),
    "bedrock_converse": ("aws.bedrock", ""),
    "mistral": ("mistral_ai", "mistral/"),
    "codestral": ("mistral_ai", "codestral/"),
    "xai": ("x_ai", "xai/"),
    "groq": ("groq", "groq/"),
    "deepseek": ("deepseek", "deepseek/"),
    "together_ai": ("together_ai", "together_ai/"),
    "fireworks_ai": ("fireworks_ai", "fireworks_ai/"),
    "fireworks_ai-embedding-models": ("fireworks_ai", "fireworks_ai/"),
    "perplexity": ("perplexity", "perplexity/"),
    "cohere": ("cohere", "cohere/"),
    "cohere_chat": ("cohere", "cohere/"),
    "openrouter": ("openrouter", "openrouter/"),
    "vercel_ai_gateway": ("vercel", "vercel_ai_gateway/"),
    "cerebras": ("cerebras", "cerebras/"),
    "moonshot": ("moonshot_ai", "moonshot/"),
    "zai": ("z_ai", "zai/"),
    "dashscope": ("dashscope", "dashscope/"),
    "minimax": ("minimax", "minimax/"),
    "voyage": ("voyage", "voyage/"),
    "crusoe": ("crusoe", "crusoe/"),
    "deepinfra": ("deepinfra", "deepinfra/"),
    "hyperbolic": ("hyperbolic", "hyperbolic/"),
    "lambda_ai": ("lambda", "lambda_ai/"),
    "nebius": ("nebius", "nebius/"),
    "novita": ("novita", "novita/"),
    "nvidia_nim": ("nvidia", "nvidia_nim/"),
    "ovhcloud": ("ovhcloud", "ovhcloud/"),
    "sambanova": ("sambanova", "sambanova/"),
    "databricks": ("databricks", "databricks/"),
}
VERTEX = ("gcp.vertex_ai", "vertex_ai/")

MODES = {"chat", "completion", "responses", "embedding"}

COLUMNS = {
    "input": ["input_cost_per_token"],
    "output": ["output_cost_per_token"],
    "cache_read": ["cache_read_input_token_cost", "input_cost_per_token_cache_hit"],
    "cache_write_5m": ["cache_creation_input_token_cost"],
    "cache_write_1h": ["cache_creation_input_token_cost_above_1hr"],
    "reasoning": ["output_cost_per_reasoning_token"],
    "audio_input": ["input_cost_per_audio_token"],
    "audio_output": ["output_cost_per_audio_token"],
}
HEADER = ["provider", "model", "alias_of", "tier", "above", *COLUMNS]

# USD per token. The dearest true prices are half of these; what is above is a
# price per thousand or per hundred thousand tokens in the wrong place.
INPUT_MAX = decimal.Decimal("0.0003")
OUTPUT_MAX = decimal.Decimal("0.0007")

# Entries known to be wrong.
KNOWN_ERRORS = {
    "gemini/gemini-1.5-flash",  # a chat model listed as an embedding with free output
}

# Names that vendors accept and the source lacks: (provider, name, model).
ALIASES = [
    ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"),
    ("anthropic", "claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
    ("anthropic", "claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219"),
    ("anthropic", "claude-3-opus-latest", "claude-3-opus-20240229"),
    ("anthropic", "claude-opus-4-0", "claude-opus-4-20250514"),
    ("anthropic", "claude-sonnet-4-0", "claude-sonnet-4-20250514"),
]

left_out = collections.Counter()


def owner(key, entry):
    """(provider, model name on the wire), or None."""
    label = entry.get("litellm_provider") or ""
    known = VERTEX if label.startswith("vertex_ai") else PROVIDERS.get(label)
    if not known:
        left_out["provider not told apart on the wire"] += 1
        return None
    provider, prefix = known
    model = key[len(prefix):] if prefix and key.startswith(prefix) else key
    if provider == "azure.ai.openai" and re.match(r"(eu|us|global|global-standard)/", model):
        left_out["price of one Azure region: the region is not on the wire"] += 1
        return None
    if provider == "aws.bedrock" and "/" in model:
        left_out["price of one Bedrock region or commitment: not on the wire"] += 1
        return None
    if not model or model.endswith("/"):
        left_out["no model name"] += 1
        return None
    return provider, model


def price(entry, names, suffix=""):
    for name in names:
        value = entry.get(name + suffix)
        if isinstance(value, (int, decimal.Decimal)) and value >= 0:
            return decimal.Decimal(value)
    return None


def prices(entry, suffix=""):
    found = {column: price(entry, names, suffix) for column, names in COLUMNS.items()}
    found = {column: value for column, value in found.items() if value is not None}
    hour, base = found.get("cache_write_1h"), found.get("input")
    # Vendors ask twice the input price; some entries carry another model's figure.
    if hour is not None and base is not None and not base < hour <= 3 * base:
        left_out["cache_write_1h field out of proportion"] += 1
        del found["cache_write_1h"]
    return found


def keep(key, entry):
    """Whether the plain prices of an entry can be believed."""
    if entry.get("mode") not in MODES:
        left_out["not priced by text tokens (mode)"] += 1
        return False
    if key in KNOWN_ERRORS:
        left_out["known error"] += 1
        return False
    base = prices(entry)
    if "input" not in base and not entry.get("tiered_pricing"):
        left_out["no token price stated"] += 1
        return False
    if not base.get("input") and not base.get("output") and not entry.get("tiered_pricing"):
        left_out["zero: free and unknown are not told apart"] += 1
        return False
    if entry["mode"] != "embedding" and not entry.get("tiered_pricing") and not (base["input"] and base.get("output")):
        left_out["one side without a price: a surcharge, or a fee by request"] += 1
        return False
    if any(row.get("reasoning", 0) > row.get("output", 0) for _, _, row in variants("", entry)):
        left_out["reasoning dearer than output: a mode that is not on the wire"] += 1
        return False
    if base.get("input", 0) > INPUT_MAX or base.get("output", 0) > OUTPUT_MAX:
        left_out["above the sane maximum"] += 1
        print(f"above the sane maximum: {key}", file=sys.stderr)
        return False
    return True


def ranges(entry):
    """Rows of `tiered_pricing`: prompts of [low, high) tokens."""
    for tier in entry["tiered_pricing"]:
        if "range" in tier:
            low = int(tier["range"][0])
            yield "", max(low - 1, 0), prices(tier)


def variants(provider, entry):
    """(service tier, threshold, prices): the plain row first."""
    if entry.get("tiered_pricing"):
        yield from ranges(entry)
        return
    plain = prices(entry)
    yield "", 0, plain
    found = set()
    for field in entry:
        match = re.fullmatch(r".*?(_above_(\d+)k_tokens)?(?:_(flex|priority))?", field)
        if match.group(1) or match.group(3):
            found.add((match.group(3) or "", int(match.group(2) or 0)))
    for tier, thousands in sorted(found):
        suffix = (f"_above_{thousands}k_tokens" if thousands else "") + (f"_{tier}" if tier else "")
        row = prices(entry, suffix)
        if not thousands:
            row = {column: value for column, value in row.items() if value != plain.get(column)}
        # xAI bills the longer price from the threshold on, the others above it.
        above = thousands * 1000 - (1 if provider == "x_ai" and thousands else 0)
        if row:
            yield tier, above, row


def rows(table):
    taken = {}
    # Keys with the provider's prefix go before bare ones of the same model.
    for key in sorted(table, key=lambda key: ("/" not in key, key)):
        entry = table[key]
        if not keep(key, entry):
            continue
        who = owner(key, entry)
        if not who:
            continue
        if who in taken:
            left_out["same model twice"] += 1
            continue
        taken[who] = list(variants(who[0], entry))
    for provider, name, model in ALIASES:
        if (provider, model) in taken and (provider, name) not in taken:
            taken[(provider, name)] = model
    return taken


def usd_per_million(value):
    """Rounded to 6 decimals: one pico-dollar a token."""
    text = f"{(value * 1_000_000).quantize(decimal.Decimal('0.000001')):f}"
    return text.rstrip("0").rstrip(".")


def write(taken, arguments, digest, out):
    out.write(f"""\
# Prices of LLM calls, USD per million tokens. Made by tools/prices/derive.py: do not edit.
# Source: github.com/BerriAI/litellm, model_prices_and_context_window.json, state of {arguments.state}
# Input SHA-256: {digest}
# Licence of the data: MIT, Copyright (c) 2023 Berri AI; the text is in NOTICE beside this file.
# Prices change: give your own with --prices. Columns are explained in user/analysis/price.h.
""")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for (provider, model), found in sorted(taken.items()):
        if isinstance(found, str):
            writer.writerow([provider, model, found] + [""] * (len(HEADER) - 3))
            continue
        for tier, above, row in found:
            cells = [usd_per_million(row[column]) if column in row else "" for column in COLUMNS]
            writer.writerow([provider, model, "", tier, above or ""] + cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="LiteLLM's price table, JSON")
    parser.add_argument("--state", required=True, help="date of the source's state, YYYY-MM-DD")
    arguments = parser.parse_args()
    with open(arguments.file, "rb") as file:
        raw = file.read()
    table = json.loads(raw, parse_float=decimal.Decimal)
    table.pop("sample_spec", None)
    taken = rows(table)
    write(taken, arguments, hashlib.sha256(raw).hexdigest(), sys.stdout)
    print(f"{len(taken)} models kept of {len(table)}", file=sys.stderr)
    for reason, count in left_out.most_common():
        print(f"{count:6} left out: {reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
