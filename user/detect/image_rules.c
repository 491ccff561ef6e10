/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled rules in an image. Names of checks and signals and combinations are resolved anew, for they point into the
 * program; the rest is there. */
#include <errno.h>

#include "base/cleanup.h"
#include "detect/compile.h"
#include "detect/image_impl.h"

#define NO_RULE UINT32_MAX

/* ---- sequences ---- */

#define NUMBER(member, max) IMAGE_FIELD_NUMBER(struct sequence, member, max)
#define FLAG(member) IMAGE_FIELD_FLAG(struct sequence, member)

static const struct image_field sequence_fields[] = {
	NUMBER(term_count, TERMS_MAX),
	NUMBER(required_count, TERMS_MAX),
	NUMBER(anchor, TERMS_MAX - 1),
	NUMBER(unless_count, TERMS_MAX),
	NUMBER(unless_within, PACK_WORDS_MAX),
	NUMBER(within, PACK_WORDS_MAX),
	FLAG(at_beginning),
	FLAG(across),
};

#undef NUMBER
#undef FLAG

static void put_sequence(struct image_out *out, const struct sequence *sequence)
{
	image_put_fields(out, sequence, sequence_fields, ARRAY_SIZE(sequence_fields));
	image_put_array(out, sequence->required, sequence->required_count, sizeof(sequence->required[0]));
	image_put_array(out, sequence->terms, sequence->term_count + sequence->unless_count, sizeof(*sequence->terms));
}

static bool term_is_sound(const struct term *term, uint32_t concepts)
{
	unsigned char optional;

	memcpy(&optional, &term->optional, sizeof(optional));
	return optional <= 1 && term->concept_count > 0 && term->concept_count <= TERM_CONCEPTS_MAX &&
	       term->gap <= GAP_WORDS_MAX && term->longest > 0 && term->longest <= PHRASE_WORDS_MAX &&
	       image_all_below(term->concepts, term->concept_count, concepts);
}

static bool sequence_is_sound(const struct sequence *sequence, uint32_t concepts)
{
	bool sound = sequence->required_count > 0 && sequence->anchor < sequence->term_count &&
		     image_all_below(sequence->required, sequence->required_count, sequence->term_count);

	for (uint32_t i = 0; i < sequence->term_count + sequence->unless_count && sound; i++)
		sound = term_is_sound(&sequence->terms[i], concepts);
	return sound;
}

static struct sequence *take_sequence(struct image_in *in, uint32_t concepts)
{
	struct sequence *sequence = image_room(in, 1, sizeof(*sequence));
	const uint32_t *required;

	if (!sequence)
		return NULL;
	image_take_fields(in, sequence, sequence_fields, ARRAY_SIZE(sequence_fields));
	required = image_take_exactly(in, sizeof(*required), sequence->required_count);
	sequence->terms = image_take_exactly(in, sizeof(*sequence->terms), sequence->term_count + sequence->unless_count);
	if (in->err < 0)
		return NULL;
	memcpy(sequence->required, required, sequence->required_count * sizeof(*required));
	sequence->unless = sequence->terms + sequence->term_count;
	if (!sequence_is_sound(sequence, concepts))
		image_refuse(in);
	return sequence;
}

/* ---- rules ---- */

static bool is_sequence(const struct pack_rule *rule)
{
	return rule->kind == RULE_SEQUENCE || rule->kind == RULE_NEAR;
}

static void put_rule(struct image_out *out, const struct compiled_rule *compiled)
{
	image_put_number(out, compiled->key);
	image_put_number(out, compiled->width);
	image_put_number(out, compiled->width_max);
	if (compiled->sequence)
		put_sequence(out, compiled->sequence);
	if (compiled->combine)
		image_put_array(out, compiled->combine_rules, compiled->combine->term_count, sizeof(compiled->combine_rules[0]));
}

static void take_combined(struct image_in *in, const struct rules *rules, struct compiled_rule *compiled)
{
	uint8_t count = compiled->combine->term_count;
	const uint32_t *numbers = image_take_exactly(in, sizeof(*numbers), count);

	for (uint8_t i = 0; i < count && numbers; i++) {
		compiled->combine_rules[i] = numbers[i];
		if (numbers[i] != RULE_NONE && numbers[i] >= rules->set.rule_count)
			image_refuse(in);
	}
}

static void take_rule(struct image_in *in, struct compiler *compiler, struct compiled_rule *compiled)
{
	struct rules *rules = compiler->rules;
	int err;

	compiled->key = image_take_number(in);
	compiled->width = image_take_number(in);
	compiled->width_max = image_take_number(in);
	if (is_sequence(compiled->rule))
		compiled->sequence = take_sequence(in, rules->concept_count);
	err = in->err < 0 ? in->err : compile_resolve(compiler, compiled);
	if (err < 0)
		in->err = err == -ENOMEM ? err : -EBADMSG;
	if (in->err < 0)
		return;
	if (compiled->combine)
		take_combined(in, rules, compiled);
	if (!compiled->sequence)
		return;
	compiled->reach = sequence_reach(compiled->sequence, compiled->sequence->anchor);
	if (compiled->key >= compiled->sequence->term_count)
		image_refuse(in);
}

static void take_compiled(struct image_in *in, struct rules *rules)
{
	char error[PACK_ERROR_BYTES];
	struct compiler compiler = { .rules = rules, .error = error };

	rules->compiled = image_room(in, rules->set.rule_count + 1, sizeof(*rules->compiled));
	for (size_t i = 0; i < rules->set.rule_count && in->err == 0; i++) {
		rules->compiled[i].rule = &rules->set.rules[i];
		take_rule(in, &compiler, &rules->compiled[i]);
	}
}

