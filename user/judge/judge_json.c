/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/judge_json.h"

#include <math.h>

static void put_summary(struct json_out *json, enum series series, const struct window_summary *summary)
{
	json_out_open(json, series_names[series], '{');
	json_out_string(json, "unit", series_units[series]);
	json_out_count(json, "samples", summary->samples);
	json_out_number(json, "mean", summary->mean);
	json_out_number(json, "p50", summary->p50);
	json_out_number(json, "p95", summary->p95);
	json_out_number(json, "p99", summary->p99);
	json_out_number(json, "min", summary->min);
	json_out_number(json, "max", summary->max);
	json_out_close(json, '}');
}

void judge_put_series(struct json_out *json, const struct judge_pair *pair)
{
	json_out_open(json, "series", '{');
	for (enum series i = 0; i < SERIES_MAX; i++)
		put_summary(json, i, &pair->series[i]);
	json_out_close(json, '}');
}

static void put_dimension(struct json_out *json, const char *name, const struct drift_figure *figure)
{
	char spelling[DRIFT_SPELLING_BYTES];

	json_out_open(json, name, '{');
	json_out_string(json, "drift", drift_spell(figure, spelling));
	json_out_string(json, "level", isnan(figure->change_percent) ? NULL : drift_level_names[figure->level]);
	json_out_number(json, "change_percent", figure->change_percent);
	json_out_bool(json, "significant", !isnan(figure->p_value), figure->significant);
	json_out_number(json, "p_value", figure->p_value);
	json_out_number(json, "kl", figure->kl);
	json_out_number(json, "psi", figure->psi);
	json_out_number(json, "psi_chance", figure->psi_chance);
	json_out_number(json, "before_mean", figure->before_mean);
	json_out_number(json, "after_mean", figure->after_mean);
	json_out_count(json, "before_samples", figure->before_samples);
	json_out_count(json, "after_samples", figure->after_samples);
	json_out_close(json, '}');
}

void judge_put_drift(struct json_out *json, const struct drift_report *report)
{
	json_out_number(json, "score", report->score);
	json_out_string(json, "driven_by", report->score > 0 ? drift_dimension_names[report->driven_by] : NULL);
	json_out_open(json, "dimensions", '{');
	for (size_t i = 0; i < DRIFT_DIMENSION_MAX; i++)
		put_dimension(json, drift_dimension_names[i], &report->dimensions[i]);
	json_out_close(json, '}');
}
