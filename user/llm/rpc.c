/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which messages are calls: the methods of MCP (revisions 2024-11-05 to
 * 2026-07-28) and A2A (0.3 and 1.0) that make somebody work. All others list,
 * subscribe and keep house.
 */
#include "llm/rpc.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "llm/dialects.h"
#include "llm/text.h"

static const struct {
	const char *name;
	const struct dialect *dialect;
} methods[] = {
	{ "tools/call", &dialect_mcp },
	{ "message/send", &dialect_a2a },
	{ "message/stream", &dialect_a2a },
	{ "SendMessage", &dialect_a2a },
	{ "SendStreamingMessage", &dialect_a2a },
};

/* JSON-RPC 2.0 section 5.1, and the codes that MCP 2026-07-28 adds. */
static const struct {
	int64_t code;
	enum call_error error;
} codes[] = {
	{ -32700, ERROR_INVALID_REQUEST },
	{ -32600, ERROR_INVALID_REQUEST },
	{ -32601, ERROR_NOT_FOUND },
	{ -32602, ERROR_INVALID_REQUEST },
	{ -32603, ERROR_SERVER },
	{ -32020, ERROR_INVALID_REQUEST },
	{ -32021, ERROR_INVALID_REQUEST },
	{ -32022, ERROR_INVALID_REQUEST },
};

/* ---- the request ---- */

static const struct dialect *dialect_of_method(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (strcmp(methods[i].name, method) == 0)
			return methods[i].dialect;
	return NULL;
}

static struct slice announced_method(const struct http_head *head)
{
	return http_head_get(head, SLICE("mcp-method"));
}

bool rpc_announced(const struct http_head *head)
{
	return slice_eq(announced_method(head), SLICE("tools/call"));
}

bool rpc_ruled_out(const struct http_head *head)
{
	return announced_method(head).len > 0 && !rpc_announced(head);
}

static struct rpc *rpc_new(const struct dialect *dialect)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (rpc)
		rpc->dialect = dialect;
	return rpc;
}

struct rpc *rpc_of_head(const struct http_head *head)
{
	struct slice name = http_head_get(head, SLICE("mcp-name"));
	struct rpc *rpc = rpc_announced(head) ? rpc_new(&dialect_mcp) : NULL;

	if (!rpc)
		return NULL;
	rpc->by_head = true;
	rpc->count = 1;
	/* A name that is not ASCII is written in base64: the body has it plain. */
	if (!slice_starts(name, SLICE("=?base64?")))
		text_copy(rpc->calls[0].tool, TOOL_NAME_BYTES, name);
	return rpc;
}

void rpc_free(struct rpc *rpc)
{
	for (uint32_t i = 0; rpc && i < rpc->count; i++)
		texts_drop(rpc->calls[i].texts);
	free(rpc);
}

void rpc_take_request(struct rpc **rpc, const struct item *message, struct texts **texts)
{
	const struct dialect *dialect = dialect_of_method(message->type);
	struct rpc_call *call;

	if (!dialect)
		return;
	if (!*rpc)
		*rpc = rpc_new(dialect);
	if (!*rpc)
		return;
	if ((*rpc)->by_head)
		(*rpc)->count = 0;
	if ((*rpc)->count == RPC_CALLS_MAX)
		return;
	call = &(*rpc)->calls[(*rpc)->count++];
	call->id_hash = message->id_hash;
	if (!call->texts)
		call->texts = take_ptr(*texts);
	if (message->name[0])
		memcpy(call->tool, message->name, sizeof(call->tool));
	(*rpc)->by_head = false;
}

/* ---- the answer ---- */

/* An id that was not seen on one side is no reason to doubt, where there is one call. */
static struct rpc_call *find(struct rpc *rpc, uint32_t id_hash)
{
	for (uint32_t i = 0; i < rpc->count; i++)
		if (id_hash && rpc->calls[i].id_hash == id_hash)
			return &rpc->calls[i];
	return rpc->count == 1 && (!id_hash || !rpc->calls[0].id_hash) ? &rpc->calls[0] : NULL;
}

/* The id may stand behind the result. Servers answer in order where nothing keeps them from it. */
struct rpc_call *rpc_call_of(struct rpc *rpc, const struct item *message)
{
	if (message->type[0])
		return NULL;
	if (message->id_hash)
		return find(rpc, message->id_hash);
	for (uint32_t i = 0; i < rpc->count; i++)
		if (!rpc->calls[i].answered)
			return &rpc->calls[i];
	return NULL;
}

enum call_error rpc_error_of(const struct item *message)
{
	if (message->tool_failed)
		return ERROR_TOOL;
	if (!message->failed)
		return ERROR_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == message->error_code)
			return codes[i].error;
	return ERROR_OTHER;
}

void rpc_take_answer(struct rpc *rpc, const struct item *message)
{
	struct rpc_call *call;

	if (message->type[0] || (!message->id_hash && !message->failed))
		return;
	call = find(rpc, message->id_hash);
	if (!call)
		return;
	call->answered = true;
	call->error = rpc_error_of(message);
	call->end_ns = 0;
}

void rpc_stamp(struct rpc *rpc, uint64_t ts_ns)
{
	for (uint32_t i = 0; i < rpc->count; i++)
		if (rpc->calls[i].answered && rpc->calls[i].end_ns == 0)
			rpc->calls[i].end_ns = ts_ns;
}
