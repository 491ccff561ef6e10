/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.realtime: spoken over a WebSocket alone, also by Azure and xAI. A
 * response is asked for, or begun by the server when it has heard enough.
 * Writing down what was heard is billed beside the responses, by the tokens or
 * the seconds of another model. xAI leaves response.usage empty and puts the
 * usage beside the response (recorded traffic; wire-formats section 5.8).
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define USAGE(at)                                                                         \
	{ at "usage.input_tokens", FACT_COUNT + COUNT_INPUT },                            \
	{ at "usage.output_tokens", FACT_COUNT + COUNT_OUTPUT },                          \
	{ at "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },                            \
	{ at "usage.input_token_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ },  \
	{ at "usage.input_token_details.audio_tokens", FACT_COUNT + COUNT_AUDIO_INPUT },  \
	{ at "usage.input_token_details.image_tokens", FACT_COUNT + COUNT_IMAGE_INPUT },  \
	{ at "usage.output_token_details.audio_tokens", FACT_COUNT + COUNT_AUDIO_OUTPUT }, \
	{ at "usage.output_token_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING }

#define ERROR(at)                                    \
	{ at "error", FACT_ERROR },                  \
	{ at "error.type", FACT_ERROR_TYPE },        \
	{ at "error.code", FACT_ERROR_CODE },        \
	{ at "error.message", FACT_ERROR_MESSAGE }

#define SESSION                                                              \
	{ "session.model", FACT_MODEL },                                     \
	{ "session.audio.input.transcription.model", FACT_OTHER_MODEL },     \
	{ "session.input_audio_transcription.model", FACT_OTHER_MODEL }

/* A handshake that was refused. */
static const struct json_field response[] = { ERROR("") };

#define TOOLS(at)                                        \
	{ at, FACT_TOOL },                               \
	{ at ".name", FACT_TOOL },                       \
	{ at ".description", FACT_TOOL },                \
	{ at ".parameters.**.description", FACT_TOOL }

/* Sound comes with what was said in it, or without. */
#define ITEM(at)                                         \
	{ at, FACT_PROMPT },                             \
	{ at ".role", FACT_SPEAKER },                    \
	{ at ".content[].text", FACT_PROMPT },           \
	{ at ".content[].transcript", FACT_PROMPT },     \
	{ at ".output", FACT_RESULT },                   \
	{ at ".arguments", FACT_ARGS }

static const struct json_field client[] = {
	{ "type", FACT_TYPE },
	{ "event_id", FACT_EVENT_ID },
	SESSION,
	{ "session.instructions", FACT_SYSTEM },
	TOOLS("session.tools[]"),
	{ "response.instructions", FACT_SYSTEM },
	TOOLS("response.tools[]"),
	ITEM("response.input[]"),
	ITEM("item"),
};

static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	SESSION,
	{ "delta", FACT_DELTA },
	{ "transcript", FACT_HEARD },
	{ "response_id", FACT_ID },
	{ "response.id", FACT_ID },
	{ "response.object", FACT_OBJECT },
	{ "response.status", FACT_STATUS },
	{ "response.status_details.reason", FACT_STOP_REASON },
	ERROR("response.status_details."),
	{ "response.output[]", FACT_ITEM },
	{ "response.output[].type", FACT_ITEM_TYPE },
	{ "response.output[].name", FACT_ITEM_NAME },
	{ "output_index", FACT_EVENT_INDEX },
	{ "item", FACT_EVENT_ITEM },
	{ "item.type", FACT_ITEM_TYPE },
	{ "item.name", FACT_ITEM_NAME },
	{ "item.call_id", FACT_ITEM_ID },
	USAGE("response."),
	USAGE(""),
	{ "usage.seconds", FACT_SECONDS },
	ERROR(""),
	{ "error.event_id", FACT_EVENT_ID },
};

#define TRANSCRIPTION "conversation.item.input_audio_transcription."

static const struct {
	const char *type;
	enum session_act act;
} acts[] = {
	{ "session.created", SESSION_SETS_UP },
	{ "session.updated", SESSION_SETS_UP },
	{ "transcription_session.created", SESSION_SETS_UP },
	{ "transcription_session.updated", SESSION_SETS_UP },
	{ "input_audio_buffer.speech_stopped", SESSION_ENDS_INPUT },
	{ "response.created", SESSION_BEGINS },
	{ "response.done", SESSION_ENDS },
	{ TRANSCRIPTION "completed", SESSION_ENDS_ASIDE },
	{ TRANSCRIPTION "failed", SESSION_ENDS_ASIDE },
	{ "error", SESSION_FAILS },
};

static enum session_act on_server(const struct document *document)
{
	struct slice type = slice_of(document->type);

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		if (slice_eq(type, slice_of(acts[i].type)))
			return acts[i].act;
	if (slice_starts(type, SLICE(TRANSCRIPTION)))
		return SESSION_CONTINUES_ASIDE;
	return slice_starts(type, SLICE("response.")) ? SESSION_CONTINUES : SESSION_NOTHING;
}

static enum session_act on_client(struct document *document)
{
	struct slice type = slice_of(document->type);

	if (slice_eq(type, SLICE("response.create")))
		return SESSION_ASKS;
	if (slice_eq(type, SLICE("session.update")) || slice_eq(type, SLICE("transcription_session.update")))
		return SESSION_SETS_UP;
	/* It ends a turn where nobody listens for its end. */
	return slice_eq(type, SLICE("input_audio_buffer.commit")) ? SESSION_ENDS_INPUT : SESSION_NOTHING;
}

static bool fits(const struct document *document)
{
	struct slice type = slice_of(document->type);

	return slice_starts(type, SLICE("response.")) || slice_starts(type, SLICE("session.")) ||
	       slice_starts(type, SLICE("conversation.item.")) || slice_starts(type, SLICE("input_audio_buffer."));
}

/* Words of its own for how a response ended, in the places of an error's. */
static void take_status(struct document *document)
{
	if (strcmp(document->status, "failed") != 0 && strcmp(document->status, "cancelled") != 0)
		return;
	document->failed = true;
	if (!document->error.type[0] && !document->error.code[0])
		memcpy(document->error.code, document->status, sizeof(document->status));
}

static bool settle(struct document *document, bool is_event)
{
	if (!is_event)
		return false;
	if (slice_ends(slice_of(document->type), SLICE(".delta")))
		document->output |= document->delta;
	if (strcmp(document->type, "response.output_item.added") == 0 && document->event_item.name[0])
		document->output = true;
	if (strcmp(document->type, "response.done") != 0)
		return false;
	take_status(document);
	if (!document->stop_reason[0])
		memcpy(document->stop_reason, document->status, sizeof(document->stop_reason));
	document_one_choice(document);
	return true;
}

static const struct path_rule paths[] = { { .after = "/realtime" } };

static const struct session_dialect session = {
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.client = client,
	.client_count = ARRAY_SIZE(client),
	.on_client = on_client,
	.on_server = on_server,
	.aside = OPERATION_TRANSCRIPTION,
};

const struct dialect dialect_openai_realtime = {
	.name = "openai.realtime",
	.operation = OPERATION_CHAT,
	.session = &session,
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
