/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stretch of folded text as words. Which phrases begin at a word, and which
 * sentence it is in, is found out only where a rule may match.
 */
#ifndef PROMTAP_DETECT_TOKENS_H
#define PROMTAP_DETECT_TOKENS_H

#include "detect/dictionary.h"

#define TOKENS_MAX 8192		/* words of a stretch; what is longer takes several */
#define TOKENS_OVERLAP 256	/* words at the end of a stretch with which the next one begins */
#define TOKEN_PHRASES_MAX 64	/* that begin at one word */
#define TOKENS_READY 512	/* words that can be ready whatever they are */

struct token {
	uint32_t start, end;	/* in the text */
	uint32_t first_id;	/* of ids[] */
	uint8_t id_count;
	/* Of words that are ready. */
	bool begins;		/* a sentence, a clause, a line, a quotation */
	uint16_t phrase_count;
	uint32_t first_phrase;	/* of phrases[] */
	uint32_t sentence;	/* counts up */
};

struct token_phrase {
	uint32_t concept;
	uint32_t words;
};

/* A word that was looked up lately. */
#define KNOWN_WORDS 2048
#define KNOWN_IDS 5

struct known_word {
	uint64_t key;		/* 0: none */
	uint32_t count;
	uint32_t ids[KNOWN_IDS];
};

struct tokens {
	const struct dictionary *dictionary;
	struct slice text;
	uint32_t from;		/* where the stretch begins in it */
	bool whole;		/* a sentence begins there, and a word */
	struct token *tokens;
	struct known_word *known;
	uint32_t count;
	uint32_t *ids;		/* words of the dictionary that words of the text are */
	uint32_t id_count;
	struct token_phrase *phrases;
	uint32_t phrase_count;
	uint32_t ready_from, ready_to;	/* words whose phrases and sentences are known */
};

/* 0 or -ENOMEM. */
int tokens_init(struct tokens *tokens, const struct dictionary *dictionary);
void tokens_done(struct tokens *tokens);

/* Cuts text from `from` on. `whole`: nothing stands before it; else its first
 * word may be the end of one, and begins no sentence. Returns where the next
 * stretch begins, TOKENS_OVERLAP words before the end of this one; the end of
 * the text: there is none. */
uint32_t tokens_cut(struct tokens *tokens, struct slice text, uint32_t from, bool whole);

/* Whether a sentence ends before the word at `at`, which is not the first. */
bool tokens_part(const struct tokens *tokens, uint32_t at);

/* Makes words from `from` to before `to`, TOKENS_READY at most, ready. What was ready before and lies apart is so no more. */
void tokens_ready(struct tokens *tokens, uint32_t from, uint32_t to);

#endif
