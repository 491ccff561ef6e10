/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A query and a body, parted by a line feed, of any bytes: what is taken is
 * terminated, within its bounds, and no control characters come by a body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/query.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_query(const char *text)
{
	char problem[QUERY_PROBLEM_BYTES];
	struct query query;

	if (query_parse(text, PARAM_BIT(PARAM_MAX) - 1, &query, problem) < 0) {
		if (strnlen(problem, sizeof(problem)) == sizeof(problem))
			abort();
		return;
	}
	if (query.limit < 1 || query.limit > LIMIT_MAX || query.offset > OFFSET_MAX ||
	    strnlen(query.service, sizeof(query.service)) == sizeof(query.service) ||
	    strnlen(query.model, sizeof(query.model)) == sizeof(query.model) ||
	    strnlen(query.provider, sizeof(query.provider)) == sizeof(query.provider))
		abort();
}

static void parse_body(struct slice body)
{
	char by[8], until[16], problem[BODY_PROBLEM_BYTES];
	const struct body_member members[] = { { "by", by, sizeof(by), true }, { "until", until, sizeof(until), false } };

	if (body_read(body, members, ARRAY_SIZE(members), problem) < 0)
		return;
	if (by[0] == '\0' || strnlen(by, sizeof(by)) == sizeof(by) || strnlen(until, sizeof(until)) == sizeof(until))
		abort();
	for (const char *c = by; *c; c++) {
		if ((unsigned char)*c < 0x20)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	char *query = malloc(len + 1);

	if (!query)
		return 0;
	(void)slice_copy(query, len + 1, (struct slice){ (const char *)data, len });
	parse_query(query);
	free(query);
	if (end)
		parse_body((struct slice){ (const char *)end + 1, size - len - 1 });
	return 0;
}
