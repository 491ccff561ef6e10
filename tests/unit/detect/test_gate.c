/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/gate.h"

#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

/* Rule 7: keys 1 and 2 within a few words. Rule 8: keys 1, 2 and 3 far apart. Rule 9: key 4. */
static const struct gate_rule gate_rules[] = {
	{ .rule = 7, .words = 4, .terms = 2 },
	{ .rule = 8, .words = GATE_BLOCK_WORDS * (GATE_BLOCKS - 1), .terms = 3 },
	{ .rule = 9, .words = 1, .terms = 1 },
};
static const struct gate_use gate_uses[] = {
	{ 4, 2, 0 }, { 1, 0, 0 }, { 2, 0, 1 }, { 3, 1, 2 }, { 1, 1, 0 }, { 2, 1, 1 },
};

static struct gate *gate;
static struct gate_run run;
static char opened[64];

static void setup(void)
{
	struct gate_use uses[ARRAY_SIZE(gate_uses)];

	memcpy(uses, gate_uses, sizeof(uses));
	gate = gate_new(gate_rules, ARRAY_SIZE(gate_rules), uses, ARRAY_SIZE(uses), 6);
	ck_assert_ptr_nonnull(gate);
	ck_assert_int_eq(gate_run_init(&run, gate), 0);
}

static void teardown(void)
{
	gate_run_done(&run);
	gate_free(gate);
}

static void on_rule(void *ctx, uint32_t rule, uint32_t blocks)
{
	(void)ctx;
	ck_assert_uint_le(blocks, GATE_BLOCKS);
	opened[strlen(opened)] = (char)('0' + rule);
}

/* A digit is a key, a blank ends the block. */
static const char *play(const char *keys)
{
	memset(opened, 0, sizeof(opened));
	gate_run_reset(&run);
	for (; *keys; keys++) {
		if (*keys == ' ')
			gate_turn(&run, on_rule, NULL);
		else
			gate_take(&run, (uint32_t)(*keys - '0'));
	}
	gate_turn(&run, on_rule, NULL);
	return opened;
}

static const struct {
	const char *keys, *rules;
} cases[] = {
	{ "", "" }, { "1", "" }, { "5", "" }, { "12", "7" }, { "21", "7" }, { "1 2", "7" }, { "1  2", "" }, { "4", "9" },
	{ "3 1     2", "8" }, { "1 2 3", "78" }, { "4 4", "99" }, { "12        2", "7" },
};

START_TEST(opens)
{
	ck_assert_str_eq(play(cases[_i].keys), cases[_i].rules);
	/* What another text left makes no difference. */
	(void)play("123 123 123 123 123 123 123 123 123 123 123 123");
	ck_assert_str_eq(play(cases[_i].keys), cases[_i].rules);
}
END_TEST

static Suite *make_gate(void)
{
	Suite *suite = suite_create("detect: gate");
	TCase *tc = tcase_create("gate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, opens, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_gate)
