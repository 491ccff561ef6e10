/* SPDX-License-Identifier: Apache-2.0 */
/* The queue, the request that is made of it, and its retries on a simulated clock. */
#include "otlp/queue.h"

#include <errno.h>
#include <zlib.h>

#include "base/clock.h"
#include "otlp/request.h"
#include "sample.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)

static struct queue queue;
static struct request request;

static void setup(void)
{
	queue = (struct queue){ 0 };
	request = (struct request){ 0 };
}

static void teardown(void)
{
	queue_done(&queue);
	request_done(&request);
}

/* A resource is any message here; a body is its name (field 5). */
static int put_limited(const char *resource, uint8_t id, size_t bytes_max)
{
	struct span_ids ids = { .trace_id = { 1 }, .span_id = { id } };

	return queue_put(&queue, bytes_max, id, &ids, slice_of(resource), SLICE("\x2a\x01x"));
}

static void put(const char *resource, uint8_t id)
{
	ck_assert_int_eq(put_limited(resource, id, SIZE_MAX), 0);
}

START_TEST(the_queue_is_bounded)
{
	size_t one;

	put("", 1);
	one = queue.bytes;
	ck_assert_uint_eq(one, queue_item_bytes(queue.first));
	ck_assert_int_eq(put_limited("", 2, 2 * one - 1), -E2BIG);
	ck_assert_int_eq(put_limited("", 2, 2 * one), 0);
	ck_assert_int_eq(put_limited("", 3, 2 * one), -E2BIG);
	ck_assert_int_eq(put_limited("", 3, 0), -E2BIG);
	ck_assert_uint_eq(queue.count, 2);
	ck_assert_uint_eq(queue.bytes, 2 * one);
}
END_TEST

START_TEST(spans_are_found_until_they_are_taken)
{
	const uint8_t first[8] = { 1 }, last[8] = { 3 }, none[8] = { 9 };
	struct queue batch;

	for (uint8_t id = 1; id <= 3; id++)
		put("", id);
	ck_assert_ptr_eq(queue_find(&queue, first), queue.first);
	ck_assert_ptr_eq(queue_find(&queue, last), queue.last);
	ck_assert_ptr_null(queue_find(&queue, none));
	queue_take(&queue, 2, SIZE_MAX, &batch);
	ck_assert_ptr_null(queue_find(&queue, first));
	ck_assert_ptr_eq(queue_find(&queue, last), queue.first);
	ck_assert_ptr_null(queue.first->previous);
	ck_assert_uint_eq(batch.count, 2);
	queue_done(&batch);
	ck_assert_uint_eq(batch.bytes, 0);
	queue_take(&queue, 2, SIZE_MAX, &batch);
	ck_assert_ptr_null(queue.first);
	ck_assert_ptr_null(queue.last);
	ck_assert_uint_eq(queue.bytes, 0);
	put("", 4);
	ck_assert_ptr_eq(queue.first, queue.last);
	queue_done(&batch);
}
END_TEST

START_TEST(a_batch_is_bounded)
{
	struct queue batch;
	size_t one;

	for (uint8_t id = 1; id <= 5; id++)
		put("", id);
	one = queue_item_bytes(queue.first);
	queue_take(&queue, 10, 2 * one, &batch);
	ck_assert_uint_eq(batch.count, 2);
	queue_done(&batch);
	queue_take(&queue, 10, 1, &batch);	/* one at least */
	ck_assert_uint_eq(batch.count, 1);
	queue_done(&batch);
}
END_TEST

static uint8_t span_id(struct slice scope_spans, unsigned n)
{
	struct sample_field span, id;

	ck_assert(sample_field(scope_spans, 2, n, &span));
	ck_assert(sample_field(span.bytes, 2, 0, &id));
	return (uint8_t)*id.bytes.ptr;
}

