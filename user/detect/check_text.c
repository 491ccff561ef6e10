/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/check_text.h"

#include <math.h>
#include <string.h>

#include "base/cleanup.h"

const uint16_t char_bits[256] = {
	['0' ... '1'] = CHAR_DIGIT_REST, ['2' ... '7'] = CHAR_DIGIT_LOW, ['8' ... '9'] = CHAR_DIGIT_REST,
	['a' ... 'f'] = CHAR_LOWER_HEX, ['g' ... 'z'] = CHAR_LOWER_REST,
	['A' ... 'F'] = CHAR_UPPER_HEX, ['G' ... 'Z'] = CHAR_UPPER_REST,
	['_'] = CHAR_UNDERSCORE, ['-'] = CHAR_HYPHEN, ['+'] = CHAR_PLUS, ['/'] = CHAR_SLASH,
	['='] = CHAR_EQUAL, ['.'] = CHAR_DOT, ['~'] = CHAR_TILDE,
	['!'] = CHAR_MARK, ['#'] = CHAR_MARK, ['$'] = CHAR_MARK, ['%'] = CHAR_PERCENT, ['&'] = CHAR_MARK,
	['*'] = CHAR_MARK, ['?'] = CHAR_MARK, ['@'] = CHAR_MARK, ['^'] = CHAR_MARK, [':'] = CHAR_MARK,
};

struct slice check_slice(const struct check_match *match, uint32_t start, uint32_t end)
{
	return (struct slice){ match->text.ptr + start, end - start };
}

/* `at` stands behind \n, %3D or \u0022, whose last character is no part of what follows. */
static bool is_behind_escape(const struct check_match *match, uint32_t at)
{
	const char *p = match->text.ptr + at;
	const unsigned int xdigit = CHARS_DIGIT | CHAR_LOWER_HEX | CHAR_UPPER_HEX;

	if (at >= 2 && p[-2] == '\\' && strchr("nrtbf", p[-1]) && p[-1])
		return true;
	if (at >= 3 && p[-3] == '%' && char_is(p[-2], xdigit) && char_is(p[-1], xdigit))
		return true;
	return at >= 6 && p[-6] == '\\' && p[-5] == 'u' && p[-4] == '0' && p[-3] == '0' && char_is(p[-2], xdigit) &&
	       char_is(p[-1], xdigit);
}

bool check_border_before(const struct check_match *match, uint32_t at)
{
	const char *p = match->text.ptr + at;

	if (at == 0)
		return !match->precedes;
	/* Within a longer name. It also keeps a hostile chain of prefixes from being read once for each. */
	if (at >= 2 && (p[-1] == '-' || p[-1] == '.') && char_is(p[-2], CHARS_WORD))
		return false;
	return !char_is(p[-1], CHARS_WORD) || is_behind_escape(match, at);
}

bool check_border_after(const struct check_match *match, uint32_t at)
{
	if (at >= match->text.len)
		return !match->follows;
	return !char_is(match->text.ptr[at], CHARS_WORD);
}

bool check_number_starts(const struct check_match *match, uint32_t at)
{
	const unsigned int joins = CHAR_DOT | CHAR_HYPHEN | CHAR_PLUS | CHAR_SLASH;

	if (!check_border_before(match, at))
		return false;
	return at == 0 || !char_is(match->text.ptr[at - 1], joins) ||
	       (at >= 2 && match->text.ptr[at - 1] != '.' && match->text.ptr[at - 2] == ' ');
}

bool check_number_ends(const struct check_match *match, uint32_t at)
{
	const char *p = match->text.ptr + at;

	if (!check_border_after(match, at))
		return false;
	if (at >= match->text.len || !char_is(p[0], CHAR_DOT | CHAR_HYPHEN | CHAR_PLUS | CHAR_SLASH))
		return true;
	return at + 1 >= match->text.len ? !match->follows : !char_is(p[1], CHARS_WORD);
}

/* No number of anybody has so many digits behind its last dot, or so many blanks between them (an IBAN has eight). */
#define FRACTION_MIN 5u
#define BLANKS_MAX 8

static bool is_fraction(const struct check_match *match, uint32_t end, uint32_t run)
{
	if (run < FRACTION_MIN)
		return false;
	run += check_run_back(match, end - run, CHARS_DIGIT, CHECK_BYTES);
	return end > run && match->text.ptr[end - run - 1] == '.';
}

static bool is_table_row(const struct check_match *match, uint32_t at)
{
	int blanks = 0;

	for (; at > 0 && blanks <= BLANKS_MAX; at--) {
		if (match->text.ptr[at - 1] == ' ')
			blanks++;
		else if (!char_is(match->text.ptr[at - 1], CHARS_DIGIT))
			return false;
	}
	return blanks > BLANKS_MAX;
}

uint32_t check_digits_end(const struct check_match *match)
{
	uint32_t end = match->end - (match->end > 0 && !char_is(match->text.ptr[match->end - 1], CHARS_DIGIT));
	uint32_t run = check_run_back(match, end, CHARS_DIGIT, FRACTION_MIN);

	return is_fraction(match, end, run) || is_table_row(match, end - run) ? 0 : end;
}

