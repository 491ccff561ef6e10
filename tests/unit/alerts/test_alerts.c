/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts/alerts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alerts/playbook.h"
#include "base/cleanup.h"
#include "unit.h"
#include "world.h"

static struct world world;

static void setup(void)
{
	world_init(&world);
}

static void teardown(void)
{
	world_done(&world);
}

static struct reading slow(double ms)
{
	return figure(READING_LATENCY_P95, "chat", "gpt-4o", ms);
}

/* ---- the states of a figure ---- */

START_TEST(a_figure_holds_fires_and_resolves)
{
	feed(&world, slow(2500), SECOND);
	ck_assert_str_eq(log_of(&world), "pending warning latency_p95 chat gpt-4o\n");
	feed(&world, slow(2500), 59 * SECOND);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, slow(2600), SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning latency_p95 chat gpt-4o notify\n");
	ck_assert_double_eq(world.last.threshold, 2000);
	feed(&world, slow(9000), 10 * SECOND);
	feed(&world, slow(2100), 10 * SECOND);
	ck_assert_double_eq(alerts_at(world.alerts, 0)->worst, 9000);
	ck_assert_double_eq(alerts_at(world.alerts, 0)->value, 2100);
	ck_assert_uint_eq(alerts_at(world.alerts, 0)->readings, 21);
	feed(&world, slow(2000), 60 * SECOND);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, slow(2000), SECOND);
	ck_assert_str_eq(log_of(&world), "resolved warning latency_p95 chat gpt-4o notify\n");
	ck_assert_uint_eq(active_count(&world), 0);
}
END_TEST

START_TEST(what_ends_before_its_hold_tells_nobody)
{
	feed(&world, slow(2500), 30 * SECOND);
	feed(&world, slow(1500), SECOND);
	ck_assert_str_eq(log_of(&world), "pending warning latency_p95 chat gpt-4o\n"
					 "inactive warning latency_p95 chat gpt-4o\n");
	feed(&world, slow(2500), 60 * SECOND);
	ck_assert_str_eq(log_of(&world), "pending warning latency_p95 chat gpt-4o\n");
}
END_TEST

START_TEST(a_dip_while_it_fires_is_no_end)
{
	feed(&world, slow(2500), 61 * SECOND);
	for (int i = 0; i < 10; i++) {
		feed(&world, slow(1000), 50 * SECOND);
		feed(&world, slow(2500), SECOND);
	}
	(void)log_of(&world);
	ck_assert_uint_eq(world.told, 1);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_FIRING);
}
END_TEST

START_TEST(the_cooldown_makes_one_page_of_many)
{
	feed(&world, slow(2500), 61 * SECOND);
	feed(&world, slow(1000), 61 * SECOND);
	ck_assert_uint_eq(world.told, 2);
	feed(&world, slow(2500), 3 * MINUTE);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_PENDING);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "cooldown", NULL, NULL), 1);
	/* It fired in second 61; now it is second 302. */
	feed(&world, slow(2500), (961 - 302 - 1) * SECOND);
	ck_assert_uint_eq(world.told, 2);
	feed(&world, slow(2500), SECOND);
	ck_assert_uint_eq(world.told, 3);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_FIRING);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "cooldown", NULL, NULL), 1);
}
END_TEST

START_TEST(each_time_has_an_id_of_its_own)
{
	char first[ALERT_ID_BYTES];

	feed(&world, slow(2500), 61 * SECOND);
	memcpy(first, world.last.id, sizeof(first));
	ck_assert_uint_eq(strlen(first), 32);
	feed(&world, slow(1000), 61 * SECOND);
	ck_assert_str_eq(world.last.id, first);
	feed(&world, slow(2500), 20 * MINUTE);
	ck_assert_str_ne(world.last.id, first);
}
END_TEST

START_TEST(too_few_samples_say_nothing)
{
	struct reading reading = slow(9000);

	reading.samples = 19;
	feed(&world, reading, 5 * MINUTE);
	ck_assert_str_eq(log_of(&world), "");
	reading = slow(NAN);
	feed(&world, reading, 5 * MINUTE);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, slow(INFINITY), 61 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	/* Neither are they a recovery. */
	reading = slow(1000);
	reading.samples = 19;
	feed(&world, reading, 5 * MINUTE);
	ck_assert_uint_eq(world.told, 1);
}
END_TEST

