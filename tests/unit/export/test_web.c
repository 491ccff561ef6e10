/* SPDX-License-Identifier: Apache-2.0 */
/* The web endpoint over real sockets on loopback, port 0. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "export/exporter.h"
#include "export/listen.h"
#include "export/prometheus.h"
#include "export/web.h"
#include "unit.h"

static const struct metric_desc hits = { .name = "hits_total", .help = "Hits", .type = METRIC_COUNTER,
					 .labels = { { "n", 0 } }, .series_max = 100000 };

static struct metrics *metrics;
static struct metric_family *family;
static struct exporters *exporters;

/* The analysis thread: answers wishes for metrics until told to stop. */
static pthread_t thread;
static atomic_bool stop_serving, deaf;
static atomic_uint rendered;

static void *serve(void *unused)
{
	struct pollfd wait = { .fd = exporters_fd(exporters), .events = POLLIN };

	while (!atomic_load(&stop_serving)) {
		if (poll(&wait, 1, 5) <= 0 || atomic_load(&deaf))
			continue;
		atomic_fetch_add(&rendered, 1);
		exporters_serve(exporters, metrics);
	}
	return unused;
}

static int start(const char *listen)
{
	struct export_setup export_setup = { .listen = listen, .node = "n", .calls_fd = -1, .terminal_fd = -1 };

	metrics = metrics_new(64 << 20);
	family = metrics_family(metrics, &hits);
	exporters = NULL;
	return exporters_start(&export_setup, metrics, &exporters);
}

