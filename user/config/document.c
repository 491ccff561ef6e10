/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls events from libyaml and builds the tree. The first thing that is not
 * taken ends the reading, so that deep, endless or aliased structures are never
 * followed.
 */
#include "config/document.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "config/value.h"

#define KEY_BYTES_MAX 256
#define PATH_PARTS_MAX DOCUMENT_DEPTH_MAX

/* ---- what is said --------------------------------------------------------------------------------- */

static bool is_plain_key(const char *key)
{
	for (const char *c = key; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("-_/:@+", *c))
			return false;
	}
	return *key != '\0';
}

/* Returns the bytes in use afterwards. */
static size_t append_path(const struct path *path, char *text, size_t size)
{
	size_t len = path->parent ? append_path(path->parent, text, size) : 0;
	const char *quote = is_plain_key(path->name) || path->name[0] == '[' ? "" : "\"";
	const char *dot = len > 0 && path->name[0] != '[' ? "." : "";
	int n = snprintf(text + len, size - len, "%s%s%.96s%s", dot, quote, path->name, quote);

	return len + (size_t)n < size ? len + (size_t)n : size - 1;
}

void path_print(const struct path *path, char ret_text[DOCUMENT_PATH_BYTES])
{
	ret_text[0] = '\0';
	if (path)
		(void)append_path(path, ret_text, DOCUMENT_PATH_BYTES);
}

static void print_place(const struct problems *problems, const struct node *node, const struct path *path)
{
	char text[DOCUMENT_PATH_BYTES];

	path_print(path, text);
	if (node && node->where)
		(void)fprintf(problems->out, "%s: %s: ", problems->program, node->where);
	else if (!problems->file)
		(void)fprintf(problems->out, "%s: %s%s", problems->program, text, *text ? ": " : "");
	else if (node && node->line > 0)
		(void)fprintf(problems->out, "%s:%zu: %s%s", problems->file, node->line, text, *text ? ": " : "");
	else
		(void)fprintf(problems->out, "%s: %s%s", problems->file, text, *text ? ": " : "");
}

void problem_at(struct problems *problems, const struct node *node, const struct path *path, const char *format, ...)
{
	va_list arguments;

	if (problems->count++ >= PROBLEMS_MAX || !problems->out)
		return;
	print_place(problems, node, path);
	va_start(arguments, format);
	(void)vfprintf(problems->out, format, arguments);
	va_end(arguments);
	(void)fputc('\n', problems->out);
}

void warning_at(struct problems *problems, const struct node *node, const struct path *path, const char *text)
{
	if (!problems->out)
		return;
	print_place(problems, node, path);
	(void)fprintf(problems->out, "warning: %s\n", text);
}

void problems_end(struct problems *problems)
{
	if (problems->out && problems->count > PROBLEMS_MAX)
		(void)fprintf(problems->out, "%s: %zu more problems; cure these first\n",
			      problems->file ? problems->file : problems->program, problems->count - PROBLEMS_MAX);
}

/* ---- the tree ------------------------------------------------------------------------------------- */

