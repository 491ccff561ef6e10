/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of http: events of one request with its response. The same however
 * the input was cut, and for every HTTP version. RFC 9110 for the terms.
 *
 * Order of events of one exchange:
 *   REQUEST_HEAD  REQUEST_BODY*  REQUEST_END
 *   RESPONSE_HEAD (RESPONSE_BODY | MESSAGE_PIECE | MESSAGE_END)*  RESPONSE_END
 *   END                       exactly once, always last
 * RESPONSE_HEAD may come before REQUEST_END (early response), never before
 * REQUEST_HEAD. Interim (1xx) responses are not reported. After a break any
 * part may be missing, but never END.
 */
#ifndef PROMTAP_HTTP_EXCHANGE_H
#define PROMTAP_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "stream/segment.h"

enum http_protocol {
	HTTP_UNKNOWN = 0,
	HTTP_1_0,
	HTTP_1_1,
	HTTP_2,
	HTTP_WEBSOCKET,
	HTTP_PROTOCOL_MAX
};

/* Which end of the exchange the observed process is. */
enum exchange_role {
	ROLE_CLIENT = 0,	/* it wrote the request */
	ROLE_SERVER,
};

struct http_header {
	struct slice name, value;	/* name as sent; value without surrounding white space */
};

/* All slices are lent for the time of the callback. */
struct http_head {
	struct slice method, target;	/* requests; target as sent, query included */
	struct slice authority;		/* requests: host[:port] from an absolute target, :authority or Host; empty: none */
	unsigned status;		/* responses */
	const struct http_header *headers;
	size_t header_count;
};

/* First header of that name, ASCII case-insensitive; empty with a null ptr: none. */
struct slice http_head_get(const struct http_head *head, struct slice name);

enum exchange_outcome {
	OUTCOME_COMPLETE = 0,
	OUTCOME_ABORTED,	/* connection closed or process gone before the end */
	OUTCOME_GAP,		/* bytes were lost inside it */
	OUTCOME_TRUNCATED,	/* a capture limit cut a body */
	OUTCOME_UNDECODABLE,	/* malformed, over a limit, or in a coding we do not have */
	OUTCOME_MISSED_START,	/* seen from the middle on */
	OUTCOME_MAX
};

/* Framing of a decoded response body. */
enum body_framing {
	FRAMING_PLAIN = 0,	/* RESPONSE_BODY pieces */
	FRAMING_SSE,		/* MESSAGE_PIECE and MESSAGE_END, one END for each event that has data */
	FRAMING_MAX
};

/* Times are CLOCK_MONOTONIC nanoseconds, 0 while unknown. The start of a
 * request or response is the entry (write) or return (read) of the TLS call
 * that carried its first byte. */
struct exchange {
	struct conn *conn;
	uint64_t stream_id;		/* HTTP/1: ordinal on the connection, from 1; HTTP/2: stream */
	enum http_protocol protocol;
	enum exchange_role role;
	enum body_framing response_framing;	/* from RESPONSE_HEAD on */
	uint64_t request_start_ns, request_end_ns;
	uint64_t response_start_ns, response_end_ns;
	uint64_t response_last_ns;	/* of the last response byte so far, for one that breaks off */
	uint64_t request_body_bytes;	/* so far; without transfer framing, content coding still on */
	uint64_t response_body_bytes;

	/* Downstream. */
	void *user;
	bool skip_bodies;		/* downstream sets it: bodies of this exchange need not be decoded or delivered */
};

enum exchange_event_kind {
	EXCHANGE_REQUEST_HEAD = 0,
	EXCHANGE_REQUEST_BODY,
	EXCHANGE_REQUEST_END,
	EXCHANGE_RESPONSE_HEAD,
	EXCHANGE_RESPONSE_BODY,
	EXCHANGE_MESSAGE_PIECE,	/* some bytes of an event's data; several data lines are joined by LF */
	EXCHANGE_MESSAGE_END,	/* the event is complete: `name` is its type, empty: none given */
	EXCHANGE_RESPONSE_END,
	EXCHANGE_END,
	EXCHANGE_EVENT_KIND_MAX
};

struct exchange_event {
	enum exchange_event_kind kind;
	struct exchange *exchange;
	uint64_t ts_ns;			/* when the bytes that completed this event were exchanged */
	const struct http_head *head;	/* REQUEST_HEAD, RESPONSE_HEAD */
	struct slice data;		/* BODY, MESSAGE_PIECE: decoded bytes, lent */
	struct slice name;		/* MESSAGE_END: lent */
	enum exchange_outcome outcome;	/* END */
};

typedef void (*exchange_fn)(void *ctx, const struct exchange_event *event);

#endif
