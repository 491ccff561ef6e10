/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dictionary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "detect/words.h"

#define FILTER_BITS (1u << 17)
#define BEGINNING_FILTER_BITS (1u << 16)
#define BUCKET_BITS 13
#define BUCKETS (1u << BUCKET_BITS)

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
	uint32_t first;		/* of concepts[], once sealed */
	uint32_t count : 31;
	uint32_t goes_on : 1;
};

struct ending {
	uint32_t node, concept;
};

/* A word that matches by its beginning. */
struct beginning {
	uint32_t word;
	uint8_t len;
	char text[BEGINNING_BYTES_MAX + 1];
};

struct dictionary {
	struct table words;	/* by text; a beginning and a whole word of the same text differ */
	struct table steps;	/* by node and word */
	uint32_t word_count, node_count;
	struct ending *endings;
	uint32_t *parents;	/* of nodes, until sealed */
	size_t parent_capacity;
	size_t ending_count, ending_capacity;
	struct node *nodes;
	uint32_t *concepts;
	struct beginning *beginnings;	/* once sealed: by bucket */
	size_t beginning_count, beginning_capacity;
	uint32_t buckets[BUCKETS + 1];	/* of beginnings[], by the first three bytes */
	uint64_t short_filter[BUCKETS / 64];	/* buckets with beginnings of three bytes */
	uint64_t long_filter[BEGINNING_FILTER_BITS / 64];	/* of the first four bytes of longer ones */
	uint64_t filter[FILTER_BITS / 64];	/* of keys that words has: most words of a text are in no phrase */
	uint64_t step_filter[FILTER_BITS / 64];	/* the same of steps from other nodes than the root */
	uint32_t *begins;	/* by word, once sealed: the root's steps */
	uint64_t seed;
};

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
	free(dictionary->beginnings);
	free(dictionary->begins);
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

