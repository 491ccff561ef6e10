/* SPDX-License-Identifier: Apache-2.0 */
/* What was recorded is replayed; a file cut anywhere gives what was whole and says where it broke. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/record.h"

static unsigned seen;
static uint64_t last_tgid;

static void count(void *ctx, const struct chunk *chunk)
{
	(void)ctx;
	seen++;
	last_tgid = chunk->conn.tgid;
}

static int record_of_exits(unsigned n)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(recording_begin(fd, 1234), 0);
	for (unsigned i = 1; i <= n; i++) {
		struct event_exit event = { .header = { sizeof(event), EVENT_EXIT, 0, i }, .tgid = i };

		ck_assert_int_eq(recording_append(fd, &event, sizeof(event)), 0);
	}
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int replay(int fd, uint64_t *ret_offset)
{
	int64_t clock = 0;
	int err;

	seen = 0;
	err = recording_replay(fd, count, NULL, &clock, ret_offset);
	if (err == 0)
		ck_assert_int_eq(clock, 1234);
	return err;
}

START_TEST(what_was_recorded_is_replayed)
{
	auto_close int fd = record_of_exits(3);
	uint64_t offset;

	ck_assert_int_eq(replay(fd, &offset), 0);
	ck_assert_uint_eq(seen, 3);
	ck_assert_uint_eq(last_tgid, 3);
}
END_TEST

START_TEST(records_of_odd_length_are_padded)
{
	unsigned char bytes[sizeof(struct event_data) + 8] = { 0 };
	struct event_data *data = (void *)bytes;
	auto_close int fd = record_of_exits(0);
	uint64_t offset;

	data->header = (struct event_header){ sizeof(*data) + 3, EVENT_DATA, 0, 1 };
	data->length = 3;
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), sizeof(struct recording_header));
	ck_assert_int_eq(recording_append(fd, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(recording_append(fd, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), sizeof(struct recording_header) + 2 * sizeof(bytes));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(replay(fd, &offset), 0);
	ck_assert_uint_eq(seen, 2);
}
END_TEST

START_TEST(a_full_disk_leaves_whole_records)
{
	struct event_exit event = { .header = { sizeof(event), EVENT_EXIT, 0, 1 } };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(full, 0);
	ck_assert_int_eq(recording_append(full, &event, sizeof(event)), -ENOSPC);
	ck_assert_int_eq(close(full), 0);
}
END_TEST

START_TEST(a_cut_file_says_where)
{
	size_t whole = sizeof(struct recording_header) + 2 * sizeof(struct event_exit);

	for (size_t cut = 0; cut < whole; cut++) {
		auto_close int fd = record_of_exits(2);
		size_t records = cut < sizeof(struct recording_header) ?
					 0 : (cut - sizeof(struct recording_header)) / sizeof(struct event_exit);
		bool boundary = cut == sizeof(struct recording_header) + records * sizeof(struct event_exit);
		uint64_t offset = 0;

		ck_assert_int_eq(ftruncate(fd, (off_t)cut), 0);
		ck_assert_int_eq(replay(fd, &offset), boundary ? 0 : -EBADMSG);
		ck_assert_uint_eq(seen, records);
		if (cut >= sizeof(struct recording_header))
			ck_assert_uint_eq(offset, sizeof(struct recording_header) +
							  records * sizeof(struct event_exit));
	}
}
END_TEST

START_TEST(other_files_and_versions_are_refused)
{
	static const struct {
		off_t at;
		const char *bytes;
		size_t len;
	} damages[] = {
		{ 0, "P", 1 },
		{ 8, "\x02", 1 },	/* version */
		{ 12, "\x02", 1 },	/* event version */
		{ 64, "\xff\xff\xff\xff", 4 },	/* size of the first record */
		{ 64, "\x04\0\0\0", 4 },
		{ 68, "\x63", 1 },	/* kind */
	};

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		auto_close int fd = record_of_exits(1);
		uint64_t offset;

		ck_assert_int_eq(pwrite(fd, damages[i].bytes, damages[i].len, damages[i].at),
				 (ssize_t)damages[i].len);
		ck_assert_int_eq(replay(fd, &offset), -EBADMSG);
		ck_assert_uint_eq(seen, 0);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("capture/record");
	TCase *tcase = tcase_create("recordings");

	tcase_add_test(tcase, what_was_recorded_is_replayed);
	tcase_add_test(tcase, records_of_odd_length_are_padded);
	tcase_add_test(tcase, a_full_disk_leaves_whole_records);
	tcase_add_test(tcase, a_cut_file_says_where);
	tcase_add_test(tcase, other_files_and_versions_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
