/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
	buffer->len = 0;
	buffer->capacity = 0;
}

int buffer_reserve(struct buffer *buffer, size_t len)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 64;
	size_t needed = buffer->len + len;
	char *data;

	if (needed < len || (buffer->limit && needed > buffer->limit))
		return -E2BIG;
	if (needed <= buffer->capacity)
		return 0;
	while (capacity < needed)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *bytes, size_t len)
{
	int err = buffer_reserve(buffer, len);

	if (err < 0)
		return err;
	if (len > 0)
		memcpy(buffer->data + buffer->len, bytes, len);
	buffer->len += len;
	return 0;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	int n, err;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return -EINVAL;
	err = buffer_reserve(buffer, (size_t)n + 1);
	if (err < 0)
		return err;
	va_start(args, format);
	(void)vsnprintf(buffer->data + buffer->len, (size_t)n + 1, format, args);
	va_end(args);
	buffer->len += (size_t)n;
	return 0;
}

void buffer_consume(struct buffer *buffer, size_t len)
{
	if (len >= buffer->len) {
		buffer->len = 0;
		return;
	}
	memmove(buffer->data, buffer->data + len, buffer->len - len);
	buffer->len -= len;
}
