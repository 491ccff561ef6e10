/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/reading.h"

#include <stdio.h>
#include <string.h>

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

/* Of one there is no plural. */
static int letters_of(const char *unit, double value)
{
	size_t len = strlen(unit);

	if (value != 1 || unit[len - 1] != 's' || strcmp(unit, "ms") == 0)
		return (int)len;
	return (int)len - (strcmp(unit, "processes") == 0 ? 2 : 1);
}

const char *reading_spell(enum reading_kind kind, double value, char ret[READING_SPELLING_BYTES])
{
	const char *unit = reading_units[kind];

	if (strcmp(unit, "ratio") == 0)
		(void)snprintf(ret, READING_SPELLING_BYTES, "%.3g %%", 100 * value);
	else if (strcmp(unit, "percent") == 0)
		(void)snprintf(ret, READING_SPELLING_BYTES, "%.6g %%", value);
	else if (strcmp(unit, "usd") == 0)
		(void)snprintf(ret, READING_SPELLING_BYTES, "%.6g USD", value);
	else
		(void)snprintf(ret, READING_SPELLING_BYTES, "%.6g %.*s", value, letters_of(unit, value), unit);
	return ret;
}

bool reading_is_event(enum reading_kind kind)
{
	return kind == READING_INJECTION || kind == READING_SECRET_LEAK || kind == READING_RISK ||
	       kind == READING_MODEL_CHANGE;
}