/* A pair that nobody calls any more has no latency. */
START_TEST(a_figure_without_readings_goes_stale)
{
	feed(&world, slow(2500), 61 * SECOND);
	for (int i = 0; i < 3599; i++)
		tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 1);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
	ck_assert_str_eq(world.last.note, "no readings any more");
	feed(&world, slow(2500), SECOND);
	for (int i = 0; i < 3601; i++)
		tick(&world, SECOND);
	ck_assert_int_eq(world.last.state, ALERT_INACTIVE);
	ck_assert_uint_eq(world.told, 2);
}
END_TEST

/* It does not take a call to see that a hold is over, but it takes one to fire. */
START_TEST(silence_of_readings_recovers_but_does_not_fire)
{
	feed(&world, slow(2500), SECOND);
	for (int i = 0; i < 120; i++)
		tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 0);
	feed(&world, slow(2500), SECOND);
	ck_assert_uint_eq(world.told, 1);
	feed(&world, slow(100), SECOND);
	for (int i = 0; i < 60; i++)
		tick(&world, SECOND);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
}
END_TEST

START_TEST(keys_are_apart)
{
	struct reading drift = figure(READING_DRIFT, "chat", "gpt-4o", -22);

	world.config.rules[READING_LATENCY_P95].hold = 0;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	read_one(&world, slow(2500));
	read_one(&world, figure(READING_LATENCY_P95, "chat", "o3", 2500));
	read_one(&world, figure(READING_LATENCY_P95, "agent", "gpt-4o", 2500));
	drift.detail = "latency";
	read_one(&world, drift);
	drift.detail = "cost";
	read_one(&world, drift);
	tick(&world, SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning latency_p95 agent gpt-4o notify\n"
					 "firing warning latency_p95 chat gpt-4o notify\n"
					 "firing warning latency_p95 chat o3 notify\n"
					 "firing warning drift chat gpt-4o cost notify\n"
					 "firing warning drift chat gpt-4o latency notify\n");
	ck_assert_double_eq(metric_of(&world, "ai_active_alerts", "drift", "warning", NULL), 2);
	ck_assert_double_eq(metric_of(&world, "ai_active_alerts", "error_rate", "critical", NULL), 0);
	ck_assert_double_eq(metric_of(&world, "ai_alert_transitions_total", "latency_p95", "warning", "firing"), 3);
}
END_TEST

/* ---- drift ---- */

static struct reading drift_of(double percent, const char *note)
{
	struct reading reading = figure(READING_DRIFT, "chat", "gpt-4o", percent);

	reading.detail = "confidence";
	reading.note = note;
	return reading;
}

