/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

static char folder[] = "/tmp/promtap-file-XXXXXX";
static char path[64];
static struct buffer bytes;

static void setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/promtap-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/file", folder);
}

static void teardown(void)
{
	buffer_done(&bytes);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void write_bytes(int count)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	(void)fprintf(file, "%0*d", count, 7);
	(void)fclose(file);
}

START_TEST(whole_files)
{
	write_bytes(100000);
	ck_assert_int_eq(buffer_append(&bytes, "before", 6), 0);
	ck_assert_int_eq(file_read(path, 100000, &bytes), 0);
	ck_assert_uint_eq(bytes.len, 100006);
	ck_assert_mem_eq(bytes.data, "before000", 9);
	ck_assert_int_eq(bytes.data[100005], '7');
	ck_assert_int_eq(file_read(path, 99999, &bytes), -E2BIG);
}
END_TEST

START_TEST(what_is_no_file)
{
	ck_assert_int_eq(file_read(path, 10, &bytes), -ENOENT);
	ck_assert_int_eq(file_read(folder, 10, &bytes), -EISDIR);
	ck_assert_int_eq(file_read("/dev/zero", 10, &bytes), -EINVAL);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_read(path, 10, &bytes), -EINVAL);
}
END_TEST

START_TEST(written_whole)
{
	auto_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), reader = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(file_write(fd, SLICE("one")), 0);
	ck_assert_int_eq(file_write(fd, SLICE("")), 0);
	ck_assert_int_eq(file_write(fd, SLICE("two")), 0);
	ck_assert_int_eq(file_read_fd(reader, 100, &bytes), 0);
	ck_assert(slice_eq(buffer_slice(&bytes), SLICE("onetwo")));
	ck_assert_int_eq(file_write(reader, SLICE("x")), -EBADF);
}
END_TEST

static Suite *make_file(void)
{
	Suite *suite = suite_create("base: file");
	TCase *tc = tcase_create("file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, whole_files);
	tcase_add_test(tc, what_is_no_file);
	tcase_add_test(tc, written_whole);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_file)
