/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls are held until the end of their tick, put in the order of their end, and
 * taken in one by one; then each pair that had any is judged once, however many
 * there were. So a call costs little, and what a second costs is bounded by the
 * number of pairs. When more come in a tick than are held, those that are held
 * are taken in early: order is then kept within each lot.
 */
#include "judge/judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "judge/answerers.h"
#include "judge/events.h"
#include "judge/gauges.h"
#include "judge/held.h"
#include "judge/pair.h"
#include "judge/services.h"

#define HELD_MAX 2048
#define PICO 1e12
#define DAY_UNKNOWN INT64_MAX

struct judge {
	struct judge_config config;
	enum money_place money;
	struct pair_workshop workshop;
	struct pairs pairs;
	struct answerers answerers;
	struct services services;
	struct events events;
	struct gauges *gauges;		/* null: no metrics */
	struct held *held;
	struct held **order;		/* for sorting */
	size_t held_count;
	int64_t today;			/* of the last tick */
};

/* Whom a tick tells. */
struct teller {
	struct judge *judge;
	reading_fn fn;		/* null: nobody */
	void *ctx;
};

/* ---- life ------------------------------------------------------------------------------------------------ */

static size_t scratch_samples(const struct judge_config *config)
{
	uint64_t drift = 2 * config->drift_window;

	return config->window > drift ? config->window : drift;
}

static void workshop_done(struct pair_workshop *workshop)
{
	free(workshop->scratch);
	chance_free(workshop->chance);
}

static int workshop_init(struct pair_workshop *workshop, const struct judge_config *config)
{
	workshop->rules = (struct drift_rules){
		.window = config->drift_window,
		.minor = config->drift_minor,
		.moderate = config->drift_moderate,
		.significant = config->drift_significant,
		.p_limit = chance_limit(config->significance, JUDGE_LOOKS, config->drift_window),
	};
	workshop->scratch = calloc(scratch_samples(config), sizeof(double));
	workshop->chance = chance_new(config->drift_window);
	if (workshop->scratch && workshop->chance)
		return 0;
	workshop_done(workshop);
	return -ENOMEM;
}

/* What stays when windows begin anew. */
static int standing_init(struct judge *judge, struct metrics *metrics)
{
	judge->held = calloc(HELD_MAX, sizeof(*judge->held));
	judge->order = calloc(HELD_MAX, sizeof(*judge->order));
	if (!judge->held || !judge->order)
		return -ENOMEM;
	if (answerers_init(&judge->answerers) < 0 || services_init(&judge->services) < 0 || events_init(&judge->events) < 0)
		return -ENOMEM;
	judge->gauges = metrics ? gauges_new(metrics) : NULL;
	return metrics && !judge->gauges ? -ENOMEM : 0;
}

struct judge *judge_new(const struct judge_config *config, enum money_place money, struct metrics *metrics)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (!judge)
		return NULL;
	judge->config = *config;
	judge->money = money;
	judge->today = DAY_UNKNOWN;
	if (standing_init(judge, metrics) < 0 || pairs_init(&judge->pairs, config->pairs, config->window) < 0 ||
	    workshop_init(&judge->workshop, config) < 0) {
		judge_free(judge);
		return NULL;
	}
	return judge;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	workshop_done(&judge->workshop);
	pairs_done(&judge->pairs);
	answerers_done(&judge->answerers);
	services_done(&judge->services);
	events_done(&judge->events);
	gauges_free(judge->gauges);
	free(judge->held);
	free(judge->order);
	free(judge);
}

size_t judge_bytes(const struct judge *judge)
{
	const struct judge_config *config = &judge->config;

	return sizeof(*judge) + HELD_MAX * (sizeof(struct held) + sizeof(struct held *)) + answerers_bytes() +
	       services_bytes() + events_bytes() + pairs_bytes(config->pairs, config->window) +
	       scratch_samples(config) * sizeof(double) + chance_bytes(config->drift_window);
}

static struct pair *pair_at(const struct judge *judge, size_t index)
{
	return table_at(&judge->pairs.table, index);
}

/* ---- taking in -------------------------------------------------------------------------------------------- */

/* A call that ends later than tomorrow is of a clock that was wrong: its cost is of today. */
static int64_t day_of_call(const struct judge *judge, const struct held *held)
{
	int64_t day = service_day_of(held->end_unix_ns);

	return judge->today != DAY_UNKNOWN && day > judge->today + 1 ? judge->today : day;
}

static void forget_cost(struct service *service)
{
	metric_unset(service->cost_today);
	service->cost_today = NULL;
}

static void note_service(struct judge *judge, const struct held *held)
{
	bool recycled;
	struct service *service = services_note(&judge->services, held, day_of_call(judge, held), &recycled);

	if (recycled)
		forget_cost(service);
}

