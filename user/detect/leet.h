/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters written as digits, signs and letters of other scripts. Undone only
 * where a word of the dictionary comes out, so that honest names ("sha256",
 * "b2b") and other languages stay what they are.
 */
#ifndef PROMTAP_DETECT_LEET_H
#define PROMTAP_DETECT_LEET_H

#include "detect/dictionary.h"

struct leet_words {
	uint32_t signs;		/* words that were written with digits or signs */
	uint32_t letters;	/* with letters of other scripts alone, of four letters and more */
	uint32_t undone;	/* those, and shorter ones */
};

/* Copies the text to `out` (text.len bytes) with it undone, blanks for what is
 * left of each word, so that offsets stay. Where nothing is undone `out` stays
 * as it was. */
struct leet_words leet_undo(const struct dictionary *dictionary, struct slice text, char *out);

#endif
