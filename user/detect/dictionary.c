/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dictionary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "detect/beginnings.h"
#include "detect/words.h"

struct dictionary *dictionary_new(void)
{
	struct dictionary *dictionary = calloc(1, sizeof(*dictionary));

	if (!dictionary)
		return NULL;
	words_init();
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
	free(dictionary->parents);
	free(dictionary->nodes);
	free(dictionary->concepts);
	beginnings_done(&dictionary->beginnings);
	free(dictionary->begins);
	free(dictionary);
}

/* ---- tables ---- */

static struct dictionary_slot *table_slot(const struct dictionary_table *table, uint64_t key)
{
	size_t at = key >> 20 & (table->size - 1);

	while (table->slots[at].key && table->slots[at].key != key)
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

static uint32_t table_get(const struct dictionary_table *table, uint64_t key)
{
	return table->size > 0 ? table_slot(table, key)->value : 0;
}

static int table_grow(struct dictionary_table *table)
{
	struct dictionary_table larger = { .size = table->size > 0 ? 2 * table->size : 1024, .used = table->used };

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
static uint32_t table_put(struct dictionary_table *table, uint64_t key, uint32_t value)
{
	struct dictionary_slot *slot;

	if (2 * table->used >= table->size && table_grow(table) < 0)
		return 0;
	slot = table_slot(table, key);
	if (!slot->key) {
		*slot = (struct dictionary_slot){ key, value };
		table->used++;
	}
	return slot->value;
}

static uint64_t load64(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static uint64_t load32(const char *from)
{
	uint32_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of 1 to WORD_BYTES_MAX bytes: most words take one multiplication. */
static inline __attribute__((always_inline)) uint64_t word_key(const struct dictionary *dictionary, struct slice text,
								 bool beginning)
{
	/* Multiplied, lest a length undoes what a letter does. */
	uint64_t seed = dictionary->seed ^ (2 * text.len + beginning) * 0x94d049bb133111ebull, a, b;
	const char *at = text.ptr;

	for (; text.len > 16; text.len -= 16, at += 16)
		seed = mix(load64(at) ^ seed, load64(at + 8) ^ 0x9e3779b97f4a7c15ull);
	if (text.len >= 8) {
		a = load64(at);
		b = load64(at + text.len - 8);
	} else if (text.len >= 4) {
		a = load32(at);
		b = load32(at + text.len - 4);
	} else {
		a = (unsigned char)at[0];
		b = (unsigned char)at[text.len / 2] | (uint64_t)(unsigned char)at[text.len - 1] << 8;
	}
	return mix(a ^ seed, b ^ 0xbf58476d1ce4e5b9ull) | 1;
}

static uint32_t find_word(const struct dictionary *dictionary, uint64_t key)
{
	size_t bit = dictionary_filter_bit(key);

	return dictionary->filter[bit / 64] >> (bit % 64) & 1 ? table_get(&dictionary->words, key) : 0;
}

/* ---- building ---- */

static uint32_t put_word(struct dictionary *dictionary, struct slice text, bool beginning)
{
	uint64_t key = word_key(dictionary, text, beginning);
	uint32_t next = dictionary->word_count + 1;
	uint32_t word = table_put(&dictionary->words, key, next);

	if (word != next)
		return word;
	dictionary->word_count = next;
	dictionary->filter[dictionary_filter_bit(key) / 64] |= UINT64_C(1) << (dictionary_filter_bit(key) % 64);
	return beginning && beginnings_add(&dictionary->beginnings, text, word) < 0 ? 0 : word;
}

static uint32_t put_step(struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = dictionary_step_key(dictionary, node, word);
	uint32_t next = table_put(&dictionary->steps, key, dictionary->node_count);

	if (node != 0)
		dictionary->step_filter[dictionary_filter_bit(key) / 64] |= UINT64_C(1) << (dictionary_filter_bit(key) % 64);

	if (next != dictionary->node_count)
		return next;
	if (dictionary->node_count >= dictionary->parent_capacity) {
		size_t capacity = 2 * dictionary->parent_capacity + 1024;
		uint32_t *larger = reallocarray(dictionary->parents, capacity, sizeof(*larger));

		if (!larger)
			return 0;
		dictionary->parents = larger;
		dictionary->parent_capacity = capacity;
	}
	dictionary->parents[dictionary->node_count++] = node;
	return next;
}

static int add_ending(struct dictionary *dictionary, uint32_t node, uint32_t concept)
{
	if (dictionary->ending_count == dictionary->ending_capacity) {
		size_t capacity = dictionary->ending_capacity > 0 ? 2 * dictionary->ending_capacity : 1024;
		struct dictionary_ending *endings = reallocarray(dictionary->endings, capacity, sizeof(*endings));

		if (!endings)
			return -ENOMEM;
		dictionary->endings = endings;
		dictionary->ending_capacity = capacity;
	}
	dictionary->endings[dictionary->ending_count++] = (struct dictionary_ending){ node, concept };
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
		if (beginning && (word.len < BEGINNING_BYTES_MIN || word.len > BEGINNING_BYTES_MAX))
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
	const struct dictionary_ending *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->concept < y->concept ? -1 : x->concept > y->concept;
}

int dictionary_seal(struct dictionary *dictionary)
{
	dictionary->nodes = calloc(dictionary->node_count, sizeof(*dictionary->nodes));
	dictionary->concepts = calloc(dictionary->ending_count + 1, sizeof(*dictionary->concepts));
	dictionary->begins = calloc(dictionary->word_count + 1, sizeof(*dictionary->begins));
	if (!dictionary->nodes || !dictionary->concepts || !dictionary->begins)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++)
		dictionary->begins[word] = table_get(&dictionary->steps, dictionary_step_key(dictionary, 0, word));
	beginnings_seal(&dictionary->beginnings);
	if (dictionary->ending_count > 0)
		qsort(dictionary->endings, dictionary->ending_count, sizeof(*dictionary->endings), by_node);
	for (size_t i = 0; i < dictionary->ending_count; i++) {
		struct dictionary_node *node = &dictionary->nodes[dictionary->endings[i].node];

		if (node->count++ == 0)
			node->first = (uint32_t)i;
		dictionary->concepts[i] = dictionary->endings[i].concept;
	}
	for (uint32_t node = 1; node < dictionary->node_count; node++)
		dictionary->nodes[dictionary->parents[node]].goes_on = 1;
	return 0;
}

/* ---- looking up ---- */

uint64_t dictionary_key(const struct dictionary *dictionary, struct slice word)
{
	return word_key(dictionary, word, false);
}

size_t dictionary_word(const struct dictionary *dictionary, struct slice word, uint64_t key,
		       uint32_t ret_ids[WORD_IDS_MAX])
{
	size_t count;

	ret_ids[0] = find_word(dictionary, key);
	count = ret_ids[0] != 0;
	return count + beginnings_of(&dictionary->beginnings, word, ret_ids + count, WORD_IDS_MAX - count);
}

bool dictionary_has(const struct dictionary *dictionary, struct slice word)
{
	return find_word(dictionary, word_key(dictionary, word, false)) != 0;
}

size_t dictionary_beginnings(const struct dictionary *dictionary, struct slice word, uint32_t ret_ids[WORD_IDS_MAX])
{
	return beginnings_of(&dictionary->beginnings, word, ret_ids, WORD_IDS_MAX);
}

uint32_t dictionary_find_step(const struct dictionary *dictionary, uint64_t key)
{
	return table_get(&dictionary->steps, key);
}

const uint32_t *dictionary_concepts(const struct dictionary *dictionary, uint32_t node, size_t *ret_count)
{
	*ret_count = dictionary->nodes[node].count;
	return &dictionary->concepts[dictionary->nodes[node].first];
}

uint32_t dictionary_nodes(const struct dictionary *dictionary)
{
	return dictionary->node_count;
}

uint32_t dictionary_words(const struct dictionary *dictionary)
{
	return dictionary->word_count;
}

size_t dictionary_phrases(const struct dictionary *dictionary)
{
	return dictionary->ending_count;
}
