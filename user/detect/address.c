/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window at a time, cut where no token and no number goes on. One pass says
 * what bytes stand where; three searches follow, each of which goes only to
 * where something may be: tokens (what stands between blanks, quotation marks
 * and the like) with a sign that addresses have, long runs of letters and
 * digits, and numbers, which may hold blanks.
 */
#include "detect/address.h"

#include <string.h>

#include "detect/address_impl.h"
#include "detect/bytes64.h"

#define DIGITS_MIN 10		/* shorter ones are ids, prices, dates */
#define DIGITS_MAX 30
#define DIGIT_STRIDE 4
#define GROUP_SIGNS_MAX 2

/* The first digits of every number lie in two blocks side by side. */
_Static_assert(ADDRESS_DIGITS_MIN_PLUS * (1 + GROUP_SIGNS_MAX) <= BYTES64, "they do");

const uint8_t address_classes[256] = {
	[0 ... 0x1f] = ADDRESS_PARTS,
	[' '] = ADDRESS_PARTS | ADDRESS_GROUP,
	['"'] = ADDRESS_PARTS,
	['\''] = ADDRESS_PARTS,
	['('] = ADDRESS_GROUP,
	[')'] = ADDRESS_GROUP,
	[','] = ADDRESS_PARTS,
	['-'] = ADDRESS_GROUP,
	['0' ... '9'] = ADDRESS_DIGIT,
	[';'] = ADDRESS_PARTS,
	['<'] = ADDRESS_PARTS,
	['>'] = ADDRESS_PARTS,
	['A' ... 'Z'] = ADDRESS_ALPHA,
	['\\'] = ADDRESS_PARTS,
	['^'] = ADDRESS_PARTS,
	['`'] = ADDRESS_PARTS,
	['a' ... 'z'] = ADDRESS_ALPHA,
	['{' ... '}'] = ADDRESS_PARTS,
	[0x7f] = ADDRESS_PARTS,
};

/* ---- what stands where ---- */

#define BLOCKS (ADDRESS_WINDOW_BYTES / BYTES64)
#define EIGHTS 0x0101010101010101ull

/* A bit for each byte of the window: block by block. */
struct places {
	uint64_t signs[BLOCKS];	/* bytes that may be a sign of an address */
	uint64_t runs[BLOCKS];	/* every eighth byte at most: letters and digits from it on, eight or more */
	bool numbers;		/* digits enough for one are close together */
	bool percent;		/* signs may be encoded */
};

/* Bit 8n of a mask: the eight bits from there on are set. */
static inline uint64_t full_eights(uint64_t bits)
{
	bits &= bits >> 4;
	bits &= bits >> 2;
	bits &= bits >> 1;
	return bits & EIGHTS;
}

