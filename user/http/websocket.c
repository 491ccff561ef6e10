/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames to messages. Missing bytes cost one message where a frame's length
 * covers them; else the direction is given up, for nothing in it says where a
 * frame begins, and the other one goes on.
 */
#include "http/websocket.h"

#include <errno.h>
#include <stdlib.h>

#include "base/stats.h"
#include "http/head.h"
#include "http/pair.h"
#include "http/websocket_deflate.h"
#include "http/websocket_frame.h"

#define UNMASKED_BYTES 4096	/* taken off the mask at a time */

struct direction {
	struct websocket_frame frame;
	struct websocket_inflate *inflate;	/* owned; null: no message was compressed so far */
	enum exchange_outcome cut;	/* of the message: what its missing bytes make of it */
	bool no_takeover;		/* the window is empty at each message's beginning */
	bool window_lost;		/* compressed messages cannot be read any more */
	bool in_message, compressed;
	bool over;			/* its close frame came, or it was lost for good */
};

struct websocket {
	struct direction directions[WEBSOCKET_END_MAX];
	bool deflate;			/* agreed on */
	bool close_seen;
};

/* What the steps and the inflater's sink need. */
struct delivery {
	struct pair *pair;
	struct direction *direction;
	enum websocket_end from;
	uint64_t ts_ns;
};

static struct delivery delivery(struct pair *pair, enum websocket_end from, uint64_t ts_ns)
{
	return (struct delivery){ pair, &pair->websocket->directions[from], from, ts_ns };
}

bool websocket_switches(const struct http_head *response)
{
	return response->status == 101 && head_list_has(response, SLICE("upgrade"), SLICE("websocket"));
}

int websocket_begin(struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	struct websocket_deflate deflate = websocket_deflate_read(head);
	struct websocket *websocket = calloc(1, sizeof(*websocket));

	if (!websocket)
		return -ENOMEM;
	websocket->deflate = deflate.agreed;
	websocket->directions[WEBSOCKET_CLIENT].no_takeover = deflate.client_no_takeover;
	websocket->directions[WEBSOCKET_SERVER].no_takeover = deflate.server_no_takeover;
	pair->websocket = websocket;
	pair->exchange.protocol = HTTP_WEBSOCKET;
	if (!pair->request_done)
		pair_request_end(pair, ts_ns);
	pair_response_head(pair, head, ts_ns);
	return 0;
}

static void drop_inflate(struct pair *pair, struct direction *direction)
{
	if (direction->inflate)
		http_release(pair->http, WEBSOCKET_INFLATE_BYTES);
	websocket_inflate_free(direction->inflate);
	direction->inflate = NULL;
}

void websocket_done(struct pair *pair)
{
	if (!pair->websocket)
		return;
	for (size_t i = 0; i < WEBSOCKET_END_MAX; i++)
		drop_inflate(pair, &pair->websocket->directions[i]);
	free(pair->websocket);
	pair->websocket = NULL;
}

/* ---- messages ---- */

static void say_piece(void *ctx, struct slice data)
{
	const struct delivery *d = ctx;

	if (d->pair->exchange.skip_bodies)
		return;
	pair_emit(d->pair, (struct exchange_event){
				   .kind = d->from == WEBSOCKET_CLIENT ? EXCHANGE_CLIENT_PIECE : EXCHANGE_MESSAGE_PIECE,
				   .ts_ns = d->ts_ns,
				   .data = data,
			   });
}

static void say_end(const struct delivery *d, bool lost)
{
	if (d->pair->exchange.skip_bodies)
		return;
	pair_emit(d->pair, (struct exchange_event){
				   .kind = d->from == WEBSOCKET_CLIENT ? EXCHANGE_CLIENT_END : EXCHANGE_MESSAGE_END,
				   .ts_ns = d->ts_ns,
				   .outcome = d->direction->cut,
				   .is_error = lost,
			   });
}

