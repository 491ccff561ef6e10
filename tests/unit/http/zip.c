/* SPDX-License-Identifier: Apache-2.0 */
#include "zip.h"

#include <brotli/encode.h>
#include <check.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#define OUT_BYTES 4096

/* Codes some input and flushes it, or ends. */
typedef void (*coder_fn)(struct buffer *out, void *coder, struct slice plain, bool end);

static void deflate_some(struct buffer *out, void *coder, struct slice plain, bool end)
{
	z_stream *z = coder;
	char bytes[OUT_BYTES];

	z->next_in = (Bytef *)(uintptr_t)plain.ptr;
	z->avail_in = (uInt)plain.len;
	do {
		z->next_out = (Bytef *)bytes;
		z->avail_out = sizeof(bytes);
		ck_assert_int_ne(deflate(z, end ? Z_FINISH : Z_SYNC_FLUSH), Z_STREAM_ERROR);
		ck_assert_int_eq(buffer_append(out, bytes, sizeof(bytes) - z->avail_out), 0);
	} while (z->avail_out == 0);
}

static void brotli_some(struct buffer *out, void *coder, struct slice plain, bool end)
{
	const uint8_t *next = (const uint8_t *)plain.ptr;

	do {
		uint8_t bytes[OUT_BYTES], *next_out = bytes;
		size_t room = sizeof(bytes);

		ck_assert(BrotliEncoderCompressStream(coder, end ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH,
						      &plain.len, &next, &room, &next_out, NULL));
		ck_assert_int_eq(buffer_append(out, bytes, sizeof(bytes) - room), 0);
	} while (plain.len > 0 || BrotliEncoderHasMoreOutput(coder));
}

static void zstd_some(struct buffer *out, void *coder, struct slice plain, bool end)
{
	ZSTD_inBuffer in = { plain.ptr, plain.len, 0 };
	size_t left;

	do {
		char bytes[OUT_BYTES];
		ZSTD_outBuffer room = { bytes, sizeof(bytes), 0 };

		left = ZSTD_compressStream2(coder, &room, &in, end ? ZSTD_e_end : ZSTD_e_flush);
		ck_assert(!ZSTD_isError(left));
		ck_assert_int_eq(buffer_append(out, bytes, room.pos), 0);
	} while (left > 0);
}

static size_t code(struct buffer *out, coder_fn some, void *coder, struct slice plain, size_t flush_at)
{
	size_t before = out->len, flushed = 0;

	if (flush_at > 0) {
		some(out, coder, (struct slice){ plain.ptr, flush_at }, false);
		plain.ptr += flush_at;
		plain.len -= flush_at;
		flushed = out->len - before;
	}
	some(out, coder, plain, true);
	return flushed;
}

static size_t zip_zlib(struct buffer *out, struct slice plain, int window_bits, size_t flush_at)
{
	z_stream z = { 0 };
	size_t flushed;

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	flushed = code(out, deflate_some, &z, plain, flush_at);
	(void)deflateEnd(&z);
	return flushed;
}

static size_t zip_brotli(struct buffer *out, struct slice plain, size_t flush_at)
{
	BrotliEncoderState *encoder = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	size_t flushed;

	ck_assert(BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, 5));
	flushed = code(out, brotli_some, encoder, plain, flush_at);
	BrotliEncoderDestroyInstance(encoder);
	return flushed;
}

static size_t zip_zstd(struct buffer *out, struct slice plain, size_t flush_at, int window_log)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t flushed;

	ck_assert(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
	ck_assert(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
	ck_assert(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)));
	flushed = code(out, zstd_some, context, plain, flush_at);
	(void)ZSTD_freeCCtx(context);
	return flushed;
}

void zip_zstd_window(struct buffer *out, struct slice plain, int window_log)
{
	/* A flush keeps the encoder from choosing a window that fits the input. */
	(void)zip_zstd(out, plain, 1, window_log);
}

size_t zip(struct buffer *out, struct slice plain, enum zip_form form, size_t flush_at)
{
	static const int window_bits[] = { [ZIP_GZIP] = 31, [ZIP_ZLIB] = 15, [ZIP_RAW] = -15 };

	if (form == ZIP_BROTLI)
		return zip_brotli(out, plain, flush_at);
	if (form == ZIP_ZSTD)
		return zip_zstd(out, plain, flush_at, 0);
	return zip_zlib(out, plain, window_bits[form], flush_at);
}
