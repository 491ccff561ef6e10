/* SPDX-License-Identifier: Apache-2.0 */
/* How far an answer is to be relied on, and the series of quality. */
#include "analysis/confidence.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/quality_metrics.h"
#include "base/cleanup.h"
#include "unit.h"

static struct call good_call(void)
{
	struct call call;

	call_init(&call);
	call.operation = OPERATION_CHAT;
	call.status = 200;
	call.usage_source = USAGE_PROVIDER;
	call.tokens.input = 300;
	call.tokens.output = 5;
	call.finish_reason_count = 1;
	(void)strcpy(call.finish_reasons[0], "stop");
	return call;
}

static double confidence_of(struct call call)
{
	confidence_set(&call);
	ck_assert_int_eq(call_check(&call, sizeof(call)), 0);
	if (call.confidence_ppm == CALL_UNKNOWN) {
		ck_assert_int_eq(call.confidence_source, CONFIDENCE_NONE);
		return NAN;
	}
	return (double)call.confidence_ppm / CALL_RATIO_ONE;
}

START_TEST(probabilities_go_before_the_heuristic)
{
	struct call call = good_call();

	call.token_probability_ppm = 430000;
	call.hedged = true;
	confidence_set(&call);
	ck_assert_int_eq(call.confidence_source, CONFIDENCE_LOGPROBS);
	ck_assert_int_eq(call.confidence_ppm, 430000);
	call.token_probability_ppm = 0;
	ck_assert_double_eq(confidence_of(call), 0);
}
END_TEST

START_TEST(the_domain_scales_it)
{
	static const int64_t expected[RISK_MAX] = { 800000, 760000, 680000, 560000, 400000 };
	struct call call = good_call();

	call.token_probability_ppm = 800000;
	for (enum risk risk = RISK_NONE; risk < RISK_MAX; risk++) {
		call.risk = risk;
		confidence_set(&call);
		ck_assert_int_eq(call.confidence_ppm, expected[risk]);
	}
}
END_TEST

START_TEST(the_heuristic_looks_at_the_end)
{
	static const struct {
		const char *reason;
		double expected;
	} cases[] = {
		{ "stop", 0.9 }, { "tool_use", 0.9 }, { "MAX_TOKENS", 0.9 * 0.7 }, { "SAFETY", 0.9 * 0.4 },
		{ "refusal", 0.9 * 0.5 },
	};
	struct call call = good_call();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)strcpy(call.finish_reasons[0], cases[i].reason);
		ck_assert_double_eq_tol(confidence_of(call), cases[i].expected, 1e-9);
	}
}
END_TEST

START_TEST(doubts_add_up)
{
	struct call call = good_call();

	call.hedged = true;
	ck_assert_double_eq_tol(confidence_of(call), 0.72, 1e-9);
	call.declined = true;
	ck_assert_double_eq_tol(confidence_of(call), 0.36, 1e-9);
	call.refused = true;	/* says the same */
	ck_assert_double_eq_tol(confidence_of(call), 0.36, 1e-9);
	call = good_call();
	call.tokens.output = 0;
	ck_assert_double_eq_tol(confidence_of(call), 0.09, 1e-9);
	call.tool_calls = 1;
	ck_assert_double_eq_tol(confidence_of(call), 0.9, 1e-9);
}
END_TEST

START_TEST(without_a_basis_there_is_none)
{
	struct call call = good_call();

	call.finish_reason_count = 0;
	ck_assert(isnan(confidence_of(call)));
	call = good_call();
	(void)strcpy(call.finish_reasons[0], "in_progress");
	ck_assert(isnan(confidence_of(call)));
	call = good_call();
	call.error = ERROR_RATE_LIMIT;
	ck_assert(isnan(confidence_of(call)));
	call = good_call();
	call.status = 500;
	ck_assert(isnan(confidence_of(call)));
	call = good_call();
	call.operation = OPERATION_EMBEDDINGS;
	call.token_probability_ppm = 1;
	ck_assert(isnan(confidence_of(call)));
	/* What another role wrote there is not believed. */
	call.confidence_ppm = 5;
	call.confidence_source = CONFIDENCE_LOGPROBS;
	ck_assert(isnan(confidence_of(call)));
}
END_TEST

/* ---- series ---- */

static struct metrics *metrics;
static struct quality_metrics *quality;

static void setup(void)
{
	metrics = metrics_new(1024 * 1024);
	quality = quality_metrics_new(metrics);
	ck_assert_ptr_nonnull(quality);
}

