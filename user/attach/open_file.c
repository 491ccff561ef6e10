/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/PID/map_files is exact by nature, but needs CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN; without them the path of the mapping is walked below the
 * process's root, where neither an absolute symlink nor a magic link may lead
 * out, and what is found must be the mapped inode.
 */
#include "attach/open_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"

#ifndef BTRFS_SUPER_MAGIC
#define BTRFS_SUPER_MAGIC 0x9123683E
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200	/* Linux 6.5: a handle to compare, not to open */
#endif

/* Never waits for a pipe's other end, never becomes our terminal. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

bool file_id_eq(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

int open_proc(pid_t pid)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int regular_or_close(int fd)
{
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	(void)close(fd);
	return -EINVAL;
}

int open_executable(int proc_fd)
{
	return regular_or_close(openat(proc_fd, "exe", OPEN_FLAGS));
}

static int open_map_file(int proc_fd, const struct mapping *mapping)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, mapping->start, mapping->end);
	return regular_or_close(openat(proc_fd, path, OPEN_FLAGS));
}

/* File systems whose files have another device in stat(2) than in maps. */
static bool device_differs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && ((unsigned long)fs.f_type == OVERLAYFS_SUPER_MAGIC ||
					 (unsigned long)fs.f_type == BTRFS_SUPER_MAGIC);
}

static bool is_mapped_file(int fd, const struct mapping *mapping)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_ino != mapping->inode)
		return false;
	return st.st_dev == mapping->device || device_differs(fd);
}

static int open_below(int root_fd, const char *path, const struct mapping *mapping)
{
	struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd = regular_or_close((int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how)));

	if (fd < 0)
		return fd;
	if (is_mapped_file(fd, mapping))
		return fd;
	(void)close(fd);
	return -ESTALE;
}

int open_mapping(int proc_fd, const struct mapping *mapping)
{
	int root auto_close = -1;
	char path[PATH_MAX];
	int fd = open_map_file(proc_fd, mapping);

	if (fd >= 0)
		return fd;
	if (mapping->path.len == 0 || mapping->path.ptr[0] != '/' || !slice_copy(path, sizeof(path), mapping->path))
		return -ENOENT;
	root = openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = open_below(root, path, mapping);
	if (fd != -ENOENT)
		return fd;
	/* Of a process in a chroot the kernel prints paths as seen from our root. */
	close_fd(&root);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -errno : open_below(root, path, mapping);
}

/* On overlayfs the handle is made of that of the file below: the same through every mount of it. */
static bool identify_by_handle(int fd, struct file_id *id)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[MAX_HANDLE_SZ];
	} file = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	if (name_to_handle_at(fd, "", &file.handle, &mount, AT_EMPTY_PATH | AT_HANDLE_FID) != 0)
		return false;
	id->device = OVERLAYFS_SUPER_MAGIC;
	id->inode = hash_bytes(file.handle.f_handle, file.handle.handle_bytes, hash_seed());
	return true;
}

int file_identify(int fd, const struct map_id *map_id, struct file_id *ret)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) != 0 || fstatfs(fd, &fs) != 0)
		return -errno;
	*ret = (struct file_id){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	};
	if ((unsigned long)fs.f_type != OVERLAYFS_SUPER_MAGIC || identify_by_handle(fd, ret))
		return 0;
	/* Before Linux 6.8 maps say the device and inode of the file below. */
	if (map_id && map_id->device != ret->device) {
		ret->device = map_id->device;
		ret->inode = map_id->inode;
	}
	return 0;
}
