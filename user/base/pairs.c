/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pairs.h"

#include <errno.h>

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* What stands before the first comma; moves behind it. */
static struct slice take_part(struct slice *text)
{
	const char *comma = memchr(text->ptr, ',', text->len);
	struct slice part = { text->ptr, comma ? (size_t)(comma - text->ptr) : text->len };
	size_t taken = part.len + (comma ? 1 : 0);

	text->ptr += taken;
	text->len -= taken;
	return trim(part);
}

int pairs_next(struct slice *text, struct pair_of_text *ret)
{
	while (text->len > 0) {
		struct slice part = take_part(text);
		const char *equals;

		if (part.len == 0)
			continue;
		ret->key = part;
		equals = memchr(part.ptr, '=', part.len);
		if (!equals)
			return -EINVAL;
		ret->value = trim((struct slice){ equals + 1, (size_t)(part.ptr + part.len - equals - 1) });
		if (ret->value.len == 0 || equals == part.ptr)
			return -EINVAL;
		ret->key = trim((struct slice){ part.ptr, (size_t)(equals - part.ptr) });
		return 1;
	}
	return 0;
}
