/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages of the decoder, connected: chunks in, finished calls out.
 * Capture is not part of it, so that the ring, a recording and a test feed the
 * same code.
 */
#ifndef PROMTAP_ROLES_PIPELINE_H
#define PROMTAP_ROLES_PIPELINE_H

#include "capture/chunk.h"
#include "detect/detect.h"
#include "llm/call.h"

struct pipeline;

struct pipeline_setup {
	int64_t realtime_offset_ns;	/* CLOCK_MONOTONIC to wall clock */
	uint64_t *verdicts;		/* table of event.h, borrowed; null: none (replay) */
	const char *providers;		/* hosts of the user's own (llm/provider_list.h); null: none */
	const char *gateways;		/* services and programs that are some (hops.h); null: none */
	bool estimate_tokens;		/* where the provider counts none */
	struct rules *rules;		/* detect keeps a reference; null: texts are not looked into */
	void (*on_hit)(void *ctx, const struct detect_hit *hit);	/* with context; null: nobody looks */
	call_fn on_call;		/* each finished call, lent */
	void *ctx;
};

/* Null: out of memory. */
struct pipeline *pipeline_new(const struct pipeline_setup *setup);
/* Ends what is in flight (those calls are `aborted`), then frees. */
void pipeline_free(struct pipeline *pipeline);

/* A chunk_fn. */
void pipeline_on_chunk(void *pipeline, const struct chunk *chunk);

/* Hosts and gateways of the user's own from now on, as in the setup. 0; -EINVAL, -ENOMEM: as before. */
int pipeline_set_names(struct pipeline *pipeline, const char *providers, const char *gateways);

/* Other rules from now on. -ENOMEM: the old ones stay. */
int pipeline_set_rules(struct pipeline *pipeline, struct rules *rules);

/* The wall clock may have been set: calls from now on use this. */
void pipeline_set_realtime_offset(struct pipeline *pipeline, int64_t offset_ns);

#endif
