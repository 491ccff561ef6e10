/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The llm stage: exchange events in, finished calls out. Recognises LLM calls
 * by authority, path and body shape; counts what is none.
 */
#ifndef PROMTAP_LLM_LLM_H
#define PROMTAP_LLM_LLM_H

#include <stdint.h>

#include "llm/call.h"
#include "llm/text_view.h"

struct llm;

struct llm_setup {
	/* Gets each finished call, lent; all but workload, tls, id and time are
	 * final. `time_unix_ns` holds the CLOCK_MONOTONIC time of the first
	 * request byte: the role turns it into wall-clock time. `user` is what
	 * on_text made of its texts, fn's from here on; null: nothing. */
	void (*fn)(void *ctx, struct call *call, const struct exchange *exchange, void *user);
	/* A request was recognised as an LLM call's, which may yet take long; null: not asked for. */
	void (*on_request)(void *ctx, const struct exchange *exchange);
	/* The texts of calls, and of what may yet turn out to be none; null: they are not looked for. */
	text_view_fn on_text;
	/* No call came of it: no text of it has an end any more. */
	void (*on_text_drop)(void *ctx, void *user);
	void *ctx;
	const char *providers;	/* hosts of the user's own (provider_list.h); null: none */
	bool estimate_tokens;	/* where the provider counts none (estimate.h) */
};

/* Null: out of memory, or `providers` is malformed. */
struct llm *llm_new(const struct llm_setup *setup);
void llm_free(struct llm *llm);

/* Other hosts of the user's own for requests that begin from now on. 0; -EINVAL, -ENOMEM: as before. */
int llm_set_providers(struct llm *llm, const char *providers);

/* An exchange_fn. */
void llm_on_exchange(void *llm, const struct exchange_event *event);

/* Texts of a JSON body by itself, of a dialect that its own shape tells, to
 * on_text with no exchange. -EBADMSG: no JSON, or none with texts; what came of
 * it is in *user all the same. -ENOMEM. */
int llm_texts_of_body(struct llm *llm, struct slice body, bool is_request, void **user);

#endif
