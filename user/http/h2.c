/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 (RFC 9113), watched from the side: the frames of both directions. An
 * observer is no endpoint. It keeps no windows and applies no settings; it has
 * to keep in step with the frames and with the header tables, and what the
 * endpoints accept is not for it to refuse.
 */
#include "http/h2.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/stats.h"

#define STREAM_BITS 0x7fffffffu

/* A connection whose exchanges so far were all turned down goes on being
 * watched up to here: bytes that are skipped cost the header tables, and with
 * them the exactness of calls that may yet come. */
#define TURNED_DOWN_MAX 32
#define UNWANTED_BYTES_MAX (4u * 1024 * 1024)

/* ---- steps: each takes some bytes and returns how many, or an error ---- */

static size_t gather(struct h2_side *side, struct slice rest, size_t want)
{
	size_t n = want - side->byte_count;

	if (n > rest.len)
		n = rest.len;
	if (n > 0)
		memcpy(side->bytes + side->byte_count, rest.ptr, n);
	side->byte_count += (uint8_t)n;
	return n;
}

static ssize_t preface_step(struct h2_side *side, struct slice rest)
{
	const char *expected = &H2_PREFACE[H2_PREFACE_BYTES - side->left];
	size_t n = rest.len < side->left ? rest.len : side->left;

	if (memcmp(rest.ptr, expected, n) != 0)
		return -EBADMSG;
	side->left -= (uint32_t)n;
	if (side->left == 0)
		side->place = H2_AT_HEADER;
	return (ssize_t)n;
}

static bool is_acceptable(const struct h2_side *side)
{
	return side->unsure ? h2_frame_plausible(&side->frame, H2_FRAME_BYTES_MIN) : h2_frame_allowed(&side->frame);
}

static ssize_t header_step(struct h2_side *side, const struct segment *segment, struct slice rest)
{
	size_t n;

	if (side->byte_count == 0)
		side->start_ns = segment_first_byte_ns(segment) ? segment_first_byte_ns(segment) : 1;
	n = gather(side, rest, H2_FRAME_HEADER);
	if (side->byte_count < H2_FRAME_HEADER)
		return (ssize_t)n;
	h2_frame_parse(side->bytes, &side->frame);
	/* Receivers ignore the reserved bit. */
	side->frame.stream &= STREAM_BITS;
	if (!is_acceptable(side))
		return -EBADMSG;
	if (side->unsure > 0)
		side->unsure--;
	side->byte_count = 0;
	side->place = H2_AT_PREFIX;
	return (ssize_t)n;
}

static bool is_padded(const struct h2_frame *frame)
{
	return frame->flags & H2_FLAG_PADDED &&
	       (frame->type == H2_DATA || frame->type == H2_HEADERS || frame->type == H2_PUSH_PROMISE);
}

static int begin_content(struct http_conn *c, const struct segment *segment)
{
	struct h2_side *side = &c->h2->sides[segment->direction];
	struct h2_frame *frame = &side->frame;

	side->left = frame->length - (uint32_t)h2_frame_prefix(frame);
	side->padding = is_padded(frame) ? side->bytes[0] : 0;
	side->place = H2_AT_CONTENT;
	if (side->padding > side->left)
		return -EBADMSG;
	if (side->block.open || frame->type == H2_HEADERS || frame->type == H2_PUSH_PROMISE)
		return h2_block_begin(c, segment->direction);
	if (frame->type == H2_RST_STREAM)
		h2_on_reset(c, segment->direction, frame->stream, h2_uint32(side->bytes), segment->ts_ns);
	else if (frame->type == H2_GOAWAY)
		h2_on_goaway(c, segment->direction, h2_uint32(side->bytes) & STREAM_BITS, segment->ts_ns);
	return 0;
}

static ssize_t prefix_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct h2_side *side = &c->h2->sides[segment->direction];
	size_t want = h2_frame_prefix(&side->frame), n = gather(side, rest, want);
	int err = side->byte_count == want ? begin_content(c, segment) : 0;

	return err < 0 ? err : (ssize_t)n;
}

