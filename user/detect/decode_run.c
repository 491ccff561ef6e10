/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs without blanks over the alphabet of base64, and what else such a run may
 * be. A run may begin or end with something else (a path, a key, a name): each
 * of - _ / + within is a border from which decoding is tried again. What is no
 * text shows in its first bytes, so that a try costs little.
 */
#include <string.h>

#include "detect/bytes64.h"
#include "detect/decode_impl.h"

#define RUN_LEAST 16u
#define RESULT_LEAST 10u
#define LINE_LEAST 16u	/* of the alphabet before a line break within the run */
#define INDENT_MAX 16u
#define TELLING_MAX 32u	/* characters within which a failing try fails as a rule */

/* ---- bytes as they come out ---- */

/* Watches over bytes: UTF-8, or UTF-16LE when every second is zero. */
struct watch {
	struct sink *sink;
	size_t seen, bad;
	unsigned need;		/* continuation bytes */
	unsigned char low;	/* first half of a UTF-16 unit */
	bool wide;
};

static void watch_utf8(struct watch *watch, unsigned char byte)
{
	if (watch->need > 0 && (byte & 0xc0) == 0x80) {
		watch->need--;
		return;
	}
	watch->bad += watch->need > 0;
	watch->need = 0;
	if (byte < 0x80)
		watch->bad += !byte_is((char)byte, BYTE_PRINT);
	else if (byte < 0xc2 || byte > 0xf4)
		watch->bad++;
	else
		watch->need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}

static void watch_wide(struct watch *watch, unsigned char byte)
{
	uint32_t unit = watch->low | (uint32_t)byte << 8;

	if (watch->seen % 2 == 0) {
		watch->low = byte;
		return;
	}
	/* Any two bytes are some character: those of alphabets count, so that chance does not pass. */
	watch->bad += unit >= 0x800 || (unit < 0x80 && !byte_is((char)unit, BYTE_PRINT));
	sink_put_code(watch->sink, unit);
}

/* Whether to go on: five in a hundred may be bad, of the first twenty none. */
static bool watch_put(struct watch *watch, unsigned char byte)
{
	if (watch->seen == 1 && byte == 0 && watch->bad == 0) {
		watch->wide = true;
	} else if (watch->wide) {
		watch_wide(watch, byte);
	} else {
		watch_utf8(watch, byte);
		sink_put(watch->sink, byte);
	}
	watch->seen++;
	return watch->bad * 20 <= watch->seen - (watch->seen < 20 ? watch->seen : 0) && !watch->sink->cut;
}

/* ---- base64 ---- */

/* Where the run goes on behind a line break at `at`: the break may be written out as \n, and the next line indented.
 * 0: it ends. */
