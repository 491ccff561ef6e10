/* SPDX-License-Identifier: Apache-2.0 */
#include "play.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "texts_log.h"

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	struct play *play = ctx;

	ck_assert(play->with_texts || !user);
	if (play->with_texts) {
		texts_log_finish(user, &play->texts);
		ck_assert_int_eq(buffer_append(&play->texts, "|", 1), 0);
	}
	ck_assert_ptr_eq(exchange, &play->exchange);
	ck_assert_int_eq(call_check(call, sizeof(*call)), 0);
	ck_assert_uint_lt(play->count, PLAY_CALLS);
	play->calls[play->count++] = *call;
}

static void on_text_drop(void *ctx, void *user)
{
	struct play *play = ctx;

	play->drops++;
	texts_log_drop(NULL, user);
}

static void init(struct play *play, const char *providers, bool estimate, bool texts)
{
	struct llm_setup setup = {
		.fn = on_call,
		.on_text = texts ? texts_log_take : NULL,
		.on_text_drop = on_text_drop,
		.ctx = play,
		.providers = providers,
		.estimate_tokens = estimate,
	};

	memset(play, 0, sizeof(*play));
	memset(stats, 0, sizeof(stats));
	play->with_texts = texts;
	play->llm = llm_new(&setup);
	ck_assert_ptr_nonnull(play->llm);
	play->now_ns = 1000 * MS;
	play->exchange.conn = &play->conn;
}

void play_init(struct play *play)
{
	init(play, NULL, false, false);
}

void play_init_estimating(struct play *play)
{
	init(play, NULL, true, false);
}

void play_init_providers(struct play *play, const char *providers)
{
	init(play, providers, false, false);
}

void play_init_texts(struct play *play)
{
	init(play, NULL, false, true);
}

void play_expect_texts(struct play *play, const char *texts)
{
	ck_assert_int_eq(buffer_append(&play->texts, "", 1), 0);
	ck_assert_str_eq(play->texts.data, texts);
	play->texts.len = 0;
}

void play_done(struct play *play)
{
	buffer_done(&play->texts);
	ck_assert_ptr_null(play->exchange.user);
	llm_free(play->llm);
}

void play_header(struct play *play, const char *name, const char *value)
{
	ck_assert_uint_lt(play->header_count, PLAY_HEADERS);
	play->headers[play->header_count++] = (struct http_header){ slice_of(name), slice_of(value) };
}

static void send(struct play *play, struct exchange_event event)
{
	play->now_ns += MS;
	event.exchange = &play->exchange;
	event.ts_ns = play->now_ns;
	llm_on_exchange(play->llm, &event);
}

static void send_head(struct play *play, enum exchange_event_kind kind, struct http_head *head,
		      const char *content_type)
{
	if (content_type)
		play_header(play, "Content-Type", content_type);
	head->headers = play->headers;
	head->header_count = play->header_count;
	send(play, (struct exchange_event){ .kind = kind, .head = head });
	play->header_count = 0;
}

/* Each piece is a copy of its own length: a sanitizer sees a read past its end. */
static void send_pieces(struct play *play, enum exchange_event_kind kind, const char *data, size_t len)
{
	size_t step = play->piece ? play->piece : len;

	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		char *copy = malloc(n);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, data + at, n);
		if (!play->exchange.skip_bodies)
			send(play, (struct exchange_event){ .kind = kind, .data = { copy, n } });
		free(copy);
	}
}

void play_request_head(struct play *play, const char *method, const char *authority, const char *target,
		       const char *content_type)
{
	struct http_head head = {
		.method = slice_of(method),
		.target = slice_of(target),
		.authority = slice_of(authority),
	};

	play->exchange = (struct exchange){
		.conn = &play->conn,
		.stream_id = play->exchange.stream_id + 1,
		.protocol = HTTP_1_1,
		.request_start_ns = play->now_ns,
	};
	send_head(play, EXCHANGE_REQUEST_HEAD, &head, content_type);
}

void play_request_body(struct play *play, const char *body, size_t len)
{
	play->exchange.request_body_bytes += len;
	send_pieces(play, EXCHANGE_REQUEST_BODY, body, len);
}

void play_request_end(struct play *play)
{
	play->exchange.request_end_ns = play->now_ns;
	send(play, (struct exchange_event){ .kind = EXCHANGE_REQUEST_END });
}

void play_request(struct play *play, const char *authority, const char *target, const char *body)
{
	play_request_head(play, "POST", authority, target, "application/json");
	play_request_body(play, body, strlen(body));
	play_request_end(play);
}

void play_answer_head(struct play *play, unsigned int status, const char *content_type, enum body_framing framing)
{
	struct http_head head = { .status = status };

	play->exchange.response_start_ns = play->now_ns;
	play->exchange.response_framing = framing;
	send_head(play, EXCHANGE_RESPONSE_HEAD, &head, content_type);
}

