/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of conditions: defaults and bounds of each, from which the fields of
 * the configuration are made, once for all and once for overrides.
 */
#include "alerts/conditions.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/playbook.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "config/value.h"

#define HOUR (3600 * NSEC_PER_SEC)
#define DAY (24 * HOUR)
#define RUNBOOK_URL_BYTES 512

/*
 * X(enumerator, name, threshold, least, most, unit, severity, samples, hold, acknowledge, when)
 *
 * The thresholds of figures are those of promtap's mission. A percentile needs enough samples for its rank to be
 * one of several. Figures hold for a minute, so that one slow call does no harm; a drift is seen only while its
 * step passes through the two windows and holds for nothing. A leaked credential does not recover by itself.
 */
#define CONDITIONS(X)                                                                                              \
	X(READING_LATENCY_P95, latency_p95, "2000", 0, 1e9, MS, "warning", "20", "1m", "false",                    \
	  "the 95th percentile of the duration is over")                                                           \
	X(READING_LATENCY_P99, latency_p99, "5000", 0, 1e9, MS, "critical", "100", "1m", "false",                  \
	  "the 99th percentile of the duration is over")                                                           \
	X(READING_ERROR_RATE, error_rate, "5%", 0, 1, SHARE, "critical", "20", "1m", "false",                      \
	  "the share of calls that failed is over")                                                                \
	X(READING_COST_PER_REQUEST, cost_per_request, "0.015", 0, 1e6, DOLLARS, "warning", "20", "1m", "false",    \
	  "the mean cost of a call is over")                                                                       \
	X(READING_DRIFT, drift, "10", 1, 1e6, PERCENT, "warning", "1", "0s", "false",                              \
	  "a mean changed by more than")                                                                           \
	X(READING_INJECTION, injection, "0", 0, 1e9, FINDINGS, "info", "1", "0s", "false",                         \
	  "attacks found in texts are more than")                                                                  \
	X(READING_SECRET_LEAK, secret_leak, "0", 0, 1e9, FINDINGS, "warning", "1", "0s", "true",                   \
	  "credentials found in texts are more than")                                                              \
	X(READING_RISK, hallucination_risk, "0", 0, 1e9, CALLS, "info", "1", "0s", "false",                        \
	  "answers in a domain that asks for care are more than")                                                  \
	X(READING_MODEL_CHANGE, model_change, "0", 0, 1e9, CHANGES, "warning", "1", "0s", "false",                 \
	  "changes of the answering model are more than")                                                          \
	X(READING_DAILY_BUDGET, daily_budget, "-1", -1, 1e12, DOLLARS, "critical", "1", "0s", "false",             \
	  "the cost of a service since midnight UTC is over; -1: no budget:")                                      \
	X(READING_INCOMPLETE, incomplete, "1%", 0, 1, SHARE, "warning", "100", "5m", "false",                      \
	  "the share of calls that were not captured whole is over")                                               \
	X(READING_UNCOVERED, uncovered, "0", 0, 1e9, PROCESSES, "warning", "1", "5m", "false",                     \
	  "processes whose TLS library is not observed are more than")

const char *const alert_severity_names[ALERT_SEVERITY_MAX] = {
	[ALERT_INFO] = "info", [ALERT_WARNING] = "warning", [ALERT_CRITICAL] = "critical",
};

static const char *const severity_choices[] = { "info", "warning", "critical", NULL };

/* ---- tables of fields ---- */

/* What a '%' means behind a number of each unit. */
#define UNIT_MS PERCENT_NONE
#define UNIT_SHARE PERCENT_IS_SHARE
#define UNIT_DOLLARS PERCENT_NONE
#define UNIT_PERCENT PERCENT_IS_UNIT
#define UNIT_FINDINGS PERCENT_NONE
#define UNIT_CALLS PERCENT_NONE
#define UNIT_CHANGES PERCENT_NONE
#define UNIT_PROCESSES PERCENT_NONE

