/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/spelling.h"

#include <stdbool.h>

#include "base/cleanup.h"

/* Shorter words are too much like others. */
#define SHIFT_BYTES_MIN 3
#define SLIP_BYTES_MIN 5
#define EDIT_BYTES_MIN 6
#define CONSONANTS_MIN 3
#define OUT_BYTES_MAX (2 * SPELLING_BYTES_MAX + 4)

struct spelling {
	struct slice word;
	spelling_fn fn;
	void *ctx;
	int result;		/* of the last call; nonzero: no more */
};

static void give(struct spelling *spelling, const char *text, size_t len)
{
	bool same = len == spelling->word.len && memcmp(text, spelling->word.ptr, len) == 0;

	if (!same && spelling->result == 0)
		spelling->result = spelling->fn(spelling->ctx, (struct slice){ text, len });
}

static bool is_letters(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)(word.ptr[i] - 'a') >= 26)
			return false;
	return true;
}

static bool is_vowel(char letter)
{
	return letter == 'a' || letter == 'e' || letter == 'i' || letter == 'o' || letter == 'u';
}

/* ---- typing errors ---- */

/* The word with `count` of its letters, from `at` on, replaced. */
static void give_replaced(struct spelling *spelling, size_t at, size_t count, const char *by, size_t by_len)
{
	struct slice word = spelling->word;
	char out[OUT_BYTES_MAX];

	memcpy(out, word.ptr, at);
	memcpy(out + at, by, by_len);
	memcpy(out + at + by_len, word.ptr + at + count, word.len - at - count);
	give(spelling, out, word.len - count + by_len);
}

/* Another letter than the right one, or one before it. */
static void give_others(struct spelling *spelling, size_t at)
{
	for (char other = 'a'; other <= 'z'; other++) {
		give_replaced(spelling, at, 1, &other, 1);
		give_replaced(spelling, at, 0, &other, 1);
	}
}

/* The first letter is right: hands are seldom wrong there, and eyes would see it. */
static void give_slips(struct spelling *spelling)
{
	struct slice word = spelling->word;

	for (size_t at = 0; at + 1 < word.len; at++)
		give_replaced(spelling, at, 2, (const char[]){ word.ptr[at + 1], word.ptr[at] }, 2);
	for (size_t at = 0; at < word.len; at++)
		give_replaced(spelling, at, 1, (const char[]){ word.ptr[at], word.ptr[at] }, 2);
	for (size_t at = 0; at < word.len && word.len >= EDIT_BYTES_MIN; at++)
		give_replaced(spelling, at, 1, "", 0);
	for (size_t at = 1; at < word.len && word.len >= EDIT_BYTES_MIN; at++)
		give_others(spelling, at);
}

/* ---- on purpose ---- */

static void give_consonants(struct spelling *spelling)
{
	char out[SPELLING_BYTES_MAX];
	size_t len = 0;

	for (size_t i = 0; i < spelling->word.len; i++)
		if (!is_vowel(spelling->word.ptr[i]))
			out[len++] = spelling->word.ptr[i];
	if (len >= CONSONANTS_MIN && spelling->word.len >= EDIT_BYTES_MIN)
		give(spelling, out, len);
}

/* What stands before the first vowel goes to the end, and "ay" behind it; most say "way" or "yay" where nothing does. */
static void give_pig_latin(struct spelling *spelling)
{
	static const struct slice endings[] = { { "way", 3 }, { "yay", 3 }, { "ay", 2 } };
	struct slice word = spelling->word;
	char out[OUT_BYTES_MAX];
	size_t front = 0;

	while (front < word.len && !is_vowel(word.ptr[front]) && (front == 0 || word.ptr[front] != 'y'))
		front++;
	if (front == word.len)
		return;
	memcpy(out, word.ptr + front, word.len - front);
	memcpy(out + word.len - front, word.ptr, front);
	/* "onay" is "no". */
	for (size_t i = front > 0 ? 2 : 0; i < (front > 0 || word.len >= SLIP_BYTES_MIN ? 3 : 2); i++) {
		memcpy(out + word.len, endings[i].ptr, endings[i].len);
		give(spelling, out, word.len + endings[i].len);
	}
}

/* Hands one key to the right, or to the left. Only where letters come out: signs would part words. */
static void give_shifted(struct spelling *spelling)
{
	static const char right[] = "snvfrghjokl;,mp[wtdyibecux", left[] = "`vxswdfguhjknbio;earycqzt\\";
	const char *const rows[] = { right, left };
	char out[SPELLING_BYTES_MAX];

	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		struct slice shifted = { out, spelling->word.len };

		for (size_t i = 0; i < shifted.len; i++)
			out[i] = rows[row][spelling->word.ptr[i] - 'a'];
		if (is_letters(shifted))
			give(spelling, out, shifted.len);
	}
}

/* One sound written as another one is, all over the word. */
static void give_sound(struct spelling *spelling, struct slice sound, struct slice as)
{
	struct slice word = spelling->word;
	char out[OUT_BYTES_MAX];
	size_t len = 0;

	for (size_t i = 0; i < word.len;) {
		bool here = slice_starts((struct slice){ word.ptr + i, word.len - i }, sound);

		if (len + as.len > sizeof(out))
			return;
		memcpy(out + len, here ? as.ptr : word.ptr + i, here ? as.len : 1);
		len += here ? as.len : 1;
		i += here ? sound.len : 1;
	}
	give(spelling, out, len);
}

static void give_sounds(struct spelling *spelling)
{
	static const struct {
		struct slice sound, as;
	} sounds[] = {
		{ { "c", 1 }, { "k", 1 } },	{ { "f", 1 }, { "ph", 2 } },	   { { "ph", 2 }, { "f", 1 } },
		{ { "s", 1 }, { "z", 1 } },	{ { "tion", 4 }, { "shun", 4 } }, { { "ion", 3 }, { "yun", 3 } },
		{ { "ea", 2 }, { "ee", 2 } },	{ { "th", 2 }, { "d", 1 } },	   { { "y", 1 }, { "i", 1 } },
	};
	struct slice word = spelling->word;

	for (size_t i = 0; i < ARRAY_SIZE(sounds); i++)
		give_sound(spelling, sounds[i].sound, sounds[i].as);
	if (word.ptr[word.len - 1] == 's')
		give_replaced(spelling, word.len - 1, 1, "z", 1);
}

int spellings_of(struct slice word, spelling_fn fn, void *ctx)
{
	struct spelling spelling = { word, fn, ctx, 0 };

	if (word.len < SPELLING_BYTES_MIN || word.len > SPELLING_BYTES_MAX || !is_letters(word))
		return 0;
	give_pig_latin(&spelling);
	if (word.len < SHIFT_BYTES_MIN)
		return spelling.result;
	give_shifted(&spelling);
	if (word.len < SLIP_BYTES_MIN)
		return spelling.result;
	give_slips(&spelling);
	give_consonants(&spelling);
	give_sounds(&spelling);
	return spelling.result;
}
