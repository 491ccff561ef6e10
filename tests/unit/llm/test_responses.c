/* SPDX-License-Identifier: Apache-2.0 */
/* openai.responses, and the two dialects of OpenAI that are simpler. */
#include <stdio.h>
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

#define USAGE                                                                                             \
	"\"usage\":{\"input_tokens\":30,\"input_tokens_details\":{\"cached_tokens\":10},\"output_tokens\":12," \
	"\"output_tokens_details\":{\"reasoning_tokens\":4},\"total_tokens\":42}"
#define HEAD(status) "\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"gpt-5-2025-08-07\",\"status\":\"" status "\""
#define CALL(id, name) "{\"type\":\"function_call\",\"call_id\":\"" id "\",\"name\":\"" name "\",\"arguments\":\"{}\"}"

START_TEST(test_answer)
{
	const struct call *call;

	play_responses(&play);
	/* The answer echoes the request's tools and instructions. */
	play_answer(&play, 200,
		    "{" HEAD("completed") ",\"error\":null,\"incomplete_details\":null,\"instructions\":\"be brief\","
		    "\"tools\":[{\"type\":\"function\",\"name\":\"look\",\"model\":\"x\"}],\"output\":["
		    "{\"type\":\"reasoning\",\"id\":\"rs\"},{\"type\":\"web_search_call\",\"name\":\"search\"}," CALL("a", "look") ","
		    "{\"type\":\"custom_tool_call\",\"name\":\"go\"}]," USAGE "}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.responses");
	ck_assert_int_eq(call->operation, OPERATION_CHAT);
	ck_assert_str_eq(call->response_id, "resp_1");
	ck_assert_str_eq(call->response_model, "gpt-5-2025-08-07");
	ck_assert_uint_eq(call->finish_reason_count, 1);
	ck_assert_str_eq(call->finish_reasons[0], "completed");
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_uint_eq(call->tool_count, 2);
	ck_assert_str_eq(call->tools[1], "go");
	ck_assert_int_eq(call->tokens.input, 30);
	ck_assert_int_eq(call->tokens.cache_read, 10);
	ck_assert_int_eq(call->tokens.output, 12);
	ck_assert_int_eq(call->tokens.reasoning, 4);
	ck_assert_int_eq(call->error, ERROR_NONE);
}
END_TEST

START_TEST(test_incomplete)
{
	play_responses(&play);
	play_answer(&play, 200, "{" HEAD("incomplete") ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}," USAGE "}");
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "max_output_tokens");
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
}
END_TEST

START_TEST(test_failed)
{
	play_responses(&play);
	play_answer(&play, 200, "{" HEAD("failed") ",\"error\":{\"code\":\"server_error\",\"message\":\"sorry\"},\"usage\":null}");
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "failed");
	ck_assert_int_eq(play_call(&play)->error, ERROR_SERVER);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

/* In the background: usage comes with a later GET, which is no call. */
START_TEST(test_background)
{
	play_responses(&play);
	play_answer(&play, 200, "{" HEAD("queued") ",\"usage\":null}");
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "queued");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
	play_request_head(&play, "GET", "api.openai.com", "/v1/responses/resp_1", NULL);
	ck_assert(play.exchange.skip_bodies);
	play_request_end(&play);
	play_answer(&play, 200, "{" HEAD("completed") "," USAGE "}");
	ck_assert_uint_eq(play.count, 1);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 1);
}
END_TEST

static void begin_stream(void)
{
	play_responses(&play);
	play_stream(&play);
	play_event(&play, "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{" HEAD("in_progress") ",\"usage\":null}}");
	play_event(&play, "{\"type\":\"response.in_progress\",\"response\":{" HEAD("in_progress") "}}");
}

#define ADDED(index, item) "{\"type\":\"response.output_item.added\",\"output_index\":" #index ",\"item\":" item "}"
#define DONE(index, item) "{\"item\":" item ",\"output_index\":" #index ",\"type\":\"response.output_item.done\"}"

START_TEST(test_stream)
{
	const struct call *call;

	begin_stream();
	play_event(&play, ADDED(0, "{\"type\":\"reasoning\"}"));
	play.now_ns = 1100 * MS - 2 * MS;
	play_event(&play, "{\"delta\":\"hm\",\"type\":\"response.reasoning_summary_text.delta\"}");
	play_event(&play, ADDED(1, CALL("a", "look")));
	play_event(&play, "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{}\"}");
	play_event(&play, DONE(1, CALL("a", "look")));
	play_event(&play, ADDED(2, CALL("b", "look")));
	play_event(&play, DONE(2, CALL("b", "look")));
	play_event(&play, "{\"type\":\"response.completed\",\"response\":{" HEAD("completed") ",\"output\":[{\"type\":\"reasoning\"},"
			  CALL("a", "look") "," CALL("b", "look") "]," USAGE "}}");
	play_end(&play, OUTCOME_ABORTED);	/* there is no [DONE] to wait for */
	call = play_call(&play);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->error, ERROR_NONE);
	ck_assert_int_eq(call->ttft_ns, 100 * MS);
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_str_eq(call->finish_reasons[0], "completed");
	ck_assert_int_eq(call->tokens.input, 30);
}
END_TEST

