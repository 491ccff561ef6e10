/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of packs. A pack is read into copies of the set's arrays, which take
 * their place when nothing is left that could fail: a set is never half
 * changed. Texts of a pack that was refused stay in the arena until the end.
 */
#include "detect/pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nearest.h"
#include "detect/combine.h"
#include "detect/pack_read.h"

#define DESCRIPTION_BYTES 400
#define CONCEPT_PHRASES_MAX 8192

/* The set as it will be. */
struct builder {
	struct pack_reader reader;
	struct pack_set next;
};

enum root_key {
	ROOT_PACK = 0,
	ROOT_VERSION,
	ROOT_DESCRIPTION,
	ROOT_CONCEPTS,
	ROOT_RULES,
	ROOT_MAX
};
static const char *const root_keys[ROOT_MAX] = { "pack", "version", "description", "concepts", "rules" };

static size_t rule_number(const struct pack_set *set, struct slice id)
{
	size_t i = 0;

	while (i < set->rule_count && !slice_eq(slice_of(set->rules[i].id), id))
		i++;
	return i;
}

const struct pack_rule *pack_set_rule(const struct pack_set *set, struct slice id)
{
	size_t i = rule_number(set, id);

	return i < set->rule_count ? &set->rules[i] : NULL;
}

bool pack_set_is_disabled(const struct pack_set *set, struct slice id)
{
	for (size_t i = 0; i < set->disabled_count; i++)
		if (slice_eq(slice_of(set->disabled[i]), id))
			return true;
	return false;
}

/* ---- rules ---- */

static int unknown_rule(struct builder *builder, const struct pack_draft *draft)
{
	const struct pack_set *next = &builder->next;
	const char *nearest = next->rule_count == 0 ? NULL :
			      nearest_name(draft->rule.id, &next->rules[0].id, next->rule_count, sizeof(next->rules[0]));

	if (nearest)
		return pack_fail(&builder->reader, draft->id_line, "no rule of this id can be disabled; did you mean '%s'?",
				 nearest);
	return pack_fail(&builder->reader, draft->id_line,
			 "no rule of this id can be disabled; see 'promtap rules list'");
}

static bool begins_with_pack(const struct pack_reader *reader, const char *id)
{
	size_t len = strlen(reader->pack);

	return strncmp(id, reader->pack, len) == 0 && id[len] == '.';
}

/* Whether a rule of this id may stand here; `old` is the one that has the id already. */
static int check_id(struct builder *builder, const struct pack_draft *draft, const struct pack_rule *old)
{
	struct pack_reader *reader = &builder->reader;

	if (old && (!reader->override || old->file == reader->file))
		return pack_fail(reader, draft->id_line, "has the id of the rule at %.100s:%u; choose another id", old->file,
				 old->line);
	if (old || pack_set_is_disabled(&builder->next, slice_of(draft->rule.id)))
		return 0;
	if (draft->disabled && !draft->has_body)
		return unknown_rule(builder, draft);
	if (!begins_with_pack(reader, draft->rule.id))
		return pack_fail(reader, draft->id_line, "its id must begin with '%s.'; change the id, or the name of the pack",
				 reader->pack);
	return 0;
}

static void disable(struct pack_set *next, const char *id, size_t number)
{
	if (!pack_set_is_disabled(next, slice_of(id)))
		next->disabled[next->disabled_count++] = id;
	if (number == next->rule_count)
		return;
	next->rule_count--;
	memmove(&next->rules[number], &next->rules[number + 1],
		(next->rule_count - number) * sizeof(next->rules[0]));
}

static int add_rule(struct builder *builder, const struct pack_node *node)
{
	struct pack_set *next = &builder->next;
	struct pack_draft draft;
	size_t number;
	int err = pack_read_rule(&builder->reader, node, &draft);

	if (err < 0)
		return err;
	number = rule_number(next, slice_of(draft.rule.id));
	err = check_id(builder, &draft, number < next->rule_count ? &next->rules[number] : NULL);
	if (err < 0)
		return err;
	if (draft.disabled) {
		disable(next, draft.rule.id, number);
		return 0;
	}
	if (number == PACK_RULES_MAX)
		return pack_fail(&builder->reader, node->line, "is one rule too many: %d are the most; join some",
				 PACK_RULES_MAX);
	next->rules[number] = draft.rule;
	if (number == next->rule_count)
		next->rule_count++;
	return 0;
}

static int add_rules(struct builder *builder, const struct pack_node *rules)
{
	int err = 0;

	for (const struct pack_node *node = rules->first; node && err == 0; node = node->next)
		err = add_rule(builder, node);
	builder->reader.rule = NULL;
	return err;
}

/* ---- concepts ---- */

static struct pack_concept *find_concept(const struct pack_set *set, const char *name)
{
	for (size_t i = 0; i < set->concept_count; i++)
		if (strcmp(set->concepts[i].name, name) == 0)
			return &set->concepts[i];
	return NULL;
}

