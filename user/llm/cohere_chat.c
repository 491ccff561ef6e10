/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cohere's chat in its two versions, and the older generate. Usage has two
 * measures: what is charged for (billed_units), and what the model saw, the
 * template around the messages included (tokens). OpenTelemetry asks for the
 * former. Cached tokens belong to the latter. No answer names its model.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define UNITS(at)                                                                     \
	{ at "billed_units.input_tokens", FACT_COUNT + COUNT_INPUT },                 \
	{ at "billed_units.output_tokens", FACT_COUNT + COUNT_OUTPUT },               \
	{ at "billed_units.search_units", FACT_COUNT + COUNT_SEARCH_UNITS },          \
	{ at "tokens.input_tokens", FACT_COUNT + COUNT_INPUT_ALT },                   \
	{ at "tokens.output_tokens", FACT_COUNT + COUNT_OUTPUT_ALT },                 \
	{ at "tokens.reasoning_tokens", FACT_COUNT + COUNT_REASONING },               \
	{ at "cached_tokens", FACT_COUNT + COUNT_CACHE_READ }

#define ERRORS                              \
	{ "error_type", FACT_ERROR_TYPE },  \
	{ "message", FACT_ERROR_MESSAGE }

/* Reasons to finish that are failures. */
static bool is_failure(const char *reason)
{
	return slice_starts(slice_of(reason), SLICE("ERROR")) || strcmp(reason, "TIMEOUT") == 0;
}

static void take_finish(struct document *document)
{
	document_one_choice(document);
	if (!is_failure(document->stop_reason))
		return;
	document->failed = true;
	memcpy(document->error.code, document->stop_reason, sizeof(document->stop_reason));
}

