/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of one call: each class of tokens gets its price, and the products
 * are added as integers. A call that reports no tokens may be priced by another
 * unit; fees for searches and calls come on top of either.
 */
#include "analysis/price.h"

#include <string.h>

#include "analysis/price_names.h"
#include "analysis/price_table.h"
#include "analysis/price_terms.h"
#include "analysis/token_classes.h"
#include "base/cleanup.h"

/* The model has such a price for other variants than the call's. */
#define PRICE_OTHER_VARIANT (-2)

typedef unsigned __int128 pico_usd_t;

/* What a class costs when no row states its own price: PRICE_CLASS_MAX ends. */
static const enum price_class instead_of[PRICE_TOKENS_END] = {
	[PRICE_INPUT] = PRICE_CLASS_MAX,
	[PRICE_OUTPUT] = PRICE_CLASS_MAX,
	[PRICE_CACHE_READ] = PRICE_INPUT,
	[PRICE_CACHE_WRITE_5M] = PRICE_INPUT,
	[PRICE_CACHE_WRITE_1H] = PRICE_CACHE_WRITE_5M,
	[PRICE_REASONING] = PRICE_OUTPUT,
	[PRICE_AUDIO_INPUT] = PRICE_INPUT,
	[PRICE_AUDIO_OUTPUT] = PRICE_OUTPUT,
	[PRICE_AUDIO_CACHE_READ] = PRICE_CACHE_READ,
	[PRICE_IMAGE_INPUT] = PRICE_INPUT,
	[PRICE_IMAGE_OUTPUT] = PRICE_OUTPUT,
};

/* Rows of one model, and the call that they are to price. */
struct bill {
	struct price_rows rows;
	const struct call *call;
	struct price_terms terms;
};

/* What a call reports, 0 where it says nothing. */
static uint64_t known(int64_t count)
{
	return count > 0 ? (uint64_t)count : 0;
}

/* ---- the price of a class ---- */

static bool is_valid(const struct bill *bill, const struct price_row *row)
{
	return bill->terms.day >= row->first_day && bill->terms.day <= row->last_day;
}

static bool is_of_tier(const struct bill *bill, const char *tier)
{
	const struct price_terms *terms = &bill->terms;

	return strcmp(tier, terms->tier) == 0 || strcmp(tier, terms->speed) == 0 || strcmp(tier, terms->region) == 0;
}

static bool applies(const struct bill *bill, const struct price_row *row)
{
	return (row->above == 0 || known(bill->call->tokens.input) > row->above) &&
	       (*row->tier == '\0' || is_of_tier(bill, row->tier)) &&
	       (*row->variant == '\0' || strcmp(row->variant, bill->terms.variant) == 0);
}

/* The row for the longest prompt that applies wins, then the row of the tier,
 * then that of the variant. */
static int64_t stated_price(const struct bill *bill, enum price_class class)
{
	const struct price_row *best = NULL;
	bool by_variant = false, plain_variant = *bill->terms.variant == '\0' && bill->terms.variant_seen;

	for (size_t i = 0; i < bill->rows.count; i++) {
		const struct price_row *row = &bill->rows.rows[i];

		if (row->pico_usd[class] == PRICE_NOT_STATED || !is_valid(bill, row))
			continue;
		by_variant |= *row->variant != '\0';
		/* Rows of no tier and no variant come first: at equal length theirs win. */
		if (applies(bill, row) && (!best || row->above >= best->above))
			best = row;
	}
	if (by_variant && (!best || (*best->variant == '\0' && !plain_variant)))
		return PRICE_OTHER_VARIANT;
	return best ? best->pico_usd[class] : PRICE_NOT_STATED;
}

static int64_t token_price(const struct bill *bill, enum price_class class)
{
	int64_t price = PRICE_NOT_STATED;

	while (price == PRICE_NOT_STATED && class != PRICE_CLASS_MAX) {
		price = stated_price(bill, class);
		class = instead_of[class];
	}
	return price;
}

/* ---- the sum ---- */

/* Adds `count` times the price, of which `per` make one unit. */
static enum price_result add(pico_usd_t *cost, int64_t price, uint64_t count, unsigned int per)
{
	if (price < 0)
		return PRICE_NO_MODEL;
	*cost += (pico_usd_t)count * (uint64_t)price / per;
	return PRICE_FOUND;
}

/* Of embeddings and the like there is no output to report. */
static bool tokens_known(const struct call *call)
{
	bool output = call->operation != OPERATION_EMBEDDINGS && call->operation != OPERATION_RERANK &&
		      call->operation != OPERATION_MODERATION;

	return call->tokens.input >= 0 && (call->tokens.output >= 0 || !output);
}

static bool prices_any(const struct bill *bill, int from, int end)
{
	for (int class = from; class < end; class++) {
		if (stated_price(bill, class) != PRICE_NOT_STATED)
			return true;
	}
	return false;
}

/* Factors are on tokens only; the sum is rounded to whole pico-dollars after each. */
static enum price_result apply_factors(const struct bill *bill, pico_usd_t *cost)
{
	for (size_t i = 0; i < bill->rows.count; i++) {
		const struct price_row *row = &bill->rows.rows[i];

		if (*cost > INT64_MAX)
			return PRICE_NO_USAGE;
		if (row->factor_micro != PRICE_NOT_STATED && is_valid(bill, row) && is_of_tier(bill, row->tier))
			*cost = (*cost * (uint64_t)row->factor_micro + PRICE_FACTOR_ONE / 2) / PRICE_FACTOR_ONE;
	}
	return PRICE_FOUND;
}

static enum price_result add_tokens(const struct bill *bill, pico_usd_t *cost)
{
	uint64_t tokens[PRICE_TOKENS_END];
	enum price_result result = PRICE_FOUND;

