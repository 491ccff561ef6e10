/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule: a table of keys, each with its kind of value and the kinds of rule
 * that it says something for.
 */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "detect/pack_read.h"

#define ABOUT_BYTES 160
#define ARGS_BYTES 1024
#define TAXONOMY_BYTES 255	/* ids of one taxonomy, joined */
#define POINTS_MAX 1000
#define DIGITS_MIN 4
#define DIGITS_MAX 64

enum key_type {
	KEY_TEXT,	/* of at most `max` bytes */
	KEY_NUMBER,	/* from `min` to `max` */
	KEY_BOOL,
	KEY_OTHER,	/* `read` knows */
};

struct rule_key {
	const char *name;
	unsigned int kinds;	/* KIND bits; 0: every rule */
	enum key_type type;
	size_t offset;		/* in struct pack_draft */
	uint32_t min, max;
	int (*read)(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft);
};

#define KIND(kind) (1u << (kind))
#define WORDS (KIND(RULE_SEQUENCE) | KIND(RULE_NEAR))
#define BYTES KIND(RULE_EXPRESSION)
#define CHECKED (BYTES | KIND(RULE_DIGITS))

/* ---- keys with values of their own ---- */

static int read_id(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	char quoted[PACK_QUOTE_BYTES];
	const char *id;
	int err = pack_text(reader, node, RULE_ID_BYTES - 1, &id);

	if (err < 0)
		return err;
	if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_.") != node->text.len || strstr(id, "..") ||
	    !strchr(id, '.') || id[0] == '.' || id[node->text.len - 1] == '.')
		return pack_fail(reader, node->line, "'%s' is no id; write pack.name with a-z, 0-9, '_' and '.'",
				 pack_quote(quoted, node->text));
	draft->rule.id = id;
	draft->id_line = node->line;
	reader->rule = id;
	return 0;
}

static int read_family(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	int i = 0, first = FAMILY_UNKNOWN + 1;
	int err = pack_word(reader, node, "family", &families[first].name, (size_t)(FAMILY_MAX - first),
			    sizeof(families[0]), &i);

	draft->rule.family = (enum family)(first + i);
	return err;
}

static int read_severity(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	int i = 0;
	int err = pack_word(reader, node, "severity", severity_names, SEVERITY_MAX, sizeof(severity_names[0]), &i);

	draft->rule.severity = (enum severity)i;
	return err;
}

static int read_risk(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	int i = 0;
	int err = pack_word(reader, node, "risk", risk_names, RISK_MAX, sizeof(risk_names[0]), &i);

	draft->rule.risk = (enum risk)i;
	return err;
}

static int read_where(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	int err = pack_list(reader, node);

	for (const struct pack_node *item = node->first; item && err == 0; item = item->next) {
		int i = 0;

		/* The first name is that of no place. */
		err = pack_word(reader, item, "place", text_where_names + 1, WHERE_MAX - 1,
				sizeof(text_where_names[0]), &i);
		draft->rule.where |= where_bits((enum text_where)(i + 1));
	}
	return err;
}

/* "LLM01" and "AML.T0051.000": '0' stands for any digit. */
static bool has_form(struct slice id, const char *form)
{
	size_t i = 0;

	for (; i < id.len && form[i] != '\0'; i++) {
		bool is_digit = id.ptr[i] >= '0' && id.ptr[i] <= '9';

		if (form[i] == '0' ? !is_digit : id.ptr[i] != form[i])
			return false;
	}
	return i == id.len && form[i] == '\0';
}

static int read_ids(struct pack_reader *reader, const struct pack_node *node, const char *form, const char *longer,
		    const char **ret)
{
	char joined[TAXONOMY_BYTES + 1], quoted[PACK_QUOTE_BYTES];
	size_t len = 0;
	int err = pack_list(reader, node);

	if (err < 0)
		return err;
	for (const struct pack_node *item = node->first; item; item = item->next) {
		if (item->type != PACK_SCALAR || (!has_form(item->text, form) && !has_form(item->text, longer)))
			return pack_fail(reader, item->line, "'%s' is no id of %s; write one such as %s",
					 pack_quote(quoted, item->text), node->key.ptr, form);
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", len > 0 ? "," : "", item->text.ptr);
		if (len >= sizeof(joined))
			return pack_fail(reader, item->line, "%s holds too many ids; write the nearest ones",
					 node->key.ptr);
	}
	*ret = arena_copy(reader->arena, (struct slice){ joined, len });
	return *ret ? 0 : -ENOMEM;
}

static int read_owasp(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	return read_ids(reader, node, "LLM00", "LLM00", &draft->rule.owasp);
}

static int read_atlas(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	return read_ids(reader, node, "AML.T0000", "AML.T0000.000", &draft->rule.atlas);
}

