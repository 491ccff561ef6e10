/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of two signs, whatever the signs are: letters ("AABBA", "xyyx"), words
 * ("dit dah", "zero one"), pictures. Groups of five are Bacon's cipher, of seven
 * or eight the bits of a byte, of up to six Morse; which sign is which is tried.
 */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define SIGNS_LEAST 40u
#define SIGNS_MOST 8192u
#define PROBE 5u	/* signs that have to be there, so that it is worth a try */
#define GAP_MOST 8u
#define BACON 5u
#define MORSE_MOST 6u

static const struct {
	const char *word;
	bool one;
} words[] = {
	{ "dit", false }, { "di", false },   { "dot", false }, { "dah", true },
	{ "dash", true }, { "zero", false }, { "one", true },
};

/* What the signs are: a character of one or more bytes each, or words. */
struct pair {
	struct slice zero, one;	/* `one` is empty until it was met */
	bool is_words;
};

/* The signs as '0' and '1', with ' ' between groups and '/' between words. */
struct reading {
	struct sink sink;
	size_t end, signs;
};

static struct slice character_at(struct slice text, size_t at)
{
	size_t len = at < text.len ? utf8_length(text.ptr + at, text.len - at) : 0;

	return (struct slice){ text.ptr + at, len };
}

static struct slice letters_at(struct slice text, size_t at)
{
	size_t end = at;

	while (end < text.len && end - at < GAP_MOST && byte_is(text.ptr[end], BYTE_LETTER))
		end++;
	return (struct slice){ text.ptr + at, end - at };
}

/* 0 or 1; -1: no sign of the pair. *ret_len: its bytes. */
static int word_at(struct slice text, size_t at, size_t *ret_len)
{
	struct slice word = letters_at(text, at);

	*ret_len = word.len;
	for (size_t i = 0; i < ARRAY_SIZE(words) && word.len > 0; i++)
		if (slice_caseeq(word, slice_of(words[i].word)))
			return words[i].one;
	return -1;
}

static int sign_at(struct pair *pair, struct slice text, size_t at, size_t *ret_len)
{
	struct slice sign;

	if (pair->is_words)
		return word_at(text, at, ret_len);
	sign = character_at(text, at);
	*ret_len = sign.len;
	if (sign.len == 0 || slice_eq(sign, pair->zero))
		return sign.len == 0 ? -1 : 0;
	/* The second sign is of the same kind. */
	if (pair->one.len == 0 && (sign.len > 1 ? pair->zero.len > 1
						: pair->zero.len == 1 &&
							  byte_is(*sign.ptr, BYTE_LETTER) ==
								  byte_is(*pair->zero.ptr, BYTE_LETTER) &&
							  byte_is(*sign.ptr, BYTE_LETTER | BYTE_DIGIT)))
		pair->one = sign;
	return slice_eq(sign, pair->one) ? 1 : -1;
}

/* Selectors behind a picture. */
static size_t skip_selectors(struct slice text, size_t at)
{
	while (text.len - at >= 3 && memcmp(text.ptr + at, "\xef\xb8", 2) == 0)
		at += 3;
	return at;
}

/* What parts signs: 0, or ' ', or '/'. *at is behind it. */
static char read_gap(const struct pair *pair, struct slice text, size_t *at, bool hyphens)
{
	size_t from = *at, signs = 0, blanks = 0;
	bool wide = false;

	while (*at < text.len && *at - from < GAP_MOST && strchr(" \t\r\n-,;/|.", text.ptr[*at]) &&
	       text.ptr[*at]) {
		char byte = text.ptr[(*at)++];

		blanks += byte == ' ';
		signs += byte != ' ';
		wide |= byte == ';' || byte == '\n' || byte == '|' || (byte == '/' && !pair->is_words);
	}
	if (*at == from)
		return 0;
	if (pair->is_words && signs == 0 && blanks == 1)
		return hyphens ? ' ' : 0;
	if (pair->is_words && hyphens && signs == 1 && blanks == 0)
		return 0;
	return wide || signs > 1 || blanks > 2 || (signs > 0 && blanks > 1) ? '/' : ' ';
}

/* "dot-dot dash": hyphens join words that stand for one letter. */
static bool has_hyphens(struct slice text, size_t at)
{
	struct slice near = { text.ptr + at, text.len - at < 24 ? text.len - at : 24 };
	const char *hyphen = memchr(near.ptr, '-', near.len);

	return hyphen && byte_is(hyphen[-1], BYTE_LETTER);
}

static struct reading read_signs(struct decode *decode, struct pair *pair, size_t start)
{
	struct slice text = decode->text;
	struct reading reading = { .sink = decode_sink(decode), .end = start };
	bool hyphens = pair->is_words && has_hyphens(text, start + 1);
	size_t at = start, len;
	int sign;

	while (at < text.len && reading.signs < SIGNS_MOST && (sign = sign_at(pair, text, at, &len)) >= 0) {
		char gap;

		sink_put(&reading.sink, (unsigned char)('0' + sign));
		reading.signs++;
		reading.end = at = skip_selectors(text, at + len);
		gap = read_gap(pair, text, &at, hyphens);
		if (gap)
			sink_put(&reading.sink, (unsigned char)gap);
	}
	while (reading.sink.len > 0 && reading.sink.ptr[reading.sink.len - 1] < '0')
		reading.sink.len--;
	decode->steps += 2 * (reading.end - start) + 1;
	return reading;
}

/* ---- what groups stand for ---- */

struct groups {
	size_t count, shortest, longest;
};

static struct groups count_groups(struct slice signs)
{
	struct groups groups = { 0, SIZE_MAX, 0 };

