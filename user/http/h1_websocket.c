/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket on an HTTP/1 connection: each direction's bytes go to
 * websocket.c until it is over; what follows then is nothing known.
 */
#include "http/h1.h"

void h1_leave(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	h1_finish(c, pair, ts_ns);
	h1_abandon(c, NULL, OUTCOME_ABORTED, ts_ns);
	h1_done(c);
	c->mode = CONN_TUNNEL;
}

/* The exchange is from now on the only one of its connection. */
static struct pair *websocket_pair(const struct http_conn *c)
{
	return c->first;
}

/* Where bytes of the client were lost before the server's answer was seen, its
 * frames cannot be told apart. */
int h1_become_websocket(struct http_conn *c, struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	bool client_lost = h1_request_side(c)->place == SIDE_LOST;
	int err = websocket_begin(pair, head, ts_ns);

	if (err < 0)
		return err;
	if (pair->exchange.skip_bodies) {
		pair_response_end(pair, ts_ns);
		h1_leave(c, pair, ts_ns);
		return 0;
	}
	h1_abandon(c, pair, OUTCOME_ABORTED, ts_ns);
	for (size_t i = 0; i < DIRECTION_MAX; i++)
		c->sides[i].place = SIDE_WEBSOCKET;
	if (client_lost && !websocket_gap(pair, WEBSOCKET_CLIENT, 1, SKIP_NONE, ts_ns))
		h1_leave(c, pair, ts_ns);
	return 0;
}

static enum websocket_end websocket_end_of(const struct http_conn *c, enum event_direction direction)
{
	return h1_is_request(c, direction) ? WEBSOCKET_CLIENT : WEBSOCKET_SERVER;
}

void h1_on_websocket(struct http_conn *c, const struct segment *segment, struct slice data)
{
	struct pair *pair = websocket_pair(c);
	enum websocket_end from = websocket_end_of(c, segment->direction);
	/* A question counts from the entry of its write: the answer may be there
	 * before the write returns. */
	uint64_t ts_ns = from == WEBSOCKET_CLIENT ? segment_first_byte_ns(segment) : segment->ts_ns;

	if (!websocket_feed(pair, from, data, ts_ns))
		h1_leave(c, pair, segment->ts_ns);
}

void h1_on_websocket_gap(struct http_conn *c, const struct segment *gap)
{
	struct pair *pair = websocket_pair(c);

	if (!websocket_gap(pair, websocket_end_of(c, gap->direction), gap->gap_bytes, gap->gap_reason, gap->ts_ns))
		h1_leave(c, pair, gap->ts_ns);
}

void h1_end_websocket(struct http_conn *c, uint64_t ts_ns)
{
	struct pair *pair = websocket_pair(c);

	websocket_finish(pair, ts_ns);
	h1_finish(c, pair, ts_ns);
}
