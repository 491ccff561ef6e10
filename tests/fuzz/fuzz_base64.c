/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64: the first byte is the room at a time, the second where the text is
 * cut, the rest the text. However it comes, the bytes are the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "llm/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t decode(struct base64 *base64, const uint8_t *text, size_t len, size_t room, char *out)
{
	/* An exact copy, so that a read past its end shows. */
	char *copy = malloc(len ? len : 1);
	struct slice left = { copy, len };
	size_t used = 0;

	if (!copy)
		abort();
	memcpy(copy, text, len);
	while (left.len > 0) {
		size_t n = base64_decode(base64, &left, out + used, room);

		if (n > room || (n == 0 && left.len > 0))
			abort();
		used += n;
	}
	free(copy);
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct base64 whole = { 0 }, cut = { 0 };
	size_t whole_len, cut_len, room, at;
	char *a, *b;

	if (size < 2)
		return 0;
	room = 1 + data[0];
	at = data[1] < size - 2 ? data[1] : size - 2;
	a = malloc(size + room);
	b = malloc(size + room);
	if (!a || !b)
		abort();
	whole_len = decode(&whole, data + 2, size - 2, size, a);
	cut_len = decode(&cut, data + 2, at, room, b);
	cut_len += decode(&cut, data + 2 + at, size - 2 - at, room, b + cut_len);
	if (whole_len != cut_len || memcmp(a, b, cut_len) != 0 || whole.malformed != cut.malformed)
		abort();
	if (whole_len > (size - 2) * 3 / 4)
		abort();
	free(a);
	free(b);
	return 0;
}
