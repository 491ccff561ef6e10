/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemini.embed: embedContent and batchEmbedContents. Older models report no
 * usage; the details of newer ones are spelt in the singular.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define PARTS(at)                                  \
	{ at, FACT_INPUT_PART },                   \
	{ at ".modality", FACT_PART_KIND },    \
	{ at ".tokenCount", FACT_PART_AMOUNT }

static const struct json_field response[] = {
	{ "embedding.values", FACT_EVIDENCE + EVIDENCE_VECTOR },
	{ "embeddings[].values", FACT_EVIDENCE + EVIDENCE_VECTOR },
	{ "modelVersion", FACT_MODEL },
	{ "usageMetadata.promptTokenCount", FACT_COUNT + COUNT_INPUT },
	{ "usageMetadata.totalTokenCount", FACT_COUNT + COUNT_TOTAL },
	PARTS("usageMetadata.promptTokenDetails[]"),
	PARTS("usageMetadata.promptTokensDetails[]"),
	{ "error", FACT_ERROR },
	{ "error.status", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.details[].reason", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_VECTOR);
}

static const struct path_rule paths[] = {
	{ .before = "/publishers/google/models/", .after = ":embedContent" },
	{ .before = "/models/", .after = ":embedContent" },
	{ .before = "/models/", .after = ":batchEmbedContents" },
};

const struct dialect dialect_gemini_embed = {
	.name = "gemini.embed",
	.operation = OPERATION_EMBEDDINGS,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_CONTENTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.total_is_input = true,
	.fits = fits,
};
