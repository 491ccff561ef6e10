/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the left: where a word of the dictionary begins, the longest is taken.
 * One that matches by its beginning alone goes on to where the next one begins,
 * and so do letters that begin no word. Most runs are given up at their first
 * letters.
 */
#include "detect/joined.h"

#define WORD_MIN 2
#define WORD_MAX 20
#define SURE_MIN 3	/* of a word in the middle of letters that are none */
#define OPEN_MAX 10	/* letters until the next word */
#define WORDS_MIN 3

struct known {
	size_t len;	/* 0: no word begins there */
	bool open;	/* its ending is open */
};

static size_t word_beginning(const struct dictionary *dictionary, struct slice text)
{
	return dictionary_beginning(dictionary, (struct slice){ text.ptr, text.len < WORD_MAX ? text.len : WORD_MAX });
}

static struct known find_known(const struct dictionary *dictionary, struct slice text, size_t min)
{
	size_t whole = dictionary_longest(dictionary, text, min, WORD_MAX), beginning = word_beginning(dictionary, text);

	return beginning > whole ? (struct known){ beginning, true } : (struct known){ whole, false };
}

/* Where the next word begins, from `from` on: the end of the run, or 0 if none is near. */
static size_t next_known(const struct dictionary *dictionary, struct slice run, size_t from)
{
	size_t until = from + OPEN_MAX < run.len ? from + OPEN_MAX : run.len;

	for (size_t at = from; at < until; at++)
		if (find_known(dictionary, (struct slice){ run.ptr + at, run.len - at }, SURE_MIN).len > 0)
			return at;
	return until == run.len ? run.len : 0;
}

size_t joined_cut(const struct dictionary *dictionary, struct slice run, uint8_t ret_lens[JOINED_PIECES_MAX])
{
	size_t count = 0, words = 0, read = 0, at = 0;

	while (at < run.len && count < JOINED_PIECES_MAX) {
		struct slice rest = { run.ptr + at, run.len - at };
		struct known known = find_known(dictionary, rest, words < 2 ? SURE_MIN : WORD_MIN);
		size_t end = at + known.len;

		/* It begins with words, or is none of this. */
		if (known.len == 0 && words < 1)
			return 0;
		if (known.len == 0 || known.open)
			end = next_known(dictionary, run, known.len == 0 ? at + 1 : end);
		if (end == 0)
			break;
		ret_lens[count++] = (uint8_t)(end - at);
		words += known.len > 0;
		read += known.len;
		at = end;
	}
	return words >= WORDS_MIN && 2 * read >= run.len ? count : 0;
}
