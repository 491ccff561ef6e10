/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the facts of one JSON document from the values of a json reader.
 * Strings are put together in one scratch buffer, for only one is open at a
 * time, and copied when they end; of duplicate keys the last stays.
 */
#include "llm/document.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "llm/error.h"
#include "llm/text.h"

_Static_assert(sizeof(((struct document *)0)->type) == ERROR_WORD_BYTES, "a type may become an error's");

/* Counts beyond this are not counts of tokens. */
#define TOKENS_MAX (1ull << 40)

/* A call that costs more, or lasts longer, does not exist. */
#define COST_USD_MAX 1e6
#define SECONDS_MAX 1e7
#define PICO_PER_USD 1e12
#define TICKS_PER_USD 1e10	/* xAI: what recorded answers come to at its list prices */
#define MS_PER_SECOND 1e3

#define LOGPROB_ROUNDING 1e-3	/* servers compute in half precision */

#define TEXT(member) { offsetof(struct document, member), sizeof(((struct document *)0)->member) }

/* Where the text of a fact goes. */
static const struct {
	size_t offset, size;
} texts[FACT_MAX] = {
	[FACT_MODEL] = TEXT(model),
	[FACT_OTHER_MODEL] = TEXT(other_model),
	[FACT_ID] = TEXT(id),
	[FACT_SERVICE_TIER] = TEXT(terms.service_tier),
	[FACT_SPEED] = TEXT(terms.speed),
	[FACT_INFERENCE_GEO] = TEXT(terms.inference_geo),
	[FACT_SEARCH_CONTEXT] = TEXT(terms.search_context),
	[FACT_IMAGE_SIZE] = TEXT(terms.image_size),
	[FACT_IMAGE_QUALITY] = TEXT(terms.image_quality),
	[FACT_OBJECT] = TEXT(object),
	[FACT_TYPE] = TEXT(type),
	[FACT_STATUS] = TEXT(status),
	[FACT_STOP_REASON] = TEXT(stop_reason),
	[FACT_FINGERPRINT] = TEXT(fingerprint),
	[FACT_ERROR] = TEXT(error.message),	/* where it is a text */
	[FACT_ERROR_TYPE] = TEXT(error.type),
	[FACT_ERROR_CODE] = TEXT(error.code),
	[FACT_ERROR_MESSAGE] = TEXT(error.message),
	[FACT_EVENT_CODE] = TEXT(event_error.code),
	[FACT_EVENT_MESSAGE] = TEXT(event_error.message),
	[FACT_ITEM_TYPE] = TEXT(item.type),
	[FACT_ITEM_NAME] = TEXT(item.name),
	[FACT_PART_KIND] = TEXT(part.kind),
	[FACT_ITEM_ACTION] = TEXT(item.action),
};

void document_init(struct document *document)
{
	/* Also wipes what was read last. */
	memset(document, 0, sizeof(*document));
	for (size_t i = 0; i < COUNT_MAX; i++)
		document->counts[i] = CALL_UNKNOWN;
	document->cost_pico_usd = CALL_UNKNOWN;
	document->upstream_pico_usd = CALL_UNKNOWN;
	document->audio_ms = CALL_UNKNOWN;
	document->probabilities.mean_log = 1;
	document->characters = CALL_UNKNOWN;
	document->status_code = CALL_UNKNOWN;
}

static bool known_role(struct slice role)
{
	static const char *const roles[] = { "user", "system", "assistant", "developer", "tool", "function" };

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (slice_eq(role, slice_of(roles[i])))
			return true;
	return false;
}

