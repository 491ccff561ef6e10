/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen of a call and what was not; errors; order; sizes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/error.h"
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

#define TEXT(literal) literal, sizeof(literal) - 1
#define CHAT_BODY "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"model\":\"m\"}"
#define ANSWER "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m-1\",\"choices\":[{\"message\":{\"content\":\"a\"}," \
	       "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":34}}"

static const struct {
	enum exchange_outcome outcome;
	enum call_capture capture;
	enum call_error error;
} outcomes[] = {
	{ OUTCOME_COMPLETE, CAPTURE_COMPLETE, ERROR_NONE },
	{ OUTCOME_ABORTED, CAPTURE_ABORTED, ERROR_CANCELLED },
	{ OUTCOME_GAP, CAPTURE_GAP, ERROR_NONE },
	{ OUTCOME_TRUNCATED, CAPTURE_TRUNCATED, ERROR_NONE },
	{ OUTCOME_UNDECODABLE, CAPTURE_UNDECODABLE, ERROR_NONE },
	{ OUTCOME_MISSED_START, CAPTURE_MISSED_START, ERROR_NONE },
};

START_TEST(test_outcomes)
{
	play_chat(&play);
	play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, ANSWER, strlen(ANSWER));
	play_end(&play, outcomes[_i].outcome);
	ck_assert_int_eq(play_call(&play)->capture, outcomes[_i].capture);
	ck_assert_int_eq(play_call(&play)->error, outcomes[_i].error);
	ck_assert_int_eq(play_call(&play)->tokens.input, 12);
}
END_TEST

/* Whatever stands before the cut counts, nothing of it wrongly; no number that
 * was cut in the middle is taken for a whole one. */
START_TEST(test_cut_answer)
{
	for (size_t len = 0; len < strlen(ANSWER); len++) {
		const struct call *call = &play.calls[0];

		play.count = 0;
		play_chat(&play);
		play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
		play_answer_body(&play, ANSWER, len);
		play_end(&play, OUTCOME_ABORTED);
		ck_assert_uint_eq(play.count, 1);
		ck_assert_int_eq(call->capture, CAPTURE_ABORTED);
		ck_assert(call->tokens.input == CALL_UNKNOWN || call->tokens.input == 12);
		ck_assert(call->tokens.output == CALL_UNKNOWN || call->tokens.output == 34);
		ck_assert(!call->response_model[0] || strcmp(call->response_model, "m-1") == 0);
	}
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

START_TEST(test_no_answer)
{
	play_chat(&play);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->status, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->ttfb_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
	ck_assert_int_eq(play_call(&play)->tool_calls, CALL_UNKNOWN);
}
END_TEST

/* On a host that is not known the request alone is enough if it names a model. */
START_TEST(test_no_answer_of_unknown_host)
{
	play_request(&play, "llm.internal", "/v1/chat/completions", CHAT_BODY);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_str_eq(play_call(&play)->dialect, "openai.chat");
	play_request(&play, "llm.internal", "/v1/chat/completions", "{\"messages\":[{\"role\":\"user\"}]}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_uint_eq(play.count, 1);
}
END_TEST

START_TEST(test_cut_request)
{
	static const char body[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hel";

	play_request_head(&play, "POST", "llm.internal", "/v1/chat/completions", "application/json");
	play_request_body(&play, body, sizeof(body) - 1);
	play_request_end(&play);
	play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, ANSWER, strlen(ANSWER));
	play_end(&play, OUTCOME_TRUNCATED);
	ck_assert_str_eq(play_call(&play)->request_model, "m");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_TRUNCATED);
}
END_TEST

/* Another thread reads: the answer is seen before the request's end. */
START_TEST(test_early_answer)
{
	size_t half = strlen(CHAT_BODY) / 2;

	play_request_head(&play, "POST", "llm.internal", "/v1/chat/completions", "application/json");
	play_request_body(&play, CHAT_BODY, half);
	play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, ANSWER, 20);
	play_request_body(&play, CHAT_BODY + half, strlen(CHAT_BODY) - half);
	play_answer_body(&play, ANSWER + 20, strlen(ANSWER) - 20);
	play_answer_end(&play);
	play_request_end(&play);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_str_eq(play_call(&play)->request_model, "m");
	ck_assert_int_eq(play_call(&play)->tokens.output, 34);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

static void answer_without_request(unsigned int status, const char *type, enum body_framing framing)
{
	play.exchange = (struct exchange){ .conn = &play.conn, .protocol = HTTP_1_1 };
	play_answer_head(&play, status, type, framing);
}

/* The agent was started while the answer was awaited: its shape tells. */
START_TEST(test_missed_request)
{
	const struct call *call;

	play_header(&play, "openai-processing-ms", "5");
	answer_without_request(200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, ANSWER, strlen(ANSWER));
	play_answer_end(&play);
	play_end(&play, OUTCOME_MISSED_START);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.chat");
	ck_assert_str_eq(call->provider, "openai");
	ck_assert_int_eq(call->tokens.input, 12);
	ck_assert_int_eq(call->capture, CAPTURE_MISSED_START);
	ck_assert_int_eq(call->duration_ns, CALL_UNKNOWN);
}
END_TEST

START_TEST(test_missed_request_of_stream)
{
	answer_without_request(200, "text/event-stream", FRAMING_SSE);
	play_event(&play, "{\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"usage\":{\"input_tokens\":3}}}");
	play_event(&play, "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"name\":\"look\"}}");
	play_event(&play, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":8}}");
	play_end(&play, OUTCOME_MISSED_START);
	ck_assert_str_eq(play_call(&play)->dialect, "anthropic.messages");
	ck_assert_int_eq(play_call(&play)->tokens.input, 3);
	ck_assert_int_eq(play_call(&play)->tokens.output, 8);
	ck_assert_int_eq(play_call(&play)->tool_calls, 1);
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "tool_use");
}
END_TEST

