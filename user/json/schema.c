/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths in, a tree out. A key may follow a literal and a "*" at once, so the
 * tree is made deterministic here: below a literal key stand also the rests of
 * the paths that had "*" in that place. Below a "**" the tree leads back into
 * itself: where the rests are those of a node above, it is that node. Paths are
 * the program's own; limits only catch mistakes.
 */
#include "json/schema.h"

#include <assert.h>
#include <errno.h>

#include "base/cleanup.h"

#define PATH_PARTS_MAX 32
#define NODES_MAX 65535u

enum part_kind {
	PART_END = 0,
	PART_KEY,
	PART_WILDCARD,
	PART_ELEMENT,
	PART_DEEP,
	PART_MALFORMED,
};

struct part {
	enum part_kind kind;
	struct slice text;	/* of a key */
	const char *rest;	/* of the path */
};

/* How far one row has come on the way down. */
struct cursor {
	const char *rest;
	unsigned id;
};

/* A node in the making, and those above it. */
struct level {
	const struct level *above;
	const struct cursor *cursors;
	size_t count;
	unsigned node;
	unsigned arrays;
	bool first;	/* the root: keys have no '.' before them */
};

static struct part part_key(const char *path)
{
	struct part part = { .kind = PART_KEY, .text = { path, strcspn(path, ".[") } };

	part.rest = path + part.text.len;
	if (part.text.len == 0 || part.text.len > JSON_KEY_BYTES_MAX)
		part.kind = PART_MALFORMED;
	else if (slice_eq(part.text, SLICE("**")))
		part.kind = PART_DEEP;
	else if (slice_eq(part.text, SLICE("*")))
		part.kind = PART_WILDCARD;
	return part;
}

static struct part part_next(const char *path, bool first)
{
	if (*path == '\0')
		return (struct part){ .kind = first ? PART_MALFORMED : PART_END };
	if (strncmp(path, "[]", 2) == 0)
		return (struct part){ .kind = PART_ELEMENT, .rest = path + 2 };
	if (first)
		return part_key(path);
	if (*path == '.')
		return part_key(path + 1);
	return (struct part){ .kind = PART_MALFORMED };
}

static bool path_valid(const char *path)
{
	struct part part = part_next(path, true);
	unsigned parts = 0, elements = 0, deep = 0;

	for (; part.kind != PART_END; part = part_next(part.rest, false)) {
		elements += part.kind == PART_ELEMENT;
		deep += part.kind == PART_DEEP;
		if (part.kind == PART_MALFORMED || elements > JSON_INDEX_MAX || ++parts > PATH_PARTS_MAX)
			return false;
		if (deep > 1 || (deep == 1 && parts == 1))
			return false;
	}
	return true;
}

static struct json_node *node_at(struct json_schema *schema, unsigned node)
{
	return (struct json_node *)schema->nodes.data + node;
}

static struct json_edge *edge_at(struct json_schema *schema, size_t edge)
{
	return (struct json_edge *)schema->edges.data + edge;
}

static int node_add(struct json_schema *schema, unsigned arrays)
{
	size_t count = schema->nodes.len / sizeof(struct json_node);
	struct json_node node = {
		.ids = (uint32_t)(schema->ids.len / sizeof(unsigned)),
		.edges = (uint32_t)(schema->edges.len / sizeof(struct json_edge)),
		.arrays = (uint16_t)arrays,
	};
	int err = count < NODES_MAX ? buffer_append(&schema->nodes, &node, sizeof(node)) : -E2BIG;

	return err ? err : (int)count;
}

static int id_add(struct json_schema *schema, unsigned node, unsigned id)
{
	int err = buffer_append(&schema->ids, &id, sizeof(id));

	if (!err)
		node_at(schema, node)->ids_count++;
	return err;
}

static const struct json_edge *edge_find(const struct json_schema *schema, const struct json_node *node,
					 struct slice key)
{
	const struct json_edge *edges = (const struct json_edge *)schema->edges.data;

	if (node->edges_count == 0)
		return NULL;
	edges += node->edges;
	for (uint32_t i = 0; i < node->edges_count; i++)
		if (edges[i].len == key.len && memcmp(schema->texts.data + edges[i].text, key.ptr, key.len) == 0)
			return &edges[i];
	return NULL;
}

static int edge_add(struct json_schema *schema, unsigned node, struct slice key)
{
	struct json_edge edge = { .text = (uint32_t)schema->texts.len, .len = (uint16_t)key.len };
	int err;

	if (edge_find(schema, node_at(schema, node), key))
		return 0;
	err = buffer_append(&schema->texts, key.ptr, key.len);
	if (!err)
		err = buffer_append(&schema->edges, &edge, sizeof(edge));
	if (!err)
		node_at(schema, node)->edges_count++;
	return err;
}

/* The ids and the edges of one node stand together, so they are all added
 * before any child is built. */
static int node_fill(struct json_schema *schema, const struct level *level)
{
	int err = 0;

	for (size_t i = 0; i < level->count && !err; i++) {
		struct part part = part_next(level->cursors[i].rest, level->first);

		if (part.kind == PART_END)
			err = id_add(schema, level->node, level->cursors[i].id);
		else if (part.kind == PART_KEY)
			err = edge_add(schema, level->node, part.text);
	}
	return err;
}

/* "**" may stand for nothing: what follows it goes on here, too. */
static void cursor_add(struct cursor *cursors, size_t *count, struct cursor cursor)
{
	struct part part = part_next(cursor.rest, false);

	cursors[(*count)++] = cursor;
	if (part.kind == PART_DEEP)
		cursors[(*count)++] = (struct cursor){ part.rest, cursor.id };
}

