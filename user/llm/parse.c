/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas of the dialects, compiled once, and the pool of readers. The paths
 * of all dialects together are one more schema, for bodies whose dialect their
 * own shape has to tell.
 */
#include "llm/parse.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/base64.h"

#define POOL_MAX 32	/* idle readers kept */
#define UNION_MAX 1024	/* paths of all dialects together */

#define UNWRAP_BYTES 512	/* decoded at once */

struct parse_pool {
	struct json_schema *request;
	struct json_schema *wrapper;
	struct json_schema **response, **event;	/* by dialect; behind the last: of all */
	struct json_schema **client;		/* by dialect; null where it has no session */
	struct parse *idle;
	size_t idle_count;
};

/* Around a document of Bedrock's: the document, or what went wrong in its place. */
#define WRAPPED_BYTES FACT_NONE

static const struct json_field wrapper_fields[] = {
	{ "bytes", WRAPPED_BYTES },
	{ "message", FACT_ERROR_MESSAGE },
	{ "Message", FACT_ERROR_MESSAGE },
};

struct unwrap {
	struct json_reader *reader;	/* owned */
	struct base64 base64;
};

/* ---- schemas ---- */

/* Texts that only those look for who ask. */
static bool is_text(const struct json_field *row)
{
	return (row->id >= FACT_PROMPT && row->id <= FACT_TEXT) || row->id == FACT_TEXT_JSON ||
	       row->id == FACT_SPEAKER || row->id == FACT_HEARD;
}

/* What an event repeats of the answer so far: generated output is what it adds. */
static bool is_whole(const struct json_field *row)
{
	return row->id == FACT_TEXT || row->id == FACT_ARGS || row->id == FACT_TEXT_JSON;
}

/* A path may have a row for its text and one for what it tells besides. */
static bool has_path(const struct json_field *rows, size_t count, const struct json_field *row)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].path, row->path) == 0 && is_text(&rows[i]) == is_text(row))
			return true;
	return false;
}

static size_t add_rows(struct json_field *rows, size_t count, const struct json_field *more, size_t more_count,
		       bool is_event, bool with_text)
{
	size_t before = count;

	for (size_t i = 0; i < more_count; i++) {
		if (has_path(rows, before, &more[i]) || (is_text(&more[i]) && !with_text))
			continue;
		if (is_event && is_whole(&more[i]))
			continue;
		assert(count < UNION_MAX);
		rows[count++] = more[i];
	}
	return count;
}

static size_t add_dialect(struct json_field *rows, size_t count, const struct dialect *dialect, bool is_event,
			  bool with_text)
{
	count = is_event ? add_rows(rows, count, dialect->event, dialect->event_count, true, with_text) :
			   add_rows(rows, count, dialect->response, dialect->response_count, false, with_text);
	for (size_t i = 0; i < dialect->carried_count; i++)
		count = add_dialect(rows, count, dialect->carried[i], is_event, with_text);
	return count;
}

static struct json_schema *schema_of_request(bool with_text)
{
	struct json_field rows[UNION_MAX];

	return json_schema_new(rows, add_rows(rows, 0, request_fields, request_field_count, false, with_text));
}

static struct json_schema *schema_of_one(const struct dialect *dialect, bool is_event, bool with_text)
{
	struct json_field rows[UNION_MAX];

	return json_schema_new(rows, add_dialect(rows, 0, dialect, is_event, with_text));
}

/* All paths of all dialects that a shape can tell; those of an earlier dialect
 * win. */
static struct json_schema *schema_of_any(bool is_event, bool with_text)
{
	struct json_field rows[UNION_MAX];
	size_t count = 0;

	for (size_t i = 0; i < dialect_count; i++)
		if (!dialects[i]->path_only && !dialects[i]->by_request)
			count = add_dialect(rows, count, dialects[i], is_event, with_text);
	return json_schema_new(rows, count);
}

