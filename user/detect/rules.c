/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules become three things: Hyperscan databases of expressions, one over the
 * text as it is, one over folded text, and those of packs that are looked
 * through only when these saw what a rule needs; a dictionary of the phrases of
 * concepts; and sequences over concepts, with a gate (gate.h) that says for all
 * of them at once where one may match.
 *
 * All of it is written into an image, and the set that is used is always one
 * that was taken from an image: just made, kept on disk, or of another process.
 */
#include "detect/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/compile.h"
#include "detect/image.h"

int compile_refuse(const struct compiler *compiler, const struct pack_rule *rule, const char *problem)
{
	(void)snprintf(compiler->error, PACK_ERROR_BYTES, "%.150s:%u: rule %s: %.200s", rule->file, rule->body_line, rule->id,
		       problem);
	return -EINVAL;
}

/* ---- rules ---- */

static int compile_sequence(struct compiler *compiler, struct compiled_rule *compiled)
{
	const struct concept_source source = compile_source(compiler);
	char problem[PACK_ERROR_BYTES];
	int err;

	compiled->sequence = calloc(1, sizeof(*compiled->sequence));
	if (!compiled->sequence)
		return -ENOMEM;
	err = sequence_compile(compiled->rule, &source, compiled->sequence, problem);
	if (err == 0)
		compiled->reach = sequence_reach(compiled->sequence, compiled->sequence->anchor);
	return err == -EINVAL ? compile_refuse(compiler, compiled->rule, problem) : err;
}

static uint32_t rule_number(const struct pack_set *set, struct slice id)
{
	for (size_t i = 0; i < set->rule_count; i++)
		if (slice_eq(id, slice_of(set->rules[i].id)))
			return (uint32_t)i;
	return RULE_NONE;
}

static int read_combine(struct compiler *compiler, struct compiled_rule *compiled)
{
	const char *problem;
	size_t at;

	compiled->combine = calloc(1, sizeof(*compiled->combine));
	if (!compiled->combine)
		return -ENOMEM;
	return combine_parse(compiled->rule->body, compiled->combine, &problem, &at) < 0 ?
		       compile_refuse(compiler, compiled->rule, problem) : 0;
}

static int name_combined(struct compiler *compiler, struct compiled_rule *compiled)
{
	for (uint8_t i = 0; i < compiled->combine->term_count; i++) {
		const struct combine_term *term = &compiled->combine->terms[i];

		compiled->combine_rules[i] = RULE_NONE;
		if (term->family != FAMILY_UNKNOWN)
			continue;
		compiled->combine_rules[i] = rule_number(&compiler->rules->set, term->id);
		if (compiled->combine_rules[i] == RULE_NONE && !pack_set_is_disabled(&compiler->rules->set, term->id))
			return compile_refuse(compiler, compiled->rule, "it names a rule that does not exist");
	}
	return 0;
}

unsigned int compile_flags(const struct pack_rule *rule)
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
		compiled->width = compiled->width_max = (uint32_t)strlen(rule->body);
		return 0;
	}
	if (hs_expression_info(rule->body, compile_flags(rule), &info, &error) == HS_SUCCESS) {
		compiled->width = info->min_width;
		compiled->width_max = info->max_width;	/* UINT_MAX where it has no end */
	} else {
		err = compile_refuse(compiler, rule, error ? error->message : "Hyperscan does not take it");
	}
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
		return compile_refuse(compiler, rule, "no such check; see docs/rules.md");
	if (!check_args_fit(compiled->check, rule->check_args ? rule->check_args : ""))
		return compile_refuse(compiler, rule, "check_args are not what its check takes; see docs/rules.md");
	return 0;
}

static int find_signal(struct compiler *compiler, struct compiled_rule *compiled)
{
	for (int i = 0; i < SIGNAL_MAX; i++) {
		if (strcmp(signal_names[i], compiled->rule->body) == 0) {
			compiled->signal = (enum signal_id)i;
			return 0;
		}
	}
	return compile_refuse(compiler, compiled->rule, "no such signal; see user/detect/signals.h");
}

int compile_resolve(struct compiler *compiler, struct compiled_rule *compiled)
{
	switch (compiled->rule->kind) {
	case RULE_EXPRESSION:
	case RULE_DIGITS:
		return find_check(compiler, compiled);
	case RULE_COMBINE:
		return read_combine(compiler, compiled);
	case RULE_SIGNAL:
		return find_signal(compiler, compiled);
	default:
		return 0;
	}
}

