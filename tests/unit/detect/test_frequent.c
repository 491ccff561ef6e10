/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/frequent.h"

#include "unit.h"

START_TEST(whole_words)
{
	ck_assert_uint_eq(words_per_mib(SLICE("about"), false), 82);	/* the first row */
	ck_assert_uint_eq(words_per_mib(SLICE("your"), false), 388);	/* and the last */
	ck_assert_uint_eq(words_per_mib(SLICE("act"), false), 36);
	ck_assert_uint_eq(words_per_mib(SLICE("you"), false), 754);
}
END_TEST

START_TEST(beginnings_add_up)
{
	ck_assert_uint_eq(words_per_mib(SLICE("action"), true), 70 + 36);
	ck_assert_uint_eq(words_per_mib(SLICE("you"), true), 754 + 388);
	ck_assert_uint_eq(words_per_mib(SLICE("yourselv"), true), words_per_mib(SLICE("yourselv"), false));
}
END_TEST

START_TEST(rare_words_by_length)
{
	ck_assert_uint_gt(words_per_mib(SLICE("q"), false), words_per_mib(SLICE("qz"), false));
	ck_assert_uint_gt(words_per_mib(SLICE("qzx"), false), words_per_mib(SLICE("qzxqzxq"), false));
	ck_assert_uint_eq(words_per_mib(SLICE("zzzzzzzz"), false), words_per_mib(SLICE("aaaaaaaaaaaa"), false));
}
END_TEST

static Suite *make_frequent(void)
{
	Suite *suite = suite_create("detect: frequent words");
	TCase *tc = tcase_create("frequent words");

	tcase_add_test(tc, whole_words);
	tcase_add_test(tc, beginnings_add_up);
	tcase_add_test(tc, rare_words_by_length);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_frequent)
