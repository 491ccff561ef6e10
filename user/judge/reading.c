/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reading.h"

const char *const reading_names[READING_MAX] = {
#define X(id, name, unit, about) [id] = name,
	READINGS(X)
#undef X
};

const char *const reading_units[READING_MAX] = {
#define X(id, name, unit, about) [id] = unit,
	READINGS(X)
#undef X
};

bool reading_is_event(enum reading_kind kind)
{
	return kind == READING_INJECTION || kind == READING_SECRET_LEAK || kind == READING_RISK ||
	       kind == READING_MODEL_CHANGE;
}
