/* SPDX-License-Identifier: Apache-2.0 */
/* Calls, counters and prices in; series and priced calls out. */
#include "analysis/analysis.h"

#include <stdio.h>
#include <string.h>

#include "analysis/call_metrics.h"
#include "base/cleanup.h"
#include "unit.h"

static struct analysis *analysis;
static struct call last;
static unsigned calls_out;

static void take(void *ctx, const struct call *call)
{
	ck_assert_ptr_eq(ctx, &last);
	last = *call;
	calls_out++;
}

static void setup(void)
{
	calls_out = 0;
	analysis = analysis_new("1.2.3", MONEY_AT_APPLICATION, take, &last);
	ck_assert_ptr_nonnull(analysis);
}

static void teardown(void)
{
	analysis_free(analysis);
}

static const struct metric_family *family_named(const char *name)
{
	const struct metric_family *family;

	for (size_t i = 0; (family = metrics_family_at(analysis_metrics(analysis), i)); i++) {
		if (strcmp(metric_family_desc(family)->name, name) == 0)
			return family;
	}
	ck_abort_msg("no metric %s", name);
	return NULL;
}

static bool label_is(const struct metric_series *series, const struct metric_desc *desc, const char *name,
		     const char *value)
{
	for (size_t i = 0; i < metric_label_count(desc); i++) {
		if (strcmp(desc->labels[i].name, name) == 0)
			return strcmp(metric_series_label(series, i), value) == 0;
	}
	return false;
}

/* The only series that has this label value; null: none. Label "" takes any. */
static const struct metric_series *find(const char *metric, const char *label, const char *value)
{
	const struct metric_family *family = family_named(metric);
	const struct metric_series *series, *found = NULL;

	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		if (*label && !label_is(series, metric_family_desc(family), label, value))
			continue;
		ck_assert_msg(!found, "%s{%s=\"%s\"} stands twice", metric, label, value);
		found = series;
	}
	return found;
}

static uint64_t count(const char *metric, const char *label, const char *value)
{
	const struct metric_series *series = find(metric, label, value);
	struct metric_value read;

	ck_assert_msg(series, "no series %s{%s=\"%s\"}", metric, label, value);
	metric_read(series, &read);
	return read.count;
}

static double gauge(const char *metric, const char *label, const char *value)
{
	const struct metric_series *series = find(metric, label, value);
	struct metric_value read;

	ck_assert_ptr_nonnull(series);
	metric_read(series, &read);
	return read.number;
}

static struct call good_call(void)
{
	struct call call;

	call_init(&call);
	call.operation = OPERATION_CHAT;
	(void)strcpy(call.provider, "openai");
	(void)strcpy(call.workload.service, "shop");
	(void)strcpy(call.request_model, "gpt-4o");
	(void)strcpy(call.response_model, "gpt-4o-2024-08-06");
	call.status = 200;
	call.duration_ns = 1500000000;
	call.usage_source = USAGE_PROVIDER;
	call.tokens.input = 1000;
	call.tokens.cache_read = 400;
	call.tokens.output = 100;
	call.tokens.reasoning = 30;
	return call;
}

START_TEST(a_call_feeds_its_series)
{
	struct call call = good_call();
	struct metric_value time;

	call.ttft_ns = 50000000;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_requests_total", "model", "gpt-4o-2024-08-06"), 1);
	ck_assert_uint_eq(count("ai_requests_total", "service", "shop"), 1);
	ck_assert_uint_eq(count("ai_requests_total", "provider", "openai"), 1);
	ck_assert_uint_eq(count("ai_requests_total", "operation", "chat"), 1);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "input"), 600);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "cache_read"), 400);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "output"), 70);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "reasoning"), 30);
	/* 600 x 2.5 + 400 x 1.25 + 100 x 10 USD a million. */
	ck_assert_uint_eq(count("ai_cost_dollars_total", "", ""), 3000000000);
	metric_read(find("ai_response_time_ms", "", ""), &time);
	ck_assert_uint_eq(time.count, 1);
	ck_assert_uint_eq(time.sum, 1500000000);
	ck_assert_uint_eq(time.buckets[5], 1);
	metric_read(find("ai_time_to_first_token_ms", "", ""), &time);
	ck_assert_uint_eq(time.buckets[0], 1);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_price"), 0);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_usage"), 0);
	ck_assert_ptr_null(find("ai_errors_total", "", ""));
	ck_assert_uint_eq(calls_out, 1);
	ck_assert_int_eq(last.cost_pico_usd, 3000000000);
}
END_TEST

