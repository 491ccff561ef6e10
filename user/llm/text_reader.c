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
	{ ".done", WHERE_UNKNOWN },	/* the whole of what came in pieces */
	{ "input_audio_transcription", WHERE_USER },
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
		return WHERE_SYSTEM;
	case FACT_TOOL:
	case FACT_TOOL_FUNCTION:
		return WHERE_TOOL_DESCRIPTION;
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
	case FACT_HEARD:
		return WHERE_USER;
	default:
		return WHERE_COMPLETION;
	}
}

/* Whose slot it is. */
static unsigned int text_fact(unsigned int id)
{
	if (id == FACT_INPUT || id == FACT_PROMPT_OR_DATA)
		return FACT_PROMPT;
	if (id == FACT_OUTPUT_BASE64)
		return FACT_OUTPUT;
	return id == FACT_RESULT_OR_DATA ? FACT_RESULT : id;
}

static struct text_slot *slot_of(struct text_reader *reader, unsigned int fact)
{
	return &reader->slots[fact - FACT_PROMPT];
}

/* ---- texts that the document holds whole ---- */

static void end_slot(struct text_reader *reader, unsigned int fact)
{
	struct text_slot *slot = slot_of(reader, fact);

	if (slot->text.texts) {
		slot->text.where = where_of(reader, fact);
		texts_close(&slot->text);
	}
	slot->parted = false;
}

static void give_piece(struct text_reader *reader, unsigned int fact, struct slice bytes)
{
	struct text_slot *slot = slot_of(reader, fact);
	struct texts *texts = slot->text.texts ? slot->text.texts : reader->texts_of(reader->ctx, reader->document);

	if (!texts)
		return;
	if (!slot->text.texts) {
		texts_open(texts, &slot->text);
		slot->parted = false;
	}
	slot->text.where = where_of(reader, fact);
	if (slot->parted)
		texts_give(texts, slot->text.number, slot->text.where, SLICE("\n"));
	slot->parted = false;
	texts_give(texts, slot->text.number, slot->text.where, bytes);
}

