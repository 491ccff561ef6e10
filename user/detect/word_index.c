/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/word_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"

#define ROOM_FIRST 256
#define EMPTY UINT16_MAX

_Static_assert(WORD_GRAM * sizeof(uint16_t) == 16, "a gram is two words of 64 bits");

static uint32_t slot_of(const struct word_index *index, const uint16_t *gram)
{
	uint64_t halves[2];
	__uint128_t product;

	memcpy(halves, gram, sizeof(halves));
	product = (__uint128_t)(halves[0] ^ index->seed) * (halves[1] ^ 0xa0761d6478bd642full);
	return (uint32_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & (index->room / 2 - 1);
}

/* The slot of those words, or the empty one where they belong: half of the slots are. */
static uint32_t probe(const struct word_index *index, const uint16_t *gram)
{
	uint32_t slot = slot_of(index, gram);

	while (index->slots[slot] != EMPTY &&
	       memcmp(index->words + index->slots[slot], gram, WORD_GRAM * sizeof(*gram)) != 0)
		slot = (slot + 1) & (index->room / 2 - 1);
	return slot;
}

/* Words that repeat keep their first place. */
static void note(struct word_index *index, uint32_t at)
{
	uint32_t slot = probe(index, index->words + at);

	if (index->slots[slot] == EMPTY)
		index->slots[slot] = (uint16_t)at;
}

static bool grow(struct word_index *index)
{
	uint32_t room = index->room ? index->room * 2 : ROOM_FIRST;
	auto_free uint16_t *words = NULL;
	auto_free uint16_t *slots = NULL;
	auto_free uint8_t *marks = NULL;

	if (room > index->limit)
		return false;
	index->seed = hash_seed();
	words = malloc(room * sizeof(*words));
	slots = malloc(room / 2 * sizeof(*slots));
	marks = calloc(1, room / 8);
	if (!words || !slots || !marks)
		return false;
	if (index->room > 0) {
		memcpy(words, index->words, index->count * sizeof(*words));
		memcpy(marks, index->marks, index->room / 8);
	}
	memset(slots, 0xff, room / 2 * sizeof(*slots));
	word_index_done(index);
	index->words = take_ptr(words);
	index->slots = take_ptr(slots);
	index->marks = take_ptr(marks);
	index->room = room;
	for (uint32_t at = 0; at + WORD_GRAM <= index->count; at += WORD_STRIDE)
		note(index, at);
	return true;
}

bool word_index_add(struct word_index *index, uint16_t word)
{
	if (index->count == index->room && !grow(index))
		return false;
	index->words[index->count++] = word;
	if (index->count % WORD_STRIDE == 0 && index->count >= WORD_GRAM)
		note(index, index->count - WORD_GRAM);
	return true;
}

uint32_t word_index_find(const struct word_index *index, const uint16_t gram[WORD_GRAM])
{
	uint16_t at;

	if (index->count < WORD_GRAM)
		return WORD_NOWHERE;
	at = index->slots[probe(index, gram)];
	return at == EMPTY ? WORD_NOWHERE : at;
}

void word_index_done(struct word_index *index)
{
	free(index->words);
	free(index->slots);
	free(index->marks);
	index->words = index->slots = NULL;
	index->marks = NULL;
	index->room = 0;
}
