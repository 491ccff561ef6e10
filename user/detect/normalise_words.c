/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the fold as they end. That one mixed scripts, and that letters were spaced out, shows only then, and sends the
 * walk back. */
#include "detect/normalise_impl.h"

#define COMPAT_WORD_MIN 3
#define READABLE_WORD_MIN 4

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

bool fold_end_stretch(struct fold *fold)
{
	struct fold_facts *facts = &fold->tally.facts;
	struct fold_joined joined;

	if (fold->spaced.count == 0 || !fold_spaced_join(&fold->spaced, &fold->out, &joined))
		return false;
	fold->stretch_end.folded = fold->out.len;
	go_back(fold, &fold->stretch_end);
	fold_note(fold, &facts->spaced_words, FOLD_FIRST_SPACED, joined.first_word, joined.words);
	fold_note(fold, &facts->mixed_words, FOLD_FIRST_MIXED, joined.first_mixed, joined.mixed_words);
	return true;
}

bool fold_add_gap(struct fold *fold, int32_t c)
{
	return !fold_spaced_gap(&fold->spaced, c) && fold_end_stretch(fold);
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
		return fold_end_stretch(fold);
	/* Two digits in a row spell nothing: the fast path does not stop for them. */
	if (letter.digit && fold_spaced_ends_in_digit(&fold->spaced) && fold_end_stretch(fold))
		return true;
	letter.len = (uint8_t)len;
	if (fold_spaced_add(&fold->spaced, &letter) < 0)
		fold->no_memory = true;
	fold->stretch_end = place_here(fold, until);
	return false;
}

/* ---- words ---- */

const int32_t *fold_reverse_of(const struct fold *fold, enum fold_script script)
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
	bool mostly_foreign = word->foreign > word->latin && can_turn(word, fold_reverse_of(fold, word->script));

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
	fold_note(fold, &fold->tally.facts.mixed_words, FOLD_FIRST_MIXED, fold->at, counts);
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
		fold_note(fold, &tally->facts.compat, FOLD_FIRST_COMPAT, word->begin.original, word->compat);
	if (word->wide < COMPAT_WORD_MIN)
		return;
	if (tally->wide == 0)
		tally->first_wide = word->begin.original;
	tally->wide += word->wide;
}

bool fold_end_word(struct fold *fold, uint32_t until)
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

void fold_begin_word(struct fold *fold, const struct item *item)
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

void fold_count_letter(struct fold *fold, const struct item *item)
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
