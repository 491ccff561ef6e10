/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the reading of packs (pack*.c): nodes in, checked values out. */
#ifndef PROMTAP_DETECT_PACK_READ_H
#define PROMTAP_DETECT_PACK_READ_H

#include "detect/pack_yaml.h"

struct pack_reader {
	struct arena *arena;	/* of the set */
	const char *file;	/* in it */
	const char *pack;	/* its name; null: not read yet */
	const char *rule;	/* id of the rule that is read; null: none */
	bool override;
	char *error;		/* PACK_ERROR_BYTES */
};

/* -EINVAL, with "FILE:LINE: rule ID: " in front. */
int pack_fail(struct pack_reader *reader, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A word of the file as it can stand in a message. */
#define PACK_QUOTE_BYTES 48
const char *pack_quote(char ret[PACK_QUOTE_BYTES], struct slice text);

/* A key that a mapping may have; `names` as for nearest_name(). */
int pack_key(struct pack_reader *reader, const struct pack_node *node, const char *const *names, size_t count,
	     size_t stride, size_t *ret);

/* Values. Each refuses what is not of its kind with a message that names node->key. */
int pack_text(struct pack_reader *reader, const struct pack_node *node, size_t max_bytes, const char **ret);
int pack_number(struct pack_reader *reader, const struct pack_node *node, uint32_t min, uint32_t max, uint32_t *ret);
int pack_bool(struct pack_reader *reader, const struct pack_node *node, bool *ret);
/* One of a table of names, as its number. */
int pack_word(struct pack_reader *reader, const struct pack_node *node, const char *what, const char *const *names,
	      size_t count, size_t stride, int *ret);
/* A list that holds something. */
int pack_list(struct pack_reader *reader, const struct pack_node *node);

/* ---- parts of a pack ---- */

struct pack_draft {
	struct pack_rule rule;
	bool disabled;
	bool has_body;
	unsigned int id_line;
};

/* Where each key of a rule stands. */
#define PACK_RULE_KEYS 30
struct pack_seen {
	const struct pack_node *node[PACK_RULE_KEYS];
};

/* Null: the rule has no such key. `name` is one of the table in pack_rule.c. */
const struct pack_node *pack_rule_key(const struct pack_seen *seen, const char *name);

/* One rule with its defaults; whether its id may be used is not looked at. */
int pack_read_rule(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *ret);

/* Checks what all keys of a rule say together, and sets the defaults. */
int pack_finish_rule(struct pack_reader *reader, const struct pack_seen *seen, struct pack_draft *draft);

/* `examples: ...` of the rule; places that are not said are WHERE_MAX. */
int pack_read_examples(struct pack_reader *reader, const struct pack_node *node, struct pack_rule *rule);

/* The phrases of one concept: a list, or a mapping with `words`. `ret` is the entry as it is written. */
int pack_read_concept(struct pack_reader *reader, const struct pack_node *node, struct pack_concept *ret);

#endif
