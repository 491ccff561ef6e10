/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of http: events of one request with its response. The same however
 * the input was cut, and for every HTTP version. RFC 9110 for the terms.
 *
 * Order of events of one exchange:
 *   REQUEST_HEAD  REQUEST_BODY*  REQUEST_END
 *   RESPONSE_HEAD (RESPONSE_BODY | MESSAGE_PIECE | MESSAGE_END)*
 *                                            RESPONSE_TRAILERS?  RESPONSE_END
 *   END                       exactly once, always last
 * RESPONSE_HEAD may come before REQUEST_END (early response), never before
 * REQUEST_HEAD. Interim (1xx) responses are not reported, but for the 101 that
 * begins a WebSocket: it is a RESPONSE_HEAD, and messages of both directions
 * follow it, those of the client as CLIENT_PIECE and CLIENT_END (REQUEST_END
 * has been said before). After a break any part may be missing, but never END.
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
	struct slice method, target;	/* requests; target as sent, query included; null ptr: not known, behind lost bytes of HTTP/2 */
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

/* Framing of a decoded response body. All but PLAIN give MESSAGE_PIECE and
 * MESSAGE_END, one END for each message. */
enum body_framing {
	FRAMING_PLAIN = 0,	/* RESPONSE_BODY pieces */
	FRAMING_SSE,		/* events that have data; name: the event's type */
	FRAMING_EVENT_STREAM,	/* application/vnd.amazon.eventstream; name: its :event-type or :exception-type */
	FRAMING_NDJSON,		/* lines that are not empty */
	FRAMING_JSON_ARRAY,	/* the elements of one array; a body that is no array is one message */
	FRAMING_WEBSOCKET,	/* data messages, text and binary */
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
	enum body_framing response_framing;	/* from RESPONSE_HEAD on; downstream may change PLAIN to another during RESPONSE_HEAD, where it knows better than Content-Type */
	uint64_t request_start_ns, request_end_ns;
	uint64_t response_start_ns, response_end_ns;
	uint64_t response_last_ns;	/* of the last response byte so far, for one that breaks off */
	uint64_t request_body_bytes;	/* so far; without transfer framing, content coding still on */
	uint64_t response_body_bytes;

	/* Downstream. */
	void *user;
	bool skip_bodies;		/* downstream sets it: bodies of this exchange need not be decoded or delivered */
	bool known_peer;		/* downstream sets it: the peer is one whose other exchanges may well be wanted */
};

enum exchange_event_kind {
	EXCHANGE_REQUEST_HEAD = 0,
	EXCHANGE_REQUEST_BODY,
	EXCHANGE_REQUEST_END,
	EXCHANGE_RESPONSE_HEAD,
	EXCHANGE_RESPONSE_BODY,
	EXCHANGE_MESSAGE_PIECE,	/* some bytes of a message; several data lines of SSE are joined by LF */
	EXCHANGE_MESSAGE_END,	/* the message is complete: `name` is its type, empty: none given */
	EXCHANGE_CLIENT_PIECE,	/* the same of a WebSocket's client */
	EXCHANGE_CLIENT_END,
	EXCHANGE_RESPONSE_TRAILERS,
	EXCHANGE_RESPONSE_END,
	EXCHANGE_END,
	EXCHANGE_EVENT_KIND_MAX
};

struct exchange_event {
	enum exchange_event_kind kind;
	struct exchange *exchange;
	uint64_t ts_ns;			/* when the bytes that completed this event were exchanged */
	const struct http_head *head;	/* REQUEST_HEAD, RESPONSE_HEAD; RESPONSE_TRAILERS: headers alone */
	struct slice data;		/* BODY, PIECE: decoded bytes, lent */
	struct slice name;		/* MESSAGE_END: lent */
	bool is_error;			/* MESSAGE_END: the framing itself says that this is no event but an error or exception;
					 * of a WebSocket's end: nothing more of it can be read */
	enum exchange_outcome outcome;	/* END; MESSAGE_END and CLIENT_END of a WebSocket: what missing bytes made of the
					 * message (it is cut, or all that is known of it is that it was there) */
};

typedef void (*exchange_fn)(void *ctx, const struct exchange_event *event);

#endif
