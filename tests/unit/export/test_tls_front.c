/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS front between real clients of libssl and a web server that does what
 * the test wants. A thread takes the front's turns by a clock that only the test
 * moves: what is waited for is always something that comes.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "export/listen.h"
#include "export/tls_front.h"
#include "tls_sample.h"

#define REQUEST "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define BIG (16u << 20)

/* ---- a web server ----------------------------------------------------------------------------------- */

enum manner {
	ANSWERS = 0,	/* a request's empty line is followed by `answer_bytes` */
	ANSWERS_AT_END,	/* only when its client has said that it says no more */
	ANSWERS_UNREAD,	/* at once, and closes without having read */
	ECHOES,		/* until its client's end */
	RESETS,		/* after half of the answer */
	SILENT,
};

static struct {
	int listener, port;
	pthread_t thread;
	_Atomic enum manner manner;
	atomic_size_t answer_bytes, read_bytes;
	atomic_uint served, strangers;
	int silent[64];		/* held open until the end */
	size_t silent_count;
} server;

static struct tls_peers *peers;

/* What stands at a place of an answer. */
static char pattern(size_t at)
{
	return (char)(at * 2654435761u >> 13);
}

static void send_answer(int fd, size_t from, size_t until)
{
	char bytes[8192];

	while (from < until) {
		size_t len = until - from < sizeof(bytes) ? until - from : sizeof(bytes);
		ssize_t n;

		for (size_t i = 0; i < len; i++)
			bytes[i] = pattern(from + i);
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		from += (size_t)n;
	}
}

static void read_until(int fd, const char *mark)
{
	char text[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0) {
		atomic_fetch_add(&server.read_bytes, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
		if (mark && strstr(text, mark))
			return;
		len = mark ? len : 0;
	}
}

static void echo(int fd)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
			return;
}

