/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an assembly: whether it was a call at all, for on a host that is
 * not known the path alone proves nothing; then its times, tokens, error and
 * how much of it was seen.
 */
#include "llm/assembly.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "llm/text.h"
#include "llm/usage.h"

/* Where host and path do not prove it, request and response have to agree; a
 * response that failed or did not come has no shape, then the request must
 * name a model. */
static bool is_call(const struct assembly *assembly)
{
	bool no_shape = !assembly->responded || assembly->call.status >= 400 || assembly->failed;

	if (!assembly->dialect || assembly->no_call || (assembly->socket && !assembly->responded))
		return false;
	if (assembly->certain || assembly->confirmed || assembly->rpc)
		return true;
	if (assembly->socket)	/* refused, by who knows whom */
		return false;
	return no_shape && assembly->request_known &&
	       assembly_request_fits(assembly, assembly->dialect, assembly->dialect->by_request);
}

static int64_t span_ns(uint64_t from_ns, uint64_t to_ns)
{
	return from_ns != 0 && to_ns >= from_ns ? (int64_t)(to_ns - from_ns) : CALL_UNKNOWN;
}

/* A response that broke off lasted until its last byte, not until somebody
 * closed the connection; without a response it is the closing that ended it. */
static uint64_t last_byte_ns(const struct exchange *exchange, uint64_t end_ns)
{
	if (exchange->response_end_ns)
		return exchange->response_end_ns;
	return exchange->response_last_ns ? exchange->response_last_ns : end_ns;
}

static void finish_times(struct assembly *assembly, const struct exchange *exchange, uint64_t end_ns)
{
	struct call *call = &assembly->call;
	uint64_t start_ns = exchange->request_start_ns;
	uint64_t first_ns = start_ns ? start_ns : exchange->response_start_ns;

	call->time_unix_ns = (int64_t)(first_ns ? first_ns : end_ns);
	call->duration_ns = span_ns(start_ns, last_byte_ns(exchange, end_ns));
	call->request_ns = span_ns(start_ns, exchange->request_end_ns);
	call->ttfb_ns = span_ns(start_ns, exchange->response_start_ns);
	call->request_bytes = (int64_t)exchange->request_body_bytes;
	call->response_bytes = (int64_t)exchange->response_body_bytes;
	if (assembly->first_output_ns == 0)
		return;
	call->ttft_ns = span_ns(start_ns, assembly->first_output_ns);
	/* All in one event: no time between tokens was seen. */
	if (assembly->last_output_ns > assembly->first_output_ns) {
		call->output_span_ns = (int64_t)(assembly->last_output_ns - assembly->first_output_ns);
		call->max_gap_ns = assembly->max_gap_ns;
	}
}

/* What only the head says. */
static void finish_head(struct assembly *assembly)
{
	struct call *call = &assembly->call;

	for (size_t i = 0; i < COUNT_MAX; i++)
		if (assembly->counts[i] == CALL_UNKNOWN)
			assembly->counts[i] = assembly->head.counts[i];
	if (!call->response_model[0])
		memcpy(call->response_model, assembly->head.model, sizeof(call->response_model));
	if (!assembly->error.type[0] && !assembly->error.code[0])
		memcpy(assembly->error.type, assembly->head.error.type, sizeof(assembly->error.type));
	if (assembly->cost_pico_usd == CALL_UNKNOWN)
		assembly->cost_pico_usd = assembly->head.cost_pico_usd;
}

/* What the unit price of an image or a search depends on, as price tables name
 * it. "standard" and "auto" go without saying. */
static void finish_variant(struct assembly *assembly)
{
	const struct terms *terms = &assembly->terms;
	const char *quality = terms->image_quality;
	struct call *call = &assembly->call;

	if (call->operation != OPERATION_IMAGE_GENERATION) {
		memcpy(call->variant, terms->search_context, sizeof(terms->search_context));
		return;
	}
	if (strcmp(quality, "standard") == 0 || strcmp(quality, "auto") == 0)
		quality = "";
	(void)snprintf(call->variant, sizeof(call->variant), "%s%s%s", quality,
		       *quality && terms->image_size[0] ? "/" : "", terms->image_size);
}

static void finish_terms(struct assembly *assembly)
{
	const struct terms *terms = &assembly->terms;
	struct call *call = &assembly->call;

	memcpy(call->service_tier, terms->service_tier, sizeof(call->service_tier));
	memcpy(call->speed, terms->speed, sizeof(call->speed));
	memcpy(call->inference_geo, terms->inference_geo, sizeof(call->inference_geo));
	finish_variant(assembly);
}

