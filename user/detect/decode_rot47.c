/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ROT47 shifts the 94 printable characters by half of them; blanks stay. It
 * turns o into @ and n into ?: lines that have two of these close together are
 * tried.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define NEAR 24u	/* bytes within which the second stands */
#define LINE_MAX_BYTES 512u	/* of a line, before and behind the signs */
#define LETTERS_LEAST 12
#define WEIGHT_LEAST 6

static unsigned char turn(char byte)
{
	return byte > ' ' && byte <= '~' ? (unsigned char)('!' + (byte - '!' + 47) % 94) : (unsigned char)byte;
}

static void try_line(struct decode *decode, size_t start, size_t end)
{
	struct sink sink = decode_sink(decode);
	struct word_count count;

	for (size_t i = start; i < end && !sink.cut; i++)
		sink_put(&sink, turn(decode->text.ptr[i]));
	count = decode_count_plain(decode, sink_slice(&sink), UINT32_MAX);
	decode->steps += 2 * (end - start);
	if (count.weight >= WEIGHT_LEAST && count.weight * 2 >= count.words && count.letters >= LETTERS_LEAST)
		decode_keep(decode, DECODER_ROT47, start, end, &sink);
}

static bool has_second(const char *at, size_t left)
{
	size_t near = left < NEAR ? left : NEAR;

	return memchr(at, '@', near) || memchr(at, '?', near);
}

/* The line around the sign at `at`, not before `done`; returns its end. */
static size_t take_line(struct decode *decode, size_t done, size_t at)
{
	const char *text = decode->text.ptr;
	size_t len = decode->text.len;
	size_t before = at - done < LINE_MAX_BYTES ? at - done : LINE_MAX_BYTES;
	size_t behind = len - at < LINE_MAX_BYTES ? len - at : LINE_MAX_BYTES;
	const char *from = memrchr(text + at - before, '\n', before), *to = memchr(text + at, '\n', behind);
	size_t end = to ? (size_t)(to - text) : at + behind;

	try_line(decode, from ? (size_t)(from - text) + 1 : at - before, end);
	return end;
}

void decode_rot47(struct decode *decode)
{
	const char *text = decode->text.ptr;
	size_t len = decode->text.len, at = 0, done = 0, end;

	while (!decode->full && (at = decode_next_hot(decode, HOT_ROT47, at, &end)) < len) {
		const char *sign = memchr(text + at, '@', end - at);
		size_t next = sign ? (size_t)(sign - text) + 1 : end;

		decode->steps += next - at;
		at = next;
		if (sign && has_second(sign + 1, len - next))
			at = done = take_line(decode, done, next - 1);
	}
}
