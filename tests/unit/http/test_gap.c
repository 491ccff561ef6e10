/* SPDX-License-Identifier: Apache-2.0 */
/* Lost bytes, and connections joined in the middle. */
#include "harness.h"
#include "unit.h"

#define GET "GET / HTTP/1.1\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OK_SSE "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

static struct harness h;

static void setup(void)
{
	harness_init(&h, NULL, false);
}

static void setup_late(void)
{
	harness_init(&h, NULL, true);
}

static void teardown(void)
{
	harness_done(&h);
}

static void expect(size_t index, enum exchange_outcome outcome)
{
	ck_assert_uint_gt(h.count, index);
	ck_assert(h.exchanges[index].ended);
	ck_assert_int_eq(h.exchanges[index].outcome, outcome);
}

/* What comes next on the connection is understood. */
static void expect_in_step(void)
{
	size_t next = h.count;

	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	expect(next, OUTCOME_COMPLETE);
}

START_TEST(inside_a_request_body)
{
	harness_write(&h, POST "ab");
	harness_gap(&h, DIRECTION_WRITE, 6, SKIP_LIMIT);
	harness_write(&h, "yz");
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_TRUNCATED);
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST / authority=\n  Content-Length=10\n> body abyz\n> end\n"
					   "< 200\n  Content-Length=0\n< end\nend truncated\n");
	ck_assert_uint_eq(h.exchanges[0].last.request_body_bytes, 10);
	expect_in_step();
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 0);
}
END_TEST

START_TEST(to_the_end_of_a_body)
{
	harness_write(&h, POST);
	harness_gap(&h, DIRECTION_WRITE, 10, SKIP_RING_FULL);
	ck_assert(h.exchanges[0].request_end);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_GAP);
	expect_in_step();
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 0);
}
END_TEST

START_TEST(beyond_a_body)
{
	harness_write(&h, POST);
	harness_gap(&h, DIRECTION_WRITE, 11, SKIP_RING_FULL);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_GAP);
	harness_write(&h, "rest of something");
	expect_in_step();
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 1);
}
END_TEST

START_TEST(beyond_a_response_body)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_NONE);
	expect(0, OUTCOME_GAP);
	expect_in_step();
}
END_TEST

START_TEST(inside_a_chunk)
{
	harness_write(&h, GET);
	harness_read(&h, OK_SSE "14\r\ndata: 1\n\nda");
	harness_gap(&h, DIRECTION_READ, 6, SKIP_RING_FULL);
	harness_read(&h, "\n\n\r\n9\r\ndata: 3\n\n\r\n0\r\n\r\n");
	expect(0, OUTCOME_GAP);
	ck_assert_uint_eq(h.messages, 2);
	expect_in_step();
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 0);
}
END_TEST

START_TEST(beyond_a_chunk)
{
	harness_write(&h, GET);
	harness_read(&h, OK_SSE "9\r\ndata: 1");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_read(&h, "middle of an event\r\n");
	harness_read(&h, "9\r\ndata: 2\n\n\r\n");
	harness_read(&h, "9\r\ndata: 3\n\n\r\n0\r\n\r\n");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET / authority=\n> end\n"
					   "< 200 sse\n  Content-Type=text/event-stream\n  Transfer-Encoding=chunked\n"
					   "< message 1 []\n< message 2 []\n< message 3 []\n< end\nend gap\n");
	expect_in_step();
}
END_TEST

START_TEST(false_chunk_behind_a_gap)
{
	harness_write(&h, GET);
	harness_read(&h, OK_SSE "9\r\ndata: 1");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_read(&h, "3\r\nthis was text");
	harness_read(&h, "\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
	expect(0, OUTCOME_GAP);
	ck_assert(h.exchanges[0].response_end);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 0);
}
END_TEST

/* The chunk is not that of the new exchange, which has no response yet. */
START_TEST(chunk_of_an_exchange_that_is_over)
{
	harness_write(&h, GET);
	harness_read(&h, OK_SSE "9\r\ndata: 1");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_write(&h, GET);
	expect(0, OUTCOME_GAP);
	harness_read(&h, "9\r\ndata: 2\n\n\r\n");
	ck_assert_uint_eq(h.messages, 1);
	harness_read(&h, OK_EMPTY);
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(chunk_of_a_request_that_is_over)
{
	harness_write(&h, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab");
	harness_gap(&h, DIRECTION_WRITE, 100, SKIP_RING_FULL);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_GAP);
	harness_write(&h, "3\r\nabc\r\n0\r\n\r\n");
	expect_in_step();
}
END_TEST

START_TEST(until_close_goes_on)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\n\r\n{\"a\":");
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	harness_read(&h, "1}");
	harness_close(&h, CLOSE_FREED);
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET / authority=\n> end\n< 200\n< body {\"a\":1}\n< end\nend gap\n");
}
END_TEST

