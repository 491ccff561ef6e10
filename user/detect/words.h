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

/*
 * The same words many at a time, 64 bytes a step, which is several times as
 * fast: starts[i] to ends[i] are places in the text.
 */
#define WORD_SCAN_BYTES 1024	/* of text, or a few more, at a time */
#define WORD_SCAN_WORDS (WORD_SCAN_BYTES / 2 + 64)

struct word_block {
	uint64_t letters;	/* bytes of letters, digits and marks */
	uint64_t apostrophes;
	uint64_t alone, alone_ends;	/* where a character that is a word begins, and behind it */
};

struct word_scan {
	struct slice text;
	size_t at;		/* of the block that comes next */
	struct word_block block;	/* that one */
	struct word_block over;	/* what characters reach over it */
	bool letter, inside;	/* of the byte before it: a letter; within a word */
	bool done;
	uint32_t count, open;	/* words; 1: one more has begun */
	uint32_t starts[WORD_SCAN_WORDS], ends[WORD_SCAN_WORDS];
};

/* From `from` on, where a word or what parts words begins. */
void word_scan_begin(struct word_scan *scan, struct slice text, size_t from);
/* The next words, `count` of them; false: there are none. */
bool word_scan_next(struct word_scan *scan);

/* What stands between two words, or in front of the first. */
enum word_border {
	BORDER_NONE = 0,	/* blanks, commas, dashes ... */
	BORDER_CLAUSE,		/* a sentence may begin behind it: a colon, a quotation mark, a bracket, a line */
	BORDER_SENTENCE,	/* one ends */
};
enum word_border word_border(struct slice between);

#endif