static inline unsigned count_bits(uint64_t bits)
{
	unsigned count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

static void find_places(const struct finder *finder, struct places *ret)
{
	unsigned digits_before = 0;

	ret->numbers = false;
	ret->percent = memchr(finder->bytes, '%', finder->limit);
	for (size_t block = 0; block * BYTES64 < finder->limit; block++) {
		const char *bytes = finder->bytes + block * BYTES64;
		size_t left = finder->limit - block * BYTES64;
		uint64_t in_window = left < BYTES64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
		uint64_t alphas = BITS64(bytes, vec_in(v | 0x20, 'a', 'z')), figures = BITS64(bytes, vec_in(v, '0', '9'));
		uint64_t signs = BITS64(bytes, (v == '@') | (v == '.') | (v == ':') | (v == '[') | (v == '('));
		unsigned digits = count_bits(figures & in_window);

		ret->signs[block] = signs & in_window;
		ret->runs[block] = full_eights((alphas | figures) & in_window);
		ret->numbers |= digits_before + digits >= ADDRESS_DIGITS_MIN_PLUS;
		digits_before = digits;
	}
}

/* The first of the places from `at` on; the window's limit: none. */
static size_t next_place(const struct finder *finder, const uint64_t places[BLOCKS], size_t at)
{
	while (at < finder->limit) {
		uint64_t left = places[at / BYTES64] >> at % BYTES64;

		if (left)
			return at + (size_t)__builtin_ctzll(left);
		at = (at / BYTES64 + 1) * BYTES64;
	}
	return finder->limit;
}

/* ---- tokens ---- */

/* JSON may write a slash behind a backslash; else that parts tokens. */
static bool parts_at(const struct finder *finder, size_t at)
{
	char c = finder->bytes[at];

	if (!is_class(c, ADDRESS_PARTS))
		return false;
	return c != '\\' || at + 1 == finder->limit || finder->bytes[at + 1] != '/';
}

/* What follows a backslash is no letter of the token: n, t, u003c. */
static size_t escape_bytes(const struct finder *finder)
{
	const char *token = finder->bytes + finder->start;
	size_t len = finder->end - finder->start;

	if (finder->start == 0 || token[-1] != '\\' || len == 0)
		return 0;
	return *token == 'u' && len >= 5 ? 5 : 1;
}

static void take_token(struct finder *finder, size_t sign)
{
	char raw[ADDRESS_TOKEN_BYTES];
	size_t len = 0, at;

	finder->start = finder->end = sign;
	while (finder->start > finder->begin && !parts_at(finder, finder->start - 1))
		finder->start--;
	while (finder->end < finder->limit && !parts_at(finder, finder->end))
		finder->end++;
	finder->start += escape_bytes(finder);
	for (at = finder->start; at < finder->end && len < sizeof(raw); at++)
		if (finder->bytes[at] != '\\')
			raw[len++] = finder->bytes[at];
	if (len > 3)
		address_read_token(finder, (struct slice){ raw, len }, at < finder->end);
}

/* Without another sign a dot is one only in front of a top-level domain. */
static bool is_dot_sign(const struct finder *finder, const struct places *places, size_t at, char next)
{
	size_t start = at + 1, end = start;

	if (next == ']' || next == ')')
		return true;
	if (places->percent)
		return is_alnum(next) || next & 0x80;
	while (end < finder->limit && is_alpha(finder->bytes[end]))
		end++;
	return address_is_tld((struct slice){ finder->bytes + start, end - start });
}

/* Whether a sign is one of an address, by its neighbours. */
static bool is_sign(const struct finder *finder, const struct places *places, size_t at)
{
	char c = finder->bytes[at], next = at + 1 < finder->limit ? finder->bytes[at + 1] : ' ';

	switch (c) {
	case '@':
		return true;
	case '.':
		return is_dot_sign(finder, places, at, next);
	case ':':
		return next == '/' || next == '\\' || next == ']';
	default:	/* [dot], (at) */
		return (next | 0x20) == 'd' || (next | 0x20) == 'a';
	}
}

static void find_tokens(struct finder *finder, const struct places *places)
{
	size_t at = next_place(finder, places->signs, finder->begin);

	while (at < finder->limit) {
		if (is_sign(finder, places, at)) {
			take_token(finder, at);
			at = finder->end > at ? finder->end : at;
		}
		at = next_place(finder, places->signs, at + 1);
	}
}

/* ---- runs of letters and digits ---- */

/* The run around `at`, no farther back than from `floor`. Returns its end. */
static size_t take_run(struct finder *finder, size_t floor, size_t at)
{
	finder->start = finder->end = at;
	while (finder->start > floor && is_alnum(finder->bytes[finder->start - 1]))
		finder->start--;
	while (finder->end < finder->limit && is_alnum(finder->bytes[finder->end]))
		finder->end++;
	if (finder->end - finder->start >= ADDRESS_RUN_BYTES_MIN)
		address_read_run(finder,
				 (struct slice){ finder->bytes + finder->start, finder->end - finder->start });
	return finder->end;
}

static void find_runs(struct finder *finder, const struct places *places)
{
	size_t floor = finder->begin, at;

	while ((at = next_place(finder, places->runs, floor)) < finder->limit)
		floor = take_run(finder, floor, at);
}

/* ---- numbers ---- */

/* Groups of digits are parted by one or two signs. */
static bool digit_before(const struct finder *finder, size_t floor, size_t at, size_t *ret)
{
	for (size_t back = 1; back <= GROUP_SIGNS_MAX + 1 && at >= floor + back; back++) {
		char c = finder->bytes[at - back];

		if (is_digit(c)) {
			*ret = at - back;
			return true;
		}
		if (!is_class(c, ADDRESS_GROUP))
			break;
	}
	return false;
}

static bool digit_behind(const struct finder *finder, size_t at, size_t *ret)
{
	for (size_t ahead = 1; ahead <= GROUP_SIGNS_MAX + 1 && at + ahead < finder->limit; ahead++) {
		char c = finder->bytes[at + ahead];

		if (is_digit(c)) {
			*ret = at + ahead;
			return true;
		}
		if (!is_class(c, ADDRESS_GROUP))
			break;
	}
	return false;
}

/* 2026-11-26 10:30 has digits enough for an account. */
static bool is_dated(const struct finder *finder, size_t start)
{
	const char *p = finder->bytes + start;

	return finder->limit - start > 4 && p[4] == '-' && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
	       (memcmp(p, "19", 2) == 0 || memcmp(p, "20", 2) == 0);
}

/* It is not the middle of a longer word; an IBAN's country may stand before it. */
static bool is_bordered(const struct finder *finder, size_t start, size_t last)
{
	size_t joined = 0;

	while (joined <= ADDRESS_COUNTRY_LETTERS && start > joined && is_alnum(finder->bytes[start - joined - 1]))
		joined++;
	return joined <= ADDRESS_COUNTRY_LETTERS && (last + 1 == finder->limit || !is_alpha(finder->bytes[last + 1]));
}

/* Reads the number that `start` is the first digit of. Returns its last digit. */
static size_t take_number(struct finder *finder, size_t start)
{
	bool plus = start > 0 && finder->bytes[start - 1] == '+';
	char digits[DIGITS_MAX];
	size_t last = start, count = 0, at = start;

	do {
		last = at;
		if (count < DIGITS_MAX)
			digits[count] = finder->bytes[at];
		count++;
	} while (digit_behind(finder, last, &at));
	finder->start = start;
	finder->end = last + 1;
	if (count >= (plus ? ADDRESS_DIGITS_MIN_PLUS : DIGITS_MIN) && count <= DIGITS_MAX && is_bordered(finder, start, last) &&
	    !is_dated(finder, start))
		address_say(finder, ADDRESS_NUMBER, (struct slice){ digits, count });
	return last;
}

/* Every fourth byte: no number that is written as numbers are has no digit there. */
static void find_numbers(struct finder *finder)
{
	size_t floor = finder->begin;

	for (size_t at = floor; at < finder->limit; at += DIGIT_STRIDE) {
		size_t start = at;

		if (!is_digit(finder->bytes[at]))
			continue;
		while (digit_before(finder, floor, start, &start))
			;
		at = take_number(finder, start);
		floor = at + 1;
	}
}

/* ---- windows ---- */

/* Up to where no token goes on, nor a number; all, if that is nowhere near. */
static size_t window_limit(const struct finder *finder)
{
	size_t at = finder->limit - 1, floor = at > ADDRESS_TOKEN_BYTES ? at - ADDRESS_TOKEN_BYTES : 0;

	/* The last byte may be a backslash whose slash is yet to come. */
	for (at--; at > floor; at--)
		if (parts_at(finder, at) && !(finder->bytes[at] == ' ' && is_digit(finder->bytes[at - 1])))
			return at;
	return finder->limit;
}

static size_t first_part(const struct finder *finder)
{
	size_t at = 0;

	while (at < finder->limit && !parts_at(finder, at))
		at++;
	return at;
}

static void look_at_window(struct address_reader *reader, bool last, address_fn found, void *ctx)
{
	struct finder finder = { .bytes = reader->held, .limit = reader->len, .base = reader->base, .found = found, .ctx = ctx };
	size_t limit = last ? reader->len : window_limit(&finder);
	bool whole = limit < reader->len;
	struct places places;

	if (reader->inside)
		finder.begin = first_part(&finder);
	finder.limit = limit;
	find_places(&finder, &places);
	find_tokens(&finder, &places);
	find_runs(&finder, &places);
	if (places.numbers)
		find_numbers(&finder);
	reader->inside = !whole;
	reader->len -= (uint16_t)limit;
	reader->base += limit;
	memmove(reader->held, reader->held + limit, reader->len);
}

void address_reader_init(struct address_reader *reader)
{
	reader->base = 0;
	reader->len = 0;
	reader->inside = false;
}

void address_feed(struct address_reader *reader, struct slice bytes, address_fn found, void *ctx)
{
	while (bytes.len > 0) {
		size_t room = ADDRESS_WINDOW_BYTES - reader->len, len = bytes.len < room ? bytes.len : room;

		memcpy(reader->held + reader->len, bytes.ptr, len);
		reader->len += (uint16_t)len;
		bytes.ptr += len;
		bytes.len -= len;
		if (reader->len == ADDRESS_WINDOW_BYTES)
			look_at_window(reader, false, found, ctx);
	}
}

void address_end(struct address_reader *reader, address_fn found, void *ctx)
{
	if (reader->len > 0)
		look_at_window(reader, true, found, ctx);
}
