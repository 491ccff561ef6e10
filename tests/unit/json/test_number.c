/* SPDX-License-Identifier: Apache-2.0 */
/* What the text of a number is worth. */
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"
#include "unit.h"

static struct json_value number(const char *text)
{
	return (struct json_value){ .type = JSON_NUMBER, .text = text, .len = strlen(text) };
}

static const struct {
	const char *text;
	bool whole;
	uint64_t value;
} rows[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "0.000e99999999999", true, 0 },
	{ "-0.0e-5", true, 0 },
	{ "7", true, 7 },
	{ "12.0", true, 12 },
	{ "1.2e1", true, 12 },
	{ "1.20E+1", true, 12 },
	{ "120e-1", true, 12 },
	{ "0.012e3", true, 12 },
	{ "1e19", true, 10000000000000000000ull },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "18446744073709551615.000", true, UINT64_MAX },
	{ "1.8446744073709551615e19", true, UINT64_MAX },
	{ "100000000000000000000000000000e-29", true, 1 },
	{ "0.00000000000000000000000000001e29", true, 1 },
	{ "18446744073709551616", false, 0 },
	{ "2e19", false, 0 },
	{ "1e20", false, 0 },
	{ "1e999999999999999999", false, 0 },
	{ "1e-999999999999999999", false, 0 },
	{ "99999999999999999999999999999999999999999999999999999999999999999", false, 0 },
	{ "12.5", false, 0 },
	{ "1e-1", false, 0 },
	{ "-1", false, 0 },
	{ "-1e5", false, 0 },
};

START_TEST(whole_numbers)
{
	struct json_value value = number(rows[_i].text);
	uint64_t result = 4711;

	ck_assert_msg(json_value_u64(&value, &result) == rows[_i].whole, "%s", rows[_i].text);
	ck_assert_msg(result == (rows[_i].whole ? rows[_i].value : 4711), "%s", rows[_i].text);
}
END_TEST

START_TEST(not_numbers)
{
	static const enum json_type types[] = { JSON_NULL, JSON_TRUE, JSON_STRING, JSON_OBJECT, JSON_ARRAY };
	double real = 1;
	uint64_t whole = 1;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct json_value value = { .type = types[i], .text = types[i] == JSON_STRING ? "12" : NULL, .len = 2 };

		ck_assert(!json_value_u64(&value, &whole));
		ck_assert(!json_value_double(&value, &real));
	}
	ck_assert_uint_eq(whole, 1);
	ck_assert_double_eq(real, 1);
}
END_TEST

START_TEST(real_numbers)
{
	static const struct {
		const char *text;
		double value;
	} reals[] = { { "0.7", 0.7 }, { "-1.5e-3", -0.0015 }, { "1e308", 1e308 }, { "1e-400", 0 }, { "12", 12 } };
	double real = 1;

	for (size_t i = 0; i < ARRAY_SIZE(reals); i++) {
		struct json_value value = number(reals[i].text);

		ck_assert(json_value_double(&value, &real));
		ck_assert_double_eq(real, reals[i].value);
	}
	ck_assert(!json_value_double(&(struct json_value){ .type = JSON_NUMBER, .text = "1e309", .len = 5 }, &real));
	ck_assert_double_eq(real, 12);
}
END_TEST

/* The text is not terminated: what follows it is not part of the number. */
START_TEST(length_counts)
{
	struct json_value value = { .type = JSON_NUMBER, .text = "1234", .len = 2 };
	uint64_t whole = 0;
	double real = 0;

	ck_assert(json_value_u64(&value, &whole));
	ck_assert_uint_eq(whole, 12);
	ck_assert(json_value_double(&value, &real));
	ck_assert_double_eq(real, 12);
}
END_TEST

static Suite *number_suite(void)
{
	Suite *suite = suite_create("json/number");
	TCase *tcase = tcase_create("number");

	tcase_add_loop_test(tcase, whole_numbers, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tcase, not_numbers);
	tcase_add_test(tcase, real_numbers);
	tcase_add_test(tcase, length_counts);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(number_suite)
