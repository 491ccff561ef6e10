/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls through the judge into alerts: what goes wrong with a provider raises
 * the right alert once, and it resolves when that is over.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/playbook.h"
#include "analysis/call_metrics.h"
#include "judge/judge.h"
#include "unit.h"
#include "world.h"

#define DAY (24 * HOUR)

static const struct judge_config judge_config = { 1000, 256, 100, 5, 10, 15, 0.01 };
static struct world world;
static struct call_metrics *series;
static struct judge *judge;
static unsigned calls;

static void setup(void)
{
	world_init(&world);
	/* One registry, as in the server: all say the same of the labels they share. */
	series = call_metrics_new(world.metrics, MONEY_AT_APPLICATION);
	judge = judge_new(&judge_config, MONEY_AT_APPLICATION, world.metrics);
	ck_assert(series && judge);
	calls = 0;
}

static void teardown(void)
{
	judge_free(judge);
	call_metrics_free(series);
	world_done(&world);
}

/* A good call, a little unlike the one before. */
static struct call good_call(void)
{
	struct call call;

	call_init(&call);
	(void)snprintf(call.id, sizeof(call.id), "%010u", calls++);
	(void)strcpy(call.workload.service, "chat");
	(void)strcpy(call.dialect, "openai.chat");
	(void)strcpy(call.request_model, "gpt-4o");
	(void)strcpy(call.response_model, "gpt-4o-2024-05-13");
	call.duration_ns = (900 + calls * 37 % 200) * (int64_t)NSEC_PER_MSEC;
	call.time_unix_ns = world.now - call.duration_ns;
	call.tokens.output = 200 + calls * 13 % 40;
	call.cost_source = COST_REPORTED;
	call.cost_pico_usd = 5000000000 + calls * 7 % 5 * 1000000;
	call.confidence_ppm = 900000 + calls * 7919 % 20011;
	call.confidence_source = CONFIDENCE_LOGPROBS;
	call.looked_into = true;
	return call;
}

static void on_reading(void *ctx, const struct reading *reading)
{
	(void)ctx;
	read_one(&world, *reading);
}

/* So many seconds of ten calls each, as `change` has them; null: good ones. */
static void traffic(int seconds, void (*change)(struct call *call))
{
	for (int i = 0; i < seconds; i++) {
		for (int j = 0; j < 10; j++) {
			struct call call = good_call();

			if (change)
				change(&call);
			judge_call(judge, &call);
		}
		judge_tick(judge, world.now, on_reading, NULL);
		alerts_tick(world.alerts, world.now);
		world.now += SECOND;
	}
}

/* How often the log, from its beginning, has this line. */
static int times(const char *line)
{
	int n = 0;

	ck_assert_int_eq(buffer_append(&world.log, "", 1), 0);
	world.log.len--;
	for (const char *at = world.log.data; (at = strstr(at, line)); at++)
		n++;
	return n;
}

static void check_line(const char *line)
{
	ck_assert_msg(times(line) == 1, "%d times '%s' in\n%s", times(line), line, world.log.data);
}

static void check_once(const char *firing, const char *resolved)
{
	check_line(firing);
	check_line(resolved);
}

START_TEST(good_traffic_is_quiet)
{
	traffic(3600, NULL);
	ck_assert_msg(world.log.len == 0, "%s", log_of(&world));
}
END_TEST

static void be_refused(struct call *call)
{
	call->error = ERROR_RATE_LIMIT;
	call->status = 429;
}

/* 1200 failing calls in two minutes. */
START_TEST(a_burst_of_errors)
{
	traffic(600, NULL);
	traffic(120, be_refused);
	traffic(600, NULL);
	check_once("firing critical error_rate chat gpt-4o-2024-05-13 notify", "resolved critical error_rate chat");
	traffic(900, NULL);
	ck_assert_uint_eq(active_count(&world), 0);
}
END_TEST

static void be_slow(struct call *call)
{
	call->duration_ns *= 4;
	call->time_unix_ns = world.now - call->duration_ns;
}

START_TEST(a_step_of_latency)
{
	traffic(600, NULL);
	traffic(300, be_slow);
	check_line("firing warning drift chat gpt-4o-2024-05-13 latency notify");
	traffic(1800, NULL);
	check_once("firing warning latency_p95 chat", "resolved warning latency_p95 chat");
	ck_assert_int_eq(times("latency_p99"), 0);
	ck_assert_uint_eq(active_count(&world), 0);
}
END_TEST

static void be_unsure(struct call *call)
{
	call->confidence_ppm -= 200000;
}

/* The mission's example. */
START_TEST(confidence_from_90_to_70_percent)
{
	traffic(10, NULL);
	traffic(10, be_unsure);
	check_line("firing warning drift chat gpt-4o-2024-05-13 confidence notify");
	ck_assert_str_eq(alerts_at(world.alerts, 0)->detail, "confidence");
	ck_assert_int_eq(strncmp(alerts_at(world.alerts, 0)->note, "significant_drift_-2", 20), 0);
	ck_assert_str_eq(alerts_at(world.alerts, 0)->playbook->id, "drift.significant");
	traffic(1000, be_unsure);
	check_line("resolved warning drift chat gpt-4o-2024-05-13 confidence notify");
}
END_TEST

static void be_another(struct call *call)
{
	(void)strcpy(call->response_model, "gpt-4o-2024-08-06");
}

START_TEST(a_silent_change_of_the_model)
{
	traffic(60, NULL);
	traffic(1000, be_another);
	check_line("firing warning model_change chat");
	check_line("resolved warning model_change chat");
}
END_TEST

static void be_attacked(struct call *call)
{
	struct call_finding *finding = &call->findings[call->finding_count++];

	(void)strcpy(finding->rule, "ignore-previous");
	(void)strcpy(finding->category, "instruction_override");
	finding->severity = SEVERITY_CRITICAL;
	finding->where = WHERE_USER;
	finding->count = 1;
	finding->first_seen_unix_ns = CALL_UNKNOWN;
}

START_TEST(an_injected_prompt)
{
	traffic(60, NULL);
	traffic(60, be_attacked);
	traffic(1000, NULL);
	check_once("firing critical injection chat gpt-4o-2024-05-13", "resolved critical injection chat");
}
END_TEST

/* Half a cent a call, three dollars a minute. */
START_TEST(a_budget_that_is_spent)
{
	world.config.rules[READING_DAILY_BUDGET].threshold = 10;
	ck_assert_int_eq(alerts_use(world.alerts, &world.config), 0);
	world.now = START - START % DAY + DAY;
	traffic(150, NULL);
	ck_assert_int_eq(times("daily_budget"), 0);
	traffic(20, NULL);
	check_line("firing warning daily_budget chat - notify");
	traffic(100, NULL);
	check_line("firing critical daily_budget chat - notify");
	/* The next day begins, with no call. */
	world.now += DAY;
	judge_tick(judge, world.now, on_reading, NULL);
	alerts_tick(world.alerts, world.now);
	check_line("resolved critical daily_budget chat - notify");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("alerts: with the judge");
	TCase *tcase = tcase_create("judge");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, good_traffic_is_quiet);
	tcase_add_test(tcase, a_burst_of_errors);
	tcase_add_test(tcase, a_step_of_latency);
	tcase_add_test(tcase, confidence_from_90_to_70_percent);
	tcase_add_test(tcase, a_silent_change_of_the_model);
	tcase_add_test(tcase, an_injected_prompt);
	tcase_add_test(tcase, a_budget_that_is_spent);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
