/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of it against a small web server on loopback. */
#include "notify/notify.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "notify/sender.h"
#include "sample.h"
#include "unit.h"

#define REQUESTS_MAX 16
#define PATIENCE_MS 10000

/* ---- a web server that keeps what it is told -------------------------------------------------------- */

static struct server {
	int listener;
	unsigned port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t released;
	int status;			/* to answer with; 0: with a part of 200, and then no more */
	bool held;			/* no answer yet */
	unsigned count;
	char requests[REQUESTS_MAX][8192];
	bool stop;
} server;

static size_t body_length(const char *request)
{
	const char *field = strcasestr(request, "content-length:");

	return field ? strtoul(field + strlen("content-length:"), NULL, 10) : 0;
}

static void read_request(int fd, char *request, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size && (n = read(fd, request + len, size - 1 - len)) > 0) {
		const char *body;

		len += (size_t)n;
		request[len] = '\0';
		body = strstr(request, "\r\n\r\n");
		if (body && strlen(body + 4) >= body_length(request))
			return;
	}
}

static void serve(int fd)
{
	static char request[256 << 10];
	char answer[128];
	int n;

	request[0] = '\0';
	read_request(fd, request, sizeof(request));
	(void)pthread_mutex_lock(&server.lock);
	if (server.count < REQUESTS_MAX)
		(void)slice_copy(server.requests[server.count], sizeof(server.requests[0]), slice_of(request));
	server.count++;
	while (server.held)
		(void)pthread_cond_wait(&server.released, &server.lock);
	n = snprintf(answer, sizeof(answer), "HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\nok",
		     server.status ? server.status : 200, server.status ? 2 : 1000);
	(void)pthread_mutex_unlock(&server.lock);
	(void)!write(fd, answer, (size_t)n);
	(void)close(fd);
}

static void *server_main(void *ctx)
{
	struct pollfd poll_fd = { .fd = server.listener, .events = POLLIN };

	(void)ctx;
	while (!__atomic_load_n(&server.stop, __ATOMIC_SEQ_CST))
		if (poll(&poll_fd, 1, 20) == 1)
			serve(accept(server.listener, NULL, NULL));
	return NULL;
}

static void answer_with(int status)
{
	(void)pthread_mutex_lock(&server.lock);
	server.status = status;
	(void)pthread_mutex_unlock(&server.lock);
}

static void hold(bool held)
{
	(void)pthread_mutex_lock(&server.lock);
	server.held = held;
	(void)pthread_cond_broadcast(&server.released);
	(void)pthread_mutex_unlock(&server.lock);
}

static unsigned requests(void)
{
	unsigned count;

	(void)pthread_mutex_lock(&server.lock);
	count = server.count;
	(void)pthread_mutex_unlock(&server.lock);
	return count;
}

/* ---- a state folder, a registry ---------------------------------------------------------------------- */

static char folder_name[64];
static int folder;
static struct metrics *metrics;
static struct notify *notify;
static struct alerts *alerts;	/* none is active */
static char url[64];

/* As if the state that has it were on disk. */
static void tell(const struct alert *alert)
{
	notify_alert(notify, alert);
	notify_release(notify);
}

static void on_alert(void *ctx, const struct alert *alert, bool notify_of_it)
{
	(void)ctx, (void)alert, (void)notify_of_it;
}

