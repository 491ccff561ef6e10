/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/record_index.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 4096

void record_index_done(struct record_index *index)
{
	free(index->places);
	*index = (struct record_index){ 0 };
}

int record_index_add(struct record_index *index, const struct record_place *place)
{
	size_t capacity = index->capacity ? 2 * index->capacity : FIRST_CAPACITY;
	struct record_place *places = index->places;

	if (index->count == index->capacity) {
		places = reallocarray(places, capacity, sizeof(*places));
		if (!places)
			return -ENOMEM;
		index->places = places;
		index->capacity = capacity;
	}
	places[index->count++] = *place;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct record_place *a = left, *b = right;

	if (a->second != b->second)
		return a->second < b->second ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void record_index_sort(struct record_index *index)
{
	if (index->count > 0)
		qsort(index->places, index->count, sizeof(*index->places), compare);
}
