/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/tokens.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "detect/joined.h"

#define PHRASES_TOTAL 32768
#define BATCH_WORDS 64		/* whose places in the dictionary are fetched before the first is looked at */
#define READY_APART 64		/* words between what is ready and what is to be that are made ready, too */
#define FIRST_SENTENCE (1u << 30)	/* counts down to the front */

int tokens_init(struct tokens *tokens, const struct dictionary *dictionary)
{
	words_init();
	*tokens = (struct tokens){
		.dictionary = dictionary,
		.tokens = calloc(TOKENS_MAX, sizeof(*tokens->tokens)),
		.words = calloc(TOKENS_MAX, sizeof(*tokens->words)),
		.marked = calloc(TOKENS_MAX, sizeof(*tokens->marked)),
		.facts = calloc(TOKENS_MAX, sizeof(*tokens->facts)),
		.found = calloc(TOKENS_MAX, sizeof(*tokens->found)),
		.phrases = calloc(PHRASES_TOTAL, sizeof(*tokens->phrases)),
	};
	return tokens->tokens && tokens->words && tokens->marked && tokens->facts && tokens->found && tokens->phrases ?
		       0 : -ENOMEM;
}

void tokens_done(struct tokens *tokens)
{
	free(tokens->tokens);
	free(tokens->words);
	free(tokens->marked);
	free(tokens->facts);
	free(tokens->found);
	free(tokens->phrases);
}

/* No phrase is known any more. */
static void begin_round(struct tokens *tokens)
{
	tokens->phrase_count = 0;
	if (++tokens->round > 0)
		return;
	memset(tokens->found, 0, TOKENS_MAX * sizeof(*tokens->found));
	tokens->round = 1;
}

/* ---- cutting ---- */

/* `found`: as the dictionary says, with its mark. */
static inline void add_token(struct tokens *tokens, uint32_t start, uint32_t end, uint32_t found)
{
	uint32_t at = tokens->count++;

	tokens->tokens[at] = (struct token){ start, end };
	tokens->words[at] = found & DICTIONARY_WORDS_MAX;
	tokens->marked[tokens->marked_count] = at;
	tokens->marked_count += found >> DICTIONARY_WORD_BITS;
}

static uint32_t look_up(const struct tokens *tokens, struct slice word)
{
	if (word.len == 0 || word.len >= WORD_BYTES_MAX)
		return 0;
	return dictionary_find(tokens->dictionary, word, dictionary_key(tokens->dictionary, word));
}

static bool is_all_letters(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)((word.ptr[i] | 0x20) - 'a') >= 26)
			return false;
	return true;
}

static bool add_joined(struct tokens *tokens, uint32_t start, uint32_t end)
{
	uint8_t pieces[JOINED_PIECES_MAX];
	struct slice word = { tokens->text.ptr + start, end - start };
	size_t count;

	if (word.len < JOINED_BYTES_MIN || word.len > JOINED_BYTES_MAX || !is_all_letters(word))
		return false;
	count = joined_cut(tokens->dictionary, word, pieces);
	for (size_t i = 0; i < count; i++) {
		struct slice piece = { tokens->text.ptr + start, pieces[i] };

		add_token(tokens, start, start + pieces[i], look_up(tokens, piece));
		start += pieces[i];
	}
	return count > 0;
}

/* The n of "\\n" in front of a word: what JSON holds is often not decoded. */
static bool begins_with_escape(const struct tokens *tokens, uint32_t start)
{
	const char *word = tokens->text.ptr + start;

	return start > 0 && word[-1] == '\\' && (*word == 'n' || *word == 'r' || *word == 't');
}

/* Is long, or stands behind a backslash. */
static void take_unknown(struct tokens *tokens, uint32_t start, uint32_t end)
{
	uint32_t found = 0;

	if (begins_with_escape(tokens, start)) {
		if (++start == end)
			return;
		found = look_up(tokens, (struct slice){ tokens->text.ptr + start, end - start });
	}
	if (found || !add_joined(tokens, start, end))
		add_token(tokens, start, end, found);
}

