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
	[ALPHABET_BASE64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	[ALPHABET_BASE32] = "abcdefghijklmnopqrstuvwxyz234567",
	[ALPHABET_BASE32HEX] = "0123456789abcdefghijklmnopqrstuv",
	[ALPHABET_CROCKFORD] = "0123456789abcdefghjkmnpqrstvwxyz",
	[ALPHABET_ZBASE32] = "ybndrfg8ejkmcpqxot1uwisza345h769",
	[ALPHABET_BASE45] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:",
	[ALPHABET_BASE91] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"!#$%&()*+,./:;<=>?@[]^_`{|}~\"",
	[ALPHABET_BASE62] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
};

/* The first digit of a group tells the first of its bytes, nearly: ASCII from the blank on, or the beginning of a
 * letter of UTF-8. */
static bool may_be_first(unsigned digit)
{
	return digit >= 10 && digit <= 80 && (digit <= 41 || digit >= 52);
}

static void learn_alphabet(uint8_t digits[256], const char *alphabet)
{
	size_t count = alphabet ? strlen(alphabet) : 85;

	memset(digits, ALPHABET_NONE, 256);
	for (size_t value = 0; value < count; value++)
		digits[alphabet ? (unsigned char)alphabet[value] : '!' + value] = (uint8_t)value;
}

static uint8_t of_text(unsigned byte)
{
	if (byte < 0x80)
		return byte_is((char)byte, BYTE_PRINT) ? TEXT_ASCII | (TEXT_ASCII | TEXT_LEAD) << TEXT_NEXT : 0;
	if (byte < 0xc0)
		return TEXT_REST | (TEXT_ASCII | TEXT_REST | TEXT_LEAD) << TEXT_NEXT;
	return byte >= 0xc2 && byte <= 0xf4 ? TEXT_LEAD | TEXT_REST << TEXT_NEXT : 0;
}

void decode_learn_alphabets(struct decode *decode)
{
	uint8_t(*digits)[256] = decode->digits;

	for (unsigned i = 0; i < ALPHABET_MAX; i++)
		learn_alphabet(digits[i], alphabets[i]);
	digits[ALPHABET_BASE64]['-'] = 62;
	digits[ALPHABET_BASE64]['_'] = 63;
	for (unsigned byte = 'A'; byte <= 'Z'; byte++) {
		digits[ALPHABET_BASE32][byte] = digits[ALPHABET_BASE32][byte | 0x20];
		digits[ALPHABET_BASE32HEX][byte] = digits[ALPHABET_BASE32HEX][byte | 0x20];
		digits[ALPHABET_CROCKFORD][byte] = digits[ALPHABET_CROCKFORD][byte | 0x20];
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		decode->of_text[byte] = of_text(byte);
		decode->begins85[byte] = 0;
		for (unsigned i = ALPHABET_ASCII85; i <= ALPHABET_RFC1924; i++)
			decode->begins85[byte] |= (uint8_t)(may_be_first(digits[i][byte]) << i);
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

/* The alphabets in which all groups of the first RUN_LEAST characters may be text, as bits. Most of what is tried has
 * none left after one or two. */
static unsigned may_be_text(const struct decode *decode, const char *text)
{
	unsigned alphabets_left = UINT8_MAX;

	/* Without a branch: how many groups pass is as good as random. */
	for (size_t i = 0; i + 5 <= RUN_LEAST; i += 5)
		alphabets_left &= decode->begins85[(unsigned char)text[i]];
	return alphabets_left;
}

#define TOLD_BY 3u	/* groups, of twelve bytes: fewer than RESULT_LEAST, so that one of these that is no text ends it */

/* Whether the first groups are text; as put_group() has it, without a branch. */
static bool begins_text(const struct decode *decode, unsigned alphabet, const char *text)
{
	const uint8_t *digits = decode->digits[alphabet];
	bool all = true;

	for (unsigned group = 0; group < TOLD_BY; group++) {
		uint64_t number = 0;

		for (unsigned i = 0; i < 5; i++, text++) {
			unsigned value = digits[(unsigned char)*text];

			all &= value != ALPHABET_NONE;
			number = number * 85 + value;
		}
		all &= number <= UINT32_MAX;
		for (unsigned i = 0; i < 4; i++, number >>= 8) {
			unsigned byte = number & 0xff;

			all &= (byte >= 0x80) | byte_is((char)byte, BYTE_PRINT);
		}
	}
	return all;
}

/* Returns the end of what was text, or `start`. */
static size_t try_at(struct decode *decode, size_t start, size_t end)
{
	for (unsigned left = may_be_text(decode, decode->text.ptr + start); left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		struct sink sink;
		size_t read;

		decode->steps += TOLD_BY * 5;
		if (!begins_text(decode, i, decode->text.ptr + start))
			continue;
		sink = decode_sink(decode);
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
static size_t try_quoted(struct decode *decode, size_t start, size_t end, enum map_kind quotes)
{
	size_t at = start;

	for (unsigned tries = 0; tries < STARTS_MAX && end - at > RUN_LEAST && !decode->full;) {
		size_t last = end - RUN_LEAST, open = decode_next_of(decode, quotes, at, last);

		if (open == last)
			break;
		at = open + 1;
		if (decode_next_of(decode, quotes, at, at + RUN_LEAST) < at + RUN_LEAST)
			continue;
		at = try_at(decode, at, end);
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
	(void)try_quoted(decode, at, end, MAP_QUOTES);
	(void)try_quoted(decode, at, end, MAP_APOSTROPHES);
}
