/* SPDX-License-Identifier: Apache-2.0 */
/* A set of packs in an image. Its texts are lent from there. */
#include "base/cleanup.h"
#include "detect/image_impl.h"
#include "detect/pack_yaml.h"

#define TEXTS_MAX PACK_PHRASES_MAX
#define EXAMPLES_MAX PACK_NODES_MAX

#define NUMBER(member, max) IMAGE_FIELD_NUMBER(struct pack_rule, member, max)
#define FLAG(member) IMAGE_FIELD_FLAG(struct pack_rule, member)
#define TEXT(member) IMAGE_FIELD_TEXT(struct pack_rule, member)
#define TEXT_OR_NULL(member) IMAGE_FIELD_TEXT_OR_NULL(struct pack_rule, member)

static const struct image_field rule_fields[] = {
	TEXT(id),
	TEXT(about),
	TEXT(pack),
	TEXT(file),
	NUMBER(line, UINT32_MAX),
	NUMBER(version, UINT32_MAX),
	NUMBER(family, FAMILY_MAX - 1),
	NUMBER(severity, SEVERITY_MAX - 1),
	NUMBER(risk, RISK_MAX - 1),
	NUMBER(where, WHERE_BIT(WHERE_MAX) - 1),
	NUMBER(weight, UINT32_MAX),
	TEXT(owasp),
	TEXT(atlas),
	NUMBER(kind, RULE_KIND_MAX - 1),
	TEXT(body),
	NUMBER(body_line, UINT32_MAX),
	NUMBER(score, UINT32_MAX),
	NUMBER(family_max, UINT32_MAX),
	NUMBER(within, PACK_WITHIN_BYTES_MAX),
	TEXT_OR_NULL(unless),
	NUMBER(unless_within, PACK_WORDS_MAX),
	NUMBER(unless_line, UINT32_MAX),
	FLAG(across),
	FLAG(folded),
	FLAG(caseless),
	FLAG(dotall),
	FLAG(literal),
	NUMBER(digits, UINT32_MAX),
	TEXT_OR_NULL(check),
	TEXT_OR_NULL(check_args),
	NUMBER(check_line, UINT32_MAX),
};

static const struct image_field concept_fields[] = {
	IMAGE_FIELD_TEXT(struct pack_concept, name),
	IMAGE_FIELD_FLAG(struct pack_concept, common),
	IMAGE_FIELD_FLAG(struct pack_concept, defined),
	IMAGE_FIELD_TEXT(struct pack_concept, file),
	IMAGE_FIELD_NUMBER(struct pack_concept, line, UINT32_MAX),
};

/* ---- lists ---- */

static void put_texts(struct image_out *out, const char *const *texts, size_t count)
{
	image_put_number(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		image_put_text(out, slice_of(texts[i]));
}

static const char **take_texts(struct image_in *in, size_t *ret_count)
{
	size_t count = image_take_count(in, TEXTS_MAX);
	const char **texts = image_room(in, count, sizeof(*texts));

	for (size_t i = 0; i < count && texts; i++)
		texts[i] = image_take_text(in).ptr;
	*ret_count = texts ? count : 0;
	return texts;
}

static void put_examples(struct image_out *out, const struct pack_example *examples, size_t count)
{
	image_put_number(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		image_put_text(out, (struct slice){ examples[i].text, examples[i].len });
		image_put_number(out, examples[i].where);
		put_examples(out, examples[i].before, examples[i].before_count);
	}
}

/* `depth`: how deep others may stand in these. */
static const struct pack_example *take_examples(struct image_in *in, uint32_t depth, size_t *ret_count)
{
	size_t count = image_take_count(in, depth > 0 ? EXAMPLES_MAX : 0);
	struct pack_example *examples = image_room(in, count, sizeof(*examples));

	for (size_t i = 0; i < count && examples; i++) {
		struct slice text = image_take_text(in);

		examples[i].text = text.ptr;
		examples[i].len = text.len;
		examples[i].where = (enum text_where)image_take_upto(in, WHERE_MAX - 1);
		examples[i].before = take_examples(in, depth - 1, &examples[i].before_count);
	}
	*ret_count = examples ? count : 0;
	return examples;
}

/* ---- rules ---- */

static void put_rule(struct image_out *out, const struct pack_rule *rule)
{
	image_put_fields(out, rule, rule_fields, ARRAY_SIZE(rule_fields));
	image_put_number(out, (uint32_t)rule->needs_count);
	for (size_t i = 0; i < rule->needs_count; i++)
		put_texts(out, rule->needs[i].phrases, rule->needs[i].count);
	put_examples(out, rule->match, rule->match_count);
	put_examples(out, rule->clean, rule->clean_count);
}

static void take_needs(struct image_in *in, struct pack_rule *rule)
{
	size_t count = image_take_count(in, PACK_NEEDS_MAX);
	struct pack_need *needs = image_room(in, count, sizeof(*needs));

	for (size_t i = 0; i < count && needs; i++)
		needs[i].phrases = take_texts(in, &needs[i].count);
	rule->needs = needs;
	rule->needs_count = needs ? count : 0;
}

static void take_rule(struct image_in *in, struct pack_rule *rule)
{
	image_take_fields(in, rule, rule_fields, ARRAY_SIZE(rule_fields));
	take_needs(in, rule);
	rule->match = take_examples(in, PACK_DEPTH_MAX, &rule->match_count);
	rule->clean = take_examples(in, PACK_DEPTH_MAX, &rule->clean_count);
	if (strlen(rule->id) >= RULE_ID_BYTES)
		image_refuse(in);
}

/* ---- the set ---- */

static void put_concept(struct image_out *out, const struct pack_concept *concept)
{
	image_put_fields(out, concept, concept_fields, ARRAY_SIZE(concept_fields));
	put_texts(out, concept->phrases, concept->phrase_count);
}

void image_put_set(struct image_out *out, const struct pack_set *set)
{
	image_put_number(out, (uint32_t)set->rule_count);
	for (size_t i = 0; i < set->rule_count; i++)
		put_rule(out, &set->rules[i]);
	image_put_number(out, (uint32_t)set->concept_count);
	for (size_t i = 0; i < set->concept_count; i++)
		put_concept(out, &set->concepts[i]);
	put_texts(out, set->disabled, set->disabled_count);
}

void image_take_set(struct image_in *in, struct pack_set *ret)
{
	ret->rule_count = image_take_count(in, PACK_RULES_MAX);
	ret->rules = image_room(in, ret->rule_count, sizeof(*ret->rules));
	for (size_t i = 0; i < ret->rule_count && in->err == 0; i++)
		take_rule(in, &ret->rules[i]);
	ret->concept_count = image_take_count(in, PACK_CONCEPTS_MAX);
	ret->concepts = image_room(in, ret->concept_count, sizeof(*ret->concepts));
	for (size_t i = 0; i < ret->concept_count && in->err == 0; i++) {
		image_take_fields(in, &ret->concepts[i], concept_fields, ARRAY_SIZE(concept_fields));
		ret->concepts[i].phrases = take_texts(in, &ret->concepts[i].phrase_count);
		ret->phrase_count += ret->concepts[i].phrase_count;
	}
	ret->disabled = take_texts(in, &ret->disabled_count);
}
