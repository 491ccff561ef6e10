/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The http stage: segments in, exchange events out. Tells HTTP/1 from the
 * rest by the first bytes of whichever direction speaks first: a process that
 * writes the request is the client, one that reads it the server.
 */
#ifndef PROMTAP_HTTP_HTTP_H
#define PROMTAP_HTTP_HTTP_H

#include "http/exchange.h"

struct http;

struct http_limits {
	size_t head_bytes;	/* request line or status line with all header lines; over: counted, a request is no exchange, a response makes its exchange undecodable */
	size_t headers_max;
	size_t held_bytes;	/* response bytes held per connection while their request has not been seen */
	size_t buffered_bytes;	/* heads, held bytes and decoders' states of all connections together */
	size_t streams_max;	/* exchanges in flight on one HTTP/2 connection; more are not followed */
	size_t pipelined_max;	/* requests without a response on one connection */
	uint64_t coding_ratio_max;	/* decoded : coded, once over coding_free_bytes (decompression bombs) */
	uint64_t coding_free_bytes;
	size_t message_name_bytes;	/* of an SSE event's type, cut */
};
extern const struct http_limits http_limits_default;

struct http *http_new(const struct http_limits *limits, exchange_fn fn, void *ctx);
void http_free(struct http *http);

/* A segment_fn. */
void http_on_segment(void *http, const struct segment *segment);

/* What this connection has shown so far, for the capture verdict. */
enum http_interest {
	HTTP_INTEREST_UNDECIDED = 0,
	HTTP_INTEREST_CAPTURE,		/* an exchange that downstream wants (skip_bodies not set) is or was here */
	HTTP_INTEREST_NONE,		/* not HTTP, or all exchanges so far were turned down by downstream */
};
enum http_interest http_conn_interest(const struct conn *conn);

#endif
