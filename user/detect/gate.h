/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sequences may match at all where a text stands: those of
 * whose terms,
 * up to four of the rarest, some word each stands within a few blocks of words.
 * All rules are asked at once, 64 in a segment, a bit each.
 */
#ifndef PROMTAP_DETECT_GATE_H
#define PROMTAP_DETECT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GATE_TERMS 4
#define GATE_BLOCK_WORDS 16
#define GATE_BLOCKS 8		/* kept; a rule looks back over 2, 4 or all of them */
#define GATE_SEGMENTS_MAX 64

#define GATE_USE(segment, term, bit) ((uint16_t)((segment) << 8 | (term) << 6 | (bit)))

/* Compiled; read only. */
struct gate {
	struct {
		uint32_t rules[64];
		uint32_t blocks;		/* over which a match may reach */
		uint64_t absent[GATE_TERMS];	/* rules that have not so many terms */
	} *segments;
	uint32_t segment_count;
	/* By key, GATE_USE() each: two bytes, so that those of a text's words stay near the processor. */
	uint16_t *uses;
	struct gate_key {
		uint32_t first_use;
		uint16_t use_count;
		bool alone, goes_on;	/* the caller's: what is asked for each phrase stands together */
	} *keys;
	uint32_t key_count;
};

/* What a key (a phrase, as a node of the dictionary) is to a sequence: one of its terms, 0 to GATE_TERMS - 1. */
struct gate_use {
	uint32_t key, sequence, term;
};

/* A sequence: the rule that it is of, how many words it may reach over, and how many of its terms are asked for. */
struct gate_rule {
	uint32_t rule, words, terms;
};

/* Uses come in any order, and are sorted here. `uses[].sequence` is an index of
 * `rules`. Null: out of memory, or more than GATE_SEGMENTS_MAX segments of rules. */
struct gate *gate_new(const struct gate_rule *rules, size_t rule_count, struct gate_use *uses, size_t use_count,
		      uint32_t keys);
void gate_free(struct gate *gate);

/* Where one text is. */
struct gate_run {
	const struct gate *gate;
	uint64_t (*sets)[GATE_TERMS];		/* by block, modulo GATE_BLOCKS, and segment */
	uint64_t touched[GATE_BLOCKS];		/* segments that have a phrase in the block */
	uint32_t block;
};

/* 0 or -ENOMEM. */
int gate_run_init(struct gate_run *run, const struct gate *gate);
void gate_run_done(struct gate_run *run);
void gate_run_reset(struct gate_run *run);

static inline uint64_t *gate_sets(struct gate_run *run, uint32_t block, uint32_t segment)
{
	return run->sets[(block % GATE_BLOCKS) * run->gate->segment_count + segment];
}

/* That phrase begins in the block at hand. */
static inline void gate_take(struct gate_run *run, uint32_t key)
{
	const struct gate_key *known = &run->gate->keys[key];
	const uint16_t *uses = &run->gate->uses[known->first_use];
	uint64_t *touched = &run->touched[run->block % GATE_BLOCKS];

	for (uint32_t i = 0; i < known->use_count; i++) {
		uint32_t segment = uses[i] >> 8;
		uint64_t *sets = gate_sets(run, run->block, segment);

		/* What an older block left there goes. */
		if (!(*touched >> segment & 1))
			memset(sets, 0, GATE_TERMS * sizeof(*sets));
		*touched |= UINT64_C(1) << segment;
		sets[uses[i] >> 6 & 3] |= UINT64_C(1) << (uses[i] & 63);
	}
}

/* A rule that may match in words of this block and so many before it. */
typedef void (*gate_fn)(void *ctx, uint32_t rule, uint32_t blocks);

/* The block is full, or the text at its end: tells what may match, and begins the next. */
void gate_turn(struct gate_run *run, gate_fn fn, void *ctx);

#endif
