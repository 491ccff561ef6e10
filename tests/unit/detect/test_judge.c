/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/judge.h"

#include <string.h>

#include "base/cleanup.h"
#include "detect_play.h"
#include "unit.h"

#define RULE(id, family, severity, rest)                                                                  \
	"  - id: t." id "\n    version: 1\n    family: " family "\n    severity: " severity "\n    about: t\n" \
	"    examples: { match: [x], clean: [y] }\n    " rest "\n"

static const char pack[] =
	"pack: t\nversion: 1\ndescription: t\nrules:\n"
	RULE("a", "new_task", "none", "weight: 3\n    sequence: aa")
	RULE("b", "new_task", "none", "weight: 3\n    sequence: bb")
	RULE("c", "policy_removal", "low", "weight: 4\n    sequence: cc")
	RULE("d", "policy_removal", "high", "sequence: dd\n    where: [user]")
	RULE("hedge", "forged_role", "info", "weight: 0\n    sequence: hh")
	RULE("near", "new_task", "high", "combine: \"t.a & t.b\"\n    within: 100")
	RULE("whole", "new_task", "medium", "combine: \"t.a & t.c\"")
	RULE("not", "new_task", "medium", "combine: \"t.b & !t.hedge\"\n    within: 50")
	RULE("family", "new_task", "medium", "combine: \"family:policy_removal & t.hedge\"")
	RULE("sum", "authority_claim", "high", "score: 10\n    within: 200\n    family_max: 7");

static struct rules *rules;
static struct hits hits;

static void setup(void)
{
	rules = play_rules(pack);
}

static void teardown(void)
{
	hits_done(&hits);
	rules_unref(rules);
}

static void add(const char *id, uint64_t start, uint64_t end)
{
	const struct hit hit = { .rule = play_rule(rules, id), .start = start, .end = end };

	hits_add(rules, &hits, &hit);
}

static const struct hit *hit_of(const char *id)
{
	for (size_t i = 0; i < hits.count; i++)
		if (hits.hits[i].rule == play_rule(rules, id))
			return &hits.hits[i];
	return NULL;
}

static size_t count_of(const char *id)
{
	size_t count = 0;

	for (size_t i = 0; i < hits.count; i++)
		count += hits.hits[i].rule == play_rule(rules, id);
	return count;
}

START_TEST(what_touches_is_one)
{
	add("t.a", 10, 20);
	add("t.a", 15, 30);
	add("t.a", 38, 40);
	add("t.a", 49, 50);
	add("t.b", 10, 20);
	ck_assert_uint_eq(hits.count, 3);
	ck_assert_uint_eq(hits.hits[0].start, 10);
	ck_assert_uint_eq(hits.hits[0].end, 40);
}
END_TEST

START_TEST(room_for_what_is_grave)
{
	for (uint64_t i = 0; i < 2 * HITS_MAX; i++)
		add("t.c", 100 * i, 100 * i + 1);
	ck_assert_uint_eq(hits.count, HITS_MAX);
	ck_assert_uint_eq(hits.over, HITS_MAX);
	/* The beginning stays, and so does the end. */
	ck_assert_uint_eq(hits.hits[0].start, 0);
	ck_assert_uint_eq(hits.hits[HITS_MAX - 1].start, 100 * (2 * HITS_MAX - 1));
	add("t.a", 1, 2);
	ck_assert_ptr_null(hit_of("t.a"));
	add("t.d", 1, 2);
	ck_assert_ptr_nonnull(hit_of("t.d"));
	for (uint64_t i = 0; i < 2 * HITS_MAX; i++)
		add("t.d", 100 * i, 100 * i + 1);
	add("t.c", 7, 8);
	ck_assert_uint_eq(count_of("t.d"), HITS_MAX);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_uint_le(hits.count, HITS_MAX + HITS_JOINED_MAX);
}
END_TEST

