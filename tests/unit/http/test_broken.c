/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed input and limits. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "harness.h"
#include "unit.h"

#define GET "GET / HTTP/1.1\r\n\r\n"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static struct harness h;
static struct http_limits limits;

static void setup(void)
{
	limits = http_limits_default;
	harness_init(&h, NULL, false);
}

static void setup_small(void)
{
	limits = http_limits_default;
	limits.head_bytes = 1000;
	limits.headers_max = 4;
	limits.held_bytes = 2000;
	limits.buffered_bytes = 5000;
	limits.pipelined_max = 3;
	harness_init(&h, &limits, false);
}

static void teardown(void)
{
	harness_done(&h);
}

static const char *const bad_requests[] = {
	"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
	"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
	"POST / HTTP/1.1\r\nno colon\r\n\r\n",
	"POST / HTTP/1.1\r\n: no name\r\n\r\n",
	"POST / HTTP/1.1\r\nbad name: v\r\n\r\n",
	"POST / HTTP/2.0\r\n\r\n",
	"POST / HTTP/1.1x\r\n\r\n",
	"POST / http/1.1\r\n\r\n",
	"POST /\r\n\r\n",
	"POST  HTTP/1.1\r\n\r\n",
	"POST / a HTTP/1.1\r\n\r\n",
	"PO(T / HTTP/1.1\r\n\r\n",
};

START_TEST(bad_request)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_write(&h, bad_requests[_i]);
	ck_assert_uint_eq(h.count, 1);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 1);
	/* The next one that begins a write is picked up. */
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert(h.exchanges[1].ended);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 1);
}
END_TEST

static const char *const bad_responses[] = {
	"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	"HTTP/1.1 2000 OK\r\n\r\n",
	"HTTP/1.1 20 OK\r\n\r\n",
	"HTTP/1.1 099 OK\r\n\r\n",
	"HTTP/1.1 200-OK\r\n\r\n",
	"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
	"garbage where a response should be\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n;\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\rb",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\rx",
};

START_TEST(bad_response)
{
	harness_write(&h, GET);
	harness_read(&h, bad_responses[_i]);
	ck_assert(h.exchanges[0].ended);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 1);
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[1].ended);
}
END_TEST

START_TEST(bad_response_before_the_request_ends)
{
	harness_write(&h, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
	harness_read(&h, "HTTP/1.1 2 OK\r\n\r\n");
	ck_assert(!h.exchanges[0].ended);
	harness_write(&h, "cd" GET);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	harness_read(&h, OK_EMPTY);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(bad_request_body)
{
	harness_write(&h, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nnonsense\r\n");
	harness_read(&h, OK_EMPTY);
	ck_assert(h.exchanges[0].ended);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
}
END_TEST

START_TEST(garbage_behind_a_request)
{
	harness_write(&h, "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\naGARBAGE\r\n\r\n");
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 1);
	harness_read(&h, OK_EMPTY);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[0].ended);
}
END_TEST

START_TEST(header_of_10_mib)
{
	const size_t size = 10 * 1024 * 1024, piece = 16384;
	auto_free char *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', size);
	harness_write(&h, "POST / HTTP/1.1\r\nHuge: ");
	for (size_t at = 0; at < size; at += piece)
		harness_feed(&h, DIRECTION_WRITE, bytes + at, piece);
	harness_write(&h, "\r\n\r\n");
	ck_assert_uint_eq(h.count, 0);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
	harness_read(&h, OK_EMPTY);
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 204 No Content\r\n\r\n");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET / authority=\n> end\n< 204\n< end\nend complete\n");
}
END_TEST

START_TEST(response_head_over_limit)
{
	char text[2000];

	harness_write(&h, GET);
	memset(text, 'x', sizeof(text));
	memcpy(text, "HTTP/1.1 200 OK\r\nX: ", 20);
	harness_feed(&h, DIRECTION_READ, text, sizeof(text));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert(h.exchanges[0].ended);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

START_TEST(head_over_limit_in_one_piece)
{
	char text[1100];

	(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nX: %01000d\r\n\r\n", 0);
	harness_write(&h, text);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

START_TEST(too_many_headers)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 204 No Content\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n");
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 204 No Content\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\n\r\n");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

START_TEST(too_many_in_flight)
{
	harness_write(&h, GET GET GET);
	ck_assert(!h.exchanges[0].ended);
	harness_write(&h, GET);
	ck_assert_uint_eq(h.count, 3);
	ck_assert_int_eq(h.exchanges[2].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert_int_eq(h.exchanges[3].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[3].ended);
}
END_TEST

START_TEST(held_over_limit)
{
	harness_read(&h, "HTTP/1.1 200 OK\r\n\r\n");
	for (size_t i = 0; i < 100; i++)
		harness_read(&h, "body without a request");
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert(h.exchanges[0].ended);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(chunk_extension_over_limit)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
	for (size_t i = 0; i < 70000 / 10 && !h.exchanges[0].ended; i++)
		harness_read(&h, "0123456789");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert(h.exchanges[0].ended);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

START_TEST(memory_of_all_connections)
{
	/* The state of one decoder is more than all may have. */
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("broken");
	TCase *tcase = tcase_create("malformed"), *small = tcase_create("limits");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, bad_request, 0, ARRAY_SIZE(bad_requests));
	tcase_add_loop_test(tcase, bad_response, 0, ARRAY_SIZE(bad_responses));
	tcase_add_test(tcase, bad_response_before_the_request_ends);
	tcase_add_test(tcase, bad_request_body);
	tcase_add_test(tcase, garbage_behind_a_request);
	tcase_add_test(tcase, header_of_10_mib);
	tcase_add_test(tcase, chunk_extension_over_limit);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(small, setup_small, teardown);
	tcase_add_test(small, response_head_over_limit);
	tcase_add_test(small, head_over_limit_in_one_piece);
	tcase_add_test(small, too_many_headers);
	tcase_add_test(small, too_many_in_flight);
	tcase_add_test(small, held_over_limit);
	tcase_add_test(small, memory_of_all_connections);
	suite_add_tcase(suite, small);
	return suite;
}
UNIT_SUITE(make)
