/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/flood.h"

#include "detect/bytes64.h"

#define PERIOD_MIN 2		/* a letter and a blank */
#define PERIOD_MAX 128
#define SAME_BYTES 64		/* as far as that a period is believed; more than a vector and two bytes */
#define PLACES 4

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t';
}

/* A word or line: rulers, indentation and padding are none. */
static bool has_word(struct slice period)
{
	bool blank = false, letter = false;

	for (size_t i = 0; i < period.len; i++) {
		unsigned char byte = (unsigned char)period.ptr[i];

		blank |= is_blank(period.ptr[i]);
		letter |= (unsigned char)((byte | 0x20) - 'a') < 26 || byte >= 0x80;
	}
	return blank && letter;
}

/* Of the places from `from` on, as many as a vector has bytes: where the first three bytes of `as` stand. */
static uint64_t find_three(const char *from, const char *as)
{
	return vec_bits((vec_load(from) == as[0]) & (vec_load(from + 1) == as[1]) & (vec_load(from + 2) == as[2]));
}

/* The bytes after which the text goes on as it did at `at`; 0: it does not. */
static size_t period_at(struct slice text, size_t at)
{
	const char *as = text.ptr + at;

	for (size_t first = PERIOD_MIN; first <= PERIOD_MAX && at + first + SAME_BYTES <= text.len; first += VEC_BYTES) {
		for (uint64_t found = find_three(as + first, as); found; found &= found - 1) {
			size_t period = first + (size_t)__builtin_ctzll(found);

			if (period > PERIOD_MAX || at + period + SAME_BYTES > text.len)
				return 0;
			if (memcmp(as, as + period, SAME_BYTES) == 0)
				return period;
		}
	}
	return 0;
}

static bool measure(struct slice text, size_t at, size_t period, uint32_t *ret_start, uint32_t *ret_end)
{
	size_t start = at, end = at + period;

	while (start > 0 && text.ptr[start - 1] == text.ptr[start - 1 + period])
		start--;
	while (end < text.len && text.ptr[end] == text.ptr[end - period])
		end++;
	*ret_start = (uint32_t)start;
	*ret_end = (uint32_t)end;
	return (end - start) / period >= FLOOD_REPEATS;
}

bool flood_find(struct slice text, uint32_t *ret_start, uint32_t *ret_end)
{
	if (text.len < PERIOD_MIN * FLOOD_REPEATS)
		return false;
	for (size_t i = 0; i < PLACES; i++) {
		size_t at = text.len / PLACES * i, period = period_at(text, at);

		if (period > 0 && has_word((struct slice){ text.ptr + at, period }) &&
		    measure(text, at, period, ret_start, ret_end))
			return true;
	}
	return false;
}