uint32_t check_run(const struct check_match *match, uint32_t at, unsigned int mask, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && at + n < match->text.len && char_is(match->text.ptr[at + n], mask))
		n++;
	return n;
}

uint32_t check_run_back(const struct check_match *match, uint32_t at, unsigned int mask, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && n < at && char_is(match->text.ptr[at - n - 1], mask))
		n++;
	return n;
}

struct slice check_line_after(const struct check_match *match, uint32_t at, uint32_t max)
{
	size_t len = match->text.len - at;
	const char *start = match->text.ptr + at;
	const char *newline;

	if (len > max)
		len = max;
	newline = len ? memchr(start, '\n', len) : NULL;
	return (struct slice){ start, newline ? (size_t)(newline - start) : len };
}

struct slice check_line_before(const struct check_match *match, uint32_t at, uint32_t max)
{
	uint32_t len = at < max ? at : max;
	const char *start = match->text.ptr + at - len;
	const char *newline = len ? memrchr(start, '\n', len) : NULL;
	size_t skip = newline ? (size_t)(newline + 1 - start) : 0;

	return (struct slice){ start + skip, len - skip };
}

/* ---- shapes ------------------------------------------------------------------------------------ */

/* What "20-" goes up to: more than any issuer's token. */
#define OPEN_SHAPE_MAX 2048u

struct shape_item {
	struct slice literal;	/* empty: so many of a class */
	unsigned int mask;
	uint32_t min, max;
};

static const struct {
	const char *name;
	unsigned int mask;
} classes[] = {
	{ "digit", CHARS_DIGIT },
	{ "hex", CHARS_DIGIT | CHAR_LOWER_HEX },
	{ "xdigit", CHARS_DIGIT | CHAR_LOWER_HEX | CHAR_UPPER_HEX },
	{ "lower", CHARS_LOWER },
	{ "lownum", CHARS_LOWER | CHARS_DIGIT },
	{ "upper", CHARS_UPPER },
	{ "upnum", CHARS_UPPER | CHARS_DIGIT },
	{ "base32", CHARS_UPPER | CHAR_DIGIT_LOW },
	{ "base62", CHARS_ALNUM },
	{ "word", CHARS_WORD },
	{ "url", CHARS_URL },
	{ "base64", CHARS_BASE64 },
	{ "percent", CHARS_BASE64 | CHAR_PERCENT },
	{ "token", CHARS_URL | CHARS_BASE64 | CHAR_DOT | CHAR_TILDE | CHAR_EQUAL },
};

struct slice check_next_word(struct slice *words, char separator)
{
	const char *end;
	struct slice word;

	while (words->len && *words->ptr == separator) {
		words->ptr++;
		words->len--;
	}
	end = words->len ? memchr(words->ptr, separator, words->len) : NULL;
	word = (struct slice){ words->ptr, end ? (size_t)(end - words->ptr) : words->len };
	words->ptr += word.len;
	words->len -= word.len;
	return word;
}

static unsigned int class_of(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (slice_eq(name, slice_of(classes[i].name)))
			return classes[i].mask;
	}
	return 0;
}

/* Takes a number from the front; false: there is none, or it is larger than CHECK_BYTES. */
static bool take_number(struct slice *text, uint32_t *ret)
{
	uint32_t n = 0;
	size_t i = 0;

	for (; i < text->len && char_is(text->ptr[i], CHARS_DIGIT) && n <= CHECK_BYTES; i++)
		n = n * 10 + (uint32_t)(text->ptr[i] - '0');
	text->ptr += i;
	text->len -= i;
	*ret = n;
	return i > 0 && n <= CHECK_BYTES;
}

/* 1: an item; 0: no more; -1: no shape. */
static int shape_next(struct slice *shape, struct shape_item *ret)
{
	struct slice word = check_next_word(shape, ' ');
	const char *colon = word.len > 1 ? memchr(word.ptr, ':', word.len) : NULL;
	struct slice count;

	*ret = (struct shape_item){ .literal = word };
	if (!colon)
		return word.len > 0;
	ret->literal.len = 0;
	ret->mask = class_of((struct slice){ word.ptr, (size_t)(colon - word.ptr) });
	count = (struct slice){ colon + 1, (size_t)(word.ptr + word.len - colon - 1) };
	if (!ret->mask || !take_number(&count, &ret->min))
		return -1;
	ret->max = ret->min;
	if (count.len == 0)
		return 1;
	if (*count.ptr != '-')
		return -1;
	count.ptr++;
	count.len--;
	ret->max = OPEN_SHAPE_MAX;
	return count.len == 0 || (take_number(&count, &ret->max) && count.len == 0 && ret->min <= ret->max) ? 1 : -1;
}

