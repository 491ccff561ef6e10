#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a price table of promtap from LiteLLM's model_prices_and_context_window.json.

  tools/prices/derive.py --state 2026-08-01 FILE.json > user/analysis/prices/models.csv

Keeps the prices of tokens, images, sound, characters, searches and calls of the
providers that promtap can tell apart on the wire. Leaves out what cannot be
true or cannot be told: see the reasons in keep() and owner(). Prints a summary
of what was left out to standard error: read it, and the diff, before committing.
The same input gives the same bytes.
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
    "bedrock_mantle": ("aws.bedrock", "bedrock_mantle/"),
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
    "watsonx": ("ibm.watsonx.ai", "watsonx/"),
    "ai21": ("ai21", ""),
    "jina_ai": ("jina", ""),
    "nscale": ("nscale", "nscale/"),
    "replicate": ("replicate", "replicate/"),
    "scaleway": ("scaleway", "scaleway/"),
}
VERTEX = ("gcp.vertex_ai", "vertex_ai/")

TEXT_MODES = {"chat", "completion", "responses"}
IMAGE_MODES = {"image_generation", "image_edit"}
INPUT_ONLY_MODES = {"embedding", "rerank"}
MODES = TEXT_MODES | IMAGE_MODES | INPUT_ONLY_MODES | {"realtime", "audio_transcription", "audio_speech", "moderation"}

TOKENS = {
    "input": ["input_cost_per_token"],
    "output": ["output_cost_per_token"],
    "cache_read": ["cache_read_input_token_cost", "input_cost_per_token_cache_hit"],
    "cache_write_5m": ["cache_creation_input_token_cost"],
    "cache_write_1h": ["cache_creation_input_token_cost_above_1hr"],
    "reasoning": ["output_cost_per_reasoning_token"],
    "audio_input": ["input_cost_per_audio_token"],
    "audio_output": ["output_cost_per_audio_token"],
    # The second name is a misnomer: its values are the price of reading.
    "audio_cache_read": ["cache_read_input_audio_token_cost", "cache_creation_input_audio_token_cost"],
    "image_input": ["input_cost_per_image_token"],
    "image_output": ["output_cost_per_image_token"],
}
# Units that are priced in place of tokens: (modes, fields).
UNITS = {
    "character": ({"audio_speech"}, ["input_cost_per_character"]),
    "search_unit": ({"rerank"}, ["input_cost_per_query"]),
    "image": (IMAGE_MODES, ["output_cost_per_image", "input_cost_per_image"]),
    # whisper-1 has the same figure again for its output: one charge.
    "audio_second": ({"audio_transcription"}, ["input_cost_per_second"]),
}
FEES = ["web_search", "searching_call", "call"]
COLUMNS = [*TOKENS, *UNITS, *FEES]
MILLIONS = {*TOKENS, "character"}
HEADER = ["provider", "model", "alias_of", "tier", "factor", "above", "variant", *COLUMNS]

# The size of the search context where the request names none (documentation of the vendors).
DEFAULT_CONTEXT = {"perplexity": "low", "openai": "medium"}
# The image that dall-e makes where the request says nothing (documentation of OpenAI).
DEFAULT_SIZE = "1024x1024"

# USD per token. The dearest true prices are half of these; what is above is a
# price per thousand or per hundred thousand tokens in the wrong place.
INPUT_MAX = decimal.Decimal("0.0003")
OUTPUT_MAX = decimal.Decimal("0.0007")

