/* SPDX-License-Identifier: Apache-2.0 */
/* AWS event stream: messages made on the spot, cut at every byte and damaged. */
#include <stdlib.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "framed.h"
#include "unit.h"

#define CRC_BYTES 4

static void put(struct buffer *out, const void *bytes, size_t len)
{
	ck_assert_int_eq(buffer_append(out, bytes, len), 0);
}

static void put_number(struct buffer *out, uint64_t number, size_t bytes)
{
	while (bytes-- > 0)
		put(out, (const char[]){ (char)(number >> (8 * bytes)) }, 1);
}

static void put_name(struct buffer *out, const char *name, uint8_t type)
{
	put_number(out, strlen(name), 1);
	put(out, name, strlen(name));
	put_number(out, type, 1);
}

static void put_text(struct buffer *out, const char *name, const char *value)
{
	put_name(out, name, 7);
	put_number(out, strlen(value), 2);
	put(out, value, strlen(value));
}

static void put_crc(struct buffer *out, size_t from)
{
	put_number(out, crc32(0, (const Bytef *)out->data + from, (uInt)(out->len - from)), 4);
}

static void put_prelude(struct buffer *out, uint64_t total, uint64_t headers)
{
	size_t from = out->len;

	put_number(out, total, 4);
	put_number(out, headers, 4);
	put_crc(out, from);
}

static void put_message(struct buffer *out, struct slice headers, struct slice payload)
{
	size_t from = out->len;

	put_prelude(out, 16 + headers.len + payload.len, headers.len);
	put(out, headers.ptr, headers.len);
	put(out, payload.ptr, payload.len);
	put_crc(out, from);
}

static void put_typed(struct buffer *out, const char *type, const char *name_header, const char *name,
		      const char *payload)
{
	struct buffer headers = { 0 };

	put_text(&headers, name_header, name);
	put_text(&headers, ":content-type", "application/json");
	put_text(&headers, ":message-type", type);
	put_message(out, buffer_slice(&headers), slice_of(payload));
	buffer_done(&headers);
}

static void put_event(struct buffer *out, const char *name, const char *payload)
{
	put_typed(out, "event", ":event-type", name, payload);
}

static void expect(struct buffer *stream, const char *expected)
{
	framed_expect(&framing_event_stream, buffer_slice(stream), expected);
	buffer_done(stream);
}

START_TEST(events)
{
	struct buffer stream = { 0 };

	put_event(&stream, "chunk", "{\"bytes\":\"e30=\"}");
	put_event(&stream, "contentBlockDelta", "{}");
	put_event(&stream, "metadata", "");
	expect(&stream, "{\"bytes\":\"e30=\"}[chunk]{}[contentBlock][metadata]");
}
END_TEST

START_TEST(exceptions_and_errors)
{
	struct buffer stream = { 0 };

	put_typed(&stream, "exception", ":exception-type", "throttling", "{\"message\":\"slow\"}");
	put_typed(&stream, "error", ":error-code", "Internal", "");
	put_typed(&stream, "exceptional", ":event-type", "a", "b");
	put_typed(&stream, "", ":event-type", "a", "c");
	expect(&stream, "{\"message\":\"slow\"}[!throttling][!Internal]b[a]c[a]");
}
END_TEST

START_TEST(no_headers)
{
	struct buffer stream = { 0 };

	put_message(&stream, SLICE(""), SLICE("payload"));
	put_message(&stream, SLICE(""), SLICE(""));
	expect(&stream, "payload[][]");
}
END_TEST

START_TEST(nothing)
{
	struct buffer stream = { 0 };

	expect(&stream, "");
}
END_TEST

/* Each type of value before the one that matters; names that are no strings do not. */
START_TEST(value_types)
{
	static const uint8_t sizes[] = { 0, 0, 1, 2, 4, 8, 0, 0, 8, 16 };
	struct buffer headers = { 0 }, stream = { 0 };

	for (uint8_t type = 0; type < ARRAY_SIZE(sizes); type++) {
		put_name(&headers, ":event-type-or-other", type);
		if (type == 6 || type == 7)
			put(&headers, "\0\3abc", 5);
		else
			put(&headers, "0123456789abcdef", sizes[type]);
	}
	put_text(&headers, "", "");
	put_text(&headers, ":event-type", "right");
	put_name(&headers, ":event-type", 6);
	put(&headers, "\0\5wrong", 7);
	put_text(&headers, ":event-typ", "wrong");
	put_message(&stream, buffer_slice(&headers), SLICE("x"));
	expect(&stream, "x[right]");
	buffer_done(&headers);
}
END_TEST

START_TEST(unknown_value_type)
{
	struct buffer stream = { 0 };

	put_message(&stream, SLICE("\1n\x0a"), SLICE("x"));
	expect(&stream, "(broken)");
}
END_TEST

/* A name, a value's length and a value that go on behind the headers. */
START_TEST(header_over_its_end)
{
	static const struct slice headers[] = {
		{ "\5name", 5 }, { "\1", 1 }, { "\1n", 2 }, { "\1n\7", 3 }, { "\1n\7\0", 4 }, { "\1n\7\0\2a", 6 }, { "\1n\4abc", 6 },
	};
	struct buffer stream = { 0 };

	put_message(&stream, headers[_i], SLICE("payload"));
	expect(&stream, "(broken)");
}
END_TEST

