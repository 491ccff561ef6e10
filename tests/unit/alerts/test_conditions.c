/* SPDX-License-Identifier: Apache-2.0 */
/* The section "alerts": its defaults, what overrides name, what is refused. */
#include "alerts/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/read.h"
#include "unit.h"

static struct alert_config config;
static const struct section section = { "alerts", &alert_schema, &config };
static char *said;

static void setup(void)
{
	config = (struct alert_config){ .stale = 0 };
}

static void teardown(void)
{
	schema_done(&alert_schema, &config);
	free(said);
	said = NULL;
}

/* Reads a configuration file; what it says of it is in `said`. */
static int read_config(const char *text)
{
	struct document document = { .name = NULL };
	struct problems problems = { .file = "c.yaml" };
	struct schema_reader reader = { .problems = &problems };
	size_t said_size;
	int err;

	teardown();
	problems.out = open_memstream(&said, &said_size);
	ck_assert_ptr_nonnull(problems.out);
	err = document_read(&document, "c.yaml", text, strlen(text), &problems);
	if (err == 0)
		err = sections_read(&reader, &section, 1, document.root);
	document_done(&document);
	(void)fclose(problems.out);
	return err;
}

START_TEST(the_defaults)
{
	static const struct {
		enum reading_kind kind;
		double threshold;
		enum alert_severity severity;
		uint64_t samples, hold_s;
		bool acknowledge;
	} rules[] = {
		{ READING_LATENCY_P95, 2000, ALERT_WARNING, 20, 60, false },
		{ READING_LATENCY_P99, 5000, ALERT_CRITICAL, 100, 60, false },
		{ READING_ERROR_RATE, 0.05, ALERT_CRITICAL, 20, 60, false },
		{ READING_COST_PER_REQUEST, 0.015, ALERT_WARNING, 20, 60, false },
		{ READING_DRIFT, 10, ALERT_WARNING, 1, 0, false },
		{ READING_INJECTION, 0, ALERT_INFO, 1, 0, false },
		{ READING_SECRET_LEAK, 0, ALERT_WARNING, 1, 0, true },
		{ READING_RISK, 0, ALERT_INFO, 1, 0, false },
		{ READING_MODEL_CHANGE, 0, ALERT_WARNING, 1, 0, false },
		{ READING_DAILY_BUDGET, -1, ALERT_CRITICAL, 1, 0, false },
		{ READING_INCOMPLETE, 0.01, ALERT_WARNING, 100, 300, false },
		{ READING_UNCOVERED, 0, ALERT_WARNING, 1, 300, false },
	};

	ck_assert_uint_eq(sizeof(rules) / sizeof(rules[0]), READING_MAX - 1);
	ck_assert_int_eq(read_config(""), 0);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct alert_rule *rule = &config.rules[rules[i].kind];

		ck_assert(rule->enabled);
		ck_assert_double_eq(rule->threshold, rules[i].threshold);
		ck_assert_uint_eq(rule->severity, rules[i].severity);
		ck_assert_uint_eq(rule->min_samples, rules[i].samples);
		ck_assert_uint_eq(rule->hold, rules[i].hold_s * NSEC_PER_SEC);
		ck_assert_uint_eq(rule->cooldown, 900 * NSEC_PER_SEC);
		ck_assert_int_eq(rule->acknowledge, rules[i].acknowledge);
	}
	ck_assert(!config.drift_by_chance);
	ck_assert_double_eq(config.budget_warning, 0.8);
	ck_assert_uint_eq(config.stale, 3600 * NSEC_PER_SEC);
	ck_assert_ptr_null(config.runbook_url);
}
END_TEST

/* The names of the table are those of everything else. */
START_TEST(names_of_conditions)
{
	for (unsigned kind = READING_UNKNOWN + 1; kind < READING_MAX; kind++) {
		ck_assert_str_eq(alert_schema.fields[kind - 1].name, reading_names[kind]);
		ck_assert_uint_eq(alert_schema.fields[kind - 1].offset, offsetof(struct alert_config, rules[kind]));
	}
}
END_TEST

