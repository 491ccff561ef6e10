/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folds text so that disguises fall away, and keeps the way back: NFKC with
 * case folding, default-ignorable and tag characters, bidi controls, marks on
 * Latin letters, TR39 look-alikes in words that mix scripts, spaced-out
 * letters. By Unicode property (ICU), never by lists of examples. Linear time;
 * memory a small multiple of the window; plain ASCII takes a fast path.
 * Malformed UTF-8 becomes U+FFFD, counted.
 */
#ifndef PROMTAP_DETECT_NORMALISE_H
#define PROMTAP_DETECT_NORMALISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Which of struct fold_facts has a place. */
enum fold_first {
	FOLD_FIRST_REPLACED = 0,
	FOLD_FIRST_INVISIBLE,
	FOLD_FIRST_TAGS,
	FOLD_FIRST_BIDI,
	FOLD_FIRST_COMPAT,
	FOLD_FIRST_MIXED,
	FOLD_FIRST_MARKS,
	FOLD_FIRST_SPACED,
	FOLD_FIRST_MAX
};

/* What the folding saw, for signals (signals.h). Counts of characters, or of words. */
struct fold_facts {
	uint32_t replaced;		/* bytes that were no UTF-8 */
	uint32_t invisible;		/* default-ignorable characters within or beside Latin words; honest ZWJ, ZWNJ and
					 * variation selectors (emoji, Persian, Indic) left out */
	uint32_t invisible_run;		/* the longest run of them */
	uint32_t tags;			/* tag characters, flags left out */
	uint32_t bidi;			/* bidirectional controls */
	uint32_t compat;		/* letters that NFKC turned into ASCII letters (full-width, mathematical ...) */
	uint32_t mixed_words;		/* words that mixed scripts and were folded */
	uint32_t marks;			/* marks dropped from Latin letters beyond one a letter */
	uint32_t spaced_words;		/* words joined from single letters */
	uint32_t first[FOLD_FIRST_MAX];	/* offset in the original of the first of each */
};

/* One stretch of the fold in which offsets run along: folded + i is original + i,
 * or (`stuck`) all of it stands for original. */
struct fold_step {
	uint32_t folded, original;
	bool stuck;
};

struct fold;	/* buffers, reused; one a worker */

struct fold *fold_new(void);
void fold_free(struct fold *fold);

/* Folds one window. The result is lent until the next call. `tags_text` (tag
 * characters as ASCII) is appended to the fold in place, so that hidden words
 * are matched like others. Windows up to 1 MiB; -E2BIG over it, -ENOMEM. */
int fold_text(struct fold *fold, struct slice original, struct slice *ret_folded, struct fold_facts *ret_facts);

/* Where a byte of the last fold stands in the original; the end maps to the end. */
uint32_t fold_original(const struct fold *fold, uint32_t folded);

/* The last fold changed nothing but case and white space. */
bool fold_is_plain(const struct fold *fold);

#endif
