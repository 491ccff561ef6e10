/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one pass over the bytes of a text: 64 of them become bits of each class
 * that others ask for, and signs say where they have to look. Nearly all text
 * has nothing encoded in it, and ten searches that find nothing cost more than
 * one that asks for all at once.
 */
#include <string.h>

#include "detect/bytes64.h"
#include "detect/decode_impl.h"

#define LOOK_AHEAD 16u	/* bytes behind a block that may be read */
#define TOP (UINT64_C(1) << 63)
#define ROT47_NEAR 24u	/* bytes within which its signs stand */

/* Words of bits side by side, each of another kind of runs. */
typedef uint64_t words __attribute__((vector_size(VEC_BYTES)));
#define SIDE_BY_SIDE (VEC_BYTES / 8)

/* Bit i: a run that is so long ends with byte i, or goes on there. */
struct lengths {
	words by1, by2, by4, by8, by16, enough;
	words some;	/* bit i: block i of these 64 has edges */
};

struct scout {
	struct decode *decode;
	size_t number;		/* of the block */
	uint64_t equals, quotes[2];	/* of the block before */
};

/* Most texts have none of most kinds: marks of an earlier text go when the first of this one comes. */
static void mark(struct scout *scout, enum hot_kind kind)
{
	struct decode *decode = scout->decode;

	if (!(decode->hot_kinds >> kind & 1))
		memset(decode->hot[kind], 0, decode_words(decode) * sizeof(decode->hot[kind][0]));
	decode->hot[kind][scout->number / 64] |= UINT64_C(1) << scout->number % 64;
	decode->hot_kinds |= 1u << kind;
}

bytes64_inline void mark_if(struct scout *scout, enum hot_kind kind, uint64_t found)
{
	if (found)
		mark(scout, kind);
}

/* ---- units ---- */

static bool is_hex_pair(const char *digits)
{
	return byte_is(digits[0], BYTE_HEX) && digits[0] < 'a' && byte_is(digits[1], BYTE_HEX) && digits[1] < 'a';
}

/* What unit the sign may belong to; HOT_MAX: none. Most are escaped quotes and line breaks, or assign something. */
static enum hot_kind kind_of(const char *sign)
{
	char next = sign[1], small = (char)(next | 0x20);

	switch (sign[0]) {
	case '\\':
		return small == 'u' || small == 'x' || next == 'N' || (next & ~7) == '0' ? HOT_ESCAPE : HOT_MAX;
	case '=':
		return next == '\n' || next == '\r' || is_hex_pair(sign + 1) ? HOT_QUOTED : HOT_MAX;
	case '&':
		return next == '#' || byte_is(next, BYTE_LETTER) ? HOT_ENTITY : HOT_MAX;
	case '%':
		return next == 'u' || byte_is(next, BYTE_HEX) ? HOT_PERCENT : HOT_MAX;
	default:
		return HOT_MAX;
	}
}

/* Of the signs that begin a unit. */
static void take_units(struct scout *scout, const char *block, uint64_t units)
{
	for (; units; units &= units - 1) {
		enum hot_kind kind = kind_of(block + __builtin_ctzll(units));

		if (kind != HOT_MAX)
			mark(scout, kind);
	}
}

/* U+0069. The U may be the last byte of the block before; passes look there. */
static void take_pluses(struct scout *scout, uint64_t pluses)
{
	for (; pluses; pluses &= pluses - 1) {
		size_t at = scout->number * BYTES64 + (size_t)__builtin_ctzll(pluses);

		if (at > 0 && scout->decode->text.ptr[at - 1] == 'U')
			mark(scout, HOT_NOTATION);
	}
}

static void take_ats(struct scout *scout, const char *block, uint64_t ats)
{
	uint64_t both = BITS64(block, vec_in(v, '?', '@'));

	if ((both & (both - 1)) | ats >> (64 - ROT47_NEAR))
		mark(scout, HOT_ROT47);
}

