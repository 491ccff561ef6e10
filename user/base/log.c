/* SPDX-License-Identifier: Apache-2.0 */
/* One write(2) per line, so that the lines of several roles do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

static const char *const level_names[LOG_LEVEL_MAX] = { "error", "warning", "info", "debug" };
static const char *log_role;
static enum log_level log_max = LOG_INFO;

void log_setup(const char *role, enum log_level level)
{
	log_role = role;
	log_max = level;
}

bool log_level_parse(const char *text, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void log_print(enum log_level level, const char *format, ...)
{
	char line[1024];
	size_t limit = sizeof(line) - 1;
	va_list args;
	int n;

	if (level > log_max)
		return;
	if (log_role)
		n = snprintf(line, limit, "promtap[%s]: %s: ", log_role, level_names[level]);
	else
		n = snprintf(line, limit, "promtap: %s: ", level_names[level]);
	va_start(args, format);
	n += vsnprintf(line + n, limit - (size_t)n, format, args);
	va_end(args);
	if ((size_t)n >= limit)
		n = (int)limit - 1;
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

bool log_limit_pass(struct log_limit *limit, unsigned interval_s)
{
	uint64_t now = clock_monotonic_ns();

	if (now < limit->next_ns) {
		limit->held_back++;
		return false;
	}
	if (limit->held_back > 0)
		log_print(LOG_INFO, "%lu lines like the next were held back", limit->held_back);
	limit->held_back = 0;
	limit->next_ns = now + interval_s * NSEC_PER_SEC;
	return true;
}
