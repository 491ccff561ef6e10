/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- compiling ---- */

/* A match may begin with the last word of one block: it reaches over one more
 * block than its words fill. */
static uint32_t blocks_of(uint32_t words)
{
	uint32_t blocks = 2;

	while (blocks < GATE_BLOCKS && (blocks - 1) * GATE_BLOCK_WORDS + 1 < words)
		blocks *= 2;
	return blocks;
}

struct place {
	uint32_t segment, bit;
};

/* Rules of one reach stand in segments of their own. */
static int place_rules(struct gate *gate, const struct gate_rule *rules, size_t count, struct place *places)
{
	for (uint32_t blocks = 2; blocks <= GATE_BLOCKS; blocks *= 2) {
		uint32_t bit = 64;

		for (size_t i = 0; i < count; i++) {
			if (blocks_of(rules[i].words) != blocks)
				continue;
			if (bit == 64) {
				if (gate->segment_count == GATE_SEGMENTS_MAX)
					return -E2BIG;
				gate->segments[gate->segment_count++].blocks = blocks;
				bit = 0;
			}
			places[i] = (struct place){ gate->segment_count - 1, bit };
			gate->segments[places[i].segment].rules[bit] = rules[i].rule;
			for (uint32_t term = rules[i].terms; term < GATE_TERMS; term++)
				gate->segments[places[i].segment].absent[term] |= UINT64_C(1) << bit;
			bit++;
		}
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct gate_use *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void place_uses(struct gate *gate, const struct place *places, const struct gate_use *uses, size_t count)
{
	uint32_t end = 0;
	size_t i = 0;

	for (uint32_t key = 0; key < gate->key_count; key++) {
		gate->keys[key].first_use = end;
		for (; i < count && uses[i].key == key; i++) {
			struct place place = places[uses[i].sequence];

			gate->uses[end++] = GATE_USE(place.segment, uses[i].term, place.bit);
		}
		gate->keys[key].use_count = (uint16_t)(end - gate->keys[key].first_use);
	}
}

struct gate *gate_new(const struct gate_rule *rules, size_t rule_count, struct gate_use *uses, size_t use_count,
		      uint32_t keys)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	struct place *places = calloc(rule_count + 1, sizeof(*places));
	bool ready = gate && places;

	if (ready) {
		gate->key_count = keys;
		gate->segments = calloc(GATE_SEGMENTS_MAX, sizeof(*gate->segments));
		gate->uses = calloc(use_count + 1, sizeof(*gate->uses));
		gate->keys = calloc(keys + 1, sizeof(*gate->keys));
		ready = gate->segments && gate->uses && gate->keys;
	}
	if (ready && place_rules(gate, rules, rule_count, places) == 0) {
		if (use_count > 0)
			qsort(uses, use_count, sizeof(*uses), by_key);
		place_uses(gate, places, uses, use_count);
		free(places);
		return gate;
	}
	free(places);
	gate_free(gate);
	return NULL;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	free(gate->segments);
	free(gate->uses);
	free(gate->keys);
	free(gate);
}

/* ---- running ---- */

int gate_run_init(struct gate_run *run, const struct gate *gate)
{
	*run = (struct gate_run){ .gate = gate };
	run->sets = calloc((size_t)GATE_BLOCKS * (gate->segment_count + 1), sizeof(*run->sets));
	return run->sets ? 0 : -ENOMEM;
}

void gate_run_done(struct gate_run *run)
{
	free(run->sets);
}

void gate_run_reset(struct gate_run *run)
{
	run->block = 0;
	memset(run->touched, 0, sizeof(run->touched));
}

static uint64_t candidates(struct gate_run *run, uint32_t segment)
{
	uint64_t met[GATE_TERMS], all = ~UINT64_C(0);

	memcpy(met, run->gate->segments[segment].absent, sizeof(met));
	for (uint32_t back = 0; back < run->gate->segments[segment].blocks; back++) {
		const uint64_t *sets = gate_sets(run, run->block - back, segment);

		if (!(run->touched[(run->block - back) % GATE_BLOCKS] >> segment & 1))
			continue;
		for (size_t term = 0; term < GATE_TERMS; term++)
			met[term] |= sets[term];
	}
	for (size_t term = 0; term < GATE_TERMS; term++)
		all &= met[term];
	return all;
}

void gate_turn(struct gate_run *run, gate_fn fn, void *ctx)
{
	uint64_t segments = run->touched[run->block % GATE_BLOCKS];

	for (; segments; segments &= segments - 1) {
		uint32_t segment = (uint32_t)__builtin_ctzll(segments);
		uint64_t rules = candidates(run, segment);

		for (; rules; rules &= rules - 1)
			fn(ctx, run->gate->segments[segment].rules[__builtin_ctzll(rules)],
			   run->gate->segments[segment].blocks);
	}
	run->block++;
	run->touched[run->block % GATE_BLOCKS] = 0;
}
