/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of HTTP/2 share: h2.c takes segments apart into frames,
 * h2_block.c gathers header blocks, h2_message.c begins and ends messages,
 * h2_websocket.c knows streams that became WebSockets, h2_streams.c keeps the
 * exchanges in flight, and h2_loss.c deals with damage and missing bytes.
 */
#ifndef PROMTAP_HTTP_H2_H
#define PROMTAP_HTTP_H2_H

#include "http/conn.h"
#include "http/h2_frame.h"
#include "http/hpack.h"

#define H2_STREAM_BUCKETS 32

enum h2_place {
	H2_AT_HEADER = 0,	/* in a frame header, or before one */
	H2_AT_PREFIX,		/* header complete, in what h2_frame_prefix() wants */
	H2_AT_CONTENT,		/* in the rest of the payload, padding last */
	H2_AT_PREFACE,		/* in what a client says first */
	H2_LOST,		/* out of step: looking for frame headers */
};

/* A header block: HEADERS or PUSH_PROMISE, with CONTINUATION. */
struct h2_block {
	bool open;
	bool promise;
	bool end_stream;
	enum exchange_outcome damage;	/* GAP: bytes of it are missing; UNDECODABLE: malformed, or over a limit */
	uint32_t stream;
	uint64_t start_ns;	/* of its first frame */
	struct buffer text;	/* owned: what came in earlier pieces */
};

/* One direction. */
struct h2_side {
	enum h2_place place;
	uint8_t unsure;		/* frame headers to see yet until it is sure that the direction is in step */
	uint8_t bytes[H2_FRAME_HEADER];	/* of the header, then of the prefix */
	uint8_t byte_count;
	uint8_t padding;	/* at the end of the payload */
	struct h2_frame frame;
	uint32_t left;		/* of the payload behind the prefix; of the preface */
	uint64_t start_ns;	/* of the frame's first byte */
	struct h2_block block;
	struct hpack hpack;
};

struct h2 {
	bool role_known;	/* else a header block has to tell */
	bool lost;		/* some direction was out of step */
	bool known_peer;	/* see exchange.known_peer */
	uint32_t last_request;	/* highest stream whose request was seen */
	uint32_t missed_after, missed_before;	/* between the two, exclusive, requests may have been missed; before is UINT32_MAX until the next one */
	uint32_t turned_down;	/* exchanges that downstream did not want */
	uint64_t unwanted_bytes;	/* of bodies */
	size_t streams;
	struct pair *by_id[H2_STREAM_BUCKETS];	/* owned; chained by next */
	struct h2_side sides[DIRECTION_MAX];
};

static inline bool h2_is_request(const struct http_conn *c, enum event_direction direction)
{
	return c->h2->role_known && (direction == DIRECTION_WRITE) == (c->role == ROLE_CLIENT);
}

static inline bool h2_is_response(const struct http_conn *c, enum event_direction direction)
{
	return c->h2->role_known && (direction == DIRECTION_WRITE) != (c->role == ROLE_CLIENT);
}

static inline struct h2_side *h2_request_side(struct http_conn *c)
{
	return &c->h2->sides[c->role == ROLE_CLIENT ? DIRECTION_WRITE : DIRECTION_READ];
}

/* Streams of a client are odd (RFC 9113 section 5.1.1); promised ones are of no interest. */
static inline bool h2_is_clients(uint32_t stream)
{
	return stream & 1;
}

/* ---- h2.c ---- */

/* Goes on as far as the bytes reach; -EBADMSG: they are no frames. */
int h2_read(struct http_conn *c, const struct segment *segment, struct slice data);

/* ---- h2_block.c ---- */

/* A frame that begins a block, or continues one, whose prefix is known. */
int h2_block_begin(struct http_conn *c, enum event_direction direction);
void h2_block_piece(struct http_conn *c, const struct segment *segment, struct slice data);
void h2_block_gap(struct http_conn *c, enum event_direction direction);
void h2_block_end_frame(struct http_conn *c, const struct segment *segment);
void h2_block_reset(struct http_conn *c, struct h2_side *side);

/* ---- h2_message.c ---- */

/* The side's header block is complete; `headers` null: it is damaged. */
void h2_on_block(struct http_conn *c, const struct segment *segment, const struct hpack_block *headers);
void h2_on_data(struct http_conn *c, const struct segment *segment, uint32_t stream, struct slice data);
void h2_on_data_gap(struct http_conn *c, const struct segment *gap, uint32_t stream, uint64_t bytes);
void h2_on_end_stream(struct http_conn *c, enum event_direction direction, uint32_t stream, uint64_t ts_ns);
void h2_on_reset(struct http_conn *c, enum event_direction direction, uint32_t stream, uint32_t code, uint64_t ts_ns);
void h2_on_goaway(struct http_conn *c, enum event_direction direction, uint32_t last_stream, uint64_t ts_ns);

/* ---- h2_websocket.c ---- */

/* The head accepts it. The pair may be over when these return. */
void h2_become_websocket(struct http_conn *c, struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void h2_on_websocket(struct http_conn *c, const struct segment *segment, struct pair *pair, struct slice data);
void h2_on_websocket_gap(struct http_conn *c, const struct segment *gap, struct pair *pair, uint64_t bytes);
/* The stream beneath ends. */
void h2_end_websocket(struct http_conn *c, struct pair *pair, uint64_t ts_ns);

/* ---- h2_streams.c ---- */

struct pair *h2_find(const struct h2 *h2, uint32_t stream);
/* Null: over streams_max, or no memory; counted. */
struct pair *h2_open(struct http_conn *c, uint32_t stream, uint64_t ts_ns);
/* Takes the exchange out of the table and ends it. */
void h2_finish(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* Ends it if nothing more of it can come. */
void h2_settle(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* Ends it before its time. */
void h2_break_off(struct http_conn *c, struct pair *pair, uint64_t ts_ns);
/* Ends all whose stream is above `last_stream`. */
void h2_abandon(struct http_conn *c, uint32_t last_stream, uint64_t ts_ns);
/* Whether some exchange in flight is wanted downstream. */
bool h2_wanted_now(const struct h2 *h2);
/* Bytes of all messages of that direction may be missing here. */
void h2_spoil(struct http_conn *c, const struct segment *at, enum exchange_outcome outcome);

/* ---- h2_loss.c ---- */

/* The direction is out of step from this segment on. */
void h2_lose(struct http_conn *c, const struct segment *at, enum exchange_outcome outcome);
void h2_damage(struct http_conn *c, const struct segment *segment);
void h2_on_gap(struct http_conn *c, const struct segment *gap);
/* Whether the segment can be read, and from where: a direction that is LOST has to be picked up. */
bool h2_pick_up(struct http_conn *c, const struct segment *segment, struct slice *ret_rest);
/* The request of a stream was seen, or may have been missed. */
void h2_saw_request(struct h2 *h2, uint32_t stream);
/* Requests up to this stream are not waited for. */
void h2_skip_to(struct h2 *h2, uint32_t stream);
bool h2_may_be_missed(const struct h2 *h2, uint32_t stream);

#endif
