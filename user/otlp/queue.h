/* SPDX-License-Identifier: Apache-2.0 */
/* Spans that wait to be sent, in order, bounded in bytes. What comes when it is full is not taken: the older ones are of
 * the beginning of whatever went wrong. Knows no lock and no clock. */
#ifndef PROMTAP_OTLP_QUEUE_H
#define PROMTAP_OTLP_QUEUE_H

#include "otlp/span.h"

struct queue_item {
	struct queue_item *next, *previous;
	int64_t since_ns;		/* it waits, in a clock that nobody sets */
	struct span_ids ids;
	size_t resource_len, body_len;
	char bytes[];			/* span_encode_resource(), then span_encode() */
};

struct queue {
	struct queue_item *first, *last;
	size_t count, bytes;
};

/* What an item counts for: its memory, and what it takes in a request at most. */
size_t queue_item_bytes(const struct queue_item *item);
static inline struct slice queue_item_resource(const struct queue_item *item)
{
	return (struct slice){ item->bytes, item->resource_len };
}
static inline struct slice queue_item_body(const struct queue_item *item)
{
	return (struct slice){ item->bytes + item->resource_len, item->body_len };
}

/* Copies all of it. 0; -E2BIG: over `bytes_max`, -ENOMEM: the queue is as before. */
int queue_put(struct queue *queue, size_t bytes_max, int64_t since_ns, const struct span_ids *ids, struct slice resource,
	      struct slice body);

/* One of the last spans by its id; null: it is not among them, or no longer here. */
struct queue_item *queue_find(const struct queue *queue, const uint8_t span_id[8]);

/* Those of the last spans that are of one trace are of another from now on. */
void queue_retrace(struct queue *queue, const uint8_t from[16], const uint8_t to[16]);

/* Moves the first items, at most so many and so many bytes but one at least, to `ret`, which is empty. */
void queue_take(struct queue *queue, size_t count_max, size_t bytes_max, struct queue *ret);

/* Frees all items. */
void queue_done(struct queue *queue);

#endif
