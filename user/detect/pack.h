/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule packs as data: the YAML of docs/rules.md, read and checked for
 * everything that can be said of a pack by itself or of packs together, short
 * of compiling (rules.h). Strings are owned by the set.
 */
#ifndef PROMTAP_DETECT_PACK_H
#define PROMTAP_DETECT_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/family.h"

#define PACK_ERROR_BYTES 512
#define PACK_FILE_BYTES_MAX (4u * 1024 * 1024)
#define PACK_RULES_MAX 4096		/* of all packs together */
#define PACK_CONCEPTS_MAX 2048
#define PACK_PHRASES_MAX 65536

enum rule_kind {
	RULE_SEQUENCE = 0,
	RULE_NEAR,
	RULE_EXPRESSION,
	RULE_COMBINE,
	RULE_SCORE,
	RULE_SIGNAL,
	RULE_KIND_MAX
};
extern const char *const rule_kind_names[RULE_KIND_MAX];

struct pack_example {
	const char *text;
	size_t len;
	enum text_where where;
};

struct pack_rule {
	const char *id, *about;
	const char *pack;		/* its pack's name */
	const char *file;		/* for messages */
	unsigned int line;
	uint32_t version;
	enum family family;
	enum severity severity;
	enum risk risk;
	unsigned int where;		/* WHERE_BITs */
	int weight;
	const char *owasp, *atlas;	/* ids parted by commas */
	enum rule_kind kind;
	const char *body;		/* of that kind: the text of sequence, near, expression, combine, signal */
	unsigned int body_line;
	int score;			/* RULE_SCORE */
	int family_max;
	uint32_t within;		/* words (NEAR) or bytes (COMBINE, SCORE; 0: anywhere) */
	const char *unless;		/* null: none */
	uint32_t unless_within;
	bool across;
	bool folded, caseless, dotall, literal;	/* RULE_EXPRESSION */
	const char *check, *check_args;	/* null: none */
	const struct pack_example *match, *clean;
	size_t match_count, clean_count;
};

struct pack_concept {
	const char *name;
	bool common;
	const char **phrases;		/* as written */
	size_t phrase_count;
	const char *file;
	unsigned int line;
};

struct pack_set {
	struct pack_rule *rules;	/* in the order of reading; disabled ones left out, replaced ones replaced in place */
	size_t rule_count;
	struct pack_concept *concepts;
	size_t concept_count;
	struct pack_strings *strings;	/* owner of all text */
};

/* Adds one pack. `override`: its rules may replace those of the same id (files
 * of the user's). 0; -EINVAL: `ret_error` says "FILE:LINE: problem; cure" and
 * the set is as before; -ENOMEM. */
int pack_set_add(struct pack_set *set, const char *file, struct slice yaml, bool override,
		 char ret_error[PACK_ERROR_BYTES]);
/* What can only be checked when all are there: ids that combinations name. Same errors. */
int pack_set_check(const struct pack_set *set, char ret_error[PACK_ERROR_BYTES]);
void pack_set_done(struct pack_set *set);

/* The packs that are part of the program: one slice a file, by name. */
struct pack_source {
	const char *file;	/* "override.yaml" */
	struct slice yaml;
};
extern const struct pack_source pack_builtin[];
extern const size_t pack_builtin_count;

#endif
