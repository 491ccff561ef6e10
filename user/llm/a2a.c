/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a2a: one agent asks another (Agent2Agent 0.3 and 1.0), by JSON-RPC (rpc.c) or
 * by REST. No LLM call: what the other agent's models use is its own affair
 * and not on the wire.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define TEXTS(at)                                        \
	{ at, FACT_OUTPUT },                             \
	{ at ".parts[].text", FACT_OUTPUT },             \
	{ at ".parts[].data.**", FACT_OUTPUT },          \
	{ at ".content[].text", FACT_OUTPUT }

#define ANSWER(at)                                       \
	TEXTS(at "message"),                             \
	TEXTS(at "task.status.message"),                 \
	TEXTS(at "task.artifacts[]"),                    \
	TEXTS(at "statusUpdate.status.message"),         \
	TEXTS(at "artifactUpdate.artifact")

static const struct json_field response[] = {
	ANSWER(""),
	ANSWER("result."),
	TEXTS("result"),
	TEXTS("result.status.message"),		/* 0.3 has what is sent in place of its name */
	TEXTS("result.artifacts[]"),
	TEXTS("result.artifact"),
	{ "message.parts", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "message.messageId", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "task.status", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "statusUpdate", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "artifactUpdate", FACT_EVIDENCE + EVIDENCE_AGENT_MESSAGE },
	{ "error.status", FACT_ERROR_TYPE },
	{ "error.code", FACT_ITEM_ERROR_CODE },
	{ "error", FACT_ITEM_FAILED },
	{ "method", FACT_ITEM_TYPE },
	{ "id", FACT_ITEM_ID },
};

static bool fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_AGENT_MESSAGE);
}

/* REST has no envelope: the document itself is the error. */
static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	if (document->item.failed)
		document_is_error(document);
	return false;
}

static const struct path_rule paths[] = {
	{ .after = "/message:send" },
	{ .after = "/message:stream" },
};

const struct dialect dialect_a2a = {
	.name = "a2a",
	.operation = OPERATION_INVOKE_AGENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_AGENT_MESSAGE),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = response,
	.event_count = ARRAY_SIZE(response),
	.path_only = true,
	.by_request = true,
	.uncounted = true,
	.fits = fits,
	.settle = settle,
};
