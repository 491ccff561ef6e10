/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's table of processes: bounded, the first announced goes first. */
#include "unit.h"

#include <stdio.h>

#include "roles/workloads.h"

static void put(struct workloads *workloads, uint32_t tgid, const char *exe)
{
	struct event_process facts = { .tgid = tgid, .start_ns = tgid };

	(void)snprintf(facts.exe, sizeof(facts.exe), "%s", exe);
	ck_assert_int_eq(workloads_put(workloads, &facts), 0);
}

START_TEST(what_was_put_is_there)
{
	struct workloads *workloads = workloads_new(4);

	put(workloads, 10, "curl");
	put(workloads, 11, "node");
	ck_assert_str_eq(workloads_get(workloads, 10)->program, "curl");
	ck_assert_uint_eq(workloads_get(workloads, 11)->tgid, 11);
	ck_assert_ptr_null(workloads_get(workloads, 12));
	put(workloads, 10, "python3");
	ck_assert_str_eq(workloads_get(workloads, 10)->program, "python3");
	workloads_remove(workloads, 10);
	workloads_remove(workloads, 10);
	ck_assert_ptr_null(workloads_get(workloads, 10));
	workloads_free(workloads);
}
END_TEST

START_TEST(full_the_oldest_goes)
{
	struct workloads *workloads = workloads_new(100);

	for (uint32_t tgid = 1; tgid <= 10000; tgid++)
		put(workloads, tgid, "x");
	ck_assert_ptr_null(workloads_get(workloads, 9900));
	for (uint32_t tgid = 9901; tgid <= 10000; tgid++)
		ck_assert_ptr_nonnull(workloads_get(workloads, tgid));
	workloads_free(workloads);
	workloads_free(NULL);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/workloads");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, what_was_put_is_there);
	tcase_add_test(tcase, full_the_oldest_goes);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
