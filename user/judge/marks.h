/* SPDX-License-Identifier: Apache-2.0 */
/* What is yes or no, or one of a few kinds, of the last N calls: a byte each. */
#ifndef PROMTAP_JUDGE_MARKS_H
#define PROMTAP_JUDGE_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "judge/drift.h"
#include "llm/call.h"

/* Refusal, error and finish of a call in a byte. */
uint8_t mark_of_call(const struct call *call);

struct marks {
	uint8_t *bytes;		/* `capacity` of them, the owner's */
	size_t capacity, count, next;
};

void marks_add(struct marks *marks, uint8_t mark);
/* By the categories of a dimension that is a share (refusals, errors, finish reasons): of the calls of which it is known
 * the last `n` before the last `skip`. */
void marks_count(const struct marks *marks, enum drift_dimension dimension, size_t skip, size_t n,
		 uint64_t ret[DRIFT_CATEGORIES_MAX]);
/* The categories that the share is of, as a mask. */
uint32_t marks_bad(enum drift_dimension dimension);

#endif
