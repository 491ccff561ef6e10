/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/text_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

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
	lines->consumed += lines->from;
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
	lines->offset = lines->consumed + lines->from;
	lines->from += len + end;
}

/* Drops what is held of a line that is too long, until its end came. */
static int pass_rest(struct text_lines *lines)
{
	while (lines->passing) {
		size_t left = lines->bytes.len - lines->from;
		const char *from = lines->bytes.data + lines->from;
		const char *end = left > 0 ? memchr(from, '\n', left) : NULL;
		int err;

		lines->from += end ? (size_t)(end - from) + 1 : left;
		lines->passing = !end && !lines->ended;
		err = lines->passing ? read_more(lines) : 0;
		if (err < 0)
			return err;
	}
	return 0;
}

/* Programs of Windows put one before what they write in UTF-8. */
static int pass_mark(struct text_lines *lines)
{
	int err = 0;

	if (lines->begun)
		return 0;
	while (err == 0 && !lines->ended && lines->bytes.len < strlen(BYTE_ORDER_MARK))
		err = read_more(lines);
	if (slice_starts(buffer_slice(&lines->bytes), SLICE(BYTE_ORDER_MARK)))
		lines->from = strlen(BYTE_ORDER_MARK);
	lines->begun = true;
	return err;
}

int text_lines_next(struct text_lines *lines, struct slice *ret)
{
	size_t looked = 0;
	int begin = pass_mark(lines);

	if (begin == 0)
		begin = pass_rest(lines);
	if (begin < 0)
		return begin;

	for (;;) {
		size_t left = lines->bytes.len - lines->from;
		const char *from = lines->bytes.data + lines->from;
		const char *end = left > looked ? memchr(from + looked, '\n', left - looked) : NULL;
		int err;

		if (end && (size_t)(end - from) <= TEXT_LINE_BYTES_MAX) {
			give(lines, (size_t)(end - from), 1, ret);
			return 1;
		}
		if (left > TEXT_LINE_BYTES_MAX) {
			lines->passing = true;
			return -E2BIG;
		}
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
