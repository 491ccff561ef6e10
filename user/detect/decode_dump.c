/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps as xxd, hexdump and od print them: an offset, bytes in hex, alone or in
 * groups, and what is printable of them once more.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define OFFSET_LEAST 6u
#define OFFSET_MOST 8u
#define WORDS_OFFSET 7u		/* digits where groups of four are words of a little-endian machine */
#define LINE_BYTES 16u
#define GROUP_MOST 16u		/* digits */
#define RESULT_LEAST 12u

static size_t count_hex(struct slice text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && n <= GROUP_MOST && byte_is(text.ptr[at + n], BYTE_HEX))
		n++;
	return n;
}

static void put_group(struct sink *sink, const char *digits, size_t len, bool swapped)
{
	for (size_t i = 0; i < len; i += 2) {
		const char *pair = digits + (swapped ? len - 2 - i : i);

		sink_put(sink, (unsigned char)(hex_value(pair[0]) << 4 | hex_value(pair[1])));
	}
}

/* Behind the bytes of the line whose offset has `digits` digits; `at` is behind that. */
static size_t read_bytes(struct slice text, size_t at, size_t digits, struct sink *sink)
{
	size_t bytes = 0, end = at, width = 0;

	while (bytes < LINE_BYTES) {
		size_t from = at, n;

		while (at < text.len && at - from < 3 && text.ptr[at] == ' ')
			at++;
		n = count_hex(text, at);
		width = width ? width : n;
		/* What is printable stands behind a wide gap; another one parts the halves of a line. */
		if (at == from || n < 2 || n % 2 || n > width || (at - from > 1 && bytes > 0 && bytes != LINE_BYTES / 2) ||
		    (at + n < text.len && text.ptr[at + n] > ' '))
			break;
		put_group(sink, text.ptr + at, n, digits == WORDS_OFFSET && n == 4);
		bytes += n / 2;
		at += n;
		end = at;
	}
	return end;
}

size_t decode_dump(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	size_t digits = count_hex(text, start), at = start, end = start;
	struct sink sink;

	decode->steps += OFFSET_MOST;
	if (digits < OFFSET_LEAST || digits > OFFSET_MOST || memcmp(text.ptr + start, "000000", OFFSET_LEAST) != 0)
		return start;
	sink = decode_sink(decode);
	while (count_hex(text, at) == digits && !sink.cut) {
		const char *newline;
		size_t from = at + digits + (at + digits < text.len && text.ptr[at + digits] == ':'), to;

		to = read_bytes(text, from, digits, &sink);
		if (to == from)
			break;
		end = to;
		newline = memchr(text.ptr + end, '\n', text.len - end < 64 ? text.len - end : 64);
		if (!newline)
			break;
		at = (size_t)(newline - text.ptr) + 1;
	}
	decode->steps += end - start;
	if (sink.len < RESULT_LEAST || !decode_is_text(sink_slice(&sink), TEXT_LOOSE))
		return start;
	decode_keep(decode, DECODER_HEX, start, end, &sink);
	return end;
}
