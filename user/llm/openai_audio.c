/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.audio: transcriptions and translations (a form with a file; an answer
 * in JSON, plain text or events) and speech (a JSON request; an answer that is
 * sound, or events). Newer models report tokens, whisper-1 and tts-1 none:
 * their usage is a duration, or absent.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define ERRORS                               \
	{ "error", FACT_ERROR },             \
	{ "error.type", FACT_ERROR_TYPE },   \
	{ "error.code", FACT_ERROR_CODE },   \
	{ "error.message", FACT_ERROR_MESSAGE }

#define USAGE                                                             \
	{ "usage.input_tokens", FACT_COUNT + COUNT_INPUT },               \
	{ "usage.output_tokens", FACT_COUNT + COUNT_OUTPUT },             \
	{ "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },               \
	{ "usage.input_token_details.audio_tokens", FACT_COUNT + COUNT_AUDIO_INPUT }, \
	{ "usage.seconds", FACT_SECONDS },                                \
	CHARGES("usage.")

/* Its prompt_tokens leave the sound out; how much there was only its own total tells. */
#define MISTRAL_USAGE                                                     \
	{ "usage.prompt_audio_seconds", FACT_SECONDS },                   \
	{ "usage.service_tier", FACT_SERVICE_TIER },                      \
	{ "usage.prompt_tokens", FACT_COUNT + COUNT_INPUT_ALT },          \
	{ "usage.completion_tokens", FACT_COUNT + COUNT_OUTPUT_ALT },     \
	{ "usage.prompt_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ }

/* `duration` is that of the file, `seconds` what is charged for, and stands behind it. */
static const struct json_field text_response[] = {
	{ "id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "duration", FACT_SECONDS },
	{ "text", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "text", FACT_TEXT },
	USAGE,
	MISTRAL_USAGE,
	ERRORS,
};

static const struct json_field text_event[] = {
	{ "type", FACT_TYPE },
	{ "model", FACT_MODEL },
	{ "delta", FACT_DELTA },
	{ "text", FACT_EVIDENCE + EVIDENCE_TEXT },
	{ "text", FACT_DELTA },		/* of a segment; the end repeats it all */
	USAGE,
	MISTRAL_USAGE,
	ERRORS,
};

static const struct json_field speech_event[] = {
	{ "type", FACT_TYPE },
	{ "audio", FACT_OUTPUT_DATA },
	USAGE,
	ERRORS,
};

/* Of some gateways, and of errors everywhere. */
static const struct json_field speech_response[] = {
	{ "id", FACT_ID },
	{ "model", FACT_MODEL },
	{ "audio_data", FACT_EVIDENCE + EVIDENCE_SOUND },
	USAGE,
	ERRORS,
};

static bool type_is(const struct document *document, const char *type)
{
	return strcmp(document->type, type) == 0;
}

static bool text_fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_TEXT)) ||
	       slice_starts(slice_of(document->type), SLICE("transcript.text."));
}

static bool text_settle(struct document *document, bool is_event)
{
	if (!is_event)
		return false;
	if (type_is(document, "transcript.text.delta"))
		document->output |= document->delta;
	if (type_is(document, "transcript.text.segment"))	/* of who speaks when */
		document->output = true;
	if (type_is(document, "error"))
		document_is_error(document);
	return type_is(document, "transcript.text.done");
}

static bool speech_fits(const struct document *document)
{
	return (document->evidence & SAW(EVIDENCE_SOUND)) ||
	       slice_starts(slice_of(document->type), SLICE("speech.audio."));
}

static bool speech_settle(struct document *document, bool is_event)
{
	if (is_event && type_is(document, "error"))
		document_is_error(document);
	return is_event && type_is(document, "speech.audio.done");
}

static const struct path_rule text_paths[] = {
	{ .after = "/audio/transcriptions" },
	{ .after = "/audio/translations" },
};
static const char *const text_media[] = { "text/plain", "text/vtt", "text/srt", "application/x-subrip" };

const struct dialect dialect_openai_transcription = {
	.name = "openai.audio",
	.operation = OPERATION_TRANSCRIPTION,
	.paths = text_paths,
	.path_count = ARRAY_SIZE(text_paths),
	.request_needs = SAW(EVIDENCE_FILE),
	.response = text_response,
	.response_count = ARRAY_SIZE(text_response),
	.event = text_event,
	.event_count = ARRAY_SIZE(text_event),
	.media = text_media,
	.media_count = ARRAY_SIZE(text_media),
	.path_only = true,
	.fits = text_fits,
	.settle = text_settle,
};

static const struct path_rule speech_paths[] = { { .after = "/audio/speech" } };
static const char *const speech_media[] = { "audio/", "application/octet-stream" };

const struct dialect dialect_openai_speech = {
	.name = "openai.audio",
	.operation = OPERATION_SPEECH,
	.paths = speech_paths,
	.path_count = ARRAY_SIZE(speech_paths),
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = speech_response,
	.response_count = ARRAY_SIZE(speech_response),
	.event = speech_event,
	.event_count = ARRAY_SIZE(speech_event),
	.media = speech_media,
	.media_count = ARRAY_SIZE(speech_media),
	.path_only = true,
	.fits = speech_fits,
	.settle = speech_settle,
};
