/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watsonx: IBM's text generation, embeddings and reranking (its chat is
 * openai.chat). In a stream the count of the input stands in the first event,
 * and a zero in those that follow.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

static const struct json_field response[] = {
	{ "model_id", FACT_MODEL },
	{ "results", FACT_EVIDENCE + EVIDENCE_SHAPE },
	{ "results[]", FACT_CHOICE },
	{ "results[].stop_reason", FACT_FINISH_REASON },
	{ "results[].generated_text", FACT_OUTPUT },
	{ "results[].generated_tokens[].logprob", FACT_LOGPROB },
	{ "results[].generated_token_count", FACT_COUNT + COUNT_OUTPUT },
	{ "results[].input_token_count", FACT_COUNT + COUNT_INPUT },
	{ "input_token_count", FACT_COUNT + COUNT_INPUT },
	{ "errors[].code", FACT_ERROR_CODE },
	{ "errors[].message", FACT_ERROR_MESSAGE },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_SHAPE);
}

/* Of each result; true: all have ended. */
static bool take_reasons(struct document *document)
{
	bool ended = document->choice_count > 0;

	for (uint32_t i = 0; i < document->choice_count; i++) {
		char *reason = document->choices[i].finish_reason;

		if (strcasecmp(reason, "not_finished") == 0)
			reason[0] = '\0';
		ended &= reason[0] != '\0';
	}
	return ended;
}

static bool settle(struct document *document, bool is_event)
{
	bool ended = take_reasons(document);

	if (is_event && document->counts[COUNT_INPUT] == 0)
		document->counts[COUNT_INPUT] = CALL_UNKNOWN;
	return is_event && ended;
}

#define WATSONX(path, what) { .after = path, .provider = "ibm.watsonx.ai", .operation = what }

static const struct path_rule paths[] = {
	WATSONX("/text/generation", OPERATION_TEXT_COMPLETION),
	WATSONX("/text/generation_stream", OPERATION_TEXT_COMPLETION),
	WATSONX("/generation/text", OPERATION_TEXT_COMPLETION),
	WATSONX("/generation/text_stream", OPERATION_TEXT_COMPLETION),
	WATSONX("/text/embeddings", OPERATION_EMBEDDINGS),
	WATSONX("/text/rerank", OPERATION_RERANK),
};

const struct dialect dialect_watsonx = {
	.name = "watsonx",
	.operation = OPERATION_TEXT_COMPLETION,
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