/* For one more word, of however many pieces. */
static bool have_room(const struct tokens *tokens)
{
	return tokens->count + JOINED_PIECES_MAX <= TOKENS_MAX;
}

/* Keys of words, and their places in the dictionary on the way to the processor. Too long for it: 0. */
static void find_keys(const struct tokens *tokens, const uint32_t *starts, const uint32_t *ends, uint32_t count,
		      uint64_t keys[BATCH_WORDS])
{
	const struct dictionary *dictionary = tokens->dictionary;

	for (uint32_t i = 0; i < count; i++) {
		struct slice word = { tokens->text.ptr + starts[i], ends[i] - starts[i] };

		if (word.len <= 16 && starts[i] + 16 <= tokens->text.len)
			keys[i] = dictionary_short_key(dictionary, word.ptr, word.len);
		else
			keys[i] = word.len < WORD_BYTES_MAX ? dictionary_key(dictionary, word) : 0;
		__builtin_prefetch(&dictionary->lookup[keys[i] & dictionary->lookup_mask]);
	}
}

/* False: no room for all of them. */
static bool take_words(struct tokens *tokens, const uint32_t *starts, const uint32_t *ends, uint32_t count)
{
	const char *text = tokens->text.ptr;
	uint64_t keys[BATCH_WORDS];

	find_keys(tokens, starts, ends, count, keys);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = starts[i], end = ends[i], found = 0;

		if (!have_room(tokens))
			return false;
		if (keys[i])
			found = dictionary_find(tokens->dictionary, (struct slice){ text + start, end - start }, keys[i]);
		if (!found && (end - start >= JOINED_BYTES_MIN || (start > 0 && text[start - 1] == '\\')))
			take_unknown(tokens, start, end);
		else
			add_token(tokens, start, end, found);
	}
	return true;
}

/* False: they have no room. */
static bool take_scanned(struct tokens *tokens)
{
	const struct word_scan *scan = &tokens->scan;

	for (uint32_t i = 0; i < scan->count; i += BATCH_WORDS) {
		uint32_t left = scan->count - i;

		if (!take_words(tokens, scan->starts + i, scan->ends + i, left < BATCH_WORDS ? left : BATCH_WORDS))
			return false;
	}
	return true;
}

uint32_t tokens_cut(struct tokens *tokens, struct slice text, uint32_t from, bool whole)
{
	bool room = true;

	tokens->text = text;
	tokens->from = from;
	tokens->whole = whole;
	tokens->count = tokens->marked_count = 0;
	tokens->ready_from = tokens->ready_to = 0;
	begin_round(tokens);
	word_scan_begin(&tokens->scan, text, from);
	while (room && word_scan_next(&tokens->scan))
		room = take_scanned(tokens);
	tokens->steps += tokens->count;
	/* The rest of a word is none. */
	if (!whole && tokens->count > 0 && tokens->tokens[0].start == from)
		tokens->words[0] = 0;
	return room ? (uint32_t)text.len : tokens->tokens[tokens->count - TOKENS_OVERLAP].start;
}

/* ---- sentences ---- */

/* Whether a sentence ends before the word. */
static bool parts_sentence(const struct tokens *tokens, uint32_t at)
{
	uint32_t from = tokens->tokens[at - 1].end;

	if (tokens->tokens[at].start == from + 1 && tokens->text.ptr[from] == ' ')
		return false;
	return word_border((struct slice){ tokens->text.ptr + from, tokens->tokens[at].start - from }) == BORDER_SENTENCE;
}

void tokens_sentence(struct tokens *tokens, uint32_t at, uint32_t *from, uint32_t *to)
{
	uint32_t first = at, behind = at + 1;

	while (first > *from && !parts_sentence(tokens, first))
		first--;
	while (behind < *to && !parts_sentence(tokens, behind))
		behind++;
	tokens->steps += behind - first;
	*from = first;
	*to = behind;
}

