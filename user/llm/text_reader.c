/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot for each fact: of one fact only one text is open at a time, for
 * containers of the same fact make one text, the outermost.
 */
#include "llm/text_reader.h"

#include <string.h>

#include "base/cleanup.h"

/* What an event's type says of its delta. The first word that is in it counts. */
static const struct {
	const char *word;
	enum text_where where;	/* WHERE_UNKNOWN: it is no text */
} deltas[] = {
	{ "transcript", WHERE_COMPLETION },
	{ "audio", WHERE_UNKNOWN },
	{ "image", WHERE_UNKNOWN },
	{ "arguments", WHERE_TOOL_ARGS },
	{ "tool_call_input", WHERE_TOOL_ARGS },
	{ "call_code", WHERE_TOOL_ARGS },
};

static enum text_where where_of_delta(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(deltas); i++)
		if (strstr(type, deltas[i].word))
			return deltas[i].where;
	return WHERE_COMPLETION;
}

static enum text_where where_of(const struct text_reader *reader, unsigned int fact)
{
	switch ((enum fact)fact) {
	case FACT_SYSTEM:
	case FACT_TOOL:
		return WHERE_SYSTEM;
	case FACT_EARLIER:
		return WHERE_ASSISTANT;
	case FACT_RESULT:
		return WHERE_TOOL_RESULT;
	case FACT_ARGS:
	case FACT_OUTPUT_ARGS:
		return WHERE_TOOL_ARGS;
	case FACT_PROMPT:
		return reader->document->speaker != WHERE_UNKNOWN ? reader->document->speaker : WHERE_USER;
	case FACT_DELTA:
		return where_of_delta(reader->document->type);
	default:
		return WHERE_COMPLETION;
	}
}

static struct text_slot *slot_of(struct text_reader *reader, unsigned int fact)
{
	return &reader->slots[fact - FACT_PROMPT];
}

/* ---- texts that the document holds whole ---- */

static void end_slot(struct text_reader *reader, unsigned int fact)
{
	struct text_slot *slot = slot_of(reader, fact);

	if (slot->texts)
		texts_end(slot->texts, slot->number, where_of(reader, fact));
	slot->texts = NULL;
	slot->parted = false;
}

static void give_piece(struct text_reader *reader, unsigned int fact, struct slice bytes)
{
	struct text_slot *slot = slot_of(reader, fact);

	if (!slot->texts) {
		slot->texts = reader->texts_of(reader->ctx, reader->document);
		if (!slot->texts)
			return;
		slot->number = slot->texts->count++;
	}
	if (slot->parted)
		texts_give(slot->texts, slot->number, where_of(reader, fact), SLICE("\n"));
	slot->parted = false;
	texts_give(slot->texts, slot->number, where_of(reader, fact), bytes);
}

static void end_string(struct text_reader *reader, unsigned int fact)
{
	struct text_slot *slot = slot_of(reader, fact);

	slot->parted = slot->texts;
	if (slot->depth == 0)
		end_slot(reader, fact);
}

static void take_string(struct text_reader *reader, const struct json_value *value, unsigned int fact)
{
	if (value->len > 0)
		give_piece(reader, fact, (struct slice){ value->text, value->len });
	if (value->last)
		end_string(reader, fact);
}

static void take_container(struct text_reader *reader, const struct json_value *value, unsigned int fact)
{
	struct text_slot *slot = slot_of(reader, fact);

	if (fact == FACT_PROMPT && value->type == JSON_ARRAY)
		return;
	if (reader->is_event && (fact == FACT_OUTPUT || fact == FACT_DELTA))
		return;
	if (value->first && slot->depth++ == 0 && fact == FACT_PROMPT)
		reader->document->speaker = WHERE_UNKNOWN;
	if (!value->last || --slot->depth > 0)
		return;
	end_slot(reader, fact);
	if (fact == FACT_PROMPT)
		reader->document->speaker = WHERE_UNKNOWN;
}

/* ---- text or base64 ---- */

static bool is_base64(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) && c != '+' && c != '/' &&
		    c != '-' && c != '_' && c != '=')
			return false;
	}
	return true;
}

/* What was held tells. What is shorter is no file. */
static void judge_hold(struct text_reader *reader, unsigned int fact)
{
	bool full = reader->held == TEXT_HOLD_BYTES;

	reader->hold = full && is_base64(reader->holding, reader->held) ? HOLD_DATA : HOLD_TEXT;
	if (reader->hold == HOLD_TEXT && reader->held > 0)
		give_piece(reader, fact, (struct slice){ reader->holding, reader->held });
}

static void take_text_or_data(struct text_reader *reader, const struct json_value *value, unsigned int fact)
{
	struct slice rest = { value->text, value->len };

	if (value->first) {
		reader->hold = HOLD_WAITING;
		reader->held = 0;
	}
	if (reader->hold == HOLD_WAITING && rest.len > 0) {
		size_t room = TEXT_HOLD_BYTES - reader->held, n = rest.len < room ? rest.len : room;

		memcpy(reader->holding + reader->held, rest.ptr, n);
		reader->held += n;
		rest = (struct slice){ rest.ptr + n, rest.len - n };
	}
	if (reader->hold == HOLD_WAITING && (reader->held == TEXT_HOLD_BYTES || value->last))
		judge_hold(reader, fact);
	if (reader->hold == HOLD_TEXT && rest.len > 0)
		give_piece(reader, fact, rest);
	if (value->last)
		end_string(reader, fact);
}

/* ---- generated output of events ---- */

