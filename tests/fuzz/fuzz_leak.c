/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaked instructions: the first byte is where each text is cut in two; a zero
 * byte ends a text, and the byte behind it says whose the next one is. However
 * it comes, the runs are the same, within their texts, and bounded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/leak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sums {
	uint64_t runs, offsets, words, last_end, text_len;
};

static void on_run(void *ctx, const struct leak_text *text, const struct leak_run *run)
{
	struct sums *sums = ctx;

	(void)text;
	if (run->start >= run->end || run->end > sums->text_len || run->start < sums->last_end)
		abort();
	if (2 * run->words < LEAK_WORDS)
		abort();
	sums->last_end = run->end;
	sums->runs++;
	sums->offsets = sums->offsets * 31 + run->start * 7 + run->end;
	sums->words += run->words;
}

static void say(struct leak *leak, struct sums *sums, enum leak_part part, const uint8_t *bytes, size_t len, size_t cut)
{
	/* An exact copy, so that a read past its end shows. */
	char *copy = malloc(len ? len : 1);
	struct leak_text text;
	size_t at = cut < len ? cut : len;

	if (!copy)
		abort();
	if (len > 0)
		memcpy(copy, bytes, len);
	sums->last_end = 0;
	sums->text_len = len;
	leak_text_init(&text);
	leak_feed(leak, &text, part, (struct slice){ copy, at });
	leak_feed(leak, &text, part, (struct slice){ copy + at, len - at });
	leak_end(leak, &text, part);
	free(copy);
}

static struct sums run(const uint8_t *data, size_t size, size_t cut)
{
	struct sums sums = { 0 };
	struct leak *leak = leak_new(on_run, &sums);
	enum leak_part part = LEAK_SYSTEM;

	if (!leak)
		abort();
	while (size > 0) {
		const uint8_t *zero = memchr(data, 0, size);
		size_t len = zero ? (size_t)(zero - data) : size, step = len + 2 < size ? len + 2 : size;

		say(leak, &sums, part, data, len, cut);
		if (len + 1 < size)
			part = (enum leak_part)(data[len + 1] % LEAK_PART_MAX);
		data += step;
		size -= step;
	}
	if (leak_bytes(leak) > LEAK_BYTES_MAX)
		abort();
	leak_free(leak);
	sums.last_end = sums.text_len = 0;
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
