/* SPDX-License-Identifier: Apache-2.0 */
/* The judge's figures in the metrics registry. */
#ifndef PROMTAP_JUDGE_GAUGES_H
#define PROMTAP_JUDGE_GAUGES_H

#include "judge/pair.h"
#include "judge/services.h"

struct gauges;

/* Null: out of memory. */
struct gauges *gauges_new(struct metrics *metrics);
void gauges_free(struct gauges *gauges);

/* Figures of a pair that have changed. A pair for whose labels the registry has no room has no series: those of
 * several pairs in one would say nothing. */
void gauges_pair(struct gauges *gauges, struct pair *pair);
/* Takes a pair's series out: it is evicted. */
void gauges_forget(struct pair *pair);

void gauges_service(struct gauges *gauges, struct service *service, double cost_today_usd);
void gauges_model_changes(struct gauges *gauges, const char *service, const char *asked, uint64_t n);

/* Counts since start. */
struct gauges_own {
	uint64_t bytes, pairs, pairs_evicted, services_evicted, names_evicted, events_folded;
};
void gauges_own(struct gauges *gauges, const struct gauges_own *own);

#endif
