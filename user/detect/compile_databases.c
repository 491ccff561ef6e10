/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Hyperscan looks for: a database over the text as it is, one over folded
 * text, and one for each list of phrases that rules need, which are looked up
 * anyway.
 */
#include "detect/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/image_impl.h"
#include "detect/required.h"

static bool same_phrases(const struct pack_need *a, const struct pack_need *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->phrases[i], b->phrases[i]) == 0;
	return same;
}

static bool is_waiting_for(const struct expressions *expressions, const struct pack_rule *rule)
{
	const struct pack_rule *other = expressions->needs;
	bool same = other && expressions->folded == rule->folded && other->needs_count == rule->needs_count;

	for (size_t i = 0; same && i < rule->needs_count; i++)
		same = same_phrases(&other->needs[i], &rule->needs[i]);
	return same;
}

/* The narrowest of DATABASE_KINDS that holds these places. */
static uint32_t kind_of_places(unsigned int places)
{
	const unsigned int kinds[DATABASE_KINDS] = {
		~0u,
		~(unsigned int)WHERE_MADE,
		where_alike(WHERE_COMPLETION),
		where_alike(WHERE_TOOL_ARGS),
	};
	uint32_t kind = DATABASE_KINDS - 1;

	while (kind > 0 && (places & ~kinds[kind]))
		kind--;
	return kind;
}

/* What needs nothing is looked for in every text, and so is what there is no other database for. */
static uint32_t database_of(const struct rules *rules, const struct pack_rule *rule)
{
	for (uint32_t i = DATABASES_FIXED; rule->needs_count > 0 && i < rules->database_count; i++)
		if (is_waiting_for(&rules->databases[i], rule))
			return i;
	return 2 * kind_of_places(rule_places(rule)) + rule->folded;
}

static int add_need(struct compiler *compiler, const struct pack_rule *rule, const char *need, uint32_t concept)
{
	int err = compile_phrase(compiler, need, concept);

	return err == -EINVAL ? compile_refuse(compiler, rule, "a phrase that it needs cannot be looked for") : err;
}

static int add_needs(struct compiler *compiler, const struct pack_rule *rule, uint32_t width)
{
	struct rules *rules = compiler->rules;
	uint32_t number = database_of(rules, rule);
	struct expressions *expressions = &rules->databases[number];
	int err = 0;

	if (number < DATABASES_FIXED) {
		if (rules->database_count == DATABASES_FIXED + NEEDS_MAX)
			return 0;
		expressions = &rules->databases[rules->database_count++];
		expressions->folded = rule->folded;
		expressions->waits = true;
		expressions->needs = rule;
		expressions->first_need = rules->concept_count;
		rules->concept_count += (uint32_t)rule->needs_count;
	}
	expressions->width_max = width > expressions->width_max ? width : expressions->width_max;
	expressions->places |= rule_places(rule);
	for (size_t i = 0; i < rule->needs_count && err == 0; i++)
		for (size_t k = 0; k < rule->needs[i].count && err == 0; k++)
			err = add_need(compiler, rule, rule->needs[i].phrases[k], expressions->first_need + (uint32_t)i);
	return err;
}

/* After all rules: a word that a rule has by itself must not be taken for one of these. */
int compile_needs(struct compiler *compiler)
{
	struct rules *rules = compiler->rules;
	int err = 0;

	for (size_t i = 0; i < DATABASES_FIXED; i++)
		rules->databases[i].folded = i % 2;
	rules->database_count = DATABASES_FIXED;
	for (size_t i = 0; i < rules->set.rule_count && err == 0; i++)
		if (rules->set.rules[i].needs_count > 0)
			err = add_needs(compiler, &rules->set.rules[i], rules->compiled[i].width_max);
	return err;
}

/* ---- literals ---- */

/* Looks in a MiB; with more of them it is cheaper to look for the expression everywhere. */
#define LOOKS_MAX 200
#define LOOK_BYTES 400		/* that a look may have to cost no more than twice the least */

struct literal {
	struct slice text;
	bool caseless;
	uint32_t database;	/* that waits for it */
};

struct sources {
	struct compiler *compiler;
	struct database_job jobs[DATABASES_MAX];
	struct arena arena;
	struct required waits[DATABASES_MAX];	/* by database: for which literals */
	uint32_t scouts[DATABASES_MAX];		/* of those: the database that they are looked for with */
	struct literal *literals;	/* of all of those; owned */
	size_t literal_count, literal_capacity;
};

