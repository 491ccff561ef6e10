/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/finding_metrics.h"

#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

static struct metrics *metrics;
static struct finding_metrics *findings;

static void setup(void)
{
	metrics = metrics_new(1024 * 1024);
	findings = finding_metrics_new(metrics);
	ck_assert_ptr_nonnull(findings);
}

static void teardown(void)
{
	finding_metrics_free(findings);
	metrics_free(metrics);
}

static struct call call_with(uint32_t count)
{
	struct call call;

	call_init(&call);
	(void)strcpy(call.request_model, "asked");
	(void)strcpy(call.response_model, "answered");
	(void)strcpy(call.workload.service, "shop");
	call.finding_count = 1;
	call.findings[0] = (struct call_finding){
		.rule = "t.a", .category = "new_task", .severity = SEVERITY_HIGH, .where = WHERE_TOOL_RESULT, .count = count,
		.repeats = 9, .first_seen_unix_ns = CALL_UNKNOWN,
	};
	return call;
}

#define CLIENT "ai_findings_total"
#define SERVER "ai_server_findings_total"

static const struct metric_series *series_at(const char *name, size_t at)
{
	const struct metric_family *family;

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++)
		if (strcmp(metric_family_desc(family)->name, name) == 0)
			return metric_series_at(family, at);
	ck_abort_msg("no metric %s", name);
	return NULL;
}

static size_t series_of(const char *name)
{
	size_t count = 0;

	while (series_at(name, count))
		count++;
	return count;
}

static uint64_t value_of(const char *name)
{
	struct metric_value value;

	metric_read(series_at(name, 0), &value);
	return value.count;
}

START_TEST(labels)
{
	static const char *const expected[] = { "new_task", "high", "shop", "answered", "tool_result" };
	struct call call = call_with(2);
	const struct metric_series *series;

	finding_metrics_add(findings, &call);
	finding_metrics_add(findings, &call);
	ck_assert_uint_eq(series_of(CLIENT), 1);
	ck_assert_uint_eq(value_of(CLIENT), 4);
	series = series_at(CLIENT, 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_str_eq(metric_series_label(series, i), expected[i]);
	ck_assert_uint_eq(series_of(SERVER), 0);
}
END_TEST

/* Text that is sent again, and calls that a gateway passes on, count nothing. */
START_TEST(counts_once)
{
	struct call call = call_with(0);

	finding_metrics_add(findings, &call);
	call = call_with(1);
	call.hop = HOP_FROM_GATEWAY;
	finding_metrics_add(findings, &call);
	ck_assert_uint_eq(series_of(CLIENT), 0);
	call = call_with(3);
	call.role = ROLE_SERVER;
	finding_metrics_add(findings, &call);
	ck_assert_uint_eq(series_of(CLIENT), 0);
	ck_assert_uint_eq(value_of(SERVER), 3);
}
END_TEST

START_TEST(unknown_names)
{
	struct call call = call_with(1);
	const struct metric_series *series;

	call.response_model[0] = '\0';
	call.workload.service[0] = '\0';
	finding_metrics_add(findings, &call);
	call.request_model[0] = '\0';
	finding_metrics_add(findings, &call);
	ck_assert_uint_eq(series_of(CLIENT), 2);
	series = series_at(CLIENT, 0);
	ck_assert_str_eq(metric_series_label(series, 2), "unknown");
	ck_assert_str_eq(metric_series_label(series, 3), "asked");
	ck_assert_str_eq(metric_series_label(series_at(CLIENT, 1), 3), "unknown");
}
END_TEST

static Suite *make_finding_metrics(void)
{
	Suite *suite = suite_create("analysis: findings");
	TCase *tc = tcase_create("findings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, labels);
	tcase_add_test(tc, counts_once);
	tcase_add_test(tc, unknown_names);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_finding_metrics)
