/* SPDX-License-Identifier: Apache-2.0 */
/* The stage as a whole: calls and ticks in, readings, figures and gauges out. */
#include "judge/judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../judge/random.h"
#include "analysis/call_metrics.h"
#include "analysis/counting.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define DAY (86400 * SECOND)
#define NOON (20000 * DAY + DAY / 2)
#define METRICS_ROOM (64u << 20)

static const struct judge_config plain = { 1000, 256, 100, 5, 10, 15, 0.01 };

static struct call call_of(const char *service, const char *model, int64_t end_unix_ns)
{
	static unsigned number;
	struct call call;

	call_init(&call);
	(void)snprintf(call.id, sizeof(call.id), "%010u", number++);
	(void)snprintf(call.workload.service, sizeof(call.workload.service), "%s", service);
	(void)snprintf(call.request_model, sizeof(call.request_model), "%s", model);
	(void)snprintf(call.response_model, sizeof(call.response_model), "%s", model);
	(void)snprintf(call.dialect, sizeof(call.dialect), "openai.chat");
	call.time_unix_ns = end_unix_ns - SECOND;
	call.duration_ns = SECOND;
	return call;
}

/* Readings as lines, those of `only` if that is a kind. */
struct told {
	struct buffer lines;
	enum reading_kind only;
};

static void on_reading(void *ctx, const struct reading *reading)
{
	struct told *told = ctx;

	if (told->only != READING_UNKNOWN && reading->kind != told->only)
		return;
	ck_assert_int_eq(buffer_printf(&told->lines, "%s %s|%s|%s %.9g n=%" PRIu64 " %s [%s]%s\n", reading_names[reading->kind],
				       reading->service, reading->model, reading->detail, reading->value, reading->samples,
				       severity_names[reading->severity], reading->note, reading->significant ? "" : " chance"), 0);
}

static const char *text_of(struct told *told)
{
	ck_assert_int_eq(buffer_append(&told->lines, "", 1), 0);
	told->lines.len--;
	return told->lines.data;
}

/* What a tick tells of one kind. */
static const char *tick_of(struct judge *judge, int64_t now, enum reading_kind only)
{
	static struct told told;

	told.lines.len = 0;
	told.only = only;
	judge_tick(judge, now, on_reading, &told);
	return text_of(&told);
}

static struct judge_pair pair_of(const struct judge *judge, const char *service, const char *model)
{
	struct judge_pair pair;

	for (size_t i = 0; i < judge_pair_count(judge); i++) {
		judge_pair_at(judge, i, &pair);
		if (strcmp(pair.service, service) == 0 && strcmp(pair.model, model) == 0)
			return pair;
	}
	ck_abort_msg("no pair of %s and %s", service, model);
	return pair;
}

/* The gauge of these labels; NAN: there is none, or it has no value. */
static double gauge(const struct metrics *metrics, const char *name, const char *const *labels)
{
	const struct metric_family *family;
	const struct metric_series *series;
	struct metric_value value;
	size_t f = 0;

	while ((family = metrics_family_at(metrics, f)) && strcmp(metric_family_desc(family)->name, name) != 0)
		f++;
	ck_assert_msg(family, "no metric %s", name);
	for (size_t i = 0; (series = metric_series_at(family, i)); i++) {
		bool same = true;

		for (size_t j = 0; j < metric_label_count(metric_family_desc(family)); j++)
			same &= strcmp(metric_series_label(series, j), labels[j]) == 0;
		metric_read(series, &value);
		if (same)
			return value.unset ? NAN : metric_family_desc(family)->type == METRIC_COUNTER ? (double)value.count : value.number;
	}
	return NAN;
}

#define GAUGE(metrics, name, ...) gauge(metrics, name, (const char *const[]){ __VA_ARGS__ })

/* ---- figures ---- */

