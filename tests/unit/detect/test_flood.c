/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/flood.h"

#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

static const struct {
	const char *unit;
	size_t times, before, behind;
	bool found;
} cases[] = {
	{ "again ", FLOOD_REPEATS, 0, 0, true },	{ "again ", FLOOD_REPEATS / 2, 0, 0, false },
	{ "\xe5\xbf\xbd ", 300, 0, 0, true },		{ "no thing here\n", 300, 100, 900, true },
	{ "again ", 300, 1500, 200, true },		{ "- ", 500, 0, 0, false },
	{ "  ", 500, 0, 0, false },			{ "ab", 500, 0, 0, false },
	{ "", 1, 0, 0, false },				{ "a ", 250, 0, 0, true },
};

/* The text has its exact size, so that a read past its end is seen. */
START_TEST(flood)
{
	size_t len = strlen(cases[_i].unit), bytes = cases[_i].before + len * cases[_i].times + cases[_i].behind;
	auto_free char *text = malloc(bytes + (bytes == 0));
	uint32_t start = 0, end = 0;
	bool found;

	for (size_t i = 0; i < bytes; i++)
		text[i] = (char)('!' + i * i % 89);
	for (size_t i = 0; i < cases[_i].times; i++)
		memcpy(text + cases[_i].before + i * len, cases[_i].unit, len);
	found = flood_find((struct slice){ text, bytes }, &start, &end);
	ck_assert(found == cases[_i].found);
	if (!found)
		return;
	ck_assert_uint_le(start, cases[_i].before + len);
	ck_assert_uint_ge(end, cases[_i].before + len * (cases[_i].times - 1));
	ck_assert_uint_le(end, bytes);
}
END_TEST

static Suite *make_flood(void)
{
	Suite *suite = suite_create("detect: flood");
	TCase *tc = tcase_create("flood");

	tcase_add_loop_test(tc, flood, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_flood)