bool shape_fits(struct slice shape)
{
	struct shape_item item;
	int rc, items = 0;

	while ((rc = shape_next(&shape, &item)) > 0)
		items++;
	return rc == 0 && items > 0;
}

bool shape_match(const struct check_match *match, uint32_t at, struct slice shape, uint32_t *ret_end)
{
	struct shape_item item;
	unsigned int last = 0;

	while (shape_next(&shape, &item) > 0) {
		uint32_t n = (uint32_t)item.literal.len;
		struct slice rest = { match->text.ptr + at, match->text.len - at };

		if (n == 0)
			n = check_run(match, at, item.mask, item.max);
		if (n < item.min || (item.literal.len && !slice_starts(rest, item.literal)))
			return false;
		at += n;
		last = item.mask;
	}
	if (!check_border_after(match, at) || check_run(match, at, last & ~(unsigned int)CHAR_DOT, 1) > 0)
		return false;
	*ret_end = at;
	return true;
}

bool check_is_laid_out(const struct check_match *match, uint32_t end, struct slice layout)
{
	if (layout.len > end)
		return false;
	for (size_t i = layout.len; i-- > 0; end--) {
		char place = layout.ptr[i], c = match->text.ptr[end - 1];
		unsigned int mask = place == 'd' ? CHARS_DIGIT : place == 'x' ? CHARS_DIGIT | CHARS_UPPER : 0;

		if (mask ? !char_is(c, mask) : c != (place == '_' ? ' ' : place))
			return false;
	}
	return true;
}

/* ---- words and chance -------------------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* A blank in front of a word or behind it is no letter or digit, or an end of the text; the letter of \n is none. */
static bool word_begins(struct slice text, size_t at)
{
	return at == 0 || !char_is(text.ptr[at - 1], CHARS_ALNUM) || (at > 1 && text.ptr[at - 2] == '\\');
}

static bool word_ends(struct slice text, size_t at)
{
	return at == text.len || !char_is(text.ptr[at], CHARS_ALNUM);
}

static bool has_one_word(struct slice text, struct slice word)
{
	bool begins = word.ptr[0] == ' ', ends = word.len > 1 && word.ptr[word.len - 1] == ' ';
	size_t from = 0;

	word.ptr += begins;
	word.len -= (size_t)begins + ends;
	while (from < text.len) {
		const char *found = memmem(text.ptr + from, text.len - from, word.ptr, word.len);
		size_t at = found ? (size_t)(found - text.ptr) : text.len;

		if (!found)
			return false;
		if ((!begins || word_begins(text, at)) && (!ends || word_ends(text, at + word.len)))
			return true;
		from = at + 1;
	}
	return false;
}

bool check_has_word(struct slice text, const char *words)
{
	struct slice rest = slice_of(words), word;
	char lowered[CHECK_BYTES];

	if (text.len > sizeof(lowered))
		text.len = sizeof(lowered);
	for (size_t i = 0; i < text.len; i++)
		lowered[i] = lower(text.ptr[i]);
	text.ptr = lowered;
	while ((word = check_next_word(&rest, '|')).len > 0) {
		if (has_one_word(text, word))
			return true;
	}
	return false;
}

double check_entropy(struct slice text)
{
	uint32_t counts[256] = { 0 };
	double sum = 0;

	for (size_t i = 0; i < text.len; i++)
		counts[(unsigned char)text.ptr[i]]++;
	for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
		if (counts[c] > 0)
			sum += counts[c] * log2(counts[c]);
	}
	return text.len ? log2((double)text.len) - sum / (double)text.len : 0;
}

/* The longest stretch of equal characters or of characters that follow each other, as in 1234567 or abcdefg. */
static size_t longest_stretch(struct slice text)
{
	size_t longest = 1, length = 1;
	int step = 2;

	for (size_t i = 1; i < text.len; i++) {
		int next = text.ptr[i] - text.ptr[i - 1];

		length = next == step ? length + 1 : 2;
		step = next;
		if ((step == 0 || step == 1 || step == -1) && length > longest)
			longest = length;
	}
	return longest;
}

/* Random text of 64 has such a stretch of six once in a hundred million. */
#define STRETCH_MAX 5

bool check_is_placeholder(struct slice text)
{
	static const char words[] = "xxxx|your|example|placeholder|dummy|redacted|sample|changeme|change_me|change-me|"
				    "replace|insert|secret|password|passwd|fake_|fakef|-fake|mock_|foobar|foo_|_key|-key|"
				    "apikey|api_|api-|token|hidden|_here|-here|masked|....|----|____|****|qwert|asdfg|deadbeef|123456|654321|"
				    "abcde|test_|test-|_test|-test";

	return longest_stretch(text) > STRETCH_MAX || check_has_word(text, words);
}

bool check_is_random(struct slice text)
{
	double most = text.len ? log2((double)text.len) : 0;

	/* Of twenty or more random base62 characters, or 32 of hex, next to none have less. */
	return check_entropy(text) >= (most * 0.75 < 3 ? most * 0.75 : 3) && !check_is_placeholder(text);
}
