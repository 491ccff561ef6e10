/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/span.h"

#include <errno.h>

#include "base/cleanup.h"
#include "sample.h"
#include "unit.h"

/* Field numbers of trace.proto, written down again. */
#define NAME 5
#define KIND 6
#define START 7
#define END 8
#define ATTRIBUTES 9
#define EVENTS 11
#define LINKS 13
#define STATUS 15
#define FLAGS 16

static struct buffer out;

static void setup(void)
{
	out = (struct buffer){ .limit = SPAN_BYTES_MAX };
}

static void teardown(void)
{
	buffer_done(&out);
}

static struct slice encode(const struct call *call)
{
	out.len = 0;
	ck_assert_int_eq(span_encode(call, NULL, &out), 0);
	return buffer_slice(&out);
}

static void check_text(struct slice message, unsigned number, const char *key, const char *expected)
{
	struct slice value;
	struct sample_field text;

	ck_assert_msg(sample_attribute(message, number, key, &value), "no %s", key);
	ck_assert(sample_field(value, 1, 0, &text));
	ck_assert_msg(slice_eq(text.bytes, slice_of(expected)), "%s is %.*s", key, (int)text.bytes.len, text.bytes.ptr);
}

static void check_int(struct slice message, unsigned number, const char *key, uint64_t expected)
{
	struct slice value;
	struct sample_field field;

	ck_assert_msg(sample_attribute(message, number, key, &value), "no %s", key);
	ck_assert(sample_field(value, 3, 0, &field));
	ck_assert_msg(field.number == expected, "%s is %lu", key, (unsigned long)field.number);
}

static void check_double(struct slice message, const char *key, double expected)
{
	struct slice value;
	struct sample_field field;
	double number;

	ck_assert_msg(sample_attribute(message, ATTRIBUTES, key, &value), "no %s", key);
	ck_assert(sample_field(value, 4, 0, &field));
	memcpy(&number, &field.number, sizeof(number));
	ck_assert_msg(number > expected - 1e-9 && number < expected + 1e-9, "%s is %g", key, number);
}

static void check_bool(struct slice message, const char *key, bool expected)
{
	struct slice value;
	struct sample_field field;

	ck_assert_msg(sample_attribute(message, ATTRIBUTES, key, &value), "no %s", key);
	ck_assert(sample_field(value, 2, 0, &field));
	ck_assert_uint_eq(field.number, expected);
}

static void check_absent(struct slice message, const char *key)
{
	struct slice value;

	ck_assert_msg(!sample_attribute(message, ATTRIBUTES, key, &value), "%s is there", key);
}

static void check_list(struct slice message, unsigned number, const char *key, const char *first, size_t count)
{
	struct slice value;
	struct sample_field array, element, text;

	ck_assert_msg(sample_attribute(message, number, key, &value), "no %s", key);
	ck_assert(sample_field(value, 5, 0, &array));
	ck_assert_uint_eq(sample_count(array.bytes, 1), count);
	ck_assert(sample_field(array.bytes, 1, 0, &element));
	ck_assert(sample_field(element.bytes, 1, 0, &text));
	ck_assert(slice_eq(text.bytes, slice_of(first)));
}

static void check_name(struct slice span, const char *expected)
{
	struct sample_field name;

	ck_assert(sample_field(span, NAME, 0, &name));
	ck_assert_msg(slice_eq(name.bytes, slice_of(expected)), "name is %.*s", (int)name.bytes.len, name.bytes.ptr);
}

