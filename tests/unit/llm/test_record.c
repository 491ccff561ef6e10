/* SPDX-License-Identifier: Apache-2.0 */
/* Names, paths, the check of a received call, and the call record. */
#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "llm/call.h"
#include "llm/path.h"
#include "llm/text.h"
#include "unit.h"

static const struct {
	const char *in, *out;
	bool printable;
} texts[] = {
	{ "", "", true },
	{ "gpt-4o", "gpt-4o", true },
	{ "mod\xc3\xa8le \xe6\xa8\xa1 \xf0\x9f\x98\x80", "mod\xc3\xa8le \xe6\xa8\xa1 \xf0\x9f\x98\x80", true },
	{ "a\tb\x7f\x1b[0m", "a_b__[0m", false },
	{ "\xc2\x85", "_", false },			/* C1 control */
	{ "\xe2\x80\xae" "abc", "_abc", false },	/* turns the direction of text */
	{ "\xe2\x80\xa8", "_", false },			/* line separator */
	{ "\xff\xc0\x80", "___", false },		/* never UTF-8; overlong */
	{ "\xed\xa0\x80", "___", false },		/* surrogate */
	{ "\xf4\x90\x80\x80", "____", false },		/* beyond Unicode */
	{ "a\xe6\xa8", "a__", false },			/* cut */
};

START_TEST(test_text)
{
	char out[64];

	text_copy(out, sizeof(out), slice_of(texts[_i].in));
	ck_assert_str_eq(out, texts[_i].out);
	ck_assert_int_eq(text_printable(slice_of(texts[_i].in)), texts[_i].printable);
	ck_assert(text_printable(slice_of(out)));
}
END_TEST

/* Cut between characters, whatever the room. */
START_TEST(test_text_room)
{
	char out[16];

	for (size_t size = 1; size < sizeof(out); size++) {
		text_copy(out, size, SLICE("a\xe6\xa8\xa1" "b\xc3\xa8" "c"));
		ck_assert_uint_lt(strlen(out), size);
		ck_assert(text_printable(slice_of(out)));
	}
	ck_assert_str_eq(out, "a\xe6\xa8\xa1" "b\xc3\xa8" "c");
}
END_TEST

static const struct {
	const char *target, *template;
} paths[] = {
	{ "/v1/chat/completions", "/v1/chat/completions" },
	{ "/v1/chat/completions/?key=secret#x", "/v1/chat/completions" },
	{ "https://api.openai.com/v1/responses?x", "/v1/responses" },
	{ "https://api.openai.com", "" },
	{ "/", "/" },
	{ "*", "" },
	{ "//openai/deployments/prod gpt/chat/completions", "//openai/deployments/{id}/chat/completions" },
	{ "/v1/threads/thread_abc/runs", "/v1/threads/{id}/runs" },
	{ "/v1/123456789/gw/chat/completions", "/v1/{id}/gw/chat/completions" },
	{ "/sk-proj-aB3dE5fG7hI9/v1/messages", "/{id}/v1/messages" },
	{ "/0f8fad5b-d9cb-469f-a165-70867728950e/v1/messages", "/{id}/v1/messages" },
	{ "/abcdefghijklmnopqrstuvwxyzabcdefghijkl/v1", "/{id}/v1" },
	{ "/compatible-mode/v1beta1/embeddings", "/compatible-mode/v1beta1/embeddings" },
	{ "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=x", "/v1beta/models/{id}:streamGenerateContent" },
	{ "/v1/projects/p1/locations/l/endpoints/7:predict", "/v1/projects/{id}/locations/{id}/endpoints/{id}:predict" },
	{ "/v1internal:generateContent", "/v1internal:generateContent" },
	{ "/bot1234567890:AAabcdefghijklmnopqrstuvwxyz/send", "/{id}/send" },
	{ "/secret12345678:", "/{id}:" },
	{ "/a\x01\xff/b", "/a__/b" },
};

START_TEST(test_path)
{
	char out[128];

	path_template(path_of_target(slice_of(paths[_i].target)), out, sizeof(out));
	ck_assert_str_eq(out, paths[_i].template);
}
END_TEST

START_TEST(test_path_is_bounded)
{
	char target[4096], out[128];

	memset(target, '/', sizeof(target));
	path_template((struct slice){ target, sizeof(target) }, out, sizeof(out));
	ck_assert_uint_lt(strlen(out), sizeof(out));
	for (size_t size = 1; size < 20; size++)
		path_template(SLICE("/deployments/x/chat"), out, size);
}
END_TEST

START_TEST(test_segment_after)
{
	char out[32];

	path_segment_after(SLICE("/openai/deployments/a%2Fb%zz/chat"), "deployments", out, sizeof(out));
	ck_assert_str_eq(out, "a/b%zz");
	path_segment_after(SLICE("/openai/deployments"), "deployments", out, sizeof(out));
	ck_assert_str_eq(out, "");
	path_segment_after(SLICE("/deployments/%4"), "deployments", out, sizeof(out));
	ck_assert_str_eq(out, "%4");
	path_segment_after(SLICE(""), "deployments", out, sizeof(out));
	ck_assert_str_eq(out, "");
}
END_TEST

