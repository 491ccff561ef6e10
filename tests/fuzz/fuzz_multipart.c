/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte is the length of the pieces, the first line behind it the
 * Content-Type, the rest the body. Whole and cut input must give the same
 * fields, none longer than the limits.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "llm/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_field(void *ctx, const struct multipart_field *field)
{
	assert(field->name.len > 0 && field->name.len <= MULTIPART_NAME_BYTES);
	assert(field->value.len <= MULTIPART_VALUE_BYTES && (!field->is_file || field->value.len == 0));
	if (buffer_printf(ctx, "%zu %zu %d ", field->name.len, field->value.len, field->is_file) < 0 ||
	    buffer_append(ctx, field->name.ptr, field->name.len) < 0 ||
	    buffer_append(ctx, field->value.ptr, field->value.len) < 0)
		abort();
}

static struct buffer run(struct slice type, struct slice body, size_t piece)
{
	struct buffer fields = { 0 };
	struct multipart *multipart;

	if (multipart_open(type, on_field, &fields, &multipart) != 0)
		return fields;
	for (size_t at = 0; at < body.len; at += piece) {
		size_t n = body.len - at < piece ? body.len - at : piece;
		/* An exact copy, so that a read past its end shows. */
		char *copy = malloc(n);

		if (!copy)
			abort();
		memcpy(copy, body.ptr + at, n);
		multipart_feed(multipart, (struct slice){ copy, n });
		free(copy);
	}
	if (buffer_printf(&fields, "%d", multipart_complete(multipart)) < 0)
		abort();
	free(multipart);
	return fields;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *end;
	struct buffer whole, cut;
	struct slice type, body;

	end = size > 1 ? memchr(text, '\n', size - 1) : NULL;
	if (!end)
		return 0;
	type = (struct slice){ text, (size_t)(end - text) };
	body = (struct slice){ end + 1, size - 2 - type.len };
	whole = run(type, body, SIZE_MAX / 2);
	cut = run(type, body, 1 + data[0] % 16u);
	assert(slice_eq(buffer_slice(&whole), buffer_slice(&cut)));
	buffer_done(&whole);
	buffer_done(&cut);
	return 0;
}
