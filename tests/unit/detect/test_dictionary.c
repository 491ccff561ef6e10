/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dictionary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

static struct dictionary *dictionary;

static void setup(void)
{
	dictionary = dictionary_new();
	ck_assert_ptr_nonnull(dictionary);
}

static void teardown(void)
{
	dictionary_free(dictionary);
}

static void add(const char *phrase, uint32_t concept)
{
	ck_assert_int_eq(dictionary_add(dictionary, slice_of(phrase), concept), 0);
}

static size_t look_up(const char *word, uint32_t ids[WORD_IDS_MAX])
{
	const uint32_t *all;
	size_t count = dictionary_ids(dictionary, dictionary_word(dictionary, slice_of(word)), &all);

	memcpy(ids, all, count * sizeof(*all));
	return count;
}

/* Where these words lead to; 0: nowhere. */
static uint32_t walk(const char *first, const char *second)
{
	uint32_t ids[WORD_IDS_MAX], next[WORD_IDS_MAX];
	uint32_t node = look_up(first, ids) ? dictionary_begin(dictionary, ids[0]) : 0;

	if (!second || !node)
		return node;
	return look_up(second, next) ? dictionary_step(dictionary, node, next[0]) : 0;
}

START_TEST(phrases)
{
	size_t count;
	const uint32_t *concepts;

	add("pay", 1);
	add("pay heed", 2);
	add("pay heed", 3);
	add("heed", 4);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	concepts = dictionary_concepts(dictionary, walk("pay", NULL), &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(concepts[0], 1);
	concepts = dictionary_concepts(dictionary, walk("pay", "heed"), &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(concepts[0], 2);
	ck_assert_uint_eq(concepts[1], 3);
	ck_assert_uint_eq(walk("pay", "pay"), 0);
	ck_assert_uint_eq(walk("heed", "pay"), 0);
	ck_assert(dictionary_goes_on(dictionary, walk("pay", NULL)));
	ck_assert(!dictionary_goes_on(dictionary, walk("heed", NULL)));
	ck_assert_uint_eq(dictionary_phrases(dictionary), 4);
	ck_assert_uint_eq(dictionary_words(dictionary), 2);
}
END_TEST

START_TEST(beginnings)
{
	uint32_t ids[WORD_IDS_MAX];

	add("ign*", 1);
	add("ignor*", 2);
	add("ignore", 3);
	add("abcdefgh*", 4);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	ck_assert_uint_eq(look_up("ignore", ids), 3);
	ck_assert_uint_eq(look_up("ignores", ids), 2);
	ck_assert_uint_eq(look_up("ignite", ids), 1);
	ck_assert_uint_eq(look_up("ign", ids), 1);
	ck_assert_uint_eq(look_up("ig", ids), 0);
	ck_assert_uint_eq(look_up("abcdefg", ids), 0);
	ck_assert_uint_eq(look_up("abcdefghi", ids), 1);
}
END_TEST

/* Of words that begin alike at most WORD_IDS_MAX count, and none is written behind them. */
START_TEST(marks)
{
	uint8_t marked[8] = { 0 };
	const char *text = "ignore us and what follows";
	struct slice word = { text, 6 };
	uint32_t found, ignore, ignor;

	add("ignor*", 1);
	add("ignore", 2);
	add("us", 3);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	ignor = dictionary_word(dictionary, SLICE("ignores"));
	ignore = dictionary_word(dictionary, SLICE("ignore"));
	ck_assert_uint_ne(ignor, ignore);
	marked[ignor] = 1;
	dictionary_mark(dictionary, marked);
	found = dictionary_find(dictionary, SLICE("ignores"), dictionary_key(dictionary, SLICE("ignores")));
	ck_assert_uint_eq(found, ignor | DICTIONARY_MARK);
	ck_assert_uint_eq(dictionary_find(dictionary, word, dictionary_short_key(dictionary, text, 6)), ignore);
	marked[ignore] = 1;
	dictionary_mark(dictionary, marked);
	found = dictionary_find(dictionary, word, dictionary_short_key(dictionary, text, 6));
	ck_assert_uint_eq(found, ignore | DICTIONARY_MARK);
	ck_assert_uint_eq(dictionary_word(dictionary, word), ignore);
	ck_assert_uint_eq(dictionary_beginning(dictionary, SLICE("ignores")), 5);
	ck_assert_uint_eq(dictionary_beginning(dictionary, SLICE("ignite")), 0);
}
END_TEST

START_TEST(paths)
{
	uint32_t words[PHRASE_WORDS_MAX];

	add("pay no heed", 1);
	add("pay", 2);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	ck_assert_uint_eq(dictionary_path(dictionary, walk("pay", "no"), words), 2);
	ck_assert_uint_eq(words[0], dictionary_word(dictionary, SLICE("pay")));
	ck_assert_uint_eq(words[1], dictionary_word(dictionary, SLICE("no")));
	ck_assert_uint_lt(dictionary_frequency(dictionary, dictionary_word(dictionary, SLICE("heed"))),
			  dictionary_frequency(dictionary, words[1]));
}
END_TEST

START_TEST(many_beginnings)
{
	uint32_t ids[WORD_IDS_MAX + 1] = { [WORD_IDS_MAX] = 77 };
	char phrase[32] = "aaa";

	for (size_t i = 3; i < 20; i++) {
		phrase[i] = '*';
		phrase[i + 1] = '\0';
		add(phrase, (uint32_t)i);
		phrase[i] = 'a';
	}
	phrase[20] = '\0';
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	ck_assert_uint_eq(look_up(phrase, ids), WORD_IDS_MAX);
	ck_assert_uint_eq(ids[WORD_IDS_MAX], 77);
}
END_TEST

static const char *const refused[] = {
	"", " . ", "ab*", "a b c ab*",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*",
	"a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
};

START_TEST(refuses)
{
	ck_assert_int_eq(dictionary_add(dictionary, slice_of(refused[_i]), 1), -EINVAL);
}
END_TEST

START_TEST(thousands)
{
	uint32_t ids[WORD_IDS_MAX];
	char word[32];

	for (uint32_t i = 0; i < 5000; i++) {
		(void)snprintf(word, sizeof(word), "w%ux%u", i * 2654435761u, i);
		add(word, i);
	}
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		size_t count;

		(void)snprintf(word, sizeof(word), "w%ux%u", i * 2654435761u, i);
		ck_assert_uint_eq(look_up(word, ids), 1);
		ck_assert_uint_eq(*dictionary_concepts(dictionary, dictionary_begin(dictionary, ids[0]), &count), i);
		(void)snprintf(word, sizeof(word), "v%ux%u", i * 2654435761u, i);
		ck_assert_uint_eq(look_up(word, ids), 0);
	}
}
END_TEST

static Suite *make_dictionary(void)
{
	Suite *suite = suite_create("detect: dictionary");
	TCase *tc = tcase_create("dictionary");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, phrases);
	tcase_add_test(tc, beginnings);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, many_beginnings);
	tcase_add_loop_test(tc, refuses, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, thousands);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_dictionary)
