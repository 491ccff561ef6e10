/* SPDX-License-Identifier: Apache-2.0 */
/* cohere.embed: vectors of texts and images; they are skipped unread. */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "embeddings", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "meta.billed_units", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "meta.billed_units.input_tokens", FACT_COUNT + COUNT_INPUT },
	{ "meta.billed_units.image_tokens", FACT_COUNT + COUNT_IMAGE_INPUT },
	{ "error_type", FACT_ERROR_TYPE },
	{ "message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	unsigned int shape = SAW(EVIDENCE_EMBEDDING) | SAW(EVIDENCE_SHAPE);

	return (document->evidence & shape) == shape;
}

static const struct path_rule paths[] = {
	{ .after = "/v2/embed" },
	{ .after = "/v1/embed" },
};

const struct dialect dialect_cohere_embed = {
	.name = "cohere.embed",
	.operation = OPERATION_EMBEDDINGS,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_MODEL) | SAW(EVIDENCE_TEXTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.fits = fits,
};
