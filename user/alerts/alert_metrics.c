/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts/alert_metrics.h"

#include <errno.h>

/* As in analysis/call_metrics.h: all families share the values of a label. */
#define SERVICES_MAX 500

static const struct metric_desc active_desc = {
	.name = "ai_active_alerts",
	.help = "Alerts that fire, acknowledged ones among them",
	.unit = "alerts",
	.type = METRIC_GAUGE,
	.labels = { { "alert_type", 0 }, { "severity", 0 } },
};

static const struct metric_desc transitions_desc = {
	.name = "ai_alert_transitions_total",
	.help = "Changes of alerts by the state that they came to; a rise of the severity is one to firing",
	.unit = "transitions",
	.type = METRIC_COUNTER,
	.labels = { { "alert_type", 0 }, { "severity", 0 }, { "state", 0 } },
};

static const struct metric_desc suppressed_desc = {
	.name = "ai_alerts_suppressed_total",
	.help = "What nobody was told: firings that waited for their cooldown, notifications held back by a silence, "
		"readings folded into \"other\" because there were too many alerts",
	.unit = "events",
	.type = METRIC_COUNTER,
	.labels = { { "reason", 0 } },
};

static const struct metric_desc budgets_desc = {
	.name = "ai_daily_budget_dollars",
	.help = "What a service may spend from midnight to midnight UTC, for services that have a budget",
	.unit = "dollars",
	.type = METRIC_GAUGE,
	.labels = { { "service", SERVICES_MAX } },
};

static const char *const reasons[SUPPRESSED_MAX] = {
	[SUPPRESSED_COOLDOWN] = "cooldown",
	[SUPPRESSED_SILENCE] = "silence",
	[SUPPRESSED_FULL] = "full",
};

int alert_metrics_init(struct alert_metrics *am, struct metrics *metrics)
{
	static const uint64_t none[READING_MAX][ALERT_SEVERITY_MAX];

	*am = (struct alert_metrics){ NULL };
	if (!metrics)
		return 0;
	am->active = metrics_family(metrics, &active_desc);
	am->transitions = metrics_family(metrics, &transitions_desc);
	am->suppressed = metrics_family(metrics, &suppressed_desc);
	am->budgets = metrics_family(metrics, &budgets_desc);
	if (!am->active || !am->transitions || !am->suppressed || !am->budgets)
		return -ENOMEM;
	/* A rule over a series must see the zero before the one. */
	alert_metrics_active(am, none);
	for (unsigned reason = 0; reason < SUPPRESSED_MAX; reason++)
		alert_metrics_suppressed(am, reason, 0);
	return 0;
}

void alert_metrics_transition(const struct alert_metrics *am, const struct alert *alert)
{
	const char *const labels[] = { reading_names[alert->kind], alert_severity_names[alert->severity],
				       alert_state_names[alert->state] };

	if (am->transitions)
		metric_add(metric_get(am->transitions, labels), 1);
}

void alert_metrics_suppressed(const struct alert_metrics *am, enum alert_suppressed reason, uint64_t n)
{
	if (am->suppressed)
		metric_add(metric_get(am->suppressed, &reasons[reason]), n);
}

void alert_metrics_active(const struct alert_metrics *am, const uint64_t counts[READING_MAX][ALERT_SEVERITY_MAX])
{
	if (!am->active)
		return;
	for (unsigned kind = READING_UNKNOWN + 1; kind < READING_MAX; kind++) {
		for (unsigned severity = 0; severity < ALERT_SEVERITY_MAX; severity++) {
			const char *const labels[] = { reading_names[kind], alert_severity_names[severity] };

			metric_set(metric_get(am->active, labels), (double)counts[kind][severity]);
		}
	}
}

void alert_metrics_budget(const struct alert_metrics *am, const char *service, double usd)
{
	if (am->budgets)
		metric_set(metric_get(am->budgets, &service), usd);
}
