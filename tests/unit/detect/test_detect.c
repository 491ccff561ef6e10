/* SPDX-License-Identifier: Apache-2.0 */
/* The stage as a whole, with a pack of one rule of each kind. */
#include "detect/detect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/detect_impl.h"
#include "detect_play.h"
#include "unit.h"

#define RULE(id, family, severity, rest)                                                                  \
	"  - id: t." id "\n    version: 1\n    family: " family "\n    severity: " severity "\n    about: t\n" \
	"    examples: { match: [x], clean: [y] }\n" rest

static const char pack[] =
	"pack: t\nversion: 1\ndescription: t\n"
	"concepts:\n  drop: [zignor*, zforget]\n  orders: [zorders, \"zold rules\"]\n  maybe: [zjoke]\n"
	"rules:\n"
	RULE("order", "instruction_override", "high", "    sequence: \"{drop} 4 {orders}\"\n    unless: \"{maybe}\"\n")
	RULE("begins", "new_task", "medium", "    sequence: \"^ ztask 3 zbegins\"\n")
	RULE("near", "persona_jailbreak", "medium", "    near: \"zgod zmode\"\n    within: 6\n")
	RULE("bytes", "forged_role", "high", "    expression: 'Q#[0-9]{2}#'\n")
	RULE("folded", "policy_removal", "none", "    expression: 'zwithout'\n    text: folded\n")
	RULE("mail", "personal_data", "low", "    expression: '[0-9A-Za-z]@[0-9A-Za-z]'\n    check: email\n    check_args: \"3\"\n")
	RULE("both", "policy_removal", "critical", "    combine: \"t.folded & t.bytes\"\n    within: 100\n")
	RULE("sum", "new_task", "high", "    score: 8\n    within: 300\n");

static struct rules *rules;
static struct detect *plain, *seeing;

static void setup(void)
{
	rules = play_rules(pack);
	plain = play_new(rules, 0);
	seeing = play_new(rules, 1 << 20);
}

static void teardown(void)
{
	detect_free(plain);
	detect_free(seeing);
	rules_unref(rules);
}

static void expect(struct detect *detect, const char *text, enum text_where where, const char *findings)
{
	play_text(detect, slice_of(text), where, 0, 0);
	ck_assert_str_eq(play_findings, findings);
}

START_TEST(every_kind_of_rule)
{
	expect(plain, "please zignore all of the zold rules now", WHERE_USER, "t.order user high 1 0\n");
	expect(plain, "A zjoke: zignore the zorders", WHERE_USER, "");
	expect(plain, "So: ztask now zbegins", WHERE_USER, "t.begins user medium 1 0\n");
	expect(plain, "the ztask now zbegins", WHERE_USER, "");
	expect(plain, "zmode of a zgod", WHERE_USER, "t.near user medium 1 0\n");
	expect(plain, "ab Q#12# cd Q#34# ef", WHERE_USER, "t.bytes user high 1 0\n");
	expect(plain, "ab Q#12# cd and far from it Q#34# ef", WHERE_USER, "t.bytes user high 2 0\n");
	expect(plain, "zWithout Q#12#", WHERE_USER, "t.both user critical 1 0\nt.bytes user high 1 0\n");
	expect(plain, "zgod zmode, ztask zbegins", WHERE_USER, "t.near user medium 1 0\n");
	expect(plain, "zgod zmode. ztask zbegins", WHERE_USER,
	       "t.sum user high 1 0\nt.begins user medium 1 0\nt.near user medium 1 0\n");
	expect(plain, "aa@zork.org bb@zork.org", WHERE_USER, "");
	expect(plain, "aa@zork.org bb@zork.org cc@zork.org", WHERE_USER, "t.mail user low 1 0\n");
	expect(plain, "", WHERE_USER, "");
}
END_TEST

START_TEST(place_is_part_of_it)
{
	expect(plain, "zignore the zorders", WHERE_SYSTEM, "t.order system low 1 0\n");
	expect(plain, "zignore the zorders", WHERE_TOOL_RESULT, "t.order tool_result critical 1 0\n");
}
END_TEST

