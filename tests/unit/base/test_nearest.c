/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <stdint.h>

#include "base/cleanup.h"
#include "unit.h"

START_TEST(distances)
{
	ck_assert_uint_eq(edit_distance("", ""), 0);
	ck_assert_uint_eq(edit_distance("", "abc"), 3);
	ck_assert_uint_eq(edit_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(edit_distance("listen", "listne"), 2);
	ck_assert_uint_eq(edit_distance("x", "a word of more than sixty-four characters, which no name is as long as"),
			  SIZE_MAX);
}
END_TEST

START_TEST(nearest)
{
	static const char *const names[] = { "listen", NULL, "calls", "prices" };

	ck_assert_str_eq(nearest_name("listn", names, ARRAY_SIZE(names), sizeof(names[0])), "listen");
	ck_assert_str_eq(nearest_name("price", names, ARRAY_SIZE(names), sizeof(names[0])), "prices");
	ck_assert_ptr_null(nearest_name("zzzzzz", names, ARRAY_SIZE(names), sizeof(names[0])));
	ck_assert_ptr_null(nearest_name("", names, ARRAY_SIZE(names), sizeof(names[0])));
}
END_TEST

START_TEST(names_are_members_of_rows)
{
	static const struct {
		int number;
		const char *name;
	} rows[] = { { 1, "near" }, { 2, "signal" } };

	ck_assert_str_eq(nearest_name("sgnal", &rows[0].name, ARRAY_SIZE(rows), sizeof(rows[0])), "signal");
}
END_TEST

static Suite *make_nearest(void)
{
	Suite *suite = suite_create("base: nearest");
	TCase *tc = tcase_create("nearest");

	tcase_add_test(tc, distances);
	tcase_add_test(tc, nearest);
	tcase_add_test(tc, names_are_members_of_rows);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_nearest)
