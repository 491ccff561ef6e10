/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/fold_spaced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#define LETTERS_MIN 4
/* Four Han or Hangul words of one syllable in a row are everyday text. */
#define SYLLABLES_MIN 6
#define GAP_MAX 7
#define GAP_BYTES (GAP_MAX * 4)
/* A gap packed: a code point, how many characters, and which of them are that one. */
#define GAP_COUNT_SHIFT 21
#define GAP_SIGNS_SHIFT 24
#define GAP_CHAR ((1u << GAP_COUNT_SHIFT) - 1)

void fold_spaced_done(struct fold_spaced *spaced)
{
	free(spaced->letters);
	*spaced = (struct fold_spaced){ 0 };
}

/* ---- gaps ---- */

static bool is_white(int32_t c)
{
	return c == ' ' || c == '\n';
}

/* Quotation marks, brackets and question marks have work of their own. */
static bool may_separate(int32_t c)
{
	if (c < 0x80)
		return c > 0 && strchr(" \n-._*/|+~,:;!#=&\\@^%$`>", c);
	return (U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK)) != 0;
}

/* One sign, repeated or with blanks around it, or white space; 0: none that separates letters. */
static uint32_t pack_gap(const struct fold_gap *gap)
{
	if (gap->mixed || gap->count == 0 || gap->count > GAP_MAX || !may_separate(gap->c))
		return 0;
	return (uint32_t)gap->c | (uint32_t)gap->count << GAP_COUNT_SHIFT | gap->signs << GAP_SIGNS_SHIFT;
}

bool fold_spaced_gap(struct fold_spaced *spaced, int32_t c)
{
	struct fold_gap *gap = &spaced->gap;

	if (spaced->count == 0)
		return true;
	/* The sign stands for the gap, whatever white space is around it. */
	if (!is_white(c) && gap->signs == 0)
		gap->mixed |= gap->c == '\n';
	else if (gap->count > 0 && gap->c != c && c != ' ')
		gap->mixed = true;
	else if (gap->count > 0 && gap->c == '\n' && c == ' ')
		gap->mixed = true;
	if (!is_white(c))
		gap->signs |= 1u << gap->count;
	if (gap->count == 0 || !is_white(c))
		gap->c = c;
	return ++gap->count <= GAP_MAX;
}

/*
 * What escapes, code and lists are made with as well: "\\n\\n", "f(a, b, c)".
 * Letters are joined, but where they are a series, and nothing is said of it.
 */
static bool is_quiet(uint32_t gap)
{
	int32_t c = (int32_t)(gap & GAP_CHAR);
	uint32_t count = gap >> GAP_COUNT_SHIFT & 7;

	return (!is_white(c) && count > 1) || (c < 0x80 && strchr("\\@^%$`>", c));
}

int fold_spaced_add(struct fold_spaced *spaced, const struct fold_spaced_letter *letter)
{
	if (spaced->count == spaced->room) {
		size_t room = spaced->room ? spaced->room * 2 : 64;
		struct fold_spaced_letter *letters = realloc(spaced->letters, room * sizeof(*letters));

		if (!letters)
			return -ENOMEM;
		spaced->letters = letters;
		spaced->room = room;
	}
	spaced->letters[spaced->count] = *letter;
	spaced->letters[spaced->count].gap = pack_gap(&spaced->gap);
	spaced->count++;
	spaced->gap = (struct fold_gap){ 0 };
	return 0;
}

bool fold_spaced_ends_in_digit(const struct fold_spaced *spaced)
{
	return spaced->count > 0 && spaced->letters[spaced->count - 1].digit;
}

/* ---- what a stretch is spaced out with ---- */

/* One past the last letter of the word that begins at `first`, if `gap` is within words. */
static size_t word_end(const struct fold_spaced *spaced, size_t first, uint32_t gap)
{
	size_t end = first + 1;

	while (end < spaced->count && gap && spaced->letters[end].gap == gap)
		end++;
	return end;
}

static bool is_long(const struct fold_spaced *spaced, size_t first, size_t end)
{
	size_t letters = 0, digits = 0, min = LETTERS_MIN;

	for (size_t i = first; i < end; i++) {
		letters += !spaced->letters[i].digit;
		digits += spaced->letters[i].digit;
		if (spaced->letters[i].syllable)
			min = SYLLABLES_MIN;
	}
	return letters >= min && digits * 2 <= letters;
}

/* "a b c d" and "x x x x" */
static bool is_series(const struct fold_spaced *spaced, const char *data, size_t first, size_t end)
{
	const struct fold_spaced_letter *letters = spaced->letters;
	size_t jumps = 0;

	for (size_t i = first + 1; i < end; i++) {
		int step = data[letters[i].folded + letters[i].len - 1] - data[letters[i - 1].folded + letters[i - 1].len - 1];

		jumps += step != 0 && step != 1;
	}
	return jumps * 2 < end - first - 1;
}

