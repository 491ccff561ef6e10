/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that is set is told from time that passes. */
#include "base/wall.h"

#include "base/clock.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define YEAR (365 * 86400 * SECOND)
#define START (56 * YEAR)

START_TEST(time_that_passes_is_no_step)
{
	struct wall wall = { 0 };

	ck_assert_int_eq(wall_step(&wall, START, 5 * SECOND), 0);
	ck_assert_int_eq(wall_step(&wall, START + SECOND, 6 * SECOND), 0);
	/* An hour in which the machine slept. */
	ck_assert_int_eq(wall_step(&wall, START + 3601 * SECOND, 3606 * SECOND), 0);
	/* Slewed, and a leap second. */
	ck_assert_int_eq(wall_step(&wall, START + 3603 * SECOND, 3607 * SECOND), 0);
	ck_assert_int_eq(wall_step(&wall, START + 3603 * SECOND, 3608 * SECOND), 0);
}
END_TEST

START_TEST(a_clock_that_is_set_is_a_step)
{
	struct wall wall = { 0 };

	(void)wall_step(&wall, START, 0);
	ck_assert_int_eq(wall_step(&wall, START + 73 * YEAR + SECOND, SECOND), 73 * YEAR);
	ck_assert_int_eq(wall_step(&wall, START + 73 * YEAR + 2 * SECOND, 2 * SECOND), 0);
	ck_assert_int_eq(wall_step(&wall, START + 3 * SECOND, 3 * SECOND), -73 * YEAR);
	ck_assert_int_eq(wall_step(&wall, START - 3596 * SECOND, 4 * SECOND), -3600 * SECOND);
	ck_assert_int_eq(wall_step(&wall, 0, 5 * SECOND), -START + 3595 * SECOND);
}
END_TEST

START_TEST(numbers_at_their_ends)
{
	struct wall wall = { 0 };

	(void)wall_step(&wall, INT64_MIN, INT64_MAX);
	ck_assert_int_gt(wall_step(&wall, INT64_MAX, INT64_MIN), 0);
	ck_assert_int_lt(wall_step(&wall, INT64_MIN, INT64_MAX), 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("wall");
	TCase *tcase = tcase_create("wall");

	tcase_add_test(tcase, time_that_passes_is_no_step);
	tcase_add_test(tcase, a_clock_that_is_set_is_a_step);
	tcase_add_test(tcase, numbers_at_their_ends);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
