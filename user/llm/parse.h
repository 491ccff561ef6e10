/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents being read: a JSON reader with the facts it found. Readers are
 * lent from a pool for as long as a document is open, so that a thousand quiet
 * streams hold none.
 */
#ifndef PROMTAP_LLM_PARSE_H
#define PROMTAP_LLM_PARSE_H

#include "llm/document.h"
#include "llm/provider.h"
#include "llm/text_reader.h"

/* The longest event that may be the end mark of OpenAI's streams, with white space. */
#define MARK_BYTES 16

enum body_kind {
	BODY_REQUEST = 0,
	BODY_RESPONSE,
	BODY_EVENT,
	BODY_WRAPPED_EVENT,	/* as base64 inside another document, which a dialect says */
	BODY_CLIENT,	/* a message of a session's client */
	BODY_KIND_MAX
};

struct unwrap;

/* Who gets what documents hold, beside the facts that they leave behind. */
struct parse_target {
	item_fn on_item;
	texts_of_fn texts_of;	/* null: nobody wants texts */
};

struct parse {
	struct parse *next;		/* in the pool */
	struct json_reader *reader;	/* owned */
	struct unwrap *unwrap;		/* owned; null: not yet needed */
	bool wrapped;
	struct document document;
	struct text_reader texts;
	item_fn on_item;
	void *ctx;
	enum body_kind kind;		/* without BODY_WRAPPED_EVENT */
	size_t bytes;			/* of the document so far, unwrapped */
	char begin[MARK_BYTES];
};

struct parse_pool;

/* `with_text`: texts are looked for also where they are no sign of output. Null: out of memory. */
struct parse_pool *parse_pool_new(bool with_text);
void parse_pool_free(struct parse_pool *pool);

/* Opens a document. `dialect` null: none is known yet, the paths of all are
 * looked for. Null: out of memory. */
struct parse *parse_open(struct parse_pool *pool, const struct dialect *dialect, enum body_kind kind,
			 const struct parse_target *target, void *ctx);
void parse_feed(struct parse *parse, struct slice data);
/* The document ends here, and its texts. 0, or why it is not JSON to its end (json_reader_finish). */
int parse_finish(struct parse *parse);
/* Whether what was fed is "[DONE]", the end of OpenAI's streams, which is no JSON. */
bool parse_is_end_mark(const struct parse *parse);
/* Gives it back; wipes what it read. Texts that are open get no end. */
void parse_close(struct parse_pool *pool, struct parse *parse);

#endif
