/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.chat: chat completions, as OpenAI and some thirty others serve them.
 * Usage has several spellings; whichever servers agree on the layout of an
 * answer do not agree on where cached tokens stand.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define IDENTITY                                    \
	{ "id", FACT_ID },                          \
	{ "object", FACT_OBJECT },                  \
	{ "model", FACT_MODEL },                    \
	{ "model_id", FACT_MODEL },                 \
	{ "service_tier", FACT_SERVICE_TIER },      \
	{ "choices[]", FACT_CHOICE },               \
	{ "choices[].index", FACT_CHOICE_INDEX },   \
	{ "choices[].finish_reason", FACT_FINISH_REASON }, \
	{ "choices[].logprobs.content[].logprob", FACT_LOGPROB }, \
	{ "system_fingerprint", FACT_FINGERPRINT }

#define ERRORS                                      \
	{ "error", FACT_ERROR },                    \
	{ "error.type", FACT_ERROR_TYPE },          \
	{ "error.code", FACT_ERROR_CODE },          \
	{ "error.message", FACT_ERROR_MESSAGE },    \
	{ "type", FACT_TYPE },                      \
	{ "code", FACT_EVENT_CODE },                \
	{ "message", FACT_EVENT_MESSAGE }

/* cached: OpenAI, DeepSeek, Perplexity and Fireworks style, Moonshot and
 * Anthropic's compatible endpoint, gateways before Anthropic. */
#define USAGE(at)                                                                  \
	{ at "prompt_tokens", FACT_COUNT + COUNT_INPUT },                          \
	{ at "input_tokens", FACT_COUNT + COUNT_INPUT_ALT },                       \
	{ at "completion_tokens", FACT_COUNT + COUNT_OUTPUT },                     \
	{ at "output_tokens", FACT_COUNT + COUNT_OUTPUT_ALT },                     \
	{ at "total_tokens", FACT_COUNT + COUNT_TOTAL },                           \
	{ at "prompt_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ }, \
	{ at "prompt_token_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT }, \
	{ at "input_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT }, \
	{ at "prompt_cache_hit_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT },       \
	{ at "num_cached_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT },             \
	{ at "cached_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT },                 \
	{ at "cache_read_input_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT },       \
	{ at "prompt_tokens_details.cache_write_tokens", FACT_COUNT + COUNT_CACHE_WRITE }, \
	{ at "cache_creation_input_tokens", FACT_COUNT + COUNT_CACHE_WRITE_ALT },  \
	{ at "completion_tokens_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING }, \
	{ at "completion_token_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING_ALT }, \
	{ at "output_tokens_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING_ALT }, \
	{ at "reasoning_tokens", FACT_COUNT + COUNT_REASONING_ALT },               \
	{ at "prompt_tokens_details.audio_tokens", FACT_COUNT + COUNT_AUDIO_INPUT }, \
	{ at "completion_tokens_details.audio_tokens", FACT_COUNT + COUNT_AUDIO_OUTPUT }, \
	{ at "prompt_tokens_details.image_tokens", FACT_COUNT + COUNT_IMAGE_INPUT }, \
	{ at "completion_tokens_details.image_tokens", FACT_COUNT + COUNT_IMAGE_OUTPUT }, \
	{ at "server_tool_use.web_search_requests", FACT_COUNT + COUNT_WEB_SEARCHES }, \
	{ at "num_search_queries", FACT_COUNT + COUNT_WEB_SEARCHES },               \
	{ at "search_context_size", FACT_SEARCH_CONTEXT },                          \
	{ at "service_tier", FACT_SERVICE_TIER },                                  \
	CHARGES(at)

static const struct json_field response[] = {
	IDENTITY,
	{ "choices[].message", FACT_EVIDENCE + EVIDENCE_CHOICES },
	{ "choices[].message.tool_calls[]", FACT_TOOL_CALL },
	{ "choices[].message.tool_calls[].function.name", FACT_TOOL_NAME },
	{ "choices[].message.tool_calls[].custom.name", FACT_TOOL_NAME },
	{ "choices[].message.function_call.name", FACT_FUNCTION_NAME },
	{ "choices[].message", FACT_TEXT },
	{ "choices[].message.content", FACT_TEXT },
	{ "choices[].message.content[].text", FACT_TEXT },		/* Mistral */
	{ "choices[].message.content[].thinking[].text", FACT_TEXT },
	{ "choices[].message.reasoning_content", FACT_TEXT },
	{ "choices[].message.reasoning", FACT_TEXT },
	{ "choices[].message.refusal", FACT_TEXT },
	{ "choices[].message.refusal", FACT_REFUSAL },
	{ "choices[].message.audio.transcript", FACT_TEXT },
	{ "choices[].message.executed_tools[].output", FACT_RESULT },	/* Groq */
	{ "choices[].message.tool_calls[].function.arguments.**", FACT_ARGS },
	{ "choices[].message.tool_calls[].custom.input", FACT_ARGS },
	{ "choices[].message.function_call.arguments", FACT_ARGS },
	USAGE("usage."),
	ERRORS,
};

