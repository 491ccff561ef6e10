/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and their origin: the first byte is where each text is cut in two;
 * a zero byte ends a text, and the byte behind it says whose the next one is.
 * However it comes, the hits are the same, within their texts, and bounded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sums {
	uint64_t hits, offsets, text_len;
};

static void on_hit(void *ctx, const struct origin_text *text, const struct origin_hit *hit)
{
	struct sums *sums = ctx;

	(void)text;
	if (hit->start >= hit->end || hit->end > sums->text_len || hit->kind == ADDRESS_NONE || hit->kind >= ADDRESS_KIND_MAX)
		abort();
	sums->hits++;
	sums->offsets = sums->offsets * 31 + hit->start * 7 + hit->end + hit->kind + hit->instructed;
}

static void say(struct origin *origin, struct sums *sums, uint8_t who, const uint8_t *bytes, size_t len, size_t cut)
{
	enum origin_part part = (enum origin_part)(who % ORIGIN_PART_MAX);
	/* An exact copy, so that a read past its end shows. */
	char *copy = malloc(len ? len : 1);
	struct origin_text text;
	size_t at = cut < len ? cut : len;

	if (!copy)
		abort();
	if (len > 0)
		memcpy(copy, bytes, len);
	sums->text_len = len;
	origin_text_init(&text);
	origin_feed(origin, &text, part, (struct slice){ copy, at });
	origin_feed(origin, &text, part, (struct slice){ copy + at, len - at });
	origin_end(origin, &text, part, who & 0x80);
	free(copy);
}

static struct sums run(const uint8_t *data, size_t size, size_t cut)
{
	struct sums sums = { 0 };
	struct origin *origin = origin_new(on_hit, &sums);
	uint8_t who = 0x80 + ORIGIN_RESULT;

	if (!origin)
		abort();
	while (size > 0) {
		const uint8_t *zero = memchr(data, 0, size);
		size_t len = zero ? (size_t)(zero - data) : size, step = len + 2 < size ? len + 2 : size;

		say(origin, &sums, who, data, len, cut);
		if (len + 1 < size)
			who = data[len + 1];
		data += step;
		size -= step;
	}
	if (origin_bytes(origin) > ORIGIN_BYTES_MAX)
		abort();
	origin_free(origin);
	sums.text_len = 0;
	return sums;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sums whole, cut;

	if (size < 1)
		return 0;
	whole = run(data + 1, size - 1, 0);
	cut = run(data + 1, size - 1, data[0]);
	if (memcmp(&whole, &cut, sizeof(whole)) != 0)
		abort();
	return 0;
}