static void note_events(struct judge *judge, const struct held *held, const struct pair_key *pair)
{
	for (uint32_t i = 0; i < held->finding_count; i++)
		events_finding(&judge->events, pair, &held->findings[i]);
	if (held->risk != RISK_NONE)
		events_risk(&judge->events, pair, (enum risk)held->risk);
}

static struct pair *use_pair(struct judge *judge, const struct pair_key *key)
{
	bool recycled;
	struct pair *pair = pairs_use(&judge->pairs, key, &recycled);

	if (recycled)
		gauges_forget(pair);
	return pair;
}

static void take_in_cost(struct judge *judge, const struct held *held)
{
	pair_add_cost(use_pair(judge, &held->counted), held);
	note_service(judge, held);
}

static void take_in(struct judge *judge, const struct held *held)
{
	struct answerer_change change;

	if (answerers_note(&judge->answerers, held, &change))
		events_model_change(&judge->events, &held->asked, change.before, change.after);
	pair_add(use_pair(judge, &held->counted), held, change.after);
	note_service(judge, held);
	note_events(judge, held, &held->counted);
}

static void take_in_held(struct judge *judge)
{
	for (size_t i = 0; i < judge->held_count; i++)
		judge->order[i] = &judge->held[i];
	qsort(judge->order, judge->held_count, sizeof(*judge->order), held_compare);
	for (size_t i = 0; i < judge->held_count; i++) {
		if (judge->order[i]->cost_only)
			take_in_cost(judge, judge->order[i]);
		else
			take_in(judge, judge->order[i]);
	}
	judge->held_count = 0;
}

void judge_call(struct judge *judge, const struct call *call)
{
	if (judge->held_count == HELD_MAX)
		take_in_held(judge);
	judge->held_count += held_from_call(call, judge->money, &judge->held[judge->held_count]);
}

void judge_spent(struct judge *judge, const char *service, int64_t now_unix_ns, uint64_t pico_usd, uint64_t calls)
{
	struct service_day day = { .day = service_day_of(now_unix_ns), .pico_usd = pico_usd, .calls = calls };
	struct service *spender;
	bool recycled;

	take_in_held(judge);
	spender = services_begin_day(&judge->services, *service ? service : "unknown", &day, &recycled);
	if (recycled)
		forget_cost(spender);
}

/* ---- telling ----------------------------------------------------------------------------------------------- */

static void tell(const struct teller *teller, const struct reading *reading)
{
	if (teller->fn && !isnan(reading->value))
		teller->fn(teller->ctx, reading);
}

static void tell_figure(const struct teller *teller, const struct pair *pair, enum reading_kind kind, double value,
			uint64_t samples)
{
	struct reading reading = {
		.kind = kind,
		.service = pair->key.service,
		.model = pair->key.model,
		.detail = "",
		.note = "",
		.value = value,
		.samples = samples,
		.significant = true,
	};

	tell(teller, &reading);
}

static void tell_drift(const struct teller *teller, const struct pair *pair, enum drift_dimension dimension)
{
	const struct drift_figure *figure = &pair->figures.drift.dimensions[dimension];
	char spelling[DRIFT_SPELLING_BYTES];
	struct reading reading = {
		.kind = READING_DRIFT,
		.service = pair->key.service,
		.model = pair->key.model,
		.detail = drift_dimension_names[dimension],
		.note = drift_spell(figure, spelling),
		.samples = figure->after_samples,
		.significant = figure->significant,
	};

	if (isnan(figure->change_percent))
		return;
	reading.value = fmin(fabs(figure->change_percent), DRIFT_PERCENT_MAX);
	tell(teller, &reading);
}

static void tell_pair(const struct teller *teller, const struct pair *pair)
{
	const struct window_summary *latency = &pair->figures.series[SERIES_LATENCY];
	const struct window_summary *cost = &pair->figures.series[SERIES_COST];

	tell_figure(teller, pair, READING_LATENCY_P95, latency->p95, latency->samples);
	tell_figure(teller, pair, READING_LATENCY_P99, latency->p99, latency->samples);
	tell_figure(teller, pair, READING_ERROR_RATE, pair->figures.error_rate, pair->marks.count);
	tell_figure(teller, pair, READING_COST_PER_REQUEST, cost->mean, cost->samples);
	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++)
		tell_drift(teller, pair, (enum drift_dimension)i);
}

static void tell_pairs(struct judge *judge, const struct teller *teller)
{
	for (size_t i = 0; i < judge->pairs.table.count; i++) {
		struct pair *pair = pair_at(judge, i);

		if (!pair->changed)
			continue;
		pair_judge(pair, &judge->workshop);
		if (judge->gauges)
			gauges_pair(judge->gauges, pair);
		tell_pair(teller, pair);
	}
}

