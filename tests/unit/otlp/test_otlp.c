/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of it against a small collector on loopback. */
#include "otlp/otlp.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sample.h"
#include "unit.h"

#define REQUESTS_MAX 8
#define REQUEST_BYTES (256 << 10)

/* ---- a collector that keeps what it is told ------------------------------------------------------------- */

static struct collector {
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t released;
	const char *status;	/* "200 OK"; null: takes the request, and does not answer */
	struct slice answer;
	bool held;		/* no answer yet */
	unsigned count;
	struct request_kept {
		size_t len;
		char bytes[REQUEST_BYTES];	/* with a zero byte behind the head, in the place of its last line feed */
		struct slice body;
	} requests[REQUESTS_MAX];
	bool stop;
} collector;

static void read_request(int fd, struct request_kept *ret)
{
	const char *end = NULL, *field;
	size_t body_len = 0;
	ssize_t n;

	while (ret->len < REQUEST_BYTES && (n = read(fd, ret->bytes + ret->len, REQUEST_BYTES - ret->len)) > 0) {
		ret->len += (size_t)n;
		end = end ? end : memmem(ret->bytes, ret->len, "\r\n\r\n", 4);
		field = end ? memmem(ret->bytes, ret->len, "Content-Length: ", 16) : NULL;
		body_len = field ? strtoul(field + 16, NULL, 10) : 0;
		if (end && (size_t)(ret->bytes + ret->len - end - 4) >= body_len)
			break;
	}
	if (!end)
		return;
	ret->body = (struct slice){ end + 4, body_len };
	ret->bytes[end + 3 - ret->bytes] = '\0';
}

static void serve(int fd)
{
	static struct request_kept request;
	char head[256];
	int n = 0;

	request.len = 0;
	read_request(fd, &request);
	(void)pthread_mutex_lock(&collector.lock);
	if (collector.count < REQUESTS_MAX) {
		struct request_kept *kept = &collector.requests[collector.count];

		*kept = request;
		kept->body.ptr = kept->bytes + (request.body.ptr - request.bytes);
	}
	collector.count++;
	while (collector.held)
		(void)pthread_cond_wait(&collector.released, &collector.lock);
	if (collector.status)
		n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
			     collector.status, collector.answer.len);
	(void)send(fd, head, (size_t)n, MSG_NOSIGNAL | MSG_MORE);
	(void)send(fd, collector.answer.ptr, n > 0 ? collector.answer.len : 0, MSG_NOSIGNAL);
	(void)pthread_mutex_unlock(&collector.lock);
	(void)close(fd);
}

static void *collector_main(void *ctx)
{
	struct pollfd poll_fd = { .fd = collector.listener, .events = POLLIN };

	(void)ctx;
	while (!__atomic_load_n(&collector.stop, __ATOMIC_SEQ_CST))
		if (poll(&poll_fd, 1, 20) == 1)
			serve(accept(collector.listener, NULL, NULL));
	return NULL;
}

static void answer_with(const char *status, struct slice answer)
{
	(void)pthread_mutex_lock(&collector.lock);
	collector.status = status;
	collector.answer = answer;
	(void)pthread_mutex_unlock(&collector.lock);
}

static void hold(bool held)
{
	(void)pthread_mutex_lock(&collector.lock);
	collector.held = held;
	(void)pthread_cond_broadcast(&collector.released);
	(void)pthread_mutex_unlock(&collector.lock);
}

static void wait_for_requests(unsigned count)
{
	bool there = false;

	while (!there) {
		(void)pthread_mutex_lock(&collector.lock);
		there = collector.count >= count;
		(void)pthread_mutex_unlock(&collector.lock);
		(void)poll(NULL, 0, 2);
	}
}

/* ---- what sends to it ------------------------------------------------------------------------------------ */

static struct metrics *metrics;
static struct metric_series *lost;
static struct otlp *otlp;
static struct otlp_config config;
static char url[64], header[] = "x-scope-orgid=team", secret[] = "authorization=Bearer%20word";