/* Where indexes stand behind what they are of, those of the event before are
 * as good a guess as any. */
static struct text_key key_of(const struct text_reader *reader, const struct texts *texts,
			      const struct json_value *value)
{
	const struct document *document = reader->document;
	const struct tool_delta *tool = document_tool(document);
	uint32_t element = value->index[0];
	struct text_key key = {
		.choice = element < document->choice_count ? document->choices[element].index : 0,
		.item = document->has_event_index ? document->event_index : texts->item,
		.args = value->id == FACT_OUTPUT_ARGS,
	};

	if (!key.args || !tool)
		return key;
	if (tool->placed || tool->index > 0)
		key.tool = tool->index;
	else
		key.tool = tool->id_hash ? tool->id_hash : texts->tool;
	return key;
}

/* Servers that do not count their tool calls give them all one index: a name
 * and another id begin another call (assembly.c). */
static void part_calls(const struct text_reader *reader, struct texts *texts, const struct text_key *key)
{
	const struct tool_delta *tool = document_tool(reader->document);
	struct stream_text *text = key->args && tool && tool->named && tool->id_hash ? texts_find(texts, key) : NULL;

	if (text && text->id_hash != tool->id_hash)
		texts_end_stream(texts, text);
}

static void give_stream_piece(struct text_reader *reader, const struct json_value *value, struct texts *texts,
			      const struct text_key *key)
{
	const struct tool_delta *tool = document_tool(reader->document);
	bool same_event = reader->stream.texts == texts && text_key_eq(&reader->stream.key, key);
	bool another = same_event && reader->stream.ended;
	struct stream_text *text = texts_continue(texts, key);

	if (value->id != FACT_DELTA || reader->document->type[0] || !text->path)
		text->where = where_of(reader, value->id);
	if (text->path && (another || text->path != value->path))
		texts_give(texts, text->number, text->where, SLICE("\n"));
	text->path = value->path;
	if (key->args && tool)
		text->id_hash = tool->id_hash ? tool->id_hash : text->id_hash;
	texts_give(texts, text->number, text->where, (struct slice){ value->text, value->len });
	reader->stream.texts = texts;
	reader->stream.key = *key;
	reader->stream.untyped = value->id == FACT_DELTA && !reader->document->type[0];
}

static void take_stream_string(struct text_reader *reader, const struct json_value *value)
{
	struct texts *texts;
	struct text_key key;

	if (value->id == FACT_DELTA && where_of(reader, FACT_DELTA) == WHERE_UNKNOWN)
		return;
	texts = reader->texts_of(reader->ctx, reader->document);
	if (!texts)
		return;
	key = key_of(reader, texts, value);
	if (value->first)
		part_calls(reader, texts, &key);
	if (value->len > 0)
		give_stream_piece(reader, value, texts, &key);
	if (key.args)
		texts->tool = key.tool;
	reader->stream.ended = value->last;
}

/* Facts that stood behind the text. */
static void end_event(struct text_reader *reader)
{
	struct texts *texts = reader->stream.texts;
	struct stream_text *text = texts ? texts_find(texts, &reader->stream.key) : NULL;
	enum text_where where = where_of_delta(reader->document->type);

	if (text && reader->stream.untyped && where != WHERE_UNKNOWN)
		text->where = where;
	if (!texts)
		texts = reader->document->has_event_index ? reader->texts_of(reader->ctx, reader->document) : NULL;
	if (texts && reader->document->has_event_index)
		texts->item = reader->document->event_index;
}

/* ---- values ---- */

void text_reader_begin(struct text_reader *reader, struct document *document, bool is_event, texts_of_fn texts_of,
		       void *ctx)
{
	*reader = (struct text_reader){
		.document = document,
		.is_event = is_event,
		.texts_of = texts_of,
		.ctx = ctx,
	};
}

/* Whose slot it is. */
static unsigned int text_fact(unsigned int id)
{
	if (id == FACT_INPUT || id == FACT_PROMPT_OR_DATA)
		return FACT_PROMPT;
	return id == FACT_RESULT_OR_DATA ? FACT_RESULT : id;
}

void text_reader_take(struct text_reader *reader, const struct json_value *value)
{
	unsigned int fact = text_fact(value->id);
	bool may_be_data = value->id == FACT_RESULT_OR_DATA || value->id == FACT_PROMPT_OR_DATA;
	bool is_container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;

	if (!reader->texts_of || !fact_is_text(fact))
		return;
	if (value->type == JSON_STRING && may_be_data)
		take_text_or_data(reader, value, fact);
	else if (value->type == JSON_STRING && reader->is_event && fact >= FACT_OUTPUT && slot_of(reader, fact)->depth == 0)
		take_stream_string(reader, value);
	else if (value->type == JSON_STRING)
		take_string(reader, value, fact);
	else if (is_container && value->id == fact)
		take_container(reader, value, fact);
}

void text_reader_end(struct text_reader *reader)
{
	if (!reader->texts_of)
		return;
	for (unsigned int i = 0; i < TEXT_SLOTS; i++)
		end_slot(reader, FACT_PROMPT + i);
	if (reader->is_event)
		end_event(reader);
	reader->texts_of = NULL;
}

void text_reader_leave(struct text_reader *reader, const struct texts *texts)
{
	for (unsigned int i = 0; i < TEXT_SLOTS; i++)
		if (reader->slots[i].texts && reader->slots[i].texts == texts)
			end_slot(reader, FACT_PROMPT + i);
	if (reader->stream.texts == texts)
		reader->stream.texts = NULL;
}
