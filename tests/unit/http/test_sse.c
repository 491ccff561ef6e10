/* SPDX-License-Identifier: Apache-2.0 */
/* Event framing: each stream cut at every byte, and long lines. */
#include "base/cleanup.h"
#include "framed.h"
#include "unit.h"

static const struct {
	const char *stream, *events;
} cases[] = {
	{ "", "" },
	{ "\n\n\n", "" },
	{ "data: a\n\n", "a[]" },
	{ "data:a\n\n", "a[]" },
	{ "data:  a\n\n", " a[]" },
	{ "data: a\r\n\r\ndata: b\r\n\r\n", "a[]b[]" },
	{ "data: a\r\rdata: b\r\r", "a[]b[]" },
	{ "data: a\n\r\ndata: b\r\n\ndata: c\r\n\r", "a[]b[]c[]" },
	{ "data: a\ndata: b\ndata: c\n\n", "a\nb\nc[]" },
	{ "data: a\r\ndata: b\r\n\r\n", "a\nb[]" },
	{ "event: x\ndata: a\n\ndata: b\n\n", "a[x]b[]" },
	{ "data: a\nevent: x\n\n", "a[x]" },
	{ "event: x\nevent: yz\ndata: a\n\n", "a[yz]" },
	{ "event: x\nevent\ndata: a\n\n", "a[]" },
	{ "event: x\n\ndata: a\n\n", "a[]" },
	{ "event: 0123456789abcdef\ndata: a\n\n", "a[0123456789ab]" },
	{ ": comment\n\n: data: b\n\ndata: a\n: more\n\n", "a[]" },
	{ ":\n:\n\n", "" },
	{ "id: 1\nretry: 5\ndata: a\nunknown: b\n\n", "a[]" },
	{ "data\n\n", "[]" },
	{ "data:\n\n", "[]" },
	{ "data\ndata\n\n", "\n[]" },
	{ "dat: a\ndataa: b\nDATA: c\n data: d\nevents: e\ndata : f\n\n", "" },
	{ "\xef\xbb\xbf" "data: a\n\n", "a[]" },
	{ "\xef\xbb\xbf\n\ndata: a\n\n", "a[]" },
	{ "\xef\xbb" "data: a\n\ndata: b\n\n", "b[]" },
	{ "\xef\n\ndata: b\n\n", "b[]" },
	{ "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "a[]" },
	{ "data: a", "a[]" },
	{ "data: a\n", "a[]" },
	{ "event: x\ndata: a\r\n", "a[x]" },
	{ "data", "[]" },
	{ "event: x", "" },
	{ "data: a:b: c\n\n", "a:b: c[]" },
	{ "data: [DONE]\n\n", "[DONE][]" },
	{ "data: \xff\x80\n\n", "\xff\x80[]" },
	/* llama.cpp */
	{ "error: a\n\ndata: b\n\n", "a[!error]b[]" },
	{ "error:a\r\nerror: b\r\n\r\n", "a\nb[!error]" },
	{ "error: a\ndata: b\n\n", "a[!error]b[]" },
	{ "data: b\nerror: a\n\n", "b[]" },
	{ "event: x\nerror: a\n\ndata: b\n\n", "a[!error]b[]" },
	{ "error: a", "a[!error]" },
	{ "error", "[!error]" },
	{ "errors: a\nerr: b\nERROR: c\n\n", "" },
};

START_TEST(cut_anywhere)
{
	framed_expect(&framing_sse, slice_of(cases[_i].stream), cases[_i].events);
}
END_TEST

START_TEST(zero_byte_is_data)
{
	struct framed f;

	framed_init(&f, &framing_sse);
	framed_feed(&f, SLICE("data: a\0b\n\n"));
	ck_assert(slice_eq(buffer_slice(&f.text), SLICE("a\0b[]")));
	framed_done(&f, "a");
}
END_TEST

START_TEST(gap_ends_the_event)
{
	struct framed f;

	framed_init(&f, &framing_sse);
	framed_feed(&f, SLICE("event: x\ndata: abc"));
	framed_gap(&f);
	framed_feed(&f, SLICE("rest\n\ndata: d\n\n"));
	framed_gap(&f);
	framed_feed(&f, SLICE("data: e\n\n"));
	framed_done(&f, "abc[x]d[]e[]");
}
END_TEST

START_TEST(line_of_5_mib)
{
	struct framed f;
	char piece[16384];

	memset(piece, 'x', sizeof(piece));
	framed_init(&f, &framing_sse);
	framed_feed(&f, SLICE("data: "));
	for (size_t i = 0; i < 5 * 64; i++)
		framed_feed(&f, (struct slice){ piece, sizeof(piece) });
	framed_feed(&f, SLICE("\n\ndata: y\n\n"));
	ck_assert_uint_eq(f.text.len, 5 * 1024 * 1024 + strlen("[]y[]"));
	buffer_consume(&f.text, 5 * 1024 * 1024);
	framed_done(&f, "[]y[]");
}
END_TEST

START_TEST(long_field_name)
{
	struct framed f;
	char piece[1000];

	memset(piece, 'd', sizeof(piece));
	framed_init(&f, &framing_sse);
	for (size_t i = 0; i < 1000; i++)
		framed_feed(&f, (struct slice){ piece, sizeof(piece) });
	framed_feed(&f, SLICE("data: y\n\n"));
	framed_done(&f, "");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("sse");
	TCase *tcase = tcase_create("events");

	tcase_add_loop_test(tcase, cut_anywhere, 0, ARRAY_SIZE(cases));
	tcase_add_test(tcase, zero_byte_is_data);
	tcase_add_test(tcase, gap_ends_the_event);
	tcase_add_test(tcase, line_of_5_mib);
	tcase_add_test(tcase, long_field_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
