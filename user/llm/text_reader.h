/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes texts of the values of one JSON document, as the facts of its paths
 * say (facts.h). In a whole document a text ends with the string or the
 * container that it is; in an event, generated output continues the text of
 * its choice, item and tool call (texts.h). Kept of a text: TEXT_HOLD_BYTES of
 * what may be base64, or stands before the index of its choice; nothing of
 * others.
 */
#ifndef PROMTAP_LLM_TEXT_READER_H
#define PROMTAP_LLM_TEXT_READER_H

#include "json/json.h"
#include "llm/base64.h"
#include "llm/document.h"
#include "llm/texts.h"

#define TEXT_SLOTS (FACT_HEARD - FACT_PROMPT + 1)
#define TEXT_HOLD_BYTES 64	/* so much tells base64 from text; tokens are shorter */

/* Whose texts those of a document are, asked when a text begins; null: nobody's. */
typedef struct texts *(*texts_of_fn)(void *ctx, const struct document *document);

/* The one text of a fact that can be open. */
struct text_slot {
	struct open_text text;
	unsigned int depth;	/* of the containers that make it one */
	bool parted;		/* a string of it ended: what comes next is another part */
};

enum text_hold {
	HOLD_NONE = 0,
	HOLD_WAITING,
	HOLD_TEXT,
	HOLD_DATA,
};

struct text_reader {
	texts_of_fn texts_of;	/* null: texts are not looked for */
	void *ctx;
	struct document *document;	/* lent; what says who speaks is set back where a message begins */
	bool is_event;
	struct text_slot slots[TEXT_SLOTS];
	struct {
		bool given;	/* a piece of generated output, in this event */
		struct text_key key;	/* ... the last one's */
		bool ended;		/* its string has */
		bool untyped;		/* the event's type was not known then */
		uint64_t read;		/* of the string at hand */
	} stream;
	struct {
		bool waits;		/* a string of a choice whose index has not come yet */
		struct json_value value;	/* ... its last piece */
		size_t len;
		char bytes[TEXT_HOLD_BYTES];
	} late;
	struct base64 base64;	/* of the string being read, if it is that */
	enum text_hold hold;
	size_t held;
	char holding[TEXT_HOLD_BYTES];
};

/* `document` is that of which values are given, and has taken each before. */
void text_reader_begin(struct text_reader *reader, struct document *document, bool is_event, texts_of_fn texts_of,
		       void *ctx);
void text_reader_take(struct text_reader *reader, const struct json_value *value);
/* The document is at its end: so are its texts, but for generated output of events. */
void text_reader_end(struct text_reader *reader);
/* The document is read no further: what is open has no end. */
void text_reader_abandon(struct text_reader *reader);

#endif
