/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call over a gateway is seen twice and paid once, wherever somebody adds up: metrics, judge, budgets, hours, report
 * and API say the same of each service, for each place at which money counts; and all of it is what the calls come to.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../judge/random.h"
#include "analysis/analysis.h"
#include "api/api.h"
#include "api/transitions.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "history/database.h"
#include "history/packed.h"
#include "history/store.h"
#include "judge/judge.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define DAY (86400 * SECOND)
#define NOON (20000 * DAY + DAY / 2)
#define CALLS 4000
#define ROUNDS 4

static const char *const services[] = { "shop", "search", "router", "proxy" };
#define SERVICES ARRAY_SIZE(services)

/* What each says that a service has cost, in pico-dollars. */
enum teller {
	TELLER_CALLS = 0,	/* added up here, from what each call was made to be */
	TELLER_COUNTER,
	TELLER_HISTOGRAM,
	TELLER_PAIRS,
	TELLER_BUDGET,
	TELLER_TODAY,
	TELLER_WARM,		/* the judge after a restart */
	TELLER_REPORT,
	TELLER_API,
	TELLER_API_TODAY,
	TELLERS
};

static const char *const teller_names[TELLERS] = { "calls", "counter", "histogram", "pairs", "budget reading", "cost today",
						   "cost today after a restart", "report", "API", "API, today" };

struct world {
	enum money_place place;
	struct analysis *analysis;
	struct judge *judge, *warm;
	struct buffer records;
	uint64_t told[TELLERS][SERVICES];
	unsigned over_gateway;
};

static int index_of(const char *service)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (strcmp(services[i], service) == 0)
			return (int)i;
	ck_abort_msg("service %s", service);
	return -1;
}

static uint64_t pico(double usd)
{
	return isnan(usd) ? 0 : (uint64_t)llround(usd * 1e12);
}

/* ---- calls ------------------------------------------------------------------------------------------- */

static void on_priced(void *ctx, const struct call *call)
{
	struct world *world = ctx;

	judge_call(world->judge, call);
	ck_assert_int_eq(pack_call(call, &world->records), 0);
}

static struct call call_of(unsigned n, const char *service, enum call_hop hop, uint64_t *random)
{
	unsigned model = random_next(random) % 3;
	struct call call;

	call_init(&call);
	(void)snprintf(call.id, sizeof(call.id), "00000000000000aa-%x", n);
	(void)strcpy(call.workload.service, service);
	(void)strcpy(call.provider, "openai");
	(void)strcpy(call.dialect, "openai.chat");
	(void)snprintf(call.request_model, sizeof(call.request_model), "m%u", model);
	/* One in four fails before an answer: it is of the model that answers that name. */
	if (random_next(random) % 4 == 0)
		call.error = ERROR_RATE_LIMIT;
	else
		(void)snprintf(call.response_model, sizeof(call.response_model), "m%u-2026", model);
	call.operation = OPERATION_CHAT;
	call.hop = hop;
	call.status = 200;
	call.usage_source = USAGE_PROVIDER;
	call.tokens.input = call.tokens.output = 10;
	call.duration_ns = SECOND;
	call.time_unix_ns = NOON - SECOND;
	/* One in eight states no cost, and none of these models has a price. */
	if (random_next(random) % 8 > 0)
		call.reported_cost_pico_usd = (int64_t)(random_next(random) % 1000000000);
	return call;
}

static void send(struct world *world, struct call *call, bool pays)
{
	if (pays && call->reported_cost_pico_usd > 0)
		world->told[TELLER_CALLS][index_of(call->workload.service)] += (uint64_t)call->reported_cost_pico_usd;
	analysis_call(world->analysis, call);
}

/* One question of an application: direct; over a gateway that was seen; to one that bills itself; seen at the serving
 * end, where nobody pays. */
