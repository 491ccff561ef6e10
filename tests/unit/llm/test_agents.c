/* SPDX-License-Identifier: Apache-2.0 */
/* Plumbing of agents: MCP and A2A, and calls over gRPC. */
#include <stdio.h>

#include "base/cleanup.h"
#include "play.h"
#include "unit.h"

#define MCP_HOST "tools.example"
#define TOOLS_CALL(id, name) \
	"{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" name "\",\"arguments\":{}}}"
#define RESULT(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}"
#define A2A_SEND(method) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"" method "\",\"params\":{\"message\":{\"parts\":[{\"text\":\"hi\"}]}}}"

static struct play play;

static void setup(void)
{
	play_init(&play);
}

static void teardown(void)
{
	play_done(&play);
}

static void ask_tool(const char *body)
{
	play_request(&play, MCP_HOST, "/any", body);
}

/* ---- MCP ---- */

START_TEST(a_tool_call_is_one_record)
{
	const struct call *call;

	ask_tool(TOOLS_CALL("7", "search"));
	play_answer(&play, 200, RESULT("7"));
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "mcp");
	ck_assert_int_eq(call->operation, OPERATION_EXECUTE_TOOL);
	ck_assert(!call_is_llm(call));
	ck_assert_uint_eq(call->tool_count, 1);
	ck_assert_str_eq(call->tools[0], "search");
	ck_assert_str_eq(call->provider, "");
	ck_assert_str_eq(call->server_address, MCP_HOST);
	ck_assert_int_eq(call->tool_calls, CALL_UNKNOWN);
	ck_assert_int_eq(call->tokens.input, CALL_UNKNOWN);
	ck_assert_int_eq(call->usage_source, USAGE_NONE);
	ck_assert_int_eq(call->error, ERROR_NONE);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_gt(call->duration_ns, 0);
}
END_TEST

START_TEST(the_answer_is_the_event_with_the_id)
{
	ask_tool(TOOLS_CALL("\"s-1\"", "search"));
	play_stream(&play);
	play_event(&play, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1}}");
	/* A request of the server may bear the same id. */
	play_event(&play, "{\"jsonrpc\":\"2.0\",\"id\":\"s-1\",\"method\":\"sampling/createMessage\",\"params\":{}}");
	play_event(&play, RESULT("\"other\""));
	play_event(&play, RESULT("\"s-1\""));
	play.now_ns += 1000 * MS;
	play_end(&play, OUTCOME_ABORTED);
	ck_assert(play_call(&play)->streaming);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
	ck_assert_int_lt(play_call(&play)->duration_ns, 100 * (int64_t)MS);
}
END_TEST

static const struct {
	const char *answer;
	unsigned int status;
	enum call_error error;
} failures[] = {
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[],\"isError\":true}}", 200, ERROR_TOOL },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[],\"isError\":false}}", 200, ERROR_NONE },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"Unknown tool\"}}", 200,
	  ERROR_INVALID_REQUEST },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"x\"}}", 404, ERROR_NOT_FOUND },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"x\"}}", 200, ERROR_SERVER },
	{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"x\"}}", 400,
	  ERROR_INVALID_REQUEST },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"x\"}}", 401, ERROR_AUTHENTICATION },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"x\"}}", 200, ERROR_OTHER },
	{ "{\"error\":\"invalid_token\"}", 401, ERROR_AUTHENTICATION },
	{ "<html>", 502, ERROR_SERVER },
};

START_TEST(a_tool_fails_in_several_ways)
{
	ask_tool(TOOLS_CALL("1", "search"));
	play_answer(&play, failures[_i].status, failures[_i].answer);
	ck_assert_int_eq(play_call(&play)->error, failures[_i].error);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

static const char *const no_calls[] = {
	"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"clientInfo\":{\"name\":\"x\"}}}",
	"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":\"x\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"model\":\"m\",\"role\":\"assistant\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\",\"params\":{\"messages\":[]}}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tasks/get\",\"params\":{\"id\":\"x\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"SendMessage\",\"params\":{\"message\":\"hello\"}}",
	"{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}",
	"[]",
};

START_TEST(other_messages_are_no_calls)
{
	play_request(&play, MCP_HOST, "/mcp", no_calls[_i]);
	play_answer(&play, 200, RESULT("1"));
	ck_assert_uint_eq(play.count, 0);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 1);
}
END_TEST