# Entries known to be wrong.
KNOWN_ERRORS = {
    "gemini/gemini-1.5-flash",  # a chat model listed as an embedding with free output
    "eu.anthropic.claude-3-5-haiku-20241022-v1:0",  # has the price of claude-3-haiku
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

# Models that the source dropped when the vendor retired them. Old traffic still
# has a price: that of the same model at Bedrock, which was the vendor's own.
RETIRED = [
    ("anthropic", "claude-3-5-haiku-20241022", "anthropic.claude-3-5-haiku-20241022-v1:0"),
    ("anthropic", "claude-3-5-sonnet-20240620", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
    ("anthropic", "claude-3-5-sonnet-20241022", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("anthropic", "claude-3-sonnet-20240229", "anthropic.claude-3-sonnet-20240229-v1:0"),
    ("anthropic", "claude-2.1", "anthropic.claude-v2:1"),
    ("anthropic", "claude-2.0", "anthropic.claude-v2:1"),
    ("anthropic", "claude-instant-1.2", "anthropic.claude-instant-v1"),
    ("aws.bedrock", "anthropic.claude-v2", "anthropic.claude-v2:1"),
]

left_out = collections.Counter()


def owner(key, entry):
    """(provider, model name on the wire, variant), or None."""
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
    model, variant = image_variant(model)
    if variant and not model.startswith("dall-e"):
        left_out["price of an image by its size: an estimate for a model that reports tokens, or by steps"] += 1
        return None
    if provider == "aws.bedrock" and "/" in model:
        left_out["price of one Bedrock region or commitment: not on the wire"] += 1
        return None
    if not model or model.endswith("/"):
        left_out["no model name"] += 1
        return None
    return provider, model, variant


def image_variant(model):
    """"hd/1024-x-1792/dall-e-3" to ("dall-e-3", "hd/1024x1792"); quality "standard" goes without saying."""
    match = re.fullmatch(r"(?:(\w+)/)?(\d+)-x-(\d+)/(?:.*/)?([^/]+)", model)
    if not match:
        return model, ""
    quality, width, height, name = match.groups()
    size = f"{width}x{height}"
    return name, f"{quality}/{size}" if quality not in (None, "standard") else size


def price(entry, names, suffix=""):
    for name in names:
        value = entry.get(name + suffix)
        if isinstance(value, (int, decimal.Decimal)) and value >= 0:
            return decimal.Decimal(value)
    return None


def prices(entry, suffix=""):
    found = {column: price(entry, names, suffix) for column, names in TOKENS.items()}
    found = {column: value for column, value in found.items() if value is not None}
    hour, base = found.get("cache_write_1h"), found.get("input")
    # Vendors ask twice the input price; some entries carry another model's figure.
    if hour is not None and base is not None and not base < hour <= 3 * base:
        left_out["cache_write_1h field out of proportion"] += 1
        del found["cache_write_1h"]
    return found


def by_pixel(entry, variant):
    """Vendors publish cents; the source divides them by the pixels, and rounds."""
    pixel, size = price(entry, ["input_cost_per_pixel"]), re.search(r"(\d+)x(\d+)$", variant)
    if not pixel or not size:
        return None
    value = pixel * int(size.group(1)) * int(size.group(2))
    return value.quantize(decimal.Decimal("0.001"))


def units(entry, variant):
    found = {}
    for column, (modes, names) in UNITS.items():
        value = price(entry, names) if entry["mode"] in modes else None
        if value:
            found[column] = value
    if entry["mode"] in IMAGE_MODES and "image" not in found and by_pixel(entry, variant):
        found["image"] = by_pixel(entry, variant)
    if price(entry, TOKENS["image_output"]):
        found.pop("image", None)  # reports tokens: the price of an image is an example
    return found


def fees(provider, entry):
    """{variant: fees}."""
    found = {"": {}}
    if price(entry, ["input_cost_per_request"]):
        found[""]["call"] = price(entry, ["input_cost_per_request"])
    if entry["mode"] == "moderation":
        found[""]["call"] = decimal.Decimal(0)
    search = entry.get("search_context_cost_per_query") or {}
    sizes = {size: search.get("search_context_size_" + size) for size in ("low", "medium", "high")}
    if None in sizes.values():
        return found
    if len(set(sizes.values())) == 1:
        google = provider.startswith("gcp.") and "claude" not in entry["key"]
        by_call = google and entry.get("web_search_billing_unit") != "per_query"
        found[""]["searching_call" if by_call else "web_search"] = sizes["low"]
        return found
    # Models that search in each call; others that carry such a price search where a tool is given.
    if not re.search("sonar|search", entry["key"]):
        return found
    found[""]["call"] = sizes[DEFAULT_CONTEXT[provider]]
    for size, value in sizes.items():
        found[size] = {"call": value}
    return found


def factors(entry):
    """{tier: factor}."""
    found = dict(entry.get("provider_specific_entry") or {})
    for region in ("eu", "us"):
        if f"regional_processing_uplift_multiplier_{region}" in entry:
            found[region] = entry[f"regional_processing_uplift_multiplier_{region}"]
    return found


def refuse(reason):
    left_out[reason] += 1
    return False


def keep_tokens(key, entry, base):
    """Whether the token prices of an entry can be believed."""
    output = any(base.get(column) for column in ("output", "audio_output", "image_output"))
    if "input" not in base:
        return refuse("no token price stated")
    if not base["input"] and not output:
        return refuse("zero: free and unknown are not told apart")
    one_sided = not (base["input"] and output) and entry["mode"] not in INPUT_ONLY_MODES
    if one_sided and not entry.get("input_cost_per_request"):
        return refuse("one side without a price: a surcharge, or a fee by request")
    if any(row.get("reasoning", 0) > row.get("output", 0) for _, _, row in variants("", entry)):
        return refuse("reasoning dearer than output: a mode that is not on the wire")
    if entry["mode"] in IMAGE_MODES and "image_output" not in base:
        return refuse("image model with prices of text tokens only: they are by step or image")
    if base["input"] > INPUT_MAX or base.get("output", 0) > OUTPUT_MAX:
        print(f"above the sane maximum: {key}", file=sys.stderr)
        return refuse("above the sane maximum")
    return True


def keep(key, entry, variant):
    if entry.get("mode") not in MODES:
        return refuse("not priced by what a call reports (mode)")
    if key in KNOWN_ERRORS:
        return refuse("known error")
    if units(entry, variant):
        return True
    if entry["mode"] == "moderation":
        return entry["litellm_provider"] == "openai" or refuse("zero: free and unknown are not told apart")
    if entry.get("tiered_pricing"):
        dear = any(row.get("reasoning", 0) > row.get("output", 0) for _, _, row in ranges(entry))
        return not dear or refuse("reasoning dearer than output: a mode that is not on the wire")
    return keep_tokens(key, entry, prices(entry))


def ranges(entry):
    """Rows of `tiered_pricing`: prompts of [low, high) tokens."""
    for tier in entry["tiered_pricing"]:
        if "range" in tier:
            low = int(tier["range"][0])
            yield "", max(low - 1, 0), prices(tier)


def variants(provider, entry):
    """(service tier, threshold, token prices): the plain row first."""
    if entry.get("tiered_pricing"):
        yield from ranges(entry)
        return
    plain = prices(entry)
    yield "", 0, plain
    found = set()
    for field in entry:
        match = re.fullmatch(r".*?(_above_(\d+)k_tokens)?(?:_(flex|priority|batches))?", field)
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
            yield tier.replace("batches", "batch"), above, row


def entry_rows(provider, entry, variant):
    """Rows of one entry: {(tier, above, variant): {column: value}}."""
    found = {}
    by_unit = units(entry, variant)
    if by_unit:
        found["", 0, variant] = by_unit
    # A price by token of zero beside another unit is no price.
    if not by_unit or (prices(entry).get("input") and not variant):
        for tier, above, row in variants(provider, entry):
            if row:
                found.setdefault((tier, above, variant), {}).update(row)
    if entry["mode"] == "moderation":
        found = {}
    for size, row in fees(provider, entry).items():
        if row:
            found.setdefault(("", 0, size), {}).update(row)
    for tier, factor in factors(entry).items():
        found[tier, 0, ""] = {"factor": decimal.Decimal(factor)}
    return found


def add_defaults(model_rows):
    """What dall-e makes where a request does not say what."""
    for given, stands_for in (("", DEFAULT_SIZE), ("hd", f"hd/{DEFAULT_SIZE}")):
        if ("", 0, given) not in model_rows and ("", 0, stands_for) in model_rows:
            model_rows["", 0, given] = model_rows["", 0, stands_for]


def searching_model(table, key):
    """Snapshots of models that search in each call lack the fee that the model has."""
    undated = table.get(re.sub(r"-\d{4}-\d\d-\d\d$", "", key), {})
    field = "search_context_cost_per_query"
    return {field: undated[field]} if "search" in key and field in undated else {}


def rows(table):
    taken = {}
    # Keys with the provider's prefix go before bare ones of the same model.
    for key in sorted(table, key=lambda key: ("/" not in key, key)):
        entry = {**searching_model(table, key), **table[key], "key": key}
        who = owner(key, entry) if entry.get("mode") in MODES else ("", "", "")
        if not who or not keep(key, entry, who[2]):
            continue
        provider, model, variant = who
        model_rows = taken.setdefault((provider, model), {})
        if any(row[2] == variant for row in model_rows):
            left_out["same model twice"] += 1
            continue
        model_rows.update(entry_rows(provider, entry, variant))
    for (_, model), model_rows in taken.items():
        if model.startswith("dall-e"):
            add_defaults(model_rows)
    for provider, name, model in RETIRED:
        plain = taken["aws.bedrock", model]["", 0, ""]
        taken.setdefault((provider, name), {("", 0, ""): {column: plain[column] for column in plain if column in TOKENS}})
    for provider, name, model in ALIASES:
        if (provider, model) in taken and (provider, name) not in taken:
            taken[(provider, name)] = model
    return taken


def usd(column, value):
    """In whole pico-dollars, for one or for a million."""
    if column in MILLIONS:
        value *= 1_000_000
    exact = decimal.Decimal(1).scaleb(-6 if column in MILLIONS | {"factor"} else -12)
    text = f"{value.quantize(exact):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write(taken, arguments, digest, out):
    out.write(f"""\
# Prices of LLM calls in USD. Made by tools/prices/derive.py: do not edit.
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
        for (tier, above, variant), row in sorted(found.items()):
            cells = {column: usd(column, value) for column, value in row.items()}
            cells.update(provider=provider, model=model, tier=tier, above=above or "", variant=variant)
            writer.writerow([cells.get(column, "") for column in HEADER])


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
