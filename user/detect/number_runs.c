/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/number_runs.h"

#include <stdbool.h>
#include <string.h>

#include "detect/bytes64.h"

/* Whether what stands between two groups lets them be one number. */
static bool joins(struct slice between)
{
	if (between.len == 1)
		return memchr(" .-/)", between.ptr[0], 5);
	return between.len == 2 && slice_eq(between, SLICE(") "));
}

struct search {
	struct slice text;
	uint32_t min;
	number_run_fn fn;
	void *ctx;
	uint32_t start;		/* of the group that is open */
	uint32_t end;		/* of the group before */
	uint32_t digits;	/* of the number so far */
	bool open;
};

static void begin_group(struct search *search, uint32_t at)
{
	if (!joins((struct slice){ search->text.ptr + search->end, at - search->end }))
		search->digits = 0;
	search->start = at;
	search->open = true;
}

static void end_group(struct search *search, uint32_t at)
{
	search->digits += at - search->start;
	search->end = at;
	search->open = false;
	if (search->digits >= search->min)
		search->fn(search->ctx, search->digits, at);
}

/* `digits`: bit i: byte `at` + i is one. */
static void take_block(struct search *search, uint32_t at, uint64_t digits)
{
	uint64_t edges = digits ^ (digits << 1 | search->open);

	for (; edges; edges &= edges - 1) {
		uint32_t edge = at + (uint32_t)__builtin_ctzll(edges);

		if (search->open)
			end_group(search, edge);
		else
			begin_group(search, edge);
	}
}

static uint64_t find_digits(const char *block)
{
	return BITS64(block, vec_in(v, '0', '9'));
}

void number_runs_find(struct slice text, uint32_t min, number_run_fn fn, void *ctx)
{
	struct search search = { .text = text, .min = min, .fn = fn, .ctx = ctx };
	char padded[BYTES64] = { 0 };
	uint32_t at = 0;

	for (; text.len - at >= BYTES64; at += BYTES64)
		take_block(&search, at, find_digits(text.ptr + at));
	if (text.len > at) {
		memcpy(padded, text.ptr + at, text.len - at);
		take_block(&search, at, find_digits(padded));
	}
	if (search.open)
		end_group(&search, (uint32_t)text.len);
}
