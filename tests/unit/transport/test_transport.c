/* SPDX-License-Identifier: Apache-2.0 */
/* Against a web server on loopback that gives one prepared answer a connection. Mail, proxies, name servers that hang and
 * redirects: tests/unit/notify. */
#include "transport/transport.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static struct server {
	int listener;
	char url[64];
	char request[8192];
	const char *answer;
	size_t answer_len;
	bool silent;	/* takes the connection, and says nothing until it is closed */
	pthread_t thread;
} server;

static void *server_main(void *ctx)
{
	int fd = accept(server.listener, NULL, NULL);
	size_t len = 0;
	ssize_t n = 1;

	(void)ctx;
	while (n > 0 && !strstr(server.request, "\r\n\r\nbody")) {
		n = read(fd, server.request + len, sizeof(server.request) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (server.silent)
		(void)!read(fd, server.request, 1);
	else
		(void)!send(fd, server.answer, server.answer_len, MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

static void serve(const char *answer, size_t len)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	server = (struct server){ .answer = answer, .answer_len = len, .silent = len == 0 };
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server.listener, 4), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%u/x", ntohs(address.sin_port));
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_main, NULL), 0);
}

static void post(const struct transport_setup *setup, struct buffer *answer_body, struct transport_answer *ret)
{
	static const char *const headers[] = { "Content-Type: text/plain", "X-One: 1" };
	struct transport *transport = transport_new(setup);
	const struct transport_message message = {
		.url = server.url,
		.headers = headers,
		.header_count = 2,
		.body = SLICE("body"),
		.ret_answer = answer_body,
	};

	ck_assert_ptr_nonnull(transport);
	transport_send(transport, &message, ret);
	transport_free(transport);
}

static void post_plainly(struct buffer *answer_body, struct transport_answer *ret)
{
	atomic_bool stop = false;
	struct transport_setup setup = { .timeout_ns = 20 * NSEC_PER_SEC, .stop = &stop };

	post(&setup, answer_body, ret);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
}

#define ANSWER(text) (text), sizeof(text) - 1

START_TEST(the_answer_is_kept_for_who_wants_it)
{
	struct buffer body = { .limit = TRANSPORT_ANSWER_BYTES_MAX };
	struct transport_answer answer;

	serve(ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\0yes"));
	post_plainly(&body, &answer);
	ck_assert(answer.taken);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_uint_eq(body.len, 4);
	ck_assert_mem_eq(body.data, "\0yes", 4);
	ck_assert_ptr_nonnull(strstr(server.request, "POST /x HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(server.request, "Content-Type: text/plain\r\n"));
	ck_assert_ptr_nonnull(strstr(server.request, "X-One: 1\r\n"));
	ck_assert_ptr_null(strstr(server.request, "Expect:"));
	buffer_done(&body);
}
END_TEST

START_TEST(a_long_answer_is_a_yes_and_bounded)
{
	static char long_answer[300 << 10] = "HTTP/1.1 200 OK\r\n\r\n";
	struct buffer body = { .limit = TRANSPORT_ANSWER_BYTES_MAX };
	struct transport_answer answer;

	serve(long_answer, sizeof(long_answer));
	post_plainly(&body, &answer);
	ck_assert(answer.taken);
	ck_assert_uint_le(body.len, TRANSPORT_ANSWER_BYTES_MAX);
	buffer_done(&body);
}
END_TEST

START_TEST(a_no_says_when_to_ask_again)
{
	struct transport_answer answer;

	serve(ANSWER("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
	post_plainly(NULL, &answer);
	ck_assert(!answer.taken);
	ck_assert_int_eq(answer.status, 503);
	ck_assert_uint_eq(answer.retry_after_ns, 7 * NSEC_PER_SEC);
	ck_assert_str_eq(answer.problem, "it answers 503");
}
END_TEST

START_TEST(no_answer_at_all)
{
	struct transport_answer answer;

	serve(ANSWER("not HTTP"));
	post_plainly(NULL, &answer);
	ck_assert(!answer.taken);
	ck_assert_int_ne(answer.problem[0], '\0');
	ck_assert_ptr_null(strstr(answer.problem, "127.0.0.1"));
}
END_TEST

static void *stop_later(void *ctx)
{
	while (!strstr(server.request, "body"))
		(void)poll(NULL, 0, 5);
	atomic_store((atomic_bool *)ctx, true);
	return NULL;
}

/* The timeout is an hour: were it waited for, the case would time out. */
START_TEST(a_stop_ends_the_attempt)
{
	atomic_bool stop = false;
	struct transport_setup setup = { .timeout_ns = 3600 * NSEC_PER_SEC, .stop = &stop };
	struct transport_answer answer;
	pthread_t stopper;

	serve(NULL, 0);
	ck_assert_int_eq(pthread_create(&stopper, NULL, stop_later, &stop), 0);
	post(&setup, NULL, &answer);
	ck_assert(!answer.taken);
	ck_assert_int_eq(answer.status, 0);
	(void)pthread_join(stopper, NULL);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
}
END_TEST

static void setup_all(void)
{
	ck_assert_int_eq(transport_init(), 0);
}

static Suite *make_transport(void)
{
	Suite *suite = suite_create("transport");
	TCase *tc = tcase_create("posts");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup_all, NULL);
	tcase_add_test(tc, the_answer_is_kept_for_who_wants_it);
	tcase_add_test(tc, a_long_answer_is_a_yes_and_bounded);
	tcase_add_test(tc, a_no_says_when_to_ask_again);
	tcase_add_test(tc, no_answer_at_all);
	tcase_add_test(tc, a_stop_ends_the_attempt);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_transport)
