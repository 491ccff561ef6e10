/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over the window. Plain text is taken by fold_plain_run(); the rest code
 * point by code point, as the table (fold_table.h) says. Two things show only
 * when they are over: that a word mixed scripts, and that letters were spaced
 * out. Then the walk goes back to where they began (a word) or ended (letters)
 * and goes on from there, knowing. Each byte is walked at most a fixed number
 * of times: a word once more, and behind spaced letters one gap and one letter.
 */
#include "detect/normalise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include "detect/fold_ascii.h"
#include "detect/fold_out.h"
#include "detect/fold_plain.h"
#include "detect/fold_spaced.h"
#include "detect/fold_table.h"

#define MARKS_ORDERED 8		/* marks of one letter that are put in canonical order */
#define MARKS_HONEST 2		/* on one Latin letter: Vietnamese */
#define COMPAT_WORD_MIN 3
#define READABLE_WORD_MIN 4
#define INVISIBLE_RUN_MIN 8	/* counted wherever it stands */
#define HIDDEN_MIN 3		/* characters that make hidden text */
#define SELECTORS_MIN 4		/* variation selectors that stand for bytes: no honest run is longer than two */
#define HIDDEN_WORD_MIN 3
#define ESCAPE_BYTES_MAX 64

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

static void take(struct fold *fold, const struct item *item);

/* ---- facts ---- */

static void note(struct fold *fold, uint32_t *count, enum fold_first fact, uint32_t original, uint32_t n)
{
	if (*count == 0 && n > 0)
		fold->tally.facts.first[fact] = original;
	*count += n;
}

static bool is_latin_letter(const struct fold_entry *entry)
{
	return entry->kind == FOLD_LETTER && entry->script == FOLD_LATIN && !entry->pooled && !entry->compat;
}

static bool is_invisible(const struct fold_entry *entry)
{
	return entry->kind >= FOLD_IGNORABLE && entry->kind <= FOLD_TAG;
}

/* The next code point; false: the end, or malformed. */
static bool peek(const struct fold *fold, uint32_t at, struct item *ret)
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

/* ---- going back ---- */

static struct place place_here(const struct fold *fold, uint32_t original)
{
	return (struct place){ original, fold->out.len, fold->before, fold->tally };
}

static void go_back(struct fold *fold, const struct place *place)
{
	fold_out_cut(&fold->out, place->folded);
	fold->at = place->original;
	fold->before = place->before;
	fold->tally = place->tally;
	fold->word.open = false;
	fold->base.open = false;
	fold->plain = false;
	if (place->original <= fold->hidden.from)
		fold->hidden = (struct range){ 0, 0 };
}

/* ---- spaced-out letters ---- */

/* Ends the stretch of single letters. True: it was joined, and the walk went back behind it. */
static bool end_stretch(struct fold *fold)
{
	struct fold_facts *facts = &fold->tally.facts;
	struct fold_joined joined;

	if (fold->spaced.count == 0 || !fold_spaced_join(&fold->spaced, &fold->out, &joined))
		return false;
	fold->stretch_end.folded = fold->out.len;
	go_back(fold, &fold->stretch_end);
	note(fold, &facts->spaced_words, FOLD_FIRST_SPACED, joined.first_word, joined.words);
	note(fold, &facts->mixed_words, FOLD_FIRST_MIXED, joined.first_mixed, joined.mixed_words);
	return true;
}

/* A separator. True: the walk went back. */
static bool add_gap(struct fold *fold, int32_t c)
{
	return !fold_spaced_gap(&fold->spaced, c) && end_stretch(fold);
}

/* The word was one letter. */
static bool add_single(struct fold *fold, uint32_t until)
{
	const struct word *word = &fold->word;
	struct fold_spaced_letter letter = {
		.folded = (uint32_t)word->begin.folded,
		.original = word->begin.original,
		.original_end = until,
		.alike = word->last_alike,
		.latin = word->latin > 0,
		.foreign = word->foreign > 0,
		.digit = word->digit,
		.syllable = word->syllable,
		.capital = word->capital,
	};
	size_t len = fold->out.len - word->begin.folded;

	if (len > FOLD_SPACED_LETTER_BYTES)
		return end_stretch(fold);
	/* Two digits in a row spell nothing: the fast path does not stop for them. */
	if (letter.digit && fold_spaced_ends_in_digit(&fold->spaced) && end_stretch(fold))
		return true;
	letter.len = (uint8_t)len;
	if (fold_spaced_add(&fold->spaced, &letter) < 0)
		fold->no_memory = true;
	fold->stretch_end = place_here(fold, until);
	return false;
}

