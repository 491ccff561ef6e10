/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixty-four bytes at a time: what is true of each becomes a bit, bit 0 of the
 * first. The vectors are as wide as the file is compiled for.
 */
#ifndef PROMTAP_DETECT_BYTES64_H
#define PROMTAP_DETECT_BYTES64_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define BYTES64 64u
#ifdef __AVX2__
#define VEC_BYTES 32u
#else
#define VEC_BYTES 16u
#endif
#define VECS (BYTES64 / VEC_BYTES)

typedef int8_t vec __attribute__((vector_size(VEC_BYTES)));
typedef uint8_t uvec __attribute__((vector_size(VEC_BYTES)));
#ifndef __AVX2__
typedef vec vec16;	/* of files that are compiled for this width alone */
#endif

/* Of small functions whose loops over VECS have to come out as straight code. */
#define bytes64_inline static inline __attribute__((always_inline))

#ifdef __AVX2__
bytes64_inline uint64_t vec_bits(vec truth)
{
	return (uint64_t)(uint32_t)_mm256_movemask_epi8((__m256i)truth);
}
#elif defined(__SSE2__)
bytes64_inline uint64_t vec_bits(vec truth)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8((__m128i)truth);
}
#else
/* The lowest bit of each byte, gathered by one multiplication that adds none of them up. */
bytes64_inline uint64_t bits_of_eight(uint64_t truth)
{
	return ((truth & 0x0101010101010101ull) * 0x0102040810204080ull) >> 56;
}

bytes64_inline uint64_t vec_bits(vec truth)
{
	uint64_t half[2];

	memcpy(half, &truth, sizeof(half));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	half[0] = __builtin_bswap64(half[0]);
	half[1] = __builtin_bswap64(half[1]);
#endif
	return bits_of_eight(half[0]) | bits_of_eight(half[1]) << 8;
}
#endif

bytes64_inline vec vec_load(const char *from)
{
	vec bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return bytes;
}

/* A comparison with sign, as the processor has it, of the range moved to the top of what is signed. */
bytes64_inline vec vec_in(vec bytes, unsigned char from, unsigned char to)
{
	return (vec)((uvec)bytes + (uint8_t)(0x7f - to)) > (int8_t)(0x7f - (to - from) - 1);
}

/* Bit i: `is` holds for byte i of the block. `is` takes a vector named `v`. */
#define BITS64(block, is)                                                  \
	({                                                                 \
		uint64_t bits64_ = 0;                                      \
		for (unsigned i_ = 0; i_ < VECS; i_++) {                   \
			vec v = vec_load((block) + i_ * VEC_BYTES);      \
			bits64_ |= vec_bits((vec)(is)) << (i_ * VEC_BYTES); \
		}                                                          \
		bits64_;                                                   \
	})

/* Bit i: a run that is so long ends with byte i, or goes on there. */
struct lengths64 {
	uint64_t by1, by2, by4, by8, by16, by23;
};

/* Moved by n, with those of the block before in front. */
bytes64_inline uint64_t bits_behind(uint64_t bits, uint64_t before, unsigned n)
{
	return bits << n | before >> (64 - n);
}

bytes64_inline struct lengths64 lengths64_of(uint64_t bits, const struct lengths64 *before)
{
	struct lengths64 runs = { .by1 = bits };

	runs.by2 = runs.by1 & bits_behind(runs.by1, before->by1, 1);
	runs.by4 = runs.by2 & bits_behind(runs.by2, before->by2, 2);
	runs.by8 = runs.by4 & bits_behind(runs.by4, before->by4, 4);
	runs.by16 = runs.by8 & bits_behind(runs.by8, before->by8, 8);
	runs.by23 = runs.by16 & bits_behind(runs.by16, before->by16, 7);
	return runs;
}

#endif