/* HTTP/2 behind lost bytes: the header table does not say what was asked for. */
START_TEST(test_unknown_request_head)
{
	const struct call *call;

	play_request_head(&play, NULL, "", NULL, NULL);
	ck_assert(!play.exchange.skip_bodies);
	play_request_body(&play, TEXT("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"));
	play_request_end(&play);
	play_answer_head(&play, 200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, ANSWER, strlen(ANSWER));
	play_answer_end(&play);
	play_end(&play, OUTCOME_MISSED_START);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.chat");
	ck_assert_str_eq(call->request_model, "gpt-4o");
	ck_assert_int_eq(call->capture, CAPTURE_MISSED_START);
	play_request_head(&play, "POST", "", NULL, NULL);
	play_request_body(&play, TEXT("{\"a\":1}"));
	play_request_end(&play);
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_MISSED_START);
	ck_assert_uint_eq(play.count, 1);
}
END_TEST

/* Of a known host all exchanges are of interest to the stage upstream. */
START_TEST(test_known_peer)
{
	play_request_head(&play, "GET", "api.openai.com", "/v1/models", NULL);
	ck_assert(play.exchange.skip_bodies && play.exchange.known_peer);
	play_end(&play, OUTCOME_COMPLETE);
	play_request_head(&play, "GET", "example.com", "/v1/models", NULL);
	ck_assert(play.exchange.skip_bodies && !play.exchange.known_peer);
	play_end(&play, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(test_missed_request_of_something_else)
{
	answer_without_request(200, "application/json", FRAMING_PLAIN);
	play_answer_body(&play, TEXT("{\"items\":[]}"));
	play_answer_end(&play);
	play_end(&play, OUTCOME_MISSED_START);
	answer_without_request(200, "text/html", FRAMING_PLAIN);
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_MISSED_START);
	ck_assert_uint_eq(play.count, 0);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 2);
}
END_TEST

START_TEST(test_not_json)
{
	play_chat(&play);
	play_answer(&play, 200, "upstream says hello");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 1);
}
END_TEST

START_TEST(test_garbage_behind)
{
	play_chat(&play);
	play_answer(&play, 200, ANSWER " trailing");
	ck_assert_int_eq(play_call(&play)->tokens.output, 34);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_html_error)
{
	play_chat(&play);
	play_answer_head(&play, 503, "text/html", FRAMING_PLAIN);
	play_answer_body(&play, TEXT("<h1>busy</h1>"));
	play_answer_end(&play);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_OVERLOADED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

/* ---- sizes ---- */

START_TEST(test_nesting)
{
	size_t depth = 100000;
	static const char begin[] = "{\"model\":\"m-2\",\"choices\":";
	char *body = calloc(1, sizeof(begin) + depth);

	ck_assert_ptr_nonnull(body);
	memcpy(body, begin, sizeof(begin));
	memset(body + sizeof(begin) - 1, '[', depth);
	play_chat(&play);
	play_answer(&play, 200, body);
	free(body);
	ck_assert_str_eq(play_call(&play)->response_model, "m-2");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_UNDECODABLE);
}
END_TEST

