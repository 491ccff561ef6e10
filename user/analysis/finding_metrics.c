/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found is counted at the end where the call itself is: calls seen at
 * the server's end have a series of their own, and what a gateway passes on
 * counts where it came in. Text that is sent again counts once.
 */
#include "analysis/finding_metrics.h"

#include <stdlib.h>

#include "analysis/call_metrics.h"
#include "base/cleanup.h"

#define SETS_MAX 2000
#define CATEGORIES_MAX 64	/* the program's own, but they come from another role */

#define COUNTER(name_text, help_text)                                                              \
	{ .name = (name_text), .help = (help_text), .unit = "findings", .type = METRIC_COUNTER,    \
	  .labels = { { "category", CATEGORIES_MAX }, { "severity", 0 }, { "service", SERVICES_MAX }, \
		      { "model", MODELS_MAX }, { "where", 0 } },                                   \
	  .series_max = SETS_MAX }

#define ENDS ROLE_SERVER + 1

static const struct metric_desc descs[ENDS] = {
	[ROLE_CLIENT] = COUNTER("ai_findings_total", "Matches of detection rules in texts of calls; text that is sent again counts once"),
	[ROLE_SERVER] = COUNTER("ai_server_findings_total", "The same, in calls seen at the server's end"),
};

struct finding_metrics {
	struct metric_family *families[ENDS];
};

struct finding_metrics *finding_metrics_new(struct metrics *metrics)
{
	struct finding_metrics *findings = calloc(1, sizeof(*findings));
	bool ok = findings;

	for (size_t i = 0; ok && i < ENDS; i++) {
		findings->families[i] = metrics_family(metrics, &descs[i]);
		ok = findings->families[i];
	}
	if (ok)
		return findings;
	free(findings);
	return NULL;
}

void finding_metrics_free(struct finding_metrics *findings)
{
	free(findings);
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

void finding_metrics_add(struct finding_metrics *findings, const struct call *call)
{
	char model[METRIC_VALUE_BYTES];

	if (call->role == ROLE_CLIENT && call->hop == HOP_FROM_GATEWAY)
		return;
	model_label(call_model(call), model);
	for (uint32_t i = 0; i < call->finding_count; i++) {
		const struct call_finding *finding = &call->findings[i];
		const char *labels[] = {
			finding->category,
			severity_names[finding->severity],
			or_unknown(call->workload.service),
			model,
			text_where_names[finding->where],
		};

		if (finding->count > 0)
			metric_add(metric_get(findings->families[call->role], labels), finding->count);
	}
}
