/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/self/fd/N/NAME is opened by way of the fd, whatever its path is now. But
 * SQLite makes a full path first (xFullPathname), which follows the link to the
 * folder's path, and opens that. So this is its usual VFS with that one step
 * left out; journal, shared memory and the sync of the folder take their names
 * from the same path. The last component is opened with O_NOFOLLOW as ever.
 */
#include "history/folder_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>

#include "base/slice.h"

static sqlite3_vfs vfs;
static const char *name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int full_pathname(sqlite3_vfs *self, const char *path, int size, char *ret)
{
	(void)self;
	return slice_copy(ret, (size_t)size, slice_of(path)) ? SQLITE_OK : SQLITE_CANTOPEN;
}

static void start(void)
{
	const sqlite3_vfs *usual;

	if (sqlite3_initialize() != SQLITE_OK)
		return;
	usual = sqlite3_vfs_find(NULL);
	if (!usual)
		return;
	vfs = *usual;
	vfs.pNext = NULL;
	vfs.zName = "promtap-folder";
	vfs.xFullPathname = full_pathname;
	if (sqlite3_vfs_register(&vfs, 0) == SQLITE_OK)
		name = vfs.zName;
}

const char *folder_vfs(void)
{
	(void)pthread_once(&once, start);
	return name;
}

void folder_path(int folder, const char *file, char ret[FOLDER_PATH_BYTES])
{
	(void)snprintf(ret, FOLDER_PATH_BYTES, "/proc/self/fd/%d/%s", folder, file);
}
