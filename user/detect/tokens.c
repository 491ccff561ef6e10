/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/tokens.h"

#include <errno.h>
#include <stdlib.h>

#include "detect/joined.h"
#include "detect/words.h"

#define IDS_TOTAL (2 * TOKENS_MAX)
#define PHRASES_TOTAL (4 * TOKENS_MAX)
_Static_assert(PHRASES_TOTAL / TOKEN_PHRASES_MAX >= TOKENS_READY, "phrases of all words that are to be ready have room");

int tokens_init(struct tokens *tokens, const struct dictionary *dictionary)
{
	words_init();
	*tokens = (struct tokens){
		.dictionary = dictionary,
		.tokens = calloc(TOKENS_MAX, sizeof(*tokens->tokens)),
		.ids = calloc(IDS_TOTAL, sizeof(*tokens->ids)),
		.phrases = calloc(PHRASES_TOTAL, sizeof(*tokens->phrases)),
		.known = calloc(KNOWN_WORDS, sizeof(*tokens->known)),
	};
	return tokens->tokens && tokens->ids && tokens->phrases && tokens->known ? 0 : -ENOMEM;
}

void tokens_done(struct tokens *tokens)
{
	free(tokens->tokens);
	free(tokens->ids);
	free(tokens->phrases);
	free(tokens->known);
}

/* ---- cutting ---- */

static void add_token(struct tokens *tokens, struct slice word, const uint32_t ids[WORD_IDS_MAX], size_t count)
{
	struct token *token = &tokens->tokens[tokens->count++];

	*token = (struct token){
		.start = (uint32_t)(word.ptr - tokens->text.ptr),
		.end = (uint32_t)(word.ptr - tokens->text.ptr + word.len),
		.first_id = tokens->id_count,
	};
	if (token->start == tokens->from && !tokens->whole)
		return;		/* the rest of a word */
	token->id_count = (uint8_t)count;
	memcpy(&tokens->ids[tokens->id_count], ids, count * sizeof(*ids));
	tokens->id_count += (uint32_t)count;
}

/* What the dictionary says of a word; of one that came lately without asking it:
 * the words that texts are made of are few, and its tables are large. */
static size_t look_up(struct tokens *tokens, struct slice word, uint32_t ret_ids[WORD_IDS_MAX])
{
	struct known_word *known;
	uint64_t key;

	if (word.len == 0 || word.len >= WORD_BYTES_MAX)
		return 0;
	key = dictionary_key(tokens->dictionary, word);
	known = &tokens->known[key >> 32 & (KNOWN_WORDS - 1)];
	if (known->key != key) {
		size_t count = dictionary_word(tokens->dictionary, word, key, ret_ids);

		if (count <= KNOWN_IDS) {
			*known = (struct known_word){ .key = key, .count = (uint32_t)count };
			memcpy(known->ids, ret_ids, count * sizeof(*ret_ids));
		}
		return count;
	}
	memcpy(ret_ids, known->ids, sizeof(known->ids));
	return known->count;
}

static bool is_all_letters(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)((word.ptr[i] | 0x20) - 'a') >= 26)
			return false;
	return true;
}

static bool add_joined(struct tokens *tokens, struct slice word)
{
	uint8_t pieces[JOINED_PIECES_MAX];
	uint32_t ids[WORD_IDS_MAX];
	size_t count;

	if (word.len < JOINED_BYTES_MIN || word.len > JOINED_BYTES_MAX || !is_all_letters(word))
		return false;
	count = joined_cut(tokens->dictionary, word, pieces);
	for (size_t i = 0; i < count; i++) {
		struct slice piece = { word.ptr, pieces[i] };

		add_token(tokens, piece, ids, look_up(tokens, piece, ids));
		word.ptr += pieces[i];
	}
	return count > 0;
}

/* ---- phrases ---- */

struct search {
	struct tokens *tokens;
	struct token *token;
};

static void add_phrases(const struct search *search, uint32_t node, uint32_t words)
{
	struct tokens *tokens = search->tokens;
	size_t count;
	const uint32_t *concepts = dictionary_concepts(tokens->dictionary, node, &count);

	for (size_t i = 0; i < count; i++) {
		if (search->token->phrase_count >= TOKEN_PHRASES_MAX)
			return;
		tokens->phrases[tokens->phrase_count++] = (struct token_phrase){ concepts[i], words };
		search->token->phrase_count++;
	}
}

bool tokens_part(const struct tokens *tokens, uint32_t at)
{
	uint32_t from = tokens->tokens[at - 1].end;

	return word_border((struct slice){ tokens->text.ptr + from, tokens->tokens[at].start - from }) == BORDER_SENTENCE;
}

/* From `node` (0: the root), which the words before led to, on with the word at `at`. Depth:
 * PHRASE_WORDS_MAX; a step that leads nowhere ends it. */
static void walk(const struct search *search, uint32_t node, uint32_t at, uint32_t words)
{
	const struct tokens *tokens = search->tokens;
	const struct token *token = &tokens->tokens[at];

	for (uint32_t i = 0; i < token->id_count; i++) {
		uint32_t word = tokens->ids[token->first_id + i];
		uint32_t next = node ? dictionary_step(tokens->dictionary, node, word) :
				       dictionary_begin(tokens->dictionary, word);

		if (!next || (node && tokens_part(tokens, at)))
			continue;
		add_phrases(search, next, words + 1);
		if (at + 1 < tokens->count && words + 1 < PHRASE_WORDS_MAX && dictionary_goes_on(tokens->dictionary, next))
			walk(search, next, at + 1, words + 1);
	}
}

