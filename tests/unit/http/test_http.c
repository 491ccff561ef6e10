/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges on one HTTP/1 connection in good order. */
#include "harness.h"
#include "unit.h"

#define GET "GET / HTTP/1.1\r\n\r\n"
#define GET_TEXT "> client 1.1 GET / authority=\n> end\n"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OK_EMPTY_TEXT "< 200\n  Content-Length=0\n< end\nend complete\n"

static struct harness h;

static void setup(void)
{
	harness_init(&h, NULL, false);
}

static void teardown(void)
{
	harness_done(&h);
}

START_TEST(request_and_response)
{
	harness_write(&h, "POST /v1/chat HTTP/1.1\r\nHost: api.example\r\nContent-Length: 4\r\n\r\n{ }\n");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST /v1/chat authority=api.example\n"
					   "  Host=api.example\n"
					   "  Content-Length=4\n"
					   "> body { }\n\n"
					   "> end\n"
					   "< 200\n"
					   "  Content-Length=2\n"
					   "< body ok\n"
					   "< end\n"
					   "end complete\n");
}
END_TEST

START_TEST(server_role)
{
	harness_read(&h, "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nq");
	harness_write(&h, "HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\na");
	ck_assert_str_eq(harness_text(&h), "> server 1.0 POST / authority=\n  Content-Length=1\n> body q\n> end\n"
					   "< 404\n  Content-Length=1\n< body a\n< end\nend complete\n");
}
END_TEST

START_TEST(keep_alive)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_EMPTY_TEXT GET_TEXT OK_EMPTY_TEXT);
}
END_TEST

START_TEST(pipelining)
{
	harness_write(&h, GET "GET /2 HTTP/1.1\r\n\r\n" GET);
	harness_read(&h, OK_EMPTY "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx" OK_EMPTY);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_EMPTY_TEXT
			 "> client 1.1 GET /2 authority=\n> end\n"
			 "< 404\n  Content-Length=1\n< body x\n< end\nend complete\n" GET_TEXT OK_EMPTY_TEXT);
}
END_TEST

START_TEST(chunked_both_ways)
{
	harness_write(&h, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "3;x=\"y\"\r\nabc\r\n0A \r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nhi\n00\n\n");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST / authority=\n  Transfer-Encoding=chunked\n"
					   "> body abc0123456789\n> end\n"
					   "< 200\n  Transfer-Encoding=chunked\n< body hi\n< end\nend complete\n");
	ck_assert_uint_eq(h.exchanges[0].last.request_body_bytes, 13);
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, 2);
}
END_TEST

START_TEST(transfer_coding_beats_length)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
	ck_assert(h.exchanges[0].ended);
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, 1);
}
END_TEST

START_TEST(until_close)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.0 200 OK\r\n\r\nall of ");
	harness_read(&h, "it");
	ck_assert(!h.exchanges[0].ended);
	harness_close(&h, CLOSE_FREED);
	ck_assert_str_eq(harness_text(&h), GET_TEXT "< 200\n< body all of it\n< end\nend complete\n");
}
END_TEST

START_TEST(until_close_but_the_process_ends)
{
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.0 200 OK\r\n\r\nsome");
	harness_close(&h, CLOSE_EXIT);
	ck_assert_str_eq(harness_text(&h), GET_TEXT "< 200\n< body some\nend aborted\n");
}
END_TEST

START_TEST(closed_in_flight)
{
	harness_write(&h, GET "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
	harness_close(&h, CLOSE_FREED);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_ABORTED);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_ABORTED);
	ck_assert(!h.exchanges[1].request_end);
}
END_TEST

START_TEST(responses_without_body)
{
	harness_write(&h, "HEAD / HTTP/1.1\r\n\r\n" GET GET);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
			 "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"
			 "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
	for (size_t i = 0; i < 3; i++) {
		ck_assert(h.exchanges[i].ended);
		ck_assert_int_eq(h.exchanges[i].outcome, OUTCOME_COMPLETE);
	}
}
END_TEST

