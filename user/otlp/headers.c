/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/headers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pairs.h"
#include "config/schema.h"

/* What the sender or libcurl writes, or what would part the connection from what it carries. */
static const char *const taken[] = {
	"host", "content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "expect",
	"te", "trailer", "upgrade", "user-agent",
};

/* A token of RFC 9110, section 5.6.2. */
static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.ptr[i]) && !memchr("!#$%&'*+-.^_`|~", name.ptr[i], 15))
			return false;
	return name.len > 0 && name.len <= 256;
}

static bool is_taken(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (slice_caseeq(name, slice_of(taken[i])))
			return true;
	return false;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes the decoded value, which is not longer, at `out`. Null: it has an incomplete "%XX", or what may not stand in a
 * header. */
static char *decode(struct slice value, char *out)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c == '%') {
			int high = i + 2 < value.len ? hex_digit(value.ptr[i + 1]) : -1;
			int low = i + 2 < value.len ? hex_digit(value.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		*out++ = (char)c;
	}
	*out = '\0';
	return out;
}

/* "NAME: VALUE" of one pair. Null: why it is none. */
static const char *make_line(const struct pair_of_text *pair, char ret[HEADER_BYTES_MAX])
{
	if (!is_name(pair->key))
		return "has no name that a header can have; write NAME=VALUE";
	if (is_taken(pair->key))
		return "is one that promtap or the connection sets itself; remove it";
	if (pair->key.len + 2 + pair->value.len >= HEADER_BYTES_MAX)
		return "is over 4095 bytes; shorten it";
	memcpy(ret, pair->key.ptr, pair->key.len);
	memcpy(ret + pair->key.len, ": ", 2);
	if (!decode(pair->value, ret + pair->key.len + 2))
		return "holds a control character, or a % that begins no %XX; write %25 for a %";
	return NULL;
}

/* `headers` null: they are only looked at. `ret_problem` null: it does not matter why. Headers go by their number: what
 * stands in the place of a name may be a secret. */
static int read_pairs(const char *text, struct headers *headers, char *ret_problem)
{
	struct slice rest = slice_of(text);
	struct pair_of_text pair;
	char line[HEADER_BYTES_MAX];
	const char *problem = NULL;
	size_t count = 0;
	int more, err = 0;

	while (!problem && err == 0 && (more = pairs_next(&rest, &pair)) != 0) {
		problem = more < 0 ? "lacks its name or its value; write NAME=VALUE,NAME=VALUE" : make_line(&pair, line);
		if (++count > HEADERS_MAX)
			problem = "is one too many; write at most 16";
		if (!problem && headers)
			err = headers_add_line(headers, line);
	}
	explicit_bzero(line, sizeof(line));
	if (problem && ret_problem)
		(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "header %zu %s", count, problem);
	return problem ? -EINVAL : err;
}

int headers_add(struct headers *headers, const char *text)
{
	return text ? read_pairs(text, headers, NULL) : 0;
}

int headers_add_line(struct headers *headers, const char *line)
{
	if (headers->count == HEADER_LINES_MAX)
		return -EINVAL;
	headers->lines[headers->count] = strdup(line);
	if (!headers->lines[headers->count])
		return -ENOMEM;
	headers->count++;
	return 0;
}

void headers_done(struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		explicit_bzero(headers->lines[i], strlen(headers->lines[i]));
		free(headers->lines[i]);
	}
	headers->count = 0;
}

bool headers_are_right(const char *text, char *ret_problem)
{
	return read_pairs(text, NULL, ret_problem) == 0;
}
