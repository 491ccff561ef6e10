/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "unit.h"

START_TEST(pointers_stay)
{
	struct arena arena = { 0 };
	char *copies[2000];
	char text[300];

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 2000; i++) {
		copies[i] = arena_copy(&arena, (struct slice){ text, i % sizeof(text) });
		ck_assert_ptr_nonnull(copies[i]);
	}
	for (size_t i = 0; i < 2000; i++)
		ck_assert_uint_eq(strspn(copies[i], "x"), i % sizeof(text));
	arena_done(&arena);
}
END_TEST

START_TEST(any_size_zeroed_and_aligned)
{
	static const size_t sizes[] = { 0, 1, 17, 8191, 8192, 8193, 32768, 1u << 20 };
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *bytes = arena_alloc(&arena, sizes[i], 1);

		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t n = 0; n < sizes[i]; n++)
			ck_assert_msg(bytes[n] == 0, "byte %zu of %zu", n, sizes[i]);
		memset(bytes, 0xff, sizes[i]);
	}
	arena_done(&arena);
}
END_TEST

START_TEST(what_no_memory_holds)
{
	struct arena arena = { 0 };

	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX / 2, 3));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX, 1));
	ck_assert_ptr_null(arena_copy(&arena, (struct slice){ "", SIZE_MAX }));
	arena_done(&arena);
}
END_TEST

static Suite *make_arena(void)
{
	Suite *suite = suite_create("base: arena");
	TCase *tc = tcase_create("arena");

	tcase_add_test(tc, pointers_stay);
	tcase_add_test(tc, any_size_zeroed_and_aligned);
	tcase_add_test(tc, what_no_memory_holds);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_arena)