/* With a key of the customer's own the gateway charges its fee, and the vendor
 * the rest; with the gateway's, the fee holds the rest (OpenRouter). */
static void finish_amounts(struct assembly *assembly)
{
	struct call *call = &assembly->call;

	call->units.search_units = assembly->counts[COUNT_SEARCH_UNITS];
	call->units.web_searches = assembly->counts[COUNT_WEB_SEARCHES];
	if (call->units.web_searches == CALL_UNKNOWN && assembly->searches > 0)
		call->units.web_searches = assembly->searches;
	call->reported_cost_pico_usd = assembly->cost_pico_usd;
	if (call->operation == OPERATION_IMAGE_GENERATION && assembly->images > 0)
		call->units.images = assembly->images;
	if (call->operation == OPERATION_SPEECH)
		call->units.characters = assembly->characters;
	if (assembly->own_key && assembly->cost_pico_usd != CALL_UNKNOWN && assembly->upstream_pico_usd != CALL_UNKNOWN)
		call->reported_cost_pico_usd += assembly->upstream_pico_usd;
}

/* The mean over tokens of their probability. Of a mean logarithm it is the geometric mean, which is lower. */
static void finish_probability(struct assembly *assembly)
{
	const struct probabilities *probabilities = &assembly->probabilities;
	struct call *call = &assembly->call;
	double mean = 0;

	if (probabilities->count > 0)
		mean = probabilities->sum / (double)probabilities->count;
	else if (probabilities->mean_log <= 0)
		mean = exp(probabilities->mean_log);
	else
		return;
	call->token_probability_ppm = llround(mean * CALL_RATIO_ONE);
	if (probabilities->count > 0)
		call->token_probability_count = (int64_t)probabilities->count;
}

static void finish_tokens(struct assembly *assembly)
{
	struct call *call = &assembly->call;
	struct usage_rules rules = {
		.cache_apart = assembly->dialect->cache_apart,
		.cache_beside = assembly->dialect->cache_beside,
		.cache_by_total = assembly->dialect->cache_by_total,
		.reasoning_beside = assembly->dialect->reasoning_beside,
		.reasoning_apart = assembly->provider && assembly->provider->flags & PROVIDER_REASONING_APART,
		.total_is_input = assembly->dialect->total_is_input,
	};

	call->usage_source = usage_to_tokens(assembly->counts, &rules, &call->tokens) ? USAGE_PROVIDER : USAGE_NONE;
}

static bool generates_text(enum call_operation operation)
{
	return operation == OPERATION_CHAT || operation == OPERATION_TEXT_COMPLETION ||
	       operation == OPERATION_GENERATE_CONTENT;
}

/* Of a call that was answered, by what was seen of it: where bytes are missing
 * the guess would be of something else. */
static void finish_estimate(struct assembly *assembly)
{
	struct call *call = &assembly->call;
	bool whole = call->capture == CAPTURE_NO_USAGE || call->capture == CAPTURE_ABORTED;
	bool text = generates_text(call->operation);

	if (!assembly->estimate || call->usage_source != USAGE_NONE || !assembly->request_known || !whole)
		return;
	if (assembly->failed || !(text || call->operation == OPERATION_EMBEDDINGS))
		return;
	call->tokens.input = estimate_tokens(&assembly->prompt, assembly->messages);
	if (text)
		call->tokens.output = estimate_tokens(&assembly->generated, 0);
	call->usage_source = USAGE_ESTIMATED;
}

static bool held_back(const struct call *call)
{
	for (uint32_t i = 0; i < call->finish_reason_count; i++)
		if (!error_is_filter(call->finish_reasons[i]))
			return false;
	return call->finish_reason_count > 0;
}

static void finish_error(struct assembly *assembly, enum exchange_outcome outcome)
{
	struct call *call = &assembly->call;

	call->error = error_classify(call->status, assembly->failed, &assembly->error);
	if (call->error == ERROR_NONE && held_back(call))
		call->error = ERROR_CONTENT_FILTER;
	if (call->error == ERROR_NONE && outcome == OUTCOME_ABORTED)
		call->error = ERROR_CANCELLED;
}

