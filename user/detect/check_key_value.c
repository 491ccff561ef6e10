/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "password = value", whatever the syntax. Names alone say little, for code is
 * full of them: the value has to look as a generator made it.
 */
#include "detect/check_kinds.h"
#include "detect/check_text.h"

#define VALUE_MIN 16u
#define PASSWORD_MIN 8u	/* shorter ones count little, and only under such a name */
#define VALUE_MAX 256u
#define NAME_MAX_BYTES 48u
#define VALUE_ENTROPY 3.5
#define PASSWORD_ENTROPY 2.75

/* Names that end like those of secrets and are none. */
static const char other_names[] = "page|next|continu|csrf|xsrf|cursor|sync|nonce|cache|idempot|public|cancel|count|max|"
				  "example|device|push|hash|digest|object|partition|sort|primary|foreign|resume|etag|"
				  "fake|mock|dummy|sample|sha|md5|checksum|build|commit|tokeniz|prev";

/* What stands in generated values as often as letters fall so, and in names all the time. */
static const char code_words[] = "user|name|value|config|client|access|auth|string|process|secret|token|login|data|http|"
				 "www.|.com|.org|.env|.get|self|this|null|true|false|file|path|type|node|role|admin|"
				 "base|code|list|text|model|test|input|output|default|request|response|param|key_|_key|"
				 "service|session|system|server|account|number|return|message|private|manager|function|"
				 "array|buffer|openai|azure|google|github|amazon|anthropic|claude|version|provid";

/* RFC 5849, RFC 6749 and RFC 6750 are quoted in every OAuth library. */
static const char specimens[] = "2yotnfzfejr1zcsicmwpaa|tgzv3jokf0xg5qx2tlkwia|czzcagrsa3f0mzpnwdfmqmf0m2jw|ad180jjd733klru7|"
				"splxlobezqqybys6wxsbia|kd94hf93k423kf44|pfkkdhi9sl3r4s00";

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ':' || c == '=' || c == '>' || c == '"' || c == '\'' || c == '`' || c == '\\';
}

/* The name before the separator that the match ends with. */
static struct slice name_before(const struct check_match *match)
{
	uint32_t end = match->end, len;

	while (end > 0 && match->end - end < 8 && is_separator(match->text.ptr[end - 1]))
		end--;
	len = check_run_back(match, end, CHARS_URL | CHAR_DOT, NAME_MAX_BYTES);
	return check_slice(match, end - len, end);
}

static unsigned int classes_in(struct slice text, uint32_t *ret_digits)
{
	unsigned int bits = 0;

	*ret_digits = 0;
	for (size_t i = 0; i < text.len; i++) {
		bits |= char_bits[(unsigned char)text.ptr[i]];
		*ret_digits += char_is(text.ptr[i], CHARS_DIGIT);
	}
	return bits;
}

/* 8-4-4-4-12 of hex: mostly ids. */
static bool is_uuid(struct slice value)
{
	static const uint8_t hyphens[] = { 8, 13, 18, 23 };

	if (value.len != 36)
		return false;
	for (size_t i = 0; i < sizeof(hyphens); i++) {
		if (value.ptr[hyphens[i]] != '-')
			return false;
	}
	return true;
}

/* A date or a time, a version, an address, a number: what has hardly a letter. */
static bool has_letters(struct slice value)
{
	size_t letters = 0;

	for (size_t i = 0; i < value.len; i++)
		letters += char_is(value.ptr[i], CHARS_LOWER | CHARS_UPPER);
	return letters * 5 >= value.len;
}

/* Capitals, small letters and digits, or two of them and another sign: more than one writes for an example. */
static enum check_result judge_password(struct slice name, struct slice value)
{
	const unsigned int marks = (unsigned int)~(CHARS_ALNUM | CHAR_UNDERSCORE | CHAR_DOT | CHAR_HYPHEN | CHAR_SLASH);
	uint32_t digits;
	unsigned int bits = classes_in(value, &digits);
	int kinds = !!(bits & CHARS_LOWER) + !!(bits & CHARS_UPPER) + !!(bits & marks);

	if (!check_has_word(name, "pass|pwd|secret|kennwort|senha") || digits == 0 || kinds < 2 ||
	    check_entropy(value) < PASSWORD_ENTROPY || !has_letters(value) || check_is_placeholder(value) ||
	    check_has_word(value, code_words) || check_has_word(value, "pass|p@ss|p4ss"))
		return CHECK_NO;
	return CHECK_WEAK;
}

static enum check_result judge_value(struct slice value)
{
	uint32_t digits;
	unsigned int bits = classes_in(value, &digits);

	if (digits < 2 || !has_letters(value) || check_entropy(value) < VALUE_ENTROPY - (bits & CHAR_LOWER_REST ? 0 : 0.5))
		return CHECK_NO;
	if (check_is_placeholder(value) || check_has_word(value, code_words) || check_has_word(value, specimens))
		return CHECK_NO;
	return is_uuid(value) ? CHECK_WEAK : CHECK_YES;
}

/* The match is a name and its separator; quotation marks may follow. */
enum check_result check_key_value(struct check_match *match)
{
	const unsigned int mask = CHARS_URL | CHARS_BASE64 | CHAR_EQUAL | CHAR_DOT | CHAR_TILDE | CHAR_PERCENT | CHAR_MARK;
	struct slice name = name_before(match), value;
	uint32_t body = match->end, len, quote = 0;
	char next;

	while (body < match->text.len && body - match->end < 6 && is_separator(match->text.ptr[body])) {
		quote |= match->text.ptr[body] == '"' || match->text.ptr[body] == '\'';
		body++;
	}
	len = check_run(match, body, mask, VALUE_MAX + 1);
	if (len < PASSWORD_MIN || len > VALUE_MAX || check_has_word(name, other_names))
		return CHECK_NO;
	if (body + len >= match->text.len && match->follows)
		return CHECK_NO;
	next = body + len < match->text.len ? match->text.ptr[body + len] : '\n';
	/* A call, an index, a template, a longer text: code, or words. */
	if (strchr("([{$", next) || (quote && next == ' ') || (!quote && !strchr("\n\r \t,;\"'`)\\}]<|", next)))
		return CHECK_NO;
	match->start = body;
	match->end = body + len;
	value = check_slice(match, body, body + len);
	return len < VALUE_MIN ? judge_password(name, value) : judge_value(value);
}