/* ---- words ---- */

static const int32_t *reverse_of(const struct fold *fold, enum fold_script script)
{
	if (script == FOLD_CYRILLIC)
		return fold->table->cyrillic;
	return script == FOLD_GREEK ? fold->table->greek : NULL;
}

static bool can_turn(const struct word *word, const int32_t reverse[26])
{
	for (unsigned int i = 0; reverse && i < 26; i++)
		if (word->latin_letters >> i & 1 && !reverse[i])
			return false;
	return reverse != NULL;
}

/*
 * Which script a mixed word is to be folded to; COMMON: it stays. Mostly
 * foreign letters, some of them hardly like Latin ones, are a foreign word in
 * which Latin letters hide; where all are, the words before it tell.
 */
static enum fold_script mixed_target(const struct fold *fold)
{
	const struct word *word = &fold->word;
	bool all_alike = word->alike == word->foreign;
	bool mostly_foreign = word->foreign > word->latin && can_turn(word, reverse_of(fold, word->script));

	if (word->latin == 0 || word->foreign == 0)
		return FOLD_COMMON;
	if (mostly_foreign && (word->rough > 0 || fold->last_script == word->script))
		return word->script;
	return all_alike ? FOLD_LATIN : FOLD_COMMON;
}

/* True: the word mixed scripts, and is walked again. */
static bool unmix(struct fold *fold, uint32_t until)
{
	enum fold_script target = mixed_target(fold);
	bool counts = !(fold->word.greek_first && fold->word.foreign == 1);

	if (target == FOLD_COMMON || fold->word.begin.original < fold->alike_until)
		return false;
	go_back(fold, &fold->word.begin);
	fold->alike_until = until;
	fold->alike_to = target;
	note(fold, &fold->tally.facts.mixed_words, FOLD_FIRST_MIXED, fold->at, counts);
	return true;
}

static void count_word(struct fold *fold)
{
	const struct word *word = &fold->word;
	struct tally *tally = &fold->tally;

	if (word->latin > 0 && word->foreign == 0)
		fold->last_script = FOLD_LATIN;
	else if (word->latin == 0 && word->foreign > word->alike)
		fold->last_script = word->script;
	tally->facts.readable_signs += word->odd;
	if (word->foreign > 0 && word->members >= READABLE_WORD_MIN) {
		tally->facts.foreign_words++;
		tally->facts.readable_words += word->readable == word->foreign;
	}
	if (word->compat >= COMPAT_WORD_MIN)
		note(fold, &tally->facts.compat, FOLD_FIRST_COMPAT, word->begin.original, word->compat);
	if (word->wide < COMPAT_WORD_MIN)
		return;
	if (tally->wide == 0)
		tally->first_wide = word->begin.original;
	tally->wide += word->wide;
}

/* Ends the word before `until`. True: the walk went back. */
static bool end_word(struct fold *fold, uint32_t until)
{
	fold->base.open = false;
	if (!fold->word.open)
		return false;
	if (unmix(fold, until))
		return true;
	fold->word.open = false;
	count_word(fold);
	return fold->word.members == 1 && add_single(fold, until);
}

static void begin_word(struct fold *fold, const struct item *item)
{
	fold->word = (struct word){ .open = true, .begin = place_here(fold, item->original) };
}

static void count_foreign(struct word *word, const struct fold_entry *entry)
{
	if (word->foreign == 0)
		word->script = entry->script;
	else if (word->script != entry->script)
		word->script = FOLD_COMMON;
	if (word->members == 0 && entry->script == FOLD_GREEK)
		word->greek_first = true;
	word->foreign++;
	word->alike += entry->alike != 0;
	word->rough += entry->rough;
	word->readable += entry->readable;
	word->last_alike = (unsigned char)entry->alike;
}

static void count_latin(struct word *word, const struct item *item)
{
	char c = item->entry->same ? (char)item->c : item->entry->bytes[0];

	word->latin++;
	if (c >= 'a' && c <= 'z')
		word->latin_letters |= 1u << (c - 'a');
	word->wide += item->entry->wide;
	word->odd += item->entry->readable;
	word->compat += item->entry->compat && !item->entry->wide;
}