static int compile_rule(struct compiler *compiler, struct compiled_rule *compiled)
{
	int err = compile_resolve(compiler, compiled);

	if (err < 0)
		return err;
	switch (compiled->rule->kind) {
	case RULE_SEQUENCE:
	case RULE_NEAR:
		return compile_sequence(compiler, compiled);
	case RULE_EXPRESSION:
		return measure_expression(compiler, compiled);
	case RULE_DIGITS:
		compiled->width = compiled->rule->digits;
		return 0;
	case RULE_COMBINE:
		return name_combined(compiler, compiled);
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

/* Which combinations want which family or rule, and which scores count it. */
static void find_joins(struct rules *rules)
{
	uint64_t of_family[FAMILY_MAX] = { 0 }, scores = 0;

	for (size_t i = 0; i < rules->joining_count; i++) {
		const struct compiled_rule *compiled = &rules->compiled[rules->joining[i]];
		const struct combine *combine = compiled->combine;
		uint64_t bit = UINT64_C(1) << i % 64;

		scores |= combine ? 0 : bit;
		for (uint8_t k = 0; combine && k < combine->term_count; k++) {
			if (!(combine->wanted >> k & 1))
				continue;
			if (compiled->combine_rules[k] == RULE_NONE)
				of_family[combine->terms[k].family] |= bit;
			else
				rules->compiled[compiled->combine_rules[k]].joins |= bit;
		}
	}
	for (size_t i = 0; i < rules->set.rule_count; i++) {
		const struct pack_rule *rule = &rules->set.rules[i];

		rules->compiled[i].joins |= of_family[rule->family];
		if (rule->kind != RULE_SCORE && families[rule->family].attack && rule->weight > 0)
			rules->compiled[i].joins |= scores;
	}
}

int compile_lists(struct rules *rules)
{
	int err = list_kinds(rules);

	if (err == 0)
		find_joins(rules);
	return err;
}

/* ---- the whole ---- */

static int compile_rules(struct compiler *compiler)
{
	struct rules *rules = compiler->rules;
	int err = 0;

	for (size_t i = 0; i < rules->set.rule_count && err == 0; i++) {
		rules->compiled[i].rule = &rules->set.rules[i];
		err = compile_rule(compiler, &rules->compiled[i]);
	}
	return err;
}

/* `sources`: the same make the same image, to the byte, wherever and however often. Words of a text are only looked up in
 * its tables, so who knows the seed makes them find no more than the longest run of slots that rules fill. */
static int compile_all(struct compiler *compiler, uint64_t sources)
{
	struct rules *rules = compiler->rules;
	int err;

	rules->concept_count = (uint32_t)rules->set.concept_count;
	rules->compiled = calloc(rules->set.rule_count + 1, sizeof(*rules->compiled));
	rules->dictionary = dictionary_new();
	compiler->fold = fold_new();
	if (!rules->compiled || !rules->dictionary || !compiler->fold)
		return -ENOMEM;
	rules->dictionary->seed = sources;
	err = compile_concepts(compiler);
	if (err == 0)
		err = compile_rules(compiler);
	if (err == 0)
		err = compile_needs(compiler);
	if (err == 0)
		err = compile_spellings(compiler);
	if (err == 0)
		err = dictionary_seal(rules->dictionary);
	if (err == 0)
		err = compile_gate(compiler);
	return err < 0 ? err : compile_databases(compiler);
}

/* What compiling made, each part with memory of its own. */
static void free_compiled(struct rules *rules)
{
	for (size_t i = 0; rules->compiled && i < rules->set.rule_count; i++) {
		if (rules->compiled[i].sequence)
			sequence_done(rules->compiled[i].sequence);
		free(rules->compiled[i].sequence);
		free(rules->compiled[i].combine);
	}
	free(rules->compiled);
	for (size_t i = 0; i < PART_MAX; i++)
		gate_free(rules->gates[i]);
	for (size_t i = 0; i < rules->database_count; i++) {
		free(rules->databases[i].rules);
		free(rules->databases[i].triggers);
		(void)hs_free_database(rules->databases[i].database);
	}
	free(rules->trigger_databases);
	dictionary_free(rules->dictionary);
	pack_set_done(&rules->set);
	free(rules);
}

int rules_compile(struct pack_set *set, uint64_t sources, const struct slice *images, size_t image_count, struct rules **ret,
		  char ret_error[PACK_ERROR_BYTES])
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct compiler compiler = { .rules = rules, .images = images, .image_count = image_count, .error = ret_error };
	struct image image;
	int err;

	if (!rules) {
		pack_set_done(set);
		return -ENOMEM;
	}
	rules->set = *set;
	*set = (struct pack_set){ 0 };
	err = compile_all(&compiler, sources);
	if (err == 0)
		err = image_of_compiled(rules, sources, &image);
	compile_words_done(&compiler);
	fold_free(compiler.fold);
	free_compiled(rules);
	if (err == 0)
		err = rules_from_image(image, ret);
	if (err < 0)
		return err;
	(*ret)->kept = false;
	(*ret)->made = compiler.made;
	return 0;
}

int rules_new(struct pack_set *set, struct rules **ret, char ret_error[PACK_ERROR_BYTES])
{
	return rules_compile(set, 0, NULL, 0, ret, ret_error);
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
	for (size_t i = 0; i < rules->set.rule_count && rules->compiled; i++)
		free(rules->compiled[i].combine);
	free(rules->joining);
	free(rules->signals);
	free(rules->digits);
	for (size_t i = 0; i < rules->database_count; i++)
		(void)hs_free_database(rules->databases[i].database);
	arena_done(&rules->set.arena);
	rules->image.release(rules->image.bytes);
	free(rules);
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
		.databases_made = rules->made,
	};
	for (size_t i = 0; i < rules->database_count; i++) {
		size_t bytes = 0;

		(void)hs_database_size(rules->databases[i].database, &bytes);
		ret->database_bytes += bytes;
		ret->databases += bytes > 0;
		ret->expressions += rules->databases[i].count;
	}
}