static int compile_session(struct parse_pool *pool, size_t i, bool with_text)
{
	const struct session_dialect *session = dialects[i]->session;
	struct json_field rows[UNION_MAX];

	if (!session)
		return 0;
	pool->client[i] = json_schema_new(rows, add_rows(rows, 0, session->client, session->client_count, false, with_text));
	return pool->client[i] ? 0 : -ENOMEM;
}

static int compile(struct parse_pool *pool, bool with_text)
{
	pool->response = calloc(dialect_count + 1, sizeof(struct json_schema *));
	pool->event = calloc(dialect_count + 1, sizeof(struct json_schema *));
	pool->client = calloc(dialect_count + 1, sizeof(struct json_schema *));
	pool->request = schema_of_request(with_text);
	pool->wrapper = json_schema_new(wrapper_fields, ARRAY_SIZE(wrapper_fields));
	if (!pool->response || !pool->event || !pool->client || !pool->request || !pool->wrapper)
		return -ENOMEM;
	pool->response[dialect_count] = schema_of_any(false, with_text);
	pool->event[dialect_count] = schema_of_any(true, with_text);
	if (!pool->response[dialect_count] || !pool->event[dialect_count])
		return -ENOMEM;
	for (size_t i = 0; i < dialect_count; i++) {
		pool->response[i] = schema_of_one(dialects[i], false, with_text);
		pool->event[i] = schema_of_one(dialects[i], true, with_text);
		if (!pool->response[i] || !pool->event[i])
			return -ENOMEM;
		if (compile_session(pool, i, with_text) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const struct json_schema *schema_of(const struct parse_pool *pool, const struct dialect *dialect,
					   enum body_kind kind)
{
	size_t i = 0;

	if (kind == BODY_REQUEST)
		return pool->request;
	while (i < dialect_count && dialects[i] != dialect)
		i++;
	if (kind == BODY_CLIENT)
		return pool->client[i];
	return kind == BODY_RESPONSE ? pool->response[i] : pool->event[i];
}

/* ---- documents ---- */

static void on_value(void *ctx, const struct json_value *value)
{
	struct parse *parse = ctx;

	document_take(&parse->document, value, parse->on_item, parse->ctx);
	text_reader_take(&parse->texts, value);
}

static void feed_document(struct parse *parse, struct slice data)
{
	if (parse->bytes < MARK_BYTES && data.len > 0) {
		size_t room = MARK_BYTES - parse->bytes;

		memcpy(parse->begin + parse->bytes, data.ptr, data.len < room ? data.len : room);
	}
	parse->bytes += data.len;
	(void)json_reader_feed(parse->reader, data.ptr, data.len);	/* finish says it again */
}

/* ---- documents inside others ---- */

static void unwrap_text(struct parse *parse, struct slice text, bool first)
{
	char bytes[UNWRAP_BYTES];

	if (first)
		parse->unwrap->base64 = (struct base64){ 0 };
	while (text.len > 0) {
		size_t n = base64_decode(&parse->unwrap->base64, &text, bytes, sizeof(bytes));

		feed_document(parse, (struct slice){ bytes, n });
	}
}

static void on_wrapper(void *ctx, const struct json_value *value)
{
	struct parse *parse = ctx;

	if (value->id == WRAPPED_BYTES && value->type == JSON_STRING)
		unwrap_text(parse, (struct slice){ value->text, value->len }, value->first);
	else if (value->id != WRAPPED_BYTES)
		on_value(parse, value);
}

static void unwrap_free(struct unwrap *unwrap)
{
	if (!unwrap)
		return;
	json_reader_free(unwrap->reader);
	free(unwrap);
}

/* 0 or -ENOMEM. */
static int begin_unwrap(struct parse_pool *pool, struct parse *parse)
{
	parse->wrapped = true;
	if (parse->unwrap) {
		json_reader_reset(parse->unwrap->reader, pool->wrapper);
		return 0;
	}
	parse->unwrap = calloc(1, sizeof(*parse->unwrap));
	if (!parse->unwrap)
		return -ENOMEM;
	parse->unwrap->reader = json_reader_new(pool->wrapper, 0, on_wrapper, parse);
	if (parse->unwrap->reader)
		return 0;
	unwrap_free(take_ptr(parse->unwrap));
	return -ENOMEM;
}

/* ---- the pool's readers ---- */

static void parse_free(struct parse *parse)
{
	unwrap_free(parse->unwrap);
	json_reader_free(parse->reader);
	free(parse);
}

static struct parse *parse_new(const struct json_schema *schema)
{
	struct parse *parse = calloc(1, sizeof(*parse));

	if (!parse)
		return NULL;
	parse->reader = json_reader_new(schema, 0, on_value, parse);
	if (!parse->reader) {
		free(parse);
		return NULL;
	}
	document_init(&parse->document);
	return parse;
}

static struct parse *get(struct parse_pool *pool, const struct json_schema *schema)
{
	struct parse *parse = pool->idle;

	if (!parse)
		return parse_new(schema);
	pool->idle = parse->next;
	pool->idle_count--;
	json_reader_reset(parse->reader, schema);
	return parse;
}

struct parse *parse_open(struct parse_pool *pool, const struct dialect *dialect, enum body_kind kind,
			 const struct parse_target *target, void *ctx)
{
	struct parse *parse = get(pool, schema_of(pool, dialect, kind));

	if (!parse)
		return NULL;
	parse->on_item = target->on_item;
	parse->ctx = ctx;
	parse->kind = kind == BODY_WRAPPED_EVENT ? BODY_EVENT : kind;
	text_reader_begin(&parse->texts, &parse->document, parse->kind == BODY_EVENT, target->texts_of, ctx);
	parse->wrapped = false;
	parse->bytes = 0;
	if (kind == BODY_WRAPPED_EVENT && begin_unwrap(pool, parse) < 0) {
		parse_close(pool, parse);
		return NULL;
	}
	return parse;
}

void parse_feed(struct parse *parse, struct slice data)
{
	if (parse->wrapped)
		(void)json_reader_feed(parse->unwrap->reader, data.ptr, data.len);
	else
		feed_document(parse, data);
}

int parse_finish(struct parse *parse)
{
	int error = parse->wrapped ? json_reader_finish(parse->unwrap->reader) : 0;

	text_reader_end(&parse->texts);
	if (error < 0 || (parse->wrapped && parse->bytes == 0))
		return error;
	return json_reader_finish(parse->reader);
}

bool parse_is_end_mark(const struct parse *parse)
{
	struct slice text = { parse->begin, parse->bytes };

	if (parse->bytes > MARK_BYTES)
		return false;
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	return slice_eq(text, SLICE("[DONE]"));
}

void parse_close(struct parse_pool *pool, struct parse *parse)
{
	parse->ctx = NULL;
	text_reader_abandon(&parse->texts);
	document_init(&parse->document);
	if (pool->idle_count == POOL_MAX) {
		parse_free(parse);
		return;
	}
	parse->next = pool->idle;
	pool->idle = parse;
	pool->idle_count++;
}

/* ---- the pool ---- */

struct parse_pool *parse_pool_new(bool with_text)
{
	struct parse_pool *pool = calloc(1, sizeof(*pool));

	if (!pool || compile(pool, with_text) == 0)
		return pool;
	parse_pool_free(pool);
	return NULL;
}

static void free_schemas(struct json_schema **schemas)
{
	for (size_t i = 0; schemas && i <= dialect_count; i++)
		json_schema_free(schemas[i]);
	free(schemas);
}

void parse_pool_free(struct parse_pool *pool)
{
	if (!pool)
		return;
	while (pool->idle) {
		struct parse *parse = pool->idle;

		pool->idle = parse->next;
		parse_free(parse);
	}
	free_schemas(pool->response);
	free_schemas(pool->event);
	free_schemas(pool->client);
	json_schema_free(pool->request);
	json_schema_free(pool->wrapper);
	free(pool);
}
