/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dictionary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "detect/words.h"

#define FILTER_BITS (1u << 17)

/* Open addressing; a table is at most half full. */
struct slot {
	uint64_t key;	/* a hash of 64 bits stands for what was put in; 0: free */
	uint32_t value;
};

struct table {
	struct slot *slots;
	size_t size, used;	/* size: a power of two, or 0 */
};

struct node {
	uint32_t first, count;	/* of concepts[], once sealed */
};

struct ending {
	uint32_t node, concept;
};

struct dictionary {
	struct table words;	/* by text; a beginning and a whole word of the same text differ */
	struct table steps;	/* by node and word */
	uint32_t word_count, node_count;
	struct ending *endings;
	size_t ending_count, ending_capacity;
	struct node *nodes;
	uint32_t *concepts;
	uint64_t beginnings;	/* bit n: some word matches by its first n bytes */
	uint64_t filter[FILTER_BITS / 64];	/* of keys that words has: most words of a text are in no phrase */
	uint64_t seed;
};

struct dictionary *dictionary_new(void)
{
	struct dictionary *dictionary = calloc(1, sizeof(*dictionary));

	if (!dictionary)
		return NULL;
	dictionary->seed = hash_seed();
	dictionary->node_count = 1;
	return dictionary;
}

void dictionary_free(struct dictionary *dictionary)
{
	if (!dictionary)
		return;
	free(dictionary->words.slots);
	free(dictionary->steps.slots);
	free(dictionary->endings);
	free(dictionary->nodes);
	free(dictionary->concepts);
	free(dictionary);
}

/* ---- tables ---- */

static struct slot *table_slot(const struct table *table, uint64_t key)
{
	size_t at = key >> 20 & (table->size - 1);

	while (table->slots[at].key && table->slots[at].key != key)
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

static uint32_t table_get(const struct table *table, uint64_t key)
{
	return table->size > 0 ? table_slot(table, key)->value : 0;
}

static int table_grow(struct table *table)
{
	struct table larger = { .size = table->size > 0 ? 2 * table->size : 1024, .used = table->used };

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->size; i++)
		if (table->slots[i].key)
			*table_slot(&larger, table->slots[i].key) = table->slots[i];
	free(table->slots);
	*table = larger;
	return 0;
}

/* The value that is there, else `value`, which is put there. 0: out of memory. */
static uint32_t table_put(struct table *table, uint64_t key, uint32_t value)
{
	struct slot *slot;

	if (2 * table->used >= table->size && table_grow(table) < 0)
		return 0;
	slot = table_slot(table, key);
	if (!slot->key) {
		*slot = (struct slot){ key, value };
		table->used++;
	}
	return slot->value;
}

/*
 * A hash that every beginning of a word has on the way to the whole: one pass
 * over a word of a text asks for all of them.
 */
