/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a text, bounded, and where eight of them in a row stand. Only
 * every fourth place is noted: a run of eleven equal words holds a noted eight,
 * and from there the words themselves tell how far it goes.
 */
#ifndef PROMTAP_DETECT_WORD_INDEX_H
#define PROMTAP_DETECT_WORD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_GRAM 8
#define WORD_STRIDE 4
#define WORD_NOWHERE UINT32_MAX

struct word_index {
	uint16_t *words;	/* owned, `room` of them */
	uint16_t *slots;	/* owned: a hash table of places, room / 2 */
	uint8_t *marks;		/* owned: a bit for each word */
	uint64_t seed;		/* nobody outside chooses which words share a slot */
	uint32_t count, room;
	uint32_t limit;		/* words at most, a power of two up to 65536 / 2 */
};

/* What an index of so many words holds. */
#define WORD_INDEX_BYTES(words) ((words) * 3 + (words) / 8)

/* False: it is full, or there is no memory. */
bool word_index_add(struct word_index *index, uint16_t word);
void word_index_done(struct word_index *index);

/* Where the eight words stand, one place of perhaps several; WORD_NOWHERE. */
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
