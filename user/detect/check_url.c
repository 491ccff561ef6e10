/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a URL carries text away: a part of its path, query, fragment or host
 * that decodes to words. Signatures, ids and hashes decode to noise, and sizes,
 * versions and tracking marks to nothing that has words.
 */
#include <ctype.h>

#include "base/cleanup.h"
#include "detect/check_kinds.h"

#define URL_BYTES_MAX 2048
#define TEXT_BYTES_MIN 10	/* decoded */
#define PLAIN_BYTES_MIN 24
#define PLAIN_WORDS_MIN 4
#define PART_BYTES_MIN 16	/* encoded */

/* What the rule wants to know: args. */
struct wanted {
	bool plain;	/* image: words that are only percent-encoded count, too, in queries */
	bool strict;	/* link: people follow it, and logins hang their state onto it */
};

struct decoded_part {
	char bytes[URL_BYTES_MAX];
	size_t len;
};

/* ---- is it text? ---- */

static bool has(struct slice text, const char *word)
{
	return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* Names of what is worth taking. */
static bool has_marker(struct slice text)
{
	static const char *const markers[] = { "passw",	 "token",     "secret",	  "card=",   "card:",	"apikey",  "api_key",
					       "api key", "ssh-rsa",   "system pr", "BEGIN ",  "user=", "user:",   "email=",
					       "cookie",  "conversat", "AKIA",	  "history", "ssn",   "balance", "account" };

	for (size_t i = 0; i < ARRAY_SIZE(markers); i++)
		if (has(text, markers[i]))
			return true;
	return false;
}

static unsigned int count_words(struct slice text)
{
	unsigned int words = 0, letters = 0;

	for (size_t i = 0; i <= text.len; i++) {
		bool letter = i < text.len && (isalpha((unsigned char)text.ptr[i]) || text.ptr[i] & 0x80);

		if (!letter && letters >= 2 && (i == text.len || strchr(" \n\t,.;:!?=", text.ptr[i])))
			words++;
		letters = letter ? letters + 1 : 0;
	}
	return words;
}

/* Mostly letters; where names of values stand, fewer do. */
static bool is_printable(struct slice text, bool named)
{
	size_t odd = 0, letters = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		odd += c < ' ' ? c != '\n' && c != '\t' && c != '\r' : c == 0x7f || c >= 0xf5 || c == 0xc0 || c == 0xc1;
		letters += isalpha(c) || c >= 0x80;
	}
	return odd * 20 <= text.len && letters * (named ? 4 : 2) >= text.len;
}

/* High bytes have to be UTF-8, which noise is not for long. */
static bool is_utf8(struct slice text)
{
	unsigned int need = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (need > 0) {
			if ((c & 0xc0) != 0x80)
				return false;
			need--;
		} else if (c >= 0x80) {
			if (c < 0xc2 || c > 0xf4)
				return false;
			need = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		}
	}
	return true;
}

static bool is_text(struct slice text, const struct wanted *wanted)
{
	bool named = has_marker(text);

	if (text.len < TEXT_BYTES_MIN || !is_printable(text, named) || !is_utf8(text))
		return false;
	if (wanted->strict && (*text.ptr == '{' || *text.ptr == '['))
		return false;
	return named || (memchr(text.ptr, ' ', text.len) && count_words(text) >= 3);
}

/* ---- encodings ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void unescape(struct slice part, struct decoded_part *ret)
{
	ret->len = 0;
	for (size_t i = 0; i < part.len; i++) {
		int high = i + 2 < part.len && part.ptr[i] == '%' ? hex_digit(part.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(part.ptr[i + 2]) : -1;

		if (low >= 0) {
			ret->bytes[ret->len++] = (char)(high << 4 | low);
			i += 2;
		} else {
			ret->bytes[ret->len++] = part.ptr[i];
		}
	}
}

static bool decode_hex(struct slice part, struct decoded_part *ret)
{
	ret->len = 0;
	if (part.len % 2 != 0)
		return false;
	for (size_t i = 0; i < part.len; i += 2) {
		int high = hex_digit(part.ptr[i]), low = hex_digit(part.ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret->bytes[ret->len++] = (char)(high << 4 | low);
	}
	return true;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-' || c == ' ')	/* a plus sign that was taken for a blank */
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

