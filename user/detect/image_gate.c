/* SPDX-License-Identifier: Apache-2.0 */
/* A gate in an image. Its arrays are lent from there. */
#include "base/cleanup.h"
#include "detect/gate_build.h"
#include "detect/image_impl.h"

static size_t count_items(const struct gate *gate)
{
	size_t count = gate->first[gate->words + 1];

	for (uint32_t number = 1; number <= gate->pair_count; number++)
		count += gate->pairs[number].item_count;
	return count;
}

static size_t count_signs(const struct gate *gate)
{
	size_t count = 0;

	for (uint32_t number = 1; number <= gate->pair_count; number++)
		count += gate->pairs[number].sign_count;
	return count;
}

void image_put_gate(struct image_out *out, const struct gate *gate)
{
	image_put_array(out, gate->rows, gate->row_count, sizeof(*gate->rows));
	image_put_array(out, gate->row, (size_t)gate->words + 1, sizeof(*gate->row));
	image_put_array(out, gate->items, count_items(gate), sizeof(*gate->items));
	image_put_array(out, gate->first, (size_t)gate->words + 2, sizeof(*gate->first));
	image_put_array(out, gate->pair_signs, count_signs(gate), sizeof(*gate->pair_signs));
	image_put_array(out, gate->pairs, (size_t)gate->pair_count + 1, sizeof(*gate->pairs));
	image_put_array(out, gate->pair_index, gate->pair_mask + 1, sizeof(*gate->pair_index));
	image_put_array(out, gate->pair_filter, ARRAY_SIZE(gate->pair_filter), sizeof(gate->pair_filter[0]));
}

/* A rule of words, or a database that waits for phrases. */
static bool may_open(const struct rules *rules, uint32_t what)
{
	size_t number = what & ~GATE_NEED;

	if (!(what & GATE_NEED))
		return number < rules->set.rule_count && rules->compiled[number].sequence;
	number += DATABASES_FIXED;
	return number < rules->database_count && rules->databases[number].needs;
}

static bool items_are_sound(const struct rules *rules, const struct gate_item *items, size_t count)
{
	bool sound = true;

	for (size_t i = 0; i < count && sound; i++) {
		sound = may_open(rules, items[i].what);
		for (uint32_t k = 0; k < GATE_OTHERS; k++)
			sound &= items[i].others[k] < GATE_SIGNS;
	}
	return sound;
}

static bool lies_within(uint32_t first, uint32_t count, size_t room)
{
	return first <= room && count <= room - first;
}

static bool pairs_are_sound(const struct gate *gate, size_t items, size_t signs)
{
	for (uint32_t number = 1; number <= gate->pair_count; number++)
		if (!lies_within(gate->pairs[number].first_item, gate->pairs[number].item_count, items) ||
		    !lies_within(gate->pairs[number].first_sign, gate->pairs[number].sign_count, signs))
			return false;
	return true;
}

static bool signs_are_sound(const uint16_t *signs, size_t count)
{
	uint16_t most = 0;

	for (size_t i = 0; i < count; i++)
		most = signs[i] > most ? signs[i] : most;
	return most < GATE_SIGNS;
}

/* A free slot ends each search. */
static bool index_is_sound(const struct gate *gate, size_t size)
{
	bool sound = size > 0 && (size & (size - 1)) == 0, ends = false;

	for (size_t at = 0; at < size; at++) {
		sound &= (gate->pair_index[at] & ((1u << GATE_PAIR_NUMBER_BITS) - 1)) <= gate->pair_count;
		ends |= gate->pair_index[at] == 0;
	}
	return sound && ends;
}

struct gate *image_take_gate(struct image_in *in, const struct rules *rules)
{
	struct gate *gate = image_room(in, 1, sizeof(*gate));
	size_t words, rows, items, signs, pairs, slots;
	const void *filter;

	if (!gate)
		return NULL;
	gate->dictionary = rules->dictionary;
	gate->words = dictionary_words(rules->dictionary);
	words = gate->words;
	gate->rows = image_take_array(in, sizeof(*gate->rows), &rows);
	gate->row = image_take_exactly(in, sizeof(*gate->row), words + 1);
	gate->items = image_take_array(in, sizeof(*gate->items), &items);
	gate->first = image_take_exactly(in, sizeof(*gate->first), words + 2);
	gate->pair_signs = image_take_array(in, sizeof(*gate->pair_signs), &signs);
	gate->pairs = image_take_array(in, sizeof(*gate->pairs), &pairs);
	gate->pair_index = image_take_array(in, sizeof(*gate->pair_index), &slots);
	filter = image_take_exactly(in, sizeof(gate->pair_filter[0]), ARRAY_SIZE(gate->pair_filter));
	if (in->err < 0)
		return NULL;
	memcpy(gate->pair_filter, filter, sizeof(gate->pair_filter));
	gate->row_count = (uint32_t)rows;
	gate->pair_count = (uint32_t)pairs - 1;
	gate->pair_mask = slots - 1;
	if (rows == 0 || pairs == 0 || !image_all_below(gate->row, words + 1, gate->row_count) ||
	    gate->first[words + 1] > items || !image_are_runs(gate->first, words + 2, gate->first[words + 1]) ||
	    !items_are_sound(rules, gate->items, items) || !signs_are_sound(gate->pair_signs, signs) ||
	    !pairs_are_sound(gate, items, signs) || !index_is_sound(gate, slots))
		image_refuse(in);
	return gate;
}
