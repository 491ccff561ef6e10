/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of HTTP/1 share: h1.c takes segments apart, h1_message.c
 * begins and ends messages, h1_queue.c keeps the exchanges in flight,
 * h1_websocket.c knows where a WebSocket begins, and h1_loss.c deals with
 * damage and missing bytes.
 */
#ifndef PROMTAP_HTTP_H1_H
#define PROMTAP_HTTP_H1_H

#include "http/conn.h"

static inline bool h1_is_request(const struct http_conn *c, enum event_direction direction)
{
	return (direction == DIRECTION_WRITE) == (c->role == ROLE_CLIENT);
}

static inline struct side *h1_request_side(struct http_conn *c)
{
	return &c->sides[c->role == ROLE_CLIENT ? DIRECTION_WRITE : DIRECTION_READ];
}

static inline struct side *h1_response_side(struct http_conn *c)
{
	return &c->sides[c->role == ROLE_CLIENT ? DIRECTION_READ : DIRECTION_WRITE];
}

static inline bool h1_at_message_start(const struct side *side)
{
	return side->place == SIDE_HEAD && side->head_start_ns == 0;
}

/* ---- h1_queue.c ---- */

/* The exchange whose request is not yet complete; null: none. */
struct pair *h1_sending(const struct http_conn *c);
/* The exchange whose response is next, or on its way; null: none. */
struct pair *h1_answering(const struct http_conn *c);
void h1_enqueue(struct http_conn *c, struct pair *pair);
/* Takes the exchange out of the queue and ends it. */
void h1_finish(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* Ends the exchange if nothing more of it can come. */
void h1_settle(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* Ends all exchanges before `pair`; null: all. Where a response was lost on its
 * way, its exchange knows its outcome already. */
void h1_abandon(struct http_conn *c, const struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns);
/* No more of its response will come; its request may still be on the way. */
void h1_give_up_response(struct http_conn *c, struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns);

/* ---- h1_message.c ---- */

/* `text` is a whole, unfolded head that the segment completed. -EBADMSG:
 * malformed, -E2BIG: over a limit, -ENOMEM; the direction is then out of step. */
int h1_on_request_head(struct http_conn *c, struct slice text, const struct segment *segment);
int h1_on_response_head(struct http_conn *c, struct slice text, const struct segment *segment);
/* The message of that direction is complete. */
void h1_end_message(struct http_conn *c, enum event_direction direction, uint64_t ts_ns);

/* ---- h1_websocket.c ---- */

/* Ends the exchange, and with it all that is read of this connection. */
void h1_leave(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* The head is that of a 101. -ENOMEM. */
int h1_become_websocket(struct http_conn *c, struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void h1_on_websocket(struct http_conn *c, const struct segment *segment, struct slice data);
void h1_on_websocket_gap(struct http_conn *c, const struct segment *gap);
/* The connection ends. */
void h1_end_websocket(struct http_conn *c, uint64_t ts_ns);

/* ---- h1_loss.c ---- */

/* Forgets what is gathered of a head. */
void h1_head_reset(struct http_conn *c, struct side *side);
/* The direction is out of step from here on. */
void h1_lose(struct http_conn *c, struct side *side);
/* The segment's bytes cannot be read: `err` as above. */
void h1_damage(struct http_conn *c, const struct segment *segment, int err);
void h1_on_gap(struct http_conn *c, const struct segment *gap);
/* Whether a direction that is LOST goes on at this segment. */
bool h1_pick_up(struct http_conn *c, const struct segment *segment);

#endif
