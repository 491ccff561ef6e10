/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls made by clients feed the ai_* series; calls seen at the server's end
 * feed ai_server_*, so that a call seen at both ends is counted once. What a
 * call does not say adds nothing: no series gets a zero for an unknown.
 */
#include "analysis/call_metrics.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/token_classes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/slice.h"

#define MODEL_LABEL { "model", MODELS_MAX }
#define SERVICE_LABEL { "service", SERVICES_MAX }
#define PROVIDER_LABEL { "provider", PROVIDERS_MAX }
#define OPERATION_LABEL { "operation", 0 }
#define CALL_LABELS MODEL_LABEL, SERVICE_LABEL, PROVIDER_LABEL, OPERATION_LABEL
#define CALL_LABEL_COUNT 4

/* Label sets of model, service, provider and operation. */
#define CALL_SETS_MAX 1000

#define PICO 1000000000000ull

static const uint64_t response_bounds_ms[] = { 50,   100,  200,	  500,	 1000,	2000,
					       5000, 10000, 30000, 60000, 120000 };

/* What ai_tokens_total tells apart: classes of prices, some of them put
 * together. Sound and images have series only where there are any. */
enum token_type {
	TOKENS_INPUT = 0,
	TOKENS_CACHE_READ,
	TOKENS_CACHE_WRITE,
	TOKENS_OUTPUT,
	TOKENS_REASONING,
	TOKENS_AUDIO_INPUT,
	TOKENS_AUDIO_OUTPUT,
	TOKENS_IMAGE_INPUT,
	TOKENS_IMAGE_OUTPUT,
	TOKENS_MAX
};

static const char *const token_type_names[TOKENS_MAX] = {
	[TOKENS_INPUT] = "input",
	[TOKENS_CACHE_READ] = "cache_read",
	[TOKENS_CACHE_WRITE] = "cache_write",
	[TOKENS_OUTPUT] = "output",
	[TOKENS_REASONING] = "reasoning",
	[TOKENS_AUDIO_INPUT] = "audio_input",
	[TOKENS_AUDIO_OUTPUT] = "audio_output",
	[TOKENS_IMAGE_INPUT] = "image_input",
	[TOKENS_IMAGE_OUTPUT] = "image_output",
};

static const enum token_type type_of_class[PRICE_TOKENS_END] = {
	[PRICE_INPUT] = TOKENS_INPUT,
	[PRICE_OUTPUT] = TOKENS_OUTPUT,
	[PRICE_CACHE_READ] = TOKENS_CACHE_READ,
	[PRICE_CACHE_WRITE_5M] = TOKENS_CACHE_WRITE,
	[PRICE_CACHE_WRITE_1H] = TOKENS_CACHE_WRITE,
	[PRICE_REASONING] = TOKENS_REASONING,
	[PRICE_AUDIO_INPUT] = TOKENS_AUDIO_INPUT,
	[PRICE_AUDIO_OUTPUT] = TOKENS_AUDIO_OUTPUT,
	[PRICE_AUDIO_CACHE_READ] = TOKENS_CACHE_READ,
	[PRICE_IMAGE_INPUT] = TOKENS_IMAGE_INPUT,
	[PRICE_IMAGE_OUTPUT] = TOKENS_IMAGE_OUTPUT,
};

enum family {
	FAMILY_REQUESTS = 0,
	FAMILY_ERRORS,
	FAMILY_RESPONSE_TIME,
	FAMILY_FIRST_TOKEN,
	FAMILY_TOKENS,
	FAMILY_COST,
	FAMILY_UNPRICED,
	FAMILY_COST_SOURCE,
	FAMILY_SERVER_REQUESTS,
	FAMILY_SERVER_RESPONSE_TIME,
	FAMILY_SERVER_TOKENS,
	FAMILY_MAX
};

static const char *const unpriced_reasons[] = { "no_price", "no_usage", "prepaid" };

enum cost_label {
	COST_BY_PROVIDER = 0,
	COST_BY_TABLE,
	COST_BY_PLAIN_TIER,
	COST_LABELS_MAX
};

static const char *const cost_labels[COST_LABELS_MAX] = { "provider", "table", "table_plain_tier" };

