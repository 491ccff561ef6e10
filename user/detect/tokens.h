/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stretch of folded text as words, each with the phrases of the dictionary
 * that begin at it. Bounded; made only where Hyperscan saw a literal.
 */
#ifndef PROMTAP_DETECT_TOKENS_H
#define PROMTAP_DETECT_TOKENS_H

#include "detect/dictionary.h"

#define TOKENS_MAX_STRETCH 4096	/* words; a longer stretch is cut, and its rest is one of its own */
#define TOKEN_PHRASES_MAX 48	/* that begin at one word */
#define TOKEN_IDS_TOTAL (4 * TOKENS_MAX_STRETCH)

struct token {
	uint32_t start, end;	/* in the text */
	uint32_t sentence;	/* counts up */
	bool begins;		/* a sentence, a clause, a line, a quotation */
	uint8_t id_count;
	uint32_t first_id;	/* of ids[] */
	uint32_t first_phrase, phrase_count;	/* of phrases[] */
};

struct token_phrase {
	uint32_t concept;
	uint32_t words;
};

struct tokens {
	struct token *tokens;
	size_t count;
	uint32_t *ids;
	size_t id_count;
	struct token_phrase *phrases;
	size_t phrase_count;
};

/* 0 or -ENOMEM. */
int tokens_init(struct tokens *tokens);
void tokens_done(struct tokens *tokens);

/* Cuts text[from..to), and finds the phrases. Returns where it ended: `to`, or
 * less if there were too many words. */
uint32_t tokens_cut(struct tokens *tokens, const struct dictionary *dictionary, struct slice text, uint32_t from,
		    uint32_t to);

#endif
