/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays exchanges to the llm stage, event by event, and keeps the calls that
 * come out. Time moves 1 ms with each event unless the test moves it.
 */
#ifndef PROMTAP_TESTS_LLM_PLAY_H
#define PROMTAP_TESTS_LLM_PLAY_H

#include "base/buffer.h"
#include "base/stats.h"
#include "llm/llm.h"

#define PLAY_CALLS 16
#define PLAY_HEADERS 8
#define MS 1000000ull

struct play {
	struct llm *llm;
	struct conn conn;
	struct exchange exchange;
	size_t piece;		/* bodies and events come in pieces of so many bytes; 0: whole */
	uint64_t now_ns;
	struct http_header headers[PLAY_HEADERS];
	size_t header_count;	/* of the next head */
	struct call calls[PLAY_CALLS];
	unsigned int count;
	bool with_texts;
	struct buffer texts;	/* of all calls, as texts_log.h has them; a '|' behind each call's */
	unsigned int drops;
};

void play_init(struct play *play);
/* Tokens are estimated where they are not counted. */
void play_init_estimating(struct play *play);
/* Texts are looked for. */
void play_init_texts(struct play *play);
/* With hosts of the user's own. */
void play_init_providers(struct play *play, const char *providers);
void play_done(struct play *play);

/* For the next head, beside Content-Type. */
void play_header(struct play *play, const char *name, const char *value);

/* A whole request with a JSON body. */
void play_request(struct play *play, const char *authority, const char *target, const char *body);
/* Its parts. */
void play_request_head(struct play *play, const char *method, const char *authority, const char *target,
		       const char *content_type);
void play_request_body(struct play *play, const char *body, size_t len);
void play_request_end(struct play *play);

/* A whole JSON answer, and the end. */
void play_answer(struct play *play, unsigned int status, const char *body);
/* Its parts. */
void play_answer_head(struct play *play, unsigned int status, const char *content_type, enum body_framing framing);
void play_answer_body(struct play *play, const char *body, size_t len);
void play_answer_end(struct play *play);
/* One trailer; before the end of the answer. */
void play_trailer(struct play *play, const char *name, const char *value);
/* An event stream. */
void play_stream(struct play *play);
void play_event(struct play *play, const char *data);
void play_event_piece(struct play *play, const char *data, size_t len);
void play_event_end(struct play *play);
void play_named_event_end(struct play *play, const char *name);
/* An event that the framing marks as an error. */
void play_exception(struct play *play, const char *name, const char *data);
/* A WebSocket: its handshake, and messages of either end. */
void play_socket_request(struct play *play, const char *authority, const char *target);
void play_socket(struct play *play, const char *authority, const char *target);
void play_client(struct play *play, const char *message);
void play_server(struct play *play, const char *message);
/* The beginning of a message, of which more is to come. */
void play_begin(struct play *play, bool client, const char *begin);
/* Bytes are missing: the message is cut behind `begin`; null: the end is lost for good. */
void play_cut(struct play *play, bool client, const char *begin);
void play_end(struct play *play, enum exchange_outcome outcome);

/* The one call that came out so far. */
const struct call *play_call(const struct play *play);

/* The texts so far; then they are forgotten. */
void play_expect_texts(struct play *play, const char *texts);

/* Requests to known hosts. */
void play_chat(struct play *play);
void play_responses(struct play *play);
void play_messages(struct play *play);

#endif
