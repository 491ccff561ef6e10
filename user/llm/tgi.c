/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hugging Face's own servers. tgi: text generation; its counts stand in
 * `details`, which the request has to ask for, and in headers. tei: embeddings
 * and reranking; the answers are bare arrays, so headers are the only proof
 * and the only counts.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define ERRORS                              \
	{ "error", FACT_ERROR },            \
	{ "error_type", FACT_ERROR_TYPE }

#define GENERATED(at)                                                      \
	{ at "generated_text", FACT_EVIDENCE + EVIDENCE_SHAPE },           \
	{ at "generated_text", FACT_TEXT },                                \
	{ at "details.finish_reason", FACT_STOP_REASON },                  \
	{ at "details.input_length", FACT_COUNT + COUNT_INPUT },           \
	{ at "details.generated_tokens", FACT_COUNT + COUNT_OUTPUT }

/* One document, or an array of one. */
static const struct json_field response[] = {
	GENERATED(""),
	{ "details.tokens[].logprob", FACT_LOGPROB },
	GENERATED("[]."),
	{ "[].details.tokens[].logprob", FACT_LOGPROB },
	ERRORS,
};

static const struct json_field event[] = {
	{ "token", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "token.text", FACT_OUTPUT },
	{ "token.logprob", FACT_LOGPROB },
	GENERATED(""),
	ERRORS,
};

/* An error has a type of its own; there is no model in the request to prove it by. */
static bool fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_SHAPE)) || (document->failed && document->error.type[0]);
}

static bool settle(struct document *document, bool is_event)
{
	document_one_choice(document);
	return is_event && document->stop_reason[0];
}

/* Hosted endpoints have the model behind their top; the shared service names it. */
static const struct path_rule paths[] = {
	{ .after = "/generate" },
	{ .after = "/generate_stream" },
	{ .after = "/" },
	{ .before = "/models/", .after = "", .provider = "hugging_face" },
};

static const struct header_fact headers[] = {
	{ "x-prompt-tokens", FACT_COUNT + COUNT_INPUT },
	{ "x-generated-tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "x-model-id", FACT_MODEL },
};

const struct dialect dialect_tgi = {
	.name = "tgi",
	.provider = "tgi",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_INPUTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.headers = headers,
	.header_count = ARRAY_SIZE(headers),
	.path_only = true,
	.weak_path = true,
	.fits = fits,
	.settle = settle,
};

/* ---- tei ---- */

static const struct json_field tei_response[] = { ERRORS };

static const struct header_fact tei_headers[] = {
	{ "x-compute-tokens", FACT_COUNT + COUNT_INPUT },
	{ "x-compute-tokens", FACT_EVIDENCE + EVIDENCE_SHAPE },
};

static const struct path_rule embed_paths[] = {
	{ .after = "/embed" },
	{ .after = "/embed_all" },
	{ .after = "/embed_sparse" },
};

const struct dialect dialect_tei_embed = {
	.name = "tei",
	.provider = "tei",
	.operation = OPERATION_EMBEDDINGS,
	.paths = embed_paths,
	.path_count = ARRAY_SIZE(embed_paths),
	.request_needs = SAW(EVIDENCE_INPUTS),
	.response = tei_response,
	.response_count = ARRAY_SIZE(tei_response),
	.event = tei_response,
	.event_count = ARRAY_SIZE(tei_response),
	.headers = tei_headers,
	.header_count = ARRAY_SIZE(tei_headers),
	.path_only = true,
	.weak_path = true,
	.fits = fits,
};

static const struct path_rule rerank_paths[] = { { .after = "/rerank" } };

const struct dialect dialect_tei_rerank = {
	.name = "tei.rerank",
	.provider = "tei",
	.operation = OPERATION_RERANK,
	.paths = rerank_paths,
	.path_count = ARRAY_SIZE(rerank_paths),
	.request_needs = SAW(EVIDENCE_QUERY) | SAW(EVIDENCE_TEXTS),
	.response = tei_response,
	.response_count = ARRAY_SIZE(tei_response),
	.event = tei_response,
	.event_count = ARRAY_SIZE(tei_response),
	.headers = tei_headers,
	.header_count = ARRAY_SIZE(tei_headers),
	.path_only = true,
	.weak_path = true,
	.fits = fits,
};
