/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be learnt from a JSON document of an LLM call, whatever its
 * dialect. A dialect is little more than a table of paths to these facts; one
 * collector (document.c) keeps them, one assembly (assembly.c) makes the call
 * of them.
 */
#ifndef PROMTAP_LLM_FACTS_H
#define PROMTAP_LLM_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "llm/call.h"

/* The payload's own counts, before the arithmetic of wire-formats section 3.
 * Servers spell several; the ALT of a count stands only where it is absent. */
enum count {
	COUNT_INPUT = 0,
	COUNT_INPUT_ALT,
	COUNT_OUTPUT,
	COUNT_OUTPUT_ALT,
	COUNT_TOTAL,
	COUNT_CACHE_READ,
	COUNT_CACHE_READ_ALT,
	COUNT_CACHE_WRITE,
	COUNT_CACHE_WRITE_ALT,
	COUNT_CACHE_WRITE_5M,
	COUNT_CACHE_WRITE_1H,
	COUNT_REASONING,
	COUNT_REASONING_ALT,
	COUNT_AUDIO_INPUT,
	COUNT_AUDIO_OUTPUT,
	COUNT_IMAGE_INPUT,
	COUNT_IMAGE_OUTPUT,
	COUNT_TOOL_INPUT,	/* of prompts that tools of the provider made; beside the input */
	COUNT_SEARCH_UNITS,
	COUNT_WEB_SEARCHES,
	COUNT_CACHE_READ_AUDIO,
	COUNT_MAX
};

enum fact {
	FACT_NONE = 0,

	/* Evidence: that a key is there tells the shape. FACT_EVIDENCE + EVIDENCE_x. */
	FACT_EVIDENCE,
	FACT_EVIDENCE_LAST = FACT_EVIDENCE + 31,

	/* Marks: that a key is there, and not false. FACT_MARK + a bit of the dialect's own. */
	FACT_MARK,
	FACT_MARK_LAST = FACT_MARK + 15,

	/* Strings. */
	FACT_MODEL,
	FACT_ID,
	FACT_SERVICE_TIER,
	FACT_OBJECT,		/* what the document says that it is: OpenAI's "object" */
	FACT_TYPE,		/* ... and "type" of documents and events */
	FACT_SPEED,
	FACT_INFERENCE_GEO,
	FACT_SEARCH_CONTEXT,	/* the size of it */
	FACT_IMAGE_SIZE,
	FACT_IMAGE_QUALITY,
	FACT_STATUS,		/* of the answer as a whole (Responses) */
	FACT_STOP_REASON,	/* of an answer with one choice; why it is incomplete */
	FACT_FINGERPRINT,	/* of the configuration that answered: OpenAI's "system_fingerprint" */
	FACT_ERROR_TYPE,
	FACT_ERROR_CODE,	/* may be a number */
	FACT_ERROR_MESSAGE,	/* content: looked at for known phrases, never kept */
	FACT_EVENT_CODE,	/* the same at the top level of an event whose type says "error" */
	FACT_EVENT_MESSAGE,

	FACT_COST_USD,		/* what the provider says that it charges: a decimal number */
	FACT_COST_TICKS,	/* the same in units of 1e-10 USD: xAI */
	FACT_COST_UPSTREAM_USD,	/* what the vendor behind a gateway charges for it: to the customer, if the key is ... */
	FACT_OWN_KEY,		/* ... the customer's own: true or false */
	FACT_SECONDS,		/* of sound that is charged for: a decimal number */

	FACT_LOGPROB,		/* of one generated token: its natural logarithm */
	FACT_PROBABILITY,	/* the same, 0 to 1 */
	FACT_MEAN_LOGPROB,	/* of all of them, where they do not stand one by one */
	FACT_REFUSAL,		/* the text of a refusal, in a field of its own; that it is not empty */

	FACT_IMAGE,		/* one that was made: an object, or its bytes or place as text */
	FACT_INPUT,		/* of the request: what is embedded, spoken, or answered; a string is a text of the user's */
	FACT_OTHER_MODEL,	/* beside the model of a session: the one that writes down what is heard */
	FACT_EVENT_ID,		/* of a message of a session's client, or of the one that an error is about */
	FACT_STATUS_CODE,	/* in place of an HTTP status: a number */

	FACT_ROLE,		/* of a message of the request, or of the answer */
	FACT_SPEAKER,		/* the same, where it is no evidence of a message */
	FACT_ERROR,		/* object or text that says that the call failed */

	/* Texts: where they stand in a call (text_reader.h), and their size, where
	 * tokens are estimated. A string is a text, or a container: all strings of
	 * the same fact in it are one text then. (An array of prompts is a batch:
	 * of FACT_PROMPT only objects are.) Not looked for where nobody asks. */
	FACT_PROMPT,		/* of a request: of the role in the same object, else of the user */
	FACT_PROMPT_OR_DATA,	/* the same, unless it is base64 */
	FACT_SYSTEM,		/* what rules the answer */
	FACT_TOOL,		/* names and descriptions of a tool and its parameters */
	FACT_TOOL_FUNCTION,	/* the same of one of a tool's functions, which are texts of their own */
	FACT_EARLIER,		/* an answer that a request repeats; of a message with no role */
	FACT_RESULT,		/* of a tool; a document */
	FACT_RESULT_OR_DATA,	/* the same, unless it is base64 */
	FACT_ARGS,		/* of a tool call; in events FACT_OUTPUT_ARGS does */
	FACT_TEXT,		/* of a whole answer; in events FACT_OUTPUT and FACT_DELTA do */

