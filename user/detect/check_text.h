/* SPDX-License-Identifier: Apache-2.0 */
/* What checks share: classes of characters, borders, shapes of tokens, words nearby, chance. */
#ifndef PROMTAP_DETECT_CHECK_TEXT_H
#define PROMTAP_DETECT_CHECK_TEXT_H

#include "detect/checks.h"

enum char_bit {
	CHAR_DIGIT_LOW = 1 << 0,	/* 2-7, the digits of base32 */
	CHAR_DIGIT_REST = 1 << 1,
	CHAR_LOWER_HEX = 1 << 2,	/* a-f */
	CHAR_LOWER_REST = 1 << 3,
	CHAR_UPPER_HEX = 1 << 4,
	CHAR_UPPER_REST = 1 << 5,
	CHAR_UNDERSCORE = 1 << 6,
	CHAR_HYPHEN = 1 << 7,
	CHAR_PLUS = 1 << 8,
	CHAR_SLASH = 1 << 9,
	CHAR_EQUAL = 1 << 10,
	CHAR_DOT = 1 << 11,
	CHAR_TILDE = 1 << 12,
	CHAR_PERCENT = 1 << 13,
	CHAR_MARK = 1 << 14,		/* other visible ASCII that passwords hold and no quotation mark, bracket or separator */
};
#define CHARS_DIGIT (CHAR_DIGIT_LOW | CHAR_DIGIT_REST)
#define CHARS_LOWER (CHAR_LOWER_HEX | CHAR_LOWER_REST)
#define CHARS_UPPER (CHAR_UPPER_HEX | CHAR_UPPER_REST)
#define CHARS_ALNUM (CHARS_DIGIT | CHARS_LOWER | CHARS_UPPER)
#define CHARS_WORD (CHARS_ALNUM | CHAR_UNDERSCORE)
#define CHARS_URL (CHARS_WORD | CHAR_HYPHEN)
#define CHARS_BASE64 (CHARS_ALNUM | CHAR_PLUS | CHAR_SLASH)
extern const uint16_t char_bits[256];

static inline bool char_is(char c, unsigned int mask)
{
	return char_bits[(unsigned char)c] & mask;
}

/* Nothing of a token stands right before, at that offset: it is the start of the text, or behind what is no letter,
 * digit, underscore or hyphen within a word, or behind an escape (\n, %3D, \u0022) of a text within a text. */
bool check_border_before(const struct check_match *match, uint32_t at);
bool check_border_after(const struct check_match *match, uint32_t at);
/* The same for numbers, which also end where a fraction, a range or a longer id would go on. */
bool check_number_starts(const struct check_match *match, uint32_t at);
bool check_number_ends(const struct check_match *match, uint32_t at);

/* Where the digits end that the match ends with: there, or one before. 0: they are a fraction or stand in a row
 * of many, as in vectors and tables. */
uint32_t check_digits_end(const struct check_match *match);

/* How many characters of the classes stand from there on; at most `max`. */
uint32_t check_run(const struct check_match *match, uint32_t at, unsigned int mask, uint32_t max);
/* And how many stand before there. */
uint32_t check_run_back(const struct check_match *match, uint32_t at, unsigned int mask, uint32_t max);

/* What stands from `start` to `end`; both within the text. */
struct slice check_slice(const struct check_match *match, uint32_t start, uint32_t end);
/* The rest of the line from there on, at most `max` bytes; and what of it stands before. */
struct slice check_line_after(const struct check_match *match, uint32_t at, uint32_t max);
struct slice check_line_before(const struct check_match *match, uint32_t at, uint32_t max);

/*
 * Shapes of tokens: items parted by blanks. CLASS:N, CLASS:N-M or CLASS:N- are
 * so many characters of a class (digit, hex, xdigit, lower, lownum, upper,
 * upnum, base32, base62, word, url, base64, percent, token), anything else is itself.
 * "url:22 . url:43-" is twenty-two, a dot, and forty-three or more.
 */
bool shape_fits(struct slice shape);
/* Whether a token of that shape stands there and ends at a border. */
bool shape_match(const struct check_match *match, uint32_t at, struct slice shape, uint32_t *ret_end);

/* Whether what stands before `end` is written so: d a digit, x a digit or capital, _ a blank, else itself. */
bool check_is_laid_out(const struct check_match *match, uint32_t end, struct slice layout);

/* The next of the words parted by `separator`, taken from the front; empty: no more. */
struct slice check_next_word(struct slice *words, char separator);
/* Whether one of the words, parted by |, stands in the text; ASCII case apart. A blank in front of a word or behind it:
 * it begins or ends there. */
bool check_has_word(struct slice text, const char *words);

/* Shannon entropy, bits a character. */
double check_entropy(struct slice text);
/* What people write where a secret would be: xxxx, your-key, 1234567890, one letter over and over. */
bool check_is_placeholder(struct slice text);
/* As good as random: entropy for its length, and no placeholder. */
bool check_is_random(struct slice text);

#endif
