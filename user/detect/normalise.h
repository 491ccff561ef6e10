/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folds text so that disguises fall away, and keeps the way back: NFKC with
 * case folding, default-ignorable and tag characters, bidi controls, marks on
 * Latin letters, TR39 look-alikes in words that mix scripts, spaced-out
 * letters. By Unicode property (ICU), never by lists of examples. Linear time;
 * memory a small multiple of the window; plain ASCII takes a fast path.
 * Malformed UTF-8 becomes U+FFFD, counted.
 *
 * What comes out is UTF-8:
 * - Latin letters are a to z: marks dropped (é e, ü u, ế e), and what has no
 *   decomposition as CLDR's Latin-ASCII has it (ß ss, ı i, ł l, ø o, æ ae, đ d,
 *   small capitals). Other scripts are in NFC and keep what they are written
 *   with; accents that none of them needs (stress marks, strokes) are dropped,
 *   and so are Hebrew, Arabic and Syriac points and the tatweel.
 * - A run of white space is one blank; one '\n' where it ends a line; "\n\n"
 *   where it has an empty line (or U+2029).
 * - Dashes are '-', apostrophes and single quotation marks '\'', double ones
 *   and guillemets '"'; East Asian brackets stay. Control characters and
 *   terminal sequences (ESC [ ...) are dropped, and part no words.
 * - Three or more tag characters, or variation selectors that stand for bytes,
 *   are words of their own at their place.
 * - In a word of Latin letters and look-alikes these become Latin. In a word
 *   mostly of Cyrillic or Greek, behind such words, the Latin ones become those.
 * - Four or more single letters (six of Han, Kana, Hangul) with the same
 *   separator are one word; shorter words beside it too. Without borders the
 *   whole run is one word: the matcher cuts it by its dictionary.
 */
#ifndef PROMTAP_DETECT_NORMALISE_H
#define PROMTAP_DETECT_NORMALISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define FOLD_BYTES_MAX (1024u * 1024)

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
	uint32_t invisible;		/* default-ignorable characters within Latin words, two or more beside one, and runs of
					 * eight or more anywhere; honest ZWJ, ZWNJ and variation selectors (emoji, Persian,
					 * Indic) and single soft hyphens left out */
	uint32_t invisible_run;		/* the longest run of them */
	uint32_t tags;			/* tag characters, flags left out */
	uint32_t bidi;			/* bidirectional controls; none where right-to-left letters outnumber them four to one */
	uint32_t compat;		/* letters that NFKC turned into ASCII letters (full-width, mathematical ...), in words
					 * of three or more; full-width ones not where the window has East Asian letters */
	uint32_t mixed_words;		/* words that mixed scripts and were folded; not those that begin with one Greek letter
					 * (units, variables) */
	uint32_t marks;			/* marks dropped from Latin letters beyond two a letter (Vietnamese has two) */
	uint32_t spaced_words;		/* words joined from single letters; alphabets, repetitions and acronyms left out */
	uint32_t hidden_words;		/* words of three or more letters or figures in tag characters or
					 * variation selectors */
	uint32_t foreign_words;		/* of four letters and more, not all Latin */
	uint32_t readable_words;	/* of those: each letter that is not Latin looks like one, more or less (looks.h) */
	uint32_t readable_signs;	/* signs beside letters, and Latin letters, that look like those of ASCII */
	uint32_t first[FOLD_FIRST_MAX];	/* offset in the original of the first of each; 0 if there is none */
};

struct fold;	/* buffers, reused; one a worker */

/* The first one of the process builds tables: some 50 ms, about 1 MiB; no file is opened. Null: out of memory. */
struct fold *fold_new(void);
void fold_free(struct fold *fold);

/* Folds one window. The result is lent until the next call, like `original`,
 * which must stay until then too. -E2BIG: over FOLD_BYTES_MAX; -ENOMEM. */
int fold_text(struct fold *fold, struct slice original, struct slice *ret_folded, struct fold_facts *ret_facts);

/* Where a byte of the last fold stands in the original; the end maps to the end. Never falls as `folded` grows. */
uint32_t fold_original(const struct fold *fold, uint32_t folded);

/* The last fold changed nothing but case and white space. */
bool fold_is_plain(const struct fold *fold);

#endif
