/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sglang.native: /generate, plain or as events, each of which repeats the text
 * and the counts so far. Answers to a batch are arrays, and are not read.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "text", FACT_OUTPUT },
	{ "meta_info", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "meta_info.id", FACT_ID },
	{ "meta_info.finish_reason.type", FACT_STOP_REASON },
	{ "meta_info.prompt_tokens", FACT_COUNT + COUNT_INPUT },
	{ "meta_info.completion_tokens", FACT_COUNT + COUNT_OUTPUT },
	{ "meta_info.cached_tokens", FACT_COUNT + COUNT_CACHE_READ },
	{ "error", FACT_ERROR },
	{ "error.message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	document_one_choice(document);
	return false;
}

static const struct path_rule paths[] = { { .after = "/generate" } };

const struct dialect dialect_sglang = {
	.name = "sglang.native",
	.provider = "sglang",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_TEXT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.weak_path = true,
	.repeats = true,
	.fits = fits,
	.settle = settle,
};