static void count_letter(struct fold *fold, const struct item *item)
{
	const struct fold_entry *entry = item->entry;
	struct word *word = &fold->word;

	if (entry->script == FOLD_LATIN)
		count_latin(word, item);
	else if (entry->script >= FOLD_CYRILLIC && entry->kind == FOLD_LETTER)
		count_foreign(word, entry);
	word->digit = entry->kind == FOLD_DIGIT;
	word->syllable = entry->script == FOLD_EAST_ASIAN;
	word->capital = item->c >= 'A' && item->c <= 'Z';
	fold->tally.east_asian += entry->script == FOLD_EAST_ASIAN;
	fold->tally.rtl += entry->rtl;
	word->members++;
}

/* ---- letters ---- */

/* Puts what the table says. */
static void put_item(struct fold *fold, const struct item *item)
{
	const struct fold_entry *entry = item->entry;

	if (!entry->same)
		fold_out_put(&fold->out, entry->bytes, entry->len, item->original, item->taken);
	else if (item->taken)
		fold_out_put(&fold->out, fold->text.ptr + item->original, item->taken, item->original, item->taken);
	else
		fold_out_put_char(&fold->out, item->c, item->original, 0);
	if (entry->changed)
		fold->plain = false;
}

static int32_t folded_char(const struct item *item)
{
	int32_t at = 0, c = item->c;

	if (!item->entry->same)
		U8_NEXT_UNSAFE(item->entry->bytes, at, c);
	return c;
}

/* What a letter of a mixed word becomes; 0: what the table says. */
static int32_t unmixed_char(const struct fold *fold, const struct item *item)
{
	const struct fold_entry *entry = item->entry;
	int32_t c;

	if (item->original >= fold->alike_until || entry->kind != FOLD_LETTER)
		return 0;
	if (fold->alike_to == FOLD_LATIN)
		return entry->script >= FOLD_CYRILLIC ? (int32_t)entry->alike : 0;
	c = folded_char(item);
	return c >= 'a' && c <= 'z' ? reverse_of(fold, fold->alike_to)[c - 'a'] : 0;
}

/* Not by assignment of a whole one: this is for every letter, and the marks are many bytes. */
static void set_base(struct fold *fold, const struct item *item, int32_t c, bool latin)
{
	struct base *base = &fold->base;

	base->open = true;
	base->latin = latin;
	base->c = c;
	base->original = item->original;
	base->folded = fold->out.len;
	base->dropped = 0;
	base->kept = 0;
}

static void put_letter(struct fold *fold, const struct item *item)
{
	int32_t c = unmixed_char(fold, item);

	if (c)
		set_base(fold, item, c, c < 0x80);
	else
		set_base(fold, item, folded_char(item), item->entry->script == FOLD_LATIN);
	if (c)
		fold_out_put_char(&fold->out, c, item->original, item->taken);
	else
		put_item(fold, item);
}

/* True: the item went into the letter before it, as NFC has it. */
static bool compose(struct fold *fold, const struct item *item)
{
	struct base *base = &fold->base;
	uint32_t end = item->original + item->taken;
	int32_t c;

	if (!base->open || base->latin || base->kept > 0)
		return false;
	c = unorm2_composePair(fold->nfc, base->c, folded_char(item));
	if (c < 0)
		return false;
	fold_out_cut(&fold->out, base->folded);
	fold_out_put_char(&fold->out, c, base->original, end - base->original);
	base->c = c;
	fold->plain = false;
	return true;
}

static void take_letter(struct fold *fold, const struct item *item)
{
	if (item->entry->back && compose(fold, item))
		return;
	/* The second letter of a word: it is not spaced out, and what was, is over. */
	if (fold->word.open && fold->word.members == 1 && end_stretch(fold))
		return;
	if (!fold->word.open)
		begin_word(fold, item);
	count_letter(fold, item);
	put_letter(fold, item);
}

/* ---- marks ---- */

static void drop_mark(struct fold *fold, const struct item *item)
{
	struct base *base = &fold->base;

	fold->plain = false;
	if (base->open && base->latin && base->dropped++ >= MARKS_HONEST)
		note(fold, &fold->tally.facts.marks, FOLD_FIRST_MARKS, item->original, 1);
}

/* A mark of class 0 is a letter of its own to the marks behind it. */
static void put_spacing_mark(struct fold *fold, const struct item *item)
{
	set_base(fold, item, folded_char(item), false);
	put_item(fold, item);
}

