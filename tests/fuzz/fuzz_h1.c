/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script of segments for one connection after another. The first byte:
 * 1 the connection is late, 2 small limits, 4 bodies are not wanted. Then
 * steps of a kind (1 byte), a length (2 bytes, little end first) and, for
 * data, that many bytes. Checks the order that exchange.h promises and that
 * each exchange has one END.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step_kind {
	STEP_DIRECTION = 1,	/* bit: read */
	STEP_GAP = 2,		/* bit: the length is a gap, of reason by its lowest bits */
	STEP_CLOSE = 4,		/* bit: close, reason by the length, and open another */
	STEP_BACK = 8,		/* bit: the segment's time lies before the one before */
};

/* What an exchange has said so far; owned through exchange.user. */
struct seen {
	bool request_end, response_head, response_end, message;
};

static bool skip_bodies;
static size_t in_flight;

static void begin(const struct exchange_event *event)
{
	assert(!event->exchange->user);
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
	if (event->kind == EXCHANGE_REQUEST_HEAD)
		begin(event);
	seen = event->exchange->user;
	assert(seen);
	switch (event->kind) {
	case EXCHANGE_REQUEST_HEAD:
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
		assert(seen->response_head && !seen->response_end && !event->exchange->skip_bodies);
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
	case EXCHANGE_RESPONSE_END:
		assert(seen->response_head && !seen->response_end);
		seen->response_end = true;
		break;
	default:
		assert(event->kind == EXCHANGE_END && event->outcome < OUTCOME_MAX);
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

static void run(struct http *http, bool late, const uint8_t *data, size_t size)
{
	struct conn conn = { 0 };
	uint64_t now_ns = 1000;

	open_conn(http, &conn, late);
	while (size >= 3) {
		uint8_t kind = data[0];
		size_t len = data[1] | (size_t)data[2] << 8;
		struct segment segment = { .conn = &conn, .direction = kind & STEP_DIRECTION };

		data += 3;
		size -= 3;
		now_ns += kind & STEP_BACK ? 0 : 1000;
		segment.ts_enter_ns = now_ns - (kind & STEP_BACK ? 900 : 100);
		segment.ts_ns = now_ns;
		if (kind & STEP_CLOSE) {
			close_conn(http, &conn, (unsigned)len, now_ns);
			open_conn(http, &conn, len & 4);
		} else if (kind & STEP_GAP) {
			segment.kind = SEGMENT_GAP;
			segment.gap_bytes = len;
			segment.gap_reason = (enum skip_reason)(len % SKIP_REASON_MAX);
			http_on_segment(http, &segment);
		} else {
			if (len > size)
				len = size;
			step_bytes(http, &segment, data, len);
			data += len;
			size -= len;
		}
		(void)http_conn_interest(&conn);
	}
	close_conn(http, &conn, CLOSE_SHUTDOWN, now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_limits limits = http_limits_default;
	struct http *http;

	if (size == 0)
		return 0;
	if (data[0] & 2) {
		limits.head_bytes = 256;
		limits.headers_max = 4;
		limits.held_bytes = 1024;
		limits.buffered_bytes = 65536;
		limits.pipelined_max = 2;
		limits.coding_free_bytes = 100;
		limits.coding_ratio_max = 3;
		limits.message_name_bytes = 2;
	}
	skip_bodies = data[0] & 4;
	http = http_new(&limits, on_event, NULL);
	if (!http)
		abort();
	run(http, data[0] & 1, data + 1, size - 1);
	http_free(http);
	return 0;
}
