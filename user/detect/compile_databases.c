/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Hyperscan looks for: a database over the text as it is, one over folded
 * text, and those of packs whose rules need a phrase that is looked up anyway.
 */
#include "detect/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_waiting_for(const struct expressions *expressions, const struct pack_rule *rule)
{
	return expressions->folded == rule->folded && strcmp(expressions->pack, rule->pack) == 0;
}

/* What needs nothing is looked for in every text, and so is what there is no other database for. */
static uint32_t database_of(const struct rules *rules, const struct pack_rule *rule)
{
	for (uint32_t i = DATABASES_FIXED; rule->needs_count > 0 && i < rules->database_count; i++)
		if (is_waiting_for(&rules->databases[i], rule))
			return i;
	return rule->folded ? DATABASE_FOLDED : DATABASE_ORIGINAL;
}

static int add_need(struct compiler *compiler, const struct pack_rule *rule, const char *need, uint32_t concept)
{
	int err = compile_phrase(compiler, need, concept);

	return err == -EINVAL ? compile_refuse(compiler, rule, "a phrase that it needs cannot be looked for") : err;
}

static int add_needs(struct compiler *compiler, const struct pack_rule *rule)
{
	struct rules *rules = compiler->rules;
	uint32_t number = database_of(rules, rule);
	int err = 0;

	if (number < DATABASES_FIXED) {
		if (rules->database_count == DATABASES_MAX)
			return 0;
		number = (uint32_t)rules->database_count++;
		rules->databases[number].folded = rule->folded;
		rules->databases[number].pack = rule->pack;
		rules->concept_count++;
	}
	for (size_t i = 0; i < rule->needs_count && err == 0; i++)
		err = add_need(compiler, rule, rule->needs[i], rules->first_need + number - DATABASES_FIXED);
	return err;
}

/* After all rules: a word that a rule has by itself must not be taken for one of these. */
int compile_needs(struct compiler *compiler)
{
	struct rules *rules = compiler->rules;
	int err = 0;

	rules->databases[DATABASE_FOLDED].folded = true;
	rules->first_need = rules->concept_count;
	rules->database_count = DATABASES_FIXED;
	for (size_t i = 0; i < rules->set.rule_count && err == 0; i++)
		if (rules->set.rules[i].needs_count > 0)
			err = add_needs(compiler, &rules->set.rules[i]);
	return err;
}

struct sources {
	struct compiler *compiler;
	struct database_source sources[DATABASES_MAX];
};

static int add_expression(struct sources *sources, uint32_t number, uint32_t index)
{
	const struct rules *rules = sources->compiler->rules;
	struct expressions *expressions = &sources->compiler->rules->databases[number];
	const struct pack_rule *rule = &rules->set.rules[index];
	char *literal;
	int err;

	if (!expressions->rules)
		expressions->rules = calloc(rules->set.rule_count, sizeof(*expressions->rules));
	if (!expressions->rules)
		return -ENOMEM;
	expressions->rules[expressions->count++] = index;
	if (rules->compiled[index].width_max > expressions->width_max)
		expressions->width_max = rules->compiled[index].width_max;
	if (!rule->literal)
		return database_add(&sources->sources[number], rule->body, compile_flags(rule));
	literal = database_literal(slice_of(rule->body));
	err = literal ? database_add(&sources->sources[number], literal, compile_flags(rule)) : -ENOMEM;
	free(literal);
	return err;
}

static int add_rules(struct sources *sources)
{
	const struct pack_set *set = &sources->compiler->rules->set;
	int err = 0;

	for (size_t i = 0; i < set->rule_count && err == 0; i++)
		if (set->rules[i].kind == RULE_EXPRESSION)
			err = add_expression(sources, database_of(sources->compiler->rules, &set->rules[i]), (uint32_t)i);
	return err;
}

/* `at`: which of the database's expressions Hyperscan refused. */
static int refused(const struct compiler *compiler, const struct expressions *expressions, size_t at, const char *problem)
{
	const struct pack_rule *rules = compiler->rules->set.rules;

	if (at >= expressions->count) {
		(void)snprintf(compiler->error, PACK_ERROR_BYTES, "rules: Hyperscan: %.300s", problem);
		return -EINVAL;
	}
	return compile_refuse(compiler, &rules[expressions->rules[at]], problem);
}

static int compile_sources(struct sources *sources)
{
	struct rules *rules = sources->compiler->rules;
	char problem[PACK_ERROR_BYTES];
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < rules->database_count && err == 0; i++) {
		err = database_compile(&sources->sources[i], &rules->databases[i].database, &at, problem);
		if (err == -EINVAL)
			err = refused(sources->compiler, &rules->databases[i], at, problem);
	}
	return err;
}

static bool restore(struct rules *rules, struct slice kept)
{
	hs_database_t *databases[DATABASES_MAX];

	if (!databases_restore(kept, rules->key, databases, rules->database_count))
		return false;
	for (size_t i = 0; i < rules->database_count; i++)
		rules->databases[i].database = databases[i];
	return true;
}

int compile_databases(struct compiler *compiler, struct slice kept)
{
	struct sources sources = { .compiler = compiler };
	struct rules *rules = compiler->rules;
	int err;

	err = add_rules(&sources);
	if (err == 0) {
		rules->key = databases_key(sources.sources, rules->database_count);
		rules->kept = restore(rules, kept);
	}
	if (err == 0 && !rules->kept)
		err = compile_sources(&sources);
	for (size_t i = 0; i < rules->database_count; i++)
		database_source_done(&sources.sources[i]);
	return err;
}
