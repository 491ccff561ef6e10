/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.embeddings, also of Voyage, Mistral and others. The vectors are
 * skipped unread. No output is generated: where there is only a total, all of
 * it is input.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "object", FACT_OBJECT },
	{ "model", FACT_MODEL },
	{ "data[].embedding", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT },
	{ "usage.completion_tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },
	CHARGES("usage."),
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_EMBEDDING);
}

static const struct path_rule paths[] = {
	{ .after = "/embeddings" },
	{ .before = "/serving-endpoints/", .after = "/invocations", .provider = "databricks" },
};

const struct dialect dialect_openai_embeddings = {
	.name = "openai.embeddings",
	.operation = OPERATION_EMBEDDINGS,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.total_is_input = true,
	.fits = fits,
};
