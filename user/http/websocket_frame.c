/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frame heads and masks. That clients mask and servers do not is not enforced:
 * the bit says what a frame is, and what the other end makes of it is its own
 * affair. Nor is the shortest form of a length.
 */
#include "http/websocket_frame.h"

#include <errno.h>

#define FIN 0x80
#define RSV1 0x40
#define RSV_OTHERS 0x30
#define OPCODE 0x0f
#define MASKED 0x80
#define LENGTH 0x7f

#define LENGTH_16 126	/* the next two bytes are the length */
#define LENGTH_64 127
#define CONTROL_BYTES 125

/* Size of a head of which the first two bytes are known. */
static size_t head_size(const uint8_t *head)
{
	size_t size = 2;

	if ((head[1] & LENGTH) == LENGTH_16)
		size += 2;
	else if ((head[1] & LENGTH) == LENGTH_64)
		size += 8;
	return head[1] & MASKED ? size + 4 : size;
}

static uint64_t big_endian(const uint8_t *bytes, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t payload_length(const uint8_t *head)
{
	switch (head[1] & LENGTH) {
	case LENGTH_16:
		return big_endian(head + 2, 2);
	case LENGTH_64:
		return big_endian(head + 2, 8);
	default:
		return head[1] & LENGTH;
	}
}

static bool known_opcode(uint8_t opcode)
{
	return opcode <= WEBSOCKET_BINARY || (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
}

static int read_head(struct websocket_frame *frame)
{
	const uint8_t *head = frame->head;
	size_t size = head_size(head);

	frame->fin = head[0] & FIN;
	frame->rsv1 = head[0] & RSV1;
	frame->opcode = head[0] & OPCODE;
	frame->masked = head[1] & MASKED;
	frame->remaining = payload_length(head);
	if (frame->masked)
		memcpy(frame->mask, head + size - sizeof(frame->mask), sizeof(frame->mask));
	frame->whole = true;
	if ((head[0] & RSV_OTHERS) || !known_opcode(frame->opcode) || frame->remaining > INT64_MAX)
		return -EBADMSG;
	if (websocket_frame_is_control(frame) && (!frame->fin || frame->rsv1 || frame->remaining > CONTROL_BYTES))
		return -EBADMSG;
	return 0;
}

ssize_t websocket_frame_head(struct websocket_frame *frame, struct slice data)
{
	size_t taken = 0;

	while (taken < data.len && !frame->whole) {
		frame->head[frame->head_len++] = (uint8_t)data.ptr[taken++];
		if (frame->head_len < 2 || frame->head_len < head_size(frame->head))
			continue;
		if (read_head(frame) < 0)
			return -EBADMSG;
	}
	return (ssize_t)taken;
}

static void turn_mask(struct websocket_frame *frame, uint64_t bytes)
{
	uint8_t turned[4];

	for (size_t i = 0; i < 4; i++)
		turned[i] = frame->mask[(i + bytes) % 4];
	memcpy(frame->mask, turned, sizeof(turned));
}

void websocket_frame_skip(struct websocket_frame *frame, uint64_t bytes)
{
	frame->remaining -= bytes;
	turn_mask(frame, bytes);
}

void websocket_frame_unmask(struct websocket_frame *frame, struct slice payload, char *ret)
{
	uint64_t mask, word;
	size_t i = 0;

	memcpy(&mask, frame->mask, 4);
	memcpy((char *)&mask + 4, frame->mask, 4);
	for (; payload.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, payload.ptr + i, sizeof(word));
		word ^= mask;
		memcpy(ret + i, &word, sizeof(word));
	}
	for (; i < payload.len; i++)
		ret[i] = (char)((uint8_t)payload.ptr[i] ^ frame->mask[i % 4]);
	websocket_frame_skip(frame, payload.len);
}
