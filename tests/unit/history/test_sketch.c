/* SPDX-License-Identifier: Apache-2.0 */
#include "history/sketch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "unit.h"

#define SAMPLES 5000
#define ERROR_BOUND (1.0 / 128)

static uint64_t state = 88172645463325252ull;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

START_TEST(quantiles_are_within_the_bound_of_a_sorted_reference)
{
	static const double qs[] = { 0.001, 0.25, 0.5, 0.95, 0.99, 1 };
	static uint64_t values[SAMPLES];
	struct sketch sketch = { 0 };

	for (size_t i = 0; i < SAMPLES; i++) {
		values[i] = draw() >> (24 + draw() % 40);
		ck_assert_int_eq(sketch_add(&sketch, values[i], 1), 0);
	}
	qsort(values, SAMPLES, sizeof(values[0]), by_value);
	for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		double exact = (double)values[(size_t)ceil(qs[i] * SAMPLES) - 1];
		double got = (double)sketch_quantile(&sketch, qs[i]);

		ck_assert_msg(fabs(got - exact) <= exact * ERROR_BOUND, "q %g: %g, not %g", qs[i], got, exact);
	}
	sketch_done(&sketch);
}
END_TEST

START_TEST(adding_up_sketches_is_as_one_of_all)
{
	struct sketch parts[7] = { 0 }, all = { 0 }, sum = { 0 };
	struct buffer bytes = { 0 }, other = { 0 };

	for (size_t i = 0; i < SAMPLES; i++) {
		uint64_t value = draw() >> (30 + draw() % 20);

		ck_assert_int_eq(sketch_add(&all, value, 1), 0);
		ck_assert_int_eq(sketch_add(&parts[i % 7], value, 1), 0);
	}
	for (size_t i = 0; i < 7; i++) {
		bytes.len = 0;
		ck_assert_int_eq(sketch_write(&parts[i], &bytes), 0);
		ck_assert_int_eq(sketch_read(&sum, buffer_slice(&bytes)), 0);
		sketch_done(&parts[i]);
	}
	bytes.len = 0;
	ck_assert_int_eq(sketch_write(&sum, &bytes), 0);
	ck_assert_int_eq(sketch_write(&all, &other), 0);
	ck_assert(slice_eq(buffer_slice(&bytes), buffer_slice(&other)));
	ck_assert_uint_eq(sum.total, SAMPLES);
	buffer_done(&bytes);
	buffer_done(&other);
	sketch_done(&all);
	sketch_done(&sum);
}
END_TEST

START_TEST(the_ends_of_the_range_are_held)
{
	struct sketch sketch = { 0 };

	ck_assert_int_eq(sketch_add(&sketch, 0, 1), 0);
	ck_assert_uint_eq(sketch_quantile(&sketch, 1), 0);
	ck_assert_int_eq(sketch_add(&sketch, UINT64_MAX, UINT64_MAX), 0);
	ck_assert_uint_eq(sketch.total, UINT64_MAX);
	ck_assert_uint_lt(sketch.buckets[sketch.count - 1].index, SKETCH_BUCKETS);
	sketch_done(&sketch);
	ck_assert_uint_eq(sketch_quantile(&sketch, 0.5), 0);
}
END_TEST

START_TEST(bytes_that_are_none_are_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} wrong[] = {
		{ "\x80", 1 },			/* cut */
		{ "\x05", 1 },			/* no count */
		{ "\x05\x00", 2 },		/* an empty bucket */
		{ "\xc0\x11\x01", 3 },		/* 2240: past the last */
		{ "\xbf\x11\x01\x00\x01", 5 },	/* the last, and one more */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", 11 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sketch sketch = { 0 };

		ck_assert_int_eq(sketch_read(&sketch, (struct slice){ wrong[i].bytes, wrong[i].len }), -EBADMSG);
		sketch_done(&sketch);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("sketch");
	TCase *tcase = tcase_create("sketch");

	tcase_add_test(tcase, quantiles_are_within_the_bound_of_a_sorted_reference);
	tcase_add_test(tcase, adding_up_sketches_is_as_one_of_all);
	tcase_add_test(tcase, the_ends_of_the_range_are_held);
	tcase_add_test(tcase, bytes_that_are_none_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
