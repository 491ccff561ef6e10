/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/sender.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/options.h"
#include "otlp/headers.h"
#include "transport/transport.h"

/* What a thread sends with. */
struct line {
	struct transport *transport;
	struct headers headers;		/* of every request */
	char url[OTLP_URL_BYTES];
};

static int64_t now_ns(void)
{
	return (int64_t)clock_monotonic_ns();
}

static uint64_t random_number(void)
{
	uint64_t number = 0;

	(void)!getrandom(&number, sizeof(number), 0);
	return number;
}

/* ---- the line ------------------------------------------------------------------------------------------ */

static int open_line(struct line *line, struct sender *sender)
{
	const struct otlp_config *config = sender->config;
	const struct transport_setup setup = { .ca = config->ca, .timeout_ns = config->timeout, .stop = &sender->stop };
	char agent[128];
	int err;

	otlp_url(config->endpoint, line->url);
	(void)snprintf(agent, sizeof(agent), "User-Agent: promtap/%s", promtap_version);
	err = headers_add_line(&line->headers, "Content-Type: application/x-protobuf");
	if (err == 0)
		err = headers_add_line(&line->headers, agent);
	if (err == 0)
		err = headers_add(&line->headers, config->headers);
	if (err == 0)
		err = headers_add(&line->headers, config->secret_headers);
	if (err < 0)
		return err;
	line->transport = transport_new(&setup);
	return line->transport ? 0 : -ENOMEM;
}

static void close_line(struct line *line)
{
	transport_free(line->transport);
	headers_done(&line->headers);
}

static void post(struct line *line, const struct request *request, struct buffer *ret_body, struct transport_answer *ret)
{
	const char *headers[HEADER_LINES_MAX + 1];
	struct transport_message message = {
		.url = line->url,
		.headers = headers,
		.header_count = line->headers.count,
		.body = buffer_slice(&request->body),
		.ret_answer = ret_body,
	};

	for (size_t i = 0; i < line->headers.count; i++)
		headers[i] = line->headers.lines[i];
	if (request->is_gzip)
		headers[message.header_count++] = "Content-Encoding: gzip";
	transport_send(line->transport, &message, ret);
}

/* ---- what came of it ------------------------------------------------------------------------------------ */

/* Under the lock, as all that follows. */
static void finish(struct sender *sender, enum request_fate fate, enum span_fate spans, size_t count)
{
	sender->counts.requests[fate]++;
	sender->counts.spans[spans] += count;
}

static void on_taken(struct sender *sender, struct slice body)
{
	struct answer_part part;
	size_t count = sender->request.count;
	size_t rejected;

	/* A body that is none of ours says nothing: the status did. */
	(void)answer_read(body, &part);
	rejected = part.rejected < count ? (size_t)part.rejected : count;
	sender->counts.spans[SPAN_REJECTED] += rejected;
	finish(sender, part.is_partial ? REQUEST_FATE_PARTIAL : REQUEST_FATE_SENT, SPAN_SENT, count - rejected);
	if (part.is_partial)
		log_limited(LOG_WARN, 60, "otlp: the collector rejects %zu of %zu spans, and says why in its own log",
			    rejected, count);
}

static void settle(struct sender *sender, const struct transport_answer *answer, struct slice body)
{
	struct request *request = &sender->request;
	size_t count = request->count;

	switch (request_settle(request, answer->status, answer->retry_after_ns, sender->config->retry_for, now_ns(),
			       random_number())) {
	case REQUEST_TAKEN:
		on_taken(sender, body);
		break;
	case REQUEST_REFUSED:
		finish(sender, REQUEST_FATE_REFUSED, SPAN_REFUSED, count);
		log_limited(LOG_WARN, 60, "otlp: %s; %zu spans are given up", answer->problem, count);
		break;
	case REQUEST_GIVEN_UP:
		finish(sender, REQUEST_FATE_GIVEN_UP, SPAN_GIVEN_UP, count);
		log_limited(LOG_WARN, 60, "otlp: %s, for too long; %zu spans are given up", answer->problem, count);
		break;
	case REQUEST_AGAIN:
		sender->counts.requests[REQUEST_FATE_RETRIED]++;
		log_limited(LOG_WARN, 60, "otlp: %s; it is tried again, %zu spans wait", answer->problem,
			    count + sender->queue.count);
		return;
	}
	request_done(request);
}

/* Let go while it is sent. */
static void send_request(struct sender *sender, struct line *line)
{
	struct buffer body = { .limit = TRANSPORT_ANSWER_BYTES_MAX };
	struct transport_answer answer;

	(void)pthread_mutex_unlock(&sender->lock);
	post(line, &sender->request, &body, &answer);
	(void)pthread_mutex_lock(&sender->lock);
	if (answer.status != 0 || !atomic_load(&sender->stop))	/* else it was cut off, which is no failure */
		settle(sender, &answer, buffer_slice(&body));
	buffer_done(&body);
}

