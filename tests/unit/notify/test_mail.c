/* SPDX-License-Identifier: Apache-2.0 */
/* Against a small mail server on loopback, which knows one receiver and does not say goodbye. */
#include "notify/notify.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sample.h"
#include "unit.h"

static struct server {
	int listener;
	pthread_t thread;
	atomic_uint mails;
	char mail[16384];
} server;

static void say(FILE *peer, const char *line)
{
	(void)fprintf(peer, "%s\r\n", line);
	(void)fflush(peer);
}

/* Up to the line with a full stop alone. */
static void take_mail(FILE *peer)
{
	char line[1024];

	while (fgets(line, sizeof(line), peer) && strcmp(line, ".\r\n") != 0)
		(void)strncat(server.mail, line, sizeof(server.mail) - strlen(server.mail) - 1);
	atomic_fetch_add(&server.mails, 1);
}

static void answer(FILE *peer, const char *line)
{
	if (strncmp(line, "RCPT", 4) == 0) {
		say(peer, strstr(line, "b@example.org") ? "250 ok" : "550 no such user");
	} else if (strncmp(line, "DATA", 4) == 0) {
		say(peer, "354 go on");
		take_mail(peer);
		say(peer, "250 ok");
	} else if (strncmp(line, "QUIT", 4) != 0) {
		say(peer, "250 ok");
	}
}

static void *server_main(void *ctx)
{
	char line[1024];
	int fd;

	(void)ctx;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
		FILE *peer = fdopen(fd, "r+");

		say(peer, "220 ready");
		while (fgets(line, sizeof(line), peer))
			answer(peer, line);
		(void)fclose(peer);
	}
	return NULL;
}

static unsigned listen_on_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server.listener, 4), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_main, NULL), 0);
	return ntohs(address.sin_port);
}

/* One receiver is gone: the other is told. The end waits for no goodbye (curl would for two minutes). */
START_TEST(a_mail_reaches_who_is_there)
{
	struct alert alert = sample_alert();
	struct notify_config *config;
	struct notify *notify;
	char url[64];

	(void)snprintf(url, sizeof(url), "smtp://127.0.0.1:%u", listen_on_loopback());
	config = sample_config(CHANNEL_EMAIL, url);
	sample_channel(config)->secret = NULL;
	ck_assert_int_eq(notify_new(config, -1, (struct slice){ NULL, 0 }, NULL, &notify), 0);
	notify_alert(notify, &alert);
	notify_release(notify);
	while (atomic_load(&server.mails) == 0)
		(void)poll(NULL, 0, 5);
	notify_free(notify, 10000);	/* until it has heard that it was taken */
	ck_assert_uint_eq(atomic_load(&server.mails), 1);
	ck_assert_ptr_nonnull(strstr(server.mail, "Subject: [promtap] warning: latency_p95"));
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
}
END_TEST

static Suite *make_mail(void)
{
	Suite *suite = suite_create("notify: mail");
	TCase *tc = tcase_create("mail");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_mail_reaches_who_is_there);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_mail)
