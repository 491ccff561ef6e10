/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one unit: an escape, an entity, a percent triplet, a quoted-printable triplet. */
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

#define BACKSLASHES_MAX 8	/* each layer of JSON doubles them: three layers */
#define ENTITY_NAME_MAX 8
#define JOIN_BLANKS 2

/* `min` to `max` hex digits; returns how many there are, 0 where too few. */
static size_t read_hex(const char *text, size_t left, size_t min, size_t max, uint32_t *ret_code)
{
	uint32_t code = 0;
	size_t n = 0;

	for (; n < max && n < left && byte_is(text[n], BYTE_HEX); n++)
		code = code << 4 | hex_value(text[n]);
	if (n < min)
		return 0;
	*ret_code = code;
	return n;
}

static bool is_code_point(uint32_t code)
{
	return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* ---- escapes ---- */

/* {69}, as after \u and \x; `text` is at the brace. */
static size_t read_braced(const char *text, size_t left, uint32_t *ret_code)
{
	size_t n = left > 2 && text[0] == '{' ? read_hex(text + 1, left - 1, 1, 6, ret_code) : 0;

	return n > 0 && n + 1 < left && text[n + 1] == '}' ? n + 2 : 0;
}

static size_t count_backslashes(const char *text, size_t left)
{
	size_t n = 0;

	while (n < left && n < BACKSLASHES_MAX && text[n] == '\\')
		n++;
	return n;
}

/* The second half of a surrogate pair, with its own \u; 0: none. */
static size_t read_low_surrogate(const char *text, size_t left, uint32_t *code)
{
	size_t slashes = count_backslashes(text, left);
	uint32_t low = 0;

	if (slashes == 0 || slashes + 1 >= left || text[slashes] != 'u' ||
	    read_hex(text + slashes + 1, left - slashes - 1, 4, 4, &low) == 0 || low < 0xdc00 || low > 0xdfff)
		return 0;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return slashes + 5;
}

/* `text` is behind the u. A lone surrogate is a unit, of a character that no text has. */
static size_t read_utf16(const char *text, size_t left, uint32_t *code)
{
	size_t n = read_hex(text, left, 4, 4, code);

	if (n > 0 && *code >= 0xd800 && *code <= 0xdbff)
		n += read_low_surrogate(text + n, left - n, code);
	if (n > 0 && !is_code_point(*code))
		*code = 0xfffd;
	return n;
}

static size_t read_octal(const char *text, size_t left, uint32_t *ret_code)
{
	uint32_t code = 0;

	if (left < 3 || text[0] > '3')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return 0;
		code = code << 3 | (uint32_t)(text[i] - '0');
	}
	*ret_code = code;
	return 3;
}

/* Of CSS (Syntax Module Level 3, 4.3.7): six digits, or two of an ASCII character and the blank that ends them. */
static size_t read_css(const char *text, size_t left, uint32_t *ret_code)
{
	if (left >= 6 && memcmp(text, "00", 2) == 0 && read_hex(text, left, 6, 6, ret_code) == 6 && *ret_code >= ' ')
		return left > 6 && text[6] == ' ' ? 7 : 6;
	if (left > 2 && text[0] >= '2' && text[2] == ' ' && read_hex(text, 2, 2, 2, ret_code) == 2)
		return 3;
	return 0;
}

/* {LATIN SMALL LETTER I}, as Python has it; `text` is at the brace. */
static size_t read_named(const char *text, size_t left, uint32_t *ret_code)
{
	static const struct {
		const char *name;
		char of;	/* 0: the letter behind the name */
	} names[] = {
		{ "{LATIN SMALL LETTER ", 0 }, { "{LATIN CAPITAL LETTER ", 0 }, { "{SPACE", ' ' },
		{ "{FULL STOP", '.' },	       { "{COMMA", ',' },		{ "{APOSTROPHE", '\'' },
		{ "{HYPHEN-MINUS", '-' },      { "{COLON", ':' },		{ "{QUESTION MARK", '?' },
		{ "{EXCLAMATION MARK", '!' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].name), end = n + (names[i].of == 0);

		if (left <= end || memcmp(text, names[i].name, n) != 0 || text[end] != '}')
			continue;
		*ret_code = (unsigned char)(names[i].of ? names[i].of : text[n]);
		return end + 1;
	}
	return 0;
}

/* Two digits, of the blank and what stands behind it in ASCII, in a row of such escapes. */
static size_t read_short_octal(const char *text, size_t left, uint32_t *ret_code)
{
	if (left < 3 || text[0] < '4' || text[0] > '7' || text[1] < '0' || text[1] > '7' || text[2] != '\\')
		return 0;
	*ret_code = (uint32_t)(text[0] - '0') << 3 | (uint32_t)(text[1] - '0');
	return 2;
}