/* A text of three windows whose border bytes are of several kinds. */
static struct slice long_text(void)
{
	static char text[3 * DETECT_WINDOW_BYTES];
	static const char *const parts[] = { "zignore the zold rules. ", "Q#12# ", "zWithout ", "ab\xc3\xa9 d\xe2\x82\xac. ",
					     "ww@f.org ", "zgod in zmode. ", "\nztask zbegins ", "plain words stand here. " };
	size_t at = 0;

	for (size_t i = 0; at + 64 < sizeof(text); i++) {
		const char *part = parts[(i * i / 7 + i) % 8 == 7 || i % 11 ? 7 : i / 11 % 7];

		memcpy(text + at, part, strlen(part));
		if (strchr(part, '@'))
			text[at] = (char)('a' + i % 26);
		at += strlen(part);
	}
	return (struct slice){ text, at };
}

static char whole_findings[sizeof(play_findings)];
static struct played_hit whole_hits[sizeof(play_hits) / sizeof(*play_hits)];
static size_t whole_hit_count;

static void keep_whole(void)
{
	memcpy(whole_findings, play_findings, sizeof(whole_findings));
	memcpy(whole_hits, play_hits, sizeof(whole_hits));
	whole_hit_count = play_hit_count;
}

static void expect_whole(void)
{
	ck_assert_str_eq(play_findings, whole_findings);
	ck_assert_uint_eq(play_hit_count, whole_hit_count);
	for (size_t i = 0; i < play_hit_count; i++) {
		ck_assert_str_eq(play_hits[i].rule, whole_hits[i].rule);
		ck_assert_uint_eq(play_hits[i].start, whole_hits[i].start);
		ck_assert_uint_eq(play_hits[i].end, whole_hits[i].end);
	}
}

START_TEST(cut_anywhere)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 1000, 4096, DETECT_WINDOW_BYTES, DETECT_WINDOW_BYTES + 1 };
	struct slice text = long_text();

	play_text(plain, text, WHERE_USER, 0, 0);
	keep_whole();
	ck_assert_uint_gt(whole_hit_count, 100);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		play_text(plain, text, WHERE_USER, 0, sizes[i]);
		expect_whole();
	}
}
END_TEST

START_TEST(cut_in_two_around_a_border)
{
	struct slice text = long_text();

	text.len = DETECT_WINDOW_BYTES + 700;
	play_text(plain, text, WHERE_USER, 0, 0);
	keep_whole();
	for (size_t cut = DETECT_WINDOW_BYTES - 64; cut < DETECT_WINDOW_BYTES + 64; cut++) {
		play_text(plain, text, WHERE_USER, cut, 0);
		expect_whole();
	}
}
END_TEST

/* The window's border at every place in and around a match. */
START_TEST(once_wherever_the_border_is)
{
	static const struct {
		const char *text, *rule;
		unsigned int count;
	} cases[] = {
		{ " zignore all of the zold rules. ", "t.order", 1 },
		{ " zignore all of the zold rules zjoke. ", "t.order", 0 },
		{ " Q#12# ", "t.bytes", 1 },
		{ "\nztask now zbegins ", "t.begins", 1 },
		{ "the ztask now zbegins ", "t.begins", 0 },
		{ " zmode of zgod ", "t.near", 1 },
		{ " zWithout Q#12# ", "t.both", 1 },
	};
	static char text[3 * DETECT_WINDOW_BYTES];
	size_t len = strlen(cases[_i].text);

	for (size_t at = DETECT_WINDOW_BYTES - DETECT_OVERLAP_BYTES - 40; at < DETECT_WINDOW_BYTES + 20; at++) {
		memset(text, 'a', sizeof(text));
		for (size_t i = 5; i < sizeof(text); i += 6)
			text[i] = ' ';
		memcpy(text + at, cases[_i].text, len);
		play_text(plain, (struct slice){ text, 2 * DETECT_WINDOW_BYTES }, WHERE_USER, 0, 0);
		ck_assert_msg(play_count(cases[_i].rule) == cases[_i].count, "%zu: %s", at, play_findings);
	}
}
END_TEST