static int read_flags(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	const char *flags;
	int err = pack_text(reader, node, 8, &flags);

	if (err < 0)
		return err;
	if (strspn(flags, "is") != node->text.len)
		return pack_fail(reader, node->line, "flags are 'i', 's' or both; the rest says Hyperscan's (?...)");
	draft->rule.caseless = strchr(flags, 'i') != NULL;
	draft->rule.dotall = strchr(flags, 's') != NULL;
	return 0;
}

static int read_text(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	static const char *const texts[] = { "original", "folded" };
	int i = 0;
	int err = pack_word(reader, node, "text to look at", texts, ARRAY_SIZE(texts), sizeof(texts[0]), &i);

	draft->rule.folded = i == 1;
	return err;
}

static int read_need(struct pack_reader *reader, const struct pack_node *node, struct pack_need *ret)
{
	int err = pack_list(reader, node);

	if (err < 0)
		return err;
	ret->phrases = arena_alloc(reader->arena, node->count, sizeof(*ret->phrases));
	if (!ret->phrases)
		return -ENOMEM;
	for (const struct pack_node *item = node->first; item && err == 0; item = item->next)
		err = pack_text(reader, item, PACK_PHRASE_BYTES, &ret->phrases[ret->count++]);
	return err;
}

/* A list of phrases, or a list of such lists. */
static int read_needs(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	bool several = node->type == PACK_LIST && node->first && node->first->type == PACK_LIST;
	struct pack_rule *rule = &draft->rule;
	struct pack_need *needs = arena_alloc(reader->arena, PACK_NEEDS_MAX, sizeof(*needs));
	int err = 0;

	if (!needs)
		return -ENOMEM;
	rule->needs = needs;
	if (!several)
		return read_need(reader, node, &needs[rule->needs_count++]);
	if (node->count > PACK_NEEDS_MAX)
		return pack_fail(reader, node->line, "an expression needs %zu lists of phrases; write at most %d", node->count,
				 PACK_NEEDS_MAX);
	for (const struct pack_node *item = node->first; item && err == 0; item = item->next)
		err = read_need(reader, item, &needs[rule->needs_count++]);
	return err;
}

static int read_examples(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	return pack_read_examples(reader, node, &draft->rule);
}

static enum rule_kind kind_of(struct slice key)
{
	enum rule_kind kind = RULE_SEQUENCE;

	while (kind < RULE_KIND_MAX && !slice_eq(key, slice_of(rule_kind_names[kind])))
		kind++;
	return kind;
}

static int read_body(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft)
{
	struct pack_rule *rule = &draft->rule;
	uint32_t points = 0;
	int err;

	if (draft->has_body)
		return pack_fail(reader, node->key_line, "has '%s' and '%s'; keep one, or make two rules of it",
				 rule_kind_names[rule->kind], node->key.ptr);
	draft->has_body = true;
	rule->kind = kind_of(node->key);
	rule->body_line = node->line;
	if (rule->kind == RULE_DIGITS || rule->kind == RULE_SCORE)
		rule->body = "";
	if (rule->kind == RULE_DIGITS)
		return pack_number(reader, node, DIGITS_MIN, DIGITS_MAX, &rule->digits);
	if (rule->kind != RULE_SCORE)
		return pack_text(reader, node, PACK_BODY_BYTES, &rule->body);
	err = pack_number(reader, node, 1, POINTS_MAX, &points);
	rule->score = (int)points;
	return err;
}

/* ---- the table ---- */

#define AT(member) offsetof(struct pack_draft, member)
#define OTHER(function) .type = KEY_OTHER, .read = (function)

