/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/respell.h"

#include <string.h>

#include <unicode/utf8.h>

#include "detect/bytes64.h"
#include "detect/fold_table.h"

#define SHORT_BYTES 1024	/* of a text in which everyday signs split words too */
#define NEAR_BYTES 80		/* from one split word to the next: words split by chance stand apart */
#define TRIES_MAX 512		/* words of a window that are tried in vain: markup has fewer, so a hostile window ends it */
#define PIECES_MAX 8
#define WORD_MIN 4		/* letters */
#define WORD_MAX 24
#define SIGNS_MAX 4		/* between two pieces */
#define TAG_MAX 64		/* bytes of a tag or comment between them */
#define RUNS_MAX 64		/* bytes of a word with repeated letters */

static bool is_letter(char byte)
{
	return (unsigned char)(byte - 'a') < 26;
}

struct reading {
	const struct dictionary *dictionary;
	struct slice text;
	char *out;		/* holds the text from the first word on that is put right */
	uint32_t words;		/* that were */
	uint32_t tries;		/* left */
};

/* ---- words in pieces ---- */

struct piece {
	size_t start, end;
};

static size_t skip_letters(struct slice text, size_t at)
{
	while (at < text.len && is_letter(text.ptr[at]))
		at++;
	return at;
}

/* Behind the tag or comment that begins at `at`; 0: none. */
static size_t skip_tag(struct slice text, size_t at)
{
	char close = text.ptr[at] == '<' ? '>' : text.ptr[at] == '[' ? ']' : 0;
	size_t left = text.len - at < TAG_MAX ? text.len - at : TAG_MAX;
	const char *end = close ? memchr(text.ptr + at, close, left) : NULL;

	return end ? (size_t)(end - text.ptr) + 1 : 0;
}

/* Behind one sign within a word; 0: what stands there parts words. */
static size_t skip_sign(struct slice text, size_t at)
{
	unsigned char byte = (unsigned char)text.ptr[at];
	int32_t next = (int32_t)at, c;

	if (byte <= ' ' || (byte >= '0' && byte <= '9') || byte == 0x7f)
		return 0;
	if (byte < 0x80)
		return at + 1;
	U8_NEXT_UNSAFE(text.ptr, next, c);
	return fold_entry(fold_table(), c)->kind == FOLD_OTHER ? (size_t)next : 0;
}

/* What code and prose have between whole words all day. */
static const bool everyday[128] = {
	['#'] = true, ['&' ... ')'] = true, ['+' ... '/'] = true, [':' ... ';'] = true, ['='] = true, ['>' ... '@'] = true,
	['['] = true, [']'] = true, ['_'] = true, ['{'] = true, ['}'] = true,
};

static bool is_everyday(struct slice text, size_t at, size_t end)
{
	unsigned char byte = (unsigned char)text.ptr[at];

	return end - at == 1 && byte < 0x80 && everyday[byte];
}

/* Where the letters go on behind what splits a word at `at`; 0: it ends there. */
static size_t next_piece(struct slice text, size_t at, bool tags)
{
	size_t end = at;

	for (unsigned int signs = 0; end < text.len && !is_letter(text.ptr[end]); signs++) {
		size_t next = tags ? skip_tag(text, end) : 0;

		if (next == 0)
			next = skip_sign(text, end);
		if (next == 0 || signs == SIGNS_MAX)
			return 0;
		end = next;
	}
	if (end == at || end == text.len || (text.len >= SHORT_BYTES && is_everyday(text, at, end)))
		return 0;
	return end;
}

static size_t find_pieces(struct slice text, struct piece first, bool tags, struct piece pieces[PIECES_MAX])
{
	size_t count = 1, next;

	pieces[0] = first;
	while (count < PIECES_MAX && (next = next_piece(text, pieces[count - 1].end, tags)) > 0) {
		pieces[count] = (struct piece){ next, skip_letters(text, next) };
		count++;
	}
	return count;
}

static bool is_known(const struct dictionary *dictionary, struct slice word)
{
	return dictionary_word(dictionary, word) != 0;
}

