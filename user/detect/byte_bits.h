/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of sixteen bytes, each 0 or 0xff, as sixteen bits: the first byte's is the lowest. */
#ifndef PROMTAP_DETECT_BYTE_BITS_H
#define PROMTAP_DETECT_BYTE_BITS_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

static inline uint64_t byte_bits(const void *mask)
{
	__m128i vector;

	memcpy(&vector, mask, sizeof(vector));
	return (uint64_t)(uint32_t)_mm_movemask_epi8(vector);
}
#else
/* The lowest bit of each byte, gathered by one multiplication that adds none of them up. */
static inline uint64_t bits_of_eight(uint64_t mask)
{
	return ((mask & 0x0101010101010101ull) * 0x0102040810204080ull) >> 56;
}

static inline uint64_t byte_bits(const void *mask)
{
	uint64_t half[2];

	memcpy(half, mask, sizeof(half));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	half[0] = __builtin_bswap64(half[0]);
	half[1] = __builtin_bswap64(half[1]);
#endif
	return bits_of_eight(half[0]) | bits_of_eight(half[1]) << 8;
}
#endif

#endif