START_TEST(overrides_set_what_they_name)
{
	struct alert_rule rule, all;

	ck_assert_int_eq(read_config("alerts:\n"
				     "  latency_p95: { threshold: 3000, hold: 2m }\n"
				     "  runbook_url: https://wiki.example/llm\n"
				     "  services:\n"
				     "    batch:\n"
				     "      latency_p95: { enabled: false }\n"
				     "      error_rate: { threshold: 20%, acknowledge: true }\n"
				     "    chat:\n"
				     "      daily_budget: { threshold: 250 }\n"
				     "  models:\n"
				     "    o3:\n"
				     "      latency_p95: { enabled: true, threshold: 60000, hold: 0s }\n"), 0);
	ck_assert_str_eq(said, "");
	all = config.rules[READING_LATENCY_P95];
	ck_assert_double_eq(all.threshold, 3000);
	alert_rule_of(&config, READING_LATENCY_P95, "batch", "gpt-4o", &rule);
	ck_assert(!rule.enabled);
	ck_assert_double_eq(rule.threshold, 3000);
	ck_assert_uint_eq(rule.hold, 120 * NSEC_PER_SEC);
	alert_rule_of(&config, READING_LATENCY_P95, "batch", "o3", &rule);
	ck_assert(rule.enabled);
	ck_assert_double_eq(rule.threshold, 60000);
	ck_assert_uint_eq(rule.hold, 0);
	ck_assert_uint_eq(rule.min_samples, all.min_samples);
	alert_rule_of(&config, READING_ERROR_RATE, "batch", "", &rule);
	ck_assert_double_eq(rule.threshold, 0.2);
	ck_assert(rule.acknowledge);
	ck_assert_uint_eq(rule.severity, ALERT_CRITICAL);
	alert_rule_of(&config, READING_DAILY_BUDGET, "chat", "", &rule);
	ck_assert_double_eq(rule.threshold, 250);
	alert_rule_of(&config, READING_DAILY_BUDGET, "agent", "", &rule);
	ck_assert_double_eq(rule.threshold, -1);
}
END_TEST

START_TEST(what_is_refused)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "alerts:\n  latency: { threshold: 1 }\n", "c.yaml:2: alerts.latency" },
		{ "alerts:\n  error_rate: { threshold: 5 }\n", "c.yaml:2: alerts.error_rate.threshold" },
		{ "alerts:\n  drift: { threshold: 0.1 }\n", "c.yaml:2: alerts.drift.threshold" },
		{ "alerts:\n  models:\n    o3:\n      drift: { threshold: 0.5 }\n",
		  "c.yaml:4: alerts.models.o3.drift.threshold" },
		{ "alerts:\n  drift: { severity: page }\n", "c.yaml:2: alerts.drift.severity" },
		{ "alerts:\n  drift: { cooldown: 8d }\n", "c.yaml:2: alerts.drift.cooldown" },
		{ "alerts:\n  drift: { min_samples: 0 }\n", "c.yaml:2: alerts.drift.min_samples" },
		{ "alerts:\n  runbook_url: 'https://a b'\n", "c.yaml:2: alerts.runbook_url" },
		{ "alerts:\n  runbook_url: 'https://a#b'\n", "c.yaml:2: alerts.runbook_url" },
		{ "alerts:\n  runbook_url: 'javascript:alert(1)'\n", "is no address of a page; write https://HOST/PAGE" },
		{ "alerts:\n  latency_p95: {threshold: 5%}\n", "'5%' is not a number" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_lt(read_config(cases[i].text), 0);
		ck_assert_msg(strstr(said, cases[i].says), "'%s' does not say %s", said, cases[i].says);
	}
}
END_TEST

START_TEST(a_copy_owns_what_it_has)
{
	struct alert_config copy;
	struct alert_rule rule;

	ck_assert_int_eq(read_config("alerts:\n"
				     "  runbook_url: https://wiki.example/llm\n"
				     "  services:\n"
				     "    chat: { drift: { threshold: 20 } }\n"
				     "    batch: { drift: { threshold: 30 } }\n"
				     "  models: { o3: { drift: { threshold: 40 } } }\n"), 0);
	ck_assert_int_eq(alert_config_copy(&config, &copy), 0);
	schema_done(&alert_schema, &config);
	ck_assert_str_eq(copy.runbook_url, "https://wiki.example/llm");
	alert_rule_of(&copy, READING_DRIFT, "batch", "x", &rule);
	ck_assert_double_eq(rule.threshold, 30);
	alert_rule_of(&copy, READING_DRIFT, "batch", "o3", &rule);
	ck_assert_double_eq(rule.threshold, 40);
	alert_config_done(&copy);
	alert_config_done(&copy);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: conditions");
	TCase *tcase = tcase_create("conditions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_defaults);
	tcase_add_test(tcase, names_of_conditions);
	tcase_add_test(tcase, overrides_set_what_they_name);
	tcase_add_test(tcase, what_is_refused);
	tcase_add_test(tcase, a_copy_owns_what_it_has);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
