/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window at a time, cut where no token and no number goes on. Three searches
 * over it, each of which passes over most bytes unseen: tokens (what stands
 * between blanks, quotation marks and the like) with a sign that addresses
 * have, long runs of letters and digits, and numbers, which may hold blanks.
 */
#include "detect/address.h"

#include <string.h>

#include "base/cleanup.h"

#define DIGITS_MIN 10		/* shorter ones are ids, prices, dates */
#define DIGITS_MIN_PLUS 8	/* E.164 */
#define COUNTRY_LETTERS 2	/* an IBAN's digits stand behind them */
#define LABEL_BYTES_MAX 63	/* RFC 1035 section 2.3.4 */
#define WALLET_BYTES_MIN 26
#define RUN_BYTES_MIN 15	/* the shortest IBAN: Norway's */
#define DIGITS_MAX 30
#define DIGIT_STRIDE 4
#define GROUP_SIGNS_MAX 2
#define URLS_PER_TOKEN 4	/* one in the query of another */

/* What bytes are to the searches. */
enum {
	PARTS = 1 << 0,		/* ends a token */
	ALPHA = 1 << 1,
	DIGIT = 1 << 2,
	GROUP = 1 << 3,		/* stands between groups of digits */
};

static const uint8_t classes[256] = {
	[0 ... 0x1f] = PARTS,	  [' '] = PARTS | GROUP, ['"'] = PARTS,	    ['\''] = PARTS,	   ['('] = GROUP,
	[')'] = GROUP,		  [','] = PARTS,	 ['-'] = GROUP,	    ['0' ... '9'] = DIGIT, [';'] = PARTS,
	['<'] = PARTS,		  ['>'] = PARTS,	 ['A' ... 'Z'] = ALPHA, ['\\'] = PARTS,   ['^'] = PARTS,
	['`'] = PARTS,		  ['a' ... 'z'] = ALPHA, ['{' ... '}'] = PARTS, [0x7f] = PARTS,
};

static bool is_class(char c, uint8_t class)
{
	return classes[(uint8_t)c] & class;
}

struct finder {
	const char *bytes;	/* the window */
	size_t limit;		/* what is looked at */
	size_t begin;		/* from here on */
	uint64_t base;		/* the window's place in the text */
	size_t start, end;	/* of the token at hand */
	address_fn found;
	void *ctx;
};

static bool is_alpha(char c)
{
	return is_class(c, ALPHA);
}

static bool is_digit(char c)
{
	return is_class(c, DIGIT);
}

