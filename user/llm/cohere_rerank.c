/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cohere.rerank: documents in the order in which they fit a query, as Cohere
 * gives it and, with small differences, Jina, Voyage, OpenRouter, vLLM and
 * llama.cpp do. Cohere charges by search, the others by tokens, all of them
 * input.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "results[].relevance_score", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "data[].relevance_score", FACT_EVIDENCE + EVIDENCE_SHAPE },	/* Voyage */
	{ "meta.billed_units.search_units", FACT_COUNT + COUNT_SEARCH_UNITS },
	{ "meta.billed_units.input_tokens", FACT_COUNT + COUNT_INPUT },
	{ "meta.billed_units.total_tokens", FACT_COUNT + COUNT_TOTAL },
	{ "meta.tokens.input_tokens", FACT_COUNT + COUNT_INPUT_ALT },
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT },
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },
	{ "usage.search_units", FACT_COUNT + COUNT_SEARCH_UNITS },
	CHARGES("usage."),
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
	{ "error_type", FACT_ERROR_TYPE },
	{ "message", FACT_ERROR_MESSAGE },
	{ "detail", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

static const struct path_rule paths[] = {
	{ .after = "/rerank" },
	{ .after = "/reranking" },
};

const struct dialect dialect_cohere_rerank = {
	.name = "cohere.rerank",
	.operation = OPERATION_RERANK,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_QUERY) | SAW(EVIDENCE_DOCUMENTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.total_is_input = true,
	.fits = fits,
};
