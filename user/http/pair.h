/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange in the making, whatever the HTTP version: a request with its
 * response, their bodies, and the events about them.
 */
#ifndef PROMTAP_HTTP_PAIR_H
#define PROMTAP_HTTP_PAIR_H

#include "base/buffer.h"
#include "http/body.h"
#include "http/exchange.h"
#include "http/http.h"
#include "http/websocket.h"

/* The stage. Protocols share its limits and scratch space. */
struct http {
	struct http_limits limits;
	exchange_fn fn;
	void *ctx;
	size_t buffered;		/* see http_limits.buffered_bytes */
	struct buffer text;		/* owned: scratch, of the header block being read (HTTP/2) */
	struct http_header headers[];	/* limits.headers_max: scratch of the head being read */
};

/* Whether `bytes` more may be kept; give them back with http_release. */
bool http_reserve(struct http *http, size_t bytes);
void http_release(struct http *http, size_t bytes);

struct pair {
	struct exchange exchange;
	struct http *http;
	struct pair *next;		/* of the connection's queue, or of its table of streams */
	enum exchange_outcome outcome;
	struct body request, response;
	struct websocket *websocket;	/* owned; null: it has not become one */
	bool method_head;		/* HEAD: the response has no body */
	bool method_connect;
	bool upgrade;			/* the client offers another protocol; HTTP/2: WebSocket */
	bool expects_continue;		/* the client may leave the body out */
	bool request_done;
	bool response_begun;		/* final head seen */
	bool response_done;
	uint64_t response_length;	/* of its body, as declared; UINT64_MAX: not (HTTP/2) */
	bool end_uncertain;		/* it may be among lost bytes */
};

/* Null: no memory. `exchange.protocol`, role and ids are the caller's to fill. */
struct pair *pair_new(struct http *http, struct conn *conn);

/* Keeps the worst. */
void pair_worsen(struct pair *pair, enum exchange_outcome outcome);

/* What missing bytes make of an exchange. */
enum exchange_outcome pair_gap_outcome(enum skip_reason reason);

/* Says an event of this exchange. */
void pair_emit(struct pair *pair, struct exchange_event event);

void pair_request_head(struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void pair_request_body(struct pair *pair, struct slice data, uint64_t ts_ns);
void pair_request_gap(struct pair *pair, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns);
void pair_request_end(struct pair *pair, uint64_t ts_ns);

/* The final head. */
void pair_response_head(struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void pair_response_body(struct pair *pair, struct slice data, uint64_t ts_ns);
void pair_response_gap(struct pair *pair, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns);
/* Headers behind the body, which is over. */
void pair_response_trailers(struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void pair_response_end(struct pair *pair, uint64_t ts_ns);

/* Says END and frees the pair. */
void pair_end(struct pair *pair, uint64_t ts_ns);

#endif
