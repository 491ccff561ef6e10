/* SPDX-License-Identifier: Apache-2.0 */
/* Bedrock and SageMaker: Converse, the families behind InvokeModel, agents, endpoints. */
#include <stdio.h>
#include <string.h>

#include "aws.h"
#include "base/cleanup.h"
#include "play.h"
#include "unit.h"

#define HOST "bedrock-runtime.us-east-1.amazonaws.com"
#define MESSAGES "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hello\"}]}]}"

static struct play play;

static void setup(void)
{
	play_init(&play);
}

static void teardown(void)
{
	play_done(&play);
}

static void converse(void)
{
	play_request(&play, HOST, "/model/us.amazon.nova-pro-v1%3A0/converse", MESSAGES);
}

static void begin_stream(const char *path, const char *body)
{
	play_request(&play, HOST, path, body);
	play_answer_head(&play, 200, "application/vnd.amazon.eventstream", FRAMING_EVENT_STREAM);
}

static void converse_stream(void)
{
	begin_stream("/model/us.amazon.nova-pro-v1%3A0/converse-stream", MESSAGES);
}

static void event(const char *name, const char *data)
{
	play_event_piece(&play, data, strlen(data));
	play_named_event_end(&play, name);
}

/* An event of InvokeModelWithResponseStream, in pieces of `play.piece`. */
static void chunk(const char *inside)
{
	struct buffer text = { 0 };

	ck_assert_int_eq(buffer_printf(&text, "{\"bytes\":\""), 0);
	aws_base64(&text, slice_of(inside));
	ck_assert_int_eq(buffer_printf(&text, "\",\"p\":\"abcd\"}"), 0);
	play_event_piece(&play, text.data, text.len);
	play_named_event_end(&play, "chunk");
	buffer_done(&text);
}

/* ---- Converse ---- */

static const struct {
	const char *path, *model;
} models[] = {
	{ "/model/amazon.nova-lite-v1%3A0/converse", "amazon.nova-lite-v1:0" },
	{ "/model/eu.anthropic.claude-x-v1:0/converse", "eu.anthropic.claude-x-v1:0" },
	{ "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse",
	  "arn:aws:bedrock:us-east-1:1:inference-profile/us.x" },
	{ "/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.x/converse-stream",
	  "arn:aws:bedrock:us-east-1:1:inference-profile/us.x" },
	{ "/bedrock/model/m/invoke", "m" },
};

START_TEST(test_model_of_path)
{
	play_request(&play, HOST, models[_i].path, MESSAGES);
	play_answer(&play, 200, "{}");
	ck_assert_str_eq(play_call(&play)->request_model, models[_i].model);
	ck_assert_str_eq(play_call(&play)->provider, "aws.bedrock");
}
END_TEST

START_TEST(test_converse)
{
	const struct call *call;

	converse();
	play_answer(&play, 200,
		    "{\"metrics\":{\"latencyMs\":9},\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"a\"},"
		    "{\"toolUse\":{\"type\":\"server_tool_use\",\"name\":\"nova_code_interpreter\",\"toolUseId\":\"s\"}},"
		    "{\"toolUse\":{\"input\":{\"name\":\"x\",\"type\":\"y\"},\"name\":\"look\",\"toolUseId\":\"t1\"}},"
		    "{\"toolUse\":{\"input\":{},\"name\":\"find\",\"toolUseId\":\"t2\"}}]}},"
		    "\"performanceConfig\":{\"latency\":\"standard\"},\"serviceTier\":{\"type\":\"flex\"},"
		    "\"stopReason\":\"tool_use\",\"usage\":{\"inputTokens\":433,\"outputTokens\":16,\"totalTokens\":3301,"
		    "\"cacheReadInputTokens\":2752,\"cacheReadInputTokenCount\":2752,\"cacheWriteInputTokens\":100,"
		    "\"cacheWriteInputTokenCount\":100,\"serverToolUsage\":{}}}");
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "bedrock.converse");
	ck_assert_int_eq(call->operation, OPERATION_CHAT);
	ck_assert_str_eq(call->finish_reasons[0], "tool_use");
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_uint_eq(call->tool_count, 2);
	ck_assert_str_eq(call->tools[0], "look");
	ck_assert_str_eq(call->service_tier, "flex");
	ck_assert_str_eq(call->speed, "standard");
	ck_assert_int_eq(call->tokens.input, 433 + 2752 + 100);
	ck_assert_int_eq(call->tokens.cache_read, 2752);
	ck_assert_int_eq(call->tokens.cache_write, 100);
	ck_assert_int_eq(call->tokens.output, 16);
}
END_TEST

