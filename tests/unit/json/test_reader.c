/* SPDX-License-Identifier: Apache-2.0 */
/* What is delivered for a document, and that it does not depend on the cuts. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "event_log.h"
#include "unit.h"

static const struct json_field fields[] = {
	{ "model", 1 },
	{ "stream", 2 },
	{ "usage", 3 },
	{ "usage.prompt_tokens", 4 },
	{ "usage.details.cached", 5 },
	{ "choices", 6 },
	{ "choices[]", 7 },
	{ "choices[].delta.content", 8 },
	{ "choices[].tool_calls[].function.name", 9 },
	{ "metadata.*", 10 },
	{ "metadata.user_id", 11 },
	{ "[].model", 12 },
	{ "model", 13 },
	{ "tools[]", 14 },
	{ "grid[][]", 15 },
	{ "any.*.deep", 16 },
	{ "any.special.deep", 17 },
	{ "k\xc3\xa9y", 18 },
	{ "args.**", 19 },
	{ "spec.**.note", 20 },
	{ "spec.title", 21 },
	{ "far[][][][][][]", 22 },
	{ "far.**", 23 },
};

static const struct {
	const char *doc;
	unsigned flags;
	int result;
	const char *log;
} rows[] = {
	/* scalars, and two rows on one path */
	{ "{\"model\":\"gpt\"}", 0, 0, "1:s<gpt> 13:s<gpt> " },
	{ "{\"stream\":true}", 0, 0, "2:t " },
	{ "{\"stream\":false}", 0, 0, "2:f " },
	{ "{\"stream\":null}", 0, 0, "2:0 " },
	{ "{\"stream\":-0.5e+10}", 0, 0, "2:n<-0.5e+10> " },
	{ "{\"stream\":\"\"}", 0, 0, "2:s<> " },
	{ " \r\n\t{ \"stream\" : 12 , \"x\" : 1 } \n", 0, 0, "2:n<12> " },
	{ "{\"stream\":1,\"stream\":2}", 0, 0, "2:n<1> 2:n<2> " },
	/* containers, rows along one another, empty ones */
	{ "{\"usage\":{\"prompt_tokens\":7,\"details\":{\"cached\":2}}}", 0, 0, "3:{ 4:n<7> 5:n<2> 3:} " },
	{ "{\"usage\":{}}", 0, 0, "3:{ 3:} " },
	{ "{\"usage\":[]}", 0, 0, "3:[ 3:] " },
	{ "{\"usage\":[{\"prompt_tokens\":7}]}", 0, 0, "3:[ 3:] " },
	{ "{\"usage\":\"none\"}", 0, 0, "3:s<none> " },
	{ "{\"choices\":[]}", 0, 0, "6:[ 6:] " },
	{ "{\"choices\":{\"x\":[]}}", 0, 0, "6:{ 6:} " },
	/* elements count */
	{ "{\"choices\":[1,\"a\",{\"delta\":{\"content\":\"b\"}},[]]}", 0, 0,
	  "6:[ 7:n<1> 7[1]:s<a> 7[2]:{ 8[2]:s<b> 7[2]:} 7[3]:[ 7[3]:] 6:] " },
	{ "{\"choices\":[{},{\"tool_calls\":[{},{\"function\":{\"name\":\"f\"}}]},{}],\"stream\":1}", 0, 0,
	  "6:[ 7:{ 7:} 7[1]:{ 9[1][1]:s<f> 7[1]:} 7[2]:{ 7[2]:} 6:] 2:n<1> " },
	{ "{\"grid\":[[1,2],[],[3]]}", 0, 0, "15:n<1> 15[0][1]:n<2> 15[2]:n<3> " },
	{ "{\"tools\":[{\"a\":[1,{\"b\":\"]}\\\"\"}]},{\"c\":\"\\\\\"}]}", 0, 0, "14:{ 14:} 14[1]:{ 14[1]:} " },
	{ "[{\"model\":1},[],{\"model\":2}]", 0, 0, "12:n<1> 12[2]:n<2> " },
	/* any key */
	{ "{\"metadata\":{\"user_id\":\"u\",\"x\":1}}", 0, 0, "10:s<u> 11:s<u> 10:n<1> " },
	{ "{\"any\":{\"a\":{\"deep\":1},\"special\":{\"deep\":2}}}", 0, 0, "16:n<1> 16:n<2> 17:n<2> " },
	/* any depth: the place itself, keys and elements below, and what follows anywhere in it */
	{ "{\"args\":\"a\"}", 0, 0, "19:s<a> " },
	{ "{\"args\":{\"a\":\"b\",\"c\":[\"d\",{\"args\":[[\"e\"]]}],\"f\":1},\"g\":\"h\"}", 0, 0,
	  "19:{ 19:s<b> 19:[ 19:s<d> 19[1]:{ 19[1]:[ 19[1]:[ 19[1]:s<e> 19:] 19:] 19:} 19:] 19:n<1> 19:} " },
	{ "{\"spec\":{\"title\":\"t\",\"note\":\"a\",\"p\":[{\"title\":\"u\",\"note\":{\"note\":\"b\",\"x\":\"c\"}}]}}", 0, 0,
	  "21:s<t> 20:s<a> 20:{ 20:s<b> 20:} " },
	{ "{\"far\":[[[[[[ [[[\"x\"]]] ]]]]]]}", 0, 0,
	  "23:[ 23:[ 23:[ 23:[ 23:[ 23:[ 22:[ 23:[ 23:[ 23:[ 23:s<x> 23:] 23:] 22:] 23:] 23:] 23:] 23:] 23:] 23:] 23:] " },
	/* not on a path: inside text, at another depth, a prefix, a longer key */
	{ "{\"x\":\"\\\"model\\\":\\\"gpt\\\"\",\"y\":{\"model\":\"gpt\"}}", 0, 0, "" },
	{ "{\"mode\":1,\"models\":2,\"Model\":3,\"\":4}", 0, 0, "" },
	/* keys and text are unescaped */
	{ "{\"mod\\u0065l\":\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\\u0041\"}", 0, 0,
	  "1:s<a\n\"\\/\b\f\r\tA> 13:s<a\n\"\\/\b\f\r\tA> " },
	{ "{\"k\\u00e9y\":\"\\u20ac\\ud83d\\ude00\"}", 0, 0, "18:s<\xe2\x82\xac\xf0\x9f\x98\x80> " },
	{ "{\"k\xc3\xa9y\":\"\xe2\x82\xac\"}", JSON_STRICT, 0, "18:s<\xe2\x82\xac> " },
	/* forgiven: lone surrogates, raw control characters, bytes that are no UTF-8, a BOM */
	{ "{\"stream\":\"\\ud83dx\"}", 0, 0, "2:s<\xef\xbf\xbdx> " },
	{ "{\"stream\":\"\\ud83d\"}", 0, 0, "2:s<\xef\xbf\xbd> " },
	{ "{\"stream\":\"\\ude00\"}", 0, 0, "2:s<\xef\xbf\xbd> " },
	{ "{\"stream\":\"\\ud83d\\n\"}", 0, 0, "2:s<\xef\xbf\xbd\n> " },
	{ "{\"stream\":\"\\ud83d\\ud83d\\ude00\"}", 0, 0, "2:s<\xef\xbf\xbd\xf0\x9f\x98\x80> " },
	{ "{\"stream\":\"\\ud83d\\u0041\"}", 0, 0, "2:s<\xef\xbf\xbd" "A> " },
	{ "{\"stream\":\"a\tb\x01\xff\xc3\"}", 0, 0, "2:s<a\tb\x01\xff\xc3> " },
	{ "\xef\xbb\xbf{\"stream\":1}", 0, 0, "2:n<1> " },
	/* malformed after something was delivered; what was delivered stands */
	{ "{\"stream\":1,}", 0, -EBADMSG, "2:n<1> " },
	{ "{\"stream\":\"ab\\q\"}", 0, -EBADMSG, "2:s<ab" },
	{ "{\"stream\":\"ab\\u12g4\"}", 0, -EBADMSG, "2:s<ab" },
	{ "{\"stream\":1]", 0, -EBADMSG, "2:n<1> " },
	{ "{\"stream\":01}", 0, -EBADMSG, "2:n<0> " },
	{ "{\"stream\":truth}", 0, -EBADMSG, "" },
	{ "{\"stream\":1}x", 0, -EBADMSG, "2:n<1> " },
	{ "{\"stream\":1}{}", 0, -EBADMSG, "2:n<1> " },
	{ "{\"usage\":{\"x\":[}]}}", 0, -EBADMSG, "3:{ " },
	{ "{\"x\":{\"y\":[}},\"stream\":1}", 0, -EBADMSG, "" },
	{ "data: {\"stream\":1}", 0, -EBADMSG, "" },
	{ "\xef\xbb{}", 0, -EBADMSG, "" },
	/* cut in the middle */
	{ "", 0, -EAGAIN, "" },
	{ " \n", 0, -EAGAIN, "" },
	{ "\xef\xbb\xbf ", 0, -EAGAIN, "" },
	{ "{\"model\":\"gp", 0, -EAGAIN, "1:s<gp13:s<gp" },
	{ "{\"stream\":\"half", 0, -EAGAIN, "2:s<half" },
	{ "{\"stream\":\"ha\\nlf\\", 0, -EAGAIN, "2:s<ha\nlf" },
	{ "{\"stream\":12", 0, -EAGAIN, "" },
	{ "{\"usage\":{\"prompt_tokens\":7,", 0, -EAGAIN, "3:{ 4:n<7> " },
	{ "{\"x\":[[{\"a\":\"b", 0, -EAGAIN, "" },
	/* the document is a scalar: only the end completes a number */
	{ "12", 0, 0, "" },
	{ "1.", 0, -EAGAIN, "" },
	{ "-", 0, -EAGAIN, "" },
	{ "tru", 0, -EAGAIN, "" },
	{ "true", 0, 0, "" },
	{ "\"x\" ", 0, 0, "" },
	/* several documents */
	{ "{\"stream\":1}\n{\"stream\":2}{\"stream\":3}\n", JSON_MANY, 0, "2:n<1> 2:n<2> 2:n<3> " },
	{ "1 true\n\"x\"null\n[]", JSON_MANY, 0, "" },
	{ "{\"stream\":1}\n{\"stre", JSON_MANY, -EAGAIN, "2:n<1> " },
	{ "{\"stream\":1}\n}", JSON_MANY, -EBADMSG, "2:n<1> " },
	{ "12true", JSON_MANY, -EBADMSG, "" },
	{ "01", JSON_MANY, -EBADMSG, "" },
	{ "true{}", JSON_MANY, -EBADMSG, "" },
	{ "\n\n", JSON_MANY, -EAGAIN, "" },
};