/* ---- literals ---- */

/* Quotes with nothing but what joins between them, the first of them in this block or at the end of the one before. */
static uint64_t find_joined(uint64_t joins, uint64_t quotes, uint64_t before)
{
	uint64_t first = bits_behind(quotes, before, 1) & joins, ends;
	/* A run that begins at a first bit ends where the carry stops. One that reaches the next block counts. */
	uint64_t open = __builtin_add_overflow(first, joins, &ends);

	ends &= ~joins;
	/* The letter of a prefix may stand before the quote. */
	return open | (ends & quotes) | (bits_behind(ends, 0, 1) & quotes) | (ends & TOP);
}

/* Literals of one letter or two, which lists of single letters are made of: two in the block. What parts the strings of
 * JSON is none. */
static uint64_t find_short(const char *block, uint64_t quotes)
{
	uint64_t found = quotes & (quotes >> 2 | quotes >> 3), parts;

	if (!(found & (found - 1)))
		return 0;
	parts = BITS64(block, (v == ',') | (v == ':') | ((v | 0x20) == '}'));
	found &= ~(parts >> 1);
	return found & (found - 1);
}

/* `which`: 0 for quotation marks, 1 for apostrophes. */
static void take_quotes(struct scout *scout, const char *block, unsigned which, uint64_t quotes, uint64_t equals)
{
	uint64_t before = scout->quotes[which], near, joins;

	/* \ | ~ with one bit set, and & . ; others do no harm. */
	joins = BITS64(block, ((v | 0x22) == '~') | ((v | 8) == '.') | (v == '+') | vec_in(v, 0, ' '));
	mark_if(scout, HOT_JOINED + which, find_joined(joins, quotes, before) | find_short(block, quotes));
	near = bits_behind(equals, scout->equals, 1) | bits_behind(equals, scout->equals, 2) |
	       bits_behind(equals, scout->equals, 3);
	mark_if(scout, HOT_NAMED + which, quotes & near);
}

/* ---- runs ---- */

bytes64_inline words words_behind(words bits, words before, unsigned n)
{
	return bits << n | before >> (64 - n);
}

/* In registers: the processor waits for words that were stored one by one and are loaded side by side. */
bytes64_inline words load_words(const uint64_t *from)
{
	words loaded;

	for (unsigned i = 0; i < SIDE_BY_SIDE; i++)
		loaded[i] = from[i];
	return loaded;
}

/* `is_short`: all bits of a kind for which RUN_SHORT is enough. */
bytes64_inline struct lengths lengths_of(words bits, words is_short, const struct lengths *before)
{
	struct lengths runs = { .by1 = bits, .some = before->some };
	words by23;

	runs.by2 = runs.by1 & words_behind(runs.by1, before->by1, 1);
	runs.by4 = runs.by2 & words_behind(runs.by2, before->by2, 2);
	runs.by8 = runs.by4 & words_behind(runs.by4, before->by4, 4);
	runs.by16 = runs.by8 & words_behind(runs.by8, before->by8, 8);
	by23 = runs.by16 & words_behind(runs.by16, before->by16, 7);
	runs.enough = (runs.by16 & is_short) | (by23 & ~is_short);
	return runs;
}

/* Of each kind of runs, which bytes of the block are of the class. */
bytes64_inline void take_classes(struct decode *decode, size_t number, const uint64_t classes[RUNS_FIXED],
				 struct lengths before[RUNS_FIXED / SIDE_BY_SIDE])
{
	static const uint64_t is_short[RUNS_FIXED] = { [RUNS_SOLID] = UINT64_MAX, [RUNS_CODE64] = UINT64_MAX };

