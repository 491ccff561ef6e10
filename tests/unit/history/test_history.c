/* SPDX-License-Identifier: Apache-2.0 */
/* The thread: what is handed over is written or counted, whatever happens to the disk, and whenever the process dies. */
#include "history/history.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/database.h"
#include "history/packed.h"
#include "history/store.h"
#include "samples.h"
#include "unit.h"

#define CLOSE_MS 60000
#define KILLS_OF_HISTORY 5
#define KILLS_OF_STORE 100

static char path[64];
static int folder;
static struct metrics *metrics;
static struct history *history;

static void setup(void)
{
	folder = sample_folder(path);
	metrics = metrics_new(1u << 20);
	ck_assert_ptr_nonnull(metrics);
}

static void teardown(void)
{
	metrics_free(metrics);
	sample_folder_done(folder, path);
}

static void open_history(void)
{
	struct history_config config = sample_config();

	ck_assert_int_eq(history_open(&config, folder, metrics, &history), 0);
	ck_assert_ptr_nonnull(history);
}

static void put_range(uint64_t from, uint64_t to)
{
	struct call call;

	for (; from < to; from++) {
		sample_call(from, &call);
		history_call(history, &call);
	}
}

static double value_of(const char *name, const char *label)
{
	for (size_t i = 0; metrics_family_at(metrics, i); i++) {
		const struct metric_family *family = metrics_family_at(metrics, i);
		const struct metric_series *series;
		struct metric_value value;

		if (strcmp(metric_family_desc(family)->name, name) != 0)
			continue;
		for (size_t j = 0; (series = metric_series_at(family, j)); j++) {
			if (label && strcmp(metric_series_label(series, 0), label) != 0)
				continue;
			metric_read(series, &value);
			return metric_family_desc(family)->type == METRIC_GAUGE ? value.number : (double)value.count;
		}
	}
	ck_abort_msg("no %s", name);
	return 0;
}

/* The thread's doings cannot be waited for in another way. */
static void wait_until(const char *name, const char *label, double at_least)
{
	for (int i = 0; i < 6000; i++) {
		history_tick(history, SAMPLE_BEGIN_NS, 0);
		if (value_of(name, label) >= at_least)
			return;
		(void)usleep(10000);
	}
	ck_abort_msg("%s stays at %g", name, value_of(name, label));
}

static void ignore_call(void *ctx, const struct call *call)
{
	uint64_t *expected = ctx;
	struct call should;

	sample_call(*expected, &should);
	ck_assert_str_eq(call->id, should.id);
	*expected += 1;
}

static int64_t read_all(void)
{
	uint64_t expected = 0;

	return history_calls(folder, 0, SIZE_MAX, ignore_call, &expected);
}

START_TEST(what_is_handed_over_is_written_at_the_end)
{
	struct alert alert;

	open_history();
	put_range(0, 5000);
	sample_alert(0, &alert);
	history_alert(history, &alert);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 5000);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM alerts"), 1);
	sample_check_hours(path);
}
END_TEST

START_TEST(counters_say_what_was_written)
{
	struct alert alert;

	open_history();
	put_range(0, 1000);
	sample_alert(0, &alert);
	history_alert(history, &alert);
	wait_until("promtap_history_rows_total", "calls", 1000);
	wait_until("promtap_history_rows_total", "alerts", 1);
	ck_assert(value_of("promtap_history_rows_total", "hours") > 0);
	ck_assert(value_of("promtap_history_bytes", NULL) > 4096);
	ck_assert(value_of("promtap_history_lost_total", NULL) == 0);
	history_close(history, CLOSE_MS);
}
END_TEST

START_TEST(without_history_nothing_is_kept)
{
	struct history_config config = sample_config();
	struct call call;

	config.enabled = false;
	sample_call(0, &call);
	ck_assert_int_eq(history_open(&config, folder, metrics, &history), 0);
	ck_assert_ptr_null(history);
	history_call(history, &call);
	history_tick(history, SAMPLE_BEGIN_NS, 0);
	ck_assert_int_eq(history_use(history, &config), 0);
	history_close(history, 0);
	ck_assert_int_lt(faccessat(folder, "history.db", F_OK, 0), 0);
}
END_TEST

