/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/gate_build.h"

int gate_run_init(struct gate_run *run, const struct gate *gate, uint32_t room)
{
	uint32_t blocks = room / GATE_BLOCK_WORDS + 1;

	*run = (struct gate_run){
		.gate = gate,
		.blocks = calloc(blocks, sizeof(*run->blocks)),
		.known = calloc(blocks / 64 + 1, sizeof(*run->known)),
		.places = calloc(room + 1, sizeof(*run->places)),
		.first_place = calloc(blocks + 1, sizeof(*run->first_place)),
	};
	return run->blocks && run->known && run->places && run->first_place ? 0 : -ENOMEM;
}

void gate_run_done(struct gate_run *run)
{
	free(run->blocks);
	free(run->known);
	free(run->places);
	free(run->first_place);
}

/* ---- pairs ---- */

/* Pairs of the trie that two words of a text are, one after the other: *i is 0 at first. Null: no more. */
static const struct gate_pair *next_pair(const struct gate *gate, uint32_t a, uint32_t b, size_t *i)
{
	const uint32_t *a_ids, *b_ids;
	size_t a_count = dictionary_ids(gate->dictionary, a, &a_ids);
	size_t b_count = dictionary_ids(gate->dictionary, b, &b_ids), at;

	while (*i < a_count * b_count) {
		uint64_t words = gate_pair_words(a_ids[*i / b_count], b_ids[*i % b_count]);
		uint32_t number = gate_find_pair(gate, words, &at);

		(*i)++;
		if (number)
			return &gate->pairs[number];
	}
	return NULL;
}

static void find_places(struct gate_run *run)
{
	const uint64_t *filter = run->gate->pair_filter;
	uint32_t count = 0, at = 0;

	for (uint32_t block = 0; block * GATE_BLOCK_WORDS < run->count; block++) {
		uint32_t end = (block + 1) * GATE_BLOCK_WORDS;

		run->first_place[block] = count;
		for (end = end < run->count ? end : run->count - 1; at < end; at++) {
			uint32_t a = run->words[at], b = run->words[at + 1], bit = gate_pair_bit(a, b);

			run->places[count] = at;
			count += filter[bit / 64] >> (bit % 64) & (a != 0) & (b != 0);
		}
	}
	run->first_place[(run->count + GATE_BLOCK_WORDS - 1) / GATE_BLOCK_WORDS] = count;
	run->place_count = count;
}

void gate_run_begin(struct gate_run *run, const uint32_t *words, uint32_t count)
{
	run->words = words;
	run->count = count;
	run->from = run->to = UINT32_MAX;
	memset(run->known, 0, (count / GATE_BLOCK_WORDS / 64 + 1) * sizeof(*run->known));
	run->place_count = 0;
	if (count > 0)
		find_places(run);
}

/* ---- what stands near ---- */

static void add_pair_signs(struct gate_run *run, uint32_t at, struct gate_signs *signs)
{
	const struct gate_pair *pair;
	size_t i = 0;

	while ((pair = next_pair(run->gate, run->words[at], run->words[at + 1], &i)))
		for (uint32_t k = 0; k < pair->sign_count; k++)
			gate_set_sign(signs, run->gate->pair_signs[pair->first_sign + k]);
}

static void find_block(struct gate_run *run, uint32_t block)
{
	uint32_t from = block * GATE_BLOCK_WORDS, to = from + GATE_BLOCK_WORDS;
	struct gate_signs signs = { { 0 } };

	for (uint32_t at = from; at < to && at < run->count; at++)
		gate_add_signs(&signs, &run->gate->signs[run->words[at]]);
	for (uint32_t i = run->first_place[block]; i < run->first_place[block + 1]; i++)
		add_pair_signs(run, run->places[i], &signs);
	run->blocks[block] = signs;
	run->known[block / 64] |= UINT64_C(1) << (block % 64);
}

static void find_near(struct gate_run *run, uint32_t from, uint32_t to)
{
	run->from = from;
	run->to = to;
	run->near = (struct gate_signs){ { 0 } };
	gate_set_sign(&run->near, GATE_SIGN_ALWAYS);
	for (uint32_t block = from; block <= to; block++) {
		if (!(run->known[block / 64] >> (block % 64) & 1))
			find_block(run, block);
		gate_add_signs(&run->near, &run->blocks[block]);
	}
}

static bool opens(struct gate_run *run, uint32_t at, const struct gate_item *item)
{
	uint32_t from = at > item->back ? at - item->back : 0;
	uint32_t to = at + item->ahead < run->count ? at + item->ahead : run->count - 1;
	bool all = true;

	from /= GATE_BLOCK_WORDS;
	to /= GATE_BLOCK_WORDS;
	if (from != run->from || to != run->to)
		find_near(run, from, to);
	for (uint32_t i = 0; i < GATE_OTHERS; i++)
		all &= gate_has_sign(&run->near, item->others[i]);
	return all;
}

static void open_items(struct gate_run *run, uint32_t at, const struct gate_item *items, uint32_t count, gate_fn fn,
		       void *ctx)
{
	for (uint32_t i = 0; i < count; i++)
		if (opens(run, at, &items[i]))
			fn(ctx, at, &items[i]);
}

static void open_place(struct gate_run *run, uint32_t at, gate_fn fn, void *ctx)
{
	const struct gate_pair *pair;
	size_t i = 0;

	while ((pair = next_pair(run->gate, run->words[at], run->words[at + 1], &i)))
		open_items(run, at, &run->gate->items[pair->first_item], pair->item_count, fn, ctx);
}

static void open_word(struct gate_run *run, uint32_t at, gate_fn fn, void *ctx)
{
	const struct gate *gate = run->gate;
	uint32_t word = run->words[at];

	open_items(run, at, &gate->items[gate->first[word]], gate->first[word + 1] - gate->first[word], fn, ctx);
}

void gate_open(struct gate_run *run, const uint32_t *marked, uint32_t marked_count, gate_fn fn, void *ctx)
{
	uint32_t i = 0, k = 0;

	while (i < run->place_count || k < marked_count) {
		if (k == marked_count || (i < run->place_count && run->places[i] <= marked[k]))
			open_place(run, run->places[i++], fn, ctx);
		else
			open_word(run, marked[k++], fn, ctx);
	}
}
