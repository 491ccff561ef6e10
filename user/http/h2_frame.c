/* SPDX-License-Identifier: Apache-2.0 */
/* What each frame type allows, as a table. */
#include "http/h2_frame.h"

enum stream_rule {
	STREAM_ANY = 0,
	STREAM_NONE,	/* of the connection: stream 0 */
	STREAM_SOME,
};

static const struct frame_rule {
	enum stream_rule stream;
	uint8_t flags;		/* the defined ones */
	uint8_t length_min;
	bool length_exact;
} rules[H2_FRAME_TYPE_MAX] = {
	[H2_DATA] = { STREAM_SOME, H2_FLAG_END_STREAM | H2_FLAG_PADDED, 0, false },
	[H2_HEADERS] = { STREAM_SOME, H2_FLAG_END_STREAM | H2_FLAG_END_HEADERS | H2_FLAG_PADDED | H2_FLAG_PRIORITY, 0,
			 false },
	[H2_PRIORITY] = { STREAM_SOME, 0, 5, true },
	[H2_RST_STREAM] = { STREAM_SOME, 0, 4, true },
	[H2_SETTINGS] = { STREAM_NONE, H2_FLAG_ACK, 0, false },
	[H2_PUSH_PROMISE] = { STREAM_SOME, H2_FLAG_END_HEADERS | H2_FLAG_PADDED, 4, false },
	[H2_PING] = { STREAM_NONE, H2_FLAG_ACK, 8, true },
	[H2_GOAWAY] = { STREAM_NONE, 0, 8, false },
	[H2_WINDOW_UPDATE] = { STREAM_ANY, 0, 4, true },
	[H2_CONTINUATION] = { STREAM_SOME, H2_FLAG_END_HEADERS, 0, false },
};

uint32_t h2_uint32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void h2_frame_parse(const uint8_t bytes[H2_FRAME_HEADER], struct h2_frame *ret)
{
	ret->length = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
	ret->type = bytes[3];
	ret->flags = bytes[4];
	ret->stream = h2_uint32(bytes + 5);
}

static bool length_allowed(const struct frame_rule *rule, const struct h2_frame *frame)
{
	if (frame->type == H2_SETTINGS && (frame->length % 6 != 0 || (frame->flags & H2_FLAG_ACK && frame->length)))
		return false;
	return rule->length_exact ? frame->length == rule->length_min : frame->length >= rule->length_min;
}

bool h2_frame_allowed(const struct h2_frame *frame)
{
	const struct frame_rule *rule = &rules[frame->type < H2_FRAME_TYPE_MAX ? frame->type : 0];

	if (frame->type >= H2_FRAME_TYPE_MAX)
		return true;
	if (frame->stream >> 31 || (rule->stream == STREAM_NONE && frame->stream != 0) ||
	    (rule->stream == STREAM_SOME && frame->stream == 0))
		return false;
	return length_allowed(rule, frame) && frame->length >= h2_frame_prefix(frame);
}

bool h2_frame_plausible(const struct h2_frame *frame, uint32_t length_max)
{
	if (frame->type >= H2_FRAME_TYPE_MAX || frame->length > length_max || !h2_frame_allowed(frame) ||
	    frame->flags & ~rules[frame->type].flags)
		return false;
	/* An empty DATA frame is only sent to end a stream. */
	return frame->type != H2_DATA || frame->length > 0 || frame->flags & H2_FLAG_END_STREAM;
}

size_t h2_frame_prefix(const struct h2_frame *frame)
{
	size_t padded = frame->flags & H2_FLAG_PADDED ? 1 : 0;

	switch (frame->type) {
	case H2_DATA:
		return padded;
	case H2_HEADERS:
		return padded + (frame->flags & H2_FLAG_PRIORITY ? 5 : 0);
	case H2_PUSH_PROMISE:
		return padded + 4;
	case H2_RST_STREAM:
		return 4;
	case H2_GOAWAY:
		return 8;
	default:
		return 0;
	}
}
