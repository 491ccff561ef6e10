/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A price file from its bytes, then a look-up of what its first line of prices
 * names. Input: the file, cut at its first form feed; what follows is the name
 * of a model that is priced.
 */
#include "analysis/price.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* The fuzz build has no embedded files. */
#ifdef __clang__
__asm__(".section .rodata\n"
	".globl _binary_user_analysis_prices_models_csv_start\n"
	".globl _binary_user_analysis_prices_models_csv_end\n"
	"_binary_user_analysis_prices_models_csv_start:\n"
	".ascii \"provider,model,input,output\\n\"\n"
	"_binary_user_analysis_prices_models_csv_end:\n"
	".previous\n");
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void price_model(const struct price_table *table, const char *provider, const char *model, size_t len)
{
	struct price_quote quote;
	struct call call;

	call_init(&call);
	(void)slice_copy(call.provider, sizeof(call.provider), slice_of(provider));
	(void)slice_copy(call.response_model, sizeof(call.response_model), (struct slice){ model, len });
	call.tokens.input = 1000;
	call.tokens.output = 1000;
	if (price_call(&table, 1, &call, &quote) == PRICE_FOUND)
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
		price_model(table, providers[i], (const char *)cut + 1, size - text.len - 1);
	price_table_free(table);
	return 0;
}