static void end_frame(struct http_conn *c, const struct segment *segment)
{
	struct h2_side *side = &c->h2->sides[segment->direction];

	side->place = H2_AT_HEADER;
	side->byte_count = 0;
	if (side->block.open)
		h2_block_end_frame(c, segment);
	else if (side->frame.type == H2_DATA && side->frame.flags & H2_FLAG_END_STREAM)
		h2_on_end_stream(c, segment->direction, side->frame.stream, segment->ts_ns);
}

/* What belongs to the message of `bytes` more of the payload. */
static size_t without_padding(const struct h2_side *side, size_t bytes)
{
	size_t content = side->left > side->padding ? side->left - side->padding : 0;

	return bytes < content ? bytes : content;
}

static ssize_t content_step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct h2_side *side = &c->h2->sides[segment->direction];
	size_t n = rest.len < side->left ? rest.len : side->left;

	rest.len = without_padding(side, n);
	if (rest.len > 0 && side->block.open)
		h2_block_piece(c, segment, rest);
	else if (rest.len > 0 && side->frame.type == H2_DATA)
		h2_on_data(c, segment, side->frame.stream, rest);
	side->left -= (uint32_t)n;
	if (side->left == 0)
		end_frame(c, segment);
	return (ssize_t)n;
}

static ssize_t step(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct h2_side *side = &c->h2->sides[segment->direction];

	switch (side->place) {
	case H2_AT_PREFACE:
		return preface_step(side, rest);
	case H2_AT_HEADER:
		return header_step(side, segment, rest);
	case H2_AT_PREFIX:
		return prefix_step(c, segment, rest);
	case H2_AT_CONTENT:
		return content_step(c, segment, rest);
	default:
		return (ssize_t)rest.len;
	}
}

/* Frames may end without a further byte. */
static bool can_go_on(const struct h2_side *side, size_t bytes)
{
	if (side->place == H2_AT_PREFIX)
		return bytes > 0 || side->byte_count == h2_frame_prefix(&side->frame);
	return bytes > 0 || (side->place == H2_AT_CONTENT && side->left == 0);
}

/* ---- segments ---- */

/* Calls of the two directions may be seen in either order: a response whose
 * request has not been seen, and cannot have been missed, waits for it. */
static bool blocked(struct http_conn *c, enum event_direction direction)
{
	const struct h2_side *side = &c->h2->sides[direction];
	const struct h2_frame *frame = &side->frame;

	if (side->place != H2_AT_PREFIX || side->unsure > 0 || !h2_is_response(c, direction))
		return false;
	if (frame->type != H2_DATA && frame->type != H2_HEADERS && frame->type != H2_RST_STREAM)
		return false;
	return h2_is_clients(frame->stream) && frame->stream > c->h2->last_request &&
	       !h2_may_be_missed(c->h2, frame->stream) && h2_request_side(c)->place != H2_LOST;
}

static void hold(struct http_conn *c, const struct segment *segment, bool front)
{
	struct held_list *list = &c->held[segment->direction];

	if (held_add(list, c->http, segment, front) == 0)
		return;
	stats_add(STAT_HTTP_OVER_LIMIT, 1);
	held_drop(list, c->http);
	/* What it waits for is not worth waiting for again. */
	h2_skip_to(c->h2, c->h2->sides[segment->direction].frame.stream);
	h2_lose(c, segment, OUTCOME_UNDECODABLE);
}

static void hold_rest(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	struct segment copy = *segment;

	copy.kind = SEGMENT_DATA;
	copy.data = (const uint8_t *)rest.ptr;
	copy.len = rest.len;
	hold(c, &copy, true);
}

int h2_read(struct http_conn *c, const struct segment *segment, struct slice rest)
{
	const struct h2_side *side = &c->h2->sides[segment->direction];

	while (can_go_on(side, rest.len)) {
		ssize_t n;

		if (blocked(c, segment->direction)) {
			hold_rest(c, segment, rest);
			return 0;
		}
		n = step(c, segment, rest);
		if (n < 0)
			return (int)n;
		rest.ptr += n;
		rest.len -= (size_t)n;
	}
	return 0;
}

