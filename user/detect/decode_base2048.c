/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in digits of Unicode: base2048 (11 bits a letter, of many scripts, in
 * the order of the Rust and Python packages of that name) and Ecoji 1.0 (10 bits
 * a picture). Both are rows of code points that follow one another; the last
 * digit, which holds what is left, is not needed.
 */
#include <string.h>

#include <unicode/utf8.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define DIGITS_LEAST 8u
#define PROBE 4u	/* digits that tell of most text that it is none */

struct row {
	uint32_t first : 24, count : 8;
};

static const struct row base2048[] = {
	{ 0xd8, 1 },	{ 0xb5, 1 },   { 0xba, 1 },    { 0xc0, 23 },   { 0xd9, 30 },   { 0xf8, 255 },
	{ 0x1f7, 185 }, { 0x370, 4 },  { 0x376, 2 },   { 0x37b, 3 },   { 0x37f, 1 },   { 0x386, 1 },
	{ 0x388, 3 },	{ 0x38c, 1 },  { 0x38e, 20 },  { 0x3a3, 83 },  { 0x3f7, 139 }, { 0x48a, 166 },
	{ 0x531, 38 },	{ 0x561, 39 }, { 0x60f, 1 },   { 0x660, 10 },  { 0x6de, 1 },   { 0x6e9, 1 },
	{ 0x6f0, 10 },	{ 0x904, 54 }, { 0x93d, 1 },   { 0x950, 1 },   { 0x960, 2 },   { 0x966, 10 },
	{ 0x972, 15 },	{ 0x985, 8 },  { 0x98f, 2 },   { 0x993, 22 },  { 0x9aa, 7 },   { 0x9b2, 1 },
	{ 0x9b6, 4 },	{ 0x9bd, 1 },  { 0x9ce, 1 },   { 0x9e0, 2 },   { 0x9e6, 12 },  { 0x9f4, 6 },
	{ 0xa05, 6 },	{ 0xa0f, 2 },  { 0xa13, 22 },  { 0xa2a, 7 },   { 0xa32, 1 },   { 0xa35, 1 },
	{ 0xa38, 2 },	{ 0xa5c, 1 },  { 0xa66, 10 },  { 0xa72, 3 },   { 0xa85, 9 },   { 0xa8f, 3 },
	{ 0xa93, 22 },	{ 0xaaa, 7 },  { 0xab2, 2 },   { 0xab5, 5 },   { 0xabd, 1 },   { 0xad0, 1 },
	{ 0xae0, 2 },	{ 0xae6, 10 }, { 0xaf9, 1 },   { 0xb05, 8 },   { 0xb0f, 2 },   { 0xb13, 22 },
	{ 0xb2a, 7 },	{ 0xb32, 2 },  { 0xb35, 5 },   { 0xb3d, 1 },   { 0xb5f, 3 },   { 0xb66, 10 },
	{ 0xb71, 7 },	{ 0xb83, 1 },  { 0xb85, 6 },   { 0xb8e, 3 },   { 0xb92, 4 },   { 0xb99, 2 },
	{ 0xb9c, 1 },	{ 0xb9e, 2 },  { 0xba3, 2 },   { 0xba8, 3 },   { 0xbae, 12 },  { 0xbd0, 1 },
	{ 0xbe6, 19 },	{ 0xbfa, 1 },  { 0xc05, 8 },   { 0xc0e, 3 },   { 0xc12, 23 },  { 0xc2a, 16 },
	{ 0xc3d, 1 },	{ 0xc58, 3 },  { 0xc60, 2 },   { 0xc66, 10 },  { 0xc85, 8 },   { 0xc8e, 3 },
	{ 0xc92, 23 },	{ 0xcaa, 10 }, { 0xcb5, 5 },   { 0xcbd, 1 },   { 0xcde, 1 },   { 0xce0, 2 },
	{ 0xce6, 10 },	{ 0xcf1, 2 },  { 0xd05, 8 },   { 0xd0e, 3 },   { 0xd12, 41 },  { 0xd3d, 1 },
	{ 0xd60, 2 },	{ 0xd66, 16 }, { 0xd7a, 6 },   { 0xd85, 18 },  { 0xd9a, 24 },  { 0xdb3, 9 },
	{ 0xdbd, 1 },	{ 0xdc0, 7 },  { 0xe01, 48 },  { 0xe32, 1 },   { 0xe40, 6 },   { 0xe50, 10 },
	{ 0xe81, 2 },	{ 0xe84, 1 },  { 0xe87, 2 },   { 0xe8a, 1 },   { 0xe8d, 1 },   { 0xe94, 4 },
	{ 0xe99, 7 },	{ 0xea1, 3 },  { 0xea5, 1 },   { 0xea7, 1 },   { 0xeaa, 2 },   { 0xead, 4 },
	{ 0xeb2, 1 },	{ 0xebd, 1 },  { 0xec0, 5 },   { 0xed0, 10 },  { 0xedc, 2 },   { 0xf00, 1 },
	{ 0xf02, 2 },	{ 0xf13, 1 },  { 0xf15, 1 },   { 0xf14, 1 },   { 0xf16, 2 },   { 0xf20, 10 },
	{ 0xf40, 3 },	{ 0xf44, 4 },  { 0xf49, 4 },   { 0xf4e, 4 },   { 0xf53, 4 },   { 0xf58, 4 },
	{ 0xf5d, 12 },	{ 0xf6a, 3 },  { 0xf85, 1 },   { 0xf88, 4 },   { 0xfbf, 7 },   { 0xfc7, 6 },
	{ 0xfce, 7 },	{ 0x109e, 2 }, { 0x1000, 43 }, { 0x103f, 23 }, { 0x105a, 4 },  { 0x1061, 1 },
	{ 0x1065, 2 },	{ 0x106e, 3 }, { 0x1075, 13 }, { 0x108e, 1 },  { 0x1090, 10 }, { 0x10a0, 38 },
	{ 0x10d0, 36 }, { 0xfbe, 1 },
};