START_TEST(interim_responses)
{
	harness_write(&h, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	harness_read(&h, "HTTP/1.1 100 Continue\r\n\r\n");
	harness_write(&h, "hi");
	harness_read(&h, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
	harness_read(&h, OK_EMPTY);
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST / authority=\n  Expect=100-continue\n"
					   "  Content-Length=2\n> body hi\n> end\n" OK_EMPTY_TEXT);
	ck_assert_uint_eq(h.exchanges[0].last.response_start_ns, 5900);
}
END_TEST

START_TEST(body_left_out_after_expect)
{
	harness_write(&h, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
	harness_read(&h, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[1].ended);
}
END_TEST

START_TEST(early_response)
{
	harness_write(&h, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
	harness_read(&h, OK_EMPTY);
	ck_assert(h.exchanges[0].response_end && !h.exchanges[0].ended);
	harness_write(&h, "cd" GET);
	harness_read(&h, OK_EMPTY);
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST / authority=\n  Content-Length=4\n> body abcd\n> end\n"
			 OK_EMPTY_TEXT GET_TEXT OK_EMPTY_TEXT);
}
END_TEST

START_TEST(response_seen_before_its_request)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	h.now_ns += 1000;
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
	ck_assert_uint_eq(h.count, 1);
	/* The write was entered before the read returned. */
	h.now_ns -= 2000;
	harness_write(&h, GET);
	ck_assert(h.exchanges[1].ended);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(h.exchanges[1].last.response_start_ns, 4900);
}
END_TEST

START_TEST(response_of_a_request_never_seen)
{
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	harness_read(&h, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
	harness_write(&h, GET);
	harness_read(&h, "HTTP/1.1 204 No Content\r\n\r\n");
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_EMPTY_TEXT GET_TEXT "< 204\n< end\nend complete\n");
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 1);
}
END_TEST

START_TEST(times)
{
	const struct exchange *exchange = &h.exchanges[0].last;

	harness_write(&h, "POST / HTTP/1.1\r\n");
	harness_write(&h, "Content-Length: 2\r\n\r\n1");
	harness_write(&h, "2");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
	harness_read(&h, "Content-Length: 18\r\n\r\n");
	harness_read(&h, "data: 1\n");
	harness_read(&h, "\ndata: 2\n");
	harness_read(&h, "\n");
	ck_assert_uint_eq(exchange->request_start_ns, 1500);
	ck_assert_uint_eq(exchange->request_end_ns, 3900);
	ck_assert_uint_eq(exchange->response_start_ns, 4900);
	ck_assert_uint_eq(exchange->response_end_ns, 8900);
	ck_assert_uint_eq(h.exchanges[0].first_message_ns, 7900);
	ck_assert_uint_eq(h.messages, 2);
}
END_TEST

START_TEST(times_of_a_server)
{
	harness_read(&h, GET);
	harness_write(&h, OK_EMPTY);
	ck_assert_uint_eq(h.exchanges[0].last.request_start_ns, 1900);
	ck_assert_uint_eq(h.exchanges[0].last.response_start_ns, 2500);
}
END_TEST

