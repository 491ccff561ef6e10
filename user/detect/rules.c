/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules become three things: Hyperscan databases of expressions, one over the
 * text as it is, one over folded text, and those of packs that are looked
 * through only when these saw what a rule needs; a dictionary of the phrases of
 * concepts; and sequences over concepts, with a gate (gate.h) that says for all
 * of them at once where one may match.
 */
#include "detect/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "detect/compiled.h"
#include "detect/databases.h"
#include "detect/frequent.h"
#include "detect/normalise.h"
#include "detect/words.h"

#define WORDS_LIMIT_BYTES 256	/* of one phrase */
#define COST_MAX 100000

/* ---- concepts while compiling ---- */

struct phrase {
	char *text;		/* folded */
	uint32_t concept;
};

struct compiler {
	struct rules *rules;
	struct fold *fold;
	struct phrase *phrases;	/* of all concepts, named and not */
	size_t phrase_count, phrase_capacity;
	size_t *costs;		/* by concept */
	size_t concept_capacity;
	struct gate_rule *sequences;
	size_t sequence_count;
	char *error;
};

static int say(const struct compiler *compiler, const struct pack_rule *rule, const char *problem)
{
	(void)snprintf(compiler->error, PACK_ERROR_BYTES, "%.150s:%u: rule %s: %.200s", rule->file, rule->body_line, rule->id,
		       problem);
	return -EINVAL;
}

static int grow_concepts(struct compiler *compiler, size_t count)
{
	size_t capacity = 2 * count + 64;
	size_t *costs;

	if (count < compiler->concept_capacity)
		return 0;
	costs = reallocarray(compiler->costs, capacity, sizeof(*costs));
	if (!costs)
		return -ENOMEM;
	memset(costs + compiler->concept_capacity, 0, (capacity - compiler->concept_capacity) * sizeof(*costs));
	compiler->costs = costs;
	compiler->concept_capacity = capacity;
	return 0;
}

static bool goes_on(struct slice phrase, struct slice word)
{
	return word.ptr + word.len < phrase.ptr + phrase.len && word.ptr[word.len] == '*';
}

/* The rarest word of a phrase: where it does not stand the phrase does not. */
static struct slice rarest_word(struct slice phrase, size_t *ret_cost)
{
	struct word_cutter cutter = { .text = phrase };
	struct slice word, rarest = { phrase.ptr, 0 };

	*ret_cost = COST_MAX;
	while (word_cut(&cutter, &word)) {
		size_t cost = words_per_mib(word, goes_on(phrase, word));

		if (cost >= *ret_cost)
			continue;
		*ret_cost = cost;
		rarest = word;
	}
	return rarest;
}

static int add_phrase(struct compiler *compiler, struct slice folded, uint32_t concept)
{
	int err = grow_concepts(compiler, concept + 1);
	size_t cost;

	if (err == 0)
		err = dictionary_add(compiler->rules->dictionary, folded, concept);
	if (err < 0)
		return err;
	if (compiler->phrase_count == compiler->phrase_capacity) {
		size_t capacity = 2 * compiler->phrase_capacity + 1024;
		struct phrase *phrases = reallocarray(compiler->phrases, capacity, sizeof(*phrases));

		if (!phrases)
			return -ENOMEM;
		compiler->phrases = phrases;
		compiler->phrase_capacity = capacity;
	}
	(void)rarest_word(folded, &cost);
	compiler->costs[concept] += cost;
	compiler->phrases[compiler->phrase_count] = (struct phrase){ strndup(folded.ptr, folded.len), concept };
	return compiler->phrases[compiler->phrase_count++].text ? 0 : -ENOMEM;
}

/* Folded as the texts will be; a '*' stays, for folding does not touch it. */
static int fold_phrase(struct compiler *compiler, const char *phrase, struct slice *ret)
{
	struct fold_facts facts;
	int err = fold_text(compiler->fold, slice_of(phrase), ret, &facts);

	return err < 0 ? err : ret->len == 0 || ret->len > WORDS_LIMIT_BYTES ? -EINVAL : 0;
}

