/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many calls on one WebSocket. Sequences of messages as recorded traffic has
 * them (pydantic-ai's cassettes of realtime sessions), made short.
 */
#include <stdio.h>
#include <string.h>

#include "play.h"
#include "unit.h"

#define REALTIME "/v1/realtime?api-key=secret&model=gpt-realtime"
#define LIVE "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=secret"

#define CREATED(id) "{\"type\":\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"" id "\",\"status\":\"in_progress\",\"usage\":null}}"
#define DELTA(id) "{\"type\":\"response.output_audio.delta\",\"response_id\":\"" id "\",\"output_index\":0,\"delta\":\"AAAA\"}"
#define DONE(id, status, details, usage)                                                                              \
	"{\"type\":\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"" id "\",\"status\":\"" status \
	"\",\"status_details\":" details ",\"output\":[],\"usage\":" usage "}}"
#define USAGE(input, output)                                                                                          \
	"{\"total_tokens\":0,\"input_tokens\":" #input ",\"output_tokens\":" #output                                   \
	",\"input_token_details\":{\"text_tokens\":3,\"audio_tokens\":7,\"image_tokens\":2,\"cached_tokens\":4},"       \
	"\"output_token_details\":{\"text_tokens\":5,\"audio_tokens\":6}}"
#define CREATE "{\"type\":\"response.create\"}"

static struct play play;

static void setup(void)
{
	play_init(&play);
}

static void teardown(void)
{
	play_done(&play);
}

static void open_realtime(void)
{
	play_header(&play, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	play_socket(&play, "api.openai.com", REALTIME);
	play_server(&play, "{\"type\":\"session.created\",\"event_id\":\"e1\",\"session\":{\"model\":\"gpt-realtime-2025-08-28\"}}");
}

static void respond(const char *created, const char *delta, const char *done)
{
	play_server(&play, created);
	play_server(&play, delta);
	play_server(&play, done);
}

START_TEST(asked_for)
{
	const struct call *call;

	open_realtime();
	play_client(&play, "{\"type\":\"session.update\",\"session\":{\"instructions\":\"x\"}}");
	play_client(&play, "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\"}}");
	play_client(&play, CREATE);
	play_server(&play, "{\"type\":\"conversation.item.added\",\"item\":{\"type\":\"message\"}}");
	play_server(&play, CREATED("resp_1"));
	play_server(&play, DELTA("resp_1"));
	play.now_ns += 10 * MS;
	play_server(&play, DELTA("resp_1"));
	ck_assert_uint_eq(play.count, 0);
	play_server(&play, DONE("resp_1", "completed", "null", USAGE(12, 11)));
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.realtime");
	ck_assert_str_eq(call->provider, "openai");
	ck_assert_str_eq(call->method, "GET");
	ck_assert_str_eq(call->path, "/v1/realtime");
	ck_assert_str_eq(call->server_address, "api.openai.com");
	ck_assert_int_eq(call->protocol, HTTP_WEBSOCKET);
	ck_assert_int_eq(call->operation, OPERATION_CHAT);
	ck_assert(call->streaming);
	ck_assert(call->has_trace);
	ck_assert_int_eq(call->status, 101);
	ck_assert_str_eq(call->request_model, "gpt-realtime");
	ck_assert_str_eq(call->response_model, "gpt-realtime-2025-08-28");
	ck_assert_str_eq(call->response_id, "resp_1");
	ck_assert_int_eq(call->tokens.input, 12);
	ck_assert_int_eq(call->tokens.output, 11);
	ck_assert_int_eq(call->tokens.cache_read, 4);
	ck_assert_int_eq(call->tokens.audio_input, 7);
	ck_assert_int_eq(call->tokens.image_input, 2);
	ck_assert_int_eq(call->tokens.audio_output, 6);
	ck_assert_uint_eq(call->finish_reason_count, 1);
	ck_assert_str_eq(call->finish_reasons[0], "completed");
	ck_assert_int_eq(call->error, ERROR_NONE);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->tool_calls, 0);
	/* Each message is a piece and an end, 1 ms apart. */
	ck_assert_int_eq(call->request_ns, 1 * MS);
	ck_assert_int_eq(call->ttfb_ns, 4 * MS);
	ck_assert_int_eq(call->ttft_ns, 7 * MS);
	ck_assert_int_eq(call->output_span_ns, 12 * MS);
	ck_assert_int_eq(call->duration_ns, 21 * MS);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 1);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 0);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

