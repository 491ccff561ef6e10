/* SPDX-License-Identifier: Apache-2.0 */
/* The file as such: versions, damage, and that no bytes of it hurt anybody. */
#include "history/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/packed.h"
#include "history/store.h"
#include "history/tables.h"
#include "samples.h"
#include "unit.h"

#define CALLS 400

static char path[64];
static int folder;

static void setup(void)
{
	folder = sample_folder(path);
}

static void teardown(void)
{
	sample_folder_done(folder, path);
}

static void fill(void)
{
	struct store_written written = { 0 };
	struct buffer records = { 0 };
	struct store *store = NULL;
	struct call call;

	ck_assert_int_eq(store_open(folder, &store), 0);
	for (uint64_t n = 0; n < CALLS; n++) {
		sample_call(n, &call);
		ck_assert_int_eq(pack_call(&call, &records), 0);
	}
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	store_close(store);
	buffer_done(&records);
}

static void run_sql(const char *sql)
{
	char file[128];
	sqlite3 *db = NULL;

	(void)snprintf(file, sizeof(file), "%s/history.db", path);
	ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static int open_once(bool write)
{
	sqlite3 *db = NULL;
	int err = database_open(folder, write, &db);

	database_close(db);
	return err;
}

/* ---- versions ---------------------------------------------------------------------------------------- */

START_TEST(steps_bring_an_older_file_up_to_date)
{
	static const char *const steps[] = { "CREATE TABLE a(x INTEGER) STRICT; INSERT INTO a VALUES (7)",
					     "ALTER TABLE a ADD COLUMN y INTEGER",
					     "UPDATE a SET y = x + 1" };
	static const char *const wrong[] = { steps[0], steps[1], steps[2], "CREATE TABLE b(z INTEGER); no SQL" };
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(database_migrate(db, steps, 1), 0);
	ck_assert_int_eq(database_migrate(db, steps, 3), 0);
	ck_assert_int_eq(database_migrate(db, steps, 3), 0);
	/* A step that fails is taken back as a whole. */
	ck_assert_int_ne(database_migrate(db, wrong, 4), 0);
	ck_assert_int_eq(database_migrate(db, steps, 2), -ENOTSUP);
	ck_assert_int_eq(database_prepare(db, "SELECT y * 100 + (SELECT count(*) FROM sqlite_schema) FROM a", &statement), 0);
	ck_assert_int_eq(database_number(statement, &number), 0);
	ck_assert_int_eq(number, 801);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
}
END_TEST

START_TEST(a_file_of_a_later_version_is_left_alone)
{
	struct history_config config = sample_config();
	struct history *history = (struct history *)&config;
	char sql[64];

	fill();
	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %zu", history_step_count + 1);
	run_sql(sql);
	ck_assert_int_eq(open_once(true), -ENOTSUP);
	ck_assert_int_eq(open_once(false), -ENOTSUP);
	ck_assert_int_eq(history_open(&config, folder, NULL, &history), -ENOTSUP);
	ck_assert_ptr_null(history);
	/* Which everything takes. */
	history_tick(history, SAMPLE_BEGIN_NS, 0);
	history_close(history, 0);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM calls"), CALLS);
}
END_TEST

START_TEST(to_a_reader_there_is_none_before_the_first_version)
{
	ck_assert_int_eq(open_once(false), -ENOENT);
	close(openat(folder, "history.db", O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(open_once(false), -ENOENT);
	ck_assert_int_eq(open_once(true), 0);
	ck_assert_int_eq(open_once(false), 0);
}
END_TEST

START_TEST(what_is_no_regular_file_is_not_opened)
{
	struct stat status;

	ck_assert_int_eq(symlinkat("elsewhere.db", folder, "history.db"), 0);
	ck_assert_int_eq(open_once(true), -EISDIR);
	ck_assert_int_eq(open_once(false), -EISDIR);
	ck_assert_int_lt(fstatat(folder, "elsewhere.db", &status, 0), 0);
	ck_assert_int_eq(unlinkat(folder, "history.db", 0), 0);
	ck_assert_int_eq(mkfifoat(folder, "history.db", 0600), 0);
	ck_assert_int_eq(open_once(true), -EISDIR);
}
END_TEST

START_TEST(the_folder_is_the_fd_whatever_its_path_is)
{
	char moved[80];

	fill();
	(void)snprintf(moved, sizeof(moved), "%s-moved", path);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(open_once(true), 0);
	ck_assert_int_eq(open_once(false), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(rename(moved, path), 0);
}
END_TEST

/* ---- damage ------------------------------------------------------------------------------------------ */

START_TEST(a_file_with_other_tables_is_none_of_ours)
{
	static const char *const changes[] = {
		"CREATE TABLE more(x)",
		"CREATE VIEW v AS SELECT 1",
		"CREATE TRIGGER t AFTER INSERT ON calls BEGIN DELETE FROM kinds; END",
		"DROP TABLE alerts",
		"ALTER TABLE calls ADD COLUMN more INTEGER",
		"PRAGMA user_version = 0",
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fill();
		run_sql(changes[i]);
		ck_assert_msg(open_once(true) == -EBADMSG, "%s", changes[i]);
		ck_assert_int_eq(unlinkat(folder, "history.db", 0), 0);
	}
}
END_TEST

static size_t count_damaged(bool journals)
{
	char command[128];
	FILE *list;
	unsigned count = 0;

	(void)snprintf(command, sizeof(command), "ls %s | grep -c 'damaged-[0-9TZ]*%s$'", path, journals ? "-wal" : "");
	list = popen(command, "r");
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(fscanf(list, "%u", &count), 1);
	(void)pclose(list);
	return count;
}

START_TEST(damaged_files_are_put_aside_and_the_oldest_go)
{
	char name[64];

	for (int64_t day = 0; day < 5; day++) {
		fill();
		close(openat(folder, "history.db-wal", O_CREAT | O_WRONLY, 0600));
		ck_assert_int_eq(database_put_aside(folder, day * 86400 * 1000000000ll, name, sizeof(name)), 0);
	}
	ck_assert_str_eq(name, "history.db.damaged-19700105T000000Z");
	ck_assert_uint_eq(count_damaged(false), HISTORY_DAMAGED_KEPT);
	ck_assert_uint_eq(count_damaged(true), HISTORY_DAMAGED_KEPT);
	ck_assert_int_eq(faccessat(folder, name, F_OK, 0), 0);
	ck_assert_int_eq(database_put_aside(folder, 0, name, sizeof(name)), -ENOENT);
}
END_TEST

static void ignore_call(void *ctx, const struct call *call)
{
	(void)ctx;
	ck_assert_int_eq(call_check(call, sizeof(*call)), 0);
}

static void ignore_alert(void *ctx, const struct alert *alert)
{
	(void)ctx;
	(void)alert;
}

/* Each file is said to be damaged, thousands of times. */
static int hold_tongue(void)
{
	int was = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	ck_assert_int_ge(dup2(null, STDERR_FILENO), 0);
	close(null);
	return was;
}

static void speak_again(int was)
{
	ck_assert_int_ge(dup2(was, STDERR_FILENO), 0);
	close(was);
}

/* Everything that touches a file, on one that is as it is now. Returns what opening it for writing said. */
static int use_file(void)
{
	struct history_config config = sample_config();
	struct store_written written = { 0 };
	struct buffer records = { 0 };
	struct store *store = NULL;
	FILE *null = fopen("/dev/null", "w");
	struct call call;
	int err;

	ck_assert_ptr_nonnull(null);
	(void)history_calls(folder, 0, 1000, ignore_call, NULL);
	(void)history_alerts(folder, 0, 1000, ignore_alert, NULL);
	(void)history_report(folder, 0, SAMPLE_BEGIN_NS, "service,model,provider,day,hour", MONEY_AT_APPLICATION,
			     REPORT_JSON, null);
	err = store_open(folder, &store);
	if (err == 0) {
		err = store_check(store, 1000);
		sample_call(CALLS + 1, &call);
		ck_assert_int_eq(pack_call(&call, &records), 0);
		(void)store_write(store, buffer_slice(&records), 0, &written);
		(void)store_trim(store, &config, &(struct store_time){ SAMPLE_BEGIN_NS, 0 });
		buffer_done(&records);
		store_abandon(store);
	}
	(void)fclose(null);
	return err;
}

static char *read_file(size_t *ret_size)
{
	int fd = openat(folder, "history.db", O_RDONLY);
	struct stat status;
	char *bytes;

	ck_assert_int_eq(fstat(fd, &status), 0);
	bytes = malloc((size_t)status.st_size);
	ck_assert_int_eq(read(fd, bytes, (size_t)status.st_size), status.st_size);
	close(fd);
	*ret_size = (size_t)status.st_size;
	return bytes;
}

static void put_file(const char *bytes, size_t size)
{
	int fd = openat(folder, "history.db", O_WRONLY | O_TRUNC | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	(void)unlinkat(folder, "history.db-wal", 0);
	(void)unlinkat(folder, "history.db-shm", 0);
}

/* Bytes of pages all over the file, and all of the first 200. What SQLite finds may be found or not: nothing else may happen. */
START_TEST(no_changed_byte_does_more_than_damage)
{
	size_t size, found = 0, tried = 0;
	int tongue = hold_tongue();
	char *bytes;

	fill();
	bytes = read_file(&size);
	for (size_t at = 0; at < size; at += at < 200 ? 1 : 509) {
		char before = bytes[at];

		bytes[at] = (char)(before ^ (at % 2 ? 0xff : 0x01));
		put_file(bytes, size);
		found += use_file() < 0;
		tried++;
		bytes[at] = before;
	}
	ck_assert_uint_gt(tried, 400);
	ck_assert_uint_gt(found, tried / 20);
	put_file(bytes, size);
	ck_assert_int_eq(use_file(), 0);
	free(bytes);
	speak_again(tongue);
}
END_TEST

START_TEST(no_length_does_more_than_damage)
{
	size_t size;
	int tongue = hold_tongue();
	char *bytes;

	fill();
	bytes = read_file(&size);
	for (size_t len = 0; len < size; len += len < 128 ? 1 : 1021) {
		put_file(bytes, len);
		(void)use_file();
	}
	free(bytes);
	speak_again(tongue);
}
END_TEST

START_TEST(a_check_has_an_end)
{
	sqlite3 *db = NULL;

	fill();
	ck_assert_int_eq(database_open(folder, true, &db), 0);
	ck_assert_int_eq(database_check(db, 60000), 0);
	ck_assert_int_eq(database_check(db, 0), -ETIME);
	/* And does not interrupt what follows. */
	ck_assert_int_eq(database_exec(db, "SELECT count(*) FROM calls, kinds"), 0);
	database_close(db);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("database");
	TCase *tcase = tcase_create("database");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, steps_bring_an_older_file_up_to_date);
	tcase_add_test(tcase, a_file_of_a_later_version_is_left_alone);
	tcase_add_test(tcase, to_a_reader_there_is_none_before_the_first_version);
	tcase_add_test(tcase, what_is_no_regular_file_is_not_opened);
	tcase_add_test(tcase, the_folder_is_the_fd_whatever_its_path_is);
	tcase_add_test(tcase, a_file_with_other_tables_is_none_of_ours);
	tcase_add_test(tcase, damaged_files_are_put_aside_and_the_oldest_go);
	tcase_add_test(tcase, no_changed_byte_does_more_than_damage);
	tcase_add_test(tcase, no_length_does_more_than_damage);
	tcase_add_test(tcase, a_check_has_an_end);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
