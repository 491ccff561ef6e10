/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters as other signs of Unicode: where they may begin, found in one pass over
 * a text that is not all ASCII. Here are Braille (grade 1, the cells of U+2800 to
 * U+283F), and letters turned upside down, which read from behind.
 */
#include <string.h>

#include <unicode/utf8.h>

#include "base/cleanup.h"
#include "detect/bytes64.h"
#include "detect/decode_impl.h"

#define CELLS_LEAST 12u
#define TURNED_LEAST 3u		/* letters that only turning explains */
#define LINE_MOST 1024u		/* bytes of a line that is turned */

/* ---- Braille ---- */

/* By the six dots of a cell; 0: no letter. Cells of capitals and figures are left out. */
static const char cells[64] = {
	[0] = ' ',    [0x01] = 'a', [0x03] = 'b', [0x09] = 'c', [0x19] = 'd', [0x11] = 'e', [0x0b] = 'f', [0x1b] = 'g',
	[0x13] = 'h', [0x0a] = 'i', [0x1a] = 'j', [0x05] = 'k', [0x07] = 'l', [0x0d] = 'm', [0x1d] = 'n', [0x15] = 'o',
	[0x0f] = 'p', [0x1f] = 'q', [0x17] = 'r', [0x0e] = 's', [0x1e] = 't', [0x25] = 'u', [0x27] = 'v', [0x3a] = 'w',
	[0x2d] = 'x', [0x3d] = 'y', [0x35] = 'z', [0x02] = ',', [0x32] = '.', [0x26] = '?', [0x16] = '!',
};

/* Three bytes: E2 A0 80 to E2 A0 BF. */
static bool is_cell(const char *text, size_t left)
{
	return left >= 3 && memcmp(text, "\xe2\xa0", 2) == 0;
}

static size_t read_cells(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	size_t at = start, end = start, count = 0;

	while (at < text.len && !sink.cut) {
		bool cell = is_cell(text.ptr + at, text.len - at);
		char letter = cell ? cells[(unsigned char)text.ptr[at + 2] & 0x3f] : ' ';

		if (!cell && text.ptr[at] != ' ' && text.ptr[at] != '\n')
			break;
		if (letter)
			sink_put(&sink, (unsigned char)letter);
		count += cell;
		at += cell ? 3 : 1;
		end = cell ? at : end;
	}
	decode->steps += at - start;
	if (count >= CELLS_LEAST && decode_is_text(sink_slice(&sink), TEXT_STRICT))
		decode_keep(decode, DECODER_BRAILLE, start, end, &sink);
	return at;
}

/* ---- upside down ---- */

/* What a letter is when the page is turned: those whose names say so, and those that others are taken for. */
static const struct {
	uint16_t c;
	char letter;
} turned[] = {
	{ 0x250, 'a' }, { 0x254, 'c' }, { 0x1dd, 'e' }, { 0x25f, 'f' }, { 0x183, 'g' }, { 0x253, 'g' },  { 0x265, 'h' },
	{ 0x131, 'i' }, { 0x1d09, 'i' }, { 0x27e, 'j' }, { 0x638, 'j' }, { 0x29e, 'k' }, { 0x26f, 'm' },
	{ 0x279, 'r' }, { 0x287, 't' }, { 0x28c, 'v' }, { 0x28d, 'w' }, { 0x28e, 'y' }, { 0x2d9, '.' },  { 0xbf, '?' },
	{ 0xa1, '!' },
};

/* Of letters of ASCII. */
static char turn_ascii(char c)
{
	static const char from[] = "bdpqnu69", to[] = "qpdbun96";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/* 0: it stays. */
static char turn_back(int32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(turned); i++)
		if (turned[i].c == c)
			return turned[i].letter;
	return 0;
}

static struct slice line_around(struct slice text, size_t at)
{
	size_t start = at, end = at;

