/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "detect/gate_build.h"

int gate_run_init(struct gate_run *run, uint32_t room)
{
	uint32_t blocks = room / GATE_BLOCK_WORDS + 1;

	*run = (struct gate_run){
		.blocks = calloc(blocks, sizeof(*run->blocks)),
		.known = calloc(blocks / 64 + 1, sizeof(*run->known)),
		.places = calloc(room + 1, sizeof(*run->places)),
		.place_room = room,
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

/* A text may be made of words that are several pairs each. */
static bool have_room(struct gate_run *run, size_t count)
{
	struct gate_place *larger;

	if (run->place_count + count <= run->place_room)
		return true;
	larger = reallocarray(run->places, 2 * run->place_room + count, sizeof(*larger));
	if (!larger)
		return false;
	run->places = larger;
	run->place_room = 2 * run->place_room + count;
	return true;
}

/* The pairs of the trie that the word at `at` and the next one are. */
static void add_places(struct gate_run *run, uint32_t at)
{
	const struct gate *gate = run->gate;
	const uint32_t *firsts, *seconds;
	size_t first_count = dictionary_ids(gate->dictionary, run->words[at], &firsts);
	size_t second_count = dictionary_ids(gate->dictionary, run->words[at + 1], &seconds), slot;

	if (!have_room(run, first_count * second_count)) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	run->steps += first_count * second_count;
	for (size_t i = 0; i < first_count; i++) {
		for (size_t k = 0; k < second_count; k++) {
			uint32_t pair = gate_find_pair(gate, gate_pair_words(firsts[i], seconds[k]), &slot);

			run->places[run->place_count] = (struct gate_place){ at, pair };
			run->place_count += pair != 0;
		}
	}
}

static void find_places(struct gate_run *run)
{
	const uint64_t *filter = run->gate->pair_filter;
	uint32_t at = 0;

	for (uint32_t block = 0; block * GATE_BLOCK_WORDS < run->count; block++) {
		uint32_t end = (block + 1) * GATE_BLOCK_WORDS;

		run->first_place[block] = run->place_count;
		for (end = end < run->count ? end : run->count - 1; at < end; at++) {
			uint32_t a = run->words[at], b = run->words[at + 1], bit = gate_pair_bit(a, b);

			if (filter[bit / 64] >> (bit % 64) & (a != 0) & (b != 0))
				add_places(run, at);
		}
	}
	run->first_place[(run->count + GATE_BLOCK_WORDS - 1) / GATE_BLOCK_WORDS] = run->place_count;
}

void gate_run_begin(struct gate_run *run, const struct gate *gate, const uint32_t *words, uint32_t count)
{
	run->gate = gate;
	run->words = words;
	run->count = count;
	run->place_count = 0;
	memset(run->known, 0, (count / GATE_BLOCK_WORDS / 64 + 1) * sizeof(*run->known));
	if (count > 0)
		find_places(run);
}

/* ---- what stands near ---- */

static void find_block(struct gate_run *run, uint32_t block)
{
	const struct gate *gate = run->gate;
	uint32_t from = block * GATE_BLOCK_WORDS, to = from + GATE_BLOCK_WORDS;
	struct gate_signs signs = { { 0 } };

	run->steps += GATE_BLOCK_WORDS + run->first_place[block + 1] - run->first_place[block];
	for (uint32_t at = from; at < to && at < run->count; at++)
		if (gate->row[run->words[at]])
			gate_add_signs(&signs, &gate->rows[gate->row[run->words[at]]]);
	for (size_t i = run->first_place[block]; i < run->first_place[block + 1]; i++) {
		const struct gate_pair *pair = &gate->pairs[run->places[i].pair];

		for (uint32_t k = 0; k < pair->sign_count; k++)
			gate_set_sign(&signs, gate->pair_signs[pair->first_sign + k]);
	}
	run->blocks[block] = signs;
	run->known[block / 64] |= UINT64_C(1) << (block % 64);
}

/* Whether a key with that sign is in blocks from `from` to `to`. */
static bool stands(struct gate_run *run, uint32_t from, uint32_t to, unsigned int sign)
{
	run->steps += to - from;
	for (uint32_t block = from; block <= to; block++) {
		if (!(run->known[block / 64] >> (block % 64) & 1))
			find_block(run, block);
		if (gate_has_sign(&run->blocks[block], sign))
			return true;
	}
	return false;
}

static bool opens(struct gate_run *run, uint32_t at, const struct gate_item *item)
{
	uint32_t from = at > item->back ? at - item->back : 0;
	uint32_t to = at + item->ahead < run->count ? at + item->ahead : run->count - 1;

	for (uint32_t i = 0; i < GATE_OTHERS && item->others[i] != GATE_SIGN_NONE; i++)
		if (!stands(run, from / GATE_BLOCK_WORDS, to / GATE_BLOCK_WORDS, item->others[i]))
			return false;
	return true;
}

static void open_items(struct gate_run *run, uint32_t at, uint64_t offsets, const struct gate_item *items,
		       uint32_t count, gate_fn fn, void *ctx)
{
	run->steps += 1 + count;
	for (uint32_t i = 0; i < count; i++)
		if (opens(run, at, &items[i]))
			fn(ctx, at, offsets, &items[i]);
}

static void open_place(struct gate_run *run, const struct gate_place *place, gate_fn fn, void *ctx)
{
	const struct gate_pair *pair = &run->gate->pairs[place->pair];

	open_items(run, place->at, pair->offsets, &run->gate->items[pair->first_item], pair->item_count, fn, ctx);
}

static void open_word(struct gate_run *run, uint32_t at, gate_fn fn, void *ctx)
{
	const struct gate *gate = run->gate;
	uint32_t word = run->words[at];

	open_items(run, at, 1, &gate->items[gate->first[word]], gate->first[word + 1] - gate->first[word], fn, ctx);
}

void gate_open(struct gate_run *run, const uint32_t *marked, uint32_t marked_count, gate_fn fn, void *ctx)
{
	size_t i = 0;
	uint32_t k = 0;

	while (i < run->place_count || k < marked_count) {
		if (k == marked_count || (i < run->place_count && run->places[i].at <= marked[k]))
			open_place(run, &run->places[i++], fn, ctx);
		else
			open_word(run, marked[k++], fn, ctx);
	}
}
