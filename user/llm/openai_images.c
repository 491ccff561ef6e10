/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.images: generations, edits and variations, plain or streamed. Only the
 * gpt-image models report tokens; for others a call is complete without. The
 * images are passed over unread.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define FACTS                                                                      \
	{ "id", FACT_ID },                                                         \
	{ "model", FACT_MODEL },                                                   \
	{ "usage.input_tokens", FACT_COUNT + COUNT_INPUT },                        \
	{ "usage.output_tokens", FACT_COUNT + COUNT_OUTPUT },                      \
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },                        \
	{ "usage.input_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ }, \
	{ "usage.input_tokens_details.image_tokens", FACT_COUNT + COUNT_IMAGE_INPUT }, \
	{ "usage.output_tokens_details.image_tokens", FACT_COUNT + COUNT_IMAGE_OUTPUT }, \
	CHARGES("usage."),                                                         \
	{ "error", FACT_ERROR },                                                   \
	{ "error.type", FACT_ERROR_TYPE },                                         \
	{ "error.code", FACT_ERROR_CODE },                                         \
	{ "error.message", FACT_ERROR_MESSAGE }

static const struct json_field response[] = {
	{ "data[]", FACT_IMAGE },
	{ "data[].url", FACT_EVIDENCE + EVIDENCE_IMAGE },
	{ "data[].b64_json", FACT_EVIDENCE + EVIDENCE_IMAGE },
	{ "data[].revised_prompt", FACT_TEXT },
	FACTS,
};

/* partial_image, of which there may be none, then completed. */
static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	{ "b64_json", FACT_OUTPUT_DATA },
	FACTS,
};

static bool is_image_event(const struct document *document)
{
	struct slice type = slice_of(document->type);

	return slice_starts(type, SLICE("image_generation.")) || slice_starts(type, SLICE("image_edit."));
}

static bool fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_IMAGE)) || is_image_event(document);
}

static bool settle(struct document *document, bool is_event)
{
	if (!is_event)
		return false;
	if (strcmp(document->type, "error") == 0)
		document_is_error(document);
	if (!is_image_event(document) || !slice_ends(slice_of(document->type), SLICE(".completed")))
		return false;
	document->images = 1;
	return true;
}

static const struct path_rule paths[] = {
	{ .after = "/images/generations" },
	{ .after = "/images/edits" },
	{ .after = "/images/variations" },
};

const struct dialect dialect_openai_images = {
	.name = "openai.images",
	.operation = OPERATION_IMAGE_GENERATION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_PROMPT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
