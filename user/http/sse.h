/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events (WHATWG HTML, section 9.2.6) in constant memory: data is
 * passed on as it comes, however long the line. One field more than the
 * standard has: llama.cpp reports an error as `error: {...}`. Its value, where no
 * data line precedes it, is the data of a message of its own, named "error".
 */
#ifndef PROMTAP_HTTP_SSE_H
#define PROMTAP_HTTP_SSE_H

#include "base/slice.h"

struct sse;

struct sse_sink {
	void (*piece)(void *ctx, struct slice data);	/* of the event's data, lent */
	void (*end)(void *ctx, struct slice name);	/* the event is complete */
	void *ctx;
};

/* Names of events are cut to `name_max`. Null: no memory. */
struct sse *sse_new(size_t name_max);
void sse_free(struct sse *sse);

void sse_feed(struct sse *sse, struct slice data, const struct sse_sink *sink);
/* Bytes are missing: an event that has begun ends here, cut. */
void sse_gap(struct sse *sse, const struct sse_sink *sink);
/* The body is complete. Dispatches an event that lacks its empty line, which
 * the standard would drop but providers do send. */
void sse_finish(struct sse *sse, const struct sse_sink *sink);

#endif
