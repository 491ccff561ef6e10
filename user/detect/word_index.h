/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a text, bounded, and where eight of them in a row stand. Only
 * every fourth place is noted: a run of eleven equal words holds a noted eight,
 * and from there the words themselves tell how far it goes. Places are noted
 * when somebody is about to look for them, for many texts nobody ever does.
 */
#ifndef PROMTAP_DETECT_WORD_INDEX_H
#define PROMTAP_DETECT_WORD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_GRAM 8
#define WORD_STRIDE 4
#define WORD_NOWHERE UINT32_MAX
#define WORD_FREE UINT16_MAX	/* a slot without a place */

_Static_assert(WORD_GRAM * sizeof(uint16_t) == 16, "a gram is two words of 64 bits");

struct word_index {
	uint64_t *filter;	/* owned, and with it the others: two bits a word; a clear one: no such gram */
	uint16_t *words;	/* `room` of them */
	uint16_t *slots;	/* a hash table of places */
	uint8_t *marks;		/* a bit for each word */
	uint64_t seed;		/* nobody outside chooses which words share a slot */
	uint32_t count, room;
	uint32_t limit;		/* words at most, a power of two up to 65536 / 2 */
	uint32_t noted;		/* words up to which places are noted */
	uint32_t spread;	/* words that filter and slots are spread out for, a power of two; 0: not yet */
};

/* What an index of so many words holds. */
#define WORD_INDEX_BYTES(words) ((words) * 3 + (words) / 8 + (words) / 4)

/* Adds words at the end; returns how many found room and memory. */
uint32_t word_index_add(struct word_index *index, const uint16_t *words, uint32_t count);
/* Notes the places of all words, for word_index_find(). */
void word_index_ready(struct word_index *index);
/* Forgets the words, keeps the memory. */
void word_index_clear(struct word_index *index);
void word_index_done(struct word_index *index);

static inline uint64_t word_index_hash(const struct word_index *index, const uint16_t *gram)
{
	uint64_t halves[2];
	__uint128_t product;

	memcpy(halves, gram, sizeof(halves));
	product = (__uint128_t)(halves[0] ^ index->seed) * (halves[1] ^ 0xa0761d6478bd642full);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* False: the gram with that hash stands nowhere. Of an index that is ready, and has words. */
static inline bool word_index_may_have(const struct word_index *index, uint64_t hash)
{
	uint32_t bit = (uint32_t)(hash >> 32) & (2 * index->spread - 1);

	return index->filter[bit / 64] >> bit % 64 & 1;
}

/* Where the eight words stand, one place of perhaps several; WORD_NOWHERE. Of an index that is ready, and has words. */
uint32_t word_index_find(const struct word_index *index, const uint16_t gram[WORD_GRAM]);

static inline bool word_index_marked(const struct word_index *index, uint32_t at)
{
	return index->marks[at / 8] >> at % 8 & 1;
}

static inline void word_index_mark(struct word_index *index, uint32_t at)
{
	index->marks[at / 8] |= (uint8_t)(1 << at % 8);
}

#endif
