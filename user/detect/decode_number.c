/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers parted by blanks, commas, colons, semicolons or hyphens, each a byte
 * or a code point. A row of them is read in four ways at once; each way's
 * streak ends with the first number that is no character in it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define RUN_LEAST 20u
#define STREAK_LEAST 8u		/* characters */
#define HEX_DIGITS_MAX 16u	/* of one number: dumps group bytes */

/* Reads one number to characters; 0: it is none. `sink` may be null. */
typedef size_t (*number_fn)(struct slice number, struct sink *sink);

static unsigned read_number(struct slice number, unsigned base)
{
	unsigned value = 0;

	for (size_t i = 0; i < number.len; i++) {
		unsigned digit = hex_value(number.ptr[i]);

		if (digit >= base)
			return UINT32_MAX;
		value = value * base + digit;
	}
	return value;
}

/* A letter, or another character of text: ASCII, Latin to U+024F, Greek and Cyrillic. Others turn up in columns of
 * figures too easily. */
static bool is_character(unsigned code)
{
	if (code < 0x80)
		return byte_is((char)code, BYTE_PRINT);
	return (code >= 0xc0 && code < 0x250) || (code >= 0x370 && code < 0x500);
}

static size_t put_character(unsigned code, struct sink *sink)
{
	if (!is_character(code))
		return 0;
	if (sink)
		sink_put_code(sink, code);
	return 1;
}

static size_t read_hex(struct slice number, struct sink *sink)
{
	size_t skip = number.len > 2 && number.ptr[0] == '0' && (number.ptr[1] | 0x20) == 'x' ? 2 : 0;

	skip = skip == 0 && number.len > 1 && (number.ptr[0] | 0x20) == 'x' ? 1 : skip;
	number = (struct slice){ number.ptr + skip, number.len - skip };
	if (number.len == 0 || number.len % 2 != 0 || number.len > HEX_DIGITS_MAX)
		return 0;
	for (size_t i = 0; i < number.len; i += 2) {
		unsigned byte = read_number((struct slice){ number.ptr + i, 2 }, 16);

		if (byte > 0xf4 || (byte < 0x80 && !byte_is((char)byte, BYTE_PRINT)))
			return 0;
		if (sink)
			sink_put(sink, (unsigned char)byte);
	}
	return number.len / 2;
}

static size_t read_binary(struct slice number, struct sink *sink)
{
	/* Leading zeros are left out at times: seven digits for letters, six for the blank. */
	unsigned byte = number.len >= 6 && number.len <= 8 ? read_number(number, 2) : UINT32_MAX;

	if (byte > 0xf4 || (byte < 0x80 && !byte_is((char)byte, BYTE_PRINT)))
		return 0;
	if (sink)
		sink_put(sink, (unsigned char)byte);
	return 1;
}

static size_t read_decimal(struct slice number, struct sink *sink)
{
	return number.len <= 4 ? put_character(read_number(number, 10), sink) : 0;
}

static size_t read_octal(struct slice number, struct sink *sink)
{
	unsigned code = number.len >= 2 && number.len <= 4 ? read_number(number, 8) : UINT32_MAX;

	/* File modes are letters of other scripts. */
	return code < 0x80 ? put_character(code, sink) : 0;
}

/* Columns of figures are characters in all but binary: they have to read well. */
static const struct way {
	enum decoder_id decoder;
	number_fn read;
	enum text_demand demand;
} ways[] = {
	{ DECODER_HEX, read_hex, TEXT_STRICT },
	{ DECODER_BINARY, read_binary, TEXT_LOOSE },
	{ DECODER_DECIMAL, read_decimal, TEXT_STRICT },
	{ DECODER_DECIMAL, read_octal, TEXT_STRICT },
};

struct streak {
	size_t start, end;
	size_t count;	/* characters; 0: none is open */
	bool letters;	/* a number had a hex digit that is a letter */
};

/* The next number in [*at, end); sets *at behind it. */
static bool next_number(struct slice text, size_t end, size_t *at, struct slice *ret_number)
{
	size_t from = *at;

	while (from < end && !byte_is(text.ptr[from], BYTE_HEX) && (text.ptr[from] | 0x20) != 'x')
		from++;
	*at = from;
	while (*at < end && (byte_is(text.ptr[*at], BYTE_HEX) || (text.ptr[*at] | 0x20) == 'x'))
		(*at)++;
	*ret_number = (struct slice){ text.ptr + from, *at - from };
	return *at > from;
}

static void end_streak(struct decode *decode, const struct way *way, struct streak *streak)
{
	struct sink sink = decode_sink(decode);
	struct slice number;
	size_t at = streak->start;
	enum text_demand demand = streak->letters && way->decoder == DECODER_HEX ? TEXT_LOOSE : way->demand;

	if (streak->count >= STREAK_LEAST && !decode->full) {
		while (!sink.cut && next_number(decode->text, streak->end, &at, &number))
			(void)way->read(number, &sink);
		decode->steps += at - streak->start;
		if (decode_is_text(sink_slice(&sink), demand))
			decode_keep(decode, way->decoder, streak->start, streak->end, &sink);
	}
	*streak = (struct streak){ 0 };
}

static bool has_letter(struct slice number)
{
	for (size_t i = 0; i < number.len; i++) {
		if (byte_is(number.ptr[i], BYTE_LETTER) && byte_is(number.ptr[i], BYTE_HEX))
			return true;
	}
	return false;
}

static void take_number(struct decode *decode, struct streak streaks[], struct slice number)
{
	size_t start = (size_t)(number.ptr - decode->text.ptr);

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct streak *streak = &streaks[i];
		size_t n = ways[i].read(number, NULL);

		if (n == 0) {
			if (streak->count > 0)
				end_streak(decode, &ways[i], streak);
			continue;
		}
		if (streak->count == 0)
			streak->start = start;
		streak->count += n;
		streak->end = start + number.len;
		streak->letters |= has_letter(number);
	}
}

void decode_numbers(struct decode *decode)
{
	size_t at = 0, start;

	while (!decode->full && decode_next_run(decode, BYTE_SPACED, RUN_LEAST, &at, &start)) {
		struct streak streaks[ARRAY_SIZE(ways)] = { 0 };
		struct slice number;
		size_t from = start;

		while (!decode->full && next_number(decode->text, at, &from, &number))
			take_number(decode, streaks, number);
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
			end_streak(decode, &ways[i], &streaks[i]);
		decode->steps += at - start;
	}
}