START_TEST(the_missions_example)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	const char *told;

	for (int i = 0; i < 200; i++) {
		struct call call = call_of("shop", "gpt-4o", NOON + i * SECOND);

		call.confidence_ppm = i < 100 ? 900000 : 700000;
		call.confidence_source = CONFIDENCE_HEURISTIC;
		judge_call(judge, &call);
		if (i == 198)
			ck_assert_ptr_null(strstr(tick_of(judge, NOON + i * SECOND, READING_DRIFT), "|confidence"));
	}
	told = tick_of(judge, NOON + 200 * SECOND, READING_DRIFT);
	ck_assert_msg(strstr(told, "drift shop|gpt-4o|confidence 22.2222222 n=100 none [significant_drift_-22.2%]\n"), "%s", told);
	ck_assert_double_eq_tol(GAUGE(metrics, "ai_drift_percent", "gpt-4o", "shop", "confidence"), -22.2222222222, 1e-9);
	ck_assert_double_eq(GAUGE(metrics, "ai_drift_level", "gpt-4o", "shop", "confidence"), 3);
	ck_assert_double_eq(GAUGE(metrics, "ai_drift_level", "gpt-4o", "shop", "latency"), 0);
	ck_assert_double_eq(GAUGE(metrics, "ai_confidence_score", "gpt-4o", "shop"), 0.8);
	ck_assert_double_gt(GAUGE(metrics, "ai_drift_score", "gpt-4o", "shop"), 0.99);
	ck_assert_int_eq(pair_of(judge, "shop", "gpt-4o").drift.driven_by, DRIFT_CONFIDENCE);
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(figures_of_a_pair)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	struct judge_pair pair;

	for (int i = 1; i <= 100; i++) {
		struct call call = call_of("shop", "m", NOON + i);

		call.duration_ns = i * 1000000ll;
		call.time_unix_ns = NOON + i - call.duration_ns;
		call.tokens.input = 10 * i;
		call.cost_pico_usd = i * 1000000ll;
		call.cost_source = COST_TABLE;
		call.usage_source = USAGE_PROVIDER;
		if (i > 95)
			call.error = ERROR_SERVER;
		judge_call(judge, &call);
	}
	ck_assert_str_eq(tick_of(judge, NOON, READING_LATENCY_P95), "latency_p95 shop|m| 95 n=100 none []\n");
	pair = pair_of(judge, "shop", "m");
	ck_assert_uint_eq(pair.calls, 100);
	ck_assert_int_eq(pair.first_unix_ns, NOON + 1);
	ck_assert_int_eq(pair.last_unix_ns, NOON + 100);
	ck_assert_double_eq(pair.series[SERIES_LATENCY].p99, 99);
	ck_assert_double_eq(pair.series[SERIES_INPUT_TOKENS].mean, 505);
	ck_assert_double_eq(pair.series[SERIES_COST].mean, 50.5e-6);
	ck_assert_uint_eq(pair.series[SERIES_OUTPUT_TOKENS].samples, 0);
	ck_assert(isnan(pair.series[SERIES_OUTPUT_TOKENS].mean));
	ck_assert_double_eq(pair.error_rate, 0.05);
	ck_assert_double_eq(pair.refusal_rate, 0);
	ck_assert_str_eq(pair.answered_by, "m");
	ck_assert_double_eq(GAUGE(metrics, "ai_window_quantile", "m", "shop", "latency", "0.95"), 95);
	ck_assert_double_eq(GAUGE(metrics, "ai_window_error_ratio", "m", "shop"), 0.05);
	ck_assert(isnan(GAUGE(metrics, "ai_window_mean", "m", "shop", "output_tokens")));
	/* A second without calls tells nothing of the pair. */
	ck_assert_str_eq(tick_of(judge, NOON + SECOND, READING_UNKNOWN), "");
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

/* A call that failed could not refuse; one that says so did, whatever says it. */
START_TEST(refusals_are_of_calls_that_were_answered)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	for (int i = 0; i < 100; i++) {
		struct call call = call_of("s", "m", NOON + i);

		call.error = i < 60 ? ERROR_TIMEOUT : ERROR_NONE;
		call.refused = i >= 90 && i < 94;
		call.declined = i >= 94 && i < 98;
		if (i >= 98)
			(void)strcpy(call.finish_reasons[call.finish_reason_count++], "refusal");
		judge_call(judge, &call);
	}
	judge_tick(judge, NOON, NULL, NULL);
	ck_assert_double_eq(pair_of(judge, "s", "m").refusal_rate, 0.25);
	ck_assert_double_eq(pair_of(judge, "s", "m").error_rate, 0.6);
	judge_free(judge);
}
END_TEST

START_TEST(why_answers_end_is_a_dimension)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	static const char *const reasons[] = { "stop", "tool_calls", "end_turn", "STOP", "tool_use" };

	for (int i = 0; i < 400; i++) {
		struct call call = call_of("s", "m", NOON + i);

		call.finish_reason_count = i % 2;	/* of every second one nothing is known */
		(void)strcpy(call.finish_reasons[0], i > 200 && i % 4 == 1 ? "length" : reasons[i % 5]);
		judge_call(judge, &call);
	}
	ck_assert_ptr_nonnull(strstr(tick_of(judge, NOON, READING_DRIFT), "|finish_reasons 99999.9 n=100 none [significant_drift_+99999.9%]\n"));
	ck_assert_double_eq(pair_of(judge, "s", "m").drift.dimensions[DRIFT_FINISH].after_mean, 0.5);
	judge_free(judge);
}
END_TEST