START_TEST(drift_is_of_both_signs_and_not_by_chance)
{
	struct reading noise = drift_of(-22.2, "significant_drift_-22.2%");

	noise.significant = false;
	feed(&world, noise, MINUTE);
	feed(&world, drift_of(-9.9, "minor_drift_-9.9%"), MINUTE);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, drift_of(-12, "moderate_drift_-12.0%"), SECOND);
	ck_assert_str_eq(log_of(&world), "firing info drift chat gpt-4o confidence notify\n");
	ck_assert_str_eq(world.last.playbook->id, "drift.moderate");
	feed(&world, drift_of(-22.2, "significant_drift_-22.2%"), SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning drift chat gpt-4o confidence notify\n");
	ck_assert_str_eq(world.last.playbook->id, "drift.significant");
	ck_assert_double_eq(world.last.worst, -22.2);

	world.config.drift_by_chance = true;
	world_restart(&world);
	feed(&world, noise, SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning drift chat gpt-4o confidence notify\n");
}
END_TEST

/* The step has passed through both windows within seconds; that it was there is worth a while. */
START_TEST(drift_stays_for_the_cooldown)
{
	feed(&world, drift_of(30, "significant_drift_+30.0%"), 2 * SECOND);
	feed(&world, drift_of(0.1, "no_drift"), 15 * MINUTE - SECOND);
	ck_assert_uint_eq(world.told, 1);
	feed(&world, drift_of(0.1, "no_drift"), SECOND);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
}
END_TEST

/* ---- events ---- */

static struct reading attack(enum severity severity, const char *rules)
{
	struct reading reading = figure(READING_INJECTION, "chat", "gpt-4o", 1);

	reading.samples = 1;
	reading.detail = "instruction_override";
	reading.note = rules;
	reading.severity = severity;
	return reading;
}

START_TEST(the_severity_of_a_finding_decides)
{
	static const struct {
		enum severity of;
		const char *log;
	} cases[] = {
		{ SEVERITY_INFO, "" },
		{ SEVERITY_LOW, "" },
		{ SEVERITY_MEDIUM, "firing info injection chat gpt-4o instruction_override notify\n" },
		{ SEVERITY_HIGH, "firing warning injection chat gpt-4o instruction_override notify\n" },
		{ SEVERITY_CRITICAL, "firing critical injection chat gpt-4o instruction_override notify\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		feed(&world, attack(cases[i].of, "rule"), SECOND);
		ck_assert_str_eq(log_of(&world), cases[i].log);
	}
	/* ... and it does not fall. */
	feed(&world, attack(SEVERITY_MEDIUM, "rule"), SECOND);
	ck_assert_str_eq(log_of(&world), "");
	ck_assert_int_eq(alerts_at(world.alerts, 0)->severity, ALERT_CRITICAL);
}
END_TEST

START_TEST(a_storm_of_events_is_one_page)
{
	for (int second = 0; second < 60; second++) {
		for (int i = 0; i < 1000; i++)
			read_one(&world, attack(SEVERITY_HIGH, "rule"));
		tick(&world, SECOND);
	}
	ck_assert_uint_eq(world.told, 1);
	ck_assert_double_eq(alerts_at(world.alerts, 0)->value, 1000);
	ck_assert_uint_eq(alerts_at(world.alerts, 0)->samples, 1000);
	ck_assert_uint_eq(alerts_at(world.alerts, 0)->readings, 60);
	for (int i = 0; i < 899; i++)
		tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 1);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
}
END_TEST

/* More than 5 within a minute. */
START_TEST(events_are_added_up)
{
	world.config.rules[READING_INJECTION].threshold = 5;
	world.config.rules[READING_INJECTION].hold = (uint64_t)MINUTE;
	world_restart(&world);
	tick(&world, 0);
	for (int i = 0; i < 5; i++) {
		read_one(&world, attack(SEVERITY_HIGH, "rule"));
		tick(&world, 10 * SECOND);
	}
	ck_assert_uint_eq(world.told, 0);
	for (int i = 0; i < 60; i++)
		tick(&world, SECOND);
	ck_assert_int_eq(world.last.state, ALERT_INACTIVE);
	for (int i = 0; i < 6; i++) {
		read_one(&world, attack(SEVERITY_HIGH, "rule"));
		tick(&world, 10 * SECOND);
	}
	ck_assert_uint_eq(world.told, 1);
	ck_assert_int_eq(world.last.state, ALERT_FIRING);
}
END_TEST

START_TEST(a_risk_is_no_incident)
{
	struct reading reading = figure(READING_RISK, "chat", "gpt-4o", 3);

	reading.severity = SEVERITY_MEDIUM;
	feed(&world, reading, SECOND);
	ck_assert_str_eq(log_of(&world), "");
	reading.severity = SEVERITY_CRITICAL;
	feed(&world, reading, SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning hallucination_risk chat gpt-4o notify\n");
}
END_TEST

/* ---- budgets ---- */

/* Lent to the configuration for a test. */
static char *chat_key[] = { (char []){ "chat" } }, *o3_key[] = { (char []){ "o3" } };
static struct alert_overrides chat, o3;

static void lend_overrides(void)
{
	chat = o3 = (struct alert_overrides){ 0 };
	world.config.services = (struct field_map){ chat_key, &chat, 1 };
	world.config.models = (struct field_map){ o3_key, &o3, 1 };
}

static void take_overrides_back(void)
{
	world.config.services = world.config.models = (struct field_map){ NULL, NULL, 0 };
}

START_TEST(a_budget_is_of_a_service)
{
	struct reading none_yet = figure(READING_DAILY_BUDGET, "chat", "", 0);

	lend_overrides();
	chat.of[READING_DAILY_BUDGET].rule.threshold = 100;
	chat.of[READING_DAILY_BUDGET].given = ALERT_GIVEN(ALERT_RULE_THRESHOLD);
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	feed(&world, figure(READING_DAILY_BUDGET, "agent", "", 5000), SECOND);
	feed(&world, figure(READING_DAILY_BUDGET, "chat", "", 80), SECOND);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, figure(READING_DAILY_BUDGET, "chat", "", 80.01), SECOND);
	ck_assert_str_eq(log_of(&world), "firing warning daily_budget chat - notify\n");
	ck_assert_double_eq(world.last.threshold, 80);
	feed(&world, figure(READING_DAILY_BUDGET, "chat", "", 99), SECOND);
	feed(&world, figure(READING_DAILY_BUDGET, "chat", "", 100.01), SECOND);
	ck_assert_str_eq(log_of(&world), "firing critical daily_budget chat - notify\n");
	ck_assert_double_eq(world.last.threshold, 100);
	ck_assert_double_eq(metric_of(&world, "ai_daily_budget_dollars", "chat", NULL, NULL), 100);
	ck_assert(isnan(metric_of(&world, "ai_daily_budget_dollars", "agent", NULL, NULL)));
	/* Midnight, and no call yet. */
	none_yet.samples = 0;
	feed(&world, none_yet, SECOND);
	ck_assert_str_eq(log_of(&world), "resolved critical daily_budget chat - notify\n");
	take_overrides_back();
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	ck_assert(isnan(metric_of(&world, "ai_daily_budget_dollars", "chat", NULL, NULL)));
}
END_TEST

/* ---- configuration ---- */

START_TEST(a_model_goes_before_a_service)
{
	struct alert_override *of_chat = &chat.of[READING_LATENCY_P95], *of_o3 = &o3.of[READING_LATENCY_P95];
	struct alert_rule rule;

	lend_overrides();
	of_chat->rule = (struct alert_rule){ .threshold = 3000, .acknowledge = true, .cooldown = (uint64_t)HOUR };
	of_chat->given = ALERT_GIVEN(ALERT_RULE_THRESHOLD) | ALERT_GIVEN(ALERT_RULE_ACKNOWLEDGE) |
			 ALERT_GIVEN(ALERT_RULE_COOLDOWN);
	of_o3->rule = (struct alert_rule){ .severity = ALERT_CRITICAL, .min_samples = 7 };
	of_o3->given = ALERT_GIVEN(ALERT_RULE_ENABLED) | ALERT_GIVEN(ALERT_RULE_THRESHOLD) |
		       ALERT_GIVEN(ALERT_RULE_HOLD) | ALERT_GIVEN(ALERT_RULE_SEVERITY) |
		       ALERT_GIVEN(ALERT_RULE_MIN_SAMPLES);

	alert_rule_of(&world.config, READING_LATENCY_P95, "chat", "gpt-4o", &rule);
	ck_assert_double_eq(rule.threshold, 3000);
	ck_assert(rule.enabled && rule.acknowledge);
	ck_assert_uint_eq(rule.cooldown, (uint64_t)HOUR);
	ck_assert_uint_eq(rule.hold, (uint64_t)MINUTE);
	ck_assert_uint_eq(rule.severity, ALERT_WARNING);
	alert_rule_of(&world.config, READING_LATENCY_P95, "chat", "o3", &rule);
	ck_assert_double_eq(rule.threshold, 0);
	ck_assert(!rule.enabled && rule.acknowledge);
	ck_assert_uint_eq(rule.hold, 0);
	ck_assert_uint_eq(rule.min_samples, 7);
	ck_assert_uint_eq(rule.severity, ALERT_CRITICAL);
	ck_assert_uint_eq(rule.cooldown, (uint64_t)HOUR);
	alert_rule_of(&world.config, READING_LATENCY_P99, "chat", "o3", &rule);
	ck_assert_double_eq(rule.threshold, 5000);
	ck_assert_uint_eq(rule.severity, ALERT_CRITICAL);
	ck_assert(!rule.acknowledge);
	take_overrides_back();
}
END_TEST

START_TEST(what_is_disabled_resolves)
{
	feed(&world, slow(2500), 61 * SECOND);
	feed(&world, figure(READING_LATENCY_P95, "chat", "o3", 2500), SECOND);
	(void)log_of(&world);
	world.config.rules[READING_LATENCY_P95].enabled = false;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	ck_assert_str_eq(log_of(&world), "");
	feed(&world, slow(2500), 2 * MINUTE);
	ck_assert_str_eq(log_of(&world), "resolved warning latency_p95 chat gpt-4o notify\n"
					 "inactive warning latency_p95 chat o3\n");
}
END_TEST

START_TEST(a_new_threshold_waits_for_readings)
{
	feed(&world, slow(2500), 61 * SECOND);
	world.config.rules[READING_LATENCY_P95].threshold = 3000;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 1);
	feed(&world, slow(2500), 61 * SECOND);
	ck_assert_uint_eq(world.told, 2);
}
END_TEST

