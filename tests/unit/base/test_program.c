/* SPDX-License-Identifier: Apache-2.0 */
#include "base/processors.h"
#include "base/program.h"
#include "unit.h"

/* Tests are linked as the program is: with a build id. */
START_TEST(it_has_a_hash)
{
	ck_assert_uint_ne(program_hash(), 0);
	ck_assert_uint_eq(program_hash(), program_hash());
}
END_TEST

START_TEST(it_may_run_somewhere)
{
	ck_assert_uint_ge(processors_allowed(), 1);
}
END_TEST

static Suite *make_program(void)
{
	Suite *suite = suite_create("base: program");
	TCase *tc = tcase_create("program");

	tcase_add_test(tc, it_has_a_hash);
	tcase_add_test(tc, it_may_run_somewhere);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_program)