	token_classes(bill->call, tokens);
	for (int class = 0; class < PRICE_TOKENS_END && result == PRICE_FOUND; class++) {
		if (tokens[class] > 0)
			result = add(cost, token_price(bill, class), tokens[class], 1);
	}
	return result == PRICE_FOUND ? apply_factors(bill, cost) : result;
}

static enum price_result add_units(const struct bill *bill, pico_usd_t *cost)
{
	const struct call_units *units = &bill->call->units;
	const int64_t counts[PRICE_UNITS_END] = {
		[PRICE_CHARACTER] = units->characters,
		[PRICE_SEARCH_UNIT] = units->search_units,
		[PRICE_IMAGE] = units->images,
		[PRICE_AUDIO_SECOND] = units->audio_ms,
	};
	enum price_result result = PRICE_NO_USAGE;

	for (int class = PRICE_TOKENS_END; class < PRICE_UNITS_END; class++) {
		int64_t price = stated_price(bill, class);

		if (counts[class] < 0 || price == PRICE_NOT_STATED)
			continue;
		result = add(cost, price, known(counts[class]), class == PRICE_AUDIO_SECOND ? 1000 : 1);
		if (result != PRICE_FOUND)
			break;
	}
	return result;
}

static enum price_result add_usage(const struct bill *bill, pico_usd_t *cost)
{
	bool by_tokens = prices_any(bill, 0, PRICE_TOKENS_END);

	if (by_tokens && tokens_known(bill->call))
		return add_tokens(bill, cost);
	if (by_tokens || prices_any(bill, PRICE_TOKENS_END, PRICE_UNITS_END))
		return add_units(bill, cost);
	/* Charged for by the call, or by nothing that these rows say. */
	return stated_price(bill, PRICE_CALL) != PRICE_NOT_STATED ? PRICE_FOUND : PRICE_NO_MODEL;
}

static enum price_result add_fees(const struct bill *bill, pico_usd_t *cost)
{
	uint64_t searches = known(bill->call->units.web_searches);
	const uint64_t counts[PRICE_CLASS_MAX] = {
		[PRICE_WEB_SEARCH] = searches,
		[PRICE_SEARCHING_CALL] = searches > 0,
		[PRICE_CALL] = 1,
	};
	enum price_result result = PRICE_FOUND;

	for (int class = PRICE_UNITS_END; class < PRICE_CLASS_MAX && result == PRICE_FOUND; class++) {
		int64_t price = stated_price(bill, class);

		if (counts[class] > 0 && price != PRICE_NOT_STATED)
			result = add(cost, price, counts[class], 1);
	}
	return result;
}

/* Whether the rows say nothing about the tier or the speed of the call. */
static bool tier_is_unknown(const struct bill *bill)
{
	const char *const wanted[] = { bill->terms.tier, bill->terms.speed };
	size_t missing = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		bool found = *wanted[i] == '\0';

		for (size_t j = 0; j < bill->rows.count && !found; j++) {
			const struct price_row *row = &bill->rows.rows[j];

			found = is_valid(bill, row) && strcmp(row->tier, wanted[i]) == 0;
		}
		missing += !found;
	}
	return missing > 0;
}

static enum price_result add_up(const struct bill *bill, struct price_quote *ret)
{
	pico_usd_t cost = 0;
	enum price_result result;

	if (bill->terms.prepaid)
		return PRICE_PREPAID;
	result = add_usage(bill, &cost);
	if (result == PRICE_FOUND)
		result = add_fees(bill, &cost);
	if (result != PRICE_FOUND)
		return result;
	/* Nine million dollars: the counts are nonsense. */
	if (cost > INT64_MAX)
		return PRICE_NO_USAGE;
	ret->cost_pico_usd = (int64_t)cost;
	ret->tier_unknown = tier_is_unknown(bill);
	return PRICE_FOUND;
}

static enum price_result price_by_rows(struct price_rows rows, const struct call *call, struct price_quote *ret)
{
	struct bill bill = { .rows = rows, .call = call };
	bool any = false;

	price_terms(call, &bill.terms);
	for (size_t i = 0; i < rows.count; i++)
		any |= is_valid(&bill, &rows.rows[i]);
	if (!any)
		return PRICE_NO_MODEL;
	(void)slice_copy(ret->priced_as, sizeof(ret->priced_as), slice_of(rows.rows[0].model));
	return add_up(&bill, ret);
}

/* Both are on one bill, and a host of Azure serves models of either. */
static const char *other_provider(const char *provider)
{
	static const char *const names[] = { "azure.ai.openai", "azure.ai.inference" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(provider, names[i]) == 0)
			return names[1 - i];
	}
	return NULL;
}

static struct price_rows find_rows(const struct price_table *table, const char *provider,
				   const struct price_names *names)
{
	struct price_rows rows = { NULL, 0 };

	for (size_t i = 0; i < names->count && rows.count == 0; i++)
		rows = price_table_find(table, provider, names->names[i]);
	return rows;
}

static enum price_result price_model(const struct price_table *table, const struct call *call, const char *model,
				     struct price_quote *ret)
{
	struct price_names names;
	const char *other = other_provider(call->provider);
	struct price_rows rows;

	if (*model == '\0')
		return PRICE_NO_MODEL;
	price_names(call->provider, model, &names);
	if (names.free_of_charge) {
		(void)slice_copy(ret->priced_as, sizeof(ret->priced_as), slice_of(model));
		ret->cost_pico_usd = 0;
		return PRICE_FOUND;
	}
	rows = find_rows(table, call->provider, &names);
	if (rows.count == 0 && other)
		rows = find_rows(table, other, &names);
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
