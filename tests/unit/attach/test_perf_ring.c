/* SPDX-License-Identifier: Apache-2.0 */
/* Records of process events, made here byte by byte, at every place of a ring. */
#include "attach/perf_ring.h"

#include <linux/perf_event.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "unit.h"

#define RING_BYTES 4096u

static struct buffer seen;

static void note(void *ctx, const struct process_event *event)
{
	(void)ctx;
	ck_assert_int_eq(buffer_printf(&seen, "%d pid %u parent %u at %llu <%.*s>\n", event->kind, event->pid, event->parent,
				       (unsigned long long)event->ts_ns, (int)event->mapping.path.len,
				       event->mapping.path.ptr ? event->mapping.path.ptr : ""),
			 0);
}

static void seen_reset(void)
{
	buffer_done(&seen);
	seen = (struct buffer){ 0 };
}

static const char *seen_text(void)
{
	return seen.len > 0 ? seen.data : "";
}

/* Appends a record: header, body, time. */
static void record_add(struct buffer *records, uint32_t type, uint16_t misc, const void *body, size_t len, uint64_t ts_ns)
{
	struct perf_event_header header = {
		.type = type,
		.misc = misc,
		.size = (uint16_t)(sizeof(header) + len + sizeof(ts_ns)),
	};

	ck_assert_int_eq(buffer_append(records, &header, sizeof(header)), 0);
	ck_assert_int_eq(buffer_append(records, body, len), 0);
	ck_assert_int_eq(buffer_append(records, &ts_ns, sizeof(ts_ns)), 0);
}

struct mmap2_body {
	uint32_t pid, tid;
	uint64_t address, length, page_offset;
	uint32_t major, minor;
	uint64_t inode, generation;
	uint32_t protection, flags;
	char path[24];
};

static struct buffer records_make(void)
{
	static const struct mmap2_body map = { .pid = 12, .tid = 13, .address = 0x1000, .length = 0x2000, .inode = 5,
					       .path = "/lib/libssl.so.3" };
	static const uint32_t exec[] = { 10, 10, 'c' }, rename[] = { 11, 11, 'd' };
	static const uint32_t fork_process[] = { 21, 20, 21, 20, 0, 0 }, fork_thread[] = { 20, 20, 22, 20, 0, 0 };
	static const uint32_t exit_process[] = { 21, 20, 21, 20, 0, 0 }, exit_thread[] = { 20, 20, 22, 20, 0, 0 };
	struct buffer records = { 0 };

	record_add(&records, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, exec, sizeof(exec), 100);
	record_add(&records, PERF_RECORD_COMM, 0, rename, sizeof(rename), 101);
	record_add(&records, PERF_RECORD_MMAP2, 0, &map, sizeof(map), 102);
	record_add(&records, PERF_RECORD_FORK, 0, fork_process, sizeof(fork_process), 103);
	record_add(&records, PERF_RECORD_FORK, 0, fork_thread, sizeof(fork_thread), 104);
	record_add(&records, PERF_RECORD_EXIT, 0, exit_thread, sizeof(exit_thread), 105);
	record_add(&records, PERF_RECORD_EXIT, 0, exit_process, sizeof(exit_process), 106);
	record_add(&records, PERF_RECORD_SAMPLE, 0, exec, sizeof(exec), 107);
	return records;
}

static const char expected[] = "1 pid 10 parent 0 at 100 <>\n"
			       "2 pid 12 parent 0 at 102 </lib/libssl.so.3>\n"
			       "3 pid 21 parent 20 at 103 <>\n"
			       "4 pid 21 parent 20 at 106 <>\n";

static void ring_read(const struct buffer *records, uint64_t tail, uint64_t head)
{
	static uint8_t ring[RING_BYTES];

	for (size_t i = 0; i < records->len; i++)
		ring[(tail + i) % RING_BYTES] = (uint8_t)records->data[i];
	seen_reset();
	perf_records_read(ring, RING_BYTES, tail, head, note, NULL);
}

