/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "unit.h"

#define HEAD "pack: p\nversion: 1\ndescription: For tests.\n"
#define EXAMPLES "    examples: { match: [yes], clean: [no] }\n"
/* A rule but for its body; its first line is line 5 behind HEAD and "rules:". */
#define RULE "  - id: p.r\n    version: 1\n    family: new_task\n    severity: high\n    about: tests\n" EXAMPLES

static char error[PACK_ERROR_BYTES];

static int add(struct pack_set *set, const char *file, const char *yaml, bool override)
{
	error[0] = '\0';
	return pack_set_add(set, file, slice_of(yaml), override, error);
}

static void add_good(struct pack_set *set, const char *yaml)
{
	ck_assert_msg(add(set, "good.yaml", yaml, false) == 0, "%s", error);
}

START_TEST(all_keys)
{
	struct pack_set set = { 0 };
	const struct pack_rule *rule;

	add_good(&set, HEAD "rules:\n"
			    "  - id: p.near_it\n"
			    "    version: 7\n"
			    "    family: exfiltration\n"
			    "    severity: critical\n"
			    "    about: a thing\n"
			    "    where: [completion, tool_args]\n"
			    "    weight: 3\n"
			    "    owasp: [LLM02, LLM10]\n"
			    "    atlas: [AML.T0057, AML.T0051.001]\n"
			    "    near: \"{a} {b}\"\n"
			    "    within: 9\n"
			    "    across: true\n"
			    "    unless: \"{c}\"\n"
			    "    unless_within: 4\n"
			    "    examples:\n"
			    "      match: [one, { text: \"two\\0\", where: tool_args }]\n"
			    "      clean: [{ text: three, before: [{ text: zero, where: tool_result }, one] }]\n");
	ck_assert_uint_eq(set.rule_count, 1);
	rule = pack_set_rule(&set, SLICE("p.near_it"));
	ck_assert_ptr_eq(rule, set.rules);
	ck_assert_str_eq(rule->about, "a thing");
	ck_assert_str_eq(rule->pack, "p");
	ck_assert_str_eq(rule->file, "good.yaml");
	ck_assert_uint_eq(rule->line, 5);
	ck_assert_uint_eq(rule->version, 7);
	ck_assert_int_eq(rule->family, FAMILY_EXFILTRATION);
	ck_assert_int_eq(rule->severity, SEVERITY_CRITICAL);
	ck_assert_uint_eq(rule->where, WHERE_BIT(WHERE_COMPLETION) | WHERE_BIT(WHERE_TOOL_ARGS));
	ck_assert_int_eq(rule->weight, 3);
	ck_assert_str_eq(rule->owasp, "LLM02,LLM10");
	ck_assert_str_eq(rule->atlas, "AML.T0057,AML.T0051.001");
	ck_assert_int_eq(rule->kind, RULE_NEAR);
	ck_assert_str_eq(rule->body, "{a} {b}");
	ck_assert_uint_eq(rule->body_line, 14);
	ck_assert_uint_eq(rule->within, 9);
	ck_assert(rule->across);
	ck_assert_str_eq(rule->unless, "{c}");
	ck_assert_uint_eq(rule->unless_within, 4);
	ck_assert_uint_eq(rule->unless_line, 17);
	ck_assert_uint_eq(rule->match_count, 2);
	ck_assert_uint_eq(rule->clean_count, 1);
	ck_assert_int_eq(rule->match[0].where, WHERE_COMPLETION);
	ck_assert_int_eq(rule->match[1].where, WHERE_TOOL_ARGS);
	ck_assert_uint_eq(rule->match[1].len, 4);
	ck_assert_mem_eq(rule->match[1].text, "two\0", 5);
	ck_assert_uint_eq(rule->clean[0].before_count, 2);
	ck_assert_str_eq(rule->clean[0].before[0].text, "zero");
	ck_assert_int_eq(rule->clean[0].before[0].where, WHERE_TOOL_RESULT);
	ck_assert_int_eq(rule->clean[0].before[1].where, WHERE_COMPLETION);
	pack_set_done(&set);
}
END_TEST

