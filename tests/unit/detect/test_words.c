/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/words.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

/* What is left out stands as blanks, words are parted by '|'. */
static const struct {
	const char *text, *words;
} cuts[] = {
	{ "", "" },
	{ " .,;!'\" ", "" },
	{ "one", "one|" },
	{ "one two, three.four", "one|two|three|four|" },
	{ "don't 'quote' it's'", "don't|quote|it's|" },
	{ "a1 2b 33", "a1|2b|33|" },
	{ "caf\xc3\xa9-bar", "caf\xc3\xa9|bar|" },
	{ "\xd0\xbc\xd0\xb8\xd1\x80 x", "\xd0\xbc\xd0\xb8\xd1\x80|x|" },
	{ "\xe5\xbf\xbd\xe7\x95\xa5" "ab\xe6\x8c\x87", "\xe5\xbf\xbd|\xe7\x95\xa5|ab|\xe6\x8c\x87|" },
	{ "\xed\x95\x9c\xea\xb5\xad", "\xed\x95\x9c\xea\xb5\xad|" },
	{ "\xe2\x80\xa2 x \xf0\x9f\x98\x80", "x|" },
	{ "a\xff\xc3", "a|" },
};

START_TEST(cut)
{
	struct word_cutter cutter = { .text = slice_of(cuts[_i].text) };
	char words[256] = "";
	struct slice word;

	words_init();
	while (word_cut(&cutter, &word)) {
		(void)strncat(words, word.ptr, word.len);
		(void)strcat(words, "|");
	}
	ck_assert_str_eq(words, cuts[_i].words);
	ck_assert_uint_eq(cutter.at, cutter.text.len);
	ck_assert(!word_cut(&cutter, &word));
}
END_TEST

/* Pieces that texts are made of here: whatever stands beside what, wherever a block of 64 bytes ends. */
static const char *const pieces[] = {
	"a", "b9", "word", "'", "''", " ", ".", "\n", "caf\xc3\xa9", "\xcc\x81", "\xe5\xbf\xbd", "\xe0\xb8\x81", "\xe2\x80\xa2",
	"\xf0\x9f\x98\x80", "\xf0\xa0\x80\x80", "\xd0\xbc", "averyverylongwordindeed", "          ", "\xff", "\xc3", "\x80",
};

static size_t make_text(char *text, size_t len, uint32_t *state)
{
	size_t at = 0;

	while (at < len) {
		*state = *state * 1664525 + 1013904223;
		at += (size_t)sprintf(text + at, "%s", pieces[(*state >> 16) % ARRAY_SIZE(pieces)]);
	}
	return at;
}

static void check_scan(struct slice text, size_t from)
{
	static struct word_scan scan;
	struct word_cutter cutter = { .text = text, .at = from };
	struct slice word;

	word_scan_begin(&scan, text, from);
	while (word_scan_next(&scan)) {
		for (uint32_t i = 0; i < scan.count; i++) {
			ck_assert(word_cut(&cutter, &word));
			ck_assert_uint_eq(scan.starts[i], (size_t)(word.ptr - text.ptr));
			ck_assert_uint_eq(scan.ends[i], (size_t)(word.ptr - text.ptr) + word.len);
		}
	}
	ck_assert(!word_cut(&cutter, &word));
}

START_TEST(scan_cuts_the_same)
{
	static char text[8192];
	uint32_t state = (uint32_t)_i + 1;

	words_init();
	for (size_t len = 0; len < 400; len++)
		check_scan((struct slice){ text, make_text(text, len, &state) }, 0);
	check_scan((struct slice){ text, make_text(text, 6000, &state) }, 0);
	check_scan((struct slice){ text, make_text(text, 6000, &state) }, 6000);
}
END_TEST

static const struct {
	const char *between;
	enum word_border border;
} borders[] = {
	{ "", BORDER_NONE }, { " ", BORDER_NONE }, { ", ", BORDER_NONE }, { " - ", BORDER_NONE }, { ".", BORDER_NONE },
	{ ". ", BORDER_SENTENCE }, { "?\n", BORDER_SENTENCE }, { "\n\n", BORDER_SENTENCE }, { "... ", BORDER_SENTENCE },
	{ ".\" ", BORDER_SENTENCE }, { "\n", BORDER_CLAUSE }, { ": ", BORDER_CLAUSE }, { " (", BORDER_CLAUSE },
	{ "\n* ", BORDER_CLAUSE }, { "\xe3\x80\x82", BORDER_SENTENCE }, { "\xe3\x80\x8c", BORDER_CLAUSE },
};

START_TEST(border)
{
	words_init();
	ck_assert_msg(word_border(slice_of(borders[_i].between)) == borders[_i].border, "\"%s\"", borders[_i].between);
}
END_TEST

static Suite *make_words(void)
{
	Suite *suite = suite_create("detect: words");
	TCase *tc = tcase_create("words");

	tcase_add_loop_test(tc, cut, 0, ARRAY_SIZE(cuts));
	tcase_add_loop_test(tc, scan_cuts_the_same, 0, 32);
	tcase_add_loop_test(tc, border, 0, ARRAY_SIZE(borders));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_words)
