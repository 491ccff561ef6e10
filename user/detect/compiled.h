/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a compiled set of rules, for the files of this stage that match with it. */
#ifndef PROMTAP_DETECT_COMPILED_H
#define PROMTAP_DETECT_COMPILED_H

#include <hs/hs.h>

#include "detect/checks.h"
#include "detect/combine.h"
#include "detect/rules.h"
#include "detect/sequence.h"
#include "detect/signals.h"

#define RULE_NONE UINT32_MAX

struct compiled_rule {
	const struct pack_rule *rule;
	struct sequence *sequence;	/* SEQUENCE, NEAR; owned */
	const struct check *check;	/* EXPRESSION; null: none */
	uint32_t width;			/* EXPRESSION: of its shortest match */
	struct combine *combine;	/* COMBINE; owned */
	uint32_t combine_rules[COMBINE_TERMS_MAX];	/* of its terms; RULE_NONE: a family */
	enum signal_id signal;		/* SIGNAL */
};

/* Rules by the concept of their anchor. */
struct anchored {
	uint32_t concept, rule;
};

/* What one of Hyperscan's literals means: it may belong to many rules. */
struct literal {
	uint16_t bytes;
	bool whole;		/* all of a word; else words that begin so, too */
	bool alone;		/* enough for words to be looked at */
	uint16_t reach;		/* then: bytes of text to either side */
	uint32_t first_part, part_count;	/* of parts[] */
};

/* A rule whose anchor is frequent is looked at where both of two terms are near each other. */
struct pair {
	uint16_t distance;	/* bytes between the two at most */
	uint16_t reach;
};

struct pair_part {
	uint32_t pair;
	uint32_t side;		/* 0: the anchor, 1: the second term */
};

struct rules {
	int references;
	struct pack_set set;
	struct compiled_rule *compiled;	/* one for each of set.rules */
	struct dictionary *dictionary;
	struct anchored *anchored;	/* by concept */
	size_t anchored_count;
	uint32_t *anchor_index;		/* first of anchored[] of a concept; [concept_count] is the end */
	uint32_t concept_count;

	/* Expressions over the text as it is: an id is an index of original_rules. */
	hs_database_t *original;
	uint32_t *original_rules;
	size_t original_count;
	/* Over folded text: ids from 0 are literals, then indexes of folded_rules. */
	hs_database_t *folded;
	size_t literal_count;
	struct literal *literals;
	struct pair *pairs;
	size_t pair_count;
	struct pair_part *parts;	/* by literal */
	size_t part_count;
	uint32_t *folded_rules;
	size_t folded_count;
	uint64_t key;			/* of both */
	bool kept;			/* both came out of an image */
};

#endif
