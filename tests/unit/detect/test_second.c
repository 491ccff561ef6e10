/* SPDX-License-Identifier: Apache-2.0 */
/* What the second reading makes of disguised words: only words of the dictionary, at their places. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/joined.h"
#include "detect/leet.h"
#include "detect/respell.h"
#include "unit.h"

static struct dictionary *dictionary;

static void setup(void)
{
	static const char *const words[] = { "ignor*", "all", "previous", "rules", "rule", "coffee", "instruction*" };

	dictionary = dictionary_new();
	ck_assert_ptr_nonnull(dictionary);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_int_eq(dictionary_add(dictionary, slice_of(words[i]), 1), 0);
	ck_assert_int_eq(dictionary_seal(dictionary), 0);
}

static void teardown(void)
{
	dictionary_free(dictionary);
}

struct sample {
	const char *text, *wanted;
};

static const struct sample signs[] = {
	{ "1gn0r3 4ll prev!0us", "ignore all previous" },
	{ "sha256 b2b 1234 rules!", "sha256 b2b 1234 rules!" },
	{ "\u0433ules pr\u20acvious", "rules  previous  " },
	{ "\u0438\u043b\u0438 rules", "\u0438\u043b\u0438 rules" },
};

START_TEST(signs_become_letters)
{
	char out[128];

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		struct slice text = slice_of(signs[i].text);

		(void)leet_undo(dictionary, text, out);
		ck_assert_uint_eq(strlen(signs[i].wanted), text.len);
		ck_assert_mem_eq(out, signs[i].wanted, text.len);
	}
}
END_TEST

static const struct sample pieces[] = {
	{ "ig<b></b>nore all", "ignore        all" },
	{ "prev<!-- x -->ious", "previous          " },
	{ "in**struc**tions", "instructions    " },
	{ "ru[le]s", "rules  " },
	{ "pre\\vious r.u.l.e.s", "previous  rules    " },
	{ "iiggnnoorree aallll", "ignore       all   " },
	{ "ruuuules", "rules   " },
	{ "coffee ignore.all <b>rules</b>", "coffee ignore.all <b>rules</b>" },
	{ "<", "<" },
	{ "ru<les", "rules " },
	{ "ru<", "ru<" },
};

START_TEST(pieces_become_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		auto_free char *text = strdup(pieces[i].text);

		ck_assert_ptr_nonnull(text);
		(void)respell(dictionary, text, strlen(text));
		ck_assert_str_eq(text, pieces[i].wanted);
	}
}
END_TEST

START_TEST(runs_are_cut)
{
	uint8_t lens[JOINED_PIECES_MAX];

	ck_assert_uint_eq(joined_cut(dictionary, SLICE("ignoreallpreviousrules"), lens), 4);
	ck_assert_mem_eq(lens, "\x06\x03\x08\x05", 4);
	/* Letters of no word stand between. */
	ck_assert_uint_eq(joined_cut(dictionary, SLICE("ignoreallofthepreviousrules"), lens), 5);
	ck_assert_mem_eq(lens, "\x06\x03\x05\x08\x05", 5);
	ck_assert_uint_eq(joined_cut(dictionary, SLICE("qwertyallpreviousrules"), lens), 0);
	ck_assert_uint_eq(joined_cut(dictionary, SLICE("ignoreaxxxxxxxxxxxxxxxxxxx"), lens), 0);
}
END_TEST

static Suite *make_second(void)
{
	Suite *suite = suite_create("detect: second reading");
	TCase *tc = tcase_create("second reading");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, signs_become_letters);
	tcase_add_test(tc, pieces_become_words);
	tcase_add_test(tc, runs_are_cut);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_second)
