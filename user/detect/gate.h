/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a rule of words may match at all. A rule is thought of only where its
 * rarest term, its anchor, may stand; there its other terms have to stand near.
 * A phrase stands for its key: itself, if it is one word, else its rarest two
 * neighbours. That all of it is there shows when the rule is tried.
 *
 * Each key has signs, a bit for each of the terms that it may be of. Blocks of
 * words have the signs of their keys, found out when first asked for.
 */
#ifndef PROMTAP_DETECT_GATE_H
#define PROMTAP_DETECT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/dictionary.h"

#define GATE_OTHERS 3		/* terms but the anchor that are asked for */
#define GATE_REACH_MAX 240	/* words to each side that are looked at */
#define GATE_SIGNS 512
#define GATE_BLOCK_WORDS 8
#define GATE_PAIR_BITS 18	/* of a hash: what has no bit set is no pair */

struct gate_signs {
	uint64_t bits[GATE_SIGNS / 64];
};

/* What is thought of at a key. */
struct gate_item {
	uint32_t what;			/* the caller's number */
	uint16_t others[GATE_OTHERS];	/* signs that have to stand near */
	uint8_t back, ahead;		/* how near, in words */
};

struct gate_pair {
	uint64_t words;			/* of the trie, the first above the second */
	uint64_t offsets;		/* bit n: a phrase has it n words from its beginning */
	uint32_t first_item, item_count;
	uint32_t first_sign, sign_count;
};

/* Compiled; read only. */
struct gate {
	uint32_t words;			/* of the dictionary */
	const struct dictionary *dictionary;
	struct gate_item *items;
	uint32_t *first;		/* by word, of items[]; [words + 1] is the end */
	uint32_t *row;			/* by word, of rows[] */
	struct gate_signs *rows;	/* each set of signs that a word has, once; the first: none */
	uint32_t row_count;
	struct gate_pair *pairs;	/* from 1 on */
	uint32_t pair_count;
	uint32_t *pair_index;		/* open addressing: the number of a pair below bits of its hash; 0: free */
	size_t pair_mask;
	uint16_t *pair_signs;
	uint64_t pair_filter[(1u << GATE_PAIR_BITS) / 64];	/* of words of a text */
};

/* ---- compiling ---- */

/* A phrase. */
struct gate_key {
	uint32_t words[2];	/* of the trie; the second 0: the phrase is one word */
	uint32_t offset;	/* words of the phrase before them */
};

/* Any of some phrases; lent. */
struct gate_term {
	const struct gate_key *keys;
	size_t count;
	size_t cost;		/* how often one of them stands in a MiB of text */
};

struct gate_rule {
	uint32_t what;
	uint32_t anchor;		/* of terms */
	uint32_t others[GATE_OTHERS];
	uint32_t other_count;
	uint8_t back, ahead;
};

/* Marks anchors of one word in the dictionary, which is sealed and stays. Null: out of memory, or a million pairs. */
struct gate *gate_new(struct dictionary *dictionary, const struct gate_term *terms, size_t term_count,
		      const struct gate_rule *rules, size_t rule_count);
void gate_free(struct gate *gate);

/* ---- running ---- */

/* A pair stands there. */
struct gate_place {
	uint32_t at;		/* its first word */
	uint32_t pair;		/* of gate.pairs */
};

/* Of one stretch of words. */
struct gate_run {
	const struct gate *gate;
	const uint32_t *words;		/* lent: of the dictionary; 0: none */
	uint32_t count;
	struct gate_signs *blocks;	/* owned */
	uint64_t *known;		/* owned; a bit for each of them */
	struct gate_place *places;	/* owned: pairs, in order; WORD_IDS_MAX squared a word at most. Without memory for
					 * more these are left out, and counted (STAT_DETECT_OVER_LIMIT) */
	size_t place_count, place_room;
	size_t *first_place;		/* owned; by block, of places[] */
	uint64_t steps;		/* items, blocks and pairs that were looked at, each as often as it was */
};

/* For up to `room` words. 0 or -ENOMEM. */
int gate_run_init(struct gate_run *run, uint32_t room);
void gate_run_done(struct gate_run *run);
void gate_run_begin(struct gate_run *run, const struct gate *gate, const uint32_t *words, uint32_t count);

/* An item that may match, of the key that begins with the word at `at`; `offsets`, as those of a pair, where its phrase
 * begins. */
typedef void (*gate_fn)(void *ctx, uint32_t at, uint64_t offsets, const struct gate_item *item);
/* All of them, in order of words. `marked`: places of words that the dictionary marks. */
void gate_open(struct gate_run *run, const uint32_t *marked, uint32_t marked_count, gate_fn fn, void *ctx);

#endif