START_TEST(seen_says_the_same)
{
	struct slice text = long_text();
	char expected[sizeof(play_findings)] = "";

	play_text(plain, text, WHERE_USER, 0, 0);
	keep_whole();
	play_text(seeing, text, WHERE_USER, 0, 0);
	expect_whole();
	play_text(seeing, text, WHERE_USER, 0, 1000);
	ck_assert_uint_eq(play_hit_count, whole_hit_count);
	for (size_t i = 0; i < play_hit_count; i++) {
		ck_assert_str_eq(play_hits[i].rule, whole_hits[i].rule);
		ck_assert_uint_eq(play_hits[i].start, whole_hits[i].start);
		ck_assert(play_hits[i].repeated);
	}
	for (char *line = strtok(whole_findings, "\n"); line; line = strtok(NULL, "\n")) {
		char rule[64], where[16], severity[16];
		unsigned int count;

		ck_assert_int_eq(sscanf(line, "%63s %15s %15s %u", rule, where, severity, &count), 4);
		(void)snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s %s %s 0 %u\n", rule, where,
			       severity, count);
	}
	ck_assert_str_eq(play_findings, expected);
}
END_TEST

/* What differs only behind the first window, and what checks remember of that one. */
START_TEST(seen_goes_on)
{
	static char text[DETECT_WINDOW_BYTES + 2000];

	memset(text, ' ', sizeof(text));
	memcpy(text + 100, "aa@zork.org bb@zork.org", 23);
	play_text(seeing, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
	ck_assert_str_eq(play_findings, "");
	memcpy(text + sizeof(text) - 31, "cc@zork.org zignore the zorders", 31);
	play_text(seeing, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
	ck_assert_str_eq(play_findings, "t.order user high 1 0\nt.mail user low 1 0\n");
}
END_TEST

/* The end of a text and the same bytes within another one. */
START_TEST(seen_ends)
{
	static char text[DETECT_WINDOW_BYTES + 200];

	memset(text, ' ', sizeof(text));
	memcpy(text + 100, "aa@zork.org bb@zork.org", 23);
	memcpy(text + DETECT_WINDOW_BYTES - 11, "cc@zork.org", 11);
	text[DETECT_WINDOW_BYTES] = 'x';
	play_text(seeing, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
	play_text(seeing, (struct slice){ text, DETECT_WINDOW_BYTES }, WHERE_USER, 0, 0);
	ck_assert_str_eq(play_findings, "t.mail user low 1 0\n");
}
END_TEST

static const struct detect_from service_one = { .service = 1 };

START_TEST(services_are_apart)
{
	const struct text_view piece = { .where = WHERE_USER, .bytes = SLICE("zignore the zorders") };
	const struct text_view end = { .event = TEXT_END, .where = WHERE_USER };
	static struct call call;

	for (uint64_t service = 1; service < 4; service++) {
		for (uint32_t repeats = 0; repeats < 3; repeats++) {
			void *user = NULL;

			call_init(&call);
			detect_set_time(seeing, (int64_t)(100 * service + repeats));
			detect_on_text(seeing, &user, &(struct detect_from){ .service = service }, &piece);
			detect_on_text(seeing, &user, &(struct detect_from){ .service = service }, &end);
			detect_finish(seeing, user, &call);
			ck_assert_uint_eq(call.finding_count, 1);
			ck_assert_uint_eq(call.findings[0].count, repeats == 0);
			ck_assert_uint_eq(call.findings[0].repeats, repeats > 0);
			ck_assert_int_eq(call.findings[0].first_seen_unix_ns, repeats > 0 ? (int64_t)(100 * service) : CALL_UNKNOWN);
		}
	}
}
END_TEST

/* The role of a text may follow it. */
START_TEST(role_comes_late)
{
	const struct text_view piece = { .where = WHERE_USER, .bytes = SLICE("zignore the zorders") };
	const struct text_view end = { .event = TEXT_END, .where = WHERE_TOOL_RESULT };
	static struct call call;
	void *user = NULL;

	call_init(&call);
	detect_on_text(plain, &user, &service_one, &piece);
	detect_on_text(plain, &user, &service_one, &end);
	detect_finish(plain, user, &call);
	ck_assert_uint_eq(call.finding_count, 1);
	ck_assert_uint_eq(call.findings[0].where, WHERE_TOOL_RESULT);
}
END_TEST

START_TEST(many_texts_at_once)
{
	static struct call call;
	void *user = NULL;

	call_init(&call);
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t text = 0; text < 2 * DETECT_TEXTS_OPEN; text++) {
			struct text_view view = { .text = text, .where = WHERE_USER };

			view.bytes = round == 0 ? SLICE("zignore the ") : SLICE("zorders");
			detect_on_text(plain, &user, &service_one, &view);
		}
	detect_finish(plain, user, &call);
	ck_assert_uint_eq(call.finding_count, 0);	/* each was ended before it went on */
	user = NULL;
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t text = 0; text < DETECT_TEXTS_OPEN; text++) {
			struct text_view view = { .text = text, .where = WHERE_USER };

			view.bytes = round == 0 ? SLICE("zignore the ") : SLICE("zorders");
			detect_on_text(plain, &user, &service_one, &view);
		}
	detect_finish(plain, user, &call);
	ck_assert_uint_eq(call.finding_count, 1);
	ck_assert_uint_eq(call.findings[0].count, DETECT_TEXTS_OPEN);
}
END_TEST

/* Commands in the arguments of tools have lines; however they are cut. */
START_TEST(lines_of_arguments_part_words)
{
	static const char lines[] = "pack: t\nversion: 1\ndescription: t\nrules:\n"
				    RULE("line", "agent_abuse", "high", "    expression: '\\bzrun [a-z]\\b'\n");
	static const char text[] = "{\"command\": \"cd /tmp\\nzrun a\\\\nzrun b\\tzrun c\"}";
	struct rules *set = play_rules(lines);
	struct detect *detect = play_new(set, 0);

	for (size_t piece = 0; piece < sizeof(text); piece++) {
		play_text(detect, slice_of(text), WHERE_TOOL_ARGS, 0, piece);
		ck_assert_uint_eq(play_hit_count, 2);
		ck_assert_uint_eq(play_hits[0].end, (size_t)(strstr(text, "zrun a") - text) + 6);
		ck_assert_uint_eq(play_hits[1].end, (size_t)(strstr(text, "zrun c") - text) + 6);
		/* Elsewhere it is what stands there. */
		play_text(detect, slice_of(text), WHERE_ASSISTANT, 0, piece);
		ck_assert_uint_eq(play_hit_count, 0);
	}
	detect_free(detect);
	rules_unref(set);
}
END_TEST

/* All open texts share a bound: who comes last is looked into, who rested longest is judged as it is. */
START_TEST(open_texts_are_bounded_in_bytes)
{
	const struct detect_setup small = { .rules = rules, .open_bytes = 512u * 1024 };
	struct detect *detect = detect_new(&small);
	static char filler[DETECT_WINDOW_BYTES / 2];
	static struct call call;
	static void *users[200];
	struct text_view view = { .where = WHERE_USER };

	ck_assert_ptr_nonnull(detect);
	memset(filler, ' ', sizeof(filler));
	memcpy(filler, "zignore the zorders", 19);
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		view.bytes = (struct slice){ filler, sizeof(filler) };
		detect_on_text(detect, &users[i], &service_one, &view);
		ck_assert_uint_le(detect->open_bytes, small.open_bytes);
	}
	/* What came before its end came, and what came behind. */
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		call_init(&call);
		view.bytes = SLICE("zignore the zorders");
		detect_on_text(detect, &users[i], &service_one, &view);
		detect_finish(detect, users[i], &call);
		ck_assert_uint_eq(call.finding_count, 1);
		ck_assert_uint_eq(call.findings[0].count, 2);
	}
	ck_assert_uint_eq(detect->open_bytes, 0);
	ck_assert_ptr_null(detect->oldest);
	detect_free(detect);
}
END_TEST

