/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base45 (RFC 9285): three digits are two bytes, the first one the lowest; blanks
 * are digits, and a last byte by itself is left out. And basE91: two digits are 13
 * or 14 bits. Both begin a run without blanks, whose first digits tell of nearly
 * all that they are none.
 */
#include "detect/decode_impl.h"

#define RESULT_LEAST 14u
#define TOLD_BY 6u	/* bytes */
#define BEFORE_MOST 64u	/* bytes before a run, of runs that are too short to be found by themselves */

/* `most`: bytes. Returns the end of what was read. */
static size_t read45(struct decode *decode, size_t start, size_t most, struct sink *sink)
{
	const uint8_t *digits = decode->digits[ALPHABET_BASE45];
	const unsigned char *text = (const unsigned char *)decode->text.ptr;
	size_t at = start;

	for (; decode->text.len - at >= 3 && sink->len < most && !sink->cut; at += 3) {
		unsigned first = digits[text[at]], second = digits[text[at + 1]],
			 third = digits[text[at + 2]];
		unsigned value = first + 45 * second + 2025 * third;

		if (first == ALPHABET_NONE || second == ALPHABET_NONE || third == ALPHABET_NONE ||
		    value > 0xffff)
			break;
		sink_put(sink, (unsigned char)(value >> 8));
		sink_put(sink, (unsigned char)(value & 0xff));
	}
	decode->steps += at - start + 1;
	return at;
}

static size_t read91(struct decode *decode, size_t start, size_t most, struct sink *sink)
{
	const uint8_t *digits = decode->digits[ALPHABET_BASE91];
	const unsigned char *text = (const unsigned char *)decode->text.ptr;
	size_t at = start;
	uint32_t bits = 0;
	unsigned held = 0;

	for (; decode->text.len - at >= 2 && sink->len < most && !sink->cut; at += 2) {
		uint32_t low = digits[text[at]], high = digits[text[at + 1]], value = low + 91 * high;

		if (low == ALPHABET_NONE || high == ALPHABET_NONE)
			break;
		bits |= value << held;
		held += (value & 8191) > 88 ? 13 : 14;
		for (; held >= 8; held -= 8, bits >>= 8)
			sink_put(sink, (unsigned char)(bits & 0xff));
	}
	decode->steps += at - start + 1;
	return at;
}

static size_t try_base(struct decode *decode, size_t start, enum decoder_id decoder,
		       size_t (*read)(struct decode *decode, size_t start, size_t most, struct sink *sink))
{
	struct sink sink = decode_sink(decode);
	size_t end;

	(void)read(decode, start, TOLD_BY, &sink);
	if (sink.len < TOLD_BY || !decode_is_printable(sink_slice(&sink)))
		return start;
	sink.len = 0;
	end = read(decode, start, SIZE_MAX, &sink);
	if (sink.len < RESULT_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, decoder, start, end, &sink);
	return end;
}

/* A run without blanks is not the first one of all that are parted by digits. */
static size_t first_digit(struct decode *decode, size_t start)
{
	const uint8_t *digits = decode->digits[ALPHABET_BASE45];
	const char *text = decode->text.ptr;
	size_t at = start;

	while (at > 0 && start - at < BEFORE_MOST && digits[(unsigned char)text[at - 1]] != ALPHABET_NONE)
		at--;
	while (at < start && (text[at] == ' ' || text[at] == ':'))
		at++;
	decode->steps += start - at;
	return at;
}

size_t decode_base45(struct decode *decode, size_t start)
{
	size_t from = first_digit(decode, start), end = try_base(decode, from, DECODER_BASE45, read45);

	return end > from ? end : start;
}

size_t decode_base91(struct decode *decode, size_t start)
{
	return try_base(decode, start, DECODER_BASE91, read91);
}