static struct json_schema *schema_full(void)
{
	struct json_schema *schema = json_schema_new(fields, ARRAY_SIZE(fields));

	ck_assert_ptr_nonnull(schema);
	return schema;
}

static void check_row(const struct json_schema *schema, size_t row, const size_t *cuts, size_t cuts_count)
{
	struct event_log log = { 0 };
	struct slice doc = slice_of(rows[row].doc);
	int result = event_log_run(&log, schema, rows[row].flags, doc, cuts, cuts_count);
	const char *text = event_log_text(&log);

	ck_assert_msg(result == rows[row].result, "%s: result %d", rows[row].doc, result);
	ck_assert_msg(strcmp(text, rows[row].log) == 0, "%s: %s", rows[row].doc, text);
	ck_assert_msg(log.broken == 0, "%s: first and last", rows[row].doc);
	event_log_done(&log);
}

START_TEST(documents)
{
	struct json_schema *schema = schema_full();

	check_row(schema, (size_t)_i, NULL, 0);
	json_schema_free(schema);
}
END_TEST

/* Cut once at every byte, twice at every two bytes, and into single bytes. */
START_TEST(documents_cut_anywhere)
{
	struct json_schema *schema = schema_full();
	size_t len = strlen(rows[_i].doc), cuts[256];

	ck_assert_uint_lt(len, ARRAY_SIZE(cuts));
	for (size_t first = 0; first <= len; first++) {
		for (size_t second = first; second <= len; second++)
			check_row(schema, (size_t)_i, (size_t[]){ first, second }, 2);
		cuts[first] = first;
	}
	check_row(schema, (size_t)_i, cuts, len);
	json_schema_free(schema);
}
END_TEST

