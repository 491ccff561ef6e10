/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/word_index.h"

#include <stdlib.h>

#include "base/hash.h"

#define ROOM_FIRST 256

/* Half of the slots are free, so that a search ends. */
static uint32_t slot_mask(const struct word_index *index)
{
	return index->spread / 2 - 1;
}

/* The slot of those words, or the free one where they belong. */
static uint32_t probe(const struct word_index *index, const uint16_t *gram, uint64_t hash)
{
	uint32_t slot = (uint32_t)hash & slot_mask(index);

	while (index->slots[slot] != WORD_FREE &&
	       memcmp(index->words + index->slots[slot], gram, WORD_GRAM * sizeof(*gram)) != 0)
		slot = (slot + 1) & slot_mask(index);
	return slot;
}

/* Words that repeat keep their first place. */
static void note(struct word_index *index, uint32_t at)
{
	const uint16_t *gram = index->words + at;
	uint64_t hash = word_index_hash(index, gram);
	uint32_t slot = probe(index, gram, hash), bit = (uint32_t)(hash >> 32) & (2 * index->spread - 1);

	if (index->slots[slot] == WORD_FREE)
		index->slots[slot] = (uint16_t)at;
	index->filter[bit / 64] |= UINT64_C(1) << bit % 64;
}

static uint32_t room_for(uint32_t words)
{
	uint32_t room = ROOM_FIRST;

	while (room < words)
		room *= 2;
	return room;
}

void word_index_ready(struct word_index *index)
{
	if (index->count > index->spread) {
		index->spread = room_for(index->count);
		memset(index->slots, 0xff, index->spread / 2 * sizeof(*index->slots));
		memset(index->filter, 0, index->spread / 4);
		index->noted = 0;
	}
	for (; index->noted + WORD_GRAM <= index->count; index->noted += WORD_STRIDE)
		note(index, index->noted);
}

/* Room for that many, or for as many as there may be. */
static void grow(struct word_index *index, uint32_t words)
{
	uint32_t room = room_for(words < index->limit ? words : index->limit);
	struct word_index larger = *index;

	larger.filter = malloc(WORD_INDEX_BYTES(room));
	if (!larger.filter)
		return;
	larger.words = (uint16_t *)(larger.filter + room / 32);
	larger.slots = larger.words + room;
	larger.marks = (uint8_t *)(larger.slots + room / 2);
	memset(larger.marks, 0, room / 8);
	if (index->room > 0) {
		memcpy(larger.words, index->words, index->count * sizeof(*index->words));
		memcpy(larger.marks, index->marks, index->room / 8);
	}
	larger.room = room;
	larger.spread = 0;
	larger.seed = hash_seed();
	free(index->filter);
	*index = larger;
}

uint32_t word_index_add(struct word_index *index, const uint16_t *words, uint32_t count)
{
	uint32_t fits;

	if (index->count + count > index->room && index->room < index->limit)
		grow(index, index->count + count);
	fits = count < index->room - index->count ? count : index->room - index->count;
	if (fits > 0)
		memcpy(index->words + index->count, words, fits * sizeof(*words));
	index->count += fits;
	return fits;
}

uint32_t word_index_find(const struct word_index *index, const uint16_t gram[WORD_GRAM])
{
	uint16_t at = index->slots[probe(index, gram, word_index_hash(index, gram))];

	return at == WORD_FREE ? WORD_NOWHERE : at;
}

void word_index_clear(struct word_index *index)
{
	if (index->room > 0)
		memset(index->marks, 0, index->room / 8);
	index->count = index->spread = 0;
}

void word_index_done(struct word_index *index)
{
	free(index->filter);
	*index = (struct word_index){ .limit = index->limit };
}
