/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pairs.h"

#include <errno.h>

#include "unit.h"

START_TEST(test_pairs)
{
	struct slice text = SLICE(" a = 1 ,,b=x=y, ");
	struct pair_of_text pair;

	ck_assert_int_eq(pairs_next(&text, &pair), 1);
	ck_assert(slice_eq(pair.key, SLICE("a")) && slice_eq(pair.value, SLICE("1")));
	ck_assert_int_eq(pairs_next(&text, &pair), 1);
	ck_assert(slice_eq(pair.key, SLICE("b")) && slice_eq(pair.value, SLICE("x=y")));
	ck_assert_int_eq(pairs_next(&text, &pair), 0);
	ck_assert_int_eq(pairs_next(&text, &pair), 0);
}
END_TEST

START_TEST(test_malformed)
{
	static const char *const texts[] = { "a", "a=1,b", "=1", "a=", " = " };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct slice text = slice_of(texts[i]);
		struct pair_of_text pair;
		int more;

		while ((more = pairs_next(&text, &pair)) > 0)
			continue;
		ck_assert_int_eq(more, -EINVAL);
	}
}
END_TEST

static Suite *make_pairs(void)
{
	Suite *s = suite_create("base: pairs");
	TCase *tcase = tcase_create("pairs");

	tcase_add_test(tcase, test_pairs);
	tcase_add_test(tcase, test_malformed);
	suite_add_tcase(s, tcase);
	return s;
}
UNIT_SUITE(make_pairs)
