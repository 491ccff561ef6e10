/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes worked out by hand from https://protobuf.dev/programming-guides/encoding/. */
#include "otlp/wire.h"

#include <errno.h>
#include <stdlib.h>

#include "otlp/attributes.h"
#include "sample.h"
#include "unit.h"

static struct buffer out;
static struct wire wire;

static void setup(void)
{
	out = (struct buffer){ 0 };
	wire = (struct wire){ .out = &out };
}

static void teardown(void)
{
	buffer_done(&out);
}

static void check_bytes(const char *bytes, size_t len)
{
	ck_assert_int_eq(wire.error, 0);
	ck_assert_uint_eq(out.len, len);
	ck_assert_mem_eq(out.data, bytes, len);
}
#define CHECK(literal) check_bytes(literal, sizeof(literal) - 1)

START_TEST(numbers)
{
	wire_varint(&wire, 1, 150);
	wire_varint(&wire, 16, 0);
	wire_varint(&wire, 3, UINT64_MAX);
	wire_fixed32(&wire, 16, 0x01020304);
	wire_fixed64(&wire, 7, 0x0102030405060708);
	wire_double(&wire, 4, 1.0);
	CHECK("\x08\x96\x01"
	      "\x80\x01\x00"
	      "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	      "\x85\x01\x04\x03\x02\x01"
	      "\x39\x08\x07\x06\x05\x04\x03\x02\x01"
	      "\x21\x00\x00\x00\x00\x00\x00\xf0\x3f");
}
END_TEST

START_TEST(texts)
{
	wire_text(&wire, 2, "testing");
	wire_bytes(&wire, 1, (struct slice){ "\0\xff", 2 });
	wire_text(&wire, 1, "");
	CHECK("\x12\x07testing"
	      "\x0a\x02\x00\xff"
	      "\x0a\x00");
}
END_TEST

START_TEST(what_is_no_utf8_is_replaced)
{
	wire_text(&wire, 1, "a\xff" "b\xc3\xa4\xe2\x82");
	CHECK("\x0a\x0d" "a\xef\xbf\xbd" "b\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

/* A length of 127, 128, and of more than 16383 bytes: one, two and three bytes before it. */
START_TEST(messages_within_messages)
{
	static const size_t lens[] = { 0, 1, 124, 125, 126, 127, 128, 129, 16379, 16380, 16381, 16384, 100000 };
	char *text = calloc(1, 100001);

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct sample_field outer, inner, after;
		size_t mark;

		memset(text, 'x', lens[i]);
		text[lens[i]] = '\0';
		out.len = 0;
		mark = wire_open(&wire, 5);
		wire_text(&wire, 1, text);
		wire_close(&wire, mark);
		wire_varint(&wire, 6, 7);
		ck_assert_int_eq(wire.error, 0);
		ck_assert(sample_field(buffer_slice(&out), 5, 0, &outer));
		ck_assert(sample_field(outer.bytes, 1, 0, &inner));
		ck_assert(slice_eq(inner.bytes, (struct slice){ text, lens[i] }));
		ck_assert(sample_field(buffer_slice(&out), 6, 0, &after));
		ck_assert_uint_eq(after.number, 7);
	}
	free(text);
}
END_TEST

START_TEST(the_first_error_stays)
{
	size_t mark;

	out.limit = 64;
	mark = wire_open(&wire, 1);
	wire_text(&wire, 1, "0123456789012345678901234567890123456789012345678901234567890123456789");
	wire_varint(&wire, 2, 1);
	wire_close(&wire, mark);
	ck_assert_int_eq(wire.error, -E2BIG);
	ck_assert_uint_le(out.len, 64);
}
END_TEST

/* KeyValue { key = 1, value = 2 (AnyValue) }. */
START_TEST(attributes)
{
	const struct attributes to = { &wire, 9 };
	static const char list[][4] = { "a", "bc" };

	attribute_text(&to, "k", "v");
	attribute_int(&to, "n", 300);
	attribute_ratio(&to, "r", 1, 2);
	attribute_bool(&to, "b", true);
	attribute_texts(&to, "t", list[0], sizeof(list[0]), 2);
	attribute_words(&to, "w", "a,bc");
	CHECK("\x4a\x08\x0a\x01k\x12\x03\x0a\x01v"
	      "\x4a\x08\x0a\x01n\x12\x03\x18\xac\x02"
	      "\x4a\x0e\x0a\x01r\x12\x09\x21\0\0\0\0\0\0\xe0\x3f"
	      "\x4a\x07\x0a\x01" "b\x12\x02\x10\x01"
	      "\x4a\x12\x0a\x01t\x12\x0d\x2a\x0b\x0a\x03\x0a\x01" "a\x0a\x04\x0a\x02" "bc"
	      "\x4a\x12\x0a\x01w\x12\x0d\x2a\x0b\x0a\x03\x0a\x01" "a\x0a\x04\x0a\x02" "bc");
}
END_TEST

START_TEST(what_is_unknown_is_left_out)
{
	const struct attributes to = { &wire, 9 };

	attribute_text(&to, "k", NULL);
	attribute_text(&to, "k", "");
	attribute_int(&to, "k", INT64_MIN);
	attribute_ratio(&to, "k", INT64_MIN, 1);
	attribute_texts(&to, "k", "", 1, 0);
	attribute_words(&to, "k", "");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

static Suite *make_wire(void)
{
	Suite *suite = suite_create("otlp: wire");
	TCase *tc = tcase_create("wire");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, what_is_no_utf8_is_replaced);
	tcase_add_test(tc, messages_within_messages);
	tcase_add_test(tc, the_first_error_stays);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, what_is_unknown_is_left_out);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_wire)
