/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are gathered whole in a buffer that holds the longest that Linux can print, then taken apart. */
#include "attach/maps.h"

#include <errno.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return UINT32_MAX;
}

/* Takes digits of `base` off the front of `text`, then `end`. */
static bool take_number(struct slice *text, unsigned base, char end, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < text->len && text->ptr[i] != end; i++) {
		unsigned digit = digit_value(text->ptr[i]);

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (i == 0 || i == text->len)
		return false;
	text->ptr += i + 1;
	text->len -= i + 1;
	*ret = value;
	return true;
}

/* "rwxp " */
static bool take_permissions(struct slice *text, bool *ret_executable)
{
	if (text->len < 5 || text->ptr[4] != ' ')
		return false;
	*ret_executable = text->ptr[2] == 'x';
	text->ptr += 5;
	text->len -= 5;
	return true;
}

/* The inode ends the line of anonymous memory: a space follows in all kernels. */
static bool mapping_parse(struct slice line, struct mapping *ret)
{
	uint64_t offset, major, minor;

	if (!take_number(&line, 16, '-', &ret->start) || !take_number(&line, 16, ' ', &ret->end) ||
	    !take_permissions(&line, &ret->executable) || !take_number(&line, 16, ' ', &offset) ||
	    !take_number(&line, 16, ':', &major) || !take_number(&line, 16, ' ', &minor) ||
	    !take_number(&line, 10, ' ', &ret->inode) || ret->end <= ret->start)
		return false;
	ret->device = makedev((unsigned)major, (unsigned)minor);
	while (line.len > 0 && line.ptr[0] == ' ') {
		line.ptr++;
		line.len--;
	}
	ret->path = line;
	return true;
}

void maps_reader_init(struct maps_reader *reader, mapping_fn fn, void *ctx)
{
	reader->fn = fn;
	reader->ctx = ctx;
	reader->len = 0;
	reader->skipping = false;
	reader->stopped = false;
}

static void line_end(struct maps_reader *reader)
{
	struct mapping mapping;

	if (!reader->skipping && mapping_parse((struct slice){ reader->line, reader->len }, &mapping))
		reader->stopped = !reader->fn(reader->ctx, &mapping);
	reader->len = 0;
	reader->skipping = false;
}

static void line_add(struct maps_reader *reader, const char *bytes, size_t len)
{
	if (reader->skipping || len > sizeof(reader->line) - reader->len) {
		reader->skipping = true;
		return;
	}
	memcpy(reader->line + reader->len, bytes, len);
	reader->len += len;
}

void maps_feed(struct maps_reader *reader, const char *bytes, size_t len)
{
	while (len > 0 && !reader->stopped) {
		const char *newline = memchr(bytes, '\n', len);
		size_t part = newline ? (size_t)(newline - bytes) : len;

		line_add(reader, bytes, part);
		if (newline) {
			line_end(reader);
			part++;
		}
		bytes += part;
		len -= part;
	}
}

int maps_read(int fd, mapping_fn fn, void *ctx)
{
	static struct maps_reader reader;
	static char bytes[65536];

	maps_reader_init(&reader, fn, ctx);
	while (!reader.stopped) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			maps_feed(&reader, bytes, (size_t)n);
	}
	return 0;
}