/* ---- a call that was received ---- */

static struct call call;

static struct buffer out;

static void setup(void)
{
	call_init(&call);
}

static void teardown(void)
{
	buffer_done(&out);
}

START_TEST(test_check_accepts)
{
	ck_assert_int_eq(call_check(&call, sizeof(call)), 0);
	ck_assert_int_eq(call.tokens.input, CALL_UNKNOWN);
	ck_assert_int_eq(call.cost_pico_usd, CALL_UNKNOWN);
}
END_TEST

START_TEST(test_check_size_and_version)
{
	ck_assert_int_eq(call_check(&call, sizeof(call) - 1), -EBADMSG);
	call.version++;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
}
END_TEST

START_TEST(test_check_strings)
{
	memset(call.response_model, 'x', sizeof(call.response_model));
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	memcpy(call.tools[TOOLS_MAX - 1], "a\nb", 4);
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	memset(call.finish_reasons[3], 'x', FINISH_REASON_BYTES);
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	memset(call.workload.service, 'x', sizeof(call.workload.service));
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
}
END_TEST

START_TEST(test_check_ranges)
{
	unsigned char two = 2;

	call.finish_reason_count = FINISH_REASONS_MAX + 1;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	call.tool_count = TOOLS_MAX + 1;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	call.tokens.output = -1;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	setup();
	memcpy(&call.streaming, &two, 1);
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
}
END_TEST

/* Every enum, by its bytes: the compiler may not know the value. */
static const size_t enums[] = {
	offsetof(struct call, workload.source), offsetof(struct call, role),	     offsetof(struct call, hop),
	offsetof(struct call, protocol),	offsetof(struct call, operation),    offsetof(struct call, error),
	offsetof(struct call, usage_source),	offsetof(struct call, capture),	     offsetof(struct call, cost_source),
};

START_TEST(test_check_enums)
{
	int32_t values[] = { 1000, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		setup();
		memcpy((char *)&call + enums[_i], &values[i], sizeof(values[i]));
		ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	}
}
END_TEST

static void add_finding(void)
{
	call.finding_count = 1;
	call.findings[0] = (struct call_finding){
		.rule = "pack.rule",
		.category = "new_task",
		.severity = SEVERITY_HIGH,
		.where = WHERE_TOOL_RESULT,
		.count = 3,
		.repeats = 2,
		.rule_version = 4,
		.first_seen_unix_ns = CALL_UNKNOWN,
	};
}

START_TEST(test_check_findings)
{
	struct call good;

	add_finding();
	good = call;
	ck_assert_int_eq(call_check(&call, sizeof(call)), 0);
	call.finding_count = CALL_FINDINGS_MAX + 1;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	call.findings[0].severity = SEVERITY_MAX;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	call.findings[0].where = WHERE_MAX;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	memset(call.findings[0].rule, 'x', RULE_ID_BYTES);
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	call.findings[0].category[1] = '\x1b';
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	call.findings[0].first_seen_unix_ns = -2;
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	call = good;
	memset(&call.risk, 0x7f, sizeof(call.risk));
	ck_assert_int_eq(call_check(&call, sizeof(call)), -EBADMSG);
	/* What is not counted is not looked at. */
	call = good;
	call.findings[1].severity = SEVERITY_MAX;
	ck_assert_int_eq(call_check(&call, sizeof(call)), 0);
}
END_TEST

/* ---- the record ---- */

static const char *record(const char *node)
{
	out.len = 0;
	ck_assert_int_eq(call_to_json(&call, node, &out), 0);
	ck_assert_int_eq(buffer_append(&out, "", 1), 0);
	return out.data;
}

START_TEST(test_record_of_nothing)
{
	ck_assert_str_eq(record(NULL),
		"{\"v\":1,\"id\":null,\"time\":\"1970-01-01T00:00:00.000000000Z\",\"service\":\"unknown\","
		"\"service_source\":\"unknown\",\"namespace\":null,\"pod\":null,\"container\":null,\"node\":null,\"pid\":null,"
		"\"program\":null,\"tls\":null,\"role\":\"client\",\"hop\":\"direct\",\"protocol\":null,\"method\":null,"
		"\"path\":null,\"server_address\":null,\"provider\":null,\"gateway\":null,\"dialect\":null,"
		"\"operation\":\"unknown\",\"streaming\":false,\"request_model\":null,\"response_model\":null,\"priced_as\":null,"
		"\"service_tier\":null,\"status\":null,\"error_type\":null,\"finish_reasons\":[],\"response_id\":null,\"system_fingerprint\":null,"
		"\"input_tokens\":null,\"cache_read_tokens\":null,\"cache_write_tokens\":null,\"output_tokens\":null,"
		"\"reasoning_tokens\":null,\"usage_source\":\"none\",\"cost_usd\":null,\"cost_source\":null,\"tool_calls\":null,\"tools\":[],"
		"\"duration_ms\":null,\"request_ms\":null,\"ttfb_ms\":null,\"ttft_ms\":null,"
		"\"time_per_output_token_ms\":null,\"max_gap_ms\":null,\"request_bytes\":null,\"response_bytes\":null,"
		"\"retry_count\":null,\"idempotency_hash\":null,\"confidence\":null,\"confidence_source\":null,"
		"\"token_probability\":null,\"token_probability_tokens\":null,\"refused\":false,\"declined\":null,"
		"\"hedged\":null,\"risk\":null,\"findings\":[],"
		"\"user_hash\":null,\"trace_id\":null,\"parent_span_id\":null,\"capture\":\"complete\"}\n");
}
END_TEST

