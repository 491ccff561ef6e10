/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an alert is raised: a rule for each kind of reading, and what single
 * services and models have otherwise. Section "alerts" of the configuration:
 *
 *   alerts:
 *     latency_p95:
 *       threshold: 3000
 *     services:
 *       batch: { latency_p95: { enabled: false } }
 *     models:
 *       o3: { latency_p95: { threshold: 60000 }, latency_p99: { threshold: 120000 } }
 *
 * A model's override goes before a service's, and sets only what it names.
 */
#ifndef PROMTAP_ALERTS_CONDITIONS_H
#define PROMTAP_ALERTS_CONDITIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/schema.h"
#include "judge/reading.h"

enum alert_severity {
	ALERT_INFO = 0,
	ALERT_WARNING,
	ALERT_CRITICAL,
	ALERT_SEVERITY_MAX
};
extern const char *const alert_severity_names[ALERT_SEVERITY_MAX];

/* What holds for one condition. */
struct alert_rule {
	bool enabled;
	double threshold;	/* fires above; in the unit of the reading; negative: none is set, nothing fires */
	unsigned severity;	/* enum alert_severity; of findings and risks the least that they have */
	uint64_t min_samples;
	uint64_t hold;		/* ns; of events the time within which they are added up */
	uint64_t cooldown;	/* ns */
	bool acknowledge;	/* stays until acknowledged */
};

/* What one service or model has otherwise: of the rule only what is `given` counts. */
struct alert_override {
	struct alert_rule rule;
	uint64_t given;		/* ALERT_GIVEN() of the members */
};
enum alert_rule_field {
	ALERT_RULE_ENABLED = 0,
	ALERT_RULE_THRESHOLD,
	ALERT_RULE_SEVERITY,
	ALERT_RULE_MIN_SAMPLES,
	ALERT_RULE_HOLD,
	ALERT_RULE_COOLDOWN,
	ALERT_RULE_ACKNOWLEDGE,
	ALERT_RULE_FIELD_MAX
};
#define ALERT_GIVEN(field) (1ull << (field))
struct alert_overrides {
	struct alert_override of[READING_MAX];
};

#define ALERT_OVERRIDES_MAX 256		/* services, and as many models */

struct alert_config {
	struct alert_rule rules[READING_MAX];
	struct field_map services, models;	/* of struct alert_overrides */
	bool drift_by_chance;		/* drift that chance may explain counts too */
	double budget_warning;		/* share of a budget from which one severity less is raised; 0: none */
	uint64_t stale;			/* ns without a reading after which a figure's alert ends */
	char *runbook_url;		/* where the playbooks are; null: docs/operations.md */
};
extern const struct schema alert_schema;

/* What holds for this key. */
void alert_rule_of(const struct alert_config *config, enum reading_kind kind, const char *service, const char *model,
		   struct alert_rule *ret);

/* A copy that owns all it has, for alert_config_done(). 0 or -ENOMEM: `ret` is empty. */
int alert_config_copy(const struct alert_config *config, struct alert_config *ret);
void alert_config_done(struct alert_config *config);

/* How grave a reading is that is over `threshold`. Of a finding and of a risk it follows from theirs: false: too
 * slight for an alert. Below the gravest level of a drift, or the whole of a budget, it is one less than the rule's. */
bool alert_severity_of(const struct alert_rule *rule, const struct reading *reading, enum alert_severity *ret);

#endif
