/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/stats.h"
#include "detect/detect.h"
#include "http/http.h"
#include "llm/llm.h"
#include "roles/hops.h"
#include "roles/workloads.h"
#include "stream/stream.h"

static const struct stream_limits stream_limits = {
	.connections_max = 16384,
	.idle_ns = 3600 * NSEC_PER_SEC,
};

/* For what was judged before: agents send whole conversations again and again. */
#define SEEN_BYTES (8u * 1024 * 1024)

struct pipeline {
	struct pipeline_setup setup;
	struct detect *detect;	/* null: texts are not looked into */
	struct workloads *workloads;
	struct hops *hops;
	struct stream_table *stream;
	struct http *http;
	struct llm *llm;
	uint64_t instance;	/* random: makes call ids unique over restarts and nodes */
	uint64_t calls;
	uint8_t posts;		/* of the chunk at hand */
};

static const enum stat_id capture_stats[CAPTURE_MAX] = {
	[CAPTURE_COMPLETE] = STAT_CALLS_COMPLETE,
	[CAPTURE_TRUNCATED] = STAT_CALLS_TRUNCATED,
	[CAPTURE_GAP] = STAT_CALLS_GAP,
	[CAPTURE_MISSED_START] = STAT_CALLS_MISSED_START,
	[CAPTURE_NO_USAGE] = STAT_CALLS_NO_USAGE,
	[CAPTURE_UNDECODABLE] = STAT_CALLS_UNDECODABLE,
	[CAPTURE_ABORTED] = STAT_CALLS_ABORTED,
};

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	struct pipeline *pipeline = ctx;
	uint32_t tgid = exchange->conn->key.tgid;
	const struct workload *workload = workloads_get(pipeline->workloads, tgid);

	if (workload)
		call->workload = *workload;
	call->workload.tgid = tgid;
	call->hop = hops_of(pipeline->hops, call);
	if (pipeline->detect)
		detect_finish(pipeline->detect, user, call);
	call->time_unix_ns += pipeline->setup.realtime_offset_ns;
	(void)snprintf(call->id, sizeof(call->id), "%016llx-%llx", (unsigned long long)pipeline->instance,
		       (unsigned long long)++pipeline->calls);
	/* The only shape of TLS library that has programs. */
	(void)snprintf(call->tls, sizeof(call->tls), "openssl");
	stats_add(capture_stats[call->capture], 1);
	pipeline->setup.on_call(pipeline->setup.ctx, call);
}

/* Texts are known again by the service, whichever of its processes sends them. */
static uint64_t service_key(const struct pipeline *pipeline, const struct exchange *exchange)
{
	const struct workload *workload = workloads_get(pipeline->workloads, exchange->conn->key.tgid);

	return workload ? hash_bytes(workload->service, strlen(workload->service), exchange->role) : 0;
}

static void on_text(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view)
{
	struct pipeline *pipeline = ctx;
	const struct detect_from from = {
		.service = service_key(pipeline, exchange),
		.connection = exchange->conn->id,
		.session = exchange->protocol == HTTP_WEBSOCKET,
	};

	detect_set_time(pipeline->detect, (int64_t)exchange->request_start_ns + pipeline->setup.realtime_offset_ns);
	detect_on_text(pipeline->detect, user, &from, view);
}

static void on_text_drop(void *ctx, void *user)
{
	struct pipeline *pipeline = ctx;

	detect_drop(pipeline->detect, user);
}

static void on_request(void *ctx, const struct exchange *exchange)
{
	struct pipeline *pipeline = ctx;

	if (exchange->role == ROLE_SERVER)
		hops_on_request(pipeline->hops, exchange->conn->key.tgid);
}

/*
 * Tells the kernel what to do with a connection. What is ignored comes back as
 * a gap when the next POST ends the verdict: the http stage jumps over it.
 */
