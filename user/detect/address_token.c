/* SPDX-License-Identifier: Apache-2.0 */
/* What a token is: URLs, hosts and e-mail addresses in it, or a wallet or account as a whole, in one spelling. */
#include <string.h>

#include "base/cleanup.h"
#include "detect/address_impl.h"

#define LABEL_BYTES_MAX 63	/* RFC 1035 section 2.3.4 */
#define TLD_BYTES_MAX 7
#define TLDS_PER_LETTER 12
#define WALLET_BYTES_MIN 26
#define URLS_PER_TOKEN 4	/* one in the query of another */

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
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

/* Without a scheme, names of files and members of objects look like hosts: only what is no file's ending counts. By
 * their first letter. */
static const char tlds[26][TLDS_PER_LETTER][TLD_BYTES_MAX + 1] = {
	['a' - 'a'] = { "ai", "app", "ar", "at", "au" },
	['b' - 'a'] = { "be", "bg", "biz", "br", "by" },
	['c' - 'a'] = { "ca", "cc", "ch", "cl", "click", "cloud", "club", "cn", "co", "com", "cz" },
	['d' - 'a'] = { "de", "dev", "dk" },
	['e' - 'a'] = { "edu", "eg", "es", "eu", "example" },
	['f' - 'a'] = { "fi", "fr", "fun" },
	['g' - 'a'] = { "gov", "gr" },
	['h' - 'a'] = { "hk", "hu" },
	['i' - 'a'] = { "icu", "id", "ie", "il", "in", "info", "int", "invalid", "io", "ir", "it" },
	['j' - 'a'] = { "jp" },
	['k' - 'a'] = { "ke", "kr", "kz" },
	['l' - 'a'] = { "link", "live" },
	['m' - 'a'] = { "me", "mil", "mx", "my" },
	['n' - 'a'] = { "net", "ng", "nl", "no", "nz" },
	['o' - 'a'] = { "onion", "online", "org" },
	['p' - 'a'] = { "pe", "pt" },
	['r' - 'a'] = { "ro", "ru" },
	['s' - 'a'] = { "se", "sg", "shop", "site", "space", "store" },
	['t' - 'a'] = { "tech", "test", "th", "top", "tr", "tv", "tw" },
	['u' - 'a'] = { "ua", "uk", "us" },
	['v' - 'a'] = { "vn" },
	['w' - 'a'] = { "website" },
	['x' - 'a'] = { "xyz" },
	['z' - 'a'] = { "za" },
};

bool address_is_tld(struct slice label)
{
	char name[TLD_BYTES_MAX + 1] = { 0 };
	size_t letter;

	for (size_t i = 0; i < label.len; i++) {
		if (i == TLD_BYTES_MAX || !is_alpha(label.ptr[i]))
			return false;
		name[i] = label.ptr[i] | 0x20;
	}
	if (label.len == 0)
		return false;
	letter = (size_t)(name[0] - 'a');
	for (size_t i = 0; i < TLDS_PER_LETTER && tlds[letter][i][0]; i++)
		if (memcmp(tlds[letter][i], name, sizeof(name)) == 0)
			return true;
	return false;
}

static bool has_known_tld(struct slice host)
{
	const char *dot = memrchr(host.ptr, '.', host.len);

	return dot && address_is_tld((struct slice){ dot + 1, host.len - (size_t)(dot + 1 - host.ptr) });
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
	if (has_scheme ? !is_url_host(host) : !is_host(host) || !has_known_tld(host))
		return;
	path = cut_at((struct slice){ rest.ptr + authority.len, rest.len - authority.len }, ends_path);
	while (path.len > 0 && (path.ptr[path.len - 1] == '/' || is_punctuation(path.ptr[path.len - 1])))
		path.len--;
	memcpy(folded, host.ptr, host.len);
	if (path.len > 0)
		memcpy(folded + host.len, path.ptr, path.len);
	address_say(finder, ADDRESS_URL, (struct slice){ folded, host.len + path.len });
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
	address_say(finder, ADDRESS_EMAIL, (struct slice){ token.ptr + start, end - start });
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

	if (token.len < ADDRESS_RUN_BYTES_MIN || token.len > 34 || !is_alpha(token.ptr[0]) || !is_alpha(token.ptr[1]) ||
	    !is_digit(token.ptr[2]) || !is_digit(token.ptr[3]) || !all_of(token, is_alnum))
		return (struct slice){ 0 };
	while (is_digit(token.ptr[start - 1]))
		start--;
	if (start <= ADDRESS_COUNTRY_LETTERS || token.len - start < ADDRESS_DIGITS_MIN_PLUS)
		return (struct slice){ 0 };
	return (struct slice){ token.ptr + start, token.len - start };
}

/* ---- tokens and runs ---- */

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

void address_read_token(const struct finder *finder, struct slice raw, bool cut)
{
	char out[ADDRESS_TOKEN_BYTES];
	struct slice folded = fold_token(raw, out);
	bool has_url = find_urls(finder, folded), has_email = find_emails(finder, folded);

	if (!has_url && !has_email && !cut)
		find_bare(finder, raw);
}

void address_read_run(const struct finder *finder, struct slice run)
{
	struct slice account = iban_digits(run);
	char out[ADDRESS_TOKEN_BYTES];

	if (account.len > 0)
		address_say(finder, ADDRESS_NUMBER, account);
	else if (is_wallet(run))
		address_say(finder, ADDRESS_WALLET, fold_token(run, out));
}
