/* SPDX-License-Identifier: Apache-2.0 */
/* What the http stage keeps for one connection: a few hundred bytes while it is idle. */
#ifndef PROMTAP_HTTP_CONN_H
#define PROMTAP_HTTP_CONN_H

#include "base/buffer.h"
#include "http/chunked.h"
#include "http/h1_head.h"
#include "http/held.h"
#include "http/pair.h"

struct h2;

/* A protocol is one more member, and one more case in http.c. */
enum conn_mode {
	CONN_SNIFF = 0,		/* not yet known */
	CONN_H1,
	CONN_H2,
	CONN_TUNNEL,		/* after CONNECT, or an upgrade to what is not decoded or is over */
	CONN_OTHER,		/* not HTTP */
};

enum side_place {
	SIDE_HEAD = 0,		/* in a head, or before one */
	SIDE_LENGTH,		/* body of known length */
	SIDE_CHUNKED,
	SIDE_UNTIL_CLOSE,
	SIDE_WEBSOCKET,
	SIDE_LOST,		/* out of step: looking for a beginning */
};

/* One direction of an HTTP/1 connection. */
struct side {
	enum side_place place;
	bool in_chunked;		/* LOST within a chunked body: a chunk's beginning is one too */
	bool guessed;			/* the chunk's beginning was such a guess */
	struct h1_scan scan;
	struct buffer head;		/* owned: the part of a head that came in earlier segments */
	uint64_t head_start_ns;		/* time of the head's first byte; 0: none yet */
	uint64_t remaining;		/* SIDE_LENGTH */
	struct chunked chunked;
};

struct http_conn {
	struct http *http;
	struct conn *conn;
	enum conn_mode mode;
	enum exchange_role role;
	bool late;			/* beginnings have to be looked for */
	bool out_of_step;		/* since a gap or damage nothing was picked up */
	bool wanted, turned_down;	/* by downstream: some exchange that has ended */
	bool counted_other;
	uint8_t h2_frames;		/* segments that looked like HTTP/2; since the first one all are held */
	struct h2 *h2;			/* owned; null: not HTTP/2 */
	uint32_t strange;		/* segments that began with nothing known, while nothing was */
	uint64_t requests;
	struct pair *first, *last;	/* owned; oldest first. Requests arrive at the last, responses at the first */
	size_t pairs;
	struct side sides[DIRECTION_MAX];
	struct held_list held[DIRECTION_MAX];
};

/* When the first byte of a segment was exchanged: a write at its entry at the
 * earliest, a read when it returned. */
static inline uint64_t segment_first_byte_ns(const struct segment *segment)
{
	return segment->direction == DIRECTION_WRITE ? segment->ts_enter_ns : segment->ts_ns;
}

/* HTTP/1. The connection's mode is CONN_H1. */
void h1_on_segment(struct http_conn *c, const struct segment *segment);
/* Takes the direction up at this segment, which begins with a head. */
void h1_begin_late(struct http_conn *c, enum event_direction direction);
/* What was held may go on. */
void h1_pump(struct http_conn *c);
void h1_close(struct http_conn *c, const struct segment *segment);
void h1_done(struct http_conn *c);

/* HTTP/2: seen from its first byte on, or taken up somewhere. They take what is
 * held, and make the connection's mode CONN_H2. -ENOMEM: it is as before. */
int h2_begin(struct http_conn *c, enum exchange_role role);
int h2_begin_late(struct http_conn *c);
void h2_on_segment(struct http_conn *c, const struct segment *segment);
void h2_close(struct http_conn *c, const struct segment *segment);
void h2_done(struct http_conn *c);
/* Whether downstream wants some of it, or may yet. */
bool h2_worth_watching(const struct http_conn *c);

#endif
