/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the agreed form become chunks; all others are refused and counted. */
#include "unit.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/stats.h"
#include "capture/chunk.h"

static struct chunk last;
static int calls;

static void keep(void *ctx, const struct chunk *chunk)
{
	(void)ctx;
	last = *chunk;
	calls++;
}

static void setup(void)
{
	memset(&last, 0, sizeof(last));
	memset(stats, 0, sizeof(stats));
	calls = 0;
}

static size_t make_data(void *buffer, const char *text)
{
	struct event_data *data = buffer;

	memset(data, 0, sizeof(*data));
	data->header.kind = EVENT_DATA;
	data->header.size = (uint32_t)(sizeof(*data) + strlen(text));
	data->header.ts_ns = 20;
	data->ts_enter_ns = 10;
	data->conn = (struct conn_key){ .object = 1, .generation = 2, .tgid = 3 };
	data->position = 100;
	data->length = (uint32_t)strlen(text);
	data->direction = DIRECTION_READ;
	data->flags = DATA_FLAG_LATE;
	memcpy(data->bytes, text, strlen(text));
	return data->header.size;
}

START_TEST(data_is_delivered)
{
	alignas(8) unsigned char record[512];
	size_t size = make_data(record, "hello");

	/* The ring's record is as long as its size class. */
	ck_assert_int_eq(chunk_from_event(record, sizeof(record), keep, NULL), 0);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(last.kind, CHUNK_DATA);
	ck_assert_uint_eq(last.position, 100);
	ck_assert_uint_eq(last.len, 5);
	ck_assert_mem_eq(last.data, "hello", 5);
	ck_assert_uint_eq(last.ts_enter_ns, 10);
	ck_assert_uint_eq(last.ts_ns, 20);
	ck_assert(last.late);
	ck_assert_uint_eq(stats[STAT_BYTES_CAPTURED_READ], 5);
	ck_assert_int_eq(chunk_from_event(record, size, keep, NULL), 0);
}
END_TEST

START_TEST(every_shorter_record_is_refused)
{
	alignas(8) unsigned char record[512];
	size_t size = make_data(record, "hello");

	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(chunk_from_event(record, cut, keep, NULL), -EBADMSG);
	ck_assert_int_eq(calls, 0);
	ck_assert_uint_eq(stats[STAT_RECORDS_INVALID], size);
}
END_TEST

START_TEST(fields_out_of_range_are_refused)
{
	alignas(8) unsigned char record[512];
	struct event_data *data = (void *)record;
	size_t size = make_data(record, "hello");

	data->direction = DIRECTION_MAX;
	ck_assert_int_eq(chunk_from_event(record, size, keep, NULL), -EBADMSG);
	(void)make_data(record, "hello");
	data->skip_reason = SKIP_REASON_MAX;
	ck_assert_int_eq(chunk_from_event(record, size, keep, NULL), -EBADMSG);
	(void)make_data(record, "hello");
	data->length = 6;
	ck_assert_int_eq(chunk_from_event(record, size, keep, NULL), -EBADMSG);
	(void)make_data(record, "hello");
	data->header.kind = EVENT_KIND_MAX;
	ck_assert_int_eq(chunk_from_event(record, size, keep, NULL), -EBADMSG);
	(void)make_data(record, "");
	ck_assert_int_eq(chunk_from_event(record, sizeof(*data), keep, NULL), -EBADMSG);
	ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(other_kinds_are_delivered)
{
	struct event_close close = { .header = { sizeof(close), EVENT_CLOSE, 0, 5 }, .conn = { .tgid = 7 } };
	struct event_exit end = { .header = { sizeof(end), EVENT_EXIT, 0, 6 }, .tgid = 8 };
	static struct event_process process = { .header = { sizeof(process), EVENT_PROCESS, 0, 7 }, .tgid = 9 };

	ck_assert_int_eq(chunk_from_event(&close, sizeof(close), keep, NULL), 0);
	ck_assert_int_eq(last.kind, CHUNK_CLOSE);
	ck_assert_uint_eq(last.conn.tgid, 7);
	ck_assert_int_eq(chunk_from_event(&end, sizeof(end), keep, NULL), 0);
	ck_assert_int_eq(last.kind, CHUNK_EXIT);
	ck_assert_uint_eq(last.conn.tgid, 8);
	ck_assert_int_eq(chunk_from_event(&process, sizeof(process), keep, NULL), 0);
	ck_assert_int_eq(last.kind, CHUNK_PROCESS);
	ck_assert_ptr_eq(last.process, &process);
	process.header.size--;
	ck_assert_int_eq(chunk_from_event(&process, sizeof(process), keep, NULL), -EBADMSG);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("capture/chunk");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, data_is_delivered);
	tcase_add_test(tcase, every_shorter_record_is_refused);
	tcase_add_test(tcase, fields_out_of_range_are_refused);
	tcase_add_test(tcase, other_kinds_are_delivered);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
