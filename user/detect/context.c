/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/context.h"

#include <stdlib.h>

#define LEAD_BYTES 40

struct context *context_new(struct slice window, uint64_t base, uint64_t start, uint64_t end)
{
	uint64_t from = start > base + LEAD_BYTES ? start - LEAD_BYTES : base;
	struct context *context;
	size_t len;

	if (start < base || from >= base + window.len || end < start)
		return NULL;
	context = calloc(1, sizeof(*context));
	if (!context)
		return NULL;
	len = (size_t)(base + window.len - from);
	context->from = from;
	context->len = len < CONTEXT_BYTES ? (uint32_t)len : CONTEXT_BYTES;
	memcpy(context->text, window.ptr + (from - base), context->len);
	return context;
}

struct context *context_copy(const struct context *context)
{
	struct context *copy = context ? malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *context;
	return copy;
}

void context_mask(struct context *context, uint64_t start, uint64_t end)
{
	uint64_t last = context->from + context->len;

	for (uint64_t at = start > context->from ? start : context->from; at < end && at < last; at++)
		context->text[at - context->from] = '*';
}
