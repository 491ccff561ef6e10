/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every check on any text. Two bytes, little end first, say where the match
 * ends, one how wide it is at least, one what surrounds the window; the rest
 * is the window. What a check accepts stands in the window, and a second look
 * says the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "detect/checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const arguments[] = {
	"", "hex:32", "url:20-", "base62:3 . digit:1-4", "10", "us", "americas", "companies", "europe", "elsewhere",
	"uk_nino es_dni es_nie ie_ppsn in_pan sg_nric de_card it_fiscal mx_curp",
};

static enum check_result run(const struct check *check, const char *args, struct check_match *match)
{
	uint32_t state = 0;

	match->args = args;
	match->state = &state;
	return check->accept(match);
}

static void try(const struct check *check, const char *args, const struct check_match *match)
{
	struct check_match first = *match, second = *match;
	enum check_result result = run(check, args, &first);

	assert(result == run(check, args, &second));
	if (result == CHECK_NO)
		return;
	assert(first.start <= first.end && first.end <= first.text.len);
	assert(first.start == second.start && first.end == second.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check_match match = { 0 };
	uint32_t len;
	char *text;

	if (size < 4)
		return 0;
	len = (uint32_t)(size - 4);
	text = malloc(len + !len);
	if (!text)
		abort();
	memcpy(text, data + 4, len);
	match.text = (struct slice){ text, len };
	match.end = ((uint32_t)data[0] | (uint32_t)data[1] << 8) % (len + 1);
	match.start = data[2] < match.end ? match.end - data[2] : 0;
	match.precedes = data[3] & 1;
	match.follows = data[3] & 2;
	match.now_unix_s = data[3] & 4 ? 1800000000 : 0;
	for (uint32_t i = 0; i < check_count; i++) {
		for (size_t args = 0; args < sizeof(arguments) / sizeof(arguments[0]); args++) {
			if (check_args_fit(&checks[i], arguments[args]))
				try(&checks[i], arguments[args], &match);
		}
	}
	free(text);
	return 0;
}