START_TEST(test_converse_stream)
{
	const struct call *call;

	converse_stream();
	event("messageStart", "{\"p\":\"abc\",\"role\":\"assistant\"}");
	event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"\"}}");
	play.now_ns = 1500 * MS - 2 * MS;
	event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"hm\"}},\"p\":\"ab\"}");
	event("contentBlockStop", "{\"contentBlockIndex\":0}");
	event("contentBlockStart", "{\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"name\":\"look\",\"toolUseId\":\"t1\"}}}");
	event("contentBlockDelta", "{\"contentBlockIndex\":1,\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}");
	event("contentBlockStart", "{\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"name\":\"look\",\"toolUseId\":\"t2\"}}}");
	event("contentBlockStart", "{\"contentBlockIndex\":3,\"start\":{\"toolUse\":{\"name\":\"run\",\"toolUseId\":\"s\","
				   "\"type\":\"server_tool_use\"}}}");
	event("messageStop", "{\"stopReason\":\"tool_use\"}");
	event("metadata", "{\"usage\":{\"inputTokens\":11,\"outputTokens\":236,\"totalTokens\":1275,\"cacheReadInputTokens\":0,"
			  "\"cacheWriteInputTokens\":1028},\"metrics\":{\"latencyMs\":5}}");
	play_end(&play, OUTCOME_ABORTED);
	call = play_call(&play);
	ck_assert(call->streaming);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->tokens.input, 1039);
	ck_assert_int_eq(call->tokens.output, 236);
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_uint_eq(call->tool_count, 1);
	ck_assert_str_eq(call->finish_reasons[0], "tool_use");
	ck_assert_int_eq(call->ttft_ns, 500 * MS);
}
END_TEST

static const struct {
	const char *name, *data;
	bool output;
} outputs[] = {
	{ "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"a\"}}", true },
	{ "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"toolUse\":{\"input\":\"{\"}}}", true },
	{ "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"redactedContent\":\"Zz==\"}}}", true },
	{ "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"signature\":\"Zz\"}}}", false },
	{ "contentBlockStart", "{\"contentBlockIndex\":0,\"start\":{\"toolUse\":{\"name\":\"look\",\"toolUseId\":\"t\"}}}", true },
	{ "contentBlockStart", "{\"contentBlockIndex\":0,\"start\":{}}", false },
	{ "messageStart", "{\"role\":\"assistant\",\"p\":\"text\"}", false },
};

START_TEST(test_what_is_output)
{
	converse_stream();
	event(outputs[_i].name, outputs[_i].data);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->ttft_ns != CALL_UNKNOWN, outputs[_i].output);
}
END_TEST

START_TEST(test_stream_that_breaks_off)
{
	converse_stream();
	event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"a\"}}");
	event("messageStop", "{\"stopReason\":\"end_turn\"}");
	play_end(&play, OUTCOME_ABORTED);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_ABORTED);
	ck_assert_int_eq(play_call(&play)->tokens.input, CALL_UNKNOWN);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CANCELLED);
}
END_TEST

static const struct {
	const char *name, *data;
	enum call_error error;
} exceptions[] = {
	{ "throttlingException", "{\"message\":\"Too many requests\"}", ERROR_RATE_LIMIT },
	{ "modelStreamErrorException", "{\"message\":\"x\",\"originalStatusCode\":500}", ERROR_SERVER },
	{ "modelTimeoutException", "{}", ERROR_TIMEOUT },
	{ "serviceUnavailableException", "{}", ERROR_OVERLOADED },
	{ "internalServerException", "", ERROR_SERVER },
	{ "validationException", "{\"message\":\"Input is too long for requested model.\"}", ERROR_CONTEXT_LENGTH },
	{ "validationException", "{\"message\":\"x\"}", ERROR_INVALID_REQUEST },
	{ "newException", "{\"message\":\"x\"}", ERROR_OTHER },
};