START_TEST(paths_malformed)
{
	static const char *const paths[] = { "", ".", "a.", ".a", "a..b", "a[", "a[0]", "a]b[", "[]a", "a[].[]", "a.[]",
					     "a[][][][][][][]", "**", "**.a", "a.**.**" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct json_field field = { paths[i], 1 };

		ck_assert_msg(!json_schema_new(&field, 1), "%s", paths[i]);
	}
}
END_TEST

START_TEST(schema_of_nothing)
{
	struct json_schema *schema = json_schema_new(NULL, 0);
	struct event_log log = { 0 };

	ck_assert_ptr_nonnull(schema);
	ck_assert_int_eq(event_log_run(&log, schema, 0, SLICE("{\"a\":[1]}"), NULL, 0), 0);
	ck_assert_str_eq(event_log_text(&log), "");
	event_log_done(&log);
	json_schema_free(schema);
}
END_TEST

/* A document of `depth` arrays inside {"x": }, which is on no path, or inside
 * "model", which is. */
static int run_nested(unsigned flags, const char *head, size_t depth, bool close)
{
	struct json_schema *schema = schema_full();
	struct event_log log = { 0 };
	struct buffer doc = { 0 };
	int result;

	ck_assert_int_eq(buffer_append(&doc, head, strlen(head)), 0);
	for (size_t i = 1; i < depth; i++)
		ck_assert_int_eq(buffer_append(&doc, "[", 1), 0);
	for (size_t i = 1; i < depth && close; i++)
		ck_assert_int_eq(buffer_append(&doc, "]", 1), 0);
	if (close)
		ck_assert_int_eq(buffer_append(&doc, "}", 1), 0);
	result = event_log_run(&log, schema, flags, buffer_slice(&doc), NULL, 0);
	event_log_done(&log);
	buffer_done(&doc);
	json_schema_free(schema);
	return result;
}

