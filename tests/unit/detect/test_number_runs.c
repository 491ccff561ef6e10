/* SPDX-License-Identifier: Apache-2.0 */
/* Long numbers end where the expression that says the same has its matches. */
#include "detect/number_runs.h"

#include <hs/hs.h>
#include <stdlib.h>

#include "unit.h"

#define EXPRESSION "\\d(?:(?:[ .\\-/]|\\) ?)?\\d){8}(?:\\D|\\z)"
#define DIGITS 9
#define TEXT_BYTES 200
#define ROUNDS 20000

struct ends {
	uint32_t list[TEXT_BYTES];
	uint32_t count;
};

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct ends *ends = ctx;

	(void)id, (void)from, (void)flags;
	ends->list[ends->count++] = (uint32_t)to;
	return 0;
}

struct search {
	struct slice text;
	struct ends ends;
};

static void on_number(void *ctx, uint32_t digits, uint32_t end)
{
	struct search *search = ctx;

	ck_assert_uint_ge(digits, DIGITS);
	search->ends.list[search->ends.count++] = end + (end < search->text.len);
}

START_TEST(ends_are_those_of_the_expression)
{
	static const char signs[] = "0123456789012345678901234567890123456789  .-/)(x\n\xc3\xa9:,";
	hs_database_t *database = NULL;
	hs_scratch_t *scratch = NULL;
	hs_compile_error_t *error = NULL;
	uint32_t seen = 0;

	ck_assert_int_eq(hs_compile(EXPRESSION, 0, HS_MODE_BLOCK, NULL, &database, &error), HS_SUCCESS);
	ck_assert_int_eq(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
	srand(5);
	for (int round = 0; round < ROUNDS; round++) {
		size_t len = (size_t)rand() % TEXT_BYTES;
		char *text = malloc(len ? len : 1);	/* exact, so that a sanitizer sees a read past the end */
		struct search search = { .text = { text, len } };
		struct ends expected = { .count = 0 };

		for (size_t i = 0; i < len; i++)
			text[i] = rand() % 24 == 0 ? 'a' : signs[(size_t)rand() % (sizeof(signs) - 1)];
		number_runs_find(search.text, DIGITS, on_number, &search);
		if (len > 0)
			ck_assert_int_eq(hs_scan(database, text, (unsigned int)len, 0, scratch, on_match, &expected), HS_SUCCESS);
		ck_assert_msg(search.ends.count == expected.count &&
				      memcmp(search.ends.list, expected.list, expected.count * sizeof(uint32_t)) == 0,
			      "round %d: %.*s", round, (int)len, text);
		seen += expected.count;
		free(text);
	}
	ck_assert_uint_gt(seen, ROUNDS);
	(void)hs_free_scratch(scratch);
	(void)hs_free_database(database);
}
END_TEST

static Suite *make_number_runs(void)
{
	Suite *suite = suite_create("detect: long numbers");
	TCase *tc = tcase_create("long numbers");

	tcase_add_test(tc, ends_are_those_of_the_expression);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_number_runs)
