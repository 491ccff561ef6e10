/* SPDX-License-Identifier: Apache-2.0 */
/* What the keys of a rule mean together: what is missing, what contradicts, and the defaults. */
#include <errno.h>

#include "base/cleanup.h"
#include "detect/combine.h"
#include "detect/pack_read.h"
#include "detect/signals.h"

#define UNLESS_WITHIN 4	/* words */

const char *const rule_kind_names[RULE_KIND_MAX] = {
	[RULE_SEQUENCE] = "sequence", [RULE_NEAR] = "near",	  [RULE_EXPRESSION] = "expression", [RULE_DIGITS] = "digits",
	[RULE_COMBINE] = "combine",   [RULE_SCORE] = "score", [RULE_SIGNAL] = "signal",
};

static int check_present(struct pack_reader *reader, const struct pack_seen *seen, const struct pack_draft *draft)
{
	static const char *const needed[] = { "version", "family", "severity", "about", "examples" };
	const struct pack_rule *rule = &draft->rule;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!pack_rule_key(seen, needed[i]))
			return pack_fail(reader, draft->id_line, "has no '%s'; add it, see docs/rules.md", needed[i]);
	if (!draft->has_body)
		return pack_fail(reader, draft->id_line,
				 "says not what it looks for; add sequence, near, expression, digits, combine, score or signal");
	if (rule->match_count == 0 || rule->clean_count == 0)
		return pack_fail(reader, pack_rule_key(seen, "examples")->key_line, "has no example of '%s'; add one",
				 rule->match_count == 0 ? "match" : "clean");
	return 0;
}

static int check_pair(struct pack_reader *reader, const struct pack_seen *seen, const char *given, const char *needed)
{
	const struct pack_node *node = pack_rule_key(seen, given);

	if (!node || pack_rule_key(seen, needed))
		return 0;
	return pack_fail(reader, node->key_line, "'%s' needs '%s'; add it", given, needed);
}

static int check_within(struct pack_reader *reader, const struct pack_seen *seen, const struct pack_rule *rule)
{
	const struct pack_node *node = pack_rule_key(seen, "within");

	if (rule->kind != RULE_NEAR || (node && rule->within <= PACK_WORDS_MAX))
		return 0;
	return pack_fail(reader, node ? node->line : rule->body_line,
			 "'near' needs a number of words; write within: 1 to %d", PACK_WORDS_MAX);
}

/* What a rule looks at must be what its family counts. */
static int check_where(struct pack_reader *reader, const struct pack_seen *seen, const struct pack_rule *rule)
{
	const struct pack_node *node = pack_rule_key(seen, "where");
	const struct family_row *family = &families[rule->family];

	for (int where = 0; node && where < WHERE_MAX; where++)
		if (rule->where & ~family->where & WHERE_BIT(where))
			return pack_fail(reader, node->line, "%s does not count in %s; leave the place out",
					 family->name, text_where_names[where]);
	return 0;
}

static int check_body(struct pack_reader *reader, const struct pack_rule *rule)
{
	struct pack_node node = { .text = slice_of(rule->body), .line = rule->body_line, .key = SLICE("signal") };
	struct combine combine;
	const char *problem = NULL;
	size_t at = 0;
	int i;

	if (rule->kind == RULE_SIGNAL)
		return pack_word(reader, &node, "signal", signal_names, SIGNAL_MAX, sizeof(signal_names[0]), &i);
	if (rule->kind == RULE_COMBINE && combine_parse(rule->body, &combine, &problem, &at) < 0)
		return pack_fail(reader, rule->body_line, "combine, column %zu: %s", at + 1, problem);
	return 0;
}

static int check_all(struct pack_reader *reader, const struct pack_seen *seen, const struct pack_draft *draft)
{
	const struct pack_rule *rule = &draft->rule;
	int err = check_present(reader, seen, draft);

	if (err == 0)
		err = check_pair(reader, seen, "unless_within", "unless");
	if (err == 0)
		err = check_pair(reader, seen, "check_args", "check");
	if (err == 0)
		err = check_within(reader, seen, rule);
	if (err == 0)
		err = check_where(reader, seen, rule);
	if (err == 0 && pack_rule_key(seen, "risk") && rule->family != FAMILY_HALLUCINATION_RISK)
		err = pack_fail(reader, pack_rule_key(seen, "risk")->key_line,
				"'risk' says nothing for %s; leave it out", families[rule->family].name);
	return err < 0 ? err : check_body(reader, rule);
}

/* ---- defaults ---- */

static int default_weight(const struct pack_rule *rule)
{
	static const int weights[SEVERITY_MAX] = {
		[SEVERITY_NONE] = 0,   [SEVERITY_INFO] = 0,  [SEVERITY_LOW] = 1,
		[SEVERITY_MEDIUM] = 4, [SEVERITY_HIGH] = 10, [SEVERITY_CRITICAL] = 12,
	};

	return families[rule->family].attack ? weights[rule->severity] : 0;
}

/* Where people would look for it: with the user, else the first of its places. */
static enum text_where usual_where(unsigned int places)
{
	enum text_where where = WHERE_SYSTEM;

	if (places & WHERE_BIT(WHERE_USER))
		return WHERE_USER;
	while (where < WHERE_MAX && !(places & WHERE_BIT(where)))
		where++;
	return where;
}

static int place_examples(struct pack_reader *reader, const struct pack_rule *rule, const struct pack_example *list,
			  size_t count, bool match)
{
	struct pack_example *examples = (struct pack_example *)list;	/* made by pack_read_examples() for this */
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++) {
		if (examples[i].where == WHERE_MAX)
			examples[i].where = usual_where(rule->where);
		else if (match && !(rule->where & WHERE_BIT(examples[i].where)))
			return pack_fail(reader, rule->line, "an example that must match stands in %s, where the rule "
					 "does not look; change one of them", text_where_names[examples[i].where]);
		err = place_examples(reader, rule, examples[i].before, examples[i].before_count, false);
	}
	return err;
}

static int set_defaults(struct pack_reader *reader, const struct pack_seen *seen, struct pack_rule *rule)
{
	const struct family_row *family = &families[rule->family];
	int err;

	if (!rule->where)
		rule->where = family->where;
	if (!pack_rule_key(seen, "weight"))
		rule->weight = default_weight(rule);
	if (!rule->owasp)
		rule->owasp = family->owasp;
	if (!rule->atlas)
		rule->atlas = family->atlas;
	if (rule->kind == RULE_SCORE && !rule->family_max)
		rule->family_max = rule->score;
	if (!pack_rule_key(seen, "unless_within"))
		rule->unless_within = UNLESS_WITHIN;
	if (rule->check && !rule->check_args)
		rule->check_args = "";
	err = place_examples(reader, rule, rule->match, rule->match_count, true);
	return err < 0 ? err : place_examples(reader, rule, rule->clean, rule->clean_count, false);
}

int pack_finish_rule(struct pack_reader *reader, const struct pack_seen *seen, struct pack_draft *draft)
{
	int err = check_all(reader, seen, draft);

	return err < 0 ? err : set_defaults(reader, seen, &draft->rule);
}