static void start_serving(void)
{
	atomic_store(&stop_serving, false);
	atomic_store(&deaf, false);
	atomic_store(&rendered, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static void setup(void)
{
	ck_assert_int_eq(start("127.0.0.1:0"), 0);
	metric_add(metric_get(family, (const char *const[]){ "1" }), 42);
	start_serving();
}

static void teardown(void)
{
	atomic_store(&stop_serving, true);
	(void)pthread_join(thread, NULL);
	exporters_stop(exporters);
	metrics_free(metrics);
}

static unsigned port_of(void)
{
	const char *address = exporters_address(exporters, "web");

	ck_assert_ptr_nonnull(address);
	return (unsigned)strtoul(strrchr(address, ':') + 1, NULL, 10);
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All that comes until the server closes, terminated. */
static void read_all(int fd, struct buffer *text)
{
	ssize_t n;

	do {
		ck_assert_int_eq(buffer_reserve(text, 65536), 0);
		n = read(fd, text->data + text->len, 65536);
		text->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	ck_assert_int_eq(buffer_append(text, "", 1), 0);
	text->len--;
}

/* The whole answer to a request line; the caller frees the text. */
static char *ask(const char *method, const char *path)
{
	struct buffer text = { 0 };
	auto_close int fd = connect_to(port_of());
	char request[512];

	(void)snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", method, path);
	send_text(fd, request);
	read_all(fd, &text);
	return text.data;
}

static const char *body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	ck_assert_ptr_nonnull(end);
	return end + 4;
}

#define assert_has(text, part) ck_assert_msg(strstr((text), (part)), "'%s' lacks '%s'", (text), (part))

START_TEST(metrics_are_served)
{
	auto_free char *answer = ask("GET", "/metrics");

	assert_has(answer, "HTTP/1.1 200 OK\r\n");
	assert_has(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_has(answer, "\nhits_total{n=\"1\"} 42\n");
}
END_TEST

START_TEST(head_has_the_length_and_no_body)
{
	auto_free char *get = ask("GET", "/metrics"), *head = ask("HEAD", "/metrics");
	char length[64];

	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body_of(get)));
	assert_has(head, "HTTP/1.1 200 OK\r\n");
	assert_has(head, length);
	ck_assert_str_eq(body_of(head), "");
}
END_TEST

static const struct {
	const char *method, *path, *status;
} exchanges[] = {
	{ "GET", "/", "200" },
	{ "GET", "/healthz", "200" },
	{ "GET", "/readyz", "503" },
	{ "GET", "/metrics?name=x", "200" },
	{ "GET", "/metrics/", "404" },
	{ "GET", "/Metrics", "404" },
	{ "GET", "/favicon.ico", "404" },
	{ "HEAD", "/nothing", "404" },
	{ "GET", "/../../../../etc/passwd", "404" },
	{ "GET", "/%2e%2e/%2e%2e/etc/passwd", "404" },
	{ "GET", "//etc/passwd", "404" },
	{ "GET", "/x.cgi", "404" },
	{ "GET", "/%", "404" },
	{ "POST", "/metrics", "405" },
	{ "PUT", "/metrics", "405" },
	{ "DELETE", "/metrics", "405" },
	{ "OPTIONS", "/metrics", "405" },
	{ "PATCH", "/nothing", "405" },
	{ "MKCOL", "/x", "405" },
	{ "BREW", "/metrics", "400" },
};

START_TEST(every_request_has_its_status)
{
	auto_free char *answer = ask(exchanges[_i].method, exchanges[_i].path);
	char start_line[32];

	(void)snprintf(start_line, sizeof(start_line), "HTTP/1.1 %s ", exchanges[_i].status);
	ck_assert_msg(strncmp(answer, start_line, strlen(start_line)) == 0, "%s %s: %s", exchanges[_i].method,
		      exchanges[_i].path, answer);
	if (strcmp(exchanges[_i].status, "405") == 0)
		assert_has(answer, "Allow: GET, HEAD\r\n");
}
END_TEST

START_TEST(readiness_follows_the_set)
{
	auto_free char *before = ask("GET", "/readyz"), *after = NULL;

	exporters_set_ready(exporters, true);
	after = ask("GET", "/readyz");
	assert_has(before, "HTTP/1.1 503 ");
	assert_has(after, "HTTP/1.1 200 ");
}
END_TEST

START_TEST(garbage_does_no_harm)
{
	static const char *const garbage[] = { "\r\n\r\n", "\x16\x03\x01\x02\x01\x01", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
					       "GET /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n" };
	auto_free char *answer = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		auto_close int fd = connect_to(port_of());

		send_text(fd, garbage[i]);
	}
	answer = ask("GET", "/metrics");
	assert_has(answer, "HTTP/1.1 200 ");
}
END_TEST

START_TEST(a_long_head_is_refused)
{
	auto_close int fd = connect_to(port_of());
	auto_free char *answer = NULL;
	char header[1024];

	memset(header, 'a', sizeof(header));
	send_text(fd, "GET /metrics HTTP/1.1\r\nX: ");
	for (int i = 0; i < 10000; i++) {
		if (send(fd, header, sizeof(header), MSG_NOSIGNAL) < 0)
			break;
		ck_assert_int_lt(i, 9999);
	}
	answer = ask("GET", "/metrics");
	assert_has(answer, "HTTP/1.1 200 ");
}
END_TEST

/* Scrapes that come together share one rendering, and one that comes at once
 * after them has the same payload. */
START_TEST(a_fresh_payload_is_shared)
{
	for (int i = 0; i < 20; i++) {
		auto_free char *answer = ask("GET", "/metrics");

		assert_has(answer, "HTTP/1.1 200 ");
	}
	ck_assert_uint_lt(atomic_load(&rendered), 20);
	ck_assert_uint_ge(atomic_load(&rendered), 1);
}
END_TEST

/* The analysis thread is busy: the last payload answers. Before the first one there is nothing to say. */
START_TEST(a_busy_analysis_thread_is_not_waited_for_long)
{
	auto_free char *first = NULL, *stale = NULL, *fresh = NULL;

	atomic_store(&deaf, true);
	first = ask("GET", "/metrics");
	assert_has(first, "HTTP/1.1 503 ");
	atomic_store(&deaf, false);
	fresh = ask("GET", "/metrics");
	assert_has(fresh, "hits_total");
	atomic_store(&deaf, true);
	(void)poll(NULL, 0, 2 * WEB_FRESH_MS);
	stale = ask("GET", "/metrics");
	assert_has(stale, "HTTP/1.1 200 ");
	assert_has(stale, "hits_total");
}
END_TEST

/* More of them than there are threads; each is dropped in the end. */
START_TEST(silent_clients_do_not_keep_others_out)
{
	auto_free char *answer = NULL;
	int fds[6];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_to(port_of());
		send_text(fds[i], "GET /met");
	}
	answer = ask("GET", "/metrics");
	assert_has(answer, "HTTP/1.1 200 ");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}
END_TEST

static void make_payload_large(void)
{
	for (int i = 0; i < 60000; i++) {
		char name[128];

		(void)snprintf(name, sizeof(name), "%0100d", i);
		(void)metric_get(family, (const char *const[]){ name });
	}
}

/* They ask for more than the kernel buffers and read nothing. */
START_TEST(clients_that_do_not_read_do_not_keep_others_out)
{
	const int small = 4096;
	auto_free char *answer = NULL;
	int fds[4];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_to(port_of());
		(void)setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		send_text(fds[i], "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	answer = ask("GET", "/metrics");
	assert_has(answer, "HTTP/1.1 200 ");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)close(fds[i]);
}
END_TEST

static void setup_large(void)
{
	ck_assert_int_eq(start("127.0.0.1:0"), 0);
	make_payload_large();
	start_serving();
}

/* A client in the middle of a download, one that says nothing, and one that
 * waits for a rendering that never comes: stopping takes them all along. */
