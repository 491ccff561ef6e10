/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call as a value: its names for people, its empty state, and the check of
 * one that came from another role, which nothing else may look at before.
 */
#include "llm/call.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/text.h"

const char *const call_capture_names[CAPTURE_MAX] = {
	[CAPTURE_COMPLETE] = "complete",
	[CAPTURE_TRUNCATED] = "truncated",
	[CAPTURE_GAP] = "gap",
	[CAPTURE_MISSED_START] = "missed_start",
	[CAPTURE_NO_USAGE] = "no_usage",
	[CAPTURE_UNDECODABLE] = "undecodable",
	[CAPTURE_ABORTED] = "aborted",
};

const char *const call_error_names[ERROR_MAX] = {
	[ERROR_AUTHENTICATION] = "authentication",
	[ERROR_PERMISSION] = "permission",
	[ERROR_NOT_FOUND] = "not_found",
	[ERROR_INVALID_REQUEST] = "invalid_request",
	[ERROR_CONTEXT_LENGTH] = "context_length",
	[ERROR_RATE_LIMIT] = "rate_limit",
	[ERROR_QUOTA] = "quota",
	[ERROR_OVERLOADED] = "overloaded",
	[ERROR_SERVER] = "server",
	[ERROR_TIMEOUT] = "timeout",
	[ERROR_CONTENT_FILTER] = "content_filter",
	[ERROR_CANCELLED] = "cancelled",
	[ERROR_TOOL] = "tool_error",
	[ERROR_OTHER] = "other",
};

const char *const call_operation_names[OPERATION_MAX] = {
	[OPERATION_UNKNOWN] = "unknown",
	[OPERATION_CHAT] = "chat",
	[OPERATION_TEXT_COMPLETION] = "text_completion",
	[OPERATION_EMBEDDINGS] = "embeddings",
	[OPERATION_IMAGE_GENERATION] = "image_generation",
	[OPERATION_TRANSCRIPTION] = "transcription",
	[OPERATION_SPEECH] = "speech",
	[OPERATION_MODERATION] = "moderation",
	[OPERATION_GENERATE_CONTENT] = "generate_content",
	[OPERATION_RERANK] = "rerank",
	[OPERATION_EXECUTE_TOOL] = "execute_tool",
	[OPERATION_INVOKE_AGENT] = "invoke_agent",
};

const char *const call_cost_source_names[COST_SOURCE_MAX] = {
	[COST_TABLE] = "table",
	[COST_REPORTED] = "provider",
};

const char *const call_confidence_source_names[CONFIDENCE_SOURCE_MAX] = {
	[CONFIDENCE_LOGPROBS] = "logprobs",
	[CONFIDENCE_HEURISTIC] = "heuristic",
};

const char *const call_usage_source_names[USAGE_SOURCE_MAX] = {
	[USAGE_NONE] = "none",
	[USAGE_PROVIDER] = "provider",
	[USAGE_ESTIMATED] = "estimated",
};

const char *const call_protocol_names[HTTP_PROTOCOL_MAX] = {
	[HTTP_1_0] = "http/1.0",
	[HTTP_1_1] = "http/1.1",
	[HTTP_2] = "h2",
	[HTTP_WEBSOCKET] = "websocket",
};

const char *const call_hop_names[HOP_MAX] = {
	[HOP_DIRECT] = "direct",
	[HOP_TO_GATEWAY] = "to_gateway",
	[HOP_FROM_GATEWAY] = "from_gateway",
};

/* Numbers that may be unknown; else they are not negative. */
static const size_t numbers[] = {
	offsetof(struct call, status),
	offsetof(struct call, tokens.input),
	offsetof(struct call, tokens.cache_read),
	offsetof(struct call, tokens.cache_write),
	offsetof(struct call, tokens.cache_write_5m),
	offsetof(struct call, tokens.cache_write_1h),
	offsetof(struct call, tokens.output),
	offsetof(struct call, tokens.reasoning),
	offsetof(struct call, tokens.audio_input),
	offsetof(struct call, tokens.audio_output),
	offsetof(struct call, tokens.cache_read_audio),
	offsetof(struct call, tokens.image_input),
	offsetof(struct call, tokens.image_output),
	offsetof(struct call, units.search_units),
	offsetof(struct call, units.images),
	offsetof(struct call, units.audio_ms),
	offsetof(struct call, units.characters),
	offsetof(struct call, units.web_searches),
	offsetof(struct call, reported_cost_pico_usd),
	offsetof(struct call, tool_calls),
	offsetof(struct call, duration_ns),
	offsetof(struct call, request_ns),
	offsetof(struct call, ttfb_ns),
	offsetof(struct call, ttft_ns),
	offsetof(struct call, output_span_ns),
	offsetof(struct call, max_gap_ns),
	offsetof(struct call, request_bytes),
	offsetof(struct call, response_bytes),
	offsetof(struct call, retry_count),
	offsetof(struct call, cost_pico_usd),
	offsetof(struct call, token_probability_ppm),
	offsetof(struct call, token_probability_count),
	offsetof(struct call, confidence_ppm),
};

#define STRING(member) { offsetof(struct call, member), sizeof(((struct call *)0)->member) }

static const struct {
	size_t offset, size;
} strings[] = {
	STRING(id),
	STRING(workload.service),
	STRING(workload.container),
	STRING(workload.pod),
	STRING(workload.program),
	STRING(tls),
	STRING(method),
	STRING(path),
	STRING(server_address),
	STRING(provider),
	STRING(gateway),
	STRING(dialect),
	STRING(request_model),
	STRING(response_model),
	STRING(service_tier),
	STRING(speed),
	STRING(inference_geo),
	STRING(variant),
	STRING(response_id),
	STRING(system_fingerprint),
	STRING(counted_as),
	STRING(priced_as),
};

