/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of uuencode (POSIX.1-2017, utility uuencode): the first character tells
 * how many bytes a line holds, so that one line in hundreds of other text looks
 * like one. Headers and the last line, which says nothing, are not needed.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define BYTES_LEAST 12u

static unsigned value_of(char digit)
{
	return (unsigned)(digit - ' ') & 0x3f;
}

/* Bytes of the line that begins at `start`, and where it ends; 0: it is none. */
static size_t measure(struct slice text, size_t start, size_t *ret_end)
{
	size_t bytes = value_of(text.ptr[start]), digits = (bytes + 2) / 3 * 4, end = start + 1 + digits;

	if (bytes == 0 || end > text.len)
		return 0;
	if (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r')
		return 0;
	for (size_t at = start; at < end; at++)
		if (text.ptr[at] < ' ' || text.ptr[at] > '`')
			return 0;
	*ret_end = end;
	return bytes;
}

static void put_line(struct sink *sink, const char *digits, size_t bytes)
{
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; bytes > 0; i++) {
		bits = bits << 6 | value_of(digits[i]);
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		bytes--;
		sink_put(sink, (unsigned char)(bits >> count));
	}
}

/* The line behind the one that ends at `end`. */
static size_t next_line(struct slice text, size_t end)
{
	if (end < text.len && text.ptr[end] == '\r')
		end++;
	return end < text.len && text.ptr[end] == '\n' ? end + 1 : text.len;
}

size_t decode_uu(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink;
	size_t at = start, end = start, bytes, line_end;

	if (start > 0 && text.ptr[start - 1] != '\n')
		return start;
	decode->steps++;
	bytes = measure(text, start, &line_end);
	if (bytes < BYTES_LEAST)
		return start;
	sink = decode_sink(decode);
	for (; bytes > 0 && !sink.cut; bytes = at < text.len ? measure(text, at, &line_end) : 0) {
		put_line(&sink, text.ptr + at + 1, bytes);
		end = line_end;
		at = next_line(text, end);
	}
	decode->steps += end - start;
	if (!decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, DECODER_UUENCODE, start, end, &sink);
	return end;
}
