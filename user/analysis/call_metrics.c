/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls made by clients feed the ai_* series; calls seen at the server's end
 * feed ai_server_*, so that a call seen at both ends is counted once; what a
 * gateway asks for its clients feeds ai_gateway_upstream_*, so that a call over
 * several hops is counted once. What a call does not say adds nothing: no
 * series gets a zero for an unknown.
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

#define MS(n) ((n) * NSEC_PER_MSEC)

static const uint64_t response_bounds[] = {
	MS(50), MS(100), MS(200), MS(500), MS(1000), MS(2000), MS(5000), MS(10000), MS(30000), MS(60000),
	MS(120000)
};

/* Between two tokens: from the fastest serving there is to a reader's patience. */
static const uint64_t token_bounds[] = {
	MS(1), MS(2), MS(5), MS(10), MS(20), MS(30), MS(50), MS(75), MS(100), MS(200), MS(500), MS(1000)
};
static const uint64_t stall_bounds[] = {
	MS(10), MS(25), MS(50), MS(100), MS(250), MS(500), MS(1000), MS(2500), MS(5000), MS(10000),
	MS(30000), MS(60000)
};

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

/* A set of families for each kind of end that is seen. */
enum call_end {
	END_CLIENT = 0,		/* the series that people add up */
	END_SERVER,
	END_UPSTREAM,		/* a gateway's own calls: seen as its clients' already */
	END_DOWNSTREAM,		/* calls to a gateway, of which only money is told apart */
	END_MAX
};

enum figure {
	FIGURE_REQUESTS = 0,
	FIGURE_ERRORS,
	FIGURE_RESPONSE_TIME,
	FIGURE_FIRST_TOKEN,
	FIGURE_TOKEN_TIME,
	FIGURE_STALL,
	FIGURE_TOKENS,
	FIGURE_COST,
	FIGURE_UNPRICED,
	FIGURE_ESTIMATED_TOKENS,
	FIGURE_ESTIMATED_COST,
	FIGURE_MAX
};

static const char *const unpriced_reasons[] = { "no_price", "no_usage", "prepaid" };

enum cost_label {
	COST_BY_PROVIDER = 0,
	COST_BY_TABLE,
	COST_BY_PLAIN_TIER,
	COST_LABELS_MAX
};

static const char *const cost_labels[COST_LABELS_MAX] = { "provider", "table", "table_plain_tier" };

#define COUNTER(name_text, unit_text, help_text)  \
	.name = (name_text), .help = (help_text), .unit = (unit_text), .type = METRIC_COUNTER

#define CALLS(name_text, help_text) \
	{ COUNTER(name_text, "calls", help_text), .labels = { CALL_LABELS }, .series_max = CALL_SETS_MAX }

#define ERRORS(name_text, help_text)                    \
	{ COUNTER(name_text, "calls", help_text),       \
	  .labels = { CALL_LABELS, { "error_type", 0 } }, \
	  .series_max = 2 * CALL_SETS_MAX }

#define TIMES_OF(bounds_, name_text, help_text)                                                       \
	{ .name = (name_text), .help = (help_text), .unit = "milliseconds", .type = METRIC_HISTOGRAM, \
	  .labels = { CALL_LABELS }, .series_max = CALL_SETS_MAX, .scale = NSEC_PER_MSEC,             \
	  .bounds = (bounds_), .bound_count = ARRAY_SIZE(bounds_) }

#define TIMES(name_text, help_text) TIMES_OF(response_bounds, name_text, help_text)

#define TOKENS(name_text, help_text)               \
	{ COUNTER(name_text, "tokens", help_text), \
	  .labels = { CALL_LABELS, { "type", 0 } }, \
	  .series_max = TOKENS_MAX * CALL_SETS_MAX }

#define COSTS(name_text, help_text) \
	{ COUNTER(name_text, "US dollars", help_text), .labels = { CALL_LABELS }, .series_max = CALL_SETS_MAX, .scale = PICO }

#define UNPRICED(name_text, help_text)              \
	{ COUNTER(name_text, "calls", help_text),   \
	  .labels = { CALL_LABELS, { "reason", 0 } }, \
	  .series_max = ARRAY_SIZE(unpriced_reasons) * CALL_SETS_MAX }

