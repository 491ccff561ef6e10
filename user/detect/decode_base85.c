/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base 85: five characters are four bytes. Three alphabets: Ascii85 (with z for
 * four zeros left out: text has none), Z85 (ZeroMQ RFC 32), and that of
 * RFC 1924, which Python's b85encode takes. Most of what is printable is in
 * them: decoding is tried from the beginning of a run without blanks and behind
 * quotes, and given up with the first four bytes that are no text.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define RUN_LEAST 23u
#define RESULT_LEAST 14u
#define STARTS_MAX 8	/* tries of a run */

/* Null: in the order of ASCII, from the exclamation mark on. */
static const char *const alphabets[ALPHABET_MAX] = {
	[ALPHABET_ASCII85] = NULL,
	[ALPHABET_Z85] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
	[ALPHABET_RFC1924] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
	[ALPHABET_BASE58] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
};

void decode_learn_alphabets(struct decode *decode)
{
	memset(decode->digits, ALPHABET_NONE, sizeof(decode->digits));
	for (unsigned i = 0; i < ALPHABET_MAX; i++) {
		size_t count = alphabets[i] ? strlen(alphabets[i]) : 85;

		for (size_t value = 0; value < count; value++) {
			size_t byte = alphabets[i] ? (unsigned char)alphabets[i][value] : '!' + value;

			decode->digits[i][byte] = (uint8_t)value;
		}
	}
}

/* One group of `n` characters, two to five, to n - 1 bytes; false where it is no text. A short group is filled up
 * with the highest digit. */
static bool put_group(const uint8_t digits[256], const char *text, size_t n, struct sink *sink)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 5; i++) {
		unsigned value = i < n ? digits[(unsigned char)text[i]] : 84;

		if (value == ALPHABET_NONE)
			return false;
		number = number * 85 + value;
	}
	if (number > UINT32_MAX)
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		unsigned char byte = (unsigned char)(number >> (24 - 8 * i));

		/* Whether what is not ASCII is UTF-8 shows in the end. */
		if (byte < 0x80 && !byte_is((char)byte, BYTE_PRINT))
			return false;
	}
	for (size_t i = 0; i + 1 < n; i++)
		sink_put(sink, (unsigned char)(number >> (24 - 8 * i)));
	return true;
}

static size_t read85(const uint8_t digits[256], const char *text, size_t len, struct sink *sink)
{
	size_t at = 0;

	while (at + 5 <= len && !sink->cut && put_group(digits, text + at, 5, sink))
		at += 5;
	/* The end may be a quote, or ~> : the longest short group that is text. */
	for (size_t n = len - at < 4 ? len - at : 4; n >= 2; n--) {
		if (put_group(digits, text + at, n, sink))
			return at + n;
	}
	return at;
}

/* The first digit of a group tells the first of its bytes, nearly: ASCII from the blank on, or the beginning of a
 * letter of UTF-8. Most of what is tried fails here, in one of the first groups. */
static bool may_be_text(const uint8_t digits[256], const char *text)
{
	for (size_t i = 0; i + 5 <= RUN_LEAST; i += 5) {
		unsigned digit = digits[(unsigned char)text[i]];

		if (digit < 10 || digit > 80 || (digit > 41 && digit < 52))
			return false;
	}
	return true;
}

/* Returns the end of what was text, or `start`. */
static size_t try_at(struct decode *decode, size_t start, size_t end)
{
	for (unsigned i = ALPHABET_ASCII85; i <= ALPHABET_RFC1924; i++) {
		struct sink sink = decode_sink(decode);
		size_t read;

		if (!may_be_text(decode->digits[i], decode->text.ptr + start))
			continue;
		read = read85(decode->digits[i], decode->text.ptr + start, end - start, &sink);
		decode->steps += read + 5;
		if (sink.len < RESULT_LEAST || !decode_is_text(sink_slice(&sink), TEXT_LOOSE))
			continue;
		decode_keep(decode, DECODER_BASE85, start, start + read, &sink);
		return start + read;
	}
	return start;
}

/* Tries the strings of a run that open with the quote and are long enough; returns where to go on. */
static size_t try_quoted(struct decode *decode, size_t start, size_t end, char quote)
{
	const char *text = decode->text.ptr;
	size_t at = start;

	for (unsigned tries = 0; tries < STARTS_MAX && end - at > RUN_LEAST && !decode->full;) {
		const char *open = memchr(text + at, quote, end - at - RUN_LEAST);
		size_t inner = open ? (size_t)(open - text) + 1 : end;

		if (!open)
			break;
		at = inner;
		if (memchr(text + inner, quote, RUN_LEAST))
			continue;
		at = try_at(decode, inner, end);
		tries++;
	}
	decode->steps += at - start;
	return at;
}

void decode_base85(struct decode *decode, size_t start, size_t end)
{
	size_t at = start;

	if (end - at < RUN_LEAST || decode->full)
		return;
	if (end - at > RUN_LEAST + 1 && memcmp(decode->text.ptr + at, "<~", 2) == 0)
		at += 2;
	at = try_at(decode, at, end);
	(void)try_quoted(decode, at, end, '"');
	(void)try_quoted(decode, at, end, '\'');
}
