/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

START_TEST(depends_on_bytes_length_and_seed)
{
	ck_assert_uint_eq(hash_bytes("abc", 3, 1), hash_bytes("abc", 3, 1));
	ck_assert_uint_ne(hash_bytes("abc", 3, 1), hash_bytes("abd", 3, 1));
	ck_assert_uint_ne(hash_bytes("abc", 3, 1), hash_bytes("abc", 3, 2));
	/* The tail is padded with zeros: the length has to tell these apart. */
	ck_assert_uint_ne(hash_bytes("", 0, 1), hash_bytes("\0", 1, 1));
	ck_assert_uint_ne(hash_bytes("a\0", 2, 1), hash_bytes("a", 1, 1));
}
END_TEST

/* A changed byte at any place changes the hash, at every length over the block size. */
START_TEST(every_byte_counts)
{
	uint8_t bytes[70] = { 0 };

	for (size_t len = 1; len <= sizeof(bytes); len++) {
		uint64_t plain = hash_bytes(bytes, len, 7);

		for (size_t i = 0; i < len; i++) {
			bytes[i] = 1;
			ck_assert_uint_ne(hash_bytes(bytes, len, 7), plain);
			bytes[i] = 0;
		}
	}
}
END_TEST

START_TEST(reads_no_more_than_the_length)
{
	for (size_t len = 0; len < 40; len++) {
		uint8_t *bytes = malloc(len ? len : 1);	/* a sanitizer sees one byte too far */

		memset(bytes, 'x', len);
		(void)hash_bytes(bytes, len, 3);
		free(bytes);
	}
}
END_TEST

START_TEST(spreads_over_a_table)
{
	unsigned slots[64] = { 0 };

	for (uint32_t i = 0; i < 6400; i++)
		slots[hash_bytes(&i, sizeof(i), 5) & 63]++;
	for (int i = 0; i < 64; i++) {
		ck_assert_uint_gt(slots[i], 50);
		ck_assert_uint_lt(slots[i], 150);
	}
}
END_TEST

START_TEST(seed_stays)
{
	ck_assert_uint_eq(hash_seed(), hash_seed());
	ck_assert_uint_ne(hash_seed(), 0);
}
END_TEST

static Suite *make_hash(void)
{
	Suite *suite = suite_create("hash");
	TCase *tc = tcase_create("hash");

	tcase_add_test(tc, depends_on_bytes_length_and_seed);
	tcase_add_test(tc, every_byte_counts);
	tcase_add_test(tc, reads_no_more_than_the_length);
	tcase_add_test(tc, spreads_over_a_table);
	tcase_add_test(tc, seed_stays);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_hash)
