/* SPDX-License-Identifier: Apache-2.0 */
/* What the hours come to, added up by some of their words; and how it is shown. */
#ifndef PROMTAP_HISTORY_REPORT_H
#define PROMTAP_HISTORY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "history/history.h"
#include "history/hours.h"

#define REPORT_ROWS_MAX 100000
#define REPORT_TEXT_BYTES 128

/* X(enumerator, word, SQL that the rows are ordered by, whose value is shown) */
#define REPORT_KEYS(X)                                              \
	X(KEY_SERVICE, "service", "s.service")                      \
	X(KEY_MODEL, "model", "s.model")                            \
	X(KEY_PROVIDER, "provider", "s.provider")                   \
	X(KEY_DAY, "day", "date(h.hour * 3600, 'unixepoch')")       \
	X(KEY_HOUR, "hour", "strftime('%Y-%m-%dT%H:00Z', h.hour * 3600, 'unixepoch')")

enum report_key {
#define X(id, word, sql) id,
	REPORT_KEYS(X)
#undef X
	KEY_MAX
};
extern const char *const report_key_words[KEY_MAX];

struct report_row {
	char texts[KEY_MAX][REPORT_TEXT_BYTES];	/* in the order of `by`; printable, "" unknown */
	int64_t sums[SUM_MAX];
	bool timed;
	uint64_t p50_us, p95_us, p99_us;	/* if timed */
};

struct report {
	enum report_key by[KEY_MAX];
	size_t by_count;
	struct report_row *rows;	/* owned */
	size_t count, capacity;
	struct report_row total;
	int64_t since_hour, until_unix_ns;
	enum money_place money;
};

/* Of a row: numbers that are not known are not zero. */
static inline bool report_has_cost(const struct report_row *row)
{
	return row->sums[SUM_PRICED] > 0 || row->sums[SUM_UNPRICED] == 0;
}

/* 0 or -errno: what could not be written. */
int report_print_table(const struct report *report, FILE *out);
int report_print_json(const struct report *report, FILE *out);
int report_print_csv(const struct report *report, FILE *out);

#endif
