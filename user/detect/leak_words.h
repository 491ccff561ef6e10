/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a text into words, each as a hash, from pieces that are cut anywhere.
 * ASCII letters are compared without case; marks, blanks and punctuation part
 * words, so that layout, quotation marks and list signs make no difference. In
 * scripts without blanks each character is a word.
 */
#ifndef PROMTAP_DETECT_LEAK_WORDS_H
#define PROMTAP_DETECT_LEAK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct leak_word {
	uint16_t hash;		/* not keyed: two words may share one, twelve in a row do not */
	bool alone;		/* one character of a script without blanks */
	uint64_t start, end;	/* bytes of the text */
};

/* All zero at the beginning of a text. */
struct leak_cutter {
	uint64_t at;		/* bytes taken so far */
	uint64_t hash, start, end;
	uint32_t code;		/* of the character whose bytes are not all there */
	uint8_t need;		/* how many are missing */
	uint8_t length;		/* of the character */
	bool in_word;
	bool alone;		/* `code` is a word by itself and waits */
};

/* Takes bytes off `left` up to the end of a word. False: all are taken, and the word goes on. */
bool leak_word_next(struct leak_cutter *cutter, struct slice *left, struct leak_word *ret);
/* The text is over: the word that was open, or false. */
bool leak_word_last(struct leak_cutter *cutter, struct leak_word *ret);

/* The hash of a word that is given whole, as leak_word_next() makes it. */
uint16_t leak_word_hash(struct slice word);

#endif
