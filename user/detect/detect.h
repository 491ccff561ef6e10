/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detect stage: texts of calls in, findings out. One object a worker; not
 * thread-safe. Texts stream through in windows of DETECT_WINDOW_BYTES with an
 * overlap; never more of a text is held. What was judged before for the same
 * service is known again by the keyed hash of its windows, and neither scanned
 * nor counted again.
 */
#ifndef PROMTAP_DETECT_DETECT_H
#define PROMTAP_DETECT_DETECT_H

#include "detect/decode.h"
#include "detect/rules.h"
#include "llm/call.h"
#include "llm/text_view.h"

#define DETECT_WINDOW_BYTES (16u * 1024)
#define DETECT_OVERLAP_BYTES 1280u	/* the longest match that crosses the border of two windows, and what follows it */
#define DETECT_MARGIN_BYTES 256u	/* of them: what ends there is judged with the next window, which has what follows */
#define DETECT_CALLS_MAX 4096	/* in flight; more are not looked into, counted */
/* Memory of the open texts of all calls; the one that rested longest is judged before its end, counted. */
#define DETECT_OPEN_BYTES (64u * 1024 * 1024)
#define DETECT_TEXTS_OPEN 16	/* of one call at a time; more: the oldest is ended, counted */

/* One match, for people on the local terminal. */
struct detect_hit {
	const struct pack_rule *rule;
	enum text_where where;
	enum severity severity;		/* in that place; NONE: a signal */
	uint32_t text;			/* its number in the call */
	uint64_t start, end;		/* bytes of the text; of what was decoded: the encoded run */
	enum decoder_id via[2];		/* outer first; NONE: found as it stands */
	bool was_folded;		/* only folding showed it */
	bool weak;			/* a specimen */
	bool repeated;			/* judged before for this service */
	struct slice context;		/* words around it, credentials and personal data masked; lent; empty: not kept */
};

struct detect_setup {
	struct rules *rules;		/* keeps a reference */
	size_t seen_bytes;		/* for what was judged before; 0: every text is scanned */
	size_t open_bytes;		/* for texts that are open; 0: DETECT_OPEN_BYTES */
	bool contexts;			/* words around each match are kept for on_hit */
	void (*on_hit)(void *ctx, const struct detect_hit *hit);	/* null: nobody looks */
	void *ctx;
};

struct detect;

/* Null: out of memory. */
struct detect *detect_new(const struct detect_setup *setup);
void detect_free(struct detect *detect);
/* Another set from now on; forgets what was judged before. -ENOMEM: the old one stays. */
int detect_use(struct detect *detect, struct rules *rules);

/* Of what comes from now on: for what was seen first, and for what is too old. */
void detect_set_time(struct detect *detect, int64_t now_unix_ns);

/* Where a call comes from; the same for all of its views. */
struct detect_from {
	uint64_t service;	/* whose texts they are, for what was seen before */
	uint64_t connection;	/* 0: not known, and nothing is kept of it */
	bool session;		/* calls of the connection go on from one another */
};

/* One view of a call; *user is null at first. */
void detect_on_text(struct detect *detect, void **user, const struct detect_from *from, const struct text_view *view);
/* The call is finished: its findings and risk; ends `user`. Null: no text came. */
void detect_finish(struct detect *detect, void *user, struct call *ret);
/* The work that was done so far, in steps that take about as long: see matcher_steps() and decode_steps(). */
uint64_t detect_steps(const struct detect *detect);

/* It was no call. */
void detect_drop(struct detect *detect, void *user);

#endif
