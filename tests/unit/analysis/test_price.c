/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which row prices a call, and what the call costs. Expected costs are worked
 * out here in floating dollars from prices written out as vendors publish
 * them, apart from the integers of the code under test.
 */
#include "analysis/price.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

static const char table_text[] =
	"provider,model,alias_of,tier,above,input,output,cache_read,cache_write_5m,cache_write_1h,reasoning,"
	"audio_input,audio_output\n"
	"openai,gpt-4,,,,30,60,,,,,,\n"
	"openai,gpt-4o,,,,2.5,10,1.25,,,,,\n"
	"openai,gpt-4o,,priority,,4.25,17,2.125,,,,,\n"
	"openai,gpt-4o-2024-05-13,,,,5,15,,,,,,\n"
	"openai,gpt-4o-mini,,,,0.15,0.6,0.075,,,,,\n"
	"openai,gpt-4o-audio,,,,2.5,10,,,,,40,80\n"
	"openai,o9,,,,2,8,0.5,,,9,,\n"
	"openai,ft:gpt-4o-mini,,,,0.3,1.2,,,,,,\n"
	"openai,text-embedding-3-small,,,,0.02,0,,,,,,\n"
	"openai,only-input,,,,1,,,,,,,\n"
	"anthropic,claude-sonnet-4-5,,,,3,15,0.3,3.75,6,,,\n"
	"anthropic,claude-sonnet-4-5,,,200000,6,22.5,0.6,7.5,,,,\n"
	"anthropic,claude-sonnet-4-5,,,500000,9,30,,,,,,\n"
	"anthropic,claude-haiku-9-20300101,,,,1,5,,,,,,\n"
	"anthropic,claude-haiku-9-latest,claude-haiku-9-20300101,,,,,,,,,,\n"
	"azure.ai.openai,gpt-4o,,,,2.75,11,,,,,,\n"
	"azure.ai.openai,gpt-35-turbo-16k,,,,3,4,,,,,,\n"
	"azure.ai.openai,gpt-3.5-turbo-instruct,,,,1.5,2,,,,,,\n"
	"azure.ai.inference,Cohere-embed-v3-english,,,,0.1,0,,,,,,\n"
	"fireworks_ai,accounts/fireworks/models/llama-v9,,,,0.9,0.9,,,,,,\n"
	"aws.bedrock,anthropic.claude-x-20240307-v1:0,,,,0.25,1.25,,,,,,\n"
	"aws.bedrock,eu.anthropic.claude-x-20240307-v1:0,,,,0.5,2.5,,,,,,\n"
	"gcp.vertex_ai,claude-sonnet-9@20290101,,,,3,15,,,,,,\n"
	"gcp.vertex_ai,gemini-9,,,,1,4,,,,,,\n"
	"gcp.gemini,gemini-9,,,,2,8,,,,,,\n"
	"openrouter,openai/gpt-4o,,,,2.6,10.4,,,,,,\n"
	"*,my-llama,,,,0.1,0.2,,,,,,\n";

static struct price_table *table;

static enum price_result price(const struct call *call, struct price_quote *ret)
{
	return price_call((const struct price_table *const[]){ NULL, table }, 2, call, ret);
}

static void setup(void)
{
	char error[PRICE_ERROR_BYTES] = "";

	table = NULL;
	(void)price_table_parse("t", SLICE(table_text), &table, error);
	ck_assert_msg(table, "%s", error);
}

static void teardown(void)
{
	price_table_free(table);
}

static struct call call_of(const char *provider, const char *request, const char *response)
{
	struct call call;

	call_init(&call);
	call.operation = OPERATION_CHAT;
	(void)slice_copy(call.provider, sizeof(call.provider), slice_of(provider));
	(void)slice_copy(call.request_model, sizeof(call.request_model), slice_of(request));
	(void)slice_copy(call.response_model, sizeof(call.response_model), slice_of(response));
	call.tokens.input = 1000;
	call.tokens.output = 100;
	return call;
}

struct match {
	const char *provider, *request, *response;
	const char *priced_as;	/* null: no row */
};

