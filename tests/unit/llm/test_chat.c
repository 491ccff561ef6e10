/* SPDX-License-Identifier: Apache-2.0 */
/* openai.chat: answers and streams as OpenAI and its many imitators send them. */
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

#define ANSWER(choices, usage)                                                                  \
	"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-4o-2024-08-06\"," \
	"\"choices\":[" choices "]" usage "}"
#define CHOICE "{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"}}"

static const struct call *answer(const char *body)
{
	play_chat(&play);
	play_answer(&play, 200, body);
	return play_call(&play);
}

START_TEST(test_identity)
{
	const struct call *call = answer(ANSWER(CHOICE, ",\"service_tier\":\"default\""));

	ck_assert_str_eq(call->provider, "openai");
	ck_assert_str_eq(call->gateway, "");
	ck_assert_str_eq(call->dialect, "openai.chat");
	ck_assert_int_eq(call->operation, OPERATION_CHAT);
	ck_assert_str_eq(call->request_model, "gpt-4o");
	ck_assert_str_eq(call->response_model, "gpt-4o-2024-08-06");
	ck_assert_str_eq(call->response_id, "chatcmpl-1");
	ck_assert_str_eq(call->service_tier, "default");
	ck_assert_str_eq(call->method, "POST");
	ck_assert_str_eq(call->path, "/v1/chat/completions");
	ck_assert_str_eq(call->server_address, "api.openai.com");
	ck_assert_int_eq(call->status, 200);
	ck_assert(!call->streaming);
	ck_assert_int_eq(call->protocol, HTTP_1_1);
}
END_TEST

/* wire-formats section 3: what servers say, and what it means. */
static const struct {
	const char *authority, *usage;
	int64_t input, cache_read, cache_write, output, reasoning;
} usages[] = {
	{ "api.openai.com",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":27,\"prompt_tokens_details\":"
	  "{\"cached_tokens\":8,\"cache_write_tokens\":3,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":5}}",
	  20, 8, 3, 7, 5 },
	{ "api.openai.com", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":27,\"prompt_tokens_details\":null}",
	  20, CALL_UNKNOWN, CALL_UNKNOWN, 7, CALL_UNKNOWN },
	{ "api.openai.com", "{\"prompt_tokens\":0,\"completion_tokens\":0}", 0, CALL_UNKNOWN, CALL_UNKNOWN, 0, CALL_UNKNOWN },
	{ "api.openai.com", "{\"prompt_tokens\":null,\"completion_tokens\":7}", CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN, 7,
	  CALL_UNKNOWN },
	{ "api.openai.com", "{\"prompt_tokens\":1.2e1,\"completion_tokens\":3.0}", 12, CALL_UNKNOWN, CALL_UNKNOWN, 3,
	  CALL_UNKNOWN },
	/* Not counts of tokens. */
	{ "api.openai.com", "{\"prompt_tokens\":-3,\"completion_tokens\":99999999999999999999}", CALL_UNKNOWN, CALL_UNKNOWN,
	  CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN },
	/* Duplicate keys: the last. */
	{ "api.openai.com", "{\"prompt_tokens\":1,\"prompt_tokens\":2}", 2, CALL_UNKNOWN, CALL_UNKNOWN, CALL_UNKNOWN,
	  CALL_UNKNOWN },
	/* DeepSeek says the same cached tokens twice. */
	{ "api.deepseek.com",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"prompt_cache_hit_tokens\":16,\"prompt_cache_miss_tokens\":4,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":16}}",
	  20, 16, CALL_UNKNOWN, 7, CALL_UNKNOWN },
	{ "api.mistral.ai", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"num_cached_tokens\":5}", 20, 5, CALL_UNKNOWN, 7,
	  CALL_UNKNOWN },
	{ "api.moonshot.ai", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"cached_tokens\":6}", 20, 6, CALL_UNKNOWN, 7,
	  CALL_UNKNOWN },
	/* A misspelt object of details. */
	{ "api.openai.com", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"prompt_token_details\":{\"cached_tokens\":4}}", 20,
	  4, CALL_UNKNOWN, 7, CALL_UNKNOWN },
	/* Cached tokens that the total says are apart; a total that says they are not. */
	{ "gateway.example",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":57,\"cache_read_input_tokens\":30}", 50, 30,
	  CALL_UNKNOWN, 7, CALL_UNKNOWN },
	{ "gateway.example",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":27,\"cache_read_input_tokens\":30}", 20, 30,
	  CALL_UNKNOWN, 7, CALL_UNKNOWN },
	{ "gateway.example", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"cache_read_input_tokens\":30}", 50, 30,
	  CALL_UNKNOWN, 7, CALL_UNKNOWN },
	/* xAI leaves reasoning out, if the total does not say otherwise. */
	{ "api.x.ai",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"total_tokens\":37,\"completion_tokens_details\":{\"reasoning_tokens\":10}}",
	  20, CALL_UNKNOWN, CALL_UNKNOWN, 17, 10 },
	{ "api.x.ai",
	  "{\"prompt_tokens\":20,\"completion_tokens\":17,\"total_tokens\":37,\"completion_tokens_details\":{\"reasoning_tokens\":10}}",
	  20, CALL_UNKNOWN, CALL_UNKNOWN, 17, 10 },
	{ "api.x.ai", "{\"prompt_tokens\":20,\"completion_tokens\":7,\"completion_tokens_details\":{\"reasoning_tokens\":10}}",
	  20, CALL_UNKNOWN, CALL_UNKNOWN, 17, 10 },
	{ "api.openai.com",
	  "{\"prompt_tokens\":20,\"completion_tokens\":7,\"completion_tokens_details\":{\"reasoning_tokens\":5}}", 20,
	  CALL_UNKNOWN, CALL_UNKNOWN, 7, 5 },
};

