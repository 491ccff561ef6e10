/* SPDX-License-Identifier: Apache-2.0 */
/* The series that calls feed. */
#ifndef PROMTAP_ANALYSIS_CALL_METRICS_H
#define PROMTAP_ANALYSIS_CALL_METRICS_H

#include "analysis/price.h"
#include "base/metrics.h"

/* Distinct values of the labels that traffic fills; over it: "other". */
#define MODELS_MAX 200
#define SERVICES_MAX 500
#define PROVIDERS_MAX 64

struct call_metrics;

struct call_metrics *call_metrics_new(struct metrics *metrics);
void call_metrics_free(struct call_metrics *calls);

/* `priced` says how the price of the call was found. */
void call_metrics_add(struct call_metrics *calls, const struct call *call, enum price_result priced);

/* The model as a label: lower-risk characters only, and of a fine-tune or an
 * ARN only what names the model, not whose it is. */
void model_label(const char *model, char ret[METRIC_VALUE_BYTES]);

#endif
