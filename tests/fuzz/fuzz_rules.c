/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs of rules: any bytes are read, or refused with one line that names file
 * and line. The input is cut at each 0xff, which YAML cannot hold: a set of
 * packs, the first as part of the program, the others as the user's. What was
 * read is compiled, but for expressions, whose cost is Hyperscan's own.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/combine.h"
#include "detect/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_examples(const struct pack_example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert(examples[i].text[examples[i].len] == '\0' && examples[i].where < WHERE_MAX);
		check_examples(examples[i].before, examples[i].before_count);
	}
}

static void check_rule(const struct pack_rule *rule)
{
	struct combine combine;
	const char *problem;
	size_t at;

	assert(strlen(rule->id) < RULE_ID_BYTES && rule->about && rule->body && rule->owasp && rule->atlas);
	assert(rule->family > FAMILY_UNKNOWN && rule->family < FAMILY_MAX && rule->kind < RULE_KIND_MAX);
	assert(rule->severity < SEVERITY_MAX && rule->risk < RISK_MAX);
	assert(rule->where != 0 && (rule->where & ~families[rule->family].where) == 0);
	assert(!rule->check == !rule->check_args);
	assert(rule->match_count > 0 && rule->clean_count > 0);
	check_examples(rule->match, rule->match_count);
	check_examples(rule->clean, rule->clean_count);
	if (rule->kind != RULE_COMBINE)
		return;
	assert(combine_parse(rule->body, &combine, &problem, &at) == 0);
	for (unsigned int i = 0; i < 64; i++)
		(void)combine_holds(&combine, UINT64_MAX << i);
	assert(!combine_holds(&combine, 0) && combine.wanted != 0);
}

static void check_set(const struct pack_set *set)
{
	size_t phrases = 0;

	assert(set->rule_count <= PACK_RULES_MAX && set->concept_count <= PACK_CONCEPTS_MAX);
	for (size_t i = 0; i < set->rule_count; i++)
		check_rule(&set->rules[i]);
	for (size_t i = 0; i < set->concept_count; i++) {
		const struct pack_concept *concept = &set->concepts[i];

		assert(concept->phrase_count > 0);
		phrases += concept->phrase_count;
		for (size_t n = 0; n < concept->phrase_count; n++)
			assert(*concept->phrases[n] != '\0' && strlen(concept->phrases[n]) <= PACK_PHRASE_BYTES);
	}
	assert(phrases == set->phrase_count && phrases <= PACK_PHRASES_MAX);
}

static void check_error(int err, const char *error)
{
	assert(err == -EINVAL);
	assert(strncmp(error, "fuzz.yaml:", 10) == 0 && error[10] >= '0' && error[10] <= '9');
	assert(strlen(error) < PACK_ERROR_BYTES);
}

/* Adds one pack; an exact copy, so that a read past its end is seen. */
static void add(struct pack_set *set, struct slice yaml, bool override)
{
	char *copy = malloc(yaml.len ? yaml.len : 1);
	char error[PACK_ERROR_BYTES] = "";
	int err;

	assert(copy);
	if (yaml.len > 0)
		memcpy(copy, yaml.ptr, yaml.len);
	err = pack_set_add(set, "fuzz.yaml", (struct slice){ copy, yaml.len }, override, error);
	free(copy);
	if (err < 0)
		check_error(err, error);
	check_set(set);
}

static bool is_cheap(const struct pack_set *set)
{
	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i].kind == RULE_EXPRESSION)
			return false;
	return set->rule_count > 0 && set->rule_count < 16 && set->phrase_count < 64;
}

static void compile(struct pack_set *set)
{
	char error[PACK_ERROR_BYTES] = "";
	struct rules *rules = NULL;
	int err = rules_new(set, &rules, error);

	assert((err == 0) == (rules != NULL));
	if (err < 0)
		check_error(err, error);
	rules_unref(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct pack_set set = { 0 };
	char error[PACK_ERROR_BYTES] = "";
	bool override = false;
	int err;

	for (;;) {
		const char *end = rest.len > 0 ? memchr(rest.ptr, 0xff, rest.len) : NULL;
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		add(&set, (struct slice){ rest.ptr, len }, override);
		if (!end)
			break;
		override = true;
		rest = (struct slice){ end + 1, rest.len - len - 1 };
	}
	err = pack_set_check(&set, error);
	if (err < 0)
		check_error(err, error);
	if (err == 0 && is_cheap(&set))
		compile(&set);
	else
		pack_set_done(&set);
	return 0;
}
