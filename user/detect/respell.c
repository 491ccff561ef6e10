/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/respell.h"

#include <string.h>

#include <unicode/utf8.h>

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
static bool is_everyday(struct slice text, size_t at, size_t end)
{
	return end - at == 1 && strchr("._/-':,@=&([{+#>;?)]}", text.ptr[at]);
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

/* Puts a word in place of all from `start` to `end`. */
static void put_word(char *text, size_t start, size_t end, struct slice word)
{
	memset(text + start, ' ', end - start);
	memcpy(text + start, word.ptr, word.len);
}

/* A word made of the first `count` pieces. */
static bool join_pieces(const struct dictionary *dictionary, char *text, const struct piece *pieces, size_t count)
{
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
	put_word(text, pieces[0].start, pieces[count - 1].end, word);
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

static bool undo_repeats(const struct dictionary *dictionary, char *text, struct piece at)
{
	struct slice word = { text + at.start, at.end - at.start }, shorter;
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
	put_word(text, at.start, at.end, shorter);
	return true;
}

/* ---- the whole ---- */

/* A word that begins with `first` and goes on behind what splits it: returns its end, or 0. What stands in brackets
 * is a tag, or is part of the word ("ig[no]re"): `tags` says which. */
static size_t undo_split(const struct dictionary *dictionary, struct slice text, struct piece first, bool tags,
			 char *bytes)
{
	struct piece pieces[PIECES_MAX];
	size_t count;

	if (first.end - first.start >= WORD_MAX)
		return 0;
	for (count = find_pieces(text, first, tags, pieces); count > 1; count--)
		if (join_pieces(dictionary, bytes, pieces, count))
			return pieces[count - 1].end;
	return 0;
}

/* Behind the letters from `at` on. */
static size_t skip_word(struct slice text, size_t at, bool *ret_repeats)
{
	size_t end = at;

	*ret_repeats = false;
	for (; end < text.len && is_letter(text.ptr[end]); end++)
		*ret_repeats |= end > at && text.ptr[end] == text.ptr[end - 1];
	return end;
}

/* The end of a word that begins with `first` and was put right; 0: there is none. */
static size_t undo_word(const struct dictionary *dictionary, struct slice text, struct piece first, bool repeats,
			char *bytes, uint32_t *tries)
{
	char next = first.end < text.len ? text.ptr[first.end] : ' ';
	bool split = (next < 0 || next > ' ') && *tries > 0;
	size_t end = 0;

	if (split)
		end = undo_split(dictionary, text, first, true, bytes);
	*tries -= split && end == 0;
	if (split && end == 0 && (next == '<' || next == '['))
		end = undo_split(dictionary, text, first, false, bytes);
	if (end == 0 && repeats && undo_repeats(dictionary, bytes, first))
		end = first.end;
	return end;
}

uint32_t respell(const struct dictionary *dictionary, char *bytes, size_t len)
{
	struct slice text = { bytes, len };
	size_t at = 0, last = 0;
	uint32_t words = 0, tries = TRIES_MAX;

	while (at < len) {
		bool repeats;
		struct piece first = { at, skip_word(text, at, &repeats) };
		size_t end;

		if (first.end == at) {
			at++;
			continue;
		}
		end = undo_word(dictionary, text, first, repeats, bytes, &tries);
		words += end > 0 && last > 0 && first.start - last <= NEAR_BYTES;
		last = end > 0 ? end : last;
		at = end > 0 ? end : first.end;
	}
	return words;
}
