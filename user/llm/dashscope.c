/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashscope.native: Qwen's own API (its other speaks openai.chat). Answers and
 * events have one layout; in events the counts grow, and a reason to finish
 * that is not there yet is the word "null".
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "request_id", FACT_ID },
	{ "output", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "output.finish_reason", FACT_STOP_REASON },
	{ "output.text", FACT_OUTPUT },
	{ "output.choices[]", FACT_CHOICE },
	{ "output.choices[].finish_reason", FACT_FINISH_REASON },
	{ "output.choices[].message", FACT_OUTPUT },
	{ "output.choices[].message.content", FACT_OUTPUT },
	{ "output.choices[].message.content[].text", FACT_OUTPUT },
	{ "output.choices[].message.reasoning_content", FACT_OUTPUT },
	{ "output.choices[].message.tool_calls[]", FACT_TOOL_DELTA },
	{ "output.choices[].message.tool_calls[].index", FACT_TOOL_INDEX },
	{ "output.choices[].message.tool_calls[].id", FACT_TOOL_ID },
	{ "output.choices[].message.tool_calls[].function.name", FACT_TOOL_NAME },
	{ "output.choices[].message.tool_calls[].function.arguments", FACT_OUTPUT_ARGS },
	{ "usage.input_tokens", FACT_COUNT + COUNT_INPUT },
	{ "usage.output_tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },
	{ "usage.prompt_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ },
	{ "usage.output_tokens_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING },
	{ "code", FACT_ERROR_CODE },
	{ "message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

static void drop_null(char *reason)
{
	if (strcmp(reason, "null") == 0)
		reason[0] = '\0';
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	drop_null(document->stop_reason);
	for (uint32_t i = 0; i < document->choice_count; i++)
		drop_null(document->choices[i].finish_reason);
	document_one_choice(document);
	document->failed |= document->error.code[0] != '\0';
	return false;
}

#define DASHSCOPE(path, what) { .after = path, .provider = "dashscope", .operation = what }

static const struct path_rule paths[] = {
	DASHSCOPE("/aigc/text-generation/generation", OPERATION_CHAT),
	DASHSCOPE("/aigc/multimodal-generation/generation", OPERATION_CHAT),
	DASHSCOPE("/embeddings/text-embedding/text-embedding", OPERATION_EMBEDDINGS),
	DASHSCOPE("/embeddings/multimodal-embedding/multimodal-embedding", OPERATION_EMBEDDINGS),
	DASHSCOPE("/rerank/text-rerank/text-rerank", OPERATION_RERANK),
};

const struct dialect dialect_dashscope = {
	.name = "dashscope.native",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.total_is_input = true,
	.repeats = true,
	.fits = fits,
	.settle = settle,
};