static void set_verdict(struct pipeline *pipeline, const struct conn *conn)
{
	const struct conn_key *key = &conn->key;
	enum http_interest interest = http_conn_interest(conn);
	uint64_t word, *slot;

	if (!pipeline->setup.verdicts || interest == HTTP_INTEREST_UNDECIDED)
		return;
	word = verdict_word(key->generation, pipeline->posts,
			    interest == HTTP_INTEREST_CAPTURE ? VERDICT_CAPTURE : VERDICT_IGNORE);
	slot = &pipeline->setup.verdicts[verdict_slot(key->object, key->generation, key->tgid)];
	if (__atomic_load_n(slot, __ATOMIC_RELAXED) != word)
		__atomic_store_n(slot, word, __ATOMIC_RELAXED);
}

static void on_segment(void *ctx, const struct segment *segment)
{
	struct pipeline *pipeline = ctx;

	http_on_segment(pipeline->http, segment);
	if (segment->kind == SEGMENT_DATA)
		set_verdict(pipeline, segment->conn);
}

static struct detect *new_detect(const struct pipeline_setup *setup)
{
	struct detect_setup detect = {
		.rules = setup->rules,
		.seen_bytes = SEEN_BYTES,
		.contexts = setup->on_hit,
		.on_hit = setup->on_hit,
		.ctx = setup->ctx,
	};

	return detect_new(&detect);
}

static bool is_whole(const struct pipeline *pipeline)
{
	return (pipeline->detect || !pipeline->setup.rules) && pipeline->workloads && pipeline->hops && pipeline->llm &&
	       pipeline->http && pipeline->stream;
}

struct pipeline *pipeline_new(const struct pipeline_setup *setup)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	struct llm_setup llm = {
		.fn = on_call,
		.on_request = on_request,
		.ctx = pipeline,
		.providers = setup->providers,
		.estimate_tokens = setup->estimate_tokens,
	};

	if (!pipeline)
		return NULL;
	pipeline->setup = *setup;
	if (setup->rules) {
		pipeline->detect = new_detect(setup);
		llm.on_text = on_text;
		llm.on_text_drop = on_text_drop;
	}
	if (getrandom(&pipeline->instance, sizeof(pipeline->instance), 0) != (ssize_t)sizeof(pipeline->instance))
		pipeline->instance = clock_ns(CLOCK_REALTIME);
	pipeline->workloads = workloads_new(PROCESSES_MAX);
	if (pipeline->workloads)
		pipeline->hops = hops_new(pipeline->workloads, setup->gateways);
	pipeline->llm = llm_new(&llm);
	if (pipeline->llm)
		pipeline->http = http_new(&http_limits_default, llm_on_exchange, pipeline->llm);
	pipeline->stream = stream_new(&stream_limits, on_segment, pipeline);
	if (is_whole(pipeline))
		return pipeline;
	pipeline_free(pipeline);
	return NULL;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	if (pipeline->stream)
		stream_free(pipeline->stream);
	http_free(pipeline->http);
	llm_free(pipeline->llm);
	detect_free(pipeline->detect);
	hops_free(pipeline->hops);
	workloads_free(pipeline->workloads);
	free(pipeline);
}

void pipeline_on_chunk(void *ctx, const struct chunk *chunk)
{
	struct pipeline *pipeline = ctx;

	if (chunk->kind == CHUNK_PROCESS) {
		(void)workloads_put(pipeline->workloads, chunk->process);
		return;
	}
	pipeline->posts = chunk->posts;
	stream_on_chunk(pipeline->stream, chunk);
	/* Calls that the exit ended still had their workload. */
	if (chunk->kind == CHUNK_EXIT)
		workloads_remove(pipeline->workloads, chunk->conn.tgid);
}

int pipeline_set_names(struct pipeline *pipeline, const char *providers, const char *gateways)
{
	int err = llm_set_providers(pipeline->llm, providers);

	if (err == 0)
		hops_set_gateways(pipeline->hops, gateways);
	return err;
}

int pipeline_set_rules(struct pipeline *pipeline, struct rules *rules)
{
	return pipeline->detect ? detect_use(pipeline->detect, rules) : -EINVAL;
}

void pipeline_set_realtime_offset(struct pipeline *pipeline, int64_t offset_ns)
{
	pipeline->setup.realtime_offset_ns = offset_ns;
}
