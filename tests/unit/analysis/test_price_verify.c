/* SPDX-License-Identifier: Apache-2.0 */
/* What in a table of prices deserves a second look. */
#include "analysis/price_verify.h"

#include <stdio.h>
#include <string.h>

#include "analysis/price_row.h"
#include "base/cleanup.h"
#include "unit.h"

static struct price_table *table_of(const char *text)
{
	char error[PRICE_ERROR_BYTES] = "";
	struct price_table *table = NULL;

	ck_assert_msg(price_table_parse("t", slice_of(text), &table, error) == 0, "%s", error);
	return table;
}

START_TEST(day_of_a_table)
{
	ck_assert_int_eq(price_text_day(SLICE("# Source: x, state of 2026-08-01\nprovider,model\n")),
			 price_day("2026-08-01"));
	ck_assert_int_eq(price_text_day(SLICE("# a\n# b\n# state of 1970-01-02")), 1);
	ck_assert_int_eq(price_text_day(SLICE("")), -1);
	ck_assert_int_eq(price_text_day(SLICE("# state of 2026-13-01\n")), -1);
	ck_assert_int_eq(price_text_day(SLICE("# state of 2026-0")), -1);
	ck_assert_int_eq(price_text_day(SLICE("provider\n# state of 2026-08-01\n")), -1);
	ck_assert_int_gt(price_builtin_day(), price_day("2026-01-01"));
}
END_TEST

static char told[1 << 18];

static void tell_jump(void *ctx, const struct price_jump *jump)
{
	size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%u %s %g %g\n", jump->row->line, price_class_name(jump->class),
		 price_in_file(jump->row->pico_usd[jump->class], jump->class),
		 price_in_file(jump->before->pico_usd[jump->class], jump->class));
}

START_TEST(jumps)
{
	struct price_table *before =
		table_of("provider,model,alias_of,tier,above,input,output,image,valid_from,valid_until\n"
			 "o,a,,,,2,8,0.04,,2026-01-31\no,a,,,,3,9,0.04,2026-02-01,\no,a,,flex,,1,4,,,\n"
			 "o,b,,,,0,1,,,\no,c,a,,,,,,,\n");
	struct price_table *mine = table_of("provider,model,alias_of,tier,above,input,output,image\n"
					    "o,a,,,,30,9,0.004\no,a,,flex,,9.9,0.4,\no,a,,,200000,300,90,\no,b,,,,5,,\n"
					    "o,c,,,,0.3,89,\no,new,,,,100,100,\n");

	told[0] = '\0';
	ck_assert_uint_eq(price_jumps(mine, before, tell_jump, NULL), 4);
	ck_assert_str_eq(told, "2 input 30 3\n2 image 0.004 0.04\n3 output 0.4 4\n6 input 0.3 3\n");
	ck_assert_uint_eq(price_jumps(before, before, tell_jump, NULL), 0);
	price_table_free(mine);
	price_table_free(before);
}
END_TEST

static int tell_lacks(const struct price_lacks *lacks)
{
	struct price_lack lack;
	int found = 0;

	told[0] = '\0';
	for (size_t len = 0; price_lacks_at(lacks, (size_t)found, &lack); found++) {
		ck_assert_uint_lt(len, sizeof(told));
		len += (size_t)snprintf(told + len, sizeof(told) - len, "%s %s %g\n", lack.provider,
					lack.model, lack.calls);
	}
	return found;
}

static int lacks(struct slice metrics)
{
	struct price_table *table = table_of("provider,model,input,output\nopenai,gpt-9,1,2\n");
	const struct price_table *tables[] = { NULL, table };
	struct price_lacks *lacks = price_lacks_new(tables, 2);
	int found;

	ck_assert_ptr_nonnull(lacks);
	price_lacks_metrics(lacks, metrics, 0);
	found = tell_lacks(lacks);
	price_lacks_free(lacks);
	price_table_free(table);
	return found;
}

#define UNPRICED(model, service, reason, number) \
	"ai_unpriced_requests_total{model=\"" model "\",service=\"" service \
	"\",provider=\"openai\",operation=\"chat\",reason=\"" reason "\"} " number "\n"