static void cut_message(struct direction *direction, enum exchange_outcome outcome)
{
	if (direction->cut == OUTCOME_COMPLETE)
		direction->cut = outcome;
	if (direction->compressed && !direction->no_takeover)
		direction->window_lost = true;
}

static int begin_inflate(struct pair *pair, struct direction *direction)
{
	struct coding_limits limits = {
		.ratio_max = pair->http->limits.coding_ratio_max,
		.free_bytes = pair->http->limits.coding_free_bytes,
	};

	if (direction->inflate) {
		if (direction->no_takeover)
			websocket_inflate_reset(direction->inflate);
		return 0;
	}
	if (!http_reserve(pair->http, WEBSOCKET_INFLATE_BYTES))
		return -ENOMEM;
	direction->inflate = websocket_inflate_new(&limits);
	if (direction->inflate)
		return 0;
	http_release(pair->http, WEBSOCKET_INFLATE_BYTES);
	return -ENOMEM;
}

static int begin_message(const struct delivery *d)
{
	struct direction *direction = d->direction;

	direction->in_message = true;
	direction->compressed = direction->frame.rsv1;
	direction->cut = OUTCOME_COMPLETE;
	if (!direction->compressed)
		return 0;
	if (!d->pair->websocket->deflate)
		return -EPROTO;
	if (direction->window_lost) {
		direction->cut = OUTCOME_GAP;
		return 0;
	}
	return begin_inflate(d->pair, direction);
}

static int end_message(struct delivery *d)
{
	struct direction *direction = d->direction;
	int err = 0;

	if (direction->compressed && direction->cut == OUTCOME_COMPLETE)
		err = websocket_inflate_end(direction->inflate, say_piece, d);
	if (err < 0)
		return err;
	direction->in_message = false;
	say_end(d, false);
	return 0;
}

/* ---- frames ---- */

static int begin_frame(const struct delivery *d)
{
	const struct websocket_frame *frame = &d->direction->frame;

	if (websocket_frame_is_control(frame))
		return 0;
	if (d->direction->in_message != (frame->opcode == WEBSOCKET_CONTINUATION))
		return -EPROTO;
	if (!d->direction->in_message)
		return begin_message(d);
	return frame->rsv1 ? -EPROTO : 0;
}

static int end_frame(struct delivery *d)
{
	struct websocket_frame frame = d->direction->frame;

	d->direction->frame = (struct websocket_frame){ 0 };
	if (frame.opcode == WEBSOCKET_CLOSE)
		d->direction->over = d->pair->websocket->close_seen = true;
	if (websocket_frame_is_control(&frame) || !frame.fin)
		return 0;
	return end_message(d);
}

static void count_payload(const struct delivery *d, uint64_t bytes)
{
	struct exchange *exchange = &d->pair->exchange;

	if (d->from == WEBSOCKET_CLIENT)
		exchange->request_body_bytes += bytes;
	else
		exchange->response_body_bytes += bytes;
}

static int pass_on(struct delivery *d, struct slice data)
{
	if (d->direction->compressed)
		return websocket_inflate_feed(d->direction->inflate, data, say_piece, d);
	say_piece(d, data);
	return 0;
}

static int pass_masked(struct delivery *d, struct slice data)
{
	char plain[UNMASKED_BYTES];
	int err = 0;

	while (data.len > 0 && err == 0) {
		size_t n = data.len < sizeof(plain) ? data.len : sizeof(plain);

		websocket_frame_unmask(&d->direction->frame, (struct slice){ data.ptr, n }, plain);
		err = pass_on(d, (struct slice){ plain, n });
		data.ptr += n;
		data.len -= n;
	}
	return err;
}

static int take_payload(struct delivery *d, struct slice data)
{
	struct websocket_frame *frame = &d->direction->frame;
	bool control = websocket_frame_is_control(frame);

	if (!control)
		count_payload(d, data.len);
	if (control || d->direction->cut != OUTCOME_COMPLETE) {
		websocket_frame_skip(frame, data.len);
		return 0;
	}
	if (frame->masked)
		return pass_masked(d, data);
	websocket_frame_skip(frame, data.len);
	return pass_on(d, data);
}

