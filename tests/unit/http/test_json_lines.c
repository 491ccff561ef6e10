/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON, and elements of a JSON array: each stream cut at every byte. */
#include "base/cleanup.h"
#include "framed.h"
#include "unit.h"

struct stream_case {
	const char *stream, *messages;
};

static const struct stream_case lines[] = {
	{ "", "" },
	{ "{}\n", "{}[]" },
	{ "{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}[]{\"b\":2}[]" },
	{ "{\"a\":1}\r\n{\"b\":2}\r\n", "{\"a\":1}[]{\"b\":2}[]" },
	{ "{}\n\n\r\n \t\n{}", "{}[]{}[]" },
	{ "  {} \n", "{} []" },
	{ "{}", "{}[]" },
	{ "{}\r", "{}[]" },
	{ "\r\r\n\n", "" },
	{ "a\rb\n", "a\rb[]" },
	{ "a\r\r\nb", "a\r[]b[]" },
	{ "1\n\"x\"\nnull\n", "1[]\"x\"[]null[]" },
};

START_TEST(lines_cut_anywhere)
{
	framed_expect(&framing_ndjson, slice_of(lines[_i].stream), lines[_i].messages);
}
END_TEST

static const struct {
	const char *before, *behind, *messages;
} gaps_in_lines[] = {
	{ "{\"a\":", "1}\n{}\n", "{\"a\":[]{}[]" },	/* the rest of a line is none */
	{ "{\"a\":1}\n", "{}\n", "{\"a\":1}[]{}[]" },	/* whole lines are missing */
	{ "{\"a\":1", "\n{}\n", "{\"a\":1[]{}[]" },
	{ "{\"a\":1}\r", "\n{}\n", "{\"a\":1}[]{}[]" },
	{ "", "\"b\"}\n", "" },
	{ "", "\"b\"}", "" },
	{ "{}\n", "", "{}[]" },
};

static void with_gap(const struct framing_ops *ops, const char *before, const char *behind, const char *expected)
{
	size_t len = strlen(behind);

	for (size_t cut = 0; cut <= len; cut++) {
		struct framed f;

		framed_init(&f, ops);
		framed_feed(&f, slice_of(before));
		framed_gap(&f);
		framed_feed(&f, (struct slice){ behind, cut });
		framed_feed(&f, (struct slice){ behind + cut, len - cut });
		framed_done(&f, expected);
	}
}

START_TEST(lines_with_gaps)
{
	with_gap(&framing_ndjson, gaps_in_lines[_i].before, gaps_in_lines[_i].behind, gaps_in_lines[_i].messages);
}
END_TEST

static const struct stream_case arrays[] = {
	{ "", "" },
	{ "[]", "" },
	{ " \r\n[ \n]\n", "" },
	{ "[{}]", "{}[]" },
	{ "[{\n  \"a\": [1, {\"b\": 2}]\n}\n,\r\n{\"c\": 3}\n]\n",
	  "{\n  \"a\": [1, {\"b\": 2}]\n}[]{\"c\": 3}[]" },
	{ "[{\"a\":\"]},{[\"},{\"b\":\"\\\"}]\\\\\"},{}]", "{\"a\":\"]},{[\"}[]{\"b\":\"\\\"}]\\\\\"}[]{}[]" },
	{ "[{\"a\":\"\\\\\\\"\"}]", "{\"a\":\"\\\\\\\"\"}[]" },
	{ "[[1,[2]],[]]", "[1,[2]][][][]" },
	{ "[1,-2.5e3 , true,null]", "1[]-2.5e3[]true[]null[]" },
	{ "[\"a,]\",\"\\\"\",\"\"]", "\"a,]\"[]\"\\\"\"[]\"\"[]" },
	{ "[{}] {} garbage", "{}[]" },
	/* cut off */
	{ "[{\"a\":1}", "{\"a\":1}[]" },
	{ "[{\"a\":\"x\\", "{\"a\":\"x\\[]" },
	{ "[12", "12[]" },
	{ "[\"a", "\"a[]" },
	/* no array */
	{ "{\"error\":[{}]}\n", "{\"error\":[{}]}\n[]" },
	{ "  text", "text[]" },
	/* no JSON */
	{ "[}]", "}[]" },
	{ "[{]]", "{][]" },
	{ "[,,1,,]", "1[]" },
};

START_TEST(arrays_cut_anywhere)
{
	framed_expect(&framing_json_array, slice_of(arrays[_i].stream), arrays[_i].messages);
}
END_TEST

static const struct {
	const char *before, *behind, *messages;
} gaps_in_arrays[] = {
	{ "[{\"a\":", "1}\n,\r\n{\"b\":2}\n]", "{\"a\":[]{\"b\":2}[]" },
	{ "[{\"a\":1}\n", ",\r\n{\"b\":2}\n]", "{\"a\":1}[]{\"b\":2}[]" },
	{ "[{\"a\":1}\n", "x\"}, {\n  {}\n}\n]", "{\"a\":1}[]" },	/* indented: within an element */
	{ "[{\"a\":\"\\", "\"}\n{}]", "{\"a\":\"\\[]{}[]" },
	{ "", "}\n,\n{}]", "{}[]" },
	{ "[{}]", "\n{}", "{}[]" },
	{ "{\"a\":1", "\n{}", "{\"a\":1[]" },
};

START_TEST(arrays_with_gaps)
{
	with_gap(&framing_json_array, gaps_in_arrays[_i].before, gaps_in_arrays[_i].behind,
		 gaps_in_arrays[_i].messages);
}
END_TEST

/* Escapes are found one by one, the string's end is not looked for each time. */
START_TEST(string_of_4_mib_of_escapes)
{
	struct framed f;
	size_t len = 4 * 1024 * 1024;
	auto_free char *text = malloc(len);

	memset(text, '\\', len);
	framed_init(&f, &framing_json_array);
	framed_feed(&f, SLICE("[\""));
	framed_feed(&f, (struct slice){ text, len });
	framed_feed(&f, SLICE("\",1]"));
	ck_assert_uint_gt(f.text.len, len);
	buffer_consume(&f.text, len + 1);
	framed_done(&f, "\"[]1[]");
}
END_TEST

START_TEST(deep)
{
	struct framed f;
	char open[1000], close[1000];

	memset(open, '[', sizeof(open));
	memset(close, ']', sizeof(close));
	framed_init(&f, &framing_json_array);
	for (size_t i = 0; i < 1000; i++)
		framed_feed(&f, (struct slice){ open, sizeof(open) });
	for (size_t i = 0; i < 1000; i++)
		framed_feed(&f, (struct slice){ close, sizeof(close) });
	ck_assert_uint_eq(f.text.len, 2 * (sizeof(open) * 1000 - 1) + strlen("[]"));
	buffer_consume(&f.text, f.text.len - 3);
	framed_done(&f, "][]");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("json_lines");
	TCase *line = tcase_create("lines"), *array = tcase_create("array");

	tcase_add_loop_test(line, lines_cut_anywhere, 0, ARRAY_SIZE(lines));
	tcase_add_loop_test(line, lines_with_gaps, 0, ARRAY_SIZE(gaps_in_lines));
	suite_add_tcase(suite, line);
	tcase_add_loop_test(array, arrays_cut_anywhere, 0, ARRAY_SIZE(arrays));
	tcase_add_loop_test(array, arrays_with_gaps, 0, ARRAY_SIZE(gaps_in_arrays));
	tcase_add_test(array, string_of_4_mib_of_escapes);
	tcase_add_test(array, deep);
	suite_add_tcase(suite, array);
	return suite;
}
UNIT_SUITE(make)
