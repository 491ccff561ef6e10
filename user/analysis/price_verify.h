/* SPDX-License-Identifier: Apache-2.0 */
/* What in a table of prices deserves a second look: its age, prices that jumped, models that it lacks. */
#ifndef PROMTAP_ANALYSIS_PRICE_VERIFY_H
#define PROMTAP_ANALYSIS_PRICE_VERIFY_H

#include "analysis/price_table.h"

#define PRICE_OLD_DAYS 90
#define PRICE_JUMP 10		/* times what it was, or that part of it */
#define PRICE_SEEN_MAX 4096	/* models that are told apart */

/* The day of "state of 2026-08-01" in a comment of the file, since 1970-01-01; -1: it names none. */
int64_t price_text_day(struct slice text);
/* Of the table that is part of the program. */
int64_t price_builtin_day(void);

struct price_jump {
	const struct price_row *row, *before;	/* of the same model and terms; both lent */
	enum price_class class;
};
typedef void (*price_jump_fn)(void *ctx, const struct price_jump *jump);
/* Prices of `table` that are PRICE_JUMP times, or that part of, what `before` has for the same. Returns how many. */
size_t price_jumps(const struct price_table *table, const struct price_table *before, price_jump_fn fn, void *ctx);

/* Models that were called and that `tables` have no price for. */
struct price_lacks;
/* `tables` outlive it; null ones are skipped. Null: out of memory. */
struct price_lacks *price_lacks_new(const struct price_table *const *tables, size_t count);
void price_lacks_free(struct price_lacks *lacks);

/* What an agent counts as unpriced for want of a price, in the text of its /metrics. Any bytes will do: lines that are
 * no such counter are passed over. `now`: the day that a price must be valid on. */
void price_lacks_metrics(struct price_lacks *lacks, struct slice metrics, int64_t now_unix_ns);
/* One call, of a history; one that was priced, by whatever, lacks nothing. */
void price_lacks_call(struct price_lacks *lacks, const struct call *call);

struct price_lack {
	const char *provider, *model;	/* lent */
	double calls;
};
/* By position; false: past the end. */
bool price_lacks_at(const struct price_lacks *lacks, size_t index, struct price_lack *ret);

#endif
