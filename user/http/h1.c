/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 (RFC 9112), watched from the side. Each direction is parsed on its
 * own; requests wait in a queue for their responses. A direction whose next
 * message cannot be understood yet (a response before its request, bytes
 * behind an offered upgrade) is held. Lost bytes are jumped over where the
 * framing says what they were; else the direction is LOST until a segment
 * begins with a head.
 */
#include "http/conn.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "http/head.h"
#include "http/sniff.h"

static bool is_request(const struct http_conn *c, enum event_direction direction)
{
	return (direction == DIRECTION_WRITE) == (c->role == ROLE_CLIENT);
}

static struct side *request_side(struct http_conn *c)
{
	return &c->sides[c->role == ROLE_CLIENT ? DIRECTION_WRITE : DIRECTION_READ];
}

static struct side *response_side(struct http_conn *c)
{
	return &c->sides[c->role == ROLE_CLIENT ? DIRECTION_READ : DIRECTION_WRITE];
}

/* When the first byte of a segment was exchanged: a write at its entry at the
 * earliest, a read when it returned. */
static uint64_t first_byte_ns(const struct segment *segment)
{
	return segment->direction == DIRECTION_WRITE ? segment->ts_enter_ns : segment->ts_ns;
}

/* ---- the queue ---- */

/* The exchange whose request is not yet complete. */
static struct pair *sending(const struct http_conn *c)
{
	return c->last && !c->last->request_done ? c->last : NULL;
}

/* The exchange whose response is next, or on its way. */
static struct pair *answering(const struct http_conn *c)
{
	struct pair *pair = c->first;

	while (pair && pair->response_done)
		pair = pair->next;
	return pair;
}

static void enqueue(struct http_conn *c, struct pair *pair)
{
	if (c->last)
		c->last->next = pair;
	else
		c->first = pair;
	c->last = pair;
	c->pairs++;
}

static void finish(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	struct pair *before = NULL;

	for (struct pair *p = c->first; p != pair; p = p->next)
		before = p;
	if (before)
		before->next = pair->next;
	else
		c->first = pair->next;
	if (c->last == pair)
		c->last = before;
	c->pairs--;
	if (pair->exchange.skip_bodies)
		c->turned_down = true;
	else
		c->wanted = true;
	pair_end(pair, ts_ns);
}

/* Ends the exchange if nothing more of it can come. */
static void settle(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (pair->response_done && (pair->request_done || request_side(c)->place == SIDE_LOST))
		finish(c, pair, ts_ns);
}

/* Ends all exchanges before `pair`; null: all. Where a response was lost on its
 * way, its exchange knows its outcome already. */
static void abandon(struct http_conn *c, const struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns)
{
	bool lost = response_side(c)->place == SIDE_LOST;

	while (c->first && c->first != pair) {
		if (!lost || !c->first->response_begun || c->first->outcome == OUTCOME_COMPLETE)
			pair_worsen(c->first, outcome);
		finish(c, c->first, ts_ns);
	}
}

/* No more of its response will come; its request may still be on the way. */
static void give_up_response(struct http_conn *c, struct pair *pair, enum exchange_outcome outcome, uint64_t ts_ns)
{
	pair_worsen(pair, outcome);
	pair->response_done = true;
	settle(c, pair, ts_ns);
}

/* ---- one direction ---- */

static void head_reset(struct http_conn *c, struct side *side)
{
	http_release(c->http, side->head.len);
	buffer_done(&side->head);
	side->scan = (struct h1_scan){ 0 };
	side->head_start_ns = 0;
}

static void lose(struct http_conn *c, struct side *side)
{
	head_reset(c, side);
	if (side->place != SIDE_LOST)
		side->in_chunked = side->place == SIDE_CHUNKED;
	side->guessed = false;
	side->place = SIDE_LOST;
	c->out_of_step = true;
}

static bool at_message_start(const struct side *side)
{
	return side->place == SIDE_HEAD && side->head_start_ns == 0;
}

/* Whether the direction has to wait for the other one. What follows an offered
 * upgrade or a CONNECT is HTTP only if the response declines. */
static bool blocked(const struct http_conn *c, enum event_direction direction)
{
	if (!at_message_start(&c->sides[direction]))
		return false;
	if (!is_request(c, direction))
		return !answering(c);
	return c->last && (c->last->method_connect || c->last->upgrade) && !c->last->response_begun;
}