static uint64_t observations(const char *metric, uint64_t *ret_sum)
{
	const struct metric_series *series = find(metric, "", "");
	struct metric_value read = { 0 };

	if (series)
		metric_read(series, &read);
	*ret_sum = read.sum;
	return read.count;
}

/* 100 tokens in 1.98 s are 20 ms a token; a count that is a guess makes no figure. */
START_TEST(a_stream_feeds_its_pace)
{
	struct call call = good_call();
	uint64_t sum;

	call.output_span_ns = 1980000000;
	call.max_gap_ns = 700000000;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(observations("ai_time_per_output_token_ms", &sum), 1);
	ck_assert_uint_eq(sum, 20000000);
	ck_assert_uint_eq(observations("ai_stream_stall_ms", &sum), 1);
	ck_assert_uint_eq(sum, 700000000);

	call = good_call();
	call.output_span_ns = 1980000000;
	call.usage_source = USAGE_ESTIMATED;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(observations("ai_time_per_output_token_ms", &sum), 1);
	ck_assert_uint_eq(observations("ai_stream_stall_ms", &sum), 1);
}
END_TEST

START_TEST(a_document_has_no_pace)
{
	struct call call = good_call();
	uint64_t sum;

	analysis_call(analysis, &call);
	call.output_span_ns = 1980000000;
	call.tokens.output = 1;
	analysis_call(analysis, &call);
	call.tokens.output = CALL_UNKNOWN;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(observations("ai_time_per_output_token_ms", &sum), 0);
	ck_assert_uint_eq(observations("ai_stream_stall_ms", &sum), 0);
}
END_TEST

START_TEST(the_price_row_used_is_named)
{
	struct call call = good_call();

	(void)strcpy(call.response_model, "gpt-4o-2099-01-01");
	analysis_call(analysis, &call);
	ck_assert_str_eq(last.priced_as, "gpt-4o");
}
END_TEST

START_TEST(unknown_is_not_zero)
{
	struct call call = good_call(), unknown;

	call_init(&unknown);
	call.tokens = unknown.tokens;
	call.usage_source = USAGE_NONE;
	call.duration_ns = CALL_UNKNOWN;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_requests_total", "", ""), 1);
	ck_assert_ptr_null(find("ai_tokens_total", "", ""));
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_ptr_null(find("ai_response_time_ms", "", ""));
	ck_assert_ptr_null(find("ai_time_to_first_token_ms", "", ""));
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_usage"), 1);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_price"), 0);
	ck_assert_int_eq(last.cost_pico_usd, CALL_UNKNOWN);
	ck_assert_str_eq(last.priced_as, "");
}
END_TEST

START_TEST(estimates_are_apart)
{
	struct call call = good_call();

	call.usage_source = USAGE_ESTIMATED;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_estimated_tokens_total", "type", "output"), 70);
	ck_assert_uint_eq(count("ai_estimated_cost_dollars_total", "", ""), 3000000000);
	ck_assert_ptr_null(find("ai_tokens_total", "", ""));
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_usage"), 1);
}
END_TEST

START_TEST(an_unknown_model_is_unpriced)
{
	struct call call = good_call();

	(void)strcpy(call.request_model, "gpt-4o-unheard-of");
	(void)strcpy(call.response_model, "");
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_price"), 1);
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_uint_eq(count("ai_tokens_total", "type", "input"), 600);
}
END_TEST