static const struct metric_desc descs[END_MAX][FIGURE_MAX] = {
	[END_CLIENT] = {
		[FIGURE_REQUESTS] = CALLS("ai_requests_total", "LLM calls made by clients, failed ones included"),
		[FIGURE_ERRORS] = ERRORS("ai_errors_total", "LLM calls that failed, by kind of error"),
		[FIGURE_RESPONSE_TIME] = TIMES("ai_response_time_ms", "First request byte to last response byte"),
		[FIGURE_FIRST_TOKEN] = TIMES("ai_time_to_first_token_ms",
			"First request byte to the first event that carries generated output; streams only"),
		[FIGURE_TOKEN_TIME] = TIMES_OF(token_bounds, "ai_time_per_output_token_ms",
			"First to last event with output, divided by the output tokens but one; a stream is one sample"),
		[FIGURE_STALL] = TIMES_OF(stall_bounds, "ai_stream_stall_ms",
			"Longest silence between two events with output; a stream is one sample"),
		[FIGURE_TOKENS] = TOKENS("ai_tokens_total",
			"Tokens as the provider reports them, in classes that do not overlap: input is what was neither "
			"read from nor written to a cache, output is without reasoning, both are without sound and images"),
		[FIGURE_COST] = COSTS("ai_cost_dollars_total",
			"Cost of calls as the provider states it, else by the price table"),
		[FIGURE_UNPRICED] = UNPRICED("ai_unpriced_requests_total",
			"Calls whose cost is unknown and not in ai_cost_dollars_total: no_price: the price table has no "
			"such model or variant; no_usage: a call that was not rejected reports no tokens; prepaid: "
			"served from capacity that is paid for by time"),
		[FIGURE_ESTIMATED_TOKENS] = TOKENS("ai_estimated_tokens_total",
			"Tokens guessed from the size of the text of calls whose provider counts none, where "
			"estimate-tokens is set; not part of ai_tokens_total"),
		[FIGURE_ESTIMATED_COST] = COSTS("ai_estimated_cost_dollars_total",
			"What the tokens of ai_estimated_tokens_total would cost; not part of ai_cost_dollars_total"),
	},
	[END_SERVER] = {
		[FIGURE_REQUESTS] = CALLS("ai_server_requests_total",
			"LLM calls answered by an observed process; not part of ai_requests_total"),
		[FIGURE_ERRORS] = ERRORS("ai_server_errors_total", "Calls in ai_server_requests_total that failed"),
		[FIGURE_RESPONSE_TIME] = TIMES("ai_server_response_time_ms",
			"First request byte to last response byte, at the answering end"),
		[FIGURE_FIRST_TOKEN] = TIMES("ai_server_time_to_first_token_ms",
			"First request byte to the first event that carries generated output, at the answering end"),
		[FIGURE_TOKENS] = TOKENS("ai_server_tokens_total",
			"Tokens of the calls in ai_server_requests_total, in the classes of ai_tokens_total"),
	},
	[END_UPSTREAM] = {
		[FIGURE_REQUESTS] = CALLS("ai_gateway_upstream_requests_total",
			"LLM calls that observed gateways made for their clients; not part of ai_requests_total"),
		[FIGURE_ERRORS] = ERRORS("ai_gateway_upstream_errors_total",
			"Calls in ai_gateway_upstream_requests_total that failed"),
		[FIGURE_RESPONSE_TIME] = TIMES("ai_gateway_upstream_response_time_ms",
			"First request byte to last response byte, between gateway and provider"),
		[FIGURE_FIRST_TOKEN] = TIMES("ai_gateway_upstream_time_to_first_token_ms",
			"First request byte to the first event that carries generated output, between gateway and provider"),
		[FIGURE_TOKENS] = TOKENS("ai_gateway_upstream_tokens_total",
			"Tokens of the calls in ai_gateway_upstream_requests_total, in the classes of ai_tokens_total"),
		[FIGURE_COST] = COSTS("ai_gateway_upstream_cost_dollars_total",
			"Cost of the calls in ai_gateway_upstream_requests_total, where money is counted at the "
			"application; not part of ai_cost_dollars_total"),
		[FIGURE_UNPRICED] = UNPRICED("ai_gateway_upstream_unpriced_requests_total",
			"Calls whose cost is not in ai_gateway_upstream_cost_dollars_total for want of a price or of tokens"),
	},
	[END_DOWNSTREAM] = {
		[FIGURE_COST] = COSTS("ai_gateway_downstream_cost_dollars_total",
			"Cost of calls to gateways, where money is counted at the gateway; not part of "
			"ai_cost_dollars_total"),
	},
};