static bool has(const char *member)
{
	return strstr(record("node-1"), member);
}

START_TEST(test_record_of_something)
{
	call.time_unix_ns = 1700000000123456789;
	text_copy(call.request_model, sizeof(call.request_model), SLICE("a\"b\\c\xc3\xa8"));
	call.status = 200;
	call.tokens.output = 11;
	call.output_span_ns = 50000001;
	call.duration_ns = 1234567;
	call.ttfb_ns = 0;
	call.cost_pico_usd = 1500000000001;
	call.error = ERROR_RATE_LIMIT;
	call.tool_count = 2;
	text_copy(call.tools[0], TOOL_NAME_BYTES, SLICE("look"));
	text_copy(call.tools[1], TOOL_NAME_BYTES, SLICE("go"));
	call.has_trace = true;
	call.trace_id[0] = 0xab;
	call.workload.source = SERVICE_SYSTEMD;
	text_copy(call.workload.service, sizeof(call.workload.service), SLICE("nginx"));
	ck_assert(has("\"time\":\"2023-11-14T22:13:20.123456789Z\""));
	ck_assert(has("\"request_model\":\"a\\u0022b\\u005cc\xc3\xa8\""));
	ck_assert(has("\"status\":200,"));
	ck_assert(has("\"time_per_output_token_ms\":5,"));
	ck_assert(has("\"duration_ms\":1.234567,"));
	ck_assert(has("\"ttfb_ms\":0,"));
	ck_assert(has("\"cost_usd\":1.500000000001,"));
	ck_assert(has("\"error_type\":\"rate_limit\""));
	ck_assert(has("\"tools\":[\"look\",\"go\"]"));
	ck_assert(has("\"trace_id\":\"ab000000000000000000000000000000\",\"parent_span_id\":\"0000000000000000\""));
	ck_assert(has("\"service\":\"nginx\",\"service_source\":\"systemd\""));
	ck_assert(has("\"node\":\"node-1\""));
}
END_TEST

START_TEST(test_record_of_findings)
{
	add_finding();
	call.finding_count = 2;
	call.findings[1] = call.findings[0];
	call.findings[1].first_seen_unix_ns = 1700000000000000001;
	call.risk = RISK_MEDIUM;
	ck_assert(has("\"risk\":\"medium\",\"findings\":[{\"rule\":\"pack.rule\",\"rule_version\":4,"
		      "\"category\":\"new_task\",\"severity\":\"high\",\"where\":\"tool_result\",\"count\":3,\"repeats\":2,"
		      "\"first_seen\":null},{"));
	ck_assert(has("\"first_seen\":\"2023-11-14T22:13:20.000000001Z\"}],\"user_hash\""));
}
END_TEST

START_TEST(test_record_over_the_limit)
{
	char first[] = "kept";
	struct buffer small = { .limit = 100 };

	ck_assert_int_eq(buffer_append(&small, first, 4), 0);
	ck_assert_int_eq(call_to_json(&call, NULL, &small), -E2BIG);
	ck_assert_uint_eq(small.len, 4);
	buffer_done(&small);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: names and records");
	TCase *names = tcase_create("names"), *calls = tcase_create("calls");

	tcase_add_loop_test(names, test_text, 0, ARRAY_SIZE(texts));
	tcase_add_test(names, test_text_room);
	tcase_add_loop_test(names, test_path, 0, ARRAY_SIZE(paths));
	tcase_add_test(names, test_path_is_bounded);
	tcase_add_test(names, test_segment_after);
	suite_add_tcase(suite, names);
	tcase_add_checked_fixture(calls, setup, teardown);
	tcase_add_test(calls, test_check_accepts);
	tcase_add_test(calls, test_check_size_and_version);
	tcase_add_test(calls, test_check_strings);
	tcase_add_test(calls, test_check_ranges);
	tcase_add_loop_test(calls, test_check_enums, 0, ARRAY_SIZE(enums));
	tcase_add_test(calls, test_check_findings);
	tcase_add_test(calls, test_record_of_nothing);
	tcase_add_test(calls, test_record_of_something);
	tcase_add_test(calls, test_record_of_findings);
	tcase_add_test(calls, test_record_over_the_limit);
	suite_add_tcase(suite, calls);
	return suite;
}
UNIT_SUITE(make)
