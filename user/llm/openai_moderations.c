/* SPDX-License-Identifier: Apache-2.0 */
/* openai.moderations: verdicts on texts and images. Free of charge, no usage. */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "results[].flagged", FACT_EVIDENCE + EVIDENCE_FLAGGED },
	{ "results[].categories", FACT_EVIDENCE + EVIDENCE_FLAGGED },	/* Mistral */
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT },
	{ "usage.completion_tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_FLAGGED);
}

static const struct path_rule paths[] = { { .after = "/moderations" } };

const struct dialect dialect_openai_moderations = {
	.name = "openai.moderations",
	.operation = OPERATION_MODERATION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.fits = fits,
};