static void hold(struct http_conn *c, const struct segment *segment, bool front)
{
	struct held_list *list = &c->held[segment->direction];

	if (held_add(list, c->http, segment, front) == 0)
		return;
	stats_add(STAT_HTTP_OVER_LIMIT, 1);
	held_drop(list, c->http);
	lose(c, &c->sides[segment->direction]);
}

static void to_tunnel(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (!pair->request_done)
		pair_worsen(pair, OUTCOME_ABORTED);
	pair_response_end(pair, ts_ns);
	finish(c, pair, ts_ns);
	abandon(c, NULL, OUTCOME_ABORTED, ts_ns);
	h1_done(c);
	c->mode = CONN_TUNNEL;
}

/* ---- messages ---- */

static void end_message(struct http_conn *c, enum event_direction direction, uint64_t ts_ns)
{
	struct pair *pair = is_request(c, direction) ? sending(c) : answering(c);

	c->sides[direction].place = SIDE_HEAD;
	if (is_request(c, direction))
		pair_request_end(pair, ts_ns);
	else
		pair_response_end(pair, ts_ns);
	settle(c, pair, ts_ns);
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
		end_message(c, direction, ts_ns);
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

static int on_request_head(struct http_conn *c, struct slice text, const struct segment *segment)
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
	if (response_side(c)->place == SIDE_LOST)
		abandon(c, NULL, OUTCOME_GAP, segment->ts_ns);
	if (c->pairs >= http->limits.pipelined_max) {
		abandon(c, NULL, OUTCOME_UNDECODABLE, segment->ts_ns);
		lose(c, response_side(c));
		return -E2BIG;
	}
	pair = pair_new(http, c->conn);
	if (!pair)
		return -ENOMEM;
	pair->exchange.stream_id = ++c->requests;
	pair->exchange.protocol = protocol;
	pair->exchange.role = c->role;
	pair->exchange.request_start_ns = c->sides[segment->direction].head_start_ns;
	enqueue(c, pair);
	pair_request_head(pair, &head, segment->ts_ns);
	begin_body(c, segment->direction, place, length, segment->ts_ns);
	return 0;
}

static int on_response_head(struct http_conn *c, struct slice text, const struct segment *segment)
{
	struct pair *pair = answering(c);
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
	pair_response_head(pair, &head, segment->ts_ns);
	if (head.status == 101 || (pair->method_connect && head.status / 100 == 2))
		to_tunnel(c, pair, segment->ts_ns);
	else
		begin_body(c, segment->direction, place, length, segment->ts_ns);
	return 0;
}

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
		side->head_start_ns = first_byte_ns(segment) ? first_byte_ns(segment) : 1;
	err = end ? gather_head(c, side, data, &text) : head_append(c, side, data);
	if (err < 0)
		return err;
	if (!end)
		return (ssize_t)data.len;
	if (is_request(c, segment->direction))
		err = on_request_head(c, text, segment);
	else
		err = on_response_head(c, text, segment);
	if (err < 0)
		return err;
	head_reset(c, side);
	return (ssize_t)data.len;
}

static void on_body(struct http_conn *c, const struct segment *segment, struct slice data)
{
	if (is_request(c, segment->direction))
		pair_request_body(sending(c), data, segment->ts_ns);
	else
		pair_response_body(answering(c), data, segment->ts_ns);
}

static ssize_t length_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct side *side = &c->sides[segment->direction];

	if (rest.len > side->remaining)
		rest.len = side->remaining;
	side->remaining -= rest.len;
	on_body(c, segment, rest);
	if (side->remaining == 0)
		end_message(c, segment->direction, segment->ts_ns);
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
		end_message(c, segment->direction, segment->ts_ns);
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
	default:
		return (ssize_t)rest.len;
	}
}

/* ---- damage and loss ---- */

static void count_damage(int err)
{
	stats_add(err == -EBADMSG ? STAT_HTTP_MALFORMED : STAT_HTTP_OVER_LIMIT, 1);
}

