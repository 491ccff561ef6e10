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

/* Where a word stands. */
struct leak_span {
	uint64_t start;	/* bytes of the text */
	uint32_t len : 31;
	uint32_t alone : 1;	/* one character of a script without blanks */
};

#define LEAK_ROOM_WORDS 96
#define LEAK_BLOCK_WORDS 40	/* there is always room for so many */

/* Words in the order of the text. All zero: none. */
struct leak_words {
	uint32_t count;
	uint16_t hashes[LEAK_ROOM_WORDS];	/* not keyed: two words may share one, twelve in a row do not */
	struct leak_span spans[LEAK_ROOM_WORDS];
};
/* There is little room left: takes words out, so that LEAK_BLOCK_WORDS fit again. */
typedef void (*leak_words_fn)(void *ctx, struct leak_words *words);

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

/* Adds each word that ends in `bytes`. */
void leak_words_feed(struct leak_cutter *cutter, struct slice bytes, struct leak_words *words, leak_words_fn full,
		     void *ctx);
/* The text is over: the word that was open. `cutter` is as at a beginning again. */
void leak_words_end(struct leak_cutter *cutter, struct leak_words *words);

/* The hash of a word that is given whole, as leak_words_feed() makes it; of several: the last one. */
uint16_t leak_word_hash(struct slice word);

#endif
