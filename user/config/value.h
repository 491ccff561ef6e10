/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that an option can take: text from a flag, a variable or a file
 * in, a checked value or a sentence that names the cure out.
 */
#ifndef PROMTAP_CONFIG_VALUE_H
#define PROMTAP_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

enum value_type {
	VALUE_UNKNOWN = 0,
	VALUE_PATH,	/* of a file; "-" where the option says so */
	VALUE_PATHS,	/* of files, parted by commas */
	VALUE_NAME,	/* of a machine */
	VALUE_ADDRESS,	/* ADDR:PORT with an IP address */
	VALUE_LEVEL,	/* of the log */
	VALUE_SIZE,	/* bytes: 65536, 64K, 1M, 1G */
	VALUE_BOOL,
	VALUE_PROVIDERS,	/* HOST=NAME or HOST=NAME/GATEWAY, parted by commas; in a file also a mapping */
	VALUE_NAMES,	/* of services and programs, parted by commas */
	VALUE_MONEY,	/* whose money counts */
	VALUE_TYPE_MAX
};

/* What is allowed; the bounds are for VALUE_SIZE. */
struct value_rule {
	enum value_type type;
	bool power_of_two;
	uint64_t min, max;
};

#define VALUE_PROBLEM_BYTES 256

/* 0, and *ret_number for sizes and booleans (0 for the types kept as text); or
 * -EINVAL, and `ret_problem` says what is wrong and what to write. */
int value_parse(const struct value_rule *rule, const char *text, uint64_t *ret_number,
		char ret_problem[VALUE_PROBLEM_BYTES]);

/* Of a type whose value is kept as the text itself. */
bool value_is_text(enum value_type type);

#endif
