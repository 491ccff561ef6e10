/* SPDX-License-Identifier: Apache-2.0 */
/* Levels and their spelling, distances against exact fractions, chance against SciPy 1.15. */
#include "judge/drift.h"

#include <math.h>
#include <string.h>

#include "../../judge/random.h"
#include "judge/chance.h"
#include "judge/distance.h"
#include "unit.h"

#define N 100
#define CLOSE 1e-12

static const struct drift_rules rules = { N, 5, 10, 15, 5.8673646226343086e-05 };

static struct drift_figure of_two(double before, double after)
{
	struct chance *chance = chance_new(N);
	double first[N], second[N];
	struct drift_figure figure;

	for (size_t i = 0; i < N; i++) {
		first[i] = before;
		second[i] = after;
	}
	drift_of_numbers(first, N, second, N, BINS_CONFIDENCE, 1e6, &rules, chance, &figure);
	chance_free(chance);
	return figure;
}

static const char *spelling(const struct drift_figure *figure)
{
	static char text[DRIFT_SPELLING_BYTES];

	return drift_spell(figure, text);
}

START_TEST(confidence_that_falls_from_09_to_07_is_significant)
{
	struct drift_figure figure = of_two(900000, 700000);

	ck_assert_str_eq(spelling(&figure), "significant_drift_-22.2%");
	ck_assert_int_eq(figure.level, DRIFT_SIGNIFICANT);
	ck_assert(figure.significant);
	ck_assert_double_eq(figure.before_mean, 0.9);
	ck_assert_double_eq(figure.after_mean, 0.7);
	ck_assert_double_lt(figure.p_value, 1e-30);
}
END_TEST

START_TEST(levels_begin_at_their_percent)
{
	static const struct {
		double after;
		const char *text;
	} cases[] = {
		{ 1000000, "no_drift" },
		{ 950001, "no_drift" },
		{ 950000, "minor_drift_-5.0%" },
		{ 1050000, "minor_drift_+5.0%" },
		{ 900001, "minor_drift_-10.0%" },
		{ 900000, "moderate_drift_-10.0%" },
		{ 1100000, "moderate_drift_+10.0%" },
		{ 850000, "significant_drift_-15.0%" },
		{ 0, "significant_drift_-100.0%" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct drift_figure figure = of_two(1000000, cases[i].after);

		ck_assert_str_eq(spelling(&figure), cases[i].text);
	}
}
END_TEST

START_TEST(a_change_from_nothing_has_no_percentage)
{
	struct drift_figure figure = of_two(0, 1);

	ck_assert(isinf(figure.change_percent));
	ck_assert_str_eq(spelling(&figure), "significant_drift_+99999.9%");
	figure = of_two(0, 0);
	ck_assert_double_eq(figure.change_percent, 0);
	ck_assert_double_eq(figure.p_value, 1);
	ck_assert_str_eq(spelling(&figure), "no_drift");
}
END_TEST

START_TEST(too_few_samples_say_nothing)
{
	struct chance *chance = chance_new(N);
	double samples[N] = { 1 };
	struct drift_figure figure;
	struct drift_report report = { 0 };

	drift_of_numbers(samples, N - 1, samples, N, BINS_TOKENS, 1, &rules, chance, &figure);
	ck_assert(isnan(figure.change_percent) && isnan(figure.p_value) && isnan(figure.psi));
	ck_assert(!figure.significant);
	ck_assert_uint_eq(figure.before_samples, N - 1);
	ck_assert_str_eq(spelling(&figure), "unknown");
	drift_of_numbers(NULL, 0, NULL, 0, BINS_TOKENS, 1, &rules, chance, &figure);
	ck_assert(isnan(figure.before_mean));
	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++)
		report.dimensions[i] = figure;
	drift_score(&report);
	ck_assert(isnan(report.score));
	chance_free(chance);
}
END_TEST