static const struct {
	const char *key, *value;
} full_texts[] = {
	{ "gen_ai.operation.name", "chat" },
	{ "gen_ai.provider.name", "openai" },
	{ "gen_ai.request.model", "gpt-4o" },
	{ "gen_ai.response.model", "gpt-4o-2024-08-06" },
	{ "gen_ai.response.id", "chatcmpl-1" },
	{ "openai.api.type", "chat_completions" },
	{ "openai.response.service_tier", "default" },
	{ "openai.response.system_fingerprint", "fp_1" },
	{ "http.request.method", "POST" },
	{ "url.template", "/v1/chat/completions" },
	{ "server.address", "api.openai.com" },
	{ "network.protocol.name", "http" },
	{ "network.protocol.version", "2" },
	{ "promtap.call.id", "01hz-1" },
	{ "promtap.tls", "openssl" },
	{ "promtap.dialect", "openai.chat" },
	{ "promtap.gateway", "litellm" },
	{ "promtap.speed", "fast" },
	{ "promtap.inference_geo", "us" },
	{ "promtap.variant", "hd" },
	{ "promtap.capture", "complete" },
	{ "promtap.role", "client" },
	{ "promtap.hop", "to_gateway" },
	{ "promtap.usage.source", "provider" },
	{ "promtap.cost.source", "table" },
	{ "promtap.cost.priced_as", "gpt-4o" },
	{ "promtap.confidence.source", "logprobs" },
	{ "promtap.risk", "medium" },
	{ "promtap.findings.highest_severity", "high" },
};

static const struct {
	const char *key;
	uint64_t value;
} full_numbers[] = {
	{ "server.port", 443 },
	{ "gen_ai.usage.input_tokens", 1000 },
	{ "gen_ai.usage.cache_read.input_tokens", 600 },
	{ "gen_ai.usage.cache_creation.input_tokens", 200 },
	{ "gen_ai.usage.output_tokens", 300 },
	{ "gen_ai.usage.reasoning.output_tokens", 100 },
	{ "promtap.usage.cache_write_5m_tokens", 150 },
	{ "promtap.usage.cache_write_1h_tokens", 50 },
	{ "promtap.usage.audio_input_tokens", 10 },
	{ "promtap.usage.audio_output_tokens", 11 },
	{ "promtap.usage.cache_read_audio_tokens", 12 },
	{ "promtap.usage.image_input_tokens", 13 },
	{ "promtap.usage.image_output_tokens", 14 },
	{ "promtap.usage.search_units", 1 },
	{ "promtap.usage.images", 2 },
	{ "promtap.usage.audio_ms", 3 },
	{ "promtap.usage.characters", 4 },
	{ "promtap.usage.web_searches", 5 },
	{ "http.response.status_code", 200 },
	{ "http.request.body.size", 4096 },
	{ "http.response.body.size", 8192 },
	{ "http.request.resend_count", 1 },
	{ "promtap.tool_calls", 2 },
	{ "promtap.token_probability.tokens", 300 },
	{ "promtap.findings.count", 2 },
};