START_TEST(test_exception)
{
	converse_stream();
	event("messageStart", "{\"role\":\"assistant\"}");
	play_exception(&play, exceptions[_i].name, exceptions[_i].data);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, exceptions[_i].data[0] ? exceptions[_i].error : ERROR_NONE);
	ck_assert_int_eq(play_call(&play)->status, 200);
}
END_TEST

/* Inside InvokeModel's stream exceptions come as they are. */
START_TEST(test_exception_in_place_of_a_chunk)
{
	play.piece = (size_t)_i;
	begin_stream("/model/anthropic.claude-x/invoke-with-response-stream", MESSAGES);
	chunk("{\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}");
	play_exception(&play, "validationException", "{\"message\":\"Input is too long for requested model.\"}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CONTEXT_LENGTH);
	ck_assert_int_eq(play_call(&play)->tokens.input, 3);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}
END_TEST

static const struct {
	unsigned int status;
	const char *type, *body;
	enum call_error error;
} errors[] = {
	{ 400, "ValidationException:http://internal.example/coral/", "{\"message\":\"x\"}", ERROR_INVALID_REQUEST },
	{ 400, "ValidationException", "{\"message\":\"The provided model identifier is invalid.\"}", ERROR_NOT_FOUND },
	{ 400, "ValidationException", "{\"message\":\"Input is too long for requested model.\"}", ERROR_CONTEXT_LENGTH },
	{ 400, "ServiceQuotaExceededException", "{}", ERROR_QUOTA },
	{ 403, "AccessDeniedException", "{\"Message\":\"x\"}", ERROR_PERMISSION },
	{ 403, "UnrecognizedClientException", "{\"message\":\"x\"}", ERROR_AUTHENTICATION },
	{ 403, "ExpiredTokenException", "{\"message\":\"x\"}", ERROR_AUTHENTICATION },
	{ 404, "ResourceNotFoundException", "{\"message\":\"x\"}", ERROR_NOT_FOUND },
	{ 408, "ModelTimeoutException", "{\"message\":\"x\"}", ERROR_TIMEOUT },
	{ 424, "ModelErrorException", "{\"message\":\"x\"}", ERROR_SERVER },
	{ 429, "ThrottlingException", "{\"message\":\"x\"}", ERROR_RATE_LIMIT },
	{ 429, "ModelNotReadyException", "{\"message\":\"x\"}", ERROR_OVERLOADED },
	{ 500, "InternalServerException", "{\"message\":\"x\"}", ERROR_SERVER },
	{ 503, "ServiceUnavailableException", "{\"message\":\"x\"}", ERROR_OVERLOADED },
	{ 403, "", "{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\",\"message\":\"x\"}", ERROR_AUTHENTICATION },
};

START_TEST(test_error)
{
	converse();
	play_header(&play, "x-amzn-ErrorType", errors[_i].type);
	play_answer(&play, errors[_i].status, errors[_i].body);
	ck_assert_int_eq(play_call(&play)->error, errors[_i].error);
	ck_assert_str_eq(play_call(&play)->request_model, "us.amazon.nova-pro-v1:0");
}
END_TEST

START_TEST(test_guardrail)
{
	converse();
	play_answer(&play, 200, "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[]}},\"stopReason\":"
				"\"guardrail_intervened\",\"usage\":{\"inputTokens\":1,\"outputTokens\":0,\"totalTokens\":1}}");
	ck_assert_int_eq(play_call(&play)->error, ERROR_CONTENT_FILTER);
}
END_TEST

/* ---- InvokeModel ---- */

#define NO CALL_UNKNOWN

static const struct {
	const char *answer;
	enum call_operation operation;
	int64_t input, output;	/* headers say 70 and 80 */
	const char *reasons[2];
	int64_t tool_calls;
} families[] = {
	{ "{\"id\":\"i\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{\"type\":\"tool_use\",\"name\":"
	  "\"look\"}],\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}",
	  OPERATION_CHAT, 5, 6, { "tool_use" }, 1 },
	{ "{\"completion\":\" a\",\"stop_reason\":\"stop_sequence\",\"stop\":\"b\"}",
	  OPERATION_TEXT_COMPLETION, 70, 80, { "stop_sequence" }, NO },
	{ "{\"generation\":\"a\",\"prompt_token_count\":5,\"generation_token_count\":6,\"stop_reason\":\"length\"}",
	  OPERATION_TEXT_COMPLETION, 5, 6, { "length" }, NO },
	{ "{\"inputTextTokenCount\":5,\"results\":[{\"tokenCount\":6,\"outputText\":\"a\",\"completionReason\":\"FINISH\"}]}",
	  OPERATION_TEXT_COMPLETION, 5, 6, { "FINISH" }, NO },
	{ "{\"embedding\":[0.1],\"inputTextTokenCount\":5}", OPERATION_EMBEDDINGS, 5, 80, { NULL }, NO },
	{ "{\"embeddings\":[{\"embedding\":[0.1],\"embeddingType\":\"TEXT\"}]}", OPERATION_EMBEDDINGS, 70, 80, { NULL }, NO },
	{ "{\"id\":\"i\",\"embeddings\":{\"float\":[[0.1]]},\"texts\":[\"a\"]}", OPERATION_EMBEDDINGS, 70, 80, { NULL }, NO },
	{ "{\"results\":[{\"index\":2,\"relevance_score\":0.8}]}", OPERATION_RERANK, 70, 80, { NULL }, NO },
	{ "{\"output\":{\"message\":{\"content\":[{\"toolUse\":{\"name\":\"look\",\"input\":{}}}],\"role\":\"assistant\"}},"
	  "\"stopReason\":\"tool_use\",\"usage\":{\"inputTokens\":5,\"outputTokens\":6,\"totalTokens\":11}}",
	  OPERATION_CHAT, 5, 6, { "tool_use" }, 1 },
	{ "{\"outputs\":[{\"text\":\"a\",\"stop_reason\":\"stop\"},{\"text\":\"a\",\"stop_reason\":\"length\"}]}",
	  OPERATION_TEXT_COMPLETION, 70, 80, { "stop", "length" }, NO },
	{ "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":"
	  "\"look\"}}]},\"stop_reason\":\"tool_calls\"}]}",
	  OPERATION_CHAT, 70, 80, { "tool_calls" }, 1 },
	{ "{\"choices\":[{\"text\":\"a\",\"stop_reason\":\"stop\"}]}", OPERATION_TEXT_COMPLETION, 70, 80, { "stop" }, NO },
	{ "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"a\",\"finish_reason\":\"length\",\"stop_reason\":\"</s>\"}],"
	  "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6,\"total_tokens\":11}}",
	  OPERATION_TEXT_COMPLETION, 5, 6, { "length" }, NO },
	{ "{\"generations\":[{\"finish_reason\":\"MAX_TOKENS\",\"id\":\"g\",\"text\":\"a\"},{\"finish_reason\":\"COMPLETE\",\"id\":"
	  "\"h\",\"text\":\"b\"}],\"id\":\"i\",\"prompt\":\"p\"}",
	  OPERATION_TEXT_COMPLETION, 70, 80, { "MAX_TOKENS", "COMPLETE" }, NO },
	{ "{\"response_id\":\"i\",\"text\":\"a\",\"chat_history\":[{\"role\":\"USER\",\"message\":\"a\"}],\"finish_reason\":"
	  "\"COMPLETE\",\"tool_calls\":[{\"name\":\"look\",\"parameters\":{}}]}",
	  OPERATION_CHAT, 70, 80, { "COMPLETE" }, 1 },
	{ "{\"id\":1234,\"completions\":[{\"data\":{\"text\":\"a\"},\"finishReason\":{\"reason\":\"length\",\"length\":10}}]}",
	  OPERATION_TEXT_COMPLETION, 70, 80, { "length" }, NO },
	{ "{\"images\":[\"iVBOR\",\"iVBOR\"]}", OPERATION_IMAGE_GENERATION, 70, 80, { NULL }, NO },
	{ "{\"result\":\"success\",\"artifacts\":[{\"seed\":1,\"base64\":\"iVBOR\",\"finishReason\":\"SUCCESS\"}]}",
	  OPERATION_IMAGE_GENERATION, 70, 80, { "SUCCESS" }, NO },
};

START_TEST(test_family)
{
	const struct call *call;

	play_request(&play, HOST, "/model/m/invoke", "{\"prompt\":\"a\"}");
	play_header(&play, "X-Amzn-Bedrock-Input-Token-Count", "70");
	play_header(&play, "X-Amzn-Bedrock-Output-Token-Count", "80");
	play_header(&play, "X-Amzn-Bedrock-Service-Tier", "priority");
	play_answer(&play, 200, families[_i].answer);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "bedrock.invoke");
	ck_assert_int_eq(call->operation, families[_i].operation);
	ck_assert_int_eq(call->tokens.input, families[_i].input);
	ck_assert_int_eq(call->tokens.output, families[_i].output);
	ck_assert_str_eq(call->service_tier, "priority");
	for (uint32_t i = 0; i < 2; i++)
		ck_assert_str_eq(call->finish_reasons[i], families[_i].reasons[i] ? families[_i].reasons[i] : "");
	ck_assert_int_eq(call->tool_calls, families[_i].tool_calls);
}
END_TEST

