/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by normalise*.c: the walk over a window and what it knows so far.
 * normalise.c walks, and takes what parts words; normalise_words.c ends words
 * and stretches of spaced letters, which may send the walk back;
 * normalise_letters.c puts letters and their marks; normalise_invisible.c takes
 * what is not to be seen, hidden text too.
 */
#ifndef PROMTAP_DETECT_NORMALISE_IMPL_H
#define PROMTAP_DETECT_NORMALISE_IMPL_H

#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include "detect/fold_out.h"
#include "detect/fold_spaced.h"
#include "detect/fold_table.h"
#include "detect/normalise.h"

#define MARKS_ORDERED 8		/* marks of one letter that are put in canonical order */

/* What is counted on the way, and taken back with the walk. */
struct tally {
	struct fold_facts facts;
	uint32_t east_asian, rtl;	/* letters */
	uint32_t wide, first_wide;
};

/* A code point on its way to the fold. */
struct item {
	int32_t c;
	const struct fold_entry *entry;
	uint32_t original;
	uint32_t taken;			/* bytes of the original; 0: they do not spell `c` */
};

struct before {
	int32_t c;
	bool latin;			/* a Latin letter in itself */
};

/* Where the walk can go back to. */
struct place {
	uint32_t original;
	size_t folded;
	struct before before;
	struct tally tally;
};

struct word {
	bool open;
	uint32_t members;		/* letters and digits */
	uint32_t latin, foreign;	/* foreign: of scripts that do not stand beside Latin in one word */
	uint32_t alike, rough, readable;	/* of the foreign ones */
	uint32_t odd;			/* of the Latin ones: not of ASCII, but like that */
	uint32_t latin_letters;		/* a bit for each of a to z */
	uint32_t compat, wide;
	bool greek_first, digit, syllable, capital;
	enum fold_script script;	/* of the foreign letters; COMMON: of several */
	unsigned char last_alike;
	struct place begin;
};

struct kept_mark {
	int32_t c;
	uint8_t class;
	size_t folded;
};

/* The letter that marks belong to. */
struct base {
	bool open, latin;
	int32_t c;			/* folded */
	uint32_t original;
	size_t folded;
	uint32_t dropped;
	unsigned int kept;
	struct kept_mark marks[MARKS_ORDERED];
};

struct range {
	uint32_t from, until;
};

struct fold {
	const struct fold_table *table;
	const UNormalizer2 *nfc;
	struct slice text;		/* lent */
	struct fold_out out;
	struct fold_spaced spaced;
	struct place stretch_end;	/* behind the last of `spaced` */
	struct tally tally;
	struct word word;
	struct base base;
	struct before before;
	uint32_t at;
	uint32_t alike_until;		/* words up to here are walked again */
	uint32_t calm_until;		/* of struct fold_plain */
	enum fold_script alike_to;
	enum fold_script last_script;	/* of the last word that is of one script for sure */
	struct range hidden;		/* tag characters and the like that are text */
	struct range regional;		/* regional indicators in a row */
	bool plain;
	bool no_memory;
};

static inline void fold_note(struct fold *fold, uint32_t *count, enum fold_first fact, uint32_t original, uint32_t n)
{
	if (*count == 0 && n > 0)
		fold->tally.facts.first[fact] = original;
	*count += n;
}

static inline bool fold_is_latin_letter(const struct fold_entry *entry)
{
	return entry->kind == FOLD_LETTER && entry->script == FOLD_LATIN && !entry->pooled && !entry->compat;
}

static inline bool fold_is_invisible(const struct fold_entry *entry)
{
	return entry->kind >= FOLD_IGNORABLE && entry->kind <= FOLD_TAG;
}

/* The next code point; false: the end, or malformed. */
static inline bool fold_peek(const struct fold *fold, uint32_t at, struct item *ret)
{
	int32_t next = (int32_t)at, c;

	if (at >= fold->text.len)
		return false;
	U8_NEXT(fold->text.ptr, next, (int32_t)fold->text.len, c);
	if (c < 0)
		return false;
	*ret = (struct item){ c, fold_entry(fold->table, c), at, (uint32_t)next - at };
	return true;
}

/* What the table says of the item. */
void fold_take(struct fold *fold, const struct item *item);
/* What parts words. */
void fold_take_other(struct fold *fold, const struct item *item);
/* White space that the original has not, around hidden text. True: the walk went back. */
bool fold_put_border(struct fold *fold, uint32_t original);

/* ---- words (normalise_words.c) ---- */

void fold_begin_word(struct fold *fold, const struct item *item);
/* One more letter or digit of the word that is open. */
void fold_count_letter(struct fold *fold, const struct item *item);
/* Ends the word before `until`. True: the walk went back. */
bool fold_end_word(struct fold *fold, uint32_t until);
/* A separator. True: the walk went back. */
bool fold_add_gap(struct fold *fold, int32_t c);
/* Ends the stretch of single letters. True: it was joined, and the walk went back behind it. */
bool fold_end_stretch(struct fold *fold);
/* By letter from a to z, what looks like it in that script; null: no such letters are known. */
const int32_t *fold_reverse_of(const struct fold *fold, enum fold_script script);

/* ---- letters and marks (normalise_letters.c) ---- */

void fold_take_letter(struct fold *fold, const struct item *item);
void fold_take_mark(struct fold *fold, const struct item *item);
/* Puts what the table says. */
void fold_put_item(struct fold *fold, const struct item *item);
/* The first code point of that. */
int32_t fold_item_char(const struct item *item);

/* ---- invisible characters (normalise_invisible.c) ---- */

void fold_take_invisible(struct fold *fold, const struct item *item);
/* Behind hidden text. True: the walk went back. */
bool fold_end_hidden(struct fold *fold);

#endif
