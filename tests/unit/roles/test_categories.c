/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge takes for an attack is what the detector does: the two stages do not know each other. */
#include <string.h>

#include "detect/family.h"
#include "judge/held.h"
#include "unit.h"

static bool is_judged(const char *family)
{
	for (size_t i = HELD_SECRET + 1; i < HELD_CATEGORIES_MAX && held_category_names[i]; i++)
		if (strcmp(held_category_names[i], family) == 0)
			return true;
	return false;
}

START_TEST(attacks_are_the_same_to_detector_and_judge)
{
	size_t attacks = 0, names = HELD_SECRET + 1;

	for (int family = 0; family < FAMILY_MAX; family++) {
		attacks += families[family].attack;
		ck_assert_msg(families[family].attack == is_judged(families[family].name), "%s", families[family].name);
	}
	while (names < HELD_CATEGORIES_MAX && held_category_names[names])
		names++;
	ck_assert_uint_eq(names - HELD_SECRET - 1, attacks);
	ck_assert_str_eq(held_category_names[HELD_SECRET], families[FAMILY_SECRET].name);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("categories");
	TCase *tests = tcase_create("categories");

	tcase_add_test(tests, attacks_are_the_same_to_detector_and_judge);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
