/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cases of nodejs/llhttp (MIT; commit 01e105a30fd0, test/request and
 * test/response) are about, as messages of our own; each row names the file
 * whose fact it carries. An observer takes what the two ends took: where
 * llhttp refuses by default and has a lenient flag, the lenient reading counts.
 * Each message is cut at every byte.
 */
#include "base/cleanup.h"
#include "harness.h"
#include "unit.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

struct message_case {
	const char *message;
	const char *events;	/* somewhere in the transcript */
};

static const struct message_case requests[] = {
	/* connection.md: empty lines between requests, whatever Connection says */
	{ "POST /a HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab\r\n\r\n", "> body ab\n> end\n< 200" },
	{ "GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n", "GET /b" },
	/* content-length.md: zeros before it, spaces around it, no body at all */
	{ "PUT /a HTTP/1.1\r\nContent-Length: 0003\r\n\r\nabc", "> body abc\n> end\n< 200" },
	{ "PUT /a HTTP/1.1\r\nContent-Length: \t 3 \t\r\nX: y\r\n\r\nabc", "> body abc\n> end\n< 200" },
	{ "GET /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "> body abc\n> end\n< 200" },
	/* invalid.md, lenient: only line feeds; folded lines; control characters in a value */
	{ "POST /a HTTP/1.1\nContent-Length: 3\nX: y\n\nabc", "> body abc\n> end\n< 200" },
	{ "GET /a HTTP/1.1\r\nX: one\r\n two\r\n\tthree\r\nY: z\r\n\r\n", "  Y=z\n> end\n< 200" },
	{ "GET /a HTTP/1.1\r\nX: a\x01\x7f" "b\r\n\r\n", "  X=a\x01\x7f" "b\n> end\n< 200" },
	/* method.md: names from RFC 9110 and others that have a body */
	{ "REPORT /a HTTP/1.1\r\n\r\n", "REPORT /a" },
	{ "PATCH /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "> body ab\n> end\n< 200" },
	{ "QUERY /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "> body ab\n> end\n< 200" },
	/* pipelining.md */
	{ "PUT /a HTTP/1.1\r\nContent-Length: 1\r\n\r\naPUT /b HTTP/1.1\r\nContent-Length: 1\r\n\r\nb", "> body b\n> end\n< 200" },
	/* sample.md: empty lines before the first one, empty values, no space behind the colon, header names of all kinds */
	{ "\r\n\r\nGET /a HTTP/1.1\r\nX:y\r\nE:\r\nunder_score.dot: 1\r\n\r\n", "  X=y\n  E=\n  under_score.dot=1\n> end\n< 200" },
	/* uri.md: quotes, a bar, several question marks, bytes over 0x7f, absolute targets */
	{ "GET /\"a\"?b=\\\"|?c#d HTTP/1.1\r\n\r\n", "GET /\"a\"?b=\\\"|?c#d" },
	{ "GET /\xc3\xb1 HTTP/1.1\r\n\r\n", "GET /\xc3\xb1" },
	{ "GET http://u:p@h.example:1234?q=1 HTTP/1.1\r\n\r\n", "authority=h.example:1234" },
	/* transfer-encoding.md */
	{ "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "> body 0123456789\n> end\n< 200" },
	{ "PUT /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n000\r\n\r\n", "> body ab\n> end\n< 200" },
	{ "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a;b=\"c \\\"d\\\" ; e\"\r\nab\r\n0;f\r\nVary: *\r\nX: y\r\n\r\n",
	  "> body ab\n> end\n" },
	{ "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nab\r\n0 x\r\n\r\n", "> body ab\n> end\n< 200" },
	{ "PUT /a HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nab\n0\n\n", "> body ab\n> end\n< 200" },
};

static const struct message_case responses[] = {
	/* connection.md: a body that only the connection's end ends, also under keep-alive */
	{ "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nabc", "< body abc\n< end\nend complete" },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc", "< body abc\n< end\nend complete" },
	{ "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "< end\nend complete" },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "< end\nend complete" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "< 404\n" },
	{ "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "< body ok\n< end\nend complete" },
	/* content-length.md: other headers whose names begin so */
	{ "HTTP/1.1 200 OK\r\nContent-Length-X: 0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
	  "< body OK\n< end\nend complete" },
	/* sample.md: no reason, no headers, bytes over 0x7f, only line feeds, empty lines first */
	{ "HTTP/1.1 301\r\nContent-Length: 0\r\n\r\n", "< 301\n" },
	{ "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "< 200\n" },
	{ "HTTP/1.1 404 Not Found\r\n\r\n", "< 404\n< end\nend complete" },
	{ "HTTP/1.1 500 Ori\xc3\xabnt\r\nContent-Length: 0\r\n\r\n", "< 500\n" },
	{ "HTTP/1.1 200 OK\nX: y\nContent-Length: 2\n\nok", "  X=y\n  Content-Length=2\n< body ok\n< end\nend complete" },
	{ "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "< body ok\n< end\nend complete" },
	/* transfer-encoding.md: spaces behind a size, extensions, chunked that is not last (its end is the connection's) */
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nok\r\n0\r\n\r\n", "< body ok\n< end\nend complete" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"b\";c\r\nok\r\n0\r\nT: v\r\n\r\n", "< body ok\n" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n2\r\nok", "< body 2\r\nok\n< end\nend complete" },
	/* what no reading makes good: invalid.md, sample.md */
	{ "HTTP/11.1 200 OK\r\n\r\n", "end undecodable" },
	{ "HTTP/1.1 2 OK\r\n\r\n", "end undecodable" },
	{ "HTTP/1.1\t200 OK\r\n\r\n", "end undecodable" },
	{ "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", "end undecodable" },
	{ "RTSP/1.1 200 OK\r\n\r\n", "end undecodable" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokno\r\n", "end undecodable" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "end undecodable" },
};

static struct harness h;

static void feed_cut(enum event_direction direction, const char *message, size_t cut)
{
	harness_feed(&h, direction, message, cut);
	harness_feed(&h, direction, message + cut, strlen(message) - cut);
}

START_TEST(request)
{
	for (size_t cut = 0; cut <= strlen(requests[_i].message); cut++) {
		harness_init(&h, NULL, false);
		feed_cut(DIRECTION_WRITE, requests[_i].message, cut);
		harness_read(&h, OK);
		harness_read(&h, OK);
		ck_assert_msg(strstr(harness_text(&h), requests[_i].events), "cut at %zu: %s", cut, harness_text(&h));
		harness_done(&h);
	}
}
END_TEST

START_TEST(response)
{
	for (size_t cut = 0; cut <= strlen(responses[_i].message); cut++) {
		harness_init(&h, NULL, false);
		harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
		feed_cut(DIRECTION_READ, responses[_i].message, cut);
		harness_close(&h, CLOSE_FREED);
		ck_assert_msg(strstr(harness_text(&h), responses[_i].events), "cut at %zu: %s", cut, harness_text(&h));
		harness_done(&h);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llhttp");
	TCase *tcase = tcase_create("messages");

	tcase_add_loop_test(tcase, request, 0, ARRAY_SIZE(requests));
	tcase_add_loop_test(tcase, response, 0, ARRAY_SIZE(responses));
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
