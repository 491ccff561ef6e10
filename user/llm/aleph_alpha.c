/* SPDX-License-Identifier: Apache-2.0 */
/* aleph_alpha: completions, plain or as events, and embeddings. */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "model_version", FACT_MODEL },
	{ "completions[]", FACT_CHOICE },
	{ "completions[].finish_reason", FACT_FINISH_REASON },
	{ "completions[].completion", FACT_TEXT },
	{ "num_tokens_prompt_total", FACT_COUNT + COUNT_INPUT },
	{ "num_tokens_generated", FACT_COUNT + COUNT_OUTPUT },
	{ "error", FACT_ERROR_MESSAGE },
	{ "code", FACT_ERROR_CODE },
};

static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	{ "model_version", FACT_MODEL },
	{ "completion", FACT_OUTPUT },
	{ "finish_reason", FACT_STOP_REASON },
	{ "num_tokens_prompt_total", FACT_COUNT + COUNT_INPUT },
	{ "num_tokens_generated", FACT_COUNT + COUNT_OUTPUT },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_USAGE);
}

static bool settle(struct document *document, bool is_event)
{
	document_one_choice(document);
	return is_event && strcmp(document->type, "completion_summary") == 0;
}

#define ALEPH_ALPHA(path, what) { .after = path, .provider = "aleph_alpha", .operation = what }

static const struct path_rule paths[] = {
	ALEPH_ALPHA("/complete", OPERATION_TEXT_COMPLETION),
	ALEPH_ALPHA("/embed", OPERATION_EMBEDDINGS),
	ALEPH_ALPHA("/semantic_embed", OPERATION_EMBEDDINGS),
	ALEPH_ALPHA("/batch_semantic_embed", OPERATION_EMBEDDINGS),
};

const struct dialect dialect_aleph_alpha = {
	.name = "aleph_alpha",
	.operation = OPERATION_TEXT_COMPLETION,
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