#define IN_RULE(member) offsetof(struct alert_rule, member)
#define HELP_HOLD "for how long before it fires, and before it ends; events: the time within which they are added up"
#define HELP_COOLDOWN "time from one firing to the next at the least; events end after as long without another"

/* An override begins with the rule that it overrides, and has the same fields. */
_Static_assert(offsetof(struct alert_override, rule) == 0, "fields of a rule are fields of an override");

#define X(id, key, threshold_, least, most, unit, severity_, samples, hold_, acknowledge_, when)                    \
	static const struct field rule_fields_##key[ALERT_RULE_FIELD_MAX] = {                                      \
		[ALERT_RULE_ENABLED] = { .name = "enabled", .type = FIELD_BOOL, .offset = IN_RULE(enabled),        \
			.fallback = "true", .help = "whether it is looked at" },                                   \
		[ALERT_RULE_THRESHOLD] = { .name = "threshold", .type = FIELD_NUMBER,                              \
			.offset = IN_RULE(threshold), .fallback = threshold_, .low = least, .high = most,          \
			.percent = UNIT_##unit, .metavar = #unit, .help = "alert when " when " this" },            \
		[ALERT_RULE_SEVERITY] = { .name = "severity", .type = FIELD_CHOICE, .offset = IN_RULE(severity),   \
			.fallback = severity_, .choices = severity_choices,                                        \
			.help = "how grave; of findings: at the least" },                                          \
		[ALERT_RULE_MIN_SAMPLES] = { .name = "min_samples", .type = FIELD_COUNT,                           \
			.offset = IN_RULE(min_samples), .fallback = samples, .min = 1, .max = 1000000,             \
			.help = "calls that a figure must rest on" },                                              \
		[ALERT_RULE_HOLD] = { .name = "hold", .type = FIELD_DURATION, .offset = IN_RULE(hold),             \
			.fallback = hold_, .max = DAY, .help = HELP_HOLD },                                        \
		[ALERT_RULE_COOLDOWN] = { .name = "cooldown", .type = FIELD_DURATION, .offset = IN_RULE(cooldown), \
			.fallback = "15m", .max = 7 * DAY, .help = HELP_COOLDOWN },                                \
		[ALERT_RULE_ACKNOWLEDGE] = { .name = "acknowledge", .type = FIELD_BOOL,                            \
			.offset = IN_RULE(acknowledge), .fallback = acknowledge_,                                  \
			.help = "stays until somebody has acknowledged it" },                                      \
	};                                                                                                         \
	static const struct schema rule_schema_##key = {                                                           \
		.about = "Alert when " when " the threshold", .size = sizeof(struct alert_rule),                   \
		.fields = rule_fields_##key, .count = ARRAY_SIZE(rule_fields_##key),                               \
	};                                                                                                         \
	static const struct schema override_schema_##key = {                                                       \
		.about = "Alert when " when " the threshold", .size = sizeof(struct alert_override),               \
		.fields = rule_fields_##key, .count = ARRAY_SIZE(rule_fields_##key),                               \
		.has_given = true, .given = offsetof(struct alert_override, given),                                \
	};
CONDITIONS(X)
#undef X

static const struct field overrides_fields[] = {
#define X(id, key, ...)                                                                                             \
	{ .name = #key, .type = FIELD_GROUP, .offset = offsetof(struct alert_overrides, of[id]),                   \
	  .sub = &override_schema_##key, .help = "the condition " #key },
	CONDITIONS(X)
#undef X
};

static const struct schema overrides_schema = {
	.about = "What one service or one model has otherwise; what is not named is as for all",
	.size = sizeof(struct alert_overrides),
	.fields = overrides_fields,
	.count = ARRAY_SIZE(overrides_fields),
	.items_max = ALERT_OVERRIDES_MAX,
};

/* It becomes a link in messages that people click. */
static bool check_runbook_url(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	struct slice url = slice_of(text);

	if (!slice_starts(url, SLICE("https://")) && !slice_starts(url, SLICE("http://")))
		return value_refuse(ret_problem, text, strlen(text), "is no address of a page",
				    "write https://HOST/PAGE");
	for (const char *c = text; *c; c++) {
		if (*c > ' ' && *c < 0x7f && *c != '#' && *c != '"' && *c != '<' && *c != '>')
			continue;
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES,
			       "holds a character that no page's address has; write https://HOST/PAGE without a #part");
		return false;
	}
	return true;
}