static void damage_request(struct http_conn *c, struct side *side, int err, uint64_t ts_ns)
{
	struct pair *pair = side->place == SIDE_HEAD ? NULL : sending(c);

	if (side->place == SIDE_HEAD && err == -EBADMSG && c->requests == 0 && !c->late) {
		stats_add(STAT_CONNECTIONS_NOT_HTTP, 1);
		h1_done(c);
		c->mode = CONN_OTHER;
		return;
	}
	count_damage(err);
	lose(c, side);
	side->in_chunked = false;
	if (!pair)
		return;
	pair_worsen(pair, OUTCOME_UNDECODABLE);
	settle(c, pair, ts_ns);
}

static void damage_response(struct http_conn *c, struct side *side, int err, uint64_t ts_ns)
{
	struct pair *pair = answering(c);

	count_damage(err);
	lose(c, side);
	side->in_chunked = false;
	give_up_response(c, pair, OUTCOME_UNDECODABLE, ts_ns);
}

static void damage(struct http_conn *c, const struct segment *segment, int err)
{
	struct side *side = &c->sides[segment->direction];

	/* Behind a gap, what passed for a chunk was none: go on looking. */
	if (side->place == SIDE_CHUNKED && side->guessed)
		lose(c, side);
	else if (is_request(c, segment->direction))
		damage_request(c, side, err, segment->ts_ns);
	else
		damage_response(c, side, err, segment->ts_ns);
}

static void body_gap_on(struct http_conn *c, const struct segment *gap, uint64_t bytes)
{
	if (is_request(c, gap->direction))
		pair_request_gap(sending(c), bytes, gap->gap_reason, gap->ts_ns);
	else
		pair_response_gap(answering(c), bytes, gap->gap_reason, gap->ts_ns);
}

static void length_gap(struct http_conn *c, struct side *side, const struct segment *gap)
{
	uint64_t inside = gap->gap_bytes < side->remaining ? gap->gap_bytes : side->remaining;

	body_gap_on(c, gap, inside);
	side->remaining -= inside;
	if (side->remaining == 0)
		end_message(c, gap->direction, gap->ts_ns);
	if (inside < gap->gap_bytes)
		lose(c, side);
}

/* Before a head a gap may have swallowed what nobody waits for (the bytes of
 * ignored exchanges): it is held against no exchange unless its head is cut. */
static void head_gap(struct http_conn *c, struct side *side, const struct segment *gap)
{
	if (!at_message_start(side) && !is_request(c, gap->direction))
		pair_worsen(answering(c), OUTCOME_GAP);
	lose(c, side);
}

static void on_gap(struct http_conn *c, const struct segment *gap)
{
	struct side *side = &c->sides[gap->direction];

	switch (side->place) {
	case SIDE_HEAD:
		head_gap(c, side, gap);
		break;
	case SIDE_LENGTH:
		length_gap(c, side, gap);
		break;
	case SIDE_CHUNKED:
		body_gap_on(c, gap, gap->gap_bytes);
		if (!chunked_skip(&side->chunked, gap->gap_bytes))
			lose(c, side);
		break;
	case SIDE_UNTIL_CLOSE:
		body_gap_on(c, gap, gap->gap_bytes);
		break;
	case SIDE_LOST:
		break;
	}
}

/* ---- picking up again ---- */

void h1_begin_late(struct http_conn *c, enum event_direction direction)
{
	struct side *side = &c->sides[direction];

	side->place = SIDE_HEAD;
	side->in_chunked = false;
	if (c->out_of_step)
		stats_add(STAT_HTTP_RESYNCS, 1);
	c->out_of_step = false;
}

static bool pick_up_request(struct http_conn *c, const struct segment *segment)
{
	struct pair *pair = sending(c);

	if (pair) {
		pair->request_done = true;
		settle(c, pair, segment->ts_ns);
	}
	h1_begin_late(c, segment->direction);
	return true;
}

/* Behind lost bytes it is the time that tells which request this answers: the
 * newest that was there before it. */
static bool pick_up_response(struct http_conn *c, const struct segment *segment)
{
	struct pair *newest = NULL, *pair;

	for (pair = c->first; pair; pair = pair->next)
		if (!pair->response_begun && pair->exchange.request_start_ns <= first_byte_ns(segment))
			newest = pair;
	if (newest)
		abandon(c, newest, OUTCOME_GAP, segment->ts_ns);
	for (pair = answering(c); !newest && pair && pair->response_begun; pair = answering(c))
		give_up_response(c, pair, OUTCOME_GAP, segment->ts_ns);
	/* It answers a request that was missed, and is missed too. */
	if (!newest && pair)
		return false;
	h1_begin_late(c, segment->direction);
	return true;
}