START_TEST(only_calls_of_clients_to_models_are_judged)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	struct call call = call_of("shop", "m", NOON);

	call.role = ROLE_SERVER;
	judge_call(judge, &call);
	call.role = ROLE_CLIENT;
	call.hop = HOP_FROM_GATEWAY;
	judge_call(judge, &call);
	call.hop = HOP_DIRECT;
	(void)strcpy(call.dialect, "mcp");
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON, READING_UNKNOWN), "");
	ck_assert_uint_eq(judge_pair_count(judge), 0);
	judge_free(judge);
}
END_TEST

START_TEST(a_guess_is_no_cost)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	struct call call = call_of("shop", "m", NOON);
	double usd;

	call.tokens.output = 7;
	call.usage_source = USAGE_ESTIMATED;
	call.cost_pico_usd = 5;
	call.cost_source = COST_TABLE;
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON, READING_DAILY_BUDGET), "");
	ck_assert_uint_eq(pair_of(judge, "shop", "m").series[SERIES_COST].samples, 0);
	ck_assert_uint_eq(pair_of(judge, "shop", "m").series[SERIES_OUTPUT_TOKENS].samples, 0);
	ck_assert(!judge_cost_today(judge, "shop", &usd));
	judge_free(judge);
}
END_TEST

/* A call that failed names no model that answered: it is of the one that does. */
START_TEST(failed_calls_are_of_the_model_that_answers)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	struct counting *counting = counting_new();

	for (int i = 0; i < 4; i++) {
		struct call call = call_of("shop", "alias", NOON + i);

		if (i == 1)
			call.error = ERROR_RATE_LIMIT;
		(void)strcpy(call.response_model, i == 1 ? "" : "alias-2024-08-06");
		counting_set(counting, &call);
		judge_call(judge, &call);
	}
	judge_tick(judge, NOON, NULL, NULL);
	ck_assert_uint_eq(judge_pair_count(judge), 1);
	ck_assert_double_eq(pair_of(judge, "shop", "alias-2024-08-06").error_rate, 0.25);
	counting_free(counting);
	judge_free(judge);
}
END_TEST

/* ---- order and bounds ---- */

static void fill_any(struct call *call, uint64_t *seed)
{
	static const char *const models[] = { "a", "b", "a-2", "" };
	static const char *const services[] = { "x", "y", "" };

	*call = call_of(services[random_next(seed) % 3], models[random_next(seed) % 3], NOON);
	(void)strcpy(call->response_model, models[random_next(seed) % 4]);
	(void)snprintf(call->system_fingerprint, sizeof(call->system_fingerprint), "fp_%u", (unsigned)(random_next(seed) % 3));
	call->duration_ns = (int64_t)(random_next(seed) % 1000000000);
	call->time_unix_ns = NOON + (int64_t)(random_next(seed) % 50) - call->duration_ns;	/* many end at the same time */
	call->tokens.output = random_next(seed) % 4 ? (int64_t)(random_next(seed) % 500) : CALL_UNKNOWN;
	call->cost_pico_usd = (int64_t)(random_next(seed) % 100000);
	call->cost_source = COST_TABLE;
	call->confidence_ppm = (int64_t)(random_next(seed) % 1000000);
	call->confidence_source = CONFIDENCE_LOGPROBS;
	call->error = random_next(seed) % 9 ? ERROR_NONE : ERROR_TIMEOUT;
	call->risk = (enum risk)(random_next(seed) % RISK_MAX);
	call->capture = (enum call_capture)(random_next(seed) % CAPTURE_MAX);
	call->finding_count = (uint32_t)(random_next(seed) % 3);
	for (uint32_t i = 0; i < call->finding_count; i++) {
		(void)snprintf(call->findings[i].rule, RULE_ID_BYTES, "rule-%u", (unsigned)(random_next(seed) % 6));
		(void)strcpy(call->findings[i].category, random_next(seed) % 2 ? "secret" : "forged_role");
		call->findings[i].severity = (uint8_t)(random_next(seed) % SEVERITY_MAX);
		call->findings[i].count = (uint32_t)(random_next(seed) % 3);
	}
	if (random_next(seed) % 5 == 0)
		(void)strcpy(call->id, "same");
}

