/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a price depends on beside the model: tiers, regions, days, variants; and
 * what is charged for beside text tokens. Expected costs are worked out in
 * floating dollars, apart from the integers of the code under test.
 */
#include "analysis/price_terms.h"

#include <math.h>
#include <string.h>

#include "analysis/price.h"
#include "analysis/token_classes.h"
#include "base/cleanup.h"
#include "unit.h"

#define DAY_NS 86400000000000ll
#define DAY_2026_09_01 20697

static const char table_text[] =
	"provider,model,tier,factor,above,variant,valid_from,valid_until,input,output,cache_read,audio_input,"
	"audio_output,audio_cache_read,image_input,image_output,character,search_unit,image,audio_second,web_search,"
	"searching_call,call\n"
	"o,plain,,,,,,,2,8,,,,,,,,,,,,,\n"
	"o,tiered,,,,,,,2,8,0.5,,,,,,,,,,,,\n"
	"o,tiered,flex,,,,,,1,4,,,,,,,,,,,,,\n"
	"o,tiered,priority,,,,,,4,16,1,,,,,,,,,,,,\n"
	"o,tiered,priority,,200000,,,,6,24,,,,,,,,,,,,,\n"
	"o,tiered,batch,,,,,,1,4,,,,,,,,,,,,,\n"
	"o,tiered,us,1.1,,,,,,,,,,,,,,,,,,,\n"
	"o,tiered,fast,6,,,,,,,,,,,,,,,,,,,\n"
	"o,tiered,ultra,,,,,,9,9,,,,,,,,,,,,,\n"
	"o,dated,,,,,,2026-08-31,2,10,,,,,,,,,,,,,\n"
	"o,dated,,,,,2026-09-01,2026-09-30,3,15,,,,,,,,,,,,,\n"
	"o,later,,,,,2099-01-01,,3,15,,,,,,,,,,,,,\n"
	"o,voice,,,,,,,4,16,0.4,32,64,0.8,5,,,,,,,,\n"
	"o,picture,,,,,,,5,,1.25,,,,10,40,,,,,,,\n"
	"o,painter,,,,,,,5,10,,,,,8,30,,,,,,,\n"
	"o,rerank,,,,,,,,,,,,,,,,0.002,,,,,\n"
	"o,whisper,,,,,,,,,,,,,,,,,,0.0001,,,\n"
	"o,tts,,,,,,,,,,,,,,,15,,,,,,\n"
	"o,imagen,,,,,,,,,,,,,,,,,0.04,,,,\n"
	"o,dall-e,,,,,,,,,,,,,,,,,0.04,,,,\n"
	"o,dall-e,,,,1024x1792,,,,,,,,,,,,,0.08,,,,\n"
	"o,dall-e,,,,hd/1024x1792,,,,,,,,,,,,,0.12,,,,\n"
	"o,searcher,,,,,,,3,15,,,,,,,,,,,0.01,,\n"
	"o,grounded,,,,,,,3,15,,,,,,,,,,,,0.035,\n"
	"o,sonar,,,,,,,1,1,,,,,,,,,,,,,0.005\n"
	"o,sonar,,,,low,,,,,,,,,,,,,,,,,0.005\n"
	"o,sonar,,,,high,,,,,,,,,,,,,,,,,0.012\n"
	"o,dearest,,,,,,,300,700,,,,,,,,,,,,,\n"
	"o,dearest,us,100,,,,,,,,,,,,,,,,,,,\n"
	"o,dearest,fast,100,,,,,,,,,,,,,,,,,,,\n"
	"o,gratis,,,,,,,,,,,,,,,,,,,,,0\n";

static struct price_table *table;

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

#define SET(member, text) (void)slice_copy(member, sizeof(member), slice_of(text))

static struct call call_of(const char *model)
{
	struct call call;

	call_init(&call);
	call.operation = OPERATION_CHAT;
	SET(call.provider, "o");
	SET(call.request_model, model);
	call.tokens.input = 1000;
	call.tokens.output = 100;
	return call;
}

static struct call call_without_tokens(const char *model)
{
	struct call call = call_of(model);

	call.tokens.input = call.tokens.output = CALL_UNKNOWN;
	return call;
}

static enum price_result price(const struct call *call, struct price_quote *ret)
{
	return price_call((const struct price_table *const[]){ table }, 1, call, ret);
}

