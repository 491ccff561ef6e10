/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Price tables and the cost of a call.
 *
 * A table is a CSV file: lines that begin with '#' are comments; the first
 * other line names the columns, in any order; fields may be quoted. All but
 * the first four columns may be left out, and all fields but those of the first
 * two left empty, which is "not stated", never "free".
 *
 *   provider, model      as in the call record; provider "*" is any provider
 *   input, output        USD per million tokens
 *   alias_of             this model has the prices of that one of the same
 *                        provider; the row has nothing else
 *   tier                 the row is for this service tier ("flex", "priority",
 *                        "batch"), speed ("fast") or region of processing
 *                        ("us") only; see price_terms.h
 *   factor               in place of prices: the tokens of such calls cost this
 *                        many times what the other rows say; factors multiply
 *   above                the row is for prompts of more tokens than this
 *   variant              the row is for calls of this variant only: quality and
 *                        size of an image ("hd/1024x1792"), size of the search
 *                        context ("high"). A price that a model has by variant
 *                        is no price for a variant that no row names; the row
 *                        without one is for requests that ask for none
 *   valid_from, valid_until
 *                        the row is for calls of these days (UTC) only, both
 *                        included: 2026-09-01. Of rows that differ in nothing
 *                        else, only one may be valid at a time
 *
 *   cache_read, cache_write_5m, cache_write_1h, reasoning, audio_input,
 *   audio_output, audio_cache_read, image_input, image_output
 *                        USD per million tokens, at most 6 decimals (which is
 *                        1e-12 USD per token)
 *   character            USD per million characters of a text to be spoken
 *   search_unit          USD for each search unit of a reranking
 *   image                USD for each generated image
 *   audio_second         USD for each second of sound
 *   web_search           USD for each search that the provider ran
 *   searching_call       USD for each call in which it ran any
 *   call                 USD for each call; at most 12 decimals, like the five
 *                        before
 *
 * A price change can so be announced before its day:
 *
 *   provider,model,input,output,valid_from,valid_until
 *   anthropic,claude-sonnet-5,2,10,,2026-08-31
 *   anthropic,claude-sonnet-5,3,15,2026-09-01,
 *
 * What a row of a tier or a long prompt does not state, the plainer row says.
 * Money is integer pico-dollars (1e-12 USD) throughout.
 */
#ifndef PROMTAP_ANALYSIS_PRICE_H
#define PROMTAP_ANALYSIS_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "llm/call.h"

#define PRICE_FILE_BYTES_MAX (8u << 20)
#define PRICE_ROWS_MAX 65536
#define PRICE_ERROR_BYTES 512

enum price_class {
	PRICE_INPUT = 0,
	PRICE_OUTPUT,
	PRICE_CACHE_READ,
	PRICE_CACHE_WRITE_5M,
	PRICE_CACHE_WRITE_1H,
	PRICE_REASONING,
	PRICE_AUDIO_INPUT,
	PRICE_AUDIO_OUTPUT,
	PRICE_AUDIO_CACHE_READ,
	PRICE_IMAGE_INPUT,
	PRICE_IMAGE_OUTPUT,
	PRICE_TOKENS_END,
	/* In place of tokens, where none are reported. */
	PRICE_CHARACTER = PRICE_TOKENS_END,
	PRICE_SEARCH_UNIT,
	PRICE_IMAGE,
	PRICE_AUDIO_SECOND,
	PRICE_UNITS_END,
	/* Beside them. */
	PRICE_WEB_SEARCH = PRICE_UNITS_END,
	PRICE_SEARCHING_CALL,
	PRICE_CALL,
	PRICE_CLASS_MAX
};

struct price_table;

/* Parses a whole file; `name` is for messages. 0; -EINVAL: `ret_error` says
 * file, line, field and cure; -E2BIG, -ENOMEM likewise. *ret is untouched on
 * error. */
int price_table_parse(const char *name, struct slice text, struct price_table **ret,
		      char ret_error[PRICE_ERROR_BYTES]);

/* The same from a file, read from its beginning. The fd stays the caller's. */
int price_table_read(const char *name, int fd, struct price_table **ret, char ret_error[PRICE_ERROR_BYTES]);

/* The table that is part of the program. Null: out of memory. */
struct price_table *price_table_builtin(void);

void price_table_free(struct price_table *table);
size_t price_table_rows(const struct price_table *table);

enum price_result {
	PRICE_UNKNOWN = 0,
	PRICE_FOUND,		/* `ret` is filled */
	PRICE_NO_MODEL,		/* no price for this provider, model and variant */
	PRICE_NO_USAGE,		/* a price, but the call does not say how much of it was used */
	PRICE_PREPAID,		/* served from capacity that is paid for by time */
	PRICE_RESULT_MAX
};

struct price_quote {
	char priced_as[MODEL_BYTES];	/* model name of the row used */
	int64_t cost_pico_usd;
	bool tier_unknown;		/* no row for the call's service tier: the plain price */
};

/* The cost of a call: the response's model by the first table that has it, else
 * the request's; exact names and documented aliases only, never a prefix
 * (price_names.h). Null tables are skipped. PRICE_NO_USAGE fills only
 * priced_as. */
enum price_result price_call(const struct price_table *const *tables, size_t count, const struct call *call,
			     struct price_quote *ret);

#endif
