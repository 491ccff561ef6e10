/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration as a tree of nodes that know where they come from: the YAML
 * file first, then values of the environment and of flags laid over it. Of YAML
 * only mappings, lists and scalars are taken: no anchors, aliases, tags,
 * directives or second documents. Bytes, depth and nodes are bounded; reading
 * costs no more than n log n of the bytes.
 */
#ifndef PROMTAP_CONFIG_DOCUMENT_H
#define PROMTAP_CONFIG_DOCUMENT_H

#include <stdio.h>

#include "base/arena.h"
#include "config/schema.h"

#define DOCUMENT_BYTES_MAX (1u << 20)
#define DOCUMENT_DEPTH_MAX 12
#define DOCUMENT_NODES_MAX 65536u
#define DOCUMENT_TRUSTED_BYTES_MAX (8u << 20)
#define DOCUMENT_TRUSTED_NODES_MAX (1u << 20)
#define DOCUMENT_PATH_BYTES 512
#define PROBLEMS_MAX 100	/* that are printed; more are counted */

enum node_kind {
	NODE_UNKNOWN = 0,
	NODE_SCALAR,
	NODE_MAPPING,
	NODE_LIST,
	NODE_KIND_MAX
};

struct node {
	enum node_kind kind;
	enum source source;
	const char *key;		/* in a mapping, else null; printable UTF-8 */
	const char *text;		/* of a scalar; "" where there is nothing, ~ or null */
	size_t line;			/* of the key, of what has none its own; 0: not of the file */
	const char *where;		/* not of the file: how the user wrote it, "--listen", "PROMTAP_LISTEN" */
	struct node *first, *last;	/* of a mapping or a list */
	struct node *next;
	struct node *weaker;		/* what this one stands in place of; it must be right all the same */
};

/* Zero-initialised it is empty and ready. */
struct document {
	struct arena arena;
	const char *name;	/* of the file; null: none was read */
	struct node *root;	/* a mapping; null: nothing in it */
	size_t nodes;
	bool trusted;		/* written by sections_pack(): the larger bounds hold */
};

/* What is wrong, a line each. */
struct problems {
	FILE *out;		/* null: they are counted alone */
	const char *program;	/* before "--flag" and "PROMTAP_VARIABLE" */
	const char *file;
	size_t count;
};

/* Where in a configuration something stands, from the inside out. */
struct path {
	const struct path *parent;	/* null: at the top */
	const char *name;
};

/* "alerts.models.\"gpt-4.1\".drift"; cut where it is too long. */
void path_print(const struct path *path, char ret_text[DOCUMENT_PATH_BYTES]);

/* One line "FILE:LINE: PATH: ..." or "promtap: --flag: ...". `node` may be null: of the whole; `path` too. */
void problem_at(struct problems *problems, const struct node *node, const struct path *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with "warning: ", and nothing is wrong. */
void warning_at(struct problems *problems, const struct node *node, const struct path *path, const char *text);
/* The line that says how many were not printed; only if there are such. */
void problems_end(struct problems *problems);

/* Into an empty document; `name` must outlive it. 0; -EINVAL: problems were said; -ENOMEM. */
int document_read(struct document *document, const char *name, const void *bytes, size_t len,
		  struct problems *problems);
void document_done(struct document *document);

/* Lays a value over what stands at a path: "alerts.drift.threshold", keys with dots in double quotes. `where` and
 * `text` must outlive the document. 0; -EINVAL: no path, said; -ENOMEM. */
int document_set(struct document *document, const char *path, const char *text, enum source source,
		 const char *where, struct problems *problems);

/* Null: not there, or `node` is null or no mapping. */
const struct node *node_find(const struct node *node, const char *key);

#endif