static bool costs(const struct call *call, double usd)
{
	struct price_quote quote = { .cost_pico_usd = -1 };

	ck_assert_int_eq(price(call, &quote), PRICE_FOUND);
	ck_assert_msg(fabs((double)quote.cost_pico_usd / 1e12 - usd) < 1e-12, "cost %lld pico-USD, expected %.15f USD",
		      (long long)quote.cost_pico_usd, usd);
	return quote.tier_unknown;
}

static void costs_nothing_known(const struct call *call, enum price_result why)
{
	struct price_quote quote;

	ck_assert_int_eq(price(call, &quote), why);
}

/* ---- tiers ---- */

static const char *const spellings[][2] = {
	{ "", "" },
	{ "auto", "" },
	{ "default", "" },
	{ "standard", "" },
	{ "on_demand", "" },
	{ "ON_DEMAND", "" },
	{ "STANDARD", "" },
	{ "flex", "flex" },
	{ "FLEX", "flex" },
	{ "ON_DEMAND_FLEX", "flex" },
	{ "priority", "priority" },
	{ "ON_DEMAND_PRIORITY", "priority" },
	{ "batch", "batch" },
	{ "ultra", "ultra" },
	{ "PROVISIONED_THROUGHPUT", "prepaid" },
	{ "provisioned", "prepaid" },
	{ "reserved", "prepaid" },
	{ "scale", "prepaid" },
};

START_TEST(each_spelling_is_a_tier)
{
	struct call call = call_of("tiered");
	struct price_terms terms;

	SET(call.service_tier, spellings[_i][0]);
	price_terms(&call, &terms);
	ck_assert_str_eq(terms.tier, spellings[_i][1]);
	ck_assert_int_eq(terms.prepaid, strcmp(spellings[_i][1], "prepaid") == 0);
}
END_TEST

START_TEST(a_tier_has_its_price)
{
	struct call call = call_of("tiered");

	SET(call.service_tier, "ON_DEMAND_FLEX");
	ck_assert(!costs(&call, 1000 * 1e-6 + 100 * 4e-6));
	SET(call.service_tier, "batch");
	ck_assert(!costs(&call, 1000 * 1e-6 + 100 * 4e-6));
	SET(call.service_tier, "ultra");
	ck_assert(!costs(&call, 1100 * 9e-6));
	SET(call.service_tier, "priority");
	call.tokens.input = 200001;
	ck_assert(!costs(&call, 200001 * 6e-6 + 100 * 24e-6));
}
END_TEST

START_TEST(a_tier_without_a_price_is_plain_and_said_to_be)
{
	struct call call = call_of("plain");

	ck_assert(!costs(&call, 1000 * 2e-6 + 100 * 8e-6));
	SET(call.service_tier, "default");
	ck_assert(!costs(&call, 1000 * 2e-6 + 100 * 8e-6));
	SET(call.service_tier, "flex");
	ck_assert(costs(&call, 1000 * 2e-6 + 100 * 8e-6));
	SET(call.service_tier, "unheard_of");
	ck_assert(costs(&call, 1000 * 2e-6 + 100 * 8e-6));
	SET(call.service_tier, "");
	SET(call.speed, "fast");
	ck_assert(costs(&call, 1000 * 2e-6 + 100 * 8e-6));
}
END_TEST

START_TEST(prepaid_capacity_has_no_price_by_token)
{
	struct call call = call_of("tiered");

	SET(call.service_tier, "PROVISIONED_THROUGHPUT");
	costs_nothing_known(&call, PRICE_PREPAID);
}
END_TEST

/* ---- regions and speeds ---- */

START_TEST(factors_multiply_tokens)
{
	struct call call = call_of("tiered");
	double plain = 1000 * 2e-6 + 100 * 8e-6;

	SET(call.inference_geo, "us");
	ck_assert(!costs(&call, 1.1 * plain));
	SET(call.speed, "fast");
	ck_assert(!costs(&call, 6 * 1.1 * plain));
	SET(call.inference_geo, "not_available");
	ck_assert(!costs(&call, 6 * plain));
	SET(call.inference_geo, "global");
	SET(call.speed, "standard");
	ck_assert(!costs(&call, plain));
	SET(call.inference_geo, "us");
	SET(call.service_tier, "priority");
	ck_assert(!costs(&call, 1.1 * 2 * plain));
}
END_TEST

