/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The llm stage: exchange events in, finished calls out. Recognises LLM calls
 * by authority, path and body shape; counts what is none.
 */
#ifndef PROMTAP_LLM_LLM_H
#define PROMTAP_LLM_LLM_H

#include <stdint.h>

#include "llm/call.h"

struct llm;

struct llm_setup {
	/* Gets each finished call, lent; all but workload, tls, id and time are
	 * final. `time_unix_ns` holds the CLOCK_MONOTONIC time of the first
	 * request byte: the role turns it into wall-clock time. */
	void (*fn)(void *ctx, struct call *call, const struct exchange *exchange);
	/* A request was recognised as an LLM call's, which may yet take long; null: not asked for. */
	void (*on_request)(void *ctx, const struct exchange *exchange);
	void *ctx;
	const char *providers;	/* hosts of the user's own (provider_list.h); null: none */
	bool estimate_tokens;	/* where the provider counts none (estimate.h) */
};

/* Null: out of memory, or `providers` is malformed. */
struct llm *llm_new(const struct llm_setup *setup);
void llm_free(struct llm *llm);

/* An exchange_fn. */
void llm_on_exchange(void *llm, const struct exchange_event *event);

#endif