static const struct metric_desc descs[FAMILY_MAX] = {
	[FAMILY_REQUESTS] = {
		.name = "ai_requests_total",
		.help = "LLM calls made by clients, failed ones included",
		.unit = "calls",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
	},
	[FAMILY_ERRORS] = {
		.name = "ai_errors_total",
		.help = "LLM calls that failed, by kind of error",
		.unit = "calls",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS, { "error_type", 0 } },
		.series_max = 2 * CALL_SETS_MAX,
	},
	[FAMILY_RESPONSE_TIME] = {
		.name = "ai_response_time_ms",
		.help = "First request byte to last response byte",
		.unit = "milliseconds",
		.type = METRIC_HISTOGRAM,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
		.scale = NSEC_PER_MSEC,
		.bounds = response_bounds_ms,
		.bound_count = ARRAY_SIZE(response_bounds_ms),
	},
	[FAMILY_FIRST_TOKEN] = {
		.name = "ai_time_to_first_token_ms",
		.help = "First request byte to the first event that carries generated output; streams only",
		.unit = "milliseconds",
		.type = METRIC_HISTOGRAM,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
		.scale = NSEC_PER_MSEC,
		.bounds = response_bounds_ms,
		.bound_count = ARRAY_SIZE(response_bounds_ms),
	},
	[FAMILY_TOKENS] = {
		.name = "ai_tokens_total",
		.help = "Tokens as the provider reports them, in classes that do not overlap: input is what was neither "
			"read from nor written to a cache, output is without reasoning, both are without sound and images",
		.unit = "tokens",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS, { "type", 0 } },
		.series_max = TOKENS_MAX * CALL_SETS_MAX,
	},
	[FAMILY_COST] = {
		.name = "ai_cost_dollars_total",
		.help = "Cost of calls as the provider states it, else by the price table",
		.unit = "US dollars",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
		.scale = PICO,
	},
	[FAMILY_UNPRICED] = {
		.name = "ai_unpriced_requests_total",
		.help = "Calls whose cost is unknown and not in ai_cost_dollars_total: no_price: the price table has no "
			"such model or variant; no_usage: a call that was not rejected reports no tokens; prepaid: "
			"served from capacity that is paid for by time",
		.unit = "calls",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS, { "reason", 0 } },
		.series_max = ARRAY_SIZE(unpriced_reasons) * CALL_SETS_MAX,
	},
	[FAMILY_COST_SOURCE] = {
		.name = "ai_cost_source_requests_total",
		.help = "Calls in ai_cost_dollars_total, by where their cost is from: provider: its own figure; table: "
			"the price table; table_plain_tier: the price table, which has no price for the service tier",
		.unit = "calls",
		.type = METRIC_COUNTER,
		.labels = { { "source", 0 } },
		.series_max = COST_LABELS_MAX,
	},
	[FAMILY_SERVER_REQUESTS] = {
		.name = "ai_server_requests_total",
		.help = "LLM calls answered by an observed process; not part of ai_requests_total",
		.unit = "calls",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
	},
	[FAMILY_SERVER_RESPONSE_TIME] = {
		.name = "ai_server_response_time_ms",
		.help = "First request byte to last response byte, at the answering end",
		.unit = "milliseconds",
		.type = METRIC_HISTOGRAM,
		.labels = { CALL_LABELS },
		.series_max = CALL_SETS_MAX,
		.scale = NSEC_PER_MSEC,
		.bounds = response_bounds_ms,
		.bound_count = ARRAY_SIZE(response_bounds_ms),
	},
	[FAMILY_SERVER_TOKENS] = {
		.name = "ai_server_tokens_total",
		.help = "Tokens of the calls in ai_server_requests_total, in the classes of ai_tokens_total",
		.unit = "tokens",
		.type = METRIC_COUNTER,
		.labels = { CALL_LABELS, { "type", 0 } },
		.series_max = TOKENS_MAX * CALL_SETS_MAX,
	},
};

struct call_metrics {
	struct metric_family *families[FAMILY_MAX];
};

/* The label set of one call, and one more value for the families that have a
 * fifth label. */
struct call_labels {
	const char *values[CALL_LABEL_COUNT + 1];
	char model[METRIC_VALUE_BYTES];
};

struct call_metrics *call_metrics_new(struct metrics *metrics)
{
	struct call_metrics *calls = calloc(1, sizeof(*calls));

	if (!calls)
		return NULL;
	for (size_t i = 0; i < FAMILY_MAX; i++) {
		calls->families[i] = metrics_family(metrics, &descs[i]);
		if (!calls->families[i]) {
			free(calls);
			return NULL;
		}
	}
	return calls;
}

void call_metrics_free(struct call_metrics *calls)
{
	free(calls);
}

/* ---- labels ---- */

void model_label(const char *model, char ret[METRIC_VALUE_BYTES])
{
	const char *slash = strrchr(model, '/');
	size_t len, n = 0;

	if (strncmp(model, "arn:", 4) == 0 && slash)
		model = slash + 1;
	len = strncmp(model, "ft:", 3) == 0 ? 3 + strcspn(model + 3, ":") : strlen(model);
	for (; n < len && n < METRIC_VALUE_BYTES - 1; n++) {
		unsigned char c = (unsigned char)model[n];

		ret[n] = isalnum(c) || strchr("-._:/@+", c) ? (char)c : '_';
	}
	ret[n] = '\0';
	if (n == 0)
		(void)strcpy(ret, "unknown");
}

static const char *or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

static void fill_labels(struct call_labels *labels, const struct call *call)
{
	model_label(*call->response_model ? call->response_model : call->request_model, labels->model);
	labels->values[0] = labels->model;
	labels->values[1] = or_unknown(call->workload.service);
	labels->values[2] = or_unknown(call->provider);
	labels->values[3] = or_unknown(call_operation_names[call->operation]);
}

static struct metric_series *series(const struct call_metrics *calls, enum family family,
				    const struct call_labels *labels)
{
	return metric_get(calls->families[family], labels->values);
}

