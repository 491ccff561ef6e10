/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the table below is a family; it has a series of each pair, or one
 * for each series, percentile or dimension of each pair. Series are looked up
 * once and kept with the pair.
 */
#include "judge/gauges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/call_metrics.h"
#include "base/cleanup.h"

#define PAIR_LABELS { "model", MODELS_MAX }, { "service", SERVICES_MAX }
#define PAIRS_EXPORTED 1000
#define QUANTILES 3

/* What a family has a series for, besides each pair. */
enum spread {
	SPREAD_NONE = 0,
	SPREAD_SERIES,
	SPREAD_QUANTILES,	/* of each series */
	SPREAD_DIMENSIONS,
	SPREAD_MAX
};

static const size_t spread_counts[SPREAD_MAX] = {
	[SPREAD_NONE] = 1,
	[SPREAD_SERIES] = SERIES_MAX,
	[SPREAD_QUANTILES] = SERIES_MAX * QUANTILES,
	[SPREAD_DIMENSIONS] = DRIFT_DIMENSION_MAX,
};

static const char *const quantile_names[QUANTILES] = { "0.5", "0.95", "0.99" };

#define GAUGE(name_text, unit_text, help_text) \
	.name = (name_text), .help = (help_text), .unit = (unit_text), .type = METRIC_GAUGE

#define BY_PAIR .labels = { PAIR_LABELS }, .series_max = PAIRS_EXPORTED
#define BY_SERIES .labels = { PAIR_LABELS, { "series", 0 } }, .series_max = SERIES_MAX * PAIRS_EXPORTED
#define BY_QUANTILE                                                      \
	.labels = { PAIR_LABELS, { "series", 0 }, { "quantile", 0 } }, \
	.series_max = SERIES_MAX * QUANTILES * PAIRS_EXPORTED
#define BY_DIMENSION .labels = { PAIR_LABELS, { "dimension", 0 } }, .series_max = DRIFT_DIMENSION_MAX * PAIRS_EXPORTED

/* NAN: no value now. */
typedef double (*figure_fn)(const struct judge_pair *pair, size_t index);

static double samples_of(const struct judge_pair *pair, size_t series)
{
	return (double)pair->series[series].samples;
}

static double mean_of(const struct judge_pair *pair, size_t series)
{
	return pair->series[series].mean;
}

static double quantile_of(const struct judge_pair *pair, size_t index)
{
	const struct window_summary *summary = &pair->series[index / QUANTILES];
	const double quantiles[QUANTILES] = { summary->p50, summary->p95, summary->p99 };

	return quantiles[index % QUANTILES];
}

static double errors_of(const struct judge_pair *pair, size_t index)
{
	(void)index;
	return pair->error_rate;
}

static double confidence_of(const struct judge_pair *pair, size_t index)
{
	(void)index;
	return pair->series[SERIES_CONFIDENCE].mean;
}

static double percent_of(const struct judge_pair *pair, size_t dimension)
{
	return pair->drift.dimensions[dimension].change_percent;
}

static double level_of(const struct judge_pair *pair, size_t dimension)
{
	const struct drift_figure *figure = &pair->drift.dimensions[dimension];

	return isnan(figure->change_percent) ? NAN : (double)figure->level;
}

static double p_value_of(const struct judge_pair *pair, size_t dimension)
{
	return pair->drift.dimensions[dimension].p_value;
}

static double psi_of(const struct judge_pair *pair, size_t dimension)
{
	return pair->drift.dimensions[dimension].psi;
}

static double kl_of(const struct judge_pair *pair, size_t dimension)
{
	return pair->drift.dimensions[dimension].kl;
}

static double compared_of(const struct judge_pair *pair, size_t dimension)
{
	return (double)pair->drift.dimensions[dimension].after_samples;
}

static double score_of(const struct judge_pair *pair, size_t index)
{
	(void)index;
	return pair->drift.score;
}

