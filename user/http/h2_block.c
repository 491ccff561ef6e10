/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header blocks of HTTP/2: read where they lie if they came in one piece, else
 * gathered first. Every block has to go through its direction's table, also
 * those of promised and of ignored streams (RFC 9113 section 4.3).
 */
#include "http/h2.h"

#include <errno.h>

#include "base/stats.h"

void h2_block_reset(struct http_conn *c, struct h2_side *side)
{
	http_release(c->http, side->block.text.len);
	buffer_done(&side->block.text);
	side->block = (struct h2_block){ .text.limit = c->http->limits.head_bytes };
}

int h2_block_begin(struct http_conn *c, enum event_direction direction)
{
	struct h2_side *side = &c->h2->sides[direction];
	const struct h2_frame *frame = &side->frame;

	if (side->block.open)
		return frame->type == H2_CONTINUATION && frame->stream == side->block.stream ? 0 : -EBADMSG;
	side->block.open = true;
	side->block.promise = frame->type == H2_PUSH_PROMISE;
	side->block.end_stream = frame->type == H2_HEADERS && frame->flags & H2_FLAG_END_STREAM;
	side->block.stream = frame->stream;
	side->block.start_ns = side->start_ns;
	return 0;
}

static bool append(struct http_conn *c, struct h2_block *block, struct slice data)
{
	if (!http_reserve(c->http, data.len))
		return false;
	if (buffer_append(&block->text, data.ptr, data.len) == 0)
		return true;
	http_release(c->http, data.len);
	return false;
}

static void end_block(struct http_conn *c, const struct segment *segment, struct slice text)
{
	struct h2_side *side = &c->h2->sides[segment->direction];
	struct hpack_block headers;
	int err = 0;

	if (side->block.damage)
		hpack_lose(&side->hpack);
	else
		err = hpack_read(&side->hpack, text, &headers);
	if (err < 0) {
		stats_add(err == -EBADMSG ? STAT_HTTP_MALFORMED : STAT_HTTP_OVER_LIMIT, 1);
		side->block.damage = OUTCOME_UNDECODABLE;
	}
	h2_on_block(c, segment, side->block.damage ? NULL : &headers);
	h2_block_reset(c, side);
}

static bool is_whole(const struct h2_side *side, struct slice data)
{
	return side->frame.flags & H2_FLAG_END_HEADERS && side->block.text.len == 0 &&
	       data.len + side->padding == side->left;
}

void h2_block_piece(struct http_conn *c, const struct segment *segment, struct slice data)
{
	struct h2_side *side = &c->h2->sides[segment->direction];

	if (side->block.damage)
		return;
	if (is_whole(side, data)) {
		end_block(c, segment, data);
		return;
	}
	if (!append(c, &side->block, data)) {
		stats_add(STAT_HTTP_OVER_LIMIT, 1);
		side->block.damage = OUTCOME_UNDECODABLE;
	}
}

void h2_block_gap(struct http_conn *c, enum event_direction direction)
{
	c->h2->sides[direction].block.damage = OUTCOME_GAP;
}

void h2_block_end_frame(struct http_conn *c, const struct segment *segment)
{
	struct h2_side *side = &c->h2->sides[segment->direction];

	if (side->frame.flags & H2_FLAG_END_HEADERS)
		end_block(c, segment, side->block.text.len > 0 ? buffer_slice(&side->block.text) : SLICE(""));
}
