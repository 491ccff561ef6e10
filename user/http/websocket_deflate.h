/* SPDX-License-Identifier: Apache-2.0 */
/* permessage-deflate (RFC 7692): what was agreed on, and messages inflated as bytes come. */
#ifndef PROMTAP_HTTP_WEBSOCKET_DEFLATE_H
#define PROMTAP_HTTP_WEBSOCKET_DEFLATE_H

#include "http/coding.h"
#include "http/exchange.h"

/* What the server's Sec-WebSocket-Extensions says. Window sizes are not kept:
 * the largest window reads all of them. */
struct websocket_deflate {
	bool agreed;
	bool client_no_takeover, server_no_takeover;	/* each message of that end starts with an empty window */
};
struct websocket_deflate websocket_deflate_read(const struct http_head *head);

/* The inflater of one direction. */
struct websocket_inflate;

#define WEBSOCKET_INFLATE_BYTES (48 * 1024)	/* about what one takes */

/* Null: no memory. */
struct websocket_inflate *websocket_inflate_new(const struct coding_limits *limits);
void websocket_inflate_free(struct websocket_inflate *inflate);

/* Forgets the window. */
void websocket_inflate_reset(struct websocket_inflate *inflate);

/* 0; -EBADMSG: damaged; -E2BIG: more output for all its input than the limits
 * allow; -ENOMEM. After an error nothing more may be fed. */
int websocket_inflate_feed(struct websocket_inflate *inflate, struct slice data, coding_sink_fn sink, void *ctx);
/* The message is complete. */
int websocket_inflate_end(struct websocket_inflate *inflate, coding_sink_fn sink, void *ctx);

#endif
