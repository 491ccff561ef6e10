/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON_STRICT refuses what RFC 8259 refuses: a table of our own, and Nicolas
 * Seriot's JSONTestSuite where it is at hand (PROMTAP_CONFORMANCE names the
 * folder that holds json/test_parsing). The lenient reader must survive both.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "event_log.h"
#include "unit.h"

static const struct json_field everything[] = {
	{ "*", 1 }, { "*.*", 2 }, { "[]", 3 }, { "[][]", 4 }, { "[].*", 5 },
};

static const char *const accepted[] = {
	"0", "-0", "1", "-10", "0.0", "1e5", "1E+05", "-0.1e-0", "1234567890123456789012345678901234567890", "null", "true",
	"false", "\"\"", "[]", "{}", " [ ] ", "\t\r\n{\n}\n", "[0,1,-1]", "[[],[[]]]", "{\"\":0}", "{\"a\":0,\"a\":0}",
	"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\"]", "[\"\\ud800\\udc00\"]", "[\"\\uDBFF\\uDFFF\"]", "[\"\x7f\"]",
	"[\"\xc2\x80\xdf\xbf\"]", "[\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"]",
	"[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", "{\"\xc3\xa9\":\"\xe2\x82\xac\"}", "[\"0123456789abcdef0123456789\xc3\xa9\"]",
};

static const char *const refused[] = {
	/* numbers */
	"[+1]", "[01]", "[-01]", "[00]", "[-]", "[1.]", "[.5]", "[1e]", "[1e+]", "[1.e1]", "[-.1]", "[0x1]", "[1e1.5]",
	"[NaN]", "[Infinity]", "[-Infinity]", "[1_000]", "[1 2]", "[--1]", "[1-2]", "[\xef\xbc\x91]",
	/* literals */
	"[True]", "[nul]", "[nulll]", "[truefalse]", "[undefined]",
	/* containers */
	"[1,]", "[,1]", "[,]", "[1,,2]", "[1 ", "[", "]", "[}", "{]", "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\",1}",
	"{\"a\":}", "{:1}", "{1:1}", "{a:1}", "{'a':1}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{\"a\":1;}",
	"[\"a\":1]", "{\"a\":1", "{\"a", "{\"a\":", "{", "[[]", "[]]", "{}}", "[][]", "[] x", "[]\"", "[1]/**/",
	"[1]//", "[/**/1]", "{\"x\":[1,]}", "{\"x\":{\"y\":[1 2]}}", "{\"x\":{\"y\":{\"z\" 1}}}",
	/* white space is four bytes and no more */
	"[\f]", "[\v]", "[\xc2\xa0]", "[\xe2\x80\x8b]", "\xef\xbb\xbf[]", "\f1",
	/* strings */
	"[\"\t\"]", "[\"\n\"]", "[\"\x1f\"]", "[\"\x01\"]", "[\"a]", "[\"\\\"]", "[\"\\a\"]", "[\"\\0\"]", "[\"\\x41\"]",
	"[\"\\'\"]", "[\"\\U0041\"]", "[\"\\u\"]", "[\"\\u123\"]", "[\"\\u12G4\"]", "[\"\\ud800\"]", "[\"\\udc00\"]",
	"[\"\\ud800\\n\"]", "[\"\\ud800\\u0041\"]", "[\"\\ud800\\ud800\\udc00\"]", "['a']", "[\"a\"\"b\"]", "\"\\\xc3\xa9\"",
	/* UTF-8: stray and missing continuation, overlong, surrogates, beyond U+10FFFF */
	"[\"\x80\"]", "[\"\xbf\"]", "[\"\xc3\"]", "[\"\xe2\x82\"]", "[\"\xf0\x9f\x98\"]", "[\"\xc0\x80\"]", "[\"\xc1\xbf\"]",
	"[\"\xe0\x9f\xbf\"]", "[\"\xed\xa0\x80\"]", "[\"\xf0\x8f\xbf\xbf\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xf5\x80\x80\x80\"]",
	"[\"\xff\"]", "[\"\xc3\\n\"]", "[\"\xe2\x82\x41\"]", "[\"0123456789abcdef\xe9\"]", "{\"\xe9\":1}", "\xe9",
	/* nothing */
	"", " ", "\xef\xbb\xbf",
};

