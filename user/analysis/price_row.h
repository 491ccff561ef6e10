/* SPDX-License-Identifier: Apache-2.0 */
/* From lines of a price file to rows, one at a time; used by price_table.c. */
#ifndef PROMTAP_ANALYSIS_PRICE_ROW_H
#define PROMTAP_ANALYSIS_PRICE_ROW_H

#include "analysis/csv.h"
#include "analysis/price_table.h"

/* The price classes come first and are columns of the same number. */
enum price_column {
	COLUMN_PROVIDER = PRICE_CLASS_MAX,
	COLUMN_MODEL,
	COLUMN_ALIAS_OF,
	COLUMN_TIER,
	COLUMN_FACTOR,
	COLUMN_ABOVE,
	COLUMN_VARIANT,
	COLUMN_VALID_FROM,
	COLUMN_VALID_UNTIL,
	COLUMN_MAX
};

struct price_reader {
	const char *name;		/* of the file, for messages */
	struct csv csv;
	int positions[COLUMN_MAX];	/* of a column in a line; -1: the file has none */
	char *error;			/* PRICE_ERROR_BYTES */
};

/* Writes "file:line: ..." into the error and returns `err`. */
int price_fail(struct price_reader *reader, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));
int price_fail_field(struct price_reader *reader, int column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A full-date of RFC 3339 as days since 1970-01-01; -1: no such day. */
int64_t price_day(const char *text);
/* As the column is named: "input". */
const char *price_class_name(enum price_class class);
/* The number that stands in the file. */
double price_in_file(int64_t pico_usd, enum price_class class);

/* Takes the line that names the columns. 0 or -EINVAL. */
int price_read_header(struct price_reader *reader);

/* The next row, with strings in the reader's text. 1: there is one; 0: no more; -EINVAL. */
int price_read_row(struct price_reader *reader, struct price_row *ret);

#endif
