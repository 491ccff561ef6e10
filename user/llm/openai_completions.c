/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.completions: the legacy text completions, also of vLLM and llama.cpp.
 * Plain responses and events have one layout.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "object", FACT_OBJECT },
	{ "model", FACT_MODEL },
	{ "choices[]", FACT_CHOICE },
	{ "choices[].index", FACT_CHOICE_INDEX },
	{ "choices[].finish_reason", FACT_FINISH_REASON },
	{ "choices[].text", FACT_OUTPUT },
	{ "choices[].logprobs.token_logprobs[]", FACT_LOGPROB },
	{ "choices[].logprobs.content[].logprob", FACT_LOGPROB },	/* llama.cpp */
	{ "system_fingerprint", FACT_FINGERPRINT },
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT },
	{ "usage.completion_tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },
	CHARGES("usage."),
	{ "usage.prompt_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ },
	{ "usage.completion_tokens_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING },
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return strcmp(document->object, "text_completion") == 0;
}

static const struct path_rule paths[] = {
	{ .after = "/completions" },
	{ .before = "/serving-endpoints/", .after = "/invocations", .provider = "databricks" },
};

const struct dialect dialect_openai_completions = {
	.name = "openai.completions",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_PROMPT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.fits = fits,
};
