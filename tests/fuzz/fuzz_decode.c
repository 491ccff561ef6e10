/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding: the first byte is the budget, the rest the text. Results lie within
 * the text, come in order and within the budget, and the work is linear.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/decode.h"

#define STEPS_PER_BYTE 96u
#define STEPS_FREE 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct totals {
	size_t text_len;
	uint32_t candidates, bytes, last_start;
};

static void on_decoded(void *ctx, const struct decoded *decoded)
{
	struct totals *totals = ctx;

	if (decoded->start >= decoded->end || decoded->end > totals->text_len || decoded->text.len == 0)
		abort();
	/* Nothing decodes to more than it was, but for UTF-16 in base64: three bytes of eight thirds. */
	if (decoded->text.len > (decoded->end - decoded->start) * 9ul / 8 + 1 || decoded->start < totals->last_start)
		abort();
	totals->last_start = decoded->start;
	totals->candidates++;
	totals->bytes += (uint32_t)decoded->text.len;
	/* Reads all of it, for the sanitizer. */
	if (memchr(decoded->text.ptr, 0xff, decoded->text.len) && decoded->decoder == DECODER_NONE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decode *decode;
	struct decode_budget budget = DECODE_BUDGET;
	struct totals totals = { 0 };
	uint64_t before;
	char *copy;

	if (size < 1)
		return 0;
	if (!decode)
		decode = decode_new();
	totals.text_len = size - 1;
	copy = malloc(size);
	if (!decode || !copy)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (data[0] % 4 == 1)
		budget = (struct decode_budget){ data[0] / 4, data[0], 0 };
	before = decode_steps(decode);
	decode_text(decode, (struct slice){ copy, size - 1 }, true, &budget, on_decoded, &totals);
	if (decode_steps(decode) - before > STEPS_FREE + (uint64_t)size * STEPS_PER_BYTE)
		abort();
	if (totals.candidates > DECODE_CANDIDATES || totals.bytes > DECODE_BYTES)
		abort();
	free(copy);
	return 0;
}
