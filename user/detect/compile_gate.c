/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences, and what databases wait for, as the gate (gate.h) takes them. */
#include "detect/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define PAIR_RARER 8	/* times, than the rarer one of its words */

struct gate_input {
	struct compiler *compiler;
	size_t *first_key;		/* by concept, of keys[]; [concept_count] is the end */
	struct gate_key *keys;		/* of its phrases */
	const struct term **sources;	/* of terms: one that has these concepts; null: a need */
	struct gate_term *terms;
	struct gate_key **owned;	/* keys of terms that have several concepts */
	size_t term_count;
	struct gate_rule *rules;
	size_t rule_count;
	struct term *needs;		/* of databases that wait */
};

static void part_done(struct gate_input *input)
{
	for (size_t i = 0; i < input->term_count; i++)
		free(input->owned[i]);
	free(input->sources);
	free(input->terms);
	free(input->owned);
	free(input->rules);
	free(input->needs);
	input->term_count = input->rule_count = 0;
}

/* ---- phrases of concepts ---- */

/* The rarest pair of neighbours: the rarer one of both counts, then the other. */
static struct gate_key key_of(const struct dictionary *dictionary, uint32_t node)
{
	uint32_t words[PHRASE_WORDS_MAX];
	size_t count = dictionary_path(dictionary, node, words);
	struct gate_key key = { .words = { words[0] } };
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i + 1 < count; i++) {
		uint32_t a = dictionary_frequency(dictionary, words[i]);
		uint32_t b = dictionary_frequency(dictionary, words[i + 1]);
		uint64_t cost = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;

		if (cost >= best)
			continue;
		best = cost;
		key = (struct gate_key){ { words[i], words[i + 1] }, (uint32_t)i };
	}
	return key;
}

static int collect_keys(struct gate_input *input)
{
	const struct dictionary *dictionary = input->compiler->rules->dictionary;
	uint32_t nodes = dictionary_nodes(dictionary), concepts = input->compiler->rules->concept_count;
	auto_free size_t *next = NULL;
	size_t count;

	input->first_key = calloc(concepts + 2, sizeof(*input->first_key));
	input->keys = calloc(dictionary_phrases(dictionary) + 1, sizeof(*input->keys));
	next = calloc(concepts + 2, sizeof(*next));
	if (!input->first_key || !input->keys || !next)
		return -ENOMEM;
	for (uint32_t node = 1; node < nodes; node++) {
		const uint32_t *of = dictionary_concepts(dictionary, node, &count);

		for (size_t i = 0; i < count; i++)
			input->first_key[of[i] + 1]++;
	}
	for (uint32_t concept = 0; concept < concepts; concept++)
		next[concept + 1] = input->first_key[concept + 1] += input->first_key[concept];
	for (uint32_t node = 1; node < nodes; node++) {
		const uint32_t *of = dictionary_concepts(dictionary, node, &count);
		struct gate_key key = key_of(dictionary, node);

		for (size_t i = 0; i < count; i++)
			input->keys[next[of[i]]++] = key;
	}
	return 0;
}

/* ---- terms ---- */

static size_t key_count(const struct gate_input *input, uint32_t concept)
{
	return input->first_key[concept + 1] - input->first_key[concept];
}

/* How often one of its keys stands in a MiB of text, by and large. */
static size_t concept_cost(const struct gate_input *input, uint32_t concept)
{
	const struct dictionary *dictionary = input->compiler->rules->dictionary;
	size_t cost = 0;

	for (size_t i = input->first_key[concept]; i < input->first_key[concept + 1]; i++) {
		const uint32_t *words = input->keys[i].words;
		uint32_t first = dictionary_frequency(dictionary, words[0]);
		uint32_t second = words[1] ? dictionary_frequency(dictionary, words[1]) : 0;

		cost += words[1] ? (first < second ? first : second) / PAIR_RARER + 1 : first;
	}
	return cost;
}

static bool same_concepts(const struct term *a, const struct term *b)
{
	return a->concept_count == b->concept_count &&
	       memcmp(a->concepts, b->concepts, a->concept_count * sizeof(*a->concepts)) == 0;
}

