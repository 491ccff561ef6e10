/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of where a match stands, what a URL carries and what a terminal
 * hides. The first byte says which, the next two how far apart matches stand;
 * the rest is the window. A match that is accepted stays in the window.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/check_kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	enum check_result (*accept)(struct check_match *match);
	const char *args;
} kinds[] = {
	{ check_unquoted, "" },	       { check_hidden_text, "" },      { check_carries_text, "image" },
	{ check_carries_text, "link" }, { check_carries_text, "encoded" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t state = 0, step, len;
	size_t kind;
	char *text;

	if (size < 3)
		return 0;
	kind = data[0] % ARRAY_SIZE(kinds);
	step = 1u + data[1] + (data[2] & 0x7f) * 256u;
	len = (uint32_t)size - 3;
	/* An exact copy, so that a read past its end shows. */
	text = malloc(len ? len : 1);
	if (!text)
		abort();
	if (len > 0)
		memcpy(text, data + 3, len);
	for (uint32_t at = 0; at <= len; at += step) {
		uint32_t end = at + (data[1] & 7);
		struct check_match match = { .text = { text, len }, .start = at, .end = end < len ? end : len,
					     .args = kinds[kind].args, .state = &state, .follows = data[2] & 0x80 };

		if (kinds[kind].accept(&match) == CHECK_NO)
			continue;
		if (match.start > match.end || match.end > len)
			abort();
	}
	free(text);
	return 0;
}