static void ask(struct world *world, unsigned n, uint64_t *random)
{
	const char *service = services[random_next(random) % 2], *gateway = services[2 + random_next(random) % 2];
	unsigned way = random_next(random) % 4;
	struct call call = call_of(2 * n, service, way == 0 ? HOP_DIRECT : HOP_TO_GATEWAY, random);
	struct call upstream = call_of(2 * n + 1, gateway, HOP_FROM_GATEWAY, random);

	if (way == 3)
		call.role = ROLE_SERVER;
	if (way == 2) {
		(void)strcpy(call.provider, "openrouter");
		(void)strcpy(call.gateway, "openrouter");
	}
	send(world, &call, way == 0 || way == 2 || (way == 1 && world->place == MONEY_AT_APPLICATION));
	if (way == 1)
		send(world, &upstream, world->place == MONEY_AT_GATEWAY);
	world->over_gateway += way == 1;
}

/* ---- what each says ---------------------------------------------------------------------------------- */

static void add_metric(struct world *world, const char *name, enum teller teller)
{
	const struct metric_series *series;
	const struct metric_family *family;
	struct metric_value value;

	for (size_t i = 0; (family = metrics_family_at(analysis_metrics(world->analysis), i)); i++) {
		if (strcmp(metric_family_desc(family)->name, name) != 0)
			continue;
		for (size_t j = 0; (series = metric_series_at(family, j)); j++) {
			metric_read(series, &value);
			world->told[teller][index_of(metric_series_label(series, 1))] +=
				teller == TELLER_COUNTER ? value.count : value.sum;
		}
	}
}

static void on_reading(void *ctx, const struct reading *reading)
{
	struct world *world = ctx;

	if (reading->kind == READING_DAILY_BUDGET)
		world->told[TELLER_BUDGET][index_of(reading->service)] = pico(reading->value);
}

static void on_cost(void *ctx, const char *service, uint64_t pico_usd, uint64_t calls)
{
	struct world *world = ctx;

	judge_spent(world->warm, service, NOON, pico_usd, calls);
}

static void add_judged(struct world *world)
{
	struct judge_pair pair;
	double today;

	judge_tick(world->judge, NOON, on_reading, world);
	judge_tick(world->warm, NOON, NULL, NULL);
	for (size_t i = 0; i < judge_pair_count(world->judge); i++) {
		judge_pair_at(world->judge, i, &pair);
		if (pair.cost_pico_usd != CALL_UNKNOWN)
			world->told[TELLER_PAIRS][index_of(pair.service)] += (uint64_t)pair.cost_pico_usd;
	}
	for (size_t i = 0; i < SERVICES; i++) {
		if (judge_cost_today(world->judge, services[i], &today))
			world->told[TELLER_TODAY][i] = pico(today);
		if (judge_cost_today(world->warm, services[i], &today))
			world->told[TELLER_WARM][i] = pico(today);
	}
}

/* Of each object that names a service its member. */
static void add_json(struct world *world, const char *text, const char *member, enum teller teller)
{
	for (size_t i = 0; i < SERVICES; i++) {
		char name[64], key[64];
		const char *at;

		(void)snprintf(name, sizeof(name), "\"service\":\"%s\"", services[i]);
		(void)snprintf(key, sizeof(key), "\"%s\":", member);
		at = strstr(text, name);
		at = at ? strstr(at, key) : NULL;
		if (at && strncmp(at + strlen(key), "null", 4) != 0)
			world->told[teller][i] = pico(strtod(at + strlen(key), NULL));
	}
}