/* What another role filled in here is not believed. */
START_TEST(a_cost_from_outside_is_dropped)
{
	struct call call = good_call();

	(void)strcpy(call.response_model, "unheard-of");
	(void)strcpy(call.request_model, "unheard-of");
	(void)strcpy(call.priced_as, "gold");
	call.cost_pico_usd = 77;
	call.cost_source = COST_REPORTED;
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_source, COST_NONE);
	ck_assert_int_eq(last.cost_pico_usd, CALL_UNKNOWN);
	ck_assert_str_eq(last.priced_as, "");
}
END_TEST

static uint64_t cost_source(const char *source)
{
	return find("ai_cost_source_requests_total", "source", source)
		       ? count("ai_cost_source_requests_total", "source", source)
		       : 0;
}

START_TEST(a_reported_cost_goes_before_the_table)
{
	struct call call = good_call();

	call.reported_cost_pico_usd = 123;
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_pico_usd, 123);
	ck_assert_int_eq(last.cost_source, COST_REPORTED);
	ck_assert_str_eq(last.priced_as, "");
	ck_assert_uint_eq(count("ai_cost_dollars_total", "", ""), 123);
	ck_assert_uint_eq(cost_source("provider"), 1);
	ck_assert_uint_eq(cost_source("table"), 0);
	/* Free is a fact too, and so is a cost without a known model or usage. */
	call.reported_cost_pico_usd = 0;
	(void)strcpy(call.response_model, "unheard-of");
	call.tokens.output = CALL_UNKNOWN;
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_pico_usd, 0);
	ck_assert_int_eq(last.cost_source, COST_REPORTED);
	ck_assert_uint_eq(cost_source("provider"), 2);
}
END_TEST

START_TEST(the_table_says_when_a_tier_is_plain)
{
	struct call call = good_call();

	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_source, COST_TABLE);
	ck_assert_uint_eq(cost_source("table"), 1);
	(void)strcpy(call.service_tier, "unheard-of");
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_source, COST_TABLE);
	ck_assert_uint_eq(cost_source("table"), 1);
	ck_assert_uint_eq(cost_source("table_plain_tier"), 1);
}
END_TEST

START_TEST(prepaid_calls_are_unpriced)
{
	struct call call = good_call();

	(void)strcpy(call.service_tier, "PROVISIONED_THROUGHPUT");
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "prepaid"), 1);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_price"), 0);
	ck_assert_int_eq(last.cost_source, COST_NONE);
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
}
END_TEST

START_TEST(sound_and_images_are_types_of_their_own)
{
	struct call call = good_call();

	call.tokens.audio_input = 0;
	call.tokens.image_output = 0;
	analysis_call(analysis, &call);
	ck_assert_ptr_null(find("ai_tokens_total", "type", "audio_input"));
	ck_assert_ptr_null(find("ai_tokens_total", "type", "image_output"));
	call.tokens.audio_input = 200;
	call.tokens.image_input = 50;
	call.tokens.audio_output = 10;
	call.tokens.image_output = 5;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "audio_input"), 200);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "image_input"), 50);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "input"), 600 + 350);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "audio_output"), 10);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "image_output"), 5);
	ck_assert_uint_eq(count("ai_tokens_total", "type", "output"), 70 + 55);
}
END_TEST

START_TEST(rejected_calls_cost_nothing)
{
	struct call call = good_call();

	call.status = 429;
	call.error = ERROR_RATE_LIMIT;
	call.usage_source = USAGE_NONE;
	call.tokens.input = call.tokens.output = CALL_UNKNOWN;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_errors_total", "error_type", call_error_names[ERROR_RATE_LIMIT]), 1);
	ck_assert_uint_eq(count("ai_requests_total", "", ""), 1);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_usage"), 0);
	/* A stream that was cancelled is billed all the same. */
	call.status = 200;
	call.error = ERROR_CANCELLED;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_unpriced_requests_total", "reason", "no_usage"), 1);
}
END_TEST