START_TEST(defaults)
{
	struct pack_set set = { 0 };

	add_good(&set, HEAD "rules:\n" RULE "    sequence: \"{a} {b}\"\n");
	ck_assert_uint_eq(set.rules[0].where, families[FAMILY_NEW_TASK].where);
	ck_assert_int_eq(set.rules[0].weight, 10);
	ck_assert_str_eq(set.rules[0].owasp, families[FAMILY_NEW_TASK].owasp);
	ck_assert_str_eq(set.rules[0].atlas, families[FAMILY_NEW_TASK].atlas);
	ck_assert_int_eq(set.rules[0].match[0].where, WHERE_USER);
	ck_assert_ptr_null(set.rules[0].unless);
	ck_assert_uint_eq(set.rules[0].unless_within, 4);
	ck_assert_ptr_null(set.rules[0].check);
	pack_set_done(&set);
}
END_TEST

START_TEST(weight_follows_severity)
{
	static const struct {
		const char *family, *severity;
		int weight;
	} rows[] = { { "new_task", "none", 0 },	  { "new_task", "info", 0 },	  { "new_task", "low", 1 },
		     { "new_task", "medium", 4 }, { "new_task", "critical", 12 }, { "secret", "high", 0 } };
	struct pack_set set = { 0 };
	char yaml[1024];

	(void)snprintf(yaml, sizeof(yaml), HEAD "rules:\n  - id: p.r\n    version: 1\n    family: %s\n    severity: %s\n"
						"    about: x\n    expression: abcd\n" EXAMPLES, rows[_i].family, rows[_i].severity);
	add_good(&set, yaml);
	ck_assert_int_eq(set.rules[0].weight, rows[_i].weight);
	pack_set_done(&set);
}
END_TEST

START_TEST(kinds_of_rules)
{
	struct pack_set set = { 0 };
	const struct pack_rule *rules;

	add_good(&set, HEAD "rules:\n"
			    "  - { id: p.e, version: 1, family: secret, severity: high, about: x, expression: \"abcd\\\\d\","
			    " flags: is, text: folded, check: luhn, examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.l, version: 1, family: secret, severity: high, about: x, expression: \"<|\","
			    " literal: true, check: x, check_args: \"4 7\", examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.s, version: 1, family: new_task, severity: high, about: x, score: 12,"
			    " within: 1500, examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.m, version: 1, family: new_task, severity: high, about: x, score: 12,"
			    " family_max: 6, examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.c, version: 1, family: new_task, severity: high, about: x,"
			    " combine: \"p.e & family:secret\", within: 900, examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.g, version: 1, family: obfuscation, severity: high, about: x,"
			    " signal: bidi, examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.h, version: 1, family: hallucination_risk, severity: info, risk: critical, about: x,"
			    " sequence: a, examples: { match: [a], clean: [b] } }\n");
	rules = set.rules;
	ck_assert_uint_eq(set.rule_count, 7);
	ck_assert(rules[0].caseless && rules[0].dotall && rules[0].folded && !rules[0].literal);
	ck_assert_str_eq(rules[0].check, "luhn");
	ck_assert_str_eq(rules[0].check_args, "");
	ck_assert(rules[1].literal && !rules[1].caseless && !rules[1].folded);
	ck_assert_str_eq(rules[1].check_args, "4 7");
	ck_assert_int_eq(rules[2].score, 12);
	ck_assert_int_eq(rules[2].family_max, 12);
	ck_assert_uint_eq(rules[2].within, 1500);
	ck_assert_int_eq(rules[3].family_max, 6);
	ck_assert_int_eq(rules[4].kind, RULE_COMBINE);
	ck_assert_str_eq(rules[5].body, "bidi");
	ck_assert_int_eq(rules[6].risk, RISK_CRITICAL);
	ck_assert_int_eq(rules[6].match[0].where, WHERE_COMPLETION);
	ck_assert_int_eq(pack_set_check(&set, error), 0);
	pack_set_done(&set);
}
END_TEST