/* Canonical order (Unicode Standard, section 3.11): marks from `i` on move up by one. */
static void insert_mark(struct fold *fold, const struct kept_mark *mark, unsigned int i)
{
	struct base *base = &fold->base;
	size_t folded = base->marks[i].folded;
	uint32_t original = fold_out_original(&fold->out, (uint32_t)folded);

	for (unsigned int k = base->kept; k > i; k--)
		base->marks[k] = base->marks[k - 1];
	base->marks[i] = *mark;
	base->kept++;
	fold_out_cut(&fold->out, folded);
	for (unsigned int k = i; k < base->kept; k++) {
		base->marks[k].folded = fold->out.len;
		fold_out_put_char(&fold->out, base->marks[k].c, original, 0);
	}
	fold->plain = false;
}

static void keep_mark(struct fold *fold, const struct item *item)
{
	struct base *base = &fold->base;
	struct kept_mark mark = { folded_char(item), 0, fold->out.len };
	unsigned int i = base->kept;

	if (item->entry->order == 0) {
		put_spacing_mark(fold, item);
		return;
	}
	mark.class = u_getCombiningClass(mark.c);
	while (i > 0 && base->marks[i - 1].class > mark.class)
		i--;
	if (base->kept == MARKS_ORDERED) {
		put_item(fold, item);
	} else if (i < base->kept) {
		insert_mark(fold, &mark, i);
	} else {
		base->marks[base->kept++] = mark;
		put_item(fold, item);
	}
}

static void take_other(struct fold *fold, const struct item *item);

static void take_mark(struct fold *fold, const struct item *item)
{
	const struct fold_entry *entry = item->entry;

	if (entry->back && compose(fold, item))
		return;
	/* Without a letter to stand on: behind a blank it would be a word. */
	if (entry->generic || entry->point || (fold->base.open && fold->base.latin) ||
	    (!fold->base.open && fold_out_ends_white(&fold->out)))
		drop_mark(fold, item);
	else if (fold->base.open)
		keep_mark(fold, item);
	else
		take_other(fold, item);
}

/* ---- what parts words ---- */

static void take_other(struct fold *fold, const struct item *item)
{
	struct item next;

	if (item->entry->readable && peek(fold, fold->at, &next))
		fold->tally.facts.readable_signs += fold->word.open || next.entry->kind == FOLD_LETTER;
	if (end_word(fold, item->original) || add_gap(fold, folded_char(item)))
		return;
	put_item(fold, item);
}

/* More blanks add nothing, unless letters are spaced out with them. */
static void skip_blanks(struct fold *fold)
{
	if (fold->spaced.count > 0 || fold->hidden.until > 0)
		return;
	while (fold->at < fold->text.len && fold->text.ptr[fold->at] == ' ')
		fold->at++;
}

static void take_white(struct fold *fold, const struct item *item)
{
	unsigned int lines = item->entry->kind == FOLD_LINE;

	if (item->c == 0x2029)
		lines = 2;
	if (end_word(fold, item->original))
		return;
	if (item->c != '\r' && add_gap(fold, lines ? '\n' : ' '))
		return;
	fold_out_white(&fold->out, lines, item->original, item->taken);
	skip_blanks(fold);
}

/* White space that the original has not, around hidden text. True: the walk went back. */
static bool put_border(struct fold *fold, uint32_t original)
{
	if (end_word(fold, original) || add_gap(fold, ' '))
		return true;
	if (fold->out.len > 0)
		fold_out_white(&fold->out, 0, original, 0);
	return false;
}

/* A control sequence behind its ESC (ECMA-48 section 5.4): parameters, intermediate bytes, a final one. */
static uint32_t escape_end(const struct fold *fold, uint32_t at)
{
	const char *text = fold->text.ptr;
	uint32_t end = at + 1;

	if (at >= fold->text.len || text[at] != '[')
		return at;
	while (end < fold->text.len && end - at < ESCAPE_BYTES_MAX && text[end] >= 0x20 && text[end] <= 0x3f)
		end++;
	return end < fold->text.len && text[end] >= 0x40 && text[end] <= 0x7e ? end + 1 : at;
}

static void take_control(struct fold *fold, const struct item *item)
{
	if (item->c == 0x1b)
		fold->at = escape_end(fold, fold->at);
	fold->plain = false;
}

