/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/leak_words.h"

#include <stddef.h>

#include "base/cleanup.h"

/* What a character is to words. */
enum glyph {
	GLYPH_BREAK = 0,
	GLYPH_LETTER,
	GLYPH_WORD,		/* one of a script without blanks */
	GLYPH_NOTHING,		/* invisible: words go on over it */
};

/* Blocks of Unicode in ascending order up to the last code point of each; the ranges between are letters. */
static const struct {
	uint32_t first, last;
	enum glyph glyph;
} blocks[] = {
	{ 0x0080, 0x00a9, GLYPH_BREAK },	/* controls, punctuation and symbols of Latin-1 */
	{ 0x00ab, 0x00ac, GLYPH_BREAK },
	{ 0x00ad, 0x00ad, GLYPH_NOTHING },	/* soft hyphen */
	{ 0x00ae, 0x00b4, GLYPH_BREAK },
	{ 0x00b6, 0x00b9, GLYPH_BREAK },
	{ 0x00bb, 0x00bf, GLYPH_BREAK },
	{ 0x0e00, 0x0eff, GLYPH_WORD },		/* Thai, Lao */
	{ 0x1000, 0x109f, GLYPH_WORD },		/* Myanmar */
	{ 0x1780, 0x17ff, GLYPH_WORD },		/* Khmer */
	{ 0x2000, 0x200a, GLYPH_BREAK },
	{ 0x200b, 0x200f, GLYPH_NOTHING },	/* zero-width, marks of direction */
	{ 0x2010, 0x205f, GLYPH_BREAK },
	{ 0x2060, 0x206f, GLYPH_NOTHING },
	{ 0x2190, 0x2bff, GLYPH_BREAK },	/* arrows, signs, boxes */
	{ 0x2e00, 0x2e7f, GLYPH_BREAK },
	{ 0x2e80, 0x2fff, GLYPH_WORD },
	{ 0x3000, 0x3004, GLYPH_BREAK },
	{ 0x3005, 0x3007, GLYPH_WORD },
	{ 0x3008, 0x3020, GLYPH_BREAK },
	{ 0x3021, 0x9fff, GLYPH_WORD },		/* Kana, Han */
	{ 0xd800, 0xf8ff, GLYPH_BREAK },	/* surrogates, private use */
	{ 0xf900, 0xfaff, GLYPH_WORD },
	{ 0xfe00, 0xfe0f, GLYPH_NOTHING },	/* variation selectors */
	{ 0xfe10, 0xfe6f, GLYPH_BREAK },
	{ 0xfeff, 0xfeff, GLYPH_NOTHING },
	{ 0xff00, 0xff0f, GLYPH_BREAK },	/* full-width punctuation */
	{ 0xff1a, 0xff20, GLYPH_BREAK },
	{ 0xff3b, 0xff40, GLYPH_BREAK },
	{ 0xff5b, 0xff65, GLYPH_BREAK },
	{ 0xffe0, 0xffff, GLYPH_BREAK },
	{ 0x1f000, 0x1faff, GLYPH_BREAK },	/* pictures */
	{ 0x20000, 0x3ffff, GLYPH_WORD },
	{ 0xe0000, 0x1fffff, GLYPH_NOTHING },
};

