/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history stage: an SQLite database (WAL) in the state folder. Calls without
 * any text, hourly aggregates, alert transitions. One thread writes, in
 * transactions of a second; the analysis thread only queues, bounded in bytes,
 * what does not fit is counted. A crash at any moment loses at most the last
 * second. A damaged file is put aside (history.db.damaged-TIME) and said, and a
 * new one begun. Limits of age and bytes are kept by deleting a little at a
 * time, without long pauses.
 */
#ifndef PROMTAP_HISTORY_HISTORY_H
#define PROMTAP_HISTORY_HISTORY_H

#include <stdint.h>
#include <stdio.h>

#include "alerts/alerts.h"
#include "analysis/money.h"
#include "base/metrics.h"
#include "config/schema.h"
#include "llm/call.h"

struct history_config {
	bool enabled;
	uint64_t calls_age;	/* ns: 15 days */
	uint64_t hours_age;	/* 90 days */
	uint64_t alerts_age;	/* 365 days */
	uint64_t bytes_max;	/* of all files: 1 GiB */
};
extern const struct schema history_schema;	/* section "history" */

#define HISTORY_QUEUE_BYTES (8u << 20)

struct history;
/*
 * `folder` (opened for reading, no O_PATH) stays the caller's, and open. 0 or
 * -errno, logged: -ENOTSUP: the file is of a later version, which is left as it
 * is. *ret is null then, and where the history is not enabled; every function
 * takes null and does nothing. A disk that is full or fails now is no error: the
 * thread tries again. `metrics` may be null.
 */
int history_open(const struct history_config *config, int folder, struct metrics *metrics, struct history **ret);
/* Writes what is queued, for `timeout_ms` at most; then the process is to end, for the thread is left behind. */
void history_close(struct history *history, int timeout_ms);
/* Other limits from now on. Whether there is a history at all is decided when it is opened. 0. */
int history_use(struct history *history, const struct history_config *config);

/* Never wait. */
void history_call(struct history *history, const struct call *call);
void history_alert(struct history *history, const struct alert *alert);
/* Analysis thread, every tick: counters of the thread into the registry; the times are for the limits of age. `steady_ns`:
 * of a clock that nobody sets. */
void history_tick(struct history *history, int64_t now_unix_ns, int64_t steady_ns);

/* ---- reading: another connection to the same folder, of this or another process ---------------------- */

/* The calls since `since`, in order of their end, as far as the judge needs them (all fields of the call record
 * that are figures; the rest unknown): for warm starts and `analyze --since`. `max`: the last so many. Returns how
 * many, or -errno, logged. */
int64_t history_calls(int folder, int64_t since_unix_ns, size_t max, call_fn fn, void *ctx);

/* Transitions since, oldest first; as history_calls(). */
int64_t history_alerts(int folder, int64_t since_unix_ns, size_t max,
		       void (*fn)(void *ctx, const struct alert *alert), void *ctx);

/* Of each service ("": unknown) with calls whose cost is known: what they come to, exact up to INT64_MAX, and how many
 * they are, as the judge counts them: no guesses, and of calls over an observed gateway those at `place`. `day` is a
 * midnight UTC. For warm starts: of the whole day, however many calls are kept. 0 or -errno, logged. */
typedef void (*history_cost_fn)(void *ctx, const char *service, uint64_t pico_usd, uint64_t calls);
int history_costs(int folder, int64_t day_unix_ns, enum money_place place, history_cost_fn fn, void *ctx);

/* Says in one line why reading failed. Returns `err`. */
int history_explain(int err);

enum report_format {
	REPORT_TABLE = 0,
	REPORT_JSON,
	REPORT_CSV,
};
/* The cost review, out of the hours since (whole ones); what lies more than a day ahead is of a clock that was wrong. `by`: some of the words service, model, provider, day, hour,
 * parted by commas, in the order of the columns; "": the total alone. `place`: whose money counts. Exit status;
 * problems are logged. */
int history_report(int folder, int64_t since_unix_ns, int64_t now_unix_ns, const char *by, enum money_place place,
		   enum report_format format, FILE *out);

#endif
