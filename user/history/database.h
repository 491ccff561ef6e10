/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database file as such: opened with care, brought to this version, looked
 * at, put aside. The bytes of the file are not trusted: it must hold exactly
 * the tables that history_steps make, and no view, trigger or function of it is
 * ever run.
 */
#ifndef PROMTAP_HISTORY_DATABASE_H
#define PROMTAP_HISTORY_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sqlite3.h>

#define HISTORY_FILE "history.db"
#define HISTORY_DAMAGED HISTORY_FILE ".damaged-"
#define HISTORY_DAMAGED_KEPT 2	/* files put aside; older ones go */

/* WAL. 0; -ENOTSUP: the file is of a later version (to read: of an earlier one, too), and is left as it is;
 * -EBADMSG: damaged, or none of ours; -EISDIR: no regular file; -ENOENT: to read, and there is
 * none; or another -errno. `write`: makes it
 * where there is none, with mode 0600 and the owner of the folder. Logs nothing. */
int database_open(int folder, bool write, sqlite3 **ret);
void database_close(sqlite3 *db);

/* The same of other steps, for tests. */
int database_migrate(sqlite3 *db, const char *const *steps, size_t count);

/* Whether every page and row is as it should be, for `budget_ms` at most. 0; -ETIME: what was looked at is; -EBADMSG. */
int database_check(sqlite3 *db, unsigned budget_ms);

/* Renames the files to HISTORY_DAMAGED and the time; nobody of this process may have them open. 0 or -errno. */
int database_put_aside(int folder, int64_t now_unix_ns, char *ret_name, size_t size);

/* Whether the folder still has the file that *file says, which the first call fills in: one that was deleted can be
 * written without anybody noticing. */
struct database_file {
	dev_t device;
	ino_t inode;	/* 0: not known yet */
};
bool database_is_there(int folder, struct database_file *file);

/* Of the database and its journal, without what was put aside. */
uint64_t database_bytes(int folder);
uint64_t database_journal_bytes(int folder);

/* What SQLite's code for the last call on `db` is as -errno: -EBADMSG: damaged; -ENOSPC; -EAGAIN: another has it;
 * -EINVAL: a fault of ours; or what the system said. */
int database_error(sqlite3 *db, int code);

/* ---- statements: prepared once, kept ---------------------------------------------------------------- */

int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret);
/* Steps to the end and resets. 0 or -errno. */
int database_run(sqlite3_stmt *statement);
/* Steps to the next row. 1: there is one; 0: the end, and it is reset; -errno, likewise. */
int database_row(sqlite3_stmt *statement);
int database_exec(sqlite3 *db, const char *sql);
/* The one number that a statement gives; -ENOENT: it gives no row. */
int database_number(sqlite3_stmt *statement, int64_t *ret);

#endif