START_TEST(playbooks_lead_where_the_user_says)
{
	feed(&world, slow(2500), 61 * SECOND);
	ck_assert_str_eq(alerts_at(world.alerts, 0)->playbook->runbook, "docs/operations.md#latency-p95");
	world.config.runbook_url = (char []){ "https://wiki.example/llm" };
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	world.config.runbook_url = NULL;
	ck_assert_str_eq(alerts_at(world.alerts, 0)->playbook->runbook, "https://wiki.example/llm#latency-p95");
}
END_TEST

/* Between a reading and its tick there may be a reload. */
START_TEST(a_reload_within_a_tick)
{
	read_one(&world, slow(2500));
	world.config.rules[READING_LATENCY_P95].enabled = false;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	tick(&world, SECOND);
	ck_assert_str_eq(log_of(&world), "");
	ck_assert_uint_eq(active_count(&world), 0);
}
END_TEST

/* ---- people ---- */

START_TEST(acknowledge_needed_to_clear)
{
	struct reading leak = figure(READING_SECRET_LEAK, "chat", "gpt-4o", 1);

	leak.severity = SEVERITY_CRITICAL;
	feed(&world, leak, SECOND);
	for (int i = 0; i < 3600; i++)
		tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 1);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, "0123456789abcdef", "ann", world.now), -ENOENT);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "", world.now), -EINVAL);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "ann\n", world.now), 0);
	ck_assert_str_eq(world.last.by, "ann_");
	ck_assert_int_eq(world.last.state, ALERT_ACKNOWLEDGED);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "bob", world.now), -EALREADY);
	tick(&world, SECOND);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
	ck_assert_uint_eq(world.told, 3);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "bob", world.now), -ENOENT);
}
END_TEST