/* Resources in any order; spans of one in theirs. */
START_TEST(spans_of_one_resource_stand_together)
{
	static const char *const resources[] = { "\x0a\x01" "b", "\x0a\x01" "a", "\x0a\x02" "aa" };
	struct sample_field part, resource, scope_spans, scope, name, url;

	for (uint8_t id = 0; id < 9; id++)
		put(resources[id % 3], id);
	ck_assert_int_eq(request_make(&request, &queue, false, 5), 0);
	ck_assert_uint_eq(queue.count, 0);
	ck_assert_uint_eq(request.count, 9);
	ck_assert_uint_eq(sample_count(buffer_slice(&request.body), 1), 3);
	ck_assert(sample_field(buffer_slice(&request.body), 1, 1, &part));
	ck_assert(sample_field(part.bytes, 1, 0, &resource));
	ck_assert(slice_eq(resource.bytes, SLICE("\x0a\x01" "b")));
	ck_assert_uint_eq(sample_count(part.bytes, 2), 1);
	ck_assert(sample_field(part.bytes, 2, 0, &scope_spans));
	ck_assert(sample_field(scope_spans.bytes, 1, 0, &scope));
	ck_assert(sample_field(scope.bytes, 1, 0, &name));
	ck_assert(slice_eq(name.bytes, SLICE("promtap")));
	ck_assert(sample_field(scope_spans.bytes, 3, 0, &url));
	ck_assert(slice_eq(url.bytes, SLICE(SPAN_SCHEMA_URL)));
	ck_assert_uint_eq(sample_count(scope_spans.bytes, 2), 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(span_id(scope_spans.bytes, i), 3 * i);
}
END_TEST

START_TEST(gzip_comes_back)
{
	static Bytef plain[1 << 16];
	struct buffer expected;
	z_stream stream = { 0 };

	for (int i = 0; i < 200; i++)
		put("\x0a\x01" "b", (uint8_t)i);
	ck_assert_int_eq(request_make(&request, &queue, false, 0), 0);
	expected = request.body;
	ck_assert(!request.is_gzip);
	for (int i = 0; i < 200; i++)
		put("\x0a\x01" "b", (uint8_t)i);
	ck_assert_int_eq(request_make(&request, &queue, true, 0), 0);
	ck_assert(request.is_gzip);
	ck_assert_uint_lt(request.body.len, expected.len / 4);
	ck_assert_int_eq(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_in = (Bytef *)request.body.data;
	stream.avail_in = (uInt)request.body.len;
	stream.next_out = plain;
	stream.avail_out = sizeof(plain);
	ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(stream.total_out, expected.len);
	ck_assert_mem_eq(plain, expected.data, expected.len);
	(void)inflateEnd(&stream);
	buffer_done(&expected);
}
END_TEST

/* ---- retries --------------------------------------------------------------------------------------------- */

#define FOR (300ull * NSEC_PER_SEC)

START_TEST(what_ends_a_request)
{
	put("", 1);
	ck_assert_int_eq(request_make(&request, &queue, false, 0), 0);
	ck_assert_int_eq(request_settle(&request, 200, 0, FOR, 0, 0), REQUEST_TAKEN);
	ck_assert_int_eq(request_settle(&request, 400, 0, FOR, 0, 0), REQUEST_REFUSED);
	ck_assert_int_eq(request_settle(&request, 413, 0, FOR, 0, 0), REQUEST_REFUSED);
	ck_assert_int_eq(request_settle(&request, 401, 0, FOR, 0, 0), REQUEST_REFUSED);
	ck_assert_int_eq(request_settle(&request, 500, 0, FOR, 0, 0), REQUEST_REFUSED);
	ck_assert_int_eq(request_settle(&request, 307, 0, FOR, 0, 0), REQUEST_REFUSED);
}
END_TEST

START_TEST(a_collector_is_down_for_an_hour)
{
	int64_t now = 0;
	unsigned attempts = 0;

	put("", 1);
	ck_assert_int_eq(request_make(&request, &queue, false, now), 0);
	while (request_settle(&request, 0, 0, FOR, now, attempts * 2654435761u) == REQUEST_AGAIN) {
		ck_assert_int_gt(request.due_ns, now);
		ck_assert_int_le(request.due_ns - now, (int64_t)REQUEST_LAST_NS);
		now = request.due_ns;
		attempts++;
	}
	ck_assert_int_ge(now, 300 * SECOND);
	ck_assert_int_le(now, 360 * SECOND);
	ck_assert_uint_le(attempts, 20);
	ck_assert_uint_eq(request.count, 1);	/* the caller's, to be counted */
}
END_TEST

START_TEST(what_the_collector_asks_for_is_kept_to)
{
	put("", 1);
	ck_assert_int_eq(request_make(&request, &queue, false, 0), 0);
	ck_assert_int_eq(request_settle(&request, 429, 20 * NSEC_PER_SEC, FOR, SECOND, 0), REQUEST_AGAIN);
	ck_assert_int_eq(request.due_ns, 21 * SECOND);
	ck_assert_int_eq(request_settle(&request, 503, 86400 * NSEC_PER_SEC, FOR, SECOND, 0), REQUEST_AGAIN);
	ck_assert_int_eq(request.due_ns, SECOND + (int64_t)REQUEST_LAST_NS);
}
END_TEST

static Suite *make_queue(void)
{
	Suite *suite = suite_create("otlp: queue and request");
	TCase *tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_queue_is_bounded);
	tcase_add_test(tc, spans_are_found_until_they_are_taken);
	tcase_add_test(tc, a_batch_is_bounded);
	tcase_add_test(tc, spans_of_one_resource_stand_together);
	tcase_add_test(tc, gzip_comes_back);
	tcase_add_test(tc, what_ends_a_request);
	tcase_add_test(tc, a_collector_is_down_for_an_hour);
	tcase_add_test(tc, what_the_collector_asks_for_is_kept_to);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_queue)
