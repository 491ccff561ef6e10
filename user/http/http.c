/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments of all connections in; each connection's protocol is told by its
 * first bytes, then its segments go to that protocol's parser. A connection
 * whose start was missed is tested at the beginning of each segment.
 */
#include "http/http.h"

#include <assert.h>
#include <stdlib.h>

#include "base/stats.h"
#include "http/conn.h"
#include "http/sniff.h"

/* A connection joined in the middle that shows nothing known for so long is
 * not worth capturing; it is still tested. */
#define STRANGE_MAX 64

/* One plausible frame header may be chance: so many segments that begin with
 * one make it HTTP/2, unless others come in between. */
#define H2_FRAMES_MIN 2
#define H2_STRANGE_MAX 16

const struct http_limits http_limits_default = {
	.head_bytes = 256 * 1024,
	.headers_max = 512,
	.held_bytes = 256 * 1024,
	.buffered_bytes = 128 * 1024 * 1024,
	.pipelined_max = 64,
	.streams_max = 512,
	.coding_ratio_max = 256,
	.coding_free_bytes = 8 * 1024 * 1024,
	.message_name_bytes = 64,
};

struct http *http_new(const struct http_limits *limits, exchange_fn fn, void *ctx)
{
	struct http *http = calloc(1, sizeof(*http) + limits->headers_max * sizeof(http->headers[0]));

	if (!http)
		return NULL;
	http->limits = *limits;
	http->fn = fn;
	http->ctx = ctx;
	http->text.limit = limits->head_bytes;
	return http;
}

void http_free(struct http *http)
{
	/* Every connection was closed: stream_free() comes first. */
	assert(!http || http->buffered == 0);
	if (http)
		buffer_done(&http->text);
	free(http);
}

static void open_conn(struct http *http, struct conn *conn)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	conn->user = c;
	if (!c)
		return;
	c->http = http;
	c->conn = conn;
	c->late = conn->late;
	for (size_t i = 0; i < DIRECTION_MAX; i++)
		c->sides[i].head.limit = http->limits.head_bytes;
}

static void close_conn(struct http_conn *c, const struct segment *segment)
{
	if (c->mode == CONN_H1)
		h1_close(c, segment);
	if (c->mode == CONN_H2)
		h2_close(c, segment);
	h1_done(c);
	h2_done(c);
	c->conn->user = NULL;
	free(c);
}

static void give_up(struct http_conn *c, enum conn_mode mode, enum stat_id stat)
{
	if (!c->counted_other)
		stats_add(stat, 1);
	c->counted_other = true;
	c->mode = mode;
	h1_done(c);
}

/* The direction that carries requests makes the role. */
static void begin_h1(struct http_conn *c, enum event_direction direction, enum sniff kind)
{
	bool wrote_request = (direction == DIRECTION_WRITE) == (kind == SNIFF_REQUEST);

	c->mode = CONN_H1;
	c->role = wrote_request ? ROLE_CLIENT : ROLE_SERVER;
}

/* A server may speak before the client has said its preface. */
static void begin_h2(struct http_conn *c, enum event_direction direction, enum sniff kind)
{
	bool wrote_requests = (direction == DIRECTION_WRITE) == (kind == SNIFF_H2_PREFACE);

	if (h2_begin(c, wrote_requests ? ROLE_CLIENT : ROLE_SERVER) < 0)
		give_up(c, CONN_OTHER, STAT_HTTP_OVER_LIMIT);
}

static void become_late(struct http_conn *c)
{
	c->late = true;
	h1_done(c);
}

static void sniff_first_bytes(struct http_conn *c, const struct segment *segment)
{
	struct held_list *list = &c->held[segment->direction];
	uint8_t first[SNIFF_BYTES];
	enum sniff kind;

	if (held_add(list, c->http, segment, false) < 0) {
		become_late(c);
		return;
	}
	kind = sniff(first, held_peek(list, first, sizeof(first)));
	switch (kind) {
	case SNIFF_MORE:
		break;
	case SNIFF_REQUEST:
	case SNIFF_RESPONSE:
		begin_h1(c, segment->direction, kind);
		h1_pump(c);
		break;
	case SNIFF_H2_PREFACE:
	case SNIFF_H2_SETTINGS:
		begin_h2(c, segment->direction, kind);
		break;
	default:
		give_up(c, CONN_OTHER, STAT_CONNECTIONS_NOT_HTTP);
		break;
	}
}

