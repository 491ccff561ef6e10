/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over a text that says where the others have to look: nearly all text
 * has nothing encoded in it, and ten searches that find nothing cost more than
 * one that asks for all at once. Blocks without a sign that units and string
 * literals need are passed over, in others masks say where they stand.
 */
#include <string.h>

#include "detect/bytes64.h"
#include "detect/decode_impl.h"

#define BLOCK_SHIFT 6u
#define LOOK_AHEAD 16u	/* bytes behind a block that may be read */
#define TOP (UINT64_C(1) << 63)
#define ROT47_NEAR 24u	/* bytes within which its signs stand */

struct scout {
	struct decode *decode;
	size_t at;	/* of the block */
	uint64_t quotes[2], equals;	/* of the block before */
};

/* Most texts have none of most kinds: marks of an earlier text go when the first of this one comes. */
static void mark(struct scout *scout, enum hot_kind kind)
{
	struct decode *decode = scout->decode;
	size_t granule = scout->at >> decode->granule_shift, last = decode->text.len >> decode->granule_shift;

	if (!(decode->hot_kinds >> kind & 1))
		memset(decode->hot[kind], 0, (last / 64 + 1) * sizeof(decode->hot[kind][0]));
	decode->hot[kind][granule / 64] |= UINT64_C(1) << granule % 64;
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
		return small == 'u' || small == 'x' || (next & ~3) == '0' ? HOT_ESCAPE : HOT_MAX;
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
		size_t at = scout->at + (size_t)__builtin_ctzll(pluses);

		if (at > 0 && scout->decode->text.ptr[at - 1] == 'U')
			mark(scout, HOT_NOTATION);
	}
}

static void take_ats(struct scout *scout, const char *block)
{
	uint64_t ats = BITS64(block, v == '@'), both = BITS64(block, vec_in(v, '?', '@'));

	if (ats && ((both & (both - 1)) | ats >> (64 - ROT47_NEAR)))
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

static void take_quotes(struct scout *scout, const char *block, unsigned which, uint64_t quotes, uint64_t equals)
{
	uint64_t before = scout->quotes[which], near, joins;

	scout->quotes[which] = quotes;
	if (!quotes && !(before & TOP))
		return;
	/* \ | ~ with one bit set, and & . ; others do no harm. */
	joins = BITS64(block, ((v | 0x22) == '~') | ((v | 8) == '.') | (v == '+') | vec_in(v, 0, ' '));
	mark_if(scout, HOT_JOINED, find_joined(joins, quotes, before) | find_short(block, quotes));
	near = bits_behind(equals, scout->equals, 1) | bits_behind(equals, scout->equals, 2) |
	       bits_behind(equals, scout->equals, 3);
	mark_if(scout, HOT_NAMED, quotes & near);
}

/* ---- a block ---- */

/* Where in a block stands what something is told by: units and literals by signs, words by two of their letters. */
struct signs {
	uint64_t units;		/* % & = \ */
	uint64_t equals, pluses, quotes[2], ats;
	uint64_t reverse;	/* "vers" and "kw": of reverse, inverse, backwards */
	uint64_t call;		/* "chr(" */
};

bytes64_inline struct signs find_signs(const char *block)
{
	struct signs signs = { 0 };

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES) {
		vec v = vec_load(block + i), second = vec_load(block + i + 1), last = vec_load(block + i + 3);

		signs.units |= vec_bits(vec_in(v, '%', '&') | (v == '\\')) << i;
		signs.equals |= vec_bits(v == '=') << i;
		signs.pluses |= vec_bits(v == '+') << i;
		signs.quotes[0] |= vec_bits(v == '"') << i;
		signs.quotes[1] |= vec_bits(v == '\'') << i;
		signs.ats |= vec_bits(v == '@') << i;
		signs.reverse |= vec_bits(((v == 'v') & (last == 's')) | ((v == 'k') & (second == 'w'))) << i;
		signs.call |= vec_bits((last == '(') & ((second | 0x20) == 'h')) << i;
	}
	signs.units |= signs.equals;
	return signs;
}

/* Bytes up to LOOK_AHEAD behind the block are read. */
static void take_block(struct scout *scout, const char *block)
{
	struct signs signs = find_signs(block);

	take_units(scout, block, signs.units);
	take_pluses(scout, signs.pluses);
	take_quotes(scout, block, 0, signs.quotes[0], signs.equals);
	take_quotes(scout, block, 1, signs.quotes[1], signs.equals);
	scout->equals = signs.equals;
	if (signs.ats)
		take_ats(scout, block);
	mark_if(scout, HOT_REVERSE, signs.reverse);
	mark_if(scout, HOT_CALL, signs.call);
}

/* What is left, with zeros behind it. */
static void take_tail(struct scout *scout, struct slice text)
{
	char padded[2 * BYTES64 + LOOK_AHEAD];
	size_t left = text.len - scout->at;

	memcpy(padded, text.ptr + scout->at, left);
	memset(padded + left, 0, sizeof(padded) - left);
	for (size_t done = 0; done < left; done += BYTES64, scout->at += BYTES64)
		take_block(scout, padded + done);
}

void SEARCH(decode_scout)(struct decode *decode)
{
	struct scout scout = { .decode = decode };
	struct slice text = decode->text;

	decode->hot_kinds = 0;
	decode->granule_shift = BLOCK_SHIFT;
	while (text.len >> decode->granule_shift >= HOT_WORDS * 64)
		decode->granule_shift++;
	for (; text.len - scout.at >= BYTES64 + LOOK_AHEAD; scout.at += BYTES64)
		take_block(&scout, text.ptr + scout.at);
	if (text.len > 0)
		take_tail(&scout, text);
	decode->steps += text.len;
}