static const struct json_field event[] = {
	IDENTITY,
	{ "choices[].delta", FACT_EVIDENCE + EVIDENCE_CHOICES },
	{ "choices[].delta.content", FACT_OUTPUT },
	{ "choices[].delta.content[].text", FACT_OUTPUT },		/* Mistral */
	{ "choices[].delta.content[].thinking[].text", FACT_OUTPUT },
	{ "choices[].delta.reasoning_content", FACT_OUTPUT },
	{ "choices[].delta.reasoning", FACT_OUTPUT },
	{ "choices[].delta.reasoning_details[].text", FACT_OUTPUT_DATA },	/* what "reasoning" has, too */
	{ "choices[].delta.reasoning_details[].summary", FACT_OUTPUT_DATA },
	{ "choices[].delta.refusal", FACT_OUTPUT },
	{ "choices[].delta.refusal", FACT_REFUSAL },
	{ "choices[].delta.audio.data", FACT_OUTPUT_DATA },
	{ "choices[].delta.audio.transcript", FACT_OUTPUT },
	{ "choices[].delta.executed_tools[].output", FACT_RESULT },
	{ "choices[].delta.tool_calls[]", FACT_TOOL_DELTA },
	{ "choices[].delta.tool_calls[].index", FACT_TOOL_INDEX },
	{ "choices[].delta.tool_calls[].id", FACT_TOOL_ID },
	{ "choices[].delta.tool_calls[].function.name", FACT_TOOL_NAME },
	{ "choices[].delta.tool_calls[].function.arguments", FACT_OUTPUT_ARGS },
	{ "choices[].delta.tool_calls[].custom.name", FACT_TOOL_NAME },
	{ "choices[].delta.tool_calls[].custom.input", FACT_OUTPUT_ARGS },
	{ "choices[].delta.function_call", FACT_FUNCTION_DELTA },
	{ "choices[].delta.function_call.name", FACT_TOOL_NAME },
	{ "choices[].delta.function_call.arguments", FACT_OUTPUT_ARGS },
	USAGE("usage."),
	USAGE("x_groq.usage."),
	ERRORS,
};

static bool fits(const struct document *document)
{
	return slice_starts(slice_of(document->object), SLICE("chat.completion")) ||
	       (document->evidence & SAW(EVIDENCE_CHOICES));
}

/* vLLM and others: the error is the document. */
static bool settle(struct document *document, bool is_event)
{
	(void)is_event;
	if (strcmp(document->object, "error") == 0)
		document_is_error(document);
	return false;
}

/* Vertex hands bodies on to what is behind, also to models that are no LLM. */
#define RAW_PREDICT(at)                                                \
	{ .before = at, .after = ":rawPredict", .weak = true },        \
	{ .before = at, .after = ":streamRawPredict", .weak = true }

static const struct path_rule paths[] = {
	{ .after = "/chat/completions" },
	RAW_PREDICT("/publishers/mistralai/models/"),
	RAW_PREDICT("/publishers/ai21/models/"),
	RAW_PREDICT("/publishers/meta/models/"),
	RAW_PREDICT("/endpoints/"),
	{ .after = "/agents/completions" },		/* Mistral */
	{ .after = "/v1/chat", .provider = "writer" },
	{ .after = "/text/chat", .provider = "ibm.watsonx.ai" },
	{ .after = "/text/chat_stream", .provider = "ibm.watsonx.ai" },
	{ .after = "/cortex/inference:complete", .provider = "snowflake" },
	{ .before = "/serving-endpoints/", .after = "/invocations", .provider = "databricks" },
};

const struct dialect dialect_openai_chat = {
	.name = "openai.chat",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_MESSAGES),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.fits = fits,
	.settle = settle,
};

/* The same answer to a prompt and what follows it. */
static const struct path_rule fim_paths[] = { { .after = "/fim/completions" } };

const struct dialect dialect_mistral_fim = {
	.name = "mistral.fim",
	.operation = OPERATION_TEXT_COMPLETION,
	.paths = fim_paths,
	.path_count = ARRAY_SIZE(fim_paths),
	.request_needs = SAW(EVIDENCE_PROMPT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.path_only = true,
	.fits = fits,
	.settle = settle,
};
