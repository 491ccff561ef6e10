/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemini.predict: Google's models behind the method that Vertex has for all
 * models. Embeddings, each prediction with its own count of tokens; images of
 * Imagen, charged for by the piece; music. What it was, the answer tells.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "predictions[].embeddings.values", FACT_EVIDENCE + EVIDENCE_VECTOR },
	{ "predictions[].embeddings.statistics.token_count", FACT_SUM + COUNT_INPUT },
	{ "predictions[].textEmbedding", FACT_EVIDENCE + EVIDENCE_VECTOR },	/* multimodal */
	{ "predictions[].imageEmbedding", FACT_EVIDENCE + EVIDENCE_VECTOR },
	{ "predictions[].videoEmbeddings", FACT_EVIDENCE + EVIDENCE_VECTOR },
	{ "predictions[].bytesBase64Encoded", FACT_IMAGE },
	{ "predictions[].gcsUri", FACT_IMAGE },
	{ "predictions[].mimeType", FACT_TYPE },
	{ "error", FACT_ERROR },
	{ "error.status", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.details[].reason", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_VECTOR)) || document->images > 0;
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	if (document->evidence & SAW(EVIDENCE_VECTOR))
		document->operation = OPERATION_EMBEDDINGS;
	else if (slice_starts(slice_of(document->type), SLICE("audio/")))
		document->operation = OPERATION_SPEECH;
	else if (document->images > 0)
		document->operation = OPERATION_IMAGE_GENERATION;
	return false;
}

static const struct path_rule paths[] = {
	{ .before = "/publishers/google/models/", .after = ":predict" },
	/* The Gemini API has it for Imagen only. */
	{
		.before = "/models/",
		.after = ":predict",
		.provider = "gcp.gemini",
		.operation = OPERATION_IMAGE_GENERATION,
	},
};

const struct dialect dialect_gemini_predict = {
	.name = "gemini.predict",
	.operation = OPERATION_EMBEDDINGS,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