/* One call that took a minute moves the mean by half; it proves nothing. */
START_TEST(an_outlier_is_not_significant)
{
	struct chance *chance = chance_new(N);
	double before[N], after[N];
	struct drift_figure figure;

	for (size_t i = 0; i < N; i++)
		before[i] = after[i] = 1e9 + (double)(i * 37 % N) * 1e6;
	after[3] = 60e9;
	drift_of_numbers(before, N, after, N, BINS_LATENCY, 1e6, &rules, chance, &figure);
	ck_assert_int_eq(figure.level, DRIFT_SIGNIFICANT);
	ck_assert(!figure.significant);
	chance_free(chance);
}
END_TEST

/* Nearly all calls are a little slower, one that was very slow is gone: the mean falls and the ranks rise. */
START_TEST(ranks_that_move_against_the_mean_are_not_significant)
{
	struct chance *chance = chance_new(N);
	double before[N], after[N];
	struct drift_figure figure;

	for (size_t i = 0; i < N; i++) {
		before[i] = 1e9 + (double)(i * 37 % N) * 1e5;
		after[i] = before[i] + 4e6;
	}
	before[3] = 60e9;
	drift_of_numbers(before, N, after, N, BINS_LATENCY, 1e6, &rules, chance, &figure);
	ck_assert_double_lt(figure.p_value, rules.p_limit);
	ck_assert_double_lt(figure.change_percent, -15);
	ck_assert(!figure.significant);
	chance_free(chance);
}
END_TEST

START_TEST(shares_are_judged_by_what_is_bad)
{
	/* stop, tool calls, length, filter: of a hundred five were cut, then thirty. */
	const uint64_t before[DRIFT_CATEGORIES_MAX] = { 60, 35, 5 }, after[DRIFT_CATEGORIES_MAX] = { 45, 25, 26, 4 };
	struct drift_figure figure;

	drift_of_counts(before, after, ~3u, &rules, &figure);
	ck_assert_double_eq(figure.before_mean, 0.05);
	ck_assert_double_eq(figure.after_mean, 0.3);
	ck_assert_double_eq(figure.change_percent, 500);
	ck_assert(figure.significant);
	ck_assert_str_eq(spelling(&figure), "significant_drift_+500.0%");
}
END_TEST

/* ---- distances: (2 k + 1) / (2 n + B) as fractions, logarithms of Python's math ---- */

START_TEST(distances_are_those_of_exact_shares)
{
	static const struct {
		size_t bins;
		uint64_t before[8], after[8];
		double kl, psi, chance;
	} cases[] = {
		{ 3, { 50, 30, 20 }, { 40, 30, 30 }, 0.031335119753373095, 0.060884055136731438, 0.12 },
		{ 4, { 100, 0, 0, 0 }, { 0, 0, 100, 0 }, 5.2507969386723516, 10.501593877344705, 0.076568542494923814 },
		{ 4, { 10, 0, 20, 70 }, { 5, 0, 25, 70 }, 0.019793266270174088, 0.042604962115520714, 0.12 },
		{ 1, { 100 }, { 100 }, 0, 0, 0 },
		{ 8, { 1, 99 }, { 3, 95, 2 }, 0.030252600095611804, 0.05002558751087742, 0.12 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct distance distance;

		distance_of(cases[i].before, cases[i].after, cases[i].bins, &distance);
		ck_assert_double_eq_tol(distance.kl, cases[i].kl, CLOSE);
		ck_assert_double_eq_tol(distance.psi, cases[i].psi, CLOSE);
		ck_assert_double_eq_tol(distance.psi_chance, cases[i].chance, CLOSE);
	}
}
END_TEST

START_TEST(bins_double_and_hold_everything)
{
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 0), 0);
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 999999), 0);
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 1e6), 1);
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 1999999), 1);
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 2e6), 2);
	ck_assert_uint_eq(distance_bin(BINS_LATENCY, 1e300), DISTANCE_BINS_MAX - 1);
	ck_assert_uint_eq(distance_bin(BINS_TOKENS, 0), 0);
	ck_assert_uint_eq(distance_bin(BINS_TOKENS, 1023), 10);
	ck_assert_uint_eq(distance_bin(BINS_TOKENS, 1024), 11);
	ck_assert_uint_eq(distance_bin(BINS_COST, 15e9), 14);	/* 0.015 USD: 2^13 to 2^14 micro-USD */
	ck_assert_uint_eq(distance_bin(BINS_CONFIDENCE, 0), 0);
	ck_assert_uint_eq(distance_bin(BINS_CONFIDENCE, 49999), 0);
	ck_assert_uint_eq(distance_bin(BINS_CONFIDENCE, 50000), 1);
	ck_assert_uint_eq(distance_bin(BINS_CONFIDENCE, 1000000), 19);
	ck_assert_uint_eq(distance_bin(BINS_CONFIDENCE, 1e300), 19);
	for (int bins = 0; bins < BINS_MAX; bins++) {
		ck_assert_uint_eq(distance_bin((enum drift_bins)bins, NAN), 0);
		ck_assert_uint_eq(distance_bin((enum drift_bins)bins, -1), 0);
		ck_assert_uint_lt(distance_bin((enum drift_bins)bins, INFINITY), DISTANCE_BINS_MAX);
	}
}
END_TEST