START_TEST(depth_limit)
{
	static const char *const heads[] = { "{\"x\":", "{\"model\":", "{\"choices\":" };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		for (unsigned flags = 0; flags <= JSON_STRICT; flags += JSON_STRICT) {
			ck_assert_int_eq(run_nested(flags, heads[i], JSON_DEPTH_MAX, true), 0);
			ck_assert_int_eq(run_nested(flags, heads[i], JSON_DEPTH_MAX, false), -EAGAIN);
			ck_assert_int_eq(run_nested(flags, heads[i], JSON_DEPTH_MAX + 1, true), -E2BIG);
			ck_assert_int_eq(run_nested(flags, heads[i], 100000, false), -E2BIG);
		}
}
END_TEST

/* The result for {"stream": NUMBER} with `len` digits, whole or cut. */
static void check_number_length(size_t len, bool cut, const char *expected)
{
	struct json_schema *schema = schema_full();
	struct event_log log = { 0 };
	struct buffer doc = { 0 };
	size_t at = 15;

	ck_assert_int_eq(buffer_printf(&doc, "{\"stream\":%0*d,\"stream\":true}", (int)len, 0), 0);
	doc.data[10] = '1';
	ck_assert_int_eq(event_log_run(&log, schema, 0, buffer_slice(&doc), &at, cut), 0);
	ck_assert_str_eq(event_log_text(&log), expected);
	event_log_done(&log);
	buffer_done(&doc);
	json_schema_free(schema);
}

START_TEST(number_length_limit)
{
	for (int cut = 0; cut <= 1; cut++) {
		check_number_length(64, cut,
				    "2:n<1000000000000000000000000000000000000000000000000000000000000000> 2:t ");
		check_number_length(65, cut, "2:t ");
		check_number_length(5000, cut, "2:t ");
	}
}
END_TEST

/* Whether "metadata.*", or "args.**", sees a key of `len` bytes. */
static bool key_seen(const char *at_key, const char *log_text, size_t len, const char *byte, bool cut)
{
	struct json_schema *schema = schema_full();
	struct event_log log = { 0 };
	struct buffer doc = { 0 };
	size_t at = 20;
	bool seen;

	ck_assert_int_eq(buffer_printf(&doc, "{\"%s\":{\"", at_key), 0);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(buffer_append(&doc, byte, strlen(byte)), 0);
	ck_assert_int_eq(buffer_printf(&doc, "\":1}}"), 0);
	ck_assert_int_eq(event_log_run(&log, schema, 0, buffer_slice(&doc), &at, cut), 0);
	seen = strcmp(event_log_text(&log), log_text) == 0;
	event_log_done(&log);
	buffer_done(&doc);
	json_schema_free(schema);
	return seen;
}

START_TEST(key_length_limit)
{
	for (int cut = 0; cut <= 1; cut++)
		for (int escaped = 0; escaped <= 1; escaped++) {
			const char *byte = escaped ? "\\n" : "k";

			ck_assert(key_seen("metadata", "10:n<1> ", 256, byte, cut));
			ck_assert(!key_seen("metadata", "10:n<1> ", 257, byte, cut));
			ck_assert(!key_seen("metadata", "10:n<1> ", 5000, byte, cut));
			ck_assert(key_seen("args", "19:{ 19:n<1> 19:} ", 256, byte, cut));
			ck_assert(key_seen("args", "19:{ 19:n<1> 19:} ", 257, byte, cut));
			ck_assert(key_seen("args", "19:{ 19:n<1> 19:} ", 5000, byte, cut));
		}
}
END_TEST