static void setup(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	memset(&server, 0, sizeof(server));
	(void)pthread_mutex_init(&server.lock, NULL);
	(void)pthread_cond_init(&server.released, NULL);
	server.status = 200;
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server.listener, 16), 0);
	ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
	server.port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, server_main, NULL), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/hook", server.port);

	alerts = alerts_new(&(struct alert_config){ 0 }, NULL, on_alert, NULL);
	ck_assert_ptr_nonnull(alerts);
	(void)strcpy(folder_name, "/tmp/promtap-notify-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder_name));
	folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void teardown(void)
{
	__atomic_store_n(&server.stop, true, __ATOMIC_SEQ_CST);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	(void)unlinkat(folder, "notify.queue", 0);
	(void)close(folder);
	(void)rmdir(folder_name);
	alerts_free(alerts);
	metrics_free(metrics);
	metrics = NULL;
}

/* As after a restart. */
static void begin(const struct notify_config *config)
{
	metrics_free(metrics);
	metrics = metrics_new(1 << 20);
	ck_assert_int_eq(notify_new(config, folder, (struct slice){ NULL, 0 }, metrics, &notify), 0);
}

static uint64_t result(const char *channel, const char *name)
{
	const struct metric_family *family;
	const struct metric_series *series;
	struct metric_value value;

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		if (strcmp(metric_family_desc(family)->name, "promtap_notifications_total") != 0)
			continue;
		for (size_t k = 0; (series = metric_series_at(family, k)); k++) {
			if (strcmp(metric_series_label(series, 0), channel) != 0 ||
			    strcmp(metric_series_label(series, 1), name) != 0)
				continue;
			metric_read(series, &value);
			return value.count;
		}
	}
	return 0;
}

static void wait_for(const char *channel, const char *name, uint64_t count)
{
	const struct timespec step = { .tv_nsec = 5000000 };

	for (int waited = 0; waited < PATIENCE_MS && result(channel, name) < count; waited += 5) {
		(void)nanosleep(&step, NULL);
		notify_tick(notify, alerts, 0);
	}
	ck_assert_uint_eq(result(channel, name), count);
}

static void wait_for_requests(unsigned count)
{
	const struct timespec step = { .tv_nsec = 5000000 };

	for (int waited = 0; waited < PATIENCE_MS && requests() < count; waited += 5)
		(void)nanosleep(&step, NULL);
	ck_assert_uint_eq(requests(), count);
}

/* As notify_tick() does when it is time. */
static void tell_active(size_t count)
{
	struct channel *channel = &notify->channels[0];

	(void)pthread_mutex_lock(&notify->lock);
	channel->active = calloc(count, sizeof(*channel->active));
	for (size_t i = 0; i < count; i++)
		channel->active[i] = sample_notice();
	channel->active_count = count;
	(void)pthread_cond_signal(&channel->wake);
	(void)pthread_mutex_unlock(&notify->lock);
}

/* ---- names -------------------------------------------------------------------------------------------- */

static atomic_bool looking_up;

/* In the place of the C library's: a name server that does not answer. */
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
	(void)name, (void)port, (void)hints, (void)ret;
	atomic_store(&looking_up, true);
	for (;;)
		(void)pause();
}

/* ---- */

START_TEST(an_alert_and_its_end_are_told_in_order)
{
	struct alert alert = sample_alert();

	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	alert.state = ALERT_RESOLVED;
	tell(&alert);
	wait_for("ops", "sent", 2);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 2);
	ck_assert_ptr_nonnull(strstr(server.requests[0], "POST /hook HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strcasestr(server.requests[0], "content-type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(server.requests[0], "X-Promtap-Signature: sha256="));
	ck_assert_ptr_nonnull(strstr(server.requests[0], "\"state\":\"firing\""));
	ck_assert_ptr_nonnull(strstr(server.requests[1], "\"state\":\"resolved\""));
}
END_TEST

START_TEST(a_channel_is_told_what_it_wants)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url);
	struct alert alert = sample_alert();

	sample_channel(config)->severity = ALERT_CRITICAL;
	sample_channel(config)->resolved = false;
	begin(config);
	tell(&alert);
	alert.severity = ALERT_CRITICAL;
	alert.state = ALERT_RESOLVED;
	tell(&alert);
	alert.state = ALERT_PENDING;
	tell(&alert);
	alert.state = ALERT_ACKNOWLEDGED;
	tell(&alert);
	wait_for("ops", "sent", 1);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 1);
	ck_assert_ptr_nonnull(strstr(server.requests[0], "\"state\":\"acknowledged\""));
}
END_TEST

