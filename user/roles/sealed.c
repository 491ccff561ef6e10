/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"

static int write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

int sealed_new(const char *name, struct slice bytes)
{
	auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err = fd < 0 ? -errno : write_all(fd, bytes);

	if (err == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		err = -errno;
	return err < 0 ? err : take_fd(&fd);
}

int sealed_map(int fd, size_t bytes, struct slice *ret)
{
	void *map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	*ret = (struct slice){ map, bytes };
	return 0;
}

void sealed_unmap(struct slice mapped)
{
	(void)munmap((void *)mapped.ptr, mapped.len);
}