static int add_concept(struct compiler *compiler, uint32_t number)
{
	const struct pack_concept *concept = &compiler->rules->set.concepts[number];
	struct slice folded;

	for (size_t i = 0; i < concept->phrase_count; i++) {
		int err = fold_phrase(compiler, concept->phrases[i], &folded);

		if (err == 0)
			err = add_phrase(compiler, folded, number);
		if (err == -ENOMEM)
			return err;
		if (err < 0) {
			(void)snprintf(compiler->error, PACK_ERROR_BYTES,
				       "%.150s:%u: concept %.64s: \"%.60s\" cannot be looked for: it has no word, more than %d, or a beginning of less than 3 bytes",
				       concept->file, concept->line, concept->name, concept->phrases[i], PHRASE_WORDS_MAX);
			return -EINVAL;
		}
	}
	return 0;
}

static int concept_named(void *ctx, struct slice name)
{
	const struct compiler *compiler = ctx;
	const struct pack_set *set = &compiler->rules->set;

	for (size_t i = 0; i < set->concept_count; i++) {
		if (slice_eq(name, slice_of(set->concepts[i].name)))
			return (int)i;
	}
	return -ENOENT;
}

static int find_word(const struct compiler *compiler, struct slice folded)
{
	for (size_t i = 0; i < compiler->phrase_count; i++) {
		const struct phrase *phrase = &compiler->phrases[i];

		if (phrase->concept >= compiler->rules->set.concept_count && slice_eq(slice_of(phrase->text), folded))
			return (int)phrase->concept;
	}
	return -ENOENT;
}

/* A word that a rule has by itself is a concept without a name. */
static int concept_of_word(void *ctx, struct slice word)
{
	struct compiler *compiler = ctx;
	char text[WORDS_LIMIT_BYTES];
	struct slice folded;
	int found, err;

	if (!slice_copy(text, sizeof(text), word) || fold_phrase(compiler, text, &folded) < 0)
		return -EINVAL;
	found = find_word(compiler, folded);
	if (found >= 0)
		return found;
	err = add_phrase(compiler, folded, compiler->rules->concept_count);
	return err < 0 ? err : (int)compiler->rules->concept_count++;
}

static size_t concept_cost(void *ctx, uint32_t concept)
{
	const struct compiler *compiler = ctx;

	return concept < compiler->concept_capacity ? compiler->costs[concept] : 0;
}

/* ---- rules ---- */

static int compile_sequence(struct compiler *compiler, struct compiled_rule *compiled)
{
	const struct concept_source source = { concept_named, concept_of_word, concept_cost, compiler };
	char problem[PACK_ERROR_BYTES];
	int err;

	compiled->sequence = calloc(1, sizeof(*compiled->sequence));
	if (!compiled->sequence)
		return -ENOMEM;
	err = sequence_compile(compiled->rule, &source, compiled->sequence, problem);
	if (err == 0)
		compiled->words_ahead = sequence_words_ahead(compiled->sequence);
	return err == -EINVAL ? say(compiler, compiled->rule, problem) : err;
}

static uint32_t rule_number(const struct pack_set *set, struct slice id)
{
	for (size_t i = 0; i < set->rule_count; i++)
		if (slice_eq(id, slice_of(set->rules[i].id)))
			return (uint32_t)i;
	return RULE_NONE;
}

static int compile_combine(struct compiler *compiler, struct compiled_rule *compiled)
{
	const char *problem;
	size_t at;

	compiled->combine = calloc(1, sizeof(*compiled->combine));
	if (!compiled->combine)
		return -ENOMEM;
	if (combine_parse(compiled->rule->body, compiled->combine, &problem, &at) < 0)
		return say(compiler, compiled->rule, problem);
	for (uint8_t i = 0; i < compiled->combine->term_count; i++) {
		const struct combine_term *term = &compiled->combine->terms[i];

		compiled->combine_rules[i] = RULE_NONE;
		if (term->family != FAMILY_UNKNOWN)
			continue;
		compiled->combine_rules[i] = rule_number(&compiler->rules->set, term->id);
		if (compiled->combine_rules[i] == RULE_NONE && !pack_set_is_disabled(&compiler->rules->set, term->id))
			return say(compiler, compiled->rule, "it names a rule that does not exist");
	}
	return 0;
}

