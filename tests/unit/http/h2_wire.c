/* SPDX-License-Identifier: Apache-2.0 */
#include "h2_wire.h"

#include <check.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define PADDING 7
#define HEADERS_MAX 32

void wire_init(struct h2_wire *wire)
{
	*wire = (struct h2_wire){ 0 };
	ck_assert_int_eq(nghttp2_hd_deflate_new(&wire->deflater, NGHTTP2_DEFAULT_HEADER_TABLE_SIZE), 0);
}

void wire_done(struct h2_wire *wire)
{
	nghttp2_hd_deflate_del(wire->deflater);
	buffer_done(&wire->out);
}

static void put(struct buffer *out, const void *bytes, size_t len)
{
	ck_assert_int_eq(buffer_append(out, bytes, len), 0);
}

static void put_uint32(struct buffer *out, uint32_t value)
{
	uint8_t bytes[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	put(out, bytes, sizeof(bytes));
}

void wire_preface(struct h2_wire *wire)
{
	put(&wire->out, H2_PREFACE, H2_PREFACE_BYTES);
}

void wire_frame(struct h2_wire *wire, unsigned type, unsigned flags, uint32_t stream, const void *payload, size_t len)
{
	uint8_t header[] = { (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, (uint8_t)type, (uint8_t)flags };

	put(&wire->out, header, sizeof(header));
	put_uint32(&wire->out, stream);
	put(&wire->out, payload, len);
}

static size_t parse_lines(char *lines, unsigned flags, nghttp2_nv headers[HEADERS_MAX])
{
	size_t count = 0;

	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
		char *colon = strchr(line + 1, ':');

		ck_assert(colon && count < HEADERS_MAX);
		headers[count++] = (nghttp2_nv){
			.name = (uint8_t *)line,
			.namelen = (size_t)(colon - line),
			.value = (uint8_t *)colon + 2,
			.valuelen = strlen(colon + 2),
			.flags = flags & WIRE_LITERAL ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE,
		};
	}
	return count;
}

static void deflate(struct h2_wire *wire, unsigned flags, const char *lines, struct buffer *ret)
{
	auto_free char *copy = strdup(lines);
	nghttp2_nv headers[HEADERS_MAX];
	size_t count = parse_lines(copy, flags, headers);
	size_t bound = nghttp2_hd_deflate_bound(wire->deflater, headers, count);
	ssize_t n;

	ck_assert_int_eq(buffer_reserve(ret, bound), 0);
	n = nghttp2_hd_deflate_hd(wire->deflater, (uint8_t *)ret->data + ret->len, bound, headers, count);
	ck_assert_int_ge(n, 0);
	ret->len += (size_t)n;
}

static void put_begin(struct buffer *payload, unsigned flags)
{
	if (flags & H2_FLAG_PADDED)
		put(payload, &(uint8_t){ PADDING }, 1);
	if (flags & H2_FLAG_PRIORITY)
		put(payload, "\x80\0\0\0\xff", 5);
}

static void put_end(struct buffer *payload, unsigned flags)
{
	static const char padding[PADDING];

	if (flags & H2_FLAG_PADDED)
		put(payload, padding, sizeof(padding));
}

void wire_headers(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *lines)
{
	struct buffer block = { 0 }, payload = { 0 };
	size_t at, piece = flags >> 12;

	deflate(wire, flags, lines, &block);
	if (piece == 0 || piece > block.len)
		piece = block.len;
	put_begin(&payload, flags);
	put(&payload, block.data, piece);
	put_end(&payload, flags);
	wire_frame(wire, H2_HEADERS, (flags & 0xff) | (piece == block.len ? H2_FLAG_END_HEADERS : 0), stream,
		   payload.data, payload.len);
	for (at = piece; at < block.len; at += piece) {
		size_t n = piece < block.len - at ? piece : block.len - at;

		wire_frame(wire, H2_CONTINUATION, at + n == block.len ? H2_FLAG_END_HEADERS : 0, stream, block.data + at, n);
	}
	buffer_done(&block);
	buffer_done(&payload);
}

void wire_promise(struct h2_wire *wire, uint32_t stream, uint32_t promised, const char *lines)
{
	struct buffer payload = { 0 };

	put_uint32(&payload, promised);
	deflate(wire, 0, lines, &payload);
	wire_frame(wire, H2_PUSH_PROMISE, H2_FLAG_END_HEADERS, stream, payload.data, payload.len);
	buffer_done(&payload);
}

void wire_data(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *text)
{
	struct buffer payload = { 0 };

	put_begin(&payload, flags & H2_FLAG_PADDED);
	put(&payload, text, strlen(text));
	put_end(&payload, flags);
	wire_frame(wire, H2_DATA, flags, stream, payload.data, payload.len);
	buffer_done(&payload);
}

void wire_reset(struct h2_wire *wire, uint32_t stream, uint32_t code)
{
	struct buffer payload = { 0 };

	put_uint32(&payload, code);
	wire_frame(wire, H2_RST_STREAM, 0, stream, payload.data, payload.len);
	buffer_done(&payload);
}

void wire_goaway(struct h2_wire *wire, uint32_t last_stream)
{
	struct buffer payload = { 0 };

	put_uint32(&payload, last_stream);
	put_uint32(&payload, 0);
	wire_frame(wire, H2_GOAWAY, 0, 0, payload.data, payload.len);
	buffer_done(&payload);
}