static uint64_t hash_step(uint64_t hash, char byte)
{
	hash = (hash ^ (unsigned char)byte) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static uint64_t key_of(uint64_t hash, bool beginning)
{
	return (hash * 2 + beginning) * 0xbf58476d1ce4e5b9ull | 1;
}

static uint64_t word_key(const struct dictionary *dictionary, struct slice text, bool beginning)
{
	uint64_t hash = dictionary->seed;

	for (size_t i = 0; i < text.len; i++)
		hash = hash_step(hash, text.ptr[i]);
	return key_of(hash, beginning);
}

static size_t filter_bit(uint64_t key)
{
	return (size_t)(key >> 40) % FILTER_BITS;
}

static uint32_t find_word(const struct dictionary *dictionary, uint64_t key)
{
	size_t bit = filter_bit(key);

	return dictionary->filter[bit / 64] >> (bit % 64) & 1 ? table_get(&dictionary->words, key) : 0;
}

static uint64_t step_key(const struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = (((uint64_t)node << 32 | word) ^ dictionary->seed) * 0x9e3779b97f4a7c15ull;

	return (key ^ key >> 32) * 0xbf58476d1ce4e5b9ull | 1;
}

/* ---- building ---- */

static uint32_t put_word(struct dictionary *dictionary, struct slice text, bool beginning)
{
	uint64_t key = word_key(dictionary, text, beginning);
	uint32_t next = dictionary->word_count + 1;
	uint32_t word = table_put(&dictionary->words, key, next);

	if (word == next)
		dictionary->word_count = next;
	dictionary->filter[filter_bit(key) / 64] |= UINT64_C(1) << (filter_bit(key) % 64);
	if (beginning)
		dictionary->beginnings |= UINT64_C(1) << text.len;
	return word;
}

static uint32_t put_step(struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint32_t next = table_put(&dictionary->steps, step_key(dictionary, node, word), dictionary->node_count);

	if (next == dictionary->node_count)
		dictionary->node_count++;
	return next;
}

static int add_ending(struct dictionary *dictionary, uint32_t node, uint32_t concept)
{
	if (dictionary->ending_count == dictionary->ending_capacity) {
		size_t capacity = dictionary->ending_capacity > 0 ? 2 * dictionary->ending_capacity : 1024;
		struct ending *endings = reallocarray(dictionary->endings, capacity, sizeof(*endings));

		if (!endings)
			return -ENOMEM;
		dictionary->endings = endings;
		dictionary->ending_capacity = capacity;
	}
	dictionary->endings[dictionary->ending_count++] = (struct ending){ node, concept };
	return 0;
}

int dictionary_add(struct dictionary *dictionary, struct slice phrase, uint32_t concept)
{
	struct word_cutter cutter = { .text = phrase };
	uint32_t node = 0, words = 0;
	struct slice word;

	while (word_cut(&cutter, &word)) {
		bool beginning = cutter.at < phrase.len && phrase.ptr[cutter.at] == '*';
		uint32_t id;

		if (++words > PHRASE_WORDS_MAX || word.len >= WORD_BYTES_MAX)
			return -EINVAL;
		id = put_word(dictionary, word, beginning);
		node = id ? put_step(dictionary, node, id) : 0;
		if (!node)
			return -ENOMEM;
	}
	return words > 0 ? add_ending(dictionary, node, concept) : -EINVAL;
}

static int by_node(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->concept < y->concept ? -1 : x->concept > y->concept;
}

int dictionary_seal(struct dictionary *dictionary)
{
	dictionary->nodes = calloc(dictionary->node_count, sizeof(*dictionary->nodes));
	dictionary->concepts = calloc(dictionary->ending_count + 1, sizeof(*dictionary->concepts));
	if (!dictionary->nodes || !dictionary->concepts)
		return -ENOMEM;
	if (dictionary->ending_count > 0)
		qsort(dictionary->endings, dictionary->ending_count, sizeof(*dictionary->endings), by_node);
	for (size_t i = 0; i < dictionary->ending_count; i++) {
		struct node *node = &dictionary->nodes[dictionary->endings[i].node];

		if (node->count++ == 0)
			node->first = (uint32_t)i;
		dictionary->concepts[i] = dictionary->endings[i].concept;
	}
	return 0;
}

/* ---- looking up ---- */

size_t dictionary_word(const struct dictionary *dictionary, struct slice word, uint32_t ret_ids[WORD_IDS_MAX])
{
	uint64_t hash = dictionary->seed;
	size_t count = 0;
	uint32_t id;

	if (word.len >= WORD_BYTES_MAX)
		return 0;
	for (size_t i = 0; i < word.len; i++) {
		hash = hash_step(hash, word.ptr[i]);
		if (!(dictionary->beginnings >> (i + 1) & 1))
			continue;
		id = find_word(dictionary, key_of(hash, true));
		if (id && count < WORD_IDS_MAX)
			ret_ids[count++] = id;
	}
	id = find_word(dictionary, key_of(hash, false));
	if (id && count < WORD_IDS_MAX)
		ret_ids[count++] = id;
	return count;
}

uint32_t dictionary_step(const struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	return table_get(&dictionary->steps, step_key(dictionary, node, word));
}

const uint32_t *dictionary_concepts(const struct dictionary *dictionary, uint32_t node, size_t *ret_count)
{
	*ret_count = dictionary->nodes[node].count;
	return &dictionary->concepts[dictionary->nodes[node].first];
}

size_t dictionary_phrases(const struct dictionary *dictionary)
{
	return dictionary->ending_count;
}