START_TEST(the_serving_end_has_series_of_its_own)
{
	struct call call = good_call();

	call.role = ROLE_SERVER;
	analysis_call(analysis, &call);
	ck_assert_ptr_null(find("ai_requests_total", "", ""));
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_ptr_null(find("ai_tokens_total", "", ""));
	ck_assert_uint_eq(count("ai_server_requests_total", "", ""), 1);
	ck_assert_uint_eq(count("ai_server_tokens_total", "type", "input"), 600);
	ck_assert_uint_eq(count("ai_server_response_time_ms", "", ""), 1);
	ck_assert_uint_eq(calls_out, 1);
}
END_TEST

START_TEST(models_are_bounded_and_counted_once_a_call)
{
	struct call call = good_call();

	for (int i = 0; i < MODELS_MAX + 5; i++) {
		(void)snprintf(call.response_model, sizeof(call.response_model), "model-%d", i);
		analysis_call(analysis, &call);
	}
	ck_assert_uint_eq(count("ai_requests_total", "model", METRIC_OTHER), 5);
	ck_assert_uint_eq(count("promtap_label_overflow_total", "label", "model"), 5);
	ck_assert_uint_eq(count("ai_response_time_ms", "model", METRIC_OTHER), 5);
}
END_TEST

START_TEST(a_call_without_names_is_counted)
{
	struct call call;

	call_init(&call);
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_requests_total", "model", "unknown"), 1);
	ck_assert_uint_eq(count("ai_requests_total", "service", "unknown"), 1);
	ck_assert_uint_eq(count("ai_requests_total", "operation", "unknown"), 1);
}
END_TEST

START_TEST(model_labels_name_no_owner)
{
	static const char *const labels[][2] = {
		{ "gpt-4o", "gpt-4o" },
		{ "openai/gpt-4o:nitro", "openai/gpt-4o:nitro" },
		{ "ft:gpt-4o-mini:acme:robot:Ab12", "ft:gpt-4o-mini" },
		{ "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.x-v1:0", "us.anthropic.x-v1:0" },
		{ "a b\"c\\d\xff{}", "a_b_c_d___" },
		{ "", "unknown" },
		{ "arn:x/", "unknown" },
	};
	char label[METRIC_VALUE_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		model_label(labels[i][0], label);
		ck_assert_str_eq(label, labels[i][1]);
	}
}
END_TEST

/* ---- health ---- */

START_TEST(every_counter_is_there_from_the_start)
{
	for (size_t stat = 0; stat < STAT_MAX; stat++)
		ck_assert_uint_eq(count(stat_descs[stat].metric, stat_descs[stat].label, stat_descs[stat].value), 0);
	ck_assert_double_eq(gauge("promtap_build_info", "version", "1.2.3"), 1);
}
END_TEST

START_TEST(counters_add_up_over_roles_and_restarts)
{
	uint64_t values[STAT_MAX] = { 0 };

	values[STAT_RECORDS] = 10;
	analysis_stats(analysis, 0, 1, values);
	values[STAT_RECORDS] = 5;
	analysis_stats(analysis, 2, 1, values);
	ck_assert_uint_eq(count("promtap_records_total", "", ""), 15);
	values[STAT_RECORDS] = 8;
	analysis_stats(analysis, 2, 1, values);
	ck_assert_uint_eq(count("promtap_records_total", "", ""), 18);
	/* Started anew, at zero: what was counted stays. */
	values[STAT_RECORDS] = 0;
	analysis_stats(analysis, 2, 2, values);
	ck_assert_uint_eq(count("promtap_records_total", "", ""), 18);
	values[STAT_RECORDS] = 3;
	analysis_stats(analysis, 2, 2, values);
	ck_assert_uint_eq(count("promtap_records_total", "", ""), 21);
	/* A role that has gone mad cannot make a counter fall. */
	values[STAT_RECORDS] = 0;
	analysis_stats(analysis, 2, 2, values);
	ck_assert_uint_eq(count("promtap_records_total", "", ""), 21);
}
END_TEST

