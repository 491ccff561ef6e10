/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge stage: priced calls in, figures of each (model, service) and
 * readings out. Deterministic: the same calls and ticks give the same output,
 * in whatever order the calls of one tick come. Fixed memory: `pairs_max` pairs
 * of a size that is known at start; the one used longest ago goes, counted.
 * Only calls whose client was observed and that are LLM calls are judged, as in
 * the ai_requests_total series; of calls over an observed gateway the client's.
 * Costs are those of ai_cost_dollars_total: where money counts at the gateway,
 * the gateway's pairs have its costs, and nothing else.
 * The model of a pair is the one whose figures a call counts in, as a label
 * (analysis/counting.h).
 *
 * One thread owns it. Nothing here reads a clock.
 */
#ifndef PROMTAP_JUDGE_JUDGE_H
#define PROMTAP_JUDGE_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/money.h"
#include "base/metrics.h"
#include "config/schema.h"
#include "judge/drift.h"
#include "judge/reading.h"
#include "judge/window.h"

#define JUDGE_WINDOW_MAX 100000
#define JUDGE_PAIRS_MAX 16384
#define JUDGE_LOOKS 1000	/* calls that the significance is of */

struct judge_config {
	uint64_t window;		/* calls a pair: 1000 */
	uint64_t pairs;			/* 256 */
	uint64_t drift_window;		/* calls compared with as many before: 100 */
	double drift_minor, drift_moderate, drift_significant;	/* percent: 5, 10, 15 */
	double significance;		/* how often chance may pass for drift, of a dimension in 1,000 calls: 0.01 */
};
extern const struct schema judge_schema;	/* section "judge" */

struct judge;

/* `money`: whose cost counts. `metrics` may be null (analyze). Null: out of memory. */
struct judge *judge_new(const struct judge_config *config, enum money_place money, struct metrics *metrics);
void judge_free(struct judge *judge);
/* Other thresholds from now on; another window or number of pairs begins empty. 0 or -ENOMEM: as before. */
int judge_use(struct judge *judge, const struct judge_config *config);

/* Held until the next tick. */
void judge_call(struct judge *judge, const struct call *call);

/* A second of the caller's clock (Unix ns) is over: takes in what was held, ordered by end and id, sets the
 * metrics, and gives a reading for each figure of each pair that had calls since the last tick, and for each
 * thing that happened. Readings of budgets restart at midnight UTC. A clock that jumps back is no error. A null `fn` is for
 * warm starts: figures are as ever, nobody is told, and changes of the model are not counted again. */
void judge_tick(struct judge *judge, int64_t now_unix_ns, reading_fn fn, void *ctx);

/* For warm starts: what the calls of a service ("": unknown) on the day (UTC) of `now` come to, and how many they are.
 * What was counted of that day before is replaced, as also of calls that are held now. */
void judge_spent(struct judge *judge, const char *service, int64_t now_unix_ns, uint64_t pico_usd, uint64_t calls);

/* ---- for the API and `analyze`: figures of one pair ------------------------------------------------- */

/* As of the last tick at which it had calls. Numbers that are not known are NAN. Durations in ms, cost in USD. */
struct judge_pair {
	const char *model, *service;	/* lent until the next tick */
	uint64_t calls, errors;		/* since the pair is known, as the next three */
	int64_t input_tokens, output_tokens;	/* of the calls that have them; CALL_UNKNOWN: none has */
	int64_t cost_pico_usd;		/* likewise; exact */
	int64_t first_unix_ns, last_unix_ns;
	struct window_summary series[SERIES_MAX];	/* of the window */
	double error_rate, refusal_rate;		/* of the window */
	struct drift_report drift;
	const char *answered_by;	/* response model and fingerprint seen last; "" none yet */
};
size_t judge_pair_count(const struct judge *judge);
/* By position, pairs in order of service and model. */
void judge_pair_at(const struct judge *judge, size_t index, struct judge_pair *ret);

/* Cost of a service since midnight UTC; false: none known. */
bool judge_cost_today(const struct judge *judge, const char *service, double *ret_usd);

size_t judge_bytes(const struct judge *judge);	/* that it may come to, known at start */

#endif
