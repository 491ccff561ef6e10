/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage and missing bytes of an HTTP/1 connection. Bytes are jumped over
 * where the framing says what they were; else the direction is LOST until a
 * segment begins with a head, or with a chunk where a chunked body was lost.
 */
#include "http/h1.h"

#include <errno.h>

#include "base/stats.h"
#include "http/sniff.h"

void h1_head_reset(struct http_conn *c, struct side *side)
{
	http_release(c->http, side->head.len);
	buffer_done(&side->head);
	side->scan = (struct h1_scan){ 0 };
	side->head_start_ns = 0;
}

void h1_lose(struct http_conn *c, struct side *side)
{
	h1_head_reset(c, side);
	if (side->place != SIDE_LOST)
		side->in_chunked = side->place == SIDE_CHUNKED;
	side->guessed = false;
	side->place = SIDE_LOST;
	c->out_of_step = true;
}

/* ---- damage and gaps ---- */

static void count_damage(int err)
{
	stats_add(err == -EBADMSG ? STAT_HTTP_MALFORMED : STAT_HTTP_OVER_LIMIT, 1);
}

static void damage_request(struct http_conn *c, struct side *side, int err, uint64_t ts_ns)
{
	struct pair *pair = side->place == SIDE_HEAD ? NULL : h1_sending(c);

	if (side->place == SIDE_HEAD && err == -EBADMSG && c->requests == 0 && !c->late) {
		stats_add(STAT_CONNECTIONS_NOT_HTTP, 1);
		h1_done(c);
		c->mode = CONN_OTHER;
		return;
	}
	count_damage(err);
	h1_lose(c, side);
	side->in_chunked = false;
	if (!pair)
		return;
	pair_worsen(pair, OUTCOME_UNDECODABLE);
	h1_settle(c, pair, ts_ns);
}

static void damage_response(struct http_conn *c, struct side *side, int err, uint64_t ts_ns)
{
	struct pair *pair = h1_answering(c);

	count_damage(err);
	h1_lose(c, side);
	side->in_chunked = false;
	h1_give_up_response(c, pair, OUTCOME_UNDECODABLE, ts_ns);
}

void h1_damage(struct http_conn *c, const struct segment *segment, int err)
{
	struct side *side = &c->sides[segment->direction];

	/* Behind a gap, what passed for a chunk was none: go on looking. */
	if (side->place == SIDE_CHUNKED && side->guessed)
		h1_lose(c, side);
	else if (h1_is_request(c, segment->direction))
		damage_request(c, side, err, segment->ts_ns);
	else
		damage_response(c, side, err, segment->ts_ns);
}

static void body_gap_on(struct http_conn *c, const struct segment *gap, uint64_t bytes)
{
	if (h1_is_request(c, gap->direction))
		pair_request_gap(h1_sending(c), bytes, gap->gap_reason, gap->ts_ns);
	else
		pair_response_gap(h1_answering(c), bytes, gap->gap_reason, gap->ts_ns);
}

static void length_gap(struct http_conn *c, struct side *side, const struct segment *gap)
{
	uint64_t inside = gap->gap_bytes < side->remaining ? gap->gap_bytes : side->remaining;

	body_gap_on(c, gap, inside);
	side->remaining -= inside;
	if (side->remaining == 0)
		h1_end_message(c, gap->direction, gap->ts_ns);
	if (inside < gap->gap_bytes)
		h1_lose(c, side);
}

/* Before a head a gap may have swallowed what nobody waits for (the bytes of
 * ignored exchanges): it is held against no exchange unless its head is cut. */
static void head_gap(struct http_conn *c, struct side *side, const struct segment *gap)
{
	if (!h1_at_message_start(side) && !h1_is_request(c, gap->direction))
		pair_worsen(h1_answering(c), OUTCOME_GAP);
	h1_lose(c, side);
}

void h1_on_gap(struct http_conn *c, const struct segment *gap)
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
			h1_lose(c, side);
		break;
	case SIDE_UNTIL_CLOSE:
		body_gap_on(c, gap, gap->gap_bytes);
		break;
	case SIDE_WEBSOCKET:
		h1_on_websocket_gap(c, gap);
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
	struct pair *pair = h1_sending(c);

	if (pair) {
		pair->request_done = true;
		h1_settle(c, pair, segment->ts_ns);
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
		if (!pair->response_begun && pair->exchange.request_start_ns <= segment_first_byte_ns(segment))
			newest = pair;
	if (newest)
		h1_abandon(c, newest, OUTCOME_GAP, segment->ts_ns);
	for (pair = h1_answering(c); !newest && pair && pair->response_begun; pair = h1_answering(c))
		h1_give_up_response(c, pair, OUTCOME_GAP, segment->ts_ns);
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
	const struct pair *pair = h1_is_request(c, direction) ? h1_sending(c) : h1_answering(c);

	return c->sides[direction].in_chunked && pair && (h1_is_request(c, direction) || pair->response_begun);
}

bool h1_pick_up(struct http_conn *c, const struct segment *segment)
{
	enum sniff kind = sniff(segment->data, segment->len);

	if (kind == SNIFF_REQUEST && h1_is_request(c, segment->direction))
		return pick_up_request(c, segment);
	if (kind == SNIFF_RESPONSE && !h1_is_request(c, segment->direction))
		return pick_up_response(c, segment);
	if (lost_in_chunked(c, segment->direction) && chunked_plausible((const char *)segment->data, segment->len))
		return pick_up_chunk(c, segment);
	c->strange++;
	return false;
}
