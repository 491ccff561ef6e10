/* SPDX-License-Identifier: Apache-2.0 */
/* A price table as it lies in memory: read by price.c only. */
#ifndef PROMTAP_ANALYSIS_PRICE_TABLE_H
#define PROMTAP_ANALYSIS_PRICE_TABLE_H

#include "analysis/price.h"

#define PRICE_NOT_STATED (-1)
#define PRICE_FACTOR_ONE 1000000

/* Strings lie in the table's text. */
struct price_row {
	const char *provider, *model;
	const char *alias_of;			/* "": the row has prices or a factor */
	const char *tier, *variant;		/* "": any */
	uint64_t above;				/* prompt tokens */
	int64_t first_day, last_day;		/* since 1970-01-01, both included */
	int64_t factor_micro;			/* of PRICE_FACTOR_ONE; PRICE_NOT_STATED: the row has prices */
	int64_t pico_usd[PRICE_CLASS_MAX];	/* per token or other unit, or PRICE_NOT_STATED */
	unsigned line;
};

/* The rows of one model stand together, by tier, variant, `above` and first
 * day, all rising. */
struct price_rows {
	const struct price_row *rows;
	size_t count;
};

/* By position, below price_table_rows(). */
const struct price_row *price_table_row(const struct price_table *table, size_t index);

/* The day of "state of 2026-08-01" in a comment of the file, since 1970-01-01; -1: it names none. */
int64_t price_table_day(const struct price_table *table);

/* The rows of exactly this provider and model, else of the model in other
 * letter case; aliases are followed. Count 0: none. */
struct price_rows price_table_find(const struct price_table *table, const char *provider, const char *model);

#endif