/* Puts a word in place of all from `start` to `end`. Nothing is read behind which a word was put. */
static void put_word(struct reading *reading, size_t start, size_t end, struct slice word)
{
	if (reading->words == 0 && reading->out != reading->text.ptr)
		memcpy(reading->out, reading->text.ptr, reading->text.len);
	memset(reading->out + start, ' ', end - start);
	memcpy(reading->out + start, word.ptr, word.len);
	reading->words++;
}

/* A word made of the first `count` pieces. */
static bool join_pieces(struct reading *reading, const struct piece *pieces, size_t count)
{
	const struct dictionary *dictionary = reading->dictionary;
	const char *text = reading->text.ptr;
	char joined[WORD_MAX];
	struct slice word = { joined, 0 };
	struct slice first = { text + pieces[0].start, pieces[0].end - pieces[0].start };

	for (size_t i = 0; i < count; i++) {
		size_t len = pieces[i].end - pieces[i].start;

		if (word.len + len > WORD_MAX)
			return false;
		memcpy(joined + word.len, text + pieces[i].start, len);
		word.len += len;
	}
	/* "ignore.this" begins as "ignore" does, and is two words. */
	if (word.len < WORD_MIN || !is_known(dictionary, word) ||
	    (is_known(dictionary, first) && !dictionary_has(dictionary, word)))
		return false;
	put_word(reading, pieces[0].start, pieces[count - 1].end, word);
	return true;
}

/* ---- repeated letters ---- */

/* Each run of one letter divided by `divisor`, or cut to one letter where it has more than `most`. */
static struct slice squeeze(struct slice word, size_t divisor, size_t most, char out[RUNS_MAX])
{
	struct slice squeezed = { out, 0 };
	size_t end;

	for (size_t at = 0; at < word.len; at = end) {
		size_t n;

		for (end = at; end < word.len && word.ptr[end] == word.ptr[at];)
			end++;
		n = (end - at) / divisor;
		if (n > most || n == 0)
			n = 1;
		memset(out + squeezed.len, word.ptr[at], n);
		squeezed.len += n;
	}
	return squeezed;
}

/* The shortest run, the longest, and how many have two letters or more. */
struct runs {
	size_t shortest, longest, repeated;
};

static struct runs count_runs(struct slice word)
{
	struct runs runs = { word.len, 0, 0 };
	size_t end;

	for (size_t at = 0; at < word.len; at = end) {
		for (end = at; end < word.len && word.ptr[end] == word.ptr[at];)
			end++;
		runs.shortest = end - at < runs.shortest ? end - at : runs.shortest;
		runs.longest = end - at > runs.longest ? end - at : runs.longest;
		runs.repeated += end - at > 1;
	}
	return runs;
}

static bool undo_repeats(struct reading *reading, struct piece at)
{
	const struct dictionary *dictionary = reading->dictionary;
	struct slice word = { reading->text.ptr + at.start, at.end - at.start }, shorter;
	char squeezed[RUNS_MAX];
	struct runs runs;

	if (word.len < WORD_MIN || word.len > RUNS_MAX)
		return false;
	runs = count_runs(word);
	if (runs.longest < 3 && runs.repeated < 2)
		return false;
	if (dictionary_has(dictionary, word))
		return false;
	shorter = squeeze(word, runs.shortest, word.len, squeezed);
	if (runs.shortest < 2 || !is_known(dictionary, shorter))
		shorter = squeeze(word, 1, 2, squeezed);
	if (!is_known(dictionary, shorter))
		shorter = squeeze(word, 1, 1, squeezed);
	if (shorter.len == word.len || !is_known(dictionary, shorter))
		return false;
	put_word(reading, at.start, at.end, shorter);
	return true;
}

/* ---- the whole ---- */

/* A word that begins with `first` and goes on behind what splits it: returns its end, or 0. What stands in brackets
 * is a tag, or is part of the word ("ig[no]re"): `tags` says which. */
static size_t undo_split(struct reading *reading, struct piece first, bool tags)
{
	struct piece pieces[PIECES_MAX];
	size_t count;

	if (first.end - first.start >= WORD_MAX)
		return 0;
	for (count = find_pieces(reading->text, first, tags, pieces); count > 1; count--)
		if (join_pieces(reading, pieces, count))
			return pieces[count - 1].end;
	return 0;
}