static const struct match matches[] = {
	{ "openai", "gpt-4o", "gpt-4o", "gpt-4o" },
	/* Never by prefix, in either direction. */
	{ "openai", "gpt-4o-mini", "", "gpt-4o-mini" },
	{ "openai", "gpt-4o-min", "", NULL },
	{ "openai", "gpt-4o-mini-tts", "", NULL },
	{ "openai", "gpt-4-turbo", "", NULL },
	{ "openai", "gpt-", "", NULL },
	{ "openai", "gpt-4oo", "", NULL },
	{ "openai", "xgpt-4o", "", NULL },
	/* The response's model first, then the request's. */
	{ "openai", "gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13" },
	{ "openai", "gpt-4o", "gpt-4o-2024-08-06", "gpt-4o" },
	{ "openai", "gpt-4o", "something-new", "gpt-4o" },
	{ "openai", "gpt-4", "gpt-4o-mini-2024-07-18", "gpt-4o-mini" },
	{ "openai", "", "", NULL },
	/* One date, then -latest; nothing that only looks like it. */
	{ "openai", "gpt-4o-20240806", "", "gpt-4o" },
	{ "openai", "gpt-4o-latest", "", "gpt-4o" },
	{ "openai", "gpt-4o-2024-08", "", NULL },
	{ "openai", "gpt-4o-1234-56-7x", "", NULL },
	{ "openai", "gpt-4o-2024-01-01-2024-01-01", "", NULL },
	{ "openai", "gpt-4o-1106", "", NULL },
	{ "openai", "-2024-08-06", "", NULL },
	{ "openai", "GPT-4O", "", "gpt-4o" },
	{ "anthropic", "claude-haiku-9-latest", "", "claude-haiku-9-20300101" },
	{ "anthropic", "claude-haiku-9", "", NULL },
	/* The provider that was observed, only. */
	{ "azure.ai.openai", "gpt-4o", "gpt-4o-2024-11-20", "gpt-4o" },
	{ "azure.ai.openai", "gpt-4", "", NULL },
	/* One bill, two spellings. */
	{ "azure.ai.inference", "my-deployment", "gpt-4o-2024-11-20", "gpt-4o" },
	{ "azure.ai.openai", "Cohere-embed-v3-english", "", "Cohere-embed-v3-english" },
	{ "azure.ai.openai", "my-deployment", "gpt-3.5-turbo-16k", "gpt-35-turbo-16k" },
	{ "azure.ai.openai", "my-deployment", "gpt-35-turbo-instruct", "gpt-3.5-turbo-instruct" },
	{ "azure.ai.openai", "my-deployment", "", NULL },
	{ "openai", "gpt-35-turbo-16k", "", NULL },
	{ "fireworks_ai", "accounts/fireworks/models/llama-v9", "", "accounts/fireworks/models/llama-v9" },
	/* A deployment of the customer's own is paid for by the hour. */
	{ "fireworks_ai", "accounts/fireworks/models/llama-v9#accounts/me/deployments/x", "", NULL },
	{ "", "gpt-4o", "gpt-4o", NULL },
	{ "self_hosted", "gpt-4o", "gpt-4o", NULL },
	{ "ollama", "gpt-4o", "", NULL },
	{ "", "my-llama", "", "my-llama" },
	{ "ollama", "my-llama", "", "my-llama" },
	{ "ollama", "my-llama-2024-01-01", "", NULL },
	/* Fine-tunes have their own price or none. */
	{ "openai", "ft:gpt-4o-mini:acme:robot:Abc123", "", "ft:gpt-4o-mini" },
	{ "openai", "ft:gpt-4o-mini-2024-07-18:acme::Abc123", "", "ft:gpt-4o-mini" },
	{ "openai", "ft:gpt-4o:acme::Abc123", "", NULL },
	{ "openai", "ft:", "", NULL },
	{ "openai", "ft::::", "", NULL },
	/* Bedrock: profiles, ARNs. */
	{ "aws.bedrock", "anthropic.claude-x-20240307-v1:0", "", "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "us.anthropic.claude-x-20240307-v1:0", "", "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "us-gov.anthropic.claude-x-20240307-v1:0", "", "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "eu.anthropic.claude-x-20240307-v1:0", "", "eu.anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "global.anthropic.claude-x-20240307-v1:0", "", "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x-20240307-v1:0", "",
	  "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "arn:aws:bedrock:us-east-1:1:provisioned-model/abc123", "", NULL },
	/* What Anthropic calls its model says less than the id that was asked for. */
	{ "aws.bedrock", "eu.anthropic.claude-x-20240307-v1:0", "claude-x-20240307",
	  "eu.anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "xx.anthropic.claude-x-20240307-v1:0", "", NULL },
	{ "aws.bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x-20240307-v1:0", "",
	  "anthropic.claude-x-20240307-v1:0" },
	{ "aws.bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/anthropic.claude-x-20240307-v1:0",
	  "", NULL },
	/* Google: resource names, @date, -001. */
	{ "gcp.vertex_ai", "claude-sonnet-9@20290101", "", "claude-sonnet-9@20290101" },
	{ "gcp.vertex_ai", "gemini-9@default", "", "gemini-9" },
	{ "gcp.vertex_ai", "publishers/google/models/gemini-9-001", "", "gemini-9" },
	{ "gcp.vertex_ai", "projects/p/locations/l/publishers/google/models/gemini-9", "", "gemini-9" },
	{ "gcp.vertex_ai", "projects/p/locations/l/endpoints/1234", "", NULL },
	{ "gcp.vertex_ai", "gemini-9-003", "", NULL },
	{ "gcp.gemini", "models/gemini-9-002", "", "gemini-9" },
	{ "gcp.gemini", "gemini-9-latest", "", "gemini-9" },
	/* OpenRouter: variants. */
	{ "openrouter", "openai/gpt-4o:nitro", "", "openai/gpt-4o" },
	{ "openrouter", "openai/gpt-4o-2024-08-06", "", "openai/gpt-4o" },
	{ "openrouter", "openai/gpt-4o-20240806:online", "", "openai/gpt-4o" },
	{ "openrouter", "meta/some:free", "", "meta/some:free" },
	{ "openai", "some:free", "", NULL },
};

START_TEST(a_name_finds_its_row_or_none)
{
	const struct match *match = &matches[_i];
	struct call call = call_of(match->provider, match->request, match->response);
	struct price_quote quote = { .priced_as = "" };
	enum price_result result = price(&call, &quote);

	ck_assert_int_eq(result, match->priced_as ? PRICE_FOUND : PRICE_NO_MODEL);
	if (match->priced_as)
		ck_assert_str_eq(quote.priced_as, match->priced_as);
}
END_TEST

static void costs(struct call *call, double usd)
{
	struct price_quote quote;

	ck_assert_int_eq(price(call, &quote), PRICE_FOUND);
	ck_assert_msg(fabs((double)quote.cost_pico_usd / 1e12 - usd) < 5e-13, "cost %lld pico-USD, expected %.15f USD",
		      (long long)quote.cost_pico_usd, usd);
}

START_TEST(plain_input_and_output)
{
	struct call call = call_of("openai", "gpt-4o", "");

	call.tokens.input = 1234567;
	call.tokens.output = 7654321;
	costs(&call, 1234567 * 2.5e-6 + 7654321 * 10e-6);
	call.tokens.input = 1;
	call.tokens.output = 0;
	costs(&call, 2.5e-6);
}
END_TEST

START_TEST(a_free_variant_costs_nothing)
{
	struct call call = call_of("openrouter", "meta/some:free", "");

	costs(&call, 0);
}
END_TEST

START_TEST(cached_tokens_are_part_of_input)
{
	struct call call = call_of("openai", "gpt-4o", "");

	call.tokens.input = 2006;
	call.tokens.cache_read = 1920;
	call.tokens.output = 300;
	costs(&call, 86 * 2.5e-6 + 1920 * 1.25e-6 + 300 * 10e-6);
}
END_TEST

START_TEST(cache_writes_by_lifetime)
{
	struct call call = call_of("anthropic", "claude-sonnet-4-5", "");

	call.tokens.input = 10000;
	call.tokens.output = 500;
	call.tokens.cache_read = 2000;
	call.tokens.cache_write = 5000;
	costs(&call, 3000 * 3e-6 + 2000 * 0.3e-6 + 5000 * 3.75e-6 + 500 * 15e-6);
	call.tokens.cache_write_5m = 1000;
	call.tokens.cache_write_1h = 3000;
	costs(&call, 3000 * 3e-6 + 2000 * 0.3e-6 + 2000 * 3.75e-6 + 3000 * 6e-6 + 500 * 15e-6);
	/* The total is not always said. */
	call.tokens.cache_write = CALL_UNKNOWN;
	costs(&call, 4000 * 3e-6 + 2000 * 0.3e-6 + 1000 * 3.75e-6 + 3000 * 6e-6 + 500 * 15e-6);
}
END_TEST

START_TEST(without_a_cache_price_input_is_paid)
{
	struct call call = call_of("openai", "gpt-4", "");

	call.tokens.cache_read = 400;
	call.tokens.cache_write = 100;
	call.tokens.cache_write_1h = 100;
	costs(&call, 1000 * 30e-6 + 100 * 60e-6);
}
END_TEST

START_TEST(reasoning_is_part_of_output)
{
	struct call call = call_of("openai", "o9", "");

	call.tokens.reasoning = 64;
	costs(&call, 1000 * 2e-6 + 36 * 8e-6 + 64 * 9e-6);
	(void)strcpy(call.request_model, "gpt-4o");
	costs(&call, 1000 * 2.5e-6 + 100 * 10e-6);
}
END_TEST

START_TEST(audio_has_its_price)
{
	struct call call = call_of("openai", "gpt-4o-audio", "");

	call.tokens.audio_input = 300;
	call.tokens.audio_output = 40;
	costs(&call, 700 * 2.5e-6 + 300 * 40e-6 + 60 * 10e-6 + 40 * 80e-6);
}
END_TEST

START_TEST(a_long_prompt_makes_the_whole_request_dearer)
{
	struct call call = call_of("anthropic", "claude-sonnet-4-5", "");

	call.tokens.input = 200000;
	costs(&call, 200000 * 3e-6 + 100 * 15e-6);
	call.tokens.input = 200001;
	costs(&call, 200001 * 6e-6 + 100 * 22.5e-6);
	/* The threshold counts cached tokens too. */
	call.tokens.cache_read = 150000;
	costs(&call, 50001 * 6e-6 + 150000 * 0.6e-6 + 100 * 22.5e-6);
	/* The highest threshold crossed wins; what it does not state, the next says. */
	call.tokens.input = 500001;
	costs(&call, 350001 * 9e-6 + 150000 * 0.6e-6 + 100 * 30e-6);
}
END_TEST

START_TEST(the_tier_of_the_response_counts)
{
	struct call call = call_of("openai", "gpt-4o", "");

	(void)strcpy(call.service_tier, "priority");
	call.tokens.cache_read = 100;
	costs(&call, 900 * 4.25e-6 + 100 * 2.125e-6 + 100 * 17e-6);
	(void)strcpy(call.service_tier, "default");
	costs(&call, 900 * 2.5e-6 + 100 * 1.25e-6 + 100 * 10e-6);
	(void)strcpy(call.service_tier, "flex");
	costs(&call, 900 * 2.5e-6 + 100 * 1.25e-6 + 100 * 10e-6);
}
END_TEST

START_TEST(embeddings_need_no_output)
{
	struct call call = call_of("openai", "text-embedding-3-small", "");

	call.tokens.output = CALL_UNKNOWN;
	call.operation = OPERATION_EMBEDDINGS;
	costs(&call, 1000 * 0.02e-6);
}
END_TEST

START_TEST(unknown_usage_has_no_cost)
{
	struct call call = call_of("openai", "gpt-4o", "");
	struct price_quote quote;

	call.tokens.output = CALL_UNKNOWN;
	ck_assert_int_eq(price(&call, &quote), PRICE_NO_USAGE);
	ck_assert_str_eq(quote.priced_as, "gpt-4o");
	call.tokens.output = 1;
	call.tokens.input = CALL_UNKNOWN;
	ck_assert_int_eq(price(&call, &quote), PRICE_NO_USAGE);
}
END_TEST

START_TEST(a_class_without_a_price_leaves_the_call_unpriced)
{
	struct call call = call_of("openai", "only-input", "");
	struct price_quote quote;

	ck_assert_int_eq(price(&call, &quote), PRICE_NO_MODEL);
	call.tokens.output = 0;
	costs(&call, 1000 * 1e-6);
}
END_TEST

/* Servers can say anything; Cohere reads more from its cache than it charges for. */
START_TEST(contradictory_counts_do_not_underflow)
{
	struct call call = call_of("openai", "gpt-4o", "");

	call.tokens.input = 10;
	call.tokens.cache_read = 100;
	call.tokens.output = 10;
	call.tokens.reasoning = 50;
	costs(&call, 10 * 1.25e-6 + 50 * 10e-6);
}
END_TEST

START_TEST(absurd_counts_have_no_cost)
{
	struct call call = call_of("openai", "gpt-4", "");
	struct price_quote quote;

	call.tokens.input = INT64_MAX;
	call.tokens.output = INT64_MAX;
	call.tokens.cache_read = INT64_MAX;
	call.tokens.cache_write = INT64_MAX;
	call.tokens.cache_write_5m = INT64_MAX;
	call.tokens.cache_write_1h = INT64_MAX;
	call.tokens.reasoning = INT64_MAX;
	ck_assert_int_eq(price(&call, &quote), PRICE_NO_USAGE);
}
END_TEST

/* A hundred thousand small calls: integers drift by nothing. */
START_TEST(sums_are_exact)
{
	struct call call = call_of("openai", "gpt-4o-mini", "");
	int64_t sum = 0;

	call.tokens.input = 7;
	call.tokens.output = 3;
	for (int i = 0; i < 100000; i++) {
		struct price_quote quote;

		ck_assert_int_eq(price(&call, &quote), PRICE_FOUND);
		sum += quote.cost_pico_usd;
	}
	/* 7 x 0.15 + 3 x 0.6 USD a million = 2.85e-6 USD. */
	ck_assert_int_eq(sum, 285000000000);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("price");
	TCase *names = tcase_create("names"), *cost = tcase_create("cost");

	tcase_add_checked_fixture(names, setup, teardown);
	tcase_add_checked_fixture(cost, setup, teardown);
	tcase_add_loop_test(names, a_name_finds_its_row_or_none, 0, ARRAY_SIZE(matches));
	tcase_add_test(cost, plain_input_and_output);
	tcase_add_test(cost, a_free_variant_costs_nothing);
	tcase_add_test(cost, cached_tokens_are_part_of_input);
	tcase_add_test(cost, cache_writes_by_lifetime);
	tcase_add_test(cost, without_a_cache_price_input_is_paid);
	tcase_add_test(cost, reasoning_is_part_of_output);
	tcase_add_test(cost, audio_has_its_price);
	tcase_add_test(cost, a_long_prompt_makes_the_whole_request_dearer);
	tcase_add_test(cost, the_tier_of_the_response_counts);
	tcase_add_test(cost, embeddings_need_no_output);
	tcase_add_test(cost, unknown_usage_has_no_cost);
	tcase_add_test(cost, a_class_without_a_price_leaves_the_call_unpriced);
	tcase_add_test(cost, contradictory_counts_do_not_underflow);
	tcase_add_test(cost, absurd_counts_have_no_cost);
	tcase_add_test(cost, sums_are_exact);
	suite_add_tcase(suite, names);
	suite_add_tcase(suite, cost);
	return suite;
}

UNIT_SUITE(make)
