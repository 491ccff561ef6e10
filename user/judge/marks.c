/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/marks.h"

#include <string.h>

#include "llm/finish.h"

/* In a mark: error; refusal (0 unknown, 1 no, 2 yes); why the answer ended. */
#define MARK_ERROR 1u
#define REFUSAL_SHIFT 1
#define REFUSAL_MASK 3u
#define FINISH_SHIFT 3
#define FINISH_MASK 7u

enum {
	REFUSAL_UNKNOWN = 0,
	REFUSAL_NO,
	REFUSAL_YES,
};

/* A call that failed has no answer that could refuse. */
static unsigned refusal_of_call(const struct call *call, enum finish_kind finish)
{
	if (call->refused || call->declined || finish == FINISH_REFUSAL)
		return REFUSAL_YES;
	return call->error == ERROR_NONE ? REFUSAL_NO : REFUSAL_UNKNOWN;
}

uint8_t mark_of_call(const struct call *call)
{
	enum finish_kind finish = call_finish_kind(call);
	unsigned mark = call->error != ERROR_NONE ? MARK_ERROR : 0;

	mark |= refusal_of_call(call, finish) << REFUSAL_SHIFT;
	mark |= (unsigned)finish << FINISH_SHIFT;
	return (uint8_t)mark;
}

void marks_add(struct marks *marks, uint8_t mark)
{
	marks->bytes[marks->next] = mark;
	marks->next = marks->next + 1 == marks->capacity ? 0 : marks->next + 1;
	if (marks->count < marks->capacity)
		marks->count++;
}

_Static_assert(FINISH_MAX <= FINISH_MASK + 1 && FINISH_MAX <= DRIFT_CATEGORIES_MAX + 1, "every kind has its category");

/* -1: not known. */
static int category_of(uint8_t mark, enum drift_dimension dimension)
{
	switch (dimension) {
	case DRIFT_ERRORS:
		return mark & MARK_ERROR;
	case DRIFT_REFUSALS:
		return (int)(mark >> REFUSAL_SHIFT & REFUSAL_MASK) - REFUSAL_NO;
	default:
		return (int)(mark >> FINISH_SHIFT & FINISH_MASK) - FINISH_STOP;
	}
}

uint32_t marks_bad(enum drift_dimension dimension)
{
	uint32_t good = dimension == DRIFT_FINISH ? 1u << (FINISH_TOOL_CALLS - FINISH_STOP) | 1 : 1;

	return ~good;
}

void marks_count(const struct marks *marks, enum drift_dimension dimension, size_t skip, size_t n,
		 uint64_t ret[DRIFT_CATEGORIES_MAX])
{
	size_t at = marks->next, counted = 0;

	memset(ret, 0, DRIFT_CATEGORIES_MAX * sizeof(*ret));
	for (size_t back = 0; back < marks->count && counted < n; back++) {
		int category;

		at = (at > 0 ? at : marks->capacity) - 1;
		category = category_of(marks->bytes[at], dimension);
		if (category < 0)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		ret[category]++;
		counted++;
	}
}