static enum call_capture capture_of(const struct assembly *assembly, enum exchange_outcome outcome)
{
	static const enum call_capture captures[OUTCOME_MAX] = {
		[OUTCOME_COMPLETE] = CAPTURE_COMPLETE,
		[OUTCOME_ABORTED] = CAPTURE_ABORTED,
		[OUTCOME_GAP] = CAPTURE_GAP,
		[OUTCOME_TRUNCATED] = CAPTURE_TRUNCATED,
		[OUTCOME_UNDECODABLE] = CAPTURE_UNDECODABLE,
		[OUTCOME_MISSED_START] = CAPTURE_MISSED_START,
	};
	const struct call *call = &assembly->call;

	if (outcome != OUTCOME_COMPLETE)
		return captures[outcome];
	if (!assembly->request_seen)
		return CAPTURE_MISSED_START;
	if (call->usage_source != USAGE_NONE || call->error != ERROR_NONE)
		return CAPTURE_COMPLETE;
	if (assembly->malformed || assembly->dialect->opaque)
		return CAPTURE_UNDECODABLE;
	return assembly->dialect->uncounted ? CAPTURE_COMPLETE : CAPTURE_NO_USAGE;
}

/* None is a fact only of an answer that was seen whole and did not fail. */
static void finish_tool_calls(struct assembly *assembly, enum exchange_outcome outcome)
{
	enum call_operation operation = assembly->call.operation;
	bool generates = operation == OPERATION_CHAT || operation == OPERATION_GENERATE_CONTENT;
	bool can_call = generates && !assembly->dialect->opaque;
	bool whole = outcome == OUTCOME_COMPLETE && assembly->call.error == ERROR_NONE && !assembly->malformed;

	if (assembly->tool_calls > 0 || (can_call && whole))
		assembly->call.tool_calls = assembly->tool_calls;
}

/* Nobody bills for it, whoever's host it is. */
static void finish_plumbing(struct call *call)
{
	call->provider[0] = '\0';
	call->gateway[0] = '\0';
	call->reported_cost_pico_usd = CALL_UNKNOWN;
}

bool assembly_finish(struct assembly *assembly, const struct exchange *exchange, uint64_t end_ns,
		     enum exchange_outcome outcome)
{
	struct call *call = &assembly->call;

	if (!is_call(assembly))
		return false;
	/* Clients close the connection at a stream's own end; nothing was lost then. */
	if (outcome == OUTCOME_ABORTED && assembly->finished)
		outcome = OUTCOME_COMPLETE;
	text_copy(call->dialect, sizeof(call->dialect), slice_of(assembly->dialect->name));
	call->operation = assembly->operation != OPERATION_UNKNOWN ? assembly->operation : assembly->dialect->operation;
	call->role = exchange->role;
	call->protocol = exchange->protocol;
	finish_times(assembly, exchange, end_ns);
	finish_head(assembly);
	finish_tokens(assembly);
	finish_amounts(assembly);
	finish_terms(assembly);
	finish_probability(assembly);
	call->refused |= held_back(call);
	finish_error(assembly, outcome);
	call->capture = capture_of(assembly, outcome);
	finish_estimate(assembly);
	finish_tool_calls(assembly, outcome);
	if (!call_is_llm(call))
		finish_plumbing(call);
	return true;
}

/* A status that the answer came with tells more than a code that everybody gives its own meaning. */
static enum call_error rpc_error(const struct rpc_call *rpc, const struct call *call)
{
	enum call_error by_status = call->status >= 400 ? call->error : ERROR_NONE;

	if (rpc->error == ERROR_NONE || rpc->error == ERROR_OTHER)
		return by_status != ERROR_NONE ? by_status : rpc->error;
	return rpc->error;
}

/* Whatever became of the connection after it: the answer is what was waited
 * for. Where none was seen, and nothing says why, it came on another connection
 * (the transport of MCP 2024-11-05): how long it took is not known. */
void assembly_rpc_call(const struct assembly *assembly, uint32_t i, const struct exchange *exchange, struct call *ret)
{
	const struct rpc_call *rpc = &assembly->rpc->calls[i];

	*ret = assembly->call;
	call_add_tool(ret, rpc->tool);
	if (rpc->answered) {
		ret->duration_ns = span_ns(exchange->request_start_ns, rpc->end_ns);
		ret->error = rpc_error(rpc, ret);
		ret->capture = CAPTURE_COMPLETE;
	} else if (ret->capture == CAPTURE_COMPLETE && ret->error == ERROR_NONE) {
		ret->duration_ns = CALL_UNKNOWN;
		ret->capture = CAPTURE_UNDECODABLE;
	}
}