	for (unsigned i = 0; i < RUNS_FIXED; i += SIDE_BY_SIDE, before++) {
		struct lengths runs = lengths_of(load_words(classes + i), load_words(is_short + i), before);
		words edges = runs.enough ^ words_behind(runs.enough, before->enough, 1);

		if (number % 64 == 0)
			runs.some = (words){ 0 };
		runs.some |= (words)(edges != 0) & ((words){ 0 } + (UINT64_C(1) << number % 64));
		memcpy(&decode->edges[number][i], &edges, sizeof(edges));
		memcpy(&decode->some_edges[number / 64][i], &runs.some, sizeof(runs.some));
		*before = runs;
	}
}

bytes64_inline vec is_blank(vec v)
{
	return (v == ' ') | vec_in(v, '\t', '\n') | (v == '\r');
}

bytes64_inline vec is_spaced(vec v)
{
	return vec_in(v, ',', ';') | vec_in(v | 0x20, 'a', 'f') | ((v | 0x20) == 'x') | (v == '|') | (v == '$') |
	       (v == '\'') | is_blank(v);
}

bytes64_inline vec is_morse(vec v)
{
	return vec_in(v, '-', '/') | (v == '_') | (v == '|') | is_blank(v) | vec_in(v, 0x90, 0x99) |
	       (v == (int8_t)0xc2) | (v == (int8_t)0xb7) | (v == (int8_t)0xe2) | (v == (int8_t)0x80) |
	       (v == (int8_t)0x88) | (v == (int8_t)0xa2);
}

/* ---- a block ---- */

bytes64_inline vec is_unit(vec v)
{
	return vec_in(v, '%', '&') | (v == '\\');
}

/* "chr(" */
bytes64_inline vec is_call(const char *at)
{
	return (vec_load(at + 3) == '(') & ((vec_load(at + 1) | 0x20) == 'h');
}

/* reverse, inverse, backwards */
bytes64_inline vec is_reverse(const char *at)
{
	vec v = vec_load(at);

	return ((v == 'v') & (vec_load(at + 3) == 's')) | ((v == 'k') & (vec_load(at + 1) == 'w'));
}

bytes64_inline uint64_t find_signs(const char *block)
{
	uint64_t signs = 0;

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES) {
		vec v = vec_load(block + i);

		signs |= vec_bits(is_unit(v) | (v == '+') | (v == '@') | is_call(block + i) | is_reverse(block + i)) << i;
	}
	return signs;
}

/* Bytes up to LOOK_AHEAD behind the block are read. Signed: bytes beyond ASCII are less than a blank. */
bytes64_inline void map_block(struct decode *decode, size_t number, const char *block, struct lengths runs[])
{
	uint64_t letters = BITS64(block, vec_in(v | 0x20, 'a', 'z')), digits = BITS64(block, vec_in(v, '0', '9'));
	/* + and / differ in one bit. */
	uint64_t code64 = BITS64(block, ((v | 4) == '/') | (v == '-') | (v == '_'));
	uint64_t prose = BITS64(block, (v == ' ') | (v == '\t') | vec_in(v, ',', '-'));
	uint64_t wide = BITS64(block, v);
	uint64_t quotes = BITS64(block, v == '"'), apostrophes = BITS64(block, v == '\'');
	uint64_t equals = BITS64(block, v == '='), signs = find_signs(block);
	const uint64_t classes[RUNS_FIXED] = {
		[RUNS_SOLID] = BITS64(block, v > ' '),
		[RUNS_CODE64] = letters | digits | code64,
		[RUNS_FIGURES] = ~BITS64(block, vec_in(v | 0x20, 'g', 'z') & ((v | 0x20) != 'x')),
		[RUNS_PROSE] = letters | digits | wide | prose,
	};

	take_classes(decode, number, classes, runs);
	decode->has_wide |= wide != 0;
	decode->maps[MAP_LETTERS][number] = letters | wide;
	decode->maps[MAP_QUOTES][number] = quotes;
	decode->maps[MAP_APOSTROPHES][number] = apostrophes;
	decode->maps[MAP_EQUALS][number] = equals;
	decode->maps[MAP_SIGNS][number] = signs;
}

