/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream through one framing. What comes out is written down: data as it is,
 * "[name]" for the end of a message, "[!name]" if it is an error, "(broken)"
 * where the framing gives up.
 */
#ifndef PROMTAP_TESTS_HTTP_FRAMED_H
#define PROMTAP_TESTS_HTTP_FRAMED_H

#include "base/buffer.h"
#include "http/framing.h"

#define FRAMED_NAME_MAX 12

struct framed {
	const struct framing_ops *ops;
	void *state;
	struct buffer text;
	bool broken;
};

void framed_init(struct framed *f, const struct framing_ops *ops);
void framed_feed(struct framed *f, struct slice data);
void framed_gap(struct framed *f);
/* Ends the stream and expects what has come out. */
void framed_done(struct framed *f, const char *expected);

/* The same at every cut, and in pieces of one to three bytes. */
void framed_expect(const struct framing_ops *ops, struct slice stream, const char *expected);

#endif
