/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and answers of a name stand in one model's figures. */
#include <stdio.h>
#include <string.h>

#include "analysis/counting.h"
#include "unit.h"

static struct counting *counting;

static void setup(void)
{
	counting = counting_new();
	ck_assert_ptr_nonnull(counting);
}

static void teardown(void)
{
	counting_free(counting);
	counting_free(NULL);
}

static struct call call_of(const char *service, const char *asked, const char *answered)
{
	struct call call;

	call_init(&call);
	(void)strcpy(call.workload.service, service);
	(void)strcpy(call.provider, "openai");
	(void)strcpy(call.request_model, asked);
	(void)strcpy(call.response_model, answered);
	call.error = *answered ? ERROR_NONE : ERROR_RATE_LIMIT;
	return call;
}

static const char *counted(struct call call)
{
	static char ret[MODEL_BYTES];

	counting_set(counting, &call);
	ck_assert_str_eq(call_model(&call), call.counted_as);
	(void)strcpy(ret, call.counted_as);
	return ret;
}

START_TEST(errors_are_of_the_model_that_answers)
{
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "")), "gpt-4o");
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "gpt-4o-2024-08-06")), "gpt-4o-2024-08-06");
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "")), "gpt-4o-2024-08-06");
	/* The provider swaps it. */
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "gpt-4o-2024-11-20")), "gpt-4o-2024-11-20");
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "")), "gpt-4o-2024-11-20");
	ck_assert_str_eq(counted(call_of("shop", "", "")), "");
}
END_TEST

/* What another service, provider or end is answered says nothing here. */
START_TEST(others_say_nothing)
{
	struct call call = call_of("shop", "gpt-4o", "");

	(void)counted(call_of("shop", "gpt-4o", "gpt-4o-2024-08-06"));
	ck_assert_str_eq(counted(call_of("search", "gpt-4o", "")), "gpt-4o");
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o-mini", "")), "gpt-4o-mini");
	(void)strcpy(call.provider, "azure.ai.openai");
	ck_assert_str_eq(counted(call), "gpt-4o");
	call = call_of("shop", "gpt-4o", "");
	call.role = ROLE_SERVER;
	ck_assert_str_eq(counted(call), "gpt-4o");
}
END_TEST

/* What broke off in its answer is of who answered, and teaches nothing. */
START_TEST(a_broken_answer_teaches_nothing)
{
	struct call call = call_of("shop", "gpt-4o", "half-an-answer");

	call.error = ERROR_SERVER;
	ck_assert_str_eq(counted(call), "half-an-answer");
	ck_assert_str_eq(counted(call_of("shop", "gpt-4o", "")), "gpt-4o");
}
END_TEST

START_TEST(names_are_bounded)
{
	char name[32];
	unsigned known = 0;

	for (unsigned i = 0; i < 100 * COUNTING_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "alias-%u", i);
		(void)counted(call_of("shop", name, "answerer"));
		ck_assert_str_eq(counted(call_of("shop", name, "")), "answerer");
	}
	for (unsigned i = 0; i < 100 * COUNTING_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "alias-%u", i);
		known += strcmp(counted(call_of("shop", name, "")), "answerer") == 0;
	}
	ck_assert_uint_le(known, COUNTING_NAMES);
	ck_assert_uint_gt(known, COUNTING_NAMES / 2);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("analysis: counted as");
	TCase *tcase = tcase_create("counting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, errors_are_of_the_model_that_answers);
	tcase_add_test(tcase, others_say_nothing);
	tcase_add_test(tcase, a_broken_answer_teaches_nothing);
	tcase_add_test(tcase, names_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
