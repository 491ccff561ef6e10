/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks to segments: order, gaps, duplicates, ends and evictions. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/stats.h"
#include "stream/stream.h"
#include "unit.h"

#define IDLE_NS 1000000

static struct stream_table *table;
static struct buffer text;
static uint64_t now_ns;

static const char *const reasons[CLOSE_REASON_MAX] = { "freed", "exit", "evicted", "shutdown" };

/* "1+ 1+late 1w:bytes 1r-5/reason 1!freed" */
static void on_segment(void *ctx, const struct segment *segment)
{
	const struct conn *conn = segment->conn;
	char direction = segment->direction == DIRECTION_WRITE ? 'w' : 'r';
	int err = 0;

	ck_assert_ptr_eq(ctx, &text);
	switch (segment->kind) {
	case SEGMENT_OPEN:
		err = buffer_printf(&text, "%d+%s ", (int)conn->id, conn->late ? "late" : "");
		break;
	case SEGMENT_DATA:
		err = buffer_printf(&text, "%d%c:%.*s ", (int)conn->id, direction, (int)segment->len,
				    (const char *)segment->data);
		break;
	case SEGMENT_GAP:
		err = buffer_printf(&text, "%d%c-%d/%d ", (int)conn->id, direction, (int)segment->gap_bytes,
				    (int)segment->gap_reason);
		break;
	default:
		err = buffer_printf(&text, "%d!%s ", (int)conn->id, reasons[segment->close_reason]);
		break;
	}
	ck_assert_int_eq(err, 0);
}

static void expect(const char *expected)
{
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	ck_assert_str_eq(text.data, expected);
	text.len = 0;
}

static void setup(void)
{
	static const struct stream_limits limits = { .connections_max = 3, .idle_ns = IDLE_NS };

	memset(stats, 0, sizeof(stats));
	now_ns = 1;
	table = stream_new(&limits, on_segment, &text);
	ck_assert_ptr_nonnull(table);
}

static void teardown(void)
{
	stream_free(table);
	buffer_done(&text);
}

static struct chunk data_chunk(uint32_t tgid, uint64_t object, enum event_direction direction, uint64_t position,
			       const char *bytes)
{
	return (struct chunk){
		.kind = CHUNK_DATA,
		.ts_ns = now_ns,
		.ts_enter_ns = now_ns,
		.conn = { .tgid = tgid, .object = object, .generation = 7 },
		.direction = direction,
		.position = position,
		.data = (const uint8_t *)bytes,
		.len = strlen(bytes),
	};
}

static void data(uint32_t tgid, uint64_t object, enum event_direction direction, uint64_t position, const char *bytes)
{
	struct chunk chunk = data_chunk(tgid, object, direction, position, bytes);

	stream_on_chunk(table, &chunk);
}

static void end(enum chunk_kind kind, uint32_t tgid, uint64_t object)
{
	struct chunk chunk = {
		.kind = kind,
		.ts_ns = now_ns,
		.conn = { .tgid = tgid, .object = object, .generation = 7 },
	};

	stream_on_chunk(table, &chunk);
}

START_TEST(in_order)
{
	data(1, 1, DIRECTION_WRITE, 0, "ab");
	data(1, 1, DIRECTION_READ, 0, "12");
	data(1, 1, DIRECTION_WRITE, 2, "cd");
	end(CHUNK_CLOSE, 1, 1);
	expect("1+ 1w:ab 1r:12 1w:cd 1!freed ");
	ck_assert_uint_eq(stream_count(table), 0);
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_OPENED], 1);
	ck_assert_uint_eq(stats[STAT_STREAM_GAPS], 0);
}
END_TEST

START_TEST(keys)
{
	struct chunk other_generation = data_chunk(1, 1, DIRECTION_WRITE, 0, "c");

	data(1, 1, DIRECTION_WRITE, 0, "a");
	data(2, 1, DIRECTION_WRITE, 0, "b");
	other_generation.conn.generation = 8;
	stream_on_chunk(table, &other_generation);
	expect("1+ 1w:a 2+ 2w:b 3+ 3w:c ");
	ck_assert_uint_eq(stream_count(table), 3);
}
END_TEST