START_TEST(what_is_pending_cannot_be_acknowledged)
{
	feed(&world, slow(2500), SECOND);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, alerts_at(world.alerts, 0)->id, "ann", world.now), -EINVAL);
}
END_TEST

START_TEST(an_acknowledged_alert_that_gets_graver_fires_again)
{
	feed(&world, attack(SEVERITY_HIGH, "rule"), SECOND);
	ck_assert_int_eq(alerts_acknowledge(world.alerts, world.last.id, "ann", world.now), 0);
	feed(&world, attack(SEVERITY_HIGH, "rule"), MINUTE);
	ck_assert_uint_eq(world.told, 2);
	feed(&world, attack(SEVERITY_CRITICAL, "rule"), SECOND);
	ck_assert_uint_eq(world.told, 3);
	ck_assert_int_eq(world.last.state, ALERT_FIRING);
	ck_assert_str_eq(world.last.by, "");
}
END_TEST

static struct alert_silence silence_of(const char *condition, const char *service, const char *model, int64_t how_long)
{
	struct alert_silence silence = { .by = "ann", .reason = "maintenance", .until_unix_ns = world.now + how_long };

	(void)slice_copy(silence.condition, sizeof(silence.condition), slice_of(condition));
	(void)slice_copy(silence.service, sizeof(silence.service), slice_of(service));
	(void)slice_copy(silence.model, sizeof(silence.model), slice_of(model));
	return silence;
}

