/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap report` run by root over files of another user: it reads them as that user, and leaves nothing of root's. */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history/history.h"
#include "roles/roles.h"
#include "child.h"
#include "unit.h"

#define NOBODY 65534

static char path[] = "/tmp/promtap-report-XXXXXX";

static void count_call(void *ctx, const struct call *call)
{
	(void)call;
	*(int *)ctx += 1;
}

static bool has_call(int folder)
{
	int count = 0;

	return history_calls(folder, 0, 10, count_call, &count) >= 0 && count == 1;
}

/* As a server that is killed: the journal is left behind. */
static int write_history(void)
{
	struct history_config config = { .enabled = true, .bytes_max = 1u << 30 };
	struct metrics *metrics = metrics_new(1u << 20);
	struct history *history = NULL;
	struct call call;
	int folder;

	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 1;
	folder = open(path, O_RDONLY | O_DIRECTORY);
	if (history_open(&config, folder, metrics, &history) < 0)
		return 2;
	call_init(&call);
	call.time_unix_ns = (int64_t)time(NULL) * 1000000000;
	(void)strcpy(call.workload.service, "shop");
	(void)strcpy(call.dialect, "openai.chat");
	history_call(history, &call);
	for (int i = 0; i < 1000 && !has_call(folder); i++)
		(void)usleep(10000);
	return !has_call(folder);
}

static int make_report(void)
{
	struct options options = { .state_dir = path, .by = (char[]){ "service" }, .money = (char[]){ "application" },
				   .csv = true };
	int out = open("/dev/null", O_WRONLY), status;

	(void)dup2(out, STDOUT_FILENO);
	status = report_run(&options);
	return status != EXIT_SUCCESS || getuid() != NOBODY || geteuid() != NOBODY || setresuid(0, 0, 0) == 0;
}

START_TEST(root_reads_as_the_owner)
{
	const struct dirent *entry;
	DIR *listing;
	size_t files = 0;

	if (geteuid() != 0) {
		fprintf(stderr, "  SKIPPED root_reads_as_the_owner: not root\n");
		return;
	}
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	ck_assert_int_eq(in_child(write_history), 0);
	ck_assert_int_eq(in_child(make_report), 0);
	listing = opendir(path);
	while ((entry = readdir(listing))) {
		struct stat status;

		if (strncmp(entry->d_name, "history", 7) != 0)
			continue;
		ck_assert_int_eq(fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW), 0);
		ck_assert_msg(status.st_uid == NOBODY, "%s is of user %u", entry->d_name, status.st_uid);
		ck_assert_int_eq(unlinkat(dirfd(listing), entry->d_name, 0), 0);
		files++;
	}
	(void)closedir(listing);
	ck_assert_uint_ge(files, 1);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("store_report");
	TCase *tcase = tcase_create("store_report");

	tcase_add_test(tcase, root_reads_as_the_owner);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