static bool may_wait(const struct required *required, uint32_t width_max)
{
	double looks = literal_set_rate(&required->literals);

	if (required->literals.count == 0 || required->whole || width_max == WIDTH_UNBOUNDED)
		return false;
	/* What begins with the text is looked at in its beginning alone. */
	return required->anchored || looks * (1 + 2.0 * width_max / LOOK_BYTES) <= LOOKS_MAX;
}

static int add_literals(struct sources *sources, uint32_t number, const struct required *required)
{
	size_t count = sources->literal_count + required->literals.count, capacity = 2 * count;

	if (count > sources->literal_capacity) {
		struct literal *larger = reallocarray(sources->literals, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		sources->literals = larger;
		sources->literal_capacity = capacity;
	}
	for (size_t i = 0; i < required->literals.count; i++)
		sources->literals[sources->literal_count++] =
			(struct literal){ required->literals.items[i], required->caseless, number };
	sources->waits[number] = *required;
	return 0;
}

static bool waits_for(const struct sources *sources, uint32_t number, uint32_t scout, const struct required *required)
{
	const struct required *other = &sources->waits[number];

	return sources->scouts[number] == scout && other->anchored == required->anchored &&
	       other->caseless == required->caseless &&
	       literal_set_equal(&other->literals, &required->literals);
}

/* The database of a rule that needs no phrase: one that waits for its literals, or the one that is scanned always. */
static int find_waiting(struct sources *sources, const struct pack_rule *rule, uint32_t *number)
{
	struct rules *rules = sources->compiler->rules;
	struct required required;
	uint32_t at = DATABASES_FIXED;
	int err = 0;

	if (rule->literal)
		return 0;
	required_read(rule->body, rule->caseless, &sources->arena, &required);
	if (*number >= DATABASES_FIXED) {
		struct expressions *waiting = &rules->databases[*number];

		waiting->anchored = required.anchored && (waiting->count == 0 || waiting->anchored);
		return 0;
	}
	if (!may_wait(&required, rules->compiled[rule - rules->set.rules].width_max))
		return 0;
	while (at < rules->database_count && !waits_for(sources, at, *number, &required))
		at++;
	if (at == DATABASES_MAX)
		return 0;
	if (at == rules->database_count) {
		rules->databases[rules->database_count++] = (struct expressions){
			.folded = rule->folded,
			.anchored = required.anchored,
			.waits = true,
		};
		sources->scouts[at] = *number;
		err = add_literals(sources, at, &required);
	}
	*number = at;
	return err;
}

static int compare_literals(const void *a, const void *b)
{
	const struct literal *x = a, *y = b;
	size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
	int order = memcmp(x->text.ptr, y->text.ptr, len);

	if (order == 0 && x->text.len != y->text.len)
		order = x->text.len < y->text.len ? -1 : 1;
	return order ? order : (int)x->caseless - (int)y->caseless;
}

static int add_literal(struct database_source *source, const struct literal *literal)
{
	char *expression = database_literal(literal->text);
	int err = expression ? database_add(source, expression, literal->caseless ? HS_FLAG_CASELESS : 0) : -ENOMEM;

	free(expression);
	return err;
}

/* Each literal once, with all that wait for it in texts of that kind. */
static int add_triggers(struct sources *sources, uint32_t number, uint32_t *used)
{
	struct rules *rules = sources->compiler->rules;
	struct expressions *expressions = &rules->databases[number];
	const struct literal *last = NULL;
	int err = 0;

	expressions->triggers = calloc(sources->literal_count + 1, sizeof(*expressions->triggers));
	if (!expressions->triggers)
		return -ENOMEM;
	for (size_t i = 0; i < sources->literal_count && err == 0; i++) {
		const struct literal *literal = &sources->literals[i];

		if (sources->scouts[literal->database] != number)
			continue;
		if (!last || compare_literals(last, literal) != 0) {
			expressions->triggers[expressions->trigger_count++] =
				(struct trigger){ (uint32_t)literal->text.len, *used, 0 };
			err = add_literal(&sources->jobs[number].source, literal);
		}
		expressions->places |= rules->databases[literal->database].places;
		last = literal;
		rules->trigger_databases[(*used)++] = literal->database;
		expressions->triggers[expressions->trigger_count - 1].count++;
	}
	return err;
}

static int add_all_triggers(struct sources *sources)
{
	struct rules *rules = sources->compiler->rules;
	uint32_t used = 0;
	int err = 0;

	rules->trigger_databases = calloc(sources->literal_count + 1, sizeof(*rules->trigger_databases));
	if (!rules->trigger_databases)
		return -ENOMEM;
	if (sources->literal_count > 0)
		qsort(sources->literals, sources->literal_count, sizeof(*sources->literals), compare_literals);
	for (uint32_t i = 0; i < DATABASES_FIXED && err == 0; i++)
		err = add_triggers(sources, i, &used);
	return err;
}

/* ---- expressions ---- */

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
	expressions->places |= rule_places(rule);
	if (rules->compiled[index].width_max > expressions->width_max)
		expressions->width_max = rules->compiled[index].width_max;
	if (!rule->literal)
		return database_add(&sources->jobs[number].source, rule->body, compile_flags(rule));
	literal = database_literal(slice_of(rule->body));
	err = literal ? database_add(&sources->jobs[number].source, literal, compile_flags(rule)) : -ENOMEM;
	free(literal);
	return err;
}

