/* SPDX-License-Identifier: Apache-2.0 */
/* One (model, service): its windows, and the figures that they come to. */
#ifndef PROMTAP_JUDGE_PAIR_H
#define PROMTAP_JUDGE_PAIR_H

#include "judge/answerers.h"
#include "judge/chance.h"
#include "judge/held.h"
#include "judge/judge.h"
#include "judge/marks.h"
#include "judge/table.h"

/* Series of a pair, as the rows of judge/gauges.c have them. */
#define PAIR_GAUGES (3 + 5 * SERIES_MAX + 6 * DRIFT_DIMENSION_MAX)

struct pair {
	struct table_node node;
	struct pair_key key;
	struct window windows[SERIES_MAX];
	struct marks marks;
	char answered_by[ANSWERER_BYTES];
	struct judge_pair figures;	/* as of the last tick at which it had calls */
	bool changed;			/* since */
	bool begun;			/* something was added */
	bool unexported;		/* the registry has no room for its series */
	struct metric_series *gauges[PAIR_GAUGES];	/* null: not exported yet */
};

/* Bounded; each pair's samples and marks stand behind those of the others. */
struct pairs {
	struct table table;
	size_t window;
	double *samples;	/* owned: pairs * SERIES_MAX * window */
	uint8_t *marks;		/* owned: pairs * window */
	uint64_t evicted;
};

/* What figures are made with. */
struct pair_workshop {
	struct drift_rules rules;
	double *scratch;	/* a window; two drift windows are no more */
	struct chance *chance;
};

/* 0 or -ENOMEM. */
int pairs_init(struct pairs *pairs, size_t count, size_t window);
void pairs_done(struct pairs *pairs);
size_t pairs_bytes(size_t count, size_t window);

/* The pair, made at need. `*ret_recycled`: it took another's place, whose gauges are still in it. */
struct pair *pairs_use(struct pairs *pairs, const struct pair_key *key, bool *ret_recycled);

void pair_add(struct pair *pair, const struct held *held, const char *answered_by);
/* Its cost alone: no call more. */
void pair_add_cost(struct pair *pair, const struct held *held);
/* Fills in `figures` and ends `changed`. */
void pair_judge(struct pair *pair, const struct pair_workshop *workshop);

#endif
