/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's inside, for the file that builds it and the one that runs it. */
#ifndef PROMTAP_DETECT_GATE_BUILD_H
#define PROMTAP_DETECT_GATE_BUILD_H

#include "detect/gate.h"

#define GATE_SIGN_NONE (GATE_SIGNS - 1)	/* no term has it: a rule has fewer others */

static inline void gate_set_sign(struct gate_signs *signs, unsigned int sign)
{
	signs->bits[sign / 64] |= UINT64_C(1) << (sign % 64);
}

static inline bool gate_has_sign(const struct gate_signs *signs, unsigned int sign)
{
	return signs->bits[sign / 64] >> (sign % 64) & 1;
}

static inline void gate_add_signs(struct gate_signs *signs, const struct gate_signs *more)
{
	for (size_t i = 0; i < sizeof(signs->bits) / sizeof(signs->bits[0]); i++)
		signs->bits[i] |= more->bits[i];
}

static inline uint64_t gate_pair_words(uint32_t a, uint32_t b)
{
	return (uint64_t)a << 32 | b;
}

/* Of two words of a text, for the filter. */
static inline uint32_t gate_pair_bit(uint32_t a, uint32_t b)
{
	return (a * 0x9e3779b1u ^ b * 0x85ebca77u) >> (32 - GATE_PAIR_BITS);
}

static inline uint64_t gate_pair_hash(uint64_t words)
{
	uint64_t hash = words * 0x9e3779b97f4a7c15ull;

	return hash ^ hash >> 32;
}

/* Of a slot of the index: so many low bits are the number, the others are of the hash. */
#define GATE_PAIR_NUMBER_BITS 20

/* The number of that pair; 0: there is none. *ret_at: its slot of the index, or the free one where it would be. */
static inline uint32_t gate_find_pair(const struct gate *gate, uint64_t words, size_t *ret_at)
{
	uint64_t hash = gate_pair_hash(words);
	uint32_t slot, number, tag = (uint32_t)(hash >> 32) >> GATE_PAIR_NUMBER_BITS;

	for (size_t at = hash & gate->pair_mask;; at = (at + 1) & gate->pair_mask) {
		slot = gate->pair_index[at];
		number = slot & ((1u << GATE_PAIR_NUMBER_BITS) - 1);
		*ret_at = at;
		if (!slot || (slot >> GATE_PAIR_NUMBER_BITS == tag && gate->pairs[number].words == words))
			return number;
	}
}

#endif