static void reset(int fd)
{
	const struct linger now = { 1, 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void serve(int fd)
{
	size_t bytes = atomic_load(&server.answer_bytes);

	switch (atomic_load(&server.manner)) {
	case ANSWERS:
		read_until(fd, "\r\n\r\n");
		send_answer(fd, 0, bytes);
		break;
	case ANSWERS_AT_END:
		read_until(fd, NULL);
		send_answer(fd, 0, bytes);
		break;
	case ANSWERS_UNREAD:
		send_answer(fd, 0, bytes);
		break;
	case ECHOES:
		echo(fd);
		break;
	case RESETS:
		read_until(fd, "\r\n\r\n");
		send_answer(fd, 0, bytes / 2);
		(void)poll(NULL, 0, 20);	/* what was sent is read, else the reset takes it along */
		reset(fd);
		break;
	case SILENT:
		server.silent[server.silent_count++] = dup(fd);
		break;
	}
}

static void check_peer(int fd)
{
	struct sockaddr_in end = { 0 };
	socklen_t len = sizeof(end);
	char text[INET_ADDRSTRLEN], peer[TLS_PEER_BYTES] = "";

	(void)getpeername(fd, (struct sockaddr *)&end, &len);
	(void)inet_ntop(AF_INET, &end.sin_addr, text, sizeof(text));
	if (!tls_peers_find(peers, text, ntohs(end.sin_port), peer) || strcmp(peer, "127.0.0.1") != 0)
		atomic_fetch_add(&server.strangers, 1);
}

static void *run_server(void *unused)
{
	const int on = 1;
	int fd;

	while ((fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		/* As civetweb does: else each piece waits for the acknowledgement of the one before. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		check_peer(fd);
		serve(fd);
		atomic_fetch_add(&server.served, 1);
		(void)close(fd);
	}
	return unused;
}

/* ---- the front -------------------------------------------------------------------------------------- */

static struct tls_sample sample;
static struct tls_pair *pair;
static struct tls_front *front;
static pthread_t thread;
static atomic_uint_fast64_t outcomes[LINK_OUTCOME_MAX], now_ns, turns;
static atomic_bool stop_driving;
static int front_port;

static void *drive(void *unused)
{
	struct pollfd wait = { .fd = tls_front_fd(front), .events = POLLIN };

	while (!atomic_load(&stop_driving)) {
		(void)poll(&wait, 1, 1);
		(void)tls_front_turn(front, atomic_load(&now_ns));
		atomic_fetch_add(&turns, 1);
	}
	return unused;
}

static int listen_somewhere(void)
{
	struct listen_address address;
	char error[LISTEN_ERROR_BYTES];
	int fd;

	ck_assert_int_eq(listen_parse("127.0.0.1:0", &address, error), 0);
	fd = listen_open(&address, error);
	ck_assert_msg(fd >= 0, "%s", error);
	return fd;
}

static void set_blocking(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
}

static void setup(void)
{
	struct tls_front_setup front_setup = { .outcomes = outcomes };
	char problem[FIELD_PROBLEM_BYTES];

	/* The front's own thread blocks it; here the test's thread is in its place. */
	(void)signal(SIGPIPE, SIG_IGN);
	memset(&server, 0, sizeof(server));
	server.listener = listen_somewhere();
	server.port = listen_port(server.listener);
	set_blocking(server.listener);
	atomic_store(&server.answer_bytes, 1000);
	tls_sample_make_valid(&sample, "one");
	pair = tls_pair_new(&sample.config, problem);
	peers = tls_peers_new(TLS_FRONT_LINKS);
	front_setup.listener = listen_somewhere();
	front_port = listen_port(front_setup.listener);
	front_setup.port = (uint16_t)server.port;
	front_setup.pair = pair;
	front_setup.peers = peers;
	for (size_t i = 0; i < LINK_OUTCOME_MAX; i++)
		atomic_store(&outcomes[i], 0);
	atomic_store(&now_ns, 1000 * NSEC_PER_SEC);
	ck_assert_int_eq(tls_front_new(&front_setup, &front), 0);
	atomic_store(&stop_driving, false);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, run_server, NULL), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, drive, NULL), 0);
}

static void teardown(void)
{
	atomic_store(&stop_driving, true);
	(void)pthread_join(thread, NULL);
	tls_front_free(front);
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	for (size_t i = 0; i < server.silent_count; i++)
		(void)close(server.silent[i]);
	tls_pair_free(pair);
	tls_peers_free(peers);
	ck_assert_uint_eq(atomic_load(&server.strangers), 0);
}

static void pass(uint64_t ns)
{
	atomic_fetch_add(&now_ns, ns);
}

/* Whatever was there to be done has been done when two whole turns have been taken. */
static void wait_turns(void)
{
	uint64_t until = atomic_load(&turns) + 3;

	while (atomic_load(&turns) < until)
		(void)poll(NULL, 0, 1);
}

static void wait_outcome(enum link_outcome outcome, uint64_t n)
{
	while (atomic_load(&outcomes[outcome]) < n)
		(void)poll(NULL, 0, 1);
	ck_assert_uint_eq(atomic_load(&outcomes[outcome]), n);
}

static void wait_served(unsigned n)
{
	while (atomic_load(&server.served) < n)
		(void)poll(NULL, 0, 1);
}

/* ---- clients ---------------------------------------------------------------------------------------- */

static int connect_plain(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)front_port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static SSL *connect_tls(void)
{
	SSL *ssl = tls_sample_connect(&sample, connect_plain());

	ck_assert_ptr_nonnull(ssl);
	return ssl;
}

static void send_text(SSL *ssl, const char *text)
{
	ck_assert_int_eq(SSL_write(ssl, text, (int)strlen(text)), (int)strlen(text));
}

/* Each assertion costs a system call: one for all the bytes. */
static bool is_pattern(const char *bytes, size_t from, size_t len)
{
	size_t i = 0;

	while (i < len && bytes[i] == pattern(from + i))
		i++;
	return i == len;
}

/* The answer to its end; returns its length, and whether a close_notify ended it. */
static size_t read_answer(SSL *ssl, bool *ret_whole)
{
	char bytes[8192];
	size_t len = 0;
	int n;

	ERR_clear_error();
	while ((n = SSL_read(ssl, bytes, sizeof(bytes))) > 0) {
		ck_assert_msg(is_pattern(bytes, len, (size_t)n), "within %d bytes from %zu on", n, len);
		len += (size_t)n;
	}
	*ret_whole = SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN;
	return len;
}

static void assert_answer(SSL *ssl)
{
	bool whole;

	ck_assert_uint_eq(read_answer(ssl, &whole), atomic_load(&server.answer_bytes));
	ck_assert(whole);
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

START_TEST(an_answer_comes_whole)
{
	SSL *ssl = connect_tls();

	send_text(ssl, REQUEST);
	assert_answer(ssl);
	ck_assert_int_eq(SSL_version(ssl), TLS1_3_VERSION);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

/* The request in two records, cut at every byte. */
START_TEST(cut_at_every_byte)
{
	for (size_t cut = 1; cut < strlen(REQUEST); cut++) {
		SSL *ssl = connect_tls();

		ck_assert_int_eq(SSL_write(ssl, REQUEST, (int)cut), (int)cut);
		send_text(ssl, &REQUEST[cut]);
		assert_answer(ssl);
		tls_sample_close(ssl);
	}
	wait_outcome(LINK_DONE, strlen(REQUEST) - 1);
}
END_TEST

static void write_bytewise(SSL *ssl, const char *text)
{
	for (; *text; text++)
		ck_assert_int_eq(SSL_write(ssl, text, 1), 1);
}

/* Records of one byte, through sockets that hold next to nothing. */
START_TEST(byte_by_byte)
{
	const int small = 1, on = 1;
	int fd = connect_plain();
	SSL *ssl;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	atomic_store(&server.answer_bytes, 50000);
	ssl = tls_sample_connect(&sample, fd);
	ck_assert_ptr_nonnull(ssl);
	write_bytewise(ssl, REQUEST);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

START_TEST(each_byte_is_echoed)
{
	SSL *ssl = connect_tls();

	atomic_store(&server.manner, ECHOES);
	for (int i = 0; i < 1000; i++) {
		char byte = (char)i, back;

		ck_assert_int_eq(SSL_write(ssl, &byte, 1), 1);
		ck_assert_int_eq(SSL_read(ssl, &back, 1), 1);
		ck_assert_int_eq(back, byte);
	}
	ck_assert_int_ge(SSL_shutdown(ssl), 0);
	ck_assert_int_eq(SSL_shutdown(ssl), 1);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

START_TEST(a_large_answer)
{
	SSL *ssl = connect_tls();

	atomic_store(&server.answer_bytes, BIG);
	send_text(ssl, REQUEST);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

START_TEST(a_large_request)
{
	static char bytes[1 << 20];
	SSL *ssl = connect_tls();

	atomic_store(&server.manner, ANSWERS_AT_END);
	ck_assert_int_eq(SSL_write(ssl, bytes, sizeof(bytes)), (int)sizeof(bytes));
	ck_assert_int_eq(SSL_shutdown(ssl), 0);
	assert_answer(ssl);
	ck_assert_uint_eq(atomic_load(&server.read_bytes), sizeof(bytes));
	tls_sample_close(ssl);
}
END_TEST

/* ---- ends ------------------------------------------------------------------------------------------- */

START_TEST(a_client_that_says_no_more_gets_its_answer)
{
	SSL *ssl = connect_tls();

	atomic_store(&server.manner, ANSWERS_AT_END);
	send_text(ssl, REQUEST);
	ck_assert_int_eq(SSL_shutdown(ssl), 0);
	ck_assert_int_eq(shutdown(SSL_get_fd(ssl), SHUT_WR), 0);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

/* RFC 9112, 9.8: the end of TCP alone. */
START_TEST(so_does_one_without_close_notify)
{
	SSL *ssl = connect_tls();

	atomic_store(&server.manner, ANSWERS_AT_END);
	send_text(ssl, REQUEST);
	ck_assert_int_eq(shutdown(SSL_get_fd(ssl), SHUT_WR), 0);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
}
END_TEST

/* More than it wanted to read: the answer arrives all the same. */
START_TEST(an_answer_that_did_not_wait_for_the_request)
{
	static char bytes[8192];
	SSL *ssl = connect_tls();
	bool whole;

	atomic_store(&server.manner, ANSWERS_UNREAD);
	ck_assert_int_eq(SSL_write(ssl, bytes, sizeof(bytes)), (int)sizeof(bytes));
	/* It was reset, for all that the front can tell: that it was whole, the answer itself has to say. */
	ck_assert_uint_eq(read_answer(ssl, &whole), atomic_load(&server.answer_bytes));
	tls_sample_close(ssl);
}
END_TEST

START_TEST(nothing_asked_nothing_answered)
{
	SSL *ssl = connect_tls();

	ck_assert_int_eq(SSL_shutdown(ssl), 0);
	atomic_store(&server.answer_bytes, 0);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
	ck_assert_uint_eq(atomic_load(&server.served), 0);
}
END_TEST

/* What the web server cut is not ended by a close_notify, as if it were whole. */
START_TEST(a_cut_answer_is_seen_to_be_cut)
{
	SSL *ssl = connect_tls();
	bool whole;

	atomic_store(&server.manner, RESETS);
	send_text(ssl, REQUEST);
	ck_assert_uint_lt(read_answer(ssl, &whole), atomic_load(&server.answer_bytes));
	ck_assert(!whole);
	tls_sample_close(ssl);
	wait_outcome(LINK_BROKEN, 1);
}
END_TEST

START_TEST(a_client_that_is_gone)
{
	SSL *ssl = connect_tls();
	char byte;

	atomic_store(&server.answer_bytes, BIG);
	send_text(ssl, REQUEST);
	ck_assert_int_eq(SSL_read(ssl, &byte, 1), 1);
	reset(SSL_get_fd(ssl));
	tls_sample_close(ssl);
	wait_outcome(LINK_BROKEN, 1);
}
END_TEST

START_TEST(a_web_server_that_is_gone)
{
	SSL *ssl = connect_tls();
	bool whole;

	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	send_text(ssl, REQUEST);
	ck_assert_uint_eq(read_answer(ssl, &whole), 0);
	ck_assert(!whole);
	tls_sample_close(ssl);
	wait_turns();
	ck_assert_uint_eq(atomic_load(&outcomes[LINK_FAILED]) + atomic_load(&outcomes[LINK_BROKEN]), 1);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, run_server, NULL), 0);
}
END_TEST

/* ---- no TLS ----------------------------------------------------------------------------------------- */

static size_t read_plain(int fd, char *ret, size_t bytes)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, ret + len, bytes - 1 - len, 0)) > 0)
		len += (size_t)n;
	ret[len] = '\0';
	return len;
}

START_TEST(plain_http_is_told)
{
	static const char *const requests[] = { REQUEST, "POST /api/v1/silences HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.0\r\n\r\n" };
	char text[512], length[64];
	const char *body;

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		auto_close int fd = connect_plain();

		ck_assert_int_eq(send(fd, requests[i], strlen(requests[i]), 0), (ssize_t)strlen(requests[i]));
		(void)read_plain(fd, text, sizeof(text));
		body = strstr(text, "\r\n\r\n");
		ck_assert_msg(body && strncmp(text, "HTTP/1.1 400 Bad Request\r\n", 26) == 0, "%s", text);
		ck_assert_str_eq(body + 4, "this port speaks TLS; ask by https://\n");
		(void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body + 4));
		ck_assert_ptr_nonnull(strstr(text, length));
	}
	wait_outcome(LINK_PLAIN, ARRAY_SIZE(requests));
	ck_assert_uint_eq(atomic_load(&server.served), 0);
}
END_TEST