START_TEST(each_call_of_a_batch_is_a_record)
{
	ask_tool("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}," TOOLS_CALL("2", "one") ","
		 TOOLS_CALL("3", "two") "]");
	play_answer(&play, 200, "[" RESULT("3") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"isError\":true}}," RESULT("1") "]");
	ck_assert_uint_eq(play.count, 2);
	ck_assert_str_eq(play.calls[0].tools[0], "one");
	ck_assert_int_eq(play.calls[0].error, ERROR_TOOL);
	ck_assert_str_eq(play.calls[1].tools[0], "two");
	ck_assert_int_eq(play.calls[1].error, ERROR_NONE);
	ck_assert_uint_eq(play.calls[1].tool_count, 1);
}
END_TEST

/* More than is kept: what is beyond has no record, and nothing breaks. */
START_TEST(a_batch_is_bounded)
{
	char body[8192] = "[";
	size_t len = 1;

	for (int i = 0; i < 40; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len, "%s" TOOLS_CALL("%d", "t"), i ? "," : "", i);
	(void)snprintf(body + len, sizeof(body) - len, "]");
	ask_tool(body);
	play_answer(&play, 200, "[]");
	ck_assert_uint_eq(play.count, 16);
}
END_TEST

START_TEST(headers_alone_tell_the_tool)
{
	play_header(&play, "Mcp-Method", "tools/call");
	play_header(&play, "Mcp-Name", "search");
	play_request(&play, "api.openai.com", "/anything", "");
	play_answer(&play, 200, RESULT("5"));
	ck_assert_str_eq(play_call(&play)->tools[0], "search");
	ck_assert_str_eq(play_call(&play)->dialect, "mcp");
	ck_assert_str_eq(play_call(&play)->provider, "");
}
END_TEST

START_TEST(the_body_says_more_than_the_headers)
{
	play_header(&play, "Mcp-Method", "tools/call");
	play_header(&play, "Mcp-Name", "=?base64?w6TDtg==?=");
	ask_tool(TOOLS_CALL("5", "\303\244\303\266"));
	play_answer(&play, 200, RESULT("5"));
	ck_assert_str_eq(play_call(&play)->tools[0], "\303\244\303\266");
}
END_TEST

