/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seen from process 1, whose root is the host's also when promtap runs in a
 * container with the host's processes; from our own root where that is closed.
 */
#include "attach/standing.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ROOT_OF_FIRST "/proc/1/root"

static const char *const places[] = {
	"/lib/*/libssl.so.*",	      "/lib64/libssl.so.*", "/usr/lib/libssl.so.*", "/usr/local/lib/libssl.so.*",
	"/usr/local/lib64/libssl.so.*", "/usr/bin/node",      "/usr/local/bin/node",
};

struct root {
	int fd;
	const char *path;	/* without a slash at the end */
};

static struct root root_open(void)
{
	int fd = open(ROOT_OF_FIRST, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return (struct root){ fd, ROOT_OF_FIRST };
	return (struct root){ open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "" };
}

/* One more use of the file at a path below the root, or null. */
static struct file *place_use(struct files *files, int root_fd, const char *path, uint64_t now_ns)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd auto_close = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	struct file_id id;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || file_identify(fd, NULL, &id) != 0)
		return NULL;
	return files_use(files, &id, tls_library_of_path(slice_of(path)), take_fd(&fd), now_ns);
}

static void standing_add(struct standing *standing, struct file *file, uint64_t now_ns)
{
	for (size_t i = 0; i < standing->count; i++) {
		if (standing->files[i] == file) {
			files_drop(file, now_ns);
			return;
		}
	}
	if (standing->count < STANDING_MAX)
		standing->files[standing->count++] = file;
	else
		files_drop(file, now_ns);
}

static void place_add(struct standing *standing, struct files *files, const struct root *root, const char *place,
		      uint64_t now_ns)
{
	glob_t found = { .gl_pathc = 0 };
	char pattern[128];

	(void)snprintf(pattern, sizeof(pattern), "%s%s", root->path, place);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && i < STANDING_MAX; i++) {
			struct file *file = place_use(files, root->fd, found.gl_pathv[i] + strlen(root->path), now_ns);

			if (file)
				standing_add(standing, file, now_ns);
		}
	}
	globfree(&found);
}

void standing_refresh(struct standing *standing, struct files *files, uint64_t now_ns)
{
	struct standing old = *standing;
	struct root root = root_open();

	standing->count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(places) && root.fd >= 0; i++)
		place_add(standing, files, &root, places[i], now_ns);
	standing_done(&old, now_ns);
	close_fd(&root.fd);
}

void standing_done(struct standing *standing, uint64_t now_ns)
{
	while (standing->count > 0)
		files_drop(standing->files[--standing->count], now_ns);
}