/* Only so many bytes of the last block are text; figures go on behind it. */
static void end_runs(uint64_t edges[RUNS_FIXED], size_t len)
{
	for (unsigned kind = 0; kind < RUNS_FIXED; kind++)
		edges[kind] &= (UINT64_C(1) << len) - 1;
}

/* Of a block that has some of MAP_SIGNS. */
static void take_signs(struct scout *scout, const char *block)
{
	uint64_t ats = BITS64(block, v == '@'), calls = 0, reverse = 0;

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES) {
		calls |= vec_bits(is_call(block + i)) << i;
		reverse |= vec_bits(is_reverse(block + i)) << i;
	}
	take_units(scout, block, BITS64(block, is_unit(v)));
	take_pluses(scout, BITS64(block, v == '+'));
	if (ats)
		take_ats(scout, block, ats);
	mark_if(scout, HOT_REVERSE, reverse);
	mark_if(scout, HOT_CALL, calls);
}

static void take_block(struct scout *scout, const char *block)
{
	const uint64_t (*maps)[BLOCKS_ROOM] = (const uint64_t (*)[BLOCKS_ROOM])scout->decode->maps;
	uint64_t equals = maps[MAP_EQUALS][scout->number];

	if (maps[MAP_SIGNS][scout->number])
		take_signs(scout, block);
	if (equals)
		take_units(scout, block, equals);
	for (unsigned which = 0; which < 2; which++) {
		uint64_t quotes = maps[MAP_QUOTES + which][scout->number];

		if (quotes || (scout->quotes[which] & TOP))
			take_quotes(scout, block, which, quotes, equals);
		scout->quotes[which] = quotes;
	}
	scout->equals = equals;
	scout->number++;
}

void SEARCH(decode_map)(struct decode *decode)
{
	struct scout scout = { .decode = decode };
	struct lengths runs[RUNS_FIXED / SIDE_BY_SIDE] = { 0 };
	struct slice text = decode->text;
	size_t blocks = decode_blocks(decode);
	/* Blocks in which nothing is read behind the text; the others are copied, with zeros behind them. */
	size_t whole = text.len > LOOK_AHEAD ? (text.len - LOOK_AHEAD) / BYTES64 : 0;
	char tail[2 * BYTES64 + LOOK_AHEAD] = { 0 };

	if (text.len > 0)
		memcpy(tail, text.ptr + whole * BYTES64, text.len - whole * BYTES64);
	decode->hot_kinds = 0;
	decode->has_wide = false;
	/* A loop without calls: the constants of all classes stay where they are. */
	for (size_t i = 0; i < blocks; i++)
		map_block(decode, i, i < whole ? text.ptr + i * BYTES64 : tail + (i - whole) * BYTES64, runs);
	if (text.len % BYTES64 > 0)
		end_runs(decode->edges[blocks - 1], text.len % BYTES64);
	for (size_t i = 0; i < blocks; i++)
		take_block(&scout, i < whole ? text.ptr + i * BYTES64 : tail + (i - whole) * BYTES64);
	decode->steps += text.len;
}

void SEARCH(decode_edges_more)(struct decode *decode, size_t from, size_t to, enum run_kind kind)
{
	struct slice text = decode->text;
	struct lengths64 runs = { 0 };
	uint64_t before = 0;
	char padded[BYTES64] = { 0 };

	for (size_t at = from - from % BYTES64; at < to; at += BYTES64) {
		size_t left = text.len - at;
		const char *block = text.ptr + at;

		if (left < BYTES64)
			block = memcpy(padded, block, left);
		runs = lengths64_of(kind == RUNS_SPACED ? BITS64(block, is_spaced(v)) : BITS64(block, is_morse(v)), &runs);
		decode->edges_more[at / BYTES64] = runs.by23 ^ bits_behind(runs.by23, before, 1);
		before = runs.by23;
	}
}
