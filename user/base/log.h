/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on standard error: "promtap[role]: level: text". Parsers and
 * base/ do not log above debug; they return. Never put payload, header values
 * or names from the wire into a line.
 */
#ifndef PROMTAP_BASE_LOG_H
#define PROMTAP_BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_ERROR = 0,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVEL_MAX
};

/* `role` must outlive the process; shown in each line, null: none. */
void log_setup(const char *role, enum log_level level);
bool log_level_parse(const char *text, enum log_level *ret_level);

void log_print(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_print(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

/* At most one line per `interval_s` seconds and call site; says how many were
 * held back. What can repeat per event is a counter first and this second. */
#define log_limited(level, interval_s, ...)                                        \
	do {                                                                       \
		static struct log_limit limit_;                                    \
		if (log_limit_pass(&limit_, (interval_s)))                         \
			log_print((level), __VA_ARGS__);                           \
	} while (0)

struct log_limit {
	unsigned long long next_ns;
	unsigned long held_back;
};

bool log_limit_pass(struct log_limit *limit, unsigned interval_s);

#endif
