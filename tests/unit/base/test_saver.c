/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file: whoever reads it finds the old or the new content, whatever
 * happened while it was written.
 *
 * Killed: a child writes one content after another and is killed at random.
 *
 * Power cut: the calls that matter (fsync, renameat) are taken over here. A
 * child "loses power" at the n-th of them: what was not synced by then is cut off
 * the file, as a disk may have it, and the child ends without another word. A
 * disk that hangs is one whose fsync does not return.
 */
#include "base/saver.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define CONTENT_MAX (1 << 20)
#define PATIENCE_MS 60000

static char place[] = "/tmp/promtap-saver-XXXXXX";
static int folder = -1;

/* ---- power cuts ---- */

static struct {
	bool armed;
	int left;		/* calls until the power fails */
	bool synced;		/* the new file was */
	bool renamed;		/* it has its name */
	bool folder_last;	/* the folder was synced after that */
} power;

static _Atomic bool disk_hangs, in_fsync;

static void nap(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void lose_power(void)
{
	if (!power.armed || power.left-- > 0)
		return;
	/* The name may be there, and the bytes not. */
	if (!power.synced)
		(void)!truncate(power.renamed ? "state" : "state.new", 0);
	_exit(0);
}

int fsync(int fd)
{
	struct stat status;

	lose_power();
	atomic_store(&in_fsync, true);
	while (atomic_load(&disk_hangs))
		nap();
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		power.synced = true;
	else
		power.folder_last = power.renamed;
	return (int)syscall(SYS_fsync, fd);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	lose_power();
	power.renamed = true;
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

/* ---- contents ---- */

/* The number, a length that follows from it, and as many of a letter that follows from it. */
static void make_content(unsigned number, size_t len, struct buffer *ret)
{
	ck_assert_int_eq(buffer_printf(ret, "%010u\n", number), 0);
	ck_assert_int_eq(buffer_reserve(ret, len), 0);
	memset(ret->data + ret->len, 'a' + (int)(number % 26), len);
	ret->len += len;
}

static void put(struct saver *saver, unsigned number, size_t len)
{
	struct buffer content = { .data = NULL };

	make_content(number, len, &content);
	saver_put(saver, &content, number + 1);
	ck_assert_ptr_null(content.data);
}

/* The number of the content, which is whole; -1: there is none. */
static int read_content(void)
{
	struct buffer read = { .limit = 2 * CONTENT_MAX };
	int err = saver_load(folder, "state", CONTENT_MAX, &read), number;
	size_t same = 11;

	if (err == -ENOENT)
		return -1;
	ck_assert_int_eq(err, 0);
	ck_assert_msg(read.len >= 11 && read.data[10] == '\n', "%zu bytes that are no content", read.len);
	number = atoi(read.data);
	while (same < read.len && read.data[same] == 'a' + number % 26)
		same++;
	ck_assert_uint_eq(same, read.len);
	ck_assert_uint_eq(read.len, 11 + (size_t)(number % 100) * 1000);
	buffer_done(&read);
	return number;
}

static size_t length_of(unsigned number)
{
	return (size_t)(number % 100) * 1000;
}

/* ---- fixture ---- */

static void setup(void)
{
	(void)snprintf(place, sizeof(place), "/tmp/promtap-saver-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place));
	ck_assert_int_eq(chdir(place), 0);
	folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder, 0);
}

static void teardown(void)
{
	(void)unlink("state");
	(void)unlink("state.new");
	(void)close(folder);
	(void)!chdir("/");
	(void)rmdir(place);
}

/* Until the saver has tried so often. */
static struct saver_state wait_for(struct saver *saver, uint64_t written, uint64_t failed)
{
	uint64_t end = clock_monotonic_ns() + PATIENCE_MS * NSEC_PER_MSEC;
	struct saver_state state = { 0 };

	for (;;) {
		saver_read(saver, &state);
		if (state.written >= written && state.failed >= failed)
			return state;
		ck_assert_msg(clock_monotonic_ns() < end, "%llu written, %llu failed after %d ms",
			      (unsigned long long)state.written, (unsigned long long)state.failed, PATIENCE_MS);
		nap();
	}
}

START_TEST(the_last_content_is_what_stays)
{
	struct saver *saver = saver_new(folder, "state");
	struct saver_state state;

	ck_assert_ptr_nonnull(saver);
	ck_assert_int_eq(read_content(), -1);
	for (unsigned i = 0; i <= 1000; i++)
		put(saver, i, length_of(i));
	saver_free(saver, PATIENCE_MS);
	ck_assert_int_eq(read_content(), 1000);
	ck_assert_int_eq(access("state.new", F_OK), -1);
	saver = saver_new(folder, "state");
	put(saver, 7, length_of(7));
	state = wait_for(saver, 1, 0);
	ck_assert_uint_eq(state.written, 1);
	ck_assert_uint_eq(state.failed, 0);
	ck_assert_int_eq(state.error, 0);
	ck_assert_int_eq(read_content(), 7);
	saver_free(saver, PATIENCE_MS);
	saver_free(NULL, 0);
}
END_TEST

START_TEST(who_may_read_it)
{
	struct saver *saver = saver_new(folder, "state");
	struct stat status;

	put(saver, 1, length_of(1));
	saver_free(saver, PATIENCE_MS);
	ck_assert_int_eq(stat("state", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
}
END_TEST

/* Whoever puts a link there does not choose where we write, or what we read. */
START_TEST(links_are_not_followed)
{
	struct saver *saver = saver_new(folder, "state");
	struct buffer read = { .data = NULL };
	struct saver_state state;

	ck_assert_int_eq(symlink("/dev/null", "state"), 0);
	ck_assert_int_eq(saver_load(folder, "state", 100, &read), -ELOOP);
	ck_assert_int_eq(symlink("elsewhere", "state.new"), 0);
	put(saver, 1, length_of(1));
	state = wait_for(saver, 0, 1);
	ck_assert_int_eq(state.error, -ELOOP);
	ck_assert_int_eq(access("elsewhere", F_OK), -1);
	saver_free(saver, PATIENCE_MS);
	/* The link went with the failure, so the last attempt had a clear way, and took the place of the other. */
	ck_assert_int_eq(read_content(), 1);
	buffer_done(&read);
}
END_TEST

START_TEST(too_long_to_load)
{
	struct saver *saver = saver_new(folder, "state");
	struct buffer read = { .data = NULL };

	put(saver, 1, length_of(1));
	saver_free(saver, PATIENCE_MS);
	ck_assert_int_eq(saver_load(folder, "state", 1010, &read), -E2BIG);
	buffer_done(&read);
}
END_TEST

/* The folder is gone, and comes back with nobody asking. */
START_TEST(no_folder)
{
	struct saver *saver;
	struct saver_state state;

	ck_assert_int_eq(mkdir("gone", 0700), 0);
	ck_assert_int_eq(close(folder), 0);
	folder = open("gone", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	saver = saver_new(folder, "state");
	ck_assert_int_eq(rmdir("gone"), 0);
	put(saver, 1, length_of(1));
	state = wait_for(saver, 0, 1);
	ck_assert_int_eq(state.error, -ENOENT);
	saver_free(saver, PATIENCE_MS);
	ck_assert_ptr_null(saver_new(-1, "state"));
}
END_TEST

START_TEST(the_callers_folder_may_be_closed)
{
	struct saver *saver = saver_new(folder, "state");

	ck_assert_int_eq(close(folder), 0);
	put(saver, 1, length_of(1));
	saver_free(saver, PATIENCE_MS);
	folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(read_content(), 1);
}
END_TEST

/* Whoever ends does not wait for it; what was under way is finished, and nothing is left over. */
START_TEST(a_disk_that_hangs)
{
	struct saver *saver = saver_new(folder, "state");
	uint64_t end = clock_monotonic_ns() + PATIENCE_MS * NSEC_PER_MSEC;

	atomic_store(&disk_hangs, true);
	put(saver, 1, length_of(1));
	while (!atomic_load(&in_fsync))
		nap();
	saver_free(saver, 10);
	ck_assert_int_eq(read_content(), -1);
	atomic_store(&disk_hangs, false);
	while (read_content() != 1 && clock_monotonic_ns() < end)
		nap();
	ck_assert_int_eq(read_content(), 1);
}
END_TEST

/* ---- disks that are full ---- */

/* What is too long fails and leaves the old content; what fits afterwards is written. */
static void fill_disk(size_t too_long, int expected)
{
	struct saver *saver = saver_new(folder, "state");
	struct saver_state state;

	put(saver, 1, length_of(1));
	(void)wait_for(saver, 1, 0);
	put(saver, 2, too_long);
	state = wait_for(saver, 1, 1);
	ck_assert_int_eq(state.error, expected);
	ck_assert_int_eq(read_content(), 1);
	ck_assert_int_eq(access("state.new", F_OK), -1);
	put(saver, 3, length_of(3));
	state = wait_for(saver, 2, 1);
	ck_assert_int_eq(state.error, 0);
	saver_free(saver, PATIENCE_MS);
	ck_assert_int_eq(read_content(), 3);
}

START_TEST(a_limit_of_file_sizes)
{
	struct rlimit before, less;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	less = (struct rlimit){ CONTENT_MAX, before.rlim_max };	/* enough for Check's own file */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
	fill_disk(2 * CONTENT_MAX, -EFBIG);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
}
END_TEST

START_TEST(a_full_disk)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", place, "tmpfs", 0, "size=64k") < 0) {
		(void)fprintf(stderr, "SKIPPED: a full disk: no mount namespace with a tmpfs here (root?): %s\n",
			      strerror(errno));
		return;
	}
	ck_assert_int_eq(chdir(place), 0);
	ck_assert_int_eq(close(folder), 0);
	folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fill_disk(200000, -ENOSPC);
	/* So that the fixture finds what it made. */
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(umount2(place, MNT_DETACH), 0);
}
END_TEST

/* ---- kills ---- */

static void write_for_ever(void)
{
	struct saver *saver = saver_new(folder, "state");
	int first = read_content();

	for (unsigned i = (unsigned)(first + 1);; i++) {
		put(saver, i, length_of(i));
		(void)wait_for(saver, i - (unsigned)first, 0);
	}
}

static void wait_and_kill(pid_t pid, long ns)
{
	int status;

	(void)nanosleep(&(struct timespec){ .tv_nsec = ns }, NULL);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "the writer ended by itself: %d", status);
}

START_TEST(killed_at_any_moment)
{
	unsigned seed = (unsigned)time(NULL);
	int last = -1, moved = 0;

	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();
		int now;

		if (pid == 0) {
			unit_mute();
			write_for_ever();
		}
		ck_assert_int_gt(pid, 0);
		wait_and_kill(pid, rand_r(&seed) % 8000000);
		now = read_content();
		ck_assert_msg(now >= last, "content %d came after %d (seed %u)", now, last, seed);
		moved += now > last;
		last = now;
	}
	ck_assert_msg(moved > 30, "only %d of 300 writers wrote anything", moved);
}
END_TEST

static void write_until_the_power_fails(int calls)
{
	struct saver *saver = saver_new(folder, "state");

	power.left = calls;
	power.synced = power.renamed = power.folder_last = false;
	power.armed = true;
	put(saver, 2, length_of(2));
	saver_free(saver, PATIENCE_MS);
	_exit(power.synced && power.folder_last ? 1 : 2);
}

/* A new content is the file, then its name, then the folder: three calls that count. */
START_TEST(power_cut_at_any_call)
{
	static const int expected[] = { 1, 1, 2, 2 };

	for (int calls = 0; calls < 4; calls++) {
		struct saver *saver = saver_new(folder, "state");
		int status;
		pid_t pid;

		put(saver, 1, length_of(1));
		saver_free(saver, PATIENCE_MS);
		pid = fork();
		if (pid == 0)
			write_until_the_power_fails(calls);
		ck_assert_int_gt(pid, 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), calls < 3 ? 0 : 1);
		ck_assert_int_eq(read_content(), expected[calls]);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("base: saver");
	TCase *tcase = tcase_create("saver");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_last_content_is_what_stays);
	tcase_add_test(tcase, who_may_read_it);
	tcase_add_test(tcase, links_are_not_followed);
	tcase_add_test(tcase, too_long_to_load);
	tcase_add_test(tcase, no_folder);
	tcase_add_test(tcase, the_callers_folder_may_be_closed);
	tcase_add_test(tcase, a_disk_that_hangs);
	tcase_add_test(tcase, a_limit_of_file_sizes);
	tcase_add_test(tcase, a_full_disk);
	tcase_add_test(tcase, killed_at_any_moment);
	tcase_add_test(tcase, power_cut_at_any_call);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
