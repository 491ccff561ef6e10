/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call as the call record: one line of JSON with every field of
 * docs/call-record.md, null where the fact is unknown. Fields of stages that
 * do not fill them yet are there with their empty value, so that readers can
 * rely on the set.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "llm/call.h"

static void member_ms(struct json_out *json, const char *name, int64_t ns)
{
	json_out_decimal(json, name, ns, 6);
}

static void member_strings(struct json_out *json, const char *name, const char *texts, size_t stride, uint32_t count)
{
	json_out_open(json, name, '[');
	for (uint32_t i = 0; i < count; i++)
		json_out_string(json, NULL, texts + i * stride);
	json_out_close(json, ']');
}

/* 0: none. */
static void member_hash(struct json_out *json, const char *name, uint64_t hash)
{
	char text[17];

	(void)snprintf(text, sizeof(text), "%016" PRIx64, hash);
	json_out_string(json, name, hash ? text : NULL);
}

static void put_identity(struct json_out *json, const struct call *call, const char *node)
{
	const struct workload *workload = &call->workload;

	json_out_int(json, "v", 1);
	json_out_string(json, "id", call->id);
	json_out_time(json, "time", call->time_unix_ns);
	json_out_string(json, "service", workload->service[0] ? workload->service : "unknown");
	json_out_string(json, "service_source", service_source_names[workload->source]);
	json_out_null(json, "namespace");
	json_out_string(json, "pod", workload->pod);
	json_out_string(json, "container", workload->container);
	json_out_string(json, "node", node);
	json_out_int(json, "pid", workload->tgid ? (int64_t)workload->tgid : CALL_UNKNOWN);
	json_out_string(json, "program", workload->program);
	json_out_string(json, "tls", call->tls);
}

static void put_request(struct json_out *json, const struct call *call)
{
	json_out_string(json, "role", call->role == ROLE_SERVER ? "server" : "client");
	json_out_string(json, "hop", call_hop_names[call->hop]);
	json_out_string(json, "protocol", call_protocol_names[call->protocol]);
	json_out_string(json, "method", call->method);
	json_out_string(json, "path", call->path);
	json_out_string(json, "server_address", call->server_address);
	json_out_string(json, "provider", call->provider);
	json_out_string(json, "gateway", call->gateway);
	json_out_string(json, "dialect", call->dialect);
	json_out_string(json, "operation", call_operation_names[call->operation]);
	json_out_bool(json, "streaming", true, call->streaming);
	json_out_string(json, "request_model", call->request_model);
}

static void put_answer(struct json_out *json, const struct call *call)
{
	json_out_string(json, "response_model", call->response_model);
	json_out_string(json, "priced_as", call->priced_as);
	json_out_string(json, "service_tier", call->service_tier);
	json_out_int(json, "status", call->status);
	json_out_string(json, "error_type", call_error_names[call->error]);
	member_strings(json, "finish_reasons", call->finish_reasons[0], FINISH_REASON_BYTES, call->finish_reason_count);
	json_out_string(json, "response_id", call->response_id);
	json_out_string(json, "system_fingerprint", call->system_fingerprint);
	json_out_int(json, "input_tokens", call->tokens.input);
	json_out_int(json, "cache_read_tokens", call->tokens.cache_read);
	json_out_int(json, "cache_write_tokens", call->tokens.cache_write);
	json_out_int(json, "output_tokens", call->tokens.output);
	json_out_int(json, "reasoning_tokens", call->tokens.reasoning);
	json_out_string(json, "usage_source", call_usage_source_names[call->usage_source]);
	json_out_decimal(json, "cost_usd", call->cost_pico_usd, 12);
	json_out_string(json, "cost_source", call_cost_source_names[call->cost_source]);
	json_out_int(json, "tool_calls", call->tool_calls);
	member_strings(json, "tools", call->tools[0], TOOL_NAME_BYTES, call->tool_count);
}

static void put_times(struct json_out *json, const struct call *call)
{
	member_ms(json, "duration_ms", call->duration_ns);
	member_ms(json, "request_ms", call->request_ns);
	member_ms(json, "ttfb_ms", call->ttfb_ns);
	member_ms(json, "ttft_ms", call->ttft_ns);
	member_ms(json, "time_per_output_token_ms", call_time_per_output_token_ns(call));
	member_ms(json, "max_gap_ms", call->max_gap_ns);
	json_out_int(json, "request_bytes", call->request_bytes);
	json_out_int(json, "response_bytes", call->response_bytes);
	json_out_int(json, "retry_count", call->retry_count);
	member_hash(json, "idempotency_hash", call->idempotency_hash);
}

static void put_finding(struct json_out *json, const struct call_finding *finding)
{
	json_out_open(json, NULL, '{');
	json_out_string(json, "rule", finding->rule);
	json_out_int(json, "rule_version", finding->rule_version);
	json_out_string(json, "category", finding->category);
	json_out_string(json, "severity", severity_names[finding->severity]);
	json_out_string(json, "where", text_where_names[finding->where]);
	json_out_int(json, "count", finding->count);
	json_out_int(json, "repeats", finding->repeats);
	json_out_time(json, "first_seen", finding->first_seen_unix_ns);
	json_out_close(json, '}');
}

static void put_findings(struct json_out *json, const struct call *call)
{
	json_out_open(json, "findings", '[');
	for (uint32_t i = 0; i < call->finding_count; i++)
		put_finding(json, &call->findings[i]);
	json_out_close(json, ']');
}

static void put_judgement(struct json_out *json, const struct call *call)
{
	json_out_decimal(json, "confidence", call->confidence_ppm, 6);
	json_out_string(json, "confidence_source", call_confidence_source_names[call->confidence_source]);
	json_out_decimal(json, "token_probability", call->token_probability_ppm, 6);
	json_out_int(json, "token_probability_tokens", call->token_probability_count);
	json_out_bool(json, "refused", true, call->refused);
	json_out_bool(json, "declined", call->looked_into, call->declined);
	json_out_bool(json, "hedged", call->looked_into, call->hedged);
	json_out_string(json, "risk", risk_names[call->risk]);
	put_findings(json, call);
	json_out_null(json, "user_hash");
}

int call_to_json(const struct call *call, const char *node, struct buffer *out)
{
	size_t before = out->len;
	struct json_out json = { .out = out };

	json_out_open(&json, NULL, '{');
	put_identity(&json, call, node);
	put_request(&json, call);
	put_answer(&json, call);
	put_times(&json, call);
	put_judgement(&json, call);
	json_out_hex(&json, "trace_id", call->trace_id, call->has_trace ? sizeof(call->trace_id) : 0);
	json_out_hex(&json, "parent_span_id", call->parent_span_id, call->has_trace ? sizeof(call->parent_span_id) : 0);
	json_out_string(&json, "capture", call_capture_names[call->capture]);
	json_out_close(&json, '}');
	if (json.error == 0)
		json.error = buffer_append(out, "\n", 1);
	if (json.error != 0)
		out->len = before;
	return json.error;
}
