/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* RFC 3629, section 4: the second byte is what keeps overlong ones and surrogates out. */
static const struct lead {
	unsigned char first, last;	/* lead bytes */
	unsigned char low, high;	/* of the second byte */
	unsigned char length;
} leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static size_t length_of(const unsigned char *bytes, const struct lead *lead)
{
	if (bytes[1] < lead->low || bytes[1] > lead->high)
		return 0;
	for (size_t i = 2; i < lead->length; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return lead->length;
}

size_t utf8_bytes(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (bytes[0] < 0x80)
		return bytes[0] != '\0';
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (bytes[0] >= leads[i].first && bytes[0] <= leads[i].last)
			return length_of(bytes, &leads[i]);
	return 0;
}
