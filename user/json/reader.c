/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar between strings and numbers: a state machine over the bytes, and
 * a node of the schema for each open container. Memory is the reader itself;
 * work is linear in the input.
 */
#include "json/reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static const char bom[] = "\xef\xbb\xbf";

static uint16_t node_number(const struct json_reader *reader, const struct json_node *node)
{
	return (uint16_t)(node - json_schema_node(reader->schema, 0));
}

void json_deliver(struct json_reader *reader, enum json_type type, bool first, bool last, struct slice text)
{
	const struct json_node *node = reader->node;
	const unsigned *ids = (const unsigned *)reader->schema->ids.data;
	struct json_value *value = &reader->value;

	value->type = type;
	value->first = first;
	value->last = last;
	value->text = text.ptr;
	value->len = text.len;
	value->path = node_number(reader, node);
	for (uint32_t i = 0; i < node->ids_count; i++) {
		value->id = ids[node->ids + i];
		reader->fn(reader->ctx, value);
	}
}

static void set_offset(struct json_reader *reader, const char *p)
{
	reader->value.offset = reader->fed_before + (uint64_t)(p - reader->fed);
}

static bool in_object(const struct json_reader *reader)
{
	unsigned top = reader->depth - 1;

	return reader->objects[top / 64] >> top % 64 & 1;
}

static const struct json_node *top_node(const struct json_reader *reader)
{
	return json_schema_node(reader->schema, reader->nodes[reader->depth - 1]);
}

void json_push(struct json_reader *reader, bool object)
{
	uint64_t bit = 1ull << reader->depth % 64;
	uint64_t *word = &reader->objects[reader->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	reader->depth++;
}

void json_value_end(struct json_reader *reader, enum json_type type)
{
	bool open_ended = type != JSON_OBJECT && type != JSON_ARRAY && type != JSON_STRING;

	if (reader->depth > 0) {
		reader->state = STATE_COMMA;
		return;
	}
	reader->documents = true;
	if (!reader->many)
		reader->state = STATE_END;
	else
		reader->state = open_ended ? STATE_GAP : STATE_NEXT;
}

void json_container_end(struct json_reader *reader, const char *bracket)
{
	bool object = in_object(reader);
	enum json_type type = object ? JSON_OBJECT : JSON_ARRAY;

	if (*bracket != (object ? '}' : ']')) {
		(void)json_fail(reader, -EBADMSG);
		return;
	}
	reader->node = top_node(reader);
	reader->depth--;
	if (!object && reader->node->element != JSON_NODE_NONE)
		reader->value.index[reader->node->arrays] = 0;
	set_offset(reader, bracket);
	json_deliver(reader, type, false, true, (struct slice){ 0 });
	json_value_end(reader, type);
}

static const char *container_begin(struct json_reader *reader, const char *p, bool object)
{
	const struct json_node *node = reader->node;
	bool walk = object ? node->edges_count > 0 || node->wildcard != JSON_NODE_NONE :
			     node->element != JSON_NODE_NONE;

	if (reader->depth == JSON_DEPTH_MAX)
		return json_fail(reader, -E2BIG);
	reader->nodes[reader->depth] = node_number(reader, node);
	json_push(reader, object);
	set_offset(reader, p);
	json_deliver(reader, object ? JSON_OBJECT : JSON_ARRAY, true, false, (struct slice){ 0 });
	if (!walk && !reader->strict)
		json_skip_begin(reader);
	else
		reader->state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
	return p + 1;
}

static const char *literal_begin(struct json_reader *reader, const char *p, const char *text)
{
	reader->literal.text = text;
	reader->literal.matched = 1;
	reader->state = STATE_LITERAL;
	return p + 1;
}

static const char *value_begin(struct json_reader *reader, const char *p)
{
	switch (*p) {
	case '{':
		return container_begin(reader, p, true);
	case '[':
		return container_begin(reader, p, false);
	case '"':
		json_string_begin(reader, false);
		return p + 1;
	case 't':
		return literal_begin(reader, p, "true");
	case 'f':
		return literal_begin(reader, p, "false");
	case 'n':
		return literal_begin(reader, p, "null");
	default:
		/* The number's own grammar refuses what is none. */
		json_number_begin(reader);
		return p;
	}
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && json_is_space(*p))
		p++;
	return p;
}

static const char *read_start(struct json_reader *reader, const char *p, const char *end)
{
	(void)end;
	if (*p == bom[0] && !reader->strict) {
		reader->literal.matched = 1;
		reader->state = STATE_BOM;
		return p + 1;
	}
	reader->state = STATE_NEXT;
	return p;
}

static const char *read_bom(struct json_reader *reader, const char *p, const char *end)
{
	(void)end;
	if (*p != bom[reader->literal.matched])
		return json_fail(reader, -EBADMSG);
	if (++reader->literal.matched == sizeof(bom) - 1)
		reader->state = STATE_NEXT;
	return p + 1;
}

static const char *read_next(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	if (p == end)
		return p;
	reader->node = json_schema_node(reader->schema, JSON_NODE_ROOT);
	return value_begin(reader, p);
}