START_TEST(openai_regions_are_hosts)
{
	struct call call = call_of("tiered");

	SET(call.server_address, "US.api.openai.com:443");
	costs(&call, 1.1 * (1000 * 2e-6 + 100 * 8e-6));
	SET(call.server_address, "eu.api.openai.com");
	ck_assert(!costs(&call, 1000 * 2e-6 + 100 * 8e-6));
	SET(call.server_address, "us.api.example.com");
	costs(&call, 1000 * 2e-6 + 100 * 8e-6);
}
END_TEST

/* Half a pico-dollar counts as one. */
START_TEST(factors_round_to_pico_dollars)
{
	struct price_quote quote;
	struct call call = call_of("odd");
	struct price_table *odd = NULL;
	char error[PRICE_ERROR_BYTES];

	ck_assert_int_eq(price_table_parse("t", SLICE("provider,model,input,output,tier,factor\n"
						      "o,odd,0.000005,0,,\no,odd,,,us,1.1\n"), &odd, error), 0);
	SET(call.inference_geo, "us");
	call.tokens.input = 1;
	ck_assert_int_eq(price_call((const struct price_table *const[]){ odd }, 1, &call, &quote), PRICE_FOUND);
	ck_assert_int_eq(quote.cost_pico_usd, 6);
	price_table_free(odd);
}
END_TEST

/* ---- days ---- */

static const struct {
	int64_t unix_ns;
	int input;	/* USD a million; 0: no price */
} moments[] = {
	{ 0, 2 },
	{ DAY_2026_09_01 * DAY_NS - 1, 2 },
	{ DAY_2026_09_01 * DAY_NS, 3 },
	{ (DAY_2026_09_01 + 30) * DAY_NS - 1, 3 },
	{ (DAY_2026_09_01 + 30) * DAY_NS, 0 },
};

START_TEST(a_call_has_the_price_of_its_day)
{
	struct call call = call_of("dated");

	call.time_unix_ns = moments[_i].unix_ns;
	call.tokens.output = 0;
	if (moments[_i].input)
		costs(&call, 1000e-6 * moments[_i].input);
	else
		costs_nothing_known(&call, PRICE_NO_MODEL);
}
END_TEST

/* A row for the future does not hide what another table says today. */
START_TEST(an_announced_price_leaves_todays)
{
	static const char text[] = "provider,model,input,output,valid_from\no,plain,7,7,2026-09-01\n";
	struct price_table *given = NULL;
	char error[PRICE_ERROR_BYTES];
	struct call call = call_of("plain");
	struct price_quote quote;

	ck_assert_int_eq(price_table_parse("t", SLICE(text), &given, error), 0);
	const struct price_table *const tables[] = { given, table };

	call.time_unix_ns = DAY_2026_09_01 * DAY_NS - 1;
	ck_assert_int_eq(price_call(tables, 2, &call, &quote), PRICE_FOUND);
	ck_assert_int_eq(quote.cost_pico_usd, 2800000000);
	call.time_unix_ns++;
	ck_assert_int_eq(price_call(tables, 2, &call, &quote), PRICE_FOUND);
	ck_assert_int_eq(quote.cost_pico_usd, 7700000000);
	price_table_free(given);
}
END_TEST

/* Rows that are for other calls only say nothing about this one: not even that it is free. */
START_TEST(rows_for_other_calls_leave_todays_price)
{
	static const char text[] = "provider,model,input,output,tier,above,factor\n"
				   "o,plain,7,7,flex,,\no,plain,9,9,,5000,\no,plain,,,us,,2\n";
	struct price_table *given = NULL;
	char error[PRICE_ERROR_BYTES];
	struct call call = call_of("plain");
	struct price_quote quote;

	ck_assert_int_eq(price_table_parse("t", SLICE(text), &given, error), 0);
	ck_assert_int_eq(price_call((const struct price_table *const[]){ given }, 1, &call, &quote), PRICE_NO_MODEL);
	ck_assert_int_eq(price_call((const struct price_table *const[]){ given, table }, 2, &call, &quote), PRICE_FOUND);
	ck_assert_int_eq(quote.cost_pico_usd, 2800000000);
	SET(call.service_tier, "flex");
	ck_assert_int_eq(price_call((const struct price_table *const[]){ given, table }, 2, &call, &quote), PRICE_FOUND);
	ck_assert_int_eq(quote.cost_pico_usd, 7700000000);
	price_table_free(given);
}
END_TEST

/* ---- sound and images ---- */