static void find_phrases(struct tokens *tokens, uint32_t at)
{
	struct search search = { .tokens = tokens, .token = &tokens->tokens[at] };

	search.token->first_phrase = tokens->phrase_count;
	search.token->phrase_count = 0;
	if (search.token->id_count > 0)
		walk(&search, 0, at, 0);
}

/* The n of "\\n" in front of a word: what JSON holds is often not decoded. */
static bool begins_with_escape(const struct tokens *tokens, struct slice word)
{
	bool behind = word.ptr > tokens->text.ptr && word.ptr[-1] == '\\';

	return behind && (word.ptr[0] == 'n' || word.ptr[0] == 'r' || word.ptr[0] == 't');
}

static void take_unknown(struct tokens *tokens, struct slice word)
{
	uint32_t ids[WORD_IDS_MAX];
	size_t count = 0;

	if (begins_with_escape(tokens, word)) {
		if (word.len == 1)
			return;
		word = (struct slice){ word.ptr + 1, word.len - 1 };
		count = look_up(tokens, word, ids);
	}
	if (count > 0 || !add_joined(tokens, word))
		add_token(tokens, word, ids, count);
}

/* For one more word, of however many pieces: words that find no room for what they are would go unseen. */
static bool have_room(const struct tokens *tokens)
{
	return tokens->count + JOINED_PIECES_MAX <= TOKENS_MAX &&
	       tokens->id_count + JOINED_PIECES_MAX * WORD_IDS_MAX <= IDS_TOTAL;
}

static void take_word(struct tokens *tokens, struct slice word)
{
	uint32_t ids[WORD_IDS_MAX];
	size_t count = look_up(tokens, word, ids);

	if (count > 0)
		add_token(tokens, word, ids, count);
	else
		take_unknown(tokens, word);
}

/*
 * Words of 64 bytes of plain ASCII, by a bit for each of their letters and
 * digits. Returns behind what is done: a word that touches the end of the
 * stretch is left, and so is all where an apostrophe or another script needs a
 * closer look.
 */
static size_t take_block(struct tokens *tokens, size_t at)
{
	const char *text = tokens->text.ptr + at;
	struct word_bits bits = word_bits(text);
	size_t done = 0;

	if (bits.closer)
		return at;
	while (bits.words && have_room(tokens)) {
		unsigned int start = (unsigned int)__builtin_ctzll(bits.words);
		uint64_t behind = ~bits.words >> start;
		unsigned int len = behind ? (unsigned int)__builtin_ctzll(behind) : 64 - start;

		if (start + len == 64)
			return at + start;
		take_word(tokens, (struct slice){ text + start, len });
		bits.words &= ~UINT64_C(0) << (start + len);
		done = start + len;
	}
	return at + (bits.words ? done : 64);
}

uint32_t tokens_cut(struct tokens *tokens, struct slice text, uint32_t from, bool whole)
{
	struct word_cutter cutter = { .text = text, .at = from };
	size_t closer_until = from;	/* what needs a closer look is not asked again for each of its words */
	struct slice word;

	tokens->text = text;
	tokens->from = from;
	tokens->whole = whole;
	tokens->count = tokens->id_count = tokens->phrase_count = 0;
	tokens->ready_from = tokens->ready_to = 0;
	while (have_room(tokens)) {
		size_t at = cutter.at;

		if (at >= closer_until && text.len - at > 64) {
			cutter.at = take_block(tokens, at);
			if (cutter.at > at)
				continue;
			closer_until = at + 64;
		}
		if (!word_cut(&cutter, &word))
			return (uint32_t)text.len;
		take_word(tokens, word);
	}
	return tokens->tokens[tokens->count - TOKENS_OVERLAP].start;
}

/* ---- sentences ---- */

static void find_border(struct tokens *tokens, uint32_t at, bool alone)
{
	struct token *token = &tokens->tokens[at];
	const struct token *before = at > 0 ? token - 1 : NULL;
	uint32_t from = before ? before->end : tokens->from;
	enum word_border border;

	border = word_border((struct slice){ tokens->text.ptr + from, token->start - from });
	token->begins = border != BORDER_NONE || (!before && tokens->whole);
	token->sentence = alone || !before ? 0 : before->sentence + (border == BORDER_SENTENCE);
}

void tokens_ready(struct tokens *tokens, uint32_t from, uint32_t to)
{
	uint32_t room = (PHRASES_TOTAL - tokens->phrase_count) / TOKEN_PHRASES_MAX;

	to = to < tokens->count ? to : tokens->count;
	if (from < tokens->ready_from || from > tokens->ready_to || to > tokens->ready_to + room) {
		tokens->ready_from = tokens->ready_to = from;
		tokens->phrase_count = 0;
	}
	while (tokens->ready_to < to) {
		find_border(tokens, tokens->ready_to, tokens->ready_to == tokens->ready_from);
		find_phrases(tokens, tokens->ready_to);
		tokens->ready_to++;
	}
}