static bool is_alnum(char c)
{
	return is_class(c, ALPHA | DIGIT);
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void say(const struct finder *finder, enum address_kind kind, struct slice folded)
{
	finder->found(finder->ctx,
		      &(struct address){ kind, folded, finder->base + finder->start, finder->base + finder->end });
}

/* ---- one spelling ---- */

/* How addresses are written so that nobody clicks them. */
static const struct {
	struct slice written, meant;
} defanged[] = {
	{ SLICE("[.]"), SLICE(".") },	{ SLICE("(.)"), SLICE(".") },	{ SLICE("[dot]"), SLICE(".") },
	{ SLICE("(dot)"), SLICE(".") }, { SLICE("[@]"), SLICE("@") },	{ SLICE("(@)"), SLICE("@") },
	{ SLICE("[at]"), SLICE("@") },	{ SLICE("(at)"), SLICE("@") },	{ SLICE("[:]"), SLICE(":") },
	{ SLICE("[:"), SLICE(":") },	{ SLICE("[/]"), SLICE("/") },	{ SLICE("hxxp"), SLICE("http") },
};

/* What stands at the front of `left` and what it means, longer first for "[:]". */
static bool refang(struct slice left, struct slice *ret_meant, size_t *ret_len)
{
	for (size_t i = 0; i < ARRAY_SIZE(defanged); i++) {
		struct slice written = defanged[i].written;

		if (left.len < written.len || strncasecmp(left.ptr, written.ptr, written.len) != 0)
			continue;
		*ret_meant = defanged[i].meant;
		*ret_len = written.len;
		return true;
	}
	return false;
}

static bool may_be_defanged(struct slice left)
{
	return *left.ptr == '[' || *left.ptr == '(' || ((*left.ptr | 0x20) == 'h' && left.len > 3 && (left.ptr[1] | 0x20) == 'x');
}

/* Lower case, percent-encoded ASCII decoded, defanged forms as they are meant: never longer. */
static struct slice fold_token(struct slice token, char out[ADDRESS_TOKEN_BYTES])
{
	size_t len = 0, step;
	struct slice meant;

	for (size_t i = 0; i < token.len; i += step) {
		struct slice left = { token.ptr + i, token.len - i };
		int high = left.len > 2 && *left.ptr == '%' ? hex_value(left.ptr[1]) : -1;
		int low = high >= 2 && high < 8 ? hex_value(left.ptr[2]) : -1;
		char c = low >= 0 ? (char)(high << 4 | low) : *left.ptr;

		step = low >= 0 ? 3 : 1;
		if (step == 1 && may_be_defanged(left) && refang(left, &meant, &step)) {
			memcpy(out + len, meant.ptr, meant.len);
			len += meant.len;
			continue;
		}
		out[len++] = is_alpha(c) ? c | 0x20 : c;
	}
	return (struct slice){ out, len };
}

static bool ends_path(char c)
{
	return c == '?' || c == '#' || c == ')' || c == ']' || c == '&' || c == '*' || c == '!';
}

static bool ends_authority(char c)
{
	return c == '/' || c == '=' || ends_path(c);
}

static bool is_colon(char c)
{
	return c == ':';
}

static inline struct slice cut_at(struct slice s, bool (*stops)(char))
{
	size_t len = 0;

	while (len < s.len && !stops(s.ptr[len]))
		len++;
	return (struct slice){ s.ptr, len };
}

static bool is_punctuation(char c)
{
	return ends_path(c) || c == '(' || c == '[' || c == '_' || c == '~' || c == '.' || c == ':' || c == '-';
}

/* Without punctuation that belongs to the sentence. */
static struct slice trim(struct slice s)
{
	while (s.len > 0 && is_punctuation(*s.ptr))
		s = (struct slice){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && (is_punctuation(s.ptr[s.len - 1]) || s.ptr[s.len - 1] == '/'))
		s.len--;
	return s;
}

/* ---- hosts ---- */

/* A host name of two labels or more with a top-level domain of letters; bytes beyond ASCII are letters of other
 * scripts (RFC 5890). */
static bool is_host(struct slice host)
{
	size_t label = 0, dots = 0;
	bool letters = true;

	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (c == '.') {
			if (label == 0 || label > LABEL_BYTES_MAX)
				return false;
			label = 0;
			letters = true;
			dots++;
			continue;
		}
		if (!is_alnum(c) && c != '-' && c != '_' && !(c & 0x80))
			return false;
		letters = letters && !is_digit(c) && c != '_';
		label++;
	}
	return dots > 0 && letters && label >= 2 && label <= LABEL_BYTES_MAX;
}

/* Dotted quads and bracketless host names of URLs: a scheme says that it is one. */
static bool is_url_host(struct slice host)
{
	size_t dots = 0;

	if (is_host(host))
		return true;
	for (size_t i = 0; i < host.len; i++) {
		if (!is_digit(host.ptr[i]) && host.ptr[i] != '.')
			return false;
		dots += host.ptr[i] == '.';
	}
	return dots == 3;
}

/* Without a scheme, names of files and members of objects look like hosts: only what is no file's ending counts. */
static bool is_known_tld(struct slice host)
{
	static const char *const tlds[] = {
		"com", "net", "org", "io", "ai", "app", "dev", "info", "biz", "co", "me", "xyz", "site", "online", "top",
		"store", "shop", "club", "live", "link", "click", "cloud", "tech", "space", "website", "edu", "gov", "mil",
		"int", "eu", "uk", "de", "fr", "it", "es", "nl", "be", "ch", "at", "se", "no", "dk", "fi", "ie", "pt", "cz",
		"hu", "ro", "bg", "gr", "ru", "ua", "by", "kz", "tr", "il", "ir", "in", "cn", "hk", "tw", "jp", "kr", "vn",
		"th", "id", "my", "sg", "au", "nz", "ca", "us", "mx", "br", "ar", "cl", "pe", "za", "ng", "ke", "eg", "fun",
		"icu", "cc", "tv", "onion", "test", "example", "invalid",
	};
	size_t dot = host.len;

	while (dot > 0 && host.ptr[dot - 1] != '.')
		dot--;
	for (size_t i = 0; i < ARRAY_SIZE(tlds); i++)
		if (slice_eq((struct slice){ host.ptr + dot, host.len - dot }, slice_of(tlds[i])))
			return true;
	return false;
}