static int add_rules(struct sources *sources)
{
	const struct pack_set *set = &sources->compiler->rules->set;
	int err = 0;

	for (size_t i = 0; i < set->rule_count && err == 0; i++) {
		uint32_t number = database_of(sources->compiler->rules, &set->rules[i]);

		if (set->rules[i].kind != RULE_EXPRESSION)
			continue;
		err = find_waiting(sources, &set->rules[i], &number);
		if (err == 0)
			err = add_expression(sources, number, (uint32_t)i);
	}
	return err < 0 ? err : add_all_triggers(sources);
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

/* Gives those that are not made yet what the image has been made of the same. */
static void look_in(const struct saved_databases *saved, struct sources *sources)
{
	const struct rules *rules = sources->compiler->rules;

	for (size_t i = 0; i < rules->database_count; i++) {
		struct slice source = slice_of(rules->databases[i].source);

		for (size_t k = 0; k < saved->count && sources->jobs[i].source.count > 0 && !sources->jobs[i].database; k++)
			if (slice_eq(saved->items[k].source, source))
				sources->jobs[i].database = database_restore(saved->items[k].bytes);
	}
}

static int find_made(struct sources *sources)
{
	const struct compiler *compiler = sources->compiler;
	auto_free struct saved_databases *saved = malloc(sizeof(*saved));
	int err = saved ? 0 : -ENOMEM;

	for (size_t i = 0; i < compiler->rules->database_count && err == 0; i++)
		err = database_job_name(&sources->jobs[i], compiler->rules->databases[i].source);
	for (size_t i = 0; i < compiler->image_count && err == 0; i++)
		if (image_saved_databases(compiler->images[i], saved))
			look_in(saved, sources);
	return err;
}

/* Of several that are refused the first is told of. */
static int compile_jobs(struct sources *sources)
{
	struct rules *rules = sources->compiler->rules;
	int err;

	for (size_t i = 0; i < rules->database_count; i++)
		sources->jobs[i].windows = rules->databases[i].waits;
	err = find_made(sources);
	if (err < 0)
		return err;
	for (size_t i = 0; i < rules->database_count; i++)
		sources->compiler->made += !sources->jobs[i].database && sources->jobs[i].source.count > 0;
	databases_compile(sources->jobs, rules->database_count);
	for (size_t i = 0; i < rules->database_count; i++) {
		const struct database_job *job = &sources->jobs[i];

		rules->databases[i].database = job->database;
		if (err == 0)
			err = job->err == -EINVAL ?
				      refused(sources->compiler, &rules->databases[i], job->at, job->problem) : job->err;
	}
	return err;
}

int compile_databases(struct compiler *compiler)
{
	auto_free struct sources *sources = calloc(1, sizeof(*sources));
	struct rules *rules = compiler->rules;
	int err;

	if (!sources)
		return -ENOMEM;
	sources->compiler = compiler;
	err = add_rules(sources);
	free(sources->literals);
	arena_done(&sources->arena);
	if (err == 0)
		err = compile_jobs(sources);
	for (size_t i = 0; i < rules->database_count; i++)
		database_source_done(&sources->jobs[i].source);
	return err;
}
