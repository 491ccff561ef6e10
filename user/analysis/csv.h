/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and fields of comma-separated text (RFC 4180, without line breaks
 * inside quotes). Works in the caller's bytes, which it changes: fields become
 * terminated strings there. Lines that are empty or begin with '#' are skipped.
 */
#ifndef PROMTAP_ANALYSIS_CSV_H
#define PROMTAP_ANALYSIS_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 32

struct csv {
	char *next, *end;	/* *end is a zero byte */
	unsigned line;		/* of the row last read, from 1 */
	char *fields[CSV_FIELDS_MAX];
	size_t count;
};

/* `text` has `len` bytes, none of them zero, and a zero byte behind them. */
void csv_init(struct csv *csv, char *text, size_t len);

/* The next row. 1: there is one; 0: no more; -EBADMSG: a quote is not closed,
 * or something follows a closing quote; -E2BIG: too many fields; -EILSEQ: a
 * byte that is not printable ASCII, tab or the end of a line. */
int csv_next(struct csv *csv);

#endif
