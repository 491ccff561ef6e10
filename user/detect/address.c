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
#include <strings.h>

#include "detect/address_impl.h"
#include "detect/bytes64.h"

#define DIGITS_MIN 10		/* shorter ones are ids, prices, dates */
#define DIGITS_MAX 30
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

/* A bit for each byte of the window: block by block. */
struct places {
	uint64_t signs[BLOCKS];		/* bytes that may be a sign of an address */
	uint64_t runs[BLOCKS];		/* the fifteen bytes up to here are letters and digits, with a digit not far away */
	uint64_t digits[BLOCKS];	/* none where too few for a number are close together */
	bool percent;			/* signs may be encoded */
};

/* The fifteenth byte of a run in a row, and those behind it. */
static inline uint64_t full_fifteens(uint64_t bits, struct lengths64 *before)
{
	struct lengths64 runs = lengths64_of(bits, before);
	uint64_t full = runs.by8 & bits_behind(runs.by8, before->by8, ADDRESS_RUN_BYTES_MIN - 8);

	*before = runs;
	return full;
}

static inline unsigned count_bits(uint64_t bits)
{
	unsigned count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

/* By the byte that follows: see is_sign(). Where signs may be encoded, any may be one. */
bytes64_inline uint64_t find_signs(const char *bytes, bool percent)
{
	if (percent)
		return BITS64(bytes, (v == '@') | (v == '.') | (v == ':') | (v == '[') | (v == '('));
	return BITS64(bytes, ({
			      vec next = vec_load(bytes + 1 + i_ * VEC_BYTES), small = next | 0x20;
			      vec closes = (next == ']') | (next == ')');

			      (v == '@') | ((v == '.') & (vec_in(small, 'a', 'z') | closes)) |
				      ((v == ':') & ((next == '/') | (next == '\\') | closes)) |
				      (((v == '[') | (v == '(')) & ((small == 'a') | (small == 'd')));
		      }));
}

static void find_places(const struct finder *finder, struct places *ret)
{
	uint64_t figures_before = 0;
	struct lengths64 before = { 0 };
	unsigned digits_before = 0;

	ret->percent = memchr(finder->bytes, '%', finder->limit);
	for (size_t block = 0; block * BYTES64 < finder->limit; block++) {
		const char *bytes = finder->bytes + block * BYTES64;
		size_t left = finder->limit - block * BYTES64;
		uint64_t in_window = left < BYTES64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
		uint64_t alphas = BITS64(bytes, vec_in(v | 0x20, 'a', 'z')) & in_window;
		uint64_t figures = BITS64(bytes, vec_in(v, '0', '9')) & in_window;
		uint64_t runs = full_fifteens(alphas | figures, &before);
		unsigned digits = figures ? count_bits(figures) : 0;
		bool numbers = digits_before + digits >= ADDRESS_DIGITS_MIN_PLUS;

		ret->signs[block] = find_signs(bytes, ret->percent) & in_window;
		ret->runs[block] = figures | figures_before ? runs : 0;
		ret->digits[block] = numbers ? figures : 0;
		if (numbers && block > 0)
			ret->digits[block - 1] = figures_before;
		figures_before = figures;
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

static bool is_closing(char c)
{
	return c == ']' || c == ')';
}

/* Without another sign a dot is one only in front of a top-level domain. */
static bool is_dot_sign(const struct finder *finder, const struct places *places, size_t at, char next)
{
	size_t start = at + 1, end = start;

	if (is_closing(next))
		return true;
	if (places->percent)
		return is_alnum(next) || next & 0x80;
	while (end < finder->limit && is_alpha(finder->bytes[end]))
		end++;
	return address_is_tld((struct slice){ finder->bytes + start, end - start });
}

/* [dot], (at) */
static bool is_word_sign(const struct finder *finder, size_t at)
{
	const char *bytes = finder->bytes + at;
	size_t left = finder->limit - at;

	return (left > 4 && strncasecmp(bytes + 1, "dot", 3) == 0 && is_closing(bytes[4])) ||
	       (left > 3 && strncasecmp(bytes + 1, "at", 2) == 0 && is_closing(bytes[3]));
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
	default:
		return is_word_sign(finder, at) || (places->percent && ((next | 0x20) == 'd' || (next | 0x20) == 'a'));
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

static void find_numbers(struct finder *finder, const struct places *places)
{
	size_t at = finder->begin;

	while ((at = next_place(finder, places->digits, at)) < finder->limit)
		at = take_number(finder, at) + 1;
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

/* Looks at a window, behind which a byte can be read. Returns how many bytes of it are done with. */
static size_t look_at_window(struct address_reader *reader, struct slice window, bool last, address_fn found, void *ctx)
{
	struct finder finder = { .bytes = window.ptr, .limit = window.len, .base = reader->base, .found = found, .ctx = ctx };
	size_t limit = last ? window.len : window_limit(&finder);
	struct places places;

	if (reader->inside)
		finder.begin = first_part(&finder);
	finder.limit = limit;
	find_places(&finder, &places);
	find_tokens(&finder, &places);
	find_runs(&finder, &places);
	find_numbers(&finder, &places);
	reader->inside = limit == window.len;
	reader->base += limit;
	return limit;
}

static void look_at_held(struct address_reader *reader, bool last, address_fn found, void *ctx)
{
	size_t done;

	reader->held[reader->len] = ' ';
	done = look_at_window(reader, (struct slice){ reader->held, reader->len }, last, found, ctx);
	reader->len -= (uint16_t)done;
	memmove(reader->held, reader->held + done, reader->len);
}

void address_reader_init(struct address_reader *reader)
{
	reader->base = 0;
	reader->len = 0;
	reader->inside = false;
}

static size_t hold(struct address_reader *reader, struct slice bytes)
{
	size_t room = ADDRESS_WINDOW_BYTES - reader->len, len = bytes.len < room ? bytes.len : room;

	memcpy(reader->held + reader->len, bytes.ptr, len);
	reader->len += (uint16_t)len;
	return len;
}

void address_feed(struct address_reader *reader, struct slice bytes, address_fn found, void *ctx)
{
	while (bytes.len > 0) {
		struct slice window = { bytes.ptr, ADDRESS_WINDOW_BYTES };
		size_t done;

		if (reader->len == 0 && bytes.len > ADDRESS_WINDOW_BYTES)
			done = look_at_window(reader, window, false, found, ctx);
		else
			done = hold(reader, bytes);
		bytes.ptr += done;
		bytes.len -= done;
		if (reader->len == ADDRESS_WINDOW_BYTES)
			look_at_held(reader, false, found, ctx);
	}
}

void address_end(struct address_reader *reader, address_fn found, void *ctx)
{
	if (reader->len > 0)
		look_at_held(reader, true, found, ctx);
}