START_TEST(garbage_is_closed)
{
	static const char *const garbage[] = { "\x16\x03\x01\x40\x01\x01", "SSH-2.0-x\r\n", "\x80\x2e\x01\x03\x01", "\r\n\r\n\r\n\r\n" };
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		auto_close int fd = connect_plain();

		ck_assert_int_eq(send(fd, garbage[i], strlen(garbage[i]), 0), (ssize_t)strlen(garbage[i]));
		(void)shutdown(fd, SHUT_WR);
		ck_assert_uint_lt(read_plain(fd, text, sizeof(text)), 64);
	}
	wait_outcome(LINK_HANDSHAKE_FAILED, ARRAY_SIZE(garbage));
}
END_TEST

static SSL *connect_at_most(int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);

	SSL_CTX_free(context);
	(void)SSL_set_max_proto_version(ssl, version);
	(void)SSL_set_fd(ssl, connect_plain());
	if (SSL_connect(ssl) == 1)
		return ssl;
	tls_sample_close(ssl);
	return NULL;
}

START_TEST(old_versions_are_refused)
{
	struct tls_config config = sample.config;
	char problem[FIELD_PROBLEM_BYTES];
	SSL *ssl = connect_at_most(TLS1_2_VERSION);

	ck_assert_ptr_nonnull(ssl);
	ck_assert_int_eq(SSL_renegotiate(ssl), 1);
	ck_assert_int_ne(SSL_do_handshake(ssl) == 1 && SSL_write(ssl, "x", 1) == 1 && SSL_renegotiate_pending(ssl) == 0, 1);
	tls_sample_close(ssl);
	ck_assert_ptr_null(connect_at_most(TLS1_1_VERSION));
	config.min_version = TLS_VERSION_1_3;
	ck_assert_int_eq(tls_pair_use(pair, &config, problem), 0);
	ck_assert_ptr_null(connect_at_most(TLS1_2_VERSION));
	tls_sample_close(connect_tls());
}
END_TEST

