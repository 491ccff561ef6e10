/* SPDX-License-Identifier: Apache-2.0 */
/* The web endpoint with a certificate: who asks, what is counted, and that nobody comes past it. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "export/access.h"
#include "export/exporter.h"
#include "export/listen.h"
#include "export/web.h"
#include "tls_sample.h"

#define assert_has(text, part) ck_assert_msg(strstr((text), (part)), "'%s' lacks '%s'", (text), (part))

static struct tls_sample sample;
static struct tls_pair *pair;
static struct access *access_rules;
static struct metrics *metrics;
static struct exporters *exporters;
static pthread_t thread;
static atomic_bool stop_serving;

static void *serve(void *unused)
{
	struct pollfd wait = { .fd = exporters_fd(exporters), .events = POLLIN };

	while (!atomic_load(&stop_serving)) {
		if (poll(&wait, 1, 5) > 0)
			exporters_serve(exporters, metrics);
	}
	return unused;
}

/* /metrics is for this machine alone. */
static int start(const char *listen)
{
	const struct web_config rules = { .metrics_open = false };
	struct export_setup export_setup = { .listen = listen, .node = "n", .calls_fd = -1, .terminal_fd = -1 };
	char problem[FIELD_PROBLEM_BYTES];
	int err;

	(void)signal(SIGPIPE, SIG_IGN);
	tls_sample_make_valid(&sample, "one");
	pair = tls_pair_new(&sample.config, problem);
	access_rules = access_new(&rules);
	export_setup.tls = pair;
	export_setup.access = access_rules;
	metrics = metrics_new(1 << 20);
	exporters = NULL;
	err = exporters_start(&export_setup, metrics, &exporters);
	if (err < 0)
		return err;
	atomic_store(&stop_serving, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	return 0;
}

static void release(void)
{
	metrics_free(metrics);
	tls_pair_free(pair);
	access_free(access_rules);
}

static void setup(void)
{
	ck_assert_int_eq(start("127.0.0.1:0"), 0);
}

static void teardown(void)
{
	atomic_store(&stop_serving, true);
	(void)pthread_join(thread, NULL);
	exporters_stop(exporters);
	release();
}

static uint16_t port_of(void)
{
	return (uint16_t)strtoul(strrchr(exporters_address(exporters, "web"), ':') + 1, NULL, 10);
}

/* Where civetweb listens: the other socket of this process that does. */
static uint16_t internal_port(void)
{
	for (int fd = 0; fd < 256; fd++) {
		uint16_t port = listen_port(fd);

		if (port != 0 && port != port_of())
			return port;
	}
	ck_abort_msg("civetweb listens nowhere");
	return 0;
}

static int connect_from(const char *from, uint16_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET }, address = { .sin_family = AF_INET, .sin_port = htons(port),
									.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(inet_pton(AF_INET, from, &own.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The whole answer; the caller frees it. */
static char *ask_on(int fd, const char *method, const char *path)
{
	SSL *ssl = tls_sample_connect(&sample, fd);
	struct buffer text = { 0 };
	char request[256];
	int n;

	ck_assert_ptr_nonnull(ssl);
	(void)snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", method, path);
	ck_assert_int_gt(SSL_write(ssl, request, (int)strlen(request)), 0);
	do {
		ck_assert_int_eq(buffer_reserve(&text, 65536), 0);
		n = SSL_read(ssl, text.data + text.len, 65536);
		text.len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	ck_assert_int_eq(SSL_get_error(ssl, n), SSL_ERROR_ZERO_RETURN);
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	tls_sample_close(ssl);
	return text.data;
}

static char *ask(const char *method, const char *path)
{
	return ask_on(connect_from("127.0.0.1", port_of()), method, path);
}

static char *ask_plain(int fd, const char *request)
{
	struct buffer text = { 0 };
	ssize_t n;

	(void)send(fd, request, strlen(request), MSG_NOSIGNAL);
	do {
		ck_assert_int_eq(buffer_reserve(&text, 65536), 0);
		n = recv(fd, text.data + text.len, 65536, 0);
		text.len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	(void)close(fd);
	return text.data;
}

/* Figures no older than what was asked before. */
static char *figures(void)
{
	(void)poll(NULL, 0, 2 * WEB_FRESH_MS);
	return ask("GET", "/metrics");
}

START_TEST(it_speaks_tls)
{
	auto_free char *health = ask("GET", "/healthz"), *answer = NULL;
	char line[128];
	int64_t until;

	assert_has(exporters_address(exporters, "web"), "https://127.0.0.1:");
	assert_has(health, "HTTP/1.1 200 OK\r\n");
	assert_has(health, "\r\n\r\nok\n");
	answer = figures();
	assert_has(answer, "HTTP/1.1 200 OK\r\n");
	ck_assert(tls_pair_runs_out(pair, &until));
	(void)snprintf(line, sizeof(line), "\npromtap_web_certificate_expiry_timestamp_seconds %lld\n", (long long)until);
	assert_has(answer, line);
}
END_TEST

START_TEST(requests_and_connections_are_counted)
{
	auto_free char *one = ask("GET", "/healthz"), *two = ask("HEAD", "/healthz"), *three = ask("GET", "/x/y"),
		       *four = ask("POST", "/"), *five = ask("BREW", "/metrics"), *answer = NULL;

	free(ask_plain(connect_from("127.0.0.1", port_of()), "GET / HTTP/1.1\r\n\r\n"));
	free(ask_plain(connect_from("127.0.0.1", port_of()), "SSH-2.0-none\r\n"));
	assert_has(three, " 404 ");
	assert_has(four, " 405 ");
	assert_has(five, " 400 ");
	answer = figures();
	assert_has(answer, "\npromtap_web_requests_total{route=\"healthz\",code=\"200\"} 2\n");
	assert_has(answer, "\npromtap_web_requests_total{route=\"other\",code=\"404\"} 1\n");
	assert_has(answer, "\npromtap_web_requests_total{route=\"index\",code=\"405\"} 1\n");
	assert_has(answer, "\npromtap_web_requests_total{route=\"other\",code=\"400\"} 1\n");
	assert_has(answer, "\npromtap_web_connections_total{outcome=\"done\"} 5\n");
	assert_has(answer, "\npromtap_web_connections_total{outcome=\"plaintext\"} 1\n");
	assert_has(answer, "\npromtap_web_connections_total{outcome=\"handshake_failed\"} 1\n");
	assert_has(answer, "\npromtap_web_connections_total{outcome=\"timeout\"} 0\n");
}
END_TEST

/* Some process of this machine has found the port; its own address opens nothing, on no path. */
START_TEST(nobody_comes_past_it)
{
	static const char *const paths[] = { "/metrics", "/healthz", "/readyz", "/", "/api/v1/status", "/x" };
	auto_free char *answer = NULL;
	char request[128];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_free char *refused = NULL;

		(void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", paths[i]);
		refused = ask_plain(connect_from(i % 2 ? "127.0.0.1" : "127.64.0.1", internal_port()), request);
		ck_assert_msg(strncmp(refused, "HTTP/1.1 403 ", 13) == 0, "%s: %s", paths[i], refused);
	}
	answer = figures();
	assert_has(answer, "\npromtap_web_connections_total{outcome=\"refused\"} 6\n");
}
END_TEST

/* Over IPv6, on no loopback address: civetweb hears of neither, the rules do. */
START_TEST(ipv6_has_its_address)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), err = start("[::]:0");
	auto_free char *answer = NULL;

	if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL) {
		fprintf(stderr, "  SKIPPED ipv6_has_its_address: this machine has no IPv6\n");
		release();
		close_fd(&fd);
		return;
	}
	ck_assert_int_eq(err, 0);
	assert_has(exporters_address(exporters, "web"), "https://[::]:");
	address.sin6_port = htons(port_of());
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	answer = ask_on(fd, "GET", "/metrics");
	assert_has(answer, "HTTP/1.1 200 ");
	teardown();
}
END_TEST

START_TEST(a_port_in_use_is_an_error)
{
	char text[64];
	struct export_setup second = { .node = "n", .calls_fd = -1, .terminal_fd = -1, .tls = pair };
	struct metrics *own = metrics_new(1 << 20);
	struct exporters *other = NULL;

	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port_of());
	second.listen = text;
	ck_assert_int_eq(exporters_start(&second, own, &other), -EADDRINUSE);
	ck_assert_ptr_null(other);
	metrics_free(own);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("web_tls");
	TCase *tls = tcase_create("tls"), *addresses = tcase_create("addresses");

	tcase_add_checked_fixture(tls, setup, teardown);
	tcase_set_timeout(tls, 60);
	tcase_set_timeout(addresses, 60);
	tcase_add_test(tls, it_speaks_tls);
	tcase_add_test(tls, requests_and_connections_are_counted);
	tcase_add_test(tls, nobody_comes_past_it);
	tcase_add_test(tls, a_port_in_use_is_an_error);
	tcase_add_test(addresses, ipv6_has_its_address);
	suite_add_tcase(suite, tls);
	suite_add_tcase(suite, addresses);
	return suite;
}
UNIT_SUITE(make)
