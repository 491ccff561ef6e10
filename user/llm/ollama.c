/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ollama.native. Answers are lines of JSON unless the request says that it
 * wants one document; lines and document have one layout, and the last line
 * alone has the counts. Of the prompt only the tokens that were not cached are
 * counted, and nothing if all were. A request without a prompt loads or unloads
 * a model, and is no call.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define FACTS                                                   \
	{ "model", FACT_MODEL },                                \
	{ "done", FACT_EVIDENCE + EVIDENCE_SHAPE },             \
	{ "done_reason", FACT_STOP_REASON },                    \
	{ "prompt_eval_count", FACT_COUNT + COUNT_INPUT },      \
	{ "eval_count", FACT_COUNT + COUNT_OUTPUT },            \
	{ "logprobs[].logprob", FACT_LOGPROB },                 \
	{ "error", FACT_ERROR }

static const struct json_field chat[] = {
	FACTS,
	{ "message", FACT_OUTPUT },
	{ "message.content", FACT_OUTPUT },
	{ "message.thinking", FACT_OUTPUT },
	{ "message.tool_calls[].function.arguments.**", FACT_OUTPUT_ARGS },
	{ "message.tool_calls[]", FACT_TOOL_CALL },
	{ "message.tool_calls[].function.name", FACT_TOOL_NAME },
};

static const struct json_field generate[] = {
	FACTS,
	{ "response", FACT_OUTPUT },
	{ "thinking", FACT_OUTPUT },
};

static const struct json_field embed[] = {
	{ "model", FACT_MODEL },
	{ "embeddings", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "embedding", FACT_EVIDENCE + EVIDENCE_EMBEDDING },
	{ "prompt_eval_count", FACT_COUNT + COUNT_INPUT },
	{ "error", FACT_ERROR },
};

static bool text_fits(const struct document *document)
{
	unsigned int shape = SAW(EVIDENCE_SHAPE) | SAW(EVIDENCE_MODEL);

	return (document->evidence & shape) == shape;
}

static bool embed_fits(const struct document *document)
{
	return document->evidence & SAW(EVIDENCE_EMBEDDING);
}

static bool settle(struct document *document, bool is_event)
{
	const char *reason = document->stop_reason;

	document->no_call = strcmp(reason, "load") == 0 || strcmp(reason, "unload") == 0;
	document_one_choice(document);
	return is_event && (reason[0] || document->counts[COUNT_OUTPUT] != CALL_UNKNOWN);
}

static const struct path_rule chat_paths[] = { { .after = "/api/chat" } };
static const struct path_rule generate_paths[] = { { .after = "/api/generate" } };
static const struct path_rule embed_paths[] = {
	{ .after = "/api/embed" },
	{ .after = "/api/embeddings" },
};

const struct dialect dialect_ollama_chat = {
	.name = "ollama.native",
	.provider = "ollama",
	.operation = OPERATION_CHAT,
	.paths = chat_paths,
	.path_count = ARRAY_SIZE(chat_paths),
	.request_needs = SAW(EVIDENCE_MODEL) | SAW(EVIDENCE_MESSAGES),
	.response = chat,
	.response_count = ARRAY_SIZE(chat),
	.event = chat,
	.event_count = ARRAY_SIZE(chat),
	.path_only = true,
	.weak_path = true,
	.fits = text_fits,
	.settle = settle,
};

const struct dialect dialect_ollama_generate = {
	.name = "ollama.native",
	.provider = "ollama",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = generate_paths,
	.path_count = ARRAY_SIZE(generate_paths),
	.request_needs = SAW(EVIDENCE_MODEL) | SAW(EVIDENCE_PROMPT),
	.response = generate,
	.response_count = ARRAY_SIZE(generate),
	.event = generate,
	.event_count = ARRAY_SIZE(generate),
	.path_only = true,
	.weak_path = true,
	.fits = text_fits,
	.settle = settle,
};

const struct dialect dialect_ollama_embed = {
	.name = "ollama.native",
	.provider = "ollama",
	.operation = OPERATION_EMBEDDINGS,
	.paths = embed_paths,
	.path_count = ARRAY_SIZE(embed_paths),
	.request_needs = SAW(EVIDENCE_MODEL),
	.response = embed,
	.response_count = ARRAY_SIZE(embed),
	.event = embed,
	.event_count = ARRAY_SIZE(embed),
	.path_only = true,
	.weak_path = true,
	.fits = embed_fits,
};
