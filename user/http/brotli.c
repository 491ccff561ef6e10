/* SPDX-License-Identifier: Apache-2.0 */
/*
 * br (RFC 7932) by libbrotlidec. Windows are at most 16 MiB: the large ones of
 * its extension are no content coding. The decoder's ring buffer grows with
 * what comes out. Bytes behind the end are ignored, as for the other codings.
 */
#include "http/coding.h"

#include <brotli/decode.h>
#include <errno.h>

struct brotli {
	BrotliDecoderState *decoder;
	const struct coding_memory *memory;
	bool ended;
};

static void *brotli_alloc(void *memory, size_t size)
{
	return coding_alloc(memory, size);
}

static void brotli_free(void *memory, void *pointer)
{
	coding_free(memory, pointer);
}

static int brotli_new(void **ret_state, int variant, const struct coding_memory *memory)
{
	struct brotli *state = coding_alloc(memory, sizeof(*state));

	(void)variant;
	if (!state)
		return -ENOMEM;
	*state = (struct brotli){ .memory = memory };
	/* The library hands the pointer back as it is; its type lacks the const. */
	state->decoder = BrotliDecoderCreateInstance(brotli_alloc, brotli_free, (void *)(uintptr_t)memory);
	if (!state->decoder) {
		coding_free(memory, state);
		return -ENOMEM;
	}
	*ret_state = state;
	return 0;
}

static void brotli_done(void *ctx)
{
	struct brotli *state = ctx;

	BrotliDecoderDestroyInstance(state->decoder);
	coding_free(state->memory, state);
}

static bool brotli_complete(const void *ctx)
{
	return ((const struct brotli *)ctx)->ended;
}

static int error_of(const struct brotli *state)
{
	BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state->decoder);

	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES ?
		       -ENOMEM : -EBADMSG;
}

static int brotli_decode(void *ctx, struct slice *in, uint8_t *out, size_t capacity, size_t *ret_len)
{
	const uint8_t *next_in = (const uint8_t *)in->ptr;
	struct brotli *state = ctx;
	size_t room = capacity;
	BrotliDecoderResult result;

	*ret_len = 0;
	if (state->ended) {
		in->len = 0;
		return 0;
	}
	result = BrotliDecoderDecompressStream(state->decoder, &in->len, &next_in, &room, &out, NULL);
	in->ptr = (const char *)next_in;
	*ret_len = capacity - room;
	state->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
	return result == BROTLI_DECODER_RESULT_ERROR ? error_of(state) : 0;
}

const struct coding_ops coding_brotli = {
	.init = brotli_new,
	.decode = brotli_decode,
	.complete = brotli_complete,
	.done = brotli_done,
};
