/* SPDX-License-Identifier: Apache-2.0 */
/* For people: three tables. For programs: one object with the same figures, and all of them. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "judge/judge_json.h"
#include "roles/analyze.h"

#define NAME_WIDTH_MAX 40
#define PICO 1e12

/* ---- for people --------------------------------------------------------------------------------------------- */

struct widths {
	int service, model;
};

static int wider(int width, const char *name)
{
	int len = (int)strnlen(name, NAME_WIDTH_MAX);

	return len > width ? len : width;
}

static struct widths widths_of(const struct analyze_result *result)
{
	struct widths widths = { 7, 5 };	/* of the headings */
	struct judge_pair pair;

	for (size_t i = 0; i < judge_pair_count(result->judge); i++) {
		judge_pair_at(result->judge, i, &pair);
		widths.service = wider(widths.service, pair.service);
		widths.model = wider(widths.model, pair.model);
	}
	return widths;
}

static void print_names(const struct widths *widths, const char *service, const char *model, FILE *out)
{
	(void)fprintf(out, "%-*.*s  %-*.*s", widths->service, widths->service, service, widths->model, widths->model, model);
}

/* "-": not known. */
static void print_fixed(double number, int width, int decimals, FILE *out)
{
	if (isnan(number))
		(void)fprintf(out, "  %*s", width, "-");
	else
		(void)fprintf(out, "  %*.*f", width, decimals, number);
}

static void print_digits(double number, int width, int digits, FILE *out)
{
	if (isnan(number))
		(void)fprintf(out, "  %*s", width, "-");
	else
		(void)fprintf(out, "  %*.*g", width, digits, number);
}

static void print_pair(const struct judge_pair *pair, const struct widths *widths, FILE *out)
{
	const struct window_summary *latency = &pair->series[SERIES_LATENCY];

	print_names(widths, pair->service, pair->model, out);
	(void)fprintf(out, "  %8" PRIu64, pair->calls);
	print_fixed(100 * pair->error_rate, 8, 1, out);
	print_fixed(latency->p50, 8, 0, out);
	print_fixed(latency->p95, 8, 0, out);
	print_fixed(latency->p99, 8, 0, out);
	print_fixed(pair->series[SERIES_INPUT_TOKENS].mean, 8, 0, out);
	print_fixed(pair->series[SERIES_OUTPUT_TOKENS].mean, 8, 0, out);
	print_fixed(pair->series[SERIES_COST].mean, 10, 6, out);
	print_fixed(pair->cost_pico_usd == CALL_UNKNOWN ? NAN : (double)pair->cost_pico_usd / PICO, 10, 4, out);
	print_fixed(pair->series[SERIES_CONFIDENCE].mean, 10, 3, out);
	print_fixed(pair->drift.score, 6, 2, out);
	(void)fputc('\n', out);
}

static void print_pairs(const struct analyze_result *result, const struct widths *widths, FILE *out)
{
	struct judge_pair pair;

	(void)fprintf(out, "Calls; rates, percentiles and means are of the last %" PRIu64 "\n", result->window);
	print_names(widths, "SERVICE", "MODEL", out);
	(void)fprintf(out, "  %8s  %8s  %8s  %8s  %8s  %8s  %8s  %10s  %10s  %10s  %6s\n", "CALLS", "ERRORS %", "P50 MS", "P95 MS",
		      "P99 MS", "INPUT", "OUTPUT", "USD/CALL", "USD", "CONFIDENCE", "DRIFT");
	for (size_t i = 0; i < judge_pair_count(result->judge); i++) {
		judge_pair_at(result->judge, i, &pair);
		print_pair(&pair, widths, out);
	}
}

static void print_dimension(const struct judge_pair *pair, enum drift_dimension dimension, const struct widths *widths,
			    FILE *out)
{
	const struct drift_figure *figure = &pair->drift.dimensions[dimension];
	char spelling[DRIFT_SPELLING_BYTES];

	if (isnan(figure->change_percent))
		return;
	print_names(widths, pair->service, pair->model, out);
	(void)fprintf(out, "  %-14s", drift_dimension_names[dimension]);
	print_digits(figure->before_mean, 12, 6, out);
	print_digits(figure->after_mean, 12, 6, out);
	(void)fprintf(out, "  %-28s", drift_spell(figure, spelling));
	print_digits(figure->p_value, 8, 2, out);
	(void)fprintf(out, "  %-6s", figure->significant ? "no" : "likely");
	print_fixed(figure->psi, 7, 3, out);
	print_fixed(figure->kl, 7, 3, out);
	(void)fputc('\n', out);
}

static void print_drift(const struct analyze_result *result, const struct widths *widths, FILE *out)
{
	struct judge_pair pair;

	(void)fprintf(out, "\nDrift: the last %" PRIu64 " calls against as many before\n", result->drift_window);
	print_names(widths, "SERVICE", "MODEL", out);
	(void)fprintf(out, "  %-14s  %12s  %12s  %-28s  %8s  %-6s  %7s  %7s\n", "DIMENSION", "BEFORE", "AFTER", "DRIFT", "P",
		      "CHANCE", "PSI", "KL");
	for (size_t i = 0; i < judge_pair_count(result->judge); i++) {
		judge_pair_at(result->judge, i, &pair);
		for (size_t j = 0; j < DRIFT_DIMENSION_MAX; j++)
			print_dimension(&pair, (enum drift_dimension)j, widths, out);
	}
}