START_TEST(bytes_of_each_call)
{
	open_realtime();
	play_client(&play, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AA\"}");
	play_client(&play, CREATE);
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	play_server(&play, "{\"type\":\"rate_limits.updated\"}");
	play_client(&play, CREATE);
	respond(CREATED("r2"), DELTA("r2"), DONE("r2", "completed", "null", USAGE(1, 1)));
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[0].request_bytes,
			 strlen("{\"type\":\"input_audio_buffer.append\",\"audio\":\"AA\"}" CREATE));
	ck_assert_int_eq(play.calls[1].request_bytes, strlen(CREATE));
	ck_assert_int_eq(play.calls[0].response_bytes,
			 strlen(CREATED("r1") DELTA("r1") DONE("r1", "completed", "null", USAGE(1, 1))));
	ck_assert_int_eq(play.calls[1].response_bytes, play.calls[0].response_bytes);
	ck_assert_int_eq(play.calls[1].capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(begun_by_the_server)
{
	const struct call *call;

	open_realtime();
	play_client(&play, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
	play_server(&play, "{\"type\":\"input_audio_buffer.speech_started\"}");
	play_server(&play, "{\"type\":\"input_audio_buffer.speech_stopped\"}");
	play_server(&play, "{\"type\":\"input_audio_buffer.committed\"}");
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	call = play_call(&play);
	ck_assert_int_eq(call->ttfb_ns, 3 * MS);
	ck_assert_int_eq(call->ttft_ns, 6 * MS);
	ck_assert_int_eq(call->duration_ns, 8 * MS);
	ck_assert_int_eq(call->request_ns, CALL_UNKNOWN);
	respond(CREATED("r2"), DELTA("r2"), DONE("r2", "completed", "null", USAGE(1, 1)));
	ck_assert_uint_eq(play.count, 1);
	play.now_ns += 100 * MS;
	play_server(&play, "{\"type\":\"rate_limits.updated\"}");
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play.calls[1].duration_ns, 5 * MS);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

/* What was heard is written down by another model, for its own price. */
START_TEST(transcription)
{
	open_realtime();
	play_client(&play, "{\"type\":\"session.update\",\"session\":{\"audio\":{\"input\":{\"transcription\":{\"model\":\"gpt-4o-transcribe\"}}}}}");
	play_server(&play, "{\"type\":\"input_audio_buffer.speech_stopped\"}");
	play_server(&play, CREATED("r1"));
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.delta\",\"delta\":\"he\"}");
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"transcript\":\"hello\","
			   "\"usage\":{\"type\":\"tokens\",\"total_tokens\":35,\"input_tokens\":26,\"output_tokens\":9,"
			   "\"input_token_details\":{\"text_tokens\":0,\"audio_tokens\":26}}}");
	ck_assert_uint_eq(play.count, 1);
	ck_assert_int_eq(play.calls[0].operation, OPERATION_TRANSCRIPTION);
	ck_assert_str_eq(play.calls[0].dialect, "openai.realtime");
	ck_assert_str_eq(play.calls[0].request_model, "gpt-4o-transcribe");
	ck_assert_str_eq(play.calls[0].response_model, "");
	ck_assert_int_eq(play.calls[0].tokens.input, 26);
	ck_assert_int_eq(play.calls[0].tokens.audio_input, 26);
	ck_assert_int_eq(play.calls[0].tokens.output, 9);
	ck_assert_int_eq(play.calls[0].tool_calls, CALL_UNKNOWN);
	ck_assert_int_eq(play.calls[0].duration_ns, 6 * MS);
	play_server(&play, DONE("r1", "completed", "null", USAGE(5, 6)));
	ck_assert_int_eq(play.calls[1].tokens.input, 5);
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.completed\","
			   "\"usage\":{\"type\":\"duration\",\"seconds\":2.5}}");
	ck_assert_int_eq(play.calls[2].units.audio_ms, 2500);
	play_server(&play, "{\"type\":\"conversation.item.input_audio_transcription.failed\","
			   "\"error\":{\"type\":\"server_error\",\"code\":\"x\"}}");
	ck_assert_int_eq(play.calls[3].error, ERROR_SERVER);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 4);
}
END_TEST

