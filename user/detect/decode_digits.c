/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of digits without blanks: pairs of hex digits, groups of eight binary
 * ones, decimal code points; and base58, base62 and base36, which are one long number.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define RESULT_LEAST 8u
#define BINARY_LEAST 64u
#define DECIMAL_LEAST 24u
#define LONG_NUMBER_LEAST 22u
#define LONG_NUMBER_MOST 512u	/* the work grows with the square: longer ones are left out */

static bool keep(struct decode *decode, enum decoder_id decoder, size_t start, size_t end, const struct sink *sink,
		 enum text_demand demand)
{
	if (sink->len < RESULT_LEAST || !decode_is_text(sink_slice(sink), demand))
		return false;
	decode_keep(decode, decoder, start, end, sink);
	return true;
}

/* Not a byte of text: control, or none of UTF-8. */
static bool is_alien(unsigned byte)
{
	return byte < 0x80 ? !byte_is((char)byte, BYTE_PRINT) : byte >= 0xf5 || byte == 0xc0 || byte == 0xc1;
}

static bool try_hex(struct decode *decode, size_t start, size_t end)
{
	struct sink sink = decode_sink(decode);
	const char *text = decode->text.ptr;
	size_t at = start, bad = 0;

	for (; at + 1 < end && bad * 20 <= at - start && !sink.cut; at += 2) {
		unsigned high = hex_value(text[at]), low = hex_value(text[at + 1]);

		if (high > 15 || low > 15)
			break;
		bad += is_alien(high << 4 | low);
		sink_put(&sink, (unsigned char)(high << 4 | low));
	}
	decode->steps += at - start;
	return (at == end || sink.cut) && keep(decode, DECODER_HEX, start, end, &sink, TEXT_LOOSE);
}

static bool try_binary(struct decode *decode, size_t start, size_t end)
{
	struct sink sink = decode_sink(decode);
	unsigned bits = 0;
	size_t at = start;

	if (end - start < BINARY_LEAST || (end - start) % 8 != 0)
		return false;
	for (; at < end && (decode->text.ptr[at] | 1) == '1' && !sink.cut; at++) {
		bits = bits << 1 | (unsigned)(decode->text.ptr[at] & 1);
		if ((at - start) % 8 == 7)
			sink_put(&sink, (unsigned char)bits);
	}
	decode->steps += at - start;
	return (at == end || sink.cut) && keep(decode, DECODER_BINARY, start, end, &sink, TEXT_LOOSE);
}

/* Code points from 32 to 126: those of three digits begin with a 1, those of two do not, so that no gaps are needed;
 * or all are padded to three. */
static bool try_decimal(struct decode *decode, size_t start, size_t end)
{
	struct sink sink = decode_sink(decode);
	const char *text = decode->text.ptr;
	size_t at = start;

	if (end - start < DECIMAL_LEAST)
		return false;
	while (at < end && !sink.cut) {
		size_t digits = text[at] == '1' || text[at] == '0' ? 3 : 2;
		unsigned code = 0;

		if (at + digits > end)
			break;
		for (size_t i = 0; i < digits; i++)
			code = code * 10 + (unsigned)(text[at + i] - '0');
		if (code < 32 || code > 126)
			break;
		sink_put(&sink, (unsigned char)code);
		at += digits;
	}
	decode->steps += at - start;
	return (at == end || sink.cut) && keep(decode, DECODER_DECIMAL, start, end, &sink, TEXT_STRICT);
}

bool decode_digits(struct decode *decode, size_t start, size_t end)
{
	size_t at = start;

	/* Of an odd number of digits the first may belong to what is before. */
	if (try_hex(decode, start + (end - start) % 2, end))
		return true;
	while (at < end && byte_is(decode->text.ptr[at], BYTE_DIGIT))
		at++;
	decode->steps += at - start;
	return at == end && (try_binary(decode, start, end) || try_decimal(decode, start, end));
}

/* ---- one long number: base58, base62, base36 ---- */

struct base {
	enum decoder_id decoder;
	uint32_t base;
	const uint8_t *digits;
};

/* number = number * factor + add, the least limb first; returns how many limbs it takes. */
static size_t multiply(uint32_t *number, size_t limbs, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;

	for (size_t i = 0; i < limbs; i++) {
		carry += (uint64_t)number[i] * factor;
		number[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry > 0)
		number[limbs++] = (uint32_t)carry;
	return limbs;
}

/* Small letters and capitals are the same digits of base36. */
static unsigned digit_of(const struct base *base, char byte)
{
	if (base->base == 36)
		return byte_is(byte, BYTE_DIGIT) ? (unsigned)(byte - '0') : (unsigned)(byte_lower(byte) - 'a' + 10);
	return base->digits[(unsigned char)byte];
}

/* Five digits at a time: 62 to the fifth fits 32 bits. */
static size_t read_number(const struct base *base, const char *text, size_t len, uint32_t *number)
{
	size_t limbs = 0;

	for (size_t at = 0; at < len;) {
		uint32_t factor = 1, add = 0;

		for (size_t i = 0; i < 5 && at < len; i++, at++) {
			factor *= base->base;
			add = add * base->base + digit_of(base, text[at]);
		}
		limbs = multiply(number, limbs, factor, add);
	}
	return limbs;
}

static bool try_base(struct decode *decode, const struct base *base, size_t start, size_t end)
{
	/* A digit takes less than six bits. */
	uint32_t number[LONG_NUMBER_MOST * 6 / 32 + 1];
	struct sink sink = decode_sink(decode);
	size_t limbs = read_number(base, decode->text.ptr + start, end - start, number);

	decode->steps += end - start;
	for (size_t i = limbs * 4; i-- > 0;) {
		unsigned char byte = (unsigned char)(number[i / 4] >> (8 * (i % 4)));

		if (byte != 0 || sink.len > 0)
			sink_put(&sink, byte);
	}
	return keep(decode, base->decoder, start, end, &sink, TEXT_LOOSE);
}

/* Names have no figures, or letters of one case; numbers of these bases have all three, or of two. */
bool decode_long_number(struct decode *decode, size_t start, size_t end)
{
	const uint8_t *digits58 = decode->digits[ALPHABET_BASE58];
	bool digits = false, small = false, capitals = false, base58 = true;
	const char *text = decode->text.ptr;

	if (end - start < LONG_NUMBER_LEAST || end - start > LONG_NUMBER_MOST)
		return false;
	for (size_t at = start; at < end; at++) {
		digits |= byte_is(text[at], BYTE_DIGIT);
		small |= text[at] >= 'a';
		capitals |= text[at] >= 'A' && text[at] <= 'Z';
		base58 &= digits58[(unsigned char)text[at]] != ALPHABET_NONE;
	}
	decode->steps += end - start;
	if (base58 && try_base(decode, &(struct base){ DECODER_BASE58, 58, digits58 }, start, end))
		return true;
	if (!digits || (!small && !capitals))
		return false;
	if (small != capitals)
		return try_base(decode, &(struct base){ DECODER_BASE62, 36, NULL }, start, end);
	return try_base(decode, &(struct base){ DECODER_BASE62, 62, decode->digits[ALPHABET_BASE62] }, start,
			end);
}