/* ---- databases ---- */

#define NUMBER(member, max) IMAGE_FIELD_NUMBER(struct expressions, member, max)
#define FLAG(member) IMAGE_FIELD_FLAG(struct expressions, member)

static const struct image_field expressions_fields[] = {
	FLAG(folded),
	NUMBER(places, UINT32_MAX),
	FLAG(anchored),
	FLAG(waits),
	NUMBER(width_max, UINT32_MAX),
	NUMBER(first_need, UINT32_MAX),
	NUMBER(anchor, UINT32_MAX),
};

static void put_expressions(struct image_out *out, const struct rules *rules, const struct expressions *expressions)
{
	image_put_fields(out, expressions, expressions_fields, ARRAY_SIZE(expressions_fields));
	image_put_number(out, expressions->needs ? (uint32_t)(expressions->needs - rules->set.rules) : NO_RULE);
	image_put_array(out, expressions->rules, expressions->count, sizeof(*expressions->rules));
	image_put_array(out, expressions->triggers, expressions->trigger_count, sizeof(*expressions->triggers));
}

static void take_needs(struct image_in *in, const struct rules *rules, struct expressions *expressions)
{
	uint32_t rule = image_take_number(in);
	size_t last;

	if (rule == NO_RULE)
		return;
	if (rule >= rules->set.rule_count) {
		image_refuse(in);
		return;
	}
	expressions->needs = &rules->set.rules[rule];
	last = (size_t)expressions->first_need + expressions->needs->needs_count;
	if (last > rules->concept_count || expressions->anchor < expressions->first_need || expressions->anchor >= last)
		image_refuse(in);
}

static void take_database(struct image_in *in, struct slice saved, struct expressions *expressions)
{
	if (in->err < 0 || saved.len == 0)
		return;
	expressions->database = database_restore(saved);
	if (!expressions->database)
		image_refuse(in);
}

static bool triggers_are_sound(const struct rules *rules, const struct expressions *expressions, size_t listed)
{
	bool sound = true;

	for (size_t i = 0; i < expressions->trigger_count; i++) {
		const struct trigger *trigger = &expressions->triggers[i];

		sound &= trigger->first <= listed && trigger->count <= listed - trigger->first;
	}
	for (size_t i = 0; i < expressions->count && sound; i++)
		sound = expressions->rules[i] < rules->set.rule_count &&
			rules->set.rules[expressions->rules[i]].kind == RULE_EXPRESSION;
	return sound;
}

/* Those that are scanned always are of the original and of folded text in turns. */
static bool stands_right(const struct expressions *expressions, size_t number)
{
	bool fixed = number < DATABASES_FIXED;

	return expressions->waits != fixed && (!fixed || expressions->folded == number % 2);
}

static void take_expressions(struct image_in *in, struct rules *rules, size_t number, struct slice saved, size_t listed)
{
	struct expressions *expressions = &rules->databases[number];

	image_take_fields(in, expressions, expressions_fields, ARRAY_SIZE(expressions_fields));
	take_needs(in, rules, expressions);
	expressions->rules = image_take_array(in, sizeof(*expressions->rules), &expressions->count);
	expressions->triggers = image_take_array(in, sizeof(*expressions->triggers), &expressions->trigger_count);
	take_database(in, saved, expressions);
	if (in->err == 0 && (!stands_right(expressions, number) || !triggers_are_sound(rules, expressions, listed)))
		image_refuse(in);
}

static void put_databases(struct image_out *out, const struct rules *rules)
{
	uint32_t listed = 0;

	for (size_t i = 0; i < DATABASES_FIXED; i++)
		for (size_t k = 0; k < rules->databases[i].trigger_count; k++)
			listed += rules->databases[i].triggers[k].count;
	image_put_array(out, rules->trigger_databases, listed, sizeof(*rules->trigger_databases));
	for (size_t i = 0; i < rules->database_count; i++)
		put_expressions(out, rules, &rules->databases[i]);
}

static void take_databases(struct image_in *in, const struct saved_databases *saved, struct rules *rules)
{
	size_t count = saved->count, listed;

	rules->trigger_databases = image_take_array(in, sizeof(*rules->trigger_databases), &listed);
	for (size_t i = 0; i < listed; i++)
		if (rules->trigger_databases[i] < DATABASES_FIXED || rules->trigger_databases[i] >= count)
			image_refuse(in);
	for (; rules->database_count < count && in->err == 0; rules->database_count++)
		take_expressions(in, rules, rules->database_count, saved->items[rules->database_count].bytes, listed);
	if (rules->database_count < DATABASES_FIXED)
		image_refuse(in);
}

/* ---- the whole ---- */

void image_put_rules(struct image_out *out, const struct rules *rules)
{
	image_put_saved(out, rules);
	image_put_set(out, &rules->set);
	image_put_number(out, rules->concept_count);
	image_put_dictionary(out, rules->dictionary);
	for (size_t i = 0; i < rules->set.rule_count; i++)
		put_rule(out, &rules->compiled[i]);
	put_databases(out, rules);
	for (size_t i = 0; i < PART_MAX; i++)
		image_put_gate(out, rules->gates[i]);
}

void image_take_rules(struct image_in *in, struct rules *rules)
{
	struct saved_databases saved;

	image_take_saved(in, &saved);
	image_take_set(in, &rules->set);
	rules->concept_count = image_take_number(in);
	rules->dictionary = image_take_dictionary(in, rules->concept_count);
	if (in->err == 0)
		take_compiled(in, rules);
	if (in->err == 0)
		take_databases(in, &saved, rules);
	for (size_t i = 0; i < PART_MAX && in->err == 0; i++)
		rules->gates[i] = image_take_gate(in, rules);
}
