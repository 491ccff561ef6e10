/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "detect/family.h"
#include "otlp/attributes.h"

/* Field numbers of opentelemetry/proto/trace/v1/trace.proto and resource/v1/resource.proto. */
#define SPAN_TRACE_ID 1
#define SPAN_SPAN_ID 2
#define SPAN_PARENT_ID 4
#define SPAN_NAME 5
#define SPAN_KIND 6
#define SPAN_START 7
#define SPAN_END 8
#define SPAN_ATTRIBUTES 9
#define SPAN_EVENTS 11
#define SPAN_LINKS 13
#define SPAN_STATUS 15
#define SPAN_FLAGS 16
#define EVENT_TIME 1
#define EVENT_NAME 2
#define EVENT_ATTRIBUTES 3
#define LINK_TRACE_ID 1
#define LINK_SPAN_ID 2
#define STATUS_CODE 3
#define RESOURCE_ATTRIBUTES 1

#define KIND_SERVER 2
#define KIND_CLIENT 3
#define STATUS_ERROR 2
#define FLAG_SAMPLED 1		/* W3C Trace Context: trace-flags */

#define PICO 1e12

/* ---- tables: what goes over as it is ---------------------------------------------------------------- */

#define AT(member) offsetof(struct call, member)

static const struct member {
	const char *key;
	size_t offset;
} texts[] = {
	{ "gen_ai.provider.name", AT(provider) },
	{ "gen_ai.request.model", AT(request_model) },
	{ "gen_ai.response.model", AT(response_model) },
	{ "gen_ai.response.id", AT(response_id) },
	{ "http.request.method", AT(method) },
	{ "url.template", AT(path) },
	{ "promtap.call.id", AT(id) },
	{ "promtap.tls", AT(tls) },
	{ "promtap.dialect", AT(dialect) },
	{ "promtap.gateway", AT(gateway) },
	{ "promtap.speed", AT(speed) },
	{ "promtap.inference_geo", AT(inference_geo) },
	{ "promtap.variant", AT(variant) },
	{ "promtap.cost.priced_as", AT(priced_as) },
}, numbers[] = {
	{ "gen_ai.usage.input_tokens", AT(tokens.input) },
	{ "gen_ai.usage.output_tokens", AT(tokens.output) },
	{ "gen_ai.usage.cache_read.input_tokens", AT(tokens.cache_read) },
	{ "gen_ai.usage.cache_creation.input_tokens", AT(tokens.cache_write) },
	{ "gen_ai.usage.reasoning.output_tokens", AT(tokens.reasoning) },
	{ "promtap.usage.cache_write_5m_tokens", AT(tokens.cache_write_5m) },
	{ "promtap.usage.cache_write_1h_tokens", AT(tokens.cache_write_1h) },
	{ "promtap.usage.cache_read_audio_tokens", AT(tokens.cache_read_audio) },
	{ "promtap.usage.audio_input_tokens", AT(tokens.audio_input) },
	{ "promtap.usage.audio_output_tokens", AT(tokens.audio_output) },
	{ "promtap.usage.image_input_tokens", AT(tokens.image_input) },
	{ "promtap.usage.image_output_tokens", AT(tokens.image_output) },
	{ "promtap.usage.search_units", AT(units.search_units) },
	{ "promtap.usage.images", AT(units.images) },
	{ "promtap.usage.audio_ms", AT(units.audio_ms) },
	{ "promtap.usage.characters", AT(units.characters) },
	{ "promtap.usage.web_searches", AT(units.web_searches) },
	{ "http.response.status_code", AT(status) },
	{ "http.request.body.size", AT(request_bytes) },
	{ "http.response.body.size", AT(response_bytes) },
	{ "promtap.tool_calls", AT(tool_calls) },
	{ "promtap.token_probability.tokens", AT(token_probability_count) },
}, seconds[] = {
	{ "gen_ai.response.time_to_first_chunk", AT(ttft_ns) },
	{ "promtap.request_seconds", AT(request_ns) },
	{ "promtap.time_to_first_byte_seconds", AT(ttfb_ns) },
	{ "promtap.max_gap_seconds", AT(max_gap_ns) },
};

static int64_t number_at(const struct call *call, size_t offset)
{
	int64_t number;

	memcpy(&number, (const char *)call + offset, sizeof(number));
	return number;
}

static void put_members(const struct attributes *attributes, const struct call *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		attribute_text(attributes, texts[i].key, (const char *)call + texts[i].offset);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		attribute_int(attributes, numbers[i].key, number_at(call, numbers[i].offset));
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
		attribute_ratio(attributes, seconds[i].key, number_at(call, seconds[i].offset), NSEC_PER_SEC);
}