START_TEST(cached_sound_is_counted_once)
{
	struct call call = call_of("voice");

	call.tokens.cache_read = 400;
	call.tokens.audio_input = 300;
	call.tokens.audio_output = 60;
	costs(&call, 300 * 4e-6 + 400 * 0.4e-6 + 300 * 32e-6 + 40 * 16e-6 + 60 * 64e-6);
	call.tokens.cache_read_audio = 250;
	costs(&call, 550 * 4e-6 + 150 * 0.4e-6 + 50 * 32e-6 + 250 * 0.8e-6 + 40 * 16e-6 + 60 * 64e-6);
	/* Unsaid: at least what does not fit beside each other. */
	call.tokens.cache_read_audio = CALL_UNKNOWN;
	call.tokens.audio_input = 900;
	costs(&call, 100 * 0.4e-6 + 600 * 32e-6 + 300 * 0.8e-6 + 40 * 16e-6 + 60 * 64e-6);
}
END_TEST

START_TEST(image_tokens_have_their_price)
{
	struct call call = call_of("painter");

	call.tokens.image_input = 600;
	call.tokens.image_output = 70;
	costs(&call, 400 * 5e-6 + 600 * 8e-6 + 30 * 10e-6 + 70 * 30e-6);
}
END_TEST

START_TEST(an_image_generator_makes_images)
{
	struct call call = call_of("picture");

	costs_nothing_known(&call, PRICE_NO_MODEL);
	call.operation = OPERATION_IMAGE_GENERATION;
	call.tokens.image_input = 600;
	costs(&call, 400 * 5e-6 + 600 * 10e-6 + 100 * 40e-6);
	(void)strcpy(call.request_model, "painter");
	costs(&call, 400 * 5e-6 + 600 * 8e-6 + 100 * 30e-6);
	call.tokens.image_output = 90;
	costs(&call, 400 * 5e-6 + 600 * 8e-6 + 10 * 10e-6 + 90 * 30e-6);
}
END_TEST

START_TEST(classes_hold_each_token_once)
{
	struct call call = call_of("voice");
	uint64_t classes[PRICE_TOKENS_END], sum = 0;

	call.tokens = (struct call_tokens){ .input = 1000, .cache_read = 300, .cache_write = 200, .cache_write_1h = 50,
					    .cache_write_5m = 100, .output = 100, .reasoning = 20, .audio_input = 250,
					    .audio_output = 30, .image_input = 100, .image_output = 5,
					    .cache_read_audio = 80 };
	token_classes(&call, classes);
	for (size_t i = 0; i < PRICE_TOKENS_END; i++)
		sum += classes[i];
	ck_assert_uint_eq(sum, 1100);
	ck_assert_uint_eq(classes[PRICE_CACHE_WRITE_5M], 150);
	ck_assert_uint_eq(classes[PRICE_INPUT], 1000 - 300 - 200 - (250 - 80) - 100);
	ck_assert_uint_eq(classes[PRICE_OUTPUT], 45);
}
END_TEST

/* ---- units ---- */

START_TEST(other_units_are_priced)
{
	struct call rerank = call_without_tokens("rerank"), whisper = call_without_tokens("whisper");
	struct call tts = call_without_tokens("tts"), imagen = call_without_tokens("imagen");

	costs_nothing_known(&rerank, PRICE_NO_USAGE);
	rerank.units.search_units = 3;
	costs(&rerank, 0.006);
	whisper.units.audio_ms = 7250;
	costs(&whisper, 7.25 * 0.0001);
	tts.units.characters = 41;
	costs(&tts, 41 * 15e-6);
	imagen.units.images = 4;
	SET(imagen.variant, "2048x2048");	/* this one costs the same at any size */
	costs(&imagen, 0.16);
	/* Tokens tell nothing where they have no price. */
	imagen.tokens.input = imagen.tokens.output = 5;
	costs(&imagen, 0.16);
}
END_TEST

START_TEST(tokens_go_before_other_units)
{
	struct call call = call_of("plain");

	call.units.images = 1;
	call.units.audio_ms = 1000;
	costs(&call, 1000 * 2e-6 + 100 * 8e-6);
}
END_TEST