/* `rest` begins with a host, perhaps with user and port, and goes on with a path. Folds them to host and path. */
static void say_host(const struct finder *finder, struct slice rest, bool has_scheme)
{
	char folded[ADDRESS_TOKEN_BYTES];
	struct slice authority = cut_at(rest, ends_authority), host, path;
	const char *at = memchr(authority.ptr, '@', authority.len);
	size_t skip = at ? (size_t)(at - authority.ptr) + 1 : 0;

	host = cut_at((struct slice){ authority.ptr + skip, authority.len - skip }, is_colon);
	if (slice_starts(host, SLICE("www.")))
		host = (struct slice){ host.ptr + 4, host.len - 4 };
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (has_scheme ? !is_url_host(host) : !is_host(host) || !is_known_tld(host))
		return;
	path = cut_at((struct slice){ rest.ptr + authority.len, rest.len - authority.len }, ends_path);
	while (path.len > 0 && (path.ptr[path.len - 1] == '/' || is_punctuation(path.ptr[path.len - 1])))
		path.len--;
	memcpy(folded, host.ptr, host.len);
	if (path.len > 0)
		memcpy(folded + host.len, path.ptr, path.len);
	say(finder, ADDRESS_URL, (struct slice){ folded, host.len + path.len });
}

static bool find_urls(const struct finder *finder, struct slice token)
{
	unsigned int count = 0;

	for (size_t i = 1; i + 3 < token.len && count < URLS_PER_TOKEN; i++) {
		if (!is_alpha(token.ptr[i - 1]) || memcmp(token.ptr + i, "://", 3) != 0)
			continue;
		say_host(finder, (struct slice){ token.ptr + i + 3, token.len - i - 3 }, true);
		count++;
	}
	return count > 0;
}

/* ---- e-mail ---- */

static bool is_local(char c)
{
	return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
}

static void find_email(const struct finder *finder, struct slice token, size_t at)
{
	size_t start = at, end = at + 1;

	while (start > 0 && is_local(token.ptr[start - 1]))
		start--;
	while (start < at && (token.ptr[start] == '.' || token.ptr[start] == '-' || token.ptr[start] == '+'))
		start++;
	while (end < token.len && (is_alnum(token.ptr[end]) || token.ptr[end] == '.' || token.ptr[end] == '-'))
		end++;
	while (end > at + 1 && !is_alnum(token.ptr[end - 1]))
		end--;
	if (start == at || !is_host((struct slice){ token.ptr + at + 1, end - at - 1 }))
		return;
	say(finder, ADDRESS_EMAIL, (struct slice){ token.ptr + start, end - start });
}

static bool find_emails(const struct finder *finder, struct slice token)
{
	bool any = false;
	size_t next = 0;	/* no byte belongs to two, so that "a@a@a@" costs no more than once through */

	for (size_t i = 1; i + 3 < token.len; i++) {
		if (token.ptr[i] != '@' || i < next)
			continue;
		find_email(finder, token, i);
		any = true;
		next = i + 2;
	}
	return any;
}

/* ---- wallets ---- */

static bool all_of(struct slice s, bool (*is)(char))
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.ptr[i]))
			return false;
	return true;
}

static bool is_hex(char c)
{
	return hex_value(c) >= 0;
}

static bool is_base58(char c)
{
	return is_alnum(c) && c != '0' && c != 'O' && c != 'I' && c != 'l';
}

