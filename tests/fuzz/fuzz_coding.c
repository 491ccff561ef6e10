/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte says which codings (two bits for each of up to three, the
 * last two bits how many), the second the length of the pieces, the rest is
 * the coded body. Whole and cut input must give the same output and result,
 * never more output than the limits allow, and no memory may stay reserved.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "http/coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RATIO_MAX 64
#define FREE_BYTES 65536
#define LAYERS 3
#define MEMORY_MAX (LAYERS * 17u * 1024 * 1024)	/* Brotli's largest window, and what is around it */

struct result {
	uint64_t bytes, hash;
	int err;
	bool complete;
};

static void on_decoded(void *ctx, struct slice decoded)
{
	struct result *result = ctx;

	for (size_t i = 0; i < decoded.len; i++)
		result->hash = (result->hash ^ (uint8_t)decoded.ptr[i]) * 0x100000001b3ull;
	result->bytes += decoded.len;
}

static size_t reserved;

static bool reserve(void *ctx, size_t bytes)
{
	(void)ctx;
	reserved += bytes;
	assert(reserved <= MEMORY_MAX);
	return true;
}

static void release(void *ctx, size_t bytes)
{
	(void)ctx;
	assert(bytes <= reserved);
	reserved -= bytes;
}

static const struct slice names[] = { { "gzip", 4 }, { "deflate", 7 }, { "br", 2 }, { "zstd", 4 } };

static size_t layers(uint8_t choice)
{
	return 1 + (choice >> 6) % LAYERS;
}

/* libbrotlidec and libzstd keep what they had decoded when they meet damage. */
static bool has_br_or_zstd(uint8_t choice)
{
	for (size_t i = 0; i < layers(choice); i++)
		if (choice >> (2 * i) & 2)
			return true;
	return false;
}

static struct result run(uint8_t choice, const uint8_t *data, size_t size, size_t piece)
{
	static const struct coding_limits limits = { .ratio_max = RATIO_MAX, .free_bytes = FREE_BYTES };
	static const struct coding_memory memory = { .reserve = reserve, .release = release };
	const struct coding *list[LAYERS];
	struct result result = { 0 };
	struct codings *codings;

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = coding_find(names[choice >> (2 * i) & 3]);
	codings = codings_new(list, layers(choice), &limits, &memory);
	if (!codings)
		abort();
	for (size_t at = 0; at < size && result.err == 0; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		uint8_t *copy = malloc(n);

		if (!copy)
			abort();
		memcpy(copy, data + at, n);
		result.err = codings_feed(codings, (struct slice){ (const char *)copy, n }, on_decoded, &result);
		free(copy);
	}
	result.complete = codings_complete(codings);
	codings_free(codings);
	assert(reserved == 0);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, cut;

	if (size < 2)
		return 0;
	whole = run(data[0], data + 2, size - 2, SIZE_MAX / 2);
	cut = run(data[0], data + 2, size - 2, 1 + data[1] % 32u);
	assert(whole.bytes <= FREE_BYTES || whole.bytes <= (uint64_t)size * RATIO_MAX + 2 * 16384);
	/* How much comes out before the limit strikes depends on the pieces. */
	if (whole.err == -E2BIG || cut.err == -E2BIG)
		return 0;
	assert(whole.err == cut.err);
	if (whole.err < 0 && has_br_or_zstd(data[0]))
		return 0;
	assert(whole.bytes == cut.bytes && whole.hash == cut.hash);
	assert(whole.err || whole.complete == cut.complete);
	return 0;
}