/* The old array is not touched: the set may have to stay as it is. */
static int join(struct builder *builder, struct pack_concept *old, const struct pack_concept *added)
{
	size_t count = old->phrase_count + added->phrase_count;
	const char **phrases;

	if (count > CONCEPT_PHRASES_MAX)
		return pack_fail(&builder->reader, added->line, "'%s' has over %d phrases; make two concepts of it",
				 old->name, CONCEPT_PHRASES_MAX);
	phrases = arena_alloc(builder->reader.arena, count, sizeof(*phrases));
	if (!phrases)
		return -ENOMEM;
	memcpy(phrases, old->phrases, old->phrase_count * sizeof(*phrases));
	memcpy(phrases + old->phrase_count, added->phrases, added->phrase_count * sizeof(*phrases));
	old->phrases = phrases;
	old->phrase_count = count;
	if (!added->defined)
		return 0;
	old->defined = true;
	old->common = added->common;
	old->file = added->file;
	old->line = added->line;
	return 0;
}

static int add_concept(struct builder *builder, const struct pack_node *node)
{
	struct pack_set *next = &builder->next;
	struct pack_concept added, *old;
	int err = pack_read_concept(&builder->reader, node, &added);

	if (err < 0)
		return err;
	next->phrase_count += added.phrase_count;
	if (next->phrase_count > PACK_PHRASES_MAX)
		return pack_fail(&builder->reader, node->key_line, "all concepts have over %d phrases; use '*' for endings",
				 PACK_PHRASES_MAX);
	old = find_concept(next, added.name);
	if (old && old->defined && added.defined)
		return pack_fail(&builder->reader, node->key_line,
				 "'%s' is defined at %.100s:%u; write +%s to add phrases, or choose another name",
				 added.name, old->file, old->line, added.name);
	if (old)
		return join(builder, old, &added);
	if (next->concept_count == PACK_CONCEPTS_MAX)
		return pack_fail(&builder->reader, node->key_line, "'%s' is one concept too many: %d are the most; join some",
				 added.name, PACK_CONCEPTS_MAX);
	next->concepts[next->concept_count++] = added;
	return 0;
}

static int add_concepts(struct builder *builder, const struct pack_node *concepts)
{
	int err = 0;

	for (const struct pack_node *node = concepts->first; node && err == 0; node = node->next)
		err = add_concept(builder, node);
	return err;
}

/* ---- a pack ---- */

static size_t count_of(const struct pack_node *node)
{
	return node ? node->count : 0;
}

static int find_roots(struct pack_reader *reader, const struct pack_node *root,
		      const struct pack_node *ret[ROOT_MAX])
{
	for (const struct pack_node *node = root->first; node; node = node->next) {
		size_t key;
		int err = pack_key(reader, node, root_keys, ROOT_MAX, sizeof(root_keys[0]), &key);

		if (err == 0 && ret[key])
			err = pack_fail(reader, node->key_line, "'%s' stands on line %u already; remove one of them",
					root_keys[key], ret[key]->key_line);
		if (err < 0)
			return err;
		ret[key] = node;
	}
	for (size_t key = 0; key <= ROOT_DESCRIPTION; key++)
		if (!ret[key])
			return pack_fail(reader, root->line, "the pack has no '%s'; add it, see docs/rules.md",
					 root_keys[key]);
	if (count_of(ret[ROOT_RULES]) > PACK_RULES_MAX || count_of(ret[ROOT_CONCEPTS]) > PACK_CONCEPTS_MAX)
		return pack_fail(reader, root->line, "the pack has over %d rules or %d concepts; make two of it",
				 PACK_RULES_MAX, PACK_CONCEPTS_MAX);
	if (ret[ROOT_CONCEPTS] && ret[ROOT_CONCEPTS]->type != PACK_MAP)
		return pack_fail(reader, ret[ROOT_CONCEPTS]->line, "concepts is no mapping; write 'NAME: [PHRASE, ...]'");
	if (ret[ROOT_RULES] && ret[ROOT_RULES]->type != PACK_LIST)
		return pack_fail(reader, ret[ROOT_RULES]->line, "rules is no list; write '- id: ...' for each");
	return 0;
}

static int read_head(struct pack_reader *reader, const struct pack_node *const root[ROOT_MAX])
{
	char quoted[PACK_QUOTE_BYTES];
	const char *description;
	uint32_t version;
	int err = pack_text(reader, root[ROOT_PACK], RULE_ID_BYTES / 2, &reader->pack);

	if (err == 0 && strspn(reader->pack, "abcdefghijklmnopqrstuvwxyz0123456789_") != root[ROOT_PACK]->text.len)
		err = pack_fail(reader, root[ROOT_PACK]->line, "'%s' is no name of a pack; use a-z, 0-9 and '_'",
				pack_quote(quoted, root[ROOT_PACK]->text));
	if (err == 0)
		err = pack_number(reader, root[ROOT_VERSION], 1, 999999, &version);
	return err < 0 ? err : pack_text(reader, root[ROOT_DESCRIPTION], DESCRIPTION_BYTES, &description);
}