static bool has_shape(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

/* ---- version 2 ---- */

static const struct json_field v2_response[] = {
	{ "id", FACT_ID },
	{ "finish_reason", FACT_STOP_REASON },
	{ "message.role", FACT_ROLE },
	{ "message.tool_calls[]", FACT_TOOL_CALL },
	{ "message.tool_calls[].function.name", FACT_TOOL_NAME },
	{ "message", FACT_TEXT },
	{ "message.content[].text", FACT_TEXT },
	{ "message.content[].thinking", FACT_TEXT },
	{ "message.tool_plan", FACT_TEXT },
	{ "logprobs[].logprobs[]", FACT_LOGPROB },
	{ "message.tool_calls[].function.arguments", FACT_ARGS },
	{ "usage.billed_units", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "usage.tokens", FACT_EVIDENCE + EVIDENCE_SHAPE },
	UNITS("usage."),
	ERRORS,
};

/* tool_calls is one call here, not a list. */
static const struct json_field v2_event[] = {
	{ "id", FACT_ID },
	{ "type", FACT_TYPE },
	{ "index", FACT_EVENT_INDEX },
	{ "delta.message.content.text", FACT_OUTPUT },
	{ "delta.message.content.thinking", FACT_OUTPUT },
	{ "delta.message.tool_plan", FACT_OUTPUT },
	{ "delta.message.tool_calls.function.name", FACT_FUNCTION_NAME },
	{ "delta.message.tool_calls.function.arguments", FACT_OUTPUT_ARGS },
	{ "delta.finish_reason", FACT_STOP_REASON },
	{ "logprobs.logprobs[]", FACT_LOGPROB },
	{ "delta.error", FACT_ERROR },
	UNITS("delta.usage."),
	ERRORS,
};

static bool v2_fits(const struct document *document)
{
	return has_shape(document) || strcmp(document->type, "message-start") == 0;
}

static bool v2_settle(struct document *document, bool is_event)
{
	take_finish(document);
	if (!is_event)
		return false;
	document->output |= strcmp(document->type, "tool-call-start") == 0;
	return strcmp(document->type, "message-end") == 0;
}

static const struct path_rule v2_paths[] = { { .after = "/v2/chat" } };

const struct dialect dialect_cohere_v2 = {
	.name = "cohere.v2",
	.operation = OPERATION_CHAT,
	.paths = v2_paths,
	.path_count = ARRAY_SIZE(v2_paths),
	.request_needs = SAW(EVIDENCE_MESSAGES),
	.response = v2_response,
	.response_count = ARRAY_SIZE(v2_response),
	.event = v2_event,
	.event_count = ARRAY_SIZE(v2_event),
	.path_only = true,
	.cache_beside = true,
	.fits = v2_fits,
	.settle = v2_settle,
};

/* ---- version 1 ---- */

static const struct json_field v1_response[] = {
	{ "response_id", FACT_ID },
	{ "generation_id", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "finish_reason", FACT_STOP_REASON },
	{ "tool_calls[]", FACT_TOOL_CALL },
	{ "tool_calls[].name", FACT_TOOL_NAME },
	{ "text", FACT_TEXT },
	{ "tool_calls[].parameters.**", FACT_ARGS },
	UNITS("meta."),
	ERRORS,
};

/* The last event repeats the whole answer, tool calls included. */
static const struct json_field v1_event[] = {
	{ "event_type", FACT_TYPE },
	{ "text", FACT_DELTA },
	{ "tool_calls[]", FACT_TOOL_CALL },
	{ "tool_calls[].name", FACT_TOOL_NAME },
	{ "tool_call_delta.index", FACT_EVENT_INDEX },
	{ "tool_call_delta.name", FACT_OUTPUT_DATA },
	{ "tool_call_delta.parameters", FACT_OUTPUT_ARGS },
	{ "finish_reason", FACT_STOP_REASON },
	{ "response.response_id", FACT_ID },
	UNITS("response.meta."),
	ERRORS,
};

static bool v1_fits(const struct document *document)
{
	return has_shape(document) || strcmp(document->type, "stream-start") == 0;
}

static bool v1_settle(struct document *document, bool is_event)
{
	take_finish(document);
	if (!is_event)
		return false;
	if (strcmp(document->type, "text-generation") == 0)
		document->output |= document->delta;
	return strcmp(document->type, "stream-end") == 0;
}

static const struct path_rule v1_paths[] = { { .after = "/v1/chat" } };

const struct dialect dialect_cohere_v1 = {
	.name = "cohere.v1",
	.operation = OPERATION_CHAT,
	.paths = v1_paths,
	.path_count = ARRAY_SIZE(v1_paths),
	.request_needs = SAW(EVIDENCE_MESSAGE),
	.response = v1_response,
	.response_count = ARRAY_SIZE(v1_response),
	.event = v1_event,
	.event_count = ARRAY_SIZE(v1_event),
	.path_only = true,
	.cache_beside = true,
	.fits = v1_fits,
	.settle = v1_settle,
};

/* ---- generate ---- */

#define GENERATIONS(at)                                             \
	{ at "id", FACT_ID },                                       \
	{ at "generations", FACT_EVIDENCE + EVIDENCE_SHAPE },       \
	{ at "generations[]", FACT_CHOICE },                        \
	{ at "generations[].finish_reason", FACT_FINISH_REASON },   \
	UNITS(at "meta.")

static const struct json_field generate_response[] = {
	GENERATIONS(""),
	{ "generations[].text", FACT_TEXT },
	ERRORS,
};

static const struct json_field generate_event[] = {
	{ "event_type", FACT_TYPE },
	{ "text", FACT_DELTA },
	GENERATIONS("response."),
	ERRORS,
};

static bool generate_settle(struct document *document, bool is_event)
{
	if (is_event && strcmp(document->type, "text-generation") == 0)
		document->output |= document->delta;
	return is_event && strcmp(document->type, "stream-end") == 0;
}

static const struct path_rule generate_paths[] = { { .after = "/v1/generate" } };

const struct dialect dialect_cohere_generate = {
	.name = "cohere.generate",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = generate_paths,
	.path_count = ARRAY_SIZE(generate_paths),
	.request_needs = SAW(EVIDENCE_MODEL) | SAW(EVIDENCE_PROMPT),
	.response = generate_response,
	.response_count = ARRAY_SIZE(generate_response),
	.event = generate_event,
	.event_count = ARRAY_SIZE(generate_event),
	.path_only = true,
	.cache_beside = true,
	.fits = has_shape,
	.settle = generate_settle,
};