START_TEST(the_score_says_what_drove_it)
{
	struct drift_report report;
	struct drift_figure quiet = { .psi = 0.05, .psi_chance = 0.1 }, unknown = { .psi = NAN, .psi_chance = NAN };

	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++)
		report.dimensions[i] = i % 2 ? quiet : unknown;
	drift_score(&report);
	ck_assert_double_eq(report.score, 0);
	report.dimensions[DRIFT_COST].psi = 0.25;
	report.dimensions[DRIFT_ERRORS].psi = 0.2;
	drift_score(&report);
	ck_assert_double_eq_tol(report.score, 1 - exp(-1), CLOSE);
	ck_assert_int_eq(report.driven_by, DRIFT_COST);
	report.dimensions[DRIFT_COST].psi = 1e6;
	drift_score(&report);
	ck_assert_double_le(report.score, 1);
}
END_TEST

/* ---- chance ---- */

START_TEST(fisher_is_as_scipy_has_it)
{
	static const struct {
		uint64_t a, n, b, m;
		double p;
	} cases[] = {
		{ 1, 100, 9, 100, 0.018487679877476362 },   { 9, 100, 1, 100, 0.018487679877476362 },
		{ 0, 100, 0, 100, 1 },			    { 0, 100, 7, 100, 0.014017765516375317 },
		{ 10, 100, 3, 100, 0.081794052968979222 },  { 50, 100, 50, 100, 1 },
		{ 3, 40, 12, 60, 0.15103506195706595 },	    { 100, 100, 100, 100, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_double_eq_tol(chance_of_shares(cases[i].a, cases[i].n, cases[i].b, cases[i].m), cases[i].p, CLOSE);
	ck_assert_double_eq_tol(chance_of_shares(100, 100, 0, 100) * 1e59, 2.2087606931995032, 1e-9);
	ck_assert_double_eq(chance_of_shares(0, 50000, 50000, 50000), 0);
	ck_assert_double_eq_tol(chance_of_shares(25000, 50000, 25000, 50000), 1, CLOSE);
}
END_TEST

START_TEST(mann_whitney_is_as_scipy_has_it)
{
	const double x[] = { 5, 1, 9, 2, 8, 3, 7, 4, 6, 0, 5, 1, 9, 2, 8, 3, 7, 4, 6, 0 };
	const double y[] = { 7, 12, 4, 11, 5, 10, 6, 9, 3, 8, 7, 12, 4, 11, 5, 10, 6, 9, 3, 8 };
	const double few[] = { 1, 3, 1, 3, 2, 1, 3, 1, 3, 2, 1, 3, 1, 3, 2, 1, 3, 1, 3, 2 };
	const double ties[] = { 2, 4, 2, 4, 2, 2, 4, 2, 4, 2, 2, 4, 2, 4, 2, 2, 4, 2, 4, 2 };
	struct chance *chance = chance_new(20);
	int direction;

	ck_assert_double_eq_tol(chance_of_numbers(chance, x, 20, y, 20, &direction), 0.0058616130507050676, CLOSE);
	ck_assert_int_eq(direction, 1);
	ck_assert_double_eq_tol(chance_of_numbers(chance, y, 20, x, 20, &direction), 0.0058616130507050676, CLOSE);
	ck_assert_int_eq(direction, -1);
	ck_assert_double_eq_tol(chance_of_numbers(chance, few, 20, ties, 20, &direction), 0.024376624352312651, CLOSE);
	ck_assert_double_eq(chance_of_numbers(chance, x, 20, x, 20, &direction), 1);
	ck_assert_int_eq(direction, 0);
	chance_free(chance);
}
END_TEST

/* Twenty that rise one by one are worth two or three: tau is 8.3, and p 0.26 where SciPy says 0.00005. */
START_TEST(calls_that_are_alike_count_less)
{
	struct chance *chance = chance_new(20);
	double before[20], after[20];
	int direction;

	for (int i = 0; i < 20; i++) {
		before[i] = i;
		after[i] = i + 10;
	}
	ck_assert_double_eq_tol(chance_of_numbers(chance, before, 20, after, 20, &direction), 0.259432898434381, CLOSE);
	chance_free(chance);
}
END_TEST

/* The same equation solved by SciPy. */
START_TEST(many_looks_ask_for_more)
{
	ck_assert_double_eq_tol(chance_limit(0.01, 1000, 100), 5.8673646226343086e-05, CLOSE);
	ck_assert_double_eq_tol(chance_limit(0.05, 1000, 100), 0.0003499735903093634, CLOSE);
	ck_assert_double_eq_tol(chance_limit(0.01, 1000, 500), 0.0002786671352058567, CLOSE);
	ck_assert_double_le(chance_limit(0.5, 1, 50000), 0.5);
	ck_assert_double_gt(chance_limit(1e-9, 1000, 20), 0);
}
END_TEST

/* Fifty thousand looks at calls that do not change: levels come and go, and next to none is significant. How often exactly
 * is in docs/judgement.md (tests/judge/false_alarms.c). */
START_TEST(chance_hardly_ever_passes_for_drift)
{
	struct chance *chance = chance_new(N);
	double samples[2 * N + 1000];
	unsigned levels = 0, significant = 0;
	uint64_t seed = 6;

	for (int run = 0; run < 50; run++) {
		double score = 0;

		for (size_t i = 0; i < 2 * N + 1000; i++) {
			score = 0.3 * score + random_normal(&seed);
			samples[i] = 1e9 * exp(0.5 * score);
		}
		for (size_t i = 0; i < 1000; i++) {
			struct drift_figure figure;

			drift_of_numbers(samples + i, N, samples + i + N, N, BINS_LATENCY, 1e6, &rules, chance, &figure);
			levels += figure.level >= DRIFT_MODERATE;
			significant += figure.level >= DRIFT_MODERATE && figure.significant;
		}
	}
	ck_assert_uint_gt(levels, 10000);
	ck_assert_uint_lt(significant, 50);
	chance_free(chance);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("drift");
	TCase *tests = tcase_create("drift");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, confidence_that_falls_from_09_to_07_is_significant);
	tcase_add_test(tests, levels_begin_at_their_percent);
	tcase_add_test(tests, a_change_from_nothing_has_no_percentage);
	tcase_add_test(tests, too_few_samples_say_nothing);
	tcase_add_test(tests, an_outlier_is_not_significant);
	tcase_add_test(tests, ranks_that_move_against_the_mean_are_not_significant);
	tcase_add_test(tests, shares_are_judged_by_what_is_bad);
	tcase_add_test(tests, distances_are_those_of_exact_shares);
	tcase_add_test(tests, bins_double_and_hold_everything);
	tcase_add_test(tests, the_score_says_what_drove_it);
	tcase_add_test(tests, fisher_is_as_scipy_has_it);
	tcase_add_test(tests, mann_whitney_is_as_scipy_has_it);
	tcase_add_test(tests, calls_that_are_alike_count_less);
	tcase_add_test(tests, many_looks_ask_for_more);
	tcase_add_test(tests, chance_hardly_ever_passes_for_drift);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
