/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replicate.predictions: the request that starts one. What models take and give
 * is their own; language models report counts once they are done, which the
 * answer has only if the client asked it to wait. Polls repeat it, and are no
 * calls.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "status", FACT_STATUS },
	{ "error", FACT_ERROR },
	{ "detail", FACT_ERROR_MESSAGE },
	{ "output", FACT_TEXT },
	{ "output[]", FACT_DELTA },	/* of what generates text */
	{ "urls.get", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "metrics.input_token_count", FACT_COUNT + COUNT_INPUT },
	{ "metrics.output_token_count", FACT_COUNT + COUNT_OUTPUT },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

static bool is_over(const char *status)
{
	return strcmp(status, "succeeded") == 0 || strcmp(status, "failed") == 0 || strcmp(status, "canceled") == 0;
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	document->failed |= strcmp(document->status, "failed") == 0;
	if (is_over(document->status))
		memcpy(document->stop_reason, document->status, sizeof(document->stop_reason));
	document_one_choice(document);
	return false;
}

static const struct path_rule paths[] = {
	{ .after = "/v1/predictions", .provider = "replicate" },
	{ .before = "/v1/models/", .after = "/predictions", .provider = "replicate" },
	{ .before = "/v1/deployments/", .after = "/predictions", .provider = "replicate" },
};

const struct dialect dialect_replicate = {
	.name = "replicate.predictions",
	.operation = OPERATION_GENERATE_CONTENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