/* Nothing is known to be spent on a day that had no call, if there was one on the day that was told last. */
static double cost_today(const struct service *service, int64_t today, uint64_t *ret_calls)
{
	const struct service_day *day = service_day(service, today);

	*ret_calls = day ? day->calls : 0;
	if (day)
		return (double)day->pico_usd / PICO;
	return service->told_day == INT64_MIN ? NAN : 0;
}

static void tell_cost(struct judge *judge, const struct teller *teller, struct service *service)
{
	struct reading reading = {
		.kind = READING_DAILY_BUDGET,
		.service = service->name,
		.model = "",
		.detail = "",
		.note = "",
		.significant = true,
	};

	reading.value = cost_today(service, judge->today, &reading.samples);
	if (isnan(reading.value))
		return;
	service->told_day = judge->today;
	if (judge->gauges)
		gauges_service(judge->gauges, service, reading.value);
	tell(teller, &reading);
}

static void tell_capture(const struct teller *teller, const struct service *service)
{
	struct reading reading = {
		.kind = READING_INCOMPLETE,
		.service = service->name,
		.model = "",
		.detail = "",
		.note = "",
		.value = service_incomplete(service),
		.samples = service->calls,
		.significant = true,
	};

	tell(teller, &reading);
}

static void tell_services(struct judge *judge, const struct teller *teller)
{
	for (size_t i = 0; i < judge->services.table.count; i++) {
		struct service *service = table_at(&judge->services.table, i);

		if (service->changed || service->told_day != judge->today)
			tell_cost(judge, teller, service);
		if (service->changed)
			tell_capture(teller, service);
		service->changed = false;
	}
}

static void tell_own(struct judge *judge)
{
	struct gauges_own own = {
		.bytes = judge_bytes(judge),
		.pairs = judge->pairs.table.count,
		.pairs_evicted = judge->pairs.evicted,
		.services_evicted = judge->services.evicted,
		.names_evicted = judge->answerers.evicted,
		.events_folded = judge->events.folded,
	};

	if (judge->gauges)
		gauges_own(judge->gauges, &own);
}

/* A reading_fn for what happened. Calls of before a restart that warm the windows are told to nobody, and were counted then. */
static void tell_event(void *ctx, const struct reading *reading)
{
	const struct teller *teller = ctx;
	struct gauges *gauges = teller->judge->gauges;

	if (teller->fn && gauges && reading->kind == READING_MODEL_CHANGE)
		gauges_model_changes(gauges, reading->service, reading->model, reading->samples);
	tell(teller, reading);
}

void judge_tick(struct judge *judge, int64_t now_unix_ns, reading_fn fn, void *ctx)
{
	struct teller teller = { judge, fn, ctx };

	take_in_held(judge);
	judge->today = service_day_of(now_unix_ns);
	events_tell(&judge->events, tell_event, &teller);
	tell_pairs(judge, &teller);
	tell_services(judge, &teller);
	tell_own(judge);
}

/* ---- settings ----------------------------------------------------------------------------------------------- */

static void replace_pairs(struct judge *judge, const struct pairs *pairs)
{
	uint64_t evicted = judge->pairs.evicted;

	for (size_t i = 0; i < judge->pairs.table.count; i++)
		gauges_forget(pair_at(judge, i));
	pairs_done(&judge->pairs);
	judge->pairs = *pairs;
	judge->pairs.evicted = evicted;
}

int judge_use(struct judge *judge, const struct judge_config *config)
{
	bool anew = config->window != judge->config.window || config->pairs != judge->config.pairs;
	struct pair_workshop workshop;
	struct pairs pairs;

	if (workshop_init(&workshop, config) < 0)
		return -ENOMEM;
	if (anew && pairs_init(&pairs, config->pairs, config->window) < 0) {
		workshop_done(&workshop);
		return -ENOMEM;
	}
	if (anew)
		replace_pairs(judge, &pairs);
	workshop_done(&judge->workshop);
	judge->workshop = workshop;
	judge->config = *config;
	return 0;
}

/* ---- figures for others -------------------------------------------------------------------------------------- */

size_t judge_pair_count(const struct judge *judge)
{
	return judge->pairs.table.count;
}

void judge_pair_at(const struct judge *judge, size_t index, struct judge_pair *ret)
{
	*ret = pair_at(judge, index)->figures;
}

bool judge_cost_today(const struct judge *judge, const char *service, double *ret_usd)
{
	const struct service *known = services_find(&judge->services, service);
	const struct service_day *day = known ? service_day(known, judge->today) : NULL;

	if (!day)
		return false;
	*ret_usd = (double)day->pico_usd / PICO;
	return true;
}