START_TEST(upgrade)
{
	harness_write(&h, "GET /ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
	harness_read(&h, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello");
	harness_write(&h, "\x81\x85mask");
	harness_close(&h, CLOSE_FREED);
	/* It does not say that it is WebSocket. */
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET /ws authority=\n  Connection=upgrade\n  Upgrade=websocket\n"
					   "> end\n< 101\n< end\nend complete\n");
}
END_TEST

START_TEST(upgrade_declined)
{
	harness_write(&h, "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n" GET);
	ck_assert_uint_eq(h.count, 1);
	harness_read(&h, OK_EMPTY OK_EMPTY);
	ck_assert_uint_eq(h.count, 2);
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(upgrade_before_the_request_ends)
{
	harness_write(&h, "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab");
	harness_read(&h, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_ABORTED);
	ck_assert(h.exchanges[0].ended);
}
END_TEST

START_TEST(connect)
{
	harness_write(&h, "CONNECT api.example:443 HTTP/1.1\r\nHost: other\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 Connection established\r\n\r\n");
	harness_write(&h, "\x16\x03\x01");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 CONNECT api.example:443 authority=api.example:443\n"
					   "  Host=other\n> end\n< 200\n< end\nend complete\n");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

START_TEST(connect_refused)
{
	harness_write(&h, "CONNECT a:443 HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
	harness_write(&h, GET);
	harness_read(&h, OK_EMPTY);
	ck_assert(h.exchanges[1].ended);
}
END_TEST

START_TEST(odd_but_tolerated)
{
	harness_write(&h, "\r\n\nGET http://user@api.example:8/p?q HTTP/1.1\nhost: no\nX:\n"
			  "Folded: one\r\n two\n\tthree  \r\nSp : v\r\n\r\n");
	harness_read(&h, "\r\nHTTP/1.1 200\r\nContent-Length: 0 , 0\r\nContent-Length: 0\r\n\r\n\r\n");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET http://user@api.example:8/p?q authority=api.example:8\n"
					   "  host=no\n  X=\n  Folded=one   two \tthree\n  Sp=v\n> end\n"
					   "< 200\n  Content-Length=0 , 0\n  Content-Length=0\n< end\nend complete\n");
}
END_TEST

START_TEST(bodies_not_wanted)
{
	h.skip_bodies = true;
	harness_write(&h, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 POST / authority=\n  Content-Length=2\n> end\n"
					   "< 200\n  Content-Encoding=br\n  Content-Length=2\n< end\nend complete\n");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	h.skip_bodies = false;
	harness_write(&h, GET);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
	harness_read(&h, OK_EMPTY);
	h.skip_bodies = true;
	harness_write(&h, GET);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
}
END_TEST

START_TEST(interest_before_anything)
{
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_UNDECIDED);
	harness_write(&h, "GE");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_UNDECIDED);
}
END_TEST

START_TEST(not_http)
{
	harness_read(&h, "220 mail.example ESMTP\r\n");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_NOT_HTTP], 1);
	harness_write(&h, GET);
	ck_assert_uint_eq(h.count, 0);
}
END_TEST

START_TEST(looks_like_http_at_first)
{
	harness_write(&h, "OPTIONS sip:example SIP/2.0\r\n\r\n");
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_NOT_HTTP], 1);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 0);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("exchanges");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, request_and_response);
	tcase_add_test(tcase, server_role);
	tcase_add_test(tcase, keep_alive);
	tcase_add_test(tcase, pipelining);
	tcase_add_test(tcase, chunked_both_ways);
	tcase_add_test(tcase, transfer_coding_beats_length);
	tcase_add_test(tcase, until_close);
	tcase_add_test(tcase, until_close_but_the_process_ends);
	tcase_add_test(tcase, closed_in_flight);
	tcase_add_test(tcase, responses_without_body);
	tcase_add_test(tcase, interim_responses);
	tcase_add_test(tcase, body_left_out_after_expect);
	tcase_add_test(tcase, early_response);
	tcase_add_test(tcase, response_seen_before_its_request);
	tcase_add_test(tcase, response_of_a_request_never_seen);
	tcase_add_test(tcase, times);
	tcase_add_test(tcase, times_of_a_server);
	tcase_add_test(tcase, upgrade);
	tcase_add_test(tcase, upgrade_declined);
	tcase_add_test(tcase, upgrade_before_the_request_ends);
	tcase_add_test(tcase, connect);
	tcase_add_test(tcase, connect_refused);
	tcase_add_test(tcase, odd_but_tolerated);
	tcase_add_test(tcase, bodies_not_wanted);
	tcase_add_test(tcase, interest_before_anything);
	tcase_add_test(tcase, not_http);
	tcase_add_test(tcase, looks_like_http_at_first);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