#define IN_CONFIG(member) offsetof(struct alert_config, member)

static const struct field config_fields[] = {
#define X(id, key, ...)                                                                                             \
	{ .name = #key, .type = FIELD_GROUP, .offset = IN_CONFIG(rules[id]), .sub = &rule_schema_##key,            \
	  .help = "the condition " #key },
	CONDITIONS(X)
#undef X
	{ .name = "drift_by_chance", .type = FIELD_BOOL, .offset = IN_CONFIG(drift_by_chance), .fallback = "false",
	  .help = "alert also on drift that chance may explain" },
	{ .name = "budget_warning", .type = FIELD_NUMBER, .offset = IN_CONFIG(budget_warning), .fallback = "80%",
	  .low = 0, .high = 1, .percent = PERCENT_IS_SHARE, .metavar = "SHARE",
	  .help = "share of a daily budget that is worth a warning; 0: none" },
	{ .name = "stale", .type = FIELD_DURATION, .offset = IN_CONFIG(stale), .fallback = "1h",
	  .min = 10 * NSEC_PER_SEC, .max = 7 * DAY,
	  .help = "an alert about a figure that nobody feeds any more ends after" },
	{ .name = "runbook_url", .type = FIELD_TEXT, .offset = IN_CONFIG(runbook_url), .max = RUNBOOK_URL_BYTES,
	  .check = check_runbook_url, .metavar = "URL",
	  .help = "page with your runbooks; docs/operations.md if not given" },
	{ .name = "services", .type = FIELD_MAP, .offset = IN_CONFIG(services), .sub = &overrides_schema,
	  .help = "by service: what it has otherwise" },
	{ .name = "models", .type = FIELD_MAP, .offset = IN_CONFIG(models), .sub = &overrides_schema,
	  .help = "by model, as in the metrics: what it has otherwise; goes before a service's" },
};

const struct schema alert_schema = {
	.about = "when alerts are raised",
	.size = sizeof(struct alert_config),
	.fields = config_fields,
	.count = ARRAY_SIZE(config_fields),
};

/* ---- what holds for a key ---- */

static bool gives(const struct alert_override *by, enum alert_rule_field field)
{
	return by->given & ALERT_GIVEN(field);
}

static void override(struct alert_rule *rule, const struct alert_override *by)
{
	if (gives(by, ALERT_RULE_ENABLED))
		rule->enabled = by->rule.enabled;
	if (gives(by, ALERT_RULE_THRESHOLD))
		rule->threshold = by->rule.threshold;
	if (gives(by, ALERT_RULE_SEVERITY))
		rule->severity = by->rule.severity;
	if (gives(by, ALERT_RULE_MIN_SAMPLES))
		rule->min_samples = by->rule.min_samples;
	if (gives(by, ALERT_RULE_HOLD))
		rule->hold = by->rule.hold;
	if (gives(by, ALERT_RULE_COOLDOWN))
		rule->cooldown = by->rule.cooldown;
	if (gives(by, ALERT_RULE_ACKNOWLEDGE))
		rule->acknowledge = by->rule.acknowledge;
}

static void override_by(struct alert_rule *rule, const struct field_map *map, const char *name, enum reading_kind kind)
{
	const struct alert_overrides *items = map->items;

	for (size_t i = 0; i < map->count; i++) {
		if (strcmp(map->keys[i], name) == 0) {
			override(rule, &items[i].of[kind]);
			return;
		}
	}
}

void alert_rule_of(const struct alert_config *config, enum reading_kind kind, const char *service, const char *model,
		   struct alert_rule *ret)
{
	*ret = config->rules[kind];
	override_by(ret, &config->services, service, kind);
	override_by(ret, &config->models, model, kind);
}

/* ---- copies ---- */

static void map_done(struct field_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->keys[i]);
	free(map->keys);
	free(map->items);
	*map = (struct field_map){ NULL, NULL, 0 };
}

