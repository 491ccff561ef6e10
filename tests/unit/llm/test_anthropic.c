/* SPDX-License-Identifier: Apache-2.0 */
/* anthropic.messages: answers, streams, and the arithmetic of cached tokens. */
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

#define MESSAGE(content, usage)                                                                              \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5-20250929\"," \
	"\"content\":[" content "],\"stop_reason\":\"tool_use\",\"stop_sequence\":null,\"usage\":" usage "}"

START_TEST(test_answer)
{
	const struct call *call;

	play_messages(&play);
	play_answer(&play, 200,
		    MESSAGE("{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"server_tool_use\",\"name\":\"web_search\"},"
			    "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"look\",\"input\":{\"name\":\"x\",\"type\":\"tool_use\"}},"
			    "{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"look\",\"input\":{}}",
			    "{\"input_tokens\":10,\"cache_creation_input_tokens\":200,\"cache_read_input_tokens\":3000,"
			    "\"cache_creation\":{\"ephemeral_5m_input_tokens\":150,\"ephemeral_1h_input_tokens\":50},"
			    "\"output_tokens\":20,\"output_tokens_details\":{\"thinking_tokens\":5},\"service_tier\":\"standard\"}"));
	call = play_call(&play);
	ck_assert_str_eq(call->provider, "anthropic");
	ck_assert_str_eq(call->dialect, "anthropic.messages");
	ck_assert_str_eq(call->request_model, "claude-sonnet-4-5");
	ck_assert_str_eq(call->response_model, "claude-sonnet-4-5-20250929");
	ck_assert_str_eq(call->finish_reasons[0], "tool_use");
	ck_assert_int_eq(call->tool_calls, 2);
	ck_assert_uint_eq(call->tool_count, 1);
	ck_assert_str_eq(call->tools[0], "look");
	ck_assert_str_eq(call->service_tier, "standard");
	/* Input leaves the cached tokens out, the split counts the same tokens again. */
	ck_assert_int_eq(call->tokens.input, 3210);
	ck_assert_int_eq(call->tokens.cache_read, 3000);
	ck_assert_int_eq(call->tokens.cache_write, 200);
	ck_assert_int_eq(call->tokens.cache_write_5m, 150);
	ck_assert_int_eq(call->tokens.cache_write_1h, 50);
	ck_assert_int_eq(call->tokens.output, 20);
	ck_assert_int_eq(call->tokens.reasoning, 5);
}
END_TEST

/* Emulations: no cache fields, null ones, or the split alone. */
static const struct {
	const char *usage;
	int64_t input, cache_read, cache_write;
} usages[] = {
	{ "{\"input_tokens\":10,\"output_tokens\":2}", 10, CALL_UNKNOWN, CALL_UNKNOWN },
	{ "{\"input_tokens\":10,\"output_tokens\":2,\"cache_read_input_tokens\":null,\"cache_creation\":null}", 10, CALL_UNKNOWN,
	  CALL_UNKNOWN },
	{ "{\"input_tokens\":10,\"output_tokens\":2,\"cache_creation\":{\"ephemeral_5m_input_tokens\":3,\"ephemeral_1h_input_tokens\":4}}",
	  17, CALL_UNKNOWN, 7 },
	{ "{\"input_tokens\":0,\"output_tokens\":2,\"cache_read_input_tokens\":0}", 0, 0, CALL_UNKNOWN },
};

START_TEST(test_usage)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), MESSAGE("", "%s"), usages[_i].usage);
	play_messages(&play);
	play_answer(&play, 200, body);
	ck_assert_int_eq(play_call(&play)->tokens.input, usages[_i].input);
	ck_assert_int_eq(play_call(&play)->tokens.cache_read, usages[_i].cache_read);
	ck_assert_int_eq(play_call(&play)->tokens.cache_write, usages[_i].cache_write);
	ck_assert_int_eq(play_call(&play)->tokens.output, 2);
}
END_TEST

static void begin_stream(void)
{
	play_messages(&play);
	play_stream(&play);
	play_event(&play, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_2\",\"type\":\"message\",\"role\":\"assistant\","
			  "\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":702,"
			  "\"cache_read_input_tokens\":100,\"output_tokens\":1}}}");
	play_event(&play, "{\"type\":\"ping\"}");
}

