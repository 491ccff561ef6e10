/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of one end of an HTTP/2 connection, frame by frame. */
#ifndef PROMTAP_TESTS_HTTP_H2_WIRE_H
#define PROMTAP_TESTS_HTTP_H2_WIRE_H

#include <nghttp2/nghttp2.h>

#include "base/buffer.h"
#include "http/h2_frame.h"

/* Instead of an index: no header of the block is put into the table. */
#define WIRE_LITERAL 0x100
/* A change of the block's end: so many bytes of it in the first frame, the rest in CONTINUATION frames of as many. */
#define WIRE_SPLIT(bytes) ((bytes) << 12)

struct h2_wire {
	nghttp2_hd_deflater *deflater;
	struct buffer out;	/* consumed by the test */
};

void wire_init(struct h2_wire *wire);
void wire_done(struct h2_wire *wire);

void wire_preface(struct h2_wire *wire);
/* As it stands: flags that promise padding or priority are the caller's to keep. */
void wire_frame(struct h2_wire *wire, unsigned type, unsigned flags, uint32_t stream, const void *payload, size_t len);
/* Lines "name: value\n". H2_FLAG_END_STREAM, _PADDED and _PRIORITY, WIRE_LITERAL and WIRE_SPLIT. */
void wire_headers(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *lines);
void wire_promise(struct h2_wire *wire, uint32_t stream, uint32_t promised, const char *lines);
void wire_data(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *text);
void wire_reset(struct h2_wire *wire, uint32_t stream, uint32_t code);
void wire_goaway(struct h2_wire *wire, uint32_t last_stream);

#endif
