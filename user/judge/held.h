/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge needs of a call, while it waits for the end of its tick. */
#ifndef PROMTAP_JUDGE_HELD_H
#define PROMTAP_JUDGE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/money.h"
#include "base/metrics.h"
#include "judge/window.h"
#include "llm/call.h"

/* What a table is keyed by: texts with zeroes behind them. Sorted by service first. */
struct pair_key {
	char service[SERVICE_BYTES];
	char model[METRIC_VALUE_BYTES];	/* as the label of metrics */
};

/* Of an attack or a credential. */
struct held_finding {
	char rule[RULE_ID_BYTES];
	uint32_t count;
	uint8_t category;	/* held_category_names */
	uint8_t severity;
};

/* All bytes that are not set are zero: calls that are the same are the same bytes. */
struct held {
	int64_t end_unix_ns;
	char id[40];
	struct pair_key asked;		/* service and requested model */
	struct pair_key counted;	/* service and model whose figures it counts in */
	char answered[METRIC_VALUE_BYTES];	/* response model; "": none */
	char fingerprint[FINGERPRINT_BYTES];
	double samples[SERIES_MAX];
	int64_t cost_pico_usd;		/* CALL_UNKNOWN: none, a guess, or paid at another hop */
	uint8_t mark;
	uint8_t risk;
	bool failed, incomplete;
	bool cost_only;			/* what a gateway pays; its call is counted as its client's */
	uint32_t finding_count;
	struct held_finding findings[CALL_FINDINGS_MAX];
};

/* Families of findings (detect/family.h) that are attacks on a model or an agent, and at [HELD_SECRET] credentials. */
#define HELD_SECRET 0
#define HELD_CATEGORIES_MAX 24
extern const char *const held_category_names[HELD_CATEGORIES_MAX];	/* null behind the last */

/* False: it is none that is judged, nor paid at `place`. */
bool held_from_call(const struct call *call, enum money_place place, struct held *ret);

/* By end and id; for qsort(3) over pointers. Ids that are the same leave it to the rest of the call. */
int held_compare(const void *a, const void *b);

#endif
