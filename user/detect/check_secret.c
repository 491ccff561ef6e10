/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that are known by what stands around them or in them: JSON web
 * tokens, private keys, passwords in URLs, Authorization headers.
 */
#include "detect/check_kinds.h"
#include "detect/check_text.h"
#include "detect/detect.h"
#include "llm/base64.h"

/* ---- JSON web tokens (RFC 7519) ----------------------------------------------------------------- */

#define JWT_PART_BYTES 2048u	/* decoded, of one part */
#define JWT_PART_CHARS (JWT_PART_BYTES / 3 * 4)

/* base64url without padding; what does not fit is cut. Not text: nothing. */
static struct slice decode_part(struct slice part, char buffer[JWT_PART_BYTES])
{
	char plain[JWT_PART_CHARS];
	struct base64 base64 = { 0 };
	struct slice text;
	size_t len = part.len < sizeof(plain) ? part.len : sizeof(plain);

	for (size_t i = 0; i < len; i++)
		plain[i] = part.ptr[i] == '-' ? '+' : part.ptr[i] == '_' ? '/' : part.ptr[i];
	text = (struct slice){ plain, len };
	len = base64_decode(&base64, &text, buffer, JWT_PART_BYTES);
	return (struct slice){ buffer, base64.malformed ? 0 : len };
}

/* The number behind "exp":, or 0. */
static int64_t expiry_of(struct slice json)
{
	const char *at = json.len ? memmem(json.ptr, json.len, "\"exp\":", 6) : NULL;
	const char *end = json.ptr + json.len;
	int64_t exp = 0;

	if (!at)
		return 0;
	for (at += 6; at < end && *at == ' '; at++)
		;
	for (; at < end && char_is(*at, CHARS_DIGIT) && exp < INT64_MAX / 100; at++)
		exp = exp * 10 + (*at - '0');
	return exp;
}

static bool json_has(struct slice json, const char *text)
{
	return memmem(json.ptr, json.len, text, strlen(text)) != NULL;
}

/* Of jwt.io, RFC 7519 and the README of PyJWT. */
static bool is_specimen(struct slice payload)
{
	return payload.len && (json_has(payload, "\"1234567890\"") || json_has(payload, "John Doe") ||
			       json_has(payload, "example.com/is_root") || json_has(payload, "\"some\":\"payload\""));
}

/* A token that reaches the end of a window that goes on, and starts too far before it to be seen again in the next. */
static bool is_seen_once(struct check_match *match, uint32_t end)
{
	if (end < match->text.len || !match->follows || match->start + DETECT_OVERLAP_BYTES >= match->text.len)
		return false;
	match->end = end;
	return true;
}

/* The match is "eyJ", which is {" in base64. */
enum check_result check_jwt(struct check_match *match)
{
	char buffer[JWT_PART_BYTES];
	uint32_t at = match->start, header, payload, signature;
	struct slice json;
	bool weak;

	if (!check_border_before(match, at))
		return CHECK_NO;
	header = check_run(match, at, CHARS_URL, CHECK_BYTES);
	if (header < 16 || at + header >= match->text.len ||
	    match->text.ptr[at + header] != '.')
		return CHECK_NO;
	json = decode_part(check_slice(match, at, at + header), buffer);
	if (json.len < 2 || json.ptr[0] != '{' || json.ptr[json.len - 1] != '}' || !json_has(json, "\"alg\""))
		return CHECK_NO;
	weak = json_has(json, "\"none\"");
	at += header + 1;
	payload = check_run(match, at, CHARS_URL, CHECK_BYTES);
	if (is_seen_once(match, at + payload))
		return CHECK_YES;
	if (payload < 4 || at + payload >= match->text.len || match->text.ptr[at + payload] != '.')
		return CHECK_NO;
	json = decode_part(check_slice(match, at, at + payload), buffer);
	weak |= is_specimen(json) || (match->now_unix_s > 0 && expiry_of(json) > 0 && expiry_of(json) < match->now_unix_s);
	at += payload + 1;
	signature = check_run(match, at, CHARS_URL, CHECK_BYTES);
	if ((signature < 43 && !weak) || (!check_border_after(match, at + signature) && !is_seen_once(match, at + signature)))
		return CHECK_NO;
	match->end = at + signature;
	return weak ? CHECK_WEAK : CHECK_YES;
}