void play_answer_body(struct play *play, const char *body, size_t len)
{
	play->exchange.response_body_bytes += len;
	send_pieces(play, EXCHANGE_RESPONSE_BODY, body, len);
}

void play_answer_end(struct play *play)
{
	play->exchange.response_end_ns = play->now_ns;
	send(play, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_END });
}

void play_trailer(struct play *play, const char *name, const char *value)
{
	struct http_head head = { 0 };

	play_header(play, name, value);
	send_head(play, EXCHANGE_RESPONSE_TRAILERS, &head, NULL);
}

void play_answer(struct play *play, unsigned int status, const char *body)
{
	play_answer_head(play, status, "application/json; charset=utf-8", FRAMING_PLAIN);
	play_answer_body(play, body, strlen(body));
	play_answer_end(play);
	play_end(play, OUTCOME_COMPLETE);
}

void play_stream(struct play *play)
{
	play_answer_head(play, 200, "text/event-stream", FRAMING_SSE);
}

void play_event_piece(struct play *play, const char *data, size_t len)
{
	play->exchange.response_body_bytes += len;
	send_pieces(play, EXCHANGE_MESSAGE_PIECE, data, len);
}

void play_named_event_end(struct play *play, const char *name)
{
	if (!play->exchange.skip_bodies)
		send(play, (struct exchange_event){ .kind = EXCHANGE_MESSAGE_END, .name = slice_of(name) });
}

void play_exception(struct play *play, const char *name, const char *data)
{
	play_event_piece(play, data, strlen(data));
	send(play, (struct exchange_event){ .kind = EXCHANGE_MESSAGE_END, .name = slice_of(name), .is_error = true });
}

void play_event_end(struct play *play)
{
	play_named_event_end(play, "");
}

void play_event(struct play *play, const char *data)
{
	play_event_piece(play, data, strlen(data));
	play_event_end(play);
}

void play_socket_request(struct play *play, const char *authority, const char *target)
{
	play_header(play, "Upgrade", "websocket");
	play_request_head(play, "GET", authority, target, NULL);
	play_request_end(play);
}

void play_socket(struct play *play, const char *authority, const char *target)
{
	play_socket_request(play, authority, target);
	play->exchange.protocol = HTTP_WEBSOCKET;
	play_header(play, "Upgrade", "websocket");
	play_answer_head(play, 101, NULL, FRAMING_WEBSOCKET);
}

static void say(struct play *play, bool client, const char *message, struct exchange_event end)
{
	size_t len = message ? strlen(message) : 0;

	if (client)
		play->exchange.request_body_bytes += len;
	else
		play->exchange.response_body_bytes += len;
	send_pieces(play, client ? EXCHANGE_CLIENT_PIECE : EXCHANGE_MESSAGE_PIECE, message, len);
	end.kind = client ? EXCHANGE_CLIENT_END : EXCHANGE_MESSAGE_END;
	if (!play->exchange.skip_bodies)
		send(play, end);
}

void play_client(struct play *play, const char *message)
{
	say(play, true, message, (struct exchange_event){ 0 });
}

void play_server(struct play *play, const char *message)
{
	say(play, false, message, (struct exchange_event){ 0 });
}

void play_begin(struct play *play, bool client, const char *begin)
{
	if (client)
		play->exchange.request_body_bytes += strlen(begin);
	else
		play->exchange.response_body_bytes += strlen(begin);
	send_pieces(play, client ? EXCHANGE_CLIENT_PIECE : EXCHANGE_MESSAGE_PIECE, begin, strlen(begin));
}

void play_cut(struct play *play, bool client, const char *begin)
{
	say(play, client, begin, (struct exchange_event){ .outcome = OUTCOME_GAP, .is_error = !begin });
}

void play_end(struct play *play, enum exchange_outcome outcome)
{
	if (outcome == OUTCOME_COMPLETE && play->exchange.response_end_ns == 0)
		play_answer_end(play);
	send(play, (struct exchange_event){ .kind = EXCHANGE_END, .outcome = outcome });
}

const struct call *play_call(const struct play *play)
{
	ck_assert_uint_eq(play->count, 1);
	return &play->calls[0];
}

void play_chat(struct play *play)
{
	play_request(play, "api.openai.com", "/v1/chat/completions",
		     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"model\":\"gpt-4o\"}");
}

void play_responses(struct play *play)
{
	play_request(play, "api.openai.com", "/v1/responses", "{\"model\":\"gpt-5\",\"input\":\"hello\"}");
}

void play_messages(struct play *play)
{
	play_request(play, "api.anthropic.com", "/v1/messages",
		     "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
}
