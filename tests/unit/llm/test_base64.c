/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: every length, cut at every character and into every room; what is none. */
#include "aws.h"
#include "base/cleanup.h"
#include "llm/base64.h"
#include "unit.h"

#define ROOM_MAX 5

/* Decodes with so much room at a time; a copy of the text's own length, so that a sanitizer sees a read past it. */
static void decode(struct base64 *base64, struct slice text, size_t room, struct buffer *out)
{
	auto_free char *copy = malloc(text.len ? text.len : 1);
	struct slice left = { copy, text.len };
	char bytes[ROOM_MAX];

	ck_assert_ptr_nonnull(copy);
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	while (left.len > 0) {
		size_t n = base64_decode(base64, &left, bytes, room);

		ck_assert_uint_le(n, room);
		ck_assert_int_eq(buffer_append(out, bytes, n), 0);
	}
}

static void check_cut(struct slice text, size_t cut, size_t room, struct slice expected)
{
	struct base64 base64 = { 0 };
	struct buffer out = { 0 };

	decode(&base64, (struct slice){ text.ptr, cut }, room, &out);
	decode(&base64, (struct slice){ text.ptr + cut, text.len - cut }, room, &out);
	ck_assert(!base64.malformed);
	ck_assert(slice_eq(buffer_slice(&out), expected));
	buffer_done(&out);
}

START_TEST(test_every_length)
{
	struct buffer text = { 0 };
	char bytes[16];
	struct slice expected = { bytes, (size_t)_i };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 53 + 251);
	aws_base64(&text, expected);
	for (size_t cut = 0; cut <= text.len; cut++)
		for (size_t room = 1; room <= ROOM_MAX; room++)
			check_cut(buffer_slice(&text), cut, room, expected);
	buffer_done(&text);
}
END_TEST

static const struct {
	const char *text, *bytes;
	bool malformed;
} texts[] = {
	{ "TWFu", "Man", false },
	{ "TWE", "Ma", false },	/* padding may be missing */
	{ "TQ==", "M", false },
	{ "T", "", false },	/* not yet a byte */
	{ "T=", "", true },	/* padding has no place there */
	{ "=", "", true },
	{ "TQ==TWFu", "M", true },
	{ "TW-u", "M", true },
	{ "TW\nFu", "M", true },
	{ "TW\xff", "M", true },
};

START_TEST(test_text)
{
	struct base64 base64 = { 0 };
	struct buffer out = { 0 };

	decode(&base64, slice_of(texts[_i].text), ROOM_MAX, &out);
	ck_assert(slice_eq(buffer_slice(&out), slice_of(texts[_i].bytes)));
	ck_assert_int_eq(base64.malformed, texts[_i].malformed);
	buffer_done(&out);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_loop_test(tcase, test_every_length, 0, 16);
	tcase_add_loop_test(tcase, test_text, 0, ARRAY_SIZE(texts));
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
