/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call as the call record: one line of JSON with every field of
 * docs/call-record.md, null where the fact is unknown. Fields of stages that
 * do not fill them yet are there with their empty value, so that readers can
 * rely on the set.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "llm/call.h"

#define PICO_PER_USD 1000000000000ll

/* The first error stays; later writes do nothing. */
struct writer {
	struct buffer *out;
	bool begun;	/* a member or element was written: the next needs a comma */
	int error;
};

static void put(struct writer *w, const char *bytes, size_t len)
{
	if (w->error == 0)
		w->error = buffer_append(w->out, bytes, len);
}

static void put_text(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_string(struct writer *w, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	const char *from = text;

	put(w, "\"", 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

		if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\')
			continue;
		put(w, from, (size_t)(text - from));
		put(w, escape, sizeof(escape));
		from = text + 1;
	}
	put(w, from, (size_t)(text - from));
	put(w, "\"", 1);
}

static void key(struct writer *w, const char *name)
{
	put(w, ",", w->begun ? 1 : 0);
	w->begun = true;
	put(w, "\"", 1);
	put_text(w, name);
	put(w, "\":", 2);
}

static void member_raw(struct writer *w, const char *name, const char *json)
{
	key(w, name);
	put_text(w, json);
}

static void member_null(struct writer *w, const char *name)
{
	member_raw(w, name, "null");
}

/* Empty or absent: null. */
static void member_string(struct writer *w, const char *name, const char *text)
{
	key(w, name);
	if (text && text[0])
		put_string(w, text);
	else
		put_text(w, "null");
}

static void member_int(struct writer *w, const char *name, int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	member_raw(w, name, number == CALL_UNKNOWN ? "null" : text);
}

/* A number that is `value` / 10^digits, without trailing zeros. */
static void member_decimal(struct writer *w, const char *name, int64_t value, int digits)
{
	int64_t scale = 1;
	char text[48];
	size_t len;

	if (value == CALL_UNKNOWN) {
		member_null(w, name);
		return;
	}
	for (int i = 0; i < digits; i++)
		scale *= 10;
	len = (size_t)snprintf(text, sizeof(text), "%" PRId64 ".%0*" PRId64, value / scale, digits, value % scale);
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	text[len] = '\0';
	member_raw(w, name, text);
}

static void member_ms(struct writer *w, const char *name, int64_t ns)
{
	member_decimal(w, name, ns, 6);
}

static void member_bool(struct writer *w, const char *name, bool known, bool value)
{
	if (known)
		member_raw(w, name, value ? "true" : "false");
	else
		member_null(w, name);
}

static void member_strings(struct writer *w, const char *name, const char *texts, size_t stride, uint32_t count)
{
	key(w, name);
	put(w, "[", 1);
	for (uint32_t i = 0; i < count; i++) {
		put(w, ",", i > 0 ? 1 : 0);
		put_string(w, texts + i * stride);
	}
	put(w, "]", 1);
}

static void member_hex(struct writer *w, const char *name, const uint8_t *bytes, size_t len, bool known)
{
	char text[33];

	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	member_string(w, name, known ? text : NULL);
}

/* 0: none. */
static void member_hash(struct writer *w, const char *name, uint64_t hash)
{
	char text[17];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, hash);
	member_string(w, name, hash ? text : NULL);
}

static void member_time(struct writer *w, const char *name, int64_t unix_ns)
{
	int64_t second_ns = (int64_t)NSEC_PER_SEC;
	time_t seconds = (time_t)(unix_ns / second_ns - (unix_ns % second_ns < 0));
	long ns = (long)(unix_ns - (int64_t)seconds * second_ns);
	struct tm tm;
	char text[64];
	size_t len;

	if (!gmtime_r(&seconds, &tm)) {
		member_null(w, name);
		return;
	}
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + len, sizeof(text) - len, ".%09ldZ", ns);
	member_string(w, name, text);
}

static const char *protocol_name(enum http_protocol protocol)
{
	static const char *const names[HTTP_PROTOCOL_MAX] = {
		[HTTP_UNKNOWN] = NULL,
		[HTTP_1_0] = "http/1.0",
		[HTTP_1_1] = "http/1.1",
		[HTTP_2] = "h2",
		[HTTP_WEBSOCKET] = "websocket",
	};

	return names[protocol];
}

static void put_identity(struct writer *w, const struct call *call, const char *node)
{
	const struct workload *workload = &call->workload;

	member_int(w, "v", 1);
	member_string(w, "id", call->id);
	member_time(w, "time", call->time_unix_ns);
	member_string(w, "service", workload->service[0] ? workload->service : "unknown");
	member_string(w, "service_source", service_source_names[workload->source]);
	member_null(w, "namespace");
	member_string(w, "pod", workload->pod);
	member_string(w, "container", workload->container);
	member_string(w, "node", node);
	member_int(w, "pid", workload->tgid ? (int64_t)workload->tgid : CALL_UNKNOWN);
	member_string(w, "program", workload->program);
	member_string(w, "tls", call->tls);
}

