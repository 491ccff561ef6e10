/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields of a request that a call keeps. All others, keys and cookies
 * among them, are not looked at.
 */
#include "llm/head.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "llm/path.h"
#include "llm/text.h"

bool head_is_json(const struct http_head *head)
{
	struct slice type = http_head_get(head, SLICE("content-type"));
	const char *end = type.ptr ? memchr(type.ptr, ';', type.len) : NULL;

	if (end)
		type.len = (size_t)(end - type.ptr);
	while (type.len > 0 && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
		type.len--;
	return slice_caseeq(type, SLICE("application/json")) ||
	       (type.len >= 5 && strncasecmp(type.ptr + type.len - 5, "+json", 5) == 0);
}

bool head_asks_socket(const struct http_head *head)
{
	struct slice upgrade = http_head_get(head, SLICE("upgrade"));

	if (slice_eq(head->method, SLICE("CONNECT")))
		return head->target.len > 0 && head->target.ptr[0] == '/';
	return slice_eq(head->method, SLICE("GET")) && slice_caseeq(upgrade, SLICE("websocket"));
}

static struct slice cut_front(struct slice s, size_t n)
{
	return (struct slice){ s.ptr + n, s.len - n };
}

void head_query_model(const struct http_head *head, char *buffer, size_t size)
{
	static const struct slice names[] = { { "model=", 6 }, { "deployment=", 11 } };
	const char *at = head->target.len > 0 ? memchr(head->target.ptr, '?', head->target.len) : NULL;
	struct slice rest = at ? cut_front(head->target, (size_t)(at + 1 - head->target.ptr)) : (struct slice){ 0 };

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '&', rest.len);
		struct slice part = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };

		rest = cut_front(rest, end ? part.len + 1 : part.len);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (slice_starts(part, names[i]) && part.len > names[i].len)
				path_decode(cut_front(part, names[i].len), buffer, size);
	}
}

/* RFC 9110 section 4.2.4: user information in an authority is a secret. */
static struct slice without_user(struct slice authority)
{
	const char *at = authority.len > 0 ? memrchr(authority.ptr, '@', authority.len) : NULL;

	if (at)
		authority = (struct slice){ at + 1, (size_t)(authority.ptr + authority.len - at - 1) };
	return authority;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: not hex, or all zeros, which means none. */
static bool parse_hex(uint8_t *bytes, size_t count, const char *hex)
{
	uint8_t any = 0;

	for (size_t i = 0; i < count; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
		any |= bytes[i];
	}
	return any;
}

/* W3C Trace Context: version "-" trace-id "-" parent-id "-" flags; later
 * versions may append more. */
static void take_traceparent(struct call *call, struct slice value)
{
	uint8_t trace_id[16], span_id[8];
	size_t len = 55;
	int flags;

	if (value.len < len || value.ptr[2] != '-' || value.ptr[35] != '-' || value.ptr[52] != '-')
		return;
	if (value.len > len && (value.ptr[len] != '-' || slice_starts(value, SLICE("00"))))
		return;
	if (hex_digit(value.ptr[0]) < 0 || hex_digit(value.ptr[1]) < 0 || slice_starts(value, SLICE("ff")))
		return;
	if (!parse_hex(trace_id, sizeof(trace_id), value.ptr + 3) ||
	    !parse_hex(span_id, sizeof(span_id), value.ptr + 36))
		return;
	flags = hex_digit(value.ptr[54]);
	if (flags < 0 || hex_digit(value.ptr[53]) < 0)
		return;
	memcpy(call->trace_id, trace_id, sizeof(trace_id));
	memcpy(call->parent_span_id, span_id, sizeof(span_id));
	call->has_trace = true;
	call->trace_sampled = flags & 1;
}

static void take_retry_count(struct call *call, struct slice value)
{
	int64_t count = 0;

	if (value.len == 0 || value.len > 4)
		return;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return;
		count = count * 10 + (value.ptr[i] - '0');
	}
	call->retry_count = count;
}

/* Tells attempts of one call from calls; the key itself is not kept. */
static void take_idempotency_key(struct call *call, struct slice value)
{
	if (value.len > 0)
		call->idempotency_hash = hash_bytes(value.ptr, value.len, hash_seed()) | 1;
}

void head_to_call(const struct http_head *head, struct slice path, struct call *call)
{
	text_copy(call->method, sizeof(call->method), head->method);
	path_template(path, call->path, sizeof(call->path));
	text_copy(call->server_address, sizeof(call->server_address), without_user(head->authority));
	/* Azure: the deployment is the model that is asked for, unless the body names one. */
	path_segment_after(path, "deployments", call->request_model, sizeof(call->request_model));
	take_traceparent(call, http_head_get(head, SLICE("traceparent")));
	take_idempotency_key(call, http_head_get(head, SLICE("idempotency-key")));
	take_retry_count(call, http_head_get(head, SLICE("x-stainless-retry-count")));
}