static const struct rule_key keys[] = {
	{ "id", OTHER(read_id) },
	{ "version", 0, KEY_NUMBER, AT(rule.version), 1, 999999, NULL },
	{ "family", OTHER(read_family) },
	{ "severity", OTHER(read_severity) },
	{ "about", 0, KEY_TEXT, AT(rule.about), 0, ABOUT_BYTES, NULL },
	{ "where", OTHER(read_where) },
	{ "weight", 0, KEY_NUMBER, AT(rule.weight), 0, POINTS_MAX, NULL },
	{ "risk", OTHER(read_risk) },
	{ "owasp", OTHER(read_owasp) },
	{ "atlas", OTHER(read_atlas) },
	{ "disabled", 0, KEY_BOOL, AT(disabled), 0, 0, NULL },
	{ "examples", OTHER(read_examples) },
	{ "sequence", OTHER(read_body) },
	{ "near", OTHER(read_body) },
	{ "expression", OTHER(read_body) },
	{ "digits", OTHER(read_body) },
	{ "combine", OTHER(read_body) },
	{ "score", OTHER(read_body) },
	{ "signal", OTHER(read_body) },
	{ "across", WORDS, KEY_BOOL, AT(rule.across), 0, 0, NULL },
	{ "unless", WORDS, KEY_TEXT, AT(rule.unless), 0, PACK_BODY_BYTES, NULL },
	{ "unless_within", WORDS, KEY_NUMBER, AT(rule.unless_within), 0, PACK_WORDS_MAX, NULL },
	{ "within", KIND(RULE_NEAR) | KIND(RULE_COMBINE) | KIND(RULE_SCORE), KEY_NUMBER, AT(rule.within), 1,
	  PACK_WITHIN_BYTES_MAX, NULL },
	{ "family_max", KIND(RULE_SCORE), KEY_NUMBER, AT(rule.family_max), 1, POINTS_MAX, NULL },
	{ "text", BYTES, OTHER(read_text) },
	{ "flags", BYTES, OTHER(read_flags) },
	{ "literal", BYTES, KEY_BOOL, AT(rule.literal), 0, 0, NULL },
	{ "needs", BYTES, OTHER(read_needs) },
	{ "check", CHECKED, KEY_TEXT, AT(rule.check), 0, RULE_ID_BYTES, NULL },
	{ "check_args", CHECKED, KEY_TEXT, AT(rule.check_args), 0, ARGS_BYTES, NULL },
};

_Static_assert(ARRAY_SIZE(keys) == PACK_RULE_KEYS, "struct pack_seen has a place for each key");

const struct pack_node *pack_rule_key(const struct pack_seen *seen, const char *name)
{
	size_t i = 0;

	while (strcmp(keys[i].name, name) != 0)
		i++;
	return seen->node[i];
}

static int read_key(struct pack_reader *reader, const struct pack_node *node, const struct rule_key *key,
		    struct pack_draft *draft)
{
	char *member = (char *)draft + key->offset;

	switch (key->type) {
	case KEY_TEXT:
		return pack_text(reader, node, key->max, (const char **)member);
	case KEY_NUMBER:
		return pack_number(reader, node, key->min, key->max, (uint32_t *)member);
	case KEY_BOOL:
		return pack_bool(reader, node, (bool *)member);
	case KEY_OTHER:
		break;
	}
	return key->read(reader, node, draft);
}

/* The id first: messages about all other keys name it. */
static int read_keys(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *draft,
		     struct pack_seen *seen)
{
	const struct pack_node *member;
	int err = 0;
	size_t i;

	for (member = node->first; member && err == 0; member = member->next)
		if (slice_eq(member->key, SLICE("id")) && !reader->rule)
			err = read_id(reader, member, draft);
	if (err == 0 && !reader->rule)
		err = pack_fail(reader, node->line, "a rule has no id; write id: %s.NAME", reader->pack);
	for (member = node->first; member && err == 0; member = member->next) {
		err = pack_key(reader, member, &keys[0].name, ARRAY_SIZE(keys), sizeof(keys[0]), &i);
		if (err == 0 && seen->node[i])
			err = pack_fail(reader, member->key_line, "'%s' stands on line %u already; remove one of them",
					keys[i].name, seen->node[i]->key_line);
		if (err < 0)
			break;
		seen->node[i] = member;
		err = read_key(reader, member, &keys[i], draft);
	}
	return err;
}

static int check_kinds(struct pack_reader *reader, const struct pack_seen *seen, const struct pack_draft *draft)
{
	if (!draft->has_body)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (seen->node[i] && keys[i].kinds && !(keys[i].kinds & KIND(draft->rule.kind)))
			return pack_fail(reader, seen->node[i]->key_line, "'%s' says nothing for '%s'; leave it out",
					 keys[i].name, rule_kind_names[draft->rule.kind]);
	return 0;
}

static unsigned int line_or_zero(const struct pack_node *node)
{
	return node ? node->line : 0;
}

int pack_read_rule(struct pack_reader *reader, const struct pack_node *node, struct pack_draft *ret)
{
	struct pack_seen seen = { 0 };
	int err;

	*ret = (struct pack_draft){ .rule = { .pack = reader->pack, .file = reader->file, .line = node->line } };
	reader->rule = NULL;
	if (node->type != PACK_MAP)
		return pack_fail(reader, node->line, "is no rule; write '- id: %s.NAME' and its keys", reader->pack);
	err = read_keys(reader, node, ret, &seen);
	ret->rule.unless_line = line_or_zero(pack_rule_key(&seen, "unless"));
	ret->rule.check_line = line_or_zero(pack_rule_key(&seen, "check"));
	/* Of a rule that is switched off no more than its id need be said. */
	if (err < 0 || (ret->disabled && !ret->has_body))
		return err;
	err = check_kinds(reader, &seen, ret);
	return err < 0 ? err : pack_finish_rule(reader, &seen, ret);
}
