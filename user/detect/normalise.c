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

#include "detect/fold_ascii.h"
#include "detect/fold_plain.h"
#include "detect/normalise_impl.h"

#define ESCAPE_BYTES_MAX 64

/* ---- what parts words ---- */

void fold_take_other(struct fold *fold, const struct item *item)
{
	struct item next;

	if (item->entry->readable && fold_peek(fold, fold->at, &next))
		fold->tally.facts.readable_signs += fold->word.open || next.entry->kind == FOLD_LETTER;
	if (fold_end_word(fold, item->original) || fold_add_gap(fold, fold_item_char(item)))
		return;
	fold_put_item(fold, item);
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
	if (fold_end_word(fold, item->original))
		return;
	if (item->c != '\r' && fold_add_gap(fold, lines ? '\n' : ' '))
		return;
	fold_out_white(&fold->out, lines, item->original, item->taken);
	skip_blanks(fold);
}

bool fold_put_border(struct fold *fold, uint32_t original)
{
	if (fold_end_word(fold, original) || fold_add_gap(fold, ' '))
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

	if (fold_end_word(fold, original) || fold_add_gap(fold, 0xfffd))
		return;
	while (end < fold->text.len && !fold_peek(fold, end, &next))
		end++;
	fold_out_put_char(&fold->out, 0xfffd, original, end - original);
	fold_note(fold, &fold->tally.facts.replaced, FOLD_FIRST_REPLACED, original, end - original);
	fold->before = (struct before){ 0 };
	fold->at = end;
	fold->plain = false;
}

/* ---- regional indicators ---- */

static struct range regional_run(const struct fold *fold, uint32_t at)
{
	struct range run = { at, at };
	struct item item;

	while (fold_peek(fold, run.until, &item) && item.entry->kind == FOLD_REGIONAL)
		run.until += item.taken;
	return run;
}

/* Two of them are a flag, which stays; others spell words. */
static void take_regional(struct fold *fold, const struct item *item)
{
	if (item->original < fold->regional.from || item->original >= fold->regional.until)
		fold->regional = regional_run(fold, item->original);
	if (fold->regional.until - fold->regional.from != 2 * item->taken) {
		fold_take_letter(fold, item);
		return;
	}
	if (fold_end_word(fold, item->original) || fold_add_gap(fold, item->c))
		return;
	fold_out_put(&fold->out, fold->text.ptr + item->original, item->taken, item->original, item->taken);
}

/* ---- the walk ---- */

static void take_pooled(struct fold *fold, const struct item *item)
{
	const int32_t *chars = fold->table->pool + item->entry->pool;
	uint32_t at = fold->at;

	fold->plain = false;
	for (uint32_t i = 0; i < item->entry->len && fold->at == at; i++)
		fold_take(fold, &(struct item){ chars[i], fold_entry(fold->table, chars[i]), item->original, 0 });
}

void fold_take(struct fold *fold, const struct item *item)
{
	if (item->entry->pooled) {
		take_pooled(fold, item);
		return;
	}
	switch ((enum fold_kind)item->entry->kind) {
	case FOLD_LETTER:
	case FOLD_DIGIT:
		fold_take_letter(fold, item);
		break;
	case FOLD_MARK:
		fold_take_mark(fold, item);
		break;
	case FOLD_OTHER:
		fold_take_other(fold, item);
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
		fold_take_invisible(fold, item);
		break;
	}
}

static void take_next(struct fold *fold)
{
	struct item item;
	uint32_t end;

	if (!fold_peek(fold, fold->at, &item)) {
		take_malformed(fold);
		return;
	}
	end = item.original + item.taken;
	fold->at = end;
	fold_take(fold, &item);
	if (fold->at == end && !fold_is_invisible(item.entry) && item.entry->kind != FOLD_CONTROL)
		fold->before = (struct before){ item.c, fold_is_latin_letter(item.entry) };
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
		if (fold_end_hidden(fold))
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

	return !fold_end_word(fold, end) && !fold_end_stretch(fold);
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
