/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of one call. Token counts of a call overlap (cache_read is part of
 * input, reasoning part of output); here they become disjoint, each class gets
 * its price, and the products are added as integers.
 */
#include "analysis/price.h"

#include <string.h>

#include "analysis/price_names.h"
#include "analysis/price_table.h"

/* What a class costs when no row states its own price: PRICE_CLASS_MAX ends. */
static const enum price_class instead_of[PRICE_CLASS_MAX] = {
	[PRICE_INPUT] = PRICE_CLASS_MAX,
	[PRICE_OUTPUT] = PRICE_CLASS_MAX,
	[PRICE_CACHE_READ] = PRICE_INPUT,
	[PRICE_CACHE_WRITE_5M] = PRICE_INPUT,
	[PRICE_CACHE_WRITE_1H] = PRICE_CACHE_WRITE_5M,
	[PRICE_REASONING] = PRICE_OUTPUT,
	[PRICE_AUDIO_INPUT] = PRICE_INPUT,
	[PRICE_AUDIO_OUTPUT] = PRICE_OUTPUT,
};

/* Tokens that a call reports, 0 where it says nothing. */
static uint64_t known(int64_t tokens)
{
	return tokens > 0 ? (uint64_t)tokens : 0;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void disjoint_tokens(const struct call_tokens *tokens, uint64_t ret[PRICE_CLASS_MAX])
{
	uint64_t write_5m = known(tokens->cache_write_5m), write_1h = known(tokens->cache_write_1h);
	uint64_t unsplit = minus(minus(known(tokens->cache_write), write_5m), write_1h);

	ret[PRICE_CACHE_READ] = known(tokens->cache_read);
	/* Five minutes is the lifetime unless the request asks for more. */
	ret[PRICE_CACHE_WRITE_5M] = write_5m + unsplit;
	ret[PRICE_CACHE_WRITE_1H] = write_1h;
	ret[PRICE_AUDIO_INPUT] = known(tokens->audio_input);
	ret[PRICE_INPUT] = minus(known(tokens->input), ret[PRICE_CACHE_READ]);
	ret[PRICE_INPUT] = minus(ret[PRICE_INPUT], write_5m + unsplit);
	ret[PRICE_INPUT] = minus(ret[PRICE_INPUT], write_1h);
	ret[PRICE_INPUT] = minus(ret[PRICE_INPUT], ret[PRICE_AUDIO_INPUT]);
	ret[PRICE_REASONING] = known(tokens->reasoning);
	ret[PRICE_AUDIO_OUTPUT] = known(tokens->audio_output);
	ret[PRICE_OUTPUT] = minus(minus(known(tokens->output), ret[PRICE_REASONING]), ret[PRICE_AUDIO_OUTPUT]);
}

/* The price of one class by the rows of a model: the row for the longest
 * prompt that applies wins, then the row of the tier. */
static int64_t stated_price(struct price_rows rows, const char *tier, uint64_t prompt, enum price_class class)
{
	const struct price_row *best = NULL;

	for (size_t i = 0; i < rows.count; i++) {
		const struct price_row *row = &rows.rows[i];

		if (row->pico_usd[class] == PRICE_NOT_STATED || (row->above > 0 && prompt <= row->above) ||
		    (*row->tier && strcmp(row->tier, tier) != 0))
			continue;
		/* Rows with no tier come first: at equal length the tier's wins. */
		if (!best || row->above >= best->above)
			best = row;
	}
	return best ? best->pico_usd[class] : PRICE_NOT_STATED;
}

static int64_t class_price(struct price_rows rows, const char *tier, uint64_t prompt, enum price_class class)
{
	int64_t price = PRICE_NOT_STATED;

	while (price == PRICE_NOT_STATED && class != PRICE_CLASS_MAX) {
		price = stated_price(rows, tier, prompt, class);
		class = instead_of[class];
	}
	return price;
}

/* Embeddings have no output to report. */
static bool usage_known(const struct call *call)
{
	return call->tokens.input >= 0 && (call->tokens.output >= 0 || call->operation == OPERATION_EMBEDDINGS);
}

static enum price_result add_up(struct price_rows rows, const struct call *call, int64_t *ret_pico_usd)
{
	uint64_t tokens[PRICE_CLASS_MAX];
	unsigned __int128 cost = 0;

	disjoint_tokens(&call->tokens, tokens);
	for (int class = 0; class < PRICE_CLASS_MAX; class++) {
		int64_t price = class_price(rows, call->service_tier, known(call->tokens.input), class);

		if (tokens[class] > 0 && price == PRICE_NOT_STATED)
			return PRICE_NO_MODEL;
		if (tokens[class] > 0)
			cost += (unsigned __int128)tokens[class] * (uint64_t)price;
	}
	/* Nine million dollars: the counts are nonsense. */
	if (cost > INT64_MAX)
		return PRICE_NO_USAGE;
	*ret_pico_usd = (int64_t)cost;
	return PRICE_FOUND;
}

static enum price_result price_by_rows(struct price_rows rows, const struct call *call, struct price_quote *ret)
{
	(void)slice_copy(ret->priced_as, sizeof(ret->priced_as), slice_of(rows.rows[0].model));
	if (!usage_known(call))
		return PRICE_NO_USAGE;
	return add_up(rows, call, &ret->cost_pico_usd);
}

static enum price_result price_model(const struct price_table *table, const struct call *call, const char *model,
				     struct price_quote *ret)
{
	struct price_names names;
	struct price_rows rows = { NULL, 0 };

	if (*model == '\0')
		return PRICE_NO_MODEL;
	price_names(call->provider, model, &names);
	if (names.free_of_charge) {
		(void)slice_copy(ret->priced_as, sizeof(ret->priced_as), slice_of(model));
		ret->cost_pico_usd = 0;
		return PRICE_FOUND;
	}
	for (size_t i = 0; i < names.count && rows.count == 0; i++)
		rows = price_table_find(table, call->provider, names.names[i]);
	if (rows.count == 0)
		rows = price_table_find(table, "*", model);
	return rows.count > 0 ? price_by_rows(rows, call, ret) : PRICE_NO_MODEL;
}

static enum price_result price_in_tables(const struct price_table *const *tables, size_t count,
					 const struct call *call, const char *model, struct price_quote *ret)
{
	enum price_result result = PRICE_NO_MODEL;

	for (size_t i = 0; i < count && result == PRICE_NO_MODEL; i++) {
		if (tables[i])
			result = price_model(tables[i], call, model, ret);
	}
	return result;
}

enum price_result price_call(const struct price_table *const *tables, size_t count, const struct call *call,
			     struct price_quote *ret)
{
	enum price_result result = price_in_tables(tables, count, call, call->response_model, ret);

	if (result == PRICE_NO_MODEL)
		result = price_in_tables(tables, count, call, call->request_model, ret);
	return result;
}