static bool decode_base64(struct slice part, struct decoded_part *ret)
{
	uint32_t bits = 0;
	unsigned int have = 0;

	ret->len = 0;
	while (part.len > 0 && part.ptr[part.len - 1] == '=')
		part.len--;
	for (size_t i = 0; i < part.len; i++) {
		int digit = base64_digit(part.ptr[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			ret->bytes[ret->len++] = (char)(bits >> have);
		}
	}
	return true;
}

static struct slice slice_of_part(const struct decoded_part *part)
{
	return (struct slice){ part->bytes, part->len };
}

static bool encodes_text(struct slice part, const struct wanted *wanted)
{
	struct decoded_part decoded;

	if (part.len < PART_BYTES_MIN)
		return false;
	if (decode_hex(part, &decoded))
		return is_text(slice_of_part(&decoded), wanted);
	return decode_base64(part, &decoded) && is_text(slice_of_part(&decoded), wanted);
}

/* ---- parts of a URL ---- */

/* Parameters that pictures are asked for with: words that are drawn. */
static bool is_drawn(struct slice name)
{
	static const char *const names[] = { "text",   "title", "label",   "alt",   "caption", "prompt", "chart", "chl",  "c",
					     "tex",    "lines", "message", "logo",  "name",    "font",   "query", "style", "desc",
					     "description", "subtitle", "author", "theme", "markers", "formula", "eq", "latex" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_caseeq(name, slice_of(names[i])))
			return true;
	return false;
}

static bool is_plain_text(struct slice name, struct decoded_part *value)
{
	for (size_t i = 0; i < value->len; i++)
		if (value->bytes[i] == '+')
			value->bytes[i] = ' ';
	return !is_drawn(name) && value->len >= PLAIN_BYTES_MIN && memchr(value->bytes, ' ', value->len) &&
	       count_words(slice_of_part(value)) >= PLAIN_WORDS_MIN;
}

/* Without the ending that makes it look like a picture. */
static struct slice without_ending(struct slice part)
{
	static const char *const endings[] = { ".gif", ".png", ".jpg", ".jpeg", ".svg", ".webp", ".ico", ".css", ".js" };

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t len = strlen(endings[i]);

		if (part.len > len && strncasecmp(part.ptr + part.len - len, endings[i], len) == 0)
			return (struct slice){ part.ptr, part.len - len };
	}
	return part;
}

static bool part_carries(struct slice part, bool in_query, const struct wanted *wanted)
{
	const char *equal = in_query ? memchr(part.ptr, '=', part.len) : NULL;
	struct slice name = { part.ptr, equal ? (size_t)(equal - part.ptr) : 0 };
	size_t skip = equal ? name.len + 1 : 0;
	struct decoded_part value;

	unescape(without_ending((struct slice){ part.ptr + skip, part.len - skip }), &value);
	if (encodes_text(slice_of_part(&value), wanted))
		return true;
	return wanted->plain && in_query && is_plain_text(name, &value);
}

static bool parts_carry(struct slice text, const char *signs, bool in_query, const struct wanted *wanted)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && (!text.ptr[i] || !strchr(signs, text.ptr[i])))
			continue;
		if (part_carries((struct slice){ text.ptr + start, i - start }, in_query, wanted))
			return true;
		start = i + 1;
	}
	return false;
}

/* Services that draw what the URL says; whoever wrote the answer does not read there. */
static bool is_renderer(struct slice host)
{
	static const char *const hosts[] = { "shields.io",	 "quickchart.io", "mermaid.ink",       "kroki.io",
					     "plantuml.com",	 "codecogs.com",  "chart.googleapis.com", "pollinations.ai",
					     "placehold.co",	 "placeholder.com", "dummyimage.com",   "badgen.net",
					     "gravatar.com",	 "githubusercontent.com", "google.com", "youtube.com",
					     "wikimedia.org",	 "swagger.io",	  "readme-typing-svg.herokuapp.com" };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct slice known = slice_of(hosts[i]);

		if (host.len >= known.len && strncasecmp(host.ptr + host.len - known.len, known.ptr, known.len) == 0 &&
		    (host.len == known.len || host.ptr[host.len - known.len - 1] == '.'))
			return true;
	}
	return false;
}

static struct slice cut(struct slice text, const char *signs)
{
	for (size_t i = 0; i < text.len; i++)
		if (!text.ptr[i] || strchr(signs, text.ptr[i]))
			return (struct slice){ text.ptr, i };
	return text;
}

static struct slice behind(struct slice whole, struct slice front)
{
	return (struct slice){ whole.ptr + front.len, whole.len - front.len };
}

static bool url_carries(struct slice url, const struct wanted *wanted)
{
	struct slice host = cut(url, "/?#:"), rest = behind(url, host), path = cut(rest, "?#");

	if (is_renderer(host))
		return false;
	return parts_carry(host, ".", false, wanted) || parts_carry(path, "/;", false, wanted) ||
	       parts_carry(behind(rest, path), "?&#;", true, wanted);
}

/* The match ends behind "://". */
enum check_result check_carries_text(struct check_match *match)
{
	struct slice left = { match->text.ptr + match->end, match->text.len - match->end }, url;
	struct wanted wanted = { .plain = strcmp(match->args, "image") == 0, .strict = strcmp(match->args, "link") == 0 };
	bool whole = left.len <= URL_BYTES_MAX;

	if (!whole)
		left.len = URL_BYTES_MAX;
	url = cut(left, " \t\r\n\"'<>)]`\\\x07\x1b");
	if (url.len == left.len && whole && match->follows)
		return CHECK_NO;
	if (!url_carries(url, &wanted))
		return CHECK_NO;
	match->end += (uint32_t)url.len;
	return CHECK_YES;
}

bool check_carries_text_args_fit(const char *args)
{
	return strcmp(args, "image") == 0 || strcmp(args, "link") == 0 || strcmp(args, "encoded") == 0;
}