#define BLOCK(index, block) "{\"type\":\"content_block_start\",\"index\":" #index ",\"content_block\":" block "}"
#define DELTA(index, delta) "{\"type\":\"content_block_delta\",\"index\":" #index ",\"delta\":" delta "}"

START_TEST(test_stream)
{
	const struct call *call;

	begin_stream();
	play_event(&play, BLOCK(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
	play.now_ns = 1500 * MS - 2 * MS;
	play_event(&play, DELTA(0, "{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}  "));
	play_event(&play, DELTA(0, "{\"type\":\"signature_delta\",\"signature\":\"Zz\"}"));
	play_event(&play, BLOCK(1, "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"look\",\"input\":{}}"));
	play_event(&play, DELTA(1, "{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}"));
	play_event(&play, "{\"type\":\"content_block_stop\",\"index\":1}");
	/* Cumulative: overrides, and may have grown. A null is no news. */
	play_event(&play, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null},\"usage\":{\"output_tokens\":5}}");
	play_event(&play, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},"
			  "\"usage\":{\"input_tokens\":1591,\"cache_read_input_tokens\":null,\"output_tokens\":88}}");
	play_event(&play, "{\"type\":\"message_stop\"}");
	play_end(&play, OUTCOME_ABORTED);
	call = play_call(&play);
	ck_assert_int_eq(call->capture, CAPTURE_COMPLETE);
	ck_assert_str_eq(call->response_id, "msg_2");
	ck_assert_int_eq(call->tokens.input, 1691);
	ck_assert_int_eq(call->tokens.cache_read, 100);
	ck_assert_int_eq(call->tokens.output, 88);
	ck_assert_int_eq(call->tool_calls, 1);
	ck_assert_str_eq(call->tools[0], "look");
	ck_assert_str_eq(call->finish_reasons[0], "tool_use");
	ck_assert_int_eq(call->ttft_ns, 500 * MS);
}
END_TEST

START_TEST(test_stream_error)
{
	begin_stream();
	play_event(&play, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->status, 200);
	ck_assert_int_eq(play_call(&play)->error, ERROR_OVERLOADED);
	ck_assert_int_eq(play_call(&play)->tool_calls, CALL_UNKNOWN);
}
END_TEST

static const struct {
	const char *event;
	bool output;
} events[] = {
	{ BLOCK(0, "{\"type\":\"text\",\"text\":\"\"}"), false },
	{ BLOCK(0, "{\"type\":\"redacted_thinking\",\"data\":\"x\"}"), true },
	{ BLOCK(0, "{\"type\":\"tool_use\",\"name\":\"look\"}"), true },
	{ DELTA(0, "{\"type\":\"text_delta\",\"text\":\"a\"}"), true },
	{ DELTA(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"), false },
	{ DELTA(0, "{\"type\":\"signature_delta\",\"signature\":\"a\"}"), false },
	{ "{\"type\":\"ping\"}", false },
};

START_TEST(test_what_is_output)
{
	begin_stream();
	play_event(&play, events[_i].event);
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->ttft_ns != CALL_UNKNOWN, events[_i].output);
}
END_TEST

START_TEST(test_refusal)
{
	begin_stream();
	play_event(&play, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"},\"usage\":{\"output_tokens\":2}}");
	play_event(&play, "{\"type\":\"message_stop\"}");
	play_end(&play, OUTCOME_COMPLETE);
	ck_assert_int_eq(play_call(&play)->error, ERROR_CONTENT_FILTER);
	ck_assert_str_eq(play_call(&play)->finish_reasons[0], "refusal");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: anthropic.messages");
	TCase *tcase = tcase_create("messages");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_answer);
	tcase_add_loop_test(tcase, test_usage, 0, ARRAY_SIZE(usages));
	tcase_add_test(tcase, test_stream);
	tcase_add_test(tcase, test_stream_error);
	tcase_add_loop_test(tcase, test_what_is_output, 0, ARRAY_SIZE(events));
	tcase_add_test(tcase, test_refusal);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
