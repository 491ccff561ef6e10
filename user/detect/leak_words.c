/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways to the same words: byte by byte, and for what most words are made of
 * up to 64 bytes at a time, where the borders of words are bits of a mask.
 * Nearly all texts of all calls pass here.
 */
#include "detect/leak_words.h"

#include <endian.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "detect/bytes64.h"

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
	uint64_t hash = front ^ (back + length) * 0xc2b2ae3d27d4eb4full;

	return (uint16_t)(hash * 0x9e3779b97f4a7c15ull >> 48);
}

/* ---- byte by byte ---- */

struct sink {
	struct leak_cutter *cutter;
	struct leak_words *words;
	leak_words_fn full;
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

/* There is room: see LEAK_BLOCK_WORDS. */
static inline void add_word(struct leak_words *words, uint16_t hash, uint64_t start, uint32_t len, bool alone)
{
	words->hashes[words->count] = hash;
	words->spans[words->count++] = (struct leak_span){ start, len, alone };
}

static void close_word(const struct sink *sink, bool alone)
{
	struct leak_cutter *cutter = sink->cutter;
	uint32_t length = cutter->length;

	if (length == 0)
		return;
	cutter->length = 0;
	add_word(sink->words, hash_word(cutter->front, length < 8 ? cutter->front : cutter->back, length), cutter->start,
		 (uint32_t)(cutter->end - cutter->start), alone);
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

/* ---- up to 64 bytes at a time ---- */

#define AHEAD 8u	/* bytes behind a block that can be read */
#define EACH(byte) (0x0101010101010101ull * (byte))

static inline uint64_t load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* The first `n` bits. */
static inline uint64_t low_bits(unsigned n)
{
	return n < BYTES64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* By length: the bytes of a word among its first eight. */
static const uint64_t word_masks[BYTES64] = {
	0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
	[8 ... BYTES64 - 1] = UINT64_MAX,
};

/* Bytes of a word, those of ASCII in lower case. */
static inline uint64_t lower(uint64_t bytes, bool ascii)
{
	return bytes | (ascii ? EACH(0x20) : (~bytes & EACH(0x80)) >> 2);
}

/* A word that begins and ends within the block. */
static inline uint16_t hash_within(const char *block, unsigned start, unsigned length, bool ascii)
{
	uint64_t front = load(block + start), back = load(block + (length > 8 ? start + length - 8 : start));
	uint64_t mask = word_masks[length];

	return hash_word(lower(front, ascii) & mask, lower(back, ascii) & mask, length);
}

/* All words of the mask; their ends are in it, too. `ascii`: of nothing else. */
bytes64_inline void add_words(struct leak_words *words, const char *block, uint64_t letters, uint64_t at, bool ascii)
{
	uint64_t starts = letters & ~(letters << 1), ends = ~letters & letters << 1;
	uint16_t *hash = words->hashes + words->count;
	struct leak_span *span = words->spans + words->count;

	for (; starts; starts &= starts - 1, ends &= ends - 1) {
		unsigned start = (unsigned)__builtin_ctzll(starts), length = (unsigned)__builtin_ctzll(ends) - start;

		*hash++ = hash_within(block, start, length, ascii);
		*span++ = (struct leak_span){ .start = at + start, .len = length };
	}
	words->count = (uint32_t)(hash - words->hashes);
}

/* What stands in a block beyond ASCII, a bit for each byte. */
struct beyond {
	uint64_t letters;
	uint64_t parts;		/* last bytes of characters that part words */
	uint64_t others;	/* characters that want a closer look, or malformed: at the first byte that shows it */
};

/*
 * Most of it by first bytes: letters are U+00C0 to U+07FF (Latin, Greek, Cyrillic, Hebrew, Arabic), U+0800 to U+0DFF
 * (India) and U+A000 to U+D7FF (Hangul); U+2000 to U+203F but U+200B to U+200F part words (quotation marks, dashes).
 */
static struct beyond look_beyond(const char *block, uint64_t high)
{
	uint64_t next = BITS64(block, vec_in(v, 0x80, 0xbf)), second_half = BITS64(block, vec_in(v, 0xa0, 0xbf));
	uint64_t two = BITS64(block, vec_in(v, 0xc3, 0xdf)), india = BITS64(block, v == (int8_t)0xe0);
	uint64_t hangul = BITS64(block, vec_in(v, 0xea, 0xed)), hangul_end = BITS64(block, v == (int8_t)0xed);
	uint64_t marks = BITS64(block, v == (int8_t)0xe2), three = india | hangul | marks;
	uint64_t due = (two | three) << 1 | three << 2;
	uint64_t no_letter = (india << 1 & ~BITS64(block, vec_in(v, 0xa0, 0xb7))) | (hangul_end << 1 & second_half);
	uint64_t no_mark = (marks << 1 & ~BITS64(block, v == (int8_t)0x80)) |
			   (marks << 2 & BITS64(block, vec_in(v, 0x8b, 0x8f)));

	return (struct beyond){
		.letters = high & ~(marks | marks << 1 | marks << 2),
		.parts = marks << 2,
		.others = (high & ~(next | two | three)) | (next ^ due) | no_letter | no_mark,
	};
}

/* Words that end in the first `len` bytes, up to where a character stands that wants a closer look. Returns how many
 * bytes it took: none, if that is the first, or if a word does not end. No word is open. */
static unsigned take_block(const struct sink *sink, const char *block, unsigned len)
{
	uint64_t letters = BITS64(block, vec_in(v | 0x20, 'a', 'z') | vec_in(v, '0', '9'));
	uint64_t high = BITS64(block, v < 0) & low_bits(len), parts = ~(letters | high), others;
	unsigned taken;

	if (high) {
		struct beyond beyond = look_beyond(block, high);

		letters |= beyond.letters;
		parts |= beyond.parts;
		others = beyond.others & low_bits(len);
		len = others ? (unsigned)__builtin_ctzll(others) : len;
	}
	/* A word that reaches the end may go on. */
	parts &= low_bits(len);
	taken = parts ? BYTES64 - (unsigned)__builtin_clzll(parts) : 0;
	if (high)
		add_words(sink->words, block, letters & low_bits(taken), sink->cutter->at, false);
	else
		add_words(sink->words, block, letters & low_bits(taken), sink->cutter->at, true);
	sink->cutter->at += taken;
	return taken;
}

static bool is_alone(char first)
{
	return (uint8_t)first >= 0xe3 && (uint8_t)first <= 0xe9;
}

/* A character of Kana or Han from U+3040 on (E3 81 80 to E9 BF BF) is a word. Returns how many bytes they took. */
static unsigned take_alone(const struct sink *sink, const char *bytes, unsigned len)
{
	struct leak_words *words = sink->words;
	unsigned at = 0;

	for (; at + 3 <= len; at += 3) {
		uint64_t character = load(bytes + at) & 0xffffff;
		uint8_t first = (uint8_t)character, second = (uint8_t)(character >> 8);

		if (!is_alone((char)first) || (first == 0xe3 && second < 0x81) || (character & 0xc0c000) != 0x808000)
			break;
		add_word(words, hash_word(character, character, 3), sink->cutter->at + at, 3, true);
	}
	sink->cutter->at += at;
	return at;
}

/* Byte by byte until a word has ended. Returns how many bytes it took. */
static unsigned take_word(const struct sink *sink, const char *bytes, unsigned len)
{
	const struct leak_cutter *cutter = sink->cutter;
	unsigned taken = 0;

	do
		take_byte(sink, (uint8_t)bytes[taken++]);
	while (taken < len && (cutter->length > 0 || cutter->need > 0));
	return taken;
}

static unsigned take_some(const struct sink *sink, const char *bytes, unsigned len)
{
	unsigned taken = 0;

	if (sink->words->count > LEAK_ROOM_WORDS - LEAK_BLOCK_WORDS)
		sink->full(sink->ctx, sink->words);
	if (sink->cutter->length == 0 && sink->cutter->need == 0)
		taken = is_alone(*bytes) ? take_alone(sink, bytes, len) : take_block(sink, bytes, len);
	return taken > 0 ? taken : take_word(sink, bytes, len);
}

/* The last bytes, with zeros behind them. */
static void take_tail(const struct sink *sink, struct slice bytes)
{
	char padded[2 * BYTES64 + AHEAD] = { 0 };
	unsigned at = 0, len = (unsigned)bytes.len;

	memcpy(padded, bytes.ptr, len);
	while (at < len)
		at += take_some(sink, padded + at, len - at < BYTES64 ? len - at : BYTES64);
}

void leak_words_feed(struct leak_cutter *cutter, struct slice bytes, struct leak_words *words, leak_words_fn full,
		     void *ctx)
{
	struct sink sink = { cutter, words, full, ctx };

	while (bytes.len >= BYTES64 + AHEAD) {
		unsigned taken = take_some(&sink, bytes.ptr, BYTES64);

		bytes.ptr += taken;
		bytes.len -= taken;
	}
	if (bytes.len > 0)
		take_tail(&sink, bytes);
}

void leak_words_end(struct leak_cutter *cutter, struct leak_words *words)
{
	close_word(&(struct sink){ cutter, words, NULL, NULL }, false);
	memset(cutter, 0, sizeof(*cutter));
}

static void no_room(void *ctx, struct leak_words *words)
{
	(void)ctx;
	words->count = 0;
}

uint16_t leak_word_hash(struct slice word)
{
	struct leak_cutter cutter = { 0 };
	struct leak_words words;

	words.count = 0;
	leak_words_feed(&cutter, word, &words, no_room, NULL);
	leak_words_end(&cutter, &words);
	return words.count > 0 ? words.hashes[words.count - 1] : 0;
}