static struct node *add_node(struct document *document, enum node_kind kind)
{
	struct node *node = arena_alloc(&document->arena, 1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	document->nodes++;
	return node;
}

static void append_child(struct node *parent, struct node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

const struct node *node_find(const struct node *node, const char *key)
{
	if (!node || node->kind != NODE_MAPPING)
		return NULL;
	for (const struct node *child = node->first; child; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

void document_done(struct document *document)
{
	arena_done(&document->arena);
	*document = (struct document){ 0 };
}

/* ---- reading -------------------------------------------------------------------------------------- */

struct reader {
	yaml_parser_t parser;
	struct slice bytes;	/* the whole text */
	struct document *document;
	struct problems *problems;
	struct node **sorted;	/* room for the children of one mapping */
	size_t sorted_size;
};

static int complain(const struct reader *reader, size_t line, const struct path *path, const char *problem)
{
	const struct node place = { .line = line };

	problem_at(reader->problems, &place, path, "%s", problem);
	return -EINVAL;
}

/* Counted from 1. */
static size_t line_of_offset(struct slice bytes, size_t offset)
{
	const char *at = bytes.ptr, *end = bytes.ptr + (offset < bytes.len ? offset : bytes.len);
	size_t line = 1;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		line++;
		at++;
	}
	return line;
}

static bool is_indented_by_tab(struct slice bytes, size_t line)
{
	const char *at = bytes.ptr, *end = bytes.ptr + bytes.len;

	for (size_t i = 1; i < line; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

/* Of a wrong byte libyaml says the offset, of what else is wrong the line, from 0. */
static int complain_syntax(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	bool byte = parser->error == YAML_READER_ERROR;
	size_t line = byte ? line_of_offset(reader->bytes, parser->problem_offset) : parser->problem_mark.line + 1;
	const char *cure = "write one 'key: value' a line";
	char problem[160];

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (byte)
		cure = "save the file as UTF-8, without control characters";
	else if (is_indented_by_tab(reader->bytes, line))
		cure = "indent with spaces, not with tabs";
	(void)snprintf(problem, sizeof(problem), "is not YAML: %s; %s", parser->problem ? parser->problem : "malformed", cure);
	return complain(reader, line, NULL, problem);
}

static size_t line_of(const yaml_event_t *event)
{
	return event->start_mark.line + 1;
}

static const char *refused_in_event(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_ALIAS_EVENT)
		return "is an alias (*); write the value itself, or put it in quotes";
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	}
	if (anchor)
		return "has an anchor (&); leave it out, or put the value in quotes";
	return tag ? "has a tag (!); leave it out, or put the value in quotes" : NULL;
}

static int next_event(struct reader *reader, const struct path *path, yaml_event_t *ret_event)
{
	const char *refused;

	if (!yaml_parser_parse(&reader->parser, ret_event))
		return complain_syntax(reader);
	refused = refused_in_event(ret_event);
	return refused ? complain(reader, line_of(ret_event), path, refused) : 0;
}

/* `key: ~` and `key: null` say what `key:` says. */
static struct slice text_of(const yaml_event_t *event)
{
	struct slice text = { (const char *)event->data.scalar.value, event->data.scalar.length };
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (plain && (slice_eq(text, SLICE("~")) || slice_eq(text, SLICE("null"))))
		return SLICE("");
	return text;
}

static int read_node(struct reader *reader, const yaml_event_t *event, const struct path *path, size_t depth,
		     struct node **ret);

static int read_scalar(struct reader *reader, const yaml_event_t *event, const struct path *path, struct node *node)
{
	struct slice text = text_of(event);

	if (memchr(text.ptr, '\0', text.len))
		return complain(reader, line_of(event), path, "holds a zero byte; write it without");
	node->text = arena_copy(&reader->document->arena, text);
	return node->text ? 0 : -ENOMEM;
}

static int read_key(struct reader *reader, const yaml_event_t *event, const struct path *path, const char **ret)
{
	struct slice key;

	if (event->type != YAML_SCALAR_EVENT)
		return complain(reader, line_of(event), path, "has a key that is no name; write 'key: value'");
	key = (struct slice){ (const char *)event->data.scalar.value, event->data.scalar.length };
	if (key.len == 0 || key.len > KEY_BYTES_MAX || !value_is_printable(key.ptr, key.len))
		return complain(reader, line_of(event), path,
				"has a key that is no name; write 1 to 256 bytes without control characters");
	*ret = arena_copy(&reader->document->arena, key);
	return *ret ? 0 : -ENOMEM;
}

static int by_key_and_line(const void *a, const void *b)
{
	const struct node *one = *(struct node *const *)a, *other = *(struct node *const *)b;
	int order = strcmp(one->key, other->key);

	if (order != 0)
		return order;
	return one->line < other->line ? -1 : one->line > other->line;
}

static int room_to_sort(struct reader *reader, size_t count)
{
	struct node **grown;

	if (count <= reader->sorted_size)
		return 0;
	grown = reallocarray(reader->sorted, count, sizeof(struct node *));
	if (!grown)
		return -ENOMEM;
	reader->sorted = grown;
	reader->sorted_size = count;
	return 0;
}

/* The first key that stands twice, by sorting: comparing each with each would cost the square. */
static int refuse_doubles(struct reader *reader, const struct node *mapping, size_t count, const struct path *path)
{
	char problem[96];
	size_t i = 0;

	if (count < 2)
		return 0;
	if (room_to_sort(reader, count) < 0)
		return -ENOMEM;
	for (struct node *child = mapping->first; child; child = child->next)
		reader->sorted[i++] = child;
	qsort(reader->sorted, count, sizeof(struct node *), by_key_and_line);
	for (i = 1; i < count; i++) {
		const struct node *before = reader->sorted[i - 1], *node = reader->sorted[i];
		const struct path at = { path, node->key };

		if (strcmp(before->key, node->key) != 0)
			continue;
		(void)snprintf(problem, sizeof(problem), "stands on line %zu already; remove one of them",
			       before->line);
		return complain(reader, node->line, &at, problem);
	}
	return 0;
}

static int read_pair(struct reader *reader, const yaml_event_t *key_event, const struct path *path, size_t depth,
		     struct node *mapping)
{
	cleanup(yaml_event_delete) yaml_event_t event = { 0 };
	const char *key;
	struct node *child;
	int err = read_key(reader, key_event, path, &key);

	if (err == 0) {
		const struct path at = { path, key };

		err = next_event(reader, &at, &event);
		if (err == 0)
			err = read_node(reader, &event, &at, depth, &child);
	}
	if (err < 0)
		return err;
	child->key = key;
	child->line = line_of(key_event);
	append_child(mapping, child);
	return 0;
}

static int read_mapping(struct reader *reader, const struct path *path, size_t depth, struct node *mapping)
{
	for (size_t count = 0;; count++) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		int err = next_event(reader, path, &event);

		if (err == 0 && event.type == YAML_MAPPING_END_EVENT)
			return refuse_doubles(reader, mapping, count, path);
		if (err == 0)
			err = read_pair(reader, &event, path, depth, mapping);
		if (err < 0)
			return err;
	}
}

static int read_list(struct reader *reader, const struct path *path, size_t depth, struct node *list)
{
	for (size_t index = 0;; index++) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		char name[24];
		const struct path at = { path, name };
		struct node *child;
		int err;

		(void)snprintf(name, sizeof(name), "[%zu]", index);
		err = next_event(reader, &at, &event);
		if (err == 0 && event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (err == 0)
			err = read_node(reader, &event, &at, depth, &child);
		if (err < 0)
			return err;
		append_child(list, child);
	}
}

static enum node_kind kind_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return NODE_SCALAR;
	case YAML_MAPPING_START_EVENT:
		return NODE_MAPPING;
	case YAML_SEQUENCE_START_EVENT:
		return NODE_LIST;
	default:
		return NODE_UNKNOWN;
	}
}