/* By whatever name: OpenAI's and Anthropic's, Gemini's, Cohere's, A2A's, Llama's. */
static const struct {
	const char *role;
	enum text_where where;
} speakers[] = {
	{ "user", WHERE_USER },		    { "human", WHERE_USER },	     { "role_user", WHERE_USER },
	{ "assistant", WHERE_ASSISTANT },   { "model", WHERE_ASSISTANT },    { "chatbot", WHERE_ASSISTANT },
	{ "role_agent", WHERE_ASSISTANT },  { "agent", WHERE_ASSISTANT },    { "ai", WHERE_ASSISTANT },
	{ "system", WHERE_SYSTEM },	    { "developer", WHERE_SYSTEM },   { "tool", WHERE_TOOL_RESULT },
	{ "function", WHERE_TOOL_RESULT },  { "ipython", WHERE_TOOL_RESULT }, { "observation", WHERE_TOOL_RESULT },
};

static void take_speaker(struct document *document, struct slice role)
{
	for (size_t i = 0; i < ARRAY_SIZE(speakers); i++)
		if (slice_caseeq(role, slice_of(speakers[i].role)))
			document->speaker = speakers[i].where;
}

static void take_role(struct document *document, struct slice role)
{
	take_speaker(document, role);
	if (slice_eq(role, SLICE("assistant")))
		document->evidence |= SAW(EVIDENCE_ASSISTANT);
	if (!known_role(role))
		return;
	document->evidence |= SAW(EVIDENCE_MESSAGES);
	document->messages++;
}

static bool tokens_of(const struct json_value *value, int64_t *ret)
{
	uint64_t count;

	if (!json_value_u64(value, &count) || count > TOKENS_MAX)
		return false;
	*ret = (int64_t)count;
	return true;
}

static void take_count(struct document *document, const struct json_value *value)
{
	if (tokens_of(value, &document->counts[value->id - FACT_COUNT]))
		document->evidence |= SAW(EVIDENCE_USAGE);
}

static void add_count(struct document *document, enum count count, int64_t more)
{
	int64_t *sum = &document->counts[count];

	*sum = (*sum != CALL_UNKNOWN ? *sum : 0) + more;
	if (*sum > (int64_t)TOKENS_MAX)
		*sum = TOKENS_MAX;
}

static void take_sum(struct document *document, const struct json_value *value)
{
	int64_t more;

	if (!tokens_of(value, &more))
		return;
	add_count(document, value->id - FACT_SUM, more);
	document->evidence |= SAW(EVIDENCE_USAGE);
}

static void take_status_code(struct document *document, const struct json_value *value)
{
	uint64_t code;

	if (json_value_u64(value, &code) && code >= 100 && code <= 599)
		document->status_code = (int64_t)code;
}

/* Rounded to the unit; `ret` stays as it is where that is no such amount. */
static void take_amount(const struct json_value *value, double max, double scale, int64_t *ret)
{
	double amount;

	if (json_value_double(value, &amount) && amount >= 0 && amount <= max)
		*ret = (int64_t)llround(amount * scale);
}

static void add_probability(struct document *document, double probability)
{
	document->probabilities.sum += probability;
	document->probabilities.count++;
}

/* A logarithm a little above 0 is one of 1 that was rounded; what is none at all is left out. */
static void take_probability(struct document *document, const struct json_value *value)
{
	double number;

	if (!json_value_double(value, &number) || !isfinite(number))
		return;
	if (value->id == FACT_PROBABILITY) {
		if (number >= 0 && number <= 1)
			add_probability(document, number);
		return;
	}
	if (number > LOGPROB_ROUNDING)
		return;
	number = number > 0 ? 0 : number;
	if (value->id == FACT_LOGPROB)
		add_probability(document, exp(number));
	else
		document->probabilities.mean_log = number;
}

/* A zero stands where others serve xAI's models, at prices of their own. */
static void take_ticks(struct document *document, const struct json_value *value)
{
	int64_t pico_usd = 0;

	take_amount(value, COST_USD_MAX * TICKS_PER_USD, PICO_PER_USD / TICKS_PER_USD, &pico_usd);
	if (pico_usd > 0)
		document->cost_pico_usd = pico_usd;
}

