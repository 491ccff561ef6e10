/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 (RFC 9112), watched from the side. Each direction is parsed on its
 * own; requests wait in a queue for their responses. A direction whose next
 * message cannot be understood yet (a response before its request, bytes
 * behind an offered upgrade) is held.
 */
#include "http/h1.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "http/sniff.h"

/* ---- steps: each takes some bytes and returns how many, or an error ---- */

static int head_append(struct http_conn *c, struct side *side, struct slice data)
{
	int err;

	if (!http_reserve(c->http, data.len))
		return -E2BIG;
	err = buffer_append(&side->head, data.ptr, data.len);
	if (err < 0)
		http_release(c->http, data.len);
	return err;
}

/* The whole head: in the segment if it lies there in one piece, else gathered. */
static int gather_head(struct http_conn *c, struct side *side, struct slice data, struct slice *ret_text)
{
	int err;

	if (side->head.len == 0 && !side->scan.folded) {
		*ret_text = data;
		return 0;
	}
	err = head_append(c, side, data);
	if (err < 0)
		return err;
	if (side->scan.folded)
		h1_unfold(side->head.data, side->head.len);
	*ret_text = buffer_slice(&side->head);
	return 0;
}

static ssize_t head_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct side *side = &c->sides[segment->direction];
	size_t end = h1_scan(&side->scan, rest.ptr, rest.len);
	struct slice data = { rest.ptr, end ? end : rest.len }, text;
	int err;

	if (side->head.len + data.len > c->http->limits.head_bytes)
		return -E2BIG;
	if (side->head_start_ns == 0)
		side->head_start_ns = segment_first_byte_ns(segment) ? segment_first_byte_ns(segment) : 1;
	err = end ? gather_head(c, side, data, &text) : head_append(c, side, data);
	if (err < 0)
		return err;
	if (!end)
		return (ssize_t)data.len;
	if (h1_is_request(c, segment->direction))
		err = h1_on_request_head(c, text, segment);
	else
		err = h1_on_response_head(c, text, segment);
	if (err < 0)
		return err;
	h1_head_reset(c, side);
	return (ssize_t)data.len;
}

static void on_body(struct http_conn *c, const struct segment *segment, struct slice data)
{
	if (h1_is_request(c, segment->direction))
		pair_request_body(h1_sending(c), data, segment->ts_ns);
	else
		pair_response_body(h1_answering(c), data, segment->ts_ns);
}

static ssize_t length_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct side *side = &c->sides[segment->direction];

	if (rest.len > side->remaining)
		rest.len = side->remaining;
	side->remaining -= rest.len;
	on_body(c, segment, rest);
	if (side->remaining == 0)
		h1_end_message(c, segment->direction, segment->ts_ns);
	return (ssize_t)rest.len;
}

static ssize_t chunked_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct side *side = &c->sides[segment->direction];
	struct slice body;
	ssize_t n = chunked_next(&side->chunked, rest.ptr, rest.len, &body);

	if (n < 0)
		return n;
	if (body.len > 0)
		on_body(c, segment, body);
	if (side->chunked.place == CHUNKED_DONE)
		h1_end_message(c, segment->direction, segment->ts_ns);
	return n;
}

static ssize_t step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	switch (c->sides[segment->direction].place) {
	case SIDE_HEAD:
		return head_step(c, segment, rest);
	case SIDE_LENGTH:
		return length_step(c, segment, rest);
	case SIDE_CHUNKED:
		return chunked_step(c, segment, rest);
	case SIDE_UNTIL_CLOSE:
		on_body(c, segment, rest);
		return (ssize_t)rest.len;
	case SIDE_WEBSOCKET:
		h1_on_websocket(c, segment, rest);
		return (ssize_t)rest.len;
	default:
		return (ssize_t)rest.len;
	}
}

/* ---- segments ---- */

/* Whether the direction has to wait for the other one. What follows an offered
 * upgrade or a CONNECT is HTTP only if the response declines. */
static bool blocked(const struct http_conn *c, enum event_direction direction)
{
	if (!h1_at_message_start(&c->sides[direction]))
		return false;
	if (!h1_is_request(c, direction))
		return !h1_answering(c);
	return c->last && (c->last->method_connect || c->last->upgrade) && !c->last->response_begun;
}

