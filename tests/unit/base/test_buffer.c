/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

static bool holds(const struct buffer *buffer, const char *text)
{
	return slice_eq(buffer_slice(buffer), slice_of(text));
}

START_TEST(appends)
{
	struct buffer buffer = { 0 };

	ck_assert(holds(&buffer, ""));
	ck_assert_int_eq(buffer_append(&buffer, NULL, 0), 0);
	ck_assert_int_eq(buffer_append(&buffer, "abc", 3), 0);
	ck_assert_int_eq(buffer_printf(&buffer, "-%d-%s", 42, "x"), 0);
	ck_assert(holds(&buffer, "abc-42-x"));
	buffer_done(&buffer);
	ck_assert_uint_eq(buffer.len, 0);
	ck_assert_ptr_null(buffer.data);
	buffer_done(&buffer);
}
END_TEST

START_TEST(grows_and_keeps)
{
	struct buffer buffer = { 0 };

	for (int i = 0; i < 10000; i++) {
		char byte = (char)i;

		ck_assert_int_eq(buffer_append(&buffer, &byte, 1), 0);
	}
	ck_assert_uint_eq(buffer.len, 10000);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(buffer.data[i], (char)i);
	buffer_done(&buffer);
}
END_TEST

START_TEST(limit_leaves_it_as_before)
{
	struct buffer buffer = { .limit = 8 };

	ck_assert_int_eq(buffer_append(&buffer, "12345678", 8), 0);
	ck_assert_int_eq(buffer_append(&buffer, "9", 1), -E2BIG);
	ck_assert_int_eq(buffer_reserve(&buffer, 1), -E2BIG);
	ck_assert_int_eq(buffer_printf(&buffer, "%d", 9), -E2BIG);
	ck_assert_int_eq(buffer_reserve(&buffer, SIZE_MAX), -E2BIG);
	ck_assert(holds(&buffer, "12345678"));
	buffer_consume(&buffer, 4);
	ck_assert_int_eq(buffer_append(&buffer, "9", 1), 0);
	ck_assert(holds(&buffer, "56789"));
	buffer_done(&buffer);
}
END_TEST

START_TEST(consumes)
{
	struct buffer buffer = { 0 };

	ck_assert_int_eq(buffer_append(&buffer, "abcdef", 6), 0);
	buffer_consume(&buffer, 0);
	buffer_consume(&buffer, 2);
	ck_assert(holds(&buffer, "cdef"));
	buffer_consume(&buffer, 100);
	ck_assert(holds(&buffer, ""));
	ck_assert_ptr_nonnull(buffer.data);
	buffer_done(&buffer);
}
END_TEST

START_TEST(reserved_room_is_the_callers)
{
	struct buffer buffer = { 0 };

	ck_assert_int_eq(buffer_reserve(&buffer, 1000), 0);
	memset(buffer.data, 'x', 1000);
	buffer.len += 1000;
	ck_assert_int_eq(buffer_reserve(&buffer, 1), 0);
	ck_assert_int_eq(buffer.data[999], 'x');
	buffer_done(&buffer);
}
END_TEST

START_TEST(slices)
{
	char small[4];

	ck_assert(slice_eq(slice_of(NULL), SLICE("")));
	ck_assert(slice_eq(SLICE("ab"), slice_of("ab")));
	ck_assert(!slice_eq(SLICE("ab"), SLICE("abc")));
	ck_assert(!slice_eq(SLICE("ab"), SLICE("aB")));
	ck_assert(slice_caseeq(SLICE("Content-Type"), SLICE("content-tYPE")));
	ck_assert(!slice_caseeq(SLICE("a"), SLICE("b")));
	ck_assert(slice_starts(SLICE("abc"), SLICE("ab")) && slice_starts(SLICE("abc"), SLICE("")));
	ck_assert(!slice_starts(SLICE("ab"), SLICE("abc")));
	ck_assert(slice_ends(SLICE("abc"), SLICE("bc")) && slice_ends(SLICE(""), SLICE("")));
	ck_assert(!slice_ends(SLICE("bc"), SLICE("abc")));
	ck_assert(slice_copy(small, sizeof(small), SLICE("abc")));
	ck_assert_str_eq(small, "abc");
	ck_assert(!slice_copy(small, sizeof(small), SLICE("abcd")));
	ck_assert_str_eq(small, "abc");
	ck_assert(slice_copy(small, sizeof(small), slice_of(NULL)));
	ck_assert_str_eq(small, "");
}
END_TEST

static Suite *make_buffer(void)
{
	Suite *suite = suite_create("buffer");
	TCase *tc = tcase_create("buffer");

	tcase_add_test(tc, appends);
	tcase_add_test(tc, grows_and_keeps);
	tcase_add_test(tc, limit_leaves_it_as_before);
	tcase_add_test(tc, consumes);
	tcase_add_test(tc, reserved_room_is_the_callers);
	tcase_add_test(tc, slices);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_buffer)