static const struct metric_desc lost_desc = {
	.name = "lost_total", .help = "x", .unit = "calls", .type = METRIC_COUNTER,
};

static void setup(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	collector.status = "200 OK";
	(void)pthread_mutex_init(&collector.lock, NULL);
	(void)pthread_cond_init(&collector.released, NULL);
	collector.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(collector.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(collector.listener, 16), 0);
	ck_assert_int_eq(getsockname(collector.listener, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(pthread_create(&collector.thread, NULL, collector_main, NULL), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(address.sin_port));
	config = (struct otlp_config){
		.endpoint = url,
		.headers = header,
		.secret_headers = secret,
		.compression = COMPRESSION_NONE,
		.timeout = 20 * NSEC_PER_SEC,
		.delay = 10 * NSEC_PER_MSEC,
		.batch = 512,
		.queue_bytes = 1 << 20,
		.retry_for = 300 * NSEC_PER_SEC,
	};
	metrics = metrics_new(1 << 20);
	lost = metric_get(metrics_family(metrics, &lost_desc), NULL);
}

static void teardown(void)
{
	hold(false);
	otlp_free(otlp, 0);
	otlp = NULL;
	metrics_free(metrics);
	__atomic_store_n(&collector.stop, true, __ATOMIC_SEQ_CST);
	(void)pthread_join(collector.thread, NULL);
	(void)close(collector.listener);
}

static void start(void)
{
	ck_assert_int_eq(otlp_new(&config, "node-1", metrics, lost, &otlp), 0);
}

static void tell(const struct call *call)
{
	otlp_call(otlp, call, (int64_t)clock_monotonic_ns());
}

static double read_series(const char *family_name, const char *label)
{
	const struct metric_family *family;

	for (size_t i = 0; (family = metrics_family_at(metrics, i)); i++) {
		const struct metric_series *series;

		if (strcmp(metric_family_desc(family)->name, family_name) != 0)
			continue;
		for (size_t k = 0; (series = metric_series_at(family, k)); k++) {
			struct metric_value value;

			if (label && strcmp(metric_series_label(series, 0), label) != 0)
				continue;
			metric_read(series, &value);
			return metric_family_desc(family)->type == METRIC_GAUGE ? value.number : (double)value.count;
		}
	}
	ck_abort_msg("no series %s %s", family_name, label ? label : "");
}

static double spans(const char *result)
{
	otlp_publish(otlp);
	return read_series("promtap_otlp_spans_total", result);
}

static double requests(const char *result)
{
	otlp_publish(otlp);
	return read_series("promtap_otlp_requests_total", result);
}

static void wait_for_spans(const char *result, double count)
{
	while (spans(result) < count)
		(void)poll(NULL, 0, 2);
	ck_assert_double_eq(spans(result), count);
}

static double lost_spans(void)
{
	otlp_publish(otlp);
	return read_series("lost_total", NULL);
}

/* The n-th span of a request whose spans are of one resource. */
static struct slice span_of(unsigned request, unsigned n)
{
	struct sample_field resource_spans, scope_spans, span;

	ck_assert(sample_field(collector.requests[request].body, 1, 0, &resource_spans));
	ck_assert(sample_field(resource_spans.bytes, 2, 0, &scope_spans));
	ck_assert(sample_field(scope_spans.bytes, 2, n, &span));
	return span.bytes;
}

static struct slice id_of(struct slice span, unsigned number)
{
	struct sample_field field;

	return sample_field(span, number, 0, &field) ? field.bytes : (struct slice){ NULL, 0 };
}

START_TEST(a_call_arrives)
{
	struct call call = sample_full();
	const char *head = collector.requests[0].bytes;

	start();
	tell(&call);
	wait_for_spans("sent", 1);
	ck_assert_ptr_nonnull(strstr(head, "POST /v1/traces HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "Content-Type: application/x-protobuf\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "User-Agent: promtap/"));
	ck_assert_ptr_nonnull(strstr(head, "x-scope-orgid: team\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "authorization: Bearer word\r\n"));
	ck_assert_ptr_null(strstr(head, "Content-Encoding"));
	ck_assert(slice_eq(id_of(span_of(0, 0), 1), (struct slice){ (const char *)call.trace_id, 16 }));
	ck_assert(slice_eq(id_of(span_of(0, 0), 4), (struct slice){ (const char *)call.parent_span_id, 8 }));
	ck_assert_double_eq(requests("sent"), 1);
	ck_assert_double_eq(lost_spans(), 0);
	ck_assert_double_eq(read_series("promtap_otlp_queue_bytes", NULL), 0);
	ck_assert_double_eq(read_series("promtap_otlp_queue_spans", NULL), 0);
}
END_TEST

START_TEST(compressed_it_says_so)
{
	struct call call = sample_full();

	config.compression = COMPRESSION_GZIP;
	start();
	tell(&call);
	wait_for_spans("sent", 1);
	ck_assert_ptr_nonnull(strstr(collector.requests[0].bytes, "Content-Encoding: gzip\r\n"));
	ck_assert_mem_eq(collector.requests[0].body.ptr, "\x1f\x8b", 2);
}
END_TEST

START_TEST(ids_are_drawn)
{
	struct call call = sample_bare();
	struct slice one, other;

	config.delay = 3600 * NSEC_PER_SEC;
	config.batch = 2;	/* a full batch does not wait */
	start();
	tell(&call);
	tell(&call);
	wait_for_spans("sent", 2);
	one = span_of(0, 0);
	other = span_of(0, 1);
	ck_assert_uint_eq(id_of(one, 1).len, 16);
	ck_assert_uint_eq(id_of(one, 2).len, 8);
	ck_assert(!slice_eq(id_of(one, 1), id_of(other, 1)));
	ck_assert(!slice_eq(id_of(one, 2), id_of(other, 2)));
	ck_assert_uint_eq(id_of(one, 4).len, 0);
}
END_TEST

/* Of a call without a traceparent, that this machine sees at both ends. */
START_TEST(both_ends_are_one_trace)
{
	struct call call = sample_full();
	struct slice serving, client;

	config.delay = 3600 * NSEC_PER_SEC;
	config.batch = 2;
	start();
	call.has_trace = false;
	call.role = ROLE_SERVER;
	tell(&call);
	call.role = ROLE_CLIENT;
	tell(&call);
	wait_for_spans("sent", 2);
	serving = span_of(0, 0);
	client = span_of(0, 1);
	ck_assert(slice_eq(id_of(serving, 1), id_of(client, 1)));
	ck_assert(slice_eq(id_of(serving, 4), id_of(client, 2)));
	ck_assert_uint_eq(id_of(client, 4).len, 0);
}
END_TEST

/* A gateway that passes no traceparent on: its own call, and the vendor's end of that, join the user's trace. */
START_TEST(all_ends_are_one_trace)
{
	struct call call = sample_full();
	struct slice spans_of_call[4];

	config.delay = 3600 * NSEC_PER_SEC;
	config.batch = 4;
	start();
	call.has_trace = false;
	call.hop = HOP_FROM_GATEWAY;
	tell(&call);
	call.role = ROLE_SERVER;
	call.hop = HOP_DIRECT;
	tell(&call);
	call.has_trace = true;
	call.hop = HOP_TO_GATEWAY;
	tell(&call);
	call.role = ROLE_CLIENT;
	tell(&call);
	wait_for_spans("sent", 4);
	for (unsigned i = 0; i < 4; i++) {
		spans_of_call[i] = span_of(0, i);
		ck_assert(slice_eq(id_of(spans_of_call[i], 1), (struct slice){ (const char *)call.trace_id, 16 }));
	}
	ck_assert(slice_eq(id_of(spans_of_call[1], 4), id_of(spans_of_call[0], 2)));
	ck_assert(slice_eq(id_of(spans_of_call[0], 4), id_of(spans_of_call[2], 2)));
	ck_assert(slice_eq(id_of(spans_of_call[2], 4), id_of(spans_of_call[3], 2)));
	ck_assert(slice_eq(id_of(spans_of_call[3], 4), (struct slice){ (const char *)call.parent_span_id, 8 }));
}
END_TEST

/* The serving end has been sent: the client's says which it was. */
START_TEST(what_was_sent_is_linked_to)
{
	struct call call = sample_full();
	struct sample_field link;

	start();
	call.has_trace = false;
	call.role = ROLE_SERVER;
	tell(&call);
	wait_for_spans("sent", 1);
	call.role = ROLE_CLIENT;
	tell(&call);
	wait_for_spans("sent", 2);
	ck_assert(slice_eq(id_of(span_of(0, 0), 1), id_of(span_of(1, 0), 1)));
	ck_assert(sample_field(span_of(1, 0), 13, 0, &link));
	ck_assert(slice_eq(id_of(link.bytes, 2), id_of(span_of(0, 0), 2)));
}
END_TEST

START_TEST(who_keeps_no_trace_gets_no_span)
{
	struct call call = sample_full();

	call.trace_sampled = false;
	start();
	tell(&call);
	ck_assert_double_eq(spans("unsampled"), 1);
	ck_assert_double_eq(lost_spans(), 0);
	config.unsampled = true;
	otlp_use(otlp, &config);
	tell(&call);
	wait_for_spans("sent", 1);
}
END_TEST

START_TEST(a_busy_collector_is_asked_again)
{
	struct call call = sample_full();

	answer_with("503 Busy", (struct slice){ "", 0 });
	start();
	tell(&call);
	wait_for_requests(1);
	answer_with("200 OK", (struct slice){ "", 0 });
	wait_for_spans("sent", 1);
	ck_assert_double_ge(requests("retried"), 1);
	ck_assert_double_eq(lost_spans(), 0);
	ck_assert(slice_eq(collector.requests[0].body, collector.requests[1].body));
}
END_TEST

/* It hangs up instead of answering. */
START_TEST(no_answer_is_asked_again)
{
	struct call call = sample_full();

	answer_with(NULL, (struct slice){ "", 0 });
	start();
	tell(&call);
	wait_for_requests(1);
	answer_with("200 OK", (struct slice){ "", 0 });
	wait_for_spans("sent", 1);
}
END_TEST

START_TEST(what_is_refused_is_given_up)
{
	struct call call = sample_full();

	answer_with("400 No", (struct slice){ "", 0 });
	start();
	tell(&call);
	wait_for_spans("refused", 1);
	ck_assert_double_eq(requests("refused"), 1);
	ck_assert_double_eq(lost_spans(), 1);
	ck_assert_double_eq(read_series("promtap_otlp_queue_spans", NULL), 0);
}
END_TEST

START_TEST(a_part_is_rejected)
{
	struct call call = sample_bare();

	answer_with("200 OK", SLICE("\x0a\x05\x08\x01\x12\x01x"));
	config.delay = 3600 * NSEC_PER_SEC;
	config.batch = 3;
	start();
	for (int i = 0; i < 3; i++)
		tell(&call);
	wait_for_spans("sent", 2);
	ck_assert_double_eq(spans("rejected"), 1);
	ck_assert_double_eq(requests("partial"), 1);
	ck_assert_double_eq(lost_spans(), 1);
	/* More than there were. */
	answer_with("200 OK", SLICE("\x0a\x03\x08\xff\x01"));
	for (int i = 0; i < 3; i++)
		tell(&call);
	wait_for_spans("rejected", 4);
	ck_assert_double_eq(spans("sent"), 2);
}
END_TEST

START_TEST(a_collector_that_hangs_costs_what_does_not_fit)
{
	struct call call = sample_full();
	unsigned told = 1;

	config.queue_bytes = 64 << 10;
	hold(true);
	start();
	tell(&call);
	wait_for_requests(1);
	for (; spans("no_room") < 10; told++)
		tell(&call);
	ck_assert_double_le(read_series("promtap_otlp_queue_bytes", NULL), 64 << 10);
	ck_assert_uint_gt(told, 20);
	ck_assert_double_eq(lost_spans(), 10);
	hold(false);
	wait_for_spans("sent", told - 10);
}
END_TEST

START_TEST(a_busy_collector_costs_its_batch_in_the_end)
{
	struct call call = sample_full();

	answer_with("503 Busy", (struct slice){ "", 0 });
	config.retry_for = 1;
	start();
	tell(&call);
	wait_for_spans("given_up", 1);
	ck_assert_double_eq(requests("given_up"), 1);
	ck_assert_double_eq(lost_spans(), 1);
}
END_TEST

/* In back-off to one, then another: what waits goes there at once. */
START_TEST(another_configuration_takes_over)
{
	struct call call = sample_full();
	struct otlp_config none = config;
	char nowhere[] = "http://127.0.0.1:1";

	none.endpoint = nowhere;
	ck_assert_int_eq(otlp_new(&none, "node-1", metrics, lost, &otlp), 0);
	tell(&call);
	while (requests("retried") < 1)
		(void)poll(NULL, 0, 2);
	otlp_use(otlp, &config);
	wait_for_spans("sent", 1);
}
END_TEST

START_TEST(off_and_on)
{
	struct call call = sample_full();
	struct otlp_config off = config;

	off.endpoint = NULL;
	ck_assert_int_eq(otlp_new(&off, "node-1", metrics, lost, &otlp), 0);
	tell(&call);
	ck_assert_double_eq(lost_spans(), 0);
	config.delay = 3600 * NSEC_PER_SEC;
	otlp_use(otlp, &config);
	tell(&call);
	otlp_use(otlp, &off);
	ck_assert_double_eq(spans("given_up"), 1);
	ck_assert_double_eq(read_series("promtap_otlp_queue_bytes", NULL), 0);
}
END_TEST

/* What waits for its batch is sent, and what cannot be is not waited for: the case would time out. */
START_TEST(the_end)
{
	struct call call = sample_full();

	config.delay = 3600 * NSEC_PER_SEC;
	start();
	tell(&call);
	otlp_free(otlp, 3600000);
	otlp = NULL;
	ck_assert_uint_eq(collector.count, 1);
	answer_with("503 Busy", (struct slice){ "", 0 });
	metrics_free(metrics);
	metrics = metrics_new(1 << 20);
	lost = metric_get(metrics_family(metrics, &lost_desc), NULL);
	start();
	tell(&call);
	otlp_free(otlp, 3600000);
	otlp = NULL;
	ck_assert_uint_eq(collector.count, 2);
}
END_TEST

static Suite *make_otlp(void)
{
	Suite *suite = suite_create("otlp");
	TCase *tc = tcase_create("collector");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_call_arrives);
	tcase_add_test(tc, compressed_it_says_so);
	tcase_add_test(tc, ids_are_drawn);
	tcase_add_test(tc, both_ends_are_one_trace);
	tcase_add_test(tc, all_ends_are_one_trace);
	tcase_add_test(tc, what_was_sent_is_linked_to);
	tcase_add_test(tc, who_keeps_no_trace_gets_no_span);
	tcase_add_test(tc, a_busy_collector_is_asked_again);
	tcase_add_test(tc, no_answer_is_asked_again);
	tcase_add_test(tc, what_is_refused_is_given_up);
	tcase_add_test(tc, a_part_is_rejected);
	tcase_add_test(tc, a_collector_that_hangs_costs_what_does_not_fit);
	tcase_add_test(tc, a_busy_collector_costs_its_batch_in_the_end);
	tcase_add_test(tc, another_configuration_takes_over);
	tcase_add_test(tc, off_and_on);
	tcase_add_test(tc, the_end);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_otlp)
