/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK 512		/* spans: the ends of one call are over within a moment */
#define FRAME_BYTES 64		/* ids, lengths and scope of a span in a request */

size_t queue_item_bytes(const struct queue_item *item)
{
	return sizeof(*item) + item->resource_len + item->body_len + FRAME_BYTES;
}

static void append(struct queue *queue, struct queue_item *item)
{
	item->next = NULL;
	item->previous = queue->last;
	if (queue->last)
		queue->last->next = item;
	else
		queue->first = item;
	queue->last = item;
	queue->count++;
	queue->bytes += queue_item_bytes(item);
}

static struct queue_item *take_first(struct queue *queue)
{
	struct queue_item *item = queue->first;

	queue->first = item->next;
	if (queue->first)
		queue->first->previous = NULL;
	else
		queue->last = NULL;
	queue->count--;
	queue->bytes -= queue_item_bytes(item);
	return item;
}

int queue_put(struct queue *queue, size_t bytes_max, int64_t since_ns, const struct span_ids *ids, struct slice resource,
	      struct slice body)
{
	struct queue_item *item;
	struct queue_item size = { .resource_len = resource.len, .body_len = body.len };

	if (queue->bytes + queue_item_bytes(&size) > bytes_max)
		return -E2BIG;
	item = malloc(sizeof(*item) + resource.len + body.len);
	if (!item)
		return -ENOMEM;
	*item = (struct queue_item){ .since_ns = since_ns, .ids = *ids, .resource_len = resource.len,
				     .body_len = body.len };
	memcpy(item->bytes, resource.ptr, resource.len);
	memcpy(item->bytes + resource.len, body.ptr, body.len);
	append(queue, item);
	return 0;
}

struct queue_item *queue_find(const struct queue *queue, const uint8_t span_id[8])
{
	struct queue_item *item = queue->last;

	for (unsigned i = 0; item && i < LOOK_BACK; i++, item = item->previous)
		if (memcmp(item->ids.span_id, span_id, sizeof(item->ids.span_id)) == 0)
			return item;
	return NULL;
}

void queue_retrace(struct queue *queue, const uint8_t from[16], const uint8_t to[16])
{
	struct queue_item *item = queue->last;

	for (unsigned i = 0; item && i < LOOK_BACK; i++, item = item->previous)
		if (memcmp(item->ids.trace_id, from, sizeof(item->ids.trace_id)) == 0)
			memcpy(item->ids.trace_id, to, sizeof(item->ids.trace_id));
}

void queue_take(struct queue *queue, size_t count_max, size_t bytes_max, struct queue *ret)
{
	*ret = (struct queue){ 0 };
	while (queue->first && ret->count < count_max) {
		if (ret->count > 0 && ret->bytes + queue_item_bytes(queue->first) > bytes_max)
			return;
		append(ret, take_first(queue));
	}
}

void queue_done(struct queue *queue)
{
	while (queue->first)
		free(take_first(queue));
}
