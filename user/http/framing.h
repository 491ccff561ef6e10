/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoded response body cut into messages, in constant memory: a message's
 * data is passed on as it comes, however long it is. A framing is a
 * framing_ops of its own file and one row in framing.c.
 */
#ifndef PROMTAP_HTTP_FRAMING_H
#define PROMTAP_HTTP_FRAMING_H

#include "http/exchange.h"

struct framing_sink {
	void (*piece)(void *ctx, struct slice data);	/* of a message's data, lent, never empty */
	void (*end)(void *ctx, struct slice name, bool is_error);	/* the message is complete; exchange.h says more */
	void *ctx;
};

/* All states are what `open` allocates. */
struct framing_ops {
	void *(*open)(size_t name_max);	/* names are cut to `name_max`; null: no memory */
	/* 0; -EBADMSG: damaged, nothing more may be fed. What came before the damage has been passed on. */
	int (*feed)(void *state, struct slice data, const struct framing_sink *sink);
	/* Bytes are missing: a message that has begun ends here, cut. */
	void (*gap)(void *state, const struct framing_sink *sink);
	/* The body is complete. -EBADMSG: it cannot end here. */
	int (*finish)(void *state, const struct framing_sink *sink);
	void (*close)(void *state);	/* null is fine */
};

extern const struct framing_ops framing_sse;
extern const struct framing_ops framing_event_stream;
extern const struct framing_ops framing_ndjson;
extern const struct framing_ops framing_json_array;

/* Null: bodies of that framing are not cut into messages here. */
const struct framing_ops *framing_find(enum body_framing framing);

/* What a media type (no parameters) says. */
enum body_framing framing_of_type(struct slice type);

#endif