/* ---- what is called ---------------------------------------------------------------------------------- */

static bool is_mcp_tool(const struct call *call)
{
	return strcmp(call->dialect, "mcp") == 0 && call->operation == OPERATION_EXECUTE_TOOL;
}

/* "chat gpt-4o"; of a tool's run over MCP its method and the tool, as the conventions of MCP say. */
static void put_name(struct wire *wire, const struct call *call)
{
	const char *operation = call_operation_names[call->operation], *subject = call->request_model;
	char name[64 + MODEL_BYTES];

	if (is_mcp_tool(call))
		operation = "tools/call";
	if (!*subject)
		subject = call->tool_count > 0 && !call_is_llm(call) ? call->tools[0] : call->response_model;
	(void)snprintf(name, sizeof(name), "%s%s%s", operation, *subject ? " " : "", subject);
	wire_text(wire, SPAN_NAME, name);
}

static void put_operation(const struct attributes *attributes, const struct call *call)
{
	if (call->operation != OPERATION_UNKNOWN)
		attribute_text(attributes, "gen_ai.operation.name", call_operation_names[call->operation]);
	if (call->streaming)
		attribute_bool(attributes, "gen_ai.request.stream", true);
	if (strcmp(call->dialect, "openai.chat") == 0)
		attribute_text(attributes, "openai.api.type", "chat_completions");
	else if (strcmp(call->dialect, "openai.responses") == 0)
		attribute_text(attributes, "openai.api.type", "responses");
	if (is_mcp_tool(call))
		attribute_text(attributes, "mcp.method.name", "tools/call");
	if (call_is_llm(call))
		attribute_texts(attributes, "promtap.tools", call->tools[0], TOOL_NAME_BYTES, call->tool_count);
	else if (call->tool_count > 0)
		attribute_text(attributes, "gen_ai.tool.name", call->tools[0]);
}

/* Length of the host; *ret_port: what stands behind it, or null. */
static size_t host_len(const char *authority, const char **ret_port)
{
	const char *colon = strrchr(authority, ':'), *bracket = strchr(authority, ']');
	bool has_port = colon && (bracket ? colon > bracket : strchr(authority, ':') == colon);

	*ret_port = has_port ? colon + 1 : NULL;
	return has_port ? (size_t)(colon - authority) : strlen(authority);
}

/* Without one it is that of the scheme (RFC 9110, section 4.2). */
static int64_t port_of(const char *port, const char *tls)
{
	char *end;
	long number;

	if (!port || !*port)
		return strcmp(tls, "none") == 0 ? 80 : 443;
	number = strtol(port, &end, 10);
	return *end || number < 1 || number > 65535 ? CALL_UNKNOWN : number;
}

static void put_server(const struct attributes *attributes, const struct call *call)
{
	char host[sizeof(call->server_address)];
	const char *port;
	size_t len = host_len(call->server_address, &port);

	if (!call->server_address[0])
		return;
	(void)slice_copy(host, sizeof(host), (struct slice){ call->server_address, len });
	attribute_text(attributes, "server.address", host);
	attribute_int(attributes, "server.port", port_of(port, call->tls));
}

static void put_protocol(const struct attributes *attributes, const struct call *call)
{
	static const char *const versions[HTTP_PROTOCOL_MAX] = {
		[HTTP_1_0] = "1.0", [HTTP_1_1] = "1.1", [HTTP_2] = "2"
	};

	attribute_text(attributes, "network.protocol.version", versions[call->protocol]);
	if (call->protocol == HTTP_WEBSOCKET)
		attribute_text(attributes, "network.protocol.name", "websocket");
	else if (call->protocol != HTTP_UNKNOWN)
		attribute_text(attributes, "network.protocol.name", "http");
	if (call->retry_count > 0)
		attribute_int(attributes, "http.request.resend_count", call->retry_count);
}

/* ---- how it went -------------------------------------------------------------------------------------- */

/* The convention's word for what has no better one. */
static const char *error_type(const struct call *call)
{
	return call->error == ERROR_OTHER ? "_OTHER" : call_error_names[call->error];
}

/* Names of OpenAI's own in the convention; others have such a thing too. */
static void put_configuration(const struct attributes *attributes, const struct call *call)
{
	bool openai = strcmp(call->provider, "openai") == 0 || strcmp(call->provider, "azure.ai.openai") == 0;

	attribute_text(attributes, openai ? "openai.response.service_tier" : "promtap.service_tier", call->service_tier);
	attribute_text(attributes, openai ? "openai.response.system_fingerprint" : "promtap.system_fingerprint",
		       call->system_fingerprint);
}