/* A text of 5 MiB in one event, and a prompt of 5 MiB before the model. */
START_TEST(test_large)
{
	size_t len = 5u << 20;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	play.piece = 16384;
	play_request_head(&play, "POST", "api.openai.com", "/v1/chat/completions", "application/json");
	play_request_body(&play, TEXT("{\"messages\":[{\"role\":\"user\",\"content\":\""));
	play_request_body(&play, text, len);
	play_request_body(&play, TEXT("\"}],\"model\":\"m\"}"));
	play_request_end(&play);
	play_stream(&play);
	play_event_piece(&play, TEXT("{\"choices\":[{\"delta\":{\"content\":\""));
	play_event_piece(&play, text, len);
	play_event_piece(&play, TEXT("\"}}],\"usage\":{\"completion_tokens\":7}}"));
	play_event_end(&play);
	play_end(&play, OUTCOME_COMPLETE);
	free(text);
	ck_assert_str_eq(play_call(&play)->request_model, "m");
	ck_assert_int_eq(play_call(&play)->tokens.output, 7);
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_gt(play_call(&play)->request_bytes, 5 << 20);
}
END_TEST

/* ---- heads ---- */

static const struct {
	const char *value;
	bool known, sampled;
} traceparents[] = {
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true, true },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true, false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0e", true, false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true, true },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x", false, false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-x1", false, false },
	{ "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true, true },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false, false },
	{ "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false },
	{ "00-00000000000000000000000000000000-b7ad6b7169203331-01", false, false },
	{ "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false, false },
	{ "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false, false },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false, false },
	{ "", false, false },
};

START_TEST(test_traceparent)
{
	const struct call *call;

	play_header(&play, "Traceparent", traceparents[_i].value);
	play_chat(&play);
	play_answer(&play, 200, ANSWER);
	call = play_call(&play);
	ck_assert_int_eq(call->has_trace, traceparents[_i].known);
	ck_assert_int_eq(call->trace_sampled, traceparents[_i].sampled);
	ck_assert_int_eq(call->trace_id[0], traceparents[_i].known ? 0x0a : 0);
	ck_assert_int_eq(call->parent_span_id[7], traceparents[_i].known ? 0x31 : 0);
}
END_TEST

START_TEST(test_authority)
{
	play_request(&play, "key:secret@llm.internal:8443", "/v1/chat/completions", CHAT_BODY);
	play_answer(&play, 200, ANSWER);
	ck_assert_str_eq(play_call(&play)->server_address, "llm.internal:8443");
	play_request(&play, NULL, "/v1/chat/completions", CHAT_BODY);
	play_answer(&play, 200, ANSWER);
	ck_assert_str_eq(play.calls[1].server_address, "");
}
END_TEST

static const struct {
	const char *value;
	int64_t count;
} retries[] = { { "0", 0 }, { "2", 2 }, { "", CALL_UNKNOWN }, { "x", CALL_UNKNOWN }, { "99999", CALL_UNKNOWN } };

START_TEST(test_retry_count)
{
	play_header(&play, "x-stainless-retry-count", retries[_i].value);
	play_chat(&play);
	play_answer(&play, 200, ANSWER);
	ck_assert_int_eq(play_call(&play)->retry_count, retries[_i].count);
}
END_TEST

/* ---- errors ---- */

static const struct {
	int64_t status;
	bool failed;
	struct error_facts facts;
	enum call_error error;
} errors[] = {
	{ 200, false, { "", "", "" }, ERROR_NONE },
	{ CALL_UNKNOWN, false, { "", "", "" }, ERROR_NONE },
	{ 200, true, { "", "", "" }, ERROR_OTHER },
	{ 200, true, { "invalid_request_error", "tool_use_failed", "" }, ERROR_INVALID_REQUEST },
	{ 200, true, { "", "400", "Token limit reached" }, ERROR_CONTEXT_LENGTH },
	{ 200, true, { "", "502", "" }, ERROR_SERVER },
	{ 400, false, { "", "", "" }, ERROR_INVALID_REQUEST },
	{ 400, false, { "invalid_request_error", "context_length_exceeded", "" }, ERROR_CONTEXT_LENGTH },
	{ 400, false, { "invalid_request_error", "model_not_found", "" }, ERROR_NOT_FOUND },
	{ 400, false, { "invalid_request_error", "", "prompt is too long: 210000 tokens" }, ERROR_CONTEXT_LENGTH },
	{ 400, false, { "invalid_request_error", "", "Your credit balance is too low" }, ERROR_QUOTA },
	{ 400, false, { "", "content_filter", "" }, ERROR_CONTENT_FILTER },
	{ 401, false, { "invalid_request_error", "", "" }, ERROR_AUTHENTICATION },
	{ 401, false, { "api_error", "", "" }, ERROR_AUTHENTICATION },
	{ 402, false, { "", "", "" }, ERROR_QUOTA },
	{ 403, false, { "", "", "" }, ERROR_PERMISSION },
	{ 404, false, { "", "DeploymentNotFound", "" }, ERROR_NOT_FOUND },
	{ 404, false, { "", "", "" }, ERROR_NOT_FOUND },
	{ 408, false, { "", "", "" }, ERROR_TIMEOUT },
	{ 413, false, { "", "", "" }, ERROR_CONTEXT_LENGTH },
	{ 418, false, { "", "", "" }, ERROR_INVALID_REQUEST },
	{ 429, false, { "", "", "" }, ERROR_RATE_LIMIT },
	{ 429, false, { "tokens", "rate_limit_exceeded", "" }, ERROR_RATE_LIMIT },
	{ 429, false, { "insufficient_quota", "insufficient_quota", "" }, ERROR_QUOTA },
	{ 429, false, { "", "RateLimitReached", "" }, ERROR_RATE_LIMIT },
	{ 500, false, { "api_error", "", "" }, ERROR_SERVER },
	{ 502, false, { "", "", "" }, ERROR_SERVER },
	{ 503, false, { "", "", "" }, ERROR_OVERLOADED },
	{ 504, false, { "timeout_error", "", "" }, ERROR_TIMEOUT },
	{ 529, false, { "overloaded_error", "", "" }, ERROR_OVERLOADED },
};

START_TEST(test_error)
{
	ck_assert_int_eq(error_classify(errors[_i].status, errors[_i].failed, &errors[_i].facts), errors[_i].error);
}
END_TEST

START_TEST(test_error_answer)
{
	play_chat(&play);
	play_answer(&play, 429, "{\"error\":{\"message\":\"You exceeded your quota\",\"type\":\"insufficient_quota\",\"code\":null}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_QUOTA);
	ck_assert_int_eq(play_call(&play)->status, 429);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, CALL_UNKNOWN);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: outcomes");
	TCase *tcase = tcase_create("outcomes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_outcomes, 0, ARRAY_SIZE(outcomes));
	tcase_add_test(tcase, test_cut_answer);
	tcase_add_test(tcase, test_no_answer);
	tcase_add_test(tcase, test_no_answer_of_unknown_host);
	tcase_add_test(tcase, test_cut_request);
	tcase_add_test(tcase, test_early_answer);
	tcase_add_test(tcase, test_missed_request);
	tcase_add_test(tcase, test_missed_request_of_stream);
	tcase_add_test(tcase, test_unknown_request_head);
	tcase_add_test(tcase, test_known_peer);
	tcase_add_test(tcase, test_missed_request_of_something_else);
	tcase_add_test(tcase, test_not_json);
	tcase_add_test(tcase, test_garbage_behind);
	tcase_add_test(tcase, test_html_error);
	tcase_add_test(tcase, test_nesting);
	tcase_add_test(tcase, test_large);
	tcase_add_loop_test(tcase, test_traceparent, 0, ARRAY_SIZE(traceparents));
	tcase_add_test(tcase, test_authority);
	tcase_add_loop_test(tcase, test_retry_count, 0, ARRAY_SIZE(retries));
	tcase_add_loop_test(tcase, test_error, 0, ARRAY_SIZE(errors));
	tcase_add_test(tcase, test_error_answer);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
