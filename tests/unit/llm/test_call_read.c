/* SPDX-License-Identifier: Apache-2.0 */
/* The record read back: what was written comes back as it was, and what is no record is said to be none. */
#include "llm/call_read.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "unit.h"

#define SECOND 1000000000ll

static struct call_reader *reader;
static struct call call;
static char problem[CALL_PROBLEM_BYTES];

static void setup(void)
{
	reader = call_reader_new();
	ck_assert_ptr_nonnull(reader);
}

static void teardown(void)
{
	call_reader_free(reader);
}

static int read_text(const char *text)
{
	return call_read(reader, slice_of(text), &call, problem);
}

/* Every record that the fixtures expect, with all their providers. */
START_TEST(records_come_back_as_they_were)
{
	glob_t files = { 0 };

	ck_assert_int_eq(glob("tests/fixtures/*/*.call.json", 0, NULL, &files), 0);
	ck_assert_uint_gt(files.gl_pathc, 50);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct buffer was = { .limit = 1 << 20 }, now = { .limit = 1 << 20 };
		const char *line, *end;

		ck_assert_int_eq(file_read(files.gl_pathv[i], 1 << 20, &was), 0);
		ck_assert_int_eq(buffer_append(&was, "", 1), 0);
		for (line = was.data; (end = strchr(line, '\n')); line = end + 1) {
			struct slice text = { line, (size_t)(end + 1 - line) };

			ck_assert_msg(call_read(reader, text, &call, problem) == 0, "%s: %s", files.gl_pathv[i], problem);
			now.len = 0;
			ck_assert_int_eq(call_to_json(&call, NULL, &now), 0);
			ck_assert_msg(slice_eq(buffer_slice(&now), text), "%s\n%.*s%.*s", files.gl_pathv[i], (int)text.len, text.ptr,
				      (int)now.len, now.data);
		}
		buffer_done(&was);
		buffer_done(&now);
	}
	globfree(&files);
}
END_TEST

/* All that fixtures do not have. */
START_TEST(every_member_comes_back)
{
	struct buffer was = { 0 }, now = { 0 };
	struct call before;

	call_init(&before);
	before.time_unix_ns = 1715594400 * SECOND + 250000001;
	(void)strcpy(before.id, "n-1");
	(void)strcpy(before.workload.service, "shop \"1\"");
	before.workload.source = SERVICE_K8S;
	(void)strcpy(before.workload.pod, "pod");
	before.workload.tgid = UINT32_MAX;
	(void)strcpy(before.system_fingerprint, "fp_1");
	before.role = ROLE_SERVER;
	before.hop = HOP_TO_GATEWAY;
	before.protocol = HTTP_WEBSOCKET;
	before.streaming = before.refused = before.hedged = before.looked_into = true;
	before.tokens.output = INT64_MAX;
	before.cost_pico_usd = INT64_MAX;
	before.cost_source = COST_TABLE;
	before.duration_ns = 1;
	before.tokens.output = 101;
	before.output_span_ns = 100 * 33333333ll;
	before.idempotency_hash = 0x0123456789abcdef;
	before.confidence_ppm = CALL_RATIO_ONE;
	before.confidence_source = CONFIDENCE_LOGPROBS;
	before.token_probability_ppm = 123456;
	before.token_probability_count = 7;
	before.risk = RISK_CRITICAL;
	before.finding_count = 2;
	before.findings[0] = (struct call_finding){ "r-1", "secret", SEVERITY_HIGH, WHERE_COMPLETION, { 0 }, 3, UINT32_MAX, 2, 7 * SECOND };
	before.findings[1] = (struct call_finding){ "r-2", "hedging", SEVERITY_INFO, WHERE_UNKNOWN, { 0 }, 0, 0, 0, CALL_UNKNOWN };
	before.has_trace = true;
	memset(before.trace_id, 0xa5, sizeof(before.trace_id));
	memset(before.parent_span_id, 0x5a, sizeof(before.parent_span_id));
	before.error = ERROR_OVERLOADED;
	before.capture = CAPTURE_ABORTED;
	call_add_tool(&before, (const char[TOOL_NAME_BYTES]){ "look_up" });
	ck_assert_int_eq(call_to_json(&before, "node", &was), 0);
	ck_assert_msg(call_read(reader, buffer_slice(&was), &call, problem) == 0, "%s", problem);
	ck_assert_int_eq(call_to_json(&call, "node", &now), 0);
	ck_assert(slice_eq(buffer_slice(&was), buffer_slice(&now)));
	ck_assert_int_eq(call.cost_pico_usd, INT64_MAX);
	ck_assert_int_eq(call.output_span_ns, before.output_span_ns);
	ck_assert_mem_eq(call.trace_id, before.trace_id, 16);
	buffer_done(&was);
	buffer_done(&now);
}
END_TEST

