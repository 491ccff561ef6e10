/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd (RFC 8878) by libzstd. Frames follow each other, skippable ones among
 * them; lenient as inflate.c is: a body that only claims to be zstd passes as
 * it is, and what follows the last frame is ignored. A frame's header is
 * gathered here, because the library would take its own older formats too, and
 * mistakes the rest of a header that comes in pieces for a frame if it looks
 * like one.
 *
 * The library takes a frame's whole window at once, but a page costs nothing
 * before it is written, which happens in turn: what has gone in and out bounds
 * what the buffers really take, and that is what is reserved. (Windows are large
 * enough for malloc to map them apart; see the decoder role.)
 */
#include "http/coding.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

/* RFC 9659: 8 MiB at most in this content coding. */
#define WINDOW_LOG_MAX 23

/* RFC 8878 sections 3.1.1 and 3.1.2. */
#define MAGIC_BYTES 4
#define HEADER_BYTES_MAX 18
#define SKIPPABLE_HEADER_BYTES 8

enum zstd_place {
	ZSTD_HEADER = 0,	/* of a frame */
	ZSTD_FRAME,
	ZSTD_PLAIN,	/* not coded after all */
	ZSTD_IGNORE,	/* all has been said */
};

struct zstd {
	ZSTD_DStream *stream;
	const struct coding_memory *memory;
	enum zstd_place place;
	bool later_frame;	/* the first one has ended */
	uint8_t header_len;
	uint8_t header[HEADER_BYTES_MAX];
	size_t bare_bytes;	/* the stream's size before any frame */
	size_t reserved;
	uint64_t moved;		/* bytes in and out */
};

static int zstd_new(void **ret_state, int variant, const struct coding_memory *memory)
{
	struct zstd *state = coding_alloc(memory, sizeof(*state));

	(void)variant;
	if (!state)
		return -ENOMEM;
	*state = (struct zstd){ .memory = memory, .stream = ZSTD_createDStream() };
	state->bare_bytes = ZSTD_sizeof_DStream(state->stream);
	if (!state->stream || !memory->reserve(memory->ctx, state->bare_bytes)) {
		(void)ZSTD_freeDStream(state->stream);
		coding_free(memory, state);
		return -ENOMEM;
	}
	/* Cannot fail: the parameter exists and the value is in its range. */
	(void)ZSTD_DCtx_setParameter(state->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	state->reserved = state->bare_bytes;
	*ret_state = state;
	return 0;
}

static void zstd_done(void *ctx)
{
	struct zstd *state = ctx;

	(void)ZSTD_freeDStream(state->stream);
	state->memory->release(state->memory->ctx, state->reserved);
	coding_free(state->memory, state);
}

static bool zstd_complete(const void *ctx)
{
	const struct zstd *state = ctx;

	return state->place != ZSTD_FRAME && (state->place != ZSTD_HEADER || state->later_frame);
}

static int reserve_growth(struct zstd *state)
{
	size_t size = ZSTD_sizeof_DStream(state->stream), growth;

	if (size - state->bare_bytes > state->moved)
		size = state->bare_bytes + (size_t)state->moved;
	if (size <= state->reserved)
		return 0;
	growth = size - state->reserved;
	if (!state->memory->reserve(state->memory->ctx, growth))
		return -ENOMEM;
	state->reserved += growth;
	return 0;
}

static int error_of(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		return -E2BIG;
	default:
		return -EBADMSG;
	}
}

/* One call of the library, which stops where a frame ends. */
static int run(struct zstd *state, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	ZSTD_inBuffer input = { in->ptr, in->len, 0 };
	ZSTD_outBuffer output = { out, capacity, 0 };
	size_t result;

	result = ZSTD_decompressStream(state->stream, &output, &input);
	if (ZSTD_isError(result))
		return error_of(result);
	in->ptr += input.pos;
	in->len -= input.pos;
	*ret_len = output.pos;
	state->moved += input.pos + output.pos;
	if (result == 0) {
		state->place = ZSTD_HEADER;
		state->header_len = 0;
		state->later_frame = true;
	}
	return reserve_growth(state);
}

static bool is_skippable(const uint8_t *header)
{
	return (header[0] & 0xf0) == 0x50;
}

static bool may_be_frame(const uint8_t *header, size_t len)
{
	static const uint8_t frame[MAGIC_BYTES] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t skippable[MAGIC_BYTES] = { 0x50, 0x2a, 0x4d, 0x18 };

	len = len < MAGIC_BYTES ? len : MAGIC_BYTES;
	if (is_skippable(header))
		return memcmp(header + 1, skippable + 1, len - 1) == 0;
	return memcmp(header, frame, len) == 0;
}

/* As far as the bytes that are there tell. */
static size_t header_size(const uint8_t *header, size_t len)
{
	static const uint8_t dictionary_sizes[] = { 0, 1, 2, 4 }, content_sizes[] = { 0, 2, 4, 8 };
	uint8_t descriptor;
	bool single_segment;

	if (len <= MAGIC_BYTES)
		return MAGIC_BYTES + 1;
	if (is_skippable(header))
		return SKIPPABLE_HEADER_BYTES;
	descriptor = header[MAGIC_BYTES];
	single_segment = descriptor & 0x20;
	/* A single segment has no window descriptor, and its size in one byte at least. */
	return MAGIC_BYTES + 1 + (single_segment ? 0 : 1) + dictionary_sizes[descriptor & 3] +
	       (single_segment && descriptor >> 6 == 0 ? 1 : content_sizes[descriptor >> 6]);
}

/* No frame begins here: the body is not coded, or over. */
static void leave(struct zstd *state, uint8_t *out, size_t *ret_len)
{
	state->place = state->later_frame ? ZSTD_IGNORE : ZSTD_PLAIN;
	if (state->place == ZSTD_IGNORE)
		return;
	memcpy(out, state->header, state->header_len);
	*ret_len = state->header_len;
}

static int take_header(struct zstd *state, struct slice *in, uint8_t *out, size_t *ret_len)
{
	struct slice header = { (const char *)state->header, 0 };
	uint8_t none[1];
	size_t len;

	while (state->header_len < header_size(state->header, state->header_len)) {
		if (in->len == 0)
			return 0;
		state->header[state->header_len++] = (uint8_t)*in->ptr++;
		in->len--;
		if (!may_be_frame(state->header, state->header_len)) {
			leave(state, out, ret_len);
			return 0;
		}
	}
	header.len = state->header_len;
	state->place = ZSTD_FRAME;
	return run(state, &header, none, sizeof(none), &len);
}

static int zstd_decode(void *ctx, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	struct zstd *state = ctx;

	*ret_len = 0;
	switch (state->place) {
	case ZSTD_HEADER:
		return take_header(state, in, out, ret_len);
	case ZSTD_FRAME:
		return run(state, in, out, capacity, ret_len);
	case ZSTD_PLAIN:
		*ret_len = coding_pass(in, out, capacity);
		return 0;
	default:
		in->len = 0;
		return 0;
	}
}

const struct coding_ops coding_zstd = {
	.init = zstd_new,
	.decode = zstd_decode,
	.complete = zstd_complete,
	.done = zstd_done,
};