static void begin_h1_late(struct http_conn *c, const struct segment *segment, enum sniff kind)
{
	h1_done(c);
	begin_h1(c, segment->direction, kind);
	for (size_t i = 0; i < DIRECTION_MAX; i++)
		c->sides[i].place = SIDE_LOST;
	c->out_of_step = true;
	h1_begin_late(c, segment->direction);
	h1_on_segment(c, segment);
}

static void begin_h2_late(struct http_conn *c)
{
	if (h2_begin_late(c) < 0)
		give_up(c, CONN_OTHER, STAT_HTTP_OVER_LIMIT);
}

/* Until it is clear, nothing may be missing behind the first frame header. */
static void hold_for_h2(struct http_conn *c, const struct segment *segment)
{
	if (c->h2_frames == 0 || held_add(&c->held[segment->direction], c->http, segment, false) == 0)
		return;
	h1_done(c);
	c->h2_frames = 0;
}

static void count_strange(struct http_conn *c)
{
	c->strange++;
	if (c->h2_frames > 0 && c->strange % H2_STRANGE_MAX == 0) {
		h1_done(c);
		c->h2_frames = 0;
	}
	if (c->strange < STRANGE_MAX || c->counted_other)
		return;
	c->counted_other = true;
	stats_add(STAT_CONNECTIONS_NOT_HTTP, 1);
}

static void sniff_segment(struct http_conn *c, const struct segment *segment)
{
	enum sniff kind = sniff(segment->data, segment->len);

	switch (kind) {
	case SNIFF_REQUEST:
	case SNIFF_RESPONSE:
		begin_h1_late(c, segment, kind);
		break;
	case SNIFF_H2_PREFACE:
		c->h2_frames = H2_FRAMES_MIN;
		hold_for_h2(c, segment);
		begin_h2_late(c);
		break;
	case SNIFF_H2_SETTINGS:
	case SNIFF_H2_FRAME:
		c->h2_frames++;
		hold_for_h2(c, segment);
		if (c->h2_frames >= H2_FRAMES_MIN)
			begin_h2_late(c);
		break;
	default:
		hold_for_h2(c, segment);
		count_strange(c);
		break;
	}
}

static void sniff_conn(struct http_conn *c, const struct segment *segment)
{
	if (segment->kind == SEGMENT_GAP)
		become_late(c);
	else if (c->late)
		sniff_segment(c, segment);
	else
		sniff_first_bytes(c, segment);
}

static void on_bytes(struct http_conn *c, const struct segment *segment)
{
	if (segment->kind == SEGMENT_DATA && segment->len == 0)
		return;
	switch (c->mode) {
	case CONN_SNIFF:
		sniff_conn(c, segment);
		break;
	case CONN_H1:
		h1_on_segment(c, segment);
		break;
	case CONN_H2:
		h2_on_segment(c, segment);
		break;
	default:
		break;
	}
}

void http_on_segment(void *ctx, const struct segment *segment)
{
	struct http_conn *c = segment->conn->user;

	switch (segment->kind) {
	case SEGMENT_OPEN:
		open_conn(ctx, segment->conn);
		break;
	case SEGMENT_CLOSE:
		if (c)
			close_conn(c, segment);
		break;
	default:
		if (c)
			on_bytes(c, segment);
		break;
	}
}

static bool wanted_now(const struct http_conn *c)
{
	/* Nothing follows a WebSocket, whatever came before it. */
	if (c->first && c->first->websocket)
		return !c->first->exchange.skip_bodies;
	for (const struct pair *pair = c->first; pair; pair = pair->next)
		if (!pair->exchange.skip_bodies)
			return true;
	return c->wanted;
}

enum http_interest http_conn_interest(const struct conn *conn)
{
	const struct http_conn *c = conn->user;

	if (!c)
		return HTTP_INTEREST_UNDECIDED;
	if (c->mode == CONN_H2)
		return h2_worth_watching(c) ? HTTP_INTEREST_CAPTURE : HTTP_INTEREST_NONE;
	if (c->mode != CONN_SNIFF && c->mode != CONN_H1)
		return HTTP_INTEREST_NONE;
	if (wanted_now(c))
		return HTTP_INTEREST_CAPTURE;
	if (c->first || c->turned_down || c->strange >= STRANGE_MAX)
		return HTTP_INTEREST_NONE;
	return HTTP_INTEREST_UNDECIDED;
}