/* What stands behind a word, at `at`, splits it in no way: a digit, a sign and a blank, an everyday sign. */
static bool parts_words(struct slice text, size_t at)
{
	unsigned char sign = (unsigned char)text.ptr[at];
	unsigned char next = at + 1 < text.len ? (unsigned char)text.ptr[at + 1] : ' ';

	if (sign >= 0x80 || sign == '<' || sign == '[')
		return false;
	return (sign >= '0' && sign <= '9') || next <= ' ' ||
	       (text.len >= SHORT_BYTES && everyday[sign] && is_letter((char)next));
}

/* The end of a word that begins with `first` and was put right; 0: there is none. `repeats`: it may have letters that
 * are repeated. */
static size_t undo_word(struct reading *reading, struct piece first, bool repeats)
{
	struct slice text = reading->text;
	char next = first.end < text.len ? text.ptr[first.end] : ' ';
	bool split = (next < 0 || next > ' ') && reading->tries > 0;
	size_t end = 0;

	if (split && !parts_words(text, first.end))
		end = undo_split(reading, first, true);
	reading->tries -= split && end == 0;
	if (split && end == 0 && (next == '<' || next == '['))
		end = undo_split(reading, first, false);
	if (end == 0 && repeats && undo_repeats(reading, first))
		end = first.end;
	return end;
}

/* Those of the letters like the one before them, `twice`, behind which another one stands in the same word, or may
 * stand in the next block. */
static uint64_t find_repeats(uint64_t letters, uint64_t twice)
{
	uint64_t found = twice & twice >> 1;	/* of three and more: another one is next */

	for (twice &= ~found; twice; twice &= twice - 1) {
		unsigned int at = (unsigned int)__builtin_ctzll(twice);
		uint64_t ends = ~letters >> at, others = (twice & (twice - 1)) >> at;

		/* The lowest bit of both is that of another one, or the word ends first. */
		if (!ends || (others && (others & -others) < (ends & -ends)))
			found |= twice & -twice;
	}
	return found;
}

/* Of the block of 64 bytes at `at`: what a word may be put right for: a sign or digit right behind it, letters that are
 * repeated. Bits of these. */
static uint64_t find_odd(struct slice text, size_t at)
{
	char padded[BYTES64 + 1] = { 0 };
	size_t left = text.len - at;
	const char *block = left <= BYTES64 ? memcpy(padded, text.ptr + at, left) : text.ptr + at;
	uint64_t letters = BITS64(block, vec_in(v, 'a', 'z')), blanks = BITS64(block, vec_in(v, 0, ' ')), same = 0;
	char before = at > 0 ? text.ptr[at - 1] : 0;

	for (unsigned int i = 0; i < BYTES64; i += VEC_BYTES)
		same |= vec_bits(vec_load(block + i) == vec_load(block + i + 1)) << i;
	return ((letters << 1 | is_letter(before)) & ~letters & ~blanks) |
	       find_repeats(letters, letters & (same << 1 | (before == block[0])));
}

/* The word around or before `at`, which begins at `from` or behind it. */
static struct piece word_at(struct slice text, size_t from, size_t at)
{
	size_t start = at;

	while (start > from && is_letter(text.ptr[start - 1]))
		start--;
	return (struct piece){ start, skip_letters(text, at) };
}

struct respelt respell(const struct dictionary *dictionary, struct slice text, char *out)
{
	struct reading reading = { dictionary, text, out, 0, TRIES_MAX };
	struct respelt respelt = { 0 };
	size_t from = 0, last = 0;

	for (size_t at = 0; at < text.len; at += BYTES64) {
		for (uint64_t odd = find_odd(text, at); odd; odd &= odd - 1) {
			size_t odd_at = at + (size_t)__builtin_ctzll(odd), end;
			struct piece word;

			if (odd_at < from)
				continue;
			word = word_at(text, from, odd_at);
			if (word.start == word.end)
				continue;
			/* Of a word with repeated letters these come before what is behind it. */
			end = undo_word(&reading, word, odd_at < word.end);
			respelt.close += end > 0 && last > 0 && word.start - last <= NEAR_BYTES;
			last = end > 0 ? end : last;
			from = end > 0 ? end : word.end;
		}
	}
	respelt.words = reading.words;
	return respelt;
}