	while (start > 0 && at - start < LINE_MOST / 2 && text.ptr[start - 1] != '\n' && text.ptr[start - 1] != '"')
		start--;
	while (end < text.len && end - at < LINE_MOST / 2 && text.ptr[end] != '\n' && text.ptr[end] != '"')
		end++;
	while (start < at && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
		start++;
	return (struct slice){ text.ptr + start, end - start };
}

static void turn_line(struct decode *decode, struct slice line)
{
	struct sink sink = decode_sink(decode);
	int32_t at = (int32_t)line.len;
	size_t count = 0, start = (size_t)(line.ptr - decode->text.ptr);

	while (at > 0 && !sink.cut) {
		int32_t c;
		char letter;

		U8_PREV((const uint8_t *)line.ptr, 0, at, c);
		letter = c >= 0x80 ? turn_back(c) : turn_ascii(byte_lower((char)c));
		count += c >= 0x80 && letter;
		sink_put(&sink, letter > 0 ? (unsigned char)letter : ' ');
	}
	decode->steps += line.len;
	if (count >= TURNED_LEAST && decode_is_text(sink_slice(&sink), TEXT_STRICT))
		decode_keep(decode, DECODER_TURNED, start, start + line.len, &sink);
}

/* Behind the line around `at`. */
static size_t take_turned(struct decode *decode, size_t at)
{
	struct slice line = line_around(decode->text, at);
	size_t end = (size_t)(line.ptr - decode->text.ptr) + line.len;

	turn_line(decode, line);
	return end > at ? end : at + 1;
}

/* ---- where they begin ---- */

#define LOOK_AHEAD 4u	/* bytes behind a block that may be read */

/* Byte for byte, by the first two or three of a character, or its first and that of the next:
 * Braille, invisible and circled ones, pictures in a row; U+01DD and U+0258, the e upside down and mirrored; Ogham and
 * runes; U+4E47, the e of Han; selectors and full-width letters in a row; two marks or more. */
bytes64_inline vec is_lead(const char *at)
{
	vec v = vec_load(at), second = vec_load(at + 1), third = vec_load(at + 2), next3 = vec_load(at + 3);
	vec e2 = (second == (int8_t)0xa0) | vec_in(second, 0x92, 0x93) | (next3 == (int8_t)0xe2) |
		 ((second == (int8_t)0x80) & vec_in(third, 0x8b, 0x8f)) |
		 ((second == (int8_t)0x81) & vec_in(third, 0xa0, 0xa4));

	return ((v == (int8_t)0xe2) & e2) | ((v == (int8_t)0xc7) & (second == (int8_t)0x9d)) |
	       ((v == (int8_t)0xc9) & (second == (int8_t)0x98)) | ((v == (int8_t)0xe1) & vec_in(second, 0x9a, 0x9b)) |
	       ((v == (int8_t)0xe4) & (second == (int8_t)0xb9) & (third == (int8_t)0x87)) |
	       ((v == (int8_t)0xef) & (next3 == (int8_t)0xef)) | (vec_in(v, 0xcc, 0xcd) & vec_in(third, 0xcc, 0xcd)) |
	       ((v == (int8_t)0xf0) & (vec_load(at + 4) == (int8_t)0xf0));
}

/* Tries what the character at `at` may begin; returns where to go on. */
static size_t take_sign(struct decode *decode, size_t done, size_t at)
{
	size_t end;

	switch ((unsigned char)decode->text.ptr[at]) {
	case 0xc7:
		return take_turned(decode, at);
	case 0xc9:
	case 0xe1:
	case 0xe4:
		return decode_alphabet(decode, done, at);
	case 0xf0:
		end = decode_ecoji(decode, at);
		break;
	case 0xe2:
		if (is_cell(decode->text.ptr + at, decode->text.len - at))
			return read_cells(decode, at);
		/* Fall through. */
	default:
		end = decode_bits_of(decode, at);
	}
	if (end == at)
		end = decode_pairs(decode, at);
	return end > at ? end : decode_forms(decode, at);
}

static bool is_ascii(const char *block)
{
	vec any = { 0 };

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES)
		any |= vec_load(block + i);
	return !vec_bits(any < 0);
}

static uint64_t find_leads(const char *block)
{
	uint64_t leads = 0;

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES)
		leads |= vec_bits(is_lead(block + i)) << i;
	return leads;
}

void decode_signs(struct decode *decode)
{
	struct slice text = decode->text;
	size_t done = 0;

	if (!decode->has_wide)
		return;
	for (size_t at = 0; at < text.len && !decode->full; at += BYTES64) {
		char padded[BYTES64 + LOOK_AHEAD] = { 0 };
		const char *block = text.ptr + at;

		if (text.len - at < sizeof(padded))
			block = memcpy(padded, block, text.len - at);
		if (is_ascii(block))
			continue;
		for (uint64_t leads = find_leads(block); leads && !decode->full; leads &= leads - 1) {
			size_t sign = at + (size_t)__builtin_ctzll(leads);

			if (sign >= done)
				done = take_sign(decode, done, sign);
		}
	}
	decode->steps += text.len;
}
