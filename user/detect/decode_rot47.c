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
	count = decode_count_words(decode, sink_slice(&sink), decode->games[GAME_PLAIN], false, UINT32_MAX);
	decode->steps += 2 * (end - start);
	if (count.weight >= WEIGHT_LEAST && count.weight * 2 >= count.words && count.letters >= LETTERS_LEAST)
		decode_keep(decode, DECODER_ROT47, start, end, &sink);
}

static bool has_second(const char *at, size_t left)
{
	size_t near = left < NEAR ? left : NEAR;

	return memchr(at, '@', near) || memchr(at, '?', near);
}

void decode_rot47(struct decode *decode)
{
	const char *text = decode->text.ptr, *at = text, *done = text, *end = text + decode->text.len;

	decode->steps += decode->text.len;
	while (!decode->full && (at = memchr(at, '@', (size_t)(end - at)))) {
		size_t before = (size_t)(at - done) < LINE_MAX_BYTES ? (size_t)(at - done) : LINE_MAX_BYTES;
		size_t behind = (size_t)(end - at) < LINE_MAX_BYTES ? (size_t)(end - at) : LINE_MAX_BYTES;
		const char *from, *to;

		at++;
		if (!has_second(at, (size_t)(end - at)))
			continue;
		from = memrchr(at - 1 - before, '\n', before);
		from = from ? from + 1 : at - 1 - before;
		to = memchr(at - 1, '\n', behind);
		to = to ? to : at - 1 + behind;
		try_line(decode, (size_t)(from - text), (size_t)(to - text));
		at = done = to;
	}
}