START_TEST(tools)
{
	const struct call *call;

	open_realtime();
	play_client(&play, CREATE);
	play_server(&play, CREATED("r1"));
	play_server(&play, "{\"type\":\"response.output_item.added\",\"response_id\":\"r1\",\"output_index\":0,"
			   "\"item\":{\"type\":\"function_call\",\"name\":\"weather\",\"call_id\":\"c1\"}}");
	play_server(&play, "{\"type\":\"response.output_item.done\",\"response_id\":\"r1\",\"output_index\":0,"
			   "\"item\":{\"type\":\"function_call\",\"name\":\"weather\",\"call_id\":\"c1\"}}");
	play_server(&play, "{\"type\":\"response.done\",\"response\":{\"id\":\"r1\",\"status\":\"completed\",\"output\":["
			   "{\"type\":\"function_call\",\"name\":\"weather\"},{\"type\":\"function_call\",\"name\":\"time\"}],"
			   "\"usage\":" USAGE(1, 1) "}}");
	call = play_call(&play);
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_uint_eq(call->tool_count, 2);
	ck_assert_str_eq(call->tools[0], "weather");
	ck_assert_int_eq(call->ttft_ns, 5 * MS);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

/* Out of band: two at a time, told apart by their ids. */
START_TEST(at_the_same_time)
{
	open_realtime();
	play_client(&play, CREATE);
	play_client(&play, "{\"type\":\"response.create\",\"response\":{\"conversation\":\"none\"}}");
	play_server(&play, CREATED("r1"));
	play_server(&play, CREATED("r2"));
	play_server(&play, DELTA("r2"));
	play_server(&play, DELTA("r1"));
	play_server(&play, DONE("r2", "completed", "null", USAGE(2, 2)));
	play_server(&play, DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_uint_eq(play.count, 2);
	ck_assert_str_eq(play.calls[0].response_id, "r2");
	ck_assert_int_eq(play.calls[0].tokens.input, 2);
	ck_assert_int_eq(play.calls[0].ttft_ns, 8 * MS - 1 * MS);
	ck_assert_str_eq(play.calls[1].response_id, "r1");
	ck_assert_int_eq(play.calls[1].ttft_ns, 11 * MS);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

static const struct {
	const char *status, *details, *finish;
	enum call_error error;
} endings[] = {
	{ "cancelled", "{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}", "turn_detected", ERROR_CANCELLED },
	{ "incomplete", "{\"type\":\"incomplete\",\"reason\":\"max_output_tokens\"}", "max_output_tokens", ERROR_NONE },
	{ "incomplete", "{\"type\":\"incomplete\",\"reason\":\"content_filter\"}", "content_filter", ERROR_CONTENT_FILTER },
	{ "failed", "{\"type\":\"failed\",\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}", "failed",
	  ERROR_QUOTA },
	{ "failed", "null", "failed", ERROR_OTHER },
};

START_TEST(ends_otherwise)
{
	char done[512];

	snprintf(done, sizeof(done), DONE("r1", "%s", "%s", USAGE(1, 1)), endings[_i].status, endings[_i].details);
	open_realtime();
	play_client(&play, CREATE);
	respond(CREATED("r1"), DELTA("r1"), done);
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], endings[_i].finish);
	ck_assert_int_eq(play_call(&play)->error, endings[_i].error);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

#define ERROR_EVENT(code, event) \
	"{\"type\":\"error\",\"event_id\":\"s\",\"error\":{\"type\":\"invalid_request_error\",\"code\":\"" code "\",\"event_id\":" event "}}"

START_TEST(refused_by_name)
{
	open_realtime();
	play_client(&play, "{\"type\":\"response.create\",\"event_id\":\"c1\"}");
	play_client(&play, "{\"type\":\"response.create\",\"event_id\":\"c2\"}");
	play_server(&play, ERROR_EVENT("x", "\"c0\""));
	ck_assert_uint_eq(play.count, 0);
	play_server(&play, ERROR_EVENT("rate_limit_exceeded", "\"c2\""));
	ck_assert_uint_eq(play.count, 1);
	ck_assert_int_eq(play.calls[0].error, ERROR_RATE_LIMIT);
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].error, ERROR_NONE);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

/* An error that names nothing may be about something else than the question. */
START_TEST(refused_without_name)
{
	open_realtime();
	play_server(&play, ERROR_EVENT("x", "null"));
	play_client(&play, "{\"type\":\"session.update\",\"session\":{\"voice\":1}}");
	play_client(&play, CREATE);
	play_server(&play, ERROR_EVENT("invalid_value", "null"));
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
	play_client(&play, CREATE);
	play_server(&play, ERROR_EVENT("invalid_value", "null"));
	play_client(&play, CREATE);
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].error, ERROR_INVALID_REQUEST);
	ck_assert_int_eq(play.calls[1].duration_ns, 3 * MS);
	play_server(&play, ERROR_EVENT("invalid_value", "null"));
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 3);
	ck_assert_int_eq(play.calls[2].error, ERROR_INVALID_REQUEST);
	ck_assert_int_eq(play.calls[2].capture, CAPTURE_COMPLETE);
}
END_TEST