/* ---- time ------------------------------------------------------------------------------------------- */

static void assert_closed(int fd)
{
	char text[512];

	(void)read_plain(fd, text, sizeof(text));
}

START_TEST(a_handshake_has_its_time)
{
	auto_close int fd = connect_plain();

	wait_turns();
	pass(LINK_HANDSHAKE_NS - 1);
	wait_turns();
	ck_assert_uint_eq(atomic_load(&outcomes[LINK_TIMEOUT]), 0);
	pass(1);
	assert_closed(fd);
	wait_outcome(LINK_TIMEOUT, 1);
}
END_TEST

START_TEST(so_has_the_first_byte)
{
	SSL *ssl = connect_tls();

	wait_turns();
	pass(LINK_HANDSHAKE_NS);
	assert_closed(SSL_get_fd(ssl));
	tls_sample_close(ssl);
	wait_outcome(LINK_TIMEOUT, 1);
	ck_assert_uint_eq(atomic_load(&server.served), 0);
}
END_TEST

START_TEST(so_has_silence)
{
	SSL *ssl = connect_tls();

	atomic_store(&server.manner, SILENT);
	send_text(ssl, REQUEST);
	wait_served(1);
	wait_turns();
	pass(LINK_IDLE_NS - 1);
	wait_turns();
	ck_assert_uint_eq(atomic_load(&outcomes[LINK_TIMEOUT]), 0);
	pass(1);
	assert_closed(SSL_get_fd(ssl));
	tls_sample_close(ssl);
	wait_outcome(LINK_TIMEOUT, 1);
}
END_TEST

