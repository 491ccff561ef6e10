/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder role: ring -> stages -> finished calls to the server. Holds
 * plaintext in flight and nothing else: no network, no files but an open
 * recording, no bpf().
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/record.h"
#include "capture/ring.h"
#include "roles/hit_lines.h"
#include "roles/pipeline.h"
#include "roles/rule_hand.h"
#include "roles/setup.h"

#define RECORDS_A_TURN 4096		/* then the sockets are looked at */
#define WAIT_BUSY_MS 5			/* the kernel half wakes us only for much, or for a new connection */
#define WAIT_IDLE_MS 100
#define STATS_INTERVAL_NS (250 * NSEC_PER_MSEC)
#define SERVER_PATIENCE_MS 200		/* then calls are lost until the server takes them again */
#define MAPPED_ALONE_BYTES (1024 * 1024)
#define VERDICTS_BYTES (VERDICTS_MAX * sizeof(uint64_t))

struct decoder {
	const struct role_context *context;
	struct pipeline *pipeline;
	struct ring *ring;
	uint64_t *verdicts;
	uint64_t stats_due_ns;
	bool server_behind;
	bool record_failed;
	bool ending;
};

static void on_call(void *ctx, const struct call *call)
{
	struct decoder *decoder = ctx;
	int socket = decoder->context->fds[ROLE_FD_PEER];
	struct pollfd wait = { .fd = socket, .events = POLLOUT };
	int err = message_send(socket, MESSAGE_CALL, call, sizeof(*call), -1);

	if (err == -EAGAIN && !decoder->server_behind) {
		(void)poll(&wait, 1, SERVER_PATIENCE_MS);
		err = message_send(socket, MESSAGE_CALL, call, sizeof(*call), -1);
	}
	decoder->server_behind = err < 0;
	if (err < 0)
		stats_add(STAT_CALLS_LOST, 1);
}

static int on_record(void *ctx, const void *record, size_t size)
{
	struct decoder *decoder = ctx;

	if (decoder->context->setup.has_record && !decoder->record_failed) {
		int err = recording_append(decoder->context->fds[ROLE_FD_RECORD], record, size);

		decoder->record_failed = err < 0;
		if (err < 0)
			log_error("recording stops here: %s; what was written so far can be replayed",
				  strerror(-err));
	}
	(void)chunk_from_event(record, size, pipeline_on_chunk, decoder->pipeline);
	return 0;
}

static void send_stats(struct decoder *decoder)
{
	struct message_stats message = {
		.role = ROLE_ID_DECODER,
		.instance = decoder->context->setup.instance,
	};

	memcpy(message.values, stats, sizeof(message.values));
	/* The array is cumulative: one that finds no room is made up for by the next. */
	(void)message_send(decoder->context->fds[ROLE_FD_PEER], MESSAGE_STATS, &message, sizeof(message), -1);
}

static void on_rules(struct decoder *decoder, const struct message_rules *message, int fd)
{
	struct rules *rules = NULL;
	int err = fd < 0 ? -EBADMSG : rule_hand_take(fd, message, &rules);

	if (err == 0)
		err = pipeline_set_rules(decoder->pipeline, rules);
	rules_unref(rules);
	/* The old ones left holes. */
	(void)malloc_trim(0);
	stats_add(err == 0 ? STAT_RULE_RELOADS_OK : STAT_RULE_RELOADS_REFUSED, 1);
	if (err < 0)
		log_error("the rules in use stay");
	else
		log_info("the new rules are in use");
}

static void on_names(struct decoder *decoder, const struct message_names *message)
{
	bool terminated = memchr(message->providers, '\0', sizeof(message->providers)) &&
			  memchr(message->gateways, '\0', sizeof(message->gateways));

	if (!terminated || pipeline_set_names(decoder->pipeline, message->providers, message->gateways) < 0)
		log_error("the providers and gateways in use stay");
	else
		log_info("the new providers and gateways are in use");
}

static void on_tracer(struct decoder *decoder)
{
	union message_body body;
	enum message_type type;
	int err, fd = -1;

	while ((err = message_receive(decoder->context->fds[ROLE_FD_TRACER], &type, &body, &fd)) != -EAGAIN) {
		/* Without a tracer nothing will ever come again. */
		if (err == -EPIPE || (err == 0 && type == MESSAGE_SHUTDOWN))
			decoder->ending = true;
		if (err == 0 && type == MESSAGE_RULES)
			on_rules(decoder, &body.rules, fd);
		if (err == 0 && type == MESSAGE_NAMES)
			on_names(decoder, &body.names);
		close_fd(&fd);
		fd = -1;
		if (err == -EPIPE)
			return;
	}
}