static void print_transition(const struct transition *transition, FILE *out)
{
	time_t seconds = (time_t)(transition->unix_ns / (int64_t)NSEC_PER_SEC);
	struct tm tm;
	char time[32] = "-", value[READING_SPELLING_BYTES], threshold[READING_SPELLING_BYTES];

	if (gmtime_r(&seconds, &tm))
		(void)strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &tm);
	(void)fprintf(out, "%s  %-8s  %-8s  %s", time, alert_state_names[transition->state],
		      alert_severity_names[transition->severity], reading_names[transition->kind]);
	(void)fprintf(out, "%s%s %s%s%s: %s", *transition->detail ? " " : "", transition->detail, transition->service,
		      *transition->model ? " " : "", transition->model, reading_spell(transition->kind, transition->value, value));
	if (!reading_is_event(transition->kind))
		(void)fprintf(out, ", threshold %s", reading_spell(transition->kind, transition->threshold, threshold));
	(void)fprintf(out, "%s%s\n", *transition->note ? ": " : "", transition->note);
}

static void print_alerts(const struct analyze_result *result, FILE *out)
{
	(void)fprintf(out, "\nAlerts\n");
	for (size_t i = 0; i < result->transition_count; i++)
		print_transition(&result->transitions[i], out);
	if (result->transition_count == 0)
		(void)fprintf(out, "none\n");
	if (result->transitions_left_out > 0)
		(void)fprintf(out, "and %" PRIu64 " more\n", result->transitions_left_out);
}

void analyze_print_table(const struct analyze_result *result, FILE *out)
{
	struct widths widths = widths_of(result);

	print_pairs(result, &widths, out);
	print_drift(result, &widths, out);
	print_alerts(result, out);
	if (result->late > 0)
		(void)fprintf(out, "\n%" PRIu64 " records came after their second and count where they stand\n", result->late);
}

/* ---- for programs -------------------------------------------------------------------------------------------- */

static void put_drift(struct json_out *json, const struct drift_report *report)
{
	json_out_open(json, "drift", '{');
	judge_put_drift(json, report);
	json_out_close(json, '}');
}

static void put_pair(struct json_out *json, const struct judge_pair *pair)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "service", pair->service);
	json_out_string(json, "model", pair->model);
	json_out_string(json, "answered_by", pair->answered_by);
	json_out_count(json, "calls", pair->calls);
	json_out_count(json, "errors", pair->errors);
	json_out_int(json, "input_tokens", pair->input_tokens);
	json_out_int(json, "output_tokens", pair->output_tokens);
	json_out_decimal(json, "cost_usd", pair->cost_pico_usd, 12);
	json_out_time(json, "first", pair->first_unix_ns);
	json_out_time(json, "last", pair->last_unix_ns);
	json_out_number(json, "error_rate", pair->error_rate);
	json_out_number(json, "refusal_rate", pair->refusal_rate);
	judge_put_series(json, pair);
	put_drift(json, &pair->drift);
	json_out_close(json, '}');
}

static void put_transition(struct json_out *json, const struct transition *transition)
{
	json_out_open(json, NULL, '{');
	json_out_time(json, "time", transition->unix_ns);
	json_out_string(json, "state", alert_state_names[transition->state]);
	json_out_string(json, "severity", alert_severity_names[transition->severity]);
	json_out_string(json, "alert", reading_names[transition->kind]);
	json_out_string(json, "service", transition->service);
	json_out_string(json, "model", transition->model);
	json_out_string(json, "detail", transition->detail);
	json_out_string(json, "note", transition->note);
	json_out_number(json, "value", transition->value);
	json_out_number(json, "threshold", transition->threshold);
	json_out_string(json, "unit", reading_units[transition->kind]);
	json_out_close(json, '}');
}

int analyze_print_json(const struct analyze_result *result, FILE *out)
{
	struct buffer text = { 0 };
	struct json_out json = { .out = &text };
	struct judge_pair pair;

	json_out_open(&json, NULL, '{');
	json_out_count(&json, "records", result->records);
	json_out_count(&json, "late", result->late);
	json_out_count(&json, "refused", result->refused);
	json_out_count(&json, "window", result->window);
	json_out_count(&json, "drift_window", result->drift_window);
	json_out_open(&json, "pairs", '[');
	for (size_t i = 0; i < judge_pair_count(result->judge); i++) {
		judge_pair_at(result->judge, i, &pair);
		put_pair(&json, &pair);
	}
	json_out_close(&json, ']');
	json_out_open(&json, "transitions", '[');
	for (size_t i = 0; i < result->transition_count; i++)
		put_transition(&json, &result->transitions[i]);
	json_out_close(&json, ']');
	json_out_count(&json, "transitions_left_out", result->transitions_left_out);
	json_out_close(&json, '}');
	if (json.error == 0)
		(void)fprintf(out, "%.*s\n", (int)text.len, text.data);
	buffer_done(&text);
	return json.error;
}