START_TEST(test_usage)
{
	const struct call *call;
	char body[1024];

	(void)snprintf(body, sizeof(body), ANSWER(CHOICE, ",\"usage\":%s"), usages[_i].usage);
	play_request(&play, usages[_i].authority, "/v1/chat/completions",
		     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
	play_answer(&play, 200, body);
	call = play_call(&play);
	ck_assert_int_eq(call->tokens.input, usages[_i].input);
	ck_assert_int_eq(call->tokens.cache_read, usages[_i].cache_read);
	ck_assert_int_eq(call->tokens.cache_write, usages[_i].cache_write);
	ck_assert_int_eq(call->tokens.output, usages[_i].output);
	ck_assert_int_eq(call->tokens.reasoning, usages[_i].reasoning);
	if (usages[_i].input == CALL_UNKNOWN && usages[_i].output == CALL_UNKNOWN) {
		ck_assert_int_eq(call->usage_source, USAGE_NONE);
		ck_assert_int_eq(call->capture, CAPTURE_NO_USAGE);
	} else {
		ck_assert_int_eq(call->usage_source, USAGE_PROVIDER);
		ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	}
}
END_TEST

START_TEST(test_usage_null)
{
	const struct call *call = answer(ANSWER(CHOICE, ",\"usage\":null"));

	ck_assert_int_eq(call->tokens.input, CALL_UNKNOWN);
	ck_assert_int_eq(call->usage_source, USAGE_NONE);
	ck_assert_int_eq(call->capture, CAPTURE_NO_USAGE);
}
END_TEST

START_TEST(test_tools)
{
	const struct call *call = answer(ANSWER(
		"{\"index\":0,\"finish_reason\":\"tool_calls\",\"message\":{\"tool_calls\":["
		"{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}},"
		"{\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}},"
		"{\"id\":\"c\",\"type\":\"custom\",\"custom\":{\"name\":\"go\\u0007\",\"input\":\"x\"}}]}}", ""));

	ck_assert_int_eq(call->tool_calls, 3);
	ck_assert_uint_eq(call->tool_count, 2);
	ck_assert_str_eq(call->tools[0], "look");
	ck_assert_str_eq(call->tools[1], "go_");
	ck_assert_str_eq(call->finish_reasons[0], "tool_calls");
}
END_TEST

START_TEST(test_legacy_function)
{
	const struct call *call = answer(ANSWER(
		"{\"index\":0,\"finish_reason\":\"function_call\",\"message\":{\"function_call\":"
		"{\"name\":\"look\",\"arguments\":\"{}\"}}}", ""));

	ck_assert_int_eq(call->tool_calls, 1);
	ck_assert_str_eq(call->tools[0], "look");
}
END_TEST

/* Snowflake sends every field, empty. */
START_TEST(test_empty_function)
{
	const struct call *call = answer(ANSWER(
		"{\"index\":0,\"finish_reason\":\"\",\"message\":{\"content\":\"4\",\"tool_calls\":null,"
		"\"function_call\":{\"name\":\"\",\"arguments\":\"\"}}}", ""));

	ck_assert_int_eq(call->tool_calls, 0);
	ck_assert_uint_eq(call->tool_count, 0);
	ck_assert_uint_eq(call->finish_reason_count, 0);
}
END_TEST

START_TEST(test_more_tools_than_kept)
{
	char body[16384];
	size_t len = (size_t)snprintf(body, sizeof(body), "{\"choices\":[{\"message\":{\"tool_calls\":[");

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len, "%s{\"function\":{\"name\":\"tool-%d\"}}",
					i ? "," : "", i);
	(void)snprintf(body + len, sizeof(body) - len, "]}}]}");
	answer(body);
	ck_assert_int_eq(play_call(&play)->tool_calls, 100);
	ck_assert_uint_eq(play_call(&play)->tool_count, TOOLS_MAX);
}
END_TEST

