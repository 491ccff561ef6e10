/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled rules on disk: what is not exactly what was written counts as absent. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/rule_cache.h"

#define KEY 0x1234

static char folder[64], path[128];
static struct buffer kept;

static void setup(void)
{
	char made[] = "/tmp/promtap-cache-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(made));
	(void)snprintf(folder, sizeof(folder), "%s/rules", made);
	(void)snprintf(path, sizeof(path), "%s/rules-%016x.hs", folder, KEY);
	kept = (struct buffer){ 0 };
}

static size_t count_files(bool remove)
{
	DIR *open = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	while (open && (entry = readdir(open))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (remove)
			(void)unlinkat(dirfd(open), entry->d_name, 0);
	}
	if (open)
		(void)closedir(open);
	return count;
}

static void teardown(void)
{
	buffer_done(&kept);
	(void)count_files(true);
	(void)rmdir(folder);
	*strrchr(folder, '/') = '\0';
	(void)rmdir(folder);
}

static int read_again(void)
{
	kept.len = 0;
	return rule_cache_read(folder, KEY, &kept);
}

START_TEST(kept_and_found)
{
	struct stat status;

	ck_assert_int_eq(read_again(), -ENOENT);
	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("compiled")), 0);
	ck_assert_int_eq(read_again(), 0);
	ck_assert(slice_eq(buffer_slice(&kept), SLICE("compiled")));
	ck_assert_uint_eq(count_files(false), 1);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(folder, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0700);
	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("anew")), 0);
	ck_assert_int_eq(read_again(), 0);
	ck_assert(slice_eq(buffer_slice(&kept), SLICE("anew")));
	ck_assert_int_eq(rule_cache_read(folder, KEY + 1, &kept), -ENOENT);
}
END_TEST

static int read_newest(void)
{
	kept.len = 0;
	return rule_cache_read_newest(folder, &kept);
}

START_TEST(newest)
{
	auto_close int fd = -1;

	ck_assert_int_eq(read_newest(), -ENOENT);
	ck_assert_int_eq(rule_cache_write(folder, KEY + 1, SLICE("last")), 0);
	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("first")), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(futimens(fd, (struct timespec[2]){ { 1, 0 }, { 1, 0 } }), 0);
	ck_assert_int_eq(read_newest(), 0);
	ck_assert(slice_eq(buffer_slice(&kept), SLICE("last")));
	/* Used again. */
	ck_assert_int_eq(futimens(fd, (struct timespec[2]){ { INT32_MAX, 0 }, { INT32_MAX, 0 } }), 0);
	ck_assert_int_eq(read_newest(), 0);
	ck_assert(slice_eq(buffer_slice(&kept), SLICE("first")));
	ck_assert_int_eq(pwrite(fd, "x", 1, 20), 1);
	ck_assert_int_eq(futimens(fd, (struct timespec[2]){ { INT32_MAX, 0 }, { INT32_MAX, 0 } }), 0);
	ck_assert_int_eq(read_newest(), -ENOENT);
}
END_TEST

/* What is of one set by its name is not taken for another. */
START_TEST(renamed)
{
	char other[128];

	ck_assert_int_eq(rule_cache_write(folder, KEY + 1, SLICE("other")), 0);
	(void)snprintf(other, sizeof(other), "%s/rules-%016x.hs", folder, KEY + 1);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(read_again(), -ENOENT);
	ck_assert_int_eq(read_newest(), -ENOENT);
}
END_TEST

static void flip(off_t at)
{
	auto_close int fd = open(path, O_RDWR);
	char byte;

	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
}

START_TEST(every_byte_counts)
{
	struct stat status;

	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("compiled")), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	for (off_t at = 0; at < status.st_size; at++) {
		flip(at);
		ck_assert_int_eq(read_again(), -ENOENT);
		ck_assert_uint_eq(kept.len, 0);
		flip(at);
		ck_assert_int_eq(read_again(), 0);
	}
	for (off_t size = status.st_size - 1; size >= 0; size--) {
		ck_assert_int_eq(truncate(path, size), 0);
		ck_assert_int_eq(read_again(), -ENOENT);
	}
}
END_TEST

START_TEST(others_must_not_write)
{
	char target[160];

	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("compiled")), 0);
	ck_assert_int_eq(chmod(path, 0620), 0);
	ck_assert_int_eq(read_again(), -ENOENT);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(read_again(), 0);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	ck_assert_int_eq(read_again(), -ENOENT);
	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("compiled")), -EPERM);
	ck_assert_int_eq(chmod(folder, 0700), 0);
	(void)snprintf(target, sizeof(target), "%s/target", folder);
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(read_again(), -ENOENT);
}
END_TEST

/* The least recently used go; what is none of ours stays. */
START_TEST(few_are_kept)
{
	char other[128];
	FILE *file;

	ck_assert_int_eq(rule_cache_write(folder, KEY, SLICE("compiled")), 0);
	(void)snprintf(other, sizeof(other), "%s/notes.hs", folder);
	file = fopen(other, "w");
	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	for (uint64_t key = 1; key <= 2 * RULE_CACHE_FILES_MAX; key++) {
		ck_assert_int_eq(usleep(10000), 0);	/* so that file times differ */
		ck_assert_int_eq(rule_cache_write(folder, key, SLICE("other")), 0);
		ck_assert_int_eq(usleep(10000), 0);
		ck_assert_int_eq(read_again(), 0);
	}
	ck_assert_uint_eq(count_files(false), RULE_CACHE_FILES_MAX + 1);
	kept.len = 0;
	ck_assert_int_eq(rule_cache_read(folder, 1, &kept), -ENOENT);
	ck_assert_int_eq(rule_cache_read(folder, 2 * RULE_CACHE_FILES_MAX, &kept), 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be)
{
	ck_assert_int_eq(rule_cache_write("/proc/promtap", KEY, SLICE("x")), -ENOENT);
	ck_assert_int_eq(rule_cache_write("/dev/null", KEY, SLICE("x")), -ENOTDIR);
	ck_assert_int_eq(rule_cache_read("/dev/null", KEY, &kept), -ENOENT);
}
END_TEST

static Suite *make_rule_cache(void)
{
	Suite *suite = suite_create("roles: rule cache");
	TCase *tc = tcase_create("rule cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, kept_and_found);
	tcase_add_test(tc, newest);
	tcase_add_test(tc, renamed);
	tcase_add_test(tc, every_byte_counts);
	tcase_add_test(tc, others_must_not_write);
	tcase_add_test(tc, few_are_kept);
	tcase_add_test(tc, a_folder_that_cannot_be);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_rule_cache)