START_TEST(a_silence_holds_notifications_back)
{
	struct alert_silence silence = silence_of("latency_p95", "chat", "", 10 * MINUTE);

	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	ck_assert_uint_eq(strlen(silence.id), 32);
	feed(&world, slow(2500), 5 * MINUTE);
	ck_assert_uint_eq(world.told, 0);
	ck_assert(alerts_at(world.alerts, 0)->silenced);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_FIRING);
	ck_assert_double_eq(metric_of(&world, "ai_alerts_suppressed_total", "silence", NULL, NULL), 1);
	feed(&world, figure(READING_LATENCY_P95, "agent", "gpt-4o", 2500), 61 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	(void)log_of(&world);
	/* It is still there when the silence ends: now somebody has to know. */
	feed(&world, slow(2500), 4 * MINUTE);
	ck_assert_str_eq(log_of(&world), "firing warning latency_p95 chat gpt-4o notify\n");
	ck_assert_uint_eq(world.told, 2);
	ck_assert(!world.last.silenced);
	ck_assert_ptr_null(alerts_silence_at(world.alerts, 0));
	ck_assert_double_eq(metric_of(&world, "ai_alert_transitions_total", "latency_p95", "warning", "firing"), 2);
}
END_TEST

START_TEST(what_was_never_told_ends_untold)
{
	struct alert_silence silence = silence_of("", "", "", 10 * MINUTE);

	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	feed(&world, slow(2500), 2 * MINUTE);
	feed(&world, slow(100), 2 * MINUTE);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
	ck_assert_uint_eq(world.told, 0);
}
END_TEST

START_TEST(what_was_told_ends_told_in_a_silence_too)
{
	struct alert_silence silence = silence_of("", "", "gpt-4o", HOUR);

	feed(&world, slow(2500), 2 * MINUTE);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	ck_assert(alerts_at(world.alerts, 0)->silenced);
	feed(&world, slow(100), 2 * MINUTE);
	ck_assert_int_eq(world.last.state, ALERT_RESOLVED);
	ck_assert_uint_eq(world.told, 2);
}
END_TEST

START_TEST(silences_that_make_no_sense)
{
	struct alert_silence silence = silence_of("latency", "", "", HOUR);

	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), -EINVAL);
	silence = silence_of("latency_p95", "", "", 0);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), -EINVAL);
	silence = silence_of("latency_p95", "", "", HOUR);
	*silence.by = '\0';
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), -EINVAL);
	silence = silence_of("latency_p95", "", "", HOUR);
	for (int i = 0; i < ALERT_SILENCES_MAX; i++)
		ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), -ENOSPC);
	ck_assert_int_eq(alerts_unsilence(world.alerts, silence.id), 0);
	ck_assert_int_eq(alerts_unsilence(world.alerts, silence.id), -ENOENT);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	/* Those that are over make room. */
	silence = silence_of("latency_p95", "", "", 3 * HOUR);
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now + 2 * HOUR), 0);
	ck_assert_ptr_null(alerts_silence_at(world.alerts, 1));
}
END_TEST

START_TEST(a_silence_may_begin_later)
{
	struct alert_silence silence = silence_of("latency_p95", "", "", HOUR);

	silence.from_unix_ns = world.now + 10 * MINUTE;
	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	feed(&world, slow(2500), 2 * MINUTE);
	ck_assert_uint_eq(world.told, 1);
	ck_assert(!alerts_at(world.alerts, 0)->silenced);
	feed(&world, slow(2500), 9 * MINUTE);
	ck_assert(alerts_at(world.alerts, 0)->silenced);
	ck_assert_uint_eq(world.told, 1);
}
END_TEST

