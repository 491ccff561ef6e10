/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bedrock.invoke: the path names a model, the bodies are those of its family:
 * Anthropic's, OpenAI's and Converse's (Nova), which have dialects of their
 * own, and the smaller ones here. Families that report no usage have it in
 * headers, and each stream ends with Amazon's own count of it; both count as
 * the family does, or in its place.
 */
#include <string.h>

#include "base/cleanup.h"
#include "llm/dialects.h"

#define COUNTS(at)                                                             \
	{ at "inputTokenCount", FACT_COUNT + COUNT_INPUT_ALT },                \
	{ at "outputTokenCount", FACT_COUNT + COUNT_OUTPUT_ALT },              \
	{ at "cacheReadInputTokenCount", FACT_COUNT + COUNT_CACHE_READ_ALT },  \
	{ at "cacheWriteInputTokenCount", FACT_COUNT + COUNT_CACHE_WRITE_ALT }

/* The rows of a family that its answers and its events share. */

/* OpenAI's layout; Mistral and DeepSeek give one key another name. */
#define CHOICES { "choices[].stop_reason", FACT_FINISH_REASON_ALT }

/* The output's count is a running one. */
#define LLAMA                                                       \
	{ "prompt_token_count", FACT_COUNT + COUNT_INPUT },         \
	{ "generation_token_count", FACT_COUNT + COUNT_OUTPUT }

#define MISTRAL                                                     \
	{ "outputs[]", FACT_CHOICE },                               \
	{ "outputs[].stop_reason", FACT_FINISH_REASON }

/* Command R's chat, and the generations of Command. */
#define COHERE                                                      \
	{ "finish_reason", FACT_STOP_REASON },                      \
	{ "tool_calls[]", FACT_TOOL_CALL },                         \
	{ "tool_calls[].name", FACT_TOOL_NAME },                    \
	{ "response_id", FACT_ID },                                 \
	{ "generations[]", FACT_CHOICE },                           \
	{ "generations[].finish_reason", FACT_FINISH_REASON }

/* Of each family, the last being Anthropic's before Messages: `text` is what
 * generated text is taken for. */
#define TEXTS(text)                     \
	{ "choices[].text", text },     \
	{ "generation", text },         \
	{ "outputs[].text", text },     \
	{ "text", text },               \
	{ "generations[].text", text }, \
	{ "completion", text }

#define SAW_TEXT (FACT_EVIDENCE + EVIDENCE_TEXT)

static const struct json_field response[] = {
	CHOICES,
	LLAMA,
	MISTRAL,
	COHERE,
	TEXTS(SAW_TEXT),
	TEXTS(FACT_TEXT),
	{ "chat_history", FACT_EVIDENCE + EVIDENCE_ASSISTANT },
	{ "results[]", FACT_CHOICE },	/* Titan */
	{ "results[].outputText", SAW_TEXT },
	{ "results[].completionReason", FACT_FINISH_REASON },
	{ "results[].tokenCount", FACT_COUNT + COUNT_OUTPUT },
	{ "inputTextTokenCount", FACT_COUNT + COUNT_INPUT },
	{ "completions[]", FACT_CHOICE },	/* AI21's Jurassic */
	{ "completions[].data.text", SAW_TEXT },
	{ "completions[].finishReason.reason", FACT_FINISH_REASON },
	{ "results[].outputText", FACT_TEXT },
	{ "completions[].data.text", FACT_TEXT },
	{ "tool_calls[].parameters.**", FACT_ARGS },
	{ "embedding", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "embeddings", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "embeddingsByType", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "results[].relevance_score", FACT_EVIDENCE + EVIDENCE_DOCUMENTS },
	{ "images", FACT_EVIDENCE + EVIDENCE_IMAGE },
	{ "images[]", FACT_IMAGE },
	{ "artifacts[]", FACT_CHOICE },	/* Stability's first */
	{ "artifacts[].base64", FACT_EVIDENCE + EVIDENCE_IMAGE },
	{ "artifacts[].finishReason", FACT_FINISH_REASON },
	{ "message", FACT_ERROR_MESSAGE },
	{ "Message", FACT_ERROR_MESSAGE },
	{ "__type", FACT_ERROR_TYPE },
};

