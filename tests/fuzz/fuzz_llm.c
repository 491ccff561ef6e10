/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llm: a script of exchange events. Each step is a byte that chooses the event,
 * a byte that chooses among its variants, a byte of length, and the data.
 * Whatever comes: calls are valid and their records are JSON, and their texts
 * keep to text_view.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "json/json.h"
#include "llm/llm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const authorities[] = { "api.openai.com", "api.anthropic.com", "api.x.ai:443", "llm.internal",
					   "corp.azure-api.net", "openrouter.ai", "" };
static const char *const targets[] = { "/v1/chat/completions",	"/v1/responses?x=1", "/v1/messages",
				       "/v1/embeddings",	"/v1/completions",   "/openai/deployments/d/chat/completions",
				       "/v1/messages/count_tokens", "/anything",
				       "/v1/audio/transcriptions", "/v1/audio/speech",
				       "/v1/images/edits", "/v1/complete",
				       "/v1/realtime?model=m", "/ws/a.GenerativeService.BidiGenerateContent?key=k" };
/* The same with the highest bit of the step set. */
static const char *const aws_authorities[] = { "bedrock-runtime.us-east-1.amazonaws.com", "llm.internal",
					       "bedrock-agent-runtime.us-east-1.amazonaws.com",
					       "runtime.sagemaker.us-east-1.amazonaws.com" };
static const char *const aws_targets[] = { "/model/m%3A0/converse-stream", "/model/m/invoke-with-response-stream",
					   "/model/m/invoke", "/model/m/converse", "/agents/a/agentAliases/b/sessions/c/text",
					   "/endpoints/e/invocations", "/endpoints/e/invocations-response-stream" };
/* By the variant, each of 64. */
static const char *const request_types[] = { "application/json", "multipart/form-data; boundary=B", "application/json",
					     "multipart/form-data; boundary=B" };
static const char *const response_types[] = { "application/json", "audio/mpeg", "text/plain; charset=utf-8",
					      "application/json" };
static const unsigned int status_codes[] = { 200, 200, 200, 400, 429, 307, 500 };

/* One of two exchanges of a process. */
struct side {
	struct exchange exchange;
	struct conn conn;
	bool asked, answered, open, socket;
};

struct script {
	struct llm *llm;
	struct side sides[2];
	struct side *at;	/* of the step at hand */
	uint64_t now_ns;
};

static void on_value(void *ctx, const struct json_value *value)
{
	(void)ctx;
	(void)value;
}

static void check_json(const struct buffer *record)
{
	static const struct json_field fields[] = { { "v", 1 } };
	static struct json_schema *schema;	/* kept for the next input */
	static struct json_reader *reader;

	if (!schema) {
		schema = json_schema_new(fields, ARRAY_SIZE(fields));
		reader = json_reader_new(schema, JSON_STRICT, on_value, NULL);
	}
	json_reader_reset(reader, schema);
	if (json_reader_feed(reader, record->data, record->len) != 0 ||
	    json_reader_finish(reader) != 0)
		abort();
}

/* The texts of a call. */
struct seen_texts {
	uint32_t count, open;
	bool *ended;	/* of `count` */
};
static unsigned int texts_alive;	/* calls whose texts nobody took or dropped */

static void on_text(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view)
{
	struct seen_texts *seen = *user;

	(void)ctx;
	if (!exchange || view->where <= WHERE_UNKNOWN || view->where >= WHERE_MAX)
		abort();
	if (!seen) {
		seen = *user = calloc(1, sizeof(*seen));
		texts_alive++;
	}
	if (!seen || view->text > seen->count || (view->event == TEXT_PIECE && view->bytes.len == 0))
		abort();
	if (view->text == seen->count) {
		if (view->event != TEXT_PIECE)
			abort();
		seen->ended = realloc(seen->ended, ++seen->count);
		if (!seen->ended)
			abort();
		seen->ended[view->text] = false;
		seen->open++;
	}
	if (seen->ended[view->text])
		abort();
	seen->ended[view->text] = view->event == TEXT_END;
	seen->open -= view->event == TEXT_END;
}