/* What follows the backslashes. */
static size_t read_escape(const char *text, size_t left, uint32_t *code, bool *byte)
{
	size_t n;

	*byte = false;
	switch (text[0]) {
	case 'u':
		n = read_braced(text + 1, left - 1, code);
		n = n > 0 ? n : read_utf16(text + 1, left - 1, code);
		break;
	case 'U':
		n = read_hex(text + 1, left - 1, 8, 8, code);
		break;
	case 'x':
	case 'X':
		n = read_braced(text + 1, left - 1, code);
		*byte = n == 0;
		n = n > 0 ? n : read_hex(text + 1, left - 1, 2, 2, code);
		break;
	case 'N':
		n = read_named(text + 1, left - 1, code);
		break;
	default:
		n = read_css(text, left, code);
		if (n > 0)
			return is_code_point(*code) ? n : 0;
		*byte = true;
		n = read_octal(text, left, code);
		return n > 0 ? n : read_short_octal(text, left, code);
	}
	return n > 0 && is_code_point(*code) ? n + 1 : 0;
}

/* U+0069, and the blank that parts it from the next. */
static size_t read_notation(const char *text, size_t left, uint32_t *code)
{
	size_t n = left > 2 && text[1] == '+' ? read_hex(text + 2, left - 2, 4, 6, code) : 0;

	if (n == 0 || !is_code_point(*code))
		return 0;
	n += 2;
	if (left > n + 1 && (text[n] == ' ' || text[n] == ',') && text[n + 1] == 'U')
		n++;
	return n;
}

size_t unit_escape(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte)
{
	size_t slashes, n;

	if (text[0] == 'U') {
		*ret_byte = false;
		return read_notation(text, left, ret_code);
	}
	slashes = count_backslashes(text, left);
	if (slashes == 0 || slashes == left)
		return 0;
	n = read_escape(text + slashes, left - slashes, ret_code, ret_byte);
	return n > 0 ? slashes + n : 0;
}

/* ---- entities ---- */

/* Those met in text (HTML living standard, named character references). */
static const struct {
	char name[ENTITY_NAME_MAX];
	uint16_t code;
} entities[] = {
	{ "lt", '<' },	     { "gt", '>' },	 { "amp", '&' },      { "quot", '"' },	   { "apos", '\'' },
	{ "nbsp", 0xa0 },    { "colon", ':' },	 { "comma", ',' },    { "period", '.' },   { "excl", '!' },
	{ "quest", '?' },    { "lpar", '(' },	 { "rpar", ')' },     { "semi", ';' },	   { "sol", '/' },
	{ "Tab", '\t' },     { "NewLine", '\n' }, { "num", '#' },     { "percnt", '%' },   { "equals", '=' },
	{ "lsqb", '[' },     { "rsqb", ']' },	 { "lcub", '{' },     { "rcub", '}' },	   { "vert", '|' },
	{ "bsol", '\\' },    { "lowbar", '_' },	 { "hyphen", 0x2010 }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "hellip", 0x2026 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "ldquo", 0x201c }, { "rdquo", 0x201d },
	{ "laquo", 0xab },   { "raquo", 0xbb },	 { "shy", 0xad },     { "zwnj", 0x200c },  { "zwj", 0x200d },
	{ "iexcl", 0xa1 },   { "iquest", 0xbf }, { "ensp", 0x2002 },  { "emsp", 0x2003 },  { "thinsp", 0x2009 },
	{ "Auml", 0xc4 },    { "Ouml", 0xd6 },	 { "Uuml", 0xdc },    { "auml", 0xe4 },	   { "ouml", 0xf6 },
	{ "uuml", 0xfc },    { "szlig", 0xdf },	 { "agrave", 0xe0 },  { "aacute", 0xe1 },  { "acirc", 0xe2 },
	{ "atilde", 0xe3 },  { "aring", 0xe5 },	 { "aelig", 0xe6 },   { "ccedil", 0xe7 },  { "egrave", 0xe8 },
	{ "eacute", 0xe9 },  { "ecirc", 0xea },	 { "euml", 0xeb },    { "igrave", 0xec },  { "iacute", 0xed },
	{ "icirc", 0xee },   { "iuml", 0xef },	 { "ntilde", 0xf1 },  { "ograve", 0xf2 },  { "oacute", 0xf3 },
	{ "ocirc", 0xf4 },   { "otilde", 0xf5 }, { "oslash", 0xf8 },  { "ugrave", 0xf9 },  { "uacute", 0xfa },
	{ "ucirc", 0xfb },   { "Eacute", 0xc9 }, { "Agrave", 0xc0 },  { "Ccedil", 0xc7 },  { "Ntilde", 0xd1 },
};

