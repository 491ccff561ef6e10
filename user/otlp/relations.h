/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that is seen at more than one place of this machine has several
 * records: of the client's end, of the end that serves it, and, where that is a
 * gateway, of its own call and of the end that serves that. They belong together
 * if the answer has one id (as in docs/call-record.md, "Hops") and the one begins
 * while the other goes on; then each is the parent of the next.
 *
 * A traceparent is believed before this: where both have one and they differ,
 * the spans are linked. Only the last answers are remembered.
 */
#ifndef PROMTAP_OTLP_RELATIONS_H
#define PROMTAP_OTLP_RELATIONS_H

#include "otlp/span.h"

struct relations;

/* Null: out of memory. */
struct relations *relations_new(void);
void relations_free(struct relations *relations);

enum related_how {
	RELATED_NOT = 0,
	RELATED_CHILD,		/* the other one is to become a child of this one, in its trace, unless it has been sent */
	RELATED_LINK,		/* this one is to be linked to the other, which has another parent or trace of its own */
};

struct related {
	enum related_how how;
	struct span_link other;
};

/* Of a call that is to have a span. `ids`: all of its own, and those of its traceparent; trace and parent may be changed
 * here. `own_trace`: it has no traceparent, its trace was drawn at random. */
void relations_add(struct relations *relations, const struct call *call, bool own_trace, struct span_ids *ids,
		   struct related *ret);

#endif