START_TEST(concepts_are_shared)
{
	struct pack_set set = { 0 };

	add_good(&set, HEAD "concepts:\n  +a: [two words, \"drei*\"]\n  c: { words: [all], common: true }\n");
	ck_assert(!set.concepts[0].defined);
	ck_assert_int_eq(pack_set_check(&set, error), -EINVAL);
	ck_assert_str_eq(error, "good.yaml:5: +a adds to a concept that no pack defines; leave the '+' out");
	add_good(&set, HEAD "concepts: { a: { words: [one], common: true }, +c: [any] }\n");
	ck_assert_int_eq(pack_set_check(&set, error), 0);
	ck_assert_uint_eq(set.concept_count, 2);
	ck_assert_uint_eq(set.phrase_count, 5);
	ck_assert_str_eq(set.concepts[0].name, "a");
	ck_assert(set.concepts[0].common);
	ck_assert_uint_eq(set.concepts[0].phrase_count, 3);
	ck_assert_str_eq(set.concepts[0].phrases[0], "two words");
	ck_assert_str_eq(set.concepts[0].phrases[2], "one");
	ck_assert(set.concepts[1].common);
	ck_assert_uint_eq(set.concepts[1].phrase_count, 2);
	pack_set_done(&set);
}
END_TEST

#define BODY "    sequence: a b\n"

START_TEST(users_replace_and_disable)
{
	struct pack_set set = { 0 };

	add_good(&set, HEAD "rules:\n" RULE BODY
			    "  - { id: p.s, version: 1, family: new_task, severity: high, about: x, sequence: a,"
			    " examples: { match: [a], clean: [b] } }\n"
			    "  - { id: p.c, version: 1, family: new_task, severity: high, about: x, combine: p.s & p.r,"
			    " examples: { match: [a], clean: [b] } }\n");
	ck_assert_int_eq(add(&set, "mine.yaml", "pack: mine\nversion: 1\ndescription: x\nrules:\n" RULE
			     "    sequence: c d\n  - { id: p.s, disabled: true }\n", true), 0);
	ck_assert_uint_eq(set.rule_count, 2);
	ck_assert_str_eq(set.rules[0].body, "c d");
	ck_assert_str_eq(set.rules[0].file, "mine.yaml");
	ck_assert_str_eq(set.rules[1].id, "p.c");
	ck_assert(pack_set_is_disabled(&set, SLICE("p.s")));
	ck_assert_ptr_null(pack_set_rule(&set, SLICE("p.s")));
	ck_assert_int_eq(pack_set_check(&set, error), 0);

	/* Off twice is off; and what was off may come back as another rule. */
	ck_assert_int_eq(add(&set, "more.yaml", "pack: more\nversion: 1\ndescription: x\nrules:\n"
						"  - { id: p.s, disabled: true }\n", true), 0);
	ck_assert_uint_eq(set.disabled_count, 1);
	ck_assert_int_eq(add(&set, "more.yaml", HEAD "rules: [{ id: p.x, disabled: true, version: 1, family: new_task,"
						     " severity: low, about: y, sequence: a,"
						     " examples: { match: [a], clean: [b] } }]", false), 0);
	ck_assert_uint_eq(set.rule_count, 2);
	pack_set_done(&set);
}
END_TEST

