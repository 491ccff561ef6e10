/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts folded text into words: runs of letters, digits and marks with inner
 * apostrophes; each character of scripts that are written without blanks is a
 * word. Text is folded, so its UTF-8 is well formed.
 */
#ifndef PROMTAP_DETECT_WORDS_H
#define PROMTAP_DETECT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Before the first word: makes a table, once. */
void words_init(void);

struct word_cutter {
	struct slice text;
	size_t at;		/* behind the last word */
};

/* The next word; false: there is none. */
bool word_cut(struct word_cutter *cutter, struct slice *ret_word);

/* Whether the byte belongs to a word of ASCII; others do not tell. */
static inline bool word_is_ascii(unsigned char byte)
{
	return (unsigned int)((byte | 0x20) - 'a') < 26 || (unsigned int)(byte - '0') < 10;
}

/* Of 64 bytes: a bit for each letter or digit of ASCII. `closer`: some byte is
 * no ASCII or an apostrophe, and bits do not tell the words. */
struct word_bits {
	uint64_t words;
	bool closer;
};
struct word_bits word_bits(const char text[64]);

/* What stands between two words, or in front of the first. */
enum word_border {
	BORDER_NONE = 0,	/* blanks, commas, dashes ... */
	BORDER_CLAUSE,		/* a sentence may begin behind it: a colon, a quotation mark, a bracket, a line */
	BORDER_SENTENCE,	/* one ends */
};
enum word_border word_border(struct slice between);

#endif