START_TEST(what_is_missing_is_unknown)
{
	struct call unknown;

	call_init(&unknown);
	unknown.time_unix_ns = CALL_UNKNOWN;
	ck_assert_int_eq(read_text(" {} \n"), 0);
	ck_assert_mem_eq(&call, &unknown, sizeof(call));
	ck_assert_int_eq(read_text("{\"duration_ms\":null,\"service\":null,\"findings\":[],\"later\":{\"id\":\"x\"},\"declined\":null}"), 0);
	ck_assert_mem_eq(&call, &unknown, sizeof(call));
	ck_assert_int_eq(read_text("{\"error_type\":\"of_a_later_version\",\"declined\":false}"), 0);
	ck_assert_int_eq(call.error, ERROR_OTHER);
	ck_assert(call.looked_into && !call.declined);
}
END_TEST

START_TEST(what_is_no_record_is_named)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "", "is no JSON object" },
		{ "[1]", "is no JSON object" },
		{ "7", "is no JSON object" },
		{ "{\"id\":\"x\"", "is no JSON object" },
		{ "{}{}", "is no JSON object" },
		{ "{\"v\":2}", "v: is another version than 1; read it with the promtap that wrote it" },
		{ "{\"duration_ms\":\"fast\"}", "duration_ms: is no number" },
		{ "{\"duration_ms\":-1}", "duration_ms: is negative or too great" },
		{ "{\"duration_ms\":1e300}", "duration_ms: is negative or too great" },
		{ "{\"duration_ms\":{\"a\":1}}", "duration_ms: is no number" },
		{ "{\"cost_usd\":9223373}", "cost_usd: is negative or too great" },
		{ "{\"pid\":4294967296}", "pid: is too great" },
		{ "{\"service\":7}", "service: is no text" },
		{ "{\"streaming\":1}", "streaming: is neither true nor false" },
		{ "{\"capture\":\"most\"}", "capture: is none of the words that it may be" },
		{ "{\"confidence\":1.000001}", "confidence: is greater than 1" },
		{ "{\"time\":\"yesterday\"}", "time: is no time as 2024-05-13T10:00:00.25Z" },
		{ "{\"trace_id\":\"00\"}", "trace_id: is not so many hexadecimal digits, in lower case" },
		{ "{\"tools\":[[\"x\"]]}", "tools[]: is no text" },
		{ "{\"findings\":[{\"severity\":\"bad\"}]}", "findings[].severity: is none of the words that it may be" },
		{ "{\"status\":\"a\",\"pid\":\"b\"}", "status: is no number" },	/* the first one stays */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_msg(read_text(cases[i].text) == -EBADMSG, "%s", cases[i].text);
		ck_assert_str_eq(problem, cases[i].problem);
	}
	ck_assert_int_eq(read_text("{\"id\":\"next\"}"), 0);
	ck_assert_str_eq(call.id, "next");
}
END_TEST