/* What one pack says of itself. `says` is the whole message behind "bad.yaml:". */
static const struct {
	const char *yaml, *says;
} bad[] = {
	{ "", "1: holds no pack; begin with 'pack: NAME', see docs/rules.md" },
	{ "\n- a\n", "2: holds no pack; begin with 'pack: NAME', see docs/rules.md" },
	{ "a: [\n", "2: is not YAML: did not find expected node content; see docs/rules.md for the form of a pack" },
	{ "pack: p\n\xff", "2: is not YAML: invalid leading UTF-8 octet; save the file as UTF-8" },
	{ HEAD "rules: &x []\n", "4: has an anchor, alias or tag; write the value itself, in quotes" },
	{ HEAD "rules: *x\n", "4: has an anchor, alias or tag; write the value itself, in quotes" },
	{ HEAD "rules: !!seq []\n", "4: has an anchor, alias or tag; write the value itself, in quotes" },
	{ HEAD "? [a]\n: b\n", "4: is no key; write 'key: value'" },
	{ HEAD "---\na: b\n", "4: a second document begins; use one file a pack" },
	{ HEAD "rules:\n  [[[[[[[[1]]]]]]]]\n", "5: is nested too deep; see docs/rules.md for the form of a pack" },
	{ HEAD "rulez: []\n", "4: 'rulez' is no key here; did you mean 'rules'?" },
	{ HEAD "entirely: []\n", "4: 'entirely' is no key here; see docs/rules.md" },
	{ HEAD "version: 2\n", "4: 'version' stands on line 2 already; remove one of them" },
	{ "pack: p\nversion: 1\n", "1: the pack has no 'description'; add it, see docs/rules.md" },
	{ "pack: P\nversion: 1\ndescription: x\n", "1: 'P' is no name of a pack; use a-z, 0-9 and '_'" },
	{ "pack: p\nversion: one\ndescription: x\n", "2: version is no number from 1 to 999999; write one" },
	{ "pack: p\nversion: \"1\"\ndescription: x\n", "2: version is no number from 1 to 999999; write one" },
	{ "pack: p\nversion: 1\ndescription:\n", "3: description has no value; write one, or leave the key out" },
	{ "pack: p\nversion: 1\ndescription: []\n", "3: description is a list or a mapping; write one text" },
	{ HEAD "rules: {}\n", "4: rules is no list; write '- id: ...' for each" },
	{ HEAD "concepts: []\n", "4: concepts is no mapping; write 'NAME: [PHRASE, ...]'" },

	{ HEAD "concepts:\n  A: [x]\n", "5: 'A' is no name of a concept; use up to 47 of a-z, 0-9 and '_'" },
	{ HEAD "concepts:\n  a: x\n", "5: a is no list; write [A, B], or one '- A' a line" },
	{ HEAD "concepts:\n  a: []\n", "5: a is no list; write [A, B], or one '- A' a line" },
	{ HEAD "concepts:\n  a:\n  - x\n  - [y]\n", "7: an item is a list or a mapping; write one text" },
	{ HEAD "concepts:\n  a: [\"x*y\"]\n",
	  "5: 'x*y' is no phrase; write words parted by blanks, with '*' only at the end of one" },
	{ HEAD "concepts:\n  a: [\"*\"]\n",
	  "5: '*' is no phrase; write words parted by blanks, with '*' only at the end of one" },
	{ HEAD "concepts:\n  a: [\" x\\t\"]\n",
	  "5: ' x?' is no phrase; write words parted by blanks, with '*' only at the end of one" },
	{ HEAD "concepts:\n  a: [\"x\\0\"]\n", "5: an item holds a zero byte; leave it out" },
	{ HEAD "concepts:\n  a: { common: true }\n", "5: a concept has no words; write words: [...]" },
	{ HEAD "concepts:\n  a: { words: [x], comon: true }\n", "5: 'comon' is no key here; did you mean 'common'?" },
	{ HEAD "concepts:\n  a: { words: [x], words: [y] }\n", "5: 'words' stands here twice; join the lists" },
	{ HEAD "concepts:\n  a: { words: [x], common: maybe }\n",
	  "5: common is neither true nor false; write true or false" },
	{ HEAD "concepts:\n  a: [x]\n  a: [y]\n",
	  "6: 'a' is defined at bad.yaml:5; write +a to add phrases, or choose another name" },
	{ HEAD "concepts:\n  +a: { words: [x], common: true }\n",
	  "5: +a cannot be common by itself; say so where a is defined" },

	{ HEAD "rules:\n  - x\n", "5: is no rule; write '- id: p.NAME' and its keys" },
	{ HEAD "rules:\n  - version: 1\n", "5: a rule has no id; write id: p.NAME" },
	{ HEAD "rules:\n  - id: P.x\n", "5: 'P.x' is no id; write pack.name with a-z, 0-9, '_' and '.'" },
	{ HEAD "rules:\n  - id: px\n", "5: 'px' is no id; write pack.name with a-z, 0-9, '_' and '.'" },
	{ HEAD "rules:\n  - id: p.\n", "5: 'p.' is no id; write pack.name with a-z, 0-9, '_' and '.'" },
	{ HEAD "rules:\n  - id: p.x..y\n", "5: 'p.x..y' is no id; write pack.name with a-z, 0-9, '_' and '.'" },
	{ HEAD "rules:\n  - id: p.x23456789012345678901234567890123456789012345678\n",
	  "5: id is 50 bytes long; write at most 47" },
	{ HEAD "rules:\n  - id: p.r\n", "5: rule p.r: has no 'version'; add it, see docs/rules.md" },
	{ HEAD "rules:\n  - id: p.r\n    id: p.r\n", "6: rule p.r: 'id' stands on line 5 already; remove one of them" },
	{ HEAD "rules:\n  - id: p.r\n    sequense: a\n", "6: rule p.r: 'sequense' is no key here; did you mean 'sequence'?" },
	{ HEAD "rules:\n  - id: p.r\n    family: new_tsk\n", "6: rule p.r: 'new_tsk' is no family; did you mean 'new_task'?" },
	{ HEAD "rules:\n  - id: p.r\n    family: unknown\n", "6: rule p.r: 'unknown' is no family; see docs/rules.md" },
	{ HEAD "rules:\n  - id: p.r\n    severity: hihg\n", "6: rule p.r: 'hihg' is no severity; did you mean 'high'?" },
	{ HEAD "rules:\n  - id: p.r\n    severity: [high]\n", "6: rule p.r: severity is no name; write one severity" },
	{ HEAD "rules:\n  - id: p.r\n    risk: none\n", "6: rule p.r: 'none' is no risk; see docs/rules.md" },
	{ HEAD "rules:\n  - id: p.r\n    where: user\n",
	  "6: rule p.r: where is no list; write [A, B], or one '- A' a line" },
	{ HEAD "rules:\n  - id: p.r\n    where: [usr]\n", "6: rule p.r: 'usr' is no place; did you mean 'user'?" },
	{ HEAD "rules:\n  - id: p.r\n    owasp: [LLM1]\n",
	  "6: rule p.r: 'LLM1' is no id of owasp; write one such as LLM00" },
	{ HEAD "rules:\n  - id: p.r\n    atlas: [T0051]\n",
	  "6: rule p.r: 'T0051' is no id of atlas; write one such as AML.T0000" },
	{ HEAD "rules:\n  - id: p.r\n    weight: -1\n", "6: rule p.r: weight is no number from 0 to 1000; write one" },
	{ HEAD "rules:\n  - id: p.r\n    weight: 4294967297\n", "6: rule p.r: weight is no number from 0 to 1000; write one" },
	{ HEAD "rules:\n  - id: p.r\n    sequence: a\n    near: b\n",
	  "7: rule p.r: has 'sequence' and 'near'; keep one, or make two rules of it" },
	{ HEAD "rules:\n" RULE,
	  "5: rule p.r: says not what it looks for; add sequence, near, expression, digits, combine, score or signal" },
	{ HEAD "rules:\n" RULE "    sequence: \"a\\0b\"\n", "11: rule p.r: sequence holds a zero byte; leave it out" },
	{ HEAD "rules:\n" RULE "    near: a b\n", "11: rule p.r: 'near' needs a number of words; write within: 1 to 64" },
	{ HEAD "rules:\n" RULE "    near: a b\n    within: 65\n",
	  "12: rule p.r: 'near' needs a number of words; write within: 1 to 64" },
	{ HEAD "rules:\n" RULE BODY "    within: 4\n", "12: rule p.r: 'within' says nothing for 'sequence'; leave it out" },
	{ HEAD "rules:\n" RULE BODY "    flags: i\n", "12: rule p.r: 'flags' says nothing for 'sequence'; leave it out" },
	{ HEAD "rules:\n" RULE "    expression: abcd\n    across: true\n",
	  "12: rule p.r: 'across' says nothing for 'expression'; leave it out" },
	{ HEAD "rules:\n" RULE "    expression: abcd\n    flags: x\n",
	  "12: rule p.r: flags are 'i', 's' or both; the rest says Hyperscan's (?...)" },
	{ HEAD "rules:\n" RULE "    expression: abcd\n    text: fold\n",
	  "12: rule p.r: 'fold' is no text to look at; did you mean 'folded'?" },
	{ HEAD "rules:\n" RULE "    expression: abcd\n    check_args: x\n", "12: rule p.r: 'check_args' needs 'check'; add it" },
	{ HEAD "rules:\n" RULE BODY "    unless_within: 1\n", "12: rule p.r: 'unless_within' needs 'unless'; add it" },
	{ HEAD "rules:\n" RULE BODY "    risk: high\n", "12: rule p.r: 'risk' says nothing for new_task; leave it out" },
	{ HEAD "rules:\n" RULE BODY "    where: [user, completion]\n",
	  "12: rule p.r: new_task does not count in completion; leave the place out" },
	{ HEAD "rules:\n" RULE "    score: 0\n", "11: rule p.r: score is no number from 1 to 1000; write one" },
	{ HEAD "rules:\n" RULE "    signal: bidy\n", "11: rule p.r: 'bidy' is no signal; did you mean 'bidi'?" },
	{ HEAD "rules:\n" RULE "    combine: \"a.b &\"\n",
	  "11: rule p.r: combine, column 6: lacks a rule; write an id, family:NAME, '!' or '('" },
	{ HEAD "rules:\n" RULE BODY "  - id: p.r\n    disabled: true\n",
	  "12: rule p.r: has the id of the rule at bad.yaml:5; choose another id" },
	{ HEAD "rules:\n  - id: p.rr\n    disabled: true\n",
	  "5: rule p.rr: no rule of this id can be disabled; see 'promtap rules list'" },
	{ "pack: q\nversion: 1\ndescription: x\nrules:\n" RULE BODY,
	  "5: rule p.r: its id must begin with 'q.'; change the id, or the name of the pack" },

	{ HEAD "rules:\n  - id: p.r\n    examples: [a]\n",
	  "6: rule p.r: examples is no mapping; write match: [...] and clean: [...]" },
	{ HEAD "rules:\n  - id: p.r\n    examples: { mach: [a] }\n",
	  "6: rule p.r: 'mach' is no key here; did you mean 'match'?" },
	{ HEAD "rules:\n  - id: p.r\n    examples: { match: [[a]] }\n",
	  "6: rule p.r: an example has no text; write it in quotes" },
	{ HEAD "rules:\n  - id: p.r\n    examples: { match: [{ where: user }] }\n",
	  "6: rule p.r: an example has no text; write { text: ..., where: ... }" },
	{ HEAD "rules:\n  - id: p.r\n    examples: { match: [{ text: x, where: here }] }\n",
	  "6: rule p.r: 'here' is no place; see docs/rules.md" },
	{ HEAD "rules:\n  - id: p.r\n    version: 1\n    family: new_task\n    severity: low\n    about: x\n    sequence: a\n"
	       "    examples:\n      clean: [a]\n", "11: rule p.r: has no example of 'match'; add one" },
	{ HEAD "rules:\n  - id: p.r\n    version: 1\n    family: new_task\n    severity: low\n    about: x\n    sequence: a\n"
	       "    examples: { match: [{ text: a, where: completion }], clean: [b] }\n",
	  "5: rule p.r: an example that must match stands in completion, where the rule does not look; "
	  "change one of them" },
};