/* ---- private keys ------------------------------------------------------------------------------- */

#define KEY_BASE64_MIN 64u
#define KEY_HEADERS_MAX 6

/* Lines such as "Proc-Type: 4,ENCRYPTED" between the first line and the base64. */
static uint32_t skip_key_headers(const struct check_match *match, uint32_t at)
{
	for (int i = 0; i < KEY_HEADERS_MAX; i++) {
		struct slice line = check_line_after(match, at, 256);
		uint32_t next = at + (uint32_t)line.len + 1;
		const char *colon = memchr(line.ptr, ':', line.len < 24 ? line.len : 24);

		if (next >= match->text.len || (line.len > 0 && line.ptr[line.len - 1] != '\r' && !colon &&
						check_run(match, at, CHARS_BASE64, 2) > 0))
			return at;
		if (colon || line.len < 4)
			at = next;
	}
	return at;
}

/* base64 from there on, also within a literal of JSON or source code: line breaks as \n, quotation marks, plus signs. */
static bool read_key(const struct check_match *match, uint32_t *at, char buffer[KEY_BASE64_MIN])
{
	uint32_t n = 0;
	uint32_t limit = *at + 4 * KEY_BASE64_MIN;

	for (; *at < match->text.len && *at < limit && n < KEY_BASE64_MIN; (*at)++) {
		char c = match->text.ptr[*at];

		if (c == '\\' && *at + 1 < match->text.len)
			(*at)++;
		else if (char_is(c, CHARS_BASE64))
			buffer[n++] = c;
		else if (!c || !strchr(" \t\r\n\"',|#>", c))
			break;
	}
	return n == KEY_BASE64_MIN;
}

/* The match is the first line of the key. */
enum check_result check_private_key(struct check_match *match)
{
	char buffer[KEY_BASE64_MIN];
	struct slice body = { buffer, sizeof(buffer) };
	uint32_t at = skip_key_headers(match, match->end);

	if (!read_key(match, &at, buffer))
		return CHECK_NO;
	match->end = at;
	/* 64 random base64 characters have five bits each and more; keys begin with some lengths and zeros. */
	return check_entropy(body) >= 3.8 && !check_has_word(body, "xxxx|....|your|example") ? CHECK_YES : CHECK_NO;
}

/* ---- passwords ---------------------------------------------------------------------------------- */

#define URL_USER_MAX 200u

/* Not the word itself, a variable, or what documentation writes. */
static bool is_password_word(struct slice word)
{
	static const char words[] = "pass|pwd|secret|changeme|xxx|your|example|token|key|user|admin|root|test|guest|"
				    "demo|foo|bar|***|...|1234|qwerty|letmein|hunter2|anon|gx1fbat3bv|redacted|hidden|private|default";
	static const unsigned int opens = CHAR_MARK;

	return check_has_word(word, words) || (char_is(word.ptr[0], opens) && strchr("$%*:&@", word.ptr[0])) ||
	       strpbrk((char[]){ word.ptr[0], '\0' }, "<{[(") || check_entropy(word) < 2;
}

static bool has_class(struct slice text, unsigned int mask)
{
	for (size_t i = 0; i < text.len; i++) {
		if (char_is(text.ptr[i], mask))
			return true;
	}
	return false;
}

/* Letters and digits or signs, or as good as random: nobody writes that for documentation. */
static bool is_strong_password(struct slice word)
{
	bool mixed = has_class(word, CHARS_LOWER | CHARS_UPPER) && has_class(word, ~(unsigned int)(CHARS_LOWER | CHARS_UPPER));

	return word.len >= 8 && mixed && check_entropy(word) >= 2.5 && !check_is_placeholder(word);
}

