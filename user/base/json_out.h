/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON (RFC 8259) into a buffer. A number or text that is unknown is
 * null: INT64_MIN, NAN and infinities, an empty or absent text. The first error
 * stays, later writes do nothing; whoever began the writing looks at `error` at
 * its end. Bytes of a text that are no UTF-8 become U+FFFD. `name` is null for an element of an array, and is written as it is:
 * of the program's own, or json_out_string_key().
 */
#ifndef PROMTAP_BASE_JSON_OUT_H
#define PROMTAP_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct json_out {
	struct buffer *out;
	bool begun;	/* a member or element was written: the next needs a comma */
	int error;	/* 0 or -errno of the buffer */
};

void json_out_open(struct json_out *json, const char *name, char bracket);	/* '{' or '[' */
void json_out_close(struct json_out *json, char bracket);			/* '}' or ']' */

void json_out_null(struct json_out *json, const char *name);
void json_out_bool(struct json_out *json, const char *name, bool known, bool value);
void json_out_int(struct json_out *json, const char *name, int64_t number);
void json_out_count(struct json_out *json, const char *name, uint64_t count);	/* no count is unknown */
/* `value` / 10^digits, without trailing zeros. */
void json_out_decimal(struct json_out *json, const char *name, int64_t value, int digits);
/* The shortest of up to 15 digits that says it. */
void json_out_number(struct json_out *json, const char *name, double number);
void json_out_string(struct json_out *json, const char *name, const char *text);
void json_out_hex(struct json_out *json, const char *name, const uint8_t *bytes, size_t len);	/* at most 32 */
/* RFC 3339, UTC, with nanoseconds. */
void json_out_time(struct json_out *json, const char *name, int64_t unix_ns);
/* A key that is not the program's own; the value follows with a null name. */
void json_out_string_key(struct json_out *json, const char *key);

#endif