static bool is_mixed(struct slice s)
{
	bool upper = false, lower = false, digit = false;

	for (size_t i = 0; i < s.len; i++) {
		upper = upper || (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z');
		lower = lower || (s.ptr[i] >= 'a' && s.ptr[i] <= 'z');
		digit = digit || is_digit(s.ptr[i]);
	}
	return upper && lower && digit;
}

/* Ethereum's 0x and 40 hex digits; Bitcoin's bech32 (BIP 173) and base58 with its version 1 or 3. */
static bool is_wallet(struct slice token)
{
	if (token.len == 42 && slice_starts(token, SLICE("0x")))
		return all_of((struct slice){ token.ptr + 2, 40 }, is_hex);
	if (token.len >= 42 && token.len <= 62 && strncasecmp(token.ptr, "bc1", 3) == 0)
		return all_of(token, is_alnum);
	return token.len >= WALLET_BYTES_MIN && token.len <= 35 && (*token.ptr == '1' || *token.ptr == '3') &&
	       all_of(token, is_base58) && is_mixed(token);
}

/* ---- accounts ---- */

/* An IBAN in one piece with letters in its account: what stands behind them is
 * what the reader of numbers finds where it is written in groups. */
static struct slice iban_digits(struct slice token)
{
	size_t start = token.len;

	if (token.len < 15 || token.len > 34 || !is_alpha(token.ptr[0]) || !is_alpha(token.ptr[1]) ||
	    !is_digit(token.ptr[2]) || !is_digit(token.ptr[3]) || !all_of(token, is_alnum))
		return (struct slice){ 0 };
	while (is_digit(token.ptr[start - 1]))
		start--;
	if (start <= COUNTRY_LETTERS || token.len - start < DIGITS_MIN_PLUS)
		return (struct slice){ 0 };
	return (struct slice){ token.ptr + start, token.len - start };
}

/* ---- tokens ---- */

static struct slice behind_last(struct slice s, char sign)
{
	const char *at = s.len > 0 ? memrchr(s.ptr, sign, s.len) : NULL;

	return at ? (struct slice){ at + 1, s.len - (size_t)(at + 1 - s.ptr) } : s;
}

static void find_bare(const struct finder *finder, struct slice raw)
{
	char out[ADDRESS_TOKEN_BYTES];
	struct slice value = fold_token(trim(behind_last(trim(raw), '=')), out);

	if (value.len > 3 && memchr(value.ptr, '.', value.len))
		say_host(finder, value, false);
}

static void look_through(const struct finder *finder, struct slice raw, bool cut)
{
	char out[ADDRESS_TOKEN_BYTES];
	struct slice folded = fold_token(raw, out);
	bool has_url = find_urls(finder, folded), has_email = find_emails(finder, folded);

	if (!has_url && !has_email && !cut)
		find_bare(finder, raw);
}

/* JSON may write a slash behind a backslash; else that parts tokens. */
static bool parts_at(const struct finder *finder, size_t at)
{
	char c = finder->bytes[at];

	if (!is_class(c, PARTS))
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
		look_through(finder, (struct slice){ raw, len }, at < finder->end);
}

/* Whether a sign is one of an address, by its neighbours. */
static bool is_sign(const struct finder *finder, size_t at)
{
	char c = finder->bytes[at], next = at + 1 < finder->limit ? finder->bytes[at + 1] : ' ';

	switch (c) {
	case '@':
		return true;
	case '.':
		return is_alnum(next) || next == ']' || next == ')' || next & 0x80;
	case ':':
		return next == '/' || next == '\\' || next == ']';
	default:	/* [dot], (at) */
		return (next | 0x20) == 'd' || (next | 0x20) == 'a';
	}
}

static void find_tokens(struct finder *finder)
{
	static const char signs[] = { '@', '.', ':', '[', '(' };
	size_t next[ARRAY_SIZE(signs)] = { 0 }, at = finder->begin;

	for (size_t first; at < finder->limit; at = first + 1) {
		first = finder->limit;
		for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
			const char *found = NULL;

			if (next[i] < at || at == finder->begin) {
				found = memchr(finder->bytes + at, signs[i], finder->limit - at);
				next[i] = found ? (size_t)(found - finder->bytes) : finder->limit;
			}
			if (next[i] < first)
				first = next[i];
		}
		if (first == finder->limit)
			return;
		if (is_sign(finder, first)) {
			take_token(finder, first);
			first = finder->end > first ? finder->end : first;
		}
	}
}

/* ---- runs of letters and digits ---- */

static void take_run(struct finder *finder, size_t start, size_t end)
{
	struct slice run = { finder->bytes + start, end - start }, account = iban_digits(run);
	char out[ADDRESS_TOKEN_BYTES];

	finder->start = start;
	finder->end = end;
	if (account.len > 0)
		say(finder, ADDRESS_NUMBER, account);
	else if (is_wallet(run))
		say(finder, ADDRESS_WALLET, fold_token(run, out));
}

/* From the far end of what would be one backwards, so that short words are passed over. */
static void find_runs(struct finder *finder)
{
	size_t start = finder->begin;

	while (start + RUN_BYTES_MIN <= finder->limit) {
		size_t end = start + RUN_BYTES_MIN, at = end;

		while (at > start && is_alnum(finder->bytes[at - 1]))
			at--;
		if (at > start) {
			start = at;
			continue;
		}
		while (end < finder->limit && is_alnum(finder->bytes[end]))
			end++;
		take_run(finder, start, end);
		start = end + 1;
	}
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
		if (!is_class(c, GROUP))
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
		if (!is_class(c, GROUP))
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

	while (joined <= COUNTRY_LETTERS && start > joined && is_class(finder->bytes[start - joined - 1], ALPHA | DIGIT))
		joined++;
	return joined <= COUNTRY_LETTERS && (last + 1 == finder->limit || !is_alpha(finder->bytes[last + 1]));
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
	if (count >= (plus ? DIGITS_MIN_PLUS : DIGITS_MIN) && count <= DIGITS_MAX && is_bordered(finder, start, last) &&
	    !is_dated(finder, start))
		say(finder, ADDRESS_NUMBER, (struct slice){ digits, count });
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

	if (reader->inside)
		finder.begin = first_part(&finder);
	finder.limit = limit;
	find_tokens(&finder);
	find_runs(&finder);
	find_numbers(&finder);
	reader->inside = !whole;
	reader->len -= (uint16_t)limit;
	reader->base += limit;
	memmove(reader->held, reader->held + limit, reader->len);
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
	memset(reader, 0, sizeof(*reader));
}