static void teardown(void)
{
	quality_metrics_free(quality);
	metrics_free(metrics);
}

/* The upper bound of the lowest bucket that holds anything: with one observation, its own. */
static unsigned long long bound_of(const struct metric_desc *desc, const struct metric_value *value)
{
	unsigned i = 0;

	while (i < desc->bound_count && value->buckets[i] == 0)
		i++;
	return i < desc->bound_count ? desc->bounds[i] : ULLONG_MAX;
}

/* "NAME|label|label|..." of every series of calls, with its count and sum, and the bucket's bound. */
static const char *series(void)
{
	static char text[4096];
	const struct metric_family *family;
	const struct metric_series *one;
	struct metric_value value;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		const struct metric_desc *desc = metric_family_desc(family);

		if (strncmp(desc->name, "ai_", 3) != 0)
			continue;
		for (size_t k = 0; (one = metric_series_at(family, k)); k++) {
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", desc->name);
			for (size_t l = 0; l < metric_label_count(desc); l++)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "|%s", metric_series_label(one, l));
			metric_read(one, &value);
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %llu %llu", (unsigned long long)value.count,
					       (unsigned long long)value.sum);
			if (desc->type == METRIC_HISTOGRAM)
				at += (size_t)snprintf(text + at, sizeof(text) - at, " <=%llu", bound_of(desc, &value));
			at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
		}
	}
	return text;
}

static const struct call_place clients = { "m", "s", true, true };

START_TEST(a_call_is_in_every_family)
{
	struct call call = good_call();

	call.risk = RISK_HIGH;
	call.declined = true;
	call.cost_source = COST_TABLE;
	call.cost_pico_usd = 2500000000;
	confidence_set(&call);
	quality_metrics_add(quality, &call, &clients);
	ck_assert_str_eq(series(), "ai_confidence|m|s|heuristic 1 315000 <=400000\n"
				   "ai_risk_responses_total|high|m|s 1 0\n"
				   "ai_refusals_total|m|s 1 0\n"
				   "ai_finish_reasons_total|stop|m|s 1 0\n"
				   "ai_input_tokens|m|s 1 300 <=1024\n"
				   "ai_output_tokens|m|s 1 5 <=16\n"
				   "ai_request_cost_dollars|m|s 1 2500000000 <=2500000000\n");
}
END_TEST

START_TEST(what_is_unknown_adds_nothing)
{
	struct call call;

	call_init(&call);
	quality_metrics_add(quality, &call, &clients);
	ck_assert_str_eq(series(), "ai_refusals_total|m|s 0 0\n");
}
END_TEST

START_TEST(guesses_are_no_figures)
{
	struct call call = good_call();

	call.finish_reason_count = 0;
	call.usage_source = USAGE_ESTIMATED;
	call.cost_source = COST_TABLE;
	call.cost_pico_usd = 1;
	quality_metrics_add(quality, &call, &clients);
	ck_assert_str_eq(series(), "ai_refusals_total|m|s 0 0\n");
}
END_TEST

START_TEST(calls_seen_elsewhere_count_only_where_they_are_paid)
{
	struct call_place place = { "m", "s", false, false };
	struct call call = good_call();

	call.cost_source = COST_REPORTED;
	call.cost_pico_usd = 7;
	quality_metrics_add(quality, &call, &place);
	ck_assert_str_eq(series(), "");
	place.pays = true;
	quality_metrics_add(quality, &call, &place);
	ck_assert_str_eq(series(), "ai_request_cost_dollars|m|s 1 7 <=100000000\n");
}
END_TEST

static Suite *make_confidence(void)
{
	Suite *suite = suite_create("analysis: confidence");
	TCase *confidence = tcase_create("confidence"), *figures = tcase_create("series");

	tcase_add_test(confidence, probabilities_go_before_the_heuristic);
	tcase_add_test(confidence, the_domain_scales_it);
	tcase_add_test(confidence, the_heuristic_looks_at_the_end);
	tcase_add_test(confidence, doubts_add_up);
	tcase_add_test(confidence, without_a_basis_there_is_none);
	suite_add_tcase(suite, confidence);
	tcase_add_checked_fixture(figures, setup, teardown);
	tcase_add_test(figures, a_call_is_in_every_family);
	tcase_add_test(figures, what_is_unknown_adds_nothing);
	tcase_add_test(figures, guesses_are_no_figures);
	tcase_add_test(figures, calls_seen_elsewhere_count_only_where_they_are_paid);
	suite_add_tcase(suite, figures);
	return suite;
}
UNIT_SUITE(make_confidence)
