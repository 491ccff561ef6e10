/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemini.live: a WebSocket on which each message is an object whose keys say
 * what it is. A call is a turn of the model: from what the client says until
 * turnComplete, over whatever tools it asks for in between; its usage comes
 * once, with the turn's end (recorded traffic). Keys of the client come in
 * either case, as its SDKs write them. Gemini counts the output as response,
 * Vertex as candidates, both without the thoughts.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

enum mark {
	MARK_SETUP = 0,
	MARK_TURN_COMPLETE,
	MARK_INPUT,		/* text, or the end of sound */
	MARK_OUTPUT,
	MARK_SERVER,		/* any key of a server's message */
};
#define HAS(document, mark) ((document)->marks & 1u << (mark))

/* A handshake that was refused. */
static const struct json_field response[] = {
	{ "error", FACT_ERROR },
	{ "error.status", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
};

#define SETUP(at)                                                          \
	{ at "systemInstruction.parts[].text", FACT_SYSTEM },              \
	{ at "system_instruction.parts[].text", FACT_SYSTEM },             \
	DECLARATIONS(at "tools[].functionDeclarations[]"),                 \
	DECLARATIONS(at "tools[].function_declarations[]")

#define DECLARATIONS(at)                                                   \
	{ at, FACT_TOOL },                                                 \
	{ at ".name", FACT_TOOL },                                         \
	{ at ".description", FACT_TOOL },                                  \
	{ at ".parameters.**.description", FACT_TOOL }

#define TURNS(at)                                                          \
	{ at "turns[]", FACT_PROMPT },                                     \
	{ at "turns[].role", FACT_SPEAKER },                               \
	{ at "turns[].parts[].text", FACT_PROMPT }

#define RESPONSES(at)                                                      \
	{ at, FACT_RESULT },                                               \
	{ at ".response.**", FACT_RESULT }

static const struct json_field client[] = {
	SETUP("setup."),
	TURNS("clientContent."),
	TURNS("client_content."),
	{ "realtimeInput.text", FACT_PROMPT },
	{ "realtime_input.text", FACT_PROMPT },
	RESPONSES("toolResponse.functionResponses[]"),
	RESPONSES("tool_response.function_responses[]"),
	{ "setup", FACT_MARK + MARK_SETUP },
	{ "setup.model", FACT_MODEL },
	{ "clientContent.turnComplete", FACT_MARK + MARK_TURN_COMPLETE },
	{ "clientContent.turn_complete", FACT_MARK + MARK_TURN_COMPLETE },
	{ "client_content.turnComplete", FACT_MARK + MARK_TURN_COMPLETE },
	{ "client_content.turn_complete", FACT_MARK + MARK_TURN_COMPLETE },
	{ "realtimeInput.text", FACT_MARK + MARK_INPUT },
	{ "realtimeInput.activityEnd", FACT_MARK + MARK_INPUT },
	{ "realtimeInput.audioStreamEnd", FACT_MARK + MARK_INPUT },
	{ "realtime_input.text", FACT_MARK + MARK_INPUT },
	{ "realtime_input.activityEnd", FACT_MARK + MARK_INPUT },
	{ "realtime_input.activity_end", FACT_MARK + MARK_INPUT },
	{ "realtime_input.audioStreamEnd", FACT_MARK + MARK_INPUT },
	{ "realtime_input.audio_stream_end", FACT_MARK + MARK_INPUT },
};

static const struct json_field event[] = {
	{ "setupComplete", FACT_MARK + MARK_SERVER },
	{ "serverContent", FACT_MARK + MARK_SERVER },
	{ "serverContent.modelTurn", FACT_MARK + MARK_OUTPUT },
	{ "serverContent.modelTurn.parts[].text", FACT_OUTPUT },
	{ "serverContent.modelTurn.parts[].inlineData.data", FACT_OUTPUT_DATA },
	{ "serverContent.modelTurn.parts[].executableCode.code", FACT_OUTPUT_ARGS },
	{ "serverContent.modelTurn.parts[].codeExecutionResult.output", FACT_RESULT },
	{ "serverContent.inputTranscription.text", FACT_HEARD },
	{ "serverContent.outputTranscription", FACT_MARK + MARK_OUTPUT },
	{ "serverContent.outputTranscription.text", FACT_OUTPUT },
	{ "serverContent.turnComplete", FACT_MARK + MARK_TURN_COMPLETE },
	{ "serverContent.turnCompleteReason", FACT_STOP_REASON },
	{ "toolCall", FACT_MARK + MARK_OUTPUT },
	{ "toolCall.functionCalls[]", FACT_TOOL_CALL },
	{ "toolCall.functionCalls[].name", FACT_TOOL_NAME },
	{ "toolCall.functionCalls[].args.**", FACT_OUTPUT_ARGS },
	{ "usageMetadata.promptTokenCount", FACT_COUNT + COUNT_INPUT },
	{ "usageMetadata.toolUsePromptTokenCount", FACT_COUNT + COUNT_TOOL_INPUT },
	{ "usageMetadata.responseTokenCount", FACT_COUNT + COUNT_OUTPUT },
	{ "usageMetadata.candidatesTokenCount", FACT_COUNT + COUNT_OUTPUT_ALT },
	{ "usageMetadata.thoughtsTokenCount", FACT_COUNT + COUNT_REASONING },
	{ "usageMetadata.cachedContentTokenCount", FACT_COUNT + COUNT_CACHE_READ },
	{ "usageMetadata.totalTokenCount", FACT_COUNT + COUNT_TOTAL },
};

/* Models are resources: "models/x", "projects/.../publishers/google/models/x". */
static void cut_collection(char model[MODEL_BYTES])
{
	static const char collection[] = "models/";
	char *at = strstr(model, collection);

	if (at)
		memmove(model, at + sizeof(collection) - 1, strlen(at + sizeof(collection) - 1) + 1);
}

static enum session_act on_client(struct document *document)
{
	if (HAS(document, MARK_SETUP)) {
		cut_collection(document->model);
		return SESSION_SETS_UP;
	}
	if (HAS(document, MARK_TURN_COMPLETE))
		return SESSION_ASKS;
	return HAS(document, MARK_INPUT) ? SESSION_ENDS_INPUT : SESSION_NOTHING;
}

static enum session_act on_server(const struct document *document)
{
	if (HAS(document, MARK_TURN_COMPLETE))
		return SESSION_ENDS;
	return HAS(document, MARK_OUTPUT) ? SESSION_BEGINS : SESSION_CONTINUES;
}

static bool fits(const struct document *document)
{
	return HAS(document, MARK_SERVER) || HAS(document, MARK_OUTPUT);
}

static bool settle(struct document *document, bool is_event)
{
	if (!is_event)
		return false;
	document_one_choice(document);
	return HAS(document, MARK_TURN_COMPLETE);
}

/* BidiGenerateContentConstrained: with a short-lived token. */
static const struct path_rule paths[] = {
	{ .after = ".GenerativeService.BidiGenerateContent" },
	{ .after = ".GenerativeService.BidiGenerateContentConstrained" },
	{ .after = ".LlmBidiService/BidiGenerateContent" },
};

static const struct session_dialect session = {
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.client = client,
	.client_count = ARRAY_SIZE(client),
	.on_client = on_client,
	.on_server = on_server,
	.asks_merge = true,
};

const struct dialect dialect_gemini_live = {
	.name = "gemini.live",
	.operation = OPERATION_GENERATE_CONTENT,
	.session = &session,
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.reasoning_beside = true,
	.fits = fits,
	.settle = settle,
};
