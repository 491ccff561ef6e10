/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

struct call sample_bare(void)
{
	struct call call;

	call_init(&call);
	call.time_unix_ns = 1700000000000000000;
	return call;
}

static struct call_finding finding(const char *rule, const char *category, enum severity severity, enum text_where where)
{
	struct call_finding made = { .severity = severity, .where = where, .count = 2, .repeats = 1, .rule_version = 3,
				     .first_seen_unix_ns = CALL_UNKNOWN };

	(void)slice_copy(made.rule, sizeof(made.rule), slice_of(rule));
	(void)slice_copy(made.category, sizeof(made.category), slice_of(category));
	return made;
}

#define SET(member, text) (void)slice_copy(call.member, sizeof(call.member), slice_of(text))

static void set_names(struct call *ret)
{
	struct call call = *ret;

	SET(id, "01hz-1");
	SET(workload.service, "shop");
	SET(workload.container, "0123456789abcdef");
	SET(workload.pod, "11111111-2222-3333-4444-555555555555");
	SET(workload.program, "python3");
	SET(tls, "openssl");
	SET(method, "POST");
	SET(path, "/v1/chat/completions");
	SET(server_address, "api.openai.com");
	SET(provider, "openai");
	SET(gateway, "litellm");
	SET(dialect, "openai.chat");
	SET(request_model, "gpt-4o");
	SET(response_model, "gpt-4o-2024-08-06");
	SET(service_tier, "default");
	SET(speed, "fast");
	SET(inference_geo, "us");
	SET(variant, "hd");
	SET(finish_reasons[0], "stop");
	SET(finish_reasons[1], "length");
	SET(response_id, "chatcmpl-1");
	SET(system_fingerprint, "fp_1");
	SET(tools[0], "get_weather");
	SET(tools[1], "get_time");
	SET(priced_as, "gpt-4o");
	*ret = call;
}

static void set_numbers(struct call *call)
{
	call->tokens = (struct call_tokens){ 1000, 600, 200, 150, 50, 300, 100, 10, 11, 12, 13, 14 };
	call->units = (struct call_units){ 1, 2, 3, 4, 5 };
	call->status = 200;
	call->token_probability_ppm = 900000;
	call->token_probability_count = 300;
	call->tool_calls = 2;
	call->duration_ns = 2000000000;
	call->request_ns = 1000000;
	call->ttfb_ns = 400000000;
	call->ttft_ns = 500000000;
	call->output_span_ns = 1400000000;
	call->max_gap_ns = 30000000;
	call->request_bytes = 4096;
	call->response_bytes = 8192;
	call->retry_count = 1;
	call->cost_pico_usd = 12500000000;
	call->confidence_ppm = 810000;
}

struct call sample_full(void)
{
	struct call call = sample_bare();

	set_names(&call);
	set_numbers(&call);
	call.workload.source = SERVICE_K8S;
	call.workload.tgid = 4711;
	call.hop = HOP_TO_GATEWAY;
	call.protocol = HTTP_2;
	call.operation = OPERATION_CHAT;
	call.streaming = true;
	call.finish_reason_count = 2;
	call.tool_count = 2;
	call.usage_source = USAGE_PROVIDER;
	call.cost_source = COST_TABLE;
	call.confidence_source = CONFIDENCE_LOGPROBS;
	call.risk = RISK_MEDIUM;
	call.looked_into = true;
	call.hedged = true;
	call.findings[0] = finding("override.ignore", "instruction_override", SEVERITY_HIGH, WHERE_USER);
	call.findings[1] = finding("secret.key", "secret", SEVERITY_CRITICAL, WHERE_COMPLETION);
	call.findings[1].count = 0;
	call.findings[1].first_seen_unix_ns = 1690000000000000000;
	call.finding_count = 2;
	call.has_trace = call.trace_sampled = true;
	memset(call.trace_id, 0xab, sizeof(call.trace_id));
	memset(call.parent_span_id, 0xcd, sizeof(call.parent_span_id));
	return call;
}

/* ---- the reader --------------------------------------------------------------------------------------- */

static uint64_t take_varint(struct slice *message)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64 && message->len > 0; shift += 7) {
		unsigned char byte = (unsigned char)*message->ptr++;

		message->len--;
		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return number;
	}
	abort();
}

static struct slice take_bytes(struct slice *message, uint64_t len)
{
	struct slice bytes = { message->ptr, (size_t)len };

	if (len > message->len)
		abort();
	message->ptr += len;
	message->len -= (size_t)len;
	return bytes;
}

static uint64_t take_fixed(struct slice *message, size_t len)
{
	struct slice bytes = take_bytes(message, len);
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number |= (uint64_t)(unsigned char)bytes.ptr[i] << (8 * i);
	return number;
}

static unsigned take_field(struct slice *message, struct sample_field *ret)
{
	uint64_t tag = take_varint(message);

	*ret = (struct sample_field){ 0 };
	switch (tag & 7) {
	case 0:
		ret->number = take_varint(message);
		break;
	case 1:
		ret->number = take_fixed(message, 8);
		break;
	case 5:
		ret->number = take_fixed(message, 4);
		break;
	case 2:
		ret->bytes = take_bytes(message, take_varint(message));
		break;
	default:
		abort();
	}
	return (unsigned)(tag >> 3);
}

bool sample_field(struct slice message, unsigned number, unsigned n, struct sample_field *ret)
{
	while (message.len > 0)
		if (take_field(&message, ret) == number && n-- == 0)
			return true;
	return false;
}

size_t sample_count(struct slice message, unsigned number)
{
	struct sample_field field;
	size_t count = 0;

	while (message.len > 0)
		count += take_field(&message, &field) == number;
	return count;
}

bool sample_attribute(struct slice message, unsigned number, const char *key, struct slice *ret)
{
	struct sample_field pair, name, value;

	for (unsigned i = 0; sample_field(message, number, i, &pair); i++) {
		if (!sample_field(pair.bytes, 1, 0, &name) || !sample_field(pair.bytes, 2, 0, &value))
			abort();
		if (slice_eq(name.bytes, slice_of(key))) {
			*ret = value.bytes;
			return true;
		}
	}
	return false;
}
