/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by detect*.c: a worker, the calls in flight and their texts. detect.c
 * takes views in and cuts windows, detect_text.c keeps the memory of texts,
 * detect_window.c scans a window, detect_recall.c knows windows again,
 * detect_findings.c judges what a text's windows gave.
 */
#ifndef PROMTAP_DETECT_DETECT_IMPL_H
#define PROMTAP_DETECT_DETECT_IMPL_H

#include "base/buffer.h"
#include "detect/compiled.h"
#include "detect/detect.h"
#include "detect/follow.h"
#include "detect/judge.h"
#include "detect/match.h"
#include "detect/seen.h"

#define DETECT_LAYERS 2
#define TEXTS_SPARE 16

struct text {
	struct detect_call *call;	/* whose it is, while it is open */
	struct text *older, *newer;	/* by when a piece came last; of all that are open */
	uint64_t used;		/* by the detector's count of views */
	size_t bytes;		/* of memory, as far as the detector has counted */
	uint32_t number;
	uint32_t generation;	/* of the set that its matches are of */
	enum text_where where;	/* as far as it is known */
	struct buffer raw;	/* what is to be matched, with the overlap before it */
	uint64_t base;		/* where raw begins in the text */
	size_t done;		/* bytes of raw that were matched */
	uint64_t chain;		/* hash of all windows so far, and of the service */
	struct decode_budget budget;
	struct hits hits;
	uint32_t *state;	/* of the rules' checks; null: no window was matched yet */
	bool stated;		/* they may have written to it */
	bool fresh;		/* some window was not judged before */
	bool begun;		/* its first byte came */
	bool escapes, escaped;	/* it is JSON within JSON; its last byte so far begins an escape */
	struct follow_text follow;
};

/* Texts of one call. */
struct detect_call {
	struct text *texts[DETECT_TEXTS_OPEN];
	struct follow follow;
	uint32_t finding_count;
	enum risk risk;
	bool hedged, declined;
	struct call_finding findings[CALL_FINDINGS_MAX];	/* the first finding_count of them are set */
};

/* Memory of texts that ended: one of a long text, and some without more than a short one needs. */
struct text_pool {
	struct text *spare[TEXTS_SPARE];
	size_t count;
	struct text *long_one;
};

struct detect {
	struct detect_setup setup;
	struct matcher *matcher;
	struct decode *decode[DETECT_LAYERS];
	struct seen *seen;
	struct text_pool pool;
	struct detect_call *spare_call;	/* of the last call that ended; null: none */
	struct follow_memory follow_memory;
	uint32_t *keeping;	/* rules whose check keeps something from window to window; owned */
	size_t keeping_count;
	uint32_t calls;		/* in flight */
	struct text *oldest, *newest;	/* of their texts */
	size_t open_bytes;
	uint64_t views;
	uint32_t generation;	/* counts sets of rules */
	int64_t now_unix_ns;

	/* Of the window at hand. */
	struct text *text;
	struct hits window;	/* its hits, before they become one with those of others */
	size_t len;
	size_t carried;		/* bytes of overlap */
	size_t owned_from, owned_to;	/* matches that end behind the one and up to the other are its own */
	size_t next;		/* where the next window begins; its end: there is none */
	bool follows;
	unsigned int places;	/* like that of the text; see match.h */
	uint8_t via[DETECT_LAYERS];
	uint32_t run_start, run_end;	/* of the outer encoded run */
};

/* ---- texts (detect_text.c) ---- */

/* A text at its beginning, of memory that another one left or of new. Null: out of memory. */
struct text *text_take(struct detect *detect, const struct text_view *first, uint64_t service);
/* Of all that are open it rested the shortest. */
void text_touch(struct detect *detect, struct text *text);
/* What memory it holds now counts. */
void text_count(struct detect *detect, struct text *text);
/* It is over; null: nothing. */
void text_give(struct detect *detect, struct text *text);
void text_pool_done(struct text_pool *pool);
/* What checks keep of it, zero at first. False: out of memory. */
bool text_have_state(const struct detect *detect, struct text *text);
/* Another set is in force since its first window: what the old one matched has no meaning any more. */
void text_renew(const struct detect *detect, struct text *text);

/* ---- a window (detect_window.c) ---- */

/* Matches the window at hand; its hits become the text's. */
void window_scan(struct detect *detect);
/* Hits of the rules that stand for a signal. */
void window_signal(struct detect *detect, struct hits *hits, enum signal_id signal, uint64_t start, uint64_t end);
/* What stands around a match; null where that is not wanted. */
struct context *window_context(const struct detect *detect, uint64_t start, uint64_t end);

/* ---- what was seen (detect_recall.c) ---- */

/* Hits of the window at hand as they were found before. False: it was not seen. */
bool recall_window(struct detect *detect, size_t bytes);
/* `before`: what the text could still decode before this window. */
void remember_window(struct detect *detect, const struct decode_budget *before);

/* ---- findings (detect_findings.c) ---- */

/* All of the text is there: what it amounts to goes to the call. */
void findings_judge(struct detect *detect, struct detect_call *call, struct text *text, enum text_where where);

#endif
