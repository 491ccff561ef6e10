/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/nearby.h"

#include <errno.h>
#include <stdlib.h>

#define APART 65536	/* between two texts: further than any distance */

int nearby_init(struct nearby *nearby, const struct rules *rules)
{
	*nearby = (struct nearby){ .rules = rules, .origin = APART, .end = APART };
	nearby->last = calloc(rules->pair_count + 1, sizeof(*nearby->last));
	return nearby->last ? 0 : -ENOMEM;
}

void nearby_done(struct nearby *nearby)
{
	free(nearby->last);
}

void nearby_reset(struct nearby *nearby)
{
	nearby->origin = nearby->end + APART;
	nearby->end = nearby->origin;
}

static void widen(uint32_t *width, uint64_t to)
{
	*width = to > *width ? (uint32_t)to : *width;
}

bool nearby_take(struct nearby *nearby, const struct literal *literal, uint32_t at, uint32_t *ret_back,
		 uint32_t *ret_ahead)
{
	const struct pair_part *parts = &nearby->rules->parts[literal->first_part];
	uint64_t end = nearby->origin + at;

	nearby->end = end;
	*ret_back = *ret_ahead = literal->reach;
	for (uint32_t i = 0; i < literal->part_count; i++) {
		const struct pair *pair = &nearby->rules->pairs[parts[i].pair];
		uint64_t *last = nearby->last[parts[i].pair];
		uint64_t between = end - last[!parts[i].side];

		last[parts[i].side] = end;
		if (between > pair->distance)
			continue;
		widen(ret_back, between + pair->reach);
		widen(ret_ahead, pair->reach);
	}
	return *ret_back > 0;
}
