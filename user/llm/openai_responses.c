/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai.responses. A response has no choices: its status, or the reason why
 * it is incomplete, stands for the finish reason. The stream ends with an event
 * that repeats the whole response and alone has the usage.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define RESPONSE(at)                                                                    \
	{ at "id", FACT_ID },                                                           \
	{ at "object", FACT_OBJECT },                                                   \
	{ at "model", FACT_MODEL },                                                     \
	{ at "service_tier", FACT_SERVICE_TIER },                                       \
	{ at "status", FACT_STATUS },                                                   \
	{ at "incomplete_details.reason", FACT_STOP_REASON },                           \
	{ at "output[]", FACT_ITEM },                                                   \
	{ at "output[].type", FACT_ITEM_TYPE },                                         \
	{ at "output[].name", FACT_ITEM_NAME },                                         \
	{ at "output[]", FACT_TEXT },                                                   \
	{ at "output[].content[].text", FACT_TEXT },                                    \
	{ at "output[].content[].refusal", FACT_TEXT },                                 \
	{ at "output[].content[].refusal", FACT_REFUSAL },                              \
	{ at "output[].summary[].text", FACT_TEXT },                                    \
	{ at "output[].arguments.**", FACT_ARGS },                                        \
	{ at "output[].input", FACT_ARGS },                                             \
	{ at "output[].code", FACT_ARGS },                                              \
	{ at "output[].output", FACT_RESULT },	/* of tools that the provider runs */   \
	{ at "output[].outputs[].logs", FACT_RESULT },                                  \
	{ at "output[].results[].text", FACT_RESULT },                                  \
	{ at "output[].action.type", FACT_ITEM_ACTION },                                \
	{ at "usage.input_tokens", FACT_COUNT + COUNT_INPUT },                          \
	{ at "usage.output_tokens", FACT_COUNT + COUNT_OUTPUT },                        \
	{ at "usage.total_tokens", FACT_COUNT + COUNT_TOTAL },                          \
	{ at "usage.input_tokens_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ }, \
	{ at "usage.input_token_details.cached_tokens", FACT_COUNT + COUNT_CACHE_READ_ALT }, \
	{ at "usage.input_tokens_details.cache_write_tokens", FACT_COUNT + COUNT_CACHE_WRITE }, \
	{ at "usage.output_tokens_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING }, \
	{ at "usage.output_token_details.reasoning_tokens", FACT_COUNT + COUNT_REASONING_ALT }, \
	CHARGES(at "usage."),                                                           \
	{ at "error", FACT_ERROR },                                                     \
	{ at "error.type", FACT_ERROR_TYPE },                                           \
	{ at "error.code", FACT_ERROR_CODE },                                           \
	{ at "error.message", FACT_ERROR_MESSAGE }

static const struct json_field response[] = {
	RESPONSE(""),
	{ "output[].content[].logprobs[].logprob", FACT_LOGPROB },
};

static const struct json_field event[] = {
	{ "type", FACT_TYPE },
	{ "delta", FACT_DELTA },
	{ "logprobs[].logprob", FACT_LOGPROB },
	{ "output_index", FACT_EVENT_INDEX },
	{ "item", FACT_EVENT_ITEM },
	{ "item.type", FACT_ITEM_TYPE },
	{ "item.name", FACT_ITEM_NAME },
	{ "item.call_id", FACT_ITEM_ID },
	RESPONSE("response."),
	{ "response_id", FACT_ID },
	{ "status", FACT_STATUS_CODE },
	{ "status_code", FACT_STATUS_CODE },
	{ "error", FACT_ERROR },
	{ "error.type", FACT_ERROR_TYPE },
	{ "error.code", FACT_ERROR_CODE },
	{ "error.message", FACT_ERROR_MESSAGE },
	{ "code", FACT_EVENT_CODE },
	{ "message", FACT_EVENT_MESSAGE },
};

static bool fits(const struct document *document)
{
	return strcmp(document->object, "response") == 0 || slice_starts(slice_of(document->type), SLICE("response."));
}

static void take_finish(struct document *document)
{
	const char *reason = document->stop_reason[0] ? document->stop_reason : document->status;

	document->choice_count = 1;
	document->choices[0].index = 0;
	memcpy(document->choices[0].finish_reason, reason, FINISH_REASON_BYTES);
}

static bool is_last(const struct document *document)
{
	static const char *const last[] = { "response.completed", "response.incomplete", "response.failed" };

	for (size_t i = 0; i < ARRAY_SIZE(last); i++)
		if (strcmp(document->type, last[i]) == 0)
			return true;
	return false;
}

static bool settle_event(struct document *document)
{
	if (slice_ends(slice_of(document->type), SLICE(".delta")))
		document->output |= document->delta;
	if (strcmp(document->type, "response.output_text.delta") != 0)	/* .done repeats them */
		document->probabilities = (struct probabilities){ .mean_log = 1 };
	/* The name of a tool is generated; the end of the item only repeats it. */
	if (strcmp(document->type, "response.output_item.added") == 0 && document->event_item.name[0])
		document->output = true;
	if (strcmp(document->type, "error") == 0) {
		document->failed = true;
		if (!document->error.type[0] && !document->error.code[0])
			document->error = document->event_error;
	}
	if (!is_last(document))
		return false;
	take_finish(document);
	return true;
}

static bool settle(struct document *document, bool is_event)
{
	document->failed |= strcmp(document->status, "failed") == 0;
	if (is_event)
		return settle_event(document);
	if (document->status[0])
		take_finish(document);
	return false;
}

static const struct path_rule paths[] = { { .after = "/responses" } };

/* ---- over a WebSocket: requests one after another, the same events ---- */

static const struct json_field client[] = {
	{ "type", FACT_TYPE },
	{ "model", FACT_MODEL },
	{ "response.model", FACT_MODEL },
};

static enum session_act on_client(struct document *document)
{
	return strcmp(document->type, "response.create") == 0 ? SESSION_ASKS : SESSION_NOTHING;
}

static enum session_act on_server(const struct document *document)
{
	if (strcmp(document->type, "error") == 0)
		return SESSION_FAILS;
	if (strcmp(document->type, "response.created") == 0 || strcmp(document->type, "response.queued") == 0)
		return SESSION_BEGINS;
	return is_last(document) ? SESSION_ENDS : SESSION_CONTINUES;
}

static const struct session_dialect session = {
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.client = client,
	.client_count = ARRAY_SIZE(client),
	.on_client = on_client,
	.on_server = on_server,
	.only_asks = true,
};

const struct dialect dialect_openai_responses = {
	.name = "openai.responses",
	.operation = OPERATION_CHAT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.session = &session,
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.fits = fits,
	.settle = settle,
};