static void take_malformed(struct fold *fold)
{
	uint32_t original = fold->at, end = fold->at;
	struct item next;

	if (end_word(fold, original) || add_gap(fold, 0xfffd))
		return;
	while (end < fold->text.len && !peek(fold, end, &next))
		end++;
	fold_out_put_char(&fold->out, 0xfffd, original, end - original);
	note(fold, &fold->tally.facts.replaced, FOLD_FIRST_REPLACED, original, end - original);
	fold->before = (struct before){ 0 };
	fold->at = end;
	fold->plain = false;
}

/* ---- regional indicators ---- */

static struct range regional_run(const struct fold *fold, uint32_t at)
{
	struct range run = { at, at };
	struct item item;

	while (peek(fold, run.until, &item) && item.entry->kind == FOLD_REGIONAL)
		run.until += item.taken;
	return run;
}

/* Two of them are a flag, which stays; others spell words. */
static void take_regional(struct fold *fold, const struct item *item)
{
	if (item->original < fold->regional.from || item->original >= fold->regional.until)
		fold->regional = regional_run(fold, item->original);
	if (fold->regional.until - fold->regional.from != 2 * item->taken) {
		take_letter(fold, item);
		return;
	}
	if (end_word(fold, item->original) || add_gap(fold, item->c))
		return;
	fold_out_put(&fold->out, fold->text.ptr + item->original, item->taken, item->original, item->taken);
}

/* ---- invisible characters ---- */

struct invisible_run {
	uint32_t from, until;
	uint32_t joiners, others, selectors, soft_hyphens, bidi, tags;
	uint32_t hidden, words, letters;	/* of hidden text; letters: of its last word */
};

#define SOFT_HYPHEN 0xad

/* The ASCII character that one stands for: tags by their number, variation
 * selectors by the byte that is often hidden in them (1 to 16 the lowest, 17 to
 * 256 the others). 0: none. */
static char hidden_char(int32_t c)
{
	int32_t value = 0;

	if (c >= 0xe0000 && c <= 0xe007f)
		value = c - 0xe0000;
	else if (c >= 0xfe00 && c <= 0xfe0f)
		value = c - 0xfe00;
	else if (c >= 0xe0100 && c <= 0xe01ef)
		value = c - 0xe0100 + 16;
	return (value >= 0x20 && value < 0x7f) || value == '\n' ? (char)value : 0;
}

static bool is_selector(int32_t c)
{
	return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef);
}

static void survey_hidden(struct invisible_run *run, char c)
{
	bool letter = (unsigned char)((c | 0x20) - 'a') < 26;

	run->hidden += c != 0;
	run->letters = letter ? run->letters + 1 : c ? 0 : run->letters;
	run->words += run->letters == HIDDEN_WORD_MIN;
}

static void survey_item(struct invisible_run *run, const struct item *item)
{
	run->joiners += item->entry->kind == FOLD_JOINER;
	run->others += item->entry->kind == FOLD_IGNORABLE;
	run->bidi += item->entry->kind == FOLD_BIDI;
	run->tags += item->entry->kind == FOLD_TAG;
	run->selectors += is_selector(item->c);
	run->soft_hyphens += item->c == SOFT_HYPHEN;
	survey_hidden(run, hidden_char(item->c));
	run->until += item->taken;
}

static struct invisible_run survey(const struct fold *fold, uint32_t from)
{
	struct invisible_run run = { .from = from, .until = from };
	struct item item;

	while (peek(fold, run.until, &item) && is_invisible(item.entry))
		survey_item(&run, &item);
	if (run.tags == 0 && run.selectors < SELECTORS_MIN)
		run.hidden = run.words = 0;
	return run;
}

/* The three of RGI_Emoji_Tag_Sequence (UTS #51): a black flag, the letters of a place, CANCEL TAG. */
static bool is_flag(const struct fold *fold, const struct invisible_run *run)
{
	static const char *const places[] = { "gbeng", "gbsct", "gbwls" };
	char place[6] = { 0 };
	struct item item;
	uint32_t at = run->from;

	if (fold->before.c != 0x1f3f4 || run->tags != sizeof(place) || run->until - run->from != 4 * sizeof(place))
		return false;
	for (size_t i = 0; i + 1 < sizeof(place) && peek(fold, at, &item); i++, at += item.taken)
		place[i] = hidden_char(item.c);
	return !strcmp(place, places[0]) || !strcmp(place, places[1]) || !strcmp(place, places[2]);
}

