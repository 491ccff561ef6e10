/* SPDX-License-Identifier: Apache-2.0 */
/* The series that calls feed. */
#ifndef PROMTAP_ANALYSIS_CALL_METRICS_H
#define PROMTAP_ANALYSIS_CALL_METRICS_H

#include "analysis/money.h"
#include "analysis/price.h"
#include "base/metrics.h"

/* Distinct values of the labels that traffic fills; over it: "other". */
#define MODELS_MAX 200
#define SERVICES_MAX 500
#define PROVIDERS_MAX 64

struct call_metrics;

struct call_metrics *call_metrics_new(struct metrics *metrics, enum money_place money);
void call_metrics_free(struct call_metrics *calls);

/* How the price of a call was found. */
struct call_price {
	enum price_result result;
	bool tier_unknown;	/* the plain price, for want of one for the call's tier */
};

/* Where a call was counted, for families that count it under the same labels. */
struct call_place {
	const char *model, *service;	/* lent until the registry is freed */
	bool is_clients;		/* in ai_requests_total */
	bool pays;			/* its cost, if known, is part of ai_cost_dollars_total */
};

/* The call has its cost, if there is one. */
void call_metrics_add(struct call_metrics *calls, const struct call *call, const struct call_price *price,
		      struct call_place *ret);

/* The model as a label: lower-risk characters only, and of a fine-tune or an
 * ARN only what names the model, not whose it is. */
void model_label(const char *model, char ret[METRIC_VALUE_BYTES]);

#endif
