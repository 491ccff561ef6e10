/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of stream: contiguous bytes of one direction of one connection, or a
 * stated gap. Never a silent hole.
 */
#ifndef PROMTAP_STREAM_SEGMENT_H
#define PROMTAP_STREAM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "event.h"

/* A connection, from its first chunk until its close. Owned by the stream
 * stage; downstream keeps its own state in `user`. */
struct conn {
	struct conn_key key;
	uint64_t id;		/* counts connections of this decoder, from 1 */
	bool late;		/* its beginning may have been missed */
	uint32_t attachment;	/* see struct chunk */
	void *user;		/* of the http stage */
	void *owner;		/* of the role: facts of the process */
};

enum segment_kind {
	SEGMENT_OPEN = 0,	/* first sight of the connection: set up `conn->user` */
	SEGMENT_DATA,
	SEGMENT_GAP,		/* `gap_bytes` of this direction are missing here */
	SEGMENT_CLOSE,		/* last word on this connection: free `conn->user` */
	SEGMENT_KIND_MAX
};

enum close_reason {
	CLOSE_FREED = 0,	/* the application freed the TLS object */
	CLOSE_EXIT,		/* the process ended, or called exec */
	CLOSE_EVICTED,		/* the table was full, or the connection idle for long */
	CLOSE_SHUTDOWN,		/* the decoder ends */
	CLOSE_REASON_MAX
};

struct segment {
	enum segment_kind kind;
	struct conn *conn;
	enum event_direction direction;	/* DATA and GAP */
	uint64_t ts_enter_ns, ts_ns;	/* CLOCK_MONOTONIC, entry and return of the TLS call */
	const uint8_t *data;		/* lent for the time of the callback */
	size_t len;
	uint64_t gap_bytes;
	enum skip_reason gap_reason;	/* SKIP_LIMIT: a capture limit cut it; else loss */
	enum close_reason close_reason;
};

typedef void (*segment_fn)(void *ctx, const struct segment *segment);

#endif