/* A place that is down when we end is told after the next start: the same message, once. */
START_TEST(an_outage_over_a_restart_loses_nothing)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url);
	struct alert alert = sample_alert();

	answer_with(503);
	begin(config);
	tell(&alert);
	wait_for("ops", "retried", 1);
	notify_free(notify, 0);
	answer_with(204);
	begin(config);
	wait_for("ops", "sent", 1);
	notify_free(notify, 0);
	begin(config);
	notify_free(notify, 200);
	ck_assert_uint_eq(requests(), 2);
	ck_assert_ptr_nonnull(strstr(server.requests[1], "X-Promtap-Id: 0123456789abcdef0123456789abcdef-firing1\r\n"));
}
END_TEST

START_TEST(what_is_refused_is_given_up)
{
	struct alert alert = sample_alert();

	answer_with(400);
	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	wait_for("ops", "dead", 1);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 1);
}
END_TEST

/* Who has said yes is not told again because the rest of the answer does not come. */
START_TEST(half_a_yes_is_a_yes)
{
	struct alert alert = sample_alert();

	answer_with(0);
	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	wait_for("ops", "sent", 1);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 1);
}
END_TEST

/* The proxy of somebody's shell is in no allow-list. */
START_TEST(no_proxy_of_the_environment_is_used)
{
	struct alert alert = sample_alert();

	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:9", 1), 0);
	ck_assert_int_eq(setenv("all_proxy", "http://127.0.0.1:9", 1), 0);
	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	wait_for("ops", "sent", 1);
	notify_free(notify, 0);
}
END_TEST

/* Else an alert that has ended would be active for Alertmanager until the list is forgotten. */
START_TEST(a_list_of_before_is_not_told_after_an_end)
{
	struct alert alert = sample_alert();

	hold(true);
	begin(sample_config(CHANNEL_ALERTMANAGER, url));
	tell(&alert);
	wait_for_requests(1);
	tell_active(1);
	alert.state = ALERT_RESOLVED;
	alert.changed_unix_ns += 1000000000;
	tell(&alert);
	hold(false);
	wait_for("ops", "sent", 2);
	notify_free(notify, 200);
	ck_assert_uint_eq(requests(), 2);
	ck_assert_ptr_nonnull(strstr(server.requests[1], "\"endsAt\":\"2023-11-14T22:13:21"));
}
END_TEST

START_TEST(many_active_alerts_are_told_in_parts)
{
	begin(sample_config(CHANNEL_ALERTMANAGER, url));
	tell_active(130);
	wait_for("ops", "sent", 3);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 3);
}
END_TEST

START_TEST(a_name_server_that_hangs_holds_up_no_end)
{
	struct alert alert = sample_alert();

	begin(sample_config(CHANNEL_WEBHOOK, "https://hooks.example.org/x"));
	tell(&alert);
	while (!atomic_load(&looking_up))
		(void)usleep(1000);
	notify_free(notify, 0);
}
END_TEST

static bool is_kept(const char *begin)
{
	char text[32768];
	int fd = openat(folder, "notify.queue", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, begin);
}

/* What comes while a place takes its time is on disk all the same. */
START_TEST(a_slow_place_keeps_nothing_from_the_disk)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	struct alert alert = sample_alert();

	hold(true);
	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	wait_for_requests(1);
	tell(&alert);
	for (int waited = 0; waited < PATIENCE_MS && !is_kept("\n+ 2 "); waited += 5)
		(void)nanosleep(&step, NULL);
	ck_assert(is_kept("\n+ 2 "));
	hold(false);
	wait_for("ops", "sent", 2);
	notify_free(notify, 0);
}
END_TEST

START_TEST(redirects_are_not_followed)
{
	struct alert alert = sample_alert();

	answer_with(307);
	begin(sample_config(CHANNEL_WEBHOOK, url));
	tell(&alert);
	wait_for("ops", "retried", 1);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 1);
}
END_TEST