static void on_text_drop(void *ctx, void *user)
{
	struct seen_texts *seen = user;

	(void)ctx;
	free(seen->ended);
	free(seen);
	texts_alive--;
}

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	struct buffer record = { .limit = 1 << 16 };

	(void)ctx;
	(void)exchange;
	if (user && ((struct seen_texts *)user)->open > 0)
		abort();
	if (user)
		on_text_drop(NULL, user);
	if (call_check(call, sizeof(*call)) != 0 || call_to_json(call, "node", &record) != 0)
		abort();
	check_json(&record);
	buffer_done(&record);
}

static void send(struct script *script, struct exchange_event event)
{
	script->now_ns += 1000;
	script->at->open = true;
	event.exchange = &script->at->exchange;
	event.ts_ns = script->now_ns;
	llm_on_exchange(script->llm, &event);
}

static void request_head(struct script *script, bool aws, uint8_t variant, struct slice data, bool socket)
{
	struct http_header headers[] = {
		{ SLICE("content-type"), slice_of(request_types[variant / 64]) },
		{ SLICE("upgrade"), socket ? SLICE("websocket") : data },
		{ SLICE("traceparent"), data },
		{ SLICE("x-stainless-retry-count"), data },
		{ SLICE("x-other"), data },
	};
	struct http_head head = {
		.method = socket ? SLICE("GET") : SLICE("POST"),
		.authority = slice_of(aws ? aws_authorities[variant % ARRAY_SIZE(aws_authorities)] :
					    authorities[variant % ARRAY_SIZE(authorities)]),
		.target = slice_of(aws ? aws_targets[variant / 7 % ARRAY_SIZE(aws_targets)] :
					 targets[variant / 7 % ARRAY_SIZE(targets)]),
		.headers = headers,
		.header_count = ARRAY_SIZE(headers),
	};

	if (script->at->asked || script->at->answered)
		return;
	if (variant == 255) {
		headers[0].value = data;
		head.target = data;
		head.authority = data;
	}
	if (variant == 254) {
		headers[3].name = SLICE("mcp-method");
		headers[3].value = SLICE("tools/call");
		headers[2].name = SLICE("mcp-name");
	}
	if (variant == 250) {
		head.method = SLICE("GET");
		head.authority = SLICE("llm.internal");
		headers[3] = (struct http_header){ SLICE("accept"), SLICE("text/event-stream") };
	}
	if (variant == 251)
		head.target = data;
	if (variant == 253) {
		headers[0].value = SLICE("application/grpc");
		head.authority = SLICE("api.x.ai");
		head.target = data;
	}
	if (variant == 252) {
		head.authority = SLICE("us-central1-aiplatform.googleapis.com");
		head.target = data;
	}
	script->at->asked = true;
	script->at->socket = socket;
	script->at->exchange.request_start_ns = script->now_ns;
	send(script, (struct exchange_event){ .kind = EXCHANGE_REQUEST_HEAD, .head = &head });
}

static void response_head(struct script *script, bool aws, uint8_t variant, struct slice data)
{
	struct http_header headers[] = { { SLICE("content-type"), slice_of(response_types[variant / 64]) },
					 { variant == 253 ? SLICE("grpc-status") : data, data } };
	struct http_head head = {
		.status = status_codes[variant % ARRAY_SIZE(status_codes)],
		.headers = headers,
		.header_count = ARRAY_SIZE(headers),
	};

	if (script->at->answered)
		return;
	if (variant == 253)
		headers[0].value = SLICE("application/grpc");
	script->at->answered = true;
	if (variant & 128)
		script->at->exchange.response_framing = aws ? FRAMING_EVENT_STREAM : FRAMING_SSE;
	else
		script->at->exchange.response_framing = FRAMING_PLAIN;
	if (script->at->socket && variant & 128) {
		script->at->exchange.response_framing = FRAMING_WEBSOCKET;
		script->at->exchange.protocol = HTTP_WEBSOCKET;
	}
	script->at->exchange.response_start_ns = script->now_ns;
	send(script, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_HEAD, .head = &head });
}

static void trailers(struct script *script, struct slice data)
{
	struct http_header header = { SLICE("grpc-status"), data };
	struct http_head head = { .headers = &header, .header_count = 1 };

	if (script->at->answered)
		send(script, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_TRAILERS, .head = &head });
}

static void end(struct script *script, uint8_t variant)
{
	if (script->at->open)
		send(script, (struct exchange_event){ .kind = EXCHANGE_END, .outcome = variant % OUTCOME_MAX });
	if (script->at->exchange.user)
		abort();
	script->at->asked = script->at->answered = script->at->open = false;
	script->at->exchange = (struct exchange){ .conn = &script->at->conn, .protocol = HTTP_1_1 };
}

