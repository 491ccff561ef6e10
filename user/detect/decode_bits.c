/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits of bytes in two characters that nobody sees (zero-width space and
 * non-joiner, invisible times and plus); a third one may part the bytes. The
 * first bit is a zero: bytes of text begin so.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define BYTES_LEAST 8u
#define SIGN_BYTES 3u		/* of each in UTF-8 */

/* U+200B to U+200F and U+2060 to U+2064 by their last byte; 0: it is none. */
static unsigned char sign_at(struct slice text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr + at;

	if (text.len - at < SIGN_BYTES || bytes[0] != 0xe2)
		return 0;
	if ((bytes[1] == 0x80 && bytes[2] >= 0x8b && bytes[2] <= 0x8f) ||
	    (bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xa4))
		return bytes[2];
	return 0;
}

size_t decode_bits_of(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	unsigned char zero = sign_at(text, start), one = 0, sign;
	unsigned bits = 0, count = 0;
	size_t at = start;

	if (zero == 0)
		return start;
	for (; (sign = sign_at(text, at)) && !sink.cut; at += SIGN_BYTES) {
		if (sign != zero && one == 0)
			one = sign;
		if (sign != zero && sign != one)
			continue;
		bits = bits << 1 | (sign == one);
		if (++count % 8 == 0)
			sink_put(&sink, (unsigned char)bits);
	}
	decode->steps += at - start;
	if (sink.len >= BYTES_LEAST && decode_is_text(sink_slice(&sink), TEXT_LOOSE))
		decode_keep(decode, DECODER_BITS, start, at, &sink);
	return at;
}
