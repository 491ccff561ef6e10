/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrock.converse: one layout for every model on Bedrock. Input counts leave
 * cached tokens out, and the cache counts come under two names. In a stream
 * the event's type stands in the framing and its members are the document;
 * Nova behind InvokeModel puts the same events into objects named after the
 * type.
 */
#include <string.h>

#include "base/cleanup.h"
#include "llm/dialects.h"

#define USAGE(at)                                                              \
	{ at "inputTokens", FACT_COUNT + COUNT_INPUT },                        \
	{ at "outputTokens", FACT_COUNT + COUNT_OUTPUT },                      \
	{ at "totalTokens", FACT_COUNT + COUNT_TOTAL },                        \
	{ at "cacheReadInputTokens", FACT_COUNT + COUNT_CACHE_READ },          \
	{ at "cacheReadInputTokenCount", FACT_COUNT + COUNT_CACHE_READ_ALT },  \
	{ at "cacheWriteInputTokens", FACT_COUNT + COUNT_CACHE_WRITE },        \
	{ at "cacheWriteInputTokenCount", FACT_COUNT + COUNT_CACHE_WRITE_ALT }

/* Both change the price. */
#define TERMS(at)                                            \
	{ at "serviceTier.type", FACT_SERVICE_TIER },        \
	{ at "performanceConfig.latency", FACT_SPEED }

/* IAM and gateways on the way write it with a capital. */
#define ERRORS                                  \
	{ "message", FACT_EVENT_MESSAGE },      \
	{ "Message", FACT_ERROR_MESSAGE },      \
	{ "__type", FACT_ERROR_TYPE }

static const struct json_field response[] = {
	{ "output.message", FACT_EVIDENCE + EVIDENCE_BEDROCK },
	{ "output.message.role", FACT_ROLE },
	{ "output.message.content[].toolUse", FACT_ITEM },
	{ "output.message.content[].toolUse.type", FACT_ITEM_TYPE },
	{ "output.message.content[].toolUse.name", FACT_ITEM_NAME },
	{ "output.message", FACT_TEXT },
	{ "output.message.content[].text", FACT_TEXT },
	{ "output.message.content[].reasoningContent.reasoningText.text", FACT_TEXT },
	{ "output.message.content[].toolUse.input.**", FACT_ARGS },
	{ "output.message.content[].citationsContent.content[].text", FACT_TEXT },
	{ "output.message.content[].citationsContent.citations[]", FACT_RESULT },
	{ "output.message.content[].citationsContent.citations[].title", FACT_RESULT },
	{ "output.message.content[].citationsContent.citations[].sourceContent[].text", FACT_RESULT },
	{ "output.message.content[].toolResult", FACT_RESULT },		/* of a tool of Amazon's */
	{ "output.message.content[].toolResult.content[].text", FACT_RESULT },
	{ "stopReason", FACT_STOP_REASON },
	USAGE("usage."),
	TERMS(""),
	ERRORS,
};

#define BLOCK_START(at)                                     \
	{ at "start.toolUse", FACT_EVENT_ITEM },            \
	{ at "start.toolUse.type", FACT_ITEM_TYPE },        \
	{ at "start.toolUse.name", FACT_ITEM_NAME },        \
	{ at "start.toolUse.toolUseId", FACT_ITEM_ID }

#define BLOCK_DELTA(at)                                                 \
	{ at "delta.text", FACT_OUTPUT },                               \
	{ at "delta.citation.sourceContent[].text", FACT_RESULT },      \
	{ at "delta.toolUse.input", FACT_OUTPUT_ARGS },                 \
	{ at "delta.reasoningContent.text", FACT_OUTPUT },              \
	{ at "delta.reasoningContent.redactedContent", FACT_OUTPUT_DATA }

static const struct json_field event[] = {
	{ "role", FACT_ROLE },
	{ "contentBlockIndex", FACT_EVIDENCE + EVIDENCE_BEDROCK },
	{ "contentBlockIndex", FACT_EVENT_INDEX },
	BLOCK_START(""),
	BLOCK_DELTA(""),
	{ "stopReason", FACT_STOP_REASON },
	{ "metrics.latencyMs", FACT_EVIDENCE + EVIDENCE_BEDROCK },
	USAGE("usage."),
	TERMS(""),
	ERRORS,
	{ "messageStart.role", FACT_ROLE },
	{ "contentBlockStart.contentBlockIndex", FACT_EVENT_INDEX },
	BLOCK_START("contentBlockStart."),
	{ "contentBlockDelta.contentBlockIndex", FACT_EVENT_INDEX },
	BLOCK_DELTA("contentBlockDelta."),
	{ "messageStop.stopReason", FACT_STOP_REASON },
	USAGE("metadata.usage."),
	TERMS("metadata."),
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_BEDROCK);
}

/* It is the answer's in every place, if the answer failed. */
static void take_message(struct document *document)
{
	if (!document->error.message[0])
		memcpy(document->error.message, document->event_error.message, sizeof(document->error.message));
}

/* The event with the usage is the last. */
static bool settle(struct document *document, bool is_event)
{
	take_message(document);
	document->output |= document->has_event_item && document->event_item.name[0];
	document_one_choice(document);
	return is_event && (document->evidence & SAW(EVIDENCE_USAGE));
}

static const struct path_rule paths[] = {
	{ .before = "/model/", .after = "/converse" },
	{ .before = "/model/", .after = "/converse-stream" },
};

const struct dialect dialect_bedrock_converse = {
	.name = "bedrock.converse",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_MESSAGES),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.cache_apart = true,
	.fits = fits,
	.settle = settle,
};