START_TEST(the_queue_is_bounded_and_counts)
{
	sqlite3 *other = NULL;

	open_history();
	/* Somebody keeps the thread from writing. */
	ck_assert_int_eq(database_open(folder, true, &other), 0);
	ck_assert_int_eq(database_exec(other, "BEGIN IMMEDIATE"), 0);
	put_range(0, 30000);
	history_tick(history, SAMPLE_BEGIN_NS, 0);
	ck_assert(value_of("promtap_history_lost_total", NULL) > 1000);
	ck_assert(value_of("promtap_history_lost_total", NULL) < 25000);
	wait_until("promtap_history_errors_total", NULL, 1);
	ck_assert_int_eq(database_exec(other, "ROLLBACK"), 0);
	database_close(other);
	wait_until("promtap_history_rows_total", "calls", 30000 - value_of("promtap_history_lost_total", NULL));
	ck_assert(value_of("promtap_history_rows_total", "calls") == 30000 - value_of("promtap_history_lost_total", NULL));
	history_close(history, CLOSE_MS);
	sample_check_hours(path);
}
END_TEST

static void overwrite(size_t from, size_t len)
{
	static const char noise[4096] = "this is not what stood here";
	int fd = openat(folder, "history.db", O_WRONLY);

	for (; len > 0; len -= sizeof(noise), from += sizeof(noise))
		ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), (off_t)from), sizeof(noise));
	close(fd);
}

/* Every table has rows, those whose checks differ between versions of SQLite among them. */
START_TEST(a_file_that_is_whole_is_gone_on_with)
{
	struct alert alert;

	open_history();
	put_range(0, 100);
	for (unsigned i = 0; i < 10; i++) {
		sample_alert(i, &alert);
		history_alert(history, &alert);
	}
	history_close(history, CLOSE_MS);
	metrics_free(metrics);
	metrics = metrics_new(1u << 20);
	open_history();
	put_range(100, 110);
	wait_until("promtap_history_rows_total", "calls", 10);
	ck_assert(value_of("promtap_history_damaged_total", NULL) == 0);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 110);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM alerts"), 10);
}
END_TEST

START_TEST(a_file_that_was_damaged_is_put_aside_at_the_start)
{
	open_history();
	put_range(0, 3000);
	history_close(history, CLOSE_MS);
	/* A page deep inside, which only a check finds. */
	overwrite(4096 * (size_t)(sample_number(path, "PRAGMA page_count") / 2), 4096);
	metrics_free(metrics);
	metrics = metrics_new(1u << 20);
	open_history();
	put_range(0, 10);
	wait_until("promtap_history_damaged_total", NULL, 1);
	wait_until("promtap_history_rows_total", "calls", 10);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 10);
	sample_check_hours(path);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_put_aside_at_once)
{
	int fd = openat(folder, "history.db", O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq(ftruncate(fd, 65536), 0);
	close(fd);
	overwrite(0, 8192);
	ck_assert_int_eq(read_all(), -EBADMSG);
	open_history();
	put_range(0, 10);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 10);
}
END_TEST

START_TEST(a_file_that_was_deleted_is_begun_anew)
{
	open_history();
	put_range(0, 10);
	wait_until("promtap_history_rows_total", "calls", 10);
	ck_assert_int_eq(unlinkat(folder, "history.db", 0), 0);
	(void)unlinkat(folder, "history.db-wal", 0);
	(void)unlinkat(folder, "history.db-shm", 0);
	put_range(0, 20);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 20);
}
END_TEST

/* ---- a process that dies ----------------------------------------------------------------------------- */

/* What a child says about itself. */
static struct shared {
	uint64_t given, committed;
} *shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	srand(20261126);
}

/* Hands over calls and says how many were written for sure. */
static void hand_over_forever(void)
{
	struct call call;

	open_history();
	for (;; shared->given++) {
		sample_call(shared->given, &call);
		history_call(history, &call);
		if (shared->given % 64 != 0)
			continue;
		history_tick(history, SAMPLE_BEGIN_NS, 0);
		shared->committed = (uint64_t)value_of("promtap_history_rows_total", "calls");
		(void)usleep(10000);	/* no faster than the disk, or the queue is full and the calls have holes */
	}
}

/* One transaction after the other, and deletes between them: nearly every moment is within one. */
static void write_forever(void)
{
	struct history_config config = sample_config();
	struct store_written written = { 0 };
	struct buffer records = { 0 };
	struct store *store = NULL;
	struct call call;

	ck_assert_int_eq(store_open(folder, &store), 0);
	for (;; records.len = 0) {
		for (int i = 0; i < 50; i++) {
			sample_call(shared->given++, &call);
			ck_assert_int_eq(pack_call(&call, &records), 0);
		}
		ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
		shared->committed = written.rows[STORE_CALLS];
		ck_assert_int_ge(store_trim(store, &config, &(struct store_time){ SAMPLE_BEGIN_NS, 0 }), 0);
	}
}

