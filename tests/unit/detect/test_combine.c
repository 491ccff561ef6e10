/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/combine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

/* Bit i of `when`: it holds where exactly the terms of mask i do. */
static const struct {
	const char *text;
	uint8_t terms;
	uint64_t wanted, when;
} good[] = {
	{ "a.b", 1, 1, 0x2 },
	{ "a.b & c.d", 2, 3, 0x8 },
	{ " a.b|c.d ", 2, 3, 0xe },
	{ "a.b & !c.d", 2, 1, 0x2 },
	{ "a.b & !(c.d | e.f)", 3, 1, 0x02 },
	{ "a.b & !!c.d", 2, 3, 0x8 },
	{ "a.b | c.d & e.f", 3, 7, 0xea },
	{ "(a.b | c.d) & e.f", 3, 7, 0xe0 },
	{ "a.b & !c.d & c.d | a.b & a.b", 2, 3, 0xa },
	{ "family:flooding & a.b", 2, 3, 0x8 },
	{ "family:flooding & !family:flooding & a.b", 2, 3, 0 },
};

START_TEST(truth)
{
	struct combine combine;
	const char *problem = NULL;
	size_t at = 0;

	ck_assert_int_eq(combine_parse(good[_i].text, &combine, &problem, &at), 0);
	ck_assert_uint_eq(combine.term_count, good[_i].terms);
	ck_assert_uint_eq(combine.wanted, good[_i].wanted);
	for (uint64_t mask = 0; mask < UINT64_C(1) << combine.term_count; mask++)
		ck_assert_msg(combine_holds(&combine, mask) == (good[_i].when >> mask & 1), "%s: mask %#llx",
			      good[_i].text, (unsigned long long)mask);
}
END_TEST

static const struct {
	const char *text, *says;
	size_t at;
} bad[] = {
	{ "", "lacks a rule", 0 },
	{ "a.b &", "lacks a rule", 5 },
	{ "a.b & | c.d", "lacks a rule", 6 },
	{ "a.b c.d", "operator is due", 4 },
	{ "a.b)", "operator is due", 3 },
	{ "(a.b", "lacks a ')'", 4 },
	{ "(a.b c.d)", "lacks a ')'", 5 },
	{ "a.b & A.B", "lacks a rule", 6 },
	{ "family:floding", "names no family", 0 },
	{ "family:", "lacks a rule", 0 },
	{ "!a.b", "holds where nothing is found", 0 },
	{ "a.b | !c.d", "holds where nothing is found", 0 },
	{ "((((((((((((((((( a.b", "nested too deep", 16 },
	{ "!!!!!!!!!!!!!!!!!!a.b", "nested too deep", 16 },
};

START_TEST(refused)
{
	struct combine combine;
	const char *problem = NULL;
	size_t at = SIZE_MAX;

	ck_assert_int_eq(combine_parse(bad[_i].text, &combine, &problem, &at), -EINVAL);
	ck_assert_msg(strstr(problem, bad[_i].says) && strchr(problem, ';'), "%s: %s", bad[_i].text, problem);
	ck_assert_uint_eq(at, bad[_i].at);
}
END_TEST

/* "a0 | a1 | ..." */
static int parse_terms(unsigned int terms, unsigned int names, struct combine *combine, const char **problem)
{
	static char text[8192];
	size_t len = 0, at;

	for (unsigned int i = 0; i < terms; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%sa%u", i > 0 ? " | " : "", i % names);
	return combine_parse(text, combine, problem, &at);
}

START_TEST(limits)
{
	struct combine combine;
	const char *problem = NULL;

	ck_assert_int_eq(parse_terms(COMBINE_TERMS_MAX, COMBINE_TERMS_MAX, &combine, &problem), 0);
	ck_assert(combine_holds(&combine, UINT64_C(1) << 63));
	ck_assert_int_eq(parse_terms(COMBINE_TERMS_MAX + 1, COMBINE_TERMS_MAX + 1, &combine, &problem), -EINVAL);
	ck_assert_ptr_nonnull(strstr(problem, "over 64 rules"));
	ck_assert_int_eq(parse_terms(96, 2, &combine, &problem), 0);
	ck_assert_int_eq(parse_terms(97, 2, &combine, &problem), -EINVAL);
	ck_assert_ptr_nonnull(strstr(problem, "too long"));
}
END_TEST

/* Each level holds back an operand of '|' and one of '&': the deepest stack there is. */
START_TEST(deepest_stack)
{
	struct combine combine;
	const char *problem = NULL;
	char text[512] = "";
	size_t at;

	for (int i = 0; i < COMBINE_DEPTH_MAX; i++)
		strcat(text, "x|y&(");
	strcat(text, "x|y&z");
	for (int i = 0; i < COMBINE_DEPTH_MAX; i++)
		strcat(text, ")");
	ck_assert_int_eq(combine_parse(text, &combine, &problem, &at), 0);
	ck_assert(!combine_holds(&combine, 0x4));
	ck_assert(!combine_holds(&combine, 0x2));
	ck_assert(combine_holds(&combine, 0x6));
	ck_assert(combine_holds(&combine, 0x1));
}
END_TEST

static Suite *make_combine(void)
{
	Suite *suite = suite_create("detect: combine");
	TCase *tc = tcase_create("combine");

	tcase_add_loop_test(tc, truth, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, refused, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, limits);
	tcase_add_test(tc, deepest_stack);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_combine)
