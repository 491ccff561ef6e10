/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/base64.h"

/* Six bits, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Each character but the first of a group completes a byte: whether this one did. */
static bool take(struct base64 *base64, char c, char *ret)
{
	int value = value_of(c);

	if (c == '=' && (base64->ended || base64->count >= 2)) {
		base64->ended = true;
		return false;
	}
	if (value < 0 || base64->ended) {
		base64->malformed = true;
		return false;
	}
	base64->bits = (base64->bits << 6 | (uint32_t)value) & 0xffffff;
	base64->count = (base64->count + 1) % 4;
	if (base64->count == 1)
		return false;
	*ret = (char)(base64->bits >> (base64->count ? 8 - 2 * base64->count : 0) & 0xff);
	return true;
}

size_t base64_decode(struct base64 *base64, struct slice *text, char *buffer, size_t size)
{
	size_t used = 0;

	while (text->len > 0 && used < size && !base64->malformed) {
		used += take(base64, text->ptr[0], &buffer[used]);
		text->ptr++;
		text->len--;
	}
	if (base64->malformed)
		text->len = 0;
	return used;
}
