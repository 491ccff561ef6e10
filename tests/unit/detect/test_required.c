/* SPDX-License-Identifier: Apache-2.0 */
/* Literals that stand in every match of an expression; and that nothing is lost where expressions wait for theirs. */
#include <hs/hs.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/image.h"
#include "detect/match.h"
#include "detect/required.h"
#include "unit.h"

#define TEXTS 400
#define TEXT_BYTES_MAX 2048

/* ---- what is read out of an expression ---- */

static const struct {
	const char *expression;
	bool caseless;
	const char *literals;	/* in order, parted by '~'; empty: nothing is known */
	bool whole;
} cases[] = {
	{ "sk_live_", false, "sk_live_", true },
	{ "sk_live_", true, "sk_live_", true },
	{ "SK_live_", true, "sk_live_", true },
	{ "\\bcurl\\b", false, "curl", true },
	{ "gh[pous]_", false, "gho_~ghp_~ghs_~ghu_", true },
	{ "npm_[A-Za-z0-9]{8}", false, "npm_", false },
	{ "[0-9]{1,8}", false, "", false },
	{ "a*|xmrig", false, "", false },
	{ "xmrig|bcdedit .{0,20} no", false, "xmrig~bcdedit ", false },
	{ "(?:xmrig|wbadmin)(?:\\.exe)?\\s", false, "xmrig~wbadmin", false },
	{ "[^\\n]{0,40}xmrig", false, "xmrig", false },
	{ "(?:xmrig)?.{3}wbadmin", false, "wbadmin", false },
	{ "(?:xmrig){0}wbadmin", false, "wbadmin", false },
	{ "(?:xmrig){0,2}wbadmin", false, "wbadmin", false },
	{ "={3,} ?system", false, "===system~=== system", false },
	{ "ab{2}cdefg", false, "abbcdefg", true },
	{ "xmri(?:g|k)s?", false, "xmrig~xmrik", true },
	{ "(?i)XMRIG", false, "xmrig", true },
	{ "[xX]mrig", true, "xmrig", true },
	{ "(?i:XM)rig", false, "xmrig", true },
	{ "\\x1b\\]52;", false, "\x1b]52;", true },
	{ "\\x{1b}\\]52;", false, "\x1b]52;", true },
	{ "\\033]52;", false, "\x1b]52;", true },
	{ "\\\\x1b\\]52;", false, "\\x1b]52;", true },
	{ "[]a-b]q9", false, "]q9~aq9~bq9", true },
	{ "[a\\-b]q9", false, "-q9~aq9~bq9", true },
	{ "[^a]xmrig", false, "xmrig", false },
	{ "[\\w.-]xmrig", false, "xmrig", false },
	{ "\\dxmrig\\Sfoo", false, "xmrig", false },
	{ "xmrig{,3}", false, "xmrig{,3}", true },
	{ "xmrig{a}", false, "xmrig{a}", true },
	/* What is not known here makes all of it unknown. */
	{ "xmrig[[:alpha:]]", false, "", false },
	{ "xmrig\\p{L}", false, "", false },
	{ "xmrig(?=a)", false, "", false },
	{ "xmrig(?x) a", false, "", false },
	{ "\\Qxmrig\\E", false, "", false },
	{ "xmrig\\1", false, "", false },
	{ "xmrig\\x{1b", false, "", false },
	{ "(*UTF8)xmrig", false, "", false },
	{ "xmrig)", false, "", false },
	{ "(xmrig", false, "", false },
	{ "[xmrig", false, "", false },
	{ "xmrig\\", false, "", false },
	{ "*xmrig", false, "", false },
	{ "", false, "", false },
};

static void write_literals(const struct literal_set *set, char *out, size_t size)
{
	size_t len = 0;

	*out = '\0';
	for (size_t i = 0; i < set->count; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%.*s", i > 0 ? "~" : "", (int)set->items[i].len,
					set->items[i].ptr);
}

START_TEST(literals_are_read)
{
	struct arena arena = { 0 };
	struct required required;
	char literals[512];

	required_read(cases[_i].expression, cases[_i].caseless, &arena, &required);
	write_literals(&required.literals, literals, sizeof(literals));
	ck_assert_msg(strcmp(literals, cases[_i].literals) == 0, "%s: %s", cases[_i].expression, literals);
	ck_assert_msg(required.whole == cases[_i].whole, "%s", cases[_i].expression);
	arena_done(&arena);
}
END_TEST