static size_t read_name(const char *text, size_t left, uint32_t *ret_code)
{
	char name[ENTITY_NAME_MAX] = { 0 };
	size_t n = 0;

	for (; n < left && byte_is(text[n], BYTE_LETTER); n++) {
		if (n == sizeof(name) - 1)
			return 0;
		name[n] = text[n];
	}
	if (n < 2 || n == left || text[n] != ';')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
		if (strcmp(entities[i].name, name) != 0)
			continue;
		*ret_code = entities[i].code;
		return n + 1;
	}
	return 0;
}

/* As browsers do: any number of zeros before, the semicolon may be missing. */
static size_t read_number(const char *text, size_t left, uint32_t *ret_code)
{
	bool hex = left > 1 && (text[0] | 0x20) == 'x';
	uint32_t base = hex ? 16 : 10, code = 0;
	size_t from = hex, n = from;

	for (; n < left && n < from + 10 && hex_value(text[n]) < base; n++)
		code = code > 0x10ffff ? code : code * base + hex_value(text[n]);
	if (n == from || !is_code_point(code) || code == 0)
		return 0;
	*ret_code = code;
	return n < left && text[n] == ';' ? n + 1 : n;
}

/* &amp;#105; is one too: the layer of HTML around HTML. */
size_t unit_entity(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte)
{
	size_t amp = 1, n;

	*ret_byte = false;
	if (left > 6 && memcmp(text, "&amp;#", 6) == 0)
		amp = 5;
	if (left < amp + 2)
		return 0;
	n = text[amp] == '#' ? read_number(text + amp + 1, left - amp - 1, ret_code) :
			       read_name(text + amp, left - amp, ret_code);
	if (n == 0)
		return 0;
	return amp + n + (text[amp] == '#');
}

/* ---- triplets ---- */

/* %69; %2569 where it was encoded twice; %u0069 as escape() of ECMAScript writes it (annex B). */
size_t unit_percent(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte)
{
	size_t skip = left > 4 && text[1] == '2' && text[2] == '5' && byte_is(text[3], BYTE_HEX) &&
		      byte_is(text[4], BYTE_HEX) ? 3 : 1;
	size_t n;

	*ret_byte = left < 2 || text[1] != 'u';
	if (left < 3)
		return 0;
	n = *ret_byte ? read_hex(text + skip, left - skip, 2, 2, ret_code) : read_utf16(text + 2, left - 2, ret_code);
	if (n == 0)
		return 0;
	return *ret_byte ? skip + n : 2 + n;
}

/* RFC 2045 section 6.7: capitals only. A digit behind makes it the value of something, as in "w=450". The end of a
 * line that goes on stands for a soft hyphen: it joins the halves of a word. */
size_t unit_quoted(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte)
{
	*ret_byte = false;
	*ret_code = UNIT_SOFT_HYPHEN;
	if (left > 1 && text[1] == '\n')
		return 2;
	if (left > 2 && text[1] == '\r' && text[2] == '\n')
		return 3;
	*ret_byte = true;
	if (left < 3 || read_hex(text + 1, left - 1, 2, 2, ret_code) == 0 || text[1] >= 'a' || text[2] >= 'a' ||
	    (left > 3 && byte_is(text[3], BYTE_DIGIT)))
		return 0;
	return 3;
}

/* ---- calls ---- */

/* chr(73), Chr(73), CHR(73), chr(0x49), and the sign that joins it to the next. */
size_t unit_call(const char *text, size_t left, uint32_t *ret_code, bool *ret_byte)
{
	size_t at, n;

	*ret_byte = false;
	if (left < 6 || (text[1] | 0x20) != 'h' || (text[2] | 0x20) != 'r' || text[3] != '(')
		return 0;
	at = text[4] == '0' && (text[5] | 0x20) == 'x' ? 5 : 4;
	n = read_number(text + at, left - at, ret_code);
	at += n;
	if (n == 0 || at >= left || text[at] != ')')
		return 0;
	at++;
	for (n = at; n < left && text[n] == ' '; n++) {
		if (n == at + JOIN_BLANKS)
			return at;
	}
	if (n == left || (text[n] != '+' && text[n] != '.' && text[n] != '&'))
		return at;
	return n + 1 < left && text[n + 1] == ' ' ? n + 2 : n + 1;
}
