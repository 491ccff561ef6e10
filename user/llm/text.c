/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names from the wire made printable. One pass over the characters; nothing is
 * allocated, nothing is longer afterwards.
 */
#include "llm/text.h"

#include <assert.h>
#include <stdint.h>

#include "base/cleanup.h"

static size_t sequence_len(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)	/* a continuation byte, or an overlong form */
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

/* Length of the first character, 0 if it is not valid UTF-8 (RFC 3629). */
static size_t decode(struct slice s, uint32_t *ret_code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = sequence_len((uint8_t)s.ptr[0]);
	uint32_t code;

	if (len == 0 || len > s.len)
		return 0;
	code = len == 1 ? (uint8_t)s.ptr[0] : (uint8_t)s.ptr[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (((uint8_t)s.ptr[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((uint8_t)s.ptr[i] & 0x3f);
	}
	if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return len;
}

/* Unicode categories Cc, Zl, Zp, the bidirectional controls and characters of no width. */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0xad, 0xad },	    { 0x061c, 0x061c }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe007f },
};

static bool printable(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (code >= unprintable[i].first && code <= unprintable[i].last)
			return false;
	return true;
}

/* How many printable ASCII characters it begins with: nearly always all. */
static size_t plain_len(struct slice s)
{
	size_t len = 0;

	while (len < s.len && s.ptr[len] >= 0x20 && s.ptr[len] < 0x7f)
		len++;
	return len;
}

void text_copy(char *buffer, size_t size, struct slice s)
{
	struct slice plain = { s.ptr, s.len < size ? s.len : size - 1 };
	size_t used;

	assert(size > 0);
	used = plain_len(plain);
	if (used > 0) {
		memcpy(buffer, s.ptr, used);
		s.ptr += used;
		s.len -= used;
	}
	while (s.len > 0) {
		uint32_t code = 0;
		size_t len = decode(s, &code);
		bool keep = len > 0 && printable(code);
		size_t out = keep ? len : 1;

		if (used + out >= size)
			break;
		if (keep)
			memcpy(buffer + used, s.ptr, len);
		else
			buffer[used] = '_';
		used += out;
		len = len > 0 ? len : 1;
		s.ptr += len;
		s.len -= len;
	}
	buffer[used] = '\0';
}

bool text_printable(struct slice s)
{
	size_t plain = plain_len(s);

	if (plain > 0)
		s = (struct slice){ s.ptr + plain, s.len - plain };
	while (s.len > 0) {
		uint32_t code = 0;
		size_t len = decode(s, &code);

		if (len == 0 || !printable(code))
			return false;
		s.ptr += len;
		s.len -= len;
	}
	return true;
}
