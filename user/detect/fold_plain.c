/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASCII goes by blocks (fold_ascii.h); from a character beyond it to where there
 * are no more of them for a while, words go character by character. A word that
 * turns out not to be plain is taken back.
 */
#include "detect/fold_plain.h"

#include <string.h>

#include <unicode/utf8.h>

#include "detect/fold_ascii.h"

#define READABLE_WORD_MIN 4	/* letters */
#define SPELLED_MIN 4		/* single letters in a row that may be a word: see fold_spaced.h */
#define SPELLED_BYTES 64	/* so far is looked whether there are so many */
#define ASCII_BYTES 8		/* so many of ASCII in a row are for blocks */

struct character {
	int32_t c;
	uint32_t taken;			/* bytes */
	const struct fold_entry *entry;
};

/* False: the end, or malformed. */
static inline bool read_character(const struct fold_plain *plain, uint32_t at, struct character *ret)
{
	int32_t next = (int32_t)at;

	if (at >= plain->text.len)
		return false;
	U8_NEXT(plain->text.ptr, next, (int32_t)plain->text.len, ret->c);
	if (ret->c < 0)
		return false;
	ret->taken = (uint32_t)next - at;
	ret->entry = fold_entry(plain->table, ret->c);
	return true;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The run goes on with byte `at` of the original. Null: out of memory. */
static char *go_on(const struct fold_plain *plain, uint32_t at)
{
	return fold_out_run(plain->out, plain->text.len - at + FOLD_ASCII_SLACK, at);
}

static inline void end_at(const struct fold_plain *plain, const char *to)
{
	plain->out->len = (size_t)(to - plain->out->data);
}

/* ---- single letters ---- */

/* From a word on: so many single letters follow each other that they may be one. Where not, those of them are calm. */
static bool may_spell(struct fold_plain *plain, uint32_t at)
{
	uint32_t begin = at, end = at + SPELLED_BYTES;
	unsigned int members = 0, letters = 0;
	struct character next;

	if (at < plain->calm_until)
		return false;
	for (; at < end && read_character(plain, at, &next); at += next.taken) {
		if (next.entry->pooled || next.entry->kind > FOLD_LINE)
			return true;
		if (next.entry->kind == FOLD_MARK)
			continue;
		if (next.entry->kind != FOLD_LETTER && next.entry->kind != FOLD_DIGIT) {
			members = 0;
			continue;
		}
		if (++members == 2)
			break;
		begin = at;
		letters += next.entry->kind == FOLD_LETTER;
	}
	if (letters > SPELLED_MIN || (letters == SPELLED_MIN && members < 2) || at >= end)
		return true;
	if (members < 2 && at < plain->text.len)
		return true;	/* malformed */
	plain->calm_until = members < 2 ? at : begin;
	return false;
}

/* ---- ASCII ---- */

/* Back to the word that something stands in or behind: it may go on, or be a letter that is spaced out. */
static uint32_t word_start(const char *text, uint32_t first, uint32_t at)
{
	if (at > first && ascii_is_alnum(text[at - 1])) {
		while (at > first && ascii_is_alnum(text[at - 1]))
			at--;
		return at;
	}
	if (at > first + 1 && ascii_is_alnum(text[at - 2]) && (at == first + 2 || !ascii_is_alnum(text[at - 3])))
		return at - 2;
	return at;
}

static void take_white(struct fold_plain *plain)
{
	const char *text = plain->text.ptr;
	uint32_t begin = plain->at, at = begin;
	unsigned int lines = 0;

	for (; at < plain->text.len && is_white(text[at]); at++)
		lines += text[at] == '\n';
	fold_out_white(plain->out, lines < 2 ? lines : 2, begin, at - begin);
	plain->at = at;
}

/* Up to the word before something else, or single letters; true: that is a character beyond ASCII, or the end. */
static bool take_ascii(struct fold_plain *plain)
{
	const char *text = plain->text.ptr;
	uint32_t len = (uint32_t)plain->text.len, first = plain->at;

	plain->before = 0;
	for (;;) {
		uint32_t begin = plain->at, calm = plain->calm_until > begin ? plain->calm_until - begin : 0, stop, start;
		char *out = go_on(plain, begin);

		if (!out)
			return false;
		stop = begin + (uint32_t)fold_ascii(text + begin, len - begin, fold_out_ends_white(plain->out), calm, out);
		start = stop < len ? word_start(text, begin, stop) : stop;
		/* White space parts words for good if no single letter stands before it (a word of two costs little). */
		if (stop < len && is_white(text[stop]) && (start == stop || stop - start > 2 || !may_spell(plain, start))) {
			plain->out->len += stop - begin;
			plain->at = stop;
			take_white(plain);
			continue;
		}
		plain->out->len += start - begin;
		plain->at = start;
		if (start > first)
			plain->last_script = FOLD_LATIN;
		if (stop == len || (signed char)text[stop] < 0)
			return true;
		if (!ascii_is_alnum(text[stop]) || may_spell(plain, stop))
			return false;
		/* It is none that stands alone: a letter beyond ASCII follows. */
		if (plain->calm_until <= stop)
			return true;
	}
}

/* ---- words ---- */

struct word {
	uint32_t counts[FOLD_COUNTS];	/* those that `sum` had no room for */
	uint64_t sum;			/* of fold_table's `counts` */
	unsigned int summed;		/* letters in it */
	uint8_t traits;			/* of any letter */
	uint8_t scripts;		/* a bit for each */
	uint8_t last;			/* traits of the last letter; 0: of ASCII. ORDER() of a mark behind it */
};

#define SUMMED_MAX 255u
#define DIGIT FOLD_COUNT_ONE(FOLD_COUNT_MEMBERS)
#define LATIN_LETTER (FOLD_COUNT_ONE(FOLD_COUNT_MEMBERS) | FOLD_COUNT_ONE(FOLD_COUNT_LATIN))
#define ORDER(mark) ((uint8_t)((mark)->order << 3))	/* no traits: those have their highest bit */

static void move_sum(struct word *word)
{
	for (unsigned int i = 0; i < FOLD_COUNTS; i++)
		word->counts[i] += word->sum >> 8 * i & 0xff;
	word->sum = 0;
	word->summed = 0;
}

static inline void add_sum(struct word *word, uint64_t sum)
{
	word->sum += sum;
	if (++word->summed == SUMMED_MAX)
		move_sum(word);
}

/* False: it is not plain. */
static bool add_mark(struct word *word, const struct fold_entry *entry, uint32_t taken)
{
	bool holds = word->last != 0 && (word->last & FOLD_TRAIT_SCRIPT) != FOLD_LATIN;

	if (!holds || entry->generic || entry->point || entry->back || entry->pooled || !(entry->same || entry->len == taken))
		return false;
	if (entry->order > 0 && word->last < FOLD_TRAIT_LETTER && word->last >= ORDER(entry))
		return false;
	word->last = entry->order > 0 ? ORDER(entry) : FOLD_TRAIT_LETTER;
	word->traits |= entry->changed ? FOLD_TRAIT_CHANGED : 0;
	return true;
}

/* False: it is not plain, or no part of a word. */
static inline bool add_character(const struct fold_plain *plain, struct word *word, const struct character *next)
{
	uint8_t traits = next->entry->traits;

	if (!traits)
		return next->entry->kind == FOLD_MARK && add_mark(word, next->entry, next->taken);
	add_sum(word, plain->table->counts[traits & ~FOLD_TRAIT_LETTER]);
	word->traits |= traits;
	word->scripts |= (uint8_t)(1 << (traits & FOLD_TRAIT_SCRIPT));
	word->last = traits;
	return true;
}

/* A character that becomes several. */
static bool put_pooled(struct fold_plain *plain, struct word *word, const struct fold_entry *entry, uint32_t at)
{
	for (uint32_t i = 0; i < entry->len; i++) {
		int32_t c = plain->table->pool[entry->pool + i];
		struct character part = { c, 0, fold_entry(plain->table, c) };

		if (!part.entry->same || !add_character(plain, word, &part))
			return false;
		fold_out_put_char(plain->out, c, at, 0);
	}
	word->traits |= FOLD_TRAIT_CHANGED;
	return true;
}

static inline bool is_sign(const struct fold_entry *entry)
{
	return entry->kind == FOLD_OTHER && !entry->readable && !entry->pooled;
}

/* White space, or a sign that parts words. */
static inline bool parts_words(const struct fold_entry *entry)
{
	return entry->kind == FOLD_WHITE || is_sign(entry);
}

#define FOREIGN_SCRIPTS (1u << FOLD_CYRILLIC | 1u << FOLD_GREEK | 1u << FOLD_OTHER_SCRIPT)

/* Of one script, and no single letter that may belong to others. */
static bool is_plain(struct fold_plain *plain, const struct word *word)
{
	unsigned int foreign = word->scripts & FOREIGN_SCRIPTS;

	if ((foreign & (foreign - 1)) != 0 || (foreign && word->counts[FOLD_COUNT_LATIN] > 0))
		return false;
	return word->counts[FOLD_COUNT_MEMBERS] != 1 || !may_spell(plain, plain->at);
}

static void count_word(struct fold_plain *plain, const struct word *word)
{
	const uint32_t *counts = word->counts;

	if (counts[FOLD_COUNT_MEMBERS] == 0)
		return;
	plain->before = 0;
	plain->changed |= (word->traits & FOLD_TRAIT_CHANGED) != 0;
	plain->east_asian += counts[FOLD_COUNT_EAST_ASIAN];
	plain->rtl += counts[FOLD_COUNT_RTL];
	plain->readable_signs += counts[FOLD_COUNT_ODD];
	if (counts[FOLD_COUNT_LATIN] > 0)
		plain->last_script = FOLD_LATIN;
	else if (counts[FOLD_COUNT_FOREIGN] > counts[FOLD_COUNT_ALIKE])
		plain->last_script = (enum fold_script)__builtin_ctz(word->scripts & FOREIGN_SCRIPTS);
	if (counts[FOLD_COUNT_FOREIGN] > 0 && counts[FOLD_COUNT_MEMBERS] >= READABLE_WORD_MIN) {
		plain->foreign_words++;
		plain->readable_words += counts[FOLD_COUNT_READABLE] == counts[FOLD_COUNT_FOREIGN];
	}
}

/* A copy of four bytes is one instruction; there is always room for it. */
static inline void copy_few(char *to, const char *from, uint32_t len, uint32_t readable)
{
	memcpy(to, from, readable >= 4 ? 4 : len);
}

/* Puts a character beyond ASCII. Returns where the run goes on; null: it is not plain, or there is no memory. */
static inline char *put_character(struct fold_plain *plain, struct word *word, const struct character *next, uint32_t at, char *to)
{
	const struct fold_entry *entry = next->entry;
	const char *text = plain->text.ptr;

	if (entry->pooled) {
		end_at(plain, to);
		return put_pooled(plain, word, entry, at) ? go_on(plain, at + next->taken) : NULL;
	}
	copy_few(to, entry->same ? text + at : entry->bytes, next->taken, entry->same ? (uint32_t)plain->text.len - at : 4);
	to += entry->same ? next->taken : entry->len;
	if (entry->same || entry->len == next->taken)
		return to;
	end_at(plain, to);
	return go_on(plain, at + next->taken);
}

/* The letters of the word at `at`, if there are any. Returns behind them; NOT_PLAIN: they are not, or memory ran out. */
#define NOT_PLAIN UINT32_MAX
static uint32_t read_word(struct fold_plain *plain, struct word *word)
{
	const char *text = plain->text.ptr;
	uint32_t at = plain->at, len = (uint32_t)plain->text.len;
	char *to = go_on(plain, at);
	struct character next;

	while (to && at < len) {
		char c = text[at];

		if (c >= 0 && !ascii_is_alnum(c)) {
			to = c >= ' ' || is_white(c) ? to : NULL;
			break;
		}
		if (c >= 0) {
			*to++ = c >= 'A' ? c | 0x20 : c;
			add_sum(word, c >= 'A' ? LATIN_LETTER : DIGIT);
			word->last = 0;
			at++;
			continue;
		}
		if (!read_character(plain, at, &next))
			return NOT_PLAIN;
		if (!next.entry->pooled && !add_character(plain, word, &next)) {
			to = parts_words(next.entry) ? to : NULL;
			break;
		}
		to = put_character(plain, word, &next, at, to);
		at += next.taken;
	}
	if (!to)
		return NOT_PLAIN;
	end_at(plain, to);
	move_sum(word);
	return at;
}

/* False: it is for others. */
static bool take_word(struct fold_plain *plain)
{
	size_t folded = plain->out->len;
	struct word word = { 0 };
	uint32_t end = read_word(plain, &word);

	if (end == NOT_PLAIN || !is_plain(plain, &word)) {
		fold_out_cut(plain->out, folded);
		return false;
	}
	count_word(plain, &word);
	plain->at = end;
	return true;
}

/* ---- what parts words ---- */

static void take_sign(struct fold_plain *plain, const struct character *sign)
{
	const struct fold_entry *entry = sign->entry;
	uint32_t at = plain->at;

	plain->at += sign->taken;
	if (entry->kind == FOLD_WHITE) {
		fold_out_white(plain->out, 0, at, sign->taken);
		plain->before = 0;
		return;
	}
	fold_out_put(plain->out, entry->same ? plain->text.ptr + at : entry->bytes, entry->same ? sign->taken : entry->len, at,
		     sign->taken);
	plain->changed |= entry->changed;
	plain->before = sign->c < 0x80 ? 0 : sign->c;
}

/* Blanks and signs of ASCII, as they are. */
static void take_ascii_signs(struct fold_plain *plain)
{
	const char *text = plain->text.ptr;
	uint32_t at = plain->at, len = (uint32_t)plain->text.len;
	bool white = fold_out_ends_white(plain->out);
	char *out = go_on(plain, at), *to = out;

	for (; out && at < len && text[at] >= ' ' && text[at] != 0x7f && !ascii_is_alnum(text[at]) && !(white && text[at] == ' ');
	     at++) {
		white = text[at] == ' ';
		*to++ = text[at];
	}
	if (to == out)
		return;
	end_at(plain, to);
	plain->at = at;
	plain->before = 0;
}

/* Up to the next word. False: up to something that is for others. */
static bool take_signs(struct fold_plain *plain)
{
	const char *text = plain->text.ptr;
	struct character next;

	while (plain->at < plain->text.len) {
		take_ascii_signs(plain);
		if (plain->at == plain->text.len || ascii_is_alnum(text[plain->at]))
			return true;
		if (is_white(text[plain->at])) {
			take_white(plain);
			plain->before = 0;
			continue;
		}
		if (!read_character(plain, plain->at, &next))
			return false;
		if (!parts_words(next.entry))
			return next.entry->kind == FOLD_LETTER;
		take_sign(plain, &next);
	}
	return true;
}

static bool ascii_follows(const struct fold_plain *plain)
{
	uint64_t bytes = 0;
	size_t left = plain->text.len - plain->at;

	memcpy(&bytes, plain->text.ptr + plain->at, left < ASCII_BYTES ? left : ASCII_BYTES);
	return !(bytes & 0x8080808080808080ull);
}

static bool take_words(struct fold_plain *plain)
{
	do
		if (!take_word(plain) || !take_signs(plain))
			return false;
	while (!ascii_follows(plain));
	return true;
}

void fold_plain_run(struct fold_plain *plain)
{
	bool goes_on = true;

	while (goes_on && plain->at < plain->text.len)
		goes_on = ((signed char)plain->text.ptr[plain->at] < 0 || take_ascii(plain)) && take_words(plain);
}
