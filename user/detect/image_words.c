/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed dictionary in an image. Its arrays are lent from there, but for
 * those that are within the struct.
 */
#include "base/cleanup.h"
#include "detect/image_impl.h"
#include "detect/words.h"

/* ---- beginnings ---- */

static void put_shelf(struct image_out *out, const struct shelf *shelf)
{
	image_put_array(out, shelf->list, shelf->count, sizeof(*shelf->list));
	image_put_array(out, shelf->buckets, ARRAY_SIZE(shelf->buckets), sizeof(shelf->buckets[0]));
	image_put_array(out, shelf->filter, ARRAY_SIZE(shelf->filter), sizeof(shelf->filter[0]));
}

static bool beginning_is_sound(const struct beginning *beginning, size_t text_bytes, uint32_t words)
{
	uint32_t word = beginning->word & ~DICTIONARY_MARK;

	return word > 0 && word <= words && beginning->len >= BEGINNING_BYTES_MIN && beginning->len <= BEGINNING_BYTES_MAX &&
	       beginning->text <= text_bytes && beginning->len <= text_bytes - beginning->text;
}

static void take_shelf(struct image_in *in, struct shelf *shelf, size_t text_bytes, uint32_t words)
{
	const void *buckets, *filter;

	shelf->list = image_take_array(in, sizeof(*shelf->list), &shelf->count);
	buckets = image_take_exactly(in, sizeof(shelf->buckets[0]), ARRAY_SIZE(shelf->buckets));
	filter = image_take_exactly(in, sizeof(shelf->filter[0]), ARRAY_SIZE(shelf->filter));
	if (in->err < 0)
		return;
	memcpy(shelf->buckets, buckets, sizeof(shelf->buckets));
	memcpy(shelf->filter, filter, sizeof(shelf->filter));
	if (!image_are_runs(shelf->buckets, ARRAY_SIZE(shelf->buckets), (uint32_t)shelf->count))
		image_refuse(in);
	for (size_t i = 0; i < shelf->count; i++)
		if (!beginning_is_sound(&shelf->list[i], text_bytes, words))
			image_refuse(in);
}

static void put_beginnings(struct image_out *out, const struct beginnings *beginnings)
{
	image_put_array(out, beginnings->texts, beginnings->text_bytes, 1);
	for (size_t i = 0; i < ARRAY_SIZE(beginnings->shelves); i++)
		put_shelf(out, &beginnings->shelves[i]);
}

static void take_beginnings(struct image_in *in, struct beginnings *beginnings, uint32_t words)
{
	beginnings->texts = image_take_array(in, 1, &beginnings->text_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(beginnings->shelves); i++)
		take_shelf(in, &beginnings->shelves[i], beginnings->text_bytes, words);
}

/* ---- words with their letters in another order ---- */

static void put_scrambles(struct image_out *out, const struct scrambles *scrambles)
{
	image_put_array(out, scrambles->words, scrambles->count, sizeof(*scrambles->words));
	image_put_array(out, scrambles->slots, scrambles->mask + 1, sizeof(*scrambles->slots));
}

static void take_scrambles(struct image_in *in, struct scrambles *scrambles)
{
	size_t size;

	scrambles->words = image_take_array(in, sizeof(*scrambles->words), &scrambles->count);
	scrambles->slots = image_take_array(in, sizeof(*scrambles->slots), &size);
	scrambles->mask = size - 1;
	if (in->err == 0 && !scrambles_take(scrambles))
		image_refuse(in);
}

/* ---- the words of a text ---- */

static void put_words(struct image_out *out, const struct dictionary *dictionary)
{
	size_t words = (size_t)dictionary->word_count + 1;

	image_put_array(out, dictionary->lookup, dictionary->lookup_mask + 1, sizeof(*dictionary->lookup));
	image_put_array(out, dictionary->first_id, words + 1, sizeof(*dictionary->first_id));
	image_put_array(out, dictionary->ids, dictionary->first_id[words], sizeof(*dictionary->ids));
	image_put_array(out, dictionary->frequencies, words, sizeof(*dictionary->frequencies));
	image_put_array(out, dictionary->openings, words, sizeof(*dictionary->openings));
	image_put_array(out, dictionary->begins, words, sizeof(*dictionary->begins));
	image_put_array(out, dictionary->lengths, 1u << DICTIONARY_LENGTHS_BITS, sizeof(*dictionary->lengths));
	put_beginnings(out, &dictionary->beginnings);
	put_scrambles(out, &dictionary->scrambles);
}

