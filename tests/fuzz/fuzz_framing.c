/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte says which framing (its two lowest bits) and, by bit 2, that
 * the CRCs of an event stream are to be made right; the second is the length
 * of the pieces, the third where a gap is (0: nowhere), the rest the stream.
 * Whole and cut input must give the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/buffer.h"
#include "http/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAM_MAX 65536
#define SEAL 4

static void on_piece(void *ctx, struct slice data)
{
	assert(data.len > 0);
	if (buffer_append(ctx, data.ptr, data.len) < 0)
		abort();
}

static void on_end(void *ctx, struct slice name, bool is_error)
{
	if (buffer_append(ctx, is_error ? "\0!" : "\0[", 2) < 0 || buffer_append(ctx, name.ptr, name.len) < 0 ||
	    buffer_append(ctx, "]", 1) < 0)
		abort();
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_crc(const uint8_t *from, uint8_t *at)
{
	uint32_t crc = (uint32_t)crc32(0, from, (uInt)(at - from));

	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* Lengths that fit what is there, and CRCs that are right. */
static void seal(uint8_t *p, size_t size)
{
	while (size >= 16) {
		uint32_t total;

		p[0] = p[1] = p[4] = p[5] = 0;
		total = get32(p);
		put_crc(p, p + 8);
		if (total < 16 || total > size)
			return;
		put_crc(p, p + total - 4);
		p += total;
		size -= total;
	}
}

static int feed(const struct framing_ops *ops, void *state, const uint8_t *data, size_t len,
		const struct framing_sink *sink)
{
	char *copy = malloc(len ? len : 1);
	int err;

	if (!copy)
		abort();
	memcpy(copy, data, len);
	err = ops->feed(state, (struct slice){ copy, len }, sink);
	free(copy);
	return err;
}

static struct buffer run(const struct framing_ops *ops, const uint8_t *data, size_t size, size_t piece, size_t gap)
{
	struct buffer out = { 0 };
	struct framing_sink sink = { on_piece, on_end, &out };
	void *state = ops->open(8);
	int err = 0;

	if (!state)
		abort();
	for (size_t at = 0; at < size && err == 0;) {
		size_t n = size - at < piece ? size - at : piece;

		if (at < gap && at + n > gap)
			n = gap - at;
		if (gap > 0 && at == gap)
			ops->gap(state, &sink);
		err = feed(ops, state, data + at, n, &sink);
		at += n;
	}
	if (err == 0)
		err = ops->finish(state, &sink);
	if (err < 0 && buffer_append(&out, "\0broken", 7) < 0)
		abort();
	ops->close(state);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct framing_ops *const ops[] = {
		&framing_sse, &framing_event_stream, &framing_ndjson, &framing_json_array,
	};
	static uint8_t stream[STREAM_MAX];
	struct buffer whole, cut;
	size_t len = size - 3;

	if (size < 3 || len > STREAM_MAX)
		return 0;
	memcpy(stream, data + 3, len);
	if (data[0] & SEAL)
		seal(stream, len);
	whole = run(ops[data[0] & 3], stream, len, SIZE_MAX / 2, data[2]);
	cut = run(ops[data[0] & 3], stream, len, 1 + data[1] % 16u, data[2]);
	assert(slice_eq(buffer_slice(&whole), buffer_slice(&cut)));
	buffer_done(&whole);
	buffer_done(&cut);
	return 0;
}