START_TEST(combinations)
{
	add("t.a", 500, 502);
	add("t.c", 90000, 90002);
	add("t.b", 599, 601);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_ptr_null(hit_of("t.near"));	/* it ends a byte too far */
	ck_assert_ptr_nonnull(hit_of("t.whole"));
	ck_assert_ptr_nonnull(hit_of("t.not"));
	ck_assert_ptr_null(hit_of("t.family"));
	hits_clear(&hits);
	add("t.b", 598, 600);
	add("t.a", 500, 502);
	add("t.hedge", 560, 562);
	add("t.c", 0, 3);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_uint_eq(hit_of("t.near")->start, 500);
	ck_assert_uint_eq(hit_of("t.near")->end, 600);
	ck_assert_ptr_null(hit_of("t.not"));	/* what is not wanted stands before */
	ck_assert_ptr_nonnull(hit_of("t.family"));
}
END_TEST

START_TEST(combinations_apart)
{
	for (uint64_t i = 0; i < 10; i++) {
		add("t.a", 1000 * i, 1000 * i + 2);
		add("t.b", 1000 * i + 50, 1000 * i + 52);
	}
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_uint_eq(count_of("t.near"), 10);
	ck_assert_uint_eq(count_of("t.whole"), 0);
}
END_TEST

/* What counts elsewhere takes no part. */
START_TEST(places)
{
	add("t.d", 10, 12);
	add("t.hedge", 20, 22);
	judge_combine(rules, WHERE_TOOL_RESULT, &hits);
	ck_assert_ptr_null(hit_of("t.family"));
	ck_assert_int_eq(judge_severity(rules, hit_of("t.d"), WHERE_TOOL_RESULT), SEVERITY_NONE);
	ck_assert_int_eq(judge_severity(rules, hit_of("t.d"), WHERE_USER), SEVERITY_HIGH);
}
END_TEST

START_TEST(weak_is_low)
{
	struct hit hit = { .rule = play_rule(rules, "t.d"), .weak = true };

	ck_assert_int_eq(judge_severity(rules, &hit, WHERE_USER), SEVERITY_LOW);
}
END_TEST

/* Of one family at most seven points, each rule once. */
START_TEST(scores)
{
	add("t.a", 0, 1);
	add("t.b", 60, 61);
	add("t.a", 90, 91);
	add("t.c", 300, 301);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_ptr_null(hit_of("t.sum"));
	hits_clear(&hits);
	add("t.a", 200, 201);
	add("t.b", 310, 311);
	add("t.c", 400, 401);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_uint_eq(hit_of("t.sum")->start, 200);
	ck_assert_uint_eq(hit_of("t.sum")->end, 401);
	/* What is as grave by itself needs none. */
	hits_clear(&hits);
	add("t.a", 200, 201);
	add("t.b", 310, 311);
	add("t.c", 400, 401);
	add("t.d", 5000, 5001);
	judge_combine(rules, WHERE_USER, &hits);
	ck_assert_ptr_null(hit_of("t.sum"));
}
END_TEST

/* The order in which matches came makes no difference. */
START_TEST(order)
{
	static const char *const ids[] = { "t.a", "t.b", "t.c", "t.hedge", "t.d" };
	size_t count = 0;

	for (size_t turn = 0; turn < ARRAY_SIZE(ids); turn++) {
		hits_clear(&hits);
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			size_t at = (i + turn) % ARRAY_SIZE(ids);

			add(ids[at], 20 * at, 20 * at + 2);
		}
		judge_combine(rules, WHERE_USER, &hits);
		ck_assert(turn == 0 || hits.count == count);
		count = hits.count;
	}
}
END_TEST

static Suite *make_judge(void)
{
	Suite *suite = suite_create("detect: judge");
	TCase *tc = tcase_create("judge");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_touches_is_one);
	tcase_add_test(tc, room_for_what_is_grave);
	tcase_add_test(tc, combinations);
	tcase_add_test(tc, combinations_apart);
	tcase_add_test(tc, places);
	tcase_add_test(tc, weak_is_low);
	tcase_add_test(tc, scores);
	tcase_add_test(tc, order);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_judge)