/* Some servers number every choice 0: the order tells. */
START_TEST(test_choices)
{
	const struct call *call = answer(ANSWER(
		"{\"index\":0,\"finish_reason\":\"stop\",\"message\":{}},{\"index\":0,\"finish_reason\":\"length\",\"message\":{}},"
		"{\"index\":0,\"finish_reason\":null,\"message\":{}}", ""));

	ck_assert_uint_eq(call->finish_reason_count, 2);
	ck_assert_str_eq(call->finish_reasons[0], "stop");
	ck_assert_str_eq(call->finish_reasons[1], "length");
}
END_TEST

START_TEST(test_names_are_bounded_and_printable)
{
	char body[4096], model[2000];
	const struct call *call;

	memset(model, 'm', sizeof(model));
	(void)snprintf(body, sizeof(body), "{\"id\":\"\xff\xfe\\u202e\x01 x\",\"model\":\"%.*s\",\"choices\":[]}", 2000, model);
	call = answer(body);
	ck_assert_str_eq(call->response_id, "____ x");
	ck_assert_uint_eq(strlen(call->response_model), MODEL_BYTES - 1);
}
END_TEST

/* ---- streams ---- */

#define CHUNK(choices) "{\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-4o\",\"choices\":[" choices "],\"usage\":null}"
#define DELTA(index, delta, finish) "{\"index\":" #index ",\"delta\":" delta ",\"finish_reason\":" finish "}"

START_TEST(test_stream_times)
{
	const struct call *call;

	play_chat(&play);		/* begins at 1000 ms */
	play_stream(&play);
	play.now_ns = 1200 * MS - 2 * MS;	/* a whole event takes two steps */
	play_event(&play, CHUNK(DELTA(0, "{\"role\":\"assistant\",\"content\":\"\"}", "null")));
	play.now_ns = 1300 * MS - 2 * MS;
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"Hel\"}", "null")));
	play.now_ns = 1310 * MS - 2 * MS;
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"lo\"}", "null")));
	play.now_ns = 1350 * MS - 2 * MS;
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"!\"}", "null")));
	play.now_ns = 1400 * MS - 2 * MS;
	play_event(&play, CHUNK(DELTA(0, "{}", "\"stop\"")));
	play_event(&play, "{\"id\":\"chatcmpl-2\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}");
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert(call->streaming);
	ck_assert_int_eq(call->ttft_ns, 300 * MS);
	ck_assert_int_eq(call->output_span_ns, 50 * MS);
	ck_assert_int_eq(call->max_gap_ns, 40 * MS);
	ck_assert_int_eq(call->tokens.output, 3);
	ck_assert_str_eq(call->finish_reasons[0], "stop");
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->tool_calls, 0);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

START_TEST(test_one_output_event_has_no_span)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"Hello\"}", "\"stop\"")));
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_ne(play_call(&play)->ttft_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->output_span_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->max_gap_ns, CALL_UNKNOWN);
}
END_TEST

/* What is generated output, and what only looks like it. */
static const struct {
	const char *delta;
	bool output;
} outputs[] = {
	{ "{\"content\":\"a\"}", true },
	{ "{\"content\":\"\"}", false },
	{ "{\"content\":null}", false },
	{ "{\"role\":\"assistant\"}", false },
	{ "{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}", true },
	{ "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"a\"}]}]}", true },
	{ "{\"reasoning_content\":\"a\"}", true },
	{ "{\"reasoning\":\"a\"}", true },
	{ "{\"refusal\":\"no\"}", true },
	{ "{\"audio\":{\"data\":\"QQ==\"}}", true },
	{ "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]}", true },
	{ "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\"}}]}", true },
	{ "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\"}}]}", false },
	{ "{\"function_call\":{\"name\":\"look\"}}", true },
};