/* Takes bytes of one frame off the front of `data`. -EPROTO: this is no
 * WebSocket; -EBADMSG, -E2BIG: of the inflater; -ENOMEM. */
static int step(struct delivery *d, struct slice *data)
{
	struct websocket_frame *frame = &d->direction->frame;
	struct slice part = *data;
	int err = 0;

	if (!frame->whole) {
		ssize_t n = websocket_frame_head(frame, *data);

		if (n < 0)
			return -EPROTO;
		part.len = (size_t)n;
		err = frame->whole ? begin_frame(d) : 0;
	} else {
		part.len = frame->remaining < data->len ? (size_t)frame->remaining : data->len;
		err = take_payload(d, part);
	}
	if (err < 0)
		return err;
	data->ptr += part.len;
	data->len -= part.len;
	return frame->whole && frame->remaining == 0 ? end_frame(d) : 0;
}

/* ---- the whole ---- */

static bool goes_on(struct pair *pair, uint64_t ts_ns)
{
	const struct direction *directions = pair->websocket->directions;

	if (!pair->exchange.skip_bodies &&
	    !(directions[WEBSOCKET_CLIENT].over && directions[WEBSOCKET_SERVER].over))
		return true;
	pair_response_end(pair, ts_ns);
	return false;
}

static bool refuse(struct pair *pair, int err)
{
	if (err == -EPROTO)
		stats_add(STAT_HTTP_MALFORMED, 1);
	else
		stats_add(err == -ENOMEM ? STAT_HTTP_OVER_LIMIT : STAT_HTTP_CODING_BROKEN, 1);
	pair_worsen(pair, OUTCOME_UNDECODABLE);
	return false;
}

bool websocket_feed(struct pair *pair, enum websocket_end from, struct slice data, uint64_t ts_ns)
{
	struct delivery d = delivery(pair, from, ts_ns);

	if (from == WEBSOCKET_SERVER)
		pair->exchange.response_last_ns = ts_ns;
	while (data.len > 0 && !d.direction->over && !pair->exchange.skip_bodies) {
		int err = step(&d, &data);

		if (err < 0)
			return refuse(pair, err);
	}
	return goes_on(pair, ts_ns);
}

/* Also said where no message had begun: one may have been lost. */
static void lose(struct delivery *d, enum exchange_outcome outcome)
{
	d->direction->cut = outcome;
	d->direction->over = true;
	drop_inflate(d->pair, d->direction);
	say_end(d, true);
}

/* The frame is as long as it says, and goes on or ends behind the gap. */
static void skip_in_frame(struct delivery *d, uint64_t bytes, enum exchange_outcome outcome)
{
	struct websocket_frame *frame = &d->direction->frame;

	websocket_frame_skip(frame, bytes);
	if (!websocket_frame_is_control(frame)) {
		count_payload(d, bytes);
		cut_message(d->direction, outcome);
		pair_worsen(d->pair, outcome);
	}
	/* Of a message that is cut, the end cannot fail. */
	if (frame->remaining == 0)
		(void)end_frame(d);
}

bool websocket_gap(struct pair *pair, enum websocket_end from, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns)
{
	struct delivery d = delivery(pair, from, ts_ns);
	enum exchange_outcome outcome = pair_gap_outcome(reason);

	if (d.direction->over || pair->exchange.skip_bodies)
		return goes_on(pair, ts_ns);
	if (d.direction->frame.whole && bytes <= d.direction->frame.remaining) {
		skip_in_frame(&d, bytes, outcome);
	} else {
		pair_worsen(pair, outcome);
		lose(&d, outcome);
	}
	return goes_on(pair, ts_ns);
}

/* Many close the connection as soon as they have said that they will. */
void websocket_finish(struct pair *pair, uint64_t ts_ns)
{
	if (pair->websocket->close_seen)
		pair_response_end(pair, ts_ns);
	else
		pair_worsen(pair, OUTCOME_ABORTED);
}
