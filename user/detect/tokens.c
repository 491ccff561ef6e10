/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/tokens.h"

#include <errno.h>
#include <stdlib.h>

#include "detect/words.h"

#define PHRASES_TOTAL (8 * TOKENS_MAX_STRETCH)
#define JOINED_BYTES_MIN 14	/* words run together: shorter ones are words of their own */
#define JOINED_BYTES_MAX 512
#define JOINED_PIECES_MAX 64
#define PIECE_BYTES_MIN 2
#define PIECE_BYTES_MAX 20

int tokens_init(struct tokens *tokens)
{
	*tokens = (struct tokens){
		.tokens = calloc(TOKENS_MAX_STRETCH, sizeof(*tokens->tokens)),
		.ids = calloc(TOKEN_IDS_TOTAL, sizeof(*tokens->ids)),
		.phrases = calloc(PHRASES_TOTAL, sizeof(*tokens->phrases)),
	};
	return tokens->tokens && tokens->ids && tokens->phrases ? 0 : -ENOMEM;
}

void tokens_done(struct tokens *tokens)
{
	free(tokens->tokens);
	free(tokens->ids);
	free(tokens->phrases);
}

/* ---- one word ---- */

static struct token *add_token(struct tokens *tokens, uint32_t start, uint32_t end, const struct token *before,
			       enum word_border border)
{
	struct token *token = &tokens->tokens[tokens->count++];

	*token = (struct token){
		.start = start,
		.end = end,
		.sentence = before ? before->sentence + (border == BORDER_SENTENCE) : 0,
		.begins = !before || border != BORDER_NONE,
		.first_id = (uint32_t)tokens->id_count,
	};
	return token;
}

static void add_ids(struct tokens *tokens, struct token *token, const uint32_t ids[WORD_IDS_MAX], size_t count)
{
	for (size_t i = 0; i < count && tokens->id_count < TOKEN_IDS_TOTAL; i++) {
		tokens->ids[tokens->id_count++] = ids[i];
		token->id_count++;
	}
}

static bool is_all_letters(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)((word.ptr[i] | 0x20) - 'a') >= 26)
			return false;
	return true;
}

/*
 * Words that were run together ("ignoreallpreviousinstructions"): cut where the
 * pieces are words of the dictionary, the longest first. All of it has to be
 * such, but for a rest at the end.
 */
static size_t cut_joined(const struct dictionary *dictionary, struct slice word, uint8_t ret_pieces[JOINED_PIECES_MAX])
{
	uint32_t ids[WORD_IDS_MAX];
	size_t count = 0, at = 0;

	while (at < word.len && count < JOINED_PIECES_MAX) {
		size_t len = word.len - at < PIECE_BYTES_MAX ? word.len - at : PIECE_BYTES_MAX;

		while (len >= PIECE_BYTES_MIN &&
		       dictionary_word(dictionary, (struct slice){ word.ptr + at, len }, ids) == 0)
			len--;
		if (len < PIECE_BYTES_MIN)
			break;
		ret_pieces[count++] = (uint8_t)len;
		at += len;
	}
	return count >= 3 && 2 * at >= word.len ? count : 0;
}

static bool add_joined(struct tokens *tokens, const struct dictionary *dictionary, struct slice word, uint32_t start,
		       const struct token *before, enum word_border border)
{
	uint8_t pieces[JOINED_PIECES_MAX];
	uint32_t ids[WORD_IDS_MAX];
	size_t count = 0;

	if (word.len >= JOINED_BYTES_MIN && word.len <= JOINED_BYTES_MAX && is_all_letters(word))
		count = cut_joined(dictionary, word, pieces);
	for (size_t i = 0; i < count && tokens->count < TOKENS_MAX_STRETCH; i++) {
		struct slice piece = { word.ptr, pieces[i] };
		struct token *token = add_token(tokens, start, start + pieces[i], before, border);

		add_ids(tokens, token, ids, dictionary_word(dictionary, piece, ids));
		word.ptr += pieces[i];
		start += pieces[i];
		before = token;
		border = BORDER_NONE;
	}
	return count > 0;
}

static void add_word(struct tokens *tokens, const struct dictionary *dictionary, struct slice word, uint32_t start,
		     enum word_border border)
{
	const struct token *before = tokens->count > 0 ? &tokens->tokens[tokens->count - 1] : NULL;
	uint32_t ids[WORD_IDS_MAX];
	size_t count = dictionary_word(dictionary, word, ids);
	struct token *token;

	if (count == 0 && add_joined(tokens, dictionary, word, start, before, border))
		return;
	token = add_token(tokens, start, start + (uint32_t)word.len, before, border);
	add_ids(tokens, token, ids, count);
}

/* ---- phrases ---- */

struct search {
	struct tokens *tokens;
	const struct dictionary *dictionary;
	struct token *token;
};

static void add_phrases(const struct search *search, uint32_t node, uint32_t words)
{
	struct tokens *tokens = search->tokens;
	size_t count;
	const uint32_t *concepts = dictionary_concepts(search->dictionary, node, &count);

	for (size_t i = 0; i < count; i++) {
		if (search->token->phrase_count >= TOKEN_PHRASES_MAX || tokens->phrase_count >= PHRASES_TOTAL)
			return;
		tokens->phrases[tokens->phrase_count++] = (struct token_phrase){ concepts[i], words };
		search->token->phrase_count++;
	}
}

/* From `node`, which the words before led to, on with the word at `at`. Depth:
 * PHRASE_WORDS_MAX; a step that leads nowhere ends it. */
static void walk(const struct search *search, uint32_t node, size_t at, uint32_t words)
{
	const struct token *token = &search->tokens->tokens[at];

	for (uint32_t i = 0; i < token->id_count; i++) {
		uint32_t next = dictionary_step(search->dictionary, node, search->tokens->ids[token->first_id + i]);

		if (!next)
			continue;
		add_phrases(search, next, words + 1);
		if (at + 1 < search->tokens->count && words + 1 < PHRASE_WORDS_MAX &&
		    search->tokens->tokens[at + 1].sentence == token->sentence)
			walk(search, next, at + 1, words + 1);
	}
}

static void find_phrases(struct tokens *tokens, const struct dictionary *dictionary)
{
	struct search search = { .tokens = tokens, .dictionary = dictionary };

	for (size_t i = 0; i < tokens->count; i++) {
		search.token = &tokens->tokens[i];
		search.token->first_phrase = (uint32_t)tokens->phrase_count;
		walk(&search, 0, i, 0);
	}
}

uint32_t tokens_cut(struct tokens *tokens, const struct dictionary *dictionary, struct slice text, uint32_t from,
		    uint32_t to)
{
	struct word_cutter cutter = { .text = { text.ptr, to }, .at = from };
	uint32_t last = from;
	struct slice word;

	tokens->count = tokens->id_count = tokens->phrase_count = 0;
	while (tokens->count < TOKENS_MAX_STRETCH && word_cut(&cutter, &word)) {
		uint32_t start = (uint32_t)(word.ptr - text.ptr);
		struct slice between = { text.ptr + last, start - last };

		/* At the beginning of a stretch in the middle of a text nothing is known of what is before. */
		add_word(tokens, dictionary, word, start,
			 last == from && from > 0 ? BORDER_NONE : word_border(between));
		last = start + (uint32_t)word.len;
	}
	find_phrases(tokens, dictionary);
	return tokens->count < TOKENS_MAX_STRETCH ? to : last;
}

