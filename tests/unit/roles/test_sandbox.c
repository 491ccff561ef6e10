/* SPDX-License-Identifier: Apache-2.0 */
/* A role with a folder: the history works in there, and nothing else can be opened. */
#include "roles/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "history/history.h"
#include "child.h"
#include "unit.h"

#define NOBODY 65534
#define CLOSE_MS 30000

static char path[] = "/tmp/promtap-sandbox-XXXXXX";
static int folder;

static void setup(void)
{
	char inner[48];

	(void)strcpy(path + strlen(path) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	/* Which nobody has no way to: only the fd leads there. */
	(void)snprintf(inner, sizeof(inner), "%s/state", path);
	ck_assert_int_eq(mkdir(inner, 0700), 0);
	folder = open(inner, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder, 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(inner, NOBODY, NOBODY), 0);
}

static void teardown(void)
{
	char command[64];

	close(folder);
	(void)snprintf(command, sizeof(command), "rm -rf %s", path);
	ck_assert_int_eq(system(command), 0);
}

static void count_call(void *ctx, const struct call *call)
{
	(void)call;
	*(int *)ctx += 1;
}

static int keep_calls(uint64_t from, int expected)
{
	struct history_config config = { .enabled = true, .calls_age = UINT64_MAX, .hours_age = UINT64_MAX,
					 .alerts_age = UINT64_MAX, .bytes_max = 1u << 30 };
	struct history *history = NULL;
	struct call call;
	int count = 0;

	if (history_open(&config, folder, NULL, &history) < 0)
		return 2;
	call_init(&call);
	(void)strcpy(call.dialect, "openai.chat");
	for (uint64_t n = from; n < from + 3000; n++) {
		(void)snprintf(call.id, sizeof(call.id), "00000000000000aa-%llx", (unsigned long long)n);
		call.time_unix_ns = (int64_t)(1000000 * n);
		history_call(history, &call);
	}
	history_tick(history, 1000000, 0);
	history_close(history, CLOSE_MS);
	return history_calls(folder, 0, SIZE_MAX, count_call, &count) == expected && count == expected ? 0 : 3;
}

/* Opened, written, closed, read; damaged and put aside more often than files are kept; all by nobody in the sandbox. */
static int live_in_folder(void)
{
	int status;

	if (sandbox_enter(ROLE_ID_SERVER, folder) < 0)
		return 1;
	status = keep_calls(0, 3000);
	if (status == 0)
		status = keep_calls(3000, 6000);
	for (int i = 0; i < 4 && status == 0; i++) {
		int fd = openat(folder, "history.db", O_WRONLY);

		if (pwrite(fd, "no database at all", 18, 0) != 18)
			return 4;
		close(fd);
		status = keep_calls(0, 3000);
	}
	return status;
}

static int reach_out(void)
{
	if (sandbox_enter(ROLE_ID_SERVER, folder) < 0)
		return 1;
	if (open("/usr/bin/env", O_RDONLY) >= 0 || errno != EACCES)
		return 2;
	if (open("/etc/passwd", O_WRONLY) >= 0 || open("/etc/shadow", O_RDONLY) >= 0)
		return 5;
	if (open("/etc/passwd", O_RDONLY) < 0)
		return 6;
	if (open("/proc/self/environ", O_RDONLY) >= 0 || open("/tmp", O_RDONLY | O_DIRECTORY) >= 0)
		return 3;
	if (mkdirat(folder, "x", 0700) == 0 || symlinkat("/etc/passwd", folder, "x") == 0)
		return 4;
	return 0;
}

static int reach_out_without_folder(void)
{
	if (sandbox_enter(ROLE_ID_SERVER, -1) < 0)
		return 1;
	if (openat(folder, "x", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
		return 2;
	return open("/usr/bin/env", O_RDONLY) >= 0 || errno != EACCES ? 3 : 0;
}

/* The sanitizer's own system calls are none of a role's. */
#ifdef __SANITIZE_ADDRESS__
#define HAS_SANITIZER true
#else
#define HAS_SANITIZER false
#endif

static bool skipped(const char *name, bool without, const char *what)
{
	if (HAS_SANITIZER) {
		fprintf(stderr, "  SKIPPED %s: the filter and the address sanitizer exclude one another\n", name);
		return true;
	}
	if (without)
		fprintf(stderr, "  SKIPPED %s: %s\n", name, what);
	return without;
}

START_TEST(the_history_lives_in_its_folder)
{
	if (skipped("the_history_lives_in_its_folder", geteuid() != 0, "not root"))
		return;
	ck_assert_int_eq(in_child(live_in_folder), 0);
}
END_TEST

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

START_TEST(nothing_else_can_be_opened)
{
	if (skipped("nothing_else_can_be_opened", geteuid() != 0, "not root") ||
	    skipped("nothing_else_can_be_opened", !has_landlock(), "no Landlock in this kernel"))
		return;
	ck_assert_int_eq(in_child(reach_out), 0);
}
END_TEST

START_TEST(without_a_folder_nothing_is_made)
{
	if (skipped("without_a_folder_nothing_is_made", geteuid() != 0, "not root") ||
	    skipped("without_a_folder_nothing_is_made", !has_landlock(), "no Landlock in this kernel"))
		return;
	ck_assert_int_eq(in_child(reach_out_without_folder), 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = tcase_create("sandbox");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_history_lives_in_its_folder);
	tcase_add_test(tcase, nothing_else_can_be_opened);
	tcase_add_test(tcase, without_a_folder_nothing_is_made);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
