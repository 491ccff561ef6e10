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

#include "base/arena.h"
#include "detect/family.h"

#define PACK_ERROR_BYTES 512
#define PACK_FILE_BYTES_MAX (4u * 1024 * 1024)
#define PACK_RULES_MAX 8192		/* of all packs together */
#define PACK_CONCEPTS_MAX 8192
#define PACK_PHRASES_MAX 131072
#define PACK_PHRASE_BYTES 128
#define PACK_BODY_BYTES 8192
#define PACK_EXAMPLE_BYTES 65536
#define PACK_NEEDS_MAX 4			/* lists of phrases that an expression needs */
#define PACK_WORDS_MAX 64		/* the widest gap, in words */
#define PACK_WITHIN_BYTES_MAX (1u << 20)

enum rule_kind {
	RULE_SEQUENCE = 0,
	RULE_NEAR,
	RULE_EXPRESSION,
	RULE_DIGITS,
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
	const struct pack_example *before;	/* texts of the same call that come first */
	size_t before_count;
};

struct pack_need {
	const char **phrases;
	size_t count;
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
	unsigned int unless_line;
	bool across;
	bool folded, caseless, dotall, literal;	/* RULE_EXPRESSION */
	const struct pack_need *needs;	/* every match holds one phrase of each */
	size_t needs_count;		/* 0: nothing is known of that */
	uint32_t digits;		/* RULE_DIGITS: at least so many */
	const char *check, *check_args;	/* null: none */
	unsigned int check_line;
	const struct pack_example *match, *clean;
	size_t match_count, clean_count;
};

/* Where it counts. */
static inline unsigned int rule_places(const struct pack_rule *rule)
{
	return rule->where & families[rule->family].where;
}

struct pack_concept {
	const char *name;
	bool common;
	bool defined;			/* false: only "+name" has come yet; pack_set_check() refuses that */
	const char **phrases;		/* as written */
	size_t phrase_count;
	const char *file;
	unsigned int line;
};

struct pack_set {
	struct pack_rule *rules;	/* in the order of reading; disabled ones left out, replaced ones replaced in place */
	size_t rule_count;
	struct pack_concept *concepts;	/* in the order in which they were named first */
	size_t concept_count;
	size_t phrase_count;		/* of all concepts */
	const char **disabled;		/* ids: combinations may name them still, they never match */
	size_t disabled_count;
	struct arena arena;		/* owner of all text */
};

/* Adds one pack. `override`: a file of the user's, whose rules may replace
 * those of the same id, also of other packs. 0; -EINVAL: `ret_error` says
 * "FILE:LINE: problem; cure" and the set is as before; -ENOMEM, as before too. */
int pack_set_add(struct pack_set *set, const char *file, struct slice yaml, bool override,
		 char ret_error[PACK_ERROR_BYTES]);
/* What can only be checked when all are there: ids that combinations name,
 * concepts that others extend. Same errors. */
int pack_set_check(const struct pack_set *set, char ret_error[PACK_ERROR_BYTES]);
void pack_set_done(struct pack_set *set);

/* Null: there is none. */
const struct pack_rule *pack_set_rule(const struct pack_set *set, struct slice id);
/* True: it was switched off, and is no mistake where a combination names it. */
bool pack_set_is_disabled(const struct pack_set *set, struct slice id);

/* The packs that are part of the program, user/detect/rules/, by name. Made by the Makefile. */
struct pack_source {
	const char *file;	/* "override.yaml" */
	struct slice yaml;
};
extern const struct pack_source pack_builtin[];
extern const size_t pack_builtin_count;

#endif