static const struct json_field event[] = {
	CHOICES,
	LLAMA,
	MISTRAL,
	COHERE,
	TEXTS(FACT_DELTA),
	{ "stop_reason", FACT_STOP_REASON },	/* Llama, and Anthropic before Messages */
	{ "event_type", FACT_TYPE },
	{ "response.response_id", FACT_ID },
	{ "response.chat_history", FACT_EVIDENCE + EVIDENCE_ASSISTANT },
	{ "outputText", FACT_DELTA },
	{ "completionReason", FACT_STOP_REASON },
	{ "totalOutputTextTokenCount", FACT_COUNT + COUNT_OUTPUT },
	{ "inputTextTokenCount", FACT_COUNT + COUNT_INPUT },
	{ "amazon-bedrock-invocationMetrics", FACT_EVIDENCE + EVIDENCE_BEDROCK },
	COUNTS("amazon-bedrock-invocationMetrics."),
};

static const struct header_fact headers[] = {
	{ "x-amzn-bedrock-input-token-count", FACT_COUNT + COUNT_INPUT_ALT },
	{ "x-amzn-bedrock-output-token-count", FACT_COUNT + COUNT_OUTPUT_ALT },
	{ "x-amzn-bedrock-cache-read-input-token-count", FACT_COUNT + COUNT_CACHE_READ_ALT },
	{ "x-amzn-bedrock-cache-write-input-token-count", FACT_COUNT + COUNT_CACHE_WRITE_ALT },
	{ "x-amzn-bedrock-performanceconfig-latency", FACT_SPEED },
	{ "x-amzn-bedrock-service-tier", FACT_SERVICE_TIER },
};

static const struct dialect *const carried[] = {
	&dialect_anthropic_messages,
	&dialect_bedrock_converse,
	&dialect_openai_chat,
	&dialect_openai_completions,
};

static bool is_messages_event(const struct document *document)
{
	struct slice type = slice_of(document->type);

	return slice_starts(type, SLICE("message")) || slice_starts(type, SLICE("content_block"));
}

static enum call_operation operation_of(const struct document *document)
{
	if (document->evidence & SAW(EVIDENCE_EMBEDDING))
		return OPERATION_EMBEDDINGS;
	if (document->evidence & SAW(EVIDENCE_DOCUMENTS))
		return OPERATION_RERANK;
	if (document->evidence & SAW(EVIDENCE_IMAGE))
		return OPERATION_IMAGE_GENERATION;
	if (document->evidence & (SAW(EVIDENCE_ASSISTANT) | SAW(EVIDENCE_CHOICES)) || is_messages_event(document))
		return OPERATION_CHAT;
	if (document->delta || (document->evidence & SAW(EVIDENCE_TEXT)))
		return OPERATION_TEXT_COMPLETION;
	return OPERATION_UNKNOWN;
}

static bool fits(const struct document *document)
{
	return operation_of(document) != OPERATION_UNKNOWN || (document->evidence & SAW(EVIDENCE_BEDROCK));
}

/* Events of a family that streams several answers at once say which one they are of. */
static void place_choice(struct document *document)
{
	if (document->stop_reason[0] && document->has_event_index)
		document->choices[0].index = document->event_index;
}

static bool settle(struct document *document, bool is_event)
{
	bool last = is_event && (document->evidence & SAW(EVIDENCE_BEDROCK));

	document->operation = operation_of(document);
	document->output |= document->delta;
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		if (carried[i]->settle)
			(void)carried[i]->settle(document, is_event);
	if (is_event)
		place_choice(document);
	return last;
}

static const struct path_rule paths[] = {
	{ .before = "/model/", .after = "/invoke" },
	{ .before = "/model/", .after = "/invoke-with-response-stream" },
};

const struct dialect dialect_bedrock_invoke = {
	.name = "bedrock.invoke",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_any = SAW(EVIDENCE_MESSAGES) | SAW(EVIDENCE_PROMPT) | SAW(EVIDENCE_INPUTS) |
		       SAW(EVIDENCE_MESSAGE) | SAW(EVIDENCE_TEXTS) | SAW(EVIDENCE_DOCUMENTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.carried = carried,
	.carried_count = ARRAY_SIZE(carried),
	.headers = headers,
	.header_count = ARRAY_SIZE(headers),
	.path_only = true,
	.wrapped = true,
	.cache_apart = true,
	.cache_by_total = true,
	.fits = fits,
	.settle = settle,
};