START_TEST(gap)
{
	data(1, 1, DIRECTION_WRITE, 0, "ab");
	data(1, 1, DIRECTION_WRITE, 5, "fg");
	data(1, 1, DIRECTION_READ, 4, "x");
	expect("1+ 1w:ab 1w-3/0 1w:fg 1r-4/0 1r:x ");
	ck_assert_uint_eq(stats[STAT_STREAM_GAPS], 2);
	ck_assert_uint_eq(stats[STAT_STREAM_GAP_BYTES], 7);
}
END_TEST

START_TEST(skipped)
{
	struct chunk chunk = data_chunk(1, 1, DIRECTION_WRITE, 0, "ab");

	chunk.skipped = 10;
	chunk.skip_reason = SKIP_LIMIT;
	stream_on_chunk(table, &chunk);
	expect("1+ 1w:ab 1w-10/1 ");
	data(1, 1, DIRECTION_WRITE, 12, "c");
	expect("1w:c ");
	ck_assert_uint_eq(stats[STAT_STREAM_GAPS], 1);
}
END_TEST

START_TEST(only_skipped)
{
	struct chunk chunk = data_chunk(1, 1, DIRECTION_READ, 0, "");

	chunk.data = NULL;
	chunk.skipped = 10;
	chunk.skip_reason = SKIP_IGNORED;
	stream_on_chunk(table, &chunk);
	expect("1+ 1r-10/4 ");
}
END_TEST

START_TEST(duplicates)
{
	struct chunk chunk = data_chunk(1, 1, DIRECTION_WRITE, 2, "cd");

	data(1, 1, DIRECTION_WRITE, 0, "abcd");
	data(1, 1, DIRECTION_WRITE, 2, "cdef");
	data(1, 1, DIRECTION_WRITE, 0, "abc");
	expect("1+ 1w:abcd 1w:ef ");
	ck_assert_uint_eq(stats[STAT_STREAM_DUPLICATE_BYTES], 5);
	/* What it skips was partly seen. */
	chunk.skipped = 5;
	chunk.skip_reason = SKIP_FAULT;
	stream_on_chunk(table, &chunk);
	expect("1w-3/3 ");
}
END_TEST

START_TEST(joined_in_the_middle)
{
	struct chunk chunk = data_chunk(1, 2, DIRECTION_WRITE, 0, "x");

	data(1, 1, DIRECTION_READ, 100, "a");
	data(1, 1, DIRECTION_WRITE, 50, "b");
	data(1, 1, DIRECTION_WRITE, 52, "c");
	expect("1+late 1r:a 1w:b 1w-1/0 1w:c ");
	chunk.late = true;
	stream_on_chunk(table, &chunk);
	data(1, 2, DIRECTION_READ, 9, "y");
	expect("2+late 2w:x 2r:y ");
	ck_assert_uint_eq(stats[STAT_STREAM_GAPS], 1);
}
END_TEST

START_TEST(exit_closes_all_of_the_process)
{
	data(1, 1, DIRECTION_WRITE, 0, "a");
	data(2, 1, DIRECTION_WRITE, 0, "b");
	data(1, 2, DIRECTION_WRITE, 0, "c");
	end(CHUNK_PROCESS, 1, 0);
	text.len = 0;
	end(CHUNK_EXIT, 3, 0);
	end(CHUNK_EXIT, 1, 0);
	expect("3!exit 1!exit ");
	ck_assert_uint_eq(stream_count(table), 1);
	data(1, 1, DIRECTION_WRITE, 0, "d");
	expect("4+ 4w:d ");
}
END_TEST

START_TEST(full)
{
	data(1, 1, DIRECTION_WRITE, 0, "a");
	data(1, 2, DIRECTION_WRITE, 0, "b");
	data(1, 3, DIRECTION_WRITE, 0, "c");
	data(1, 1, DIRECTION_WRITE, 1, "d");
	text.len = 0;
	data(1, 4, DIRECTION_WRITE, 0, "e");
	expect("2!evicted 4+ 4w:e ");
	ck_assert_uint_eq(stream_count(table), 3);
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_EVICTED], 1);
	/* An evicted one comes back as one that was joined in the middle. */
	data(1, 2, DIRECTION_WRITE, 1, "f");
	expect("3!evicted 5+late 5w:f ");
}
END_TEST

