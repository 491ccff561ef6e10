/* SPDX-License-Identifier: Apache-2.0 */
/* Characters that nobody sees: some are honest, many disguise a word, and some are text. */
#include <string.h>

#include "detect/normalise_impl.h"

#define INVISIBLE_RUN_MIN 8	/* counted wherever it stands */
#define HIDDEN_MIN 3		/* characters that make hidden text */
#define SELECTORS_MIN 4		/* variation selectors that stand for bytes: no honest run is longer than two */
#define HIDDEN_WORD_MIN 3

struct invisible_run {
	uint32_t from, until;
	uint32_t joiners, others, selectors, soft_hyphens, bidi, tags;
	uint32_t hidden, words, letters;	/* of hidden text; letters, and figures: of its last word */
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
	bool letter = (unsigned char)((c | 0x20) - 'a') < 26 || (c >= '0' && c <= '9');

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

	while (fold_peek(fold, run.until, &item) && fold_is_invisible(item.entry))
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
	for (size_t i = 0; i + 1 < sizeof(place) && fold_peek(fold, at, &item); i++, at += item.taken)
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
	unsigned int sides = fold->before.latin + (fold_peek(fold, run->until, &next) && fold_is_latin_letter(next.entry));

	fold_note(fold, &facts->bidi, FOLD_FIRST_BIDI, run->from, run->bidi);
	fold_note(fold, &facts->tags, FOLD_FIRST_TAGS, run->from, run->tags);
	facts->hidden_words += run->words;
	/* Tools leave single ones around words, never within. */
	if (is_honest(fold, run) || !(sides == 2 || (sides == 1 && n > 1) || n >= INVISIBLE_RUN_MIN))
		return;
	fold_note(fold, &facts->invisible, FOLD_FIRST_INVISIBLE, run->from, n);
	if (n > facts->invisible_run)
		facts->invisible_run = n;
}

static void take_hidden(struct fold *fold, const struct item *item)
{
	char c = hidden_char(item->c);

	if (c)
		fold_take(fold, &(struct item){ c, fold_entry(fold->table, c), item->original, 0 });
}

void fold_take_invisible(struct fold *fold, const struct item *item)
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
	if (fold_put_border(fold, item->original))
		return;
	count_invisible(fold, &run);
	fold->hidden = (struct range){ run.from, run.until };
	fold->at = run.from;
}

bool fold_end_hidden(struct fold *fold)
{
	if (fold->hidden.until == 0 || fold->at < fold->hidden.until)
		return false;
	if (fold_put_border(fold, fold->at))
		return true;
	fold->hidden = (struct range){ 0, 0 };
	return false;
}