/* Hosts that stand in documentation, or on the same machine. */
static bool is_weak_host(struct slice host)
{
	return host.len == 0 || check_has_word(host, " localhost|127.|0.0.0.0|example.|.example|.test | host | hostname |"
						     " server | ip | your|proxy.com|foo|domain|company.|corp.com");
}

static bool is_url_char(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c < 0x7f && !strchr("/\"'`<>\\|(){}[],;", c);
}

/* The match is "://". */
enum check_result check_url_credentials(struct check_match *match)
{
	const char *start = match->text.ptr + match->end;
	size_t left = match->text.len - match->end, len = 0;
	const char *colon, *at;
	struct slice password, host;

	while (len < left && len < URL_USER_MAX && is_url_char(start[len]))
		len++;
	at = memrchr(start, '@', len);
	colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
	if (!colon || memchr(start, '?', (size_t)(colon - start)) || memchr(start, '#', (size_t)(colon - start)))
		return CHECK_NO;
	password = (struct slice){ colon + 1, (size_t)(at - colon - 1) };
	host = (struct slice){ at + 1, (size_t)(start + len - at - 1) };
	if (password.len < 4 || is_password_word(password) ||
	    slice_eq(password, (struct slice){ start, (size_t)(colon - start) }))
		return CHECK_NO;
	match->end = (uint32_t)(at - match->text.ptr);
	return is_strong_password(password) && !is_weak_host(host) ? CHECK_YES : CHECK_WEAK;
}

/* The match is "Password=" of a connection string: the value goes to the next semicolon. */
enum check_result check_password(struct check_match *match)
{
	const unsigned int mask = CHARS_URL | CHARS_BASE64 | CHAR_DOT | CHAR_TILDE | CHAR_PERCENT | CHAR_MARK;
	uint32_t start = match->end;
	uint32_t len = check_run(match, start, mask, URL_USER_MAX);
	struct slice password = check_slice(match, start, start + len);

	if (len < 4 || (start + len == match->text.len && match->follows) || is_password_word(password))
		return CHECK_NO;
	match->start = start;
	match->end = start + len;
	return is_strong_password(password) ? CHECK_YES : CHECK_WEAK;
}

/* "user:password" in base64. */
static enum check_result judge_basic(struct slice base64)
{
	char buffer[JWT_PART_BYTES];
	struct slice plain = decode_part(base64, buffer);
	const char *colon = plain.len ? memchr(plain.ptr, ':', plain.len) : NULL;
	struct slice password;

	if (!colon)
		return CHECK_NO;
	for (size_t i = 0; i < plain.len; i++) {
		if ((unsigned char)plain.ptr[i] < ' ' || (unsigned char)plain.ptr[i] >= 0x7f)
			return CHECK_NO;
	}
	password = (struct slice){ colon + 1, plain.len - (size_t)(colon + 1 - plain.ptr) };
	if (password.len < 4 || is_password_word(password))
		return CHECK_NO;
	return is_strong_password(password) ? CHECK_YES : CHECK_WEAK;
}

/* The match is "Authorization: Basic " or "Bearer " or another scheme; or "auth": of a registry's configuration. */
enum check_result check_authorization(struct check_match *match)
{
	const unsigned int mask = CHARS_URL | CHARS_BASE64 | CHAR_DOT | CHAR_TILDE | CHAR_EQUAL;
	bool basic = check_has_word(check_line_before(match, match->end, 12), " basic |\"auth\"");
	uint32_t body = match->end;
	uint32_t len = check_run(match, body, mask, CHECK_BYTES);
	struct slice token = check_slice(match, body, body + len);

	if (len == 0 || !check_border_after(match, body + len))
		return CHECK_NO;
	match->end = body + len;
	while (token.len && strchr("=.", token.ptr[token.len - 1]))
		token.len--;
	if (basic)
		return judge_basic(token);
	if (token.len < 20 || check_entropy(token) < 3.5 || !has_class(token, CHARS_DIGIT))
		return CHECK_NO;
	return check_is_placeholder(token) ? CHECK_NO : CHECK_YES;
}
