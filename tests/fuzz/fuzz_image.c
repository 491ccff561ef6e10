/* SPDX-License-Identifier: Apache-2.0 */
/* The image of rules that the decoder maps: any bytes are refused, or all that is lent lies within. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct slice bytes, struct slice part)
{
	assert(part.ptr >= bytes.ptr && part.len <= bytes.len &&
	       (size_t)(part.ptr - bytes.ptr) <= bytes.len - part.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image image;
	struct slice bytes = { (const char *)data, size };
	struct buffer again = { 0 };
	int err = image_parse(bytes, &image);

	assert(err == 0 || err == -EBADMSG);
	if (err < 0)
		return 0;
	assert(image.count <= IMAGE_SOURCES_MAX);
	check_within(bytes, image.databases);
	for (size_t i = 0; i < image.count; i++) {
		check_within(bytes, slice_of(image.sources[i].file));
		check_within(bytes, image.sources[i].yaml);
	}
	/* Overlapping parts make it longer, never wrong. */
	err = image_write(&again, image.sources, image.count, image.databases);
	assert(err == 0 || err == -E2BIG);
	if (err == 0)
		assert(image_parse(buffer_slice(&again), &image) == 0);
	buffer_done(&again);
	return 0;
}
