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

/* Takes the line that names the columns. 0 or -EINVAL. */
int price_read_header(struct price_reader *reader);

/* The next row, with strings in the reader's text. 1: there is one; 0: no more; -EINVAL. */
int price_read_row(struct price_reader *reader, struct price_row *ret);

#endif