START_TEST(beginnings_are_known)
{
	static const char *const anchored[] = { "^xmrig", "^a|^b", "^(?:a|b)" };
	static const char *const floating[] = { "xmrig", "^a|b", "(?:^|\\n)a" };
	struct arena arena = { 0 };
	struct required required;

	for (size_t i = 0; i < ARRAY_SIZE(anchored); i++) {
		required_read(anchored[i], false, &arena, &required);
		ck_assert_msg(required.anchored, "%s", anchored[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(floating); i++) {
		required_read(floating[i], false, &arena, &required);
		ck_assert_msg(!required.anchored, "%s", floating[i]);
	}
	arena_done(&arena);
}
END_TEST

/* Groups within groups, and more than there is room for. */
START_TEST(what_grows_is_given_up)
{
	struct arena arena = { 0 };
	struct required required;
	char expression[4096] = "";

	for (int i = 0; i < 100; i++)
		strcat(expression, "(?:a");
	for (int i = 0; i < 100; i++)
		strcat(expression, "b)");
	required_read(expression, false, &arena, &required);
	ck_assert_uint_eq(required.literals.count, 0);
	expression[0] = '\0';
	for (int i = 0; i < 400; i++)
		strcat(expression, "[a-h]?");
	strcat(expression, "xmrig");
	required_read(expression, false, &arena, &required);
	for (size_t i = 0; i < required.literals.count; i++)
		ck_assert(memmem("hxmrig", 6, required.literals.items[i].ptr, required.literals.items[i].len));
	arena_done(&arena);
}
END_TEST

/* ---- matching with and without ---- */

static uint32_t random_state = 20261126;

/* Fixed, so that a failure comes again. */
static uint32_t next_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

struct whole {
	struct rules *rules;
	hs_database_t *database;	/* all expressions of the original text without a check */
	hs_scratch_t *scratch;
	bool *in;			/* by rule: in the database */
	bool *expected, *found;
};

static int on_expected(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	bool *expected = ctx;

	(void)from;
	(void)to;
	(void)flags;
	expected[id] = true;
	return 0;
}

static void on_found(void *ctx, const struct match *match)
{
	bool *found = ctx;

	found[match->rule] = true;
}

static void make_rules(struct whole *whole)
{
	char error[PACK_ERROR_BYTES] = "";
	struct rule_source *sources = calloc(pack_builtin_count, sizeof(*sources));

	ck_assert_ptr_nonnull(sources);
	for (size_t i = 0; i < pack_builtin_count; i++)
		sources[i] = (struct rule_source){ pack_builtin[i].file, pack_builtin[i].yaml, false };
	ck_assert_msg(rules_from_sources(sources, pack_builtin_count, (struct slice){ 0 }, &whole->rules, error) == 0, "%s",
		      error);
	free(sources);
}

static void make_whole(struct whole *whole)
{
	const struct pack_set *set;
	const char **expressions;
	unsigned int *flags, *ids, count = 0;
	hs_compile_error_t *error = NULL;

	make_rules(whole);
	set = rules_set(whole->rules);
	expressions = calloc(set->rule_count, sizeof(*expressions));
	flags = calloc(set->rule_count, sizeof(*flags));
	ids = calloc(set->rule_count, sizeof(*ids));
	whole->in = calloc(set->rule_count, sizeof(*whole->in));
	whole->expected = calloc(set->rule_count, sizeof(*whole->expected));
	whole->found = calloc(set->rule_count, sizeof(*whole->found));
	ck_assert(expressions && flags && ids && whole->in && whole->expected && whole->found);
	for (unsigned int i = 0; i < set->rule_count; i++) {
		const struct pack_rule *rule = &set->rules[i];

		if (rule->kind != RULE_EXPRESSION || rule->folded || rule->literal || rule->check)
			continue;
		whole->in[i] = true;
		expressions[count] = rule->body;
		flags[count] = (rule->caseless ? HS_FLAG_CASELESS : 0) | (rule->dotall ? HS_FLAG_DOTALL : 0);
		ids[count++] = i;
	}
	ck_assert_int_eq(hs_compile_multi(expressions, flags, ids, count, HS_MODE_BLOCK, NULL, &whole->database, &error),
			 HS_SUCCESS);
	ck_assert_int_eq(hs_alloc_scratch(whole->database, &whole->scratch), HS_SUCCESS);
	free(expressions);
	free(flags);
	free(ids);
}

static void whole_done(struct whole *whole)
{
	(void)hs_free_database(whole->database);
	(void)hs_free_scratch(whole->scratch);
	rules_unref(whole->rules);
	free(whole->in);
	free(whole->expected);
	free(whole->found);
}

/* A piece of an example of an expression, all of it more often than not. */
static struct slice some_piece(const struct whole *whole)
{
	const struct pack_set *set = rules_set(whole->rules);
	uint32_t at = next_random((uint32_t)set->rule_count);
	const struct pack_rule *rule;
	const struct pack_example *example;
	size_t from;

	while (!whole->in[at])
		at = (at + 1) % (uint32_t)set->rule_count;
	rule = &set->rules[at];
	example = next_random(4) ? &rule->match[next_random((uint32_t)rule->match_count)] :
					    &rule->clean[next_random((uint32_t)rule->clean_count)];
	if (next_random(3))
		return (struct slice){ example->text, example->len };
	from = next_random((uint32_t)example->len + 1);
	return (struct slice){ example->text + from, next_random((uint32_t)(example->len - from) + 1) };
}

static struct slice make_text(const struct whole *whole, char text[TEXT_BYTES_MAX])
{
	static const char *const glue[] = { "", " ", "\n", "; ", "\"", ", and then there are words that mean nothing to it. " };
	size_t len = 0, pieces = 1 + next_random(6);

	for (size_t i = 0; i < pieces; i++) {
		const char *between = glue[next_random(ARRAY_SIZE(glue))];
		struct slice piece = some_piece(whole);

		if (len + strlen(between) + piece.len > TEXT_BYTES_MAX)
			break;
		memcpy(text + len, between, strlen(between));
		memcpy(text + len + strlen(between), piece.ptr, piece.len);
		len += strlen(between) + piece.len;
	}
	return (struct slice){ text, len };
}

static void compare(struct whole *whole, struct matcher *matcher, struct slice text, uint32_t *state)
{
	const struct pack_set *set = rules_set(whole->rules);
	struct match_input input = { .text = text, .state = state };

	memset(whole->expected, 0, set->rule_count * sizeof(*whole->expected));
	memset(whole->found, 0, set->rule_count * sizeof(*whole->found));
	memset(state, 0, set->rule_count * sizeof(*state));
	if (text.len > 0)
		ck_assert_int_eq(hs_scan(whole->database, text.ptr, (unsigned int)text.len, 0, whole->scratch, on_expected,
					 whole->expected), HS_SUCCESS);
	matcher_run(matcher, &input, on_found, whole->found);
	for (size_t i = 0; i < set->rule_count; i++)
		ck_assert_msg(!whole->in[i] || whole->expected[i] == whole->found[i], "%s %s in: %.*s", set->rules[i].id,
			      whole->expected[i] ? "is lost" : "is too much", (int)text.len, text.ptr);
}

START_TEST(nothing_is_lost)
{
	struct whole whole = { 0 };
	char text[TEXT_BYTES_MAX];
	struct matcher *matcher;
	uint32_t *state;

	make_whole(&whole);
	matcher = matcher_new(whole.rules);
	state = calloc(rules_set(whole.rules)->rule_count, sizeof(*state));
	ck_assert(matcher && state);
	for (int i = 0; i < TEXTS; i++)
		compare(&whole, matcher, make_text(&whole, text), state);
	free(state);
	matcher_free(matcher);
	whole_done(&whole);
}
END_TEST

static Suite *make_required(void)
{
	Suite *suite = suite_create("detect: what every match holds");
	TCase *tc = tcase_create("what every match holds");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, literals_are_read, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tc, beginnings_are_known);
	tcase_add_test(tc, what_grows_is_given_up);
	tcase_add_test(tc, nothing_is_lost);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_required)