static unsigned int expression_flags(const struct pack_rule *rule)
{
	return (rule->caseless ? HS_FLAG_CASELESS : 0) | (rule->dotall ? HS_FLAG_DOTALL : 0);
}

static int measure_expression(struct compiler *compiler, struct compiled_rule *compiled)
{
	const struct pack_rule *rule = compiled->rule;
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	int err = 0;

	if (rule->literal) {
		compiled->width = (uint32_t)strlen(rule->body);
		return 0;
	}
	if (hs_expression_info(rule->body, expression_flags(rule), &info, &error) == HS_SUCCESS)
		compiled->width = info->min_width;
	else
		err = say(compiler, rule, error ? error->message : "Hyperscan does not take it");
	free(info);
	(void)hs_free_compile_error(error);
	return err;
}

static int find_check(const struct compiler *compiler, struct compiled_rule *compiled)
{
	const struct pack_rule *rule = compiled->rule;

	if (!rule->check)
		return 0;
	compiled->check = check_of(slice_of(rule->check));
	if (!compiled->check)
		return say(compiler, rule, "no such check; see docs/rules.md");
	if (!check_args_fit(compiled->check, rule->check_args ? rule->check_args : ""))
		return say(compiler, rule, "check_args are not what its check takes; see docs/rules.md");
	return 0;
}

static int compile_expression(struct compiler *compiler, struct compiled_rule *compiled)
{
	int err = measure_expression(compiler, compiled);

	return err < 0 ? err : find_check(compiler, compiled);
}

static int compile_digits(struct compiler *compiler, struct compiled_rule *compiled)
{
	compiled->width = compiled->rule->digits;
	return find_check(compiler, compiled);
}

static int compile_signal(struct compiler *compiler, struct compiled_rule *compiled)
{
	for (int i = 0; i < SIGNAL_MAX; i++) {
		if (strcmp(signal_names[i], compiled->rule->body) == 0) {
			compiled->signal = (enum signal_id)i;
			return 0;
		}
	}
	return say(compiler, compiled->rule, "no such signal; see user/detect/signals.h");
}

static int compile_rule(struct compiler *compiler, struct compiled_rule *compiled)
{
	switch (compiled->rule->kind) {
	case RULE_SEQUENCE:
	case RULE_NEAR:
		return compile_sequence(compiler, compiled);
	case RULE_EXPRESSION:
		return compile_expression(compiler, compiled);
	case RULE_DIGITS:
		return compile_digits(compiler, compiled);
	case RULE_COMBINE:
		return compile_combine(compiler, compiled);
	case RULE_SIGNAL:
		return compile_signal(compiler, compiled);
	default:
		return 0;
	}
}

static void add_digits(struct rules *rules, uint32_t rule)
{
	uint32_t digits = rules->set.rules[rule].digits;

	if (rules->digits_count == 0 || digits < rules->digits_min)
		rules->digits_min = digits;
	rules->digits[rules->digits_count++] = rule;
}

static int list_kinds(struct rules *rules)
{
	rules->joining = calloc(rules->set.rule_count + 1, sizeof(*rules->joining));
	rules->signals = calloc(rules->set.rule_count + 1, sizeof(*rules->signals));
	rules->digits = calloc(rules->set.rule_count + 1, sizeof(*rules->digits));
	if (!rules->joining || !rules->signals || !rules->digits)
		return -ENOMEM;
	for (uint32_t i = 0; i < rules->set.rule_count; i++) {
		enum rule_kind kind = rules->set.rules[i].kind;

		if (kind == RULE_COMBINE || kind == RULE_SCORE)
			rules->joining[rules->joining_count++] = i;
		else if (kind == RULE_SIGNAL)
			rules->signals[rules->signal_count++] = i;
		else if (kind == RULE_DIGITS)
			add_digits(rules, i);
	}
	return 0;
}