/* One turn; returns records taken or -errno. */
static long turn(struct decoder *decoder, int epoll, int wait_ms)
{
	struct epoll_event events[2];
	int n = epoll_wait(epoll, events, ARRAY_SIZE(events), wait_ms);
	uint64_t now = clock_monotonic_ns();
	long taken;

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == decoder->context->fds[ROLE_FD_TRACER])
			on_tracer(decoder);
	}
	taken = ring_consume(decoder->ring, RECORDS_A_TURN, on_record, decoder);
	if (now >= decoder->stats_due_ns) {
		decoder->stats_due_ns = now + STATS_INTERVAL_NS;
		send_stats(decoder);
		pipeline_set_realtime_offset(decoder->pipeline, clock_realtime_offset_ns());
	}
	return taken;
}

static int watch(int epoll, int fd)
{
	/* Edge-triggered: what is in the ring is taken on every turn anyway. */
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int loop(struct decoder *decoder)
{
	auto_close int epoll = epoll_create1(EPOLL_CLOEXEC);
	int wait_ms = WAIT_BUSY_MS;
	long taken = 1;

	if (epoll < 0 || watch(epoll, decoder->context->fds[ROLE_FD_RING]) < 0 ||
	    watch(epoll, decoder->context->fds[ROLE_FD_TRACER]) < 0)
		return -errno;
	while (!decoder->ending || taken > 0) {
		taken = turn(decoder, epoll, taken == RECORDS_A_TURN ? 0 : wait_ms);
		if (taken < 0)
			return (int)taken;
		if (taken > 0)
			wait_ms = WAIT_BUSY_MS;
		else
			wait_ms = wait_ms < WAIT_IDLE_MS / 2 ? wait_ms * 2 : WAIT_IDLE_MS;
	}
	return 0;
}

static int set_up(struct decoder *decoder)
{
	const struct role_context *context = decoder->context;
	struct pipeline_setup pipeline = {
		.realtime_offset_ns = clock_realtime_offset_ns(),
		.providers = context->setup.providers,
		.gateways = context->setup.gateways,
		.estimate_tokens = context->setup.estimate_tokens,
		.on_call = on_call,
		.ctx = decoder,
	};
	void *map = mmap(NULL, VERDICTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, context->fds[ROLE_FD_VERDICTS], 0);
	int err;

	if (map == MAP_FAILED)
		return -errno;
	decoder->verdicts = map;
	pipeline.verdicts = decoder->verdicts;
	decoder->ring = ring_new(context->fds[ROLE_FD_RING], context->setup.ring_bytes);
	if (!decoder->ring)
		return -errno;
	if (context->setup.has_contexts)
		pipeline.on_hit = hit_lines_print;
	err = context->setup.rules.bytes > 0 ?
		      rule_hand_take(context->fds[ROLE_FD_RULES], &context->setup.rules, &pipeline.rules) : 0;
	if (err < 0)
		return err;
	decoder->pipeline = pipeline_new(&pipeline);
	rules_unref(pipeline.rules);
	return decoder->pipeline ? 0 : -ENOMEM;
}

static void tear_down(struct decoder *decoder)
{
	pipeline_free(decoder->pipeline);
	ring_free(decoder->ring);
	if (decoder->verdicts)
		(void)munmap(decoder->verdicts, VERDICTS_BYTES);
}

int decoder_main(const struct role_context *context)
{
	struct decoder decoder = { .context = context };
	int err;

	/* Decompression windows begin with pages that cost nothing, whatever was
	 * freed before: zstd.c counts on it. */
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_ALONE_BYTES);
	err = set_up(&decoder);
	if (err == 0)
		err = message_send(context->fds[ROLE_FD_TRACER], MESSAGE_READY, NULL, 0, -1);
	if (err == 0)
		err = loop(&decoder);
	if (err < 0)
		log_error("the decoder stops: %s", strerror(-err));
	/* Calls in flight end as aborted and are still sent. */
	pipeline_free(decoder.pipeline);
	decoder.pipeline = NULL;
	send_stats(&decoder);
	tear_down(&decoder);
	return err < 0 ? 1 : 0;
}
