/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixty-four bytes at a time become bit masks, one bit a byte; neighbours are
 * shifts. The last bytes of a block only serve as what stands behind: a block
 * begins LOOK_AHEAD bytes before the end of the one before.
 */
#include "detect/fold_ascii.h"

#include <stdint.h>
#include <string.h>

#include "detect/byte_bits.h"

#define BLOCK 64
#define LOOK_AHEAD 4
#define STEP (BLOCK - LOOK_AHEAD)

typedef uint8_t vec __attribute__((vector_size(16)));
typedef int8_t mask_vec __attribute__((vector_size(16)));

struct masks {
	uint64_t alnum, letter, white, other;	/* other: not ASCII, or a control character */
};

/* Sixteen bytes: small letters out, masks at bit `at`. */
static inline void take_vec(const char *text, char *out, struct masks *masks, unsigned at)
{
	vec v, low;
	mask_vec upper, letter, word, white, control;

	memcpy(&v, text, sizeof(v));
	upper = (mask_vec)((vec)(v - 'A') < 26);
	low = v | ((vec)upper & 0x20);
	memcpy(out, &low, sizeof(low));
	letter = (mask_vec)((vec)(low - 'a') < 26);
	word = letter | (mask_vec)((vec)(v - '0') < 10);
	white = (mask_vec)(v == ' ') | (mask_vec)(v == '\n');
	/* Signed: bytes from 0x80 on are below ' ' too. */
	control = (((mask_vec)v < ' ') | (mask_vec)(v == 0x7f)) & ~white;
	masks->letter |= byte_bits(&letter) << at;
	masks->alnum |= byte_bits(&word) << at;
	masks->white |= byte_bits(&white) << at;
	masks->other |= byte_bits(&control) << at;
}

static inline struct masks take_block(const char *text, char *out)
{
	struct masks masks = { 0, 0, 0, 0 };

	for (unsigned at = 0; at < BLOCK; at += sizeof(vec))
		take_vec(text + at, out + at, &masks, at);
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
	uint64_t behind = m->alnum << 1 | alnum_before;
	uint64_t single = m->alnum & ~behind & ~(m->alnum >> 1);

	uint64_t pair = single & single >> 2 & (m->letter | m->letter >> 2);
	uint64_t wide_pair = single & single >> 3 & m->letter & m->letter >> 3;

	return m->other | (m->white & (m->white << 1 | white_before)) | ((pair | wide_pair) & bits_from(calm));
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