static void shuffle(struct call *calls, size_t n, uint64_t *seed)
{
	static struct call held;

	for (size_t i = n - 1; i > 0; i--) {
		size_t j = random_next(seed) % (i + 1);

		held = calls[i];
		calls[i] = calls[j];
		calls[j] = held;
	}
}

#define LOT 300

START_TEST(order_within_a_tick_changes_nothing)
{
	struct judge_config small = plain;
	struct call *calls = calloc(LOT, sizeof(*calls));
	uint64_t seed = 5;

	small.drift_window = 20;
	small.pairs = 5;	/* fewer than there are: what is evicted must not depend on the order either */
	for (int round = 0; round < 20; round++) {
		struct judge *first = judge_new(&small, MONEY_AT_APPLICATION, NULL), *second = judge_new(&small, MONEY_AT_APPLICATION, NULL);
		char *one;

		for (size_t i = 0; i < LOT; i++)
			fill_any(&calls[i], &seed);
		for (size_t i = 0; i < LOT; i++)
			judge_call(first, &calls[i]);
		shuffle(calls, LOT, &seed);
		for (size_t i = 0; i < LOT; i++)
			judge_call(second, &calls[i]);
		one = strdup(tick_of(first, NOON, READING_UNKNOWN));
		ck_assert_uint_gt(strlen(one), 1000);
		ck_assert_str_eq(one, tick_of(second, NOON, READING_UNKNOWN));
		free(one);
		judge_free(first);
		judge_free(second);
	}
	free(calls);
}
END_TEST

START_TEST(ten_thousand_models_and_services_stay_within_bounds)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge_config small = { 40, 50, 20, 5, 10, 15, 0.01 };
	struct judge *judge = judge_new(&small, MONEY_AT_APPLICATION, metrics);
	size_t bytes = judge_bytes(judge);

	for (int i = 0; i < 10000; i++) {
		char service[32], model[32];
		struct call call;

		(void)snprintf(service, sizeof(service), "s%d", i);
		(void)snprintf(model, sizeof(model), "m%d", i);
		call = call_of(service, model, NOON + i);
		call.cost_pico_usd = 1;
		call.cost_source = COST_REPORTED;
		judge_call(judge, &call);
		if (i % 100 == 99)
			judge_tick(judge, NOON + i, NULL, NULL);
	}
	ck_assert_uint_eq(judge_pair_count(judge), 50);
	ck_assert_uint_eq(judge_bytes(judge), bytes);
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_pairs_evicted_total", ""), 9950);
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_overflow_total", "services"), 10000 - 512);
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_overflow_total", "names"), 10000 - 512);
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_pairs", ""), 50);
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_bytes", ""), (double)bytes);
	/* None of those that are gone has a value, and none stands for several. */
	ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", "m99", "s99")));
	ck_assert(isnan(GAUGE(metrics, "ai_cost_today_dollars", "s99")));
	ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", METRIC_OTHER, METRIC_OTHER)));
	ck_assert(isnan(GAUGE(metrics, "ai_cost_today_dollars", METRIC_OTHER)));
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

/* What finds no room is asked for once, not with every tick. */
START_TEST(pairs_without_room_in_the_registry_are_left_out)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	double overflow[2];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MODELS_MAX + 5; i++) {
			char model[32];
			struct call call;

			(void)snprintf(model, sizeof(model), "m%d", i);
			call = call_of("s", model, NOON + i);
			judge_call(judge, &call);
		}
		judge_tick(judge, NOON, NULL, NULL);
		overflow[round] = GAUGE(metrics, "promtap_label_overflow_total", "model");
	}
	ck_assert_double_eq(overflow[0], 5);
	ck_assert_double_eq(overflow[1], 5);
	ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", METRIC_OTHER, "s")));
	ck_assert_uint_eq(judge_pair_count(judge), MODELS_MAX + 5);
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(a_pair_that_comes_back_begins_anew)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge_config small = { 40, 2, 20, 5, 10, 15, 0.01 };
	struct judge *judge = judge_new(&small, MONEY_AT_APPLICATION, metrics);
	static const char *const models[] = { "a", "b", "c", "a" };

	for (int i = 0; i < 4; i++) {
		struct call call = call_of("s", models[i], NOON + i);

		call.error = i == 0 ? ERROR_SERVER : ERROR_NONE;
		judge_call(judge, &call);
		judge_tick(judge, NOON + i, NULL, NULL);
		ck_assert_double_eq(GAUGE(metrics, "ai_window_error_ratio", models[i], "s"), i == 0 ? 1 : 0);
		if (i == 2)
			ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", "a", "s")));
	}
	ck_assert_uint_eq(pair_of(judge, "s", "a").calls, 1);
	ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", "b", "s")));
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(a_tick_of_any_size_is_taken_in)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	for (int i = 0; i < 10000; i++) {
		struct call call = call_of("s", "m", NOON + i);

		call.finding_count = 1;
		(void)strcpy(call.findings[0].rule, "key");
		(void)strcpy(call.findings[0].category, "secret");
		call.findings[0].severity = SEVERITY_HIGH;
		call.findings[0].count = 1;
		judge_call(judge, &call);
	}
	ck_assert_str_eq(tick_of(judge, NOON, READING_SECRET_LEAK), "secret_leak s|m|secret 10000 n=10000 high [key]\n");
	ck_assert_uint_eq(pair_of(judge, "s", "m").calls, 10000);
	judge_free(judge);
}
END_TEST