START_TEST(images_cost_by_quality_and_size)
{
	struct call call = call_without_tokens("dall-e");

	call.units.images = 2;
	costs(&call, 0.08);
	SET(call.variant, "1024x1792");
	costs(&call, 0.16);
	SET(call.variant, "hd/1024x1792");
	costs(&call, 0.24);
	SET(call.variant, "hd/512x512");
	costs_nothing_known(&call, PRICE_NO_MODEL);
	/* A request that was not seen whole may have asked for anything. */
	SET(call.variant, "");
	call.capture = CAPTURE_GAP;
	costs_nothing_known(&call, PRICE_NO_MODEL);
	call.capture = CAPTURE_NO_USAGE;
	costs(&call, 0.08);
}
END_TEST

/* ---- fees ---- */

START_TEST(searches_cost_beside_tokens)
{
	struct call searcher = call_of("searcher"), grounded = call_of("grounded");
	double tokens = 1000 * 3e-6 + 100 * 15e-6;

	costs(&searcher, tokens);
	searcher.units.web_searches = 3;
	costs(&searcher, tokens + 0.03);
	grounded.units.web_searches = 0;
	costs(&grounded, tokens);
	grounded.units.web_searches = 3;
	costs(&grounded, tokens + 0.035);
}
END_TEST

START_TEST(calls_cost_by_search_context)
{
	struct call call = call_of("sonar");

	costs(&call, 1100e-6 + 0.005);
	SET(call.variant, "high");
	costs(&call, 1100e-6 + 0.012);
	/* Without the fee the cost would look known and be too low. */
	SET(call.variant, "enormous");
	costs_nothing_known(&call, PRICE_NO_MODEL);
	SET(call.variant, "");
	call.capture = CAPTURE_MISSED_START;
	costs_nothing_known(&call, PRICE_NO_MODEL);
	call.tokens.output = CALL_UNKNOWN;
	costs_nothing_known(&call, PRICE_NO_USAGE);
}
END_TEST

START_TEST(a_call_can_be_free_without_usage)
{
	struct call call = call_without_tokens("gratis");

	costs(&call, 0);
}
END_TEST

START_TEST(absurd_units_have_no_cost)
{
	struct call call = call_without_tokens("rerank");

	call.units.search_units = INT64_MAX;
	costs_nothing_known(&call, PRICE_NO_USAGE);
	/* Both factors on it would not fit in 128 bits. */
	call = call_of("dearest");
	SET(call.inference_geo, "us");
	SET(call.speed, "fast");
	call.tokens.input = call.tokens.output = INT64_MAX;
	costs_nothing_known(&call, PRICE_NO_USAGE);
	call.tokens.input = INT64_MAX;
	call.tokens.output = INT64_MAX;
	costs_nothing_known(&call, PRICE_NO_USAGE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("price_terms");
	TCase *terms = tcase_create("terms"), *units = tcase_create("units");

	tcase_add_checked_fixture(terms, setup, teardown);
	tcase_add_checked_fixture(units, setup, teardown);
	tcase_add_loop_test(terms, each_spelling_is_a_tier, 0, ARRAY_SIZE(spellings));
	tcase_add_test(terms, a_tier_has_its_price);
	tcase_add_test(terms, a_tier_without_a_price_is_plain_and_said_to_be);
	tcase_add_test(terms, prepaid_capacity_has_no_price_by_token);
	tcase_add_test(terms, factors_multiply_tokens);
	tcase_add_test(terms, openai_regions_are_hosts);
	tcase_add_test(terms, factors_round_to_pico_dollars);
	tcase_add_loop_test(terms, a_call_has_the_price_of_its_day, 0, ARRAY_SIZE(moments));
	tcase_add_test(terms, an_announced_price_leaves_todays);
	tcase_add_test(terms, rows_for_other_calls_leave_todays_price);
	tcase_add_test(units, cached_sound_is_counted_once);
	tcase_add_test(units, image_tokens_have_their_price);
	tcase_add_test(units, an_image_generator_makes_images);
	tcase_add_test(units, classes_hold_each_token_once);
	tcase_add_test(units, other_units_are_priced);
	tcase_add_test(units, tokens_go_before_other_units);
	tcase_add_test(units, images_cost_by_quality_and_size);
	tcase_add_test(units, searches_cost_beside_tokens);
	tcase_add_test(units, calls_cost_by_search_context);
	tcase_add_test(units, a_call_can_be_free_without_usage);
	tcase_add_test(units, absurd_units_have_no_cost);
	suite_add_tcase(suite, terms);
	suite_add_tcase(suite, units);
	return suite;
}

UNIT_SUITE(make)
