/* SPDX-License-Identifier: Apache-2.0 */
/* A WebSocket on a stream (RFC 8441): its DATA goes to websocket.c until it is over. */
#include "http/h2.h"

void h2_become_websocket(struct http_conn *c, struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	bool begun = websocket_begin(pair, head, ts_ns) == 0;

	if (!begun)
		pair_worsen(pair, OUTCOME_UNDECODABLE);
	else if (pair->exchange.skip_bodies)
		pair_response_end(pair, ts_ns);
	/* The client did not wait for the answer: its frames cannot be told apart. */
	else if (pair->exchange.request_body_bytes == 0 ||
		 websocket_gap(pair, WEBSOCKET_CLIENT, UINT64_MAX, SKIP_NONE, ts_ns))
		return;
	h2_finish(c, pair, ts_ns);
}

static enum websocket_end end_of(const struct http_conn *c, enum event_direction direction)
{
	return h2_is_request(c, direction) ? WEBSOCKET_CLIENT : WEBSOCKET_SERVER;
}

void h2_on_websocket(struct http_conn *c, const struct segment *segment, struct pair *pair, struct slice data)
{
	if (!websocket_feed(pair, end_of(c, segment->direction), data, segment->ts_ns))
		h2_finish(c, pair, segment->ts_ns);
}

void h2_on_websocket_gap(struct http_conn *c, const struct segment *gap, struct pair *pair, uint64_t bytes)
{
	if (!websocket_gap(pair, end_of(c, gap->direction), bytes, gap->gap_reason, gap->ts_ns))
		h2_finish(c, pair, gap->ts_ns);
}

void h2_end_websocket(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	websocket_finish(pair, ts_ns);
	h2_finish(c, pair, ts_ns);
}