START_TEST(test_records_wrap_anywhere)
{
	struct buffer records = records_make();

	for (uint64_t tail = 0; tail < 2 * RING_BYTES; tail++) {
		ring_read(&records, tail, tail + records.len);
		ck_assert_str_eq(seen_text(), expected);
	}
	buffer_done(&records);
}
END_TEST

static bool whole_records(const struct buffer *records, size_t len)
{
	size_t at = 0;

	while (at < len) {
		struct perf_event_header header;

		memcpy(&header, records->data + at, sizeof(header));
		at += header.size;
	}
	return at == len;
}

/* What is not whole is said to be lost, and nothing is read beyond it. */
START_TEST(test_cut_at_every_byte)
{
	struct buffer records = records_make();

	for (size_t cut = 0; cut < records.len; cut++) {
		const char *lost;

		ring_read(&records, RING_BYTES - 100, RING_BYTES - 100 + cut);
		lost = strstr(seen_text(), "5 pid 0");
		ck_assert_int_eq(strncmp(seen_text(), expected, lost ? (size_t)(lost - seen_text()) : seen.len), 0);
		ck_assert_int_eq(lost != NULL, !whole_records(&records, cut));
	}
	buffer_done(&records);
}
END_TEST

START_TEST(test_sizes_that_lie)
{
	static const uint16_t sizes[] = { 0, 1, 7, 8, 15, 16, 17, 40, 65535 };
	static const uint32_t types[] = { PERF_RECORD_COMM, PERF_RECORD_FORK, PERF_RECORD_EXIT, PERF_RECORD_MMAP2,
					  PERF_RECORD_LOST, 0, UINT32_MAX };
	struct buffer records = { 0 };
	char zeros[256] = { 0 };

	ck_assert_int_eq(buffer_append(&records, zeros, sizeof(zeros)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(types); j++) {
			struct perf_event_header header = { .type = types[j], .size = sizes[i] };

			memcpy(records.data, &header, sizeof(header));
			ring_read(&records, 4090, 4090 + records.len);
			/* The zeros behind it are no record: every reading ends with a loss. */
			ck_assert_ptr_nonnull(strstr(seen_text(), "5 pid 0"));
		}
	}
	buffer_done(&records);
}
END_TEST

START_TEST(test_more_than_the_ring_holds)
{
	struct buffer none = { 0 };

	ring_read(&none, 5, 5 + RING_BYTES + 8);
	ck_assert_str_eq(seen_text(), "5 pid 0 parent 0 at 0 <>\n");
}
END_TEST

START_TEST(test_lost_record_is_reported)
{
	static const uint64_t lost[] = { 1, 99 };
	struct buffer records = { 0 };

	record_add(&records, PERF_RECORD_LOST, 0, lost, sizeof(lost), 0);
	ring_read(&records, 0, records.len);
	ck_assert_str_eq(seen_text(), "5 pid 0 parent 0 at 0 <>\n");
	buffer_done(&records);
}
END_TEST

START_TEST(test_path_without_an_end)
{
	struct mmap2_body map = { .pid = 1, .tid = 1, .address = 1, .length = 1 };
	struct buffer records = { 0 };

	memset(map.path, 'p', sizeof(map.path));
	record_add(&records, PERF_RECORD_MMAP2, 0, &map, sizeof(map), UINT64_MAX);
	ring_read(&records, 0, records.len);
	ck_assert_ptr_nonnull(strstr(seen_text(), "<pppppppppppppppppppppppp>"));
	map.length = UINT64_MAX;
	records.len = 0;
	record_add(&records, PERF_RECORD_MMAP2, 0, &map, sizeof(map), 1);
	ring_read(&records, 0, records.len);
	ck_assert_uint_eq(seen.len, 0);
	buffer_done(&records);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("perf_ring");
	TCase *tests = tcase_create("records");

	tcase_add_test(tests, test_records_wrap_anywhere);
	tcase_add_test(tests, test_cut_at_every_byte);
	tcase_add_test(tests, test_sizes_that_lie);
	tcase_add_test(tests, test_more_than_the_ring_holds);
	tcase_add_test(tests, test_lost_record_is_reported);
	tcase_add_test(tests, test_path_without_an_end);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