/* ---- clocks ---- */

START_TEST(a_clock_that_jumps_back)
{
	int64_t since;

	feed(&world, slow(2500), 61 * SECOND);
	since = world.last.since_unix_ns;
	world.now -= 365 * 24 * HOUR;
	feed(&world, slow(2500), MINUTE);
	ck_assert_uint_eq(world.told, 1);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->since_unix_ns, since);
	feed(&world, slow(100), 62 * SECOND);
	ck_assert_uint_eq(world.told, 2);
	ck_assert_int_ge(world.last.changed_unix_ns, since);
	/* The cooldown goes on. */
	feed(&world, slow(2500), 11 * MINUTE);
	ck_assert_uint_eq(world.told, 2);
	feed(&world, slow(2500), 3 * MINUTE);
	ck_assert_uint_eq(world.told, 3);
}
END_TEST

START_TEST(a_clock_that_jumps_forth)
{
	feed(&world, slow(2500), 30 * SECOND);
	world.now += 365 * 24 * HOUR;
	tick(&world, 0);
	ck_assert_uint_eq(world.told, 0);
	feed(&world, slow(2500), 61 * SECOND);
	ck_assert_uint_eq(world.told, 1);
	world.now += 24 * HOUR;
	tick(&world, 0);
	ck_assert_uint_eq(world.told, 1);
	ck_assert_int_eq(alerts_at(world.alerts, 0)->state, ALERT_FIRING);
	world.now = INT64_MAX;
	tick(&world, 0);
	world.now = INT64_MIN;
	tick(&world, 0);
	world.now = INT64_MAX;
	tick(&world, 0);
	ck_assert_uint_eq(world.told, 1);
}
END_TEST

/* A silence of an hour lasts an hour. */
START_TEST(a_silence_and_a_clock_that_jumps_back)
{
	struct alert_silence silence = silence_of("", "", "", HOUR);

	ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
	world.now -= 24 * HOUR;
	feed(&world, slow(2500), 59 * MINUTE);
	ck_assert_uint_eq(world.told, 0);
	feed(&world, slow(2500), 2 * MINUTE);
	ck_assert_uint_eq(world.told, 1);
}
END_TEST

static void set_clock(int64_t step)
{
	world.now += step;
	alerts_clock_set(world.alerts, step);
}

/* Of a clock that is known to have been set nothing but the time that passed counts: no silence ends, no cooldown. */
START_TEST(a_clock_that_is_set_ends_no_silence)
{
	static const int64_t steps[] = { HOUR, 24 * HOUR, 400 * 24 * HOUR, 73 * 365 * 24 * HOUR };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int64_t step = steps[i];
		struct alert_silence silence = silence_of("", "", "", HOUR);
		int64_t began = world.now;

		ck_assert_int_eq(alerts_silence(world.alerts, &silence, world.now), 0);
		set_clock(step);
		feed(&world, slow(2500), 30 * MINUTE);
		ck_assert_int_eq(alerts_silence_at(world.alerts, 0)->until_unix_ns, began + step + HOUR);
		set_clock(-step);
		feed(&world, slow(2500), 29 * MINUTE);
		ck_assert_uint_eq(world.told, 0);
		ck_assert_int_eq(alerts_silence_at(world.alerts, 0)->until_unix_ns, began + HOUR);
		feed(&world, slow(2500), 2 * MINUTE);
		ck_assert_uint_eq(world.told, 1);
		/* It began in the wrong year, as was set right. */
		ck_assert_int_lt(alerts_at(world.alerts, 0)->since_unix_ns, world.now);
		world_restart(&world);
		world.told = 0;
	}
}
END_TEST