START_TEST(lists_and_texts_are_bounded)
{
	struct buffer line = { 0 };

	ck_assert_int_eq(buffer_printf(&line, "{\"findings\":["), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buffer_printf(&line, "%s{\"rule\":\"r%d\",\"count\":1}", i ? "," : "", i), 0);
	ck_assert_int_eq(buffer_printf(&line, "],\"tools\":["), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buffer_printf(&line, "%s\"t%d\"", i ? "," : "", i), 0);
	ck_assert_int_eq(buffer_printf(&line, "],\"service\":\"\\u0007"), 0);
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(buffer_append(&line, "\xc3\xa9", 2), 0);
	ck_assert_int_eq(buffer_append(&line, "\"}", 2), 0);
	ck_assert_msg(call_read(reader, buffer_slice(&line), &call, problem) == 0, "%s", problem);
	ck_assert_uint_eq(call.finding_count, CALL_FINDINGS_MAX);
	ck_assert_str_eq(call.findings[CALL_FINDINGS_MAX - 1].rule, "r15");
	ck_assert_uint_eq(call.tool_count, TOOLS_MAX);
	ck_assert_uint_eq(strlen(call.workload.service), 95);
	ck_assert_int_eq(call.workload.service[0], '_');
	buffer_done(&line);
}
END_TEST

START_TEST(decimals_are_exact)
{
	static const struct {
		const char *text;
		int digits;
		int64_t number;	/* -1: refused */
	} cases[] = {
		{ "0", 6, 0 },
		{ "1", 0, 1 },
		{ "1.9", 0, 1 },
		{ "0.015", 12, 15000000000 },
		{ "0.000000000001", 12, 1 },
		{ "0.0000000000019", 12, 1 },
		{ "1.23456789012345678901234567890", 6, 1234567 },
		{ "1234.5e-3", 6, 1234500 },
		{ "15E-3", 12, 15000000000 },
		{ "1e3", 6, 1000000000 },
		{ "0e999999999999", 6, 0 },
		{ "1e-999999999999", 6, 0 },
		{ "9223372036854.775807", 6, INT64_MAX },
		{ "9223372036854.775808", 6, -1 },
		{ "1e19", 0, -1 },
		{ "-0", 6, -1 },
		{ "-3", 6, -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t number = -1;
		int err = call_read_decimal(slice_of(cases[i].text), cases[i].digits, &number);

		ck_assert_msg(number == cases[i].number && err == (number < 0 ? -EINVAL : 0), "%s: %d %lld", cases[i].text, err,
			      (long long)number);
	}
}
END_TEST

START_TEST(times_of_rfc_3339)
{
	static const struct {
		const char *text;
		int64_t unix_ns;	/* -1: refused */
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2024-05-13T10:00:00Z", 1715594400 * SECOND },
		{ "2024-05-13t10:00:00.25z", 1715594400 * SECOND + 250000000 },
		{ "2024-05-13 12:00:00+02:00", 1715594400 * SECOND },
		{ "2024-05-13T04:30:00-05:30", 1715594400 * SECOND },
		{ "2024-05-13T10:00:00.1234567899Z", 1715594400 * SECOND + 123456789 },
		{ "2024-02-29T00:00:00Z", 1709164800 * SECOND },
		{ "2016-12-31T23:59:60Z", 1483228800 * SECOND },
		{ "2023-02-29T00:00:00Z", -1 },
		{ "2024-02-30T00:00:00Z", -1 },
		{ "2024-13-01T00:00:00Z", -1 },
		{ "2024-05-13T24:00:00Z", -1 },
		{ "2024-05-13T10:00:00", -1 },
		{ "2024-05-13T10:00:00.Z", -1 },
		{ "2024-05-13T10:00:00Z ", -1 },
		{ "2024-05-13T10:00:00+2", -1 },
		{ "2024-05-13T10:00:00+24:00", -1 },
		{ "2024-05-13", -1 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "1970-01-01T00:00:00+00:01", -1 },
		{ "9999-12-31T23:59:59Z", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t unix_ns = -1;
		int err = call_read_time(slice_of(cases[i].text), &unix_ns);

		ck_assert_msg(unix_ns == cases[i].unix_ns && err == (unix_ns < 0 ? -EINVAL : 0), "%s", cases[i].text);
	}
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: call_read");
	TCase *tests = tcase_create("call_read");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, records_come_back_as_they_were);
	tcase_add_test(tests, every_member_comes_back);
	tcase_add_test(tests, what_is_missing_is_unknown);
	tcase_add_test(tests, what_is_no_record_is_named);
	tcase_add_test(tests, lists_and_texts_are_bounded);
	tcase_add_test(tests, decimals_are_exact);
	tcase_add_test(tests, times_of_rfc_3339);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