static void *copy_array(const void *array, size_t count, size_t more, size_t size)
{
	void *copy = calloc(count + more + 1, size);

	if (copy && count > 0)
		memcpy(copy, array, count * size);
	return copy;
}

static void free_arrays(struct pack_set *set)
{
	free(set->rules);
	free(set->concepts);
	free(set->disabled);
}

/* Room for everything that the pack holds. */
static int copy_arrays(struct pack_set *next, const struct pack_set *set, size_t rules, size_t concepts)
{
	*next = *set;
	next->rules = copy_array(set->rules, set->rule_count, rules, sizeof(*set->rules));
	next->concepts = copy_array(set->concepts, set->concept_count, concepts, sizeof(*set->concepts));
	next->disabled = copy_array(set->disabled, set->disabled_count, rules, sizeof(*set->disabled));
	if (next->rules && next->concepts && next->disabled)
		return 0;
	free_arrays(next);
	return -ENOMEM;
}

static int build(struct builder *builder, struct pack_set *set, const struct pack_node *tree)
{
	const struct pack_node *root[ROOT_MAX] = { 0 };
	int err = find_roots(&builder->reader, tree, root);

	if (err == 0)
		err = read_head(&builder->reader, root);
	if (err == 0)
		err = copy_arrays(&builder->next, set, count_of(root[ROOT_RULES]), count_of(root[ROOT_CONCEPTS]));
	if (err < 0)
		return err;
	if (root[ROOT_CONCEPTS])
		err = add_concepts(builder, root[ROOT_CONCEPTS]);
	if (err == 0 && root[ROOT_RULES])
		err = add_rules(builder, root[ROOT_RULES]);
	if (err < 0) {
		free_arrays(&builder->next);
		return err;
	}
	free_arrays(set);
	builder->next.arena = set->arena;
	*set = builder->next;
	return 0;
}

int pack_set_add(struct pack_set *set, const char *file, struct slice yaml, bool override,
		 char ret_error[PACK_ERROR_BYTES])
{
	struct builder builder = { .reader = { .arena = &set->arena, .override = override, .error = ret_error } };
	cleanup(arena_done) struct arena scratch = { 0 };
	const struct pack_node *tree;
	int err = pack_yaml_read(&scratch, file, yaml, &tree, ret_error);

	if (err < 0)
		return err;
	builder.reader.file = arena_copy(&set->arena, slice_of(file));
	return builder.reader.file ? build(&builder, set, tree) : -ENOMEM;
}

void pack_set_done(struct pack_set *set)
{
	free_arrays(set);
	arena_done(&set->arena);
	*set = (struct pack_set){ 0 };
}

/* ---- all packs together ---- */

static int check_term(struct pack_reader *reader, const struct pack_set *set, const struct pack_rule *rule,
		      const struct combine_term *term)
{
	const struct pack_rule *named;
	const char *nearest;
	char quoted[PACK_QUOTE_BYTES];

	if (term->family != FAMILY_UNKNOWN || pack_set_is_disabled(set, term->id))
		return 0;
	pack_quote(quoted, term->id);
	named = pack_set_rule(set, term->id);
	if (named && named->kind != RULE_COMBINE && named->kind != RULE_SCORE)
		return 0;
	if (named)
		return pack_fail(reader, rule->body_line, "'%s' is made of other rules itself; name those", quoted);
	nearest = nearest_name(quoted, (const char *const *)&set->rules[0].id, set->rule_count, sizeof(set->rules[0]));
	if (nearest)
		return pack_fail(reader, rule->body_line, "there is no rule '%s'; did you mean '%s'?", quoted, nearest);
	return pack_fail(reader, rule->body_line, "there is no rule '%s'; see 'promtap rules list'", quoted);
}

static int check_rule(const struct pack_set *set, const struct pack_rule *rule, char *error)
{
	struct pack_reader reader = { .file = rule->file, .rule = rule->id, .error = error };
	struct combine combine;
	const char *problem;
	size_t at;
	int err = 0;

	if (rule->kind != RULE_COMBINE || combine_parse(rule->body, &combine, &problem, &at) < 0)
		return 0;
	for (uint8_t i = 0; i < combine.term_count && err == 0; i++)
		err = check_term(&reader, set, rule, &combine.terms[i]);
	return err;
}

int pack_set_check(const struct pack_set *set, char ret_error[PACK_ERROR_BYTES])
{
	int err = 0;

	for (size_t i = 0; i < set->concept_count; i++) {
		const struct pack_concept *concept = &set->concepts[i];
		struct pack_reader reader = { .file = concept->file, .error = ret_error };

		if (!concept->defined)
			return pack_fail(&reader, concept->line, "+%s adds to a concept that no pack defines; leave the '+' out",
					 concept->name);
	}
	for (size_t i = 0; i < set->rule_count && err == 0; i++)
		err = check_rule(set, &set->rules[i], ret_error);
	return err;
}