/* One concept's keys are lent; those of several are put together. */
static int fill_term(struct gate_input *input, const struct term *term, size_t number)
{
	struct gate_term *filled = &input->terms[number];
	struct gate_key *keys;

	for (uint32_t i = 0; i < term->concept_count; i++) {
		filled->count += key_count(input, term->concepts[i]);
		filled->cost += concept_cost(input, term->concepts[i]);
	}
	filled->keys = &input->keys[input->first_key[term->concepts[0]]];
	if (term->concept_count == 1)
		return 0;
	keys = calloc(filled->count + 1, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	input->owned[number] = keys;
	filled->keys = keys;
	for (uint32_t i = 0; i < term->concept_count; i++) {
		size_t count = key_count(input, term->concepts[i]);

		memcpy(keys, &input->keys[input->first_key[term->concepts[i]]], count * sizeof(*keys));
		keys += count;
	}
	return 0;
}

/* The number of a term with these concepts. */
static int find_term(struct gate_input *input, const struct term *term, uint32_t *ret)
{
	size_t number = 0;

	while (number < input->term_count && !same_concepts(input->sources[number], term))
		number++;
	*ret = (uint32_t)number;
	if (number < input->term_count)
		return 0;
	input->sources[input->term_count++] = term;
	return fill_term(input, term, number);
}

/* ---- rules ---- */

static uint8_t reach_of(uint32_t words)
{
	return (uint8_t)(words < GATE_REACH_MAX ? words : GATE_REACH_MAX);
}

/* Its required terms, the rarest first; not by what sequences take for their anchors: pairs count here. */
static int order_terms(struct gate_input *input, const struct sequence *sequence, uint32_t ret_numbers[TERMS_MAX],
		       uint32_t ret_order[TERMS_MAX])
{
	int err = 0;

	for (uint32_t i = 0; i < sequence->required_count && err == 0; i++) {
		uint32_t term = sequence->required[i], number = 0, at = i;

		err = find_term(input, &sequence->terms[term], &number);
		for (; at > 0 && input->terms[ret_numbers[at - 1]].cost > input->terms[number].cost; at--) {
			ret_numbers[at] = ret_numbers[at - 1];
			ret_order[at] = ret_order[at - 1];
		}
		ret_numbers[at] = number;
		ret_order[at] = term;
	}
	return err;
}

static int add_rule(struct gate_input *input, uint32_t number)
{
	struct compiled_rule *compiled = &input->compiler->rules->compiled[number];
	const struct sequence *sequence = compiled->sequence;
	uint32_t terms[TERMS_MAX], order[TERMS_MAX];
	struct gate_rule *rule = &input->rules[input->rule_count];
	int err = order_terms(input, sequence, terms, order);
	struct sequence_reach reach;

	if (err < 0)
		return err;
	compiled->key = order[0];
	reach = sequence_reach(sequence, order[0]);
	*rule = (struct gate_rule){
		.what = number,
		.anchor = terms[0],
		.back = reach_of(reach.back),
		.ahead = reach_of(reach.ahead),
	};
	for (uint32_t i = 1; i < sequence->required_count && rule->other_count < GATE_OTHERS; i++)
		rule->others[rule->other_count++] = terms[i];
	input->rule_count++;
	return 0;
}

/* Between two phrases of one match stand at most so many words: each has a sign behind it, or several bytes. Where
 * text is not folded yet, one character may be several. */
static uint32_t words_of_match(const struct expressions *expressions)
{
	return expressions->width_max / (expressions->folded ? 2 : 1) + 1;
}

_Static_assert(PACK_NEEDS_MAX <= GATE_OTHERS + 1, "all lists of phrases are asked for");

/* Each list of phrases that a database waits for is a term; the rarest is looked for first. */
static int add_need(struct gate_input *input, struct expressions *expressions, uint32_t number, struct term *needs)
{
	struct gate_rule rule = { .what = GATE_NEED | number };
	uint32_t count = (uint32_t)expressions->needs->needs_count, rarest = 0, terms[PACK_NEEDS_MAX] = { 0 }, reach;
	int err = 0;

	for (uint32_t i = 0; i < count && err == 0; i++) {
		needs[i] = (struct term){ .concepts = { expressions->first_need + i }, .concept_count = 1 };
		err = find_term(input, &needs[i], &terms[i]);
		if (err == 0 && input->terms[terms[i]].cost < input->terms[terms[rarest]].cost)
			rarest = i;
	}
	if (err < 0)
		return err;
	expressions->anchor = expressions->first_need + rarest;
	rule.anchor = terms[rarest];
	reach = words_of_match(expressions);
	for (uint32_t i = 0; i < count && reach < GATE_REACH_MAX; i++)
		if (i != rarest)
			rule.others[rule.other_count++] = terms[i];
	rule.back = rule.ahead = rule.other_count ? reach_of(reach) : 0;
	input->rules[input->rule_count++] = rule;
	return 0;
}

static int add_needs(struct gate_input *input, enum rule_part part)
{
	struct rules *rules = input->compiler->rules;
	int err = 0;

	input->needs = calloc(NEEDS_MAX * PACK_NEEDS_MAX, sizeof(*input->needs));
	if (!input->needs)
		return -ENOMEM;
	for (uint32_t i = 0; i + DATABASES_FIXED < rules->database_count && err == 0; i++) {
		struct expressions *expressions = &rules->databases[DATABASES_FIXED + i];

		if (part == PART_ALL || expressions->places & WHERE_MADE)
			err = add_need(input, expressions, i, &input->needs[(size_t)i * PACK_NEEDS_MAX]);
	}
	return err;
}

static int collect_rules(struct gate_input *input, enum rule_part part)
{
	const struct rules *rules = input->compiler->rules;
	size_t room = rules->set.rule_count + NEEDS_MAX, terms = room * (GATE_OTHERS + 1);
	int err = 0;

	input->rules = calloc(room, sizeof(*input->rules));
	input->terms = calloc(terms, sizeof(*input->terms));
	input->sources = calloc(terms, sizeof(*input->sources));
	input->owned = calloc(terms, sizeof(*input->owned));
	if (!input->rules || !input->terms || !input->sources || !input->owned)
		return -ENOMEM;
	for (uint32_t i = 0; i < rules->set.rule_count && err == 0; i++)
		if (rules->compiled[i].sequence && (part == PART_ALL || rule_places(&rules->set.rules[i]) & WHERE_MADE))
			err = add_rule(input, i);
	return err < 0 ? err : add_needs(input, part);
}

static int compile_part(struct gate_input *input, enum rule_part part)
{
	struct rules *rules = input->compiler->rules;
	int err = collect_rules(input, part);

	if (err == 0) {
		rules->gates[part] = gate_new(rules->dictionary, input->terms, input->term_count, input->rules,
					      input->rule_count);
		err = rules->gates[part] ? 0 : -ENOMEM;
	}
	part_done(input);
	return err;
}

int compile_gate(struct compiler *compiler)
{
	struct gate_input input = { .compiler = compiler };
	int err = collect_keys(&input);

	for (int part = 0; part < PART_MAX && err == 0; part++)
		err = compile_part(&input, (enum rule_part)part);
	free(input.first_key);
	free(input.keys);
	return err;
}
