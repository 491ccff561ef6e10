/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of words (docs/rules.md: sequence, near), compiled and tried on tokens.
 * Tried from a word that is one of the rule's anchor, the term that is rarest.
 * Work is bounded for each try.
 */
#ifndef PROMTAP_DETECT_SEQUENCE_H
#define PROMTAP_DETECT_SEQUENCE_H

#include "detect/pack.h"
#include "detect/tokens.h"

#define TERMS_MAX 12
#define TERM_CONCEPTS_MAX 24
#define GAP_WORDS_MAX 60
struct term {
	uint64_t bits;		/* of its concepts (concept_bit()) */
	uint32_t concepts[TERM_CONCEPTS_MAX];
	uint8_t concept_count;
	uint8_t gap;		/* words that may stand before it */
	uint8_t longest;	/* words of its longest phrase */
	bool optional;
};

struct sequence {
	const struct term *terms;	/* owner of those of `unless`, too, which follow */
	uint32_t term_count;
	uint32_t required[TERMS_MAX];	/* of terms: those that are not optional, the rarest first */
	uint32_t required_count;
	uint32_t anchor;	/* the first of them */
	const struct term *unless;
	uint32_t unless_count, unless_within;
	uint32_t within;	/* any order, within so many words; 0: in order */
	bool at_beginning, across;
};

/* How names and words of a rule become numbers of concepts; a word that stands by itself is
 * a concept of its own. */
struct concept_source {
	int (*named)(void *ctx, struct slice name);	/* -ENOENT: there is none */
	int (*word)(void *ctx, struct slice phrase);
	/* How often one of its phrases' rarest words stands in a MiB of text. */
	size_t (*cost)(void *ctx, uint32_t concept);
	/* Words of its longest phrase. */
	uint8_t (*longest)(void *ctx, uint32_t concept);
	void *ctx;
};

/* 0, and sequence_done() frees it; -EINVAL: `ret_error` says what is wrong with the rule's body; -ENOMEM. */
int sequence_compile(const struct pack_rule *rule, const struct concept_source *source, struct sequence *ret,
		     char ret_error[PACK_ERROR_BYTES]);

void sequence_done(struct sequence *sequence);

/* Whether it is one of the term's; ask for bits first. */
static inline bool term_has(const struct term *term, uint32_t concept)
{
	for (uint32_t i = 0; i < term->concept_count; i++)
		if (term->concepts[i] == concept)
			return true;
	return false;
}

/* How far words of a match may lie from a word of this term's phrase, before and behind it. */
struct sequence_reach {
	uint32_t back, ahead;
};
struct sequence_reach sequence_reach(const struct sequence *sequence, uint32_t term);
/* How much farther to both sides what it excepts may lie. */
uint32_t sequence_excepts(const struct sequence *sequence);

/* Whether it matches with its anchor at this word, with this phrase of the anchor's; all that it reaches is ready. Words of the match: *ret_first to *ret_last. */
bool sequence_try(const struct sequence *sequence, struct tokens *tokens, uint32_t at,
		  struct token_phrase phrase, uint32_t *ret_first, uint32_t *ret_last);

#endif