/* A question that was written before its answer came, and is seen after it. */
static void ask_late(const char *question, uint64_t asked_ns)
{
	uint64_t now_ns = play.now_ns;

	play.now_ns = asked_ns;
	play_client(&play, question);
	play.now_ns = now_ns;
}

START_TEST(question_seen_late)
{
	uint64_t asked_ns;

	open_realtime();
	asked_ns = play.now_ns;
	play.now_ns += 2 * MS;
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_uint_eq(play.count, 0);
	ask_late(CREATE, asked_ns);
	ck_assert_int_eq(play_call(&play)->ttft_ns, 5 * MS);
	ck_assert_int_eq(play_call(&play)->request_bytes, strlen(CREATE));
	asked_ns = play.now_ns;
	play.now_ns += 2 * MS;
	play_server(&play, CREATED("r2"));
	play_server(&play, DELTA("r2"));
	ask_late(CREATE, asked_ns);
	play_server(&play, DONE("r2", "completed", "null", USAGE(1, 1)));
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].ttft_ns, 5 * MS);
	asked_ns = play.now_ns;
	play.now_ns += 2 * MS;
	play_server(&play, ERROR_EVENT("rate_limit_exceeded", "\"c0\""));
	play_server(&play, ERROR_EVENT("rate_limit_exceeded", "\"c1\""));
	ask_late("{\"type\":\"response.create\",\"event_id\":\"c1\"}", asked_ns);
	ck_assert_uint_eq(play.count, 3);
	ck_assert_int_eq(play.calls[2].error, ERROR_RATE_LIMIT);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 3);
}
END_TEST

START_TEST(broken_off)
{
	open_realtime();
	play_client(&play, CREATE);
	play_server(&play, CREATED("r1"));
	play_server(&play, DELTA("r1"));
	play_client(&play, CREATE);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(play.calls[i].capture, CAPTURE_ABORTED);
		ck_assert_int_eq(play.calls[i].error, ERROR_CANCELLED);
	}
	ck_assert_int_eq(play.calls[0].duration_ns, 5 * MS);
}
END_TEST

