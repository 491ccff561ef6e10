/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished call as a span (opentelemetry.proto.trace.v1.Span), by the GenAI
 * conventions 1.41, with what was found as events. Names, counts and ids as in
 * the call record; no text of prompts or answers is in a call, so none is here.
 * What the call does not know is left out. docs/traces.md lists it.
 */
#ifndef PROMTAP_OTLP_SPAN_H
#define PROMTAP_OTLP_SPAN_H

#include "base/buffer.h"
#include "llm/call.h"

#define SPAN_BYTES_MAX (64u << 10)	/* of a span's message, as of its resource's; a full one has some 12 KiB */
#define SPAN_SCHEMA_URL "https://opentelemetry.io/schemas/1.41.0"

struct span_ids {
	uint8_t trace_id[16], span_id[8], parent_id[8];
	bool has_parent;
};

/* A span that this one belongs to, and is neither its parent nor its child. */
struct span_link {
	uint8_t trace_id[16], span_id[8];
};

/* Unix nanoseconds; the end is not before the start. */
struct span_times {
	uint64_t start_ns, end_ns;
};
struct span_times span_times_of(const struct call *call);

/* Each appends, for what comes from hostile traffic too, and leaves `out` as it was where it fails: 0 or -errno of the
 * buffer. */

/* Fields of the span's message other than its ids. `link`: null: none. */
int span_encode(const struct call *call, const struct span_link *link, struct buffer *out);
/* The ids as fields of the same message. */
int span_encode_ids(const struct span_ids *ids, struct buffer *out);
/* The message Resource: the process that the call is of, on the machine `node`. */
int span_encode_resource(const struct call *call, const char *node, struct buffer *out);

#endif
