/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/seen.h"

#include <string.h>

#include "unit.h"

static struct seen *seen;
static const struct seen_cost cost = { .bytes = 5, .candidates = 2 };

static void setup(void)
{
	seen = seen_new(64 * 1024);
	ck_assert_ptr_nonnull(seen);
}

static void teardown(void)
{
	seen_free(seen);
}

static uint64_t key_of(uint64_t number)
{
	return seen_chain(seen, 1, &number, sizeof(number));
}

START_TEST(kept)
{
	const struct seen_hit hits[] = { { .start = 1, .end = 2, .rule = 3 }, { .start = 4, .flags = 1 } };
	const struct seen_window *window;

	ck_assert_ptr_null(seen_get(seen, key_of(1)));
	seen_put(seen, key_of(1), 77, &cost, hits, 2);
	seen_put(seen, key_of(2), 78, &cost, NULL, 0);
	window = seen_get(seen, key_of(1));
	ck_assert_ptr_nonnull(window);
	ck_assert_int_eq(window->first_unix_ns, 77);
	ck_assert_uint_eq(window->hit_count, 2);
	ck_assert_uint_eq(window->cost.bytes, 5);
	ck_assert_uint_eq(window->cost.candidates, 2);
	ck_assert_int_eq(memcmp(window->hits, hits, sizeof(hits)), 0);
	ck_assert_uint_eq(seen_get(seen, key_of(2))->hit_count, 0);
	seen_put(seen, key_of(1), 79, &cost, NULL, 0);
	ck_assert_uint_eq(seen_get(seen, key_of(1))->hit_count, 0);
	seen_clear(seen);
	ck_assert_ptr_null(seen_get(seen, key_of(1)));
}
END_TEST

START_TEST(keys)
{
	ck_assert_uint_eq(seen_chain(seen, 1, "abc", 3), seen_chain(seen, 1, "abc", 3));
	ck_assert_uint_ne(seen_chain(seen, 1, "abc", 3), seen_chain(seen, 2, "abc", 3));
	ck_assert_uint_ne(seen_chain(seen, 1, "abc", 3), seen_chain(seen, 1, "abd", 3));
	ck_assert_uint_ne(seen_chain(seen, 1, "abc", 3), seen_chain(seen, 1, "abc", 2));
}
END_TEST

/* All of it is used: half of the buckets hold less than this. Keys are drawn at random, so some find theirs full. */
START_TEST(room)
{
	size_t known = 0, count = 512;

	for (uint64_t i = 0; i < count; i++)
		seen_put(seen, key_of(i), 1, &cost, NULL, 0);
	for (uint64_t i = 0; i < count; i++)
		known += seen_get(seen, key_of(i)) != NULL;
	ck_assert_uint_ge(known, count * 6 / 10);
}
END_TEST

/* What is asked for stays while others come and go. */
START_TEST(oldest_goes)
{
	for (uint64_t i = 0; i < 20000; i++) {
		seen_put(seen, key_of(i), 1, &cost, NULL, 0);
		ck_assert_ptr_nonnull(seen_get(seen, key_of(i)));
		ck_assert_ptr_nonnull(seen_get(seen, key_of(0)));
	}
	ck_assert_ptr_null(seen_get(seen, key_of(1)));
}
END_TEST

/* Hits are bounded in bytes; new ones find room, and no window is there without its own. */
START_TEST(hits_make_room)
{
	struct seen_hit hits[SEEN_HITS_MAX + 1] = { 0 };
	size_t bytes = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		seen_put(seen, key_of(i), 1, &cost, hits, 100);
		ck_assert_uint_eq(seen_get(seen, key_of(i))->hit_count, 100);
	}
	for (uint64_t i = 0; i < 1000; i++) {
		const struct seen_window *window = seen_get(seen, key_of(i));

		ck_assert(!window || window->hit_count == 100);
		bytes += window ? 100 * sizeof(*hits) : 0;
	}
	ck_assert_uint_le(bytes, 32 * 1024);
	seen_put(seen, key_of(2000), 1, &cost, hits, SEEN_HITS_MAX + 1);
	ck_assert_ptr_null(seen_get(seen, key_of(2000)));
}
END_TEST

static Suite *make_seen(void)
{
	Suite *suite = suite_create("detect: seen before");
	TCase *tc = tcase_create("seen before");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, kept);
	tcase_add_test(tc, keys);
	tcase_add_test(tc, room);
	tcase_add_test(tc, oldest_goes);
	tcase_add_test(tc, hits_make_room);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_seen)
