/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways to the same words: byte by byte, and for plain ASCII 64 bytes at a
 * time, where the borders of words are bits of a mask. All texts of all calls
 * pass here.
 */
#include "detect/leak_words.h"

#include <endian.h>
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

/* What is between the first and the last eight bytes does not count: nobody writes twelve such words in a row that
 * differ nowhere else. */
static inline uint16_t hash_word(uint64_t front, uint64_t back, uint32_t length)
{
	uint64_t hash = front * 0x9e3779b97f4a7c15ull ^ (back + length) * 0xc2b2ae3d27d4eb4full;

	return (uint16_t)(hash * 0x165667b19e3779f9ull >> 48);
}

/* ---- byte by byte ---- */

struct sink {
	struct leak_cutter *cutter;
	leak_word_fn found;
	void *ctx;
};

static inline void add_byte(struct leak_cutter *cutter, uint8_t byte)
{
	if (cutter->length < 8)
		cutter->front |= (uint64_t)byte << 8 * cutter->length;
	cutter->back = cutter->back >> 8 | (uint64_t)byte << 56;
	cutter->length++;
}

static inline void open_word(struct leak_cutter *cutter, uint64_t start)
{
	if (cutter->length > 0)
		return;
	cutter->start = start;
	cutter->front = cutter->back = 0;
}

static void close_word(const struct sink *sink, bool alone)
{
	struct leak_cutter *cutter = sink->cutter;
	uint32_t length = cutter->length;
	struct leak_word word = { .alone = alone, .start = cutter->start, .end = cutter->end };

	if (length == 0)
		return;
	word.hash = hash_word(cutter->front, length < 8 ? cutter->front : cutter->back, length);
	cutter->length = 0;
	sink->found(sink->ctx, &word);
}

static void add_character(struct leak_cutter *cutter)
{
	open_word(cutter, cutter->at - cutter->wide);
	for (uint8_t i = 0; i < cutter->wide; i++)
		add_byte(cutter, cutter->bytes[i]);
	cutter->end = cutter->at;
}

/* All bytes of a character beyond ASCII are there. */
static void take_character(const struct sink *sink)
{
	switch (glyph_of(sink->cutter->code)) {
	case GLYPH_LETTER:
		add_character(sink->cutter);
		break;
	case GLYPH_WORD:
		close_word(sink, false);
		add_character(sink->cutter);
		close_word(sink, true);
		break;
	case GLYPH_NOTHING:
		break;
	case GLYPH_BREAK:
		close_word(sink, false);
		break;
	}
}

/* False: no character begins so. */
static bool begin_character(struct leak_cutter *cutter, uint8_t byte)
{
	uint8_t wide = byte >= 0xf8 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;

	if (wide == 0)
		return false;
	cutter->wide = wide;
	cutter->need = wide - 1;
	cutter->code = byte & (0x7f >> wide);
	cutter->bytes[0] = byte;
	return true;
}

static void continue_character(const struct sink *sink, uint8_t byte)
{
	struct leak_cutter *cutter = sink->cutter;

	cutter->code = cutter->code << 6 | (byte & 0x3f);
	cutter->bytes[cutter->wide - cutter->need] = byte;
	if (--cutter->need == 0)
		take_character(sink);
}

static void take_byte(const struct sink *sink, uint8_t byte)
{
	struct leak_cutter *cutter = sink->cutter;
	uint8_t letter = ascii_letter(byte);

	if (cutter->need > 0 && (byte & 0xc0) != 0x80) {	/* broken off */
		cutter->need = 0;
		close_word(sink, false);
	}
	cutter->at++;
	if (letter) {
		open_word(cutter, cutter->at - 1);
		add_byte(cutter, letter);
		cutter->end = cutter->at;
	} else if (cutter->need > 0) {
		continue_character(sink, byte);
	} else if (!begin_character(cutter, byte)) {
		close_word(sink, false);
	}
}

/* ---- 64 bytes of ASCII at a time ---- */

#define BLOCK 64
#define EACH(byte) (0x0101010101010101ull * (byte))