const char *call_model(const struct call *call)
{
	if (*call->counted_as)
		return call->counted_as;
	return *call->response_model ? call->response_model : call->request_model;
}

bool call_is_llm(const struct call *call)
{
	return strcmp(call->dialect, "mcp") != 0 && strcmp(call->dialect, "a2a") != 0;
}

bool call_was_rejected(const struct call *call)
{
	return call->status >= 400 && call->usage_source == USAGE_NONE;
}

void call_init(struct call *call)
{
	memset(call, 0, sizeof(*call));
	call->version = CALL_VERSION;
	call->size = sizeof(*call);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int64_t unknown = CALL_UNKNOWN;

		memcpy((char *)call + numbers[i], &unknown, sizeof(unknown));
	}
}

static bool string_ok(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	return end && text_printable((struct slice){ text, (size_t)(end - text) });
}

static bool strings_ok(const struct call *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		if (!string_ok((const char *)call + strings[i].offset, strings[i].size))
			return false;
	for (size_t i = 0; i < FINISH_REASONS_MAX; i++)
		if (!string_ok(call->finish_reasons[i], FINISH_REASON_BYTES))
			return false;
	for (size_t i = 0; i < TOOLS_MAX; i++)
		if (!string_ok(call->tools[i], TOOL_NAME_BYTES))
			return false;
	return true;
}

static bool numbers_ok(const struct call *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int64_t number;

		memcpy(&number, (const char *)call + numbers[i], sizeof(number));
		if (number < 0 && number != CALL_UNKNOWN)
			return false;
	}
	return true;
}

static bool ratios_ok(const struct call *call)
{
	return call->token_probability_ppm <= CALL_RATIO_ONE && call->confidence_ppm <= CALL_RATIO_ONE;
}

/* Another byte than 0 or 1 in a bool must not be read as one. */
static bool bool_ok(const bool *value)
{
	unsigned char byte;

	memcpy(&byte, value, 1);
	return byte <= 1;
}

static bool bools_ok(const struct call *call)
{
	return bool_ok(&call->streaming) && bool_ok(&call->has_trace) && bool_ok(&call->trace_sampled) &&
	       bool_ok(&call->refused) && bool_ok(&call->looked_into) && bool_ok(&call->hedged) && bool_ok(&call->declined);
}

/* The sign of an enum is the compiler's choice. */
#define ENUM_OK(value, max) ((unsigned int)(value) < (unsigned int)(max))

static bool enums_ok(const struct call *call)
{
	return ENUM_OK(call->workload.source, SERVICE_SOURCE_MAX) && ENUM_OK(call->role, ROLE_SERVER + 1) &&
	       ENUM_OK(call->hop, HOP_MAX) && ENUM_OK(call->protocol, HTTP_PROTOCOL_MAX) &&
	       ENUM_OK(call->operation, OPERATION_MAX) && ENUM_OK(call->error, ERROR_MAX) &&
	       ENUM_OK(call->usage_source, USAGE_SOURCE_MAX) &&
	       ENUM_OK(call->cost_source, COST_SOURCE_MAX) &&
	       ENUM_OK(call->confidence_source, CONFIDENCE_SOURCE_MAX) && ENUM_OK(call->capture, CAPTURE_MAX);
}

static bool finding_ok(const struct call_finding *finding)
{
	return ENUM_OK(finding->severity, SEVERITY_MAX) && ENUM_OK(finding->where, WHERE_MAX) &&
	       string_ok(finding->rule, sizeof(finding->rule)) && string_ok(finding->category, sizeof(finding->category)) &&
	       (finding->first_seen_unix_ns >= 0 || finding->first_seen_unix_ns == CALL_UNKNOWN);
}

static bool findings_ok(const struct call *call)
{
	if (call->finding_count > CALL_FINDINGS_MAX || !ENUM_OK(call->risk, RISK_MAX))
		return false;
	for (uint32_t i = 0; i < call->finding_count; i++)
		if (!finding_ok(&call->findings[i]))
			return false;
	return true;
}

int call_check(const struct call *call, size_t size)
{
	if (size != sizeof(*call) || call->version != CALL_VERSION || call->size != sizeof(*call))
		return -EBADMSG;
	if (call->finish_reason_count > FINISH_REASONS_MAX || call->tool_count > TOOLS_MAX)
		return -EBADMSG;
	if (!bools_ok(call))
		return -EBADMSG;
	return enums_ok(call) && numbers_ok(call) && ratios_ok(call) && strings_ok(call) && findings_ok(call) ? 0 : -EBADMSG;
}

void call_add_tool(struct call *call, const char name[TOOL_NAME_BYTES])
{
	if (!name[0] || call->tool_count == TOOLS_MAX)
		return;
	for (uint32_t i = 0; i < call->tool_count; i++)
		if (strcmp(call->tools[i], name) == 0)
			return;
	memcpy(call->tools[call->tool_count++], name, TOOL_NAME_BYTES);
}

int64_t call_time_per_output_token_ns(const struct call *call)
{
	if (call->output_span_ns == CALL_UNKNOWN || call->tokens.output < 2)
		return CALL_UNKNOWN;
	return call->output_span_ns / (call->tokens.output - 1);
}
