/* SPDX-License-Identifier: Apache-2.0 */
/* The report: sums by every choice of words, money to the last pico-dollar, and what is not known. */
#include "history/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/packed.h"
#include "history/store.h"
#include "samples.h"
#include "unit.h"

#define NOW_NS (SAMPLE_BEGIN_NS + 4 * HOUR_NS)
#define PICO 1000000000000ll

static char path[64];
static int folder;
static char *text;
static size_t text_len;

static void setup(void)
{
	folder = sample_folder(path);
}

static void teardown(void)
{
	free(text);
	text = NULL;
	sample_folder_done(folder, path);
}

static void write_calls(const struct call *calls, size_t count)
{
	struct store_written written = { 0 };
	struct buffer records = { 0 };
	struct store *store = NULL;

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(pack_call(&calls[i], &records), 0);
	ck_assert_int_eq(store_open(folder, &store), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&records), 0, &written), 0);
	store_close(store);
	buffer_done(&records);
}

static const char *report(const char *by, enum money_place place, enum report_format format, int status)
{
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &text_len);
	ck_assert_int_eq(history_report(folder, SAMPLE_BEGIN_NS - HOUR_NS, NOW_NS, by, place, format, out), status);
	(void)fclose(out);
	return text;
}

static struct call plain_call(uint64_t n, const char *service, int64_t ms)
{
	struct call call;

	call_init(&call);
	(void)snprintf(call.id, sizeof(call.id), "00000000000000aa-%llx", (unsigned long long)n);
	(void)snprintf(call.workload.service, sizeof(call.workload.service), "%s", service);
	(void)snprintf(call.request_model, sizeof(call.request_model), "gpt-4o");
	(void)snprintf(call.provider, sizeof(call.provider), "openai");
	(void)snprintf(call.dialect, sizeof(call.dialect), "openai.chat");
	call.operation = OPERATION_CHAT;
	call.status = 200;
	call.duration_ns = ms * 1000000;
	call.time_unix_ns = SAMPLE_BEGIN_NS + (int64_t)n * 1000000;
	call.usage_source = USAGE_PROVIDER;
	call.tokens.input = 1000;
	call.tokens.output = 10;
	call.cost_source = COST_TABLE;
	call.cost_pico_usd = PICO / 100 + 1;
	return call;
}

START_TEST(money_is_exact)
{
	struct call calls[3] = { plain_call(1, "a", 100), plain_call(2, "a", 200), plain_call(3, "b", 300) };

	write_calls(calls, 3);
	ck_assert_str_eq(report("service", MONEY_AT_APPLICATION, REPORT_CSV, EXIT_SUCCESS),
			 "service,calls,errors,priced_calls,unpriced_calls,counted_calls,input_tokens,cache_read_tokens,"
			 "cache_write_tokens,output_tokens,reasoning_tokens,audio_input_tokens,audio_output_tokens,"
			 "image_input_tokens,image_output_tokens,estimated_calls,estimated_input_tokens,"
			 "estimated_output_tokens,cost_usd,estimated_cost_usd,p50_ms,p95_ms,p99_ms\r\n"
			 "\"a\",2,0,2,0,2,2000,0,0,20,0,0,0,0,0,0,,,0.020000000002,,99.840,199.680,199.680\r\n"
			 "\"b\",1,0,1,0,1,1000,0,0,10,0,0,0,0,0,0,,,0.010000000001,,301.056,301.056,301.056\r\n");
}
END_TEST

START_TEST(what_is_not_known_is_not_zero)
{
	struct call calls[4] = { plain_call(1, "none", 100), plain_call(2, "some", 200), plain_call(3, "some", 300),
				 plain_call(4, "rejected", 400) };
	const char *json;

	for (size_t i = 0; i < 4; i += i == 0 ? 2 : 1) {
		calls[i].cost_source = COST_NONE;
		calls[i].cost_pico_usd = CALL_UNKNOWN;
		calls[i].usage_source = USAGE_NONE;
		calls[i].tokens.input = calls[i].tokens.output = CALL_UNKNOWN;
	}
	calls[0].duration_ns = CALL_UNKNOWN;
	calls[3].status = 429;
	calls[3].error = ERROR_RATE_LIMIT;
	write_calls(calls, 4);
	json = report("service", MONEY_AT_APPLICATION, REPORT_JSON, EXIT_SUCCESS);
	ck_assert_ptr_nonnull(strstr(json, "{\"service\":\"none\",\"calls\":1,\"errors\":0,\"priced_calls\":0,\"unpriced_calls\":1,"
					   "\"counted_calls\":0,\"input_tokens\":null,"));
	ck_assert_ptr_nonnull(strstr(json, "\"cost_usd\":null,\"estimated_cost_usd\":null,\"p50_ms\":null"));
	ck_assert_ptr_nonnull(strstr(json, "{\"service\":\"some\",\"calls\":2,\"errors\":0,\"priced_calls\":1,\"unpriced_calls\":1,"
					   "\"counted_calls\":1,\"input_tokens\":1000,"));
	ck_assert_ptr_nonnull(strstr(json, "{\"service\":\"rejected\",\"calls\":1,\"errors\":1,\"priced_calls\":0,"
					   "\"unpriced_calls\":0,\"counted_calls\":0,"));
	ck_assert_ptr_nonnull(strstr(report("service", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_SUCCESS),
				     "\n2 calls have no known cost: it comes on top.\n3 calls, failed ones among them, report no tokens.\n"));
}
END_TEST