START_TEST(idle)
{
	data(1, 1, DIRECTION_WRITE, 0, "a");
	now_ns += IDLE_NS;
	data(1, 2, DIRECTION_WRITE, 0, "b");
	expect("1+ 1w:a 2+ 2w:b ");
	now_ns += 1;
	end(CHUNK_PROCESS, 9, 0);
	expect("1!evicted ");
	/* Time does not go back. */
	now_ns = 1;
	data(1, 2, DIRECTION_WRITE, 1, "c");
	now_ns = 2 * IDLE_NS;
	data(1, 3, DIRECTION_WRITE, 0, "d");
	expect("2w:c 3+ 3w:d ");
}
END_TEST

START_TEST(close_of_the_unknown)
{
	end(CHUNK_CLOSE, 1, 1);
	end(CHUNK_EXIT, 1, 0);
	end(CHUNK_UNKNOWN, 1, 0);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

START_TEST(positions_that_wrap)
{
	struct chunk chunk = data_chunk(1, 1, DIRECTION_WRITE, UINT64_MAX, "ab");

	stream_on_chunk(table, &chunk);
	chunk.position = 5;
	chunk.skipped = UINT64_MAX - 5;
	stream_on_chunk(table, &chunk);
	chunk.skipped = 0;
	chunk.direction = DIRECTION_MAX;
	stream_on_chunk(table, &chunk);
	ck_assert_uint_eq(text.len, 0);
	ck_assert_uint_eq(stream_count(table), 0);
}
END_TEST

START_TEST(shutdown_closes_all)
{
	static const struct stream_limits limits = { .connections_max = 1000, .idle_ns = IDLE_NS };
	struct stream_table *other = stream_new(&limits, on_segment, &text);

	for (uint64_t object = 0; object < 2000; object++) {
		struct chunk chunk = data_chunk((uint32_t)object % 7, object, DIRECTION_WRITE, 0, "x");

		stream_on_chunk(other, &chunk);
	}
	ck_assert_uint_eq(stream_count(other), 1000);
	text.len = 0;
	stream_free(other);
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "1001!shutdown "));
	ck_assert_ptr_nonnull(strstr(text.data, "2000!shutdown "));
	text.len = 0;
	stream_free(NULL);
}
END_TEST

/* The same bytes and no gap, however a call was cut into records. */
START_TEST(cut_anywhere)
{
	static const char bytes[] = "0123456789abcdef";

	for (size_t first = 1; first + 1 < sizeof(bytes); first++) {
		struct chunk chunk = data_chunk(1, first, DIRECTION_WRITE, 0, bytes);
		char expected[128];

		(void)snprintf(expected, sizeof(expected), "%zu+ %zuw:%.*s %zuw:%s %zu!freed ", first, first, (int)first,
			       bytes, first, bytes + first, first);
		chunk.len = first;
		stream_on_chunk(table, &chunk);
		data(1, first, DIRECTION_WRITE, first, bytes + first);
		end(CHUNK_CLOSE, 1, first);
		expect(expected);
	}
	ck_assert_uint_eq(stats[STAT_STREAM_GAPS] + stats[STAT_STREAM_DUPLICATE_BYTES], 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = tcase_create("segments");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, in_order);
	tcase_add_test(tcase, keys);
	tcase_add_test(tcase, gap);
	tcase_add_test(tcase, skipped);
	tcase_add_test(tcase, only_skipped);
	tcase_add_test(tcase, duplicates);
	tcase_add_test(tcase, joined_in_the_middle);
	tcase_add_test(tcase, exit_closes_all_of_the_process);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, idle);
	tcase_add_test(tcase, close_of_the_unknown);
	tcase_add_test(tcase, positions_that_wrap);
	tcase_add_test(tcase, shutdown_closes_all);
	tcase_add_test(tcase, cut_anywhere);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