static void put_request(struct writer *w, const struct call *call)
{
	member_string(w, "role", call->role == ROLE_SERVER ? "server" : "client");
	member_string(w, "hop", call_hop_names[call->hop]);
	member_string(w, "protocol", protocol_name(call->protocol));
	member_string(w, "method", call->method);
	member_string(w, "path", call->path);
	member_string(w, "server_address", call->server_address);
	member_string(w, "provider", call->provider);
	member_string(w, "gateway", call->gateway);
	member_string(w, "dialect", call->dialect);
	member_string(w, "operation", call_operation_names[call->operation]);
	member_bool(w, "streaming", true, call->streaming);
	member_string(w, "request_model", call->request_model);
}

static void put_answer(struct writer *w, const struct call *call)
{
	member_string(w, "response_model", call->response_model);
	member_string(w, "priced_as", call->priced_as);
	member_string(w, "service_tier", call->service_tier);
	member_int(w, "status", call->status);
	member_string(w, "error_type", call_error_names[call->error]);
	member_strings(w, "finish_reasons", call->finish_reasons[0], FINISH_REASON_BYTES, call->finish_reason_count);
	member_string(w, "response_id", call->response_id);
	member_string(w, "system_fingerprint", call->system_fingerprint);
	member_int(w, "input_tokens", call->tokens.input);
	member_int(w, "cache_read_tokens", call->tokens.cache_read);
	member_int(w, "cache_write_tokens", call->tokens.cache_write);
	member_int(w, "output_tokens", call->tokens.output);
	member_int(w, "reasoning_tokens", call->tokens.reasoning);
	member_string(w, "usage_source", call_usage_source_names[call->usage_source]);
	member_decimal(w, "cost_usd", call->cost_pico_usd, 12);
	member_string(w, "cost_source", call_cost_source_names[call->cost_source]);
	member_int(w, "tool_calls", call->tool_calls);
	member_strings(w, "tools", call->tools[0], TOOL_NAME_BYTES, call->tool_count);
}

static void put_times(struct writer *w, const struct call *call)
{
	member_ms(w, "duration_ms", call->duration_ns);
	member_ms(w, "request_ms", call->request_ns);
	member_ms(w, "ttfb_ms", call->ttfb_ns);
	member_ms(w, "ttft_ms", call->ttft_ns);
	member_ms(w, "time_per_output_token_ms", call_time_per_output_token_ns(call));
	member_ms(w, "max_gap_ms", call->max_gap_ns);
	member_int(w, "request_bytes", call->request_bytes);
	member_int(w, "response_bytes", call->response_bytes);
	member_int(w, "retry_count", call->retry_count);
	member_hash(w, "idempotency_hash", call->idempotency_hash);
}

static void put_finding(struct writer *w, const struct call_finding *finding)
{
	w->begun = false;
	put(w, "{", 1);
	member_string(w, "rule", finding->rule);
	member_int(w, "rule_version", finding->rule_version);
	member_string(w, "category", finding->category);
	member_string(w, "severity", severity_names[finding->severity]);
	member_string(w, "where", text_where_names[finding->where]);
	member_int(w, "count", finding->count);
	member_int(w, "repeats", finding->repeats);
	if (finding->first_seen_unix_ns == CALL_UNKNOWN)
		member_null(w, "first_seen");
	else
		member_time(w, "first_seen", finding->first_seen_unix_ns);
	put(w, "}", 1);
}

static void put_findings(struct writer *w, const struct call *call)
{
	key(w, "findings");
	put(w, "[", 1);
	for (uint32_t i = 0; i < call->finding_count; i++) {
		put(w, ",", i > 0 ? 1 : 0);
		put_finding(w, &call->findings[i]);
	}
	put(w, "]", 1);
	w->begun = true;
}

static void put_judgement(struct writer *w, const struct call *call)
{
	member_decimal(w, "confidence", call->confidence_ppm, 6);
	member_string(w, "confidence_source", call_confidence_source_names[call->confidence_source]);
	member_decimal(w, "token_probability", call->token_probability_ppm, 6);
	member_int(w, "token_probability_tokens", call->token_probability_count);
	member_bool(w, "refused", true, call->refused);
	member_bool(w, "declined", call->looked_into, call->declined);
	member_bool(w, "hedged", call->looked_into, call->hedged);
	member_string(w, "risk", risk_names[call->risk]);
	put_findings(w, call);
	member_null(w, "user_hash");
}

int call_to_json(const struct call *call, const char *node, struct buffer *out)
{
	size_t before = out->len;
	struct writer w = { .out = out };

	put(&w, "{", 1);
	put_identity(&w, call, node);
	put_request(&w, call);
	put_answer(&w, call);
	put_times(&w, call);
	put_judgement(&w, call);
	member_hex(&w, "trace_id", call->trace_id, sizeof(call->trace_id), call->has_trace);
	member_hex(&w, "parent_span_id", call->parent_span_id, sizeof(call->parent_span_id), call->has_trace);
	member_string(&w, "capture", call_capture_names[call->capture]);
	put(&w, "}\n", 2);
	if (w.error != 0)
		out->len = before;
	return w.error;
}