static struct metric_series *series_by(const struct call_metrics *calls, enum family family,
				       struct call_labels *labels, const char *fifth)
{
	labels->values[CALL_LABEL_COUNT] = fifth;
	return metric_get(calls->families[family], labels->values);
}

/* ---- figures ---- */

/* Whether a count is there at all: no series gets a zero for an unknown. */
static bool type_known(const struct call_tokens *tokens, enum token_type type, uint64_t count)
{
	switch (type) {
	case TOKENS_INPUT:
		return tokens->input >= 0;
	case TOKENS_OUTPUT:
		return tokens->output >= 0;
	case TOKENS_CACHE_READ:
		return tokens->cache_read >= 0;
	case TOKENS_CACHE_WRITE:
		return tokens->cache_write >= 0 || count > 0;
	case TOKENS_REASONING:
		return tokens->reasoning >= 0;
	default:
		return count > 0;
	}
}

static void add_tokens(const struct call_metrics *calls, enum family family, struct call_labels *labels,
		       const struct call *call)
{
	uint64_t classes[PRICE_TOKENS_END], counts[TOKENS_MAX] = { 0 };

	token_classes(call, classes);
	for (size_t i = 0; i < PRICE_TOKENS_END; i++)
		counts[type_of_class[i]] += classes[i];
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		if (type_known(&call->tokens, i, counts[i]))
			metric_add(series_by(calls, family, labels, token_type_names[i]), counts[i]);
	}
}

static void add_time(const struct call_metrics *calls, enum family family, const struct call_labels *labels,
		     int64_t ns)
{
	if (ns >= 0)
		metric_observe(series(calls, family, labels), (uint64_t)ns);
}

/* A call that was rejected is not billed: its cost is not missing. One that was
 * cancelled, or failed in its stream, is. */
static const char *unpriced_reason(const struct call *call, enum price_result priced)
{
	bool rejected = call->status >= 400 && call->usage_source == USAGE_NONE;

	if (call->cost_source != COST_NONE || rejected)
		return NULL;
	if (priced == PRICE_PREPAID)
		return "prepaid";
	return priced == PRICE_NO_USAGE ? "no_usage" : "no_price";
}

static void count_source(const struct call_metrics *calls, const struct call *call, bool tier_unknown)
{
	enum cost_label label = COST_BY_PROVIDER;

	if (call->cost_source == COST_TABLE)
		label = tier_unknown ? COST_BY_PLAIN_TIER : COST_BY_TABLE;
	metric_add(metric_get(calls->families[FAMILY_COST_SOURCE], &cost_labels[label]), 1);
}

static void add_cost(const struct call_metrics *calls, struct call_labels *labels, const struct call *call,
		     const struct call_price *priced)
{
	const char *reason = unpriced_reason(call, priced->result);

	for (size_t i = 0; i < ARRAY_SIZE(unpriced_reasons); i++)
		(void)series_by(calls, FAMILY_UNPRICED, labels, unpriced_reasons[i]);
	if (reason)
		metric_add(series_by(calls, FAMILY_UNPRICED, labels, reason), 1);
	if (call->cost_source == COST_NONE)
		return;
	metric_add(series(calls, FAMILY_COST, labels), (uint64_t)call->cost_pico_usd);
	count_source(calls, call, priced->tier_unknown);
}

/* Counts the call, and puts "other" into its labels where the registry did: the
 * call then has the same labels in every family, and overflows once. */
static void count_request(const struct call_metrics *calls, enum family family, struct call_labels *labels)
{
	struct metric_series *requests = series(calls, family, labels);

	if (!requests)
		return;
	metric_add(requests, 1);
	for (size_t i = 0; i < CALL_LABEL_COUNT; i++)
		labels->values[i] = metric_series_label(requests, i);
}

static void add_client(const struct call_metrics *calls, const struct call *call, const struct call_price *priced)
{
	struct call_labels labels;

	fill_labels(&labels, call);
	count_request(calls, FAMILY_REQUESTS, &labels);
	add_time(calls, FAMILY_RESPONSE_TIME, &labels, call->duration_ns);
	add_time(calls, FAMILY_FIRST_TOKEN, &labels, call->ttft_ns);
	add_tokens(calls, FAMILY_TOKENS, &labels, call);
	add_cost(calls, &labels, call, priced);
	if (call->error != ERROR_NONE)
		metric_add(series_by(calls, FAMILY_ERRORS, &labels, call_error_names[call->error]), 1);
}

static void add_server(const struct call_metrics *calls, const struct call *call)
{
	struct call_labels labels;

	fill_labels(&labels, call);
	count_request(calls, FAMILY_SERVER_REQUESTS, &labels);
	add_time(calls, FAMILY_SERVER_RESPONSE_TIME, &labels, call->duration_ns);
	add_tokens(calls, FAMILY_SERVER_TOKENS, &labels, call);
}

void call_metrics_add(struct call_metrics *calls, const struct call *call, const struct call_price *priced)
{
	if (call->role == ROLE_SERVER)
		add_server(calls, call);
	else
		add_client(calls, call, priced);
}
