/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that a field can take: text from a flag, a variable or a file in;
 * a checked value, or a sentence that names the cure, out. What was written is
 * quoted in messages cut and without control characters.
 */
#ifndef PROMTAP_CONFIG_VALUE_H
#define PROMTAP_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUE_PROBLEM_BYTES 256
#define VALUE_PRINT_BYTES 48

/* What a '%' behind a number makes of it. */
enum value_percent {
	PERCENT_NONE = 0,	/* refused: the number is of ms, dollars, ... */
	PERCENT_IS_SHARE,	/* "5%" is 0.05 */
	PERCENT_IS_UNIT,	/* "5%" is 5, as is "5" */
};

/* Writes "'TEXT' PROBLEM; CURE", of `len` bytes of text; false, for a check to return. */
bool value_refuse(char *ret_problem, const char *text, size_t len, const char *problem, const char *cure);

/* Each: whether `text` is one, which `*ret` then holds; else `ret_problem` says what to write. Bounds of 0 and 0
 * allow anything. */
bool value_bool(const char *text, bool *ret, char ret_problem[VALUE_PROBLEM_BYTES]);
bool value_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char ret_problem[VALUE_PROBLEM_BYTES]);
/* Bytes: 65536, 64K, 1M, 1G. */
bool value_size(const char *text, uint64_t min, uint64_t max, uint64_t *ret, char ret_problem[VALUE_PROBLEM_BYTES]);
/* Nanoseconds: "90s", "1h30m", "15d"; units ns, us, ms, s, m, h, d, w. */
bool value_duration(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		    char ret_problem[VALUE_PROBLEM_BYTES]);
/* Decimal; "5%" is 0.05. Never infinite, nor NAN. */
bool value_number(const char *text, double low, double high, enum value_percent percent, double *ret,
		  char ret_problem[VALUE_PROBLEM_BYTES]);

/* For the `check` of a field of text (schema.h). Lists are parted by commas. */
bool value_is_path(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);
bool value_is_paths(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);
bool value_is_name(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);	/* of a machine */
bool value_is_names(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);	/* of services and programs */
bool value_is_address(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);	/* ADDR:PORT, an IP address */
bool value_is_providers(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);	/* HOST=NAME[/GATEWAY],... */
bool value_is_power_of_two(const char *text, char ret_problem[VALUE_PROBLEM_BYTES]);	/* of a size */

/* UTF-8 without control characters: what can stand in one line of a file, and in a message. */
bool value_is_printable(const char *text, size_t len);

/* As one would write it: "64K", not 65536; "15m", not 900s. */
void value_print_size(uint64_t bytes, char ret_text[VALUE_PRINT_BYTES]);
void value_print_duration(uint64_t ns, char ret_text[VALUE_PRINT_BYTES]);

#endif