static int add_beginning(struct dictionary *dictionary, struct slice text, uint32_t word)
{
	struct beginning *beginning;

	if (dictionary->beginning_count == dictionary->beginning_capacity) {
		size_t capacity = 2 * dictionary->beginning_capacity + 256;
		struct beginning *larger = reallocarray(dictionary->beginnings, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		dictionary->beginnings = larger;
		dictionary->beginning_capacity = capacity;
	}
	beginning = &dictionary->beginnings[dictionary->beginning_count++];
	*beginning = (struct beginning){ .word = word, .len = (uint8_t)text.len };
	memcpy(beginning->text, text.ptr, text.len);
	return 0;
}

static uint32_t put_word(struct dictionary *dictionary, struct slice text, bool beginning)
{
	uint64_t key = word_key(dictionary, text, beginning);
	uint32_t next = dictionary->word_count + 1;
	uint32_t word = table_put(&dictionary->words, key, next);

	if (word != next)
		return word;
	dictionary->word_count = next;
	dictionary->filter[filter_bit(key) / 64] |= UINT64_C(1) << (filter_bit(key) % 64);
	return beginning && add_beginning(dictionary, text, word) < 0 ? 0 : word;
}

static uint32_t put_step(struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = step_key(dictionary, node, word);
	uint32_t next = table_put(&dictionary->steps, key, dictionary->node_count);

	if (node != 0)
		dictionary->step_filter[filter_bit(key) / 64] |= UINT64_C(1) << (filter_bit(key) % 64);

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
	const struct ending *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->concept < y->concept ? -1 : x->concept > y->concept;
}

static uint32_t bucket_of(const char *text)
{
	uint32_t key = (uint32_t)((unsigned char)text[0] | (unsigned char)text[1] << 8 | (unsigned char)text[2] << 16);

	return key * 0x9e3779b1u >> (32 - BUCKET_BITS);
}

static int by_bucket(const void *a, const void *b)
{
	const struct beginning *x = a, *y = b;
	uint32_t first = bucket_of(x->text), second = bucket_of(y->text);

	return first != second ? (first < second ? -1 : 1) : x->word < y->word ? -1 : x->word > y->word;
}

static uint32_t long_bit(const char *text)
{
	return (uint32_t)load32(text) * 0x85ebca6bu >> 16;
}

static void note_beginning(struct dictionary *dictionary, const struct beginning *beginning)
{
	uint32_t bucket = bucket_of(beginning->text), bit = long_bit(beginning->text);

	if (beginning->len == BEGINNING_BYTES_MIN)
		dictionary->short_filter[bucket / 64] |= UINT64_C(1) << (bucket % 64);
	else
		dictionary->long_filter[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Few words of a text begin as one of these. */
static bool may_begin(const struct dictionary *dictionary, struct slice word, uint32_t bucket)
{
	uint32_t bit;

	if (dictionary->short_filter[bucket / 64] >> (bucket % 64) & 1)
		return true;
	if (word.len < sizeof(uint32_t))
		return false;
	bit = long_bit(word.ptr);
	return dictionary->long_filter[bit / 64] >> (bit % 64) & 1;
}

static void seal_beginnings(struct dictionary *dictionary)
{
	size_t i = 0;

	for (size_t k = 0; k < dictionary->beginning_count; k++)
		note_beginning(dictionary, &dictionary->beginnings[k]);

	if (dictionary->beginning_count > 0)
		qsort(dictionary->beginnings, dictionary->beginning_count, sizeof(*dictionary->beginnings), by_bucket);
	for (uint32_t bucket = 0; bucket <= BUCKETS; bucket++) {
		while (i < dictionary->beginning_count && bucket_of(dictionary->beginnings[i].text) < bucket)
			i++;
		dictionary->buckets[bucket] = (uint32_t)i;
	}
}

int dictionary_seal(struct dictionary *dictionary)
{
	dictionary->nodes = calloc(dictionary->node_count, sizeof(*dictionary->nodes));
	dictionary->concepts = calloc(dictionary->ending_count + 1, sizeof(*dictionary->concepts));
	dictionary->begins = calloc(dictionary->word_count + 1, sizeof(*dictionary->begins));
	if (!dictionary->nodes || !dictionary->concepts || !dictionary->begins)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++)
		dictionary->begins[word] = table_get(&dictionary->steps, step_key(dictionary, 0, word));
	seal_beginnings(dictionary);
	if (dictionary->ending_count > 0)
		qsort(dictionary->endings, dictionary->ending_count, sizeof(*dictionary->endings), by_node);
	for (size_t i = 0; i < dictionary->ending_count; i++) {
		struct node *node = &dictionary->nodes[dictionary->endings[i].node];

		if (node->count++ == 0)
			node->first = (uint32_t)i;
		dictionary->concepts[i] = dictionary->endings[i].concept;
	}
	for (uint32_t node = 1; node < dictionary->node_count; node++)
		dictionary->nodes[dictionary->parents[node]].goes_on = 1;
	return 0;
}

/* ---- looking up ---- */

size_t dictionary_word(const struct dictionary *dictionary, struct slice word, uint32_t ret_ids[WORD_IDS_MAX])
{
	size_t count = 0;
	uint32_t bucket;

	if (word.len == 0 || word.len >= WORD_BYTES_MAX)
		return 0;
	ret_ids[0] = find_word(dictionary, word_key(dictionary, word, false));
	count += ret_ids[0] != 0;
	if (word.len < BEGINNING_BYTES_MIN)
		return count;
	bucket = bucket_of(word.ptr);
	if (!may_begin(dictionary, word, bucket))
		return count;
	for (uint32_t i = dictionary->buckets[bucket]; i < dictionary->buckets[bucket + 1] && count < WORD_IDS_MAX; i++) {
		const struct beginning *beginning = &dictionary->beginnings[i];

		if (beginning->len <= word.len && memcmp(beginning->text, word.ptr, beginning->len) == 0)
			ret_ids[count++] = beginning->word;
	}
	return count;
}

uint32_t dictionary_begin(const struct dictionary *dictionary, uint32_t word)
{
	return dictionary->begins[word];
}

uint32_t dictionary_step(const struct dictionary *dictionary, uint32_t node, uint32_t word)
{
	uint64_t key = step_key(dictionary, node, word);
	size_t bit = filter_bit(key);

	return dictionary->step_filter[bit / 64] >> (bit % 64) & 1 ? table_get(&dictionary->steps, key) : 0;
}

bool dictionary_goes_on(const struct dictionary *dictionary, uint32_t node)
{
	return dictionary->nodes[node].goes_on;
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
