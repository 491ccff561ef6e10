/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <check.h>
#include <stdlib.h>

static const char *const outcomes[OUTCOME_MAX] = {
	"complete", "aborted", "gap", "truncated", "undecodable", "missed_start",
};

static const char *const framings[FRAMING_MAX] = {
	"", " sse", " event-stream", " ndjson", " array", " websocket",
};

static const char *const protocols[HTTP_PROTOCOL_MAX] = {
	"?", "1.0", "1.1", "2", "websocket",
};

static struct transcript *transcript_of(struct harness *h, const struct exchange *exchange)
{
	ck_assert_uint_ge(exchange->stream_id, 1);
	ck_assert_uint_le(exchange->stream_id, HARNESS_EXCHANGES);
	if (exchange->stream_id > h->count)
		h->count = exchange->stream_id;
	return &h->exchanges[exchange->stream_id - 1];
}

static void put(struct buffer *text, struct slice s)
{
	ck_assert_int_eq(buffer_append(text, s.ptr, s.len), 0);
}

static void put_request(struct transcript *t, const struct exchange *exchange, const struct http_head *head)
{
	ck_assert_int_eq(buffer_printf(&t->request, "> %s %s %.*s %.*s authority=%.*s\n",
				       exchange->role == ROLE_CLIENT ? "client" : "server",
				       protocols[exchange->protocol], (int)head->method.len,
				       head->method.ptr ? head->method.ptr : "",
				       (int)head->target.len, head->target.ptr ? head->target.ptr : "", (int)head->authority.len,
				       head->authority.ptr ? head->authority.ptr : ""), 0);
}

static void put_headers(struct buffer *text, const struct http_head *head)
{
	for (size_t i = 0; i < head->header_count; i++)
		ck_assert_int_eq(buffer_printf(text, "  %.*s=%.*s\n", (int)head->headers[i].name.len,
					       head->headers[i].name.ptr, (int)head->headers[i].value.len,
					       head->headers[i].value.ptr), 0);
}

static void put_piece(struct harness *h, struct buffer *text, bool *in, const char *mark, struct slice data)
{
	h->body_bytes += data.len;
	h->pieces++;
	if (h->quiet)
		return;
	if (!*in)
		put(text, slice_of(mark));
	*in = true;
	put(text, data);
}

static void end_message(struct harness *h, struct buffer *text, bool *in, const char *mark,
			const struct exchange_event *event)
{
	h->messages++;
	if (h->drop)
		event->exchange->skip_bodies = true;
	if (h->quiet)
		return;
	if (!*in)
		put(text, slice_of(mark));
	*in = false;
	put(text, event->is_error ? SLICE(" [!") : SLICE(" ["));
	put(text, event->name);
	put(text, SLICE("]"));
	if (event->outcome != OUTCOME_COMPLETE)
		put(text, slice_of(outcomes[event->outcome]));
	put(text, SLICE("\n"));
}

static void end_piece(struct transcript *t, struct buffer *text)
{
	if (t->in_body || t->in_message)
		put(text, SLICE("\n"));
	t->in_body = t->in_message = false;
}

static void on_request(struct harness *h, struct transcript *t, const struct exchange_event *event)
{
	if (event->kind == EXCHANGE_REQUEST_HEAD) {
		ck_assert(!t->request_head);
		t->request_head = true;
		t->in_request_body = false;
		event->exchange->skip_bodies = h->skip_bodies;
		put_request(t, event->exchange, event->head);
		put_headers(&t->request, event->head);
	} else if (event->kind == EXCHANGE_REQUEST_BODY) {
		ck_assert(t->request_head && !t->request_end);
		put_piece(h, &t->request, &t->in_request_body, "> body ", event->data);
	} else {
		ck_assert(t->request_head && !t->request_end);
		t->request_end = true;
		if (t->in_request_body)
			put(&t->request, SLICE("\n"));
		t->in_request_body = false;
		put(&t->request, SLICE("> end\n"));
	}
}

static void on_client_message(struct harness *h, struct transcript *t, const struct exchange_event *event)
{
	ck_assert(t->request_end && t->response_head && !t->response_end);
	ck_assert_int_eq(event->exchange->response_framing, FRAMING_WEBSOCKET);
	if (event->kind == EXCHANGE_CLIENT_PIECE)
		put_piece(h, &t->request, &t->in_client_message, "> message ", event->data);
	else
		end_message(h, &t->request, &t->in_client_message, "> message ", event);
}