	/* Generated output: what ends the time to the first token. In an event it
	 * continues the text of the same choice, item and tool call. */
	FACT_OUTPUT,		/* any text that is not empty */
	FACT_OUTPUT_ARGS,	/* the same: arguments of a tool call */
	FACT_DELTA,		/* the same, if the event's type says that it is output; pieces of one text in any document */
	FACT_HEARD,		/* no output: what the user said, as events write it down */

	FACT_OUTPUT_DATA,	/* output that is no text: base64, or what stands elsewhere, too */
	FACT_OUTPUT_BASE64,	/* FACT_OUTPUT, in base64 */
	FACT_TEXT_JSON,		/* for its size: a container that the model reads or writes as it stands */

	/* Choices: "choices[]" and what is in it. */
	FACT_CHOICE,
	FACT_CHOICE_INDEX,
	FACT_FINISH_REASON,
	FACT_FINISH_REASON_ALT,	/* stands only where there is no other */

	/* Tool calls of a choice. In a stream pieces of one share its index. */
	FACT_TOOL_CALL,		/* a whole one */
	FACT_TOOL_DELTA,	/* a piece of one */
	FACT_FUNCTION_DELTA,	/* the same in the legacy form, one call for each choice */
	FACT_FUNCTION_NAME,	/* a whole call in the legacy form, which some servers send empty */
	FACT_TOOL_INDEX,
	FACT_TOOL_ID,
	FACT_TOOL_NAME,

	/* Items: blocks of Messages, output items of Responses, messages of JSON-RPC
	 * (type: the method, name: the tool's). */
	FACT_ITEM,		/* an element of the array of them */
	FACT_EVENT_ITEM,	/* the one that an event is about */
	FACT_EVENT_INDEX,	/* its place in the array */
	FACT_ITEM_TYPE,
	FACT_ITEM_NAME,
	FACT_ITEM_ACTION,	/* what a search of the provider's did */
	FACT_ITEM_ID,
	FACT_ITEM_FAILED,	/* an object: the item is an error */
	FACT_ITEM_ERROR_CODE,	/* a number */
	FACT_ITEM_TOOL_FAILED,	/* true: the tool says so */

	FACT_GRPC_STATUS,	/* of a header or trailer */

	/* Lists that break a count down: an element of one, and what is in it. */
	FACT_INPUT_PART,
	FACT_CACHE_PART,
	FACT_OUTPUT_PART,
	FACT_GROUNDING_PART,	/* what the provider looked up, how often */
	FACT_PART_KIND,
	FACT_PART_AMOUNT,

	/* Each + enum count. */
	FACT_COUNT,				/* the number itself; the last of a document stands */
	FACT_SUM = FACT_COUNT + COUNT_MAX,	/* numbers to be added up */
	FACT_EACH = FACT_SUM + COUNT_MAX,	/* texts to be counted, empty ones left out */
	FACT_MAX = FACT_EACH + COUNT_MAX
};

/* What the price of a call depends on beside its model; "": not said. */
struct terms {
	char service_tier[24], speed[16], inference_geo[16];
	char search_context[16], image_size[16], image_quality[16];
};

/* How gateways and vendors say what they charge, in the usage of any dialect. */
#define CHARGES(usage)                                                            \
	{ usage "cost", FACT_COST_USD },                                          \
	{ usage "cost.total_cost", FACT_COST_USD },	/* Perplexity */          \
	{ usage "cost_in_usd_ticks", FACT_COST_TICKS },                           \
	{ usage "cost_details.upstream_inference_cost", FACT_COST_UPSTREAM_USD }, \
	{ usage "is_byok", FACT_OWN_KEY }

/* Bits of the keys that were seen. */
enum evidence {
	EVIDENCE_MODEL = 0,
	EVIDENCE_MESSAGES,	/* a message with a role that exists */
	EVIDENCE_INPUT,
	EVIDENCE_PROMPT,
	EVIDENCE_MAX_TOKENS,
	EVIDENCE_FILE,
	EVIDENCE_CHOICES,	/* choices with a message, a delta or a text */
	EVIDENCE_EMBEDDING,
	EVIDENCE_TEXT,		/* a transcript */
	EVIDENCE_IMAGE,
	EVIDENCE_SOUND,
	EVIDENCE_FLAGGED,	/* a verdict of a moderation */
	EVIDENCE_OUTPUT_ITEMS,
	EVIDENCE_BEDROCK,	/* keys that only Amazon's own answers have */
	EVIDENCE_STOP_REASON,	/* the key, whatever its value */
	EVIDENCE_ASSISTANT,	/* the document is a message of the assistant */
	EVIDENCE_ERROR,
	EVIDENCE_USAGE,		/* at least one count */
	EVIDENCE_JSONRPC,
	EVIDENCE_AGENT_MESSAGE,	/* of A2A */
	EVIDENCE_CONTENTS,	/* of Gemini's requests: content in parts */
	EVIDENCE_GEMINI,	/* a key that only Gemini's answers have */
	EVIDENCE_VECTOR,	/* an embedding as Google writes it */
	EVIDENCE_SHAPE,		/* a key, or a header, that only answers of this one dialect have; on path_only dialects */
	EVIDENCE_INPUTS,	/* TGI's, and what stands in its place in other families */
	EVIDENCE_MESSAGE,	/* a single text in place of messages */
	EVIDENCE_QUERY,
	EVIDENCE_DOCUMENTS,	/* to be ranked, or ranked */
	EVIDENCE_TEXTS,
	EVIDENCE_MAX
};
_Static_assert((int)EVIDENCE_MAX <= FACT_EVIDENCE_LAST - FACT_EVIDENCE, "evidence bits");

#define SAW(evidence) (1u << (evidence))

static inline bool fact_is_text(unsigned int id)
{
	return id >= FACT_PROMPT && id <= FACT_HEARD;
}

#endif
