/* SPDX-License-Identifier: Apache-2.0 */
#include "history/database.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "history/folder_vfs.h"
#include "history/tables.h"

#define BUSY_MS 2000
#define PROGRESS_STEPS 1000	/* of SQLite's machine, some ten microseconds */
#define JOURNAL "-wal"
#define SHARED "-shm"

/* ---- errors ------------------------------------------------------------------------------------------ */

static int system_error(sqlite3 *db)
{
	int err = db ? sqlite3_system_errno(db) : 0;

	return err > 0 ? -err : -EIO;
}

int database_error(sqlite3 *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return -EBADMSG;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return -EAGAIN;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_INTERRUPT:
		return -ETIME;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return system_error(db);
	default:
		return -EINVAL;
	}
}

/* ---- statements -------------------------------------------------------------------------------------- */

int database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
	return database_error(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

int database_row(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement), err;

	if (code == SQLITE_ROW)
		return 1;
	err = database_error(sqlite3_db_handle(statement), code);
	(void)sqlite3_reset(statement);
	return err;
}

int database_run(sqlite3_stmt *statement)
{
	int more;

	do
		more = database_row(statement);
	while (more == 1);
	return more;
}

int database_exec(sqlite3 *db, const char *sql)
{
	return database_error(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int database_number(sqlite3_stmt *statement, int64_t *ret)
{
	int more = database_row(statement);

	if (more <= 0)
		return more < 0 ? more : -ENOENT;
	*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement);
	return 0;
}

static int number_of(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *statement = NULL;
	int err = database_prepare(db, sql, &statement);

	if (err == 0)
		err = database_number(statement, ret);
	(void)sqlite3_finalize(statement);
	return err;
}

/* ---- version and tables ------------------------------------------------------------------------------ */

static int take_step(sqlite3 *db, const char *step, size_t version)
{
	char pragma[64];
	int err = database_exec(db, "BEGIN IMMEDIATE");

	(void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %zu", version);
	if (err == 0)
		err = database_exec(db, step);
	if (err == 0)
		err = database_exec(db, pragma);
	if (err == 0)
		err = database_exec(db, "COMMIT");
	if (err < 0)
		(void)database_exec(db, "ROLLBACK");
	return err;
}

int database_migrate(sqlite3 *db, const char *const *steps, size_t count)
{
	int64_t version = 0, tables = 0;
	int err = number_of(db, "PRAGMA user_version", &version);

	if (err == 0)
		err = number_of(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err < 0)
		return err;
	if (version < 0 || (version == 0 && tables > 0))
		return -EBADMSG;
	if ((uint64_t)version > count)
		return -ENOTSUP;
	for (size_t i = (size_t)version; i < count && err == 0; i++)
		err = take_step(db, steps[i], i + 1);
	return err;
}

/* All that is defined, as text. */
static int describe(sqlite3 *db, struct buffer *out)
{
	sqlite3_stmt *statement = NULL;
	int err = database_prepare(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", &statement);
	int more = err;

	while (err == 0 && (more = database_row(statement)) == 1) {
		for (int i = 0; i < 4 && err == 0; i++) {
			const char *text = (const char *)sqlite3_column_text(statement, i);

			err = buffer_printf(out, "%s|", text ? text : "");
		}
	}
	(void)sqlite3_finalize(statement);
	return err < 0 ? err : more;
}

static void done_buffer(struct buffer *buffer)
{
	buffer_done(buffer);
}

/* Against tables that were just made by the same steps. */
static int compare_tables(sqlite3 *db)
{
	cleanup(done_buffer) struct buffer is = { .limit = 1u << 20 }, should = { .limit = 1u << 20 };
	sqlite3 *model = NULL;
	int err = database_error(NULL, sqlite3_open_v2(":memory:", &model,
						       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));

	if (err == 0)
		err = database_migrate(model, history_steps, history_step_count);
	if (err == 0)
		err = describe(model, &should);
	if (err == 0)
		err = describe(db, &is);
	(void)sqlite3_close(model);
	if (err < 0)
		return err == -E2BIG ? -EBADMSG : err;
	return slice_eq(buffer_slice(&is), buffer_slice(&should)) ? 0 : -EBADMSG;
}

static int check_version(sqlite3 *db, bool write)
{
	int64_t version = 0;
	int err = number_of(db, "PRAGMA user_version", &version);

	if (err < 0)
		return err;
	if (version > (int64_t)history_step_count)
		return -ENOTSUP;
	if (write || version == (int64_t)history_step_count)
		return 0;
	return version == 0 ? -ENOENT : -ENOTSUP;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

/* Made without being opened: closing an fd of it would drop the locks that other connections of this process have. */
static int make_file(int folder)
{
	struct stat status;

	if (mknodat(folder, HISTORY_FILE, S_IFREG | 0600, 0) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (geteuid() != 0 || fstat(folder, &status) < 0)
		return 0;
	/* SQLite gives its other files the same owner. */
	return fchownat(folder, HISTORY_FILE, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int look_at_file(int folder)
{
	struct stat status;

	if (fstatat(folder, HISTORY_FILE, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? 0 : -EISDIR;
}

/* What a file could bring along is not run, and a page is not taken at its word. */
static int distrust(sqlite3 *db)
{
	static const int off[] = { SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
				   SQLITE_DBCONFIG_TRUSTED_SCHEMA };
	int code = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(off) && code == SQLITE_OK; i++)
		code = sqlite3_db_config(db, off[i], 0, NULL);
	if (code != SQLITE_OK)
		return database_error(db, code);
	(void)sqlite3_busy_timeout(db, BUSY_MS);
	return database_exec(db, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0");
}

/*
 * FULL: the journal is synced at each commit, of which there is one a second,
 * by a thread that nobody waits for. With NORMAL it would be synced at
 * checkpoints alone, and a power cut would cost all since the last one, which
 * may be hours. Deleted rows hold figures, which need not be overwritten.
 */
static const char settings[] = "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			       "PRAGMA journal_size_limit = 4194304; PRAGMA secure_delete = OFF; PRAGMA cache_size = -8192";

static int prepare_file(sqlite3 *db, bool write)
{
	int err = distrust(db);

	if (err == 0)
		err = check_version(db, write);
	if (err == 0)
		err = database_exec(db, write ? settings : "PRAGMA query_only = ON");
	if (err == 0 && write)
		err = database_migrate(db, history_steps, history_step_count);
	if (err == 0)
		err = compare_tables(db);
	/* What it cannot make sense of in a file that should be ours. */
	return err == -EINVAL ? -EBADMSG : err;
}

int database_open(int folder, bool write, sqlite3 **ret)
{
	const char *vfs = folder_vfs();
	char path[FOLDER_PATH_BYTES];
	sqlite3 *db = NULL;
	int err = write ? make_file(folder) : 0, code;

	if (!vfs)
		return -ENOMEM;
	if (err == 0)
		err = look_at_file(folder);
	if (err < 0)
		return err;
	folder_path(folder, HISTORY_FILE, path);
	code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
	err = code == SQLITE_OK ? prepare_file(db, write) : database_error(db, code);
	if (err < 0) {
		/* A damaged file is to be kept as it is. */
		if (db)
			(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		(void)sqlite3_close(db);
		return err;
	}
	*ret = db;
	return 0;
}

void database_close(sqlite3 *db)
{
	(void)sqlite3_close(db);
}

/* ---- damage ------------------------------------------------------------------------------------------ */

/* A progress handler: not 0 interrupts. */
static int out_of_time(void *end_ns)
{
	return clock_monotonic_ns() > *(const uint64_t *)end_ns;
}

static int quick_check(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int err = database_prepare(db, "PRAGMA quick_check(1)", &statement), more;
	bool whole;

	if (err < 0)
		return err;
	more = database_row(statement);
	whole = more == 1 && strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
	(void)sqlite3_finalize(statement);
	return more < 0 ? more : whole ? 0 : -EBADMSG;
}

int database_check(sqlite3 *db, unsigned budget_ms)
{
	uint64_t end_ns = clock_monotonic_ns() + budget_ms * NSEC_PER_MSEC;
	int err;

	sqlite3_progress_handler(db, PROGRESS_STEPS, out_of_time, &end_ns);
	err = quick_check(db);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	return err;
}

static int rename_beside(int folder, const char *suffix, const char *name)
{
	char from[64], to[128];

	(void)snprintf(from, sizeof(from), HISTORY_FILE "%s", suffix);
	(void)snprintf(to, sizeof(to), "%s%s", name, suffix);
	return renameat(folder, from, folder, to) < 0 ? -errno : 0;
}

static bool is_put_aside(const char *name)
{
	size_t len = strlen(name);

	return strncmp(name, HISTORY_DAMAGED, sizeof(HISTORY_DAMAGED) - 1) == 0 &&
	       (len < sizeof(JOURNAL) || strcmp(name + len - (sizeof(JOURNAL) - 1), JOURNAL) != 0);
}

/* How many files are put aside, and which is the oldest: names tell the time. */
static size_t count_put_aside(DIR *listing, char ret_oldest[NAME_MAX + 1])
{
	const struct dirent *entry;
	size_t count = 0;

	rewinddir(listing);
	while ((entry = readdir(listing))) {
		if (!is_put_aside(entry->d_name))
			continue;
		if (count++ == 0 || strcmp(entry->d_name, ret_oldest) < 0)
			(void)slice_copy(ret_oldest, NAME_MAX + 1, slice_of(entry->d_name));
	}
	return count;
}

static void remove_oldest(int folder)
{
	char oldest[NAME_MAX + 1] = "", journal[NAME_MAX + sizeof(JOURNAL)];
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;

	if (!listing) {
		close_fd(&fd);
		return;
	}
	while (count_put_aside(listing, oldest) > HISTORY_DAMAGED_KEPT) {
		(void)snprintf(journal, sizeof(journal), "%s" JOURNAL, oldest);
		(void)unlinkat(folder, journal, 0);
		if (unlinkat(folder, oldest, 0) < 0)
			break;
	}
	(void)closedir(listing);
}

int database_put_aside(int folder, int64_t now_unix_ns, char *ret_name, size_t size)
{
	time_t seconds = (time_t)(now_unix_ns / (int64_t)NSEC_PER_SEC);
	char when[32] = "";
	struct tm utc;
	int err;

	if (gmtime_r(&seconds, &utc))
		(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	(void)snprintf(ret_name, size, HISTORY_DAMAGED "%s", when);
	/* The database first: SQLite drops a journal that has none. */
	err = rename_beside(folder, "", ret_name);
	if (err < 0)
		return err;
	(void)rename_beside(folder, JOURNAL, ret_name);
	(void)unlinkat(folder, HISTORY_FILE SHARED, 0);
	(void)fsync(folder);
	remove_oldest(folder);
	return 0;
}

/* ---- bytes ------------------------------------------------------------------------------------------- */

static uint64_t file_bytes(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : (uint64_t)status.st_size;
}

uint64_t database_journal_bytes(int folder)
{
	return file_bytes(folder, HISTORY_FILE JOURNAL);
}

bool database_is_there(int folder, struct database_file *file)
{
	struct stat status;
	bool there = fstatat(folder, HISTORY_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0;

	if (there && file->inode == 0)
		*file = (struct database_file){ status.st_dev, status.st_ino };
	return there && file->device == status.st_dev && file->inode == status.st_ino;
}

uint64_t database_bytes(int folder)
{
	return file_bytes(folder, HISTORY_FILE) + database_journal_bytes(folder) + file_bytes(folder, HISTORY_FILE SHARED);
}
