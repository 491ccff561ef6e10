/* SPDX-License-Identifier: Apache-2.0 */
/* Why an answer ended, in one vocabulary: providers spell some forty finish reasons. */
#ifndef PROMTAP_LLM_FINISH_H
#define PROMTAP_LLM_FINISH_H

#include "llm/call.h"

/* In order: of an answer with several choices the last kind is the answer's. */
enum finish_kind {
	FINISH_UNKNOWN = 0,	/* none is on the wire */
	FINISH_STOP,		/* the model came to its end, or to a stop sequence */
	FINISH_TOOL_CALLS,	/* the client is to run a tool */
	FINISH_OTHER,		/* not yet, or what nobody knows */
	FINISH_LENGTH,		/* cut at a limit */
	FINISH_FILTER,		/* held back by a filter */
	FINISH_REFUSAL,		/* the model declined */
	FINISH_MAX
};
extern const char *const finish_kind_names[FINISH_MAX];	/* "unknown", "stop", ... */

enum finish_kind finish_kind_of(const char *reason);

/* The gravest kind of the call's choices. Gemini, Ollama and Responses end a tool call with their word for stop. */
enum finish_kind call_finish_kind(const struct call *call);

#endif
