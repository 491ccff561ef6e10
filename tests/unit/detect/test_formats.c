/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packs secret and personal, rule by rule, with Hyperscan and the checks
 * alone: what an example shows is found wherever it stands - in JSON, in JSON
 * within JSON, in an environment file, in code, in prose, at either end - and
 * what no longer fits is not.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/checks.h"
#include "detect/number_runs.h"
#include "detect/pack.h"
#include "unit.h"

#define TEXT_BYTES (16 * 1024)

struct probe {
	const struct pack_rule *rule;
	const struct check *check;
	hs_database_t *database;
	hs_scratch_t *scratch;
	uint32_t width, state;
	struct slice text;
	bool precedes, follows;
	unsigned int found;
};

static struct pack_set set;

static void try_end(struct probe *probe, uint32_t end)
{
	struct check_match match = {
		.text = probe->text,
		.start = end - probe->width,
		.end = end,
		.args = probe->rule->check_args ? probe->rule->check_args : "",
		.state = &probe->state,
		.precedes = probe->precedes,
		.follows = probe->follows,
	};

	if (probe->check->accept(&match) == CHECK_NO)
		return;
	ck_assert_msg(match.start <= match.end && match.end <= probe->text.len, "%s", probe->rule->id);
	probe->found++;
}

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	(void)id, (void)from, (void)flags;
	try_end(ctx, (uint32_t)to);
	return 0;
}

static void on_number(void *ctx, uint32_t digits, uint32_t end)
{
	struct probe *probe = ctx;

	(void)digits;
	try_end(probe, end + (end < probe->text.len));
}

static unsigned int found_in(struct probe *probe, struct slice text)
{
	probe->text = text;
	probe->found = 0;
	probe->state = 0;
	if (probe->rule->kind == RULE_DIGITS)
		number_runs_find(text, probe->rule->digits, on_number, probe);
	else
		ck_assert_int_eq(hs_scan(probe->database, text.ptr, (unsigned int)text.len, 0, probe->scratch, on_match, probe), HS_SUCCESS);
	return probe->found;
}

static void probe_open(struct probe *probe, const struct pack_rule *rule)
{
	unsigned int flags = rule->caseless ? HS_FLAG_CASELESS : 0;
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;

	*probe = (struct probe){ .rule = rule, .check = check_of(slice_of(rule->check)), .width = rule->digits };
	if (rule->kind == RULE_DIGITS)
		return;
	ck_assert_int_eq(hs_compile(rule->body, flags, HS_MODE_BLOCK, NULL, &probe->database, &error), HS_SUCCESS);
	ck_assert_int_eq(hs_expression_info(rule->body, flags, &info, &error), HS_SUCCESS);
	ck_assert_int_eq(hs_alloc_scratch(probe->database, &probe->scratch), HS_SUCCESS);
	probe->width = info->min_width;
	free(info);
}

static void probe_close(struct probe *probe)
{
	(void)hs_free_scratch(probe->scratch);
	(void)hs_free_database(probe->database);
}

static struct slice wrap(char text[TEXT_BYTES], const char *before, const struct pack_example *example, const char *after)
{
	size_t len = strlen(before) + example->len + strlen(after);

	ck_assert(len < TEXT_BYTES);
	(void)mempcpy(mempcpy(mempcpy(text, before, strlen(before)), example->text, example->len), after, strlen(after));
	return (struct slice){ text, len };
}

static void found_everywhere(struct probe *probe, const struct pack_example *example)
{
	static const char *const forms[][2] = {
		{ "", "" },
		{ "", "\n" },
		{ "\n", ".\n" },
		{ "Here it is: ", ", as you asked." },
		{ "{\"value\": \"", "\", \"n\": 1}" },
		{ "{\"input\":\"{\\\"value\\\":\\\"", "\\\"}\"}" },
		{ "{\"text\":\"line\\n", "\\nline\"}" },
		{ "export VALUE=", "; run" },
		{ "let value = '", "'; // see the wiki" },
		{ "| a | ", " | b |" },
		{ "<td>", "</td>" },
		{ "```\n", "\n```" },
		{ "(", ")" },
	};
	char text[TEXT_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct slice wrapped = wrap(text, forms[i][0], example, forms[i][1]);

		ck_assert_msg(found_in(probe, wrapped) > 0, "%s: %.*s", probe->rule->id, (int)wrapped.len, wrapped.ptr);
	}
}