START_TEST(a_clock_that_is_set_ends_no_cooldown)
{
	feed(&world, slow(2500), 61 * SECOND);
	feed(&world, slow(100), 62 * SECOND);
	ck_assert_uint_eq(world.told, 2);
	set_clock(73 * 365 * 24 * HOUR);
	feed(&world, slow(2500), 5 * MINUTE);
	set_clock(-73 * 365 * 24 * HOUR);
	feed(&world, slow(2500), 7 * MINUTE);
	ck_assert_uint_eq(world.told, 2);
	feed(&world, slow(2500), 3 * MINUTE);
	ck_assert_uint_eq(world.told, 3);
	alerts_clock_set(world.alerts, INT64_MAX);
	alerts_clock_set(world.alerts, INT64_MAX);
	alerts_clock_set(world.alerts, INT64_MIN);
	tick(&world, SECOND);
	ck_assert_uint_eq(world.told, 3);
}
END_TEST

/* ---- names ---- */

START_TEST(names_are_made_fit)
{
	char longer[1000];
	struct reading reading = slow(2500);

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	longer[1] = '\t';
	longer[2] = '\xff';
	reading.service = reading.model = reading.detail = reading.note = longer;
	feed(&world, reading, SECOND);
	ck_assert_uint_eq(strlen(world.last.service), ALERT_NAME_BYTES - 1);
	ck_assert_uint_eq(strlen(world.last.note), ALERT_NOTE_BYTES - 1);
	ck_assert_uint_eq(strlen(world.last.detail), READING_DETAIL_BYTES - 1);
	ck_assert_int_eq(strncmp(world.last.note, "x__xx", 5), 0);
	feed(&world, reading, SECOND);
	ck_assert_uint_eq(active_count(&world), 1);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: engine");
	TCase *tcase = tcase_create("engine");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_figure_holds_fires_and_resolves);
	tcase_add_test(tcase, what_ends_before_its_hold_tells_nobody);
	tcase_add_test(tcase, a_dip_while_it_fires_is_no_end);
	tcase_add_test(tcase, the_cooldown_makes_one_page_of_many);
	tcase_add_test(tcase, each_time_has_an_id_of_its_own);
	tcase_add_test(tcase, too_few_samples_say_nothing);
	tcase_add_test(tcase, a_figure_without_readings_goes_stale);
	tcase_add_test(tcase, silence_of_readings_recovers_but_does_not_fire);
	tcase_add_test(tcase, keys_are_apart);
	tcase_add_test(tcase, drift_is_of_both_signs_and_not_by_chance);
	tcase_add_test(tcase, drift_stays_for_the_cooldown);
	tcase_add_test(tcase, the_severity_of_a_finding_decides);
	tcase_add_test(tcase, a_storm_of_events_is_one_page);
	tcase_add_test(tcase, events_are_added_up);
	tcase_add_test(tcase, a_risk_is_no_incident);
	tcase_add_test(tcase, a_budget_is_of_a_service);
	tcase_add_test(tcase, a_model_goes_before_a_service);
	tcase_add_test(tcase, what_is_disabled_resolves);
	tcase_add_test(tcase, a_new_threshold_waits_for_readings);
	tcase_add_test(tcase, playbooks_lead_where_the_user_says);
	tcase_add_test(tcase, a_reload_within_a_tick);
	tcase_add_test(tcase, acknowledge_needed_to_clear);
	tcase_add_test(tcase, what_is_pending_cannot_be_acknowledged);
	tcase_add_test(tcase, an_acknowledged_alert_that_gets_graver_fires_again);
	tcase_add_test(tcase, a_silence_holds_notifications_back);
	tcase_add_test(tcase, what_was_never_told_ends_untold);
	tcase_add_test(tcase, what_was_told_ends_told_in_a_silence_too);
	tcase_add_test(tcase, silences_that_make_no_sense);
	tcase_add_test(tcase, a_silence_may_begin_later);
	tcase_add_test(tcase, a_clock_that_jumps_back);
	tcase_add_test(tcase, a_clock_that_jumps_forth);
	tcase_add_test(tcase, a_clock_that_is_set_ends_no_silence);
	tcase_add_test(tcase, a_clock_that_is_set_ends_no_cooldown);
	tcase_add_test(tcase, a_silence_and_a_clock_that_jumps_back);
	tcase_add_test(tcase, names_are_made_fit);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
