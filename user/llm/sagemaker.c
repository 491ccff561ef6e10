/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sagemaker: whatever a container behind a SageMaker endpoint serves. Endpoints
 * serve all kinds of models: only bodies in the layout of a text generator are
 * calls, those of TGI and DJL, and of OpenAI (vLLM, and newer TGI and DJL).
 * The endpoint's name stands in place of the model's.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

/* TGI answers with one object or with an array of them, by version. */
#define GENERATED(at)                                                             \
	{ at "generated_text", FACT_EVIDENCE + EVIDENCE_TEXT },                   \
	{ at "generated_text", FACT_TEXT },                                       \
	{ at "generation", FACT_EVIDENCE + EVIDENCE_TEXT },                       \
	{ at "generation", FACT_TEXT },                                           \
	{ at "details.finish_reason", FACT_STOP_REASON },                         \
	{ at "details.generated_tokens", FACT_COUNT + COUNT_OUTPUT }

#define ERRORS                                  \
	{ "message", FACT_ERROR_MESSAGE },      \
	{ "Message", FACT_ERROR_MESSAGE },      \
	{ "error", FACT_ERROR },                \
	{ "error_type", FACT_ERROR_TYPE }

static const struct json_field response[] = {
	GENERATED(""),
	GENERATED("[]."),
	ERRORS,
};

/* Events are pieces of the container's stream and cut anywhere; where they are
 * whole documents they tell. */
static const struct json_field event[] = {
	{ "token.text", FACT_OUTPUT },
	GENERATED(""),
	ERRORS,
};

static const struct dialect *const carried[] = {
	&dialect_openai_chat,
	&dialect_openai_completions,
};

static bool fits(const struct document *document)
{
	if (document->evidence & SAW(EVIDENCE_TEXT))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		if (carried[i]->fits(document))
			return true;
	return false;
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	if (document->evidence & SAW(EVIDENCE_CHOICES))
		document->operation = OPERATION_CHAT;
	document_one_choice(document);
	return false;
}

static const struct path_rule paths[] = {
	{ .before = "/endpoints/", .after = "/invocations", .provider = "aws.sagemaker" },
	{ .before = "/endpoints/", .after = "/invocations-response-stream", .provider = "aws.sagemaker" },
};

const struct dialect dialect_sagemaker = {
	.name = "sagemaker",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_any = SAW(EVIDENCE_MESSAGES) | SAW(EVIDENCE_PROMPT) | SAW(EVIDENCE_INPUTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.carried = carried,
	.carried_count = ARRAY_SIZE(carried),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
