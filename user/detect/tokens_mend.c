/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a short text that no rule has, looked at once more: their inner
 * letters may stand in another order, or blanks and line breaks may have been
 * put into them. Orders that are disguised so are short; a long text would pay
 * for each of its words.
 */
#include "detect/tokens_mend.h"

#include <string.h>

#include "detect/ordinary.h"

#define WORDS_MIN 3u		/* of a text that is mended */
#define WORDS_MAX 64u
#define SHORT_MAX 5u		/* bytes of a piece */
#define SHORT_MIN 2u		/* unknown ones that short: then words may be in pieces */
#define PIECES_MAX 5u
#define GAP_MAX 3u		/* bytes between two pieces */

struct mending {
	struct tokens *tokens;
	uint32_t found[WORDS_MAX];	/* by token, as the dictionary says it, with its mark; of those that were mended */
	uint32_t mended;
};

static struct slice text_of(const struct tokens *tokens, uint32_t at)
{
	return (struct slice){ tokens->text.ptr + tokens->tokens[at].start,
			       tokens->tokens[at].end - tokens->tokens[at].start };
}

static uint32_t look_up(const struct tokens *tokens, struct slice word)
{
	if (word.len == 0 || word.len >= WORD_BYTES_MAX)
		return 0;
	return dictionary_find(tokens->dictionary, word, dictionary_key(tokens->dictionary, word));
}

/* ---- letters in another order ---- */

static void mend_order(struct mending *mending, uint32_t at, struct slice word)
{
	const struct tokens *tokens = mending->tokens;
	struct slice meant = scrambles_find(&tokens->dictionary->scrambles, word);

	if (meant.len == 0 || ordinary_word(word))
		return;
	mending->found[at] = look_up(tokens, meant);
	mending->mended += mending->found[at] != 0;
}

/* ---- words in pieces ---- */

/* Blanks, line breaks, and the hyphen of a word that goes on behind one of them. */
static bool is_gap(const struct tokens *tokens, uint32_t at)
{
	uint32_t from = tokens->tokens[at].end, to = tokens->tokens[at + 1].start;
	bool white = to > from && to - from <= GAP_MAX;

	for (uint32_t i = from; i < to && white; i++)
		white = tokens->text.ptr[i] == ' ' || tokens->text.ptr[i] == '\n' || (i == from && tokens->text.ptr[i] == '-');
	return white && (tokens->text.ptr[from] != '-' || to - from > 1);
}

/* The word that `count` pieces from `at` on make up, as the dictionary says it; 0: they make up none. */
static uint32_t join(const struct tokens *tokens, uint32_t at, uint32_t count)
{
	char joined[SCRAMBLE_BYTES_MAX];
	struct slice word = { joined, 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct slice piece = text_of(tokens, at + i);

		if (i > 0 && !is_gap(tokens, at + i - 1))
			return 0;
		memcpy(joined + word.len, piece.ptr, piece.len);
		word.len += piece.len;
	}
	return slice_eq(scrambles_find(&tokens->dictionary->scrambles, word), word) ? look_up(tokens, word) : 0;
}

/* How many pieces from `at` on make up a word, the most of them; 0: none. Most have the wrong ends for one. */
static uint32_t count_pieces(const struct tokens *tokens, uint32_t at, uint32_t *ret_found)
{
	const struct scrambles *known = &tokens->dictionary->scrambles;
	const char *text = tokens->text.ptr;
	char first = text[tokens->tokens[at].start];
	size_t len = tokens->tokens[at].end - tokens->tokens[at].start;
	uint32_t best = 0;

	for (uint32_t i = 1; i < PIECES_MAX && at + i < tokens->count; i++) {
		const struct token *piece = &tokens->tokens[at + i];
		uint32_t found;

		len += piece->end - piece->start;
		if (len > SCRAMBLE_BYTES_MAX)
			break;
		found = scrambles_may_have(known, first, text[piece->end - 1], len) ? join(tokens, at, i + 1) : 0;
		best = found ? i + 1 : best;
		*ret_found = found ? found : *ret_found;
	}
	return best;
}

/* The first of the pieces becomes the word; the others go when the list is written anew. */
static void mend_pieces(struct mending *mending)
{
	struct tokens *tokens = mending->tokens;
	uint32_t to = 0;

	for (uint32_t at = 0; at < tokens->count; to++) {
		uint32_t found = mending->found[at], pieces = found ? 0 : count_pieces(tokens, at, &found);
		uint32_t last = at + (pieces ? pieces - 1 : 0);

		tokens->tokens[to] = (struct token){ tokens->tokens[at].start, tokens->tokens[last].end };
		tokens->words[to] = tokens->words[at];
		mending->found[to] = found;
		mending->mended += pieces > 0;
		at += pieces ? pieces : 1;
	}
	tokens->count = to;
}

/* ---- the whole ---- */

static void write_anew(struct mending *mending)
{
	struct tokens *tokens = mending->tokens;

	tokens->marked_count = 0;
	for (uint32_t at = 0; at < tokens->count; at++) {
		uint32_t found = mending->found[at];

		if (!found && tokens->words[at])
			found = look_up(tokens, text_of(tokens, at));
		tokens->words[at] = found & DICTIONARY_WORDS_MAX;
		if (found & DICTIONARY_MARK)
			tokens->marked[tokens->marked_count++] = at;
	}
}

/* What is no prose has many words that no rule knows. */
static bool is_code(struct slice text)
{
	return text.ptr[0] == '{' || text.ptr[0] == '[' || text.ptr[0] == '<';
}

void tokens_mend(struct tokens *tokens)
{
	const struct scrambles *known = &tokens->dictionary->scrambles;
	struct mending mending;
	uint32_t pieces = 0;

	if (tokens->count < WORDS_MIN || tokens->count > WORDS_MAX || is_code(tokens->text))
		return;
	mending.tokens = tokens;
	mending.mended = 0;
	memset(mending.found, 0, tokens->count * sizeof(mending.found[0]));
	for (uint32_t at = 0; at < tokens->count; at++) {
		struct slice word = text_of(tokens, at);
		bool unknown = tokens->words[at] == 0;

		pieces += unknown && word.len <= SHORT_MAX && (unsigned char)(word.ptr[0] - 'a') < 26;
		if (unknown && scrambles_may_have(known, word.ptr[0], word.ptr[word.len - 1], word.len))
			mend_order(&mending, at, word);
	}
	if (pieces >= SHORT_MIN)
		mend_pieces(&mending);
	if (mending.mended > 0)
		write_anew(&mending);
}
