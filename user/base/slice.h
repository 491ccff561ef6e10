/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pointer and a length into bytes that somebody else owns. The lender says
 * until when they are valid. Not terminated by a zero byte.
 */
#ifndef PROMTAP_BASE_SLICE_H
#define PROMTAP_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case-insensitive, as header names and host names compare. */
static inline bool slice_caseeq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* Copies into a buffer of `size` > 0 bytes, cut to fit, always terminated.
 * Returns whether all of it fitted. */
static inline bool slice_copy(char *buffer, size_t size, struct slice s)
{
	size_t n = s.len < size ? s.len : size - 1;

	if (n > 0)
		memcpy(buffer, s.ptr, n);
	buffer[n] = '\0';
	return n == s.len;
}

#endif
