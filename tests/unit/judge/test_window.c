/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles against a sorted reference, and means that lose nothing. */
#include "judge/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../judge/random.h"
#include "unit.h"

#define CAPACITY 1000

static double ring[CAPACITY], scratch[CAPACITY];

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The textbook: sorted, the ceil(p * n)-th. */
static double reference(const double *samples, size_t n, double p)
{
	double sorted[CAPACITY];

	memcpy(sorted, samples, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted[(size_t)ceil(p * (double)n - 1e-9) - 1];
}

static double any_sample(uint64_t *seed, unsigned shape)
{
	switch (shape) {
	case 0:
		return (double)(random_next(seed) % 1000);
	case 1:
		return (double)(random_next(seed) % 3);	/* hardly anything but ties */
	case 2:
		return exp(random_normal(seed));
	default:
		return -(double)(random_next(seed) >> 12);
	}
}

START_TEST(percentiles_are_those_of_a_sorted_reference)
{
	uint64_t seed = 11;

	for (size_t n = 1; n <= CAPACITY; n += n < 60 ? 1 : 47) {
		struct window window = { ring, n, 0, 0 };
		struct window_summary summary;

		for (size_t i = 0; i < n + n / 3; i++)
			window_add(&window, any_sample(&seed, (unsigned)n % 4));
		window_summarise(&window, 1, scratch, &summary);
		ck_assert_uint_eq(summary.samples, n);
		ck_assert_double_eq(summary.p50, reference(ring, n, 0.50));
		ck_assert_double_eq(summary.p95, reference(ring, n, 0.95));
		ck_assert_double_eq(summary.p99, reference(ring, n, 0.99));
		ck_assert_double_eq(summary.max, reference(ring, n, 1));
	}
}
END_TEST

/* Orders that make a quicksort with a median of three slow, or recurse badly. */
START_TEST(bad_orders_are_selected_as_well)
{
	for (int shape = 0; shape < 4; shape++) {
		struct window window = { ring, CAPACITY, 0, 0 };
		struct window_summary summary;

		for (int i = 0; i < CAPACITY; i++) {
			int organ = i < CAPACITY / 2 ? i : CAPACITY - i;
			const double orders[] = { i, CAPACITY - i, 7, organ };

			window_add(&window, orders[shape]);
		}
		window_summarise(&window, 1, scratch, &summary);
		ck_assert_double_eq(summary.p50, reference(ring, CAPACITY, 0.50));
		ck_assert_double_eq(summary.p99, reference(ring, CAPACITY, 0.99));
	}
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct window window = { ring, 8, 0, 0 };
	struct window_summary summary;
	double taken[8];

	window_summarise(&window, 1, scratch, &summary);
	ck_assert_uint_eq(summary.samples, 0);
	ck_assert(isnan(summary.mean) && isnan(summary.p50) && isnan(summary.min));
	window_add(&window, 1);
	window_add(&window, NAN);
	window_add(&window, INFINITY);
	window_add(&window, -INFINITY);
	window_add(&window, 3);
	window_summarise(&window, 2, scratch, &summary);
	ck_assert_uint_eq(summary.samples, 2);
	ck_assert_double_eq(summary.mean, 1);
	ck_assert_double_eq(summary.p50, 0.5);
	ck_assert_double_eq(summary.p99, 1.5);
	ck_assert_double_eq(summary.min, 0.5);
	ck_assert_uint_eq(window_take(&window, 1, 4, taken), 1);
	ck_assert_double_eq(taken[0], 1);
}
END_TEST

START_TEST(the_last_known_ones_are_taken_oldest_first)
{
	struct window window = { ring, 7, 0, 0 };
	double taken[7];

	for (int i = 0; i < 24; i++)
		window_add(&window, i % 3 == 0 ? NAN : i);
	/* In the window: 17, -, 19, 20, -, 22, 23. */
	ck_assert_uint_eq(window_take(&window, 0, 2, taken), 2);
	ck_assert_double_eq(taken[0], 22);
	ck_assert_double_eq(taken[1], 23);
	ck_assert_uint_eq(window_take(&window, 2, 2, taken), 2);
	ck_assert_double_eq(taken[0], 19);
	ck_assert_double_eq(taken[1], 20);
	ck_assert_uint_eq(window_take(&window, 4, 2, taken), 1);
	ck_assert_double_eq(taken[0], 17);
	ck_assert_uint_eq(window_take(&window, 5, 2, taken), 0);
}
END_TEST

/* A hundred thousand calls of a ten-thousandth of a cent, beside three that cost nine thousand dollars each: together more
 * than a double can count. */
START_TEST(the_mean_of_money_loses_nothing)
{
	static double many[100001];
	int64_t sum = 0;

	for (size_t i = 0; i < 100001; i++) {
		int64_t pico = i % 40000 == 7 ? 8999999999999999 : 1000001;

		many[i] = (double)pico;
		sum += pico;
	}
	ck_assert_double_eq(window_mean(many, 100001), (double)sum / 100001);
	ck_assert(isnan(window_mean(many, 0)));
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("window");
	TCase *tests = tcase_create("window");

	tcase_add_test(tests, percentiles_are_those_of_a_sorted_reference);
	tcase_add_test(tests, bad_orders_are_selected_as_well);
	tcase_add_test(tests, what_is_not_known_is_left_out);
	tcase_add_test(tests, the_last_known_ones_are_taken_oldest_first);
	tcase_add_test(tests, the_mean_of_money_loses_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