START_TEST(stopping_does_not_hang)
{
	auto_close int reading = connect_to(port_of());
	auto_close int silent = connect_to(port_of());
	auto_close int waiting = -1;

	(void)silent;
	send_text(reading, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)poll(NULL, 0, 2 * WEB_FRESH_MS);
	atomic_store(&deaf, true);
	waiting = connect_to(port_of());
	send_text(waiting, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	(void)poll(NULL, 0, 50);
}
END_TEST

/* ---- addresses ---- */

START_TEST(a_port_in_use_is_an_error_with_a_cure)
{
	struct export_setup second = { .node = "n", .calls_fd = -1, .terminal_fd = -1 };
	struct listen_address address;
	struct exporters *other = NULL;
	struct metrics *own = metrics_new(1 << 20);
	char text[64], error[LISTEN_ERROR_BYTES] = "";

	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port_of());
	second.listen = text;
	ck_assert_int_eq(exporters_start(&second, own, &other), -EADDRINUSE);
	ck_assert_ptr_null(other);
	metrics_free(own);
	ck_assert_int_eq(listen_parse(text, &address, error), 0);
	ck_assert_int_eq(listen_probe(&address, error), -EADDRINUSE);
	assert_has(error, text);
	assert_has(error, "in use");
	assert_has(error, "--listen");
}
END_TEST

START_TEST(ipv6_is_served)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	auto_close int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buffer text = { 0 };
	int err = start("[::1]:0");

	/* A machine without IPv6 says so; that is tested nowhere else. */
	if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL) {
		metrics_free(metrics);
		return;
	}
	ck_assert_int_eq(err, 0);
	start_serving();
	assert_has(exporters_address(exporters, "web"), "http://[::1]:");
	address.sin6_port = htons((uint16_t)port_of());
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	read_all(fd, &text);
	assert_has(text.data, "HTTP/1.1 200 ");
	buffer_done(&text);
	teardown();
}
END_TEST

static const char *const bad_addresses[] = {
	"", ":", "9797", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:99999999", "127.0.0.1:-1",
	"127.0.0.1:80x", "localhost:80", "127.0.0:80", "::1:80", "[::1]", "[::1:80", "[]:80", "[127.0.0.1]:80",
	"[::1%lo]:80", "256.0.0.1:80", "a-name-far-longer-than-any-address-can-be-and-then-some-more-of-it-to-be-sure:80",
};

START_TEST(bad_addresses_are_named)
{
	struct listen_address address;
	char error[LISTEN_ERROR_BYTES] = "";

	ck_assert_int_eq(listen_parse(bad_addresses[_i], &address, error), -EINVAL);
	assert_has(error, "127.0.0.1:9797");
}
END_TEST

START_TEST(good_addresses_are_read)
{
	struct listen_address address;
	char error[LISTEN_ERROR_BYTES];

	ck_assert_int_eq(listen_parse("0.0.0.0:65535", &address, error), 0);
	ck_assert_str_eq(address.host, "0.0.0.0");
	ck_assert_uint_eq(address.port, 65535);
	ck_assert_int_eq(listen_parse("[::ffff:1.2.3.4]:0", &address, error), 0);
	ck_assert_str_eq(address.host, "[::ffff:1.2.3.4]");
	ck_assert_int_eq(address.address.ss_family, AF_INET6);
}
END_TEST

START_TEST(an_address_of_another_machine_is_an_error)
{
	struct listen_address address;
	char error[LISTEN_ERROR_BYTES] = "";

	/* TEST-NET-1, RFC 5737: nobody has it. */
	ck_assert_int_eq(listen_parse("192.0.2.1:9797", &address, error), 0);
	ck_assert_int_eq(listen_probe(&address, error), -EADDRNOTAVAIL);
	assert_has(error, "no such address");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("web");
	TCase *http = tcase_create("http"), *slow = tcase_create("slow"), *addresses = tcase_create("addresses");

	tcase_add_checked_fixture(http, setup, teardown);
	tcase_add_checked_fixture(slow, setup_large, teardown);
	/* Slow clients are dropped after seconds; under load this takes a while. */
	tcase_set_timeout(http, 60);
	tcase_set_timeout(slow, 120);
	tcase_add_test(http, metrics_are_served);
	tcase_add_test(http, head_has_the_length_and_no_body);
	tcase_add_loop_test(http, every_request_has_its_status, 0, ARRAY_SIZE(exchanges));
	tcase_add_test(http, readiness_follows_the_set);
	tcase_add_test(http, garbage_does_no_harm);
	tcase_add_test(http, a_long_head_is_refused);
	tcase_add_test(http, a_fresh_payload_is_shared);
	tcase_add_test(http, a_busy_analysis_thread_is_not_waited_for_long);
	tcase_add_test(http, silent_clients_do_not_keep_others_out);
	tcase_add_test(http, a_port_in_use_is_an_error_with_a_cure);
	tcase_add_test(slow, clients_that_do_not_read_do_not_keep_others_out);
	tcase_add_test(slow, stopping_does_not_hang);
	tcase_add_test(addresses, ipv6_is_served);
	tcase_add_loop_test(addresses, bad_addresses_are_named, 0, ARRAY_SIZE(bad_addresses));
	tcase_add_test(addresses, good_addresses_are_read);
	tcase_add_test(addresses, an_address_of_another_machine_is_an_error);
	suite_add_tcase(suite, http);
	suite_add_tcase(suite, slow);
	suite_add_tcase(suite, addresses);
	return suite;
}

UNIT_SUITE(make)
