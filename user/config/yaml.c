/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls events from libyaml and accepts one shape: a document that is a
 * mapping of scalars and of mappings of scalars. The first event of another
 * shape ends the reading, so that deep or endless structures are never followed.
 */
#include "config/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define KEY_BYTES_MAX 64
#define MAPPING_BYTES_MAX 65536

struct reader {
	yaml_parser_t parser;
	const char *name;
	FILE *errors;
	yaml_pair_fn fn;
	void *ctx;
};

static int complain(const struct reader *reader, size_t line, const char *problem)
{
	(void)fprintf(reader->errors, "%s:%zu: %s\n", reader->name, line, problem);
	return -EINVAL;
}

/* libyaml counts lines from 0, and says the place of a fault in the input by
 * problem_mark, of a wrong byte by an offset only. */
static int complain_syntax(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	char problem[160];

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	(void)snprintf(problem, sizeof(problem), "is not YAML: %s; write one 'key: value' a line",
		       parser->problem ? parser->problem : "malformed");
	if (parser->error == YAML_READER_ERROR)
		return complain(reader, parser->mark.line + 1, problem);
	return complain(reader, parser->problem_mark.line + 1, problem);
}

static int next_event(struct reader *reader, yaml_event_t *ret_event)
{
	if (yaml_parser_parse(&reader->parser, ret_event))
		return 0;
	return complain_syntax(reader);
}

static bool has_zero_byte(const yaml_event_t *event)
{
	return memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL;
}

/* What can stand in a message as it is. */
static bool is_name(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (len == 0 || len > KEY_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	}
	return !has_zero_byte(event);
}

/* `key: ~` and `key: null` say what `key:` says. */
static const char *value_text(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
		return "";
	return text;
}

/* What pairs.h can hold. */
static bool is_member(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && event->data.scalar.length > 0 && !has_zero_byte(event) &&
	       !strpbrk((const char *)event->data.scalar.value, ",=");
}

static int append_member(struct buffer *text, const yaml_event_t *key, const yaml_event_t *value)
{
	int err = buffer_append(text, key->data.scalar.value, key->data.scalar.length);

	if (err == 0)
		err = buffer_append(text, "=", 1);
	if (err == 0)
		err = buffer_append(text, value->data.scalar.value, value->data.scalar.length);
	return err < 0 ? err : buffer_append(text, ",", 1);
}

/* The members of the mapping `name`, which has just begun, as one text. */
static int read_members(struct reader *reader, const char *name, struct buffer *text)
{
	char problem[KEY_BYTES_MAX + 96];

	for (;;) {
		cleanup(yaml_event_delete) yaml_event_t key = { 0 };
		cleanup(yaml_event_delete) yaml_event_t value = { 0 };
		int err = next_event(reader, &key);

		if (err == 0 && key.type == YAML_MAPPING_END_EVENT)
			return buffer_append(text, "", 1);
		if (err == 0)
			err = next_event(reader, &value);
		if (err < 0)
			return err;
		if (!is_member(&key) || !is_member(&value)) {
			(void)snprintf(problem, sizeof(problem),
				       "%s: holds what is no pair; write 'KEY: VALUE' without ',' and '='", name);
			return complain(reader, key.start_mark.line + 1, problem);
		}
		err = append_member(text, &key, &value);
		if (err < 0)
			return err;
	}
}

static int read_mapping_value(struct reader *reader, const yaml_event_t *key)
{
	const char *name = (const char *)key->data.scalar.value;
	struct buffer text = { .limit = MAPPING_BYTES_MAX };
	int err = read_members(reader, name, &text);

	if (err == 0)
		err = reader->fn(reader->ctx, name, text.data, true, key->start_mark.line + 1);
	else if (err == -E2BIG)
		err = complain(reader, key->start_mark.line + 1, "holds too much; use patterns with '*'");
	buffer_done(&text);
	return err;
}

static int read_value(struct reader *reader, const yaml_event_t *key)
{
	const char *name = (const char *)key->data.scalar.value;
	cleanup(yaml_event_delete) yaml_event_t event = { 0 };
	char problem[KEY_BYTES_MAX + 80];
	int err = next_event(reader, &event);

	if (err < 0)
		return err;
	if (event.type == YAML_SCALAR_EVENT && !has_zero_byte(&event))
		return reader->fn(reader->ctx, name, value_text(&event), false, key->start_mark.line + 1);
	if (event.type == YAML_MAPPING_START_EVENT)
		return read_mapping_value(reader, key);
	(void)snprintf(problem, sizeof(problem), "%s: is not one value; write '%s: VALUE' on one line", name, name);
	return complain(reader, event.start_mark.line + 1, problem);
}

static int read_mapping(struct reader *reader)
{
	for (;;) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		int err = next_event(reader, &event);

		if (err < 0)
			return err;
		if (event.type == YAML_MAPPING_END_EVENT)
			return 0;
		if (event.type != YAML_SCALAR_EVENT || !is_name(&event))
			return complain(reader, event.start_mark.line + 1,
					"is not the name of an option; see promtap --help");
		err = read_value(reader, &event);
		if (err < 0)
			return err;
	}
}

static bool is_empty_document(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && *value_text(event) == '\0';
}

/* The root of the first document, and nothing after it. */
static int read_stream(struct reader *reader)
{
	bool root_seen = false;

	for (;;) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		int err = next_event(reader, &event);

		if (err < 0)
			return err;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			continue;
		case YAML_STREAM_END_EVENT:
			return 0;
		case YAML_DOCUMENT_START_EVENT:
			if (root_seen)
				return complain(reader, event.start_mark.line + 1,
						"a second document begins; write all options in one");
			continue;
		case YAML_MAPPING_START_EVENT:
			err = read_mapping(reader);
			break;
		default:
			err = is_empty_document(&event) ? 0 : complain(reader, event.start_mark.line + 1,
				"holds no options; write one 'key: value' a line");
			break;
		}
		if (err < 0)
			return err;
		root_seen = true;
	}
}

int yaml_pairs(const char *name, const void *bytes, size_t len, yaml_pair_fn fn, void *ctx, FILE *errors)
{
	struct reader reader = { .name = name, .errors = errors, .fn = fn, .ctx = ctx };
	int err;

	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, bytes, len);
	err = read_stream(&reader);
	yaml_parser_delete(&reader.parser);
	return err;
}
