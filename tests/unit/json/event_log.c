/* SPDX-License-Identifier: Apache-2.0 */
/* See event_log.h. */
#include "event_log.h"

#include <assert.h>
#include <stdlib.h>

#include "base/cleanup.h"

static const char marks[JSON_TYPE_MAX] = "0ftns{[";
static const char end_marks[JSON_TYPE_MAX] = ".....}]";

static void head(struct buffer *out, const struct json_value *value, char mark)
{
	unsigned used = 0;

	for (unsigned i = 0; i < JSON_INDEX_MAX; i++)
		if (value->index[i] > 0)
			used = i + 1;
	(void)buffer_printf(out, "%u", value->id);
	for (unsigned i = 0; i < used; i++)
		(void)buffer_printf(out, "[%u]", value->index[i]);
	(void)buffer_printf(out, ":%c", mark);
}

static void log_string(struct event_log *log, const struct json_value *value)
{
	struct buffer *text = &log->strings[value->id].text;
	bool *open = &log->strings[value->id].open;

	log->pieces++;
	log->broken += value->first == *open;
	*open = true;
	if (value->first) {
		head(text, value, marks[JSON_STRING]);
		(void)buffer_append(text, "<", 1);
	}
	(void)buffer_append(text, value->text, value->len);
	if (!value->last)
		return;
	(void)buffer_append(&log->text, text->data, text->len);
	(void)buffer_append(&log->text, "> ", 2);
	buffer_consume(text, text->len);
	*open = false;
}

static void log_container(struct event_log *log, const struct json_value *value)
{
	log->broken += value->first == value->last || value->text != NULL;
	head(&log->text, value, value->first ? marks[value->type] : end_marks[value->type]);
	(void)buffer_append(&log->text, " ", 1);
}

static void log_scalar(struct event_log *log, const struct json_value *value)
{
	bool number = value->type == JSON_NUMBER;

	log->broken += !value->first || !value->last || number != (value->text != NULL);
	head(&log->text, value, marks[value->type]);
	if (number)
		(void)buffer_printf(&log->text, "<%.*s>", (int)value->len, value->text);
	(void)buffer_append(&log->text, " ", 1);
}

void event_log_value(void *ctx, const struct json_value *value)
{
	assert(value->id < EVENT_LOG_IDS);
	if (value->type == JSON_STRING)
		log_string(ctx, value);
	else if (value->type == JSON_OBJECT || value->type == JSON_ARRAY)
		log_container(ctx, value);
	else
		log_scalar(ctx, value);
}

const char *event_log_text(struct event_log *log)
{
	for (unsigned id = 0; id < EVENT_LOG_IDS; id++) {
		struct buffer *text = &log->strings[id].text;

		if (text->len > 0)
			(void)buffer_append(&log->text, text->data, text->len);
		buffer_done(text);
	}
	(void)buffer_append(&log->text, "", 1);
	log->text.len--;
	return log->text.data;
}

void event_log_done(struct event_log *log)
{
	buffer_done(&log->text);
	for (unsigned id = 0; id < EVENT_LOG_IDS; id++)
		buffer_done(&log->strings[id].text);
}

int event_log_run(struct event_log *log, const struct json_schema *schema, unsigned flags, struct slice doc,
		  const size_t *cuts, size_t cuts_count)
{
	struct json_reader *reader = json_reader_new(schema, flags, event_log_value, log);
	size_t from = 0;
	int err;

	assert(reader);
	for (size_t i = 0; i <= cuts_count; i++) {
		size_t to = i < cuts_count ? cuts[i] : doc.len;
		auto_free char *piece = malloc(to - from);

		assert(piece || to == from);
		if (to > from)
			memcpy(piece, doc.ptr + from, to - from);
		(void)json_reader_feed(reader, piece, to - from);
		from = to;
	}
	err = json_reader_finish(reader);
	json_reader_free(reader);
	return err;
}