/* A byte now and then keeps it, but not for ever. */
START_TEST(so_has_all_of_it)
{
	SSL *ssl = connect_tls();
	char back;

	atomic_store(&server.manner, ECHOES);
	for (uint64_t i = 0; i + 1 < LINK_LIFE_NS / (LINK_IDLE_NS - NSEC_PER_SEC); i++) {
		send_text(ssl, "x");
		ck_assert_int_eq(SSL_read(ssl, &back, 1), 1);
		wait_turns();
		pass(LINK_IDLE_NS - NSEC_PER_SEC);
	}
	send_text(ssl, "x");
	ck_assert_int_eq(SSL_read(ssl, &back, 1), 1);
	pass(2 * LINK_IDLE_NS);
	assert_closed(SSL_get_fd(ssl));
	tls_sample_close(ssl);
	wait_outcome(LINK_TIMEOUT, 1);
}
END_TEST

/* It has its answer and stays: that is no timeout of ours. */
START_TEST(so_has_a_client_that_does_not_go)
{
	SSL *ssl = connect_tls();

	send_text(ssl, REQUEST);
	assert_answer(ssl);
	wait_turns();
	ck_assert_uint_eq(atomic_load(&outcomes[LINK_DONE]), 0);
	pass(LINK_LINGER_NS);
	wait_outcome(LINK_DONE, 1);
	tls_sample_close(ssl);
}
END_TEST

/* ---- many ------------------------------------------------------------------------------------------- */

START_TEST(more_than_there_is_room_for)
{
	int held[TLS_FRONT_LINKS];
	SSL *ssl;
	int late;

	for (size_t i = 0; i < TLS_FRONT_LINKS; i++)
		held[i] = connect_plain();
	wait_turns();
	late = connect_plain();
	wait_turns();
	(void)close(held[0]);
	ssl = tls_sample_connect(&sample, late);
	ck_assert_ptr_nonnull(ssl);
	send_text(ssl, REQUEST);
	assert_answer(ssl);
	tls_sample_close(ssl);
	wait_outcome(LINK_DONE, 1);
	for (size_t i = 1; i < TLS_FRONT_LINKS; i++)
		(void)close(held[i]);
	wait_outcome(LINK_HANDSHAKE_FAILED, TLS_FRONT_LINKS);
}
END_TEST

static void *ask_many(void *failures)
{
	for (int i = 0; i < 25; i++) {
		SSL *ssl = tls_sample_connect(&sample, connect_plain());
		bool whole = false;

		if (!ssl || SSL_write(ssl, REQUEST, (int)strlen(REQUEST)) <= 0 ||
		    read_answer(ssl, &whole) != atomic_load(&server.answer_bytes) || !whole)
			atomic_fetch_add((atomic_uint *)failures, 1);
		if (ssl)
			tls_sample_close(ssl);
	}
	return NULL;
}

