/* SPDX-License-Identifier: Apache-2.0 */
#include "zip.h"

#include <check.h>
#include <stdint.h>
#include <zlib.h>

static void run(struct buffer *out, z_stream *z, struct slice plain, int flush)
{
	char bytes[4096];

	z->next_in = (Bytef *)(uintptr_t)plain.ptr;
	z->avail_in = (uInt)plain.len;
	do {
		z->next_out = (Bytef *)bytes;
		z->avail_out = sizeof(bytes);
		ck_assert_int_ne(deflate(z, flush), Z_STREAM_ERROR);
		ck_assert_int_eq(buffer_append(out, bytes, sizeof(bytes) - z->avail_out), 0);
	} while (z->avail_out == 0);
}

void zip(struct buffer *out, struct slice plain, enum zip_form form, size_t flush_at)
{
	static const int window_bits[] = { [ZIP_GZIP] = 31, [ZIP_ZLIB] = 15, [ZIP_RAW] = -15 };
	z_stream z = { 0 };

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, window_bits[form], 8, Z_DEFAULT_STRATEGY), Z_OK);
	if (flush_at > 0) {
		run(out, &z, (struct slice){ plain.ptr, flush_at }, Z_SYNC_FLUSH);
		plain.ptr += flush_at;
		plain.len -= flush_at;
	}
	run(out, &z, plain, Z_FINISH);
	(void)deflateEnd(&z);
}
