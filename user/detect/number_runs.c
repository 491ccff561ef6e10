/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/number_runs.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* Bytes side by side: the compiler makes the processor's own vectors of them. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool has_digit(const char *from)
{
	uint64_t halves[2];
	bytes16 bytes;

	memcpy(&bytes, from, sizeof(bytes));
	bytes = (bytes16)((bytes - '0') < 10);
	memcpy(halves, &bytes, sizeof(halves));
	return halves[0] | halves[1];
}

/* The upper bit of each of eight bytes, the first one lowest: it is no digit. What is behind the text is none. */
static uint64_t others(struct slice text, uint32_t at)
{
	uint64_t bytes = 0;

	if (at + sizeof(bytes) <= text.len)
		memcpy(&bytes, text.ptr + at, sizeof(bytes));
	else
		memcpy(&bytes, text.ptr + at, text.len - at);
	bytes = le64toh(bytes) ^ EACH('0');
	/* Digits are 0 to 9 now; no sum carries into the next byte. */
	return (((bytes & EACH(0x7f)) + EACH(0x80 - 10)) | bytes) & EACH(0x80);
}

/* The first digit from there on, or the end of the text. */
static uint32_t next_digit(struct slice text, uint32_t at)
{
	while (at + sizeof(bytes16) <= text.len && !has_digit(text.ptr + at))
		at += (uint32_t)sizeof(bytes16);
	for (; at < text.len; at += 8) {
		uint64_t digits = others(text, at) ^ EACH(0x80);

		if (digits)
			return at + (uint32_t)__builtin_ctzll(digits) / 8;
	}
	return (uint32_t)text.len;
}

static uint32_t end_of_digits(struct slice text, uint32_t at)
{
	for (; at < text.len; at += 8) {
		uint64_t ends = others(text, at);

		if (ends)
			return at + (uint32_t)__builtin_ctzll(ends) / 8;
	}
	return (uint32_t)text.len;
}

/* Whether what stands between two groups lets them be one number. */
static bool joins(struct slice between)
{
	if (between.len == 1)
		return memchr(" .-/)", between.ptr[0], 5);
	return between.len == 2 && slice_eq(between, SLICE(") "));
}

void number_runs_find(struct slice text, uint32_t min, number_run_fn fn, void *ctx)
{
	uint32_t digits = 0, end = 0;

	for (uint32_t at = next_digit(text, 0); at < text.len; at = next_digit(text, end)) {
		if (!joins((struct slice){ text.ptr + end, at - end }))
			digits = 0;
		end = end_of_digits(text, at);
		digits += end - at;
		if (digits >= min)
			fn(ctx, digits, end);
	}
}
