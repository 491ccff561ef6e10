/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a text: what parts them, and that pieces make no difference. */
#include <string.h>

#include "base/cleanup.h"
#include "detect/leak_words.h"
#include "unit.h"

#define WORDS_MAX 160

struct found {
	uint16_t hashes[WORDS_MAX];
	struct leak_span words[WORDS_MAX];
	size_t count;
};

static void take(void *ctx, struct leak_words *words)
{
	struct found *found = ctx;

	for (uint32_t i = 0; i < words->count; i++) {
		ck_assert_uint_lt(found->count, WORDS_MAX);
		found->hashes[found->count] = words->hashes[i];
		found->words[found->count++] = words->spans[i];
	}
	words->count = 0;
}

static struct found words_of(struct slice text, size_t cut)
{
	struct leak_cutter cutter = { 0 };
	struct leak_words words = { 0 };
	struct found found = { 0 };

	leak_words_feed(&cutter, (struct slice){ text.ptr, cut }, &words, take, &found);
	leak_words_feed(&cutter, (struct slice){ text.ptr + cut, text.len - cut }, &words, take, &found);
	ck_assert_uint_eq(cutter.at, text.len);
	leak_words_end(&cutter, &words);
	take(&found, &words);
	return found;
}

/* `expected`: the words parted by a bar. */
static void expect_words(const char *text, const char *expected)
{
	struct found found = words_of(slice_of(text), 0);
	size_t i = 0;

	for (const char *p = expected; *p; i++) {
		size_t len = strcspn(p, "|");

		ck_assert_uint_lt(i, found.count);
		ck_assert_uint_eq(found.words[i].len, len);
		ck_assert_mem_eq(text + found.words[i].start, p, len);
		p += len + (p[len] == '|');
	}
	ck_assert_uint_eq(i, found.count);
}

START_TEST(words_are_parted)
{
	expect_words("", "");
	expect_words(" .-, ", "");
	expect_words("one", "one");
	expect_words("One, \"two\"; x_3\n\n* four", "One|two|x|3|four");
	expect_words("caf\u00e9\u2014na\u00efve \u00abmot\u00bb", "caf\u00e9|na\u00efve|mot");
	expect_words("\u0438\u0433\u043d\u043e\u0440, \U0001f600 ok", "\u0438\u0433\u043d\u043e\u0440|ok");
	expect_words("\u4f60\u597d\u3002ab\u4f60cd", "\u4f60|\u597d|ab|\u4f60|cd");
}
END_TEST

START_TEST(equal_words_have_equal_hashes)
{
	struct found plain = words_of(SLICE("ignore Previous orders"), 0);
	struct found other = words_of(SLICE("**IGNORE** pre\xe2\x80\x8bvious-orders"), 0);

	ck_assert_uint_eq(plain.count, 3);
	ck_assert_uint_eq(other.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(plain.hashes[i], other.hashes[i]);
	ck_assert_uint_ne(plain.hashes[0], plain.hashes[1]);
	ck_assert_uint_eq(leak_word_hash(SLICE("Orders")), plain.hashes[2]);
	ck_assert_uint_eq(leak_word_hash(SLICE("\u4f60")), words_of(SLICE("\u4f60"), 0).hashes[0]);
}
END_TEST

START_TEST(single_characters_say_so)
{
	struct found found = words_of(SLICE("a\u597d"), 0);

	ck_assert_uint_eq(found.count, 2);
	ck_assert(!found.words[0].alone);
	ck_assert(found.words[1].alone);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	static const struct slice texts[] = {
		{ "Say \u4f60\u597d, na\u00efve \U0001f600 fo\u200b\u00f6 x", 0 },
		{ "bad \xff\xc3 lead \xe4\xbd then \x80\x80 a\xe4z \xf0\x9f", 0 },
		{ "Plain words fill, with marks: more than one block of sixty-four bytes (and a supercalifragilistic word); "
		  "then it GOES on_and on, 1234567890 times, up to 9 lines @[`{ of it / all: no byte is over 0x7f in this text.", 0 },
		{ "Words of one block and one that runs over its border abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
		  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz then na\u00efve ones come in the next", 0 },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct slice text = slice_of(texts[i].ptr);
		struct found whole = words_of(text, 0);

		for (size_t cut = 1; cut <= text.len; cut++) {
			struct found parts = words_of(text, cut);

			ck_assert_uint_eq(parts.count, whole.count);
			for (size_t k = 0; k < whole.count; k++) {
				ck_assert_uint_eq(parts.hashes[k], whole.hashes[k]);
				ck_assert_uint_eq(parts.words[k].start, whole.words[k].start);
				ck_assert_uint_eq(parts.words[k].len, whole.words[k].len);
			}
		}
	}
}
END_TEST

/* Whole and byte by byte, texts of everything that blocks know or leave alone, well formed and not. */
START_TEST(blocks_and_bytes_agree)
{
	static const char *const parts[] = {
		"a", "The", "x9", " ", ". ", "\u00e9", "\u00df", "\u00b5", "\u00ab", "\u00ad", "\u0438", "\u0627", "\u0928\u093e",
		"\u0e01", "\u1000", "\u1e00", "\u2019", "\u2014", "\u200b", "\u2070", "\u20ac", "\u3002", "\u3042", "\u4f60", "\u9fff",
		"\uac00", "\ud79d", "\uff21", "\ufeff", "\U0001f600", "\U00020000", "\xc3", "\xe2", "\xe2\x80", "\xe4\xbd", "\xe9\xbf",
		"\xed\xa0\x80", "\xe0\x80\x80", "\xe3\x80", "\x80", "\xbf", "\xc1", "\xff", "\xf0\x9f",
	};
	uint32_t random = 1;

	for (int round = 0; round < 4000; round++) {
		char text[160] = "";
		struct found whole, bytes = { .count = 0 };
		struct leak_cutter cutter = { 0 };
		struct leak_words words = { 0 };

		while (strlen(text) < 120) {
			random = random * 1664525 + 1013904223;
			strcat(text, parts[(random >> 16) % ARRAY_SIZE(parts) / (round % 3 + 1)]);
		}
		whole = words_of(slice_of(text), 0);
		for (const char *p = text; *p; p++)
			leak_words_feed(&cutter, (struct slice){ p, 1 }, &words, take, &bytes);
		leak_words_end(&cutter, &words);
		take(&bytes, &words);
		ck_assert_uint_eq(whole.count, bytes.count);
		ck_assert_mem_eq(whole.hashes, bytes.hashes, whole.count * sizeof(whole.hashes[0]));
		for (size_t i = 0; i < whole.count; i++) {
			ck_assert_uint_eq(whole.words[i].start, bytes.words[i].start);
			ck_assert_uint_eq(whole.words[i].len, bytes.words[i].len);
			ck_assert_uint_eq(whole.words[i].alone, bytes.words[i].alone);
		}
	}
}
END_TEST

static Suite *make_leak_words(void)
{
	Suite *suite = suite_create("leak_words");
	TCase *tc = tcase_create("leak_words");

	tcase_add_test(tc, words_are_parted);
	tcase_add_test(tc, equal_words_have_equal_hashes);
	tcase_add_test(tc, single_characters_say_so);
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, blocks_and_bytes_agree);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_leak_words)
