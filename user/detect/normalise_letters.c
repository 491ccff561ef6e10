/* SPDX-License-Identifier: Apache-2.0 */
/* Letters and the marks on them, composed and in canonical order as NFC has it. */
#include <unicode/uchar.h>

#include "detect/normalise_impl.h"

#define MARKS_HONEST 2		/* on one Latin letter: Vietnamese */

/* ---- letters ---- */

void fold_put_item(struct fold *fold, const struct item *item)
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

int32_t fold_item_char(const struct item *item)
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
	c = fold_item_char(item);
	return c >= 'a' && c <= 'z' ? fold_reverse_of(fold, fold->alike_to)[c - 'a'] : 0;
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
		set_base(fold, item, fold_item_char(item), item->entry->script == FOLD_LATIN);
	if (c)
		fold_out_put_char(&fold->out, c, item->original, item->taken);
	else
		fold_put_item(fold, item);
}

/* True: the item went into the letter before it, as NFC has it. */
static bool compose(struct fold *fold, const struct item *item)
{
	struct base *base = &fold->base;
	uint32_t end = item->original + item->taken;
	int32_t c;

	if (!base->open || base->latin || base->kept > 0)
		return false;
	c = unorm2_composePair(fold->nfc, base->c, fold_item_char(item));
	if (c < 0)
		return false;
	fold_out_cut(&fold->out, base->folded);
	fold_out_put_char(&fold->out, c, base->original, end - base->original);
	base->c = c;
	fold->plain = false;
	return true;
}

void fold_take_letter(struct fold *fold, const struct item *item)
{
	if (item->entry->back && compose(fold, item))
		return;
	/* The second letter of a word: it is not spaced out, and what was, is over. */
	if (fold->word.open && fold->word.members == 1 && fold_end_stretch(fold))
		return;
	if (!fold->word.open)
		fold_begin_word(fold, item);
	fold_count_letter(fold, item);
	put_letter(fold, item);
}

/* ---- marks ---- */

static void drop_mark(struct fold *fold, const struct item *item)
{
	struct base *base = &fold->base;

	fold->plain = false;
	if (base->open && base->latin && base->dropped++ >= MARKS_HONEST)
		fold_note(fold, &fold->tally.facts.marks, FOLD_FIRST_MARKS, item->original, 1);
}

/* A mark of class 0 is a letter of its own to the marks behind it. */
static void put_spacing_mark(struct fold *fold, const struct item *item)
{
	set_base(fold, item, fold_item_char(item), false);
	fold_put_item(fold, item);
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
	struct kept_mark mark = { fold_item_char(item), 0, fold->out.len };
	unsigned int i = base->kept;

	if (item->entry->order == 0) {
		put_spacing_mark(fold, item);
		return;
	}
	mark.class = u_getCombiningClass(mark.c);
	while (i > 0 && base->marks[i - 1].class > mark.class)
		i--;
	if (base->kept == MARKS_ORDERED) {
		fold_put_item(fold, item);
	} else if (i < base->kept) {
		insert_mark(fold, &mark, i);
	} else {
		base->marks[base->kept++] = mark;
		fold_put_item(fold, item);
	}
}

void fold_take_mark(struct fold *fold, const struct item *item)
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
		fold_take_other(fold, item);
}