/* Items without a place are told apart by their id. */
START_TEST(test_stream_items_without_index)
{
	begin_stream();
	play_event(&play, "{\"type\":\"response.output_item.added\",\"item\":" CALL("a", "look") "}");
	play_event(&play, "{\"type\":\"response.output_item.done\",\"item\":" CALL("a", "look") "}");
	play_event(&play, "{\"type\":\"response.output_item.added\",\"item\":" CALL("b", "look") "}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, 2);
}
END_TEST

/* A tool's name is output; the start of a message or a tool's progress is not. */
static const struct {
	const char *event;
	bool output;
} events[] = {
	{ ADDED(0, "{\"type\":\"message\",\"content\":[]}"), false },
	{ ADDED(0, CALL("a", "look")), true },
	{ DONE(0, CALL("a", "look")), false },	/* repeats what was said */
	{ "{\"type\":\"response.output_text.delta\",\"delta\":\"a\"}", true },
	{ "{\"type\":\"response.output_text.delta\",\"delta\":\"\"}", false },
	{ "{\"type\":\"response.refusal.delta\",\"delta\":\"no\"}", true },
	{ "{\"type\":\"response.output_audio.delta\",\"delta\":\"QQ==\"}", true },
	{ "{\"type\":\"response.web_search_call.searching\"}", false },
	{ "{\"type\":\"keepalive\",\"delta\":\"a\"}", false },
};

START_TEST(test_what_is_output)
{
	begin_stream();
	play_event(&play, events[_i].event);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->ttft_ns != CALL_UNKNOWN, events[_i].output);
}
END_TEST

static const struct {
	const char *event;
	enum call_error error;
} errors[] = {
	{ "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\",\"sequence_number\":3}", ERROR_RATE_LIMIT },
	{ "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}", ERROR_INVALID_REQUEST },
	{ "{\"type\":\"response.failed\",\"response\":{" HEAD("failed") ",\"error\":{\"code\":\"server_error\"}}}", ERROR_SERVER },
	{ "{\"type\":\"response.failed\",\"response\":{" HEAD("failed") "}}", ERROR_OTHER },
	{ "{\"type\":\"response.incomplete\",\"response\":{" HEAD("incomplete") ",\"incomplete_details\":{\"reason\":\"content_filter\"}}}",
	  ERROR_CONTENT_FILTER },
};

START_TEST(test_stream_errors)
{
	begin_stream();
	play_event(&play, errors[_i].event);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, errors[_i].error);
}
END_TEST

/* The last event stands but for its final line: what it says counts, its end does not. */
START_TEST(test_stream_cut_in_the_last_event)
{
	const char *last = "{\"type\":\"response.completed\",\"response\":{" HEAD("completed") "," USAGE "}}";

	begin_stream();
	play_event_piece(&play, last, strlen(last));
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CANCELLED);
	ck_assert_int_eq(play_call(&play)->tokens.input, 30);
}
END_TEST

/* ---- embeddings and completions ---- */

static void embed(const char *authority, const char *answer)
{
	play_request(&play, authority, "/v1/embeddings", "{\"input\":[\"a\",\"b\"],\"model\":\"text-embedding-3-small\"}");
	play_answer(&play, 200, answer);
}

START_TEST(test_embeddings)
{
	const struct call *call;

	embed("api.openai.com", "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.1,-2e-5]},"
				"{\"embedding\":\"QUJD\"}],\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.embeddings");
	ck_assert_int_eq(call->operation, OPERATION_EMBEDDINGS);
	ck_assert_int_eq(call->tokens.input, 4);
	ck_assert_int_eq(call->tokens.output, CALL_UNKNOWN);
	ck_assert_int_eq(call->tool_calls, CALL_UNKNOWN);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(test_embeddings_with_a_total_only)
{
	embed("api.voyageai.com", "{\"object\":\"list\",\"data\":[{\"embedding\":[1]}],\"usage\":{\"total_tokens\":7}}");
	ck_assert_int_eq(play_call(&play)->tokens.input, 7);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_PROVIDER);
}
END_TEST

START_TEST(test_completions)
{
	const struct call *call;

	play_request(&play, "api.openai.com", "/v1/completions", "{\"model\":\"davinci\",\"prompt\":[\"a\"],\"n\":2}");
	play_stream(&play);
	play_event(&play, "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"model\":\"davinci\",\"choices\":[{\"index\":1,\"text\":\"x\",\"finish_reason\":\"length\"}]}");
	play_event(&play, "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"y\",\"finish_reason\":\"stop\"}],"
			  "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}");
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "openai.completions");
	ck_assert_int_eq(call->operation, OPERATION_TEXT_COMPLETION);
	ck_assert_str_eq(call->finish_reasons[0], "stop");
	ck_assert_str_eq(call->finish_reasons[1], "length");
	ck_assert_int_eq(call->tokens.output, 2);
	ck_assert_int_ne(call->ttft_ns, CALL_UNKNOWN);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: openai.responses, embeddings, completions");
	TCase *responses = tcase_create("responses"), *others = tcase_create("embeddings and completions");

	tcase_add_checked_fixture(responses, setup, teardown);
	tcase_add_test(responses, test_answer);
	tcase_add_test(responses, test_incomplete);
	tcase_add_test(responses, test_failed);
	tcase_add_test(responses, test_background);
	tcase_add_test(responses, test_stream);
	tcase_add_test(responses, test_stream_items_without_index);
	tcase_add_loop_test(responses, test_what_is_output, 0, ARRAY_SIZE(events));
	tcase_add_loop_test(responses, test_stream_errors, 0, ARRAY_SIZE(errors));
	tcase_add_test(responses, test_stream_cut_in_the_last_event);
	suite_add_tcase(suite, responses);
	tcase_add_checked_fixture(others, setup, teardown);
	tcase_add_test(others, test_embeddings);
	tcase_add_test(others, test_embeddings_with_a_total_only);
	tcase_add_test(others, test_completions);
	suite_add_tcase(suite, others);
	return suite;
}
UNIT_SUITE(make)