/* The exact message, and a set that is as it was. */
START_TEST(refused)
{
	struct pack_set set = { 0 };
	char expected[PACK_ERROR_BYTES];

	(void)snprintf(expected, sizeof(expected), "bad.yaml:%s", bad[_i].says);
	ck_assert_int_eq(add(&set, "bad.yaml", bad[_i].yaml, false), -EINVAL);
	ck_assert_str_eq(error, expected);
	ck_assert_ptr_null(set.rules);
	ck_assert_uint_eq(set.concept_count, 0);
	pack_set_done(&set);
}
END_TEST

START_TEST(a_refused_pack_changes_nothing)
{
	struct pack_set set = { 0 };

	add_good(&set, HEAD "concepts:\n  a: [x]\nrules:\n" RULE BODY);
	ck_assert_int_eq(add(&set, "bad.yaml", HEAD "concepts:\n  +a: [y]\n  b: [z]\nrules:\n" RULE
			     "    sequence: other\n  - { id: p.q, disabled: true }\n", true), -EINVAL);
	ck_assert_str_eq(error, "bad.yaml:15: rule p.q: no rule of this id can be disabled; did you mean 'p.r'?");
	ck_assert_uint_eq(set.concept_count, 1);
	ck_assert_uint_eq(set.concepts[0].phrase_count, 1);
	ck_assert_uint_eq(set.phrase_count, 1);
	ck_assert_str_eq(set.rules[0].body, "a b");
	/* Built-in packs do not replace rules. */
	ck_assert_int_eq(add(&set, "bad.yaml", HEAD "rules:\n" RULE BODY, false), -EINVAL);
	ck_assert_str_eq(error, "bad.yaml:5: rule p.r: has the id of the rule at good.yaml:7; choose another id");
	ck_assert_int_eq(add(&set, "bad.yaml", HEAD "rules:\n" RULE BODY, true), 0);
	pack_set_done(&set);
}
END_TEST

