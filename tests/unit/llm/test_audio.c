/* SPDX-License-Identifier: Apache-2.0 */
/* openai.audio: forms, text and sound in answers, both kinds of usage, streams. */
#include <string.h>

#include "base/cleanup.h"
#include "play.h"
#include "unit.h"

static struct play play;

static void setup(void)
{
	play_init(&play);
}

static void teardown(void)
{
	play_done(&play);
}

#define FORM_TYPE "multipart/form-data; boundary=x"
#define FORM(model)                                                                                     \
	"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n"       \
	"--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" model "\r\n--x--\r\n"
#define USAGE "{\"type\":\"tokens\",\"total_tokens\":49,\"input_tokens\":37,"                           \
	"\"input_token_details\":{\"text_tokens\":2,\"audio_tokens\":35},\"output_tokens\":12}"

static void upload(const char *authority, const char *target, const char *form)
{
	play_request_head(&play, "POST", authority, target, FORM_TYPE);
	play_request_body(&play, form, strlen(form));
	play_request_end(&play);
}

static void transcribe(void)
{
	upload("api.openai.com", "/v1/audio/transcriptions", FORM("gpt-4o-transcribe"));
}

static void answer_with(const char *content_type, const char *body)
{
	play_answer_head(&play, 200, content_type, FRAMING_PLAIN);
	play_answer_body(&play, body, strlen(body));
	play_end(&play, OUTCOME_COMPLETE);
}

START_TEST(test_tokens)
{
	const struct call *call;

	transcribe();
	play_answer(&play, 200, "{\"text\":\"a\",\"usage\":" USAGE "}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.audio");
	ck_assert_str_eq(call_operation_names[call->operation], "transcription");
	ck_assert_str_eq(call->request_model, "gpt-4o-transcribe");
	ck_assert_int_eq(call->tokens.input, 37);
	ck_assert_int_eq(call->tokens.audio_input, 35);
	ck_assert_int_eq(call->tokens.output, 12);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->tool_calls, CALL_UNKNOWN);
}
END_TEST

/* Answers that carry no tokens. Text is no JSON, and not taken for damaged JSON. */
static const struct {
	const char *content_type, *body;
} without_usage[] = {
	{ "application/json", "{\"text\":\"a\",\"usage\":{\"type\":\"duration\",\"seconds\":4}}" },
	{ "application/json", "{\"text\":\"a\"}" },
	{ "text/plain; charset=utf-8", "a\n" },
	{ "Text/Plain", "{\"text\":" },
	{ "text/vtt", "WEBVTT\n" },
	{ "application/x-subrip", "1\n00:00:00,000 --> 00:00:01,000\na\n" },
};

START_TEST(test_no_usage)
{
	transcribe();
	answer_with(without_usage[_i].content_type, without_usage[_i].body);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

START_TEST(test_mistral_usage)
{
	upload("api.mistral.ai", "/v1/audio/transcriptions", FORM("voxtral-mini-latest"));
	play_answer(&play, 200,
		    "{\"model\":\"voxtral-mini-latest\",\"text\":\"a\",\"usage\":{\"prompt_audio_seconds\":3,\"prompt_tokens\":3,"
		    "\"total_tokens\":389,\"completion_tokens\":11,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":375}}}");
	ck_assert_int_eq(play_call(&play)->tokens.input, 3);
	ck_assert_int_eq(play_call(&play)->tokens.output, 11);
	ck_assert_int_eq(play_call(&play)->tokens.cache_read, 0);
	ck_assert_int_eq(play_call(&play)->tokens.audio_input, CALL_UNKNOWN);
}
END_TEST

/* Cut anywhere the model is found, and the answer's end is the dialect's own. */
START_TEST(test_stream)
{
	const struct call *call;

	play.piece = (size_t)_i;
	transcribe();
	play_stream(&play);
	play_event(&play, "{\"type\":\"transcript.text.delta\",\"delta\":\"\"}");
	play.now_ns += 5 * MS;
	play_event(&play, "{\"type\":\"transcript.text.delta\",\"delta\":\"a\"}");
	play_event(&play, "{\"type\":\"transcript.text.delta\",\"delta\":\"b\"}");
	play_event(&play, "{\"type\":\"transcript.text.done\",\"text\":\"ab\",\"usage\":" USAGE "}");
	play_end(&play, OUTCOME_ABORTED);
	call = play_call(&play);
	ck_assert_str_eq(call->request_model, "gpt-4o-transcribe");
	ck_assert(call->streaming);
	ck_assert_int_eq(call->tokens.input, 37);
	ck_assert_int_ge(call->ttft_ns, 5 * (int64_t)MS);
	ck_assert_int_eq(call->error, ERROR_NONE);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_diarized_stream)
{
	transcribe();
	play_stream(&play);
	play_event(&play, "{\"type\":\"transcript.text.segment\",\"text\":\"a\",\"speaker\":\"A\"}");
	play_event(&play, "{\"type\":\"transcript.text.done\",\"text\":\"a\",\"usage\":" USAGE "}");
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->tokens.output, 12);
}
END_TEST