START_TEST(headers_rule_a_call_out)
{
	play_header(&play, "Mcp-Method", "tools/list");
	ask_tool(TOOLS_CALL("5", "search"));
	ck_assert(play.exchange.skip_bodies);
	play_answer(&play, 200, RESULT("5"));
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

/* The deprecated transport: the answer comes on another connection. */
START_TEST(an_answer_elsewhere_has_no_duration)
{
	ask_tool(TOOLS_CALL("5", "search"));
	play_answer_head(&play, 202, NULL, FRAMING_PLAIN);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->duration_ns, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_UNDECODABLE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
}
END_TEST

START_TEST(a_tool_that_is_given_up)
{
	ask_tool(TOOLS_CALL("5", "search"));
	play_stream(&play);
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CANCELLED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
}
END_TEST

/* A limit of the capture cut the arguments. */
START_TEST(a_request_that_is_cut_names_its_tool)
{
	static const char body[] = "{\"method\":\"tools/call\",\"jsonrpc\":\"2.0\",\"params\":{\"name\":\"search\",\"arguments\":{\"a\":\"bbb";

	play_request_head(&play, "POST", MCP_HOST, "/mcp", "application/json");
	play_request_body(&play, body, sizeof(body) - 1);
	play_request_end(&play);
	play_answer(&play, 200, RESULT("5"));
	ck_assert_str_eq(play_call(&play)->tools[0], "search");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
}
END_TEST

START_TEST(an_mcp_server_of_a_vendor_has_no_provider)
{
	play_request(&play, "api.githubcopilot.com", "/mcp/", TOOLS_CALL("5", "search"));
	play_header(&play, "x-litellm-response-cost", "0.5");
	play_answer(&play, 200, RESULT("5"));
	ck_assert_str_eq(play_call(&play)->provider, "");
	ck_assert_int_eq(play_call(&play)->reported_cost_pico_usd, CALL_UNKNOWN);
}
END_TEST

/* ---- A2A ---- */

static const char *const agent_methods[] = {
	A2A_SEND("message/send"), A2A_SEND("message/stream"), A2A_SEND("SendMessage"), A2A_SEND("SendStreamingMessage"),
};

START_TEST(asking_an_agent_is_one_record)
{
	play_request(&play, "agent.example", "/", agent_methods[_i]);
	play_answer(&play, 200, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"kind\":\"task\",\"id\":\"t\"}}");
	ck_assert_str_eq(play_call(&play)->dialect, "a2a");
	ck_assert_int_eq(play_call(&play)->operation, OPERATION_INVOKE_AGENT);
	ck_assert_uint_eq(play_call(&play)->tool_count, 0);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
}
END_TEST

/* Every event answers the same request: the last one ends it. */
START_TEST(an_agents_stream_lasts_to_its_last_event)
{
	play_request(&play, "agent.example", "/", A2A_SEND("message/stream"));
	play_stream(&play);
	play_event(&play, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"kind\":\"task\"}}");
	play.now_ns += 500 * MS;
	play_event(&play, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"kind\":\"status-update\",\"final\":true}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_gt(play_call(&play)->duration_ns, 500 * (int64_t)MS);
	ck_assert(play_call(&play)->streaming);
}
END_TEST

START_TEST(an_agent_fails)
{
	play_request(&play, "agent.example", "/", A2A_SEND("message/send"));
	play_answer(&play, 200, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32603,\"message\":\"x\"}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_SERVER);
}
END_TEST

START_TEST(agents_speak_rest_too)
{
	play_request(&play, "agent.example", "/v1/message:send",
		     "{\"message\":{\"role\":\"ROLE_USER\",\"parts\":[{\"text\":\"hi\"}],\"messageId\":\"m\"}}");
	play_answer(&play, 200, "{\"task\":{\"id\":\"t\",\"status\":{\"state\":\"TASK_STATE_COMPLETED\"}}}");
	ck_assert_str_eq(play_call(&play)->dialect, "a2a");
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_COMPLETE);
	ck_assert_str_eq(play_call(&play)->provider, "");
}
END_TEST

START_TEST(an_agent_refuses_over_rest)
{
	play_request(&play, "agent.example", "/message:stream", "{\"message\":{\"parts\":[{\"text\":\"hi\"}]}}");
	play_answer(&play, 404, "{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\",\"message\":\"x\"}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_NOT_FOUND);
}
END_TEST

START_TEST(another_message_api_is_no_agent)
{
	play_request(&play, "chat.example", "/rooms/1/message:send", "{\"message\":{\"text\":\"hi\"}}");
	play_answer(&play, 200, "{\"message\":{\"id\":1}}");
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

/* ---- gRPC ---- */

static void grpc(const char *host, const char *path)
{
	static const char frame[] = "\0\0\0\0\5\n\3abc";

	play_request_head(&play, "POST", host, path, "application/grpc");
	play_request_body(&play, frame, sizeof(frame) - 1);
	play_request_end(&play);
}

static void grpc_answer(const char *status)
{
	play_answer_head(&play, 200, "application/grpc", FRAMING_PLAIN);
	play_answer_body(&play, "\0\0\0\0\2\n\0", 7);
	play_trailer(&play, "grpc-status", status);
	play_answer_end(&play);
	play_end(&play, OUTCOME_COMPLETE);
}

START_TEST(grpc_is_counted_unread)
{
	grpc("api.x.ai", "/xai_api.Chat/GetCompletionChunk");
	grpc_answer("0");
	ck_assert_str_eq(play_call(&play)->dialect, "grpc");
	ck_assert_str_eq(play_call(&play)->provider, "x_ai");
	ck_assert_str_eq(play_call(&play)->path, "/xai_api.Chat/GetCompletionChunk");
	ck_assert_int_eq(play_call(&play)->operation, OPERATION_CHAT);
	ck_assert(play_call(&play)->streaming);
	ck_assert(call_is_llm(play_call(&play)));
	ck_assert_int_eq(play_call(&play)->error, ERROR_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_UNDECODABLE);
	ck_assert_int_eq(play_call(&play)->tool_calls, CALL_UNKNOWN);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

static const struct {
	const char *status;
	enum call_error error;
} grpc_statuses[] = {
	{ "1", ERROR_CANCELLED },	   { "2", ERROR_OTHER },	{ "3", ERROR_INVALID_REQUEST },
	{ "4", ERROR_TIMEOUT },		   { "5", ERROR_NOT_FOUND },	{ "7", ERROR_PERMISSION },
	{ "8", ERROR_RATE_LIMIT },	   { "12", ERROR_INVALID_REQUEST }, { "13", ERROR_SERVER },
	{ "14", ERROR_OVERLOADED },	   { "16", ERROR_AUTHENTICATION },  { "77", ERROR_OTHER },
	{ "", ERROR_NONE },		   { "x", ERROR_NONE },
};

START_TEST(grpc_says_its_status_in_trailers)
{
	grpc("generativelanguage.googleapis.com", "/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent");
	grpc_answer(grpc_statuses[_i].status);
	ck_assert_str_eq(play_call(&play)->provider, "gcp.gemini");
	ck_assert_int_eq(play_call(&play)->operation, OPERATION_GENERATE_CONTENT);
	ck_assert_int_eq(play_call(&play)->error, grpc_statuses[_i].error);
}
END_TEST

/* An answer without a body has its trailers in its head. */
START_TEST(grpc_fails_in_the_head)
{
	grpc("gateway.internal", "/xai_api.Chat/GetCompletion");
	play_header(&play, "grpc-status", "16");
	play_answer_head(&play, 200, "application/grpc", FRAMING_PLAIN);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_AUTHENTICATION);
	ck_assert(!play_call(&play)->streaming);
}
END_TEST

START_TEST(other_grpc_is_no_call)
{
	grpc("api.x.ai", "/xai_api.Models/ListLanguageModels");
	ck_assert(play.exchange.skip_bodies);
	play_end(&play, OUTCOME_COMPLETE);
	grpc("serving.internal", "/inference.GRPCInferenceService/ModelInfer");
	play_end(&play, OUTCOME_COMPLETE);
	/* The path, but another protocol. */
	play_request(&play, "api.x.ai", "/xai_api.Chat/GetCompletion", "{}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_uint_eq(play.count, 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: mcp, a2a, grpc");
	TCase *tc = tcase_create("agents");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_tool_call_is_one_record);
	tcase_add_test(tc, the_answer_is_the_event_with_the_id);
	tcase_add_loop_test(tc, a_tool_fails_in_several_ways, 0, ARRAY_SIZE(failures));
	tcase_add_loop_test(tc, other_messages_are_no_calls, 0, ARRAY_SIZE(no_calls));
	tcase_add_test(tc, each_call_of_a_batch_is_a_record);
	tcase_add_test(tc, a_batch_is_bounded);
	tcase_add_test(tc, headers_alone_tell_the_tool);
	tcase_add_test(tc, the_body_says_more_than_the_headers);
	tcase_add_test(tc, headers_rule_a_call_out);
	tcase_add_test(tc, an_answer_elsewhere_has_no_duration);
	tcase_add_test(tc, a_tool_that_is_given_up);
	tcase_add_test(tc, a_request_that_is_cut_names_its_tool);
	tcase_add_test(tc, an_mcp_server_of_a_vendor_has_no_provider);
	tcase_add_loop_test(tc, asking_an_agent_is_one_record, 0, ARRAY_SIZE(agent_methods));
	tcase_add_test(tc, an_agents_stream_lasts_to_its_last_event);
	tcase_add_test(tc, an_agent_fails);
	tcase_add_test(tc, agents_speak_rest_too);
	tcase_add_test(tc, an_agent_refuses_over_rest);
	tcase_add_test(tc, another_message_api_is_no_agent);
	tcase_add_test(tc, grpc_is_counted_unread);
	tcase_add_loop_test(tc, grpc_says_its_status_in_trailers, 0, ARRAY_SIZE(grpc_statuses));
	tcase_add_test(tc, grpc_fails_in_the_head);
	tcase_add_test(tc, other_grpc_is_no_call);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make)
