/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite's files in a folder that is known by an open fd alone: the role that
 * writes them may be unable to reach the folder by its path.
 */
#ifndef PROMTAP_HISTORY_FOLDER_VFS_H
#define PROMTAP_HISTORY_FOLDER_VFS_H

#define FOLDER_PATH_BYTES 64

/* For the last argument of sqlite3_open_v2(). Null: SQLite cannot be started. */
const char *folder_vfs(void);

/* What to open there: the file `name` of the folder. The fd stays the caller's and open as long as the connection. */
void folder_path(int folder, const char *name, char ret[FOLDER_PATH_BYTES]);

#endif
