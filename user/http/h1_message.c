/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of HTTP/1 messages become exchanges and framings (RFC 9112 section 6),
 * ends of messages become events.
 */
#include "http/h1.h"

#include <errno.h>

#include "http/head.h"

void h1_end_message(struct http_conn *c, enum event_direction direction, uint64_t ts_ns)
{
	struct pair *pair = h1_is_request(c, direction) ? h1_sending(c) : h1_answering(c);

	c->sides[direction].place = SIDE_HEAD;
	if (h1_is_request(c, direction))
		pair_request_end(pair, ts_ns);
	else
		pair_response_end(pair, ts_ns);
	h1_settle(c, pair, ts_ns);
}

static void to_tunnel(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (!pair->request_done)
		pair_worsen(pair, OUTCOME_ABORTED);
	pair_response_end(pair, ts_ns);
	h1_leave(c, pair, ts_ns);
}

static void begin_body(struct http_conn *c, enum event_direction direction, enum side_place place, uint64_t length,
		       uint64_t ts_ns)
{
	struct side *side = &c->sides[direction];

	side->place = place;
	side->remaining = length;
	side->chunked = (struct chunked){ 0 };
	side->guessed = false;
	if (place == SIDE_LENGTH && length == 0)
		h1_end_message(c, direction, ts_ns);
}

/* RFC 9112 section 6.3. A transfer coding that does not end in `chunked` has
 * no end that a request could have. Returns whether there is one. */
static bool transfer_coded(const struct http_head *head, bool *ret_chunked)
{
	struct head_list list = { 0 };
	struct slice member;
	bool found = false;

	while (head_list_next(head, SLICE("transfer-encoding"), &list, &member)) {
		*ret_chunked = slice_caseeq(member, SLICE("chunked"));
		found = true;
	}
	return found;
}

static int request_framing(const struct http_head *head, enum side_place *ret_place, uint64_t *ret_length)
{
	bool chunked;

	*ret_place = SIDE_LENGTH;
	*ret_length = 0;
	if (transfer_coded(head, &chunked)) {
		*ret_place = SIDE_CHUNKED;
		return chunked ? 0 : -EBADMSG;
	}
	return head_content_length(head, ret_length) < 0 ? -EBADMSG : 0;
}

static int response_framing(const struct http_head *head, const struct pair *pair, enum side_place *ret_place,
			    uint64_t *ret_length)
{
	bool chunked;
	int found;

	*ret_place = SIDE_LENGTH;
	*ret_length = 0;
	if (pair->method_head || head->status == 204 || head->status == 304)
		return 0;
	if (transfer_coded(head, &chunked)) {
		*ret_place = chunked ? SIDE_CHUNKED : SIDE_UNTIL_CLOSE;
		return 0;
	}
	found = head_content_length(head, ret_length);
	if (found == 0)
		*ret_place = SIDE_UNTIL_CLOSE;
	return found < 0 ? found : 0;
}

int h1_on_request_head(struct http_conn *c, struct slice text, const struct segment *segment)
{
	struct http *http = c->http;
	enum http_protocol protocol;
	enum side_place place;
	struct http_head head;
	struct pair *pair;
	uint64_t length;
	int err;

	err = h1_parse_request(text, http->headers, http->limits.headers_max, &head, &protocol);
	if (err < 0)
		return err;
	err = request_framing(&head, &place, &length);
	if (err < 0)
		return err;
	/* Behind lost bytes a new request says that older responses are over. */
	if (h1_response_side(c)->place == SIDE_LOST)
		h1_abandon(c, NULL, OUTCOME_GAP, segment->ts_ns);
	if (c->pairs >= http->limits.pipelined_max) {
		h1_abandon(c, NULL, OUTCOME_UNDECODABLE, segment->ts_ns);
		h1_lose(c, h1_response_side(c));
		return -E2BIG;
	}
	pair = pair_new(http, c->conn);
	if (!pair)
		return -ENOMEM;
	pair->exchange.stream_id = ++c->requests;
	pair->exchange.protocol = protocol;
	pair->exchange.role = c->role;
	pair->exchange.request_start_ns = c->sides[segment->direction].head_start_ns;
	h1_enqueue(c, pair);
	pair_request_head(pair, &head, segment->ts_ns);
	begin_body(c, segment->direction, place, length, segment->ts_ns);
	return 0;
}

int h1_on_response_head(struct http_conn *c, struct slice text, const struct segment *segment)
{
	struct pair *pair = h1_answering(c);
	struct http *http = c->http;
	enum http_protocol protocol;
	enum side_place place;
	struct http_head head;
	uint64_t length;
	int err;

	err = h1_parse_response(text, http->headers, http->limits.headers_max, &head, &protocol);
	if (err < 0)
		return err;
	err = response_framing(&head, pair, &place, &length);
	if (err < 0)
		return err;
	if (head.status < 200 && head.status != 101)
		return 0;
	pair->exchange.response_start_ns = c->sides[segment->direction].head_start_ns;
	if (pair == c->last && pair->request_done && websocket_switches(&head))
		return h1_become_websocket(c, pair, &head, segment->ts_ns);
	pair_response_head(pair, &head, segment->ts_ns);
	if (head.status == 101 || (pair->method_connect && head.status / 100 == 2))
		to_tunnel(c, pair, segment->ts_ns);
	else
		begin_body(c, segment->direction, place, length, segment->ts_ns);
	return 0;
}
