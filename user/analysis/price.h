/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Price tables and the cost of a call.
 *
 * A table is a CSV file: lines that begin with '#' are comments; the first
 * other line names the columns, in any order; fields may be quoted. Columns:
 *
 *   provider, model      as in the call record; provider "*" is any provider
 *   alias_of             this model has the prices of that one of the same
 *                        provider; the row has no prices of its own
 *   tier                 service tier of the response ("flex", "priority");
 *                        empty: every other
 *   above                the row is for prompts of more tokens than this
 *   input, output, cache_read, cache_write_5m, cache_write_1h, reasoning,
 *   audio_input, audio_output
 *                        USD per million tokens, at most 6 decimals (which is
 *                        1e-12 USD per token); empty: not stated
 *
 * What a row of a tier or a long prompt does not state, the plainer row says.
 * Money is integer pico-dollars (1e-12 USD) throughout.
 */
#ifndef PROMTAP_ANALYSIS_PRICE_H
#define PROMTAP_ANALYSIS_PRICE_H

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
	PRICE_NO_MODEL,		/* no row for this provider and model */
	PRICE_NO_USAGE,		/* a row, but the call does not say its tokens */
	PRICE_RESULT_MAX
};

struct price_quote {
	char priced_as[MODEL_BYTES];	/* model name of the row used */
	int64_t cost_pico_usd;
};

/* The cost of a call: the response's model by the first table that has it, else
 * the request's; exact names and documented aliases only, never a prefix
 * (price_names.h). Null tables are skipped. PRICE_NO_USAGE fills only
 * priced_as. */
enum price_result price_call(const struct price_table *const *tables, size_t count, const struct call *call,
			     struct price_quote *ret);

#endif
