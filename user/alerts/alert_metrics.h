/* SPDX-License-Identifier: Apache-2.0 */
/* The series about alerts. Internal to the stage; without a registry everything here does nothing. */
#ifndef PROMTAP_ALERTS_ALERT_METRICS_H
#define PROMTAP_ALERTS_ALERT_METRICS_H

#include "alerts/alerts.h"

enum alert_suppressed {
	SUPPRESSED_COOLDOWN = 0,	/* firings that waited for their cooldown */
	SUPPRESSED_SILENCE,		/* notifications */
	SUPPRESSED_FULL,		/* readings folded into "other" */
	SUPPRESSED_MAX
};

struct alert_metrics {
	struct metric_family *active, *transitions, *suppressed, *budgets;
};

/* Null: none. 0 or -ENOMEM. */
int alert_metrics_init(struct alert_metrics *am, struct metrics *metrics);

void alert_metrics_transition(const struct alert_metrics *am, const struct alert *alert);
void alert_metrics_suppressed(const struct alert_metrics *am, enum alert_suppressed reason, uint64_t n);
/* Firing and acknowledged ones, by condition and severity. */
void alert_metrics_active(const struct alert_metrics *am, const uint64_t counts[READING_MAX][ALERT_SEVERITY_MAX]);
/* The daily budget of a service; NAN: it has none any more. */
void alert_metrics_budget(const struct alert_metrics *am, const char *service, double usd);

#endif
