/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llamacpp.native: the completion API that llama.cpp's server had before
 * OpenAI's, and its embeddings, which have no counts. tokens_evaluated is the
 * whole prompt, timings.cache_n what of it was reused.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field completion[] = {
	{ "model", FACT_MODEL },
	{ "content", FACT_OUTPUT },
	{ "stop", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "stop_type", FACT_STOP_REASON },
	{ "completion_probabilities[].logprob", FACT_LOGPROB },
	{ "completion_probabilities[].prob", FACT_PROBABILITY },	/* post_sampling_probs */
	{ "tokens_evaluated", FACT_COUNT + COUNT_INPUT },
	{ "tokens_predicted", FACT_COUNT + COUNT_OUTPUT },
	{ "timings.cache_n", FACT_COUNT + COUNT_CACHE_READ },
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static const struct json_field embedding[] = {
	{ "[].embedding", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "embedding", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "error", FACT_ERROR },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool completion_fits(const struct document *document)
{
	unsigned int shape = SAW(EVIDENCE_SHAPE) | SAW(EVIDENCE_USAGE);

	return (document->evidence & shape) == shape;
}

static bool completion_settle(struct document *document, bool is_event)
{
	if (strcmp(document->stop_reason, "none") == 0)	/* not yet */
		document->stop_reason[0] = '\0';
	document_one_choice(document);
	return is_event && document->stop_reason[0];
}

static bool embedding_fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_EMBEDDING);
}

static const struct path_rule completion_paths[] = {
	{ .after = "/completion" },
	{ .after = "/infill" },
};
static const struct path_rule embedding_paths[] = { { .after = "/embedding" } };

const struct dialect dialect_llamacpp_completion = {
	.name = "llamacpp.native",
	.provider = "llama_cpp",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = completion_paths,
	.path_count = ARRAY_SIZE(completion_paths),
	.request_needs = SAW(EVIDENCE_PROMPT),
	.response = completion,
	.response_count = ARRAY_SIZE(completion),
	.event = completion,
	.event_count = ARRAY_SIZE(completion),
	.path_only = true,
	.weak_path = true,
	.fits = completion_fits,
	.settle = completion_settle,
};

const struct dialect dialect_llamacpp_embedding = {
	.name = "llamacpp.native",
	.provider = "llama_cpp",
	.operation = OPERATION_EMBEDDINGS,
	.paths = embedding_paths,
	.path_count = ARRAY_SIZE(embedding_paths),
	.request_needs = SAW(EVIDENCE_TEXT),
	.response = embedding,
	.response_count = ARRAY_SIZE(embedding),
	.event = embedding,
	.event_count = ARRAY_SIZE(embedding),
	.path_only = true,
	.weak_path = true,
	.fits = embedding_fits,
};
