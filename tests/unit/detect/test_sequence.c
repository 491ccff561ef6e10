/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of words, through all that they pass: gate, words, tries. */
#include "detect/sequence.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect_play.h"
#include "unit.h"

#define TEN "qq qq qq qq qq qq qq qq qq qq "
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
	const char *rule, *text;
	bool matches;
} cases[] = {
	{ "sequence: ab", "cd ab", true },
	{ "sequence: ab", "abc", false },
	{ "sequence: abc*", "abcd", true },
	{ "sequence: ab cd", "ab cd", true },
	{ "sequence: ab cd", "ab x cd", false },
	{ "sequence: ab cd", "cd ab", false },
	{ "sequence: ab 1 cd", "ab x cd", true },
	{ "sequence: ab 1 cd", "ab x x cd", false },
	{ "sequence: ab 60 cd", "ab " SIXTY "cd", true },
	{ "sequence: ab 60 cd", "ab x " SIXTY "cd", false },
	{ "sequence: ab 2 ef? cd", "ab cd", true },
	{ "sequence: ab 2 ef? cd", "ab x ef cd", true },
	{ "sequence: ab 1 cd 1 ef", "ab ab x cd x ef", true },
	{ "sequence: ab 1 ab 1 cd", "ab ab cd", true },
	{ "sequence: ab 1 ab 1 cd", "ab x cd", false },
	{ "sequence: \"{one} cd\"", "ab cd", true },
	{ "sequence: \"{one} cd\"", "long ab of it cd", true },
	{ "sequence: \"{one|two} cd\"", "ef cd", true },
	{ "sequence: ab 2 cd", "ab. cd", false },
	{ "sequence: ab 2 cd", "ab.cd", true },
	{ "sequence: ab 2 cd", "ab, cd", true },
	{ "sequence: ab 2 cd", "ab\n\ncd", false },
	{ "sequence: ab 2 cd\n    across: true", "ab. cd", true },
	{ "sequence: \"^ ab cd\"", "ab cd", true },
	{ "sequence: \"^ ab cd\"", "so ab cd", false },
	{ "sequence: \"^ ab cd\"", "so: ab cd", true },
	{ "sequence: \"^ ab cd\"", "so. ab cd", true },
	{ "sequence: ab cd\n    unless: xy", "ab cd", true },
	{ "sequence: ab cd\n    unless: xy", "ab cd 1 2 3 xy", false },
	{ "sequence: ab cd\n    unless: xy", "ab cd 1 2 3 4 xy", true },
	{ "sequence: ab cd\n    unless: xy", "xy 1 2 3 ab cd", false },
	{ "sequence: ab cd\n    unless: xy", "xy. ab cd", true },
	{ "sequence: ab cd\n    unless: xy\n    unless_within: 64", "ab cd " SIXTY "x x x xy", false },
	{ "sequence: ab cd\n    unless: xy\n    unless_within: 64", "xy x x x " SIXTY "ab cd", false },
	{ "near: ab cd\n    within: 3", "cd x ab", true },
	{ "near: ab cd\n    within: 3", "cd x x ab", false },
	{ "near: ab cd ef\n    within: 4", "ef cd x ab", true },
	{ "near: ab ab\n    within: 4", "ab x", false },
	{ "near: ab ab\n    within: 4", "ab x ab", true },
	{ "near: ab cd\n    within: 64", "ab " SIXTY "x x cd", true },
	{ "near: ab cd\n    within: 64", "ab " SIXTY "x x x cd", false },
	{ "sequence: \"\xe5\xbf\xbd\xe7\x95\xa5 2 \xe6\x8c\x87\xe4\xbb\xa4\"", "\xe5\xbf\xbd\xe7\x95\xa5\xe4\xb8\x80\xe6\x8c\x87\xe4\xbb\xa4", true },
	{ "sequence: \"\xe5\xbf\xbd\xe7\x95\xa5 2 \xe6\x8c\x87\xe4\xbb\xa4\"", "\xe5\xbf\xbd\xe7\x95\xa5\xe3\x80\x82\xe6\x8c\x87\xe4\xbb\xa4", false },
};