static const struct {
	const char *combine, *says;
} bad_combinations[] = {
	{ "p.q & p.qq", "there is no rule 'p.qq'; did you mean 'p.q'?" },
	{ "p.q & other.name", "there is no rule 'other.name'; see 'promtap rules list'" },
	{ "p.q | p.s", "'p.s' is made of other rules itself; name those" },
	{ "p.r", "'p.r' is made of other rules itself; name those" },
};

START_TEST(combinations_name_rules)
{
	struct pack_set set = { 0 };
	char yaml[2048], expected[PACK_ERROR_BYTES];

	(void)snprintf(yaml, sizeof(yaml), HEAD "rules:\n" RULE "    combine: %s\n"
		       "  - { id: p.q, version: 1, family: new_task, severity: low, about: x, sequence: a,"
		       " examples: { match: [a], clean: [b] } }\n"
		       "  - { id: p.s, version: 1, family: new_task, severity: low, about: x, score: 4,"
		       " examples: { match: [a], clean: [b] } }\n", bad_combinations[_i].combine);
	add_good(&set, yaml);
	(void)snprintf(expected, sizeof(expected), "good.yaml:11: rule p.r: %s", bad_combinations[_i].says);
	ck_assert_int_eq(pack_set_check(&set, error), -EINVAL);
	ck_assert_str_eq(error, expected);
	pack_set_done(&set);
}
END_TEST