START_TEST(test_what_is_output)
{
	char chunk[512];

	(void)snprintf(chunk, sizeof(chunk), CHUNK(DELTA(0, "%s", "null")), outputs[_i].delta);
	play_chat(&play);
	play_stream(&play);
	play_event(&play, chunk);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->ttft_ns != CALL_UNKNOWN, outputs[_i].output);
}
END_TEST

#define TOOL(index, id, name) "{\"index\":" #index ",\"id\":\"" id "\",\"function\":{\"name\":\"" name "\",\"arguments\":\"\"}}"
#define PIECE(index) "{\"index\":" #index ",\"function\":{\"arguments\":\"{}\"}}"

START_TEST(test_stream_tools)
{
	const struct call *call;

	play_chat(&play);
	play_stream(&play);
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[" TOOL(0, "a", "look") "]}", "null")));
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[" PIECE(0) "]}", "null")));
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[" TOOL(1, "b", "go") "," PIECE(0) "]}", "null")));
	/* The key "index" after the delta, of another choice. */
	play_event(&play, CHUNK("{\"delta\":{\"tool_calls\":[" TOOL(0, "c", "look") "]},\"index\":1}"));
	play_event(&play, CHUNK(DELTA(1, "{\"tool_calls\":[" PIECE(0) "]}", "null")));
	play_event(&play, CHUNK(DELTA(1, "{}", "\"tool_calls\"")));
	play_event(&play, CHUNK(DELTA(0, "{}", "\"length\"")));
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_int_eq(call->tool_calls, 3);
	ck_assert_uint_eq(call->tool_count, 2);
	/* In the order of the choices, not of arrival. */
	ck_assert_uint_eq(call->finish_reason_count, 2);
	ck_assert_str_eq(call->finish_reasons[0], "length");
	ck_assert_str_eq(call->finish_reasons[1], "tool_calls");
}
END_TEST

/* One server gives every call index 0, another each piece a new id. */
START_TEST(test_stream_tools_of_odd_servers)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[" TOOL(0, "a", "look") "]}", "null")));
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[" TOOL(0, "b", "look") "]}", "null")));
	play_event(&play, CHUNK(DELTA(0, "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"arguments\":\"1\"}}]}", "null")));
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, 2);
}
END_TEST

START_TEST(test_stream_legacy_function)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, CHUNK(DELTA(0, "{\"function_call\":{\"name\":\"look\",\"arguments\":\"\"}}", "null")));
	play_event(&play, CHUNK(DELTA(0, "{\"function_call\":{\"arguments\":\"{}\"}}", "null")));
	play_event(&play, CHUNK(DELTA(1, "{\"function_call\":{\"name\":\"\",\"arguments\":\"\"}}", "null")));
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, 1);
}
END_TEST

START_TEST(test_stream_tools_are_bounded)
{
	char chunk[512];

	play_chat(&play);
	play_stream(&play);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(chunk, sizeof(chunk),
			       "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":%d,\"id\":\"i%d\",\"function\":"
			       "{\"name\":\"look\"}}]}}]}", i, i);
		play_event(&play, chunk);
	}
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tool_calls, 200);
	ck_assert_uint_eq(play_call(&play)->tool_count, 1);
}
END_TEST

/* Azure begins with a chunk of filter results: no id, no model, no choices. */
START_TEST(test_azure_filter_chunk)
{
	const struct call *call;

	play_request(&play, "corp.openai.azure.com:443", "/openai/deployments/my%20gpt/chat/completions?api-version=2025-01-01",
		     "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"stream\":true}");
	play_stream(&play);
	play_event(&play, "{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[]}");
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"a\"}", "\"stop\"")));
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_str_eq(call->provider, "azure.ai.openai");
	ck_assert_str_eq(call->server_address, "corp.openai.azure.com:443");
	ck_assert_str_eq(call->path, "/openai/deployments/{id}/chat/completions");
	ck_assert_str_eq(call->request_model, "my gpt");
	ck_assert_str_eq(call->response_model, "gpt-4o");
	ck_assert_str_eq(call->response_id, "chatcmpl-2");
}
END_TEST

