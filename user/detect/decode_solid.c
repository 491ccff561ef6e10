/* SPDX-License-Identifier: Apache-2.0 */
/* Runs without blanks, and runs without letters: what is tried on each. */
#include "detect/decode_impl.h"

#define RUN91_LEAST 40u

/* What the first character tells of: letters in cells, or digits of base45 and base91. */
static bool take_first(struct decode *decode, size_t start, size_t end)
{
	if (decode->text.ptr[start] == '<' || decode->text.ptr[start] == '[' || decode->text.ptr[start] == ':' ||
	    decode->text.ptr[start] == '(' || decode->text.ptr[start] == '{')
		return decode_cells(decode, start) > start;
	return decode_base45(decode, start) > start || (end - start >= RUN91_LEAST && decode_base91(decode, start) > start);
}

static void take_solid(void *ctx, struct decode *decode, size_t start, size_t end)
{
	size_t count;

	if (decode_groups(decode, start) > start || decode_uu(decode, start) > start || decode->full)
		return;
	count = decode->count;
	decode_code64(decode, start, end, ctx);
	decode_base85(decode, start, end);
	if (decode->count == count && !decode->full)
		(void)take_first(decode, start, end);
}

void decode_solid(struct decode *decode)
{
	size_t done = 0;

	decode_each_run(decode, RUNS_SOLID, take_solid, &done);
}

/* A dump begins with its first digit. */
static bool find_dump(struct decode *decode, size_t start, size_t end)
{
	while (start < end && !byte_is(decode->text.ptr[start], BYTE_DIGIT)) {
		decode->steps++;
		start++;
	}
	return start < end && decode_dump(decode, start) > start;
}

/* Most are indentation: neither digits, nor dots and dashes or the first bytes of those beyond ASCII. */
static void take_figures(void *ctx, struct decode *decode, size_t start, size_t end)
{
	const char *text = decode->text.ptr;
	unsigned digits = 0, signs = 0;

	(void)ctx;
	for (size_t at = start; at < end; at++) {
		unsigned char byte = (unsigned char)text[at];

		digits |= (unsigned char)(byte - '0') < 10;
		signs |= (byte == '.') | (byte == '-') | (byte == '_') | (byte == 0xe2) | (byte == 0xc2);
	}
	if (digits && !find_dump(decode, start, end))
		decode_numbers(decode, start, end);
	if (signs && !decode->full)
		decode_morse(decode, start, end);
}

void decode_figures(struct decode *decode)
{
	decode_each_run(decode, RUNS_FIGURES, take_figures, NULL);
}