static double processes(const char *stack, const char *covered)
{
	const struct metric_family *family = family_named("promtap_processes");
	const struct metric_series *series;
	struct metric_value value;

	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		if (strcmp(metric_series_label(series, 0), stack) != 0 ||
		    strcmp(metric_series_label(series, 1), covered) != 0)
			continue;
		metric_read(series, &value);
		return value.number;
	}
	return -1;
}

START_TEST(coverage_is_the_state_now)
{
	const struct coverage_row first[] = { { "openssl", 3, 1 }, { "gnutls", 0, 2 } };
	const struct coverage_row second[] = { { "openssl", 4, 0 } };

	analysis_coverage(analysis, first, 2);
	ck_assert_double_eq(processes("openssl", "true"), 3);
	ck_assert_double_eq(processes("gnutls", "false"), 2);
	analysis_coverage(analysis, second, 1);
	ck_assert_double_eq(processes("openssl", "true"), 4);
	ck_assert_double_eq(processes("openssl", "false"), 0);
	ck_assert_double_eq(processes("gnutls", "false"), 0);
}
END_TEST

/* ---- prices of the user ---- */

static int load(const char *text, char error[PRICE_ERROR_BYTES])
{
	FILE *file = tmpfile();
	int err;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fflush(file), 0);
	err = analysis_prices(analysis, "prices.csv", fileno(file), error);
	(void)fclose(file);
	return err;
}

START_TEST(given_prices_win_and_a_bad_file_changes_nothing)
{
	char error[PRICE_ERROR_BYTES] = "";
	struct call call = good_call();

	ck_assert_int_eq(load("provider,model,input,output\nopenai,gpt-4o,1,1\n", error), 0);
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_pico_usd, 1100000000);
	ck_assert_int_lt(load("provider,model,input,output\n\n\n\n\n\nopenai,gpt-4o,1,\"1,5\"\n", error), 0);
	ck_assert_str_eq(error, "prices.csv:7: column output: '1,5' is not a number; write 1.5");
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_pico_usd, 1100000000);
	/* Models that the file does not name keep the built-in price. */
	(void)strcpy(call.response_model, "gpt-4o-mini");
	analysis_call(analysis, &call);
	ck_assert_int_eq(last.cost_pico_usd, 600 * 150000 + 400 * 75000 + 100 * 600000);
}
END_TEST

/* ---- hops ---- */

static struct call call_of_hop(enum call_hop hop)
{
	struct call call = good_call();

	call.hop = hop;
	if (hop == HOP_TO_GATEWAY)
		(void)strcpy(call.gateway, "litellm");
	return call;
}

/* One call of an application over a gateway, and one without. */
static void three_calls(void)
{
	struct call direct = call_of_hop(HOP_DIRECT), to = call_of_hop(HOP_TO_GATEWAY),
		    from = call_of_hop(HOP_FROM_GATEWAY);

	(void)strcpy(from.workload.service, "gateway");
	to.reported_cost_pico_usd = 7000;
	analysis_call(analysis, &from);
	analysis_call(analysis, &to);
	analysis_call(analysis, &direct);
}

START_TEST(money_is_counted_once_at_the_application)
{
	three_calls();
	ck_assert_uint_eq(count("ai_requests_total", "service", "shop"), 2);
	ck_assert_ptr_null(find("ai_requests_total", "service", "gateway"));
	ck_assert_uint_eq(count("ai_tokens_total", "type", "input"), 1200);
	ck_assert_uint_eq(count("ai_cost_dollars_total", "", ""), 3000000000 + 7000);
	ck_assert_uint_eq(count("ai_gateway_upstream_requests_total", "service", "gateway"), 1);
	ck_assert_uint_eq(count("ai_gateway_upstream_tokens_total", "type", "input"), 600);
	ck_assert_uint_eq(count("ai_gateway_upstream_cost_dollars_total", "", ""), 3000000000);
	ck_assert_uint_eq(count("ai_gateway_upstream_response_time_ms", "", ""), 1);
	ck_assert_uint_eq(count("ai_cost_source_requests_total", "source", "provider"), 1);
	ck_assert_uint_eq(count("ai_cost_source_requests_total", "source", "table"), 1);
	ck_assert_ptr_null(find("ai_gateway_downstream_cost_dollars_total", "", ""));
}
END_TEST

