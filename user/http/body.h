/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to the bytes of one body once its transfer framing is off:
 * content codings, then event framing. What a framing needs is set up with the
 * first byte, so that empty and unwanted bodies cost nothing.
 */
#ifndef PROMTAP_HTTP_BODY_H
#define PROMTAP_HTTP_BODY_H

#include "http/coding.h"
#include "http/framing.h"

struct pair;

struct body {
	struct codings *codings;	/* owned; null: none yet, or plain */
	const struct framing_ops *framing;	/* null: none, or no byte yet */
	void *framing_state;		/* owned */
	const struct coding *list[CODING_LAYERS_MAX];	/* in the order in which they were applied */
	uint8_t list_len;
	bool unsupported;		/* one of the codings is not decoded */
	bool response;
	bool begun;			/* a byte has been seen, or missed */
	bool muted;			/* nothing more is delivered */
};

/* Reads the codings of a head. */
void body_init(struct body *body, const struct http_head *head, bool response);
void body_done(struct body *body);

void body_feed(struct body *body, struct pair *pair, struct slice data, uint64_t ts_ns);
/* Bytes are missing. Bodies without content coding go on behind them, coded ones cannot. */
void body_gap(struct body *body, struct pair *pair, uint64_t ts_ns);
/* The body is complete, as far as its framing tells. */
void body_finish(struct body *body, struct pair *pair, uint64_t ts_ns);

#endif