static const struct row {
	struct metric_desc desc;
	enum spread spread;
	figure_fn figure;
} rows[] = {
	{ { GAUGE("ai_confidence_score", "ratio", "Mean confidence of the calls in the window"), BY_PAIR },
	  SPREAD_NONE, confidence_of },
	{ { GAUGE("ai_window_samples", "calls", "Calls in the window of which the series is known"), BY_SERIES },
	  SPREAD_SERIES, samples_of },
	{ { GAUGE("ai_window_mean", "as the series", "Mean of the window; latency in ms, cost in US dollars"), BY_SERIES },
	  SPREAD_SERIES, mean_of },
	{ { GAUGE("ai_window_quantile", "as the series", "Nearest-rank percentile of the window"), BY_QUANTILE },
	  SPREAD_QUANTILES, quantile_of },
	{ { GAUGE("ai_window_error_ratio", "ratio", "Share of the calls in the window that failed"), BY_PAIR },
	  SPREAD_NONE, errors_of },
	{ { GAUGE("ai_drift_percent", "percent", "Change of the mean: the last calls against as many before"),
	    BY_DIMENSION }, SPREAD_DIMENSIONS, percent_of },
	{ { GAUGE("ai_drift_level", "level", "0 none, 1 minor, 2 moderate, 3 significant; by the change alone"),
	    BY_DIMENSION }, SPREAD_DIMENSIONS, level_of },
	{ { GAUGE("ai_drift_p_value", "probability", "Of so great a difference by chance, in one look"), BY_DIMENSION },
	  SPREAD_DIMENSIONS, p_value_of },
	{ { GAUGE("ai_drift_psi", "nats", "Population stability index over fixed bins"), BY_DIMENSION },
	  SPREAD_DIMENSIONS, psi_of },
	{ { GAUGE("ai_drift_kl", "nats", "KL divergence of the last calls from those before, over fixed bins"),
	    BY_DIMENSION }, SPREAD_DIMENSIONS, kl_of },
	{ { GAUGE("ai_drift_samples", "calls", "Calls that are compared with as many before"), BY_DIMENSION },
	  SPREAD_DIMENSIONS, compared_of },
	{ { GAUGE("ai_drift_score", "ratio", "How much moved in all dimensions together, beyond chance"), BY_PAIR },
	  SPREAD_NONE, score_of },
};

static const struct metric_desc cost_today_desc = {
	GAUGE("ai_cost_today_dollars", "US dollars", "Cost of calls that ended since midnight UTC, where it is known"),
	.labels = { { "service", SERVICES_MAX } },
};

static const struct metric_desc model_changes_desc = {
	.name = "ai_model_changes_total", .unit = "changes", .type = METRIC_COUNTER,
	.help = "Another model, or another configuration of it, answers what is asked for as `model`",
	.labels = { PAIR_LABELS }, .series_max = PAIRS_EXPORTED,
};

enum own {
	OWN_BYTES = 0,
	OWN_PAIRS,
	OWN_PAIRS_EVICTED,
	OWN_MAX
};

static const struct metric_desc own_descs[OWN_MAX] = {
	[OWN_BYTES] = { GAUGE("promtap_judge_bytes", "bytes", "Memory that windows and tables may come to") },
	[OWN_PAIRS] = { GAUGE("promtap_judge_pairs", "pairs", "Pairs of model and service that are kept") },
	[OWN_PAIRS_EVICTED] = { .name = "promtap_judge_pairs_evicted_total", .unit = "pairs", .type = METRIC_COUNTER,
				.help = "Pairs that made room for others: the window starts anew when they come back" },
};

static const struct metric_desc overflow_desc = {
	.name = "promtap_judge_overflow_total", .unit = "things", .type = METRIC_COUNTER,
	.help = "services: made room for others, their cost of the day begins anew; names: asked models whose answerers "
		"were forgotten; events: told of service and model other",
	.labels = { { "table", 0 } },
};

struct gauges {
	struct metric_family *rows[ARRAY_SIZE(rows)];
	struct metric_family *cost_today, *model_changes;
	struct metric_series *own[OWN_MAX];
	struct metric_series *services, *names, *events;
};

static struct metric_series *overflow_series(struct metric_family *family, const char *table)
{
	return family ? metric_get(family, &table) : NULL;
}

static bool add_own(struct gauges *gauges, struct metrics *metrics)
{
	struct metric_family *family;

	for (size_t i = 0; i < OWN_MAX; i++) {
		family = metrics_family(metrics, &own_descs[i]);
		gauges->own[i] = family ? metric_get(family, NULL) : NULL;
		if (!gauges->own[i])
			return false;
	}
	family = metrics_family(metrics, &overflow_desc);
	gauges->services = overflow_series(family, "services");
	gauges->names = overflow_series(family, "names");
	gauges->events = overflow_series(family, "events");
	return gauges->services && gauges->names && gauges->events;
}

