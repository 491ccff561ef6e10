/* SPDX-License-Identifier: Apache-2.0 */
/* The series of what was found in the texts of calls: never the text. */
#ifndef PROMTAP_ANALYSIS_FINDING_METRICS_H
#define PROMTAP_ANALYSIS_FINDING_METRICS_H

#include "base/metrics.h"
#include "llm/call.h"

struct finding_metrics;

/* Null: out of memory. */
struct finding_metrics *finding_metrics_new(struct metrics *metrics);
void finding_metrics_free(struct finding_metrics *findings);

void finding_metrics_add(struct finding_metrics *findings, const struct call *call);

#endif