START_TEST(test_images)
{
	play_request(&play, HOST, "/model/amazon.nova-canvas-v1%3A0/invoke", "{\"taskType\":\"TEXT_IMAGE\"}");
	play_answer(&play, 200, "{\"images\":[\"iVBOR\",\"iVBOR\"]}");
	ck_assert_int_eq(play_call(&play)->units.images, 2);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
}
END_TEST

/* Whether cached tokens stand inside the input is said by an exact total. */
static const struct {
	const char *answer;
	int64_t input;
} cached[] = {
	{ "{\"type\":\"message\",\"role\":\"assistant\",\"usage\":{\"input_tokens\":10,\"output_tokens\":2,"
	  "\"cache_read_input_tokens\":100}}", 110 },
	{ "{\"choices\":[{\"message\":{}}],\"usage\":{\"prompt_tokens\":110,\"completion_tokens\":2,\"total_tokens\":112,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":100}}}", 110 },
	{ "{\"output\":{\"message\":{\"role\":\"assistant\"}},\"usage\":{\"inputTokens\":10,\"outputTokens\":2,\"totalTokens\":112,"
	  "\"cacheReadInputTokenCount\":100}}", 110 },
};

START_TEST(test_cached)
{
	play_request(&play, HOST, "/model/m/invoke", MESSAGES);
	play_answer(&play, 200, cached[_i].answer);
	ck_assert_int_eq(play_call(&play)->tokens.input, cached[_i].input);
	ck_assert_int_eq(play_call(&play)->tokens.cache_read, 100);
	ck_assert_int_eq(play_call(&play)->tokens.output, 2);
}
END_TEST