static int by_concept(const void *a, const void *b)
{
	const struct anchored *x = a, *y = b;

	if (x->concept != y->concept)
		return x->concept < y->concept ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static const struct term *anchor_of(const struct compiled_rule *compiled)
{
	return compiled->sequence ? &compiled->sequence->terms[compiled->sequence->anchor] : NULL;
}

static int index_anchors(struct rules *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->set.rule_count; i++)
		count += anchor_of(&rules->compiled[i]) ? anchor_of(&rules->compiled[i])->concept_count : 0;
	rules->anchored = calloc(count + 1, sizeof(*rules->anchored));
	rules->anchor_index = calloc(rules->concept_count + 2, sizeof(*rules->anchor_index));
	if (!rules->anchored || !rules->anchor_index)
		return -ENOMEM;
	for (size_t i = 0; i < rules->set.rule_count; i++) {
		const struct term *anchor = anchor_of(&rules->compiled[i]);

		for (uint32_t k = 0; anchor && k < anchor->concept_count; k++)
			rules->anchored[rules->anchored_count++] = (struct anchored){
				.concept = anchor->concepts[k],
				.rule = (uint32_t)i,
				.alone = sequence_is_one_term(rules->compiled[i].sequence),
			};
	}
	if (count > 0)
		qsort(rules->anchored, count, sizeof(*rules->anchored), by_concept);
	for (size_t i = count; i > 0; i--)
		rules->anchor_index[rules->anchored[i - 1].concept] = (uint32_t)i - 1;
	rules->anchor_index[rules->concept_count] = (uint32_t)count;
	/* Concepts that anchor nothing end where they begin. */
	for (uint32_t concept = rules->concept_count, next = (uint32_t)count; concept > 0; concept--) {
		uint32_t first = rules->anchor_index[concept - 1];

		if (first < count && rules->anchored[first].concept == concept - 1)
			next = first;
		else
			rules->anchor_index[concept - 1] = next;
	}
	return 0;
}

/* ---- where sequences may match ---- */

struct uses {
	struct gate_use *list;
	size_t count, capacity;
};

static int add_use(struct uses *uses, const struct gate_use *use)
{
	if (uses->count == uses->capacity) {
		size_t capacity = 2 * uses->capacity + 1024;
		struct gate_use *list = reallocarray(uses->list, capacity, sizeof(*list));

		if (!list)
			return -ENOMEM;
		uses->list = list;
		uses->capacity = capacity;
	}
	uses->list[uses->count++] = *use;
	return 0;
}

static int by_concept_use(const void *a, const void *b)
{
	const struct gate_use *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1) : 0;
}

static int add_sequence_uses(struct compiler *compiler, struct uses *uses, uint32_t rule)
{
	const struct sequence *sequence = compiler->rules->compiled[rule].sequence;
	struct gate_use use = { .sequence = (uint32_t)compiler->sequence_count };
	int err = 0;

	compiler->sequences[compiler->sequence_count++] = (struct gate_rule){
		.rule = rule,
		.words = sequence_words(sequence),
		.terms = sequence->required_count < GATE_TERMS ? sequence->required_count : GATE_TERMS,
	};
	for (; use.term < sequence->required_count && use.term < GATE_TERMS; use.term++) {
		const struct term *term = &sequence->terms[sequence->required[use.term]];

		for (uint32_t i = 0; i < term->concept_count && err == 0; i++) {
			use.key = term->concepts[i];
			err = add_use(uses, &use);
		}
	}
	return err;
}

