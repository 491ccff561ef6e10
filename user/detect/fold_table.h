/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What folding does with each code point, worked out from the Unicode and CLDR
 * data that ICU carries when promtap is built (tables/make_fold_table.c): part
 * of the program, read only.
 */
#ifndef PROMTAP_DETECT_FOLD_TABLE_H
#define PROMTAP_DETECT_FOLD_TABLE_H

#include <stdint.h>

enum fold_kind {
	FOLD_OTHER = 0,		/* punctuation, symbols, what is not assigned: parts words */
	FOLD_LETTER,
	FOLD_DIGIT,
	FOLD_MARK,
	FOLD_WHITE,
	FOLD_LINE,		/* ends a line */
	FOLD_CONTROL,		/* dropped; parts no word */
	FOLD_IGNORABLE,		/* Default_Ignorable_Code_Point */
	FOLD_JOINER,		/* of those: ZWJ, ZWNJ, variation selectors, which have honest uses */
	FOLD_BIDI,		/* Bidi_Control */
	FOLD_TAG,		/* U+E0000 to U+E007F */
	FOLD_REGIONAL		/* regional indicators: two are a flag */
};

enum fold_script {
	FOLD_COMMON = 0,
	FOLD_LATIN,
	FOLD_EAST_ASIAN,	/* Han, Kana, Hangul, Bopomofo: Latin letters beside them are everyday text */
	FOLD_CYRILLIC,
	FOLD_GREEK,
	FOLD_OTHER_SCRIPT
};

#define FOLD_POOL_MAX 6		/* code points that one may become; what needs more stays as it is */
#define FOLD_POOL_ROOM 4096	/* code points of all those; of Unicode 15 there are 2854 */

struct fold_entry {
	union {
		char bytes[4];		/* UTF-8 */
		uint32_t pool;		/* where its code points begin */
	};
	uint32_t len : 3;		/* bytes, or code points in the pool; 0: dropped */
	uint32_t kind : 4;		/* of what it becomes */
	uint32_t script : 3;
	uint32_t same : 1;		/* it stays as it is; `bytes` is not set */
	uint32_t pooled : 1;
	uint32_t changed : 1;		/* becomes more than its other case */
	uint32_t compat : 1;		/* a compatibility form of an ASCII letter */
	uint32_t wide : 1;		/* of those: full-width, honest in East Asian text */
	uint32_t back : 1;		/* may compose with what stands before it */
	uint32_t order : 3;		/* 0: none; marks with a higher one stand behind those with a lower one */
	uint32_t generic : 1;		/* a mark that no script needs: accents, strokes, rings */
	uint32_t point : 1;		/* what writers of Hebrew, Arabic and Syriac mostly leave out: vowels, strokes that stretch */
	uint32_t rtl : 1;
	uint32_t rough : 1;		/* it looks like that by and large: small letters like capitals, mirrored, with marks */
	uint32_t readable : 1;		/* no ASCII, and like an ASCII letter by TR39 or by looks.h */
	uint32_t alike : 8;		/* the ASCII letter or digit that it looks like (TR39), 0: none */
	uint8_t traits;			/* of a letter that folds to no more bytes, whatever stands around it; 0: it is none */
	uint8_t reserved[3];
};

/* The traits of a letter: its script in the lowest bits, and these. */
enum {
	FOLD_TRAIT_SCRIPT = 7,
	FOLD_TRAIT_ALIKE = 1 << 3,
	FOLD_TRAIT_READABLE = 1 << 4,
	FOLD_TRAIT_RTL = 1 << 5,
	FOLD_TRAIT_CHANGED = 1 << 6,
	FOLD_TRAIT_LETTER = 1 << 7,	/* set */
};

/* What is counted of the letters of a word: each has a byte of a number, so that one addition counts them all. */
enum {
	FOLD_COUNT_MEMBERS = 0,
	FOLD_COUNT_LATIN,
	FOLD_COUNT_FOREIGN,		/* of scripts that do not stand beside Latin in one word */
	FOLD_COUNT_ALIKE,		/* of the foreign ones */
	FOLD_COUNT_READABLE,		/* likewise */
	FOLD_COUNT_ODD,			/* of the Latin ones: not of ASCII, but like that */
	FOLD_COUNT_EAST_ASIAN,
	FOLD_COUNT_RTL,
	FOLD_COUNTS
};
#define FOLD_COUNT_ONE(count) (UINT64_C(1) << 8 * (count))

struct fold_table {
	uint16_t page_of[0x1100];	/* by code point / 256 */
	uint64_t counts[FOLD_TRAIT_LETTER];	/* what a letter adds, by its traits without that one */
	/* The small letters that look like a to z, 0: none. */
	int32_t cyrillic[26], greek[26];
	int32_t pool[FOLD_POOL_ROOM];
	struct fold_entry pages[][256];	/* those that are alike are there once */
};

extern const struct fold_table fold_table_made;

static inline const struct fold_table *fold_table(void)
{
	return &fold_table_made;
}

static inline const struct fold_entry *fold_entry(const struct fold_table *table, int32_t c)
{
	return &table->pages[table->page_of[c >> 8]][c & 0xff];
}

#endif
