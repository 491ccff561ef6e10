/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer with a hard limit: what traffic fills is bounded
 * where it is declared. Zero-initialised with a limit it is empty and ready.
 */
#ifndef PROMTAP_BASE_BUFFER_H
#define PROMTAP_BASE_BUFFER_H

#include <stddef.h>

#include "base/slice.h"

struct buffer {
	char *data;	/* owned; null while empty */
	size_t len;
	size_t capacity;
	size_t limit;	/* bytes; 0: none (trusted input only) */
};

void buffer_done(struct buffer *buffer);

/* 0; -E2BIG over the limit, -ENOMEM: the buffer is as before. */
int buffer_append(struct buffer *buffer, const void *bytes, size_t len);
int buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `len` more bytes at data + len, which the caller fills and adds to
 * len. Same errors. */
int buffer_reserve(struct buffer *buffer, size_t len);

/* Drops the first `len` bytes; keeps the memory. */
void buffer_consume(struct buffer *buffer, size_t len);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
	return (struct slice){ buffer->data, buffer->len };
}

#endif
