/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mistral.conversations: begun, continued or begun anew from an entry. Entries
 * of the answer are the items; pieces of a function call repeat its id and its
 * name.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define USAGE                                                              \
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT },               \
	{ "usage.completion_tokens", FACT_COUNT + COUNT_OUTPUT },          \
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },                \
	{ "usage.prompt_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ }

static const struct json_field response[] = {
	{ "object", FACT_OBJECT },
	{ "conversation_id", FACT_ID },
	{ "outputs[]", FACT_ITEM },
	{ "outputs[].type", FACT_ITEM_TYPE },
	{ "outputs[].name", FACT_ITEM_NAME },
	{ "outputs[].model", FACT_MODEL },
	{ "outputs[]", FACT_TEXT },
	{ "outputs[].content", FACT_TEXT },
	{ "outputs[].content[].text", FACT_TEXT },
	{ "outputs[].content[].thinking[].text", FACT_TEXT },
	{ "outputs[].arguments.**", FACT_ARGS },
	USAGE,
	{ "error", FACT_ERROR },
	{ "message", FACT_ERROR_MESSAGE },
	{ "detail", FACT_ERROR_MESSAGE },
	{ "type", FACT_ERROR_TYPE },
	{ "code", FACT_ERROR_CODE },
};

static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	{ "conversation_id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "output_index", FACT_EVENT_INDEX },
	{ "content", FACT_DELTA },
	{ "content.text", FACT_DELTA },
	{ "name", FACT_ITEM_NAME },
	{ "tool_call_id", FACT_ITEM_ID },
	{ "arguments", FACT_OUTPUT_ARGS },
	USAGE,
	{ "message", FACT_EVENT_MESSAGE },
	{ "code", FACT_EVENT_CODE },
};

static bool fits(const struct document *document)
{
	return strcmp(document->object, "conversation.response") == 0 ||
	       slice_starts(slice_of(document->type), SLICE("conversation.response."));
}

static void take_function(struct document *document)
{
	document->event_item = document->item;
	memcpy(document->event_item.type, "function.call", sizeof("function.call"));
	document->has_event_item = true;
	document->output = true;
}

static bool settle(struct document *document, bool is_event)
{
	if (!is_event)
		return false;
	if (strcmp(document->type, "message.output.delta") == 0)
		document->output |= document->delta;
	if (strcmp(document->type, "function.call.delta") == 0)
		take_function(document);
	if (strcmp(document->type, "conversation.response.error") == 0)
		document_is_error(document);
	return strcmp(document->type, "conversation.response.done") == 0;
}

static const struct path_rule paths[] = {
	{ .after = "/v1/conversations", .provider = "mistral_ai" },
	{ .before = "/v1/conversations/", .after = "/restart", .provider = "mistral_ai", .is_name = true },
	{ .before = "/v1/conversations/", .after = "", .provider = "mistral_ai", .is_name = true },
};

const struct dialect dialect_mistral_conversations = {
	.name = "mistral.conversations",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