/* Code points: bytes that do not continue one. */
static void take_input(struct document *document, const struct json_value *value)
{
	if (value->type != JSON_NULL)
		document->evidence |= SAW(EVIDENCE_INPUT);
	if (value->type != JSON_STRING)
		return;
	if (!document->in_json)
		text_size_add(&document->prompt, value->text, value->len);
	if (value->first)
		document->characters = 0;
	for (size_t i = 0; i < value->len; i++)
		document->characters += ((unsigned char)value->text[i] & 0xc0) != 0x80;
}

static void take_error(struct document *document, const struct json_value *value)
{
	if (value->type == JSON_OBJECT || (value->type == JSON_STRING && value->len > 0)) {
		document->failed = true;
		document->evidence |= SAW(EVIDENCE_ERROR);
	}
}

/* Tells two ids apart without keeping them. */
static uint32_t hash_text(struct slice text)
{
	return text.len > 0 ? (uint32_t)hash_bytes(text.ptr, text.len, hash_seed()) | 1 : 0;
}

/* ---- parts of a count ---- */

/* Kinds that are priced apart. Enums are written by name, in capitals or not,
 * or by number: google.ai.generativelanguage.v1beta.Modality. */
static const struct {
	enum fact list;
	const char *name, *number;
	enum count count;
} kinds[] = {
	{ FACT_INPUT_PART, "AUDIO", "4", COUNT_AUDIO_INPUT },
	{ FACT_INPUT_PART, "IMAGE", "2", COUNT_IMAGE_INPUT },
	{ FACT_CACHE_PART, "AUDIO", "4", COUNT_CACHE_READ_AUDIO },
	{ FACT_OUTPUT_PART, "AUDIO", "4", COUNT_AUDIO_OUTPUT },
	{ FACT_OUTPUT_PART, "IMAGE", "2", COUNT_IMAGE_OUTPUT },
	{ FACT_GROUNDING_PART, "google_search", NULL, COUNT_WEB_SEARCHES },
};

static bool is_kind(const char *text, const char *name, const char *number)
{
	return strcasecmp(text, name) == 0 || (number && strcmp(text, number) == 0);
}

static void add_part(struct document *document, unsigned int list)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].list == list && is_kind(document->part.kind, kinds[i].name, kinds[i].number))
			add_count(document, kinds[i].count, document->part.amount);
}

static void take_part(struct document *document, const struct json_value *value)
{
	if (value->type != JSON_OBJECT)
		return;
	if (value->first) {
		document->part.kind[0] = '\0';
		document->part.amount = CALL_UNKNOWN;
	}
	if (value->last && document->part.amount != CALL_UNKNOWN)
		add_part(document, value->id);
}

/* ---- choices and their tool calls ---- */

static uint32_t element_of(const struct json_value *value)
{
	return value->index[0];
}

static bool index_of(const struct json_value *value, uint32_t *ret_index)
{
	uint64_t number;

	if (!json_value_u64(value, &number) || number >= INDEX_FUNCTION_CALL)
		return false;
	*ret_index = (uint32_t)number;
	return true;
}

static void begin_choice(struct document *document, const struct json_value *value)
{
	uint32_t element = element_of(value);

	if (element >= FINISH_REASONS_MAX)
		return;
	document->choices[element].index = element;
	document->choices[element].placed = false;
	document->choices[element].finish_reason[0] = '\0';
	document->choice_count = element + 1;
}

static void take_finish_reason(char reason[FINISH_REASON_BYTES], unsigned int id, struct slice text)
{
	if (text.len > 0 && (id == FACT_FINISH_REASON || !reason[0]))
		text_copy(reason, FINISH_REASON_BYTES, text);
}

static void take_choice(struct document *document, const struct json_value *value, struct slice text)
{
	uint32_t element = element_of(value);

	if (element >= document->choice_count)
		return;
	if (value->id == FACT_CHOICE_INDEX)
		document->choices[element].placed = index_of(value, &document->choices[element].index);
	else
		take_finish_reason(document->choices[element].finish_reason, value->id, text);
}

