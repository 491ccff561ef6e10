/* SPDX-License-Identifier: Apache-2.0 */
#include "api/query.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "llm/call_read.h"

struct param_row {
	const char *name;
	int (*set)(const char *text, size_t len, const struct param_row *row, void *member);
	size_t offset;
	uint64_t min, max;
	const char *write;	/* what is right */
};

static int set_count(const char *text, size_t len, const struct param_row *row, void *member)
{
	unsigned long long number;

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return -EINVAL;
	number = strtoull(text, NULL, 10);
	if (number < row->min || number > row->max)
		return -EINVAL;
	*(uint64_t *)member = number;
	return 0;
}

static int set_text(const char *text, size_t len, const struct param_row *row, void *member)
{
	size_t characters = 0;

	(void)row;
	/* All bytes of UTF-8 but those that go on with a character. */
	for (size_t i = 0; i < len; i++)
		characters += ((unsigned char)text[i] & 0xc0) != 0x80;
	if (len == 0 || characters > QUERY_TEXT_CHARACTERS)
		return -EINVAL;
	return slice_copy(member, QUERY_TEXT_BYTES, (struct slice){ text, len }) ? 0 : -EINVAL;
}

static int set_time(const char *text, size_t len, const struct param_row *row, void *member)
{
	(void)row;
	return call_read_time((struct slice){ text, len }, member);
}

#define AT(member) offsetof(struct query, member)

static const struct param_row rows[PARAM_MAX] = {
	[PARAM_LIMIT] = { "limit", set_count, AT(limit), 1, LIMIT_MAX, "a whole number from 1 to 500" },
	[PARAM_OFFSET] = { "offset", set_count, AT(offset), 0, OFFSET_MAX, "a whole number from 0 to 1000000" },
	[PARAM_SERVICE] = { "service", set_text, AT(service), 0, 0, "a name of 1 to 128 characters" },
	[PARAM_MODEL] = { "model", set_text, AT(model), 0, 0, "a name of 1 to 128 characters" },
	[PARAM_PROVIDER] = { "provider", set_text, AT(provider), 0, 0, "a name of 1 to 128 characters" },
	[PARAM_SINCE] = { "since", set_time, AT(since_unix_ns), 0, 0, "a time such as 2026-01-31T12:00:00Z" },
};

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-encoding and '+' for a space, as forms have it. No zero byte comes of it. 0 or -EINVAL. */
static int decode(struct slice encoded, char ret[QUERY_TEXT_BYTES], size_t *ret_len)
{
	size_t len = 0;

	for (size_t i = 0; i < encoded.len; i++) {
		char c = encoded.ptr[i] == '+' ? ' ' : encoded.ptr[i];

		if (c == '%') {
			int high = i + 2 < encoded.len ? digit_of(encoded.ptr[i + 1]) : -1;
			int low = high >= 0 ? digit_of(encoded.ptr[i + 2]) : -1;

			if (low < 0)
				return -EINVAL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0' || len == QUERY_TEXT_BYTES - 1)
			return -EINVAL;
		ret[len++] = c;
	}
	ret[len] = '\0';
	*ret_len = len;
	return 0;
}

static const struct param_row *find_row(struct slice name, unsigned allowed, enum param *ret)
{
	for (enum param i = 0; i < PARAM_MAX; i++) {
		if ((allowed & PARAM_BIT(i)) && slice_eq(name, slice_of(rows[i].name))) {
			*ret = i;
			return &rows[i];
		}
	}
	return NULL;
}

static int fail(char ret_problem[QUERY_PROBLEM_BYTES], const char *what, const char *more)
{
	(void)snprintf(ret_problem, QUERY_PROBLEM_BYTES, "%s%s", what, more);
	return -EINVAL;
}

static int take(struct slice pair, unsigned allowed, unsigned *seen, struct query *ret,
		char ret_problem[QUERY_PROBLEM_BYTES])
{
	const char *equals = memchr(pair.ptr, '=', pair.len);
	struct slice name = { pair.ptr, equals ? (size_t)(equals - pair.ptr) : pair.len };
	struct slice encoded = { name.ptr + name.len + (equals != NULL), pair.len - name.len - (equals != NULL) };
	const struct param_row *row;
	char text[QUERY_TEXT_BYTES];
	enum param param;
	size_t len;

	row = find_row(name, allowed, &param);
	if (!row)
		return fail(ret_problem, "the query has a parameter that this path does not know", "");
	if (*seen & PARAM_BIT(param))
		return fail(ret_problem, row->name, " stands in the query twice");
	*seen |= PARAM_BIT(param);
	if (decode(encoded, text, &len) < 0 || row->set(text, len, row, (char *)ret + row->offset) < 0) {
		(void)snprintf(ret_problem, QUERY_PROBLEM_BYTES, "%s: write %s", row->name, row->write);
		return -EINVAL;
	}
	return 0;
}

int query_parse(const char *text, unsigned allowed, struct query *ret, char ret_problem[QUERY_PROBLEM_BYTES])
{
	unsigned seen = 0;

	*ret = (struct query){ .limit = LIMIT_DEFAULT, .since_unix_ns = INT64_MIN };
	while (*text) {
		size_t len = strcspn(text, "&");
		int err = take((struct slice){ text, len }, allowed, &seen, ret, ret_problem);

		if (err < 0)
			return err;
		text += len + (text[len] == '&');
	}
	return 0;
}