#define METRICS "\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":5,\"outputTokenCount\":6,\"invocationLatency\":9}"

static const struct {
	const char *events[6];
	enum call_operation operation;
	const char *reason;
	int64_t tool_calls;
} streams[] = {
	{ { "{\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"model\":\"m\",\"usage\":{\"input_tokens\":5,"
	    "\"output_tokens\":1}}}",
	    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"look\"}}",
	    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}",
	    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":6}}",
	    "{\"type\":\"message_stop\"," METRICS "}" },
	  OPERATION_CHAT, "tool_use", 1 },
	{ { "{\"messageStart\":{\"role\":\"assistant\"}}",
	    "{\"contentBlockStart\":{\"start\":{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"look\"}},\"contentBlockIndex\":0}}",
	    "{\"contentBlockDelta\":{\"delta\":{\"toolUse\":{\"input\":\"{}\"}},\"contentBlockIndex\":0}}",
	    "{\"messageStop\":{\"stopReason\":\"tool_use\"}}",
	    "{\"metadata\":{\"usage\":{\"inputTokens\":5,\"outputTokens\":6,\"cacheReadInputTokenCount\":0}}," METRICS "}" },
	  OPERATION_CHAT, "tool_use", 1 },
	{ { "{\"generation\":\"a\",\"prompt_token_count\":5,\"generation_token_count\":1,\"stop_reason\":null}",
	    "{\"generation\":\"b\",\"prompt_token_count\":null,\"generation_token_count\":6,\"stop_reason\":\"length\"," METRICS "}" },
	  OPERATION_TEXT_COMPLETION, "length", NO },
	{ { "{\"outputText\":\"a\",\"index\":0,\"totalOutputTextTokenCount\":null,\"completionReason\":null,\"inputTextTokenCount\":5}",
	    "{\"outputText\":\"a\",\"index\":0,\"totalOutputTextTokenCount\":6,\"completionReason\":\"FINISH\","
	    "\"inputTextTokenCount\":null," METRICS "}" },
	  OPERATION_TEXT_COMPLETION, "FINISH", NO },
	{ { "{\"completion\":\"a\",\"stop_reason\":null}", "{\"completion\":\"\",\"stop_reason\":\"max_tokens\"," METRICS "}" },
	  OPERATION_TEXT_COMPLETION, "max_tokens", NO },
	{ { "{\"outputs\":[{\"text\":\"a\",\"stop_reason\":null}]}", "{\"outputs\":[{\"text\":\"\",\"stop_reason\":\"stop\"}]," METRICS "}" },
	  OPERATION_TEXT_COMPLETION, "stop", NO },
	{ { "{\"event_type\":\"text-generation\",\"text\":\"a\"}",
	    "{\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\",\"response\":{\"response_id\":\"i\",\"chat_history\":[]},"
	    METRICS "}" },
	  OPERATION_CHAT, "COMPLETE", 0 },
	{ { "{\"index\":0,\"is_finished\":false,\"text\":\"a\"}", "{\"finish_reason\":\"MAX_TOKENS\",\"is_finished\":true," METRICS "}" },
	  OPERATION_TEXT_COMPLETION, "MAX_TOKENS", NO },
	{ { "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\","
	    "\"function\":{\"name\":\"look\"}}]}}]}",
	    "{\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]," METRICS "}" },
	  OPERATION_CHAT, "tool_calls", 1 },
};

