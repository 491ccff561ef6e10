/* SPDX-License-Identifier: Apache-2.0 */
#include "aws.h"

#include <check.h>
#include <zlib.h>

void aws_base64(struct buffer *out, struct slice bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		unsigned int bits = 0;
		char text[4];

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < n ? (unsigned char)bytes.ptr[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			text[j] = j <= n ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
		ck_assert_int_eq(buffer_append(out, text, 4), 0);
	}
}

static void add_be(struct buffer *out, uint32_t value, size_t bytes)
{
	for (size_t i = bytes; i > 0; i--)
		ck_assert_int_eq(buffer_append(out, &(char){ (char)(value >> 8 * (i - 1)) }, 1), 0);
}

static void add_header(struct buffer *out, const char *name, struct slice value)
{
	add_be(out, (uint32_t)strlen(name), 1);
	ck_assert_int_eq(buffer_append(out, name, strlen(name)), 0);
	add_be(out, 7, 1);
	add_be(out, (uint32_t)value.len, 2);
	ck_assert_int_eq(buffer_append(out, value.ptr, value.len), 0);
}

static void add_crc(struct buffer *out, size_t from)
{
	add_be(out, (uint32_t)crc32(0, (const unsigned char *)out->data + from, (unsigned int)(out->len - from)), 4);
}

static void add_frame(struct buffer *out, struct slice name, struct slice payload)
{
	struct buffer headers = { 0 };
	bool is_error = name.len > 0 && name.ptr[0] == '!';
	size_t begin = out->len;

	if (is_error)
		name = (struct slice){ name.ptr + 1, name.len - 1 };
	add_header(&headers, is_error ? ":exception-type" : ":event-type", name);
	add_header(&headers, ":content-type", SLICE("application/json"));
	add_header(&headers, ":message-type", is_error ? SLICE("exception") : SLICE("event"));
	add_be(out, (uint32_t)(16 + headers.len + payload.len), 4);
	add_be(out, (uint32_t)headers.len, 4);
	add_crc(out, begin);
	ck_assert_int_eq(buffer_append(out, headers.data, headers.len), 0);
	ck_assert_int_eq(buffer_append(out, payload.ptr, payload.len), 0);
	add_crc(out, begin);
	buffer_done(&headers);
}

static void add_chunk(struct buffer *out, struct slice name, struct slice inside)
{
	struct buffer payload = { 0 };

	ck_assert_int_eq(buffer_printf(&payload, "{\"bytes\":\""), 0);
	aws_base64(&payload, inside);
	ck_assert_int_eq(buffer_printf(&payload, "\",\"p\":\"abcdefgh\"}"), 0);
	add_frame(out, name, buffer_slice(&payload));
	buffer_done(&payload);
}

static void add_line(struct buffer *out, struct slice line)
{
	const char *space = memchr(line.ptr, ' ', line.len);
	struct slice name, data;

	ck_assert_ptr_nonnull(space);
	name = (struct slice){ line.ptr, (size_t)(space - line.ptr) };
	data = (struct slice){ space + 1, line.len - name.len - 1 };
	if (slice_eq(name, SLICE("chunk")))
		add_chunk(out, name, data);
	else
		add_frame(out, name, data);
}

void aws_event_stream(struct buffer *out, struct slice lines)
{
	while (lines.len > 0) {
		const char *end = memchr(lines.ptr, '\n', lines.len);
		size_t len = end ? (size_t)(end - lines.ptr) : lines.len;

		if (len > 0)
			add_line(out, (struct slice){ lines.ptr, len });
		len += end != NULL;
		lines = (struct slice){ lines.ptr + len, lines.len - len };
	}
}