/* Texts that are open belong to the new set: numbers of the old one mean others, or nothing, there. */
START_TEST(reload_while_texts_are_open)
{
	static const char less[] = "pack: t\nversion: 1\ndescription: t\nrules:\n"
				   RULE("late", "new_task", "high", "    sequence: \"zlate zcomer\"\n");
	struct rules *second = play_rules(less);
	static char filler[DETECT_WINDOW_BYTES + 10];
	struct text_view view = { .where = WHERE_USER };
	static struct call call;
	void *user = NULL, *dropped = NULL;

	memset(filler, ' ', sizeof(filler));
	memcpy(filler, "zignore the zorders Q#12#", 25);
	call_init(&call);
	view.bytes = (struct slice){ filler, sizeof(filler) };
	detect_on_text(seeing, &user, &service_one, &view);
	detect_on_text(seeing, &dropped, &service_one, &view);
	ck_assert_int_eq(detect_use(seeing, second), 0);
	rules_unref(second);
	view.bytes = SLICE("zlate zcomer");
	detect_on_text(seeing, &user, &service_one, &view);
	detect_finish(seeing, user, &call);
	ck_assert_uint_eq(call.finding_count, 1);
	ck_assert_str_eq(call.findings[0].rule, "t.late");
	detect_drop(seeing, dropped);
	detect_drop(seeing, NULL);
	detect_finish(seeing, NULL, &call);
}
END_TEST