START_TEST(no_response_no_call)
{
	open_realtime();
	play_client(&play, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"AAAA\"}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 0);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 1);
}
END_TEST

START_TEST(too_many_at_a_time)
{
	open_realtime();
	for (size_t i = 0; i < 10; i++)
		play_client(&play, CREATE);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_uint_eq(play.count, 8);
	ck_assert_uint_eq(stats[STAT_CALLS_LOST], 2);
}
END_TEST

START_TEST(missing_bytes)
{
	open_realtime();
	play_client(&play, CREATE);
	play_server(&play, CREATED("r1"));
	play_cut(&play, false, "{\"type\":\"response.output_audio.delta\",\"del");
	play_server(&play, DONE("r1", "completed", "null", USAGE(1, 1)));
	play_client(&play, CREATE);
	respond(CREATED("r2"), DELTA("r2"), DONE("r2", "completed", "null", USAGE(1, 1)));
	play_cut(&play, true, NULL);
	/* The beginning of what follows is not known, nor that of the next one. */
	respond(CREATED("r3"), DELTA("r3"), DONE("r3", "completed", "null", USAGE(1, 1)));
	play_server(&play, DONE("r4", "completed", "null", USAGE(9, 1)));
	play_end(&play, OUTCOME_GAP);
	ck_assert_uint_eq(play.count, 4);
	ck_assert_int_eq(play.calls[0].capture, CAPTURE_GAP);
	ck_assert_int_eq(play.calls[1].capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(play.calls[2].capture, CAPTURE_GAP);
	ck_assert_int_eq(play.calls[3].capture, CAPTURE_GAP);
	ck_assert_int_eq(play.calls[3].tokens.input, 9);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

/* xAI: response.usage is empty, the usage stands beside the response. */
START_TEST(xai)
{
	const struct call *call;

	play_socket(&play, "api.x.ai", "/v1/realtime?model=grok-voice");
	play_client(&play, CREATE);
	play_server(&play, CREATED("c05d"));
	play_server(&play, DELTA("c05d"));
	play_server(&play, "{\"type\":\"response.done\",\"response\":{\"id\":\"c05d\",\"status\":\"completed\",\"status_details\":\"unimplemented\","
			   "\"usage\":{}},\"response_id\":\"c05d\",\"usage\":{\"input_tokens\":10,\"input_token_details\":{\"text_tokens\":10,"
			   "\"audio_tokens\":0,\"grok_tokens\":0},\"output_tokens\":277,\"output_token_details\":{\"text_tokens\":19,"
			   "\"audio_tokens\":258},\"total_tokens\":287,\"billable_audio_seconds\":3}}");
	call = play_call(&play);
	ck_assert_str_eq(call->provider, "x_ai");
	ck_assert_str_eq(call->request_model, "grok-voice");
	ck_assert_int_eq(call->tokens.input, 10);
	ck_assert_int_eq(call->tokens.output, 277);
	ck_assert_int_eq(call->tokens.audio_output, 258);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(azure)
{
	play_socket(&play, "corp.openai.azure.com", "/openai/realtime?api-version=2025-04-01&deployment=my%2Drt&api-key=secret");
	play_client(&play, CREATE);
	play_server(&play, "{\"type\":\"session.created\",\"session\":{\"model\":\"gpt-4o-realtime\"}}");
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_str_eq(play_call(&play)->provider, "azure.ai.openai");
	ck_assert_str_eq(play_call(&play)->request_model, "my-rt");
	ck_assert_str_eq(play_call(&play)->response_model, "gpt-4o-realtime");
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

/* ---- Responses ---- */

#define RESPONSES_DONE(id)                                                                                            \
	"{\"type\":\"response.completed\",\"response\":{\"id\":\"" id "\",\"object\":\"response\",\"model\":\"gpt-5-2025\"," \
	"\"status\":\"completed\",\"usage\":{\"input_tokens\":20,\"input_tokens_details\":{\"cached_tokens\":8},"         \
	"\"output_tokens\":7,\"output_tokens_details\":{\"reasoning_tokens\":3},\"total_tokens\":27}}}"

START_TEST(responses)
{
	const struct call *call;

	play_socket(&play, "api.openai.com", "/v1/responses");
	play_client(&play, "{\"type\":\"response.create\",\"model\":\"gpt-5\",\"input\":[{\"role\":\"user\"}]}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"gpt-5-2025\"}}");
	play_server(&play, "{\"type\":\"response.in_progress\",\"response\":{\"id\":\"resp_1\"}}");
	play_server(&play, "{\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}");
	play_server(&play, RESPONSES_DONE("resp_1"));
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.responses");
	ck_assert_str_eq(call->request_model, "gpt-5");
	ck_assert_str_eq(call->response_model, "gpt-5-2025");
	ck_assert_int_eq(call->tokens.input, 20);
	ck_assert_int_eq(call->tokens.cache_read, 8);
	ck_assert_int_eq(call->tokens.reasoning, 3);
	ck_assert_str_eq(call->finish_reasons[0], "completed");
	ck_assert_int_eq(call->ttft_ns, 7 * MS);
	ck_assert_int_eq(call->status, 101);
	play_client(&play, "{\"type\":\"response.create\",\"response\":{\"model\":\"gpt-5\"}}");
	play_server(&play, "{\"type\":\"error\",\"status\":429,\"error\":{\"type\":\"usage_limit_reached\",\"message\":\"m\"}}");
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].status, 429);
	ck_assert_int_eq(play.calls[1].error, ERROR_RATE_LIMIT);
	ck_assert_str_eq(play.calls[1].request_model, "gpt-5");
	play_client(&play, "{\"type\":\"response.create\",\"model\":\"gpt-5\"}");
	play_server(&play, "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_3\"}}");
	play_server(&play, "{\"type\":\"error\",\"error\":{\"type\":\"server_error\"}}");
	ck_assert_uint_eq(play.count, 3);
	ck_assert_int_eq(play.calls[2].error, ERROR_SERVER);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 3);
}
END_TEST

/* ---- Gemini Live ---- */

#define AUDIO "{\"serverContent\":{\"modelTurn\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"audio/pcm\",\"data\":\"AAAA\"}}]}}}"

static void open_live(const char *model)
{
	char setup_message[256];

	snprintf(setup_message, sizeof(setup_message), "{\"setup\":{\"model\":\"%s\",\"tools\":[]}}", model);
	play_socket(&play, "generativelanguage.googleapis.com", LIVE);
	play_client(&play, setup_message);
	play_server(&play, "{\"setupComplete\":{}}");
}

START_TEST(live)
{
	const struct call *call;

	open_live("models/gemini-2.5-flash-native-audio");
	play_client(&play, "{\"client_content\":{\"turns\":[{\"parts\":[{\"text\":\"x\"}]}],\"turnComplete\":true}}");
	play_server(&play, "{\"toolCall\":{\"functionCalls\":[{\"name\":\"record\",\"args\":{\"v\":5},\"id\":\"f1\"}]}}");
	play_client(&play, "{\"tool_response\":{\"functionResponses\":[{\"id\":\"f1\"}]}}");
	play_server(&play, AUDIO);
	play_server(&play, "{\"serverContent\":{\"generationComplete\":true}}");
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true},\"usageMetadata\":{\"promptTokenCount\":1236,"
			   "\"responseTokenCount\":77,\"thoughtsTokenCount\":5,\"totalTokenCount\":1318}}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "gemini.live");
	ck_assert_str_eq(call->provider, "gcp.gemini");
	ck_assert_str_eq(call->path, "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent");
	ck_assert_str_eq(call->request_model, "gemini-2.5-flash-native-audio");
	ck_assert_int_eq(call->tokens.input, 1236);
	ck_assert_int_eq(call->tokens.output, 82);
	ck_assert_int_eq(call->tokens.reasoning, 5);
	ck_assert_int_eq(call->tool_calls, 1);
	ck_assert_str_eq(call->tools[0], "record");
	ck_assert_int_eq(call->ttft_ns, 3 * MS);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 1);
}
END_TEST