static inline uint64_t load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* The top bit of each byte that is a letter or digit. No byte is over 0x7f, so no sum carries into its neighbour. */
static inline uint64_t letters_of(uint64_t bytes)
{
	uint64_t lower = bytes | EACH(0x20);
	uint64_t alpha = (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x80 - 'z' - 1));
	uint64_t digit = (bytes + EACH(0x80 - '0')) & ~(bytes + EACH(0x80 - '9' - 1));

	return (alpha | digit) & EACH(0x80);
}

/* One bit a byte. False: not all of it is ASCII. */
static inline bool letter_mask(const char *block, uint64_t *ret_mask)
{
	uint64_t mask = 0, all = 0;

	for (unsigned int i = 0; i < BLOCK / 8; i++) {
		uint64_t bytes = load(block + 8 * i);

		all |= bytes;
		mask |= (letters_of(bytes & EACH(0x7f)) * 0x0002040810204081ull >> 56) << 8 * i;
	}
	*ret_mask = mask;
	return (all & EACH(0x80)) == 0;
}

/* A word that begins and ends within a block; eight bytes behind the block can be read. */
static inline void say_word(const struct sink *sink, const char *block, unsigned int start, unsigned int end)
{
	unsigned int length = end - start;
	uint64_t front = load(block + start) | EACH(0x20);
	uint64_t back = length >= 8 ? load(block + end - 8) | EACH(0x20) : 0;
	struct leak_word word = { .start = sink->cutter->at + start, .end = sink->cutter->at + end };

	if (length < 8)
		back = front &= (1ull << 8 * length) - 1;
	word.hash = hash_word(front, back, length);
	sink->found(sink->ctx, &word);
}

static void take_bytes(const struct sink *sink, const char *bytes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		take_byte(sink, (uint8_t)bytes[i]);
}

static inline unsigned int first_bit(uint64_t mask)
{
	return mask ? (unsigned int)__builtin_ctzll(mask) : BLOCK;
}

/* `letters`: the block's mask. A word that comes in from before, and one that goes on behind, are taken byte by byte. */
static void take_block(const struct sink *sink, const char *block, uint64_t letters)
{
	unsigned int start = 0, end;
	uint64_t begun = sink->cutter->at;

	if (sink->cutter->length > 0) {
		start = first_bit(~letters);
		take_bytes(sink, block, start);
		if (start == BLOCK)
			return;
		close_word(sink, false);
		sink->cutter->at = begun;
		letters = letters >> start << start;
	}
	while (letters) {
		start = first_bit(letters);
		end = first_bit(~letters >> start << start);
		if (end == BLOCK) {
			sink->cutter->at = begun + start;
			take_bytes(sink, block + start, BLOCK - start);
			return;
		}
		say_word(sink, block, start, end);
		letters = letters >> end << end;
	}
	sink->cutter->at = begun + BLOCK;
}

void leak_words_feed(struct leak_cutter *cutter, struct slice bytes, leak_word_fn found, void *ctx)
{
	struct sink sink = { cutter, found, ctx };
	uint64_t letters;

	while (bytes.len > 0) {
		bool roomy = bytes.len >= BLOCK + 8;
		unsigned int step = roomy ? BLOCK : (unsigned int)bytes.len;

		if (roomy && cutter->need == 0 && letter_mask(bytes.ptr, &letters))
			take_block(&sink, bytes.ptr, letters);
		else
			take_bytes(&sink, bytes.ptr, step);
		bytes.ptr += step;
		bytes.len -= step;
	}
}

void leak_words_end(struct leak_cutter *cutter, leak_word_fn found, void *ctx)
{
	struct sink sink = { cutter, found, ctx };

	close_word(&sink, false);
	memset(cutter, 0, sizeof(*cutter));
}

static void keep_hash(void *ctx, const struct leak_word *word)
{
	*(uint16_t *)ctx = word->hash;
}

uint16_t leak_word_hash(struct slice word)
{
	struct leak_cutter cutter = { 0 };
	uint16_t hash = 0;

	leak_words_feed(&cutter, word, keep_hash, &hash);
	leak_words_end(&cutter, keep_hash, &hash);
	return hash;
}