/* More matches than a text may have: what is graver than they are is still found. */
START_TEST(flood_hides_nothing)
{
	static char text[24 * 2048 + 64];
	size_t at = 0;

	for (size_t i = 0; i < 2048; i++)
		at += (size_t)sprintf(text + at, "zgod zmode and so on ok. ") - 1;
	at += (size_t)sprintf(text + at, " zignore the zorders");
	play_text(plain, (struct slice){ text, at }, WHERE_USER, 0, 0);
	ck_assert_msg(strstr(play_findings, "t.order user high 1 0\n") != NULL, "%s", play_findings);
}
END_TEST

START_TEST(not_utf8)
{
	static char text[3 * DETECT_WINDOW_BYTES];
	static const unsigned char fill[] = { 0x80, 0xff, 0xf0, 0xc3, 0x00 };

	for (size_t i = 0; i < sizeof(fill); i++) {
		memset(text, fill[i], sizeof(text));
		memcpy(text + sizeof(text) - 30, " zignore the zorders ", 21);
		play_text(plain, (struct slice){ text, sizeof(text) }, WHERE_USER, 0, 0);
		ck_assert_msg(play_count("t.order") == 1, "%02x", fill[i]);
	}
}
END_TEST

static Suite *make_detect(void)
{
	Suite *suite = suite_create("detect: the stage");
	TCase *tc = tcase_create("the stage");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_kind_of_rule);
	tcase_add_test(tc, place_is_part_of_it);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, cut_in_two_around_a_border);
	tcase_add_loop_test(tc, once_wherever_the_border_is, 0, 7);
	tcase_add_test(tc, seen_says_the_same);
	tcase_add_test(tc, seen_goes_on);
	tcase_add_test(tc, seen_ends);
	tcase_add_test(tc, services_are_apart);
	tcase_add_test(tc, role_comes_late);
	tcase_add_test(tc, many_texts_at_once);
	tcase_add_test(tc, open_texts_are_bounded_in_bytes);
	tcase_add_test(tc, lines_of_arguments_part_words);
	tcase_add_test(tc, reload_while_texts_are_open);
	tcase_add_test(tc, flood_hides_nothing);
	tcase_add_test(tc, not_utf8);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_detect)