static void end_string(struct text_reader *reader, unsigned int fact)
{
	struct text_slot *slot = slot_of(reader, fact);

	slot->parted = slot->text.texts;
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
	if (fact == FACT_DELTA || fact == FACT_HEARD || (reader->is_event && fact == FACT_OUTPUT))
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

static enum text_kind kind_of(unsigned int fact)
{
	if (fact == FACT_OUTPUT_ARGS)
		return KIND_ARGS;
	return fact == FACT_HEARD ? KIND_HEARD : KIND_OUTPUT;
}

/* Where indexes stand behind what they are of, those of the event before are
 * as good a guess as any. */
static struct text_key key_of(const struct text_reader *reader, const struct texts *texts,
			      const struct json_value *value)
{
	const struct document *document = reader->document;
	const struct tool_delta *tool = document_tool(document);
	uint32_t element = value->index[0];
	struct text_key key = {
		.kind = kind_of(value->id),
		.choice = element < document->choice_count ? document->choices[element].index : 0,
		.item = document->has_event_index ? document->event_index : texts->item,
	};

	/* Counted by itself, for what was given of it is passed over. */
	if (texts->repeats)
		key.item = (uint32_t)value->path << 16 | (value->index[1] & 0xffff);
	if (key.kind != KIND_ARGS || !tool)
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
	bool begins = key->kind == KIND_ARGS && tool && tool->named && tool->id_hash;
	struct stream_text *text = begins ? texts_find(texts, key) : NULL;

	if (text && text->id_hash != tool->id_hash)
		texts_end_stream(texts, text);
}

/* What the events before have not had yet. */
static struct slice new_part(struct text_reader *reader, const struct texts *texts, const struct text_key *key,
			     struct slice bytes)
{
	const struct stream_text *text = texts->repeats ? texts_find(texts, key) : NULL;
	uint64_t known = text && text->bytes > reader->stream.read ? text->bytes - reader->stream.read : 0;
	size_t skip = known < bytes.len ? (size_t)known : bytes.len;

	reader->stream.read += bytes.len;
	return (struct slice){ bytes.ptr + skip, bytes.len - skip };
}

static void give_stream_piece(struct text_reader *reader, const struct json_value *value, struct slice bytes,
			      struct texts *texts, const struct text_key *key)
{
	const struct tool_delta *tool = document_tool(reader->document);
	struct stream_text *text;
	bool same_event = reader->stream.given && text_key_eq(&reader->stream.key, key);
	bool another = same_event && reader->stream.ended && reader->is_event;

	if (bytes.len > 0)
		bytes = new_part(reader, texts, key, bytes);
	if (bytes.len == 0)
		return;
	text = texts_continue(texts, key);
	if (value->id != FACT_DELTA || reader->document->type[0] || !text->path)
		text->where = where_of(reader, text_fact(value->id));
	if (!texts->repeats && text->path && (another || text->path != value->path))
		texts_give(texts, text->number, text->where, SLICE("\n"));
	text->path = value->path;
	if (key->kind == KIND_ARGS && tool)
		text->id_hash = tool->id_hash ? tool->id_hash : text->id_hash;
	texts_give(texts, text->number, text->where, bytes);
	text->bytes += bytes.len;
	reader->stream.given = true;
	reader->stream.key = *key;
	reader->stream.untyped = value->id == FACT_DELTA && !reader->document->type[0];
}

static bool repeats(const struct text_reader *reader, unsigned int fact)
{
	return (fact == FACT_DELTA || fact == FACT_HEARD) && where_of_delta(reader->document->type) == WHERE_UNKNOWN;
}

static void take_base64(struct text_reader *reader, const struct json_value *value, struct texts *texts,
			const struct text_key *key)
{
	struct slice text = { value->text, value->len };
	char bytes[TEXT_HOLD_BYTES];

	if (value->first)
		reader->base64 = (struct base64){ 0 };
	while (text.len > 0) {
		size_t n = base64_decode(&reader->base64, &text, bytes, sizeof(bytes));

		give_stream_piece(reader, value, (struct slice){ bytes, n }, texts, key);
	}
}

static void give_stream_string(struct text_reader *reader, const struct json_value *value)
{
	struct texts *texts;
	struct text_key key;

	if (repeats(reader, value->id))
		return;
	texts = reader->texts_of(reader->ctx, reader->document);
	if (!texts)
		return;
	key = key_of(reader, texts, value);
	if (value->first) {
		part_calls(reader, texts, &key);
		reader->stream.read = 0;
	}
	if (value->id == FACT_OUTPUT_BASE64)
		take_base64(reader, value, texts, &key);
	else
		give_stream_piece(reader, value, (struct slice){ value->text, value->len }, texts, &key);
	if (key.kind == KIND_ARGS)
		texts->tool = key.tool;
	reader->stream.ended = value->last;
}

/* OpenAI's completions name the choice behind its text. Several choices would
 * be taken for one; so short strings wait for it. */
static bool may_wait(const struct text_reader *reader, const struct json_value *value)
{
	uint32_t element = value->index[0];

	return value->id == FACT_OUTPUT && element < reader->document->choice_count &&
	       !reader->document->choices[element].placed;
}

static void end_wait(struct text_reader *reader)
{
	struct json_value value = reader->late.value;

	if (!reader->late.waits)
		return;
	reader->late.waits = false;
	value.first = true;
	value.text = reader->late.bytes;
	value.len = reader->late.len;
	give_stream_string(reader, &value);
}

static bool wait_for_index(struct text_reader *reader, const struct json_value *value)
{
	size_t room = sizeof(reader->late.bytes) - reader->late.len;

	if (!reader->late.waits || value->len > room)
		return false;
	if (value->len > 0)
		memcpy(reader->late.bytes + reader->late.len, value->text, value->len);
	reader->late.len += value->len;
	reader->late.value = *value;
	return true;
}

static void take_stream_string(struct text_reader *reader, const struct json_value *value)
{
	if (value->first) {
		end_wait(reader);
		reader->late.waits = may_wait(reader, value);
		reader->late.value = *value;
		reader->late.len = 0;
	}
	if (wait_for_index(reader, value))
		return;
	end_wait(reader);
	give_stream_string(reader, value);
}

/* Facts that stood behind the text. */
static void end_event(struct text_reader *reader)
{
	bool untyped = reader->stream.given && reader->stream.untyped;
	bool placed = reader->document->has_event_index;
	struct texts *texts = untyped || placed ? reader->texts_of(reader->ctx, reader->document) : NULL;
	struct stream_text *text = texts && untyped ? texts_find(texts, &reader->stream.key) : NULL;
	enum text_where where = where_of_delta(reader->document->type);

	if (text && where != WHERE_UNKNOWN)
		text->where = where;
	if (texts && placed)
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

/* It continues a text that other documents began. */
static bool is_stream(const struct text_reader *reader, unsigned int fact)
{
	if (fact == FACT_DELTA || fact == FACT_HEARD)
		return true;
	return reader->is_event && fact >= FACT_OUTPUT && reader->slots[fact - FACT_PROMPT].depth == 0;
}

void text_reader_take(struct text_reader *reader, const struct json_value *value)
{
	unsigned int fact = text_fact(value->id);
	bool may_be_data = value->id == FACT_RESULT_OR_DATA || value->id == FACT_PROMPT_OR_DATA;
	bool is_container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;

	if (!reader->texts_of)
		return;
	if (value->id == FACT_CHOICE_INDEX && reader->late.value.index[0] == value->index[0])
		end_wait(reader);
	if (!fact_is_text(fact))
		return;
	if (value->type == JSON_STRING && may_be_data)
		take_text_or_data(reader, value, fact);
	else if (value->type == JSON_STRING && is_stream(reader, fact))
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
	end_wait(reader);
	for (unsigned int i = 0; i < TEXT_SLOTS; i++)
		end_slot(reader, FACT_PROMPT + i);
	if (reader->is_event)
		end_event(reader);
	reader->texts_of = NULL;
}

void text_reader_abandon(struct text_reader *reader)
{
	for (unsigned int i = 0; i < TEXT_SLOTS; i++)
		if (reader->slots[i].text.texts)
			texts_forget(&reader->slots[i].text);
	reader->texts_of = NULL;
}
