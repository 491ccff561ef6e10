/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled schema: a tree that the reader walks while it descends into a
 * document. Nodes are numbers; JSON_NODE_NONE wants nothing and has no
 * children, so that the reader needs no test for "not on any path".
 */
#ifndef PROMTAP_JSON_SCHEMA_H
#define PROMTAP_JSON_SCHEMA_H

#include <stdint.h>

#include "base/buffer.h"
#include "json/json.h"

#define JSON_KEY_BYTES_MAX 256	/* longer keys match nothing but "**" */
#define JSON_NODE_NONE 0u
#define JSON_NODE_ROOT 1u

struct json_edge {
	uint32_t text;	/* offset of the key in `texts` */
	uint16_t len;
	uint16_t node;
};

struct json_node {
	uint32_t ids, ids_count;	/* of the paths that end here, in `ids` */
	uint32_t edges, edges_count;	/* children by key, in `edges` */
	uint16_t wildcard;		/* child for every other key */
	uint16_t deep;			/* child for keys of any length: where "**" goes on */
	uint16_t element;		/* child for the elements of an array */
	uint16_t arrays;		/* "[]" in the paths that lead here: the same in all of them */
};

struct json_schema {
	struct buffer nodes;	/* struct json_node */
	struct buffer edges;	/* struct json_edge */
	struct buffer ids;	/* unsigned */
	struct buffer texts;
};

static inline const struct json_node *json_schema_node(const struct json_schema *schema, unsigned node)
{
	return (const struct json_node *)schema->nodes.data + node;
}

/* The child of `node` for a key, or JSON_NODE_NONE. */
unsigned json_schema_child(const struct json_schema *schema, const struct json_node *node, struct slice key);

#endif