/* Keys are concepts in `by_concept`, which is sorted, and nodes in `uses`: what a
 * phrase opens is one look-up then, however many concepts it is of. */
static int add_node_uses(const struct rules *rules, const struct uses *by_concept, uint32_t node, struct uses *uses)
{
	size_t count;
	const uint32_t *concepts = dictionary_concepts(rules->dictionary, node, &count);
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		struct gate_use wanted = { .key = concepts[i] };
		struct gate_use *use = by_concept->count == 0 ? NULL : bsearch(&wanted, by_concept->list, by_concept->count,
									       sizeof(*use), by_concept_use);

		if (!use)
			continue;
		while (use > by_concept->list && use[-1].key == wanted.key)
			use--;
		for (; use < by_concept->list + by_concept->count && use->key == wanted.key && err == 0; use++)
			err = add_use(uses, &(struct gate_use){ node, use->sequence, use->term });
	}
	return err;
}

static bool node_is_alone(const struct rules *rules, uint32_t node)
{
	size_t count;
	const uint32_t *concepts = dictionary_concepts(rules->dictionary, node, &count);

	for (size_t i = 0; i < count; i++) {
		if (concepts[i] >= rules->first_need)
			return true;
		for (uint32_t k = rules->anchor_index[concepts[i]]; k < rules->anchor_index[concepts[i] + 1]; k++)
			if (rules->anchored[k].alone)
				return true;
	}
	return false;
}

static int build_nodes(struct compiler *compiler, struct uses *by_concept, struct uses *uses)
{
	struct rules *rules = compiler->rules;
	uint32_t nodes = dictionary_nodes(rules->dictionary);
	int err = 0;

	if (by_concept->count > 0)
		qsort(by_concept->list, by_concept->count, sizeof(*by_concept->list), by_concept_use);
	for (uint32_t node = 1; node < nodes && err == 0; node++)
		err = add_node_uses(rules, by_concept, node, uses);
	return err;
}

static int build_gate(struct compiler *compiler)
{
	struct rules *rules = compiler->rules;
	struct uses by_concept = { 0 }, uses = { 0 };
	int err = 0;

	compiler->sequences = calloc(rules->set.rule_count + 1, sizeof(*compiler->sequences));
	if (!compiler->sequences)
		return -ENOMEM;
	for (size_t i = 0; i < rules->set.rule_count && err == 0; i++)
		if (rules->compiled[i].sequence && !sequence_is_one_term(rules->compiled[i].sequence))
			err = add_sequence_uses(compiler, &by_concept, (uint32_t)i);
	if (err == 0)
		err = build_nodes(compiler, &by_concept, &uses);
	if (err == 0)
		rules->gate = gate_new(compiler->sequences, compiler->sequence_count, uses.list, uses.count,
				       dictionary_nodes(rules->dictionary));
	for (uint32_t node = 1; rules->gate && node < dictionary_nodes(rules->dictionary); node++) {
		rules->gate->keys[node].alone = node_is_alone(rules, node);
		rules->gate->keys[node].goes_on = dictionary_goes_on(rules->dictionary, node);
	}
	free(by_concept.list);
	free(uses.list);
	return err == 0 && !rules->gate ? -ENOMEM : err;
}

/* ---- what Hyperscan looks for ---- */

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
	struct slice folded;
	int err = fold_phrase(compiler, need, &folded);

	if (err == 0)
		err = add_phrase(compiler, folded, concept);
	return err == -EINVAL ? say(compiler, rule, "a phrase that it needs cannot be looked for") : err;
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
static int find_needs(struct compiler *compiler)
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
	if (!rule->literal)
		return database_add(&sources->sources[number], rule->body, expression_flags(rule));
	literal = database_literal(slice_of(rule->body));
	err = literal ? database_add(&sources->sources[number], literal, expression_flags(rule)) : -ENOMEM;
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
	return say(compiler, &rules[expressions->rules[at]], problem);
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

static int compile_databases(struct compiler *compiler, struct slice kept)
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