static void put_outcome(const struct attributes *attributes, const struct call *call)
{
	attribute_text(attributes, "error.type", error_type(call));
	attribute_texts(attributes, "gen_ai.response.finish_reasons", call->finish_reasons[0], FINISH_REASON_BYTES,
			call->finish_reason_count);
	attribute_text(attributes, "promtap.capture", call_capture_names[call->capture]);
	attribute_text(attributes, "promtap.role", call->role == ROLE_SERVER ? "server" : "client");
	attribute_text(attributes, "promtap.hop", call_hop_names[call->hop]);
	attribute_ratio(attributes, "promtap.time_per_output_token_seconds", call_time_per_output_token_ns(call),
			NSEC_PER_SEC);
}

static void put_worth(const struct attributes *attributes, const struct call *call)
{
	if (call->usage_source != USAGE_NONE)
		attribute_text(attributes, "promtap.usage.source", call_usage_source_names[call->usage_source]);
	attribute_ratio(attributes, "promtap.cost.usd", call->cost_pico_usd, PICO);
	attribute_text(attributes, "promtap.cost.source", call_cost_source_names[call->cost_source]);
	attribute_ratio(attributes, "promtap.confidence", call->confidence_ppm, CALL_RATIO_ONE);
	attribute_text(attributes, "promtap.confidence.source", call_confidence_source_names[call->confidence_source]);
	attribute_ratio(attributes, "promtap.token_probability", call->token_probability_ppm, CALL_RATIO_ONE);
	attribute_text(attributes, "promtap.risk", risk_names[call->risk]);
	if (call_is_llm(call))
		attribute_bool(attributes, "promtap.refused", call->refused);
	if (!call->looked_into)
		return;
	attribute_bool(attributes, "promtap.declined", call->declined);
	attribute_bool(attributes, "promtap.hedged", call->hedged);
}

/* ---- findings ----------------------------------------------------------------------------------------- */

/* Of what was not judged before: an agent sends its whole conversation with every turn. */
static void put_summary(const struct attributes *attributes, const struct call *call)
{
	enum severity highest = SEVERITY_NONE;
	char categories[CALL_FINDINGS_MAX][CATEGORY_BYTES];
	size_t category_count = 0;
	int64_t count = 0;

	if (!call->looked_into && call->finding_count == 0)
		return;
	for (uint32_t i = 0; i < call->finding_count; i++) {
		const struct call_finding *finding = &call->findings[i];
		size_t k = 0;

		if (finding->count == 0)
			continue;
		count += finding->count;
		highest = finding->severity > highest ? (enum severity)finding->severity : highest;
		while (k < category_count && strcmp(categories[k], finding->category) != 0)
			k++;
		if (k == category_count)
			memcpy(categories[category_count++], finding->category, CATEGORY_BYTES);
	}
	attribute_int(attributes, "promtap.findings.count", count);
	if (count > 0)
		attribute_text(attributes, "promtap.findings.highest_severity", severity_names[highest]);
	attribute_texts(attributes, "promtap.findings.categories", categories[0], CATEGORY_BYTES, category_count);
}

/* The answer's texts are over at the end; what was sent, when the request was. */
static uint64_t finding_time(const struct call *call, const struct call_finding *finding, struct span_times times)
{
	uint64_t request_end_ns = times.start_ns;

	if (finding->where == WHERE_COMPLETION || finding->where == WHERE_TOOL_ARGS)
		return times.end_ns;
	if (call->request_ns > 0)
		request_end_ns += (uint64_t)call->request_ns;
	return request_end_ns < times.end_ns ? request_end_ns : times.end_ns;
}

static void put_finding(struct wire *wire, const struct call_finding *finding, uint64_t time_ns)
{
	const struct attributes attributes = { wire, EVENT_ATTRIBUTES };
	const struct family_row *family = &families[family_of(slice_of(finding->category))];
	size_t event = wire_open(wire, SPAN_EVENTS);

	wire_fixed64(wire, EVENT_TIME, time_ns);
	wire_text(wire, EVENT_NAME, "promtap.finding");
	attribute_text(&attributes, "promtap.finding.category", finding->category);
	attribute_text(&attributes, "promtap.finding.severity", severity_names[finding->severity]);
	attribute_text(&attributes, "promtap.finding.rule", finding->rule);
	attribute_int(&attributes, "promtap.finding.rule_version", finding->rule_version);
	attribute_text(&attributes, "promtap.finding.where", text_where_names[finding->where]);
	attribute_int(&attributes, "promtap.finding.count", finding->count);
	attribute_int(&attributes, "promtap.finding.repeats", finding->repeats);
	attribute_int(&attributes, "promtap.finding.first_seen_unix_nano", finding->first_seen_unix_ns);
	attribute_words(&attributes, "promtap.finding.owasp", family->owasp);
	attribute_words(&attributes, "promtap.finding.atlas", family->atlas);
	wire_close(wire, event);
}