static enum glyph glyph_of(uint32_t code)
{
	size_t low = 0, high = ARRAY_SIZE(blocks);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (blocks[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_SIZE(blocks) && blocks[low].first <= code ? blocks[low].glyph : GLYPH_LETTER;
}

/* Lower case of ASCII letters and digits; 0: parts words. */
static inline uint8_t ascii_letter(uint8_t byte)
{
	uint8_t lower = byte | 0x20;

	if (lower >= 'a' && lower <= 'z')
		return lower;
	return byte >= '0' && byte <= '9' ? byte : 0;
}

static inline uint64_t add_letter(uint64_t hash, uint32_t letter)
{
	return (hash << 7 | hash >> 57) ^ letter;
}

static inline uint16_t finish(uint64_t hash)
{
	return (uint16_t)(hash * 0x9e3779b97f4a7c15ull >> 48);
}

static inline void open_word(struct leak_cutter *cutter, uint64_t start)
{
	if (cutter->in_word)
		return;
	cutter->in_word = true;
	cutter->hash = 0;
	cutter->start = start;
}

static inline bool close_word(struct leak_cutter *cutter, struct leak_word *ret)
{
	if (!cutter->in_word)
		return false;
	cutter->in_word = false;
	*ret = (struct leak_word){ finish(cutter->hash), false, cutter->start, cutter->end };
	return true;
}

/* The character that waited behind another word. */
static bool take_alone(struct leak_cutter *cutter, struct leak_word *ret)
{
	cutter->alone = false;
	*ret = (struct leak_word){ finish(add_letter(0, cutter->code)), true, cutter->at - cutter->length, cutter->at };
	return true;
}

/* All bytes of a character beyond ASCII are there. True: a word ended. */
static bool take_character(struct leak_cutter *cutter, struct leak_word *ret)
{
	switch (glyph_of(cutter->code)) {
	case GLYPH_LETTER:
		open_word(cutter, cutter->at - cutter->length);
		cutter->hash = add_letter(cutter->hash, cutter->code);
		cutter->end = cutter->at;
		return false;
	case GLYPH_WORD:
		if (!cutter->in_word)
			return take_alone(cutter, ret);
		cutter->alone = true;
		return close_word(cutter, ret);
	case GLYPH_NOTHING:
		return false;
	case GLYPH_BREAK:
		break;
	}
	return close_word(cutter, ret);
}

/* Begins a character beyond ASCII. False: no character begins so. */
static bool begin_character(struct leak_cutter *cutter, uint8_t byte)
{
	uint8_t length = byte >= 0xf8 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;

	if (length == 0)
		return false;
	cutter->length = length;
	cutter->need = length - 1;
	cutter->code = byte & (0x7f >> length);
	return true;
}

/* One byte that is not plain ASCII, or that should have gone on a character. True: a word ended. */
static bool take_byte(struct leak_cutter *cutter, struct slice *left, struct leak_word *ret)
{
	uint8_t byte = (uint8_t)*left->ptr;

	if (cutter->need > 0 && (byte & 0xc0) != 0x80) {
		cutter->need = 0;	/* broken off: the byte is looked at again */
		return close_word(cutter, ret);
	}
	left->ptr++;
	left->len--;
	cutter->at++;
	if (cutter->need > 0) {
		cutter->code = cutter->code << 6 | (byte & 0x3f);
		return --cutter->need == 0 && take_character(cutter, ret);
	}
	return !begin_character(cutter, byte) && close_word(cutter, ret);
}

/* The run of ASCII letters at the front of `left`. */
static void take_letters(struct leak_cutter *cutter, struct slice *left)
{
	const char *end = left->ptr + left->len, *p = left->ptr;
	uint64_t hash = cutter->hash;

	for (uint8_t letter; p < end && (letter = ascii_letter((uint8_t)*p)) != 0; p++)
		hash = add_letter(hash, letter);
	cutter->hash = hash;
	cutter->at += (size_t)(p - left->ptr);
	cutter->end = cutter->at;
	left->len = (size_t)(end - p);
	left->ptr = p;
}

bool leak_word_next(struct leak_cutter *cutter, struct slice *left, struct leak_word *ret)
{
	if (cutter->alone)
		return take_alone(cutter, ret);
	while (left->len > 0) {
		uint8_t byte = (uint8_t)*left->ptr;

		if (cutter->need > 0 || byte >= 0x80) {
			if (take_byte(cutter, left, ret))
				return true;
			continue;
		}
		if (ascii_letter(byte)) {
			open_word(cutter, cutter->at);
			take_letters(cutter, left);
			continue;
		}
		left->ptr++;
		left->len--;
		cutter->at++;
		if (close_word(cutter, ret))
			return true;
	}
	return false;
}

bool leak_word_last(struct leak_cutter *cutter, struct leak_word *ret)
{
	if (cutter->alone)
		return take_alone(cutter, ret);
	cutter->need = 0;
	return close_word(cutter, ret);
}

uint16_t leak_word_hash(struct slice word)
{
	struct leak_cutter cutter = { 0 };
	struct leak_word found = { 0 };

	if (!leak_word_next(&cutter, &word, &found))
		(void)leak_word_last(&cutter, &found);
	return found.hash;
}
