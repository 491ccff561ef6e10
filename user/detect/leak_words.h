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
typedef void (*leak_word_fn)(void *ctx, const struct leak_word *word);

/* All zero at the beginning of a text. */
struct leak_cutter {
	uint64_t at;		/* bytes taken so far */
	uint64_t start, end;	/* of the word that is open */
	uint64_t front, back;	/* its first eight bytes, and its last eight */
	uint32_t length;	/* its bytes; 0: none is open */
	uint32_t code;		/* of the character whose bytes are not all there */
	uint8_t need;		/* how many are missing */
	uint8_t wide;		/* bytes of the character */
	uint8_t bytes[4];	/* those */
};

/* Gives each word that ends in `bytes`, in order. */
void leak_words_feed(struct leak_cutter *cutter, struct slice bytes, leak_word_fn found, void *ctx);
/* The text is over: the word that was open. `cutter` is as at a beginning again. */
void leak_words_end(struct leak_cutter *cutter, leak_word_fn found, void *ctx);

/* The hash of a word that is given whole, as leak_words_feed() makes it. */
uint16_t leak_word_hash(struct slice word);

#endif
