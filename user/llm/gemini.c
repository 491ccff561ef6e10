/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemini.generate: generateContent of the Gemini API, of Vertex AI, and of
 * Code Assist, which wraps the same answer in "response". Each piece of a
 * stream is a whole answer with partial parts and the usage so far. The output
 * count leaves thoughts out; prompts that tools made stand beside the input.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"
#include "llm/text.h"

#define PARTS(at, list)                                            \
	{ at, list },                                              \
	{ at ".modality", FACT_PART_KIND },                        \
	{ at ".tokenCount", FACT_PART_AMOUNT }

#define USAGE(at)                                                                      \
	{ at, FACT_EVIDENCE + EVIDENCE_GEMINI },                                       \
	{ at ".promptTokenCount", FACT_COUNT + COUNT_INPUT },                          \
	{ at ".toolUsePromptTokenCount", FACT_COUNT + COUNT_TOOL_INPUT },              \
	{ at ".candidatesTokenCount", FACT_COUNT + COUNT_OUTPUT },                     \
	{ at ".thoughtsTokenCount", FACT_COUNT + COUNT_REASONING },                    \
	{ at ".totalTokenCount", FACT_COUNT + COUNT_TOTAL },                           \
	{ at ".cachedContentTokenCount", FACT_COUNT + COUNT_CACHE_READ },              \
	{ at ".serviceTier", FACT_SERVICE_TIER },                                      \
	{ at ".trafficType", FACT_SERVICE_TIER },                                      \
	PARTS(at ".promptTokensDetails[]", FACT_INPUT_PART),                           \
	PARTS(at ".toolUsePromptTokensDetails[]", FACT_INPUT_PART),                    \
	PARTS(at ".cacheTokensDetails[]", FACT_CACHE_PART),                            \
	PARTS(at ".candidatesTokensDetails[]", FACT_OUTPUT_PART)

#define ANSWER(at)                                                                     \
	{ at "responseId", FACT_ID },                                                  \
	{ at "modelVersion", FACT_MODEL },                                             \
	{ at "promptFeedback.blockReason", FACT_STATUS },                              \
	{ at "candidates[]", FACT_CHOICE },                                            \
	{ at "candidates[].index", FACT_CHOICE_INDEX },                                \
	{ at "candidates[].finishReason", FACT_FINISH_REASON },                        \
	{ at "candidates[].avgLogprobs", FACT_MEAN_LOGPROB },                          \
	{ at "candidates[].logprobsResult.chosenCandidates[].logProbability", FACT_LOGPROB }, \
	{ at "candidates[].content.parts", FACT_EVIDENCE + EVIDENCE_GEMINI },          \
	{ at "candidates[].content.parts[].functionCall.name", FACT_FUNCTION_NAME },   \
	{ at "candidates[].groundingMetadata.webSearchQueries[]", FACT_EACH + COUNT_WEB_SEARCHES }, \
	USAGE(at "usageMetadata")

/* Thoughts are text too; signatures are no output. */
#define OUTPUT(at)                                                                     \
	{ at "candidates[].content.parts[].text", FACT_OUTPUT },                       \
	{ at "candidates[].content.parts[].inlineData.data", FACT_OUTPUT_DATA },       \
	{ at "candidates[].content.parts[].executableCode.code", FACT_OUTPUT_ARGS },   \
	{ at "candidates[].content.parts[].functionCall.args.**", FACT_OUTPUT_ARGS },  \
	{ at "candidates[].content.parts[].functionCall.partialArgs[].stringValue", FACT_OUTPUT_ARGS }, \
	{ at "candidates[].content.parts[].codeExecutionResult.output", FACT_RESULT }

#define TEXTS(at)                                                                      \
	{ at "candidates[].content", FACT_TEXT },                                      \
	{ at "candidates[].content.parts[].text", FACT_TEXT },                         \
	{ at "candidates[].content.parts[].executableCode.code", FACT_ARGS },          \
	{ at "candidates[].content.parts[].functionCall.args.**", FACT_ARGS },         \
	{ at "candidates[].content.parts[].codeExecutionResult.output", FACT_RESULT }

#define ERRORS(at)                                         \
	{ at "error", FACT_ERROR },                        \
	{ at "error.status", FACT_ERROR_TYPE },            \
	{ at "error.code", FACT_ERROR_CODE },              \
	{ at "error.details[].reason", FACT_ERROR_CODE },  \
	{ at "error.message", FACT_ERROR_MESSAGE }

static const struct json_field response[] = {
	ANSWER(""),
	TEXTS(""),
	ANSWER("response."),
	TEXTS("response."),
	ERRORS(""),
	ERRORS("[]."),	/* of a stream that would have been an array */
};

static const struct json_field event[] = {
	ANSWER(""),
	OUTPUT(""),
	ANSWER("response."),
	OUTPUT("response."),
	ERRORS(""),
};

static bool fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_GEMINI)) && document->choice_count > 0;
}

/* google.cloud.aiplatform.v1.UsageMetadata.TrafficType, which clients of gRPC's
 * transcoding get by number. */
static void name_traffic(struct document *document)
{
	static const char *const names[] = { "UNSPECIFIED", "ON_DEMAND", "PROVISIONED_THROUGHPUT" };
	char *tier = document->terms.service_tier;

	if (tier[0] >= '0' && tier[0] < '0' + (int)ARRAY_SIZE(names) && !tier[1])
		text_copy(tier, sizeof(document->terms.service_tier), slice_of(names[tier[0] - '0']));
}

/* A prompt that is refused is answered with 200 and no candidate. */
static void refuse(struct document *document)
{
	document->failed = true;
	text_copy(document->error.code, sizeof(document->error.code), SLICE("content_filter"));
}

static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	name_traffic(document);
	if (document->status[0] && document->choice_count == 0)
		refuse(document);
	return false;
}

/* Streams are arrays, unless the query says alt=sse. */
#define METHODS(at)                                \
	{ .before = at, .after = ":generateContent" }, \
	{ .before = at, .after = ":streamGenerateContent", .framing = FRAMING_JSON_ARRAY }

static const struct path_rule paths[] = {
	METHODS("/publishers/google/models/"),
	METHODS("/models/"),
	METHODS("/tunedModels/"),
	METHODS("/endpoints/"),	/* tuned models of Vertex */
	METHODS(NULL),		/* Code Assist: the body names the model */
};

const struct dialect dialect_gemini_generate = {
	.name = "gemini.generate",
	.operation = OPERATION_GENERATE_CONTENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_CONTENTS),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.reasoning_beside = true,
	.later_model = true,
	.fits = fits,
	.settle = settle,
};