static size_t next_line(const struct decode *decode, size_t at)
{
	const char *text = decode->text.ptr;
	size_t len = decode->text.len, from = at;

	if (at < len && text[at] == '\r')
		at++;
	if (at < len && text[at] == '\n')
		at++;
	else if (at + 1 < len && text[at] == '\\' && text[at + 1] == 'n')
		at += 2;
	else
		return 0;
	while (at < len && at < from + INDENT_MAX && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at < len && byte_is(text[at], BYTE_CODE64) ? at : 0;
}

/* Decodes from `start` as far as it goes; returns the end of what was read. */
static size_t read64(struct decode *decode, size_t start, struct sink *sink)
{
	const uint8_t *digits = decode->digits[ALPHABET_BASE64];
	const char *text = decode->text.ptr;
	struct watch watch = { .sink = sink };
	uint32_t bits = 0;
	unsigned count = 0;
	size_t at = start, line = start;

	for (;; at++) {
		unsigned value = at < decode->text.len ? digits[(unsigned char)text[at]] : ALPHABET_NONE;

		if (value == ALPHABET_NONE) {
			size_t next = at - line >= LINE_LEAST ? next_line(decode, at) : 0;

			if (next == 0)
				break;
			line = at = next;
			value = digits[(unsigned char)text[at]];
		}
		bits = bits << 6 | value;
		if (count++ % 4 == 0)
			continue;
		/* 12, 18 or 24 bits are in: the byte above those that wait. */
		if (!watch_put(&watch, (unsigned char)(bits >> (2 * (3 - (count - 1) % 4)))))
			break;
	}
	decode->steps += at - start;
	return at;
}

/* The first byte that was no text, and a letter cut in two: they end the result. */
static void trim(struct sink *sink)
{
	size_t len = sink->len, back = 0;

	if (len > 0 && (unsigned char)sink->ptr[len - 1] < 0x80 && !byte_is(sink->ptr[len - 1], BYTE_PRINT))
		len--;
	while (back < 3 && back < len && ((unsigned char)sink->ptr[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < len && (unsigned char)sink->ptr[len - 1 - back] >= 0x80 &&
	    utf8_length(sink->ptr + len - 1 - back, back + 1) == 0)
		len -= back + 1;
	sink->len = len;
}

static bool keep(struct decode *decode, enum decoder_id decoder, size_t start, size_t end, struct sink *sink)
{
	trim(sink);
	if (sink->len < RESULT_LEAST || !decode_is_text(sink_slice(sink), TEXT_LOOSE))
		return false;
	decode_unpack_layers(decode, sink);
	decode_keep(decode, decoder, start, end, sink);
	return true;
}

#define TOLD_BY 8u	/* characters, of six bytes: fewer than RESULT_LEAST, so that one of these that is no text ends it */

/* Whether text may begin with what the characters make. Most fail, each at another byte: without a branch. */
static bool may_begin64(const struct decode *decode, const char *text)
{
	const uint8_t *digits = decode->digits[ALPHABET_BASE64];
	unsigned allowed = TEXT_ASCII | TEXT_LEAD;
	uint64_t bits = 0;
	bool all = true;

	for (unsigned i = 0; i < TOLD_BY; i++)
		bits = bits << 6 | digits[(unsigned char)text[i]];
	for (unsigned i = 0; i < TOLD_BY * 6 / 8; i++) {
		unsigned of_text = decode->of_text[bits >> (TOLD_BY * 6 - 8 - 8 * i) & 0xff];

		all &= (of_text & allowed) != 0;
		allowed = of_text >> TEXT_NEXT;
	}
	/* Of UTF-16 every second one is zero. */
	return all | ((bits >> (TOLD_BY * 6 - 16) & 0xff) == 0);
}

/* A run that goes on for RUN_LEAST characters. Returns where to go on, or `start`: behind the run where it was text, and
 * where it was none but long to tell, so that no byte is read from many borders. */
static size_t try64(struct decode *decode, size_t start)
{
	struct sink sink;
	size_t end;

	decode->steps += TOLD_BY;
	if (!may_begin64(decode, decode->text.ptr + start))
		return start;
	sink = decode_sink(decode);
	end = read64(decode, start, &sink);
	return keep(decode, DECODER_BASE64, start, end, &sink) || end - start > TELLING_MAX ? end : start;
}

/* ---- base32 ---- */

/* Whether text may begin with the byte that the first two characters make. */
static bool may_begin32(const uint8_t digits[256], const char *text)
{
	unsigned byte = ((unsigned)digits[(unsigned char)text[0]] << 5 | digits[(unsigned char)text[1]]) >> 2;

	return byte < 0x80 ? byte_is((char)byte, BYTE_PRINT) : byte >= 0xc2 && byte <= 0xf4;
}

/* RFC 4648 section 6 or 7, or kin. */
static bool try32(struct decode *decode, size_t start, size_t end, unsigned alphabet)
{
	const uint8_t *digits = decode->digits[alphabet];
	struct sink sink;
	struct watch watch = { .sink = &sink };
	uint32_t bits = 0;
	unsigned count = 0;
	size_t at = start;

	if (!may_begin32(digits, decode->text.ptr + start))
		return false;
	sink = decode_sink(decode);
	for (; at < end; at++) {
		unsigned value = digits[(unsigned char)decode->text.ptr[at]];

		if (value == ALPHABET_NONE)
			break;
		bits = bits << 5 | value;
		count += 5;
		if (count < 8)
			continue;
		count -= 8;
		if (!watch_put(&watch, (unsigned char)(bits >> count)))
			break;
	}
	decode->steps += at - start;
	return at == end && keep(decode, DECODER_BASE32, start, end, &sink);
}

/* ---- a piece: letters and digits alone ---- */

static bool try_piece(struct decode *decode, size_t start, size_t end)
{
	const char *text = decode->text.ptr + start;

	if (end - start > RUN_LEAST && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		start += 2;
	if (end - start < RUN_LEAST)
		return false;
	text = decode->text.ptr + start;
	if ((byte_is(text[0], BYTE_DIGIT) || byte_is(text[(end - start) % 2], BYTE_HEX)) &&
	    decode_digits(decode, start, end))
		return true;
	return try32(decode, start, end, ALPHABET_BASE32) || try32(decode, start, end, ALPHABET_BASE32HEX) ||
	       try32(decode, start, end, ALPHABET_CROCKFORD) || try32(decode, start, end, ALPHABET_ZBASE32);
}

/* Behind the letters and digits that begin at `at`. */
static size_t piece_end(struct decode *decode, size_t at, size_t end)
{
	size_t start = at;
	uint64_t borders = 0;

	for (; !borders && end - at >= VEC_BYTES; at += borders ? (size_t)__builtin_ctzll(borders) : VEC_BYTES) {
		vec v = vec_load(decode->text.ptr + at);

		borders = ~vec_bits(vec_in(v | 0x20, 'a', 'z') | vec_in(v, '0', '9')) & 0xffff;
	}
	while (at < end && byte_is(decode->text.ptr[at], BYTE_LETTER | BYTE_DIGIT))
		at++;
	decode->steps += at - start;
	return at;
}

/* Returns where to go on: what was read, or the next border. */
static size_t take_piece(struct decode *decode, size_t at, size_t run_end)
{
	size_t end = piece_end(decode, at, run_end), read;

	if (try_piece(decode, at, end))
		return end;
	read = try64(decode, at);
	if (read == at && end - at >= RUN_LEAST)
		(void)decode_long_number(decode, at, end);
	return read > at ? read : end;
}

static void take_run(void *ctx, struct decode *decode, size_t start, size_t end)
{
	size_t *done = ctx, from, count = decode->count;

	/* Base64 goes on behind line breaks. */
	start = start > *done ? start : *done;
	start = start < end ? decode_pieces(decode, start, end) : start;
	from = start;
	while (start < end && !decode->full && end - start >= RUN_LEAST) {
		start = take_piece(decode, start, end);
		while (start < end && !byte_is(decode->text.ptr[start], BYTE_LETTER | BYTE_DIGIT))
			start++;
	}
	if (decode->count == count && !decode->full && from < end)
		(void)(decode_code_backwards(decode, from, end) || decode_code_turned(decode, from, end));
	*done = start > *done ? start : *done;
}

void decode_code64(struct decode *decode, size_t start, size_t end, size_t *done)
{
	decode_each_inner_run(decode, start, end, RUNS_CODE64, take_run, done);
}
