/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the order that exchange.h promises and that each exchange has one
 * END, and reads all that is lent. For the targets of the http stage.
 */
#ifndef PROMTAP_TESTS_FUZZ_EXCHANGES_H
#define PROMTAP_TESTS_FUZZ_EXCHANGES_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"

/* What an exchange has said so far; owned through exchange.user. */
struct seen {
	bool request_head, request_end, response_head, trailers, response_end;
};

static bool skip_bodies;
static size_t in_flight;

static void begin(const struct exchange_event *event)
{
	event->exchange->user = calloc(1, sizeof(struct seen));
	if (!event->exchange->user)
		abort();
	event->exchange->skip_bodies = skip_bodies;
	in_flight++;
}

static void read_all(struct slice s)
{
	volatile char sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum = (char)(sum ^ s.ptr[i]);
}

static void read_head(const struct http_head *head)
{
	read_all(head->method);
	read_all(head->target);
	read_all(head->authority);
	for (size_t i = 0; i < head->header_count; i++) {
		read_all(head->headers[i].name);
		read_all(head->headers[i].value);
	}
}

static void on_event(void *ctx, const struct exchange_event *event)
{
	struct seen *seen;

	(void)ctx;
	if (!event->exchange->user)
		begin(event);
	seen = event->exchange->user;
	switch (event->kind) {
	case EXCHANGE_REQUEST_HEAD:
		assert(!seen->request_head && !seen->response_head);
		seen->request_head = true;
		read_head(event->head);
		break;
	case EXCHANGE_REQUEST_BODY:
		assert(!seen->request_end && !event->exchange->skip_bodies);
		read_all(event->data);
		break;
	case EXCHANGE_REQUEST_END:
		assert(!seen->request_end);
		seen->request_end = true;
		break;
	case EXCHANGE_RESPONSE_HEAD:
		assert(!seen->response_head);
		seen->response_head = true;
		read_head(event->head);
		break;
	case EXCHANGE_RESPONSE_BODY:
	case EXCHANGE_MESSAGE_PIECE:
	case EXCHANGE_MESSAGE_END:
		assert(seen->response_head && !seen->trailers && !seen->response_end &&
		       !event->exchange->skip_bodies);
		assert((event->kind == EXCHANGE_RESPONSE_BODY) == (event->exchange->response_framing == FRAMING_PLAIN));
		read_all(event->data);
		read_all(event->name);
		break;
	case EXCHANGE_CLIENT_PIECE:
	case EXCHANGE_CLIENT_END:
		assert(seen->request_end && seen->response_head && !seen->response_end);
		assert(!event->exchange->skip_bodies && event->exchange->protocol == HTTP_WEBSOCKET);
		read_all(event->data);
		break;
	case EXCHANGE_RESPONSE_TRAILERS:
		assert(seen->response_head && !seen->response_end && !seen->trailers);
		seen->trailers = true;
		read_head(event->head);
		break;
	case EXCHANGE_RESPONSE_END:
		assert(seen->response_head && !seen->response_end);
		seen->response_end = true;
		break;
	default:
		assert(event->kind == EXCHANGE_END && event->outcome < OUTCOME_MAX);
		assert(seen->request_head || event->outcome == OUTCOME_MISSED_START);
		assert(event->outcome != OUTCOME_COMPLETE || (seen->request_end && seen->response_end));
		free(seen);
		in_flight--;
		break;
	}
}

static void open_conn(struct http *http, struct conn *conn, bool late)
{
	struct segment segment = { .kind = SEGMENT_OPEN, .conn = conn };

	*conn = (struct conn){ .id = conn->id + 1, .late = late };
	http_on_segment(http, &segment);
}

static void close_conn(struct http *http, struct conn *conn, unsigned reason, uint64_t now_ns)
{
	struct segment segment = {
		.kind = SEGMENT_CLOSE,
		.conn = conn,
		.ts_ns = now_ns,
		.close_reason = (enum close_reason)(reason % CLOSE_REASON_MAX),
	};

	http_on_segment(http, &segment);
	assert(in_flight == 0);
}

static void step_bytes(struct http *http, struct segment *segment, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	segment->kind = SEGMENT_DATA;
	segment->data = copy;
	segment->len = len;
	http_on_segment(http, segment);
	free(copy);
}

#endif