/* ---- limits ---- */

static void add_lines(struct buffer *yaml, unsigned int from, unsigned int count, const char *before, const char *after)
{
	for (unsigned int i = from; i < from + count; i++)
		ck_assert_int_eq(buffer_printf(yaml, "%s%u%s\n", before, i, after), 0);
}

static int add_buffer(struct pack_set *set, struct buffer *yaml, bool override)
{
	int err = pack_set_add(set, "big.yaml", buffer_slice(yaml), override, error);

	buffer_done(yaml);
	return err;
}

#define BEFORE_ID "- { id: p.r"
#define AFTER_ID                                                                                                     \
	", version: 1, family: new_task, severity: low, about: x, sequence: a, examples: { match: [a], clean: [b] } }"

START_TEST(numbers_are_bounded)
{
	struct pack_set set = { 0 };
	struct buffer yaml = { 0 };

	(void)buffer_printf(&yaml, HEAD "rules:\n");
	add_lines(&yaml, 0, PACK_RULES_MAX + 1, BEFORE_ID, AFTER_ID);
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:1: the pack has over 8192 rules or 8192 concepts; make two of it");

	(void)buffer_printf(&yaml, HEAD "rules:\n");
	add_lines(&yaml, 0, PACK_RULES_MAX, BEFORE_ID, AFTER_ID);
	ck_assert_msg(add_buffer(&set, &yaml, false) == 0, "%s", error);
	(void)buffer_printf(&yaml, HEAD "rules:\n");
	add_lines(&yaml, PACK_RULES_MAX, 1, BEFORE_ID, AFTER_ID);
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:5: rule p.r8192: is one rule too many: 8192 are the most; join some");

	(void)buffer_printf(&yaml, HEAD "concepts:\n");
	add_lines(&yaml, 0, PACK_CONCEPTS_MAX, "  c", ": [x]");
	ck_assert_msg(add_buffer(&set, &yaml, false) == 0, "%s", error);
	(void)buffer_printf(&yaml, HEAD "concepts:\n  d: [x]\n");
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:5: 'd' is one concept too many: 8192 are the most; join some");
	pack_set_done(&set);
}
END_TEST

