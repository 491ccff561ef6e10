/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damage and missing bytes of an HTTP/2 connection. A gap within one frame's
 * payload costs that frame; a longer one costs the step: the header table, and
 * the certainty of all messages under way. The direction is then LOST until
 * frame headers are found that follow one another.
 */
#include "http/h2.h"

#include "base/stats.h"

/* So many in a row are no chance: less than 2^-40 in random bytes. */
#define CHAIN_MIN 2
/* Far ahead of what was seen no stream begins; bodies look like that by chance.
 * Where nothing was seen, few connections are older than that. */
#define STREAMS_AHEAD 4096
#define STREAMS_USUAL (1u << 20)

/* ---- what may have been missed ---- */

void h2_saw_request(struct h2 *h2, uint32_t stream)
{
	if (stream <= h2->last_request)
		return;
	h2->last_request = stream;
	if (h2->missed_before == UINT32_MAX)
		h2->missed_before = stream;
}

void h2_skip_to(struct h2 *h2, uint32_t stream)
{
	if (stream > h2->last_request)
		h2->last_request = stream;
}

bool h2_may_be_missed(const struct h2 *h2, uint32_t stream)
{
	return stream > h2->missed_after && stream < h2->missed_before;
}

static void may_miss_requests(struct h2 *h2)
{
	if (h2->missed_before != UINT32_MAX)
		h2->missed_after = h2->last_request;
	h2->missed_before = UINT32_MAX;
}

/* ---- losing step ---- */

void h2_lose(struct http_conn *c, const struct segment *at, enum exchange_outcome outcome)
{
	struct h2_side *side = &c->h2->sides[at->direction];

	h2_block_reset(c, side);
	hpack_lose(&side->hpack);
	side->place = H2_LOST;
	side->byte_count = 0;
	c->out_of_step = true;
	c->h2->lost = true;
	if (!h2_is_response(c, at->direction))
		may_miss_requests(c->h2);
	h2_spoil(c, at, outcome);
}

static bool at_connection_start(const struct h2_side *side)
{
	return side->place == H2_AT_PREFACE;
}

void h2_damage(struct http_conn *c, const struct segment *segment)
{
	struct h2_side *side = &c->h2->sides[segment->direction];

	if (at_connection_start(side)) {
		stats_add(STAT_CONNECTIONS_NOT_HTTP, 1);
		h2_close(c, segment);
		h2_done(c);
		c->mode = CONN_OTHER;
		return;
	}
	/* What passed for a frame header was none: go on looking. */
	if (side->unsure > 0) {
		h2_lose(c, segment, OUTCOME_GAP);
		return;
	}
	stats_add(STAT_HTTP_MALFORMED, 1);
	h2_lose(c, segment, OUTCOME_UNDECODABLE);
}

static uint64_t content_gap(struct http_conn *c, const struct segment *gap)
{
	struct h2_side *side = &c->h2->sides[gap->direction];
	uint64_t inside = gap->gap_bytes < side->left ? gap->gap_bytes : side->left;
	uint64_t content = side->left > side->padding ? side->left - side->padding : 0;

	if (content > inside)
		content = inside;
	if (content > 0 && side->block.open)
		h2_block_gap(c, gap->direction);
	else if (content > 0 && side->frame.type == H2_DATA)
		h2_on_data_gap(c, gap, side->frame.stream, content);
	side->left -= (uint32_t)inside;
	return inside;
}

void h2_on_gap(struct http_conn *c, const struct segment *gap)
{
	const struct h2_side *side = &c->h2->sides[gap->direction];
	uint64_t inside = 0;

	if (side->place == H2_LOST)
		return;
	if (side->place == H2_AT_CONTENT)
		inside = content_gap(c, gap);
	/* Ends the frame if that was all of it. */
	if (inside > 0)
		(void)h2_read(c, gap, SLICE(""));
	if (inside < gap->gap_bytes)
		h2_lose(c, gap, OUTCOME_GAP);
}

