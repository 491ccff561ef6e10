/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes Protocol Buffers (the proto3 wire format) into a bounded buffer: the few
 * messages that OTLP needs, without generated code and without a library's copy of
 * each message. The first error stays, later writes do nothing; whoever began the
 * writing looks at `error` at its end.
 */
#ifndef PROMTAP_OTLP_WIRE_H
#define PROMTAP_OTLP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct wire {
	struct buffer *out;
	int error;	/* 0 or -errno of the buffer */
};

/* Each: a field of that number, also where the value is the default: what is unknown the caller leaves out. */
void wire_varint(struct wire *wire, unsigned field, uint64_t number);	/* int64, uint64, bool, enum */
void wire_fixed32(struct wire *wire, unsigned field, uint32_t number);
void wire_fixed64(struct wire *wire, unsigned field, uint64_t number);
void wire_double(struct wire *wire, unsigned field, double number);
void wire_bytes(struct wire *wire, unsigned field, struct slice bytes);
/* A string. Bytes that are no UTF-8 become U+FFFD: a receiver refuses the whole message for one of them. */
void wire_text(struct wire *wire, unsigned field, const char *text);

/* A message within: what is written until wire_close(), which gets what wire_open() returned, is inside it. */
size_t wire_open(struct wire *wire, unsigned field);
void wire_close(struct wire *wire, size_t mark);

#endif