static void piece(struct script *script, enum exchange_event_kind kind, struct slice data)
{
	bool is_event = script->at->exchange.response_framing != FRAMING_PLAIN;

	if (kind == EXCHANGE_REQUEST_BODY ? !script->at->asked : !script->at->answered)
		return;
	if ((kind == EXCHANGE_MESSAGE_PIECE && !is_event) || (kind == EXCHANGE_RESPONSE_BODY && is_event))
		return;
	if (!script->at->exchange.skip_bodies)
		send(script, (struct exchange_event){ .kind = kind, .data = data });
}

/* A message of a WebSocket; bits of the variant: of the client, cut, the last of its end, and not at its end. */
static void message(struct script *script, uint8_t variant, struct slice data)
{
	bool client = variant & 1;
	struct exchange_event event = {
		.kind = client ? EXCHANGE_CLIENT_PIECE : EXCHANGE_MESSAGE_PIECE,
		.data = data,
	};

	if (script->at->exchange.response_framing != FRAMING_WEBSOCKET || !script->at->answered)
		return;
	if (client)
		script->at->exchange.request_body_bytes += data.len;
	else
		script->at->exchange.response_body_bytes += data.len;
	if (data.len > 0 && !script->at->exchange.skip_bodies)
		send(script, event);
	if (variant & 8)
		return;
	event.kind = client ? EXCHANGE_CLIENT_END : EXCHANGE_MESSAGE_END;
	event.data = (struct slice){ 0 };
	event.outcome = variant & 2 ? OUTCOME_GAP : OUTCOME_COMPLETE;
	event.is_error = (variant & 6) == 6;
	if (!script->at->exchange.skip_bodies)
		send(script, event);
}

static void end_part(struct script *script, uint8_t variant, struct slice name)
{
	struct exchange_event event = {
		.kind = variant & 1 ? EXCHANGE_RESPONSE_END : EXCHANGE_MESSAGE_END,
		.name = variant & 2 ? SLICE("endpoint") : name,
		.is_error = variant & 4,
	};

	if (script->at->answered)
		send(script, event);
}

static void step(struct script *script, uint8_t op, uint8_t variant, struct slice data)
{
	bool aws = op & 128;

	op %= 128;
	script->at = &script->sides[op / 11 % 2];
	switch (op % 11) {
	case 0:
		request_head(script, aws, variant, data, false);
		break;
	case 10:
		request_head(script, aws, variant, data, true);
		break;
	case 9:
		message(script, variant, data);
		break;
	case 1:
		piece(script, EXCHANGE_REQUEST_BODY, data);
		break;
	case 2:
		if (script->at->asked)
			send(script, (struct exchange_event){ .kind = EXCHANGE_REQUEST_END });
		break;
	case 3:
		response_head(script, aws, variant, data);
		break;
	case 4:
		piece(script, EXCHANGE_RESPONSE_BODY, data);
		break;
	case 5:
		piece(script, EXCHANGE_MESSAGE_PIECE, data);
		break;
	case 6:
		end_part(script, variant, data);
		break;
	case 8:
		trailers(script, data);
		break;
	default:
		end(script, variant);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct llm *llm;	/* kept for the next input */
	struct script script = { .now_ns = 1 };

	if (!llm)
		llm = llm_new(&(struct llm_setup){ .fn = on_call, .on_text = on_text, .on_text_drop = on_text_drop });
	if (!llm)
		abort();
	script.llm = llm;
	for (size_t i = 0; i < ARRAY_SIZE(script.sides); i++) {
		script.at = &script.sides[i];
		end(&script, 0);
	}
	while (size >= 3) {
		size_t len = data[2] < size - 3 ? data[2] : size - 3;
		/* An exact copy, so that a read past its end shows. */
		char *copy = malloc(len ? len : 1);

		if (!copy)
			abort();
		memcpy(copy, data + 3, len);
		step(&script, data[0], data[1], (struct slice){ copy, len });
		free(copy);
		data += 3 + len;
		size -= 3 + len;
	}
	for (size_t i = 0; i < ARRAY_SIZE(script.sides); i++) {
		script.at = &script.sides[i];
		end(&script, 1);
	}
	if (texts_alive > 0)
		abort();
	return 0;
}