/* ---- picking up again ---- */

/* Highest stream that a frame header of that direction may name. */
static uint32_t stream_max(const struct http_conn *c, enum event_direction direction)
{
	const struct h2 *h2 = c->h2;

	if (h2->last_request == 0)
		return UINT32_MAX;
	if (h2_is_response(c, direction) && h2->missed_before != UINT32_MAX)
		return h2->last_request;
	return h2->last_request + STREAMS_AHEAD;
}

/* Length of the chain of frame headers that begins here; an end where the
 * segment ends counts as one more. 0: something else stands in it. */
static size_t chain(struct slice data, uint32_t stream_limit)
{
	size_t count = 0;

	while (data.len >= H2_FRAME_HEADER && count < CHAIN_MIN) {
		struct h2_frame frame;
		size_t n;

		h2_frame_parse((const uint8_t *)data.ptr, &frame);
		if (frame.stream > stream_limit || !h2_frame_plausible(&frame, H2_FRAME_BYTES_MIN))
			return 0;
		n = H2_FRAME_HEADER + frame.length;
		count++;
		if (n == data.len)
			return count + 1;
		if (n > data.len)
			return count;
		data.ptr += n;
		data.len -= n;
	}
	return count;
}

/* Writers send whole frames: where a segment begins, so does a frame more often
 * than not, which may be a long one. */
static bool is_beginning(struct slice data, uint32_t stream_limit, bool at_start)
{
	uint32_t usual = stream_limit < STREAMS_USUAL ? stream_limit : STREAMS_USUAL;

	return chain(data, stream_limit) >= CHAIN_MIN || (at_start && chain(data, usual) > 0);
}

static void go_on(struct http_conn *c, struct h2_side *side)
{
	side->place = H2_AT_HEADER;
	side->byte_count = 0;
	side->unsure = CHAIN_MIN;
	if (c->out_of_step)
		stats_add(STAT_HTTP_RESYNCS, 1);
	c->out_of_step = false;
}

/* Of this direction nothing was missed after all. */
static void begin_at_preface(struct http_conn *c, enum event_direction direction)
{
	struct h2_side *side = &c->h2->sides[direction];

	go_on(c, side);
	side->unsure = 0;
	hpack_done(&side->hpack);
	side->hpack.unknown = false;
	c->role = direction == DIRECTION_WRITE ? ROLE_CLIENT : ROLE_SERVER;
	c->h2->role_known = true;
}

/* Within what was taken for a frame, other frames begin that are no chance. */
static bool guessed_wrong(const struct h2_side *side, struct slice data, uint32_t stream_limit)
{
	return side->unsure > 0 && side->place == H2_AT_CONTENT && chain(data, stream_limit) >= CHAIN_MIN;
}

bool h2_pick_up(struct http_conn *c, const struct segment *segment, struct slice *rest)
{
	struct h2_side *side = &c->h2->sides[segment->direction];
	uint32_t stream_limit = stream_max(c, segment->direction);
	struct slice data = *rest;

	if (guessed_wrong(side, data, stream_limit))
		h2_lose(c, segment, OUTCOME_GAP);
	if (side->place != H2_LOST)
		return true;
	if (slice_starts(data, SLICE(H2_PREFACE)) && !h2_is_response(c, segment->direction)) {
		begin_at_preface(c, segment->direction);
		rest->ptr += H2_PREFACE_BYTES;
		rest->len -= H2_PREFACE_BYTES;
		return true;
	}
	/* Lengths of plausible frames begin with a zero byte. */
	for (const char *at = data.ptr; at; at = data.len ? memchr(data.ptr, 0, data.len) : NULL) {
		data.len -= (size_t)(at - data.ptr);
		data.ptr = at;
		if (is_beginning(data, stream_limit, at == rest->ptr)) {
			go_on(c, side);
			*rest = data;
			return true;
		}
		data.ptr++;
		data.len--;
	}
	return false;
}
