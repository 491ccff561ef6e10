/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters in other alphabets, one for one: runes and Ogham by what they sound
 * like, as generators of such text have it; mirrored letters; East Asian signs
 * for their looks. What is left of ASCII stays.
 */
#include <string.h>

#include <unicode/utf8.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define LETTERS_LEAST 12u
#define BEFORE_MOST 96u	/* bytes of the line before the sign that opens it */

/* By code point: mirrored Latin letters, Ogham, runes, Kana and Han. */
static const struct {
	uint16_t c;
	char letter;
} alphabet[] = {
	{ 0x18a, 'd' },	 { 0x19a, 't' },  { 0x1a8, 's' },  { 0x1eb, 'g' },  { 0x24a, 'q' },  { 0x252, 'a' },
	{ 0x254, 'c' },	 { 0x258, 'e' },  { 0x27e, 'j' },  { 0x27f, 'r' },  { 0x280, 'r' },  { 0x29c, 'h' },
	{ 0x29e, 'k' },	 { 0x2ab, 'g' },  { 0x49c, 'k' },  { 0x13b6, 'g' }, { 0x142f, 'v' }, { 0x15ea, 'd' },
	{ 0x1680, ' ' }, { 0x1681, 'b' }, { 0x1682, 'l' }, { 0x1683, 'f' }, { 0x1684, 's' }, { 0x1685, 'n' },
	{ 0x1686, 'h' }, { 0x1687, 'd' }, { 0x1688, 't' }, { 0x1689, 'c' }, { 0x168a, 'q' }, { 0x168b, 'm' },
	{ 0x168c, 'g' }, { 0x168e, 'z' }, { 0x168f, 'r' }, { 0x1690, 'a' }, { 0x1691, 'o' }, { 0x1692, 'u' },
	{ 0x1693, 'e' }, { 0x1694, 'i' }, { 0x1695, 'k' }, { 0x169a, 'p' }, { 0x16a0, 'f' }, { 0x16a1, 'v' },
	{ 0x16a2, 'u' }, { 0x16a4, 'y' }, { 0x16a5, 'w' }, { 0x16a8, 'a' }, { 0x16a9, 'o' }, { 0x16aa, 'a' },
	{ 0x16ab, 'a' }, { 0x16ac, 'o' }, { 0x16ae, 'o' }, { 0x16b1, 'r' }, { 0x16b2, 'c' }, { 0x16b3, 'c' },
	{ 0x16b4, 'k' }, { 0x16b7, 'g' }, { 0x16b9, 'w' }, { 0x16ba, 'h' }, { 0x16bb, 'h' }, { 0x16bc, 'h' },
	{ 0x16be, 'n' }, { 0x16bf, 'n' }, { 0x16c1, 'i' }, { 0x16c2, 'e' }, { 0x16c3, 'j' }, { 0x16c4, 'j' },
	{ 0x16c5, 'a' }, { 0x16c6, 'a' }, { 0x16c7, 'y' }, { 0x16c8, 'p' }, { 0x16c9, 'z' }, { 0x16ca, 's' },
	{ 0x16cb, 's' }, { 0x16cd, 'c' }, { 0x16cf, 't' }, { 0x16d0, 't' }, { 0x16d1, 'd' }, { 0x16d2, 'b' },
	{ 0x16d4, 'p' }, { 0x16d5, 'k' }, { 0x16d6, 'e' }, { 0x16d7, 'm' }, { 0x16d8, 'm' }, { 0x16da, 'l' },
	{ 0x16dc, 'n' }, { 0x16de, 'd' }, { 0x16df, 'o' }, { 0x16e2, 'q' }, { 0x16e3, 'k' }, { 0x16e6, 'y' },
	{ 0x16e9, 'q' }, { 0x16ea, 'x' }, { 0x306e, 'o' }, { 0x3072, 'u' }, { 0x3090, 'q' }, { 0x3093, 'h' },
	{ 0x30ba, 'k' }, { 0x30ce, 'i' }, { 0x30e0, 'a' }, { 0x3112, 't' }, { 0x3116, 'o' }, { 0x311a, 'y' },
	{ 0x3125, 'l' }, { 0x3129, 'u' }, { 0x4e02, 's' }, { 0x4e28, 'i' }, { 0x4e42, 'x' }, { 0x4e43, 'b' },
	{ 0x4e47, 'e' }, { 0x4e59, 'z' }, { 0x51e0, 'n' }, { 0x5200, 'n' }, { 0x531a, 'c' }, { 0x5342, 'a' },
	{ 0x5343, 'f' }, { 0x5344, 'h' }, { 0x5369, 'p' }, { 0x5c38, 'p' }, { 0x5c3a, 'r' }, { 0x5c71, 'w' },
	{ 0x722a, 'm' }, { 0xa645, 's' }, { 0xa781, 'l' }, { 0xff72, 't' }, { 0xff76, 'm' }, { 0xff77, 'f' },
	{ 0xff89, 'i' }, { 0xff8c, 'j' }, { 0xff91, 'a' }, { 0xff92, 'x' }, { 0xff98, 'y' }, { 0xff9a, 'l' },
};

/* 0: none. Lines of such letters are rare enough for a search of the table as it stands. */
static char letter_of(int32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(alphabet); i++)
		if (alphabet[i].c == c)
			return alphabet[i].letter;
	return 0;
}

/* Of ASCII, where the others are mirrored. */
static char mirror(char c)
{
	static const char from[] = "bdpq", to[] = "dbqp";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/* Where the line or string begins that holds `at`. */
static size_t line_start(struct slice text, size_t at)
{
	size_t start = at;

	while (start > 0 && at - start < BEFORE_MOST && text.ptr[start - 1] != '\n' &&
	       text.ptr[start - 1] != '"')
		start--;
	while (start < at && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
		start++;
	return start;
}

size_t decode_alphabet(struct decode *decode, size_t from, size_t at)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	size_t count = 0, end = at, start = line_start(text, at), read;
	bool mirrored = (unsigned char)text.ptr[at] == 0xc9;

	start = start > from ? start : from;
	for (read = start; read < text.len && !sink.cut;) {
		int32_t next = (int32_t)(text.len - read < 4 ? text.len - read : 4), i = 0, c;
		char letter;

		U8_NEXT((const uint8_t *)text.ptr + read, i, next, c);
		letter = c >= 0x80 ? letter_of(c) : mirrored ? mirror((char)c) : (char)c;
		if (letter == 0 || letter == '\n' || letter == '"')
			break;
		count += c >= 0x80;
		sink_put(&sink, (unsigned char)letter);
		read += (size_t)i;
		end = c >= 0x80 ? read : end;
	}
	decode->steps += 4 * (read - start) + 1;
	if (count < LETTERS_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return read > at ? read : at + 1;
	decode_keep(decode, DECODER_ALPHABET, start, end, &sink);
	return read;
}
