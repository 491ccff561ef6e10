/* SPDX-License-Identifier: Apache-2.0 */
#include "export/lines.h"

#include <errno.h>
#include <linux/limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

void lines_init(struct lines *lines, int fd, struct metric_series *lost)
{
	struct stat status = { 0 };

	(void)fstat(fd, &status);
	*lines = (struct lines){
		.fd = fd,
		.is_socket = S_ISSOCK(status.st_mode),
		.is_pipe = S_ISFIFO(status.st_mode),
		.pending = { .limit = LINES_PENDING_BYTES },
		.lost = lost,
	};
}

static bool has_pending(const struct lines *lines)
{
	return lines->pending.len > lines->written;
}

static struct slice unwritten(const struct lines *lines)
{
	return (struct slice){ lines->pending.data + lines->written, lines->pending.len - lines->written };
}

static size_t first_line_len(const struct lines *lines)
{
	struct slice rest = unwritten(lines);

	return (size_t)((const char *)memchr(rest.ptr, '\n', rest.len) + 1 - rest.ptr);
}

/* Moves bytes to the front only when half the buffer is done, not for each line. */
static void advance(struct lines *lines, size_t len)
{
	lines->written += len;
	if (lines->written == lines->pending.len || lines->written > LINES_PENDING_BYTES / 2) {
		buffer_consume(&lines->pending, lines->written);
		lines->written = 0;
	}
}

static void lose_first(struct lines *lines)
{
	metric_add(lines->lost, 1);
	lines->begun = false;
	advance(lines, first_line_len(lines));
}

static bool takes_bytes(const struct lines *lines)
{
	struct pollfd wait = { .fd = lines->fd, .events = POLLOUT };

	/* An error is for write(2) to name. */
	return poll(&wait, 1, 0) != 0;
}

/* An fd that polls as writable may still block in the middle of a long write:
 * the caller's O_NONBLOCK is not ours to set, others share the file. A pipe
 * takes PIPE_BUF bytes at once, a socket can be told, disks are quick. */
static ssize_t write_some(const struct lines *lines, size_t len)
{
	const char *bytes = unwritten(lines).ptr;

	if (lines->is_socket)
		return send(lines->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(lines->fd, bytes, lines->is_pipe && len > PIPE_BUF ? PIPE_BUF : len);
}

/* A full disk may have room again; a closed pipe has no reader again. */
static bool is_final(int err)
{
	return err == EPIPE || err == ECONNRESET || err == EBADF || err == EIO;
}

/* Returns whether it is worth going on. */
static bool failed(struct lines *lines, int err)
{
	if (err == EINTR)
		return true;
	if (err == EAGAIN)
		return false;
	lines->gone = is_final(err);
	if (lines->gone || !lines->begun) {
		lose_first(lines);
		return true;
	}
	return false;
}

/* Returns whether it is worth going on. */
static bool write_first(struct lines *lines)
{
	size_t len = first_line_len(lines);
	ssize_t n;

	if (lines->gone) {
		lose_first(lines);
		return true;
	}
	if (!takes_bytes(lines))
		return false;
	n = write_some(lines, len);
	if (n < 0)
		return failed(lines, errno);
	lines->begun = (size_t)n < len;
	advance(lines, (size_t)n);
	return true;
}

bool lines_flush(struct lines *lines)
{
	while (has_pending(lines) && write_first(lines))
		;
	return has_pending(lines);
}

void lines_put(struct lines *lines, struct slice line)
{
	if (lines->gone || buffer_append(&lines->pending, line.ptr, line.len) < 0) {
		metric_add(lines->lost, 1);
		return;
	}
	(void)lines_flush(lines);
}

void lines_done(struct lines *lines, int timeout_ms)
{
	uint64_t end = clock_monotonic_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC;

	while (lines_flush(lines) && clock_monotonic_ns() < end)
		(void)poll(NULL, 0, 10);
	lines->gone = true;
	(void)lines_flush(lines);
	buffer_done(&lines->pending);
}
