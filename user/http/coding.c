/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of decoders of one body. What any layer puts out is measured
 * against what came off the wire, so that stacked bombs do not multiply.
 */
#include "http/coding.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/cleanup.h"

#define OUT_BYTES 16384

static const struct coding table[] = {
	{ { "gzip", 4 }, &coding_inflate, INFLATE_GZIP },
	{ { "x-gzip", 6 }, &coding_inflate, INFLATE_GZIP },
	{ { "deflate", 7 }, &coding_inflate, INFLATE_DEFLATE },
	{ { "br", 2 }, &coding_brotli, 0 },
	{ { "zstd", 4 }, &coding_zstd, 0 },
};

struct layer {
	const struct coding_ops *ops;
	void *state;
	uint64_t out_bytes;
};

struct codings {
	struct coding_limits limits;
	struct coding_memory memory;
	uint64_t wire_bytes;
	size_t count;
	struct layer layers[];	/* [0] takes the bytes of the wire */
};

const struct coding *coding_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (slice_caseeq(table[i].name, name))
			return &table[i];
	return NULL;
}

/* In front of what coding_alloc() returns. */
union block {
	size_t bytes;	/* all of it */
	max_align_t align;
};

void *coding_alloc(const struct coding_memory *memory, size_t size)
{
	union block *block;
	size_t bytes;

	if (__builtin_add_overflow(size, sizeof(*block), &bytes) || !memory->reserve(memory->ctx, bytes))
		return NULL;
	block = malloc(bytes);
	if (!block) {
		memory->release(memory->ctx, bytes);
		return NULL;
	}
	block->bytes = bytes;
	return block + 1;
}

void coding_free(const struct coding_memory *memory, void *pointer)
{
	union block *block = pointer;

	if (!block)
		return;
	block--;
	memory->release(memory->ctx, block->bytes);
	free(block);
}

size_t coding_pass(struct slice *in, uint8_t *out, size_t capacity)
{
	size_t n = in->len < capacity ? in->len : capacity;

	memcpy(out, in->ptr, n);
	in->ptr += n;
	in->len -= n;
	return n;
}

struct codings *codings_new(const struct coding *const *list, size_t count, const struct coding_limits *limits,
			    const struct coding_memory *memory)
{
	struct codings *codings;

	assert(count <= CODING_LAYERS_MAX && limits->ratio_max > 0);
	codings = calloc(1, sizeof(*codings) + count * sizeof(codings->layers[0]));
	if (!codings)
		return NULL;
	codings->limits = *limits;
	codings->memory = *memory;
	for (; codings->count < count; codings->count++) {
		const struct coding *coding = list[count - 1 - codings->count];
		struct layer *layer = &codings->layers[codings->count];

		layer->ops = coding->ops;
		if (layer->ops->init(&layer->state, coding->variant, &codings->memory) < 0) {
			codings_free(codings);
			return NULL;
		}
	}
	return codings;
}

void codings_free(struct codings *codings)
{
	if (!codings)
		return;
	for (size_t i = 0; i < codings->count; i++)
		codings->layers[i].ops->done(codings->layers[i].state);
	free(codings);
}

static bool over_limit(const struct codings *codings, const struct layer *layer)
{
	return layer->out_bytes > codings->limits.free_bytes &&
	       layer->out_bytes / codings->limits.ratio_max > codings->wire_bytes;
}

static int feed_layer(struct codings *codings, size_t index, struct slice data, coding_sink_fn sink, void *ctx);

static int pass_on(struct codings *codings, size_t index, struct slice decoded, coding_sink_fn sink, void *ctx)
{
	if (over_limit(codings, &codings->layers[index]))
		return -E2BIG;
	if (decoded.len == 0)
		return 0;
	if (index + 1 < codings->count)
		return feed_layer(codings, index + 1, decoded, sink, ctx);
	sink(ctx, decoded);
	return 0;
}

/* What came out before the damage is passed on too, as far as the decoder tells. */
static int feed_layer(struct codings *codings, size_t index, struct slice data, coding_sink_fn sink, void *ctx)
{
	struct layer *layer = &codings->layers[index];
	uint8_t out[OUT_BYTES];
	int damaged, err;
	size_t len;

	do {
		size_t before = data.len;

		damaged = layer->ops->decode(layer->state, &data, out, sizeof(out), &len);
		layer->out_bytes += len;
		if (index == 0)
			codings->wire_bytes += before - data.len;
		err = pass_on(codings, index, (struct slice){ (const char *)out, len }, sink, ctx);
		if (err < 0 || damaged < 0)
			return err < 0 ? err : damaged;
	} while (data.len > 0 || len == sizeof(out));
	return 0;
}

int codings_feed(struct codings *codings, struct slice data, coding_sink_fn sink, void *ctx)
{
	return feed_layer(codings, 0, data, sink, ctx);
}

bool codings_complete(const struct codings *codings)
{
	for (size_t i = 0; i < codings->count; i++)
		if (!codings->layers[i].ops->complete(codings->layers[i].state))
			return false;
	return true;
}