const struct tool_delta *document_tool(const struct document *document)
{
	if (document->delta_count == 0 || document->delta_count > DELTAS_MAX)
		return NULL;
	return &document->deltas[document->delta_count - 1];
}

static struct tool_delta *current_delta(struct document *document)
{
	if (document->delta_count == 0 || document->delta_count > DELTAS_MAX)
		return NULL;
	return &document->deltas[document->delta_count - 1];
}

static void begin_delta(struct document *document, const struct json_value *value)
{
	struct tool_delta *delta;

	if (document->delta_count > DELTAS_MAX)
		return;
	document->delta_count++;
	delta = current_delta(document);
	if (!delta)
		return;
	*delta = (struct tool_delta){
		.element = element_of(value),
		.index = value->id == FACT_FUNCTION_DELTA ? INDEX_FUNCTION_CALL : value->index[1],
	};
}

static void keep_tool_name(struct document *document, struct slice name)
{
	if (document->tool_count < DOCUMENT_TOOLS_MAX)
		text_copy(document->tools[document->tool_count++], TOOL_NAME_BYTES, name);
}

static void take_tool(struct document *document, const struct json_value *value, struct slice text)
{
	struct tool_delta *delta = current_delta(document);

	switch ((enum fact)value->id) {
	case FACT_TOOL_INDEX:
		if (delta)
			delta->placed |= index_of(value, &delta->index);
		break;
	case FACT_TOOL_ID:
		if (delta && text.len > 0)
			delta->id_hash = hash_text(text);
		break;
	default:
		if (text.len == 0)
			break;
		document->output = true;
		keep_tool_name(document, text);
		if (delta)
			delta->named = true;
		else if (document->delta_count > DELTAS_MAX)
			document->deltas_over++;
		break;
	}
}

/* ---- items ---- */

static void take_item(struct document *document, const struct json_value *value, item_fn on_item, void *ctx)
{
	if (value->type != JSON_OBJECT)
		return;
	if (value->first) {
		memset(&document->item, 0, sizeof(document->item));
		document->item.index = value->index[0];
	}
	if (!value->last)
		return;
	if (value->id == FACT_ITEM) {
		on_item(ctx, &document->item);
	} else {
		document->event_item = document->item;
		document->has_event_item = true;
	}
	memset(&document->item, 0, sizeof(document->item));
}

/* JSON-RPC's are negative. */
static void take_error_code(struct document *document, const struct json_value *value)
{
	double code;

	if (json_value_double(value, &code) && fabs(code) < INT32_MAX)
		document->item.error_code = (int64_t)code;
}

static void take_grpc_status(struct document *document, struct slice status)
{
	const char *word = error_of_grpc(status);

	if (!word)
		return;
	document->failed = true;
	text_copy(document->error.type, sizeof(document->error.type), slice_of(word));
}

/* ---- dispatch ---- */

/* Of arguments either side may be meant: only that which the document is of is looked at. */
static void take_text(struct document *document, const struct json_value *value)
{
	bool asked = value->id <= FACT_ARGS, generated = value->id >= FACT_ARGS && value->id != FACT_HEARD;

	if (value->type != JSON_STRING || value->len == 0)
		return;
	document->output |= value->id == FACT_OUTPUT || value->id == FACT_OUTPUT_ARGS ||
			    value->id == FACT_OUTPUT_DATA || value->id == FACT_OUTPUT_BASE64;
	document->delta |= value->id == FACT_DELTA;
	if (asked && !document->in_json)
		text_size_add(&document->prompt, value->text, value->len);
	if (generated && !document->in_json)
		text_size_add(&document->generated, value->text, value->len);
}

