/* SPDX-License-Identifier: Apache-2.0 */
/* The series of what agents run and whom they ask: no LLM calls, no money. */
#ifndef PROMTAP_ANALYSIS_AGENT_METRICS_H
#define PROMTAP_ANALYSIS_AGENT_METRICS_H

#include "base/metrics.h"
#include "llm/call.h"

/* Distinct values of the labels that traffic fills; over it: "other". */
#define TOOL_LABELS_MAX 500
#define SERVER_LABELS_MAX 200

struct agent_metrics;

/* Null: out of memory. */
struct agent_metrics *agent_metrics_new(struct metrics *metrics);
void agent_metrics_free(struct agent_metrics *agents);

/* A call for which call_is_llm() is false. */
void agent_metrics_add(struct agent_metrics *agents, const struct call *call);

#endif
