/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single characters with one sign between them ("S W d u", "v-t-a-b"): what
 * folding joins for plain words is joined here for what has to be decoded. Wider
 * gaps part words.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define SIGNS_LEAST 16u
#define PLAIN_WEIGHT 4

static bool begins_spaced(struct slice text, size_t at)
{
	char sign = at + 6 < text.len ? text.ptr[at + 1] : 0;

	return (sign == ' ' || sign == '-' || sign == ',') && text.ptr[at + 3] == sign &&
	       text.ptr[at + 5] == sign && text.ptr[at + 2] > ' ' && text.ptr[at + 4] > ' ';
}

size_t decode_spaced(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink;
	size_t at = start, end = start, letters = 0;
	char sign;

	decode->steps++;
	if (start < decode->gathered || !begins_spaced(text, start))
		return start;
	sink = decode_sink(decode);
	sign = text.ptr[start + 1];
	while (at < text.len && text.ptr[at] > ' ' && !sink.cut) {
		letters += byte_is(text.ptr[at], BYTE_LETTER);
		sink_put(&sink, (unsigned char)text.ptr[at]);
		end = ++at;
		if (at == text.len || (text.ptr[at] != sign && text.ptr[at] != ' '))
			break;
		at++;
		if (at < text.len && text.ptr[at] == ' ') {
			sink_put(&sink, ' ');
			while (at < text.len && text.ptr[at] == ' ')
				at++;
		}
	}
	decode->steps += 2 * (at - start);
	decode->gathered = end;
	if (sink.len < SIGNS_LEAST || letters * 2 < sink.len ||
	    !decode_is_text(sink_slice(&sink), TEXT_LOOSE) ||
	    decode_count_plain(decode, sink_slice(&sink), PLAIN_WEIGHT).weight >= PLAIN_WEIGHT)
		return start;
	decode_keep(decode, DECODER_SPACED, start, end, &sink);
	return end;
}