static void on_response(struct harness *h, struct transcript *t, const struct exchange_event *event)
{
	ck_assert(!t->response_end && (!t->trailers || event->kind == EXCHANGE_RESPONSE_END));
	ck_assert(t->response_head == (event->kind != EXCHANGE_RESPONSE_HEAD));
	switch (event->kind) {
	case EXCHANGE_RESPONSE_HEAD:
		t->response_head = true;
		ck_assert_int_eq(buffer_printf(&t->response, "< %u%s\n", event->head->status,
					       framings[event->exchange->response_framing]), 0);
		put_headers(&t->response, event->head);
		if (h->framing)
			event->exchange->response_framing = h->framing;
		break;
	case EXCHANGE_RESPONSE_BODY:
		ck_assert_int_eq(event->exchange->response_framing, FRAMING_PLAIN);
		put_piece(h, &t->response, &t->in_body, "< body ", event->data);
		break;
	case EXCHANGE_MESSAGE_PIECE:
		ck_assert_int_ne(event->exchange->response_framing, FRAMING_PLAIN);
		put_piece(h, &t->response, &t->in_message, "< message ", event->data);
		break;
	case EXCHANGE_MESSAGE_END:
		if (t->first_message_ns == 0)
			t->first_message_ns = event->ts_ns;
		end_message(h, &t->response, &t->in_message, "< message ", event);
		break;
	case EXCHANGE_RESPONSE_TRAILERS:
		end_piece(t, &t->response);
		t->trailers = true;
		put(&t->response, SLICE("< trailers\n"));
		put_headers(&t->response, event->head);
		break;
	default:
		end_piece(t, &t->response);
		t->response_end = true;
		put(&t->response, SLICE("< end\n"));
		break;
	}
}

static void on_event(void *ctx, const struct exchange_event *event)
{
	struct transcript *t = transcript_of(ctx, event->exchange);

	ck_assert(!t->ended);
	ck_assert_uint_gt(event->ts_ns, 0);
	t->begun = true;
	if (event->kind <= EXCHANGE_REQUEST_END) {
		on_request(ctx, t, event);
	} else if (event->kind == EXCHANGE_CLIENT_PIECE || event->kind == EXCHANGE_CLIENT_END) {
		on_client_message(ctx, t, event);
	} else if (event->kind < EXCHANGE_END) {
		on_response(ctx, t, event);
	} else {
		end_piece(t, &t->response);
		if (t->in_client_message)
			put(&t->request, SLICE("\n"));
		t->ended = true;
		t->outcome = event->outcome;
		ck_assert(t->request_head || t->outcome == OUTCOME_MISSED_START);
		ck_assert(t->outcome != OUTCOME_COMPLETE || (t->request_end && t->response_end));
		ck_assert_int_eq(buffer_printf(&t->response, "end %s\n", outcomes[event->outcome]), 0);
	}
	t->last = *event->exchange;
}

void harness_init(struct harness *h, const struct http_limits *limits, bool late)
{
	struct segment open = { .kind = SEGMENT_OPEN };

	memset(stats, 0, sizeof(stats));
	*h = (struct harness){ .conn = { .id = 1, .late = late } };
	h->http = http_new(limits ? limits : &http_limits_default, on_event, h);
	ck_assert_ptr_nonnull(h->http);
	open.conn = &h->conn;
	http_on_segment(h->http, &open);
}

void harness_done(struct harness *h)
{
	if (h->conn.user)
		harness_close(h, CLOSE_SHUTDOWN);
	for (size_t i = 0; i < h->count; i++) {
		ck_assert(h->exchanges[i].ended == h->exchanges[i].begun);
		buffer_done(&h->exchanges[i].request);
		buffer_done(&h->exchanges[i].response);
	}
	buffer_done(&h->text);
	http_free(h->http);
}

/* The bytes are copied to their exact size, for the sanitizers. */
void harness_feed(struct harness *h, enum event_direction direction, const void *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct segment segment = {
		.kind = SEGMENT_DATA,
		.conn = &h->conn,
		.direction = direction,
		.ts_enter_ns = h->now_ns + 500,
		.ts_ns = h->now_ns + 900,
		.data = copy,
		.len = len,
	};

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, len);
	http_on_segment(h->http, &segment);
	free(copy);
}

static void step(struct harness *h, enum event_direction direction, const char *text)
{
	h->now_ns += 1000;
	harness_feed(h, direction, text, strlen(text));
}

void harness_write(struct harness *h, const char *text)
{
	step(h, DIRECTION_WRITE, text);
}

void harness_read(struct harness *h, const char *text)
{
	step(h, DIRECTION_READ, text);
}

void harness_gap(struct harness *h, enum event_direction direction, uint64_t bytes, enum skip_reason reason)
{
	struct segment segment = {
		.kind = SEGMENT_GAP,
		.conn = &h->conn,
		.direction = direction,
		.gap_bytes = bytes,
		.gap_reason = reason,
	};

	h->now_ns += 1000;
	segment.ts_enter_ns = h->now_ns + 500;
	segment.ts_ns = h->now_ns + 900;
	http_on_segment(h->http, &segment);
}

void harness_close(struct harness *h, enum close_reason reason)
{
	struct segment segment = {
		.kind = SEGMENT_CLOSE,
		.conn = &h->conn,
		.close_reason = reason,
	};

	h->now_ns += 1000;
	segment.ts_enter_ns = segment.ts_ns = h->now_ns;
	http_on_segment(h->http, &segment);
	ck_assert_ptr_null(h->conn.user);
}

const char *harness_text(struct harness *h)
{
	h->text.len = 0;
	for (size_t i = 0; i < h->count; i++) {
		put(&h->text, buffer_slice(&h->exchanges[i].request));
		put(&h->text, buffer_slice(&h->exchanges[i].response));
	}
	ck_assert_int_eq(buffer_append(&h->text, "", 1), 0);
	return h->text.data;
}
