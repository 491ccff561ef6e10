/* SPDX-License-Identifier: Apache-2.0 */
/* A token between backticks or in a fenced block is shown, not used. */
#include "detect/check_kinds.h"

#define LINE_BYTES 512	/* how far back a line's backticks are counted */
#define FENCE_INDENT 3	/* CommonMark 0.31 section 4.5 */

static bool is_fence(const char *line, const char *end)
{
	const char *p = line;

	while (p < end && p - line < FENCE_INDENT && *p == ' ')
		p++;
	return end - p >= 3 && (memcmp(p, "```", 3) == 0 || memcmp(p, "~~~", 3) == 0);
}

/*
 * The rule's state is how far lines were read and whether a fence was open
 * there, so that all of a text's matches together read it once. A match before
 * that place is in another window: what was open may still be.
 */
static bool in_fence(struct check_match *match)
{
	uint32_t from = *match->state >> 1;
	bool open = *match->state & 1;
	const char *p, *end = match->text.ptr + match->start;

	if (from > match->start)
		from = 0;
	p = match->text.ptr + from;
	while (p < end) {
		const char *next = memchr(p, '\n', (size_t)(end - p));

		open ^= is_fence(p, end);
		if (!next)
			break;
		p = next + 1;
	}
	if (p > end)
		p = end;
	/* The line at hand is read again: its own fence does not count twice. */
	*match->state = (uint32_t)(p - match->text.ptr) << 1 | (open ^ (p < end && is_fence(p, end)));
	return open;
}

static bool in_backticks(const struct check_match *match)
{
	const char *p = match->text.ptr + match->start;
	const char *begin = match->start > LINE_BYTES ? p - LINE_BYTES : match->text.ptr;
	unsigned int ticks = 0;

	while (p > begin && p[-1] != '\n')
		ticks += *--p == '`';
	return ticks % 2 == 1;
}

enum check_result check_unquoted(struct check_match *match)
{
	return in_fence(match) || in_backticks(match) ? CHECK_NO : CHECK_YES;
}
