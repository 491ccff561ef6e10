/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters of ASCII in other forms (full-width, mathematical, circled), or with
 * marks or something that nobody sees between them. Folding takes such forms away and
 * reads the words; here they are taken away with capitals kept, for what they
 * spell may be encoded itself.
 */
#include <string.h>

#include <unicode/utf8.h>

#include "detect/decode_impl.h"

#define FORMS_LEAST 16u
#define PLAIN_WEIGHT 4
#define IGNORED (-1)

/* What the character is in ASCII; 0: no form of it. */
static int plain_of(int32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		return (int)(c - 0xfee0);
	/* Thirteen alphabets of capitals and small letters; five rows of figures. */
	if (c >= 0x1d400 && c <= 0x1d6a3)
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(c - 0x1d400) % 52];
	if (c >= 0x1d7ce && c <= 0x1d7ff)
		return '0' + (int)((c - 0x1d7ce) % 10);
	if (c >= 0x24b6 && c <= 0x24e9)
		return c < 0x24d0 ? 'A' + (int)(c - 0x24b6) : 'a' + (int)(c - 0x24d0);
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff || c == 0xad)
		return IGNORED;
	return c == 0x3000 ? ' ' : 0;
}

size_t decode_forms(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	size_t at = start, end = start, forms = 0;

	/* What nobody sees stands behind the first letter. */
	if (start > 0 && byte_is(text.ptr[start - 1], BYTE_PRINT) &&
	    !byte_is(text.ptr[start - 1], BYTE_BLANK)) {
		start--;
		sink_put(&sink, (unsigned char)text.ptr[start]);
	}
	while (at < text.len && !sink.cut) {
		int32_t left = (int32_t)(text.len - at < 4 ? text.len - at : 4), i = 0, c;
		int plain;

		U8_NEXT((const uint8_t *)text.ptr + at, i, left, c);
		plain = c < 0x80 ? (int)c : plain_of(c);
		if (plain == 0 || plain == '\n' || (c == '"' && forms > 0))
			break;
		if (plain != IGNORED)
			sink_put(&sink, (unsigned char)plain);
		at += (size_t)i;
		forms += c >= 0x80;
		end = at;
		/* It goes on with ASCII alone: no more of it. */
		if (6 * forms + 8 < at - start)
			break;
	}
	decode->steps += 2 * (at - start) + 1;
	if (forms < FORMS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_LOOSE) ||
	    decode_count_plain(decode, sink_slice(&sink), PLAIN_WEIGHT).weight >= PLAIN_WEIGHT)
		return at;
	decode_keep(decode, DECODER_FORMS, start, end, &sink);
	return at;
}
