/* SPDX-License-Identifier: Apache-2.0 */
/* The line for people: golden text, unknowns, hostile names. */
#include "export/line.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "unit.h"

static struct buffer out;
static struct line_layout layout;

static void setup(void)
{
	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	out = (struct buffer){ .limit = 65536 };
	layout = (struct line_layout){ 0 };
}

static void teardown(void)
{
	buffer_done(&out);
}

static struct call good_call(void)
{
	struct call call;

	call_init(&call);
	call.time_unix_ns = 1700000000123000000;
	(void)strcpy(call.workload.service, "shop");
	(void)strcpy(call.request_model, "gpt-4o");
	(void)strcpy(call.response_model, "gpt-4o-2024-08-06");
	call.tokens.input = 1000;
	call.tokens.output = 20;
	call.cost_pico_usd = 2700000499;
	call.duration_ns = 1234567890;
	call.ttft_ns = 321000000;
	call.status = 200;
	return call;
}

static const char *format(const struct call *call)
{
	out.len = 0;
	ck_assert_int_eq(line_format(&layout, call, &out), 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	return out.data;
}

START_TEST(columns_stand_below_their_heads)
{
	struct call call = good_call();

	ck_assert_str_eq(format(&call),
			 "TIME          SERVICE      MODEL                   IN      OUT        COST  LATENCY     TTFT  OUTCOME\n"
			 "22:13:20.123Z shop         gpt-4o-2024-08-06     1000       20   $0.002700   1234ms    321ms  ok\n");
	/* The head stands once. */
	ck_assert_ptr_null(strstr(format(&call), "SERVICE"));
}
END_TEST

START_TEST(unknown_is_a_dash)
{
	struct call call;

	call_init(&call);
	call.time_unix_ns = 0;
	layout.headed = true;
	ck_assert_str_eq(format(&call),
			 "00:00:00.000Z -            -                   -        -           -        -        -  ok\n");
}
END_TEST

START_TEST(zero_is_not_unknown)
{
	struct call call = good_call();

	call.tokens.output = 0;
	call.cost_pico_usd = 0;
	layout.headed = true;
	ck_assert_ptr_nonnull(strstr(format(&call), "1000        0   $0.000000 "));
}
END_TEST

START_TEST(outcomes)
{
	struct call call = good_call();

	call.error = ERROR_RATE_LIMIT;
	call.status = 429;
	ck_assert_ptr_nonnull(strstr(format(&call), "  429 rate_limit\n"));
	call.error = ERROR_CANCELLED;
	call.status = CALL_UNKNOWN;
	call.capture = CAPTURE_ABORTED;
	ck_assert_ptr_nonnull(strstr(format(&call), "  cancelled, aborted\n"));
	call.error = ERROR_NONE;
	call.capture = CAPTURE_NO_USAGE;
	call.role = ROLE_SERVER;
	ck_assert_ptr_nonnull(strstr(format(&call), "  ok, no_usage, served\n"));
	call.role = ROLE_CLIENT;
	call.hop = HOP_FROM_GATEWAY;
	ck_assert_ptr_nonnull(strstr(format(&call), "  ok, no_usage, upstream\n"));
}
END_TEST

START_TEST(a_tool_stands_in_the_models_place)
{
	struct call call = good_call();

	(void)strcpy(call.dialect, "mcp");
	call.tool_count = 1;
	(void)strcpy(call.tools[0], "find_knot");
	ck_assert_ptr_nonnull(strstr(format(&call), " find_knot "));
	(void)strcpy(call.dialect, "a2a");
	call.tool_count = 0;
	ck_assert_ptr_nonnull(strstr(format(&call), " a2a "));
}
END_TEST

START_TEST(colors_only_when_asked_for)
{
	struct call call = good_call();

	ck_assert_ptr_null(strchr(format(&call), '\033'));
	layout.color = true;
	ck_assert_ptr_nonnull(strstr(format(&call), "\033[32mok\033[0m\n"));
	call.error = ERROR_SERVER;
	ck_assert_ptr_nonnull(strstr(format(&call), "\033[31m"));
}
END_TEST

/* A name can not move the cursor, and a long one not the columns for ever. */
START_TEST(names_are_plain_and_cut)
{
	struct call call = good_call();
	const char *line;

	(void)strcpy(call.workload.service, "a\033[2Jb\nc\xc3\xa9\x7f");
	memset(call.response_model, 'm', sizeof(call.response_model) - 1);
	call.response_model[sizeof(call.response_model) - 1] = '\0';
	layout.headed = true;
	line = format(&call);
	ck_assert_ptr_nonnull(strstr(line, " a?[2Jb?c??? "));
	ck_assert_ptr_nonnull(strstr(line, " mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm~ "));
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

START_TEST(columns_widen_and_stay_wide)
{
	struct call narrow = good_call(), wide = good_call();
	size_t before, after;

	(void)strcpy(wide.workload.service, "a-service-of-many-words");
	layout.headed = true;
	before = strlen(format(&narrow));
	(void)format(&wide);
	after = strlen(format(&narrow));
	ck_assert_uint_eq(after, before + strlen("a-service-of-many-words") - 12);
}
END_TEST

START_TEST(any_numbers_fit)
{
	struct call call = good_call();

	call.time_unix_ns = INT64_MAX;
	call.tokens.input = INT64_MAX;
	call.tokens.output = INT64_MAX;
	call.cost_pico_usd = INT64_MAX;
	call.duration_ns = INT64_MAX;
	call.ttft_ns = INT64_MAX;
	call.status = INT64_MAX;
	call.error = ERROR_OTHER;
	ck_assert_ptr_nonnull(strstr(format(&call), "9223372036854775807"));
	call.time_unix_ns = INT64_MIN;
	ck_assert_ptr_nonnull(strstr(format(&call), "-  "));
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("line");
	TCase *tcase = tcase_create("format");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, columns_stand_below_their_heads);
	tcase_add_test(tcase, unknown_is_a_dash);
	tcase_add_test(tcase, zero_is_not_unknown);
	tcase_add_test(tcase, outcomes);
	tcase_add_test(tcase, a_tool_stands_in_the_models_place);
	tcase_add_test(tcase, colors_only_when_asked_for);
	tcase_add_test(tcase, names_are_plain_and_cut);
	tcase_add_test(tcase, columns_widen_and_stay_wide);
	tcase_add_test(tcase, any_numbers_fit);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