static const struct metric_desc cost_source_desc = {
	COUNTER("ai_cost_source_requests_total", "calls",
		"Calls in ai_cost_dollars_total, by where their cost is from: provider: its own figure; table: "
		"the price table; table_plain_tier: the price table, which has no price for the service tier"),
	.labels = { { "source", 0 } },
	.series_max = COST_LABELS_MAX,
};

struct call_metrics {
	struct metric_family *families[END_MAX][FIGURE_MAX];	/* null: no such figure at that end */
	struct metric_family *cost_source;
	enum money_place money;
};

/* The label set of one call, and one more value for the families that have a
 * fifth label. */
struct call_labels {
	const char *values[CALL_LABEL_COUNT + 1];
	char model[METRIC_VALUE_BYTES];
};

static bool add_families(struct call_metrics *calls, struct metrics *metrics, enum call_end end)
{
	for (size_t i = 0; i < FIGURE_MAX; i++) {
		if (!descs[end][i].name)
			continue;
		calls->families[end][i] = metrics_family(metrics, &descs[end][i]);
		if (!calls->families[end][i])
			return false;
	}
	return true;
}

struct call_metrics *call_metrics_new(struct metrics *metrics, enum money_place money)
{
	struct call_metrics *calls = calloc(1, sizeof(*calls));
	bool ok = calls;

	for (enum call_end end = 0; ok && end < END_MAX; end++)
		ok = add_families(calls, metrics, end);
	if (ok)
		calls->cost_source = metrics_family(metrics, &cost_source_desc);
	if (!ok || !calls->cost_source) {
		free(calls);
		return NULL;
	}
	calls->money = money;
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
	model_label(call_model(call), labels->model);
	labels->values[0] = labels->model;
	labels->values[1] = or_unknown(call->workload.service);
	labels->values[2] = or_unknown(call->provider);
	labels->values[3] = or_unknown(call_operation_names[call->operation]);
}

/* Null, and every update does nothing, where that end has no such figure. */
static struct metric_series *series(const struct call_metrics *calls, enum call_end end, enum figure figure,
				    const struct call_labels *labels)
{
	struct metric_family *family = calls->families[end][figure];

	return family ? metric_get(family, labels->values) : NULL;
}

static struct metric_series *series_by(const struct call_metrics *calls, enum call_end end, enum figure figure,
				       struct call_labels *labels, const char *fifth)
{
	labels->values[CALL_LABEL_COUNT] = fifth;
	return series(calls, end, figure, labels);
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

static void add_tokens(const struct call_metrics *calls, enum call_end end, struct call_labels *labels,
		       const struct call *call)
{
	enum figure figure = call->usage_source == USAGE_ESTIMATED ? FIGURE_ESTIMATED_TOKENS : FIGURE_TOKENS;
	uint64_t classes[PRICE_TOKENS_END], counts[TOKENS_MAX] = { 0 };

	token_classes(call, classes);
	for (size_t i = 0; i < PRICE_TOKENS_END; i++)
		counts[type_of_class[i]] += classes[i];
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		if (type_known(&call->tokens, i, counts[i]))
			metric_add(series_by(calls, end, figure, labels, token_type_names[i]), counts[i]);
	}
}

static void add_time(const struct call_metrics *calls, enum call_end end, enum figure figure,
		     const struct call_labels *labels, int64_t ns)
{
	if (ns >= 0)
		metric_observe(series(calls, end, figure, labels), (uint64_t)ns);
}