/* Where the paths of a node stand one step down: how many they are. */
static size_t step_down(const struct level *level, enum part_kind kind, struct slice key, struct cursor *below)
{
	size_t found = 0;

	for (size_t i = 0; i < level->count; i++) {
		struct part part = part_next(level->cursors[i].rest, level->first);
		bool key_fits = kind == PART_KEY &&
				(part.kind == PART_WILDCARD || (part.kind == PART_KEY && slice_eq(part.text, key)));

		if (part.kind == PART_DEEP)
			cursor_add(below, &found, level->cursors[i]);
		else if (key_fits || (kind != PART_KEY && part.kind == kind))
			cursor_add(below, &found, (struct cursor){ part.rest, level->cursors[i].id });
	}
	return found;
}

static bool same_paths(const struct level *level, const struct cursor *cursors, size_t count)
{
	if (level->first || level->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (level->cursors[i].rest != cursors[i].rest || level->cursors[i].id != cursors[i].id)
			return false;
	return true;
}

static const struct level *find_above(const struct level *level, const struct cursor *cursors, size_t count)
{
	while (level && !same_paths(level, cursors, count))
		level = level->above;
	return level;
}

static int node_build(struct json_schema *schema, struct level *level);

/* Builds the child for `kind` (and, of PART_KEY, for `key`): its number,
 * JSON_NODE_NONE when no path goes that way, or -errno. */
static int child_build(struct json_schema *schema, const struct level *level, enum part_kind kind, struct slice key)
{
	auto_free struct cursor *below = calloc(2 * level->count + 1, sizeof(*below));
	struct level child = { .above = level, .cursors = below, .arrays = level->arrays + (kind == PART_ELEMENT) };
	const struct level *same;

	if (!below)
		return -ENOMEM;
	child.count = step_down(level, kind, key, below);
	if (child.count == 0)
		return JSON_NODE_NONE;
	same = find_above(level, below, child.count);
	return same ? (int)same->node : node_build(schema, &child);
}

static int children_build(struct json_schema *schema, const struct level *level)
{
	uint32_t edges = node_at(schema, level->node)->edges;
	uint32_t edges_count = node_at(schema, level->node)->edges_count;
	int child;

	for (uint32_t i = edges; i < edges + edges_count; i++) {
		struct slice key = { schema->texts.data + edge_at(schema, i)->text, edge_at(schema, i)->len };

		child = child_build(schema, level, PART_KEY, key);
		if (child < 0)
			return child;
		edge_at(schema, i)->node = (uint16_t)child;
	}
	child = child_build(schema, level, PART_WILDCARD, (struct slice){ 0 });
	if (child < 0)
		return child;
	node_at(schema, level->node)->wildcard = (uint16_t)child;
	child = child_build(schema, level, PART_DEEP, (struct slice){ 0 });
	if (child < 0)
		return child;
	node_at(schema, level->node)->deep = (uint16_t)child;
	child = child_build(schema, level, PART_ELEMENT, (struct slice){ 0 });
	if (child < 0)
		return child;
	node_at(schema, level->node)->element = (uint16_t)child;
	/* Below a "**" arrays go on where no path counts them any more. */
	if (child != JSON_NODE_NONE && level->arrays >= JSON_INDEX_MAX)
		node_at(schema, level->node)->arrays = JSON_INDEX_MAX - 1;
	return 0;
}

static int node_build(struct json_schema *schema, struct level *level)
{
	int node = node_add(schema, level->arrays), err;

	if (node < 0)
		return node;
	level->node = (unsigned)node;
	err = node_fill(schema, level);
	if (!err)
		err = children_build(schema, level);
	return err ? err : node;
}

static int schema_build(struct json_schema *schema, const struct json_field *fields, size_t count)
{
	auto_free struct cursor *cursors = calloc(count + 1, sizeof(*cursors));
	struct level root = { .cursors = cursors, .count = count, .first = true };
	int node;

	if (!cursors)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!path_valid(fields[i].path))
			return -EINVAL;
		cursors[i] = (struct cursor){ fields[i].path, fields[i].id };
	}
	node = node_add(schema, 0);
	assert(node < 0 || node == JSON_NODE_NONE);
	if (node >= 0)
		node = node_build(schema, &root);
	assert(node < 0 || node == JSON_NODE_ROOT);
	return node < 0 ? node : 0;
}

struct json_schema *json_schema_new(const struct json_field *fields, size_t count)
{
	struct json_schema *schema = calloc(1, sizeof(*schema));

	if (schema && schema_build(schema, fields, count) < 0) {
		json_schema_free(schema);
		return NULL;
	}
	return schema;
}

void json_schema_free(struct json_schema *schema)
{
	if (!schema)
		return;
	buffer_done(&schema->nodes);
	buffer_done(&schema->edges);
	buffer_done(&schema->ids);
	buffer_done(&schema->texts);
	free(schema);
}

/* A linear search: nodes have few keys, their number is ours, and lengths
 * tell most of them apart. */
unsigned json_schema_child(const struct json_schema *schema, const struct json_node *node, struct slice key)
{
	const struct json_edge *edge = key.len <= JSON_KEY_BYTES_MAX ? edge_find(schema, node, key) : NULL;

	if (edge)
		return edge->node;
	return key.len <= JSON_KEY_BYTES_MAX ? node->wildcard : node->deep;
}