static size_t nodes_max(const struct document *document)
{
	return document->trusted ? DOCUMENT_TRUSTED_NODES_MAX : DOCUMENT_NODES_MAX;
}

/* The value that begins with `event`. */
static int read_node(struct reader *reader, const yaml_event_t *event, const struct path *path, size_t depth,
		     struct node **ret)
{
	enum node_kind kind = kind_of(event);
	struct node *node;

	if (kind == NODE_UNKNOWN)
		return complain(reader, line_of(event), path, "is no value; write 'key: value'");
	if (depth >= DOCUMENT_DEPTH_MAX)
		return complain(reader, line_of(event), path, "is too deep; no setting has so many levels");
	if (reader->document->nodes >= nodes_max(reader->document))
		return complain(reader, line_of(event), path, "is too much; write at most 65536 values");
	node = add_node(reader->document, kind);
	if (!node)
		return -ENOMEM;
	node->source = SOURCE_FILE;
	node->line = line_of(event);
	*ret = node;
	if (kind == NODE_SCALAR)
		return read_scalar(reader, event, path, node);
	if (kind == NODE_MAPPING)
		return read_mapping(reader, path, depth + 1, node);
	return read_list(reader, path, depth + 1, node);
}

static int read_root(struct reader *reader, const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT && text_of(event).len == 0)
		return 0;
	if (event->type != YAML_MAPPING_START_EVENT)
		return complain(reader, line_of(event), NULL, "holds no settings; write one 'key: value' a line");
	return read_node(reader, event, NULL, 0, &reader->document->root);
}

/* The root of the first document, and nothing after it. */
static int read_stream(struct reader *reader)
{
	for (bool root_seen = false;;) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		int err = next_event(reader, NULL, &event);

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
				return complain(reader, line_of(&event), NULL,
						"a second document begins; write all settings in one");
			continue;
		default:
			err = read_root(reader, &event);
		}
		if (err < 0)
			return err;
		root_seen = true;
	}
}

