/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of one JSON document while it is read: a request, a response, or
 * one event of a stream. Bounded, whatever the document's size. Complete at
 * any time: a document that was cut gives what stood before the cut.
 */
#ifndef PROMTAP_LLM_DOCUMENT_H
#define PROMTAP_LLM_DOCUMENT_H

#include "json/json.h"
#include "llm/estimate.h"
#include "llm/facts.h"

#define ERROR_WORD_BYTES 64
#define ERROR_MESSAGE_BYTES 192	/* known phrases stand at the beginning */
#define SCRATCH_BYTES 256	/* of one string; no fact is longer */
#define DELTAS_MAX 32		/* pieces of tool calls in one event */
#define DOCUMENT_TOOLS_MAX 16
#define INDEX_FUNCTION_CALL UINT32_MAX	/* in place of an index: the legacy form has none */

struct error_facts {
	char type[ERROR_WORD_BYTES], code[ERROR_WORD_BYTES];
	char message[ERROR_MESSAGE_BYTES];
};

struct tool_delta {
	uint32_t element;	/* of choices[] in this document */
	uint32_t index;
	uint32_t id_hash;	/* 0: the piece has no id */
	bool named;
	bool placed;		/* it says its index; else it is the place in the array */
};

struct item {
	uint32_t index;
	uint32_t id_hash;	/* 0: none */
	bool failed, tool_failed;
	int64_t error_code;	/* 0: none */
	char type[40];
	char name[TOOL_NAME_BYTES];
	char action[16];
};

/* Of generated tokens. */
struct probabilities {
	double sum;
	uint64_t count;
	double mean_log;	/* where they do not stand one by one; 1: not said, for none is above 0 */
};

struct document {
	unsigned int evidence;
	bool output;		/* carries generated output */
	bool delta;
	bool failed;		/* an error that is not null */
	bool refused;		/* the answer is, or holds, a refusal by its own account */
	bool no_call;		/* settle found that nothing was asked of the model */
	unsigned int marks;
	uint32_t event_hash;	/* of FACT_EVENT_ID; 0: none */
	int64_t status_code;

	char model[MODEL_BYTES], id[RESPONSE_ID_BYTES];
	char other_model[MODEL_BYTES];
	struct terms terms;
	char object[32], type[64], status[FINISH_REASON_BYTES];
	char stop_reason[FINISH_REASON_BYTES];
	char fingerprint[FINGERPRINT_BYTES];
	struct error_facts error, event_error;

	/* By element of choices[]. */
	struct {
		uint32_t index;
		bool placed;	/* it says its index; else it is the place in the array */
		char finish_reason[FINISH_REASON_BYTES];
	} choices[FINISH_REASONS_MAX];
	uint32_t choice_count;

	uint32_t whole_tools;	/* tool calls that came whole */
	struct tool_delta deltas[DELTAS_MAX];
	uint32_t delta_count;
	uint32_t deltas_over;	/* named pieces beyond DELTAS_MAX */
	char tools[DOCUMENT_TOOLS_MAX][TOOL_NAME_BYTES];
	uint32_t tool_count;

	struct item item;	/* being read; the document itself, where that is one */
	struct item event_item;
	bool has_event_item, has_event_index;
	uint32_t event_index;	/* the place of event_item */

	int64_t counts[COUNT_MAX];
	struct {
		char kind[16];
		int64_t amount;
	} part;			/* being read */
	int64_t cost_pico_usd, upstream_pico_usd;	/* CALL_UNKNOWN: not said */
	bool own_key;
	int64_t audio_ms;
	struct probabilities probabilities;
	uint32_t images;
	int64_t characters;	/* of FACT_INPUT, if that is a text */
	struct text_size prompt, generated;
	uint64_t json_bytes;	/* of FACT_TEXT_JSON, */
	uint64_t json_offset;	/* ... and where the one being read began */
	bool in_json;		/* one is being read: texts in it count with it */
	enum text_where speaker;	/* as the role of the message being read says; WHERE_UNKNOWN: not yet */
	uint32_t messages;	/* with a role that exists */
	enum call_operation operation;	/* settle may set another than the dialect's */

	/* Of the string being read. */
	size_t scratch_len;
	char scratch[SCRATCH_BYTES];
};

/* Called for each element of an array of items: item->index is its place. */
typedef void (*item_fn)(void *ctx, const struct item *item);

void document_init(struct document *document);
/* The fact that a header of the answer says. */
void document_take_header(struct document *document, unsigned int id, struct slice value);
/* FACT_STOP_REASON is the finish reason of the only choice. */
void document_one_choice(struct document *document);
/* The document itself is an error, whatever it holds. */
void document_is_error(struct document *document);
/* The tool call of which a piece is being read; null: none. */
const struct tool_delta *document_tool(const struct document *document);
/* One value, or a piece of one. */
void document_take(struct document *document, const struct json_value *value, item_fn on_item, void *ctx);

#endif
