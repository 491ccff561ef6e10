/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two readers side by side: tokens (what stands between blanks, quotation marks
 * and the like), which are looked through when they end, and numbers, which may
 * hold blanks.
 */
#include "detect/address.h"

#include <string.h>

#include "base/cleanup.h"

#define DIGITS_MIN 10		/* shorter ones are ids, prices, dates */
#define DIGITS_MIN_PLUS 8	/* E.164 */
#define COUNTRY_LETTERS 2	/* an IBAN's digits stand behind them */
#define LABEL_BYTES_MAX 63	/* RFC 1035 section 2.3.4 */
#define WALLET_BYTES_MIN 26
#define URLS_PER_TOKEN 4	/* one in the query of another */

/* What bytes are to the readers. */
enum {
	PARTS = 1 << 0,		/* ends a token */
	ALPHA = 1 << 1,
	DIGIT = 1 << 2,
	SIGN = 1 << 3,		/* addresses have one of these */
	GROUP = 1 << 4,		/* stands between groups of digits */
};

static const uint8_t classes[256] = {
	[0 ... 0x1f] = PARTS,	[' '] = PARTS | GROUP, ['"'] = PARTS,	    ['%'] = SIGN,	['\''] = PARTS,
	['('] = GROUP,		[')'] = GROUP,	       [','] = PARTS,	    ['-'] = GROUP,	['.'] = SIGN,
	['0' ... '9'] = DIGIT,	[':'] = SIGN,	       [';'] = PARTS,	    ['<'] = PARTS,	['>'] = PARTS,
	['@'] = SIGN,		['A' ... 'Z'] = ALPHA, ['['] = SIGN,	    ['\\'] = PARTS,	['^'] = PARTS,
	['`'] = PARTS,		['a' ... 'z'] = ALPHA, ['{' ... '}'] = PARTS, [0x7f] = PARTS,
};

struct finder {
	struct address_reader *reader;
	address_fn found;
	void *ctx;
};

static bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
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
	finder->found(finder->ctx, &(struct address){ kind, folded, finder->reader->token_start,
						      finder->reader->token_end });
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
		if (step == 1 && strchr("[(hH", c) && refang(left, &meant, &step)) {
			memcpy(out + len, meant.ptr, meant.len);
			len += meant.len;
			continue;
		}
		out[len++] = is_alpha(c) ? c | 0x20 : c;
	}
	return (struct slice){ out, len };
}

static struct slice cut_at(struct slice s, const char *stops)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(stops, s.ptr[i]))
			return (struct slice){ s.ptr, i };
	return s;
}

/* Without punctuation that belongs to the sentence. */
static struct slice trim(struct slice s)
{
	while (s.len > 0 && strchr("()[]*_~!.:?&#-", *s.ptr) && *s.ptr)
		s = (struct slice){ s.ptr + 1, s.len - 1 };
	while (s.len > 0 && strchr("()[]*_~!.:?&#/-", s.ptr[s.len - 1]) && s.ptr[s.len - 1])
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
	struct slice authority = cut_at(rest, "/?#)]&=*!"), host, path;
	const char *at = memchr(authority.ptr, '@', authority.len);
	size_t skip = at ? (size_t)(at - authority.ptr) + 1 : 0;

	host = cut_at((struct slice){ authority.ptr + skip, authority.len - skip }, ":");
	if (slice_starts(host, SLICE("www.")))
		host = (struct slice){ host.ptr + 4, host.len - 4 };
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (has_scheme ? !is_url_host(host) : !is_host(host) || !is_known_tld(host))
		return;
	path = cut_at((struct slice){ rest.ptr + authority.len, rest.len - authority.len }, "?#)]&*!");
	while (path.len > 0 && strchr("/.:", path.ptr[path.len - 1]))
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
	struct slice value = trim(behind_last(trim(raw), '=')), name = behind_last(value, ':');
	struct slice account = iban_digits(name);

