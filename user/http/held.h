/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of one direction that wait for something in the other. */
#ifndef PROMTAP_HTTP_HELD_H
#define PROMTAP_HTTP_HELD_H

#include "http/pair.h"

struct held {
	struct held *next;
	struct segment segment;		/* its data is `bytes` */
	uint8_t bytes[];
};

struct held_list {
	struct held *first, *last;	/* owned */
	size_t bytes;			/* all the memory it takes */
};

/* Copies the segment; `front`: before what is there. -E2BIG: over the limits. */
int held_add(struct held_list *list, struct http *http, const struct segment *segment, bool front);
/* Takes the first out; null: empty. The caller frees it. */
struct held *held_take(struct held_list *list, struct http *http);
void held_drop(struct held_list *list, struct http *http);
/* Copies up to `size` of the first bytes. */
size_t held_peek(const struct held_list *list, uint8_t *buffer, size_t size);

#endif