START_TEST(the_table_is_aligned)
{
	struct call calls[3] = { plain_call(1, "a", 5), plain_call(2, "a-longer-name", 1500), plain_call(3, "b", 300) };

	calls[1].error = ERROR_SERVER;
	calls[1].tokens.input = 1234567;
	write_calls(calls, 3);
	ck_assert_str_eq(report("service,day", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_SUCCESS),
			 "LLM calls from 2025-06-15 14:00 to 2025-06-15 19:06 UTC\n"
			 "\n"
			 "service        day         calls  errors    share      input  cached  output     cost  unpriced     p50     p95     p99\n"
			 "-----------------------------------------------------------------------------------------------------------------------\n"
			 "a              2025-06-15      1       0    0.0 %      1,000       0      10  $0.0100         -  5.0 ms  5.0 ms  5.0 ms\n"
			 "a-longer-name  2025-06-15      1       1  100.0 %  1,234,567       0      10  $0.0100         -  1.50 s  1.50 s  1.50 s\n"
			 "b              2025-06-15      1       0    0.0 %      1,000       0      10  $0.0100         -  301 ms  301 ms  301 ms\n"
			 "-----------------------------------------------------------------------------------------------------------------------\n"
			 "total                          3       1   33.3 %  1,236,567       0      30  $0.0300         -  301 ms  1.50 s  1.50 s\n");
}
END_TEST

START_TEST(a_call_over_a_gateway_counts_once)
{
	struct call calls[2] = { plain_call(1, "app", 100), plain_call(2, "litellm", 90) };

	calls[0].hop = HOP_TO_GATEWAY;
	calls[1].hop = HOP_FROM_GATEWAY;
	calls[1].cost_pico_usd = PICO;
	write_calls(calls, 2);
	ck_assert_ptr_null(strstr(report("service", MONEY_AT_APPLICATION, REPORT_JSON, EXIT_SUCCESS), "litellm"));
	ck_assert_ptr_nonnull(strstr(text, "\"total\":{\"calls\":1,"));
	ck_assert_ptr_nonnull(strstr(text, "\"cost_usd\":0.010000000001,"));
	ck_assert_ptr_nonnull(strstr(report("service", MONEY_AT_GATEWAY, REPORT_JSON, EXIT_SUCCESS),
				     "{\"service\":\"litellm\",\"calls\":0,"));
	ck_assert_ptr_nonnull(strstr(text, "\"total\":{\"calls\":1,"));
	ck_assert_ptr_nonnull(strstr(text, "\"cost_usd\":1,"));
}
END_TEST

START_TEST(all_words_come_to_the_same_total)
{
	static const char *const choices[] = { "", "service", "model", "provider", "day", "hour", "model,service", "hour,provider",
					       "service,model,provider,day,hour" };
	static struct call calls[3000];
	char *first = NULL;

	for (uint64_t n = 0; n < 3000; n++) {
		sample_call(n, &calls[n]);
		calls[n].time_unix_ns += (int64_t)(n % 4) * HOUR_NS;
	}
	write_calls(calls, 3000);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const char *total = strstr(report(choices[i], MONEY_AT_APPLICATION, REPORT_JSON, EXIT_SUCCESS), "\"total\":");

		ck_assert_ptr_nonnull(total);
		if (first)
			ck_assert_str_eq(total, first);
		else
			first = strdup(total);
	}
	free(first);
}
END_TEST

START_TEST(names_are_no_formulas_and_no_controls)
{
	struct call call = plain_call(1, "=cmd|' /C calc'!A0,\"x\"", 100);

	write_calls(&call, 1);
	ck_assert_ptr_nonnull(strstr(report("service", MONEY_AT_APPLICATION, REPORT_CSV, EXIT_SUCCESS), "\r\n\"'=cmd|' /C calc'!A0,\"\"x\"\"\",1,"));
	(void)sample_number(path, "UPDATE series SET service = 'a' || char(27) || '[2J' RETURNING 1");
	ck_assert_ptr_null(strchr(report("service", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_SUCCESS), 27));
}
END_TEST

START_TEST(wrong_words_are_refused)
{
	struct call call = plain_call(1, "a", 100);

	write_calls(&call, 1);
	(void)report("servce", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_FAILURE);
	(void)report("day,day", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_FAILURE);
	(void)report("day,,model", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_FAILURE);
	ck_assert_uint_eq(text_len, 0);
}
END_TEST

START_TEST(without_a_history_it_says_so)
{
	(void)report("day", MONEY_AT_APPLICATION, REPORT_TABLE, EXIT_FAILURE);
	ck_assert_uint_eq(text_len, 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, money_is_exact);
	tcase_add_test(tcase, what_is_not_known_is_not_zero);
	tcase_add_test(tcase, the_table_is_aligned);
	tcase_add_test(tcase, a_call_over_a_gateway_counts_once);
	tcase_add_test(tcase, all_words_come_to_the_same_total);
	tcase_add_test(tcase, names_are_no_formulas_and_no_controls);
	tcase_add_test(tcase, wrong_words_are_refused);
	tcase_add_test(tcase, without_a_history_it_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
