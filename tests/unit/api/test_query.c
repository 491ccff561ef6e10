/* SPDX-License-Identifier: Apache-2.0 */
/* Queries and bodies: what is taken, and that nothing else is. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "api/body.h"
#include "api/query.h"
#include "base/cleanup.h"
#include "unit.h"

#define ALL (PARAM_BIT(PARAM_MAX) - 1)

static struct query query;
static char problem[256];

static int parse(const char *text)
{
	return query_parse(text, ALL, &query, problem);
}

START_TEST(nothing_asked_is_the_first_page)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_uint_eq(query.limit, LIMIT_DEFAULT);
	ck_assert_uint_eq(query.offset, 0);
	ck_assert_str_eq(query.service, "");
	ck_assert_int_eq(query.since_unix_ns, INT64_MIN);
}
END_TEST

START_TEST(parameters_are_taken)
{
	ck_assert_int_eq(parse("limit=500&offset=7&service=a+b%2Fc%26&model=gpt%2d4o&provider=x&since=1970-01-01T00:00:01Z&"), 0);
	ck_assert_uint_eq(query.limit, 500);
	ck_assert_uint_eq(query.offset, 7);
	ck_assert_str_eq(query.service, "a b/c&");
	ck_assert_str_eq(query.model, "gpt-4o");
	ck_assert_str_eq(query.provider, "x");
	ck_assert_int_eq(query.since_unix_ns, 1000000000);
	ck_assert_int_eq(parse("since=1970-01-01T01:00:01%2B01:00"), 0);
	ck_assert_int_eq(query.since_unix_ns, 1000000000);
}
END_TEST

START_TEST(other_queries_are_refused)
{
	static const char *const bad[] = { "x", "x=1", "limit", "limit=", "limit=0", "limit=501", "limit=+1", "limit=1.0", "limit=0x1",
					   "limit=99999999999999999999", "offset=-1", "limit=1&limit=1", "&limit=1", "limit=1&&offset=1",
					   "model=", "model=%", "model=%4", "model=%g0", "model=%0", "model=%00", "LIMIT=1", "l%69mit=1",
					   "since=", "since=now", "since=2026-02-30T00:00:00Z", "=", "=1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		problem[0] = '\0';
		ck_assert_msg(parse(bad[i]) == -EINVAL, "%s", bad[i]);
		ck_assert_str_ne(problem, "");
	}
	ck_assert_int_eq(query_parse("service=x", ALL & ~PARAM_BIT(PARAM_SERVICE), &query, problem), -EINVAL);
}
END_TEST

START_TEST(names_have_128_characters)
{
	char text[8 + 6 * 129 + 1] = "service=";

	for (int i = 0; i < 128; i++)
		(void)strcat(text, "%C3%A9");
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(strlen(query.service), 256);
	(void)strcat(text, "x");
	ck_assert_int_eq(parse(text), -EINVAL);
}
END_TEST

/* ---- bodies ---- */

static char by[8], reason[16];
static const struct body_member members[] = { { "by", by, sizeof(by), true }, { "reason", reason, sizeof(reason), false } };

static int read_body(const char *text)
{
	return body_read(slice_of(text), members, ARRAY_SIZE(members), problem);
}

START_TEST(members_are_taken)
{
	ck_assert_int_eq(read_body(" {\"reason\":\"\\u0061 \\\"b\\\"\", \"by\":\"1234567\"}\n"), 0);
	ck_assert_str_eq(by, "1234567");
	ck_assert_str_eq(reason, "a \"b\"");
	ck_assert_int_eq(read_body("{\"by\":\"x\"}"), 0);
	ck_assert_str_eq(by, "x");
	ck_assert_str_eq(reason, "");
}
END_TEST

START_TEST(other_bodies_are_refused)
{
	static const char *const bad[] = {
		"", " ", "{", "{}", "[]", "null", "1", "\"by\"", "[{\"by\":\"x\"}]", "{\"by\":\"\"}", "{\"by\":1}", "{\"by\":null}",
		"{\"by\":[\"x\"]}", "{\"by\":{\"by\":\"x\"}}", "{\"by\":\"12345678\"}", "{\"by\":\"x\",\"by\":\"x\"}",
		"{\"by\":\"x\",\"no\":\"x\"}", "{\"by\":\"x\",\"no\":{\"by\":\"x\"}}", "{\"by\":\"x\",\"no\":[1,2]}", "{\"by\":\"x\"}{}",
		"{\"by\":\"x\"},", "{\"by\":\"\\u0000\"}", "{\"by\":\"\\n\"}", "{\"by\":\"\xc3\"}", "{\"by\":\"\\ud800\"}", "{'by':'x'}",
		"{\"by\":\"x\",}", "{\"By\":\"x\"}", "{\"reason\":\"x\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		problem[0] = '\0';
		ck_assert_msg(read_body(bad[i]) == -EINVAL, "%s", bad[i]);
		ck_assert_str_ne(problem, "");
	}
}
END_TEST

START_TEST(a_cut_body_is_none)
{
	static const char body[] = "{\"reason\":\"a\\u00e9b\",\"by\":\"me\"}";

	for (size_t len = 0; len < sizeof(body) - 1; len++)
		ck_assert_msg(body_read((struct slice){ body, len }, members, ARRAY_SIZE(members), problem) == -EINVAL, "%zu", len);
	ck_assert_int_eq(read_body(body), 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("query");
	TCase *tcase = tcase_create("input");

	tcase_add_test(tcase, nothing_asked_is_the_first_page);
	tcase_add_test(tcase, parameters_are_taken);
	tcase_add_test(tcase, other_queries_are_refused);
	tcase_add_test(tcase, names_have_128_characters);
	tcase_add_test(tcase, members_are_taken);
	tcase_add_test(tcase, other_bodies_are_refused);
	tcase_add_test(tcase, a_cut_body_is_none);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
