/* SPDX-License-Identifier: Apache-2.0 */
/* How words may be spelt, and what the dictionary makes of it. */
#include "detect/spelling.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/dictionary.h"
#include "detect/ordinary.h"
#include "unit.h"

struct search {
	const char *wanted;
	unsigned int count, found;
};

static int on_spelling(void *ctx, struct slice spelling)
{
	struct search *search = ctx;

	ck_assert_uint_gt(spelling.len, 0);
	ck_assert_uint_le(spelling.len, 2 * SPELLING_BYTES_MAX + 4);
	search->count++;
	search->found += search->wanted && slice_eq(spelling, slice_of(search->wanted));
	return 0;
}

static struct search search_spelling(const char *word, const char *wanted)
{
	struct search search = { .wanted = wanted };

	ck_assert_int_eq(spellings_of(slice_of(word), on_spelling, &search), 0);
	return search;
}

static const struct {
	const char *word, *spelling;
} spelt[] = {
	{ "ignore", "ignroe" },		{ "ignore", "ginore" },		{ "ignore", "ingore" },
	{ "ignore", "ignor" },		{ "ignore", "iggnore" },	{ "ignore", "ignoree" },
	{ "ignore", "ignxre" },		{ "ignore", "igqnore" },		{ "ignore", "ignare" },
	{ "ignore", "ignoreway" },	{ "ignore", "ignoreyay" },	{ "ignore", "ohmptr" },
	{ "previous", "eviouspray" },	{ "prompt", "omptpray" },	{ "instructions", "nstrctns" },
	{ "instructions", "instrucshuns" }, { "rules", "rulez" },	{ "follow", "phollow" },
	{ "filters", "philters" },	{ "you", "ouyay" },		{ "your", "ouryay" },
	{ "system", "ystemsay" },	{ "rules", "ruels" },		{ "commands", "kommands" },
};

START_TEST(spellings)
{
	ck_assert_uint_gt(search_spelling(spelt[_i].word, spelt[_i].spelling).found, 0);
}
END_TEST

START_TEST(not_the_word_itself)
{
	ck_assert_uint_eq(search_spelling("ignore", "ignore").found, 0);
	ck_assert_uint_eq(search_spelling("assess", "assess").found, 0);	/* two of its letters swapped are the same */
	ck_assert_uint_eq(search_spelling("rules", "rles").found, 0);	/* too short for a missing letter */
}
END_TEST

START_TEST(words_that_have_none)
{
	ck_assert_uint_eq(search_spelling("", NULL).count, 0);
	ck_assert_uint_eq(search_spelling("a", NULL).count, 0);
	ck_assert_uint_eq(search_spelling("of", NULL).count, 2);	/* of pig latin; others are words */
	ck_assert_uint_eq(search_spelling("don't", NULL).count, 0);
	ck_assert_uint_eq(search_spelling("r\xc3\xa8gles", NULL).count, 0);
	ck_assert_uint_eq(search_spelling("abcdefghijklmnopqrstu", NULL).count, 0);
	ck_assert_uint_gt(search_spelling("abcdefghijklmnopqrst", NULL).count, 0);
	ck_assert_uint_gt(search_spelling("ssssssssssssssssssss", NULL).count, 0);	/* each sound becomes two */
	ck_assert_uint_gt(search_spelling("ffffffffffffffffffff", NULL).count, 0);
}
END_TEST

static int refuse(void *ctx, struct slice spelling)
{
	unsigned int *calls = ctx;

	(void)spelling;
	++*calls;
	return -ENOMEM;
}

START_TEST(the_caller_ends_it)
{
	unsigned int calls = 0;

	ck_assert_int_eq(spellings_of(SLICE("ignore"), refuse, &calls), -ENOMEM);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(ordinary_words)
{
	ck_assert(ordinary_word(SLICE("precious")));
	ck_assert(ordinary_word(SLICE("massage")));
	ck_assert(ordinary_word(SLICE("commends")));
	ck_assert(!ordinary_word(SLICE("preciou")));
	ck_assert(!ordinary_word(SLICE("preciouss")));
	ck_assert(!ordinary_word(SLICE("prevoius")));
	ck_assert(!ordinary_word(SLICE("aaa")));
	ck_assert(!ordinary_word(SLICE("zzz")));
	ck_assert(!ordinary_word(SLICE("")));
}
END_TEST

START_TEST(dictionary_reads_them)
{
	struct dictionary *dictionary = dictionary_new();
	uint8_t marked[8] = { 0 };
	uint32_t ignore, forget;

	ck_assert_ptr_nonnull(dictionary);
	ck_assert_int_eq(dictionary_add(dictionary, SLICE("ignore"), 1), 0);
	ck_assert_int_eq(dictionary_add(dictionary, SLICE("forget"), 1), 0);
	ck_assert_int_eq(dictionary_add(dictionary, SLICE("instruct*"), 1), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("ignroe"), SLICE("ignore")), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("ignroe"), SLICE("forget")), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("forget"), SLICE("ignore")), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("intsruction"), SLICE("instruction")), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("instructoin"), SLICE("ignore")), 0);
	ck_assert_int_eq(dictionary_add_spelling(dictionary, SLICE("reveel"), SLICE("reveal")), 0);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);

	ignore = dictionary_word(dictionary, SLICE("ignore"));
	forget = dictionary_word(dictionary, SLICE("forget"));
	ck_assert_uint_ne(ignore, forget);
	ck_assert_uint_eq(dictionary_word(dictionary, SLICE("ignroe")), ignore);	/* the first one has it */
	ck_assert_uint_eq(dictionary_word(dictionary, SLICE("intsruction")), dictionary_word(dictionary, SLICE("instructs")));
	ck_assert_uint_eq(dictionary_word(dictionary, SLICE("instructoin")), ignore);	/* more than a beginning */
	ck_assert_uint_eq(dictionary_word(dictionary, SLICE("reveel")), 0);	/* of no word */
	ck_assert_uint_eq(dictionary_words(dictionary), 3);
	/* What is marked is so in every spelling. */
	marked[ignore] = 1;
	dictionary_mark(dictionary, marked);
	ck_assert_uint_eq(dictionary_find(dictionary, SLICE("ignroe"), dictionary_key(dictionary, SLICE("ignroe"))),
			  ignore | DICTIONARY_MARK);
	dictionary_free(dictionary);
}
END_TEST

static Suite *make_spelling(void)
{
	Suite *suite = suite_create("detect: spellings");
	TCase *tc = tcase_create("spellings");

	tcase_add_loop_test(tc, spellings, 0, (int)ARRAY_SIZE(spelt));
	tcase_add_test(tc, not_the_word_itself);
	tcase_add_test(tc, words_that_have_none);
	tcase_add_test(tc, the_caller_ends_it);
	tcase_add_test(tc, ordinary_words);
	tcase_add_test(tc, dictionary_reads_them);
	suite_add_tcase(suite, tc);
	return suite;
}

UNIT_SUITE(make_spelling)
