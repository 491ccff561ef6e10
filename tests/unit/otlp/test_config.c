/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "otlp/headers.h"
#include "unit.h"

/* ---- headers -------------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *lines[3];	/* none: it is refused */
} texts[] = {
	{ "x-scope-orgid=team", { "x-scope-orgid: team" } },
	{ "authorization=Bearer%20abc.def==,x=1", { "authorization: Bearer abc.def==", "x: 1" } },
	{ " a = b , , c=d%2Ce%25 ", { "a: b", "c: d,e%" } },
	{ "a", { 0 } },
	{ "=b", { 0 } },
	{ "a=", { 0 } },
	{ "a b=c", { 0 } },
	{ "a:b=c", { 0 } },
	{ "a=b%0d%0aX: y", { 0 } },
	{ "a=b%00", { 0 } },
	{ "a=b%", { 0 } },
	{ "a=b%2", { 0 } },
	{ "a=b%2g", { 0 } },
	{ "a=b\x7f", { 0 } },
	{ "Host=x", { 0 } },
	{ "content-TYPE=x", { 0 } },
	{ "transfer-encoding=chunked", { 0 } },
};

START_TEST(headers_of_a_text)
{
	struct headers headers = { 0 };
	char problem[FIELD_PROBLEM_BYTES] = "";
	size_t count = 0;

	while (count < 3 && texts[_i].lines[count])
		count++;
	ck_assert_int_eq(headers_are_right(texts[_i].text, problem), count > 0);
	ck_assert_int_eq(headers_add(&headers, texts[_i].text), count > 0 ? 0 : -EINVAL);
	if (count > 0)
		ck_assert_uint_eq(headers.count, count);
	else
		ck_assert_ptr_nonnull(strstr(problem, "header 1 "));
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(headers.lines[i], texts[_i].lines[i]);
	headers_done(&headers);
}
END_TEST

START_TEST(nothing_of_a_value_is_said)
{
	char problem[FIELD_PROBLEM_BYTES];

	ck_assert(!headers_are_right("x=1,top-of-secrets", problem));
	ck_assert_ptr_nonnull(strstr(problem, "header 2 "));
	ck_assert_ptr_null(strstr(problem, "secrets"));
	ck_assert(!headers_are_right("x=topsecret%", problem));
	ck_assert_ptr_null(strstr(problem, "topsecret"));
}
END_TEST

START_TEST(headers_are_bounded)
{
	char text[16384] = "", problem[FIELD_PROBLEM_BYTES], *huge = malloc(2 * HEADER_BYTES_MAX);
	struct headers headers = { 0 };

	for (int i = 0; i < HEADERS_MAX; i++)
		(void)strcat(text, "a=b,");
	ck_assert(headers_are_right(text, problem));
	ck_assert_int_eq(headers_add(&headers, text), 0);
	ck_assert_int_eq(headers_add(&headers, text), 0);
	(void)strcat(text, "a=b");
	ck_assert(!headers_are_right(text, problem));
	headers_done(&headers);
	memset(huge, 'x', 2 * HEADER_BYTES_MAX);
	huge[1] = '=';
	huge[2 * HEADER_BYTES_MAX - 1] = '\0';
	ck_assert(!headers_are_right(huge, problem));
	huge[HEADER_BYTES_MAX - 2] = '\0';	/* with ": " in the place of "=" */
	ck_assert(headers_are_right(huge, problem));
	free(huge);
}
END_TEST

/* ---- the section ----------------------------------------------------------------------------------------- */

static const struct {
	const char *endpoint, *secret;
	bool allow_plain, right;
} sections[] = {
	{ NULL, NULL, false, true },
	{ "https://collector.example.org:4318", NULL, false, true },
	{ "https://collector.example.org", "a=b", false, true },
	{ "http://127.0.0.1:4318", NULL, false, true },
	{ "http://localhost:4318", "a=b", false, true },
	{ "http://[::1]:4318", NULL, false, true },
	{ "http://collector:4318", NULL, false, false },
	{ "http://collector:4318", NULL, true, true },
	{ "http://collector:4318", "a=b", true, false },
	{ "https://collector.example.org", "nonsense", false, false },
	{ "https://collector.example.org", "not-read", false, true },	/* what stands for a secret that is not there */
};

START_TEST(sections_that_are_right)
{
	struct otlp_config config = { .endpoint = (char *)(uintptr_t)sections[_i].endpoint,
				      .secret_headers = (char *)(uintptr_t)sections[_i].secret,
				      .allow_plain = sections[_i].allow_plain };
	char problem[FIELD_PROBLEM_BYTES] = "";

	ck_assert_int_eq(otlp_schema.check(&config, problem), sections[_i].right);
	ck_assert_int_eq(problem[0] == '\0', sections[_i].right);
}
END_TEST

static const struct {
	const char *text;
	bool right;
} endpoints[] = {
	{ "https://collector.example.org:4318", true },
	{ "HTTP://127.0.0.1", true },
	{ "https://gateway.example.org/otlp/", true },
	{ "collector:4318", false },
	{ "grpc://collector:4317", false },
	{ "https://", false },
	{ "https://user:word@collector.example.org", false },
	{ "https://collector.example.org/?key=1", false },
	{ "https://collector.example.org/#x", false },
	{ "https://collector.example.org/a b", false },
};

START_TEST(endpoints_that_are_right)
{
	const struct field *field = &otlp_schema.fields[0];
	char problem[FIELD_PROBLEM_BYTES];

	ck_assert_str_eq(field->name, "endpoint");
	ck_assert_int_eq(field->check(endpoints[_i].text, problem), endpoints[_i].right);
}
END_TEST

START_TEST(where_traces_go)
{
	char url[OTLP_URL_BYTES];

	otlp_url("https://c.example.org:4318", url);
	ck_assert_str_eq(url, "https://c.example.org:4318/v1/traces");
	otlp_url("https://c.example.org/otlp//", url);
	ck_assert_str_eq(url, "https://c.example.org/otlp/v1/traces");
	otlp_url("https://c.example.org/otlp/v1/traces", url);
	ck_assert_str_eq(url, "https://c.example.org/otlp/v1/traces");
	otlp_url("https://c.example.org/v1/traces/", url);
	ck_assert_str_eq(url, "https://c.example.org/v1/traces");
}
END_TEST

static Suite *make_otlp_config(void)
{
	Suite *suite = suite_create("otlp: configuration");
	TCase *tc = tcase_create("configuration");

	tcase_add_loop_test(tc, headers_of_a_text, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, nothing_of_a_value_is_said);
	tcase_add_test(tc, headers_are_bounded);
	tcase_add_loop_test(tc, sections_that_are_right, 0, ARRAY_SIZE(sections));
	tcase_add_loop_test(tc, endpoints_that_are_right, 0, ARRAY_SIZE(endpoints));
	tcase_add_test(tc, where_traces_go);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_otlp_config)
