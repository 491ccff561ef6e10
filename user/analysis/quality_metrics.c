/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/quality_metrics.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "llm/finish.h"

#define PAIRS_MAX 1000	/* of model and service */
#define PAIR_LABELS { "model", MODELS_MAX }, { "service", SERVICES_MAX }
#define PICO 1000000000000ull
#define USD(dollars) ((uint64_t)((dollars) * 1e12 + 0.5))

static const uint64_t confidence_bounds[] = { 100000, 200000, 300000, 400000, 500000, 600000,
					      700000, 800000, 900000, 950000, 990000, 1000000 };
static const uint64_t token_bounds[] = { 1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 131072, 262144, 1048576 };
static const uint64_t cost_bounds[] = { USD(.0001), USD(.0005), USD(.001), USD(.0025), USD(.005), USD(.01), USD(.015),
					USD(.025),  USD(.05),	USD(.1),   USD(.25),   USD(.5),	  USD(1),   USD(5) };

enum quality {
	QUALITY_CONFIDENCE = 0,
	QUALITY_RISK,
	QUALITY_REFUSALS,
	QUALITY_FINISH,
	QUALITY_INPUT,
	QUALITY_OUTPUT,
	QUALITY_COST,
	QUALITY_MAX
};

#define HISTOGRAM(bounds_) .type = METRIC_HISTOGRAM, .bounds = (bounds_), .bound_count = ARRAY_SIZE(bounds_)

static const struct metric_desc descs[QUALITY_MAX] = {
	[QUALITY_CONFIDENCE] = {
		.name = "ai_confidence", .unit = "ratio", HISTOGRAM(confidence_bounds), .scale = CALL_RATIO_ONE,
		.help = "How far answers are to be relied on, 0 to 1, scaled by the risk of their domain; source: "
			"logprobs, or a heuristic of how they ended",
		.labels = { PAIR_LABELS, { "source", 0 } }, .series_max = CONFIDENCE_SOURCE_MAX * PAIRS_MAX,
	},
	[QUALITY_RISK] = {
		.name = "ai_risk_responses_total", .unit = "calls", .type = METRIC_COUNTER,
		.help = "Answers in domains that ask for care, by the highest risk found",
		.labels = { { "risk", 0 }, PAIR_LABELS }, .series_max = RISK_MAX * PAIRS_MAX,
	},
	[QUALITY_REFUSALS] = {
		.name = "ai_refusals_total", .unit = "calls", .type = METRIC_COUNTER,
		.help = "Answers that decline, by a field of their own, their finish reason, or in words",
		.labels = { PAIR_LABELS }, .series_max = PAIRS_MAX,
	},
	[QUALITY_FINISH] = {
		.name = "ai_finish_reasons_total", .unit = "calls", .type = METRIC_COUNTER,
		.help = "Answers by why they ended: stop, tool_calls, length, content_filter, refusal, other",
		.labels = { { "reason", 0 }, PAIR_LABELS }, .series_max = FINISH_MAX * PAIRS_MAX,
	},
	[QUALITY_INPUT] = {
		.name = "ai_input_tokens", .unit = "tokens", HISTOGRAM(token_bounds),
		.help = "Input tokens of a call, cached ones included; as the provider reports them",
		.labels = { PAIR_LABELS }, .series_max = PAIRS_MAX,
	},
	[QUALITY_OUTPUT] = {
		.name = "ai_output_tokens", .unit = "tokens", HISTOGRAM(token_bounds),
		.help = "Output tokens of a call, reasoning included; as the provider reports them",
		.labels = { PAIR_LABELS }, .series_max = PAIRS_MAX,
	},
	[QUALITY_COST] = {
		.name = "ai_request_cost_dollars", .unit = "US dollars", HISTOGRAM(cost_bounds), .scale = PICO,
		.help = "Cost of a call, of those whose cost is known",
		.labels = { PAIR_LABELS }, .series_max = PAIRS_MAX,
	},
};

struct quality_metrics {
	struct metric_family *families[QUALITY_MAX];
};

struct quality_metrics *quality_metrics_new(struct metrics *metrics)
{
	struct quality_metrics *quality = calloc(1, sizeof(*quality));
	bool ok = quality;

	for (size_t i = 0; ok && i < QUALITY_MAX; i++) {
		quality->families[i] = metrics_family(metrics, &descs[i]);
		ok = quality->families[i];
	}
	if (ok)
		return quality;
	free(quality);
	return NULL;
}

void quality_metrics_free(struct quality_metrics *quality)
{
	free(quality);
}

static struct metric_series *of_pair(const struct quality_metrics *quality, enum quality what, const struct call_place *place)
{
	const char *values[] = { place->model, place->service };

	return metric_get(quality->families[what], values);
}

static struct metric_series *of_word(const struct quality_metrics *quality, enum quality what, const char *word,
				     const struct call_place *place)
{
	const char *values[] = { word, place->model, place->service };

	return metric_get(quality->families[what], values);
}

static void add_confidence(const struct quality_metrics *quality, const struct call_place *place, const struct call *call)
{
	const char *values[] = { place->model, place->service, call_confidence_source_names[call->confidence_source] };

	if (call->confidence_ppm != CALL_UNKNOWN)
		metric_observe(metric_get(quality->families[QUALITY_CONFIDENCE], values), (uint64_t)call->confidence_ppm);
}

static void add_tokens(const struct quality_metrics *quality, const struct call_place *place, const struct call *call)
{
	if (call->usage_source != USAGE_PROVIDER)
		return;
	if (call->tokens.input != CALL_UNKNOWN)
		metric_observe(of_pair(quality, QUALITY_INPUT, place), (uint64_t)call->tokens.input);
	if (call->tokens.output != CALL_UNKNOWN)
		metric_observe(of_pair(quality, QUALITY_OUTPUT, place), (uint64_t)call->tokens.output);
}

/* A series of refusals begins with the first call: a rate needs its zero. */
static void add_end(const struct quality_metrics *quality, const struct call_place *place, const struct call *call)
{
	enum finish_kind finish = call_finish_kind(call);
	struct metric_series *refusals = of_pair(quality, QUALITY_REFUSALS, place);

	if (call->refused || call->declined || finish == FINISH_REFUSAL)
		metric_add(refusals, 1);
	if (finish != FINISH_UNKNOWN)
		metric_add(of_word(quality, QUALITY_FINISH, finish_kind_names[finish], place), 1);
	if (call->risk != RISK_NONE)
		metric_add(of_word(quality, QUALITY_RISK, risk_names[call->risk], place), 1);
}

void quality_metrics_add(struct quality_metrics *quality, const struct call *call, const struct call_place *place)
{
	if (place->pays && call_cost_known(call))
		metric_observe(of_pair(quality, QUALITY_COST, place), (uint64_t)call->cost_pico_usd);
	if (!place->is_clients)
		return;
	add_confidence(quality, place, call);
	add_tokens(quality, place, call);
	add_end(quality, place, call);
}