static void ask_to_speak(const char *authority)
{
	play_request(&play, authority, "/v1/audio/speech", "{\"model\":\"gpt-4o-mini-tts\",\"input\":\"hello\",\"voice\":\"alloy\"}");
}

START_TEST(test_sound)
{
	ask_to_speak("api.openai.com");
	answer_with("audio/mpeg", "\xff\xf3{\"error\":{}}");
	ck_assert_str_eq(play_call(&play)->dialect, "openai.audio");
	ck_assert_str_eq(call_operation_names[play_call(&play)->operation], "speech");
	ck_assert_str_eq(play_call(&play)->request_model, "gpt-4o-mini-tts");
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

START_TEST(test_sound_in_events)
{
	ask_to_speak("api.openai.com");
	play_stream(&play);
	play_event(&play, "{\"type\":\"speech.audio.delta\",\"audio\":\"SUQz\"}");
	play_event(&play, "{\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":5,\"output_tokens\":60,\"total_tokens\":65}}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->tokens.output, 60);
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_errors)
{
	transcribe();
	play_answer(&play, 429, "{\"error\":{\"type\":\"rate_limit_error\"}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_RATE_LIMIT);
	play.count = 0;
	ask_to_speak("api.openai.com");
	play_stream(&play);
	play_event(&play, "{\"type\":\"error\",\"error\":{\"code\":\"insufficient_quota\"}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_QUOTA);
}
END_TEST

/* On hosts that are not known: a file and a model, and an answer that fits. */
static const struct {
	const char *form, *content_type, *answer;
	bool is_call;
} unknown[] = {
	{ FORM("whisper"), "application/json", "{\"text\":\"a\"}", true },
	{ FORM("whisper"), "text/plain", "a", true },
	{ FORM("whisper"), "application/json", "{\"id\":1}", false },
	{ FORM("whisper"), "text/html", "<html>", false },
	{ "--x\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n1\r\n--x--", "application/json", "{\"text\":\"a\"}", false },
};

START_TEST(test_unknown_host)
{
	upload("whisper.internal", "/v1/audio/transcriptions", unknown[_i].form);
	answer_with(unknown[_i].content_type, unknown[_i].answer);
	ck_assert_uint_eq(play.count, unknown[_i].is_call);
}
END_TEST

START_TEST(test_sound_of_unknown_host)
{
	ask_to_speak("tts.internal");
	answer_with("audio/wav", "RIFF");
	ck_assert_uint_eq(play.count, 1);
	ask_to_speak("tts.internal");
	answer_with("text/html", "<html>");
	ck_assert_uint_eq(play.count, 1);
}
END_TEST

/* A text in an answer proves nothing where no path was seen, nor on another path. */
START_TEST(test_text_alone)
{
	play_request(&play, "service.internal", "/things", "{\"model\":\"m\",\"input\":\"a\",\"file\":\"f\"}");
	play_answer(&play, 200, "{\"text\":\"a\",\"usage\":" USAGE "}");
	play.exchange = (struct exchange){ .conn = &play.conn };
	play_answer(&play, 200, "{\"text\":\"a\",\"usage\":" USAGE "}");
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

START_TEST(test_form_elsewhere)
{
	play_request_head(&play, "POST", "service.internal", "/upload", FORM_TYPE);
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_COMPLETE);
	/* The request ends in the middle of its form. */
	play_request_head(&play, "POST", "api.openai.com", "/v1/audio/translations", FORM_TYPE);
	play_request_body(&play, FORM("whisper-1"), 40);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_str_eq(play_call(&play)->request_model, "");
	ck_assert_int_eq(play_call(&play)->error, ERROR_CANCELLED);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: openai.audio");
	TCase *tcase = tcase_create("audio");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_tokens);
	tcase_add_loop_test(tcase, test_no_usage, 0, ARRAY_SIZE(without_usage));
	tcase_add_test(tcase, test_mistral_usage);
	tcase_add_loop_test(tcase, test_stream, 0, 8);
	tcase_add_test(tcase, test_diarized_stream);
	tcase_add_test(tcase, test_sound);
	tcase_add_test(tcase, test_sound_in_events);
	tcase_add_test(tcase, test_errors);
	tcase_add_loop_test(tcase, test_unknown_host, 0, ARRAY_SIZE(unknown));
	tcase_add_test(tcase, test_sound_of_unknown_host);
	tcase_add_test(tcase, test_text_alone);
	tcase_add_test(tcase, test_form_elsewhere);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