static bool is_power_of_two(size_t number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

/* A free slot ends each search. */
static bool lookup_is_sound(const struct dictionary *dictionary, size_t size)
{
	bool sound = true, ends = false;

	for (size_t at = 0; at < size; at++) {
		sound &= (dictionary->lookup[at] & DICTIONARY_WORDS_MAX) <= dictionary->word_count;
		ends |= dictionary->lookup[at] == 0;
	}
	return is_power_of_two(size) && sound && ends;
}

static bool ids_are_sound(const struct dictionary *dictionary, size_t count)
{
	const uint32_t *first = dictionary->first_id;

	if (!image_are_runs(first, (size_t)dictionary->word_count + 2, (uint32_t)count))
		return false;
	for (uint32_t word = 0; word <= dictionary->word_count; word++)
		if (first[word + 1] - first[word] > WORD_IDS_MAX)
			return false;
	return image_all_below(dictionary->ids, count, dictionary->word_count + 1);
}

static void take_words(struct image_in *in, struct dictionary *dictionary)
{
	size_t words = (size_t)dictionary->word_count + 1, lookup_size, id_count;

	dictionary->lookup = image_take_array(in, sizeof(*dictionary->lookup), &lookup_size);
	dictionary->lookup_mask = lookup_size - 1;
	dictionary->first_id = image_take_exactly(in, sizeof(*dictionary->first_id), words + 1);
	dictionary->ids = image_take_array(in, sizeof(*dictionary->ids), &id_count);
	dictionary->frequencies = image_take_exactly(in, sizeof(*dictionary->frequencies), words);
	dictionary->openings = image_take_exactly(in, sizeof(*dictionary->openings), words);
	dictionary->begins = image_take_exactly(in, sizeof(*dictionary->begins), words);
	dictionary->lengths = image_take_exactly(in, sizeof(*dictionary->lengths), 1u << DICTIONARY_LENGTHS_BITS);
	if (in->err == 0 && (!lookup_is_sound(dictionary, lookup_size) || !ids_are_sound(dictionary, id_count) ||
			     !image_all_below(dictionary->begins, words, dictionary->node_count)))
		image_refuse(in);
	take_beginnings(in, &dictionary->beginnings, dictionary->word_count);
	take_scrambles(in, &dictionary->scrambles);
}

/* ---- the trie ---- */

static void put_trie(struct image_out *out, const struct dictionary *dictionary)
{
	image_put_array(out, dictionary->nodes, dictionary->node_count, sizeof(*dictionary->nodes));
	image_put_array(out, dictionary->concepts, dictionary->ending_count, sizeof(*dictionary->concepts));
	image_put_array(out, dictionary->steps.slots, dictionary->steps.size, sizeof(*dictionary->steps.slots));
	image_put_array(out, dictionary->step_filter, ARRAY_SIZE(dictionary->step_filter), sizeof(dictionary->step_filter[0]));
}

/* A node's parent has a lower number, and no phrase has too many words: `depths`, of words, tells. */
static bool node_is_sound(const struct dictionary *dictionary, uint32_t number, uint8_t *depths)
{
	const struct dictionary_node *node = &dictionary->nodes[number];

	if (node->parent >= number || node->word > dictionary->word_count || node->first > dictionary->ending_count ||
	    node->count > dictionary->ending_count - node->first || depths[node->parent] == PHRASE_WORDS_MAX)
		return false;
	depths[number] = (uint8_t)(depths[node->parent] + 1);
	return true;
}

static bool nodes_are_sound(const struct dictionary *dictionary)
{
	auto_free uint8_t *depths = calloc(dictionary->node_count, 1);
	bool sound = depths && dictionary->nodes[0].count == 0;

	for (uint32_t number = 1; number < dictionary->node_count && sound; number++)
		sound = node_is_sound(dictionary, number, depths);
	return sound;
}

/* Each leads to the node that says so itself; a free slot ends each search. */
static bool steps_are_sound(const struct dictionary *dictionary)
{
	const struct dictionary_table *steps = &dictionary->steps;
	bool sound = true, ends = false;

	for (size_t at = 0; at < steps->size && sound; at++) {
		const struct dictionary_slot *slot = &steps->slots[at];
		const struct dictionary_node *node = &dictionary->nodes[slot->value < dictionary->node_count ? slot->value : 0];

		ends |= slot->key == 0;
		sound = slot->value < dictionary->node_count &&
			(slot->key == 0 || slot->key == dictionary_step_key(dictionary, node->parent, node->word));
	}
	return steps->size == 0 || (is_power_of_two(steps->size) && sound && ends);
}

static void take_trie(struct image_in *in, struct dictionary *dictionary, uint32_t concepts)
{
	size_t nodes;
	const void *filter;

	dictionary->nodes = image_take_array(in, sizeof(*dictionary->nodes), &nodes);
	dictionary->concepts = image_take_array(in, sizeof(*dictionary->concepts), &dictionary->ending_count);
	dictionary->steps.slots = image_take_array(in, sizeof(*dictionary->steps.slots), &dictionary->steps.size);
	filter = image_take_exactly(in, sizeof(dictionary->step_filter[0]), ARRAY_SIZE(dictionary->step_filter));
	if (in->err < 0)
		return;
	memcpy(dictionary->step_filter, filter, sizeof(dictionary->step_filter));
	dictionary->node_count = (uint32_t)nodes;
	if (nodes == 0 || !nodes_are_sound(dictionary) || !steps_are_sound(dictionary) ||
	    !image_all_below(dictionary->concepts, dictionary->ending_count, concepts))
		image_refuse(in);
}

/* ---- the whole ---- */

void image_put_dictionary(struct image_out *out, const struct dictionary *dictionary)
{
	image_put_number(out, dictionary->word_count);
	image_put_array(out, &dictionary->seed, 1, sizeof(dictionary->seed));
	put_trie(out, dictionary);
	put_words(out, dictionary);
}

struct dictionary *image_take_dictionary(struct image_in *in, uint32_t concepts)
{
	struct dictionary *dictionary = image_room(in, 1, sizeof(*dictionary));
	const uint64_t *seed;

	if (!dictionary)
		return NULL;
	words_init();
	dictionary->word_count = image_take_upto(in, DICTIONARY_WORDS_MAX - 1);
	seed = image_take_exactly(in, sizeof(*seed), 1);
	dictionary->seed = seed ? *seed : 0;
	take_trie(in, dictionary, concepts);
	if (in->err == 0)
		take_words(in, dictionary);
	return dictionary;
}