static void kill_after(void (*work)(void), uint64_t given, unsigned us)
{
	int status;
	pid_t child;

	*shared = (struct shared){ .given = given };
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		unit_mute();
		work();
	}
	(void)usleep(us);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
}

/* All of a transaction or nothing: the calls have no holes, and the hours agree. Returns how many there are. */
static uint64_t check_after_kill(uint64_t before)
{
	int64_t count;

	if (faccessat(folder, "history.db", F_OK, 0) < 0 ||
	    sample_number(path, "SELECT count(*) FROM sqlite_schema") == 0) {
		ck_assert_uint_eq(shared->committed, 0);
		return 0;
	}
	count = sample_number(path, "SELECT count(*) FROM calls");
	ck_assert_int_ge(count, (int64_t)(before + shared->committed));
	ck_assert_int_eq(sample_number(path, "SELECT ifnull(max(number) + 1, 0) FROM calls"), count);
	ck_assert_int_eq(sample_number(path, "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'"), 0);
	sample_check_hours(path);
	return (uint64_t)count;
}

START_TEST(a_kill_loses_what_was_not_written_and_nothing_else)
{
	uint64_t count = 0;

	share();
	for (int i = 0; i < KILLS_OF_HISTORY; i++) {
		kill_after(hand_over_forever, count, 900000 + (unsigned)rand() % 1000000);
		count = check_after_kill(count);
	}
	ck_assert_uint_gt(count, 1000);
}
END_TEST

START_TEST(a_kill_within_a_transaction_leaves_it_undone)
{
	uint64_t count = 0, most = 0;

	share();
	for (int i = 0; i < KILLS_OF_STORE; i++) {
		kill_after(write_forever, count, 1000 + (unsigned)rand() % 100000);
		count = check_after_kill(count);
		most = count > most ? count : most;
		if (count > 20000) {
			ck_assert_int_eq(unlinkat(folder, "history.db", 0), 0);
			count = 0;
		}
	}
	ck_assert_uint_gt(most, 1000);
}
END_TEST

/* ---- a disk that is full ----------------------------------------------------------------------------- */

START_TEST(a_full_disk_is_waited_for)
{
	char small[80], filler[96];
	int fd;

	(void)snprintf(small, sizeof(small), "%s/disk", path);
	(void)snprintf(filler, sizeof(filler), "%s/filler", small);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mkdir(small, 0700) < 0 ||
	    mount("none", small, "tmpfs", 0, "size=4M") < 0) {
		fprintf(stderr, "  SKIPPED a_full_disk_is_waited_for: no mount namespace: %s\n", strerror(errno));
		(void)rmdir(small);
		return;
	}
	close(folder);
	folder = open(small, O_RDONLY | O_DIRECTORY);
	open_history();
	put_range(0, 100);
	wait_until("promtap_history_rows_total", "calls", 100);
	fd = open(filler, O_CREAT | O_WRONLY, 0600);
	while (write(fd, small, sizeof(small)) > 0)
		;
	close(fd);
	put_range(100, 5000);
	wait_until("promtap_history_errors_total", NULL, 2);
	ck_assert(value_of("promtap_history_lost_total", NULL) == 0);
	ck_assert_int_eq(unlink(filler), 0);
	wait_until("promtap_history_rows_total", "calls", 5000);
	history_close(history, CLOSE_MS);
	ck_assert_int_eq(read_all(), 5000);
	close(folder);
	ck_assert_int_eq(umount2(small, MNT_DETACH), 0);
	(void)rmdir(small);
	folder = open(path, O_RDONLY | O_DIRECTORY);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("history");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_handed_over_is_written_at_the_end);
	tcase_add_test(tcase, counters_say_what_was_written);
	tcase_add_test(tcase, without_history_nothing_is_kept);
	tcase_add_test(tcase, the_queue_is_bounded_and_counts);
	tcase_add_test(tcase, a_file_that_is_whole_is_gone_on_with);
	tcase_add_test(tcase, a_file_that_was_damaged_is_put_aside_at_the_start);
	tcase_add_test(tcase, a_file_that_is_no_database_is_put_aside_at_once);
	tcase_add_test(tcase, a_file_that_was_deleted_is_begun_anew);
	tcase_add_test(tcase, a_kill_loses_what_was_not_written_and_nothing_else);
	tcase_add_test(tcase, a_kill_within_a_transaction_leaves_it_undone);
	tcase_add_test(tcase, a_full_disk_is_waited_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