/* A whole scalar: a string put together, or a number as on the wire. */
static void take_scalar(struct document *document, const struct json_value *value, struct slice text)
{
	switch ((enum fact)value->id) {
	case FACT_ROLE:
		take_role(document, text);
		break;
	case FACT_SPEAKER:
		take_speaker(document, text);
		break;
	case FACT_CHOICE_INDEX:
	case FACT_FINISH_REASON:
	case FACT_FINISH_REASON_ALT:
		take_choice(document, value, text);
		break;
	case FACT_TOOL_INDEX:
	case FACT_TOOL_ID:
	case FACT_TOOL_NAME:
		take_tool(document, value, text);
		break;
	case FACT_FUNCTION_NAME:
		if (text.len == 0)
			break;
		document->output = true;
		document->whole_tools++;
		keep_tool_name(document, text);
		break;
	case FACT_EVENT_INDEX:
		document->has_event_index |= index_of(value, &document->event_index);
		break;
	case FACT_ITEM_ID:
		document->item.id_hash = hash_text(text);
		break;
	case FACT_ITEM_ERROR_CODE:
		take_error_code(document, value);
		break;
	case FACT_GRPC_STATUS:
		take_grpc_status(document, text);
		break;
	case FACT_PART_AMOUNT:
		(void)tokens_of(value, &document->part.amount);
		break;
	case FACT_EVENT_ID:
		document->event_hash = hash_text(text);
		break;
	case FACT_STATUS_CODE:
		take_status_code(document, value);
		break;
	case FACT_COST_USD:
		take_amount(value, COST_USD_MAX, PICO_PER_USD, &document->cost_pico_usd);
		break;
	case FACT_COST_TICKS:
		take_ticks(document, value);
		break;
	case FACT_COST_UPSTREAM_USD:
		take_amount(value, COST_USD_MAX, PICO_PER_USD, &document->upstream_pico_usd);
		break;
	case FACT_LOGPROB:
	case FACT_PROBABILITY:
	case FACT_MEAN_LOGPROB:
		take_probability(document, value);
		break;
	case FACT_SECONDS:
		take_amount(value, SECONDS_MAX, MS_PER_SECOND, &document->audio_ms);
		break;
	default:
		if (value->id >= FACT_EACH)
			add_count(document, value->id - FACT_EACH, text.len > 0);
		else if (value->id >= FACT_SUM)
			take_sum(document, value);
		else if (value->id >= FACT_COUNT)
			take_count(document, value);
		else if (texts[value->id].size > 0)
			text_copy((char *)document + texts[value->id].offset, texts[value->id].size, text);
		if (value->id == FACT_MODEL && text.len > 0)
			document->evidence |= SAW(EVIDENCE_MODEL);
		break;
	}
}

static void take_string_piece(struct document *document, const struct json_value *value)
{
	size_t room, n;

	if (value->first)
		document->scratch_len = 0;
	room = sizeof(document->scratch) - document->scratch_len;
	n = value->len < room ? value->len : room;
	if (n > 0)
		memcpy(document->scratch + document->scratch_len, value->text, n);
	document->scratch_len += n;
	if (value->last)
		take_scalar(document, value, (struct slice){ document->scratch, document->scratch_len });
}

/* Definitions are ASCII as good as always. */
static void take_json_size(struct document *document, const struct json_value *value)
{
	document->in_json = value->first;
	if (value->first)
		document->json_offset = value->offset;
	else
		document->json_bytes += value->offset - document->json_offset + 1;
}

static void take_container(struct document *document, const struct json_value *value, item_fn on_item, void *ctx)
{
	if (value->id == FACT_ITEM || value->id == FACT_EVENT_ITEM) {
		take_item(document, value, on_item, ctx);
		return;
	}
	if (value->id >= FACT_INPUT_PART && value->id <= FACT_GROUNDING_PART) {
		take_part(document, value);
		return;
	}
	if (value->id == FACT_TEXT_JSON) {
		take_json_size(document, value);
		return;
	}
	if (value->type != JSON_OBJECT || !value->first)
		return;
	if (value->id == FACT_CHOICE)
		begin_choice(document, value);
	else if (value->id == FACT_TOOL_DELTA || value->id == FACT_FUNCTION_DELTA)
		begin_delta(document, value);
	else if (value->id == FACT_TOOL_CALL)
		document->whole_tools++;
}

