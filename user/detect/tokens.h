/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stretch of folded text as words. Which phrases begin at a word, and which
 * sentence it is in, is found out only where a rule may match.
 */
#ifndef PROMTAP_DETECT_TOKENS_H
#define PROMTAP_DETECT_TOKENS_H

#include "detect/dictionary.h"
#include "detect/words.h"

#define TOKENS_MAX 8192		/* words of a stretch; what is longer takes several */
#define TOKENS_OVERLAP 256	/* words at the end of a stretch with which the next one begins */
#define TOKEN_PHRASES_MAX 64	/* that begin at one word */

struct token {
	uint32_t start, end;	/* in the text */
};

/* Of a word that is ready. */
struct token_facts {
	uint64_t concepts;	/* tokens_concepts() */
	uint32_t sentence;	/* counts up */
	bool begins;		/* a sentence, a clause, a line, a quotation */
	bool parts;		/* a sentence ends before it */
};

struct token_phrase {
	uint32_t concept;
	uint32_t words;
};

/* The phrases that begin at a word. */
struct token_found {
	uint64_t concepts;	/* bits of theirs */
	uint32_t first;		/* of phrases[] */
	uint32_t count;
	uint32_t round;		/* in which they were looked for; they are known in that one alone */
};

struct tokens {
	const struct dictionary *dictionary;
	struct slice text;
	uint32_t from;		/* where the stretch begins in it */
	bool whole;		/* a sentence begins there, and a word */
	uint32_t count;
	struct token *tokens;
	uint32_t *words;	/* of the dictionary, that these are; 0: none */
	uint32_t marked_count;
	uint32_t *marked;	/* words that the dictionary marks, in order */
	struct word_scan scan;

	uint32_t ready_from, ready_to;	/* words whose facts are known */
	struct token_facts *facts;
	struct token_found *found;
	struct token_phrase *phrases;
	uint32_t phrase_count;
	uint32_t round;		/* counts stretches, and how often phrases[] was full; never 0 */
	uint64_t steps;		/* words looked at so far, each time again: the work that was done */
};

/* 0 or -ENOMEM. */
int tokens_init(struct tokens *tokens, const struct dictionary *dictionary);
void tokens_done(struct tokens *tokens);

/* Cuts text from `from` on. `whole`: nothing stands before it; else its first
 * word may be the end of one, and begins no sentence. Returns where the next
 * stretch begins, TOKENS_OVERLAP words before the end of this one; the end of
 * the text: there is none. */
uint32_t tokens_cut(struct tokens *tokens, struct slice text, uint32_t from, bool whole);

/* The sentence of the word at `at`, as far as it lies from *from to before *to, which become its own. */
void tokens_sentence(struct tokens *tokens, uint32_t at, uint32_t *from, uint32_t *to);

/* Makes words from `from` to before `to` ready. What was ready before and lies apart is so no more. */
void tokens_ready(struct tokens *tokens, uint32_t from, uint32_t to);

/* Bits of the concepts of all phrases that begin at a word; before it was looked for these, of all that there may be. */
static inline uint64_t tokens_concepts(const struct tokens *tokens, uint32_t at)
{
	return tokens->found[at].round == tokens->round ? tokens->found[at].concepts :
							  dictionary_opening(tokens->dictionary, tokens->words[at]);
}

/* The phrases that begin at a word: `count` of phrases[] from `first` on. They stay until the next call for a word that
 * was not asked for before. */
const struct token_found *tokens_find_phrases(struct tokens *tokens, uint32_t at);
static inline const struct token_found *tokens_phrases(struct tokens *tokens, uint32_t at)
{
	return tokens->found[at].round == tokens->round ? &tokens->found[at] : tokens_find_phrases(tokens, at);
}

#endif