/* ---- the whole ---- */

static int compile_all(struct compiler *compiler, struct slice kept)
{
	struct rules *rules = compiler->rules;
	int err = 0;

	rules->concept_count = (uint32_t)rules->set.concept_count;
	rules->compiled = calloc(rules->set.rule_count + 1, sizeof(*rules->compiled));
	rules->dictionary = dictionary_new();
	compiler->fold = fold_new();
	if (!rules->compiled || !rules->dictionary || !compiler->fold)
		return -ENOMEM;
	err = grow_concepts(compiler, rules->concept_count + 1);
	for (uint32_t i = 0; i < rules->set.concept_count && err == 0; i++)
		err = add_concept(compiler, i);
	for (size_t i = 0; i < rules->set.rule_count && err == 0; i++) {
		rules->compiled[i].rule = &rules->set.rules[i];
		err = compile_rule(compiler, &rules->compiled[i]);
	}
	if (err == 0)
		err = find_needs(compiler);
	if (err == 0)
		err = dictionary_seal(rules->dictionary);
	if (err == 0)
		err = list_kinds(rules);
	if (err == 0)
		err = index_anchors(rules);
	if (err == 0)
		err = build_gate(compiler);
	return err < 0 ? err : compile_databases(compiler, kept);
}

static void compiler_done(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->phrase_count; i++)
		free(compiler->phrases[i].text);
	free(compiler->phrases);
	free(compiler->costs);
	free(compiler->sequences);
	fold_free(compiler->fold);
}

int rules_new(struct pack_set *set, struct slice databases, struct rules **ret, char ret_error[PACK_ERROR_BYTES])
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct compiler compiler = { .rules = rules, .error = ret_error };
	int err;

	if (!rules) {
		pack_set_done(set);
		return -ENOMEM;
	}
	rules->references = 1;
	rules->set = *set;
	*set = (struct pack_set){ 0 };
	err = compile_all(&compiler, databases);
	compiler_done(&compiler);
	if (err < 0)
		rules_unref(rules);
	else
		*ret = rules;
	return err;
}

struct rules *rules_ref(struct rules *rules)
{
	rules->references++;
	return rules;
}

void rules_unref(struct rules *rules)
{
	if (!rules || --rules->references > 0)
		return;
	for (size_t i = 0; rules->compiled && i < rules->set.rule_count; i++) {
		free(rules->compiled[i].sequence);
		free(rules->compiled[i].combine);
	}
	free(rules->compiled);
	free(rules->joining);
	free(rules->signals);
	free(rules->anchored);
	free(rules->anchor_index);
	gate_free(rules->gate);
	free(rules->digits);
	for (size_t i = 0; i < rules->database_count; i++) {
		free(rules->databases[i].rules);
		(void)hs_free_database(rules->databases[i].database);
	}
	dictionary_free(rules->dictionary);
	pack_set_done(&rules->set);
	free(rules);
}

int rules_databases(const struct rules *rules, struct buffer *out)
{
	hs_database_t *databases[DATABASES_MAX];

	for (size_t i = 0; i < rules->database_count; i++)
		databases[i] = rules->databases[i].database;
	return databases_save(databases, rules->database_count, rules->key, out);
}

bool rules_were_kept(const struct rules *rules)
{
	return rules->kept;
}

const struct pack_set *rules_set(const struct rules *rules)
{
	return &rules->set;
}

void rules_size(const struct rules *rules, struct rules_size *ret)
{
	*ret = (struct rules_size){
		.rules = rules->set.rule_count,
		.concepts = rules->set.concept_count,
		.phrases = dictionary_phrases(rules->dictionary),
		.words = dictionary_words(rules->dictionary),
	};
	for (size_t i = 0; i < rules->database_count; i++) {
		size_t bytes = 0;

		(void)hs_database_size(rules->databases[i].database, &bytes);
		ret->database_bytes += bytes;
		ret->expressions += rules->databases[i].count;
	}
}