	for (size_t at = 0, end; at < signs.len; at = end + 1) {
		for (end = at; end < signs.len && signs.ptr[end] >= '0'; end++)
			;
		if (end == at)
			continue;
		groups.count++;
		groups.shortest = end - at < groups.shortest ? end - at : groups.shortest;
		groups.longest = end - at > groups.longest ? end - at : groups.longest;
	}
	return groups;
}

enum code { CODE_BACON26, CODE_BACON24, CODE_MORSE, CODE_BITS7, CODE_BITS8, CODE_MAX };

/* 0: no letter. */
static unsigned char letter_of(enum code code, unsigned value)
{
	static const char bacon24[] = "abcdefghiklmnopqrstuwxyz";

	switch (code) {
	case CODE_BACON26:
		value &= 31;
		return value < 26 ? (unsigned char)('a' + value) : 0;
	case CODE_BACON24:
		value &= 31;
		return value < 24 ? (unsigned char)bacon24[value] : 0;
	case CODE_MORSE:
		return (unsigned char)decode_morse_letter(value);
	default:
		return (unsigned char)(value & (code == CODE_BITS7 ? 0x7f : 0xff));
	}
}

/* `size`: signs of a group, 0: up to the gap. `flip`: 1 where the first sign stands for a one. */
static bool put_letters(struct slice signs, enum code code, size_t size, unsigned flip, struct sink *sink)
{
	unsigned value = 1;
	size_t count = 0;

	for (size_t at = 0; at <= signs.len; at++) {
		char sign = at < signs.len ? signs.ptr[at] : '/';

		if (sign >= '0') {
			value = value << 1 | ((unsigned)(sign - '0') ^ flip);
			count++;
		}
		if (count > 0 && (size > 0 ? count == size : sign < '0')) {
			unsigned char letter = count <= 8 ? letter_of(code, value) : 0;

			if (!letter)
				return false;
			sink_put(sink, letter);
			value = 1;
			count = 0;
		}
		if (sign == '/' && size != 7 && size != 8 && at < signs.len && sink->len > 0)
			sink_put(sink, ' ');
	}
	return !sink->cut;
}

static bool try_code(struct decode *decode, const struct reading *reading, size_t start, enum code code,
		     size_t size)
{
	static const enum decoder_id ids[CODE_MAX] = {
		DECODER_BACON, DECODER_BACON, DECODER_MORSE, DECODER_BINARY, DECODER_BINARY,
	};
	struct slice signs = sink_slice(&reading->sink);

	for (unsigned flip = 0; flip < 2; flip++) {
		struct sink result = { .ptr = reading->sink.ptr + signs.len,
				       .room = reading->sink.room - signs.len };

		decode->steps += signs.len;
		if (!put_letters(signs, code, size, flip, &result) ||
		    !decode_is_text(sink_slice(&result), TEXT_STRICT))
			continue;
		memmove(reading->sink.ptr, result.ptr, result.len);
		result.ptr = reading->sink.ptr;
		decode_keep(decode, ids[code], start, reading->end, &result);
		return true;
	}
	return false;
}

static bool take_reading(struct decode *decode, const struct reading *reading, size_t start)
{
	struct groups groups;

	if (reading->signs < SIGNS_LEAST || reading->sink.cut)
		return false;
	groups = count_groups(sink_slice(&reading->sink));
	if (groups.count > 1 && groups.shortest == BACON && groups.longest == BACON)
		return try_code(decode, reading, start, CODE_BACON26, BACON) ||
		       try_code(decode, reading, start, CODE_BACON24, BACON);
	if (groups.count > 1 && groups.longest <= MORSE_MOST)
		return try_code(decode, reading, start, CODE_MORSE, 0);
	if (groups.shortest == groups.longest && groups.longest == 7)
		return try_code(decode, reading, start, CODE_BITS7, 7);
	return (reading->signs % 8 == 0 && try_code(decode, reading, start, CODE_BITS8, 8)) ||
	       (reading->signs % BACON == 0 && try_code(decode, reading, start, CODE_BACON26, BACON));
}

/* The first signs are of two kinds at most: nearly all that is tried ends here. */
static bool begins_pairs(struct pair pair, struct slice text, size_t at)
{
	size_t len;

	/* Most words: the first three letters are three. */
	if (text.len - at < PROBE ||
	    (pair.zero.len == 1 && text.ptr[at] != text.ptr[at + 1] && text.ptr[at] != text.ptr[at + 2] &&
	     text.ptr[at + 1] != text.ptr[at + 2]))
		return false;
	for (unsigned i = 0; i < PROBE; i++) {
		if (at >= text.len || sign_at(&pair, text, at, &len) < 0)
			return false;
		at = skip_selectors(text, at + len);
		/* Single pictures may stand apart. */
		while (pair.zero.len > 1 && at < text.len && text.ptr[at] == ' ')
			at++;
	}
	return true;
}

size_t decode_pairs(struct decode *decode, size_t start)
{
	struct pair pair = { .zero = character_at(decode->text, start) };
	struct reading reading;
	size_t len;

	decode->steps += PROBE;
	if (start < decode->gathered || pair.zero.len == 0)
		return start;
	pair.is_words = pair.zero.len == 1 && memchr("dDzZoO", *pair.zero.ptr, 6) &&
			word_at(decode->text, start, &len) >= 0;
	if (!pair.is_words && !begins_pairs(pair, decode->text, start))
		return start;
	reading = read_signs(decode, &pair, start);
	if (reading.signs >= SIGNS_LEAST)
		decode->gathered = reading.end;
	return take_reading(decode, &reading, start) ? reading.end : start;
}
