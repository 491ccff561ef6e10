/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of one direction of a WebSocket (RFC 6455 section 5.2), taken apart as bytes come. */
#ifndef PROMTAP_HTTP_WEBSOCKET_FRAME_H
#define PROMTAP_HTTP_WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"

#define WEBSOCKET_HEAD_BYTES 14	/* the longest: length of 8 bytes, mask of 4 */

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* Zeroed: before its first byte. */
struct websocket_frame {
	uint8_t head[WEBSOCKET_HEAD_BYTES];
	uint8_t head_len;
	bool whole;		/* the head is complete; what follows is filled */
	bool fin, rsv1, masked;
	uint8_t opcode;		/* enum websocket_opcode */
	uint8_t mask[4];	/* turned so that [0] is for the next byte of the payload */
	uint64_t remaining;	/* bytes of the payload to come */
};

static inline bool websocket_frame_is_control(const struct websocket_frame *frame)
{
	return frame->opcode >= WEBSOCKET_CLOSE;
}

/* Takes bytes of the head and returns how many. -EBADMSG: no such frame exists. */
ssize_t websocket_frame_head(struct websocket_frame *frame, struct slice data);

/* `bytes`, at most `remaining`, of the payload go by. */
void websocket_frame_skip(struct websocket_frame *frame, uint64_t bytes);

/* The same for bytes that are wanted: `ret` has room for them without the mask. */
void websocket_frame_unmask(struct websocket_frame *frame, struct slice payload, char *ret);

#endif