START_TEST(money_is_counted_once_at_the_gateway)
{
	analysis_free(analysis);
	analysis = analysis_new("1.2.3", MONEY_AT_GATEWAY, take, &last);
	three_calls();
	ck_assert_uint_eq(count("ai_requests_total", "service", "shop"), 2);
	ck_assert_uint_eq(count("ai_cost_dollars_total", "service", "shop"), 3000000000);
	ck_assert_uint_eq(count("ai_cost_dollars_total", "service", "gateway"), 3000000000);
	ck_assert_uint_eq(count("ai_gateway_downstream_cost_dollars_total", "", ""), 7000);
	ck_assert_ptr_null(find("ai_gateway_upstream_cost_dollars_total", "", ""));
}
END_TEST

/* Nobody behind it is observed. */
START_TEST(a_gateway_that_bills_is_a_provider)
{
	struct call call = call_of_hop(HOP_TO_GATEWAY);

	analysis_free(analysis);
	analysis = analysis_new("1.2.3", MONEY_AT_GATEWAY, take, &last);
	(void)strcpy(call.provider, "openrouter");
	(void)strcpy(call.gateway, "openrouter");
	call.reported_cost_pico_usd = 7000;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_cost_dollars_total", "", ""), 7000);
}
END_TEST

START_TEST(an_unpriced_upstream_call_is_said_there)
{
	struct call call = call_of_hop(HOP_FROM_GATEWAY);

	(void)strcpy(call.response_model, "nobody-knows");
	(void)strcpy(call.request_model, "nobody-knows");
	call.error = ERROR_SERVER;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_gateway_upstream_unpriced_requests_total", "reason", "no_price"), 1);
	ck_assert_uint_eq(count("ai_gateway_upstream_errors_total", "error_type", "server"), 1);
	ck_assert_ptr_null(find("ai_unpriced_requests_total", "", ""));
	ck_assert_ptr_null(find("ai_errors_total", "", ""));
}
END_TEST

START_TEST(the_serving_end_has_errors_and_first_tokens)
{
	struct call call = good_call();

	call.role = ROLE_SERVER;
	call.error = ERROR_RATE_LIMIT;
	call.ttft_ns = 50000000;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_server_errors_total", "error_type", "rate_limit"), 1);
	ck_assert_uint_eq(count("ai_server_time_to_first_token_ms", "", ""), 1);
	ck_assert_ptr_null(find("ai_errors_total", "", ""));
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_ptr_null(find("ai_unpriced_requests_total", "", ""));
}
END_TEST

/* ---- tools and agents ---- */

static struct call tool_call(void)
{
	struct call call;

	call_init(&call);
	(void)strcpy(call.dialect, "mcp");
	call.operation = OPERATION_EXECUTE_TOOL;
	(void)strcpy(call.workload.service, "shop");
	(void)strcpy(call.server_address, "tools.example");
	call.tool_count = 1;
	(void)strcpy(call.tools[0], "search");
	call.status = 200;
	call.duration_ns = 30000000;
	return call;
}

START_TEST(a_tool_call_is_no_llm_call)
{
	struct call call = tool_call();

	analysis_call(analysis, &call);
	call.error = ERROR_TOOL;
	call.duration_ns = CALL_UNKNOWN;
	call.reported_cost_pico_usd = 5;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_tool_calls_total", "tool", "search"), 2);
	ck_assert_uint_eq(count("ai_tool_calls_total", "server", "tools.example"), 2);
	ck_assert_uint_eq(count("ai_tool_errors_total", "error_type", "tool_error"), 1);
	ck_assert_uint_eq(count("ai_tool_call_duration_ms", "service", "shop"), 1);
	ck_assert_ptr_null(find("ai_requests_total", "", ""));
	ck_assert_ptr_null(find("ai_errors_total", "", ""));
	ck_assert_ptr_null(find("ai_unpriced_requests_total", "", ""));
	ck_assert_ptr_null(find("ai_cost_dollars_total", "", ""));
	ck_assert_ptr_null(find("ai_server_tool_calls_total", "", ""));
	ck_assert_int_eq(last.cost_pico_usd, CALL_UNKNOWN);
	ck_assert_uint_eq(calls_out, 2);
}
END_TEST