START_TEST(live_heard)
{
	open_live("models/m");
	play_client(&play, "{\"realtimeInput\":{\"audio\":{\"data\":\"AAAA\"}}}");
	play_server(&play, "{\"serverContent\":{\"inputTranscription\":{\"text\":\"x\"}}}");
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true}}");
	ck_assert_uint_eq(play.count, 0);
	play_server(&play, AUDIO);
	play_server(&play, "{\"serverContent\":{\"interrupted\":true}}");
	play_server(&play, "{\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":4}}");
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true}}");
	play.now_ns += 100 * MS;
	play_client(&play, "{\"realtimeInput\":{\"audio\":{\"data\":\"AAAA\"}}}");
	ck_assert_uint_eq(play.count, 1);
	ck_assert_int_eq(play.calls[0].tokens.output, 4);
	ck_assert_int_eq(play.calls[0].ttft_ns, CALL_UNKNOWN);
	play_client(&play, "{\"realtimeInput\":{\"text\":\"and\"}}");
	play_server(&play, AUDIO);
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true}}");
	ck_assert_uint_eq(play.count, 2);
	ck_assert_int_eq(play.calls[1].ttft_ns, 2 * MS);
	ck_assert_int_eq(play.calls[1].capture, CAPTURE_NO_USAGE);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(live_history_is_no_question)
{
	open_live("projects/p/locations/l/publishers/google/models/m");
	play_client(&play, "{\"clientContent\":{\"turns\":[{\"role\":\"model\"}],\"turnComplete\":false}}");
	play_client(&play, "{\"clientContent\":{\"turnComplete\":true}}");
	play_client(&play, "{\"clientContent\":{\"turnComplete\":true}}");
	play_server(&play, AUDIO);
	play_server(&play, "{\"serverContent\":{\"turnComplete\":true},\"usageMetadata\":{\"promptTokenCount\":3}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_str_eq(play_call(&play)->request_model, "m");
}
END_TEST

/* ---- handshakes ---- */

START_TEST(handshake_refused)
{
	play_socket_request(&play, "api.openai.com", REALTIME);
	play_answer(&play, 401, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_AUTHENTICATION);
	ck_assert_int_eq(play_call(&play)->status, 401);
	ck_assert_str_eq(play_call(&play)->request_model, "gpt-realtime");
	ck_assert_str_eq(play_call(&play)->dialect, "openai.realtime");
}
END_TEST

START_TEST(handshake_refused_elsewhere)
{
	play_socket_request(&play, "chat.example", REALTIME);
	play_answer(&play, 401, "{\"error\":{\"type\":\"x\"}}");
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

START_TEST(handshake_that_gave_no_socket)
{
	play_socket_request(&play, "api.openai.com", REALTIME);
	play_answer(&play, 200, "{}");
	play_socket_request(&play, "api.openai.com", REALTIME);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_uint_eq(play.count, 0);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 2);
}
END_TEST

/* The path alone proves nothing; messages do. */
START_TEST(unknown_host)
{
	play_socket(&play, "voice.internal:8000", "/v1/realtime");
	play_client(&play, CREATE);
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_str_eq(play_call(&play)->provider, "unknown");
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(another_protocol)
{
	play_socket(&play, "chat.example", "/socket/realtime");
	play_client(&play, "{\"type\":\"response.create\"}");
	for (size_t i = 0; i < 64; i++)
		play_server(&play, "{\"event\":\"presence\",\"usage\":{\"input_tokens\":1}}");
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

START_TEST(other_sockets)
{
	play_socket_request(&play, "api.openai.com", "/v1/chat/completions");
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_ABORTED);
	play_request_head(&play, "GET", "api.openai.com", REALTIME, NULL);
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_ABORTED);
}
END_TEST

/* RFC 8441: HTTP/2 has no Upgrade. */
START_TEST(extended_connect)
{
	play_request_head(&play, "CONNECT", "api.openai.com", REALTIME, NULL);
	play_request_end(&play);
	play.exchange.protocol = HTTP_WEBSOCKET;
	play_answer_head(&play, 200, NULL, FRAMING_WEBSOCKET);
	play_client(&play, CREATE);
	respond(CREATED("r1"), DELTA("r1"), DONE("r1", "completed", "null", USAGE(1, 1)));
	ck_assert_int_eq(play_call(&play)->status, 200);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("sockets");
	TCase *tcase = tcase_create("sequences");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, asked_for);
	tcase_add_test(tcase, bytes_of_each_call);
	tcase_add_test(tcase, begun_by_the_server);
	tcase_add_test(tcase, transcription);
	tcase_add_test(tcase, tools);
	tcase_add_test(tcase, at_the_same_time);
	tcase_add_loop_test(tcase, ends_otherwise, 0, sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, refused_by_name);
	tcase_add_test(tcase, refused_without_name);
	tcase_add_test(tcase, question_seen_late);
	tcase_add_test(tcase, broken_off);
	tcase_add_test(tcase, no_response_no_call);
	tcase_add_test(tcase, too_many_at_a_time);
	tcase_add_test(tcase, missing_bytes);
	tcase_add_test(tcase, xai);
	tcase_add_test(tcase, azure);
	tcase_add_test(tcase, responses);
	tcase_add_test(tcase, live);
	tcase_add_test(tcase, live_heard);
	tcase_add_test(tcase, live_history_is_no_question);
	tcase_add_test(tcase, handshake_refused);
	tcase_add_test(tcase, handshake_refused_elsewhere);
	tcase_add_test(tcase, handshake_that_gave_no_socket);
	tcase_add_test(tcase, unknown_host);
	tcase_add_test(tcase, another_protocol);
	tcase_add_test(tcase, other_sockets);
	tcase_add_test(tcase, extended_connect);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
