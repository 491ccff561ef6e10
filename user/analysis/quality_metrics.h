/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The series that quality, size and cost of calls are judged by, in forms that
 * add up over nodes: counters and histograms a call. Of clients' calls alone,
 * as ai_requests_total.
 */
#ifndef PROMTAP_ANALYSIS_QUALITY_METRICS_H
#define PROMTAP_ANALYSIS_QUALITY_METRICS_H

#include "analysis/call_metrics.h"

struct quality_metrics;

/* Null: out of memory. */
struct quality_metrics *quality_metrics_new(struct metrics *metrics);
void quality_metrics_free(struct quality_metrics *quality);

/* The call has its cost and its confidence; `place` is where call_metrics counted it. */
void quality_metrics_add(struct quality_metrics *quality, const struct call *call, const struct call_place *place);

#endif