static struct rules *compile(const char *rule)
{
	char yaml[1024];

	(void)snprintf(yaml, sizeof(yaml),
		       "pack: t\nversion: 1\ndescription: t\nconcepts:\n  one: [ab, \"long ab of it\"]\n  two: [ef]\nrules:\n"
		       "  - id: t.it\n    version: 1\n    family: new_task\n    severity: high\n    about: t\n"
		       "    examples: { match: [x], clean: [y] }\n    %s\n", rule);
	return play_rules(yaml);
}

/* Wherever the blocks of the gate and the stretches of words begin. */
START_TEST(matches)
{
	struct rules *rules = compile(cases[_i].rule);
	struct detect *detect = play_new(rules, 0);
	static char text[16384];

	for (size_t words = 0; words < 40; words++) {
		size_t at = 0;

		for (size_t i = 0; i < words; i++)
			at += (size_t)sprintf(text + at, i + 1 == words ? "qq. " : "qq ");
		at += (size_t)sprintf(text + at, "%s", cases[_i].text);
		play_text(detect, (struct slice){ text, at }, WHERE_USER, 0, 0);
		ck_assert_msg((play_count("t.it") > 0) == cases[_i].matches, "%s | %s | behind %zu words", cases[_i].rule,
			      cases[_i].text, words);
	}
	detect_free(detect);
	rules_unref(rules);
}
END_TEST

/* More words than a stretch holds: no match is lost or made at its end. */
START_TEST(stretches)
{
	struct rules *rules = compile("sequence: \"^ ab 4 cd\"");
	struct detect *detect = play_new(rules, 0);
	static char text[15000];

	for (size_t at = 7600; at < 8300; at++) {
		memset(text, ' ', sizeof(text));
		for (size_t i = 0; i < sizeof(text) / 2 - 20; i++)
			text[2 * i] = 'q';
		memcpy(text + 2 * (at - 1000), ":ab q cd ", 9);
		play_text(detect, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
		ck_assert_msg(play_count("t.it") == 1, "%zu", at);
		memcpy(text + 2 * (at - 1000), " ab q cd ", 9);
		play_text(detect, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
		ck_assert_msg(play_count("t.it") == 0, "%zu", at);
	}
	detect_free(detect);
	rules_unref(rules);
}
END_TEST

static const char *const refused[] = {
	"sequence: \"{none} ab\"", "sequence: \"{} ab\"", "sequence: \"{one ab\"", "sequence: ab? cd?",
	"sequence: ab 61 cd", "sequence: a b c d e f g h i j k l m",
};

START_TEST(refuses)
{
	struct pack_set set = { 0 };
	char yaml[1024], error[PACK_ERROR_BYTES] = "";
	struct rules *rules = NULL;

	(void)snprintf(yaml, sizeof(yaml),
		       "pack: t\nversion: 1\ndescription: t\nconcepts:\n  one: [ab]\nrules:\n"
		       "  - id: t.it\n    version: 1\n    family: new_task\n    severity: high\n    about: t\n"
		       "    examples: { match: [x], clean: [y] }\n    %s\n", refused[_i]);
	if (pack_set_add(&set, "t.yaml", slice_of(yaml), false, error) == 0 && pack_set_check(&set, error) == 0)
		ck_assert_int_lt(rules_new(&set, &rules, error), 0);
	else
		pack_set_done(&set);
	ck_assert_msg(strncmp(error, "t.yaml:", 7) == 0, "%s: %s", refused[_i], error);
}
END_TEST

static Suite *make_sequence(void)
{
	Suite *suite = suite_create("detect: sequences");
	TCase *tc = tcase_create("sequences");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, matches, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, stretches);
	tcase_add_loop_test(tc, refuses, 0, ARRAY_SIZE(refused));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_sequence)
