/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mcp: a tool run over the Model Context Protocol's HTTP transports. No LLM
 * call: no tokens, no cost. The request's body proves it (rpc.c); the answer is
 * one JSON-RPC message, plain or among the events of a stream, which may carry
 * requests and notifications of the server before it.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define MESSAGE(at)                                 \
	{ at "method", FACT_ITEM_TYPE },            \
	{ at "id", FACT_ITEM_ID },                  \
	{ at "result.isError", FACT_ITEM_TOOL_FAILED }, \
	{ at "result", FACT_RESULT },               \
	{ at "result.content[].text", FACT_RESULT }, \
	{ at "result.content[].resource.text", FACT_RESULT }, \
	{ at "result.structuredContent.**", FACT_RESULT }, \
	{ at "error", FACT_ITEM_FAILED },           \
	{ at "error.code", FACT_ITEM_ERROR_CODE }

static const struct json_field message[] = {
	MESSAGE(""),
	{ "[]", FACT_ITEM },
	MESSAGE("[]."),
};

static bool fits(const struct document *document)
{
	(void)document;
	return false;
}

/* A hint only: vendors of models serve it on the hosts of their APIs. */
static const struct path_rule paths[] = { { .after = "/mcp" } };

const struct dialect dialect_mcp = {
	.name = "mcp",
	.operation = OPERATION_EXECUTE_TOOL,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_JSONRPC),
	.response = message,
	.response_count = ARRAY_SIZE(message),
	.event = message,
	.event_count = ARRAY_SIZE(message),
	.path_only = true,
	.by_request = true,
	.uncounted = true,
	.fits = fits,
};
