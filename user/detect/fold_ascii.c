/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixty-four bytes at a time become bit masks, one bit a byte; neighbours are
 * shifts. The last bytes of a block only serve as what stands behind: a block
 * begins LOOK_AHEAD bytes before the end of the one before.
 */
#include "detect/fold_ascii.h"

#include <stdint.h>
#include <string.h>

#include "detect/bytes64.h"

#define BLOCK BYTES64
#define LOOK_AHEAD 4
#define STEP (BLOCK - LOOK_AHEAD)

struct masks {
	uint64_t alnum, letter, white, line, other;	/* other: not ASCII, or a control character */
};

/* Small letters out. */
bytes64_inline struct masks take_block(const char *text, char *out)
{
	struct masks masks = { .alnum = 0 };

	for (unsigned i = 0; i < VECS; i++) {
		unsigned at = i * VEC_BYTES;
		vec v = vec_load(text + at), letter = vec_in(v | 0x20, 'a', 'z'), low = v | (letter & 0x20), line = v == '\n';

		memcpy(out + at, &low, sizeof(low));
		masks.letter |= vec_bits(letter) << at;
		masks.alnum |= vec_bits(letter | vec_in(v, '0', '9')) << at;
		masks.line |= vec_bits(line) << at;
		masks.white |= vec_bits(line | (v == ' ')) << at;
		/* With sign: bytes from 0x80 on are below ' ' too. */
		masks.other |= vec_bits((v < ' ') | (v == 0x7f)) << at;
	}
	masks.other &= ~masks.white;
	return masks;
}

/* Those from byte `n` on. */
static inline uint64_t bits_from(size_t n)
{
	return n < BLOCK ? UINT64_MAX << n : 0;
}

/* Bit i: byte i wants more than its small letter. Good for the first STEP bytes. */
static inline uint64_t find_trouble(const struct masks *m, uint64_t alnum_before, uint64_t white_before, size_t calm)
{
	uint64_t behind = m->alnum << 1 | alnum_before, run = m->white & (m->white << 1 | white_before);
	uint64_t single = m->alnum & ~behind & ~(m->alnum >> 1);
	uint64_t pair = single & single >> 2 & (m->letter | m->letter >> 2);
	uint64_t wide_pair = single & single >> 3 & m->letter & m->letter >> 3;
	/* The second of two line ends that stay: neither behind nor before more white space, nor behind a single letter. */
	uint64_t empty_line = m->line & m->line << 1 & ~(m->white << 2 | white_before << 1) & ~(m->white >> 1) &
			      ~(single << 2 | alnum_before << 1);

	return m->other | (run & ~empty_line) | ((pair | wide_pair) & bits_from(calm));
}

/* What is left of a text, made a block with bytes behind it that are trouble. */
static size_t take_tail(const char *text, size_t len, uint64_t alnum_before, uint64_t white_before, size_t calm, char *out)
{
	char padded[BLOCK] = { 0 };
	struct masks masks;

	memcpy(padded, text, len);
	masks = take_block(padded, out);
	return (size_t)__builtin_ctzll(find_trouble(&masks, alnum_before, white_before, calm));
}

size_t fold_ascii(const char *text, size_t len, bool behind_white, size_t calm, char *out)
{
	uint64_t alnum = 0, white = behind_white;
	size_t at = 0;

	for (; len - at >= BLOCK; at += STEP) {
		struct masks masks = take_block(text + at, out + at);
		uint64_t trouble = find_trouble(&masks, alnum, white, calm > at ? calm - at : 0) & (UINT64_MAX >> LOOK_AHEAD);

		if (trouble)
			return at + (size_t)__builtin_ctzll(trouble);
		alnum = masks.alnum >> (STEP - 1) & 1;
		white = masks.white >> (STEP - 1) & 1;
	}
	return at + take_tail(text + at, len - at, alnum, white, calm > at ? calm - at : 0, out + at);
}
