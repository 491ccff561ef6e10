/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of one call on their way out: their numbers, the receiver's own
 * pointer, and which texts of a streamed answer are open. Bounded; no text is
 * kept.
 */
#ifndef PROMTAP_LLM_TEXTS_H
#define PROMTAP_LLM_TEXTS_H

#include <stdbool.h>

#include "llm/text_view.h"

#define TEXTS_OPEN_MAX 16	/* of a streamed answer; beyond, the one that rested longest is ended */

struct text_receiver {
	text_view_fn on_text;	/* null: texts are not looked for */
	void (*on_drop)(void *ctx, void *user);	/* no call came of it; null: nobody asks */
	void *ctx;
};

enum text_kind {
	KIND_OUTPUT = 0,
	KIND_ARGS,	/* of the tool call */
	KIND_HEARD,
};

/* Which text of a streamed answer a piece is of. */
struct text_key {
	enum text_kind kind;
	uint32_t choice, item, tool;
};

struct stream_text {
	struct text_key key;
	uint32_t number;
	uint32_t id_hash;	/* of a tool call; 0: not known */
	uint16_t path;		/* where its last string stood; 0: nothing came yet */
	enum text_where where;
	uint64_t bytes;		/* given so far, without what parts strings */
	uint64_t used;		/* when a piece came last, by the count of pieces */
};

/* A text of a document that is being read. It knows when its call goes away, be
 * it before the document ends: an answer may be read while the question is. */
struct open_text {
	struct open_text *next;
	struct texts *texts;	/* null: it is not open */
	uint32_t number;
	enum text_where where;
};

struct texts {
	const struct text_receiver *receiver;	/* lent */
	const struct exchange *exchange;	/* lent: of the piece at hand */
	void *user;		/* the receiver's */
	uint32_t count;		/* of texts so far */
	uint64_t pieces;	/* of streamed ones */
	bool repeats;		/* events of the answer have the text so far */
	uint32_t item, tool;	/* of the event before */
	struct open_text *reading;	/* lent */
	uint32_t open_count;
	struct stream_text open[TEXTS_OPEN_MAX];
};

/* Null: out of memory. `receiver` has to outlive it. */
struct texts *texts_new(const struct text_receiver *receiver, const struct exchange *exchange);
/* No call came of them: what is open has no end any more. May be null. */
void texts_drop(struct texts *texts);
/* The call is finished: ends what is open, frees, and returns the receiver's pointer. May be null. */
void *texts_finish(struct texts *texts);

void texts_give(struct texts *texts, uint32_t number, enum text_where where, struct slice bytes);
void texts_end(struct texts *texts, uint32_t number, enum text_where where);

/* A text begins, with its first piece to come; it ends; it is forgotten. */
void texts_open(struct texts *texts, struct open_text *text);
void texts_close(struct open_text *text);
void texts_forget(struct open_text *text);

/* The open text of that key; null: there is none. */
struct stream_text *texts_find(const struct texts *texts, const struct text_key *key);
/* The same; it is begun where there is none. */
struct stream_text *texts_continue(struct texts *texts, const struct text_key *key);
void texts_end_stream(struct texts *texts, struct stream_text *text);

bool text_key_eq(const struct text_key *a, const struct text_key *b);

#endif