START_TEST(the_allow_list_holds)
{
	static char other[] = "other.example.org";
	static char *hosts[] = { other };
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url);
	struct alert alert = sample_alert();
	char problem[FIELD_PROBLEM_BYTES];

	config->allow_hosts = (struct texts){ hosts, 1 };
	ck_assert(!notify_schema.check(config, problem));
	ck_assert_ptr_nonnull(strstr(problem, "127.0.0.1 is not among allow_hosts"));
	begin(config);	/* which the configuration's reader would not have allowed */
	tell(&alert);
	wait_for("ops", "dead", 1);
	notify_free(notify, 0);
	ck_assert_uint_eq(requests(), 0);
}
END_TEST

/* Another channel of the same name takes over what waits. */
START_TEST(another_configuration_takes_over)
{
	static char elsewhere[64];
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url), first = *config;
	struct channel_config channel = *sample_channel(config);
	struct alert alert = sample_alert();

	(void)snprintf(elsewhere, sizeof(elsewhere), "http://127.0.0.1:%u/elsewhere", server.port);
	first.channels.items = &channel;
	sample_channel(config)->url = elsewhere;
	answer_with(500);
	begin(&first);
	tell(&alert);
	wait_for("ops", "retried", 1);
	answer_with(200);
	ck_assert_int_eq(notify_use(notify, config), 0);
	wait_for("ops", "sent", 1);
	notify_free(notify, 0);
	ck_assert_ptr_nonnull(strstr(server.requests[0], "POST /hook "));
	ck_assert_ptr_nonnull(strstr(server.requests[1], "POST /elsewhere "));
}
END_TEST

START_TEST(a_channel_that_goes_gives_up_what_waits)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url), none = *config;
	struct alert alert = sample_alert();

	none.channels.count = 0;
	answer_with(500);
	begin(config);
	tell(&alert);
	wait_for("ops", "retried", 1);
	ck_assert_int_eq(notify_use(notify, &none), 0);
	wait_for("removed", "dead", 1);
	notify_free(notify, 0);
}
END_TEST

/* The counter of a channel that was gone for a while goes on where it stood. */
START_TEST(a_channel_that_comes_back_counts_on)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url), none = *config;
	struct alert alert = sample_alert();

	none.channels.count = 0;
	begin(config);
	tell(&alert);
	wait_for("ops", "sent", 1);
	ck_assert_int_eq(notify_use(notify, &none), 0);
	ck_assert_int_eq(notify_use(notify, config), 0);
	tell(&alert);
	wait_for("ops", "sent", 2);
	notify_free(notify, 0);
}
END_TEST

START_TEST(the_queue_is_bounded)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, url);
	struct alert alert = sample_alert();

	config->queue_bytes = 64 << 10;
	answer_with(500);
	begin(config);
	for (unsigned i = 0; i < 1000; i++)
		tell(&alert);
	notify_tick(notify, alerts, 0);
	ck_assert_uint_gt(result("ops", "dead"), 900);
	ck_assert_uint_lt(result("ops", "dead"), 1000);
	notify_free(notify, 0);
}
END_TEST

static Suite *make_notify(void)
{
	Suite *suite = suite_create("notify");
	TCase *tc = tcase_create("notify");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_alert_and_its_end_are_told_in_order);
	tcase_add_test(tc, a_channel_is_told_what_it_wants);
	tcase_add_test(tc, an_outage_over_a_restart_loses_nothing);
	tcase_add_test(tc, what_is_refused_is_given_up);
	tcase_add_test(tc, redirects_are_not_followed);
	tcase_add_test(tc, a_slow_place_keeps_nothing_from_the_disk);
	tcase_add_test(tc, half_a_yes_is_a_yes);
	tcase_add_test(tc, no_proxy_of_the_environment_is_used);
	tcase_add_test(tc, a_list_of_before_is_not_told_after_an_end);
	tcase_add_test(tc, many_active_alerts_are_told_in_parts);
	tcase_add_test(tc, a_name_server_that_hangs_holds_up_no_end);
	tcase_add_test(tc, the_allow_list_holds);
	tcase_add_test(tc, another_configuration_takes_over);
	tcase_add_test(tc, a_channel_that_goes_gives_up_what_waits);
	tcase_add_test(tc, a_channel_that_comes_back_counts_on);
	tcase_add_test(tc, the_queue_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_notify)