/* ---- events ---- */

static void add_finding(struct call *call, const char *category, const char *rule, enum severity severity, uint32_t count)
{
	struct call_finding *finding = &call->findings[call->finding_count++];

	(void)snprintf(finding->category, sizeof(finding->category), "%s", category);
	(void)snprintf(finding->rule, sizeof(finding->rule), "%s", rule);
	finding->severity = (uint8_t)severity;
	finding->count = count;
}

START_TEST(findings_are_told_by_category_and_severity)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	struct call call = call_of("s", "m", NOON);

	add_finding(&call, "instruction_override", "r2", SEVERITY_HIGH, 2);
	add_finding(&call, "instruction_override", "r1", SEVERITY_HIGH, 1);
	add_finding(&call, "instruction_override", "r3", SEVERITY_LOW, 1);
	add_finding(&call, "instruction_override", "r4", SEVERITY_CRITICAL, 0);	/* only repeats */
	add_finding(&call, "secret", "aws", SEVERITY_MEDIUM, 1);
	add_finding(&call, "secret", "maybe", SEVERITY_LOW, 5);
	add_finding(&call, "hedging", "h", SEVERITY_INFO, 1);
	call.risk = RISK_HIGH;
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON, READING_INJECTION),
			 "injection s|m|instruction_override 1 n=1 low [r3]\n"
			 "injection s|m|instruction_override 3 n=3 high [r1, r2]\n");
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON, READING_SECRET_LEAK), "secret_leak s|m|secret 1 n=1 medium [aws]\n");
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON, READING_RISK), "hallucination_risk s|m|high 1 n=1 high []\n");
	ck_assert_str_eq(tick_of(judge, NOON, READING_UNKNOWN), "");
	judge_free(judge);
}
END_TEST

/* Hostile services and models by the thousand in one tick: nothing that was found is lost. */
START_TEST(more_events_than_are_kept_apart_are_told_together)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	static struct told told;
	uint64_t sum = 0;
	size_t lines = 0;

	for (int i = 0; i < 5000; i++) {
		char service[32];
		struct call call;

		(void)snprintf(service, sizeof(service), "s%04d", i);
		call = call_of(service, "m", NOON + i);
		add_finding(&call, "exfiltration", "r", SEVERITY_CRITICAL, 1);
		judge_call(judge, &call);
	}
	told.only = READING_INJECTION;
	judge_tick(judge, NOON, on_reading, &told);
	for (const char *line = text_of(&told); *line; line = strchr(line, '\n') + 1) {
		sum += strtoull(strstr(line, "n=") + 2, NULL, 10);
		lines++;
	}
	ck_assert_uint_eq(sum, 5000);
	ck_assert_uint_eq(lines, 1025);
	ck_assert_ptr_nonnull(strstr(told.lines.data, "injection other|other|exfiltration 3976 n=3976 critical [r]\n"));
	ck_assert_double_eq(GAUGE(metrics, "promtap_judge_overflow_total", "events"), 3976);
	buffer_done(&told.lines);
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

/* ---- who answers ---- */

/* Tells who answered what was asked for as "alias". */
static const char *answered(struct judge *judge, int64_t when, const char *model, const char *fingerprint)
{
	struct call call = call_of("s", "alias", when);

	(void)snprintf(call.response_model, sizeof(call.response_model), "%s", model);
	(void)snprintf(call.system_fingerprint, sizeof(call.system_fingerprint), "%s", fingerprint);
	judge_call(judge, &call);
	return tick_of(judge, when, READING_MODEL_CHANGE);
}

