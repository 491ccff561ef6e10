/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading recordings; see record.h for the format. */
#include "capture/record.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

/* A record is a header and at most the largest class, or facts of a process. */
#define RECORD_BYTES_MAX (sizeof(struct event_data) + DATA_CLASS_3)

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

int recording_begin(int fd, int64_t realtime_offset_ns)
{
	struct recording_header header = {
		.version = RECORDING_VERSION,
		.event_version = EVENT_VERSION,
		.realtime_offset_ns = realtime_offset_ns,
	};

	memcpy(header.magic, RECORDING_MAGIC, sizeof(header.magic));
	return file_write(fd, (struct slice){ (const char *)&header, sizeof(header) });
}

int recording_append(int fd, const void *record, size_t size)
{
	static const char zeros[8];
	const struct event_header *event = record;
	struct iovec parts[2];
	size_t padding;
	ssize_t n;

	if (size < sizeof(*event) || event->size < sizeof(*event) || event->size > size)
		return -EBADMSG;
	padding = padded(event->size) - event->size;
	parts[0] = (struct iovec){ (void *)record, event->size };
	parts[1] = (struct iovec){ (void *)zeros, padding };
	n = writev(fd, parts, 2);
	if (n == (ssize_t)(event->size + padding))
		return 0;
	/* A file takes less than asked only when it is full: half a record must not stay. */
	if (n > 0)
		(void)!ftruncate(fd, lseek(fd, -(off_t)n, SEEK_CUR));
	return n < 0 ? -errno : -ENOSPC;
}

static int read_all(int fd, void *bytes, size_t len, size_t *ret_got)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)bytes + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret_got = got;
	return 0;
}

static int read_header(int fd, int64_t *ret_realtime_offset_ns)
{
	struct recording_header header;
	size_t got = 0;
	int err = read_all(fd, &header, sizeof(header), &got);

	if (err < 0)
		return err;
	if (got != sizeof(header) || memcmp(header.magic, RECORDING_MAGIC, sizeof(header.magic)) != 0 ||
	    header.version != RECORDING_VERSION || header.event_version != EVENT_VERSION)
		return -EBADMSG;
	*ret_realtime_offset_ns = header.realtime_offset_ns;
	return 0;
}

/* 1: one record was delivered, 0: the end, or -errno. */
static int replay_one(int fd, chunk_fn fn, void *ctx, uint64_t *offset)
{
	static _Thread_local alignas(8) unsigned char record[(RECORD_BYTES_MAX + 7) & ~7ul];
	struct event_header *header = (void *)record;
	size_t got = 0, rest;
	int err = read_all(fd, record, sizeof(*header), &got);

	if (err < 0 || got == 0)
		return err;
	if (got < sizeof(*header) || header->size < sizeof(*header) || header->size > RECORD_BYTES_MAX)
		return -EBADMSG;
	rest = padded(header->size) - sizeof(*header);
	err = read_all(fd, record + sizeof(*header), rest, &got);
	if (err < 0)
		return err;
	if (got < rest || chunk_from_event(record, header->size, fn, ctx) < 0)
		return -EBADMSG;
	*offset += padded(header->size);
	return 1;
}

int recording_replay(int fd, chunk_fn fn, void *ctx, int64_t *ret_realtime_offset_ns, uint64_t *ret_offset)
{
	int result = read_header(fd, ret_realtime_offset_ns);

	*ret_offset = 0;
	if (result < 0)
		return result;
	*ret_offset = sizeof(struct recording_header);
	do {
		result = replay_one(fd, fn, ctx, ret_offset);
	} while (result > 0);
	return result;
}
