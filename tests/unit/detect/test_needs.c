/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions that are looked for only where a phrase that they need stands. */
#include <stdlib.h>

#include "detect/match.h"
#include "unit.h"

#define RULE(id, keys)                                                                                                  \
	"  - { id: p." id ", version: 1, family: new_task, severity: high, about: x, " keys                               \
	", examples: { match: [a], clean: [b] } }\n"

#define MADE_RULE                                                                                                       \
	"  - { id: p.made, version: 1, family: agent_abuse, severity: high, about: x, where: [tool_args], "             \
	"expression: 'xmrig=', examples: { match: [a], clean: [b] } }\n"

static const char yaml[] = "pack: p\nversion: 1\ndescription: For tests.\nrules:\n"
			   RULE("always", "expression: '#[0-9]'")
			   RULE("original", "expression: '(?i:curl|open\\s{1,2}door)', needs: [curl, open door]")
			   RULE("folded", "expression: '\\bsesame|^ab lift', text: folded, needs: ['sésame', lift]")
			   RULE("number", "digits: 6")
			   RULE("both", "expression: 'mail.{0,40}(?:boss|chief)', needs: [[mail], [boss, big chief]]")
			   RULE("literal", "expression: 'xmrig[0-9]{1,3}'")
			   RULE("beginning", "expression: '^the [a-z]{1,9} wbadmin[0-9]'")
			   MADE_RULE;

enum { ALWAYS = 1, ORIGINAL = 2, FOLDED = 4, NUMBER = 8, BOTH = 16, LITERAL = 32, BEGINNING = 64, MADE = 128 };	/* 1 << the rule's number */

static struct rules *new_rules(void)
{
	char error[PACK_ERROR_BYTES] = "";
	struct pack_set set = { 0 };
	struct rules *rules = NULL;

	ck_assert_msg(pack_set_add(&set, "p.yaml", slice_of(yaml), false, error) == 0, "%s", error);
	ck_assert_msg(rules_new(&set, &rules, error) == 0, "%s", error);
	return rules;
}

static void on_match(void *ctx, const struct match *match)
{
	unsigned int *seen = ctx;

	*seen |= 1u << match->rule;
}

static unsigned int matches_in(struct rules *rules, const char *text, unsigned int places)
{
	uint32_t state[8] = { 0 };
	struct match_input input = { .text = slice_of(text), .state = state, .places = places };
	struct matcher *matcher = matcher_new(rules);
	unsigned int seen = 0;

	ck_assert_ptr_nonnull(matcher);
	matcher_run(matcher, &input, on_match, &seen);
	matcher_free(matcher);
	return seen;
}

static unsigned int matches_of(struct rules *rules, const char *text)
{
	return matches_in(rules, text, 0);
}

static const struct {
	const char *text;
	unsigned int matches;
} cases[] = {
	{ "X=1 and y:2", 0 },
	{ "X=1 and y:2 #3", ALWAYS },
	{ "X=1 and y:2, curl", ORIGINAL },
	{ "Curl: X=1 and y:2", ORIGINAL },
	{ "curls X=1", 0 },
	{ "door, open X=1", 0 },
	{ "X=1 open\n door", ORIGINAL },
	{ "X=1 and y:2, sesame", FOLDED },
	{ "S\xc3\x89SAME X=1 and y:2", FOLDED },
	{ "sesame X=1 Y:2 curl #4", ALWAYS | ORIGINAL | FOLDED },
	{ "curl sesame", ORIGINAL | FOLDED },
	{ "ab lift", FOLDED },
	/* The beginning of what is looked at around a phrase is not that of the text. */
	{ "c ab lift", 0 },
	{ "many words stand here before ab lift and behind it", 0 },
	{ "lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift", 0 },
	{ "lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift lift sesame", FOLDED },
	{ "12.34 56", NUMBER },
	{ "12345, 6", 0 },
	{ "mail to the boss", BOTH },
	{ "mail to the big chief", BOTH },
	{ "mail to the chief", 0 },
	{ "the boss sent mail", 0 },
	{ "mail that many more than forty bytes part from the boss", 0 },
	{ "mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail, mail to the boss", BOTH },
	{ "an xmrig9 here", LITERAL },
	{ "an xmrig here", 0 },
	{ "XMRIG9", 0 },
	{ "xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig xmrig1", LITERAL },
	{ "the old wbadmin7", BEGINNING },
	{ " the old wbadmin7", 0 },
	{ "many words stand here before all of it: the old wbadmin7", 0 },
	{ "xmrig=", MADE },
};

START_TEST(looked_for_where_it_may_be)
{
	struct rules *rules = new_rules();

	ck_assert_uint_eq(matches_of(rules, cases[_i].text), cases[_i].matches);
	rules_unref(rules);
}
END_TEST

/* Rules that count in none of the places of a text are not looked for. */
START_TEST(looked_for_where_it_counts)
{
	struct rules *rules = new_rules();
	const char *text = "xmrig= xmrig1 mail to the boss #3";
	unsigned int given = ALWAYS | LITERAL | BOTH;

	ck_assert_uint_eq(matches_in(rules, text, 0), given | MADE);
	ck_assert_uint_eq(matches_in(rules, text, where_alike(WHERE_USER)), given);
	ck_assert_uint_eq(matches_in(rules, text, where_alike(WHERE_SYSTEM)), given);
	ck_assert_uint_eq(matches_in(rules, text, where_alike(WHERE_TOOL_RESULT)), given);
	ck_assert_uint_eq(matches_in(rules, text, where_alike(WHERE_COMPLETION)), 0);
	ck_assert_uint_eq(matches_in(rules, text, where_alike(WHERE_TOOL_ARGS)), MADE);
	ck_assert_uint_eq(where_alike(WHERE_UNKNOWN), 0);
	rules_unref(rules);
}
END_TEST

static Suite *make_needs(void)
{
	Suite *suite = suite_create("detect: what expressions need");
	TCase *tc = tcase_create("what expressions need");

	tcase_add_loop_test(tc, looked_for_where_it_may_be, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, looked_for_where_it_counts);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_needs)
