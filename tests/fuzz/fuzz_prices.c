/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A price file from its bytes, then the price of a call. Input: the file, cut
 * at its first form feed; then lines: model, service tier, variant, speed,
 * region; what follows the last are counts, one byte each in turn.
 */
#include "analysis/price.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "no_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the next line off. */
static struct slice take_line(struct slice *rest)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
	struct slice line = { rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len };
	size_t used = line.len + (end != NULL);

	*rest = (struct slice){ rest->ptr + used, rest->len - used };
	return line;
}

/* A byte stands for a power of two, near to it, or for "not said". */
static int64_t take_count(struct slice *rest)
{
	unsigned char byte;

	if (rest->len == 0)
		return CALL_UNKNOWN;
	byte = (unsigned char)*rest->ptr;
	*rest = (struct slice){ rest->ptr + 1, rest->len - 1 };
	return byte < 0x40 ? CALL_UNKNOWN : (int64_t)((uint64_t)1 << (byte & 0x3f) >> 1) + (byte >> 7);
}

static void fill(struct call *call, struct slice rest)
{
	struct { char *text; size_t size; } texts[] = {
		{ call->response_model, sizeof(call->response_model) }, { call->service_tier, sizeof(call->service_tier) },
		{ call->variant, sizeof(call->variant) }, { call->speed, sizeof(call->speed) },
		{ call->inference_geo, sizeof(call->inference_geo) },
	};
	int64_t *const counts[] = {
		&call->time_unix_ns, &call->tokens.input, &call->tokens.output, &call->tokens.cache_read,
		&call->tokens.cache_write, &call->tokens.cache_write_5m, &call->tokens.cache_write_1h,
		&call->tokens.reasoning, &call->tokens.audio_input, &call->tokens.audio_output,
		&call->tokens.cache_read_audio, &call->tokens.image_input, &call->tokens.image_output,
		&call->units.search_units, &call->units.images, &call->units.audio_ms, &call->units.characters,
		&call->units.web_searches,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)slice_copy(texts[i].text, texts[i].size, take_line(&rest));
	call->tokens.input = 1000;
	call->tokens.output = 1000;
	for (size_t i = 0; rest.len > 0 && i < sizeof(counts) / sizeof(counts[0]); i++)
		*counts[i] = take_count(&rest);
}

static void price_model(const struct price_table *table, const char *provider, struct slice rest)
{
	struct price_quote quote = { .cost_pico_usd = -1 };
	enum price_result result;
	struct call call;

	call_init(&call);
	(void)slice_copy(call.provider, sizeof(call.provider), slice_of(provider));
	fill(&call, rest);
	result = price_call(&table, 1, &call, &quote);
	assert(result > PRICE_UNKNOWN && result < PRICE_RESULT_MAX);
	if (result == PRICE_FOUND)
		assert(quote.cost_pico_usd >= 0 && memchr(quote.priced_as, '\0', sizeof(quote.priced_as)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const providers[] = { "openai", "aws.bedrock", "gcp.vertex_ai", "openrouter", "" };
	const uint8_t *cut = size > 0 ? memchr(data, '\f', size) : NULL;
	struct slice text = { (const char *)data, cut ? (size_t)(cut - data) : size };
	struct price_table *table = NULL;
	char error[PRICE_ERROR_BYTES] = "";

	if (price_table_parse("fuzz.csv", text, &table, error) < 0) {
		assert(!table && strncmp(error, "fuzz.csv:", 9) == 0);
		return 0;
	}
	for (size_t i = 0; cut && i < sizeof(providers) / sizeof(providers[0]); i++)
		price_model(table, providers[i], (struct slice){ (const char *)cut + 1, size - text.len - 1 });
	price_table_free(table);
	return 0;
}
