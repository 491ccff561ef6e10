/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters as other signs of Unicode, one for one: Braille (grade 1, the cells of
 * U+2800 to U+283F), and letters turned upside down, which read from behind.
 */
#include <string.h>

#include <unicode/utf8.h>

#include "base/cleanup.h"
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

static size_t skip_bits(struct decode *decode, size_t at)
{
	size_t end = decode_bits_of(decode, at);

	return end > at ? end : at + 1;
}

/* Braille, and bits in invisible characters: they begin with the same byte. */
static void find_signs(struct decode *decode)
{
	struct slice text = decode->text;
	size_t at = 0;

	while (at < text.len && !decode->full) {
		const char *lead = memchr(text.ptr + at, 0xe2, text.len - at);

		if (!lead)
			return;
		at = (size_t)(lead - text.ptr);
		at = is_cell(lead, text.len - at) ? read_cells(decode, at) : skip_bits(decode, at);
	}
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

/* By its e, U+01DD: the commonest letter, and one that languages hardly use. */
static void find_turned(struct decode *decode)
{
	struct slice text = decode->text;
	size_t at = 0;

	while (at < text.len && !decode->full) {
		const char *lead = memchr(text.ptr + at, 0xc7, text.len - at);
		struct slice line;

		if (!lead)
			return;
		at = (size_t)(lead - text.ptr) + 1;
		if (at == text.len || (unsigned char)text.ptr[at] != 0x9d)
			continue;
		line = line_around(text, at - 1);
		turn_line(decode, line);
		at = (size_t)(line.ptr - text.ptr) + line.len > at ? (size_t)(line.ptr - text.ptr) + line.len : at;
	}
}

void decode_signs(struct decode *decode)
{
	if (decode->has_wide)
		find_signs(decode);
	if (decode->has_wide && !decode->full)
		find_turned(decode);
}
