/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is odd is looked for behind each letter, in stretches of 16 bytes: a
 * text is suspected when several of them have some, for disguised words are
 * close together. Of 64 letters at a time bits tell which are followed by a
 * sign or by themselves; those alone are looked at.
 */
#include "detect/suspect.h"

#include "detect/bytes64.h"

#define SHORT_BYTES 1024	/* of a text in which fewer signs, and everyday ones, are enough */
#define LEET_MIN 2		/* stretches that have some */
#define FOREIGN_MIN 2		/* words or signs that are no ASCII */
#define SPLIT_MIN 3		/* stretches that have some, out of SPLIT_OF */
#define SPLIT_OF 12
#define AHEAD 4			/* bytes behind a block that are looked at */

/* What signs are, between letters. */
enum {
	SIGN_LEET = 1,		/* stands for a letter; only those that prose has not there */
	SIGN_MARK = 2,		/* splits a word, once or twice in a row */
	SIGN_SPLIT = 4,		/* splits a word, once */
	SIGN_WIDE = 8,		/* beyond ASCII */
	SIGN_PAIR = 16,		/* splits a word together with what follows */
	SIGN_ANY = 32,		/* a sign at all */
};

static bool is_letter(unsigned char byte)
{
	return (unsigned char)(byte - 'a') < 26;
}

/* Digits and apostrophes stand in words all day. */
static const uint8_t signs_of[256] = {
	['0' ... '7'] = SIGN_LEET,
	['@'] = SIGN_LEET | SIGN_ANY,
	['$'] = SIGN_LEET | SIGN_ANY,
	['!'] = SIGN_LEET | SIGN_ANY,
	['|'] = SIGN_LEET | SIGN_ANY,
	['+'] = SIGN_LEET | SIGN_ANY,
	['*'] = SIGN_MARK | SIGN_SPLIT | SIGN_ANY,
	['`'] = SIGN_MARK | SIGN_SPLIT | SIGN_ANY,
	['~'] = SIGN_MARK | SIGN_SPLIT | SIGN_ANY,
	['"'] = SIGN_MARK | SIGN_SPLIT | SIGN_ANY,
	['\\'] = SIGN_SPLIT | SIGN_PAIR | SIGN_ANY,
	['^'] = SIGN_SPLIT | SIGN_ANY,
	['<'] = SIGN_SPLIT | SIGN_PAIR | SIGN_ANY,
	['_'] = SIGN_PAIR | SIGN_ANY,
	['/'] = SIGN_PAIR | SIGN_ANY,
	['{'] = SIGN_PAIR | SIGN_ANY,
	['#'] = SIGN_ANY,
	['%' ... '&'] = SIGN_ANY,
	['(' ... ')'] = SIGN_ANY,
	[',' ... '.'] = SIGN_ANY,
	[':' ... ';'] = SIGN_ANY,
	['=' ... '?'] = SIGN_ANY,
	['A' ... 'Z'] = SIGN_ANY,
	['['] = SIGN_ANY,
	[']'] = SIGN_ANY,
	['}'] = SIGN_ANY,
	[0x7f ... 0xc1] = SIGN_ANY,
	[0xc2 ... 0xff] = SIGN_WIDE | SIGN_ANY,
};

/* Signs that split a word: b stands behind a letter, c and d behind b. */
static bool splits(unsigned int sign, unsigned char b, unsigned char c, unsigned char d)
{
	bool line = b == '\\' && (c == 'n' || c == 'r' || c == 't');
	bool escaped = b == '\\' && (c == '\\' || c == '"') && is_letter(d);
	bool twice = ((sign & SIGN_MARK) || b == '_') && b == c && is_letter(d);
	bool tag = (b == '<' && (c == '/' || c == '!')) || (b == '/' && c == '*') || (b == '{' && c == '}');

	return ((sign & SIGN_SPLIT) && !line && is_letter(c)) || twice || escaped || tag || (sign & SIGN_WIDE);
}

/* Bit i: something odd stands behind byte i of the block, a letter. */
struct odd {
	uint64_t leet, split;
};

static void look_at_sign(const char *at, unsigned int bit, bool is_short, struct odd *odd)
{
	unsigned char b = (unsigned char)at[1], c = (unsigned char)at[2], d = (unsigned char)at[3];
	unsigned int sign = signs_of[b];
	bool any = is_short && (sign & SIGN_ANY) && is_letter(c);

	/* Most are full stops, commas and brackets. */
	if (!any && !(sign & ~(unsigned int)SIGN_ANY))
		return;
	odd->leet |= (uint64_t)((sign & SIGN_LEET) && is_letter(c)) << bit;
	odd->split |= (uint64_t)(any || splits(sign, b, c, d)) << bit;
}

