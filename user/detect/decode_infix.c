/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Languages that children make of their own: the same letters in front of each
 * vowel ("ubignuborube", ubbi dubbi; "opignopore"; "eggigneggore"), or each
 * consonant twice, with an o between ("igognonorore", rövarspråket).
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define SAMPLE 192u
#define PLAIN_WEIGHT 6
#define TAKEN_LEAST 6u	/* pieces taken out of the sample */

static const struct infix {
	char text[6];
	uint8_t len;
} infixes[] = {
	{ "ub", 2 }, { "op", 2 }, { "egg", 3 }, { "ob", 2 }, { "ag", 2 },  { "ib", 2 },
	{ "iv", 2 }, { "ab", 2 }, { "ap", 2 },	{ "av", 2 }, { "arp", 3 }, { "ithag", 5 },
};

static bool is_vowel(char byte)
{
	static const uint32_t vowels = 1 << ('a' - 'a') | 1 << ('e' - 'a') | 1 << ('i' - 'a') |
				       1 << ('o' - 'a') | 1 << ('u' - 'a') | 1 << ('y' - 'a');

	return byte_is(byte, BYTE_LETTER) && vowels >> (byte_lower(byte) - 'a') & 1;
}

static bool is_consonant(char byte)
{
	return byte_is(byte, BYTE_LETTER) && (!is_vowel(byte) || byte_lower(byte) == 'y');
}

/* Bytes to leave out behind the one at `at`, which stays. */
static size_t twice_at(const char *text, size_t left)
{
	return left > 2 && is_consonant(text[0]) && byte_lower(text[1]) == 'o' &&
			       byte_lower(text[2]) == byte_lower(text[0])
		       ? 2
		       : 0;
}

/* Bytes to leave out at `text`, in front of a vowel. */
static size_t infix_at(const char *text, size_t left, const struct infix *infix)
{
	return left > infix->len && byte_lower(text[0]) == infix->text[0] &&
			       byte_lower(text[1]) == infix->text[1] && is_vowel(text[infix->len]) &&
			       strncasecmp(text, infix->text, infix->len) == 0
		       ? infix->len
		       : 0;
}

/* `infix` null: consonants that come twice. Returns how many pieces it left out. */
static unsigned leave_out(struct slice text, const struct infix *infix, struct sink *sink)
{
	unsigned taken = 0;

	for (size_t at = 0; at < text.len && !sink->cut; at++) {
		size_t skip = infix ? infix_at(text.ptr + at, text.len - at, infix) : 0;

		taken += skip > 0;
		at += skip;
		sink_put(sink, (unsigned char)text.ptr[at]);
		skip = infix ? 0 : twice_at(text.ptr + at, text.len - at);
		taken += skip > 0;
		at += skip;
	}
	return taken;
}

static bool try_infix(struct decode *decode, size_t start, size_t end, const struct infix *infix)
{
	struct slice text = { decode->text.ptr + start, end - start };
	struct slice sample = { text.ptr, text.len < SAMPLE ? text.len : SAMPLE };
	struct sink sink = decode_sink(decode);
	unsigned taken = leave_out(sample, infix, &sink);
	struct word_count count = decode_count_plain(decode, sink_slice(&sink), UINT32_MAX);

	decode->steps += 2 * sample.len;
	if (taken < TAKEN_LEAST || count.weight < PLAIN_WEIGHT || count.weight < count.words)
		return false;
	sink = decode_sink(decode);
	(void)leave_out(text, infix, &sink);
	decode->steps += text.len;
	decode_keep(decode, DECODER_INFIX, start, end, &sink);
	return true;
}

/* The first vowel tells: what stands in front of it begins with one. */
bool decode_infix(struct decode *decode, size_t start, size_t end)
{
	const char *text = decode->text.ptr;
	size_t vowel = start, consonant = start;

	while (vowel < end && !is_vowel(text[vowel]))
		vowel++;
	while (consonant < end && !is_consonant(text[consonant]))
		consonant++;
	decode->steps += vowel - start + (consonant - start);
	if (consonant < end && twice_at(text + consonant, end - consonant) > 0)
		return try_infix(decode, start, end, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(infixes) && vowel < end; i++)
		if (infix_at(text + vowel, end - vowel, &infixes[i]) > 0 &&
		    try_infix(decode, start, end, &infixes[i]))
			return true;
	return false;
}