START_TEST(many_at_a_time)
{
	pthread_t threads[8];
	atomic_uint failures = 0;

	atomic_store(&server.answer_bytes, 70000);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_many, &failures), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&failures), 0);
	wait_outcome(LINK_DONE, 200);
}
END_TEST

/* ---- another certificate ---------------------------------------------------------------------------- */

static void assert_name(SSL *ssl, const char *expected)
{
	char name[64];

	tls_sample_name(ssl, name);
	ck_assert_str_eq(name, expected);
}

START_TEST(another_certificate_in_the_middle)
{
	SSL *before = connect_tls(), *after;
	struct tls_sample other;
	char problem[FIELD_PROBLEM_BYTES];

	tls_sample_make_valid(&other, "other");
	send_text(before, "GET /metrics");
	ck_assert_int_eq(tls_pair_use(pair, &other.config, problem), 0);
	send_text(before, " HTTP/1.1\r\n\r\n");
	assert_answer(before);
	assert_name(before, "one");
	tls_sample_close(before);
	sample = other;
	after = connect_tls();
	assert_name(after, "other");
	send_text(after, REQUEST);
	assert_answer(after);
	tls_sample_close(after);
	wait_outcome(LINK_DONE, 2);
}
END_TEST

/* ---- its own thread --------------------------------------------------------------------------------- */

/* Clients in every state; stopping takes them all along. */
START_TEST(stopping_does_not_hang)
{
	auto_close int silent = -1;
	SSL *open, *asking, *lingering;
	char byte;

	atomic_store(&stop_driving, true);
	(void)pthread_join(thread, NULL);
	ck_assert_int_eq(tls_front_start(front), 0);
	silent = connect_plain();
	open = connect_tls();
	lingering = connect_tls();
	send_text(lingering, REQUEST);
	assert_answer(lingering);
	atomic_store(&server.answer_bytes, BIG);
	asking = connect_tls();
	send_text(asking, REQUEST);
	ck_assert_int_eq(SSL_read(asking, &byte, 1), 1);
	tls_front_stop(front);
	tls_front_stop(front);
	atomic_store(&stop_driving, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, drive, NULL), 0);
	tls_sample_close(open);
	tls_sample_close(asking);
	tls_sample_close(lingering);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("tls_front");
	TCase *bytes = tcase_create("bytes"), *ends = tcase_create("ends"), *times = tcase_create("times");

	tcase_add_checked_fixture(bytes, setup, teardown);
	tcase_add_checked_fixture(ends, setup, teardown);
	tcase_add_checked_fixture(times, setup, teardown);
	tcase_set_timeout(bytes, 120);
	tcase_set_timeout(ends, 60);
	tcase_set_timeout(times, 60);
	tcase_add_test(bytes, an_answer_comes_whole);
	tcase_add_test(bytes, cut_at_every_byte);
	tcase_add_test(bytes, byte_by_byte);
	tcase_add_test(bytes, each_byte_is_echoed);
	tcase_add_test(bytes, a_large_answer);
	tcase_add_test(bytes, a_large_request);
	tcase_add_test(ends, a_client_that_says_no_more_gets_its_answer);
	tcase_add_test(ends, so_does_one_without_close_notify);
	tcase_add_test(ends, an_answer_that_did_not_wait_for_the_request);
	tcase_add_test(ends, nothing_asked_nothing_answered);
	tcase_add_test(ends, a_cut_answer_is_seen_to_be_cut);
	tcase_add_test(ends, a_client_that_is_gone);
	tcase_add_test(ends, a_web_server_that_is_gone);
	tcase_add_test(ends, plain_http_is_told);
	tcase_add_test(ends, garbage_is_closed);
	tcase_add_test(ends, old_versions_are_refused);
	tcase_add_test(ends, more_than_there_is_room_for);
	tcase_add_test(ends, many_at_a_time);
	tcase_add_test(ends, another_certificate_in_the_middle);
	tcase_add_test(ends, stopping_does_not_hang);
	tcase_add_test(times, a_handshake_has_its_time);
	tcase_add_test(times, so_has_the_first_byte);
	tcase_add_test(times, so_has_silence);
	tcase_add_test(times, so_has_all_of_it);
	tcase_add_test(times, so_has_a_client_that_does_not_go);
	suite_add_tcase(suite, bytes);
	suite_add_tcase(suite, ends);
	suite_add_tcase(suite, times);
	return suite;
}
UNIT_SUITE(make)