static void add_kept(struct world *world)
{
	struct store_written written = { 0 };
	struct store *store = NULL;
	char path[] = "/tmp/promtap-money-XXXXXX", *text = NULL;
	int folder = open(mkdtemp(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_ge(folder, 0);
	ck_assert_int_eq(store_open(folder, &store), 0);
	ck_assert_int_eq(store_write(store, buffer_slice(&world->records), NOON, &written), 0);
	store_close(store);
	ck_assert_int_eq(history_costs(folder, NOON - NOON % DAY, world->place, on_cost, world), 0);
	ck_assert_int_eq(history_report(folder, NOON - DAY, NOON, "service", world->place, REPORT_JSON, out), 0);
	(void)fclose(out);
	add_json(world, text, "cost_usd", TELLER_REPORT);
	free(text);
	(void)unlinkat(folder, HISTORY_FILE, 0);
	(void)close(folder);
	ck_assert_int_eq(rmdir(path), 0);
}

static void add_api(struct world *world)
{
	const struct question question = { .method = "GET", .path = "/api/v1/services", .query = "", .body = slice_of(""),
					   .is_json = true, .scopes = ~0u, .who = "test" };
	const struct api_view view = { .analysis = world->analysis, .judge = world->judge, .now_unix_ns = NOON };
	struct reply reply = { .body = { .limit = 1 << 20 } };

	api_answer(&view, &question, &reply);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_int_eq(buffer_append(&reply.body, "", 1), 0);
	add_json(world, reply.body.data, "cost_usd", TELLER_API);
	add_json(world, reply.body.data, "cost_today_usd", TELLER_API_TODAY);
	buffer_done(&reply.body);
}

/* Of a counter by service and model. */
static uint64_t counted(const struct world *world, const char *name, const struct judge_pair *pair)
{
	const struct metric_series *series;
	const struct metric_family *family;
	struct metric_value value;
	uint64_t sum = 0;

	for (size_t i = 0; (family = metrics_family_at(analysis_metrics(world->analysis), i)); i++) {
		if (strcmp(metric_family_desc(family)->name, name) != 0)
			continue;
		for (size_t j = 0; (series = metric_series_at(family, j)); j++) {
			metric_read(series, &value);
			if (strcmp(metric_series_label(series, 0), pair->model) == 0 &&
			    strcmp(metric_series_label(series, 1), pair->service) == 0)
				sum += value.count;
		}
	}
	return sum;
}

/* Errors divided by requests are the same of each model, whoever divides; no model has nothing but errors. */
static void check_models(const struct world *world)
{
	struct judge_pair pair;

	for (size_t i = 0; i < judge_pair_count(world->judge); i++) {
		judge_pair_at(world->judge, i, &pair);
		ck_assert_uint_eq(counted(world, "ai_requests_total", &pair), pair.calls);
		ck_assert_uint_eq(counted(world, "ai_errors_total", &pair), pair.errors);
		ck_assert_msg(pair.calls < 100 || pair.errors < pair.calls / 2, "%s: %" PRIu64 " of %" PRIu64 " failed", pair.model,
			      pair.errors, pair.calls);
	}
}

/* ---- the property ------------------------------------------------------------------------------------ */

static void all_say_the_same(enum money_place place, uint64_t seed)
{
	static const struct judge_config config = { 200, 64, 50, 5, 10, 15, 0.01 };
	struct world world = { .place = place };
	uint64_t random = seed;

	world.analysis = analysis_new("1", place, on_priced, &world);
	world.judge = judge_new(&config, place, analysis_metrics(world.analysis));
	world.warm = judge_new(&config, place, NULL);
	for (unsigned n = 0; n < CALLS; n++)
		ask(&world, n, &random);
	add_kept(&world);
	add_judged(&world);
	add_metric(&world, "ai_cost_dollars_total", TELLER_COUNTER);
	add_metric(&world, "ai_request_cost_dollars", TELLER_HISTOGRAM);
	add_api(&world);
	check_models(&world);
	ck_assert_uint_gt(world.over_gateway, CALLS / 8);
	ck_assert((world.told[TELLER_CALLS][2] > 0) == (place == MONEY_AT_GATEWAY));
	for (size_t teller = 1; teller < TELLERS; teller++)
		for (size_t i = 0; i < SERVICES; i++)
			ck_assert_msg(world.told[teller][i] == world.told[TELLER_CALLS][i],
				      "money at %s, seed %" PRIu64 ", %s: %s says %" PRIu64 ", calls come to %" PRIu64,
				      place == MONEY_AT_GATEWAY ? "gateway" : "application", seed, services[i],
				      teller_names[teller], world.told[teller][i], world.told[TELLER_CALLS][i]);
	judge_free(world.warm);
	judge_free(world.judge);
	analysis_free(world.analysis);
	buffer_done(&world.records);
}

START_TEST(all_tell_the_same_money)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		all_say_the_same(MONEY_AT_APPLICATION, seed);
		all_say_the_same(MONEY_AT_GATEWAY, seed);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("api/money");
	TCase *tcase = tcase_create("money");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, all_tell_the_same_money);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
