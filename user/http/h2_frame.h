/* SPDX-License-Identifier: Apache-2.0 */
/* Frame headers of HTTP/2 (RFC 9113 sections 4 and 6). */
#ifndef PROMTAP_HTTP_H2_FRAME_H
#define PROMTAP_HTTP_H2_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define H2_PREFACE_BYTES (sizeof(H2_PREFACE) - 1)
#define H2_FRAME_HEADER 9
#define H2_FRAME_BYTES_MIN 16384	/* the least that SETTINGS_MAX_FRAME_SIZE can say, and the default */
#define H2_FRAME_PREFIX_MAX 8

enum h2_frame_type {
	H2_DATA = 0,
	H2_HEADERS,
	H2_PRIORITY,
	H2_RST_STREAM,
	H2_SETTINGS,
	H2_PUSH_PROMISE,
	H2_PING,
	H2_GOAWAY,
	H2_WINDOW_UPDATE,
	H2_CONTINUATION,
	H2_FRAME_TYPE_MAX
};

enum h2_flag {
	H2_FLAG_ACK = 0x1,
	H2_FLAG_END_STREAM = 0x1,
	H2_FLAG_END_HEADERS = 0x4,
	H2_FLAG_PADDED = 0x8,
	H2_FLAG_PRIORITY = 0x20,
};

struct h2_frame {
	uint32_t length;	/* of the payload */
	uint8_t type, flags;
	uint32_t stream;	/* reserved bit included: never set by a sender */
};

uint32_t h2_uint32(const uint8_t *bytes);
void h2_frame_parse(const uint8_t bytes[H2_FRAME_HEADER], struct h2_frame *ret);

/* Whether length and stream fit the type; any frame of an unknown type is allowed. */
bool h2_frame_allowed(const struct h2_frame *frame);

/* Whether this may be a frame header, where it is not known to be one:
 * allowed, of a known type, with flags and a length that senders use. */
bool h2_frame_plausible(const struct h2_frame *frame, uint32_t length_max);

/* Bytes at the beginning of the payload that have to be known before the rest:
 * pad length, priority, promised stream; the fields of RST_STREAM and GOAWAY. */
size_t h2_frame_prefix(const struct h2_frame *frame);

#endif
