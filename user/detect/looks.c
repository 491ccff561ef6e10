/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/looks.h"

#include <stdlib.h>

static const char ascii[128][3] = {
	['0'] = "o", ['1'] = "il", ['2'] = "z", ['3'] = "e",  ['4'] = "a",  ['5'] = "s", ['6'] = "g", ['7'] = "t",
	['8'] = "b", ['9'] = "g",  ['@'] = "a", ['$'] = "s",  ['!'] = "il", ['|'] = "il", ['+'] = "t", ['('] = "c",
};

/* By code point. */
static const struct look {
	uint16_t c;
	char letters[3];
} others[] = {
	{ 0xa1, "i" },	  { 0xa2, "c" },    { 0xa3, "el" },   { 0xa5, "y" },	{ 0xa7, "s" },	  { 0xb0, "o" },
	{ 0xb5, "u" },	  { 0xb6, "p" },    { 0xd7, "x" },    { 0x254, "co" },	{ 0x28a, "u" },	  { 0x3b2, "b" },
	{ 0x3b4, "d" },	  { 0x3b5, "e" },   { 0x3b6, "z" },   { 0x3b7, "n" },	{ 0x3b8, "o" },	  { 0x3bb, "a" },
	{ 0x3bc, "um" },  { 0x3be, "e" },   { 0x3c0, "n" },   { 0x3c2, "s" },	{ 0x3c3, "os" },  { 0x3c6, "o" },
	{ 0x3c7, "x" },	  { 0x3c8, "w" },   { 0x3c9, "w" },   { 0x432, "b" },	{ 0x433, "r" },	  { 0x434, "da" },
	{ 0x437, "ez" },  { 0x438, "nu" },  { 0x439, "nu" },  { 0x43b, "ln" },	{ 0x43c, "m" },	  { 0x43d, "nh" },
	{ 0x43f, "n" },	  { 0x442, "t" },   { 0x446, "u" },   { 0x447, "y" },	{ 0x448, "w" },	  { 0x449, "w" },
	{ 0x44a, "b" },	  { 0x44b, "b" },   { 0x44c, "b" },   { 0x44d, "e" },	{ 0x44f, "r" },	  { 0x454, "e" },
	{ 0x45b, "h" },	  { 0x493, "f" },   { 0x49b, "k" },   { 0x4a3, "n" },	{ 0x51d, "w" },	  { 0x56c, "l" },
	{ 0x577, "z" },	  { 0xe3f, "b" },   { 0x13c1, "n" },  { 0x2020, "t" },	{ 0x20a1, "c" },  { 0x20a3, "f" },
	{ 0x20a4, "l" },  { 0x20a5, "m" },  { 0x20a6, "n" },  { 0x20a9, "w" },	{ 0x20ab, "d" },  { 0x20ac, "ec" },
	{ 0x20ad, "k" },  { 0x20ae, "t" },  { 0x20b1, "p" },  { 0x20b2, "g" },	{ 0x20b3, "a" },  { 0x20b4, "s" },
	{ 0x20b5, "c" },  { 0x20b9, "r" },  { 0x20bd, "p" },  { 0x2202, "d" },	{ 0x2206, "a" },  { 0x2211, "e" },
	{ 0x221a, "v" },  { 0x2229, "n" },  { 0x222a, "u" },
};

static int by_code_point(const void *key, const void *row)
{
	int32_t c = *(const int32_t *)key, other = ((const struct look *)row)->c;

	return c < other ? -1 : c > other;
}

const char *looks_like(int32_t c)
{
	const struct look *look;

	if (c < 0x80)
		return ascii[c & 0x7f];
	look = bsearch(&c, others, sizeof(others) / sizeof(others[0]), sizeof(others[0]), by_code_point);
	return look ? look->letters : "";
}
