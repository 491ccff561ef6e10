/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/rule_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"

#define CACHE_MAGIC 0x3173656c75727470ull	/* changes with the layout */
#define HASH_SEED 0x72756c6573000001ull		/* the same in every process */
#define NAME_BYTES 32
#define BYTES_MAX IMAGE_BYTES_MAX
#define LISTED_MAX 64

struct cache_head {
	uint64_t magic, key;
	uint64_t bytes, hash;	/* of what follows */
};

static void name_file(uint64_t key, char ret[NAME_BYTES])
{
	(void)snprintf(ret, NAME_BYTES, "rules-%016" PRIx64 ".hs", key);
}

/* The folder, or a file in it, that nobody but this user and root can change. */
static bool is_ours(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (status.st_uid == geteuid() || status.st_uid == 0) &&
	       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_folder(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return is_ours(fd) ? take_fd(&fd) : -EPERM;
}

/* ---- listing ---- */

struct listed {
	char name[NAME_BYTES];
	struct timespec used;
};

static int newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct listed *)a)->used, *y = &((const struct listed *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

static bool is_cache_file(const char *name)
{
	return strncmp(name, "rules-", 6) == 0 && strlen(name) == strlen("rules-0123456789abcdef.hs") &&
	       strcmp(name + strlen(name) - 3, ".hs") == 0;
}

static DIR *open_listing(int folder_fd)
{
	auto_close int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (folder)
		(void)take_fd(&fd);
	return folder;
}

/* The one that was used last comes first. */
static size_t list_files(int folder_fd, struct listed list[LISTED_MAX])
{
	DIR *folder = open_listing(folder_fd);
	struct dirent *entry;
	size_t count = 0;

	if (!folder)
		return 0;
	while (count < LISTED_MAX && (entry = readdir(folder))) {
		struct stat status;

		if (!is_cache_file(entry->d_name) ||
		    fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		(void)slice_copy(list[count].name, NAME_BYTES, slice_of(entry->d_name));
		list[count++].used = status.st_mtim;
	}
	(void)closedir(folder);
	qsort(list, count, sizeof(list[0]), newest_first);
	return count;
}

/* ---- reading ---- */

/* And of the key that its name says. */
static bool is_whole(struct slice file, const char *name)
{
	struct cache_head head;
	char right[NAME_BYTES];

	if (file.len < sizeof(head))
		return false;
	memcpy(&head, file.ptr, sizeof(head));
	name_file(head.key, right);
	return head.magic == CACHE_MAGIC && strcmp(name, right) == 0 && head.bytes == file.len - sizeof(head) &&
	       head.hash == hash_bytes(file.ptr + sizeof(head), head.bytes, HASH_SEED);
}

static int read_file(int folder_fd, const char *name, struct buffer *out)
{
	auto_close int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int err;

	if (fd < 0 || !is_ours(fd))
		return -ENOENT;
	err = file_read_fd(fd, BYTES_MAX, out);
	if (err == -ENOMEM)
		return err;
	if (err < 0 || !is_whole(buffer_slice(out), name)) {
		out->len = 0;
		return -ENOENT;
	}
	(void)futimens(fd, NULL);	/* it is in use: others go first */
	buffer_consume(out, sizeof(struct cache_head));
	return 0;
}

int rule_cache_read(const char *folder, uint64_t key, struct buffer *out)
{
	auto_close int folder_fd = open_folder(folder);
	char name[NAME_BYTES];

	name_file(key, name);
	return folder_fd < 0 ? -ENOENT : read_file(folder_fd, name, out);
}

int rule_cache_read_newest(const char *folder, struct buffer *out)
{
	auto_close int folder_fd = open_folder(folder);
	struct listed list[LISTED_MAX];

	if (folder_fd < 0 || list_files(folder_fd, list) == 0)
		return -ENOENT;
	return read_file(folder_fd, list[0].name, out);
}

/* ---- writing ---- */

static int write_file(int folder_fd, const char *name, uint64_t key, struct slice image)
{
	struct cache_head head = { CACHE_MAGIC, key, image.len,
				   hash_bytes(image.ptr, image.len, HASH_SEED) };
	auto_close int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = file_write(fd, (struct slice){ (const char *)&head, sizeof(head) });
	return err < 0 ? err : file_write(fd, image);
}

/* All but the newest. */
static void remove_old(int folder_fd)
{
	struct listed list[LISTED_MAX];
	size_t count = list_files(folder_fd, list);

	for (size_t i = RULE_CACHE_FILES_MAX; i < count; i++)
		(void)unlinkat(folder_fd, list[i].name, 0);
}

int rule_cache_write(const char *folder, uint64_t key, struct slice image)
{
	auto_close int folder_fd = -1;
	char name[NAME_BYTES], temporary[NAME_BYTES];
	int err;

	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	folder_fd = open_folder(folder);
	if (folder_fd < 0)
		return folder_fd;
	name_file(key, name);
	(void)snprintf(temporary, sizeof(temporary), ".rules-%d", (int)getpid());
	(void)unlinkat(folder_fd, temporary, 0);	/* of a process that is no more */
	err = write_file(folder_fd, temporary, key, image);
	if (err == 0 && renameat(folder_fd, temporary, folder_fd, name) < 0)
		err = -errno;
	if (err < 0)
		(void)unlinkat(folder_fd, temporary, 0);
	else
		remove_old(folder_fd);
	return err;
}
