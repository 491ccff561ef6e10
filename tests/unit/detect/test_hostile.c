/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are made to be slow, against all packs: the work that they cause
 * grows with their length and no faster, and no byte costs more than so much.
 * Work is counted, not timed.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "detect/detect.h"
#include "detect/hostile_texts.h"
#include "detect/image.h"
#include "unit.h"

#define SMALL_BYTES (4u * 1024)
#define WINDOW_BYTES (16u * 1024)
#define LARGE_BYTES (128u * 1024)
#define STEPS_PER_BYTE 80u	/* ordinary text takes ten, the worst of these forty */
#define SLACK_STEPS 4000u	/* that a text may cost by itself */
#define DATABASE_BYTES_MAX (6u * 1024 * 1024)
#define COMPILED_BYTES_MAX (20u * 1024 * 1024)
#define COMPILE_TIMEOUT_S 300	/* all packs, with sanitizers, on a busy machine */

static struct rules *rules;

static void setup(void)
{
	struct rule_source *sources = calloc(pack_builtin_count, sizeof(*sources));
	char error[PACK_ERROR_BYTES];

	ck_assert_ptr_nonnull(sources);
	for (size_t i = 0; i < pack_builtin_count; i++)
		sources[i] = (struct rule_source){ pack_builtin[i].file, pack_builtin[i].yaml, false };
	ck_assert_msg(rules_from_sources(sources, pack_builtin_count, (struct slice){ 0 }, &rules, error) == 0, "%s", error);
	free(sources);
}

static void teardown(void)
{
	rules_unref(rules);
}

static uint64_t steps_of(struct detect *detect, struct slice text)
{
	struct text_view view = { .event = TEXT_PIECE, .where = WHERE_TOOL_RESULT, .bytes = text };
	const struct detect_from from = { .service = 1 };
	uint64_t before = detect_steps(detect);
	struct call call;
	void *user = NULL;

	call_init(&call);
	detect_on_text(detect, &user, &from, &view);
	view = (struct text_view){ .event = TEXT_END, .where = WHERE_TOOL_RESULT };
	detect_on_text(detect, &user, &from, &view);
	detect_finish(detect, user, &call);
	return detect_steps(detect) - before;
}

/* Within a window anything could be as dear as its square; from window to window what is kept could. */
static void hold_against(struct detect *detect, const char *name, const char *text, size_t small, size_t large)
{
	uint64_t of_small = steps_of(detect, (struct slice){ text, small });
	uint64_t of_large = steps_of(detect, (struct slice){ text, large });
	uint64_t times = large / small;

	ck_assert_msg(of_large <= (uint64_t)large * STEPS_PER_BYTE, "%s: %llu steps a byte of %zu", name,
		      (unsigned long long)(of_large / large), large);
	ck_assert_msg(4 * of_large <= 5 * times * of_small + SLACK_STEPS, "%s: %llu steps of %zu bytes, %llu of %zu", name,
		      (unsigned long long)of_small, small, (unsigned long long)of_large, large);
}

START_TEST(work_is_linear)
{
	struct detect *detect = detect_new(&(struct detect_setup){ .rules = rules });
	char *text = malloc(LARGE_BYTES);

	ck_assert(detect && text);
	ck_assert(hostile_fill(&hostile_texts[_i], text, LARGE_BYTES));
	hold_against(detect, hostile_texts[_i].name, text, SMALL_BYTES, WINDOW_BYTES);
	hold_against(detect, hostile_texts[_i].name, text, WINDOW_BYTES, LARGE_BYTES);
	free(text);
	detect_free(detect);
}
END_TEST

/* What all packs compile to: every decoder maps it, and the tracer keeps it on disk. */
START_TEST(what_is_compiled_is_small)
{
	struct rules_size size;

	rules_size(rules, &size);
	ck_assert_uint_gt(size.expressions, 100);
	ck_assert_uint_le(size.database_bytes, DATABASE_BYTES_MAX);
	ck_assert_uint_le(rules_image(rules).len, COMPILED_BYTES_MAX);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("work");

	tcase_set_timeout(tcase, COMPILE_TIMEOUT_S);
	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_compiled_is_small);
	tcase_add_loop_test(tcase, work_is_linear, 0, ARRAY_SIZE(hostile_texts));
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
