/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls events from libyaml and hangs them into a tree. The first event of a
 * kind that a pack cannot hold ends the reading, so that what aliases or
 * nesting could blow up is never followed.
 */
#include "detect/pack_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"

/* A list or mapping whose end has not come yet. */
struct level {
	struct pack_node *node;
	struct pack_node **tail;	/* where its next child goes */
	struct slice key;		/* of the next child; null: none has come */
	unsigned int key_line;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct slice yaml;
	char *error;
	struct level levels[PACK_DEPTH_MAX];
	size_t depth;
	size_t nodes;
	struct pack_node *root;
};

static int complain(const struct reader *reader, size_t line, const char *problem)
{
	(void)snprintf(reader->error, PACK_ERROR_BYTES, "%.200s:%zu: %s", reader->file, line, problem);
	return -EINVAL;
}

static size_t line_of_byte(struct slice text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return line;
}

/* libyaml counts lines from 0, and says the place of a fault in the input by
 * problem_mark, of a wrong byte by an offset only. */
static int complain_syntax(const struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	bool is_byte = parser->error == YAML_READER_ERROR;
	size_t line = is_byte ? line_of_byte(reader->yaml, parser->problem_offset) : parser->problem_mark.line + 1;
	char problem[240];

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	(void)snprintf(problem, sizeof(problem), "is not YAML: %.150s; %s",
		       parser->problem ? parser->problem : "malformed",
		       is_byte ? "save the file as UTF-8" : "see docs/rules.md for the form of a pack");
	return complain(reader, line, problem);
}

static unsigned int line_of(const yaml_event_t *event)
{
	return (unsigned int)event->start_mark.line + 1;
}

/* A key is kept until its value comes. */
static int take_key(struct reader *reader, struct level *level, const yaml_event_t *event)
{
	struct slice text = { (const char *)event->data.scalar.value, event->data.scalar.length };

	if (event->type != YAML_SCALAR_EVENT || text.len == 0 || memchr(text.ptr, '\0', text.len))
		return complain(reader, line_of(event), "is no key; write 'key: value'");
	level->key.ptr = arena_copy(reader->arena, text);
	level->key.len = text.len;
	level->key_line = line_of(event);
	return level->key.ptr ? 0 : -ENOMEM;
}

static struct level *current(struct reader *reader)
{
	return reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
}

/* A new node where the reading stands: the root, an item, or the value of the key that came last. */
static int add_node(struct reader *reader, const yaml_event_t *event, enum pack_node_type type,
		    struct pack_node **ret)
{
	struct level *level = current(reader);
	struct pack_node *node;

	if (++reader->nodes > PACK_NODES_MAX)
		return complain(reader, line_of(event), "holds too many values; make two packs of it");
	node = arena_alloc(reader->arena, 1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->type = type;
	node->line = line_of(event);
	if (level) {
		node->key = level->key;
		node->key_line = level->key_line;
		level->key = (struct slice){ 0 };
		level->node->count++;
		*level->tail = node;
		level->tail = &node->next;
	} else {
		reader->root = node;
	}
	*ret = node;
	return 0;
}

static int add_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct slice text = { (const char *)event->data.scalar.value, event->data.scalar.length };
	struct pack_node *node;
	int err = add_node(reader, event, PACK_SCALAR, &node);

	if (err < 0)
		return err;
	node->text = (struct slice){ arena_copy(reader->arena, text), text.len };
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node->text.ptr ? 0 : -ENOMEM;
}

static int open_node(struct reader *reader, const yaml_event_t *event, enum pack_node_type type)
{
	struct pack_node *node;
	int err;

	if (reader->depth == PACK_DEPTH_MAX)
		return complain(reader, line_of(event), "is nested too deep; see docs/rules.md for the form of a pack");
	err = add_node(reader, event, type, &node);
	if (err == 0)
		reader->levels[reader->depth++] = (struct level){ .node = node, .tail = &node->first };
	return err;
}

static bool has_anchor_or_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return true;
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return false;
	}
}

static int take_event(struct reader *reader, const yaml_event_t *event)
{
	struct level *level = current(reader);

	if (has_anchor_or_tag(event))
		return complain(reader, line_of(event), "has an anchor, alias or tag; write the value itself, in quotes");
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return reader->root ? complain(reader, line_of(event), "a second document begins; use one file a pack") :
				      0;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		return 0;
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		break;
	default:
		return 0;
	}
	if (level && level->node->type == PACK_MAP && !level->key.ptr)
		return take_key(reader, level, event);
	if (event->type == YAML_SCALAR_EVENT)
		return add_scalar(reader, event);
	return open_node(reader, event, event->type == YAML_MAPPING_START_EVENT ? PACK_MAP : PACK_LIST);
}

static int read_events(struct reader *reader)
{
	for (;;) {
		cleanup(yaml_event_delete) yaml_event_t event = { 0 };
		int err;

		if (!yaml_parser_parse(&reader->parser, &event))
			return complain_syntax(reader);
		if (event.type == YAML_STREAM_END_EVENT)
			return 0;
		err = take_event(reader, &event);
		if (err < 0)
			return err;
	}
}

int pack_yaml_read(struct arena *arena, const char *file, struct slice yaml, const struct pack_node **ret,
		   char ret_error[PACK_ERROR_BYTES])
{
	struct reader reader = { .arena = arena, .file = file, .yaml = yaml, .error = ret_error };
	int err;

	if (yaml.len > PACK_FILE_BYTES_MAX)
		return complain(&reader, 1, "is over 4 MiB; make two packs of it");
	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)yaml.ptr, yaml.len);
	err = read_events(&reader);
	yaml_parser_delete(&reader.parser);
	if (err < 0)
		return err;
	if (!reader.root || reader.root->type != PACK_MAP)
		return complain(&reader, reader.root ? reader.root->line : 1,
				"holds no pack; begin with 'pack: NAME', see docs/rules.md");
	*ret = reader.root;
	return 0;
}
