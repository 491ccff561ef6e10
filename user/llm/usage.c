/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token arithmetic (wire-formats section 3). Providers differ in whether the
 * input holds the cached tokens and the output the reasoning; where they give
 * a total it tells, else the dialect's and the provider's rule does. What is
 * not on the wire stays unknown. Counts are bounded (document.c), so no sum
 * overflows.
 */
#include "llm/usage.h"

#include <string.h>

#include "base/cleanup.h"

void usage_init(int64_t counts[COUNT_MAX])
{
	for (size_t i = 0; i < COUNT_MAX; i++)
		counts[i] = CALL_UNKNOWN;
}

void usage_update(int64_t counts[COUNT_MAX], const int64_t later[COUNT_MAX])
{
	for (size_t i = 0; i < COUNT_MAX; i++)
		if (later[i] != CALL_UNKNOWN)
			counts[i] = later[i];
}

static int64_t either(int64_t count, int64_t alternative)
{
	return count != CALL_UNKNOWN ? count : alternative;
}

static int64_t or_zero(int64_t count)
{
	return count != CALL_UNKNOWN ? count : 0;
}

/* Unknown only if both are. */
static int64_t sum(int64_t a, int64_t b)
{
	if (a == CALL_UNKNOWN && b == CALL_UNKNOWN)
		return CALL_UNKNOWN;
	return or_zero(a) + or_zero(b);
}

void usage_add(int64_t counts[COUNT_MAX], const int64_t more[COUNT_MAX])
{
	for (size_t i = 0; i < COUNT_MAX; i++)
		counts[i] = sum(counts[i], more[i]);
}

/* The split by lifetime counts the same tokens as the sum does. */
static int64_t cache_write(const int64_t counts[COUNT_MAX])
{
	int64_t whole = either(counts[COUNT_CACHE_WRITE], counts[COUNT_CACHE_WRITE_ALT]);

	return either(whole, sum(counts[COUNT_CACHE_WRITE_5M], counts[COUNT_CACHE_WRITE_1H]));
}

static bool cache_is_apart(const struct call_tokens *tokens, int64_t total, const struct usage_rules *rules)
{
	int64_t cached = sum(tokens->cache_read, tokens->cache_write);

	if (rules->cache_beside)
		return false;
	if (rules->cache_by_total && total != CALL_UNKNOWN && total == sum(tokens->input, tokens->output))
		return false;
	if (rules->cache_apart)
		return true;
	if (or_zero(cached) == 0 || tokens->input == CALL_UNKNOWN)
		return false;
	if (total != CALL_UNKNOWN)
		return total == tokens->input + cached + or_zero(tokens->output);
	return cached > tokens->input;	/* no part can be larger than the whole */
}

static bool reasoning_is_apart(const struct call_tokens *tokens, int64_t total, bool rule)
{
	if (or_zero(tokens->reasoning) == 0 || tokens->output == CALL_UNKNOWN)
		return false;
	if (total == CALL_UNKNOWN || tokens->input == CALL_UNKNOWN)
		return rule;
	return total == tokens->input + tokens->output + tokens->reasoning;
}

bool usage_to_tokens(const int64_t counts[COUNT_MAX], const struct usage_rules *rules, struct call_tokens *ret)
{
	int64_t total = counts[COUNT_TOTAL];
	struct call_tokens tokens = {
		.input = either(counts[COUNT_INPUT], counts[COUNT_INPUT_ALT]),
		.cache_read = either(counts[COUNT_CACHE_READ], counts[COUNT_CACHE_READ_ALT]),
		.cache_write = cache_write(counts),
		.cache_write_5m = counts[COUNT_CACHE_WRITE_5M],
		.cache_write_1h = counts[COUNT_CACHE_WRITE_1H],
		.output = either(counts[COUNT_OUTPUT], counts[COUNT_OUTPUT_ALT]),
		.reasoning = either(counts[COUNT_REASONING], counts[COUNT_REASONING_ALT]),
		.audio_input = counts[COUNT_AUDIO_INPUT],
		.audio_output = counts[COUNT_AUDIO_OUTPUT],
		.cache_read_audio = counts[COUNT_CACHE_READ_AUDIO],
		.image_input = counts[COUNT_IMAGE_INPUT],
		.image_output = counts[COUNT_IMAGE_OUTPUT],
	};
	bool add_cache, add_reasoning;

	if (rules->total_is_input && tokens.input == CALL_UNKNOWN)
		tokens.input = total;
	add_cache = cache_is_apart(&tokens, total, rules);
	add_reasoning = rules->reasoning_beside || reasoning_is_apart(&tokens, total, rules->reasoning_apart);
	if (counts[COUNT_TOOL_INPUT] != CALL_UNKNOWN)
		tokens.input = sum(tokens.input, counts[COUNT_TOOL_INPUT]);
	if (add_cache)
		tokens.input = sum(tokens.input, sum(tokens.cache_read, tokens.cache_write));
	if (add_reasoning)
		tokens.output = sum(tokens.output, tokens.reasoning);
	*ret = tokens;
	return tokens.input != CALL_UNKNOWN || tokens.output != CALL_UNKNOWN;
}