static bool is_of(const struct pack_rule *rule, const char *pack)
{
	return strcmp(rule->pack, pack) == 0 && rule->check;
}

static void each_rule(const char *pack, void (*fn)(struct probe *probe))
{
	unsigned int rules = 0;

	for (size_t i = 0; i < set.rule_count; i++) {
		struct probe probe;

		if (!is_of(&set.rules[i], pack))
			continue;
		probe_open(&probe, &set.rules[i]);
		fn(&probe);
		probe_close(&probe);
		rules++;
	}
	ck_assert_uint_gt(rules, 20);
}

static void examples_everywhere(struct probe *probe)
{
	for (size_t i = 0; i < probe->rule->match_count; i++)
		found_everywhere(probe, &probe->rule->match[i]);
}

static void examples_clean(struct probe *probe)
{
	for (size_t i = 0; i < probe->rule->clean_count; i++) {
		const struct pack_example *clean = &probe->rule->clean[i];

		ck_assert_msg(found_in(probe, (struct slice){ clean->text, clean->len }) == 0, "%s: %s", probe->rule->id, clean->text);
	}
}

/* What runs on behind the end of the text is judged in the next window; it is not found twice, or cut. */
static void not_cut(struct probe *probe)
{
	const struct pack_example *example = &probe->rule->match[0];
	char text[TEXT_BYTES];

	probe->precedes = probe->follows = true;
	(void)found_in(probe, wrap(text, "", example, ""));
	ck_assert_msg(found_in(probe, wrap(text, "\n", example, "\n")) > 0, "%s", probe->rule->id);
}

/* Letters and digits grown onto either side: it is something else. */
static void not_within_words(struct probe *probe)
{
	static const char more[] = "7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB7aB";
	static const char *const tokens[] = { "token", "github", "aws_key_id", "card", "iban" };
	const struct pack_example *example = &probe->rule->match[0];
	char text[TEXT_BYTES];
	bool is_token = false;

	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		is_token |= strcmp(probe->rule->check, tokens[i]) == 0;
	/* Shapes without an upper bound take what is added at their end. */
	if (!is_token || strchr(example->text, '"') || strchr(example->text, '@') ||
	    (probe->rule->check_args && slice_ends(slice_of(probe->rule->check_args), SLICE("-"))))
		return;
	ck_assert_msg(found_in(probe, wrap(text, "", example, more)) == 0, "%s", probe->rule->id);
}

START_TEST(secrets_everywhere)
{
	each_rule("secret", examples_everywhere);
}
END_TEST

START_TEST(secrets_clean)
{
	each_rule("secret", examples_clean);
	each_rule("secret", not_within_words);
	each_rule("secret", not_cut);
}
END_TEST

START_TEST(personal_everywhere)
{
	each_rule("personal", examples_everywhere);
}
END_TEST

START_TEST(personal_clean)
{
	each_rule("personal", examples_clean);
	each_rule("personal", not_within_words);
	each_rule("personal", not_cut);
}
END_TEST

/* 16 KiB of the beginning of each thing, over and over: bounded work, and nothing found. */
static void survives_floods(struct probe *probe)
{
	const struct pack_example *example = &probe->rule->match[0];
	static char text[TEXT_BYTES];

	for (size_t part = 3; part <= example->len && part < 64; part = part * 2 + 1) {
		for (size_t at = 0; at < sizeof(text); at++)
			text[at] = example->text[at % part];
		(void)found_in(probe, (struct slice){ text, sizeof(text) });
	}
}

START_TEST(floods)
{
	each_rule("secret", survives_floods);
	each_rule("personal", survives_floods);
}
END_TEST

static void setup(void)
{
	char error[PACK_ERROR_BYTES] = "";

	for (size_t i = 0; i < pack_builtin_count; i++)
		ck_assert_msg(pack_set_add(&set, pack_builtin[i].file, pack_builtin[i].yaml, false, error) == 0, "%s", error);
}

static void teardown(void)
{
	pack_set_done(&set);
}

static Suite *formats_suite(void)
{
	Suite *suite = suite_create("detect: formats");
	TCase *tcase = tcase_create("formats");

	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, secrets_everywhere);
	tcase_add_test(tcase, secrets_clean);
	tcase_add_test(tcase, personal_everywhere);
	tcase_add_test(tcase, personal_clean);
	tcase_add_test(tcase, floods);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(formats_suite)