START_TEST(agents_and_serving_ends_have_series_of_their_own)
{
	struct call call = tool_call();

	call.role = ROLE_SERVER;
	call.tool_count = 0;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_server_tool_calls_total", "tool", "unknown"), 1);
	call.operation = OPERATION_INVOKE_AGENT;
	(void)strcpy(call.dialect, "a2a");
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_server_agent_calls_total", "server", "tools.example"), 1);
	call.role = ROLE_CLIENT;
	call.error = ERROR_OTHER;
	analysis_call(analysis, &call);
	ck_assert_uint_eq(count("ai_agent_calls_total", "", ""), 1);
	ck_assert_uint_eq(count("ai_agent_errors_total", "error_type", "other"), 1);
	ck_assert_uint_eq(count("ai_agent_call_duration_ms", "", ""), 1);
	ck_assert_ptr_null(find("ai_tool_calls_total", "", ""));
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("analysis");
	TCase *calls = tcase_create("calls"), *health = tcase_create("health"), *prices = tcase_create("prices");

	tcase_add_checked_fixture(calls, setup, teardown);
	tcase_add_checked_fixture(health, setup, teardown);
	tcase_add_checked_fixture(prices, setup, teardown);
	tcase_add_test(calls, a_call_feeds_its_series);
	tcase_add_test(calls, a_stream_feeds_its_pace);
	tcase_add_test(calls, a_document_has_no_pace);
	tcase_add_test(calls, the_price_row_used_is_named);
	tcase_add_test(calls, unknown_is_not_zero);
	tcase_add_test(calls, estimates_are_apart);
	tcase_add_test(calls, an_unknown_model_is_unpriced);
	tcase_add_test(calls, a_cost_from_outside_is_dropped);
	tcase_add_test(calls, a_reported_cost_goes_before_the_table);
	tcase_add_test(calls, the_table_says_when_a_tier_is_plain);
	tcase_add_test(calls, prepaid_calls_are_unpriced);
	tcase_add_test(calls, sound_and_images_are_types_of_their_own);
	tcase_add_test(calls, rejected_calls_cost_nothing);
	tcase_add_test(calls, the_serving_end_has_series_of_its_own);
	tcase_add_test(calls, money_is_counted_once_at_the_application);
	tcase_add_test(calls, money_is_counted_once_at_the_gateway);
	tcase_add_test(calls, a_gateway_that_bills_is_a_provider);
	tcase_add_test(calls, an_unpriced_upstream_call_is_said_there);
	tcase_add_test(calls, the_serving_end_has_errors_and_first_tokens);
	tcase_add_test(calls, a_tool_call_is_no_llm_call);
	tcase_add_test(calls, agents_and_serving_ends_have_series_of_their_own);
	tcase_add_test(calls, models_are_bounded_and_counted_once_a_call);
	tcase_add_test(calls, a_call_without_names_is_counted);
	tcase_add_test(calls, model_labels_name_no_owner);
	tcase_add_test(health, every_counter_is_there_from_the_start);
	tcase_add_test(health, counters_add_up_over_roles_and_restarts);
	tcase_add_test(health, coverage_is_the_state_now);
	tcase_add_test(prices, given_prices_win_and_a_bad_file_changes_nothing);
	suite_add_tcase(suite, calls);
	suite_add_tcase(suite, health);
	suite_add_tcase(suite, prices);
	return suite;
}

UNIT_SUITE(make)