static const struct row ecoji[] = {
	{ 0x1f004, 1 },	 { 0x1f0cf, 1 },   { 0x1f170, 2 },  { 0x1f17e, 2 },  { 0x1f18e, 1 },  { 0x1f191, 10 },
	{ 0x1f1e6, 26 }, { 0x1f201, 2 },   { 0x1f21a, 1 },  { 0x1f22f, 1 },  { 0x1f232, 9 },  { 0x1f250, 2 },
	{ 0x1f300, 34 }, { 0x1f324, 112 }, { 0x1f396, 2 },  { 0x1f399, 3 },  { 0x1f39e, 47 }, { 0x1f3ce, 35 },
	{ 0x1f3f3, 3 },	 { 0x1f3f7, 218 }, { 0x1f4d2, 44 }, { 0x1f4ff, 63 }, { 0x1f549, 6 },  { 0x1f550, 24 },
	{ 0x1f56f, 2 },	 { 0x1f573, 8 },   { 0x1f587, 1 },  { 0x1f58a, 4 },  { 0x1f590, 1 },  { 0x1f595, 2 },
	{ 0x1f5a4, 2 },	 { 0x1f5a8, 1 },   { 0x1f5b1, 2 },  { 0x1f5bc, 1 },  { 0x1f5c2, 3 },  { 0x1f5d1, 3 },
	{ 0x1f5dc, 3 },	 { 0x1f5e1, 1 },   { 0x1f5e3, 1 },  { 0x1f5e8, 1 },  { 0x1f5ef, 1 },  { 0x1f5f3, 1 },
	{ 0x1f5fa, 81 }, { 0x1f64c, 4 },   { 0x1f680, 70 }, { 0x1f6cb, 8 },  { 0x1f6e0, 6 },  { 0x1f6e9, 1 },
	{ 0x1f6eb, 2 },	 { 0x1f6f0, 1 },   { 0x1f6f3, 7 },  { 0x1f910, 43 }, { 0x1f93c, 3 },  { 0x1f940, 6 },
	{ 0x1f947, 42 }, { 0x1f973, 4 },   { 0x1f97a, 1 },  { 0x1f97c, 39 }, { 0x1f9b0, 10 }, { 0x1f9c0, 3 },
	{ 0x1f9d0, 6 },
};

/* The value of a digit, the sum of the rows before it; -1: it is none. */
static int value_of(const struct row *rows, size_t count, int32_t c)
{
	uint32_t value = 0;

	for (size_t i = 0; i < count; i++) {
		if ((uint32_t)c - rows[i].first < rows[i].count)
			return (int)(value + (uint32_t)c - rows[i].first);
		value += rows[i].count;
	}
	return -1;
}

struct digits {
	const struct row *rows;
	size_t count;
	unsigned width;
	enum decoder_id decoder;
};

/* Reads up to `most` digits; returns how many, and where they end. */
static size_t read_digits(struct decode *decode, const struct digits *digits, size_t start, size_t most,
			  struct sink *sink, size_t *ret_end)
{
	struct slice text = decode->text;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t at = start, read = 0;

	for (; at < text.len && read < most && !sink->cut; read++) {
		int32_t left = (int32_t)(text.len - at < 4 ? text.len - at : 4), i = 0, c;
		int value;

		U8_NEXT((const uint8_t *)text.ptr + at, i, left, c);
		value = c < 0x80 ? -1 : value_of(digits->rows, digits->count, c);
		if (value < 0)
			break;
		at += (size_t)i;
		bits = bits << digits->width | (uint32_t)value;
		for (held += digits->width; held >= 8; held -= 8)
			sink_put(sink, (unsigned char)(bits >> (held - 8)));
	}
	decode->steps += 8 * (read + 1);
	*ret_end = at;
	return read;
}

static size_t try_digits(struct decode *decode, const struct digits *digits, size_t start)
{
	struct sink sink = decode_sink(decode);
	size_t end;

	if (read_digits(decode, digits, start, PROBE, &sink, &end) < PROBE ||
	    !decode_is_printable(sink_slice(&sink)))
		return start;
	sink.len = 0;
	if (read_digits(decode, digits, start, SIZE_MAX, &sink, &end) < DIGITS_LEAST ||
	    !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, digits->decoder, start, end, &sink);
	return end;
}

/* No blank, nothing of ASCII: many languages are written in these letters. */
static bool begins_solid(struct slice text, size_t at)
{
	bool solid = text.len - at > 2 * DIGITS_LEAST;

	for (size_t i = 0; i < 2 * DIGITS_LEAST && solid; i++)
		solid = (unsigned char)text.ptr[at + i] >= 0x80;
	return solid;
}

size_t decode_base2048(struct decode *decode, size_t start)
{
	static const struct digits digits = { base2048, ARRAY_SIZE(base2048), 11, DECODER_BASE2048 };

	return begins_solid(decode->text, start) ? try_digits(decode, &digits, start) : start;
}

size_t decode_ecoji(struct decode *decode, size_t start)
{
	static const struct digits digits = { ecoji, ARRAY_SIZE(ecoji), 10, DECODER_ECOJI };

	return try_digits(decode, &digits, start);
}
