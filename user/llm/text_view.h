/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a call, for whoever looks into them (detect): one text a message,
 * tool result, tool call or description of a tool, in the order of the wire, in
 * pieces as they come. Parts of one message are one text; a line feed parts
 * them.
 */
#ifndef PROMTAP_LLM_TEXT_VIEW_H
#define PROMTAP_LLM_TEXT_VIEW_H

#include "base/slice.h"
#include "llm/finding.h"

enum text_event {
	TEXT_PIECE = 0,
	TEXT_END,	/* nothing more comes of it; every text of a call has one, behind its pieces */
};

struct text_view {
	enum text_event event;
	uint32_t text;		/* numbers the texts of a call from 0; those of an answer may take turns */
	enum text_where where;	/* PIECE: a guess, for a role may follow the text. END: final */
	struct slice bytes;	/* PIECE: UTF-8, unescaped, cut anywhere, not empty, lent */
};

/* `user` is the receiver's own, one for each call, null at first. `exchange`
 * may be another than the call's in the end (MCP answers in streams of their
 * own); null: a body by itself. */
struct exchange;
typedef void (*text_view_fn)(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view);

#endif
