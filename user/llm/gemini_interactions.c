/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemini.interactions. Events come in two spellings: interaction.created ...
 * step.* ... interaction.completed, and the older interaction.start ...
 * content.* ... interaction.complete. Usage is a running total, of the whole
 * interaction, in snake_case or (Vertex) camelCase; thoughts stand beside the
 * output, prompts that tools made beside the input.
 */
#include "base/cleanup.h"
#include "llm/dialects.h"

#define MODALITIES(at, list)                       \
	{ at, list },                              \
	{ at ".modality", FACT_PART_KIND },        \
	{ at ".tokens", FACT_PART_AMOUNT }

#define GROUNDING(at)                              \
	{ at, FACT_GROUNDING_PART },               \
	{ at ".type", FACT_PART_KIND },            \
	{ at ".count", FACT_PART_AMOUNT }

#define USAGE(at)                                                                  \
	{ at "total_input_tokens", FACT_COUNT + COUNT_INPUT },                     \
	{ at "totalInputTokens", FACT_COUNT + COUNT_INPUT },                       \
	{ at "total_tool_use_tokens", FACT_COUNT + COUNT_TOOL_INPUT },             \
	{ at "totalToolUseTokens", FACT_COUNT + COUNT_TOOL_INPUT },                \
	{ at "total_cached_tokens", FACT_COUNT + COUNT_CACHE_READ },               \
	{ at "totalCachedTokens", FACT_COUNT + COUNT_CACHE_READ },                 \
	{ at "total_output_tokens", FACT_COUNT + COUNT_OUTPUT },                   \
	{ at "totalOutputTokens", FACT_COUNT + COUNT_OUTPUT },                     \
	{ at "total_thought_tokens", FACT_COUNT + COUNT_REASONING },               \
	{ at "totalThoughtTokens", FACT_COUNT + COUNT_REASONING },                 \
	{ at "total_reasoning_tokens", FACT_COUNT + COUNT_REASONING_ALT },    /* its former name */ \
	{ at "total_tokens", FACT_COUNT + COUNT_TOTAL },                           \
	{ at "totalTokens", FACT_COUNT + COUNT_TOTAL },                            \
	MODALITIES(at "input_tokens_by_modality[]", FACT_INPUT_PART),              \
	MODALITIES(at "inputTokensByModality[]", FACT_INPUT_PART),                 \
	MODALITIES(at "tool_use_tokens_by_modality[]", FACT_INPUT_PART),           \
	MODALITIES(at "toolUseTokensByModality[]", FACT_INPUT_PART),               \
	MODALITIES(at "cached_tokens_by_modality[]", FACT_CACHE_PART),             \
	MODALITIES(at "cachedTokensByModality[]", FACT_CACHE_PART),                \
	MODALITIES(at "output_tokens_by_modality[]", FACT_OUTPUT_PART),            \
	MODALITIES(at "outputTokensByModality[]", FACT_OUTPUT_PART),               \
	GROUNDING(at "grounding_tool_count[]"),                                    \
	GROUNDING(at "groundingToolCount[]")

#define INTERACTION(at)                            \
	{ at "id", FACT_ID },                      \
	{ at "object", FACT_OBJECT },              \
	{ at "model", FACT_MODEL },                \
	{ at "status", FACT_STATUS },              \
	{ at "service_tier", FACT_SERVICE_TIER },  \
	{ at "serviceTier", FACT_SERVICE_TIER },   \
	USAGE(at "usage.")

/* The code is a word, or a number with the word in "status" (wire-formats section 7.7). */
#define ERRORS                                  \
	{ "error", FACT_ERROR },                \
	{ "error.status", FACT_ERROR_TYPE },    \
	{ "error.code", FACT_ERROR_CODE },      \
	{ "error.message", FACT_ERROR_MESSAGE }

#define ITEMS(at)                               \
	{ at, FACT_ITEM },                      \
	{ at ".type", FACT_ITEM_TYPE },         \
	{ at ".name", FACT_ITEM_NAME }

/* A step holds contents, an output is one. */
#define TEXTS(at)                               \
	{ at, FACT_TEXT },                      \
	{ at ".text", FACT_TEXT },              \
	{ at ".content[].text", FACT_TEXT },    \
	{ at ".summary[].text", FACT_TEXT },    \
	{ at ".arguments.**", FACT_ARGS },      \
	{ at ".result", FACT_RESULT },          \
	{ at ".result[].text", FACT_RESULT }

#define EVENT_ITEM(at)                          \
	{ at, FACT_EVENT_ITEM },                \
	{ at ".type", FACT_ITEM_TYPE },         \
	{ at ".name", FACT_ITEM_NAME },         \
	{ at ".id", FACT_ITEM_ID }

static const struct json_field response[] = {
	INTERACTION(""),
	ITEMS("steps[]"),
	TEXTS("steps[]"),
	ITEMS("outputs[]"),
	TEXTS("outputs[]"),
	ERRORS,
};

static const struct json_field event[] = {
	{ "event_type", FACT_TYPE },
	{ "eventType", FACT_TYPE },
	INTERACTION("interaction."),
	USAGE("metadata.usage."),
	{ "index", FACT_EVENT_INDEX },
	EVENT_ITEM("step"),
	EVENT_ITEM("content"),
	{ "content.text", FACT_OUTPUT },
	{ "delta.type", FACT_ITEM_TYPE },
	{ "delta.name", FACT_ITEM_NAME },
	{ "delta.id", FACT_ITEM_ID },
	{ "delta.text", FACT_OUTPUT },
	{ "delta.content.text", FACT_OUTPUT },	/* a summary of thoughts */
	{ "delta.data", FACT_OUTPUT_DATA },	/* image or sound */
	{ "delta.arguments.**", FACT_OUTPUT_ARGS },
	ERRORS,
};

static bool fits(const struct document *document)
{
	return strcmp(document->object, "interaction") == 0 ||
	       slice_starts(slice_of(document->type), SLICE("interaction."));
}

static void take_finish(struct document *document)
{
	memcpy(document->stop_reason, document->status, sizeof(document->stop_reason));
	document_one_choice(document);
}

static bool is_last(const struct document *document)
{
	static const char *const first[] = { "interaction.created", "interaction.start", "interaction.status_update" };
	struct slice type = slice_of(document->type);

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		if (slice_eq(type, slice_of(first[i])))
			return false;
	/* One word for each state that it may end in. */
	return slice_starts(type, SLICE("interaction."));
}

/* In the older spelling the delta names the function that is to be called. */
static void take_delta(struct document *document)
{
	if (document->has_event_item || strcmp(document->item.type, "function_call") != 0)
		return;
	document->event_item = document->item;
	document->has_event_item = true;
}

static bool settle_event(struct document *document)
{
	take_delta(document);
	if (document->has_event_item && document->event_item.name[0])
		document->output = true;
	if (strcmp(document->type, "error") == 0)
		document_is_error(document);
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
	take_finish(document);
	return false;
}

static const struct path_rule paths[] = { { .after = "/interactions" } };

const struct dialect dialect_gemini_interactions = {
	.name = "gemini.interactions",
	.operation = OPERATION_GENERATE_CONTENT,
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.request_needs = SAW(EVIDENCE_INPUT),
	.response = response,
	.response_count = ARRAY_SIZE(response),
	.event = event,
	.event_count = ARRAY_SIZE(event),
	.reasoning_beside = true,
	.fits = fits,
	.settle = settle,
};