/* 0: it is not spaced out. */
static uint32_t find_gap(const struct fold_spaced *spaced, const char *data)
{
	size_t first = 0;

	while (first + LETTERS_MIN <= spaced->count) {
		uint32_t gap = spaced->letters[first + 1].gap;
		size_t end = word_end(spaced, first, gap);

		if (is_long(spaced, first, end) && !(is_quiet(gap) && is_series(spaced, data, first, end)))
			return gap;
		/* The last letter may be the first one of a word with other gaps. */
		first = end - first > 1 ? end - 1 : end;
	}
	return 0;
}

/* ---- joining: in place, for nothing grows ---- */

struct joiner {
	const struct fold_spaced *spaced;
	struct fold_out *out;
	uint32_t gap;
	struct fold_joined joined;
};

static int32_t gap_char(uint32_t gap)
{
	return (int32_t)(gap & GAP_CHAR);
}

/* White space and separators alone. `ret_lines`: the line ends that are no separators. */
static bool is_wide_gap(const char *bytes, int32_t len, int32_t separator, unsigned *ret_lines)
{
	int32_t at = 0, c;

	*ret_lines = 0;
	while (at < len) {
		U8_NEXT_UNSAFE(bytes, at, c);
		if (c != ' ' && c != '\n' && c != separator)
			return false;
		*ret_lines += c == '\n' && c != separator;
	}
	return true;
}

/* What parts two words: white space where the gap is made of that and of separators, else what stands there. */
static void put_gap(const struct joiner *joiner, const struct fold_spaced_letter *before,
		    const struct fold_spaced_letter *behind)
{
	uint32_t from = before->folded + before->len, len = behind->folded - from;
	char bytes[GAP_BYTES];
	unsigned lines;

	if (len > sizeof(bytes))
		len = sizeof(bytes);
	memcpy(bytes, joiner->out->data + from, len);
	if (is_wide_gap(bytes, (int32_t)len, gap_char(joiner->gap), &lines))
		fold_out_white(joiner->out, lines < 2 ? lines : 2, before->original_end, 0);
	else
		fold_out_put(joiner->out, bytes, len, before->original_end, 0);
}

static void put_letter(const struct joiner *joiner, const struct fold_spaced_letter *letter, bool alike)
{
	size_t taken = letter->original_end - letter->original;
	char bytes[FOLD_SPACED_LETTER_BYTES];

	if (alike && letter->alike) {
		fold_out_put(joiner->out, (const char[]){ (char)letter->alike }, 1, letter->original, taken);
		return;
	}
	memcpy(bytes, joiner->out->data + letter->folded, letter->len);
	fold_out_put(joiner->out, bytes, letter->len, letter->original, letter->len == 1 ? taken : 0);
}

/* Latin letters with look-alikes between them. */
static bool is_mixed(const struct fold_spaced *spaced, size_t first, size_t end)
{
	bool latin = false, alike = false;

	for (size_t i = first; i < end; i++) {
		const struct fold_spaced_letter *letter = &spaced->letters[i];

		latin |= letter->latin;
		alike |= letter->alike != 0;
		if (letter->foreign && !letter->alike)
			return false;
	}
	return latin && alike;
}

/* U.S.S.R., E-E-A-T */
static bool is_acronym(const struct joiner *joiner, size_t first, size_t end)
{
	int32_t c = gap_char(joiner->gap);

	while (first < end && joiner->spaced->letters[first].capital)
		first++;
	return first == end && c != ' ' && c != '\n';
}

/* Others are joined too, but say nothing. */
static bool is_disguise(const struct joiner *joiner, size_t first, size_t end)
{
	return end - first > 1 && !is_quiet(joiner->gap) && !is_acronym(joiner, first, end) &&
	       !is_series(joiner->spaced, joiner->out->data, first, end);
}

static void count(uint32_t *n, uint32_t *first, uint32_t original)
{
	if ((*n)++ == 0)
		*first = original;
}

static void put_word(struct joiner *joiner, size_t first, size_t end)
{
	const struct fold_spaced_letter *letters = joiner->spaced->letters;
	bool mixed = is_mixed(joiner->spaced, first, end);

	if (mixed)
		count(&joiner->joined.mixed_words, &joiner->joined.first_mixed, letters[first].original);
	if (is_disguise(joiner, first, end))
		count(&joiner->joined.words, &joiner->joined.first_word, letters[first].original);
	for (size_t i = first; i < end; i++)
		put_letter(joiner, &letters[i], mixed);
}

static void join(struct joiner *joiner)
{
	const struct fold_spaced *spaced = joiner->spaced;
	size_t first = 0;

	fold_out_cut(joiner->out, spaced->letters[0].folded);
	while (first < spaced->count) {
		size_t end = word_end(spaced, first, joiner->gap);

		if (first > 0)
			put_gap(joiner, &spaced->letters[first - 1], &spaced->letters[first]);
		put_word(joiner, first, end);
		first = end;
	}
}

bool fold_spaced_join(struct fold_spaced *spaced, struct fold_out *out, struct fold_joined *ret)
{
	struct joiner joiner = { .spaced = spaced, .out = out, .gap = find_gap(spaced, out->data) };

	if (joiner.gap != 0)
		join(&joiner);
	spaced->count = 0;
	spaced->gap = (struct fold_gap){ 0 };
	*ret = joiner.joined;
	return joiner.gap != 0;
}