static bool pick_up_chunk(struct http_conn *c, const struct segment *segment)
{
	struct side *side = &c->sides[segment->direction];

	side->place = SIDE_CHUNKED;
	side->chunked = (struct chunked){ 0 };
	if (segment->data[0] == '\r' || segment->data[0] == '\n')
		side->chunked.place = CHUNKED_DATA_END;
	side->guessed = true;
	if (c->out_of_step)
		stats_add(STAT_HTTP_RESYNCS, 1);
	c->out_of_step = false;
	return true;
}

/* The chunked body that was lost is still that of an exchange in flight. */
static bool lost_in_chunked(const struct http_conn *c, enum event_direction direction)
{
	const struct pair *pair = is_request(c, direction) ? sending(c) : answering(c);

	return c->sides[direction].in_chunked && pair && (is_request(c, direction) || pair->response_begun);
}

static bool pick_up(struct http_conn *c, const struct segment *segment)
{
	enum sniff kind = sniff(segment->data, segment->len);

	if (kind == SNIFF_REQUEST && is_request(c, segment->direction))
		return pick_up_request(c, segment);
	if (kind == SNIFF_RESPONSE && !is_request(c, segment->direction))
		return pick_up_response(c, segment);
	if (lost_in_chunked(c, segment->direction) && chunked_plausible((const char *)segment->data, segment->len))
		return pick_up_chunk(c, segment);
	c->strange++;
	return false;
}

/* A client that waits for 100 (Continue) leaves its body out when the answer
 * is another one (RFC 9110 section 10.1.1), and may go on with a new request. */
static void check_body_left_out(struct http_conn *c, const struct segment *segment)
{
	struct pair *pair = sending(c);

	if (!pair || !pair->expects_continue || !pair->response_begun || pair->exchange.request_body_bytes > 0)
		return;
	if (sniff(segment->data, segment->len) == SNIFF_REQUEST)
		end_message(c, segment->direction, segment->ts_ns);
}

/* ---- segments ---- */

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

	if (side->place == SIDE_LOST && !pick_up(c, segment))
		return;
	if (is_request(c, segment->direction))
		check_body_left_out(c, segment);
	while (c->mode == CONN_H1) {
		ssize_t n;

		if (at_message_start(side))
			rest = skip_blank(rest);
		if (rest.len == 0)
			return;
		if (blocked(c, segment->direction)) {
			hold_rest(c, segment, rest);
			return;
		}
		n = step(c, segment, rest);
		if (n < 0) {
			damage(c, segment, (int)n);
			return;
		}
		rest.ptr += n;
		rest.len -= (size_t)n;
	}
}

static void take(struct http_conn *c, const struct segment *segment)
{
	if (segment->kind == SEGMENT_GAP)
		on_gap(c, segment);
	else
		take_data(c, segment);
}

/* Held responses that were over before the request began are not its own. */
static void drop_earlier(struct http_conn *c, enum event_direction direction)
{
	struct held_list *list = &c->held[direction];
	const struct pair *pair = answering(c);

	if (!pair || !at_message_start(&c->sides[direction]))
		return;
	while (list->first && first_byte_ns(&list->first->segment) < pair->exchange.request_start_ns) {
		free(held_take(list, c->http));
		if (c->sides[direction].place != SIDE_LOST)
			lose(c, &c->sides[direction]);
	}
}

static bool pump_direction(struct http_conn *c, enum event_direction direction)
{
	auto_free struct held *held = NULL;

	if (c->mode != CONN_H1 || !c->held[direction].first || blocked(c, direction))
		return false;
	if (!is_request(c, direction))
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
		end_message(c, response, segment->ts_ns);
	abandon(c, NULL, OUTCOME_ABORTED, segment->ts_ns);
}

void h1_done(struct http_conn *c)
{
	for (size_t i = 0; i < DIRECTION_MAX; i++) {
		head_reset(c, &c->sides[i]);
		held_drop(&c->held[i], c->http);
	}
}
