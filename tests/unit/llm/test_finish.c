/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/finish.h"

#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

static const struct {
	const char *reason;
	enum finish_kind kind;
} cases[] = {
	{ "", FINISH_UNKNOWN },		    { "stop", FINISH_STOP },	       { "STOP", FINISH_STOP },
	{ "COMPLETE", FINISH_STOP },	    { "tool_use", FINISH_TOOL_CALLS }, { "TOOL_CALL", FINISH_TOOL_CALLS },
	{ "length", FINISH_LENGTH },	    { "MAX_TOKENS", FINISH_LENGTH },   { "content_filter", FINISH_FILTER },
	{ "guardrail_intervened", FINISH_FILTER }, { "SAFETY", FINISH_FILTER }, { "refusal", FINISH_REFUSAL },
	{ "in_progress", FINISH_OTHER },    { "2", FINISH_OTHER },
};

START_TEST(spellings)
{
	ck_assert_int_eq(finish_kind_of(cases[_i].reason), cases[_i].kind);
}
END_TEST

static void add(struct call *call, const char *reason)
{
	(void)strcpy(call->finish_reasons[call->finish_reason_count++], reason);
}

START_TEST(the_gravest_of_several_choices)
{
	struct call call;

	call_init(&call);
	ck_assert_int_eq(call_finish_kind(&call), FINISH_UNKNOWN);
	add(&call, "stop");
	add(&call, "length");
	add(&call, "stop");
	ck_assert_int_eq(call_finish_kind(&call), FINISH_LENGTH);
}
END_TEST

START_TEST(a_tool_call_that_is_called_stop)
{
	struct call call;

	call_init(&call);
	add(&call, "STOP");
	ck_assert_int_eq(call_finish_kind(&call), FINISH_STOP);
	call.tool_calls = 2;
	ck_assert_int_eq(call_finish_kind(&call), FINISH_TOOL_CALLS);
}
END_TEST

static Suite *make_finish(void)
{
	Suite *suite = suite_create("llm: finish reasons");
	TCase *tc = tcase_create("finish");

	tcase_add_loop_test(tc, spellings, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, the_gravest_of_several_choices);
	tcase_add_test(tc, a_tool_call_that_is_called_stop);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_finish)
