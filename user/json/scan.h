/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at many bytes at once: 16 with SSE2 or NEON, 8 in a register
 * elsewhere (or where JSON_SCAN_PORTABLE says so, for tests). Nothing is read
 * past the end that is given.
 */
#ifndef PROMTAP_JSON_SCAN_H
#define PROMTAP_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(JSON_SCAN_PORTABLE)
#define JSON_SCAN_SSE2
#include <emmintrin.h>
#elif defined(__aarch64__) && !defined(JSON_SCAN_PORTABLE)
#define JSON_SCAN_NEON
#include <arm_neon.h>
#endif

#define JSON_BLOCK_BYTES 64

/* A bit for each of 64 bytes, the first one lowest. */
struct json_block {
	uint64_t quotes;
	uint64_t backslashes;
	uint64_t open;		/* '[' and '{' */
	uint64_t close;		/* ']' and '}' */
};

#if defined(JSON_SCAN_SSE2)

#define JSON_LANES 16

static inline uint64_t json_mask16(__m128i hits)
{
	return (uint32_t)_mm_movemask_epi8(hits);
}

static inline __m128i json_load16(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void json_block_text(const char *p, struct json_block *block)
{
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');

	block->quotes = block->backslashes = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 16) {
		__m128i bytes = json_load16(p + i);

		block->quotes |= json_mask16(_mm_cmpeq_epi8(bytes, quote)) << i;
		block->backslashes |= json_mask16(_mm_cmpeq_epi8(bytes, backslash)) << i;
	}
}

/* '[' and '{', ']' and '}' differ in bit 0x20 only. */
static inline void json_block_brackets(const char *p, struct json_block *block)
{
	const __m128i open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}'), bit = _mm_set1_epi8(0x20);

	block->open = block->close = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 16) {
		__m128i bytes = _mm_or_si128(json_load16(p + i), bit);

		block->open |= json_mask16(_mm_cmpeq_epi8(bytes, open)) << i;
		block->close |= json_mask16(_mm_cmpeq_epi8(bytes, close)) << i;
	}
}

/* The first byte of 16 that ends a run of plain string text, or 16. Strict:
 * control characters and bytes above 0x7f (negative here) end it too. */
static inline unsigned json_stop_at(const char *p, bool strict)
{
	__m128i bytes = json_load16(p);
	__m128i stop = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
				    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

	if (strict)
		stop = _mm_or_si128(stop, _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
	return (unsigned)__builtin_ctzll(json_mask16(stop) | (1u << JSON_LANES));
}

#elif defined(JSON_SCAN_NEON)

#define JSON_LANES 16

static inline uint8x16_t json_load16(const char *p)
{
	return vld1q_u8((const uint8_t *)p);
}

/* NEON has no instruction for "a bit per byte": each byte keeps the bit of its
 * place, and pairwise sums put eight of them into one byte. */
static inline uint64_t json_mask16(uint8x16_t hits)
{
	static const uint8_t places[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t sum = vandq_u8(hits, vld1q_u8(places));

	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u16(vreinterpretq_u16_u8(sum), 0);
}

static inline void json_block_text(const char *p, struct json_block *block)
{
	block->quotes = block->backslashes = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 16) {
		uint8x16_t bytes = json_load16(p + i);

		block->quotes |= json_mask16(vceqq_u8(bytes, vdupq_n_u8('"'))) << i;
		block->backslashes |= json_mask16(vceqq_u8(bytes, vdupq_n_u8('\\'))) << i;
	}
}

/* '[' and '{', ']' and '}' differ in bit 0x20 only. */
static inline void json_block_brackets(const char *p, struct json_block *block)
{
	block->open = block->close = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 16) {
		uint8x16_t bytes = vorrq_u8(json_load16(p + i), vdupq_n_u8(0x20));

		block->open |= json_mask16(vceqq_u8(bytes, vdupq_n_u8('{'))) << i;
		block->close |= json_mask16(vceqq_u8(bytes, vdupq_n_u8('}'))) << i;
	}
}

/* As above. Halving each 16-bit lane leaves four bits per byte. */
static inline unsigned json_stop_at(const char *p, bool strict)
{
	uint8x16_t bytes = json_load16(p);
	uint8x16_t stop = vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
	uint64_t nibbles;

	if (strict)
		stop = vorrq_u8(stop, vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20)));
	nibbles = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(stop), 4)), 0);
	return nibbles ? (unsigned)__builtin_ctzll(nibbles) / 4 : JSON_LANES;
}

#else

#define JSON_LANES 8
#define JSON_EACH_BYTE 0x0101010101010101ull
#define JSON_TOP_BITS 0x8080808080808080ull

/* The first byte in the lowest place, whatever the machine's order. */
static inline uint64_t json_load8(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The top bit of each byte that equals `c`; exact in every place: the sum of
 * the low seven bits and 0x7f carries into the top bit unless they are zero,
 * and never beyond it. */
static inline uint64_t json_equal8(uint64_t word, char c)
{
	uint64_t differs = word ^ JSON_EACH_BYTE * (uint8_t)c;

	return ~(((differs & ~JSON_TOP_BITS) + ~JSON_TOP_BITS) | differs) & JSON_TOP_BITS;
}

/* Bytes below 0x20 or above 0x7f. */
static inline uint64_t json_not_plain8(uint64_t word)
{
	return (~((word & ~JSON_TOP_BITS) + JSON_EACH_BYTE * 0x60) | word) & JSON_TOP_BITS;
}

/* Top bits to eight bits in a row: the product adds each at a place of its own. */
static inline uint64_t json_mask8(uint64_t tops)
{
	return ((tops >> 7) * 0x0102040810204080ull) >> 56;
}

static inline void json_block_text(const char *p, struct json_block *block)
{
	block->quotes = block->backslashes = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 8) {
		uint64_t word = json_load8(p + i);

		block->quotes |= json_mask8(json_equal8(word, '"')) << i;
		block->backslashes |= json_mask8(json_equal8(word, '\\')) << i;
	}
}

/* '[' and '{', ']' and '}' differ in bit 0x20 only. */
static inline void json_block_brackets(const char *p, struct json_block *block)
{
	block->open = block->close = 0;
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i += 8) {
		uint64_t word = json_load8(p + i) | JSON_EACH_BYTE * 0x20;

		block->open |= json_mask8(json_equal8(word, '{')) << i;
		block->close |= json_mask8(json_equal8(word, '}')) << i;
	}
}

/* The first byte of 8 that ends a run of plain string text, or 8. Strict:
 * control characters and bytes above 0x7f end it too. */
static inline unsigned json_stop_at(const char *p, bool strict)
{
	uint64_t word = json_load8(p);
	uint64_t stop = json_equal8(word, '"') | json_equal8(word, '\\') | (strict ? json_not_plain8(word) : 0);

	return stop ? (unsigned)__builtin_ctzll(stop) / 8 : JSON_LANES;
}

#endif

static inline bool json_stops(char c, bool strict)
{
	return c == '"' || c == '\\' || (strict && ((unsigned char)c < 0x20 || (unsigned char)c > 0x7f));
}

/* The first byte that ends a run of plain string text, or `end`. */
static inline const char *json_scan_plain(const char *p, const char *end, bool strict)
{
	for (; end - p >= JSON_LANES; p += JSON_LANES) {
		unsigned stop = json_stop_at(p, strict);

		if (stop < JSON_LANES)
			return p + stop;
	}
	while (p < end && !json_stops(*p, strict))
		p++;
	return p;
}

#endif