START_TEST(all_that_is_known)
{
	struct call call = sample_full();
	struct slice span = encode(&call);
	struct sample_field field;

	check_name(span, "chat gpt-4o");
	for (size_t i = 0; i < ARRAY_SIZE(full_texts); i++)
		check_text(span, ATTRIBUTES, full_texts[i].key, full_texts[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(full_numbers); i++)
		check_int(span, ATTRIBUTES, full_numbers[i].key, full_numbers[i].value);
	check_double(span, "gen_ai.response.time_to_first_chunk", 0.5);
	check_double(span, "promtap.request_seconds", 0.001);
	check_double(span, "promtap.time_to_first_byte_seconds", 0.4);
	check_double(span, "promtap.max_gap_seconds", 0.03);
	check_double(span, "promtap.time_per_output_token_seconds", 1.4 / 299);
	check_double(span, "promtap.cost.usd", 0.0125);
	check_double(span, "promtap.confidence", 0.81);
	check_double(span, "promtap.token_probability", 0.9);
	check_bool(span, "gen_ai.request.stream", true);
	check_bool(span, "promtap.refused", false);
	check_bool(span, "promtap.declined", false);
	check_bool(span, "promtap.hedged", true);
	check_list(span, ATTRIBUTES, "gen_ai.response.finish_reasons", "stop", 2);
	check_list(span, ATTRIBUTES, "promtap.tools", "get_weather", 2);
	check_list(span, ATTRIBUTES, "promtap.findings.categories", "instruction_override", 1);
	check_absent(span, "error.type");
	ck_assert(sample_field(span, KIND, 0, &field) && field.number == 3);
	ck_assert(sample_field(span, START, 0, &field) && field.number == 1700000000000000000u);
	ck_assert(sample_field(span, END, 0, &field) && field.number == 1700000002000000000u);
	ck_assert(sample_field(span, FLAGS, 0, &field) && field.number == 1);
	ck_assert_uint_eq(sample_count(span, STATUS), 0);
	ck_assert_uint_eq(sample_count(span, LINKS), 0);
	/* Every attribute is one of those above: a new one needs a line there, and in docs/traces.md. */
	ck_assert_uint_eq(sample_count(span, ATTRIBUTES), ARRAY_SIZE(full_texts) + ARRAY_SIZE(full_numbers) + 15);
}
END_TEST

START_TEST(nothing_that_is_unknown)
{
	struct call call = sample_bare();
	struct slice span = encode(&call);
	struct sample_field start, end;

	check_name(span, "unknown");
	/* What is always known: capture, role, hop; that it was not refused. */
	ck_assert_uint_eq(sample_count(span, ATTRIBUTES), 4);
	ck_assert_uint_eq(sample_count(span, EVENTS), 0);
	ck_assert(sample_field(span, START, 0, &start) && sample_field(span, END, 0, &end));
	ck_assert_uint_eq(start.number, end.number);
}
END_TEST

START_TEST(zero_is_known)
{
	struct call call = sample_bare();
	struct slice span;

	call.tokens.output = 0;
	call.cost_pico_usd = 0;
	call.looked_into = true;
	span = encode(&call);
	check_int(span, ATTRIBUTES, "gen_ai.usage.output_tokens", 0);
	check_double(span, "promtap.cost.usd", 0);
	check_int(span, ATTRIBUTES, "promtap.findings.count", 0);
	check_absent(span, "promtap.findings.highest_severity");
}
END_TEST

START_TEST(findings_are_events)
{
	struct call call = sample_full();
	struct slice span = encode(&call);
	struct sample_field event, field;

	ck_assert_uint_eq(sample_count(span, EVENTS), 2);
	ck_assert(sample_field(span, EVENTS, 0, &event));
	ck_assert(sample_field(event.bytes, 1, 0, &field) && field.number == 1700000000001000000u);
	ck_assert(sample_field(event.bytes, 2, 0, &field) && slice_eq(field.bytes, SLICE("promtap.finding")));
	check_text(event.bytes, 3, "promtap.finding.category", "instruction_override");
	check_text(event.bytes, 3, "promtap.finding.severity", "high");
	check_text(event.bytes, 3, "promtap.finding.rule", "override.ignore");
	check_int(event.bytes, 3, "promtap.finding.rule_version", 3);
	check_text(event.bytes, 3, "promtap.finding.where", "user");
	check_int(event.bytes, 3, "promtap.finding.count", 2);
	check_int(event.bytes, 3, "promtap.finding.repeats", 1);
	check_list(event.bytes, 3, "promtap.finding.owasp", "LLM01", 1);
	check_list(event.bytes, 3, "promtap.finding.atlas", "AML.T0051.000", 2);
	ck_assert_uint_eq(sample_count(event.bytes, 3), 9);
	ck_assert(sample_field(span, EVENTS, 1, &event));
	ck_assert(sample_field(event.bytes, 1, 0, &field) && field.number == 1700000002000000000u);
	check_int(event.bytes, 3, "promtap.finding.first_seen_unix_nano", 1690000000000000000);
	check_int(event.bytes, 3, "promtap.finding.count", 0);
}
END_TEST

START_TEST(failures)
{
	struct call call = sample_full();
	struct sample_field status, code;
	struct slice span;

	for (int error = ERROR_NONE + 1; error < ERROR_MAX; error++) {
		call.error = error;
		span = encode(&call);
		check_text(span, ATTRIBUTES, "error.type", error == ERROR_OTHER ? "_OTHER" : call_error_names[error]);
		ck_assert(sample_field(span, STATUS, 0, &status));
		ck_assert(sample_field(status.bytes, 3, 0, &code) && code.number == 2);
		ck_assert_uint_eq(sample_count(status.bytes, 2), 0);
	}
}
END_TEST

static const struct {
	const char *authority, *tls, *address;
	uint64_t port;	/* 0: none is told */
} servers[] = {
	{ "api.example.org", "openssl", "api.example.org", 443 },
	{ "api.example.org", "none", "api.example.org", 80 },
	{ "api.example.org:8443", "openssl", "api.example.org", 8443 },
	{ "[::1]:8080", "none", "[::1]", 8080 },
	{ "[::1]", "openssl", "[::1]", 443 },
	{ "::1", "openssl", "::1", 443 },
	{ "api.example.org:", "openssl", "api.example.org", 443 },
	{ "api.example.org:99999", "openssl", "api.example.org", 0 },
	{ "api.example.org:1x", "openssl", "api.example.org", 0 },
};

START_TEST(where_it_went)
{
	struct call call = sample_full();
	struct slice span;

	(void)slice_copy(call.server_address, sizeof(call.server_address), slice_of(servers[_i].authority));
	(void)slice_copy(call.tls, sizeof(call.tls), slice_of(servers[_i].tls));
	span = encode(&call);
	check_text(span, ATTRIBUTES, "server.address", servers[_i].address);
	if (servers[_i].port > 0)
		check_int(span, ATTRIBUTES, "server.port", servers[_i].port);
	else
		check_absent(span, "server.port");
}
END_TEST

START_TEST(a_tool_and_an_agent)
{
	struct call call = sample_bare();
	struct slice span;

	(void)strcpy(call.dialect, "mcp");
	call.operation = OPERATION_EXECUTE_TOOL;
	call_add_tool(&call, (const char[TOOL_NAME_BYTES]){ "search" });
	span = encode(&call);
	check_name(span, "tools/call search");
	check_text(span, ATTRIBUTES, "gen_ai.tool.name", "search");
	check_text(span, ATTRIBUTES, "mcp.method.name", "tools/call");
	check_text(span, ATTRIBUTES, "gen_ai.operation.name", "execute_tool");
	check_absent(span, "promtap.refused");
	call = sample_bare();
	(void)strcpy(call.dialect, "a2a");
	call.operation = OPERATION_INVOKE_AGENT;
	check_name(encode(&call), "invoke_agent");
}
END_TEST

START_TEST(the_serving_end)
{
	struct call call = sample_full();
	struct sample_field kind;

	call.role = ROLE_SERVER;
	ck_assert(sample_field(encode(&call), KIND, 0, &kind) && kind.number == 2);
}
END_TEST

START_TEST(flags)
{
	struct call call = sample_full();
	struct sample_field field;

	call.trace_sampled = false;
	ck_assert_uint_eq(sample_count(encode(&call), FLAGS), 0);
	call.has_trace = false;
	ck_assert(sample_field(encode(&call), FLAGS, 0, &field) && field.number == 1);
}
END_TEST

/* The longest of everything, of characters that take three bytes each when they are replaced. */
START_TEST(the_longest_fits)
{
	struct call call = sample_full();
	struct call_finding longest = call.findings[0];

	memset(longest.rule, 0xff, sizeof(longest.rule) - 1);
	memset(call.path, 0xff, sizeof(call.path) - 1);
	memset(call.request_model, 0xff, sizeof(call.request_model) - 1);
	memset(call.response_model, 0xff, sizeof(call.response_model) - 1);
	memset(call.response_id, 0xff, sizeof(call.response_id) - 1);
	call.finding_count = CALL_FINDINGS_MAX;
	call.tool_count = TOOLS_MAX;
	call.finish_reason_count = FINISH_REASONS_MAX;
	for (size_t i = 0; i < CALL_FINDINGS_MAX; i++)
		call.findings[i] = longest;
	for (size_t i = 0; i < TOOLS_MAX; i++)
		memset(call.tools[i], 0xff, TOOL_NAME_BYTES - 1);
	for (size_t i = 0; i < FINISH_REASONS_MAX; i++)
		memset(call.finish_reasons[i], 0xff, FINISH_REASON_BYTES - 1);
	ck_assert_uint_lt(encode(&call).len, SPAN_BYTES_MAX / 2);
}
END_TEST

START_TEST(no_room)
{
	struct call call = sample_full();
	size_t whole = encode(&call).len;

	buffer_done(&out);
	for (size_t limit = 1; limit < whole; limit++) {
		out = (struct buffer){ .limit = limit };
		ck_assert_int_eq(span_encode(&call, NULL, &out), -E2BIG);
		ck_assert_uint_eq(out.len, 0);
		buffer_done(&out);
	}
}
END_TEST

START_TEST(times_do_not_wrap)
{
	struct call call = sample_bare();
	struct span_times times;

	call.time_unix_ns = call.duration_ns = INT64_MAX;
	times = span_times_of(&call);
	ck_assert_uint_gt(times.end_ns, times.start_ns);
	call.time_unix_ns = -1;
	call.duration_ns = CALL_UNKNOWN;
	call.ttfb_ns = 5;
	times = span_times_of(&call);
	ck_assert_uint_eq(times.start_ns, 0);
	ck_assert_uint_eq(times.end_ns, 5);
}
END_TEST

START_TEST(a_link)
{
	struct call call = sample_full();
	struct span_link link = { { 1 }, { 2 } };
	struct sample_field field, id;

	ck_assert_int_eq(span_encode(&call, &link, &out), 0);
	ck_assert(sample_field(buffer_slice(&out), LINKS, 0, &field));
	ck_assert(sample_field(field.bytes, 1, 0, &id));
	ck_assert_uint_eq(id.bytes.len, 16);
	ck_assert_mem_eq(id.bytes.ptr, link.trace_id, 16);
	ck_assert(sample_field(field.bytes, 2, 0, &id));
	ck_assert_mem_eq(id.bytes.ptr, link.span_id, 8);
}
END_TEST

START_TEST(ids_of_a_span)
{
	struct span_ids ids = { { 1 }, { 2 }, { 3 }, true };

	ck_assert_int_eq(span_encode_ids(&ids, &out), 0);
	ck_assert_uint_eq(out.len, 18 + 10 + 10);
	ck_assert_mem_eq(out.data, "\x0a\x10\x01", 3);
	ck_assert_mem_eq(out.data + 18, "\x12\x08\x02", 3);
	ck_assert_mem_eq(out.data + 28, "\x22\x08\x03", 3);
	ids.has_parent = false;
	out.len = 0;
	ck_assert_int_eq(span_encode_ids(&ids, &out), 0);
	ck_assert_uint_eq(out.len, 28);
}
END_TEST

START_TEST(whose_it_is)
{
	struct call call = sample_full();

	ck_assert_int_eq(span_encode_resource(&call, "node-1", &out), 0);
	check_text(buffer_slice(&out), 1, "service.name", "shop");
	check_text(buffer_slice(&out), 1, "promtap.service.source", "k8s");
	check_text(buffer_slice(&out), 1, "k8s.pod.uid", "11111111-2222-3333-4444-555555555555");
	check_text(buffer_slice(&out), 1, "container.id", "0123456789abcdef");
	check_text(buffer_slice(&out), 1, "host.name", "node-1");
	check_text(buffer_slice(&out), 1, "process.executable.name", "python3");
	check_int(buffer_slice(&out), 1, "process.pid", 4711);
	ck_assert_uint_eq(sample_count(buffer_slice(&out), 1), 7);
	out.len = 0;
	call = sample_bare();
	ck_assert_int_eq(span_encode_resource(&call, "", &out), 0);
	check_text(buffer_slice(&out), 1, "service.name", "unknown");
	ck_assert_uint_eq(sample_count(buffer_slice(&out), 1), 2);
}
END_TEST

static Suite *make_span(void)
{
	Suite *suite = suite_create("otlp: spans");
	TCase *tc = tcase_create("spans");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_that_is_known);
	tcase_add_test(tc, nothing_that_is_unknown);
	tcase_add_test(tc, zero_is_known);
	tcase_add_test(tc, findings_are_events);
	tcase_add_test(tc, failures);
	tcase_add_loop_test(tc, where_it_went, 0, ARRAY_SIZE(servers));
	tcase_add_test(tc, a_tool_and_an_agent);
	tcase_add_test(tc, the_serving_end);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, the_longest_fits);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, times_do_not_wrap);
	tcase_add_test(tc, a_link);
	tcase_add_test(tc, ids_of_a_span);
	tcase_add_test(tc, whose_it_is);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_span)
