/* SPDX-License-Identifier: Apache-2.0 */
/* Coded bodies made on the spot. */
#ifndef PROMTAP_TESTS_HTTP_ZIP_H
#define PROMTAP_TESTS_HTTP_ZIP_H

#include "base/buffer.h"

enum zip_form {
	ZIP_GZIP = 0,
	ZIP_ZLIB,
	ZIP_RAW,
};

/* Appends `plain` coded. `flush_at` > 0: a sync flush behind so many bytes. */
void zip(struct buffer *out, struct slice plain, enum zip_form form, size_t flush_at);

#endif
