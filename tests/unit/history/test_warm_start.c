/* SPDX-License-Identifier: Apache-2.0 */
/* A judge that is given the calls of the history stands where the one before stood. */
#include "judge/judge.h"

#include <string.h>

#include "config/schema.h"
#include "history/packed.h"
#include "history/store.h"
#include "samples.h"
#include "unit.h"

#define CALLS 6000
#define SECOND_NS 1000000000ll

static char path[64];
static int folder;

/* A judge whose clock is the ends of its calls. */
struct clocked {
	struct judge *judge;
	int64_t second;
};

static void ignore_reading(void *ctx, const struct reading *reading)
{
	(void)ctx;
	(void)reading;
}

static void give(void *ctx, const struct call *call)
{
	struct clocked *clocked = ctx;
	int64_t second = (call->time_unix_ns + call->duration_ns) / SECOND_NS;

	if (clocked->second > 0 && second > clocked->second)
		judge_tick(clocked->judge, second * SECOND_NS, ignore_reading, NULL);
	clocked->second = second;
	judge_call(clocked->judge, call);
}

static struct clocked start(void)
{
	struct clocked clocked = { 0 };
	struct judge_config config;

	ck_assert_int_eq(schema_defaults(&judge_schema, &config), 0);
	clocked.judge = judge_new(&config, MONEY_AT_APPLICATION, NULL);
	ck_assert_ptr_nonnull(clocked.judge);
	return clocked;
}

static void finish(struct clocked *clocked)
{
	judge_tick(clocked->judge, (clocked->second + 1) * SECOND_NS, ignore_reading, NULL);
}

static void keep(const struct buffer *records)
{
	struct store_written written = { 0 };
	struct store *store = NULL;

	ck_assert_int_eq(store_open(folder, &store), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(records), 0, &written), 0);
	ck_assert_uint_eq(written.rows[STORE_CALLS], CALLS);
	store_close(store);
}

static void compare(const struct judge *a, const struct judge *b)
{
	ck_assert_uint_gt(judge_pair_count(a), 10);
	ck_assert_uint_eq(judge_pair_count(a), judge_pair_count(b));
	for (size_t i = 0; i < judge_pair_count(a); i++) {
		struct judge_pair x, y;

		judge_pair_at(a, i, &x);
		judge_pair_at(b, i, &y);
		ck_assert_str_eq(x.model, y.model);
		ck_assert_str_eq(x.service, y.service);
		ck_assert_uint_eq(x.calls, y.calls);
		ck_assert_int_eq(x.first_unix_ns, y.first_unix_ns);
		ck_assert_int_eq(x.last_unix_ns, y.last_unix_ns);
		ck_assert_mem_eq(x.series, y.series, sizeof(x.series));
		ck_assert_mem_eq(&x.error_rate, &y.error_rate, sizeof(double));
		ck_assert_mem_eq(&x.refusal_rate, &y.refusal_rate, sizeof(double));
		ck_assert_mem_eq(&x.drift.score, &y.drift.score, sizeof(double));
		for (size_t d = 0; d < DRIFT_DIMENSION_MAX; d++) {
			ck_assert_mem_eq(&x.drift.dimensions[d].change_percent, &y.drift.dimensions[d].change_percent, sizeof(double));
			ck_assert_mem_eq(&x.drift.dimensions[d].p_value, &y.drift.dimensions[d].p_value, sizeof(double));
			ck_assert_mem_eq(&x.drift.dimensions[d].psi, &y.drift.dimensions[d].psi, sizeof(double));
		}
		ck_assert_str_eq(x.answered_by ? x.answered_by : "", y.answered_by ? y.answered_by : "");
	}
}

START_TEST(windows_after_a_restart_are_those_before)
{
	struct clocked before = start(), after = start();
	struct buffer records = { 0 };
	struct call call;
	double money_before = 0, money_after = 0;

	folder = sample_folder(path);
	for (uint64_t n = 0; n < CALLS; n++) {
		sample_call(n, &call);
		give(&before, &call);
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	keep(&records);
	ck_assert_int_eq(history_calls(folder, 0, SIZE_MAX, give, &after), CALLS);
	finish(&before);
	finish(&after);
	compare(before.judge, after.judge);
	ck_assert(judge_cost_today(before.judge, "service-1", &money_before));
	ck_assert(judge_cost_today(after.judge, "service-1", &money_after));
	ck_assert_mem_eq(&money_before, &money_after, sizeof(double));
	judge_free(before.judge);
	judge_free(after.judge);
	buffer_done(&records);
	sample_folder_done(folder, path);
}
END_TEST

static void spend(void *ctx, const char *service, uint64_t pico_usd, uint64_t calls)
{
	struct clocked *clocked = ctx;

	judge_spent(clocked->judge, service, SAMPLE_BEGIN_NS, pico_usd, calls);
}

/* Windows begin with some calls; the cost of the day is of all. */
START_TEST(the_day_has_cost_what_it_has)
{
	struct clocked before = start(), after = start();
	struct buffer records = { 0 };
	double money_before, money_after;
	unsigned compared = 0;
	struct call call;

	folder = sample_folder(path);
	for (uint64_t n = 0; n < CALLS; n++) {
		sample_call(n, &call);
		give(&before, &call);
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	keep(&records);
	ck_assert_int_eq(history_calls(folder, 0, 100, give, &after), 100);
	ck_assert_int_eq(history_costs(folder, SAMPLE_BEGIN_NS - SAMPLE_BEGIN_NS % (86400 * SECOND_NS), MONEY_AT_APPLICATION,
				       spend, &after), 0);
	finish(&before);
	finish(&after);
	for (size_t i = 0; i < judge_pair_count(before.judge); i++) {
		struct judge_pair pair;

		judge_pair_at(before.judge, i, &pair);
		if (!judge_cost_today(before.judge, pair.service, &money_before))
			continue;
		ck_assert(judge_cost_today(after.judge, pair.service, &money_after));
		ck_assert_mem_eq(&money_before, &money_after, sizeof(double));
		compared += money_before > 0;
	}
	ck_assert_uint_gt(compared, 10);
	/* Of another day there is nothing. */
	ck_assert_int_eq(history_costs(folder, 0, MONEY_AT_APPLICATION, spend, NULL), 0);
	judge_free(before.judge);
	judge_free(after.judge);
	buffer_done(&records);
	sample_folder_done(folder, path);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("warm_start");
	TCase *tcase = tcase_create("warm_start");

	tcase_add_test(tcase, windows_after_a_restart_are_those_before);
	tcase_add_test(tcase, the_day_has_cost_what_it_has);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