static bool is_honest(const struct fold *fold, const struct invisible_run *run)
{
	if (run->others == 0 && run->joiners <= 2 && !fold->before.latin)
		return true;
	return run->others == 1 && run->soft_hyphens == 1 && run->joiners == 0;
}

static void count_invisible(struct fold *fold, const struct invisible_run *run)
{
	struct fold_facts *facts = &fold->tally.facts;
	uint32_t n = run->others + run->joiners;
	struct item next;
	unsigned int sides = fold->before.latin + (peek(fold, run->until, &next) && is_latin_letter(next.entry));

	note(fold, &facts->bidi, FOLD_FIRST_BIDI, run->from, run->bidi);
	note(fold, &facts->tags, FOLD_FIRST_TAGS, run->from, run->tags);
	facts->hidden_words += run->words;
	/* Tools leave single ones around words, never within. */
	if (is_honest(fold, run) || !(sides == 2 || (sides == 1 && n > 1) || n >= INVISIBLE_RUN_MIN))
		return;
	note(fold, &facts->invisible, FOLD_FIRST_INVISIBLE, run->from, n);
	if (n > facts->invisible_run)
		facts->invisible_run = n;
}

static void take_hidden(struct fold *fold, const struct item *item)
{
	char c = hidden_char(item->c);

	if (c)
		take(fold, &(struct item){ c, fold_entry(fold->table, c), item->original, 0 });
}

static void take_invisible(struct fold *fold, const struct item *item)
{
	struct invisible_run run;

	if (item->original >= fold->hidden.from && item->original < fold->hidden.until) {
		take_hidden(fold, item);
		return;
	}
	run = survey(fold, item->original);
	fold->plain = false;
	if (is_flag(fold, &run)) {
		fold->at = run.until;
		return;
	}
	if (run.hidden < HIDDEN_MIN) {
		count_invisible(fold, &run);
		fold->at = run.until;
		return;
	}
	if (put_border(fold, item->original))
		return;
	count_invisible(fold, &run);
	fold->hidden = (struct range){ run.from, run.until };
	fold->at = run.from;
}

/* Behind hidden text. True: the walk went back. */
static bool end_hidden(struct fold *fold)
{
	if (fold->hidden.until == 0 || fold->at < fold->hidden.until)
		return false;
	if (put_border(fold, fold->at))
		return true;
	fold->hidden = (struct range){ 0, 0 };
	return false;
}

/* ---- the walk ---- */

static void take_pooled(struct fold *fold, const struct item *item)
{
	const int32_t *chars = fold->table->pool + item->entry->pool;
	uint32_t at = fold->at;

	fold->plain = false;
	for (uint32_t i = 0; i < item->entry->len && fold->at == at; i++)
		take(fold, &(struct item){ chars[i], fold_entry(fold->table, chars[i]), item->original, 0 });
}

static void take(struct fold *fold, const struct item *item)
{
	if (item->entry->pooled) {
		take_pooled(fold, item);
		return;
	}
	switch ((enum fold_kind)item->entry->kind) {
	case FOLD_LETTER:
	case FOLD_DIGIT:
		take_letter(fold, item);
		break;
	case FOLD_MARK:
		take_mark(fold, item);
		break;
	case FOLD_OTHER:
		take_other(fold, item);
		break;
	case FOLD_WHITE:
	case FOLD_LINE:
		take_white(fold, item);
		break;
	case FOLD_CONTROL:
		take_control(fold, item);
		break;
	case FOLD_REGIONAL:
		take_regional(fold, item);
		break;
	case FOLD_IGNORABLE:
	case FOLD_JOINER:
	case FOLD_BIDI:
	case FOLD_TAG:
		take_invisible(fold, item);
		break;
	}
}

static void take_next(struct fold *fold)
{
	struct item item;
	uint32_t end;

	if (!peek(fold, fold->at, &item)) {
		take_malformed(fold);
		return;
	}
	end = item.original + item.taken;
	fold->at = end;
	take(fold, &item);
	if (fold->at == end && !is_invisible(item.entry) && item.entry->kind != FOLD_CONTROL)
		fold->before = (struct before){ item.c, is_latin_letter(item.entry) };
}

/* ---- what is plain ---- */