START_TEST(sizes_are_bounded)
{
	struct pack_set set = { 0 };
	struct buffer yaml = { 0 };

	(void)buffer_printf(&yaml, HEAD "concepts:\n  a:\n");
	add_lines(&yaml, 0, 8193 - 1, "  - w", "");
	ck_assert_int_eq(add_buffer(&set, &yaml, false), 0);
	(void)buffer_printf(&yaml, HEAD "concepts:\n  +a: [x]\n");
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:5: 'a' has over 8192 phrases; make two concepts of it");

	(void)buffer_printf(&yaml, HEAD "concepts:\n  b: [%0129u]\n", 1);
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:5: an item is 129 bytes long; write at most 128");

	(void)buffer_printf(&yaml, HEAD "x:\n");
	add_lines(&yaml, 0, 300000, "- ", "");
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:262144: holds too many values; make two packs of it");

	(void)buffer_printf(&yaml, "#%*s\n", (int)PACK_FILE_BYTES_MAX, "");
	ck_assert_int_eq(add_buffer(&set, &yaml, false), -EINVAL);
	ck_assert_str_eq(error, "big.yaml:1: is over 4 MiB; make two packs of it");
	pack_set_done(&set);
}
END_TEST

/* The same text cut off at every byte: read, or refused with one line that names its place. */
START_TEST(cut_anywhere)
{
	static const char yaml[] = HEAD "concepts:\n  a: { words: [\"x y*\"], common: true }\n  +a: [z]\nrules:\n" RULE
					"    near: |\n      {a} b\n    within: 4\n    unless: x\n    unless_within: 3\n";

	for (size_t len = 0; len < sizeof(yaml); len++) {
		struct pack_set set = { 0 };
		auto_free char *copy = malloc(len + 1);
		int err;

		memcpy(copy, yaml, len);
		error[0] = '\0';
		err = pack_set_add(&set, "cut.yaml", (struct slice){ copy, len }, false, error);
		ck_assert_msg(err == 0 || (strncmp(error, "cut.yaml:", 9) == 0 && !strchr(error, '\n')), "%zu: %s", len,
			      error);
		pack_set_done(&set);
	}
}
END_TEST

START_TEST(builtin_packs)
{
	struct pack_set set = { 0 };

	ck_assert_uint_gt(pack_builtin_count, 0);
	for (size_t i = 0; i < pack_builtin_count; i++)
		ck_assert_msg(pack_set_add(&set, pack_builtin[i].file, pack_builtin[i].yaml, false, error) == 0, "%s",
			      error);
	ck_assert_msg(pack_set_check(&set, error) == 0, "%s", error);
	ck_assert_uint_gt(set.concept_count, 0);
	pack_set_done(&set);
}
END_TEST

static Suite *make_pack(void)
{
	Suite *suite = suite_create("detect: packs");
	TCase *tc = tcase_create("packs");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, all_keys);
	tcase_add_test(tc, defaults);
	tcase_add_loop_test(tc, weight_follows_severity, 0, 6);
	tcase_add_test(tc, kinds_of_rules);
	tcase_add_test(tc, concepts_are_shared);
	tcase_add_test(tc, users_replace_and_disable);
	tcase_add_loop_test(tc, refused, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, a_refused_pack_changes_nothing);
	tcase_add_loop_test(tc, combinations_name_rules, 0, ARRAY_SIZE(bad_combinations));
	tcase_add_test(tc, numbers_are_bounded);
	tcase_add_test(tc, sizes_are_bounded);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, builtin_packs);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_pack)
