/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words around a match, for people on the local terminal alone (`run
 * --redacted-context`): kept until the text is judged, credentials and personal
 * data masked.
 */
#ifndef PROMTAP_DETECT_CONTEXT_H
#define PROMTAP_DETECT_CONTEXT_H

#include <stdint.h>

#include "base/slice.h"

#define CONTEXT_BYTES 120

struct context {
	uint64_t from;		/* of its first byte in the text */
	uint32_t len;
	char text[CONTEXT_BYTES];
};

/* Bytes `start` to `end` of the text and some before and behind, as far as
 * `window`, which begins at `base` of the text, holds them. Null: nothing of it, or
 * out of memory. */
struct context *context_new(struct slice window, uint64_t base, uint64_t start, uint64_t end);
/* Null for null. */
struct context *context_copy(const struct context *context);

/* What lies in those bytes of the text can no longer be read. */
void context_mask(struct context *context, uint64_t start, uint64_t end);

#endif