/* A guess is kept apart from what is known. */
static bool cost_is_estimate(const struct call *call)
{
	return call->cost_source == COST_TABLE && call->usage_source == USAGE_ESTIMATED;
}

static const char *unpriced_reason(const struct call *call, enum price_result priced)
{
	if (cost_is_estimate(call))
		return "no_usage";
	if (call->cost_source != COST_NONE || call_was_rejected(call))
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
	metric_add(metric_get(calls->cost_source, &cost_labels[label]), 1);
}

static void add_cost(const struct call_metrics *calls, enum call_end end, struct call_labels *labels,
		     const struct call *call, const struct call_price *priced)
{
	const char *reason = unpriced_reason(call, priced->result);

	for (size_t i = 0; i < ARRAY_SIZE(unpriced_reasons); i++)
		(void)series_by(calls, end, FIGURE_UNPRICED, labels, unpriced_reasons[i]);
	if (reason)
		metric_add(series_by(calls, end, FIGURE_UNPRICED, labels, reason), 1);
	if (call->cost_source == COST_NONE)
		return;
	if (cost_is_estimate(call)) {
		metric_add(series(calls, end, FIGURE_ESTIMATED_COST, labels), (uint64_t)call->cost_pico_usd);
		return;
	}
	metric_add(series(calls, end, FIGURE_COST, labels), (uint64_t)call->cost_pico_usd);
	if (end == END_CLIENT)
		count_source(calls, call, priced->tier_unknown);
}

/* Counts the call, and puts "other" into its labels where the registry did, or has no room: the call then has
 * the same labels in every family, and overflows once. */
static void count_request(const struct call_metrics *calls, enum call_end end, struct call_labels *labels)
{
	struct metric_series *requests = series(calls, end, FIGURE_REQUESTS, labels);

	metric_add(requests, 1);
	for (size_t i = 0; i < CALL_LABEL_COUNT; i++)
		labels->values[i] = requests ? metric_series_label(requests, i) : METRIC_OTHER;
}

static void add_call(const struct call_metrics *calls, enum call_end end, struct call_labels *labels,
		     const struct call *call)
{
	fill_labels(labels, call);
	count_request(calls, end, labels);
	add_time(calls, end, FIGURE_RESPONSE_TIME, labels, call->duration_ns);
	add_time(calls, end, FIGURE_FIRST_TOKEN, labels, call->ttft_ns);
	if (call->usage_source != USAGE_ESTIMATED)
		add_time(calls, end, FIGURE_TOKEN_TIME, labels, call_time_per_output_token_ns(call));
	add_time(calls, end, FIGURE_STALL, labels, call->max_gap_ns);
	add_tokens(calls, end, labels, call);
	if (call->error != ERROR_NONE)
		metric_add(series_by(calls, end, FIGURE_ERRORS, labels, call_error_names[call->error]), 1);
}

/* Where the money of a client's call stands, so that one call over several hops is paid once. */
static enum call_end money_end(const struct call_metrics *calls, const struct call *call)
{
	if (call_share_of(money_hop(call), calls->money).money)
		return END_CLIENT;
	return call->hop == HOP_FROM_GATEWAY ? END_UPSTREAM : END_DOWNSTREAM;
}

/* After add_call() the labels are the registry's, or constant. */
static void place(struct call_place *ret, const struct call_labels *labels, enum call_end end, enum call_end paid_at)
{
	*ret = (struct call_place){
		.model = labels->values[0],
		.service = labels->values[1],
		.is_clients = end == END_CLIENT,
		.pays = paid_at == END_CLIENT,
	};
}

void call_metrics_add(struct call_metrics *calls, const struct call *call, const struct call_price *priced,
		      struct call_place *ret)
{
	enum call_end end = call->hop == HOP_FROM_GATEWAY ? END_UPSTREAM : END_CLIENT;
	struct call_labels labels;

	if (call->role == ROLE_SERVER) {
		add_call(calls, END_SERVER, &labels, call);
		place(ret, &labels, END_SERVER, END_SERVER);
		return;
	}
	add_call(calls, end, &labels, call);
	add_cost(calls, money_end(calls, call), &labels, call, priced);
	place(ret, &labels, end, money_end(calls, call));
}
