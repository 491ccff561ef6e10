/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

int sealed_new(const char *name, struct slice bytes)
{
	auto_close int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err = fd < 0 ? -errno : file_write(fd, bytes);

	if (err == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		err = -errno;
	return err < 0 ? err : take_fd(&fd);
}

/* How far behind the beginning of a page. */
static size_t in_page(uint64_t at)
{
	return (size_t)(at & ((uint64_t)sysconf(_SC_PAGESIZE) - 1));
}

int sealed_map(int fd, uint64_t offset, uint64_t bytes, struct slice *ret)
{
	size_t before = in_page(offset);
	struct stat status;
	char *map;

	if (fstat(fd, &status) < 0)
		return -errno;
	/* Beyond its end a page of it would fault. */
	if (bytes == 0 || offset > (uint64_t)status.st_size || bytes > (uint64_t)status.st_size - offset)
		return -EBADMSG;
	map = mmap(NULL, before + bytes, PROT_READ, MAP_PRIVATE, fd, (off_t)(offset - before));
	if (map == MAP_FAILED)
		return -errno;
	*ret = (struct slice){ map + before, bytes };
	return 0;
}

/* From the page on in which they begin. */
static struct slice pages_of(struct slice mapped)
{
	size_t before = in_page((uintptr_t)mapped.ptr);

	return (struct slice){ mapped.ptr - before, before + mapped.len };
}

void sealed_unmap(struct slice mapped)
{
	struct slice pages = pages_of(mapped);

	(void)munmap((void *)pages.ptr, pages.len);
}

void sealed_let_go(struct slice mapped)
{
	struct slice pages = pages_of(mapped);

	(void)madvise((void *)pages.ptr, pages.len, MADV_DONTNEED);
}