static bool add_families(struct gauges *gauges, struct metrics *metrics)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		gauges->rows[i] = metrics_family(metrics, &rows[i].desc);
		if (!gauges->rows[i])
			return false;
	}
	gauges->cost_today = metrics_family(metrics, &cost_today_desc);
	gauges->model_changes = metrics_family(metrics, &model_changes_desc);
	return gauges->cost_today && gauges->model_changes && add_own(gauges, metrics);
}

struct gauges *gauges_new(struct metrics *metrics)
{
	struct gauges *gauges = calloc(1, sizeof(*gauges));

	if (gauges && add_families(gauges, metrics))
		return gauges;
	free(gauges);
	return NULL;
}

void gauges_free(struct gauges *gauges)
{
	free(gauges);
}

/* ---- pairs ------------------------------------------------------------------------------------------------ */

/* Behind model and service. */
static void fill_labels(enum spread spread, size_t index, const char *labels[METRIC_LABELS_MAX])
{
	if (spread == SPREAD_SERIES)
		labels[2] = series_names[index];
	if (spread == SPREAD_DIMENSIONS)
		labels[2] = drift_dimension_names[index];
	if (spread == SPREAD_QUANTILES) {
		labels[2] = series_names[index / QUANTILES];
		labels[3] = quantile_names[index % QUANTILES];
	}
}

static bool is_folded(const struct metric_series *series, size_t label, const char *value)
{
	return strcmp(metric_series_label(series, label), METRIC_OTHER) == 0 && strcmp(value, METRIC_OTHER) != 0;
}

/* Null: no memory, or no room under its own labels; the pair is not exported then. */
static struct metric_series *look_up(struct metric_family *family, const struct row *row, size_t index, struct pair *pair)
{
	const char *labels[METRIC_LABELS_MAX] = { pair->key.model, pair->key.service };
	struct metric_series *series;

	fill_labels(row->spread, index, labels);
	series = metric_get(family, labels);
	if (!series)
		return NULL;
	if (!is_folded(series, 0, pair->key.model) && !is_folded(series, 1, pair->key.service))
		return series;
	metric_unset(series);
	pair->unexported = true;
	return NULL;
}

static void set(struct metric_series *series, double value)
{
	if (isnan(value))
		metric_unset(series);
	else
		metric_set(series, value);
}

static void set_row(struct metric_family *family, const struct row *row, struct pair *pair, struct metric_series **known)
{
	for (size_t i = 0; i < spread_counts[row->spread] && !pair->unexported; i++) {
		double value = row->figure(&pair->figures, i);

		if (!known[i] && !isnan(value))
			known[i] = look_up(family, row, i, pair);
		set(known[i], value);
	}
}

void gauges_forget(struct pair *pair)
{
	for (size_t i = 0; i < PAIR_GAUGES; i++) {
		metric_unset(pair->gauges[i]);
		pair->gauges[i] = NULL;
	}
}

void gauges_pair(struct gauges *gauges, struct pair *pair)
{
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !pair->unexported; i++) {
		set_row(gauges->rows[i], &rows[i], pair, &pair->gauges[at]);
		at += spread_counts[rows[i].spread];
	}
	if (pair->unexported)
		gauges_forget(pair);
}

/* ---- the others ------------------------------------------------------------------------------------------- */

void gauges_service(struct gauges *gauges, struct service *service, double cost_today_usd)
{
	const char *name = service->name;

	if (!service->cost_today && !isnan(cost_today_usd))
		service->cost_today = metric_get(gauges->cost_today, &name);
	if (service->cost_today && is_folded(service->cost_today, 0, name)) {
		metric_unset(service->cost_today);
		service->cost_today = NULL;
	}
	set(service->cost_today, cost_today_usd);
}

void gauges_model_changes(struct gauges *gauges, const char *service, const char *asked, uint64_t n)
{
	metric_add(metric_get(gauges->model_changes, (const char *const[]){ asked, service }), n);
}

void gauges_own(struct gauges *gauges, const struct gauges_own *own)
{
	metric_set(gauges->own[OWN_BYTES], (double)own->bytes);
	metric_set(gauges->own[OWN_PAIRS], (double)own->pairs);
	metric_raise(gauges->own[OWN_PAIRS_EVICTED], own->pairs_evicted);
	metric_raise(gauges->services, own->services_evicted);
	metric_raise(gauges->names, own->names_evicted);
	metric_raise(gauges->events, own->events_folded);
}