static void check_stream(size_t i, size_t piece)
{
	const struct call *call;

	play.piece = piece;
	begin_stream("/model/m/invoke-with-response-stream", MESSAGES);
	for (size_t j = 0; j < ARRAY_SIZE(streams[i].events) && streams[i].events[j]; j++)
		chunk(streams[i].events[j]);
	play_end(&play, OUTCOME_ABORTED);	/* at the stream's own end */
	call = play_call(&play);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_int_eq(call->operation, streams[i].operation);
	ck_assert_int_eq(call->tokens.input, 5);
	ck_assert_int_eq(call->tokens.output, 6);
	ck_assert_str_eq(call->finish_reasons[0], streams[i].reason);
	ck_assert_int_eq(call->tool_calls, streams[i].tool_calls);
	ck_assert_int_ne(call->ttft_ns, CALL_UNKNOWN);
	ck_assert_uint_eq(stats[STAT_JSON_MALFORMED], 0);
}

START_TEST(test_family_stream)
{
	check_stream((size_t)_i / 4, (size_t)_i % 4);
}
END_TEST

/* Two answers at once; the end of each says whose it is. */
START_TEST(test_two_generations)
{
	const struct call *call;

	begin_stream("/model/cohere.command/invoke-with-response-stream", "{\"prompt\":\"a\"}");
	chunk("{\"index\":1,\"is_finished\":true,\"finish_reason\":\"COMPLETE\"}");
	chunk("{\"index\":0,\"is_finished\":true,\"finish_reason\":\"MAX_TOKENS\"," METRICS "}");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_uint_eq(call->finish_reason_count, 2);
	ck_assert_str_eq(call->finish_reasons[0], "MAX_TOKENS");
	ck_assert_str_eq(call->finish_reasons[1], "COMPLETE");
}
END_TEST

/* What is no base64, no JSON inside, not wrapped, or wrapped twice. */
static const char *const broken[] = {
	"{\"bytes\":\"!!\"}",		    "{\"bytes\":\"AAAA\"}", "{\"bytes\":[1]}",	  "{\"bytes\":{\"bytes\":\"e30=\"}}",
	"{\"p\":\"a\"}",		    "[]",		    "\"e30=\"",		  "{\"bytes\":\"e30=\",\"bytes\":\"e30=\"}",
	"{\"bytes\":\"eyJieXRlcyI6ImUzMD0ifQ==\"}", "{\"bytes\":\"", "{\"bytes\":\"eyJh",
};

