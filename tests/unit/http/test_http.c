/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges on one HTTP/1 connection in good order. */
#include "harness.h"
#include "unit.h"

static struct harness h;

START_TEST(request_and_response)
{
	harness_init(&h, NULL, false);
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
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
	harness_done(&h);
}
END_TEST

START_TEST(sse_chunked)
{
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
			 "12\r\nevent: a\ndata: x\n\n\r\n9\r\ndata: y\n\n\r\n0\r\n\r\n");
	ck_assert_str_eq(harness_text(&h), "> client 1.1 GET / authority=\n"
					   "> end\n"
					   "< 200 sse\n"
					   "  Content-Type=Text/Event-Stream; charset=utf-8\n"
					   "  Transfer-Encoding=chunked\n"
					   "< message x [a]\n"
					   "< message y []\n"
					   "< end\n"
					   "end complete\n");
	harness_done(&h);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("exchanges");

	tcase_add_test(tcase, request_and_response);
	tcase_add_test(tcase, sse_chunked);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
