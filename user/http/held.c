/* SPDX-License-Identifier: Apache-2.0 */
/* A list of copied segments, bounded per list and over all connections. */
#include "http/held.h"

#include <errno.h>
#include <stdlib.h>

static size_t held_size(const struct segment *segment)
{
	return sizeof(struct held) + segment->len;
}

static void link_front(struct held_list *list, struct held *held)
{
	held->next = list->first;
	list->first = held;
	if (!list->last)
		list->last = held;
}

static void link_back(struct held_list *list, struct held *held)
{
	held->next = NULL;
	if (list->last)
		list->last->next = held;
	else
		list->first = held;
	list->last = held;
}

int held_add(struct held_list *list, struct http *http, const struct segment *segment, bool front)
{
	size_t size = held_size(segment);
	struct held *held;

	if (list->bytes + size > http->limits.held_bytes || !http_reserve(http, size))
		return -E2BIG;
	held = malloc(size);
	if (!held) {
		http_release(http, size);
		return -ENOMEM;
	}
	held->segment = *segment;
	held->segment.data = held->bytes;
	if (segment->len > 0)
		memcpy(held->bytes, segment->data, segment->len);
	list->bytes += size;
	if (front)
		link_front(list, held);
	else
		link_back(list, held);
	return 0;
}

struct held *held_take(struct held_list *list, struct http *http)
{
	struct held *held = list->first;
	size_t size;

	if (!held)
		return NULL;
	list->first = held->next;
	if (!list->first)
		list->last = NULL;
	size = held_size(&held->segment);
	list->bytes -= size;
	http_release(http, size);
	return held;
}

void held_drop(struct held_list *list, struct http *http)
{
	struct held *held;

	while ((held = held_take(list, http)))
		free(held);
}

size_t held_peek(const struct held_list *list, uint8_t *buffer, size_t size)
{
	size_t len = 0;

	for (const struct held *held = list->first; held && len < size; held = held->next) {
		size_t n = held->segment.len < size - len ? held->segment.len : size - len;

		memcpy(buffer + len, held->bytes, n);
		len += n;
	}
	return len;
}