/* ---- messages ----------------------------------------------------------------------------------------- */

static uint64_t duration_of(const struct call *call)
{
	int64_t known = call->duration_ns;

	if (known < 0)
		known = call->ttfb_ns > call->request_ns ? call->ttfb_ns : call->request_ns;
	return known > 0 ? (uint64_t)known : 0;
}

struct span_times span_times_of(const struct call *call)
{
	uint64_t start_ns = call->time_unix_ns > 0 ? (uint64_t)call->time_unix_ns : 0;

	/* Neither is over INT64_MAX. */
	return (struct span_times){ start_ns, start_ns + duration_of(call) };
}

static void put_link(struct wire *wire, const struct span_link *link)
{
	size_t mark = wire_open(wire, SPAN_LINKS);

	wire_bytes(wire, LINK_TRACE_ID, (struct slice){ (const char *)link->trace_id, sizeof(link->trace_id) });
	wire_bytes(wire, LINK_SPAN_ID, (struct slice){ (const char *)link->span_id, sizeof(link->span_id) });
	wire_close(wire, mark);
}

static void put_status(struct wire *wire, const struct call *call)
{
	size_t status;

	if (call->error == ERROR_NONE)
		return;
	status = wire_open(wire, SPAN_STATUS);
	wire_varint(wire, STATUS_CODE, STATUS_ERROR);
	wire_close(wire, status);
}

static void put_attributes(struct wire *wire, const struct call *call)
{
	const struct attributes attributes = { wire, SPAN_ATTRIBUTES };

	put_operation(&attributes, call);
	put_members(&attributes, call);
	put_configuration(&attributes, call);
	put_server(&attributes, call);
	put_protocol(&attributes, call);
	put_outcome(&attributes, call);
	put_worth(&attributes, call);
	put_summary(&attributes, call);
}

static int finish(struct wire *wire, size_t before)
{
	if (wire->error != 0)
		wire->out->len = before;
	return wire->error;
}

int span_encode(const struct call *call, const struct span_link *link, struct buffer *out)
{
	struct span_times times = span_times_of(call);
	struct wire wire = { .out = out };
	size_t before = out->len;

	put_name(&wire, call);
	wire_varint(&wire, SPAN_KIND, call->role == ROLE_SERVER ? KIND_SERVER : KIND_CLIENT);
	wire_fixed64(&wire, SPAN_START, times.start_ns);
	wire_fixed64(&wire, SPAN_END, times.end_ns);
	put_attributes(&wire, call);
	for (uint32_t i = 0; i < call->finding_count; i++)
		put_finding(&wire, &call->findings[i], finding_time(call, &call->findings[i], times));
	if (link)
		put_link(&wire, link);
	put_status(&wire, call);
	if (!call->has_trace || call->trace_sampled)
		wire_fixed32(&wire, SPAN_FLAGS, FLAG_SAMPLED);
	return finish(&wire, before);
}

int span_encode_ids(const struct span_ids *ids, struct buffer *out)
{
	struct wire wire = { .out = out };
	size_t before = out->len;

	wire_bytes(&wire, SPAN_TRACE_ID, (struct slice){ (const char *)ids->trace_id, sizeof(ids->trace_id) });
	wire_bytes(&wire, SPAN_SPAN_ID, (struct slice){ (const char *)ids->span_id, sizeof(ids->span_id) });
	if (ids->has_parent)
		wire_bytes(&wire, SPAN_PARENT_ID, (struct slice){ (const char *)ids->parent_id, sizeof(ids->parent_id) });
	return finish(&wire, before);
}

int span_encode_resource(const struct call *call, const char *node, struct buffer *out)
{
	const struct workload *workload = &call->workload;
	struct wire wire = { .out = out };
	const struct attributes attributes = { &wire, RESOURCE_ATTRIBUTES };
	size_t before = out->len;

	attribute_text(&attributes, "service.name", *workload->service ? workload->service : "unknown");
	attribute_text(&attributes, "promtap.service.source", service_source_names[workload->source]);
	attribute_text(&attributes, "k8s.pod.uid", workload->pod);
	attribute_text(&attributes, "container.id", workload->container);
	attribute_text(&attributes, "host.name", node);
	attribute_text(&attributes, "process.executable.name", workload->program);
	attribute_int(&attributes, "process.pid", workload->tgid ? (int64_t)workload->tgid : CALL_UNKNOWN);
	return finish(&wire, before);
}