/* Letters in threes, or two pairs. `same`: a byte equals the next one. */
static uint64_t repeats(const char *block, uint64_t letters, uint64_t same)
{
	uint64_t same_64 = block[64] == block[65], same_65 = block[65] == block[66];
	uint64_t letters_2 = letters >> 2 | (uint64_t)is_letter((unsigned char)block[64]) << 62 |
			     (uint64_t)is_letter((unsigned char)block[65]) << 63;
	uint64_t by_1 = same >> 1 | same_64 << 63, by_2 = same >> 2 | same_64 << 62 | same_65 << 63;
	uint64_t found = letters & same & (by_1 | (by_2 & letters_2)), ret = found;

	for (; found; found &= found - 1)
		if (block[__builtin_ctzll(found)] == 'w')	/* "www" */
			ret &= ~(found & -found);
	return ret;
}

/* Of 64 bytes, and AHEAD behind them. */
static struct odd look_at_block(const char *block, bool is_short)
{
	uint64_t letters = 0, next_letters = 0, next_blanks = 0, same = 0, signs;
	struct odd odd = { 0, 0 };

	for (unsigned int i = 0; i < 64; i += VEC_BYTES) {
		vec16 v = vec_load(block + i), next = vec_load(block + i + 1);

		letters |= vec_bits(vec_in(v, 'a', 'z')) << i;
		next_letters |= vec_bits(vec_in(next, 'a', 'z')) << i;
		next_blanks |= vec_bits(vec_in(next, 0, ' ')) << i;
		same |= vec_bits(v == next) << i;
	}
	odd.split = repeats(block, letters, same);
	signs = letters & ~next_letters & ~next_blanks;
	/* A sign with a blank behind it splits nothing: that of most words in prose. */
	signs &= ~(next_blanks >> 1 | (uint64_t)((unsigned char)block[65] <= ' ') << 63);
	for (; signs; signs &= signs - 1) {
		unsigned int bit = (unsigned int)__builtin_ctzll(signs);

		look_at_sign(block + bit, bit, is_short, &odd);
	}
	return odd;
}

struct search {
	size_t split_left;	/* stretches yet to be looked at */
	uint32_t leet, split;	/* stretches that have leet; a bit for each of the last that may be split */
	bool found_split;
};

static void count_stretches(struct search *search, const struct odd *odd)
{
	for (unsigned int i = 0; i < 64; i += 16) {
		bool some = (odd->split >> i & 0xffff) && search->split_left > 0;

		search->leet += (odd->leet >> i & 0xffff) != 0;
		search->split = (search->split << 1 | some) & ((1u << SPLIT_OF) - 1);
		search->found_split |= some && __builtin_popcount(search->split) >= SPLIT_MIN;
		search->split_left -= search->split_left > 0;
	}
}

static bool has_foreign(const struct fold_facts *facts)
{
	bool mostly = 4 * facts->readable_words >= 3 * facts->foreign_words;

	return facts->readable_signs >= FOREIGN_MIN || (facts->readable_words >= FOREIGN_MIN && mostly);
}

struct suspicion suspect(struct slice text, const struct fold_facts *facts)
{
	char tail[3 * 64] = { 0 };
	bool is_short = text.len < SHORT_BYTES;
	/* The last stretch has at least three bytes. */
	struct search search = { .split_left = text.len < 3 ? 1 : (text.len - 3) / 16 + 1 };
	struct odd odd;
	size_t at = 0;

	for (; at + 64 + AHEAD <= text.len; at += 64) {
		odd = look_at_block(text.ptr + at, is_short);
		if (odd.leet | odd.split | search.split)
			count_stretches(&search, &odd);
		else
			search.split_left -= 4;
	}
	memcpy(tail, text.ptr + at, text.len - at);
	for (size_t i = 0; i < 128; i += 64) {
		odd = look_at_block(tail + i, is_short);
		count_stretches(&search, &odd);
	}
	return (struct suspicion){
		.leet = has_foreign(facts) || search.leet >= LEET_MIN || (search.leet > 0 && is_short),
		.split = search.found_split,
	};
}