/* libyaml compares each %TAG with all before it: the square of their number. */
static int refuse_directives(const struct reader *reader, struct slice bytes)
{
	const char *end = bytes.ptr + bytes.len;
	size_t line = 1;

	for (const char *at = bytes.ptr; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (*at == '%')
			return complain(reader, line, NULL, "begins with '%'; directives are not taken, leave it out");
		at = newline ? newline + 1 : end;
	}
	return 0;
}

int document_read(struct document *document, const char *name, const void *bytes, size_t len,
		  struct problems *problems)
{
	struct reader reader = { .bytes = { bytes, len }, .document = document, .problems = problems };
	int err;

	document->name = name;
	if (len > (document->trusted ? DOCUMENT_TRUSTED_BYTES_MAX : DOCUMENT_BYTES_MAX))
		return complain(&reader, 0, NULL, "is over 1 MiB; give the file of settings to --config");
	err = refuse_directives(&reader, reader.bytes);
	if (err < 0)
		return err;
	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, bytes, len);
	/* The text says UTF-8 or is refused: other encodings would hide bytes from what looks at them above. */
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	err = read_stream(&reader);
	yaml_parser_delete(&reader.parser);
	free(reader.sorted);
	if (err < 0)
		document->root = NULL;
	return err;
}

/* ---- laying over ---------------------------------------------------------------------------------- */

/* The next key of `*path`, which moves behind it and its dot; null: none, or out of memory (-> *ret_err). */
static char *take_key(struct document *document, const char **path, int *ret_err)
{
	bool quoted = **path == '"';
	const char *start = *path + quoted;
	size_t len = strcspn(start, quoted ? "\"" : ".");
	const char *end = start + len + quoted;
	char *key;

	*ret_err = -EINVAL;
	if (len == 0 || len > KEY_BYTES_MAX || !value_is_printable(start, len) || (quoted && start[len] != '"'))
		return NULL;
	if (*end != '\0' && (*end != '.' || end[1] == '\0'))
		return NULL;
	*path = end + (*end == '.');
	*ret_err = -ENOMEM;
	key = arena_copy(&document->arena, (struct slice){ start, len });
	return key;
}

/* Puts a node in the place of the child `old` of `parent`, or at its end. */
static void put_child(struct node *parent, struct node *old, struct node *child)
{
	child->weaker = old;
	if (!old) {
		append_child(parent, child);
		return;
	}
	child->next = old->next;
	if (parent->last == old)
		parent->last = child;
	for (struct node **link = &parent->first; *link; link = &(*link)->next) {
		if (*link == old) {
			*link = child;
			break;
		}
	}
	old->next = NULL;
}

/* The child of this key and kind, made if it is not there or of another kind. Null: out of memory. */
static struct node *lay_child(struct document *document, struct node *parent, const char *key, enum node_kind kind,
			      const struct node *like)
{
	struct node *old = (struct node *)node_find(parent, key);
	struct node *child;

	if (old && kind == NODE_MAPPING && old->kind == NODE_MAPPING)
		return old;
	child = add_node(document, kind);
	if (!child)
		return NULL;
	child->key = key;
	child->text = kind == NODE_SCALAR ? like->text : NULL;
	child->source = like->source;
	child->where = like->where;
	put_child(parent, old, child);
	return child;
}

int document_set(struct document *document, const char *path, const char *text, enum source source,
		 const char *where, struct problems *problems)
{
	const struct node like = { .text = text, .source = source, .where = where };
	struct node *at;

	if (!document->root)
		document->root = add_node(document, NODE_MAPPING);
	at = document->root;
	for (size_t depth = 0; at && (*path || depth == 0); depth++) {
		int err;
		const char *key = take_key(document, &path, &err);

		if (!key && err == -ENOMEM)
			return err;
		if (!key || depth >= PATH_PARTS_MAX) {
			problem_at(problems, &like, NULL,
				   "is no path; write SECTION.KEY=VALUE, and keys with dots in double quotes");
			return -EINVAL;
		}
		at = lay_child(document, at, key, *path ? NODE_MAPPING : NODE_SCALAR, &like);
	}
	return at ? 0 : -ENOMEM;
}