static int run(const struct json_schema *schema, unsigned flags, struct slice doc, bool bytewise)
{
	auto_free size_t *cuts = calloc(doc.len + 1, sizeof(*cuts));
	struct event_log log = { 0 };
	int result;

	ck_assert_ptr_nonnull(cuts);
	for (size_t i = 0; i < doc.len; i++)
		cuts[i] = i;
	result = event_log_run(&log, schema, flags, doc, cuts, bytewise ? doc.len : 0);
	ck_assert_uint_eq(log.broken, 0);
	event_log_done(&log);
	return result;
}

/* The result must not depend on what is wanted, nor on the cuts. */
static bool strict_accepts(struct slice doc)
{
	struct json_schema *all = json_schema_new(everything, ARRAY_SIZE(everything));
	struct json_schema *nothing = json_schema_new(NULL, 0);
	int result = run(all, JSON_STRICT, doc, false);

	ck_assert_int_eq(run(nothing, JSON_STRICT, doc, false), result);
	ck_assert_int_eq(run(all, JSON_STRICT, doc, true), result);
	ck_assert_int_eq(run(nothing, JSON_STRICT, doc, true), result);
	ck_assert_int_eq(run(all, 0, doc, true), run(all, 0, doc, false));
	ck_assert_int_eq(run(nothing, 0, doc, true), run(nothing, 0, doc, false));
	if (result == 0)
		ck_assert_int_eq(run(all, 0, doc, false), 0);
	if (result == 0)
		ck_assert_int_eq(run(nothing, 0, doc, false), 0);
	json_schema_free(all);
	json_schema_free(nothing);
	return result == 0;
}

START_TEST(own_accepted)
{
	ck_assert_msg(strict_accepts(slice_of(accepted[_i])), "refused: %s", accepted[_i]);
}
END_TEST

START_TEST(own_refused)
{
	ck_assert_msg(!strict_accepts(slice_of(refused[_i])), "accepted: %s", refused[_i]);
}
END_TEST

START_TEST(own_with_zero_bytes)
{
	ck_assert(!strict_accepts(SLICE("[\"a\0b\"]")));
	ck_assert(!strict_accepts(SLICE("[]\0")));
	ck_assert(!strict_accepts(SLICE("[1\0]")));
	ck_assert(!strict_accepts(SLICE("\0[]")));
}
END_TEST

static void read_file(const char *path, struct buffer *content)
{
	auto_fclose FILE *file = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	ck_assert_msg(file != NULL, "%s", path);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		ck_assert_int_eq(buffer_append(content, bytes, n), 0);
}

/* The name says what is right: y_ accept, n_ refuse, i_ either. */
static void check_file(const char *folder, const char *name, unsigned *checked)
{
	struct buffer content = { 0 };
	char path[4096];
	bool accepts;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	read_file(path, &content);
	accepts = strict_accepts(content.len > 0 ? buffer_slice(&content) : SLICE(""));
	ck_assert_msg(*name == 'i' || accepts == (*name == 'y'), "%s: %s", name, accepts ? "accepted" : "refused");
	buffer_done(&content);
	++*checked;
}

START_TEST(conformance)
{
	const char *root = getenv("PROMTAP_CONFORMANCE");
	unsigned checked = 0;
	char folder[2048];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "%s/json/test_parsing", root ? root : "../shared/data/conformance");
	dir = opendir(folder);
	if (!dir) {
		(void)fprintf(stderr, "SKIPPED: json conformance: no folder %s (set PROMTAP_CONFORMANCE)\n", folder);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '\0' && entry->d_name[1] == '_')
			check_file(folder, entry->d_name, &checked);
	(void)closedir(dir);
	(void)fprintf(stderr, "json conformance: %u files\n", checked);
	ck_assert_uint_ge(checked, 300);
}
END_TEST

static Suite *strict_suite(void)
{
	Suite *suite = suite_create("json/strict");
	TCase *tcase = tcase_create("strict");

	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, own_accepted, 0, (int)ARRAY_SIZE(accepted));
	tcase_add_loop_test(tcase, own_refused, 0, (int)ARRAY_SIZE(refused));
	tcase_add_test(tcase, own_with_zero_bytes);
	tcase_add_test(tcase, conformance);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(strict_suite)
