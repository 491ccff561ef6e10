/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reading.h"

#include "base/cleanup.h"
#include "unit.h"

static const struct {
	enum reading_kind kind;
	double value;
	const char *spelt;
} cases[] = {
	{ READING_LATENCY_P95, 2500.5, "2500.5 ms" }, { READING_LATENCY_P95, 1, "1 ms" },
	{ READING_ERROR_RATE, 0.068181, "6.82 %" },   { READING_COST_PER_REQUEST, 0.015, "0.015 USD" },
	{ READING_DRIFT, 22.2, "22.2 %" },	      { READING_INJECTION, 1, "1 finding" },
	{ READING_INJECTION, 3, "3 findings" },	      { READING_UNCOVERED, 1, "1 process" },
	{ READING_UNCOVERED, 2, "2 processes" },      { READING_MODEL_CHANGE, 1, "1 change" },
};

START_TEST(for_people)
{
	char spelling[READING_SPELLING_BYTES];

	ck_assert_str_eq(reading_spell(cases[_i].kind, cases[_i].value, spelling), cases[_i].spelt);
}
END_TEST

static Suite *make_reading(void)
{
	Suite *suite = suite_create("judge: readings");
	TCase *tc = tcase_create("readings");

	tcase_add_loop_test(tc, for_people, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_reading)
