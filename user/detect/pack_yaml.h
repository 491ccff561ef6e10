/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as a tree of nodes with their lines: mappings, lists, scalars. No
 * anchors, aliases, tags or second documents; depth and number of nodes are
 * bounded, so that a file costs no more than its bytes.
 */
#ifndef PROMTAP_DETECT_PACK_YAML_H
#define PROMTAP_DETECT_PACK_YAML_H

#include "base/arena.h"
#include "detect/pack.h"

#define PACK_DEPTH_MAX 8
#define PACK_NODES_MAX (256u * 1024)

enum pack_node_type {
	PACK_SCALAR = 0,
	PACK_LIST,
	PACK_MAP,
};

struct pack_node {
	enum pack_node_type type;
	unsigned int line;
	struct slice key;		/* in a mapping; a zero byte behind it, none within */
	unsigned int key_line;
	struct slice text;		/* of a scalar; a zero byte behind it, others may be within */
	bool quoted;			/* "true" and "7" in quotes are texts */
	size_t count;			/* of what a list or a mapping holds */
	struct pack_node *first, *next;	/* children; siblings, in the order of the file */
};

/* 0; -EINVAL: `ret_error` says "FILE:LINE: problem; cure"; -ENOMEM. The tree lives in `arena`. */
int pack_yaml_read(struct arena *arena, const char *file, struct slice yaml, const struct pack_node **ret,
		   char ret_error[PACK_ERROR_BYTES]);

#endif
