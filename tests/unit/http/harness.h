/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection through the http stage. Writes down what comes out, each
 * exchange apart and adjoining body pieces joined, so that the text does not
 * depend on how the input was cut; checks the promises of exchange.h as it goes.
 */
#ifndef PROMTAP_TESTS_HTTP_HARNESS_H
#define PROMTAP_TESTS_HTTP_HARNESS_H

#include "base/buffer.h"
#include "base/stats.h"
#include "http/http.h"

#define HARNESS_EXCHANGES 64	/* HTTP/1 ordinals, HTTP/2 streams */

struct transcript {
	struct exchange last;		/* as of its latest event */
	struct buffer request, response;	/* text; a WebSocket's messages in that of their end */
	bool begun, request_head, request_end, response_head, trailers, response_end, ended;
	bool in_request_body, in_body, in_message, in_client_message;	/* the last line may go on */
	enum exchange_outcome outcome;
	uint64_t first_message_ns;
};

struct harness {
	struct http *http;
	struct conn conn;
	bool skip_bodies;		/* asked for at each REQUEST_HEAD; `drop`: later, at the next message */
	bool drop;
	enum body_framing framing;	/* asked for at each RESPONSE_HEAD; PLAIN: as Content-Type says */
	bool quiet;			/* count body bytes, do not keep them */
	uint64_t now_ns;		/* each step of a script is 1000 later */
	uint64_t body_bytes, messages, pieces;
	struct transcript exchanges[HARNESS_EXCHANGES];
	size_t count;			/* highest of them */
	struct buffer text;
};

/* `limits` null: the default ones. */
void harness_init(struct harness *h, const struct http_limits *limits, bool late);
/* Closes what is open (SHUTDOWN) and checks that every exchange has its END. */
void harness_done(struct harness *h);

void harness_feed(struct harness *h, enum event_direction direction, const void *data, size_t len);
void harness_write(struct harness *h, const char *text);
void harness_read(struct harness *h, const char *text);
void harness_gap(struct harness *h, enum event_direction direction, uint64_t bytes, enum skip_reason reason);
void harness_close(struct harness *h, enum close_reason reason);

/* All exchanges so far as one text, valid until the next call. */
const char *harness_text(struct harness *h);

#endif
