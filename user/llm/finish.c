/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/finish.h"

#include <strings.h>

#include "base/cleanup.h"
#include "llm/error.h"

const char *const finish_kind_names[FINISH_MAX] = {
	[FINISH_UNKNOWN] = "unknown",
	[FINISH_STOP] = "stop",
	[FINISH_TOOL_CALLS] = "tool_calls",
	[FINISH_OTHER] = "other",
	[FINISH_LENGTH] = "length",
	[FINISH_FILTER] = "content_filter",
	[FINISH_REFUSAL] = "refusal",
};

/* In capitals or not; those of a filter are in error.c. Sources: the references of each API. */
static const struct {
	const char *reason;
	enum finish_kind kind;
} reasons[] = {
	{ "stop", FINISH_STOP },	   { "end_turn", FINISH_STOP },	      { "stop_sequence", FINISH_STOP },
	{ "completed", FINISH_STOP },	   { "complete", FINISH_STOP },	      { "eos_token", FINISH_STOP },
	{ "eos", FINISH_STOP },		   { "finish", FINISH_STOP },	      { "end_of_text", FINISH_STOP },
	{ "endoftext", FINISH_STOP },	   { "stop_token", FINISH_STOP },     { "end_of_turn", FINISH_STOP },
	{ "tool_calls", FINISH_TOOL_CALLS }, { "tool_use", FINISH_TOOL_CALLS }, { "tool_call", FINISH_TOOL_CALLS },
	{ "function_call", FINISH_TOOL_CALLS },
	{ "length", FINISH_LENGTH },	   { "max_tokens", FINISH_LENGTH },   { "max_output_tokens", FINISH_LENGTH },
	{ "maximum_tokens", FINISH_LENGTH }, { "model_length", FINISH_LENGTH }, { "max_length", FINISH_LENGTH },
	{ "token_limit", FINISH_LENGTH },  { "limit", FINISH_LENGTH },
	{ "model_context_window_exceeded", FINISH_LENGTH },
	{ "refusal", FINISH_REFUSAL },
};

enum finish_kind finish_kind_of(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strcasecmp(reason, reasons[i].reason) == 0)
			return reasons[i].kind;
	if (error_is_filter(reason))
		return FINISH_FILTER;
	return *reason ? FINISH_OTHER : FINISH_UNKNOWN;
}

enum finish_kind call_finish_kind(const struct call *call)
{
	enum finish_kind worst = FINISH_UNKNOWN;

	for (uint32_t i = 0; i < call->finish_reason_count; i++) {
		enum finish_kind kind = finish_kind_of(call->finish_reasons[i]);

		worst = kind > worst ? kind : worst;
	}
	if (worst == FINISH_STOP && call->tool_calls > 0)
		return FINISH_TOOL_CALLS;
	return worst;
}