/* ---- the thread ----------------------------------------------------------------------------------------- */

bool sender_is_full(const struct sender *sender)
{
	return sender->queue.count >= sender->config->batch || sender->queue.bytes >= REQUEST_BYTES_MAX;
}

/* Let go while it is made. */
static void make_request(struct sender *sender)
{
	bool gzip = sender->config->compression == COMPRESSION_GZIP;
	struct request request;
	struct queue batch;
	size_t count;
	int err;

	queue_take(&sender->queue, sender->config->batch, REQUEST_BYTES_MAX, &batch);
	count = batch.count;
	sender->request.count = count;
	sender->request.bytes = batch.bytes;
	(void)pthread_mutex_unlock(&sender->lock);
	err = request_make(&request, &batch, gzip, now_ns());
	(void)pthread_mutex_lock(&sender->lock);
	sender->request = request;
	if (err < 0) {
		sender->counts.spans[SPAN_NO_ROOM] += count;
		log_limited(LOG_ERROR, 60, "otlp: %zu spans are given up: %s", count, strerror(-err));
	}
}

/* When there is something to do; INT64_MAX: not before something comes. */
static int64_t due_ns(const struct sender *sender)
{
	if (sender->request.count > 0)
		return sender->request.due_ns;
	if (!sender->queue.first)
		return INT64_MAX;
	if (sender->ending || sender_is_full(sender))
		return 0;
	return sender->queue.first->since_ns + (int64_t)sender->config->delay;
}

static void wait_until(struct sender *sender, int64_t due)
{
	struct timespec until = { .tv_sec = due / (int64_t)NSEC_PER_SEC, .tv_nsec = due % (int64_t)NSEC_PER_SEC };

	if (due == INT64_MAX)
		(void)pthread_cond_wait(&sender->wake, &sender->lock);
	else
		(void)pthread_cond_timedwait(&sender->wake, &sender->lock, &until);
}

static void work(struct sender *sender, struct line *line)
{
	while (!atomic_load(&sender->stop)) {
		int64_t due = due_ns(sender);

		if (now_ns() < due && sender->ending)
			return;
		if (now_ns() < due)
			wait_until(sender, due);
		else if (sender->request.count > 0)
			send_request(sender, line);
		else
			make_request(sender);
	}
}

static void *sender_main(void *ctx)
{
	struct sender *sender = ctx;
	struct line line = { 0 };
	int err = open_line(&line, sender);

	if (err < 0)
		log_error("otlp: spans cannot be sent: %s", strerror(-err));
	(void)pthread_mutex_lock(&sender->lock);
	if (err == 0)
		work(sender, &line);
	sender->running = false;
	(void)pthread_mutex_unlock(&sender->lock);
	close_line(&line);
	return NULL;
}

/* ---- the object ----------------------------------------------------------------------------------------- */

/* Cannot fail in the C library of Linux. */
void sender_init(struct sender *sender)
{
	pthread_condattr_t attributes;

	*sender = (struct sender){ 0 };
	(void)pthread_mutex_init(&sender->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&sender->wake, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

void sender_done(struct sender *sender)
{
	queue_done(&sender->queue);
	request_done(&sender->request);
	(void)pthread_cond_destroy(&sender->wake);
	(void)pthread_mutex_destroy(&sender->lock);
}

int sender_start(struct sender *sender, const struct otlp_config *config)
{
	int err;

	sender->config = config;
	sender->ending = false;
	sender->request.due_ns = 0;	/* another place is not made to wait for what the last one did */
	sender->request.failures = 0;
	sender->running = true;		/* from now on the thread's own */
	atomic_store(&sender->stop, false);
	err = pthread_create(&sender->thread, NULL, sender_main, sender);
	if (err != 0) {
		sender->running = false;
		sender->thread = 0;
	}
	return -err;
}

static bool is_running(struct sender *sender)
{
	bool running;

	(void)pthread_mutex_lock(&sender->lock);
	running = sender->running;
	(void)pthread_mutex_unlock(&sender->lock);
	return running;
}

static void tell_end(struct sender *sender, bool at_once)
{
	(void)pthread_mutex_lock(&sender->lock);
	sender->ending = true;
	atomic_store(&sender->stop, at_once);
	(void)pthread_cond_signal(&sender->wake);
	(void)pthread_mutex_unlock(&sender->lock);
}

void sender_stop(struct sender *sender, int timeout_ms)
{
	const struct timespec step = { .tv_nsec = 10 * (long)NSEC_PER_MSEC };

	if (!sender->thread)
		return;
	if (timeout_ms > 0)
		tell_end(sender, false);
	for (int waited = 0; waited < timeout_ms && is_running(sender); waited += 10)
		(void)nanosleep(&step, NULL);
	tell_end(sender, true);
	(void)pthread_join(sender->thread, NULL);
	sender->thread = 0;
}