START_TEST(in_a_response_head)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nConte");
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	harness_read(&h, "rest\r\n\r\nbody");
	ck_assert(!h.exchanges[0].ended);
	harness_write(&h, GET);
	expect(0, OUTCOME_GAP);
	harness_read(&h, OK_EMPTY);
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(in_a_request_head)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_write(&h, "POST / HT");
	harness_gap(&h, DIRECTION_WRITE, 10, SKIP_RING_FULL);
	harness_write(&h, "rest\r\n\r\n");
	harness_read(&h, OK_EMPTY);
	harness_write(&h, GET);
	ck_assert_uint_eq(h.count, 2);
	ck_assert(!h.exchanges[1].ended);
	harness_read(&h, OK_EMPTY);
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(whole_response_missing)
{
	harness_write(&h, GET);
	harness_write(&h, "GET /2 HTTP/1.1\r\n\r\n");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_read(&h, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	expect(0, OUTCOME_GAP);
	expect(1, OUTCOME_COMPLETE);
	ck_assert(!h.exchanges[0].response_head);
}
END_TEST

START_TEST(part_of_an_interim_response)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 100 Con");
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_GAP);
}
END_TEST

/* It was read before the request that is waiting was written. */
START_TEST(response_to_an_older_request)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_gap(&h, DIRECTION_WRITE, 100, SKIP_RING_FULL);
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_write(&h, GET);
	h.now_ns -= 3000;
	harness_read(&h, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	ck_assert(!h.exchanges[1].ended);
	h.now_ns += 3000;
	harness_read(&h, OK_EMPTY);
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(a_gap_is_worse_than_a_limit)
{
	harness_write(&h, POST);
	harness_gap(&h, DIRECTION_WRITE, 10, SKIP_LIMIT);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
	harness_gap(&h, DIRECTION_READ, 3, SKIP_FAULT);
	expect(0, OUTCOME_GAP);
}
END_TEST

/* Bytes of exchanges that were ignored on purpose do not spoil the next one. */
START_TEST(ignored_then_wanted)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_gap(&h, DIRECTION_WRITE, 1000, SKIP_IGNORED);
	harness_write(&h, POST "0123456789");
	harness_gap(&h, DIRECTION_READ, 1000, SKIP_IGNORED);
	harness_read(&h, OK_EMPTY);
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(coded_body)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n\x1f\x8b");
	harness_gap(&h, DIRECTION_READ, 18, SKIP_LIMIT);
	harness_read(&h, "0123456789");
	expect(0, OUTCOME_TRUNCATED);
	ck_assert_uint_eq(h.body_bytes, 0);
	ck_assert_uint_eq(stats[STAT_HTTP_CODING_BROKEN], 0);
}
END_TEST

START_TEST(limit_inside_a_chunked_request)
{
	harness_write(&h, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
	harness_gap(&h, DIRECTION_WRITE, 100, SKIP_LIMIT);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_TRUNCATED);
	expect_in_step();
}
END_TEST

START_TEST(gap_before_the_first_byte)
{
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	expect(0, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(late_client)
{
	harness_read(&h, "...rest of an answer that nobody saw begin");
	harness_read(&h, "data: 1\n\n");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_UNDECIDED);
	expect_in_step();
	expect_in_step();
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 1);
	ck_assert_int_eq(h.exchanges[0].last.role, ROLE_CLIENT);
}
END_TEST

START_TEST(late_server)
{
	harness_read(&h, GET);
	harness_write(&h, OK_EMPTY);
	expect(0, OUTCOME_COMPLETE);
	ck_assert_int_eq(h.exchanges[0].last.role, ROLE_SERVER);
}
END_TEST

START_TEST(late_response_to_a_missed_request)
{
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
	ck_assert_uint_eq(h.count, 0);
	expect_in_step();
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, 0);
}
END_TEST

START_TEST(late_and_strange)
{
	for (size_t i = 0; i < 100; i++)
		harness_write(&h, "binary");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_NOT_HTTP], 1);
	expect_in_step();
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("gaps");
	TCase *tcase = tcase_create("gaps"), *late = tcase_create("late");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, inside_a_request_body);
	tcase_add_test(tcase, to_the_end_of_a_body);
	tcase_add_test(tcase, beyond_a_body);
	tcase_add_test(tcase, beyond_a_response_body);
	tcase_add_test(tcase, inside_a_chunk);
	tcase_add_test(tcase, beyond_a_chunk);
	tcase_add_test(tcase, false_chunk_behind_a_gap);
	tcase_add_test(tcase, chunk_of_an_exchange_that_is_over);
	tcase_add_test(tcase, chunk_of_a_request_that_is_over);
	tcase_add_test(tcase, until_close_goes_on);
	tcase_add_test(tcase, in_a_response_head);
	tcase_add_test(tcase, in_a_request_head);
	tcase_add_test(tcase, whole_response_missing);
	tcase_add_test(tcase, part_of_an_interim_response);
	tcase_add_test(tcase, response_to_an_older_request);
	tcase_add_test(tcase, a_gap_is_worse_than_a_limit);
	tcase_add_test(tcase, ignored_then_wanted);
	tcase_add_test(tcase, coded_body);
	tcase_add_test(tcase, limit_inside_a_chunked_request);
	tcase_add_test(tcase, gap_before_the_first_byte);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(late, setup_late, teardown);
	tcase_add_test(late, late_client);
	tcase_add_test(late, late_server);
	tcase_add_test(late, late_response_to_a_missed_request);
	tcase_add_test(late, late_and_strange);
	suite_add_tcase(suite, late);
	return suite;
}
UNIT_SUITE(make)
