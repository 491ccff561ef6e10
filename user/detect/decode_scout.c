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

static void mark(struct scout *scout, enum hot_kind kind)
{
	size_t granule = scout->at >> scout->decode->granule_shift;

	scout->decode->hot[kind][granule / 64] |= UINT64_C(1) << granule % 64;
	scout->decode->hot_kinds |= 1u << kind;
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
		return next == '+' ? HOT_NOTATION : HOT_MAX;
	}
}

static void take_units(struct scout *scout, const char *block)
{
	uint64_t units = BITS64(block, vec_in(v, '%', '&') | (v == '=') | (v == '\\') |
					       ((v == 'U') & (vec_load(block + i_ * VEC_BYTES + 1) == '+')));

	for (; units; units &= units - 1) {
		enum hot_kind kind = kind_of(block + __builtin_ctzll(units));

		if (kind != HOT_MAX)
			mark(scout, kind);
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
static uint64_t find_joined(const char *block, uint64_t quotes, uint64_t before)
{
	/* \ | ~ with one bit set, and & . ; others do no harm. */
	uint64_t joins = BITS64(block, ((v | 0x22) == '~') | ((v | 8) == '.') | (v == '+') | vec_in(v, 0, ' '));
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
	uint64_t parts = BITS64(block, (v == ',') | (v == ':') | ((v | 0x20) == '}'));
	uint64_t found = quotes & ~(parts >> 1) & (quotes >> 2 | quotes >> 3);

	return found & (found - 1);
}

static void take_quotes(struct scout *scout, const char *block, unsigned which, uint64_t quotes, uint64_t equals)
{
	uint64_t near;

	if (quotes | (scout->quotes[which] & TOP))
		mark_if(scout, HOT_JOINED, find_joined(block, quotes, scout->quotes[which]) | find_short(block, quotes));
	near = bits_behind(equals, scout->equals, 1) | bits_behind(equals, scout->equals, 2) |
	       bits_behind(equals, scout->equals, 3);
	mark_if(scout, HOT_NAMED, quotes & near);
	scout->quotes[which] = quotes;
}

static void take_literals(struct scout *scout, const char *block)
{
	uint64_t equals = BITS64(block, v == '=');

	take_quotes(scout, block, 0, BITS64(block, v == '"'), equals);
	take_quotes(scout, block, 1, BITS64(block, v == '\''), equals);
	scout->equals = equals;
}

/* ---- a block ---- */

/* What words of it a block may have: each is told by two of its letters. */
struct words {
	uint64_t reverse;	/* "vers" and "kw": of reverse, inverse, backwards */
	uint64_t call;		/* "chr(" */
};

bytes64_inline struct words find_words(const char *block)
{
	vec16 reverse = { 0 }, call = { 0 };

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES) {
		vec16 v = vec_load(block + i), second = vec_load(block + i + 1), last = vec_load(block + i + 3);

		reverse |= ((v == 'v') & (last == 's')) | ((v == 'k') & (second == 'w'));
		call |= (last == '(') & ((second | 0x20) == 'h');
	}
	return (struct words){ vec_bits(reverse), vec_bits(call) };
}

/* Of the signs that units and literals are told by: any in the block. */
bytes64_inline uint64_t find_signs(const char *block, uint64_t *ret_ats)
{
	vec16 signs = { 0 }, ats = { 0 };

	for (unsigned i = 0; i < BYTES64; i += VEC_BYTES) {
		vec16 v = vec_load(block + i);

		signs |= vec_in(v, '"', '\'') | (v == '+') | (v == '=') | (v == '\\');
		ats |= v == '@';
	}
	*ret_ats = vec_bits(ats);
	return vec_bits(signs);
}

/* Bytes up to LOOK_AHEAD behind the block are read. */
static void take_block(struct scout *scout, const char *block)
{
	uint64_t ats, signs = find_signs(block, &ats);
	struct words words = find_words(block);

	if (signs)
		take_units(scout, block);
	if (signs | ((scout->quotes[0] | scout->quotes[1]) & TOP))
		take_literals(scout, block);
	else
		scout->quotes[0] = scout->quotes[1] = scout->equals = 0;
	if (ats)
		take_ats(scout, block);
	mark_if(scout, HOT_REVERSE, words.reverse);
	mark_if(scout, HOT_CALL, words.call);
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

void decode_scout(struct decode *decode)
{
	struct scout scout = { .decode = decode };
	struct slice text = decode->text;
	size_t words;

	decode->hot_kinds = 0;
	decode->granule_shift = BLOCK_SHIFT;
	while (text.len >> decode->granule_shift >= HOT_WORDS * 64)
		decode->granule_shift++;
	words = (text.len >> decode->granule_shift) / 64 + 1;
	for (unsigned kind = 0; kind < HOT_MAX; kind++)
		memset(decode->hot[kind], 0, words * sizeof(decode->hot[kind][0]));
	for (; text.len - scout.at >= BYTES64 + LOOK_AHEAD; scout.at += BYTES64)
		take_block(&scout, text.ptr + scout.at);
	if (text.len > 0)
		take_tail(&scout, text);
	decode->steps += text.len;
}

/* ---- what was found ---- */

/* The first granule from `granule` on whose bit is `is`; `end` where there is none. */
static size_t next_granule(const uint64_t *hot, size_t granule, size_t end, bool is)
{
	while (granule < end) {
		uint64_t word = (is ? hot[granule / 64] : ~hot[granule / 64]) >> granule % 64;

		if (word)
			return granule + (size_t)__builtin_ctzll(word);
		granule = (granule / 64 + 1) * 64;
	}
	return end;
}

size_t decode_next_hot(const struct decode *decode, enum hot_kind kind, size_t at, size_t *ret_end)
{
	unsigned shift = decode->granule_shift;
	size_t len = decode->text.len, granules = (len >> shift) + 1, from, to, start;

	*ret_end = len;
	if (!(decode->hot_kinds >> kind & 1))
		return len;
	from = next_granule(decode->hot[kind], at >> shift, granules, true);
	to = next_granule(decode->hot[kind], from, granules, false);
	start = from << shift;

	*ret_end = to << shift < len ? to << shift : len;
	start = start > at ? start : at;
	return start < len ? start : len;
}