START_TEST(models_without_a_price)
{
	static const char metrics[] =
		"# HELP ai_unpriced_requests_total x\n"
		UNPRICED("gpt-10", "a", "no_price", "3") UNPRICED("gpt-10", "b", "no_price", "4")
		UNPRICED("gpt-9", "a", "no_price", "5") UNPRICED("gpt-11", "a", "no_usage", "5")
		UNPRICED("gpt-12", "a", "no_price", "0") UNPRICED("other", "a", "no_price", "6")
		UNPRICED("q\\\"}x\\\\", "reason=\\\"no_usage\\\"", "no_price", "1e0")
		"ai_unpriced_requests_totals{model=\"n\"} 3\nai_unpriced_requests_total 7\n"
		"ai_unpriced_requests_total{ 7\n";

	ck_assert_int_eq(lacks(SLICE(metrics)), 2);
	ck_assert_str_eq(told, "openai gpt-10 7\nopenai q\"}x\\ 1\n");
	ck_assert_int_eq(lacks(SLICE("")), 0);
	/* Cut or damaged anywhere: no crash. */
	for (size_t i = 0; i < sizeof(metrics); i++) {
		static char bad[sizeof(metrics)];

		(void)lacks((struct slice){ metrics, i });
		memcpy(bad, metrics, sizeof(metrics));
		bad[i] ^= 3;
		(void)lacks((struct slice){ bad, sizeof(metrics) });
	}
}
END_TEST

START_TEST(calls_of_a_history)
{
	static const struct {
		const char *request, *response;
		int64_t cost;
		enum exchange_role role;
		int status;
	} calls[] = {
		{ "gpt-9", "", CALL_UNKNOWN, ROLE_CLIENT, 200 }, { "x", "gpt-10", CALL_UNKNOWN, ROLE_CLIENT, 200 },
		{ "gpt-10", "", CALL_UNKNOWN, ROLE_CLIENT, 200 }, { "gpt-11", "", 5, ROLE_CLIENT, 200 },
		{ "", "", CALL_UNKNOWN, ROLE_CLIENT, 200 }, { "gpt-10", "", CALL_UNKNOWN, ROLE_SERVER, 200 },
		{ "gpt-10", "", CALL_UNKNOWN, ROLE_CLIENT, 429 },
	};
	struct price_table *table = table_of("provider,model,input,output\nopenai,gpt-9,1,2\n");
	const struct price_table *tables[] = { table };
	struct price_lacks *lacks = price_lacks_new(tables, 1);

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct call call;

		call_init(&call);
		(void)slice_copy(call.provider, sizeof(call.provider), SLICE("openai"));
		(void)slice_copy(call.request_model, sizeof(call.request_model), slice_of(calls[i].request));
		(void)slice_copy(call.response_model, sizeof(call.response_model), slice_of(calls[i].response));
		call.cost_pico_usd = calls[i].cost;
		call.role = calls[i].role;
		call.status = calls[i].status;
		price_lacks_call(lacks, &call);
	}
	ck_assert_int_eq(tell_lacks(lacks), 1);
	ck_assert_str_eq(told, "openai gpt-10 2\n");
	price_lacks_free(lacks);
	price_table_free(table);
}
END_TEST

START_TEST(very_many_models)
{
	static char metrics[2 << 20];
	size_t used = 0;

	for (unsigned i = 0; i < PRICE_SEEN_MAX + 100; i++)
		used += (size_t)sprintf(metrics + used, UNPRICED("m%u", "a", "no_price", "1"), i);
	ck_assert_int_eq(lacks((struct slice){ metrics, used }), PRICE_SEEN_MAX);
}
END_TEST

static Suite *make_price_verify(void)
{
	Suite *suite = suite_create("price_verify");
	TCase *tc = tcase_create("price_verify");

	tcase_add_test(tc, day_of_a_table);
	tcase_add_test(tc, jumps);
	tcase_add_test(tc, models_without_a_price);
	tcase_add_test(tc, calls_of_a_history);
	tcase_add_test(tc, very_many_models);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_price_verify)
