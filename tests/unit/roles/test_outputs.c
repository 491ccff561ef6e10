/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the user named: a recording is nobody else's to read, and nothing but a file becomes one. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/outputs.h"

static char folder[] = "/tmp/promtap-outputs-XXXXXX";
static char path[64];

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/promtap-outputs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/file", folder);
}

static void teardown(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

static mode_t mode_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(name, &status), 0);
	return status.st_mode & 07777;
}

static int record_to(const char *name)
{
	struct options options = { .record = (char *)name };
	struct outputs outputs;
	int err = outputs_open(&options, &outputs);

	outputs_close(&outputs);
	return err;
}

START_TEST(a_recording_is_private)
{
	FILE *old = fopen(path, "w");

	ck_assert_ptr_nonnull(old);
	(void)fprintf(old, "%0500d", 0);
	(void)fclose(old);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(record_to(path), 0);
	ck_assert_uint_eq(mode_of(path), 0600);
}
END_TEST

/* A terminal of the test's own: a failure must not cost /dev/null its rights. */
START_TEST(a_device_is_no_recording)
{
	auto_close int device = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = ptsname(device);
	mode_t before;

	ck_assert_int_eq(grantpt(device), 0);
	ck_assert_int_eq(unlockpt(device), 0);
	before = mode_of(name);
	ck_assert_int_lt(record_to(name), 0);
	ck_assert_uint_eq(mode_of(name), before);
}
END_TEST

START_TEST(a_pipe_is_no_recording)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_lt(record_to(path), 0);
}
END_TEST

START_TEST(a_link_is_no_recording)
{
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_lt(record_to(path), 0);
}
END_TEST

START_TEST(a_terminal_is_opened_anew_and_does_not_block)
{
	auto_close int leader = posix_openpt(O_RDWR | O_NOCTTY), follower = -1;
	struct options options = { .calls = (char *)"-" };
	struct outputs outputs;

	ck_assert_int_eq(grantpt(leader), 0);
	ck_assert_int_eq(unlockpt(leader), 0);
	follower = open(ptsname(leader), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(dup2(follower, STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(outputs_open(&options, &outputs), 0);
	ck_assert_int_ne(fcntl(outputs.calls, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	outputs_close(&outputs);
}
END_TEST

#define ROLE_UID 65534

static bool not_root(const char *name)
{
	if (geteuid() != 0)
		(void)fprintf(stderr, "  SKIPPED %s: not root\n", name);
	return geteuid() != 0;
}

static uid_t owner_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(name, &status), 0);
	return status.st_uid;
}

START_TEST(an_empty_folder_becomes_the_roles)
{
	auto_close int made = -1, again = -1;

	if (not_root("an_empty_folder_becomes_the_roles"))
		return;
	made = outputs_open_state(folder, ROLE_UID);
	ck_assert_int_ge(made, 0);
	ck_assert_uint_eq(owner_of(folder), ROLE_UID);
	ck_assert_uint_eq(mode_of(folder), 0700);
	again = openat(made, "file", O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(again, 0);
	(void)close(again);
	again = outputs_open_state(folder, ROLE_UID);
	ck_assert_int_ge(again, 0);
}
END_TEST

/* --state-dir /etc */
START_TEST(a_folder_that_is_in_use_stays_roots)
{
	auto_close int file = -1;

	if (not_root("a_folder_that_is_in_use_stays_roots"))
		return;
	file = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_lt(outputs_open_state(folder, ROLE_UID), 0);
	ck_assert_uint_eq(owner_of(folder), 0);
	ck_assert_uint_eq(mode_of(folder), 0755);
}
END_TEST

START_TEST(nobody_elses_folder_and_no_link_is_taken)
{
	if (not_root("nobody_elses_folder_and_no_link_is_taken"))
		return;
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_lt(outputs_open_state(path, ROLE_UID), 0);
	(void)unlink(path);
	ck_assert_int_eq(chown(folder, 1234, 1234), 0);
	ck_assert_int_lt(outputs_open_state(folder, ROLE_UID), 0);
	ck_assert_uint_eq(owner_of(folder), 1234);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/outputs");
	TCase *tcase = tcase_create("recording");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_recording_is_private);
	tcase_add_test(tcase, a_device_is_no_recording);
	tcase_add_test(tcase, a_pipe_is_no_recording);
	tcase_add_test(tcase, a_link_is_no_recording);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("state");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, an_empty_folder_becomes_the_roles);
	tcase_add_test(tcase, a_folder_that_is_in_use_stays_roots);
	tcase_add_test(tcase, nobody_elses_folder_and_no_link_is_taken);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("calls");
	tcase_add_test(tcase, a_terminal_is_opened_anew_and_does_not_block);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