START_TEST(another_model_behind_the_name_is_told_once)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	struct call call;

	ck_assert_str_eq(answered(judge, NOON, "m-1", ""), "");
	ck_assert_str_eq(answered(judge, NOON + 1, "m-1", ""), "");
	ck_assert_str_eq(answered(judge, NOON + 2, "m-2", ""), "model_change s|alias| 1 n=1 none [m-1 -> m-2]\n");
	for (int i = 3; i < 50; i++)
		ck_assert_str_eq(answered(judge, NOON + i, i % 2 ? "m-1" : "m-2", ""), "");
	ck_assert_double_eq(GAUGE(metrics, "ai_model_changes_total", "alias", "s"), 1);
	/* What warms the windows was told and counted before. */
	call = call_of("s", "alias", NOON + 60);
	(void)strcpy(call.response_model, "m-3");
	judge_call(judge, &call);
	judge_tick(judge, NOON + 60, NULL, NULL);
	ck_assert_str_eq(answered(judge, NOON + 61, "m-3", ""), "");
	ck_assert_double_eq(GAUGE(metrics, "ai_model_changes_total", "alias", "s"), 1);
	ck_assert_str_eq(pair_of(judge, "s", "m-1").answered_by, "m-1");
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(another_fingerprint_is_told_once)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	ck_assert_str_eq(answered(judge, NOON, "m", ""), "");
	ck_assert_str_eq(answered(judge, NOON + 1, "m", "fp_a"), "");	/* its first one is no change */
	ck_assert_str_eq(answered(judge, NOON + 2, "m", ""), "");
	ck_assert_str_eq(answered(judge, NOON + 3, "m", "fp_b"), "model_change s|alias| 1 n=1 none [m (fp_a) -> m (fp_b)]\n");
	for (int i = 4; i < 50; i++)
		ck_assert_str_eq(answered(judge, NOON + i, "m", i % 2 ? "fp_a" : "fp_b"), "");
	/* A model that brings its own fingerprint is one change. */
	ck_assert_str_eq(answered(judge, NOON + 60, "n", "fp_n"), "model_change s|alias| 1 n=1 none [m (fp_a) -> n (fp_n)]\n");
	ck_assert_str_eq(answered(judge, NOON + 61, "m", "fp_c"), "model_change s|alias| 1 n=1 none [n (fp_n) -> m (fp_c)]\n");
	judge_free(judge);
}
END_TEST

START_TEST(what_was_not_seen_for_a_day_counts_again)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	ck_assert_str_eq(answered(judge, NOON, "m-1", ""), "");
	ck_assert_str_ne(answered(judge, NOON + 1, "m-2", ""), "");
	ck_assert_str_eq(answered(judge, NOON + 9 * DAY, "m-2", ""), "");	/* a pause is no change */
	ck_assert_str_ne(answered(judge, NOON + 9 * DAY + 1, "m-1", ""), "");	/* a roll-back is */
	ck_assert_str_eq(answered(judge, NOON, "m-2", ""), "");		/* the clock went back */
	judge_free(judge);
}
END_TEST

START_TEST(a_router_is_told_a_few_times)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	unsigned changes = 0;

	for (int i = 0; i < 1000; i++) {
		char model[32], fingerprint[32];

		(void)snprintf(model, sizeof(model), "m-%d", i % 100);
		(void)snprintf(fingerprint, sizeof(fingerprint), "fp_%d", i);
		changes += *answered(judge, NOON + i, model, fingerprint) != '\0';
	}
	ck_assert_uint_gt(changes, 0);
	ck_assert_uint_le(changes, 8);
	judge_free(judge);
}
END_TEST

/* ---- money and days ---- */

static const char *spent(struct judge *judge, int64_t when, int64_t pico_usd)
{
	struct call call = call_of("s", "m", when);

	call.cost_pico_usd = pico_usd;
	call.cost_source = COST_REPORTED;
	judge_call(judge, &call);
	return tick_of(judge, when, READING_DAILY_BUDGET);
}

