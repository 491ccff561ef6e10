/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anthropic.messages. Usage comes twice in a stream, at its start and near its
 * end, both cumulative: the later overrides the earlier field by field. Input
 * counts leave cached tokens out.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define USAGE(at)                                                                          \
	{ at "input_tokens", FACT_COUNT + COUNT_INPUT },                                   \
	{ at "output_tokens", FACT_COUNT + COUNT_OUTPUT },                                 \
	{ at "cache_read_input_tokens", FACT_COUNT + COUNT_CACHE_READ },                   \
	{ at "cache_creation_input_tokens", FACT_COUNT + COUNT_CACHE_WRITE },              \
	{ at "cache_creation.ephemeral_5m_input_tokens", FACT_COUNT + COUNT_CACHE_WRITE_5M }, \
	{ at "cache_creation.ephemeral_1h_input_tokens", FACT_COUNT + COUNT_CACHE_WRITE_1H }, \
	{ at "output_tokens_details.thinking_tokens", FACT_COUNT + COUNT_REASONING },      \
	{ at "server_tool_use.web_search_requests", FACT_COUNT + COUNT_WEB_SEARCHES },     \
	{ at "service_tier", FACT_SERVICE_TIER },                                          \
	{ at "speed", FACT_SPEED },                                                        \
	{ at "inference_geo", FACT_INFERENCE_GEO },                                        \
	CHARGES(at)

#define ERRORS                                   \
	{ "error", FACT_ERROR },                 \
	{ "error.type", FACT_ERROR_TYPE },       \
	{ "error.code", FACT_ERROR_CODE },       \
	{ "error.message", FACT_ERROR_MESSAGE }

/* Of tools that the provider runs. */
#define RESULTS(at)                              \
	{ at ".content", FACT_RESULT },          \
	{ at ".content[].text", FACT_RESULT },   \
	{ at ".content[].title", FACT_RESULT },  \
	{ at ".content.stdout", FACT_RESULT },   \
	{ at ".content.stderr", FACT_RESULT }

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "type", FACT_TYPE },
	{ "role", FACT_ROLE },
	{ "model", FACT_MODEL },
	{ "stop_reason", FACT_STOP_REASON },
	{ "content[]", FACT_ITEM },
	{ "content[].type", FACT_ITEM_TYPE },
	{ "content[].name", FACT_ITEM_NAME },
	{ "content[]", FACT_TEXT },
	{ "content[].text", FACT_TEXT },
	{ "content[].thinking", FACT_TEXT },
	{ "content[].input", FACT_TEXT_JSON },
	{ "content[].input.**", FACT_ARGS },
	RESULTS("content[]"),
	USAGE("usage."),
	ERRORS,
};

static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	{ "message.id", FACT_ID },
	{ "message.role", FACT_ROLE },
	{ "message.model", FACT_MODEL },
	USAGE("message.usage."),
	{ "index", FACT_EVENT_INDEX },
	{ "content_block", FACT_EVENT_ITEM },
	{ "content_block.type", FACT_ITEM_TYPE },
	{ "content_block.name", FACT_ITEM_NAME },
	{ "content_block.id", FACT_ITEM_ID },
	{ "content_block.text", FACT_OUTPUT },
	{ "content_block.thinking", FACT_OUTPUT },
	RESULTS("content_block"),
	{ "delta.text", FACT_OUTPUT },
	{ "delta.thinking", FACT_OUTPUT },
	{ "delta.partial_json", FACT_OUTPUT_ARGS },
	{ "delta.stop_reason", FACT_STOP_REASON },
	USAGE("usage."),
	ERRORS,
};

/* A chat application has messages too: only the model's have a usage or a
 * reason to stop. */
static bool fits(const struct document *document)
{
	bool is_start = strcmp(document->type, "message_start") == 0;
	unsigned int either = SAW(EVIDENCE_STOP_REASON) | SAW(EVIDENCE_USAGE);

	if (!is_start && strcmp(document->type, "message") != 0)
		return false;
	return (document->evidence & SAW(EVIDENCE_ASSISTANT)) && (document->evidence & either);
}

/* Blocks whose first event is generated output by itself. */
static bool is_output(const struct item *block)
{
	static const char *const types[] = { "tool_use", "server_tool_use", "mcp_tool_use", "redacted_thinking" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(block->type, types[i]) == 0)
			return true;
	return false;
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	document->failed |= strcmp(document->type, "error") == 0;
	if (document->has_event_item && is_output(&document->event_item))
		document->output = true;
	document_one_choice(document);
	return strcmp(document->type, "message_stop") == 0;
}

static const struct path_rule paths[] = {
	{ .after = "/v1/messages" },
	/* Vertex: the path names the model, the body does not. */
	{ .before = "/publishers/anthropic/models/", .after = ":rawPredict" },
	{ .before = "/publishers/anthropic/models/", .after = ":streamRawPredict" },
};

const struct dialect dialect_anthropic_messages = {
	.name = "anthropic.messages",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_MESSAGES) | SAW(EVIDENCE_MAX_TOKENS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.cache_apart = true,
	.fits = fits,
	.settle = settle,
};
