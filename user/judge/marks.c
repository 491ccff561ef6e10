/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/marks.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

/* In a mark: error; refusal (0 unknown, 1 no, 2 yes); how it ended. */
#define MARK_ERROR 1u
#define REFUSAL_SHIFT 1
#define REFUSAL_MASK 3u
#define FINISH_SHIFT 3
#define FINISH_MASK 7u

enum {
	REFUSAL_UNKNOWN = 0,
	REFUSAL_NO,
	REFUSAL_YES,
};

/* As the providers spell them, without regard to case: OpenAI, Anthropic, Gemini, Bedrock, Cohere, Mistral, Ollama. */
static const struct {
	const char *name;
	enum finish finish;
} finish_names[] = {
	{ "stop", FINISH_STOP },
	{ "end_turn", FINISH_STOP },
	{ "stop_sequence", FINISH_STOP },
	{ "completed", FINISH_STOP },
	{ "complete", FINISH_STOP },
	{ "finish", FINISH_STOP },
	{ "eos", FINISH_STOP },
	{ "eos_token", FINISH_STOP },
	{ "tool_calls", FINISH_TOOL_CALLS },
	{ "tool_call", FINISH_TOOL_CALLS },
	{ "tool_use", FINISH_TOOL_CALLS },
	{ "function_call", FINISH_TOOL_CALLS },
	{ "length", FINISH_LENGTH },
	{ "max_tokens", FINISH_LENGTH },
	{ "max_output_tokens", FINISH_LENGTH },
	{ "model_length", FINISH_LENGTH },
	{ "model_context_window_exceeded", FINISH_LENGTH },
	{ "content_filter", FINISH_FILTER },
	{ "content_filtered", FINISH_FILTER },
	{ "guardrail_intervened", FINISH_FILTER },
	{ "safety", FINISH_FILTER },
	{ "recitation", FINISH_FILTER },
	{ "blocklist", FINISH_FILTER },
	{ "prohibited_content", FINISH_FILTER },
	{ "spii", FINISH_FILTER },
	{ "refusal", FINISH_REFUSAL },
};

static enum finish finish_of(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(finish_names); i++)
		if (strcasecmp(reason, finish_names[i].name) == 0)
			return finish_names[i].finish;
	return *reason ? FINISH_OTHER : FINISH_UNKNOWN;
}

enum finish finish_of_call(const struct call *call)
{
	enum finish first = FINISH_UNKNOWN;

	for (uint32_t i = 0; i < call->finish_reason_count; i++) {
		enum finish finish = finish_of(call->finish_reasons[i]);

		if (finish > FINISH_TOOL_CALLS)
			return finish;
		if (first == FINISH_UNKNOWN)
			first = finish;
	}
	return first;
}

/* A call that failed has no answer that could refuse. */
static unsigned refusal_of_call(const struct call *call)
{
	if (call->refused || call->declined)
		return REFUSAL_YES;
	return call->error == ERROR_NONE ? REFUSAL_NO : REFUSAL_UNKNOWN;
}

uint8_t mark_of_call(const struct call *call)
{
	unsigned mark = call->error != ERROR_NONE ? MARK_ERROR : 0;

	mark |= refusal_of_call(call) << REFUSAL_SHIFT;
	mark |= (unsigned)finish_of_call(call) << FINISH_SHIFT;
	return (uint8_t)mark;
}

void marks_add(struct marks *marks, uint8_t mark)
{
	marks->bytes[marks->next] = mark;
	marks->next = marks->next + 1 == marks->capacity ? 0 : marks->next + 1;
	if (marks->count < marks->capacity)
		marks->count++;
}

/* -1: not known. */
static int category_of(uint8_t mark, enum drift_dimension dimension)
{
	switch (dimension) {
	case DRIFT_ERRORS:
		return mark & MARK_ERROR;
	case DRIFT_REFUSALS:
		return (int)(mark >> REFUSAL_SHIFT & REFUSAL_MASK) - REFUSAL_NO;
	default:
		return (int)(mark >> FINISH_SHIFT & FINISH_MASK) - FINISH_STOP;
	}
}

uint32_t marks_bad(enum drift_dimension dimension)
{
	uint32_t good = dimension == DRIFT_FINISH ? 1u << (FINISH_TOOL_CALLS - FINISH_STOP) | 1 : 1;

	return ~good;
}

void marks_count(const struct marks *marks, enum drift_dimension dimension, size_t skip, size_t n,
		 uint64_t ret[DRIFT_CATEGORIES_MAX])
{
	size_t counted = 0;

	memset(ret, 0, DRIFT_CATEGORIES_MAX * sizeof(*ret));
	for (size_t back = 0; back < marks->count && counted < n; back++) {
		size_t at = (marks->next + marks->capacity - 1 - back) % marks->capacity;
		int category = category_of(marks->bytes[at], dimension);

		if (category < 0)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		ret[category]++;
		counted++;
	}
}
