/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of a call overlap: what was read from a cache is part of the input,
 * and so is sound; reasoning is part of the output. Servers contradict
 * themselves: what was cached is believed, the rest is cut to what is left.
 */
#include "analysis/token_classes.h"

/* What a call reports, 0 where it says nothing. */
static uint64_t known(int64_t tokens)
{
	return tokens > 0 ? (uint64_t)tokens : 0;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}


/* Audio read from a cache is part of both counts. Where nobody says how much
 * that is, it is at least what the two exceed the input by. */
static uint64_t cached_audio(const struct call_tokens *tokens)
{
	uint64_t read = known(tokens->cache_read), audio = known(tokens->audio_input);
	uint64_t both = tokens->cache_read_audio >= 0 ? known(tokens->cache_read_audio)
						      : minus(read + audio, known(tokens->input));

	return smaller(both, smaller(read, audio));
}

/* Cohere charges for less of a prompt than it takes from its cache. */
static uint64_t cached(const struct call_tokens *tokens)
{
	uint64_t read = known(tokens->cache_read);

	return tokens->input >= 0 ? smaller(read, known(tokens->input)) : read;
}

static void split_input(const struct call_tokens *tokens, uint64_t ret[PRICE_TOKENS_END])
{
	uint64_t write_5m = known(tokens->cache_write_5m), write_1h = known(tokens->cache_write_1h);
	uint64_t unsplit = minus(minus(known(tokens->cache_write), write_5m), write_1h);
	uint64_t audio_read = cached_audio(tokens), rest = minus(known(tokens->input), known(tokens->cache_read));

	ret[PRICE_AUDIO_CACHE_READ] = audio_read;
	ret[PRICE_CACHE_READ] = minus(cached(tokens), audio_read);
	/* Five minutes is the lifetime unless the request asks for more. */
	ret[PRICE_CACHE_WRITE_5M] = write_5m + unsplit;
	ret[PRICE_CACHE_WRITE_1H] = write_1h;
	rest = minus(minus(rest, write_5m + unsplit), write_1h);
	ret[PRICE_AUDIO_INPUT] = smaller(known(tokens->audio_input) - audio_read, rest);
	rest -= ret[PRICE_AUDIO_INPUT];
	ret[PRICE_IMAGE_INPUT] = smaller(known(tokens->image_input), rest);
	ret[PRICE_INPUT] = rest - ret[PRICE_IMAGE_INPUT];
}

static void split_output(const struct call *call, uint64_t ret[PRICE_TOKENS_END])
{
	const struct call_tokens *tokens = &call->tokens;
	uint64_t rest = minus(known(tokens->output), known(tokens->reasoning));
	bool all_image = call->operation == OPERATION_IMAGE_GENERATION && tokens->image_output < 0;

	ret[PRICE_REASONING] = known(tokens->reasoning);
	ret[PRICE_AUDIO_OUTPUT] = known(tokens->audio_output);
	rest = minus(rest, ret[PRICE_AUDIO_OUTPUT]);
	/* An image generator that does not split its output made images. */
	ret[PRICE_IMAGE_OUTPUT] = all_image ? rest : smaller(known(tokens->image_output), rest);
	ret[PRICE_OUTPUT] = rest - ret[PRICE_IMAGE_OUTPUT];
}

void token_classes(const struct call *call, uint64_t ret[PRICE_TOKENS_END])
{
	split_input(&call->tokens, ret);
	split_output(call, ret);
}