	if (account.len > 0) {
		say(finder, ADDRESS_NUMBER, account);
		return;
	}
	if (is_wallet(name)) {
		say(finder, ADDRESS_WALLET, fold_token(name, out));
		return;
	}
	value = fold_token(value, out);
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

static void end_token(const struct finder *finder)
{
	struct address_reader *reader = finder->reader;
	struct slice raw = { reader->token, reader->token_len };
	bool cut = reader->token_cut, worth = reader->token_signs ? raw.len > 3 : raw.len >= 15;

	reader->token_len = 0;
	reader->token_cut = reader->token_signs = false;
	if (worth)
		look_through(finder, raw, cut);
}

static void keep(struct address_reader *reader, struct slice bytes)
{
	size_t room = ADDRESS_TOKEN_BYTES - reader->token_len, len = bytes.len < room ? bytes.len : room;

	if (reader->token_len == 0)
		reader->token_start = reader->at;
	reader->token_end = reader->at + bytes.len;
	memcpy(reader->token + reader->token_len, bytes.ptr, len);
	reader->token_len += (uint16_t)len;
	reader->token_cut = reader->token_cut || len < bytes.len;
}

static void put_token(const struct finder *finder, char c, uint8_t class)
{
	struct address_reader *reader = finder->reader;

	if (class & PARTS) {
		if (reader->token_len > 0)
			end_token(finder);
		return;
	}
	reader->token_signs = reader->token_signs || (class & SIGN);
	keep(reader, (struct slice){ &c, 1 });
}

/* ---- numbers ---- */

static void end_number(const struct finder *finder)
{
	struct address_reader *reader = finder->reader;
	uint8_t least = reader->plus ? DIGITS_MIN_PLUS : DIGITS_MIN;
	struct address address = { ADDRESS_NUMBER, { reader->digits, reader->digits_len }, reader->digits_start,
				   reader->digits_end };
	bool good = reader->digits_len >= least && !reader->digits_bad && !reader->dated;

	reader->digits_len = reader->parted = 0;
	reader->plus = reader->digits_bad = reader->dated = false;
	if (good)
		finder->found(finder->ctx, &address);
}

static void put_digit(struct address_reader *reader, char c)
{
	if (reader->digits_len == 0) {
		reader->digits_start = reader->at;
		reader->digits_bad = reader->joined > COUNTRY_LETTERS;
	}
	reader->digits_end = reader->at + 1;
	reader->parted = 0;
	if (reader->digits_len < ADDRESS_DIGITS)
		reader->digits[reader->digits_len++] = c;
	else
		reader->digits_bad = true;
}

/* 2026-11-26 10:30 has digits enough for an account. */
static bool is_year(const struct address_reader *reader)
{
	return reader->digits_len == 4 &&
	       (memcmp(reader->digits, "19", 2) == 0 || memcmp(reader->digits, "20", 2) == 0);
}

/* Not a digit, behind digits. True: the number may go on. */
static bool part_number(struct address_reader *reader, char c, uint8_t class)
{
	if ((class & GROUP) && reader->parted < 2) {
		reader->dated = reader->dated || (c == '-' && is_year(reader));
		reader->parted++;
		return true;
	}
	reader->digits_bad = reader->digits_bad || ((class & ALPHA) && reader->parted == 0);
	return false;
}

static void put_number(const struct finder *finder, char c, uint8_t class)
{
	struct address_reader *reader = finder->reader;
	bool in_number = reader->digits_len > 0;

	if (class & DIGIT) {
		put_digit(reader, c);
	} else if (in_number && !part_number(reader, c, class)) {
		end_number(finder);
		reader->plus = c == '+';
	} else if (!in_number && !(class & GROUP)) {
		reader->plus = c == '+';
	}
	if (!(class & (ALPHA | DIGIT)))
		reader->joined = 0;
	else if (reader->joined < UINT8_MAX)
		reader->joined++;
}

/* ---- bytes ---- */

static void put(const struct finder *finder, char c)
{
	uint8_t class = classes[(uint8_t)c];

	put_token(finder, c, class);
	put_number(finder, c, class);
}

static void put_code_unit(const struct finder *finder, char c)
{
	struct address_reader *reader = finder->reader;
	int value = hex_value(c);

	if (value < 0) {
		reader->escape = 0;
		put(finder, c);
		return;
	}
	reader->escaped = (uint16_t)(reader->escaped << 4 | value);
	if (--reader->escape > 1)
		return;
	reader->escape = 0;
	put(finder, reader->escaped < 0x80 ? (char)reader->escaped : ' ');
}

/* Behind a backslash: texts are often JSON in JSON. */
static void put_escaped(const struct finder *finder, char c)
{
	struct address_reader *reader = finder->reader;

	reader->escape = 0;
	if (c == 'u') {
		reader->escape = 5;
		reader->escaped = 0;
		return;
	}
	put(finder, c == '/' ? '/' : ' ');
}

/* Most bytes are letters of words: no reader has more to do than to keep them. */
static size_t take_letters(struct address_reader *reader, struct slice left)
{
	size_t len = 0, joined;

	if (reader->escape != 0 || reader->digits_len > 0)
		return 0;
	while (len < left.len && (classes[(uint8_t)left.ptr[len]] & ALPHA))
		len++;
	if (len == 0)
		return 0;
	keep(reader, (struct slice){ left.ptr, len });
	joined = reader->joined + len;
	reader->joined = joined < UINT8_MAX ? (uint8_t)joined : UINT8_MAX;
	reader->plus = false;
	return len;
}

static void take_byte(const struct finder *finder, char c)
{
	struct address_reader *reader = finder->reader;

	if (reader->escape > 1)
		put_code_unit(finder, c);
	else if (reader->escape == 1)
		put_escaped(finder, c);
	else if (c == '\\')
		reader->escape = 1;
	else
		put(finder, c);
}

void address_feed(struct address_reader *reader, struct slice bytes, address_fn found, void *ctx)
{
	struct finder finder = { reader, found, ctx };

	while (bytes.len > 0) {
		size_t step = take_letters(reader, bytes);

		if (step == 0) {
			take_byte(&finder, *bytes.ptr);
			step = 1;
		}
		reader->at += step;
		bytes.ptr += step;
		bytes.len -= step;
	}
}

void address_end(struct address_reader *reader, address_fn found, void *ctx)
{
	struct finder finder = { reader, found, ctx };

	end_token(&finder);
	end_number(&finder);
	memset(reader, 0, sizeof(*reader));
}