START_TEST(test_broken_chunk)
{
	begin_stream("/model/m/invoke-with-response-stream", MESSAGES);
	play_event_piece(&play, broken[_i], strlen(broken[_i]));
	play_named_event_end(&play, "chunk");
	chunk("{\"generation\":\"a\",\"prompt_token_count\":5,\"generation_token_count\":6,\"stop_reason\":\"stop\"}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->tokens.input, 5);
	ck_assert_int_eq(play_call(&play)->tokens.output, 6);
}
END_TEST

/* ---- other hosts ---- */

static const struct {
	const char *authority, *path, *request;
	unsigned int status;
	const char *answer;
	const char *dialect;	/* null: no call */
} hosts[] = {
	{ "localhost", "/bedrock/model/amazon.nova-micro-v1%3A0/converse", MESSAGES, 200,
	  "{\"output\":{\"message\":{\"role\":\"assistant\"}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":7}}",
	  "bedrock.converse" },
	{ "localhost", "/model/m/converse", MESSAGES, 400, "{\"message\":\"x\"}", "bedrock.converse" },
	{ "localhost", "/model/m/converse", "{}", 200, "{\"output\":{\"message\":{\"role\":\"assistant\"}}}", NULL },
	{ "localhost", "/model/m/converse", MESSAGES, 200, "{\"ok\":true}", NULL },
	{ "localhost", "/model/m/invoke", "{\"inputText\":\"a\"}", 200, "{\"embedding\":[1]}", "bedrock.invoke" },
	{ "localhost", "/model/m/invoke", "{\"inputText\":\"a\"}", 200, "{\"label\":1}", NULL },
	{ "localhost", "/model/m/invoke", "{\"rows\":[]}", 400, "{\"message\":\"x\"}", NULL },
	{ HOST, "/model/m/count-tokens", "{\"input\":{}}", 200, "{\"inputTokens\":18}", NULL },
	{ HOST, "/guardrail/g/version/1/apply", "{\"source\":\"INPUT\"}", 200, "{\"action\":\"NONE\"}", NULL },
	{ HOST, "/openai/v1/chat/completions", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}", 200, "{}", "openai.chat" },
	{ "bedrock-mantle.eu-west-1.api.aws", "/anthropic/v1/messages", "{}", 200, "{}", "anthropic.messages" },
	{ "bedrock-mantle.eu-west-1.api.aws", "/openai/v1/responses", "{}", 200, "{}", "openai.responses" },
	{ "bedrock-agent-runtime.eu-west-1.amazonaws.com", "/knowledgebases/K/retrieve", "{}", 200, "{}", NULL },
	{ "bedrock-agent-runtime.eu-west-1.amazonaws.com", "/retrieveAndGenerate", "{}", 200, "{\"output\":{\"text\":\"a\"}}",
	  "bedrock.agent" },
	{ "localhost", "/retrieveAndGenerate", "{\"input\":{\"text\":\"a\"}}", 200, "{\"output\":{\"text\":\"a\"}}", NULL },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/llama/invocations", "{\"inputs\":\"a\"}", 200,
	  "[{\"generated_text\":\"a\"}]", "sagemaker" },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/sentiment/invocations", "{\"inputs\":\"a\"}", 200,
	  "[{\"label\":\"POSITIVE\",\"score\":0.9}]", NULL },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/sentiment/invocations", "{\"inputs\":\"a\"}", 400,
	  "{\"message\":\"x\"}", NULL },
	{ "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/price/invocations", "{\"instances\":[[1]]}", 200,
	  "{\"predictions\":[1]}", NULL },
};

START_TEST(test_host)
{
	play_request(&play, hosts[_i].authority, hosts[_i].path, hosts[_i].request);
	play_answer(&play, hosts[_i].status, hosts[_i].answer);
	ck_assert_uint_eq(play.count, hosts[_i].dialect != NULL);
	if (hosts[_i].dialect)
		ck_assert_str_eq(play_call(&play)->dialect, hosts[_i].dialect);
}
END_TEST

/* ---- agents and endpoints ---- */

#define TRACE(kind, input, output)                                                                                  \
	"{\"agentId\":\"A\",\"trace\":{\"" kind "\":{\"modelInvocationOutput\":{\"metadata\":{\"usage\":{\"inputTokens\":" #input \
	",\"outputTokens\":" #output "}}}}}}"

