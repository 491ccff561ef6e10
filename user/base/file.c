/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define STEP_BYTES 16384

int file_read_fd(int fd, size_t max_bytes, struct buffer *out)
{
	size_t start = out->len;
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	for (;;) {
		int err = buffer_reserve(out, STEP_BYTES);
		ssize_t n;

		if (err < 0)
			return err;
		n = read(fd, out->data + out->len, STEP_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		out->len += (size_t)n;
		if (out->len - start > max_bytes)
			return -E2BIG;
	}
}

int file_read(const char *path, size_t max_bytes, struct buffer *out)
{
	/* Not to hang on a FIFO that somebody put there. */
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : file_read_fd(fd, max_bytes, out);
}

int file_write(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}