static void find_facts(struct tokens *tokens, uint32_t at)
{
	uint32_t from = at > 0 ? tokens->tokens[at - 1].end : tokens->from, to = tokens->tokens[at].start;
	enum word_border border = BORDER_NONE;

	tokens->steps++;
	if (to != from + 1 || tokens->text.ptr[from] != ' ')
		border = word_border((struct slice){ tokens->text.ptr + from, to - from });
	tokens->facts[at] = (struct token_facts){
		.concepts = tokens_concepts(tokens, at),
		.begins = border != BORDER_NONE || (at == 0 && tokens->whole),
		.parts = border == BORDER_SENTENCE,
	};
}

void tokens_ready(struct tokens *tokens, uint32_t from, uint32_t to)
{
	struct token_facts *facts = tokens->facts;

	to = to < tokens->count ? to : tokens->count;
	if (from > tokens->ready_to + READY_APART || to + READY_APART < tokens->ready_from ||
	    tokens->ready_from == tokens->ready_to) {
		tokens->ready_from = from;
		tokens->ready_to = from;
	}
	while (tokens->ready_to < to) {
		uint32_t at = tokens->ready_to++;

		find_facts(tokens, at);
		facts[at].sentence = at == tokens->ready_from ? FIRST_SENTENCE : facts[at - 1].sentence + facts[at].parts;
	}
	while (tokens->ready_from > from) {
		uint32_t at = --tokens->ready_from;

		find_facts(tokens, at);
		facts[at].sentence = facts[at + 1].sentence - facts[at + 1].parts;
	}
}

/* ---- phrases ---- */

struct search {
	struct tokens *tokens;
	struct token_found *found;
};

static void add_phrases(const struct search *search, uint32_t node, uint32_t words)
{
	struct tokens *tokens = search->tokens;
	size_t count;
	const uint32_t *concepts = dictionary_concepts(tokens->dictionary, node, &count);

	for (size_t i = 0; i < count && search->found->count < TOKEN_PHRASES_MAX; i++) {
		tokens->phrases[tokens->phrase_count++] = (struct token_phrase){ concepts[i], words };
		search->found->concepts |= concept_bit(concepts[i]);
		search->found->count++;
	}
}

/* From `node` (0: the root), which the words before led to, on with the word at `at`. Depth:
 * PHRASE_WORDS_MAX; a step that leads nowhere ends it. */
static void walk(const struct search *search, uint32_t node, uint32_t at, uint32_t words)
{
	struct tokens *tokens = search->tokens;
	const struct dictionary *dictionary = tokens->dictionary;
	const uint32_t *ids;
	size_t count = dictionary_ids(dictionary, tokens->words[at], &ids);

	tokens->steps += 1 + count;
	for (size_t i = 0; i < count; i++) {
		uint32_t next = node ? dictionary_step(dictionary, node, ids[i]) : dictionary_begin(dictionary, ids[i]);

		if (!next || (node && parts_sentence(tokens, at)))
			continue;
		add_phrases(search, next, words + 1);
		if (at + 1 < tokens->count && words + 1 < PHRASE_WORDS_MAX && dictionary_goes_on(dictionary, next))
			walk(search, next, at + 1, words + 1);
	}
}

const struct token_found *tokens_find_phrases(struct tokens *tokens, uint32_t at)
{
	struct search search = { .tokens = tokens, .found = &tokens->found[at] };

	if (tokens->phrase_count + TOKEN_PHRASES_MAX > PHRASES_TOTAL)
		begin_round(tokens);
	*search.found = (struct token_found){ .first = tokens->phrase_count, .round = tokens->round };
	if (tokens->words[at])
		walk(&search, 0, at, 0);
	if (at >= tokens->ready_from && at < tokens->ready_to)
		tokens->facts[at].concepts = search.found->concepts;
	return search.found;
}