static void take_plain(struct fold *fold)
{
	struct fold_facts *facts = &fold->tally.facts;
	struct fold_plain plain = {
		.table = fold->table,
		.out = &fold->out,
		.text = fold->text,
		.at = fold->at,
		.calm_until = fold->calm_until,
		.last_script = fold->last_script,
	};

	fold_plain_run(&plain);
	fold->calm_until = plain.calm_until;
	if (plain.at == fold->at)
		return;
	fold->at = plain.at;
	fold->plain = fold->plain && !plain.changed;
	fold->last_script = plain.last_script;
	fold->before = (struct before){ plain.before, false };
	fold->tally.east_asian += plain.east_asian;
	fold->tally.rtl += plain.rtl;
	facts->foreign_words += plain.foreign_words;
	facts->readable_words += plain.readable_words;
	facts->readable_signs += plain.readable_signs;
}

/* Nothing is open that plain text would have to know of, nor is a word walked again. */
static bool is_calm(const struct fold *fold)
{
	return !fold->word.open && fold->spaced.count == 0 && fold->hidden.until == 0 && fold->at >= fold->alike_until;
}

static void walk(struct fold *fold)
{
	while (fold->at < fold->text.len) {
		if (end_hidden(fold))
			continue;
		if (is_calm(fold))
			take_plain(fold);
		if (fold->at < fold->text.len)
			take_next(fold);
	}
}

/* What is open ends here, which may send the walk back. */
static bool end_all(struct fold *fold)
{
	uint32_t end = (uint32_t)fold->text.len;

	return !end_word(fold, end) && !end_stretch(fold);
}

static void begin(struct fold *fold, struct slice text)
{
	fold->text = text;
	fold->spaced.count = 0;
	fold->spaced.gap = (struct fold_gap){ 0 };
	fold->tally = (struct tally){ 0 };
	fold->word.open = false;
	fold->base.open = false;
	fold->before = (struct before){ 0 };
	fold->at = fold->alike_until = fold->calm_until = 0;
	fold->last_script = FOLD_LATIN;
	fold->hidden = fold->regional = (struct range){ 0, 0 };
	fold->plain = true;
	fold->no_memory = false;
}

/* What only the whole window tells: full-width letters among East Asian ones and directions among right-to-left
 * letters are everyday text. */
static void judge(struct tally *tally, struct fold_facts *ret)
{
	struct fold_facts *facts = &tally->facts;

	if (tally->wide > 0 && tally->east_asian == 0) {
		if (facts->compat == 0 || tally->first_wide < facts->first[FOLD_FIRST_COMPAT])
			facts->first[FOLD_FIRST_COMPAT] = tally->first_wide;
		facts->compat += tally->wide;
	}
	if (tally->rtl / 4 >= facts->bidi)
		facts->bidi = facts->first[FOLD_FIRST_BIDI] = 0;
	*ret = *facts;
}

int fold_text(struct fold *fold, struct slice original, struct slice *ret_folded, struct fold_facts *ret_facts)
{
	int err;

	if (original.len > FOLD_BYTES_MAX)
		return -E2BIG;
	err = fold_out_begin(&fold->out, original.len + FOLD_ASCII_SLACK);
	if (err < 0)
		return err;
	begin(fold, original);
	do
		walk(fold);
	while (!end_all(fold));
	if (fold->out.no_memory || fold->no_memory)
		return -ENOMEM;
	judge(&fold->tally, ret_facts);
	*ret_folded = (struct slice){ fold->out.data, fold->out.len };
	return 0;
}

uint32_t fold_original(const struct fold *fold, uint32_t folded)
{
	if (folded >= fold->out.len)
		return (uint32_t)fold->text.len;
	return fold_out_original(&fold->out, folded);
}

bool fold_is_plain(const struct fold *fold)
{
	return fold->plain;
}

struct fold *fold_new(void)
{
	struct fold *fold = calloc(1, sizeof(*fold));
	UErrorCode error = U_ZERO_ERROR;

	if (!fold)
		return NULL;
	fold->table = fold_table();
	fold->nfc = unorm2_getNFCInstance(&error);
	if (U_FAILURE(error) || fold_out_begin(&fold->out, FOLD_ASCII_SLACK) < 0) {
		fold_free(fold);
		return NULL;
	}
	return fold;
}

void fold_free(struct fold *fold)
{
	if (!fold)
		return;
	fold_out_done(&fold->out);
	fold_spaced_done(&fold->spaced);
	free(fold);
}