static const char *read_gap(struct json_reader *reader, const char *p, const char *end)
{
	(void)end;
	if (!json_is_space(*p))
		return json_fail(reader, -EBADMSG);
	reader->state = STATE_NEXT;
	return p + 1;
}

static const char *read_end(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	return p == end ? p : json_fail(reader, -EBADMSG);
}

static const char *read_value(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	return p == end ? p : value_begin(reader, p);
}

static const char *read_first_element(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	if (p == end)
		return p;
	if (*p == ']') {
		json_container_end(reader, p);
		return p + 1;
	}
	reader->node = json_schema_node(reader->schema, top_node(reader)->element);
	return value_begin(reader, p);
}

static const char *read_key(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	if (p == end)
		return p;
	if (*p == '}' && reader->state == STATE_FIRST_KEY) {
		json_container_end(reader, p);
		return p + 1;
	}
	if (*p != '"')
		return json_fail(reader, -EBADMSG);
	json_string_begin(reader, true);
	return p + 1;
}

static const char *read_colon(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	if (p == end)
		return p;
	if (*p != ':')
		return json_fail(reader, -EBADMSG);
	reader->state = STATE_VALUE;
	return p + 1;
}

static void element_next(struct json_reader *reader)
{
	const struct json_node *array = top_node(reader);

	if (array->element != JSON_NODE_NONE && reader->value.index[array->arrays] < UINT32_MAX)
		reader->value.index[array->arrays]++;
	reader->node = json_schema_node(reader->schema, array->element);
	reader->state = STATE_VALUE;
}

static const char *read_comma(struct json_reader *reader, const char *p, const char *end)
{
	p = skip_space(p, end);
	if (p == end)
		return p;
	if (*p != ',')
		json_container_end(reader, p);
	else if (in_object(reader))
		reader->state = STATE_KEY;
	else
		element_next(reader);
	return p + 1;
}

static enum json_type literal_type(const char *text)
{
	if (*text == 'n')
		return JSON_NULL;
	return *text == 't' ? JSON_TRUE : JSON_FALSE;
}

static const char *read_literal(struct json_reader *reader, const char *p, const char *end)
{
	const char *text = reader->literal.text;
	enum json_type type = literal_type(text);

	for (; p < end && text[reader->literal.matched] != '\0'; p++)
		if (*p != text[reader->literal.matched++])
			return json_fail(reader, -EBADMSG);
	if (text[reader->literal.matched] == '\0') {
		json_deliver(reader, type, true, true, (struct slice){ 0 });
		json_value_end(reader, type);
	}
	return p;
}

static const char *(*const states[STATE_MAX])(struct json_reader *, const char *p, const char *end) = {
	[STATE_START] = read_start,
	[STATE_BOM] = read_bom,
	[STATE_VALUE] = read_value,
	[STATE_FIRST_ELEMENT] = read_first_element,
	[STATE_FIRST_KEY] = read_key,
	[STATE_KEY] = read_key,
	[STATE_COLON] = read_colon,
	[STATE_COMMA] = read_comma,
	[STATE_STRING] = json_string_text,
	[STATE_ESCAPE] = json_string_escape,
	[STATE_HEX] = json_string_hex,
	[STATE_NUMBER] = json_number_text,
	[STATE_LITERAL] = read_literal,
	[STATE_SKIP] = json_skip_text,
	[STATE_END] = read_end,
	[STATE_GAP] = read_gap,
	[STATE_NEXT] = read_next,
};

int json_reader_feed(struct json_reader *reader, const void *bytes, size_t len)
{
	const char *p = bytes, *end = p + len;

	if (reader->error || len == 0)
		return reader->error;
	reader->fed = bytes;
	while (!reader->error && p < end)
		p = states[reader->state](reader, p, end);
	json_string_flush(reader);
	reader->fed_before += len;
	return reader->error;
}

int json_reader_finish(struct json_reader *reader)
{
	if (reader->error)
		return reader->error;
	if (reader->state == STATE_NUMBER && reader->depth == 0 && !json_number_finish(reader))
		return -EAGAIN;
	if (reader->state != STATE_END && reader->state != STATE_GAP && reader->state != STATE_NEXT)
		return -EAGAIN;
	return reader->documents ? 0 : -EAGAIN;
}

void json_reader_reset(struct json_reader *reader, const struct json_schema *schema)
{
	assert(schema);
	reader->schema = schema;
	reader->error = 0;
	reader->state = STATE_START;
	reader->documents = false;
	reader->node = json_schema_node(schema, JSON_NODE_ROOT);
	reader->depth = 0;
	reader->fed_before = 0;
	reader->string.scratch_len = 0;
	memset(reader->value.index, 0, sizeof(reader->value.index));
}

struct json_reader *json_reader_new(const struct json_schema *schema, unsigned flags, json_value_fn fn, void *ctx)
{
	struct json_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->strict = flags & JSON_STRICT;
	reader->many = flags & JSON_MANY;
	reader->fn = fn;
	reader->ctx = ctx;
	json_reader_reset(reader, schema);
	return reader;
}

void json_reader_free(struct json_reader *reader)
{
	free(reader);
}
