/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers parted by blanks, commas, colons, semicolons, hyphens, dots, slashes
 * or bars, each a byte, a code point, a place in the alphabet or in a square of
 * letters, or presses of a key. A row of them is read in seven ways at once; each way's
 * streak ends with the first number that is no character in it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define STREAK_LEAST 8u		/* characters */
#define PLACES_LEAST 20u	/* letters by their place in the alphabet: small numbers are everywhere */
#define BITS_LEAST 6u		/* of a binary number: leading zeros are left out */
#define HEX_DIGITS_MAX 16u	/* of one number: dumps group bytes */

/* Digits of a number, and the largest of them: 16 for the x of a prefix elsewhere than in front. */
struct number {
	const char *ptr;
	size_t len;
	unsigned largest;
	bool word_gap;	/* more stands in front of it than between the letters of a word */
};

/* Reads one number to characters; 0: it is none. `sink` may be null. */
typedef size_t (*number_fn)(const struct number *number, struct sink *sink);

static unsigned value_of(const char *digits, size_t len, unsigned base)
{
	unsigned value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * base + hex_value(digits[i]);
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

static bool is_byte(unsigned byte)
{
	return byte < 0x80 ? byte_is((char)byte, BYTE_PRINT) : byte <= 0xf4;
}

static size_t read_hex(const struct number *number, struct sink *sink)
{
	if (number->len % 2 != 0 || number->len > HEX_DIGITS_MAX || number->largest > 15)
		return 0;
	for (size_t i = 0; i < number->len; i += 2) {
		unsigned byte = value_of(number->ptr + i, 2, 16);

		if (!is_byte(byte))
			return 0;
		if (sink)
			sink_put(sink, (unsigned char)byte);
	}
	return number->len / 2;
}

/* Leading zeros are left out at times: seven digits for letters, six for the blank. */
static size_t read_binary(const struct number *number, struct sink *sink)
{
	unsigned byte;

	if (number->largest > 1 || number->len < BITS_LEAST || number->len > 8)
		return 0;
	byte = value_of(number->ptr, number->len, 2);
	if (!is_byte(byte))
		return 0;
	if (sink)
		sink_put(sink, (unsigned char)byte);
	return 1;
}

static size_t put_character(unsigned code, struct sink *sink)
{
	if (!is_character(code))
		return 0;
	if (sink)
		sink_put_code(sink, code);
	return 1;
}

static size_t read_decimal(const struct number *number, struct sink *sink)
{
	if (number->largest > 9 || number->len > 4)
		return 0;
	return put_character(value_of(number->ptr, number->len, 10), sink);
}

static size_t read_octal(const struct number *number, struct sink *sink)
{
	unsigned code;

	if (number->largest > 7 || number->len < 2 || number->len > 4)
		return 0;
	code = value_of(number->ptr, number->len, 8);
	/* File modes are letters of other scripts. */
	return code < 0x80 ? put_character(code, sink) : 0;
}

/* A to Z as 1 to 26. */
static size_t read_place(const struct number *number, struct sink *sink)
{
	unsigned place;

	if (number->largest > 9 || number->len > 2)
		return 0;
	place = value_of(number->ptr, number->len, 10);
	if (place < 1 || place > 26)
		return 0;
	if (sink && number->word_gap && sink->len > 0)
		sink_put(sink, ' ');
	if (sink)
		sink_put(sink, (unsigned char)('a' + place - 1));
	return 1;
}

/* The rows and columns of a square of five by five; i and j share one. */
static size_t read_square(const struct number *number, struct sink *sink)
{
	static const char square[] = "abcdefghiklmnopqrstuvwxyz";
	unsigned row, column;

	if (number->len != 2 || number->largest > 5)
		return 0;
	row = hex_value(number->ptr[0]);
	column = hex_value(number->ptr[1]);
	if (row == 0 || column == 0)
		return 0;
	if (sink && number->word_gap && sink->len > 0)
		sink_put(sink, ' ');
	if (sink)
		sink_put(sink, (unsigned char)square[5 * (row - 1) + column - 1]);
	return 1;
}

/* How often a key of a telephone is pressed: 444 is i; 0 is a blank. */
static size_t read_key(const struct number *number, struct sink *sink)
{
	static const char *const keys[] = { " ", "", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz" };
	unsigned key = number->largest;

	if (number->len > 4 || key > 9 || number->len > strlen(keys[key]))
		return 0;
	for (size_t i = 1; i < number->len; i++)
		if (number->ptr[i] != number->ptr[0])
			return 0;
	if (sink && number->word_gap && sink->len > 0)
		sink_put(sink, ' ');
	if (sink)
		sink_put(sink, (unsigned char)keys[key][number->len - 1]);
	return 1;
}

/* Columns of figures are characters in all but binary: they have to read well. */
static const struct way {
	enum decoder_id decoder;
	number_fn read;
	enum text_demand demand;
	size_t least;	/* characters */
} ways[] = {
	{ DECODER_HEX, read_hex, TEXT_STRICT, STREAK_LEAST },
	{ DECODER_BINARY, read_binary, TEXT_LOOSE, STREAK_LEAST },
	{ DECODER_DECIMAL, read_decimal, TEXT_STRICT, STREAK_LEAST },
	{ DECODER_DECIMAL, read_octal, TEXT_STRICT, STREAK_LEAST },
	{ DECODER_DECIMAL, read_place, TEXT_STRICT, PLACES_LEAST },
	{ DECODER_POLYBIUS, read_square, TEXT_STRICT, PLACES_LEAST },
	{ DECODER_KEYPAD, read_key, TEXT_STRICT, PLACES_LEAST },
};

struct streak {
	size_t start, end;
	size_t count;	/* characters; 0: none is open */
	bool letters;	/* a number had a hex digit that is a letter */
};

static bool is_digit(char byte)
{
	return byte_is(byte, BYTE_HEX) || byte == 'x' || byte == 'X';
}

/* 0b1001001 and b1001001: all behind the b is binary. */
static bool is_binary(const struct number *number, size_t from)
{
	bool binary = number->len >= from + BITS_LEAST && number->len <= from + 8;

	for (size_t i = from; i < number->len && binary; i++)
		binary = number->ptr[i] == '0' || number->ptr[i] == '1';
	return binary && (number->ptr[from - 1] | 0x20) == 'b';
}

/* 0x49 and x49. */
static void drop_prefix(struct number *number)
{
	size_t skip = number->len > 2 && number->ptr[0] == '0' ? 1 : 0;

	if (number->len > skip + 1 && ((number->ptr[skip] | 0x20) == 'x' || is_binary(number, skip + 1))) {
		number->ptr += skip + 1;
		number->len -= skip + 1;
	}
}

/* Whether what stands before a number, to `to`, parts words: a wide gap that is no ", ", or a blank in front of
 * numbers with other signs between them. */
static bool is_word_gap(const char *text, size_t from, size_t to, char behind)
{
	if (to - from > 1)
		return !(to - from == 2 && text[from] == ',' && text[from + 1] == ' ');
	return to > from && (byte_is(text[from], BYTE_BLANK) || text[from] == '/') && (behind == '-' || behind == '.');
}

/* The next number in [*at, end); sets *at behind it. */
static bool next_number(const char *text, size_t end, size_t *at, struct number *ret_number)
{
	size_t from = *at, to;

	while (from < end && !is_digit(text[from]))
		from++;
	for (to = from; to < end && is_digit(text[to]); to++)
		;
	*ret_number = (struct number){ text + from, to - from, 0, false };
	ret_number->word_gap = is_word_gap(text, *at, from, to < end ? text[to] : 0);
	*at = to;
	drop_prefix(ret_number);
	/* Longer ones are none in any way. */
	for (size_t i = 0; i < ret_number->len && i <= HEX_DIGITS_MAX; i++) {
		unsigned digit = hex_value(ret_number->ptr[i]);

		ret_number->largest = digit > ret_number->largest ? digit : ret_number->largest;
	}
	return to > from;
}

/* A streak that is long enough, read once more. */
static void take_streak(struct decode *decode, const struct way *way, const struct streak *streak)
{
	struct sink sink = decode_sink(decode);
	struct number number;
	size_t at = streak->start;
	enum text_demand demand = streak->letters && way->decoder == DECODER_HEX ? TEXT_LOOSE : way->demand;

	if (decode->full)
		return;
	while (!sink.cut && next_number(decode->text.ptr, streak->end, &at, &number))
		(void)way->read(&number, &sink);
	decode->steps += at - streak->start;
	if (decode_is_text(sink_slice(&sink), demand) ||
	    (way->decoder == DECODER_DECIMAL && way->least == STREAK_LEAST && decode_unpacks(decode, &sink)))
		decode_keep(decode, way->decoder, streak->start, streak->end, &sink);
}

static inline void end_streak(struct decode *decode, const struct way *way, struct streak *streak)
{
	if (streak->count >= way->least)
		take_streak(decode, way, streak);
	streak->count = 0;
	streak->letters = false;
}

static void take_number(struct decode *decode, struct streak streaks[], const struct number *number)
{
	size_t start = (size_t)(number->ptr - decode->text.ptr);

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct streak *streak = &streaks[i];
		size_t n = ways[i].read(number, NULL);

		if (n == 0) {
			end_streak(decode, &ways[i], streak);
			continue;
		}
		if (streak->count == 0)
			streak->start = start;
		streak->count += n;
		streak->end = start + number->len;
		streak->letters |= number->largest > 9;
	}
}

static void take_run(void *ctx, struct decode *decode, size_t start, size_t end)
{
	struct streak streaks[ARRAY_SIZE(ways)] = { 0 };
	struct number number;
	size_t from = start;

	(void)ctx;
	while (!decode->full && next_number(decode->text.ptr, end, &from, &number))
		take_number(decode, streaks, &number);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		end_streak(decode, &ways[i], &streaks[i]);
	decode->steps += end - start;
}

/* ---- marked ones: 0o111, 69h, 111q ---- */

#define MARKED_GAP 3u	/* bytes from one to the next */

/* Behind the number at `at`, which is marked with its base; `at`: there is none. */
static size_t read_marked(struct slice text, size_t at, unsigned *ret_code)
{
	bool prefix = text.len - at > 2 && text.ptr[at] == '0' && (text.ptr[at + 1] | 0x20) == 'o';
	size_t from = prefix ? at + 2 : at, to = from;
	char mark;

	while (to < text.len && to - from < 4 && byte_is(text.ptr[to], BYTE_HEX))
		to++;
	mark = to < text.len ? (char)(text.ptr[to] | 0x20) : 0;
	if (to == from || (!prefix && mark != 'h' && mark != 'o' && mark != 'q'))
		return at;
	*ret_code = value_of(text.ptr + from, to - from, !prefix && mark == 'h' ? 16 : 8);
	return to + !prefix;
}

size_t decode_marked(struct decode *decode, size_t start)
{
	struct slice text = decode->text;
	struct sink sink = decode_sink(decode);
	size_t at = start, end = start, to;
	unsigned code = 0;

	decode->steps += 4;
	if (!byte_is(text.ptr[start], BYTE_HEX))
		return start;
	while (at < text.len && !sink.cut && (to = read_marked(text, at, &code)) > at && put_character(code, &sink) > 0) {
		end = at = to;
		while (at < text.len && at - end < MARKED_GAP && text.ptr[at] && strchr(" ,;\n", text.ptr[at]))
			at++;
	}
	decode->steps += 2 * (end - start);
	if (sink.len < STREAK_LEAST || !decode_is_text(sink_slice(&sink), TEXT_STRICT))
		return start;
	decode_keep(decode, DECODER_DECIMAL, start, end, &sink);
	return end;
}

void decode_numbers(struct decode *decode, size_t start, size_t end)
{
	decode_each_inner_run(decode, start, end, RUNS_SPACED, take_run, NULL);
}