static int map_copy(const struct field_map *map, struct field_map *ret)
{
	const struct alert_overrides *items = map->items;
	struct alert_overrides *copies;

	*ret = (struct field_map){ NULL, NULL, 0 };
	if (map->count == 0)
		return 0;
	ret->keys = calloc(map->count, sizeof(*ret->keys));
	ret->items = copies = calloc(map->count, sizeof(*copies));
	if (!ret->keys || !copies)
		return -ENOMEM;
	for (; ret->count < map->count; ret->count++) {
		ret->keys[ret->count] = strdup(map->keys[ret->count]);
		if (!ret->keys[ret->count])
			return -ENOMEM;
		copies[ret->count] = items[ret->count];
	}
	return 0;
}

void alert_config_done(struct alert_config *config)
{
	map_done(&config->services);
	map_done(&config->models);
	free(config->runbook_url);
	config->runbook_url = NULL;
}

int alert_config_copy(const struct alert_config *config, struct alert_config *ret)
{
	int services, models;

	*ret = *config;
	services = map_copy(&config->services, &ret->services);
	models = map_copy(&config->models, &ret->models);
	ret->runbook_url = config->runbook_url ? strdup(config->runbook_url) : NULL;
	if (services == 0 && models == 0 && (ret->runbook_url || !config->runbook_url))
		return 0;
	alert_config_done(ret);
	return -ENOMEM;
}

/* ---- severity ---- */

/* Of a finding the alert's is as grave as the rule's author said (docs/detection.md); an answer in a delicate domain
 * is no incident, so that of a risk is one less. */
static bool severity_of_finding(enum severity severity, enum alert_severity *ret)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
		*ret = ALERT_CRITICAL;
		return true;
	case SEVERITY_HIGH:
		*ret = ALERT_WARNING;
		return true;
	case SEVERITY_MEDIUM:
	case SEVERITY_NONE:	/* whoever read it does not know */
		*ret = ALERT_INFO;
		return true;
	default:
		return false;
	}
}

static bool severity_of_risk(enum severity severity, enum alert_severity *ret)
{
	*ret = severity == SEVERITY_CRITICAL ? ALERT_WARNING : ALERT_INFO;
	return severity == SEVERITY_CRITICAL || severity == SEVERITY_HIGH || severity == SEVERITY_NONE;
}

static enum alert_severity one_less(enum alert_severity severity)
{
	return severity > ALERT_INFO ? severity - 1 : ALERT_INFO;
}

bool alert_severity_of(const struct alert_rule *rule, const struct reading *reading, enum alert_severity *ret)
{
	enum alert_severity severity = rule->severity, found = ALERT_INFO;

	switch (reading->kind) {
	case READING_INJECTION:
	case READING_SECRET_LEAK:
		if (!severity_of_finding(reading->severity, &found))
			return false;
		break;
	case READING_RISK:
		if (!severity_of_risk(reading->severity, &found))
			return false;
		break;
	case READING_DRIFT:
		if (playbook_drift_level(reading) < DRIFT_SIGNIFICANT)
			severity = one_less(severity);
		break;
	case READING_DAILY_BUDGET:
		if (reading->value <= rule->threshold)
			severity = one_less(severity);
		break;
	default:
		break;
	}
	*ret = found > severity ? found : severity;
	return true;
}