static void hold(struct http_conn *c, const struct segment *segment, bool front)
{
	struct held_list *list = &c->held[segment->direction];

	if (held_add(list, c->http, segment, front) == 0)
		return;
	stats_add(STAT_HTTP_OVER_LIMIT, 1);
	held_drop(list, c->http);
	h1_lose(c, &c->sides[segment->direction]);
}

/* A client that waits for 100 (Continue) leaves its body out when the answer
 * is another one (RFC 9110 section 10.1.1), and may go on with a new request. */
static void check_body_left_out(struct http_conn *c, const struct segment *segment)
{
	struct pair *pair = h1_sending(c);

	if (!pair || !pair->expects_continue || !pair->response_begun || pair->exchange.request_body_bytes > 0)
		return;
	if (sniff(segment->data, segment->len) == SNIFF_REQUEST)
		h1_end_message(c, segment->direction, segment->ts_ns);
}

static struct slice skip_blank(struct slice data)
{
	while (data.len > 0 && (data.ptr[0] == '\r' || data.ptr[0] == '\n')) {
		data.ptr++;
		data.len--;
	}
	return data;
}

static void hold_rest(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct segment copy = *segment;

	copy.data = (const uint8_t *)rest.ptr;
	copy.len = rest.len;
	hold(c, &copy, true);
}

static void take_data(struct http_conn *c, const struct segment *segment)
{
	const struct side *side = &c->sides[segment->direction];
	struct slice rest = { (const char *)segment->data, segment->len };

	if (side->place == SIDE_LOST && !h1_pick_up(c, segment))
		return;
	if (h1_is_request(c, segment->direction))
		check_body_left_out(c, segment);
	while (c->mode == CONN_H1) {
		ssize_t n;

		if (h1_at_message_start(side))
			rest = skip_blank(rest);
		if (rest.len == 0)
			return;
		if (blocked(c, segment->direction)) {
			hold_rest(c, segment, rest);
			return;
		}
		n = step(c, segment, rest);
		if (n < 0) {
			h1_damage(c, segment, (int)n);
			return;
		}
		rest.ptr += n;
		rest.len -= (size_t)n;
	}
}

static void take(struct http_conn *c, const struct segment *segment)
{
	if (segment->kind == SEGMENT_GAP)
		h1_on_gap(c, segment);
	else
		take_data(c, segment);
}

/* Held responses that were over before the request began are not its own. */
static void drop_earlier(struct http_conn *c, enum event_direction direction)
{
	struct held_list *list = &c->held[direction];
	const struct pair *pair = h1_answering(c);

	if (!pair || !h1_at_message_start(&c->sides[direction]))
		return;
	while (list->first && segment_first_byte_ns(&list->first->segment) < pair->exchange.request_start_ns) {
		free(held_take(list, c->http));
		if (c->sides[direction].place != SIDE_LOST)
			h1_lose(c, &c->sides[direction]);
	}
}

static bool pump_direction(struct http_conn *c, enum event_direction direction)
{
	auto_free struct held *held = NULL;

	if (c->mode != CONN_H1 || !c->held[direction].first || blocked(c, direction))
		return false;
	if (!h1_is_request(c, direction))
		drop_earlier(c, direction);
	held = held_take(&c->held[direction], c->http);
	if (held)
		take(c, &held->segment);
	return true;
}

void h1_pump(struct http_conn *c)
{
	bool moved;

	do {
		moved = pump_direction(c, DIRECTION_WRITE);
		moved |= pump_direction(c, DIRECTION_READ);
	} while (moved);
}

void h1_on_segment(struct http_conn *c, const struct segment *segment)
{
	if (c->held[segment->direction].first)
		hold(c, segment, false);
	else
		take(c, segment);
	h1_pump(c);
}

void h1_close(struct http_conn *c, const struct segment *segment)
{
	enum event_direction response = c->role == ROLE_CLIENT ? DIRECTION_READ : DIRECTION_WRITE;

	/* Of a process that ends in the middle nobody can say that it had all. */
	if (c->sides[response].place == SIDE_UNTIL_CLOSE && segment->close_reason == CLOSE_FREED)
		h1_end_message(c, response, segment->ts_ns);
	if (c->sides[response].place == SIDE_WEBSOCKET)
		h1_end_websocket(c, segment->ts_ns);
	h1_abandon(c, NULL, OUTCOME_ABORTED, segment->ts_ns);
}

void h1_done(struct http_conn *c)
{
	for (size_t i = 0; i < DIRECTION_MAX; i++) {
		h1_head_reset(c, &c->sides[i]);
		held_drop(&c->held[i], c->http);
	}
}
