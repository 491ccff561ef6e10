/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/text_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536

void text_lines_init(struct text_lines *lines, int fd)
{
	*lines = (struct text_lines){ .fd = fd, .bytes = { .limit = TEXT_LINE_BYTES_MAX + READ_BYTES } };
}

void text_lines_done(struct text_lines *lines)
{
	buffer_done(&lines->bytes);
}

static int read_more(struct text_lines *lines)
{
	ssize_t n;
	int err;

	buffer_consume(&lines->bytes, lines->from);
	lines->from = 0;
	err = buffer_reserve(&lines->bytes, READ_BYTES);
	if (err < 0)
		return err;
	do {
		n = read(lines->fd, lines->bytes.data + lines->bytes.len, READ_BYTES);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	lines->bytes.len += (size_t)n;
	lines->ended = n == 0;
	return 0;
}

static void give(struct text_lines *lines, size_t len, size_t end, struct slice *ret)
{
	*ret = (struct slice){ lines->bytes.data + lines->from, len };
	lines->from += len + end;
}

int text_lines_next(struct text_lines *lines, struct slice *ret)
{
	size_t looked = 0;

	for (;;) {
		size_t left = lines->bytes.len - lines->from;
		const char *from = lines->bytes.data + lines->from;
		const char *end = left > looked ? memchr(from + looked, '\n', left - looked) : NULL;
		int err;

		if (end) {
			give(lines, (size_t)(end - from), 1, ret);
			return 1;
		}
		if (left > TEXT_LINE_BYTES_MAX)
			return -E2BIG;
		if (lines->ended && left > 0)
			give(lines, left, 0, ret);
		if (lines->ended)
			return left > 0;
		looked = left;
		err = read_more(lines);
		if (err < 0)
			return err;
	}
}