/* Running totals in every chunk; Groq's copy in a field of its own. */
START_TEST(test_stream_usage_is_never_summed)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}");
	play_event(&play, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}");
	play_event(&play, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}}");
	play_event(&play, "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}");
	play_event(&play, "{\"choices\":[],\"usage\":null}");
	play_event(&play, "{\"choices\":[],\"usage\":{}}");
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, 9);
	ck_assert_int_eq(play_call(&play)->tokens.output, 3);
}
END_TEST

START_TEST(test_stream_error)
{
	const struct call *call;

	play_chat(&play);
	play_stream(&play);
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"a\"}", "null")));
	play_event(&play, "{\"error\":{\"message\":\"try again\",\"type\":\"server_error\",\"code\":null}}");
	play_event(&play, "[DONE]");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_int_eq(call->status, 200);
	ck_assert_int_eq(call->error, ERROR_SERVER);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->tool_calls, CALL_UNKNOWN);
}
END_TEST

/* Unknown events, events that are no JSON, and a null error are no news. */
START_TEST(test_stream_noise)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, "ping");
	play_event(&play, "[1,[2,{\"choices\":3}]]");
	play_event(&play, "{\"choices\":{\"index\":\"x\"},\"error\":null,\"usage\":[],\"model\":{}}");
	play_event(&play, CHUNK(DELTA(0, "{\"content\":\"a\"}", "\"stop\"")));
	play_event(&play, "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}");
	play_event(&play, " [DONE]\n");
	play_end(&play, OUTCOME_ABORTED);	/* the client closed at the mark */
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, 9);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 1);
}
END_TEST

/* A message named "error" failed, whatever it holds. */
static const struct {
	const char *data;
	enum call_error error;
} named_errors[] = {
	{ "{\"detail\":\"a\",\"error\":{\"message\":\"prompt is too long\"}}", ERROR_CONTEXT_LENGTH },
	{ "{\"code\":429,\"message\":\"a\",\"type\":\"other\"}", ERROR_RATE_LIMIT },
	{ "{\"code\":500,\"message\":\"a\",\"type\":\"rate_limit_error\"}", ERROR_RATE_LIMIT },
	{ "{}", ERROR_OTHER },
	{ "out of memory", ERROR_OTHER },
};

START_TEST(test_stream_named_error)
{
	play_chat(&play);
	play_stream(&play);
	play_event(&play, "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
	play_event_piece(&play, named_errors[_i].data, strlen(named_errors[_i].data));
	play_named_event_end(&play, "error");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, named_errors[_i].error);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: openai.chat");
	TCase *plain = tcase_create("answers"), *stream = tcase_create("streams");

	tcase_add_checked_fixture(plain, setup, teardown);
	tcase_add_test(plain, test_identity);
	tcase_add_loop_test(plain, test_usage, 0, ARRAY_SIZE(usages));
	tcase_add_test(plain, test_usage_null);
	tcase_add_test(plain, test_tools);
	tcase_add_test(plain, test_legacy_function);
	tcase_add_test(plain, test_empty_function);
	tcase_add_test(plain, test_more_tools_than_kept);
	tcase_add_test(plain, test_choices);
	tcase_add_test(plain, test_names_are_bounded_and_printable);
	suite_add_tcase(suite, plain);
	tcase_add_checked_fixture(stream, setup, teardown);
	tcase_add_test(stream, test_stream_times);
	tcase_add_test(stream, test_one_output_event_has_no_span);
	tcase_add_loop_test(stream, test_what_is_output, 0, ARRAY_SIZE(outputs));
	tcase_add_test(stream, test_stream_tools);
	tcase_add_test(stream, test_stream_tools_of_odd_servers);
	tcase_add_test(stream, test_stream_legacy_function);
	tcase_add_test(stream, test_stream_tools_are_bounded);
	tcase_add_test(stream, test_azure_filter_chunk);
	tcase_add_test(stream, test_stream_usage_is_never_summed);
	tcase_add_test(stream, test_stream_error);
	tcase_add_loop_test(stream, test_stream_named_error, 0, ARRAY_SIZE(named_errors));
	tcase_add_test(stream, test_stream_noise);
	suite_add_tcase(suite, stream);
	return suite;
}
UNIT_SUITE(make)