START_TEST(the_day_ends_at_midnight_utc)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);
	double usd;

	ck_assert_str_eq(spent(judge, NOON, 1500000000000), "daily_budget s|| 1.5 n=1 none []\n");
	ck_assert_str_eq(spent(judge, NOON + DAY / 2 - 1, 250000000000), "daily_budget s|| 1.75 n=2 none []\n");
	ck_assert(judge_cost_today(judge, "s", &usd));
	ck_assert_double_eq(usd, 1.75);
	/* Nothing is spent on the new day, and that is told once. */
	ck_assert_str_eq(tick_of(judge, NOON + DAY / 2, READING_DAILY_BUDGET), "daily_budget s|| 0 n=0 none []\n");
	ck_assert_double_eq(GAUGE(metrics, "ai_cost_today_dollars", "s"), 0);
	ck_assert_str_eq(tick_of(judge, NOON + DAY / 2 + 1, READING_DAILY_BUDGET), "");
	/* A call that ended before midnight and comes late is of the day before. */
	ck_assert_str_eq(spent(judge, NOON + DAY / 2, 1), "daily_budget s|| 1e-12 n=1 none []\n");
	(void)spent(judge, NOON + DAY / 2 - 2, 7);
	ck_assert_str_eq(spent(judge, NOON + DAY / 2 + 2, 1), "daily_budget s|| 2e-12 n=2 none []\n");
	ck_assert(!judge_cost_today(judge, "nobody", &usd));
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(a_clock_that_jumps_loses_no_money)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	(void)spent(judge, NOON, 1000000000000);
	ck_assert_str_eq(spent(judge, NOON + DAY, 1), "daily_budget s|| 1e-12 n=1 none []\n");
	ck_assert_str_eq(spent(judge, NOON + 1, 1000000000000), "daily_budget s|| 2 n=2 none []\n");
	ck_assert_str_eq(tick_of(judge, NOON - 50 * DAY, READING_DAILY_BUDGET), "daily_budget s|| 0 n=0 none []\n");
	ck_assert_str_eq(tick_of(judge, NOON, READING_DAILY_BUDGET), "daily_budget s|| 2 n=2 none []\n");
	judge_free(judge);
}
END_TEST

/* To 2099 and back, with calls meanwhile: what today has cost is still known, whatever the two days have in common. */
START_TEST(a_clock_that_is_set_to_any_day_loses_no_money)
{
	for (int64_t jump = 26000 * DAY; jump <= 26003 * DAY; jump += DAY) {
		struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

		(void)spent(judge, NOON - DAY, 5000000000000);
		(void)spent(judge, NOON, 1000000000000);
		(void)tick_of(judge, NOON + jump, READING_DAILY_BUDGET);
		ck_assert_str_eq(spent(judge, NOON + jump, 3), "daily_budget s|| 3e-12 n=1 none []\n");
		(void)spent(judge, NOON + jump + 1, 3);
		ck_assert_str_eq(tick_of(judge, NOON + 1, READING_DAILY_BUDGET), "daily_budget s|| 1 n=1 none []\n");
		ck_assert_str_eq(spent(judge, NOON + 2, 1000000000000), "daily_budget s|| 2 n=2 none []\n");
		judge_free(judge);
	}
}
END_TEST

START_TEST(a_call_of_next_year_is_paid_today)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	struct call call = call_of("s", "m", NOON + 366 * DAY);

	(void)spent(judge, NOON, 1000000000000);
	call.cost_pico_usd = 1000000000000;
	call.cost_source = COST_REPORTED;
	judge_call(judge, &call);
	ck_assert_str_eq(tick_of(judge, NOON + 1, READING_DAILY_BUDGET), "daily_budget s|| 2 n=2 none []\n");
	judge_free(judge);
}
END_TEST

START_TEST(a_million_small_costs_add_up_to_the_cent)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);
	uint64_t seed = 3, sum = 0;
	double usd;

	for (int i = 0; i < 1000000; i++) {
		struct call call = call_of("s", "m", NOON);

		call.cost_pico_usd = (int64_t)(random_next(&seed) % 3000000000);
		call.cost_source = COST_TABLE;
		call.usage_source = USAGE_PROVIDER;
		sum += (uint64_t)call.cost_pico_usd;
		judge_call(judge, &call);
	}
	judge_tick(judge, NOON, NULL, NULL);
	ck_assert(judge_cost_today(judge, "s", &usd));
	ck_assert_double_eq(usd, (double)sum / 1e12);
	judge_free(judge);
}
END_TEST

START_TEST(calls_that_were_not_captured_whole)
{
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, NULL);

	for (int i = 0; i < 1500; i++) {
		struct call call = call_of("s", i % 2 ? "m" : "n", NOON + i);

		/* The first 500, of which all are cut, leave the window; of the rest every fourth is. */
		call.capture = i < 500 || i % 4 == 0 ? CAPTURE_GAP : i % 4 == 1 ? CAPTURE_NO_USAGE : CAPTURE_COMPLETE;
		judge_call(judge, &call);
	}
	ck_assert_str_eq(tick_of(judge, NOON, READING_INCOMPLETE), "incomplete s|| 0.25 n=1000 none []\n");
	judge_free(judge);
}
END_TEST

/* ---- hostile input ---- */

