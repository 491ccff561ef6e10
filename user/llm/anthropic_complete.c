/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anthropic.complete: the legacy text completions. Plain answers and events
 * have one layout; an answer reports no tokens, and the last event is the one
 * with a reason to stop.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "id", FACT_ID },
	{ "type", FACT_TYPE },
	{ "model", FACT_MODEL },
	{ "completion", FACT_OUTPUT },
	{ "stop_reason", FACT_STOP_REASON },
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return strcmp(document->type, "completion") == 0 && (document->evidence & SAW(EVIDENCE_STOP_REASON));
}

static bool settle(struct document *document, bool is_event)
{
	document->failed |= strcmp(document->type, "error") == 0;
	if (!document->stop_reason[0])
		return false;
	document->choice_count = 1;
	document->choices[0].index = 0;
	memcpy(document->choices[0].finish_reason, document->stop_reason, FINISH_REASON_BYTES);
	return is_event;
}

static const struct path_rule paths[] = { { .after = "/v1/complete" } };

const struct dialect dialect_anthropic_complete = {
	.name = "anthropic.complete",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_PROMPT) | SAW(EVIDENCE_MAX_TOKENS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.fits = fits,
	.settle = settle,
};