START_TEST(test_agent)
{
	const struct call *call;

	play_request(&play, "bedrock-agent-runtime.us-east-1.amazonaws.com",
		     "/agents/A1B2C3D4E5/agentAliases/F6G7H8I9J0/sessions/s1/text", "{\"inputText\":\"a\",\"enableTrace\":true}");
	play_answer_head(&play, 200, "application/vnd.amazon.eventstream", FRAMING_EVENT_STREAM);
	event("trace", "{\"trace\":{\"preProcessingTrace\":{\"modelInvocationInput\":{\"foundationModel\":\"m1\"}}}}");
	event("trace", TRACE("preProcessingTrace", 400, 50));
	event("trace", TRACE("orchestrationTrace", 2000, 300));
	event("trace", TRACE("orchestrationTrace", 2100, 20));
	event("chunk", "{\"bytes\":\"aGVsbG8=\"}");
	play_end(&play, OUTCOME_COMPLETE);
	call = play_call(&play);
	ck_assert_str_eq(call->dialect, "bedrock.agent");
	ck_assert_int_eq(call->operation, OPERATION_INVOKE_AGENT);
	ck_assert_str_eq(call->path, "/agents/{id}/agentAliases/{id}/sessions/{id}/text");
	ck_assert_str_eq(call->request_model, "");
	ck_assert_str_eq(call->response_model, "m1");
	ck_assert_int_eq(call->tokens.input, 4500);
	ck_assert_int_eq(call->tokens.output, 370);
	ck_assert_int_ne(call->ttft_ns, CALL_UNKNOWN);
}
END_TEST

START_TEST(test_agent_without_traces)
{
	play_request(&play, "bedrock-agent-runtime.us-east-1.amazonaws.com", "/agents/s1",
		     "{\"inputText\":\"a\",\"foundationModel\":\"m\"}");
	play_answer_head(&play, 200, "application/vnd.amazon.eventstream", FRAMING_EVENT_STREAM);
	event("chunk", "{\"bytes\":\"aGVsbG8=\"}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_str_eq(play_call(&play)->request_model, "m");
	ck_assert_int_eq(play_call(&play)->usage_source, USAGE_NONE);
	ck_assert_int_eq(play_call(&play)->capture, CAPTURE_NO_USAGE);
}
END_TEST

START_TEST(test_endpoint)
{
	const struct call *call;

	play_request(&play, "runtime.sagemaker.us-east-1.amazonaws.com:443", "/endpoints/my-llama/invocations", MESSAGES);
	play_answer(&play, 200, "{\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"message\":{},\"finish_reason\":\"stop\"}],"
				"\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6,\"total_tokens\":11}}");
	call = play_call(&play);
	ck_assert_str_eq(call->provider, "aws.sagemaker");
	ck_assert_str_eq(call->request_model, "my-llama");
	ck_assert_str_eq(call->response_model, "m");
	ck_assert_int_eq(call->operation, OPERATION_CHAT);
	ck_assert_int_eq(call->tokens.input, 5);
	ck_assert_str_eq(call->finish_reasons[0], "stop");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: Bedrock and SageMaker");
	TCase *tcase = tcase_create("bedrock");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_model_of_path, 0, ARRAY_SIZE(models));
	tcase_add_test(tcase, test_converse);
	tcase_add_test(tcase, test_converse_stream);
	tcase_add_loop_test(tcase, test_what_is_output, 0, ARRAY_SIZE(outputs));
	tcase_add_test(tcase, test_stream_that_breaks_off);
	tcase_add_loop_test(tcase, test_exception, 0, ARRAY_SIZE(exceptions));
	tcase_add_loop_test(tcase, test_exception_in_place_of_a_chunk, 0, 4);
	tcase_add_loop_test(tcase, test_error, 0, ARRAY_SIZE(errors));
	tcase_add_test(tcase, test_guardrail);
	tcase_add_loop_test(tcase, test_family, 0, ARRAY_SIZE(families));
	tcase_add_test(tcase, test_images);
	tcase_add_loop_test(tcase, test_cached, 0, ARRAY_SIZE(cached));
	tcase_add_loop_test(tcase, test_family_stream, 0, 4 * ARRAY_SIZE(streams));
	tcase_add_test(tcase, test_two_generations);
	tcase_add_loop_test(tcase, test_broken_chunk, 0, ARRAY_SIZE(broken));
	tcase_add_loop_test(tcase, test_host, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tcase, test_agent);
	tcase_add_test(tcase, test_agent_without_traces);
	tcase_add_test(tcase, test_endpoint);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
