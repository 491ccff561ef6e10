/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte is the length of the pieces, the second where a gap is (0:
 * nowhere), the rest the stream. Whole and cut input must give the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "http/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_piece(void *ctx, struct slice data)
{
	assert(data.len > 0);
	if (buffer_append(ctx, data.ptr, data.len) < 0)
		abort();
}

static void on_end(void *ctx, struct slice name)
{
	if (buffer_append(ctx, "\0[", 2) < 0 || buffer_append(ctx, name.ptr, name.len) < 0 ||
	    buffer_append(ctx, "]", 1) < 0)
		abort();
}

static void feed(struct sse *sse, const uint8_t *data, size_t len, const struct sse_sink *sink)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	sse_feed(sse, (struct slice){ copy, len }, sink);
	free(copy);
}

static struct buffer run(const uint8_t *data, size_t size, size_t piece, size_t gap)
{
	struct buffer out = { 0 };
	struct sse_sink sink = { on_piece, on_end, &out };
	struct sse *sse = sse_new(8);

	if (!sse)
		abort();
	for (size_t at = 0; at < size;) {
		size_t n = size - at < piece ? size - at : piece;

		if (at < gap && at + n > gap)
			n = gap - at;
		if (gap > 0 && at == gap)
			sse_gap(sse, &sink);
		feed(sse, data + at, n, &sink);
		at += n;
	}
	sse_finish(sse, &sink);
	sse_free(sse);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole, cut;

	if (size < 2)
		return 0;
	whole = run(data + 2, size - 2, SIZE_MAX / 2, data[1]);
	cut = run(data + 2, size - 2, 1 + data[0] % 16u, data[1]);
	assert(slice_eq(buffer_slice(&whole), buffer_slice(&cut)));
	buffer_done(&whole);
	buffer_done(&cut);
	return 0;
}
