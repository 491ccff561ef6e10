/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/dictionary.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "detect/frequent.h"
#include "detect/words.h"

#define FOREIGN_RARER 32	/* times, words in other scripts: most texts have none of them */

struct dictionary *dictionary_new(void)
{
	struct dictionary *dictionary = calloc(1, sizeof(*dictionary));

	if (!dictionary)
		return NULL;
	words_init();
	dictionary->seed = hash_seed();
	/* The root. */
	dictionary->nodes = calloc(1, sizeof(*dictionary->nodes));
	dictionary->node_count = dictionary->node_capacity = 1;
	if (dictionary->nodes)
		return dictionary;
	dictionary_free(dictionary);
	return NULL;
}

/* What only adding needs. */
static void forget_words(struct dictionary *dictionary)
{
	free(dictionary->words.slots);
	free(dictionary->endings);
	free(dictionary->spelt);
	free(dictionary->spellings);
	free(dictionary->texts);
	dictionary->words = (struct dictionary_table){ 0 };
	dictionary->endings = NULL;
	dictionary->spelt = NULL;
	dictionary->spellings = NULL;
	dictionary->texts = NULL;
}

void dictionary_free(struct dictionary *dictionary)
{
	if (!dictionary)
		return;
	forget_words(dictionary);
	free(dictionary->steps.slots);
	free(dictionary->nodes);
	free(dictionary->concepts);
	free(dictionary->frequencies);
	free(dictionary->lookup);
	free(dictionary->begins);
	free(dictionary->lengths);
	free(dictionary->openings);
	free(dictionary->first_id);
	free(dictionary->ids);
	beginnings_done(&dictionary->beginnings);
	scrambles_done(&dictionary->scrambles);
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

/* ---- keys ---- */

static uint64_t load64(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen bytes at a time, and the last as one by itself. */
uint64_t dictionary_key(const struct dictionary *dictionary, struct slice word)
{
	char last[16] = { 0 };
	uint64_t before = 0;

	for (; word.len > sizeof(last); word.len -= sizeof(last), word.ptr += sizeof(last))
		before = mix(load64(word.ptr) ^ dictionary->seed ^ before, load64(word.ptr + 8) ^ 0x9e3779b97f4a7c15ull);
	memcpy(last, word.ptr, word.len);
	return dictionary_short_key(dictionary, last, word.len) ^ before;
}

/* Never 0: that is a free slot. */
static uint64_t text_key(const struct dictionary *dictionary, struct slice text, bool beginning)
{
	return (dictionary_key(dictionary, text) ^ (beginning ? 0x94d049bb133111ebull : 0)) | 1;
}

/* ---- building ---- */

static int keep_text(struct dictionary *dictionary, struct slice text)
{
	if (dictionary->text_bytes + text.len > dictionary->text_capacity) {
		size_t capacity = 2 * dictionary->text_capacity + 4096;
		char *larger = realloc(dictionary->texts, capacity);

		if (!larger)
			return -ENOMEM;
		dictionary->texts = larger;
		dictionary->text_capacity = capacity;
	}
	memcpy(dictionary->texts + dictionary->text_bytes, text.ptr, text.len);
	dictionary->text_bytes += text.len;
	return 0;
}

static int add_word(struct dictionary *dictionary, struct slice text, bool beginning)
{
	uint32_t word = dictionary->word_count + 1;

	if (word == DICTIONARY_WORDS_MAX)
		return -E2BIG;
	if (word >= dictionary->word_capacity) {
		uint32_t capacity = 2 * dictionary->word_capacity + 1024;
		struct dictionary_text *larger = reallocarray(dictionary->spelt, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		dictionary->spelt = larger;
		dictionary->word_capacity = capacity;
	}
	dictionary->spelt[word] = (struct dictionary_text){ (uint32_t)dictionary->text_bytes, (uint32_t)text.len, beginning };
	if (keep_text(dictionary, text) < 0)
		return -ENOMEM;
	dictionary->word_count = word;
	return beginning ? beginnings_add(&dictionary->beginnings, text, word) : 0;
}

static int put_word(struct dictionary *dictionary, struct slice text, bool beginning, uint32_t *ret)
{
	uint32_t next = dictionary->word_count + 1;

	*ret = table_put(&dictionary->words, text_key(dictionary, text, beginning), next);
	if (*ret == 0)
		return -ENOMEM;
	return *ret == next ? add_word(dictionary, text, beginning) : 0;
}

static struct slice slice_at(const struct dictionary *dictionary, const struct dictionary_text *text)
{
	return (struct slice){ dictionary->texts + text->at, text->len };
}

static struct slice text_of(const struct dictionary *dictionary, uint32_t word)
{
	return slice_at(dictionary, &dictionary->spelt[word]);
}

static int add_node(struct dictionary *dictionary, uint32_t parent, uint32_t word)
{
	if (dictionary->node_count >= dictionary->node_capacity) {
		uint32_t capacity = 2 * dictionary->node_capacity + 1024;
		struct dictionary_node *larger = reallocarray(dictionary->nodes, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		dictionary->nodes = larger;
		dictionary->node_capacity = capacity;
	}
	dictionary->nodes[dictionary->node_count++] = (struct dictionary_node){ .parent = parent, .word = word };
	return 0;
}

static int put_step(struct dictionary *dictionary, uint32_t node, uint32_t word, uint32_t *ret)
{
	uint64_t key = dictionary_step_key(dictionary, node, word);
	uint32_t next = dictionary->node_count;

	*ret = table_put(&dictionary->steps, key, next);
	if (*ret == 0)
		return -ENOMEM;
	if (node != 0)
		dictionary->step_filter[dictionary_step_bit(key) / 64] |= UINT64_C(1) << (dictionary_step_bit(key) % 64);
	return *ret == next ? add_node(dictionary, node, word) : 0;
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

static bool fits(struct slice word, bool beginning)
{
	if (beginning)
		return word.len >= BEGINNING_BYTES_MIN && word.len <= BEGINNING_BYTES_MAX;
	return word.len < WORD_BYTES_MAX;
}

int dictionary_add(struct dictionary *dictionary, struct slice phrase, uint32_t concept)
{
	struct word_cutter cutter = { .text = phrase };
	uint32_t node = 0, words = 0, id;
	struct slice word;

	while (word_cut(&cutter, &word)) {
		bool beginning = cutter.at < phrase.len && phrase.ptr[cutter.at] == '*';
		int err = ++words > PHRASE_WORDS_MAX || !fits(word, beginning) ? -EINVAL : 0;

		if (err == 0)
			err = put_word(dictionary, word, beginning, &id);
		if (err == 0)
			err = put_step(dictionary, node, id, &node);
		if (err < 0)
			return err;
	}
	return words > 0 ? add_ending(dictionary, node, concept) : -EINVAL;
}

int dictionary_add_spelling(struct dictionary *dictionary, struct slice spelling, struct slice meant)
{
	struct dictionary_spelling *added;
	size_t at = dictionary->text_bytes;

	if (spelling.len >= WORD_BYTES_MAX || meant.len >= WORD_BYTES_MAX)
		return 0;
	if (dictionary->spelling_count == dictionary->spelling_capacity) {
		size_t capacity = 2 * dictionary->spelling_capacity + 1024;
		struct dictionary_spelling *larger = reallocarray(dictionary->spellings, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		dictionary->spellings = larger;
		dictionary->spelling_capacity = capacity;
	}
	if (keep_text(dictionary, spelling) < 0 || keep_text(dictionary, meant) < 0)
		return -ENOMEM;
	added = &dictionary->spellings[dictionary->spelling_count++];
	added->spelling = (struct dictionary_text){ (uint32_t)at, (uint32_t)spelling.len, false };
	added->meant = (struct dictionary_text){ (uint32_t)(at + spelling.len), (uint32_t)meant.len, false };
	return 0;
}

/* ---- sealing ---- */

static int by_node(const void *a, const void *b)
{
	const struct dictionary_ending *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->concept < y->concept ? -1 : x->concept > y->concept;
}

static int seal_nodes(struct dictionary *dictionary)
{
	dictionary->concepts = calloc(dictionary->ending_count + 1, sizeof(*dictionary->concepts));
	dictionary->begins = calloc(dictionary->word_count + 1, sizeof(*dictionary->begins));
	if (!dictionary->concepts || !dictionary->begins)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++)
		dictionary->begins[word] = table_get(&dictionary->steps, dictionary_step_key(dictionary, 0, word));
	if (dictionary->ending_count > 0)
		qsort(dictionary->endings, dictionary->ending_count, sizeof(*dictionary->endings), by_node);
	for (size_t i = 0; i < dictionary->ending_count; i++) {
		struct dictionary_node *node = &dictionary->nodes[dictionary->endings[i].node];

		if (node->count++ == 0)
			node->first = (uint32_t)i;
		dictionary->concepts[i] = dictionary->endings[i].concept;
	}
	for (uint32_t node = 1; node < dictionary->node_count; node++)
		if (dictionary->nodes[node].parent)
			dictionary->nodes[dictionary->nodes[node].parent].goes_on = 1;
	return 0;
}

static void put_lookup(struct dictionary *dictionary, struct slice text, uint32_t word)
{
	uint64_t key = dictionary_key(dictionary, text);
	size_t at = key & dictionary->lookup_mask;

	while (dictionary->lookup[at])
		at = (at + 1) & dictionary->lookup_mask;
	dictionary->lookup[at] = (key >> DICTIONARY_TAG_SHIFT) << DICTIONARY_TAG_SHIFT | word;
}

/* Words that stand as they are, and in other spellings; beginnings have a table of their own. */
static int seal_lookup(struct dictionary *dictionary)
{
	size_t size = 64;

	while (size < 2 * (dictionary->word_count + dictionary->spelling_count))
		size *= 2;
	dictionary->lookup = calloc(size, sizeof(*dictionary->lookup));
	if (!dictionary->lookup)
		return -ENOMEM;
	dictionary->lookup_mask = size - 1;
	for (uint32_t word = 1; word <= dictionary->word_count; word++)
		if (!dictionary->spelt[word].beginning)
			put_lookup(dictionary, text_of(dictionary, word), word);
	for (size_t i = 0; i < dictionary->spelling_count; i++) {
		struct slice spelling = slice_at(dictionary, &dictionary->spellings[i].spelling);
		uint32_t word = dictionary_word(dictionary, slice_at(dictionary, &dictionary->spellings[i].meant));

		if (word && !dictionary_has(dictionary, spelling))
			put_lookup(dictionary, spelling, word);
	}
	return 0;
}

static bool is_ascii(struct slice text)
{
	unsigned char all = 0;

	for (size_t i = 0; i < text.len; i++)
		all |= (unsigned char)text.ptr[i];
	return all < 0x80;
}

/* Concepts of all phrases go up to the words that they begin with, and from there to words of texts. */
static int seal_openings(struct dictionary *dictionary)
{
	uint64_t *nodes = calloc(dictionary->node_count, sizeof(*nodes));
	const uint32_t *ids;
	bool made;

	dictionary->openings = calloc(dictionary->word_count + 1, sizeof(*dictionary->openings));
	made = nodes && dictionary->openings;
	/* Parents have lower numbers. */
	for (uint32_t node = dictionary->node_count; made && node-- > 1;) {
		for (uint32_t i = 0; i < dictionary->nodes[node].count; i++)
			nodes[node] |= concept_bit(dictionary->concepts[dictionary->nodes[node].first + i]);
		nodes[dictionary->nodes[node].parent] |= nodes[node];
	}
	for (uint32_t word = 1; made && word <= dictionary->word_count; word++) {
		size_t count = dictionary_ids(dictionary, word, &ids);

		for (size_t i = 0; i < count; i++)
			if (dictionary->begins[ids[i]])
				dictionary->openings[word] |= nodes[dictionary->begins[ids[i]]];
	}
	free(nodes);
	return made ? 0 : -ENOMEM;
}

static int seal_frequencies(struct dictionary *dictionary)
{
	dictionary->frequencies = calloc(dictionary->word_count + 1, sizeof(*dictionary->frequencies));
	if (!dictionary->frequencies)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++) {
		struct slice text = text_of(dictionary, word);
		uint32_t divisor = is_ascii(text) ? 1 : FOREIGN_RARER;

		dictionary->frequencies[word] = words_per_mib(text, dictionary->spelt[word].beginning) / divisor + 1;
	}
	return 0;
}

#define LENGTHS_BYTES 3		/* of a word that the hash is of; shorter ones have none */

static size_t lengths_slot(const char *text)
{
	return beginnings_hash(text, LENGTHS_BYTES) >> (32 - DICTIONARY_LENGTHS_BITS);
}

static int seal_lengths(struct dictionary *dictionary)
{
	dictionary->lengths = calloc(1u << DICTIONARY_LENGTHS_BITS, sizeof(*dictionary->lengths));
	if (!dictionary->lengths)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++) {
		struct slice text = text_of(dictionary, word);

		if (!dictionary->spelt[word].beginning && text.len >= LENGTHS_BYTES && text.len <= DICTIONARY_LONGEST_MAX)
			dictionary->lengths[lengths_slot(text.ptr)] |= 1u << text.len;
	}
	return 0;
}

static int seal_ids(struct dictionary *dictionary)
{
	uint32_t count = 0, *fewer;

	dictionary->first_id = calloc(dictionary->word_count + 2, sizeof(*dictionary->first_id));
	dictionary->ids = calloc((size_t)(dictionary->word_count + 1) * WORD_IDS_MAX, sizeof(*dictionary->ids));
	if (!dictionary->first_id || !dictionary->ids)
		return -ENOMEM;
	for (uint32_t word = 1; word <= dictionary->word_count; word++) {
		uint32_t first = count;

		dictionary->first_id[word] = first;
		if (!dictionary->spelt[word].beginning)
			dictionary->ids[count++] = word;
		count += (uint32_t)beginnings_of(&dictionary->beginnings, text_of(dictionary, word), &dictionary->ids[count],
						 first + WORD_IDS_MAX - count);
	}
	dictionary->first_id[dictionary->word_count + 1] = count;
	fewer = reallocarray(dictionary->ids, count + 1, sizeof(*fewer));
	dictionary->ids = fewer ? fewer : dictionary->ids;
	return 0;
}

int dictionary_seal(struct dictionary *dictionary)
{
	int err;

	beginnings_seal(&dictionary->beginnings);
	err = seal_nodes(dictionary);
	if (err == 0)
		err = seal_lookup(dictionary);
	if (err == 0)
		err = seal_frequencies(dictionary);
	if (err == 0)
		err = seal_lengths(dictionary);
	if (err == 0)
		err = seal_ids(dictionary);
	if (err == 0)
		err = seal_openings(dictionary);
	if (err == 0)
		err = scrambles_seal(&dictionary->scrambles);
	forget_words(dictionary);
	return err;
}

void dictionary_mark(struct dictionary *dictionary, const uint8_t *marked)
{
	for (size_t at = 0; at <= dictionary->lookup_mask; at++)
		if (marked[dictionary->lookup[at] & DICTIONARY_WORDS_MAX])
			dictionary->lookup[at] |= DICTIONARY_MARK;
	beginnings_mark(&dictionary->beginnings, marked, DICTIONARY_MARK);
}

/* ---- looking up ---- */

uint32_t dictionary_word(const struct dictionary *dictionary, struct slice word)
{
	if (word.len == 0 || word.len >= WORD_BYTES_MAX)
		return 0;
	return dictionary_find(dictionary, word, dictionary_key(dictionary, word)) & DICTIONARY_WORDS_MAX;
}

bool dictionary_has(const struct dictionary *dictionary, struct slice word)
{
	return word.len > 0 && word.len < WORD_BYTES_MAX && dictionary_whole(dictionary, dictionary_key(dictionary, word));
}

size_t dictionary_longest(const struct dictionary *dictionary, struct slice text, size_t min, size_t max)
{
	uint32_t lengths = text.len >= LENGTHS_BYTES ? dictionary->lengths[lengths_slot(text.ptr)] : 0;

	max = max < text.len ? max : text.len;
	lengths &= UINT32_MAX >> (DICTIONARY_LONGEST_MAX - max);
	for (; lengths >> min; lengths &= ~(UINT32_C(1) << max)) {
		max = 31u - (unsigned int)__builtin_clz(lengths);
		if (dictionary_has(dictionary, (struct slice){ text.ptr, max }))
			return max;
	}
	for (size_t len = LENGTHS_BYTES - 1; len >= min && len > 0; len--)
		if (len <= text.len && dictionary_has(dictionary, (struct slice){ text.ptr, len }))
			return len;
	return 0;
}

size_t dictionary_beginning(const struct dictionary *dictionary, struct slice word)
{
	return beginnings_shortest(&dictionary->beginnings, word);
}

uint32_t dictionary_find_step(const struct dictionary *dictionary, uint64_t key)
{
	return table_get(&dictionary->steps, key);
}

size_t dictionary_path(const struct dictionary *dictionary, uint32_t node, uint32_t ret_words[PHRASE_WORDS_MAX])
{
	size_t count = 0;

	for (uint32_t at = node; at; at = dictionary->nodes[at].parent)
		count++;
	for (size_t i = count; i-- > 0; node = dictionary->nodes[node].parent)
		ret_words[i] = dictionary->nodes[node].word;
	return count;
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