START_TEST(extreme_numbers_do_no_harm)
{
	static const int64_t extremes[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX };
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge_config small = { 40, 4, 20, 5, 10, 15, 0.01 };
	struct judge *judge = judge_new(&small, MONEY_AT_APPLICATION, metrics);
	uint64_t seed = 9;
	static struct told told;

	for (int i = 0; i < 3000; i++) {
		struct call call = call_of("s", "m", 0);

		call.time_unix_ns = extremes[random_next(&seed) % 7];
		call.duration_ns = extremes[random_next(&seed) % 7];
		call.tokens.input = extremes[random_next(&seed) % 7];
		call.tokens.output = extremes[random_next(&seed) % 7];
		call.cost_pico_usd = extremes[random_next(&seed) % 7];
		call.cost_source = COST_REPORTED;
		call.confidence_ppm = extremes[random_next(&seed) % 7];
		call.confidence_source = CONFIDENCE_LOGPROBS;
		judge_call(judge, &call);
		if (i % 10 == 0)
			judge_tick(judge, extremes[random_next(&seed) % 7], on_reading, &told);
	}
	ck_assert_ptr_null(strstr(text_of(&told), "nan"));
	ck_assert_ptr_null(strstr(text_of(&told), "inf"));
	buffer_done(&told.lines);
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

START_TEST(other_thresholds_keep_the_windows)
{
	struct metrics *metrics = metrics_new(METRICS_ROOM);
	struct judge_config other = plain;
	struct judge *judge = judge_new(&plain, MONEY_AT_APPLICATION, metrics);

	for (int i = 0; i < 200; i++) {
		struct call call = call_of("s", "m", NOON + i);

		call.duration_ns = i < 100 ? 1000 : 1080;
		judge_call(judge, &call);
	}
	ck_assert_ptr_nonnull(strstr(tick_of(judge, NOON, READING_DRIFT), "latency 8 n=100 none [minor_drift_+8.0%]"));
	other.drift_minor = 9;
	other.drift_window = 50;
	ck_assert_int_eq(judge_use(judge, &other), 0);
	(void)spent(judge, NOON, 5);
	ck_assert_uint_eq(pair_of(judge, "s", "m").calls, 201);
	ck_assert_uint_eq(pair_of(judge, "s", "m").drift.dimensions[DRIFT_ERRORS].after_samples, 50);
	other.window = 500;
	ck_assert_int_eq(judge_use(judge, &other), 0);
	ck_assert_uint_eq(judge_pair_count(judge), 0);
	ck_assert(isnan(GAUGE(metrics, "ai_window_error_ratio", "m", "s")));
	/* The money of the day stays. */
	ck_assert_str_eq(spent(judge, NOON, 5), "daily_budget s|| 1e-11 n=2 none []\n");
	judge_free(judge);
	metrics_free(metrics);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_missions_example);
	tcase_add_test(tests, figures_of_a_pair);
	tcase_add_test(tests, refusals_are_of_calls_that_were_answered);
	tcase_add_test(tests, why_answers_end_is_a_dimension);
	tcase_add_test(tests, only_calls_of_clients_to_models_are_judged);
	tcase_add_test(tests, a_guess_is_no_cost);
	tcase_add_test(tests, failed_calls_are_of_the_model_that_answers);
	tcase_add_test(tests, order_within_a_tick_changes_nothing);
	tcase_add_test(tests, ten_thousand_models_and_services_stay_within_bounds);
	tcase_add_test(tests, pairs_without_room_in_the_registry_are_left_out);
	tcase_add_test(tests, a_pair_that_comes_back_begins_anew);
	tcase_add_test(tests, a_tick_of_any_size_is_taken_in);
	tcase_add_test(tests, findings_are_told_by_category_and_severity);
	tcase_add_test(tests, more_events_than_are_kept_apart_are_told_together);
	tcase_add_test(tests, another_model_behind_the_name_is_told_once);
	tcase_add_test(tests, another_fingerprint_is_told_once);
	tcase_add_test(tests, what_was_not_seen_for_a_day_counts_again);
	tcase_add_test(tests, a_router_is_told_a_few_times);
	tcase_add_test(tests, the_day_ends_at_midnight_utc);
	tcase_add_test(tests, a_clock_that_jumps_loses_no_money);
	tcase_add_test(tests, a_call_of_next_year_is_paid_today);
	tcase_add_test(tests, a_clock_that_is_set_to_any_day_loses_no_money);
	tcase_add_test(tests, a_million_small_costs_add_up_to_the_cent);
	tcase_add_test(tests, calls_that_were_not_captured_whole);
	tcase_add_test(tests, extreme_numbers_do_no_harm);
	tcase_add_test(tests, other_thresholds_keep_the_windows);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
