/* SPDX-License-Identifier: Apache-2.0 */
/* Coded bodies made on the spot. */
#ifndef PROMTAP_TESTS_HTTP_ZIP_H
#define PROMTAP_TESTS_HTTP_ZIP_H

#include "base/buffer.h"

enum zip_form {
	ZIP_GZIP = 0,
	ZIP_ZLIB,
	ZIP_RAW,
	ZIP_BROTLI,
	ZIP_ZSTD,
};

/* Appends `plain` coded. `flush_at` > 0: a flush behind so many bytes; returns
 * how many coded ones lie before it. */
size_t zip(struct buffer *out, struct slice plain, enum zip_form form, size_t flush_at);

/* zstd with a window of 2^`window_log` bytes, which the frame's header says. */
void zip_zstd_window(struct buffer *out, struct slice plain, int window_log);

#endif
