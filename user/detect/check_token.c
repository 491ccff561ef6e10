/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that issuers make: a prefix, which the rule's expression ends with,
 * and a body of known shape. Those with a checksum or a marker inside have a
 * check of their own.
 */
#include <zlib.h>

#include "detect/check_kinds.h"
#include "detect/check_text.h"

/* How far behind a name its value may stand, on the same line. */
#define AFTER_BYTES 64u

bool check_token_args_fit(const char *args)
{
	return shape_fits(slice_of(args));
}

/* Data in base64 holds every short prefix once in a while. */
static bool is_within_base64(const struct check_match *match)
{
	const uint32_t long_run = 64;

	return check_run_back(match, match->start, CHARS_BASE64, long_run) == long_run ||
	       check_run(match, match->end, CHARS_BASE64, long_run) > long_run / 2;
}

static enum check_result judge_body(const struct check_match *match, uint32_t body)
{
	struct slice text = check_slice(match, body, match->end);

	return check_is_random(text) && !is_within_base64(match) ? CHECK_YES : CHECK_NO;
}

enum check_result check_token(struct check_match *match)
{
	uint32_t body = match->end;

	if (!check_border_before(match, match->start) ||
	    !shape_match(match, body, slice_of(match->args), &match->end))
		return CHECK_NO;
	return judge_body(match, body);
}

/* The match is a name; its value stands behind it. */
enum check_result check_token_after(struct check_match *match)
{
	struct slice line = check_line_after(match, match->end, AFTER_BYTES);
	uint32_t end;

	for (uint32_t at = match->end; at < match->end + line.len; at++) {
		if (!check_border_before(match, at) || !shape_match(match, at, slice_of(match->args), &end))
			continue;
		match->start = at;
		match->end = end;
		return judge_body(match, at);
	}
	return CHECK_NO;
}

/* The match is a marker that stands within the token. */
enum check_result check_token_around(struct check_match *match)
{
	uint32_t back = check_run_back(match, match->start, CHARS_ALNUM, 128), end;
	uint32_t start = match->start - back;

	if (!check_border_before(match, start) || !shape_match(match, start, slice_of(match->args), &end) || end < match->end)
		return CHECK_NO;
	match->start = start;
	match->end = end;
	return judge_body(match, start);
}

/* ---- GitHub, npm -------------------------------------------------------------------------------- */

#define GITHUB_RANDOM 30u
#define GITHUB_CRC 6u

/* GitHub's engineering blog, "Behind GitHub's new authentication token formats" (2021): the last six characters are
 * the CRC-32 of the others of the body in base62, digits first, then capitals, led by zeros. npm follows it. */
static bool crc_fits(struct slice body)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned long crc = crc32(0, (const unsigned char *)body.ptr, GITHUB_RANDOM);

	for (size_t i = body.len; i-- > GITHUB_RANDOM; crc /= 62) {
		if (body.ptr[i] != alphabet[crc % 62])
			return false;
	}
	return true;
}

enum check_result check_github(struct check_match *match)
{
	uint32_t body = match->end;

	if (!check_border_before(match, match->start) || !shape_match(match, body, SLICE("base62:36"), &match->end))
		return CHECK_NO;
	return crc_fits(check_slice(match, body, match->end)) ? CHECK_YES : CHECK_NO;
}

/* ---- OpenAI ------------------------------------------------------------------------------------- */

/* The match is the marker T3BlbkFJ ("OpenAI" in base64), which stands in the middle of every key. */
enum check_result check_openai(struct check_match *match)
{
	const uint32_t half = 20;
	uint32_t before = check_run_back(match, match->start, CHARS_URL, 200);
	uint32_t after = check_run(match, match->end, CHARS_URL, 200);
	struct slice key;

	if (before < half || after < half)
		return CHECK_NO;
	match->start -= before;
	match->end += after;
	key = check_slice(match, match->start, match->end);
	/* An escape before the key is of the class of the key: \nsk-... */
	if (!slice_starts(key, SLICE("sk-")) && slice_starts((struct slice){ key.ptr + 1, key.len - 1 }, SLICE("sk-"))) {
		match->start++;
		key = check_slice(match, match->start, match->end);
	}
	if (!slice_starts(key, SLICE("sk-")) || !check_border_before(match, match->start) ||
	    !check_border_after(match, match->end))
		return CHECK_NO;
	return check_is_placeholder((struct slice){ key.ptr + 3, key.len - 3 }) ? CHECK_NO : CHECK_YES;
}

/* ---- AWS ---------------------------------------------------------------------------------------- */

/* "Understanding unique ID prefixes" of the IAM user guide; ids of documentation end in EXAMPLE. */
enum check_result check_aws_key_id(struct check_match *match)
{
	uint32_t body = match->end;
	struct slice id;

	if (!check_border_before(match, match->start) || !shape_match(match, body, SLICE("upnum:16"), &match->end))
		return CHECK_NO;
	id = check_slice(match, body, match->end);
	if (slice_ends(id, SLICE("EXAMPLE")))
		return CHECK_NO;
	return check_is_random(id) ? CHECK_YES : CHECK_NO;
}

/* ---- Azure -------------------------------------------------------------------------------------- */

/* The match is a digit and Q~: three characters stand before, 31 to 34 behind. */
enum check_result check_azure_secret(struct check_match *match)
{
	const unsigned int mask = CHARS_URL | CHAR_DOT | CHAR_TILDE;
	const uint32_t lead = 3;
	uint32_t before = check_run_back(match, match->start, mask, lead + 1);
	uint32_t after = check_run(match, match->end, mask, 35);

	if (before < lead || after < 31 || after > 34 || !check_border_before(match, match->start - lead))
		return CHECK_NO;
	if (!check_border_after(match, match->end + after))
		return CHECK_NO;
	match->start -= lead;
	match->end += after;
	return judge_body(match, match->start);
}

/* ---- bots --------------------------------------------------------------------------------------- */

/* The match is ":AA", where the second part of a bot's token begins; before it stand the digits of its id. */
enum check_result check_telegram(struct check_match *match)
{
	uint32_t digits = check_run_back(match, match->start, CHARS_DIGIT, 11);
	uint32_t body = match->end;

	if (digits < 8 || digits > 10 || !shape_match(match, body, SLICE("url:33"), &match->end))
		return CHECK_NO;
	match->start -= digits;
	if (!check_border_before(match, match->start) &&
	    !(match->start >= 3 && memcmp(match->text.ptr + match->start - 3, "bot", 3) == 0))
		return CHECK_NO;
	return judge_body(match, body);
}
