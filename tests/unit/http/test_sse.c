/* SPDX-License-Identifier: Apache-2.0 */
/* Event framing: each stream cut at every byte, and long lines. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "http/sse.h"
#include "unit.h"

#define NAME_MAX_BYTES 8

static void on_piece(void *ctx, struct slice data)
{
	ck_assert_int_eq(buffer_append(ctx, data.ptr, data.len), 0);
}

static void on_end(void *ctx, struct slice name)
{
	ck_assert_int_eq(buffer_printf(ctx, "[%.*s]", (int)name.len, name.ptr ? name.ptr : ""), 0);
}

static void feed(struct sse *sse, const char *data, size_t len, struct buffer *out)
{
	struct sse_sink sink = { on_piece, on_end, out };
	auto_free char *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	sse_feed(sse, (struct slice){ copy, len }, &sink);
}

static void run(const char *stream, size_t len, size_t first, size_t piece, const char *expected)
{
	struct buffer out = { 0 };
	struct sse_sink sink = { on_piece, on_end, &out };
	struct sse *sse = sse_new(NAME_MAX_BYTES);

	feed(sse, stream, first, &out);
	for (size_t at = first; at < len; at += piece)
		feed(sse, stream + at, len - at < piece ? len - at : piece, &out);
	sse_finish(sse, &sink);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	ck_assert_str_eq(out.data, expected);
	buffer_done(&out);
	sse_free(sse);
}

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
	{ "event: 0123456789\ndata: a\n\n", "a[01234567]" },
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
	{ "error: a\n\ndata: b\n\n", "a[error]b[]" },
	{ "error:a\r\nerror: b\r\n\r\n", "a\nb[error]" },
	{ "error: a\ndata: b\n\n", "a[error]b[]" },
	{ "data: b\nerror: a\n\n", "b[]" },
	{ "event: x\nerror: a\n\ndata: b\n\n", "a[error]b[]" },
	{ "error: a", "a[error]" },
	{ "error", "[error]" },
	{ "errors: a\nerr: b\nERROR: c\n\n", "" },
};

START_TEST(cut_anywhere)
{
	const char *stream = cases[_i].stream;
	size_t len = strlen(stream);

	for (size_t first = 0; first <= len; first++)
		run(stream, len, first, len + 1, cases[_i].events);
	for (size_t piece = 1; piece < 4; piece++)
		run(stream, len, 0, piece, cases[_i].events);
}
END_TEST

START_TEST(zero_byte_is_data)
{
	struct buffer out = { 0 };
	struct sse *sse = sse_new(NAME_MAX_BYTES);

	feed(sse, "data: a\0b\n\n", 11, &out);
	ck_assert_uint_eq(out.len, 5);
	ck_assert_mem_eq(out.data, "a\0b[]", 5);
	buffer_done(&out);
	sse_free(sse);
}
END_TEST

START_TEST(gap_ends_the_event)
{
	struct buffer out = { 0 };
	struct sse_sink sink = { on_piece, on_end, &out };
	struct sse *sse = sse_new(NAME_MAX_BYTES);

	feed(sse, "event: x\ndata: abc", 18, &out);
	sse_gap(sse, &sink);
	feed(sse, "rest\n\ndata: d\n\n", 15, &out);
	sse_gap(sse, &sink);
	feed(sse, "data: e\n\n", 9, &out);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	ck_assert_str_eq(out.data, "abc[x]d[]e[]");
	buffer_done(&out);
	sse_free(sse);
}
END_TEST

struct tally {
	uint64_t bytes, ends;
};

static void count_piece(void *ctx, struct slice data)
{
	((struct tally *)ctx)->bytes += data.len;
}

static void count_end(void *ctx, struct slice name)
{
	(void)name;
	((struct tally *)ctx)->ends++;
}

START_TEST(line_of_5_mib)
{
	struct tally tally = { 0 };
	struct sse_sink sink = { count_piece, count_end, &tally };
	struct sse *sse = sse_new(NAME_MAX_BYTES);
	char piece[16384];

	memset(piece, 'x', sizeof(piece));
	sse_feed(sse, SLICE("data: "), &sink);
	for (size_t i = 0; i < 5 * 64; i++)
		sse_feed(sse, (struct slice){ piece, sizeof(piece) }, &sink);
	sse_feed(sse, SLICE("\n\ndata: y\n\n"), &sink);
	ck_assert_uint_eq(tally.bytes, 5 * 1024 * 1024 + 1);
	ck_assert_uint_eq(tally.ends, 2);
	sse_free(sse);
}
END_TEST

START_TEST(long_field_name)
{
	struct tally tally = { 0 };
	struct sse_sink sink = { count_piece, count_end, &tally };
	struct sse *sse = sse_new(NAME_MAX_BYTES);
	char piece[1000];

	memset(piece, 'd', sizeof(piece));
	for (size_t i = 0; i < 1000; i++)
		sse_feed(sse, (struct slice){ piece, sizeof(piece) }, &sink);
	sse_feed(sse, SLICE("data: y\n\n"), &sink);
	ck_assert_uint_eq(tally.bytes + tally.ends, 0);
	sse_free(sse);
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
