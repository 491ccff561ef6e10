/* SPDX-License-Identifier: Apache-2.0 */
/* A price table as it lies in memory: read by price.c only. */
#ifndef PROMTAP_ANALYSIS_PRICE_TABLE_H
#define PROMTAP_ANALYSIS_PRICE_TABLE_H

#include "analysis/price.h"

#define PRICE_NOT_STATED (-1)

/* Strings lie in the table's text. */
struct price_row {
	const char *provider, *model;
	const char *alias_of;		/* "": the row has prices */
	const char *tier;		/* "": any */
	uint64_t above;			/* prompt tokens */
	int64_t pico_usd[PRICE_CLASS_MAX];	/* per token, or PRICE_NOT_STATED */
	unsigned line;
};

/* The rows of one model stand together, by tier and then `above`, both rising. */
struct price_rows {
	const struct price_row *rows;
	size_t count;
};

/* The rows of exactly this provider and model, else of the model in other
 * letter case; aliases are followed. Count 0: none. */
struct price_rows price_table_find(const struct price_table *table, const char *provider, const char *model);

#endif