/* Amazon's error types end in a colon and a URL. */
static struct slice error_word(struct slice value)
{
	const char *colon = value.len > 0 ? memchr(value.ptr, ':', value.len) : NULL;

	return (struct slice){ value.ptr, colon ? (size_t)(colon - value.ptr) : value.len };
}

static bool is_evidence(unsigned int id)
{
	return id >= FACT_EVIDENCE && id <= FACT_EVIDENCE_LAST;
}

void document_take_header(struct document *document, unsigned int id, struct slice text)
{
	bool is_word = id < FACT_COUNT && texts[id].size > 0;
	struct json_value value = {
		.id = id,
		.type = is_word ? JSON_STRING : JSON_NUMBER,
		.first = true,
		.last = true,
		.text = text.ptr,
		.len = text.len,
	};

	if (is_evidence(id))
		document->evidence |= 1u << (id - FACT_EVIDENCE);
	else
		take_scalar(document, &value, id == FACT_ERROR_TYPE ? error_word(text) : text);
}

void document_one_choice(struct document *document)
{
	if (!document->stop_reason[0])
		return;
	document->choice_count = 1;
	document->choices[0].index = 0;
	memcpy(document->choices[0].finish_reason, document->stop_reason, FINISH_REASON_BYTES);
}

void document_is_error(struct document *document)
{
	bool told = document->error.type[0] || document->error.code[0] || document->error.message[0];

	document->failed = true;
	if (told)
		return;
	document->error = document->event_error;
	memcpy(document->error.type, document->type, sizeof(document->error.type));
}

static void take_evidence(struct document *document, const struct json_value *value)
{
	unsigned int evidence = value->id - FACT_EVIDENCE;

	if (value->type == JSON_NULL)
		return;
	document->evidence |= SAW(evidence);
}

void document_take(struct document *document, const struct json_value *value, item_fn on_item, void *ctx)
{
	if (is_evidence(value->id)) {
		take_evidence(document, value);
		return;
	}
	if (value->id >= FACT_MARK && value->id <= FACT_MARK_LAST) {
		if (value->type != JSON_NULL && value->type != JSON_FALSE)
			document->marks |= 1u << (value->id - FACT_MARK);
		return;
	}
	if (value->id == FACT_STOP_REASON)
		document->evidence |= SAW(EVIDENCE_STOP_REASON);
	if (fact_is_text(value->id) || value->id == FACT_OUTPUT_DATA || value->id == FACT_OUTPUT_BASE64) {
		take_text(document, value);
		return;
	}
	switch ((enum fact)value->id) {
	case FACT_ERROR:
		take_error(document, value);
		break;
	case FACT_INPUT:
		take_input(document, value);
		return;
	case FACT_IMAGE:
		document->images += value->first && (value->type == JSON_OBJECT || value->type == JSON_STRING);
		return;
	case FACT_REFUSAL:
		document->refused |= value->type == JSON_STRING && value->len > 0;
		return;
	case FACT_OWN_KEY:
		document->own_key = value->type == JSON_TRUE;
		return;
	case FACT_ITEM_FAILED:
		document->item.failed |= value->type == JSON_OBJECT;
		return;
	case FACT_ITEM_TOOL_FAILED:
		document->item.tool_failed |= value->type == JSON_TRUE;
		return;
	default:
		break;
	}
	if (value->type == JSON_STRING)
		take_string_piece(document, value);
	else if (value->type == JSON_NUMBER)
		take_scalar(document, value, (struct slice){ value->text, value->len });
	else
		take_container(document, value, on_item, ctx);
}
