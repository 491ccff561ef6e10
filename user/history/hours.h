/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hours: what the calls of a service, model and provider came to, hour by
 * hour (of their end, UTC). They are written in the transaction that writes the
 * calls, so that one cannot be without the other. The sums of a transaction
 * are gathered first: a row is read and written once for all its calls.
 */
#ifndef PROMTAP_HISTORY_HOURS_H
#define PROMTAP_HISTORY_HOURS_H

#include <stdint.h>
#include <sqlite3.h>

#include "history/packed.h"
#include "history/sketch.h"

#define HOUR_NS 3600000000000ll
#define HOURS_HELD 256		/* rows gathered; more are written before the transaction ends */

/* Columns. X(enumerator, column) */
#define HOUR_SUMS(X)                                                                      \
	X(SUM_CALLS, "calls")                                                             \
	X(SUM_ERRORS, "errors")                                                           \
	X(SUM_PRICED, "priced")			/* calls whose cost is known */          \
	X(SUM_COST, "cost_pico_usd")		/* of those */                           \
	X(SUM_ESTIMATED, "estimated")		/* calls whose tokens were guessed */    \
	X(SUM_ESTIMATED_COST, "estimated_cost_pico_usd")                                  \
	X(SUM_UNPRICED, "unpriced")		/* calls whose cost is missing */        \
	X(SUM_COUNTED, "counted")		/* calls whose provider counted tokens */ \
	X(SUM_INPUT, "input_tokens")		/* of those, as all that follow */       \
	X(SUM_CACHE_READ, "cache_read_tokens")                                            \
	X(SUM_CACHE_WRITE, "cache_write_tokens")                                          \
	X(SUM_OUTPUT, "output_tokens")                                                    \
	X(SUM_REASONING, "reasoning_tokens")                                              \
	X(SUM_AUDIO_INPUT, "audio_input_tokens")                                          \
	X(SUM_AUDIO_OUTPUT, "audio_output_tokens")                                        \
	X(SUM_IMAGE_INPUT, "image_input_tokens")                                          \
	X(SUM_IMAGE_OUTPUT, "image_output_tokens")                                        \
	X(SUM_GUESSED, "guessed")		/* calls whose tokens were guessed */    \
	X(SUM_GUESSED_INPUT, "guessed_input_tokens")                                      \
	X(SUM_GUESSED_OUTPUT, "guessed_output_tokens")

enum hour_sum {
#define X(id, column) id,
	HOUR_SUMS(X)
#undef X
	SUM_MAX
};
extern const char *const hour_columns[SUM_MAX];

/* The hop of a series by its word; null or none of ours: direct. */
enum call_hop hour_hop(const char *word);

/* Adds to a sum that stays at its maximum. */
void hour_add(int64_t *sum, int64_t n);

struct hours {
	sqlite3 *db;
	sqlite3_stmt *read, *write;
	struct hour_row *rows;
	uint16_t *slots;	/* of a hash table of places in `rows`, from 1 */
	size_t count;
	uint64_t written;	/* rows */
	struct buffer bytes;	/* of the sketch at hand */
};

/* 0 or -errno, and hours_done() in every case. */
int hours_init(struct hours *hours, sqlite3 *db);
void hours_done(struct hours *hours);

/* Within a transaction. 0 or -errno. */
int hours_call(struct hours *hours, int64_t series, const struct packed_call *call);
/* Before it ends. */
int hours_flush(struct hours *hours);
/* After a rollback. */
void hours_forget(struct hours *hours);

#endif
