/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters that are spaced out, "i g n o r e   a l l", made words again.
 *
 * Single letters in a row, whatever parts them, are a stretch. Where enough of
 * them follow each other with the same separator, that is what the stretch is
 * spaced out with: letters with just it between them are one word, a wider or
 * another gap parts words.
 */
#ifndef PROMTAP_DETECT_FOLD_SPACED_H
#define PROMTAP_DETECT_FOLD_SPACED_H

#include "detect/fold_out.h"

#define FOLD_SPACED_LETTER_BYTES 32	/* with its marks; what has more is no single letter */

struct fold_spaced_letter {
	uint32_t folded, original, original_end;
	uint32_t gap;		/* what stands before it, packed; 0: no separator */
	uint8_t len;		/* in the fold, at most FOLD_SPACED_LETTER_BYTES */
	uint8_t alike;		/* the ASCII letter that it looks like; 0: none */
	bool latin, foreign, digit, capital;
	bool syllable;		/* of a script whose single characters are words every day */
};

/* What stands between two letters, while it is read. */
struct fold_gap {
	int32_t c;		/* the sign in it, else the white space */
	unsigned count;
	uint32_t signs;		/* a bit for each character that is the sign */
	bool mixed;		/* of several */
};

struct fold_spaced {
	struct fold_spaced_letter *letters;
	size_t count, room;
	struct fold_gap gap;
};

struct fold_joined {
	uint32_t words, mixed_words;
	uint32_t first_word, first_mixed;	/* in the original */
};

void fold_spaced_done(struct fold_spaced *spaced);
/* 0 or -ENOMEM. The gap before it is the one that was read. */
int fold_spaced_add(struct fold_spaced *spaced, const struct fold_spaced_letter *letter);
bool fold_spaced_ends_in_digit(const struct fold_spaced *spaced);
/* `c`: folded; white space as ' ' or '\n'. False: too wide, the stretch is over. */
bool fold_spaced_gap(struct fold_spaced *spaced, int32_t c);
/* Ends the stretch. True: words were joined, and `out` ends with the last letter. */
bool fold_spaced_join(struct fold_spaced *spaced, struct fold_out *out, struct fold_joined *ret);

#endif