START_TEST(impossible_lengths)
{
	static const struct {
		uint32_t total, headers;
	} table[] = {
		{ 15, 0 }, { 0, 0 }, { 20, 5 }, { UINT32_MAX, 0 }, { 100, UINT32_MAX }, { UINT32_MAX, UINT32_MAX },
		{ 16 + 24 * 1024 * 1024 + 1, 0 }, { 16 + 128 * 1024 + 1, 128 * 1024 + 1 },
	};
	struct buffer stream = { 0 };

	put_prelude(&stream, table[_i].total, table[_i].headers);
	expect(&stream, "(broken)");
}
END_TEST

/* What was passed on before is not taken back, but the message has no end. */
START_TEST(any_wrong_byte)
{
	struct buffer stream = { 0 };
	struct framed f;

	put_message(&stream, SLICE("\13:event-type\7\0\1a"), SLICE("payload"));
	for (size_t i = 0; i < stream.len; i++) {
		stream.data[i] ^= 0x40;
		framed_init(&f, &framing_event_stream);
		framed_feed(&f, buffer_slice(&stream));
		ck_assert(f.broken);
		ck_assert_ptr_null(memchr(f.text.data, '[', f.text.len));
		buffer_done(&f.text);
		framed_done(&f, "");
		stream.data[i] ^= 0x40;
	}
	buffer_done(&stream);
}
END_TEST

START_TEST(ends_inside_a_message)
{
	struct buffer stream = { 0 };

	put_message(&stream, SLICE("\13:event-type\7\0\1a"), SLICE(""));
	for (size_t len = 1; len < stream.len; len++)
		framed_expect(&framing_event_stream, (struct slice){ stream.data, len }, "(broken)");
	buffer_done(&stream);
}
END_TEST

/* A gap at each place of the second message, up to each place behind it. */
START_TEST(gaps)
{
	struct buffer stream = { 0 };
	size_t second, third;

	put_event(&stream, "one", "1");
	second = stream.len;
	put_event(&stream, "two", "2");
	third = stream.len;
	put_event(&stream, "three", "3");
	for (size_t from = second; from <= third; from++) {
		for (size_t to = from + 1; to <= third; to++) {
			struct framed f;

			framed_init(&f, &framing_event_stream);
			framed_feed(&f, (struct slice){ stream.data, from });
			framed_gap(&f);
			for (size_t at = to; at < stream.len; at += 5)
				framed_feed(&f, (struct slice){ stream.data + at,
								stream.len - at < 5 ? stream.len - at : 5 });
			framed_done(&f, from > third - CRC_BYTES - 1 ? "1[one]2[two]3[three]" : "1[one]3[three]");
		}
	}
	buffer_done(&stream);
}
END_TEST

START_TEST(gap_that_nothing_follows)
{
	struct buffer stream = { 0 };
	struct framed f;

	put_event(&stream, "one", "payload");
	framed_init(&f, &framing_event_stream);
	framed_feed(&f, (struct slice){ stream.data, stream.len - 8 });
	framed_gap(&f);
	framed_feed(&f, SLICE("garbage of more than twelve bytes"));
	framed_gap(&f);
	framed_done(&f, "pay[one]");
	buffer_done(&stream);
}
END_TEST

START_TEST(largest_message)
{
	size_t size = 24 * 1024 * 1024;
	struct buffer headers = { 0 }, stream = { 0 };
	auto_free char *payload = calloc(1, size);
	struct framed f;

	put_text(&headers, ":event-type", "big");
	put_message(&stream, buffer_slice(&headers), (struct slice){ payload, size });
	framed_init(&f, &framing_event_stream);
	framed_feed(&f, buffer_slice(&stream));
	ck_assert_uint_eq(f.text.len, size + strlen("[big]"));
	buffer_consume(&f.text, size);
	framed_done(&f, "[big]");
	buffer_done(&headers);
	buffer_done(&stream);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("event_stream");
	TCase *right = tcase_create("right"), *wrong = tcase_create("wrong");

	tcase_add_test(right, events);
	tcase_add_test(right, exceptions_and_errors);
	tcase_add_test(right, no_headers);
	tcase_add_test(right, nothing);
	tcase_add_test(right, value_types);
	tcase_add_test(right, largest_message);
	suite_add_tcase(suite, right);
	tcase_add_test(wrong, unknown_value_type);
	tcase_add_loop_test(wrong, header_over_its_end, 0, 7);
	tcase_add_loop_test(wrong, impossible_lengths, 0, 8);
	tcase_add_test(wrong, any_wrong_byte);
	tcase_add_test(wrong, ends_inside_a_message);
	tcase_add_test(wrong, gaps);
	tcase_add_test(wrong, gap_that_nothing_follows);
	suite_add_tcase(suite, wrong);
	return suite;
}
UNIT_SUITE(make)