static void take(struct http_conn *c, const struct segment *segment)
{
	struct slice rest = { (const char *)segment->data, segment->len };

	if (segment->kind == SEGMENT_GAP) {
		h2_on_gap(c, segment);
		return;
	}
	if (!h2_pick_up(c, segment, &rest))
		return;
	if (h2_read(c, segment, rest) < 0)
		h2_damage(c, segment);
}

static bool pump_direction(struct http_conn *c, enum event_direction direction)
{
	auto_free struct held *held = NULL;

	if (c->mode != CONN_H2 || !c->held[direction].first || blocked(c, direction))
		return false;
	held = held_take(&c->held[direction], c->http);
	take(c, &held->segment);
	return true;
}

/* Where both directions may go on, in the order of what happened. */
static enum event_direction older(const struct http_conn *c)
{
	const struct held *write = c->held[DIRECTION_WRITE].first, *read = c->held[DIRECTION_READ].first;

	if (!write || !read)
		return write ? DIRECTION_WRITE : DIRECTION_READ;
	return segment_first_byte_ns(&write->segment) <= segment_first_byte_ns(&read->segment) ? DIRECTION_WRITE :
												   DIRECTION_READ;
}

static void pump(struct http_conn *c)
{
	enum event_direction first;

	do
		first = older(c);
	while (pump_direction(c, first) ||
	       pump_direction(c, first == DIRECTION_WRITE ? DIRECTION_READ : DIRECTION_WRITE));
}

void h2_on_segment(struct http_conn *c, const struct segment *segment)
{
	if (c->held[segment->direction].first)
		hold(c, segment, false);
	else
		take(c, segment);
	pump(c);
}

/* ---- lifecycle ---- */

static int open_h2(struct http_conn *c)
{
	c->h2 = calloc(1, sizeof(*c->h2));
	if (!c->h2)
		return -ENOMEM;
	c->mode = CONN_H2;
	for (size_t i = 0; i < DIRECTION_MAX; i++) {
		hpack_init(&c->h2->sides[i].hpack, c->http);
		c->h2->sides[i].block.text.limit = c->http->limits.head_bytes;
	}
	return 0;
}

int h2_begin(struct http_conn *c, enum exchange_role role)
{
	struct h2_side *requests;
	int err = open_h2(c);

	if (err < 0)
		return err;
	c->role = role;
	c->h2->role_known = true;
	requests = h2_request_side(c);
	requests->place = H2_AT_PREFACE;
	requests->left = H2_PREFACE_BYTES;
	pump(c);
	return 0;
}

int h2_begin_late(struct http_conn *c)
{
	int err = open_h2(c);

	if (err < 0)
		return err;
	c->h2->missed_before = UINT32_MAX;
	c->out_of_step = true;
	for (size_t i = 0; i < DIRECTION_MAX; i++) {
		c->h2->sides[i].place = H2_LOST;
		hpack_lose(&c->h2->sides[i].hpack);
	}
	pump(c);
	return 0;
}

void h2_close(struct http_conn *c, const struct segment *segment)
{
	h2_abandon(c, 0, segment->ts_ns);
}

void h2_done(struct http_conn *c)
{
	if (!c->h2)
		return;
	for (size_t i = 0; i < DIRECTION_MAX; i++) {
		h2_block_reset(c, &c->h2->sides[i]);
		hpack_done(&c->h2->sides[i].hpack);
		held_drop(&c->held[i], c->http);
	}
	free(c->h2);
	c->h2 = NULL;
}

bool h2_worth_watching(const struct http_conn *c)
{
	const struct h2 *h2 = c->h2;

	return c->wanted || h2->known_peer || h2_wanted_now(h2) ||
	       (h2->turned_down < TURNED_DOWN_MAX && h2->unwanted_bytes < UNWANTED_BYTES_MAX);
}
