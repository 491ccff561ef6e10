/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tap code: a letter is its row and its column in a square of five by five, as
 * so many dots; c and k share a place. Slashes and wide gaps part words.
 */
#include "detect/decode_impl.h"

#define LETTERS_LEAST 12u
#define DOTS_MOST 5u
#define WORD_GAP 3u

bool decode_tap(struct decode *decode, size_t start, size_t end)
{
	static const char square[] = "abcdefghijlmnopqrstuvwxyz";
	const char *text = decode->text.ptr;
	struct sink sink = decode_sink(decode);
	size_t at = start, last = start;
	unsigned row = 0;
	bool gap = false;

	while (at < end && text[at] != '.')
		at++;
	start = at;
	while (at < end && !sink.cut) {
		size_t from = at;

		while (at < end && at - from <= DOTS_MOST && text[at] == '.')
			at++;
		if (at - from > DOTS_MOST ||
		    (at == from && !byte_is(text[at], BYTE_BLANK) && text[at] != '/' && text[at] != '|'))
			break;
		if (at > from && row == 0) {
			row = (unsigned)(at - from);
			if (gap && sink.len > 0)
				sink_put(&sink, ' ');
		} else if (at > from) {
			sink_put(&sink, (unsigned char)square[5 * (row - 1) + (unsigned)(at - from) - 1]);
			row = 0;
			last = at;
		}
		for (from = at, gap = false;
		     at < end && (byte_is(text[at], BYTE_BLANK) || text[at] == '/' || text[at] == '|'); at++)
			gap |= text[at] == '/' || text[at] == '|' || text[at] == '\n';
		gap |= at - from >= WORD_GAP;
	}
	decode->steps += at - start;
	if (sink.len < LETTERS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return false;
	decode_keep(decode, DECODER_TAP, start, last, &sink);
	return true;
}