/* Long text is lent as it stands; escapes do not become a piece each. */
START_TEST(pieces_are_few)
{
	struct json_schema *schema = schema_full();
	struct buffer doc = { 0 };
	struct event_log log = { 0 };

	ck_assert_int_eq(buffer_printf(&doc, "{\"stream\":\"%0*d\"}", 100000, 0), 0);
	ck_assert_int_eq(event_log_run(&log, schema, 0, buffer_slice(&doc), NULL, 0), 0);
	ck_assert_uint_eq(log.pieces, 1);
	event_log_done(&log);
	log = (struct event_log){ 0 };
	buffer_consume(&doc, doc.len);
	ck_assert_int_eq(buffer_printf(&doc, "{\"stream\":\""), 0);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(buffer_printf(&doc, "\\n%u\\u00e4", i), 0);
	ck_assert_int_eq(buffer_printf(&doc, "\"}"), 0);
	ck_assert_int_eq(event_log_run(&log, schema, 0, buffer_slice(&doc), NULL, 0), 0);
	ck_assert_uint_lt(log.pieces, 100);
	event_log_done(&log);
	buffer_done(&doc);
	json_schema_free(schema);
}
END_TEST

START_TEST(reset_forgets_everything)
{
	struct json_schema *schema = schema_full();
	struct event_log log = { 0 };
	struct json_reader *reader = json_reader_new(schema, 0, event_log_value, &log);
	static const char *const halves[] = { "{\"choices\":[1,2,\"\\ud83d", "{\"x\":[\"\\", "{]", "{\"usage\":12",
					      "\xef", "{\"choices\":[[1],{\"delta\":{\"content\":\"a\\n" };

	ck_assert_ptr_nonnull(reader);
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		(void)json_reader_feed(reader, halves[i], strlen(halves[i]));
		json_reader_reset(reader, schema);
		event_log_done(&log);
		log = (struct event_log){ 0 };
		ck_assert_int_eq(json_reader_feed(reader, "{\"choices\":[\"b\"]}", 17), 0);
		ck_assert_int_eq(json_reader_finish(reader), 0);
		ck_assert_int_eq(json_reader_finish(reader), 0);
		ck_assert_str_eq(event_log_text(&log), "6:[ 7:s<b> 6:] ");
		json_reader_reset(reader, schema);
	}
	event_log_done(&log);
	json_reader_free(reader);
	json_schema_free(schema);
}
END_TEST

/* A top-level number is completed by the end of the input, once. */
START_TEST(number_at_the_end)
{
	static const struct json_field element = { "[]", 1 };
	struct json_schema *schema = json_schema_new(&element, 1);
	struct event_log log = { 0 };
	struct json_reader *reader = json_reader_new(schema, JSON_STRICT, event_log_value, &log);

	ck_assert_int_eq(json_reader_feed(reader, "12", 2), 0);
	ck_assert_int_eq(json_reader_finish(reader), 0);
	ck_assert_int_eq(json_reader_finish(reader), 0);
	ck_assert_str_eq(event_log_text(&log), "");
	event_log_done(&log);
	json_reader_free(reader);
	json_schema_free(schema);
}
END_TEST

START_TEST(error_stays)
{
	struct json_schema *schema = schema_full();
	struct event_log log = { 0 };
	struct json_reader *reader = json_reader_new(schema, 0, event_log_value, &log);

	ck_assert_int_eq(json_reader_feed(reader, "{]", 2), -EBADMSG);
	ck_assert_int_eq(json_reader_feed(reader, "{\"stream\":1}", 12), -EBADMSG);
	ck_assert_int_eq(json_reader_feed(reader, NULL, 0), -EBADMSG);
	ck_assert_int_eq(json_reader_finish(reader), -EBADMSG);
	ck_assert_str_eq(event_log_text(&log), "");
	event_log_done(&log);
	json_reader_free(reader);
	json_reader_free(NULL);
	json_schema_free(schema);
	json_schema_free(NULL);
}
END_TEST

static Suite *reader_suite(void)
{
	Suite *suite = suite_create("json/reader");
	TCase *tcase = tcase_create("reader");

	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, documents, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, documents_cut_anywhere, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tcase, paths_malformed);
	tcase_add_test(tcase, schema_of_nothing);
	tcase_add_test(tcase, depth_limit);
	tcase_add_test(tcase, number_length_limit);
	tcase_add_test(tcase, key_length_limit);
	tcase_add_test(tcase, pieces_are_few);
	tcase_add_test(tcase, reset_forgets_everything);
	tcase_add_test(tcase, number_at_the_end);
	tcase_add_test(tcase, error_stays);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(reader_suite)
