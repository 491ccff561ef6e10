/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a call together from the facts of its documents: identity is the first
 * that is not empty, usage and finish reasons are the last, tool calls are
 * told apart by choice and index. At the end decides whether it was a call at
 * all, for on a host that is not known the path alone proves nothing.
 */
#include "llm/assembly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/multipart.h"
#include "llm/text.h"
#include "llm/usage.h"

/* Items that ask the client to run something; others are run by the server. */
static const char *const tool_items[] = {
	"function_call",    "custom_tool_call", "computer_call", "local_shell_call",
	"apply_patch_call", "tool_use",         "function.call",
};

struct assembly *assembly_new(void)
{
	struct assembly *assembly = calloc(1, sizeof(*assembly));

	if (!assembly)
		return NULL;
	call_init(&assembly->call);
	usage_init(assembly->counts);
	usage_init(assembly->head.counts);
	assembly->cost_pico_usd = CALL_UNKNOWN;
	assembly->upstream_pico_usd = CALL_UNKNOWN;
	assembly->head.cost_pico_usd = CALL_UNKNOWN;
	assembly->characters = CALL_UNKNOWN;
	return assembly;
}

void assembly_free(struct assembly *assembly)
{
	if (!assembly)
		return;
	free(assembly->rpc);
	free(assembly->form);
	free(assembly);
}

/* ---- the dialect ---- */

void assembly_set_dialect(struct assembly *assembly, size_t i)
{
	const struct dialect *dialect = assembly->by_path[i].dialect;
	const struct path_rule *rule = assembly->by_path[i].rule;
	bool is_proof = !dialect->weak_path && !dialect->by_request && !rule->weak;

	assembly->dialect = dialect;
	assembly->rule = rule;
	assembly->operation = rule->operation;
	assembly->certain = assembly->host_known && is_proof;
}

void assembly_choose_dialect(struct assembly *assembly)
{
	for (size_t i = 0; i < assembly->by_path_count; i++) {
		if (assembly_request_fits(assembly, assembly->by_path[i].dialect, true)) {
			assembly_set_dialect(assembly, i);
			return;
		}
	}
	if (assembly->certain)
		return;
	assembly->dialect = NULL;
	assembly->rule = NULL;
	assembly->operation = OPERATION_UNKNOWN;
}

/* ---- tools ---- */

static void add_tool_name(struct call *call, const char *name)
{
	if (!name[0] || call->tool_count == TOOLS_MAX)
		return;
	for (uint32_t i = 0; i < call->tool_count; i++)
		if (strcmp(call->tools[i], name) == 0)
			return;
	memcpy(call->tools[call->tool_count++], name, TOOL_NAME_BYTES);
}

static struct tool_key *find_tool(struct assembly *assembly, uint32_t choice, uint32_t index)
{
	/* The last call of an index counts: servers that do not count indexes repeat one. */
	for (uint32_t i = assembly->tool_key_count; i > 0; i--) {
		struct tool_key *key = &assembly->tool_keys[i - 1];

		if (key->choice == choice && key->index == index)
			return key;
	}
	return NULL;
}

static void add_tool(struct assembly *assembly, const struct tool_key *key, bool named)
{
	if (assembly->tool_key_count < TOOL_KEYS_MAX)
		assembly->tool_keys[assembly->tool_key_count++] = *key;
	else if (!named)
		return;
	assembly->tool_calls++;
}

/* A piece begins another call if its index is new, or if it has a name and
 * another id than the call of that index. */
static void take_tool_piece(struct assembly *assembly, const struct tool_key *key, bool named)
{
	struct tool_key *known = find_tool(assembly, key->choice, key->index);

	if (!known && key->index == INDEX_FUNCTION_CALL && !named)
		return;
	if (!known)
		add_tool(assembly, key, named);
	else if (named && key->id_hash && known->id_hash && key->id_hash != known->id_hash)
		add_tool(assembly, key, named);
	else if (!known->id_hash)
		known->id_hash = key->id_hash;
}

/* Bedrock gives a type only to what the server runs. */
static bool client_runs(const struct item *item)
{
	if (!item->type[0])
		return item->name[0];
	for (size_t i = 0; i < ARRAY_SIZE(tool_items); i++)
		if (strcmp(item->type, tool_items[i]) == 0)
			return true;
	return false;
}

void assembly_take_message(void *ctx, const struct item *item)
{
	struct assembly *assembly = ctx;

	rpc_take_request(&assembly->rpc, item);
}

static void take_tool_item(struct assembly *assembly, const struct item *item)
{
	struct tool_key key = { .index = item->index };

	if (!client_runs(item))
		return;
	take_tool_piece(assembly, &key, item->name[0]);
	add_tool_name(&assembly->call, item->name);
}

/* Only the search itself is charged for, not the opening of a page that it found. */
static bool is_search(const struct item *item)
{
	return strcmp(item->type, "web_search_call") == 0 && (!item->action[0] || strcmp(item->action, "search") == 0);
}

void assembly_take_item(void *ctx, const struct item *item)
{
	struct assembly *assembly = ctx;

	if (assembly->rpc) {
		rpc_take_answer(assembly->rpc, item);
		return;
	}
	assembly->searches += is_search(item);
	take_tool_item(assembly, item);
}

static void take_event_item(struct assembly *assembly, const struct document *document)
{
	struct item item = document->event_item;

	/* Where an event does not place its item, the item's id has to do. */
	item.index = document->has_event_index ? document->event_index : item.id_hash;
	take_tool_item(assembly, &item);
}

static uint32_t choice_of(const struct document *document, uint32_t element)
{
	return element < document->choice_count ? document->choices[element].index : element;
}

static void take_tools(struct assembly *assembly, const struct document *document)
{
	uint32_t deltas = document->delta_count < DELTAS_MAX ? document->delta_count : DELTAS_MAX;

	assembly->tool_calls += document->whole_tools + document->deltas_over;
	for (uint32_t i = 0; i < deltas; i++) {
		const struct tool_delta *delta = &document->deltas[i];
		struct tool_key key = {
			.choice = choice_of(document, delta->element),
			.index = delta->index,
			.id_hash = delta->id_hash,
		};

		take_tool_piece(assembly, &key, delta->named);
	}
	for (uint32_t i = 0; i < document->tool_count; i++)
		add_tool_name(&assembly->call, document->tools[i]);
	if (document->has_event_item)
		take_event_item(assembly, document);
}

/* ---- the rest of an answer ---- */

static void set_finish_reason(struct assembly *assembly, uint32_t index, const char *reason)
{
	struct call *call = &assembly->call;
	uint32_t at = 0, rest;

	while (at < call->finish_reason_count && assembly->finish_index[at] < index)
		at++;
	if (at == call->finish_reason_count || assembly->finish_index[at] != index) {
		if (call->finish_reason_count == FINISH_REASONS_MAX)
			return;
		rest = call->finish_reason_count++ - at;
		memmove(&assembly->finish_index[at + 1], &assembly->finish_index[at],
			rest * sizeof(assembly->finish_index[0]));
		memmove(call->finish_reasons[at + 1], call->finish_reasons[at], rest * FINISH_REASON_BYTES);
		assembly->finish_index[at] = index;
	}
	memcpy(call->finish_reasons[at], reason, FINISH_REASON_BYTES);
}

/* Of a whole response the order tells the choices apart: some servers number
 * all of them 0. */
static void take_choices(struct assembly *assembly, const struct document *document, bool is_event)
{
	for (uint32_t i = 0; i < document->choice_count; i++)
		if (document->choices[i].finish_reason[0])
			set_finish_reason(assembly, is_event ? document->choices[i].index : i,
					  document->choices[i].finish_reason);
}

static void take_identity(struct assembly *assembly, const struct document *document)
{
	struct call *call = &assembly->call;
	bool later_model = assembly->dialect && assembly->dialect->later_model && document->model[0];

	if (!call->response_model[0] || later_model)
		memcpy(call->response_model, document->model, sizeof(call->response_model));
	if (!call->response_id[0] && call->status < 400)	/* else it is the error's */
		memcpy(call->response_id, document->id, sizeof(call->response_id));
}

/* Costs are running totals like all usage. */
static void take_amounts(struct assembly *assembly, const struct document *document)
{
	if (document->cost_pico_usd != CALL_UNKNOWN)
		assembly->cost_pico_usd = document->cost_pico_usd;
	if (document->upstream_pico_usd != CALL_UNKNOWN)
		assembly->upstream_pico_usd = document->upstream_pico_usd;
	if (document->audio_ms != CALL_UNKNOWN)
		assembly->call.units.audio_ms = document->audio_ms;
	if (document->images > 0)
		assembly->images = document->images;
	assembly->own_key |= document->own_key;
}

static void take_output_time(struct assembly *assembly, uint64_t ts_ns)
{
	if (assembly->first_output_ns == 0) {
		assembly->first_output_ns = ts_ns;
	} else if (ts_ns > assembly->last_output_ns) {
		int64_t gap = (int64_t)(ts_ns - assembly->last_output_ns);

		if (gap > assembly->max_gap_ns)
			assembly->max_gap_ns = gap;
	}
	if (ts_ns > assembly->last_output_ns)
		assembly->last_output_ns = ts_ns;
}

static void take_error(struct assembly *assembly, const struct document *document)
{
	if (!document->failed && assembly->call.status < 400)
		return;
	assembly->failed |= document->failed;
	assembly->error = document->error;
}

void assembly_forget_error(struct assembly *assembly)
{
	assembly->failed = false;
	assembly->error = (struct error_facts){ 0 };
}

bool assembly_request_fits(const struct assembly *assembly, const struct dialect *dialect, bool path_agrees)
{
	unsigned int needs = dialect->request_needs | (path_agrees ? 0 : SAW(EVIDENCE_MODEL));

	if (!assembly->request_known)
		return true;
	if (dialect->request_any && !(assembly->request_evidence & dialect->request_any))
		return false;
	return (assembly->request_evidence & needs) == needs;
}

bool assembly_may_be(const struct assembly *assembly, const struct dialect *dialect)
{
	return !dialect->path_only && assembly_request_fits(assembly, dialect, false);
}

/* The dialect whose shape the document has, of those that the request allows. */
static const struct dialect *dialect_of_shape(const struct assembly *assembly, const struct document *document)
{
	for (size_t i = 0; i < dialect_count; i++)
		if (assembly_may_be(assembly, dialects[i]) && dialects[i]->fits(document))
			return dialects[i];
	return NULL;
}

static void confirm(struct assembly *assembly, const struct document *document)
{
	if (!assembly->dialect)
		assembly->dialect = dialect_of_shape(assembly, document);
	if (assembly->dialect && assembly->dialect->fits(document))
		assembly->confirmed = true;
}

/* The answer knows better than the request, and its end better than its beginning. */
static void take_terms(struct terms *terms, const struct terms *later)
{
	const size_t offsets[][2] = {
		{ offsetof(struct terms, service_tier), sizeof(terms->service_tier) },
		{ offsetof(struct terms, speed), sizeof(terms->speed) },
		{ offsetof(struct terms, inference_geo), sizeof(terms->inference_geo) },
		{ offsetof(struct terms, search_context), sizeof(terms->search_context) },
		{ offsetof(struct terms, image_size), sizeof(terms->image_size) },
		{ offsetof(struct terms, image_quality), sizeof(terms->image_quality) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		const char *text = (const char *)later + offsets[i][0];

		if (text[0])
			memcpy((char *)terms + offsets[i][0], text, offsets[i][1]);
	}
}

/* Every message was taken: JSON-RPC it is only if they say so, and then the one
 * dialect that the path hinted at, or none, was a guess. */
static void settle_rpc(struct assembly *assembly)
{
	bool says_so = assembly->request_evidence & SAW(EVIDENCE_JSONRPC);
	struct rpc *rpc = assembly->rpc;

	if (!rpc || rpc->by_head)
		return;
	if (says_so && (rpc->dialect->request_needs & ~assembly->request_evidence) == 0) {
		assembly->dialect = rpc->dialect;
		return;
	}
	free(rpc);
	assembly->rpc = NULL;
}

static bool path_has_model(const struct path_rule *rule)
{
	return rule && rule->before && !rule->is_name;
}

void assembly_take_request(struct assembly *assembly, const struct document *document, bool known)
{
	assembly->request_evidence |= document->evidence;
	assembly->prompt = document->prompt;
	assembly->prompt.ascii += document->json_bytes;
	assembly->messages = document->messages;
	assembly->request_known = known;
	assembly_take_message(assembly, &document->item);
	settle_rpc(assembly);
	if (document->model[0] && !path_has_model(assembly->rule))	/* the path is what counts there */
		memcpy(assembly->call.request_model, document->model, sizeof(assembly->call.request_model));
	take_terms(&assembly->terms, &document->terms);
	if (known)
		assembly->characters = document->characters;
}

static void take_field(struct assembly *assembly, unsigned int id, struct slice value)
{
	if (id >= FACT_EVIDENCE && id <= FACT_EVIDENCE_LAST)
		assembly->request_evidence |= SAW(id - FACT_EVIDENCE);
	if (value.len == 0)
		return;
	switch ((enum fact)id) {
	case FACT_MODEL:
		assembly->request_evidence |= SAW(EVIDENCE_MODEL);
		text_copy(assembly->call.request_model, sizeof(assembly->call.request_model), value);
		break;
	case FACT_INPUT:
		assembly->request_evidence |= SAW(EVIDENCE_INPUT);
		break;
	case FACT_IMAGE_SIZE:
		text_copy(assembly->terms.image_size, sizeof(assembly->terms.image_size), value);
		break;
	case FACT_IMAGE_QUALITY:
		text_copy(assembly->terms.image_quality, sizeof(assembly->terms.image_quality), value);
		break;
	default:
		break;
	}
}

/* Fields have the names that the keys of a JSON request have. */
void assembly_take_field(void *ctx, const struct multipart_field *field)
{
	for (size_t i = 0; i < request_field_count; i++)
		if (slice_eq(field->name, slice_of(request_fields[i].path)))
			take_field(ctx, request_fields[i].id, field->value);
}

static void take_headers(struct document *document, const struct http_head *head, const struct header_fact *facts,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice value = http_head_get(head, slice_of(facts[i].name));

		if (value.len > 0)
			document_take_header(document, facts[i].id, value);
	}
}

static void take_own_headers(struct assembly *assembly, struct document *document, const struct http_head *head)
{
	if (assembly->dialect)
		take_headers(document, head, assembly->dialect->headers, assembly->dialect->header_count);
	assembly->failed |= document->failed;
}

void assembly_take_trailers(struct assembly *assembly, const struct http_head *head)
{
	struct document document;

	document_init(&document);
	take_own_headers(assembly, &document, head);
	if (document.failed)
		assembly->head.error = document.error;
}

void assembly_take_head(struct assembly *assembly, const struct http_head *head)
{
	struct document document;

	document_init(&document);
	take_headers(&document, head, common_headers, common_header_count);
	take_own_headers(assembly, &document, head);
	memcpy(assembly->head.counts, document.counts, sizeof(document.counts));
	memcpy(assembly->head.model, document.model, sizeof(document.model));
	assembly->head.error = document.error;
	assembly->head.cost_pico_usd = document.cost_pico_usd;
	assembly->confirmed |= document.evidence & SAW(EVIDENCE_SHAPE);
	take_terms(&assembly->terms, &document.terms);
	assembly->call.status = head->status;
}

static void take_counts(struct assembly *assembly, const struct document *document)
{
	if (assembly->dialect && assembly->dialect->usage_adds)
		usage_add(assembly->counts, document->counts);
	else
		usage_update(assembly->counts, document->counts);
}

void assembly_take_response(struct assembly *assembly, struct document *document, bool is_event, bool cut,
			    uint64_t ts_ns)
{
	if (assembly->rpc) {
		rpc_take_answer(assembly->rpc, &document->item);
		rpc_stamp(assembly->rpc, ts_ns);
		return;
	}
	confirm(assembly, document);
	if (assembly->dialect && assembly->dialect->settle)
		assembly->finished |= assembly->dialect->settle(document, is_event) && !cut;
	assembly->no_call |= document->no_call;
	take_identity(assembly, document);
	take_choices(assembly, document, is_event);
	take_tools(assembly, document);
	take_error(assembly, document);
	take_amounts(assembly, document);
	take_terms(&assembly->terms, &document->terms);
	text_size_merge(&assembly->generated, &document->generated);
	assembly->generated.ascii += document->json_bytes;
	if (document->operation != OPERATION_UNKNOWN)
		assembly->operation = document->operation;
	take_counts(assembly, document);
	if (is_event && document->output && !cut)
		take_output_time(assembly, ts_ns);
}

/* ---- the end ---- */

/* Where host and path do not prove it, request and response have to agree; a
 * response that failed or did not come has no shape, then the request must
 * name a model. */
static bool is_call(const struct assembly *assembly)
{
	bool no_shape = !assembly->responded || assembly->call.status >= 400 || assembly->failed;

	if (!assembly->dialect || assembly->no_call || (assembly->socket && !assembly->responded))
		return false;
	if (assembly->certain || assembly->confirmed || assembly->rpc)
		return true;
	if (assembly->socket)	/* refused, by who knows whom */
		return false;
	return no_shape && assembly->request_known &&
	       assembly_request_fits(assembly, assembly->dialect, assembly->dialect->by_request);
}

static int64_t span_ns(uint64_t from_ns, uint64_t to_ns)
{
	return from_ns != 0 && to_ns >= from_ns ? (int64_t)(to_ns - from_ns) : CALL_UNKNOWN;
}

/* A response that broke off lasted until its last byte, not until somebody
 * closed the connection; without a response it is the closing that ended it. */
static uint64_t last_byte_ns(const struct exchange *exchange, uint64_t end_ns)
{
	if (exchange->response_end_ns)
		return exchange->response_end_ns;
	return exchange->response_last_ns ? exchange->response_last_ns : end_ns;
}

static void finish_times(struct assembly *assembly, const struct exchange *exchange, uint64_t end_ns)
{
	struct call *call = &assembly->call;
	uint64_t start_ns = exchange->request_start_ns;
	uint64_t first_ns = start_ns ? start_ns : exchange->response_start_ns;

	call->time_unix_ns = (int64_t)(first_ns ? first_ns : end_ns);
	call->duration_ns = span_ns(start_ns, last_byte_ns(exchange, end_ns));
	call->request_ns = span_ns(start_ns, exchange->request_end_ns);
	call->ttfb_ns = span_ns(start_ns, exchange->response_start_ns);
	call->request_bytes = (int64_t)exchange->request_body_bytes;
	call->response_bytes = (int64_t)exchange->response_body_bytes;
	if (assembly->first_output_ns == 0)
		return;
	call->ttft_ns = span_ns(start_ns, assembly->first_output_ns);
	/* All in one event: no time between tokens was seen. */
	if (assembly->last_output_ns > assembly->first_output_ns) {
		call->output_span_ns = (int64_t)(assembly->last_output_ns - assembly->first_output_ns);
		call->max_gap_ns = assembly->max_gap_ns;
	}
}

/* What only the head says. */
static void finish_head(struct assembly *assembly)
{
	struct call *call = &assembly->call;

	for (size_t i = 0; i < COUNT_MAX; i++)
		if (assembly->counts[i] == CALL_UNKNOWN)
			assembly->counts[i] = assembly->head.counts[i];
	if (!call->response_model[0])
		memcpy(call->response_model, assembly->head.model, sizeof(call->response_model));
	if (!assembly->error.type[0] && !assembly->error.code[0])
		memcpy(assembly->error.type, assembly->head.error.type, sizeof(assembly->error.type));
	if (assembly->cost_pico_usd == CALL_UNKNOWN)
		assembly->cost_pico_usd = assembly->head.cost_pico_usd;
}

/* What the unit price of an image or a search depends on, as price tables name
 * it. "standard" and "auto" go without saying. */
static void finish_variant(struct assembly *assembly)
{
	const struct terms *terms = &assembly->terms;
	const char *quality = terms->image_quality;
	struct call *call = &assembly->call;

	if (call->operation != OPERATION_IMAGE_GENERATION) {
		memcpy(call->variant, terms->search_context, sizeof(terms->search_context));
		return;
	}
	if (strcmp(quality, "standard") == 0 || strcmp(quality, "auto") == 0)
		quality = "";
	(void)snprintf(call->variant, sizeof(call->variant), "%s%s%s", quality,
		       *quality && terms->image_size[0] ? "/" : "", terms->image_size);
}

static void finish_terms(struct assembly *assembly)
{
	const struct terms *terms = &assembly->terms;
	struct call *call = &assembly->call;

	memcpy(call->service_tier, terms->service_tier, sizeof(call->service_tier));
	memcpy(call->speed, terms->speed, sizeof(call->speed));
	memcpy(call->inference_geo, terms->inference_geo, sizeof(call->inference_geo));
	finish_variant(assembly);
}

/* With a key of the customer's own the gateway charges its fee, and the vendor
 * the rest; with the gateway's, the fee holds the rest (OpenRouter). */
static void finish_amounts(struct assembly *assembly)
{
	struct call *call = &assembly->call;

	call->units.search_units = assembly->counts[COUNT_SEARCH_UNITS];
	call->units.web_searches = assembly->counts[COUNT_WEB_SEARCHES];
	if (call->units.web_searches == CALL_UNKNOWN && assembly->searches > 0)
		call->units.web_searches = assembly->searches;
	call->reported_cost_pico_usd = assembly->cost_pico_usd;
	if (call->operation == OPERATION_IMAGE_GENERATION && assembly->images > 0)
		call->units.images = assembly->images;
	if (call->operation == OPERATION_SPEECH)
		call->units.characters = assembly->characters;
	if (assembly->own_key && assembly->cost_pico_usd != CALL_UNKNOWN && assembly->upstream_pico_usd != CALL_UNKNOWN)
		call->reported_cost_pico_usd += assembly->upstream_pico_usd;
}

static void finish_tokens(struct assembly *assembly)
{
	struct call *call = &assembly->call;
	struct usage_rules rules = {
		.cache_apart = assembly->dialect->cache_apart,
		.cache_beside = assembly->dialect->cache_beside,
		.cache_by_total = assembly->dialect->cache_by_total,
		.reasoning_beside = assembly->dialect->reasoning_beside,
		.reasoning_apart = assembly->provider && assembly->provider->flags & PROVIDER_REASONING_APART,
		.total_is_input = assembly->dialect->total_is_input,
	};

	call->usage_source = usage_to_tokens(assembly->counts, &rules, &call->tokens) ? USAGE_PROVIDER : USAGE_NONE;
}

static bool generates_text(enum call_operation operation)
{
	return operation == OPERATION_CHAT || operation == OPERATION_TEXT_COMPLETION ||
	       operation == OPERATION_GENERATE_CONTENT;
}

/* Of a call that was answered, by what was seen of it: where bytes are missing
 * the guess would be of something else. */
static void finish_estimate(struct assembly *assembly)
{
	struct call *call = &assembly->call;
	bool whole = call->capture == CAPTURE_NO_USAGE || call->capture == CAPTURE_ABORTED;
	bool text = generates_text(call->operation);

	if (!assembly->estimate || call->usage_source != USAGE_NONE || !assembly->request_known || !whole)
		return;
	if (assembly->failed || !(text || call->operation == OPERATION_EMBEDDINGS))
		return;
	call->tokens.input = estimate_tokens(&assembly->prompt, assembly->messages);
	if (text)
		call->tokens.output = estimate_tokens(&assembly->generated, 0);
	call->usage_source = USAGE_ESTIMATED;
}

static bool held_back(const struct call *call)
{
	for (uint32_t i = 0; i < call->finish_reason_count; i++)
		if (!error_is_filter(call->finish_reasons[i]))
			return false;
	return call->finish_reason_count > 0;
}

static void finish_error(struct assembly *assembly, enum exchange_outcome outcome)
{
	struct call *call = &assembly->call;

	call->error = error_classify(call->status, assembly->failed, &assembly->error);
	if (call->error == ERROR_NONE && held_back(call))
		call->error = ERROR_CONTENT_FILTER;
	if (call->error == ERROR_NONE && outcome == OUTCOME_ABORTED)
		call->error = ERROR_CANCELLED;
}

static enum call_capture capture_of(const struct assembly *assembly, enum exchange_outcome outcome)
{
	static const enum call_capture captures[OUTCOME_MAX] = {
		[OUTCOME_COMPLETE] = CAPTURE_COMPLETE,
		[OUTCOME_ABORTED] = CAPTURE_ABORTED,
		[OUTCOME_GAP] = CAPTURE_GAP,
		[OUTCOME_TRUNCATED] = CAPTURE_TRUNCATED,
		[OUTCOME_UNDECODABLE] = CAPTURE_UNDECODABLE,
		[OUTCOME_MISSED_START] = CAPTURE_MISSED_START,
	};
	const struct call *call = &assembly->call;

	if (outcome != OUTCOME_COMPLETE)
		return captures[outcome];
	if (!assembly->request_seen)
		return CAPTURE_MISSED_START;
	if (call->usage_source != USAGE_NONE || call->error != ERROR_NONE)
		return CAPTURE_COMPLETE;
	if (assembly->malformed || assembly->dialect->opaque)
		return CAPTURE_UNDECODABLE;
	return assembly->dialect->uncounted ? CAPTURE_COMPLETE : CAPTURE_NO_USAGE;
}

/* None is a fact only of an answer that was seen whole and did not fail. */
static void finish_tool_calls(struct assembly *assembly, enum exchange_outcome outcome)
{
	enum call_operation operation = assembly->call.operation;
	bool generates = operation == OPERATION_CHAT || operation == OPERATION_GENERATE_CONTENT;
	bool can_call = generates && !assembly->dialect->opaque;
	bool whole = outcome == OUTCOME_COMPLETE && assembly->call.error == ERROR_NONE && !assembly->malformed;

	if (assembly->tool_calls > 0 || (can_call && whole))
		assembly->call.tool_calls = assembly->tool_calls;
}

/* Nobody bills for it, whoever's host it is. */
static void finish_plumbing(struct call *call)
{
	call->provider[0] = '\0';
	call->gateway[0] = '\0';
	call->reported_cost_pico_usd = CALL_UNKNOWN;
}

bool assembly_finish(struct assembly *assembly, const struct exchange *exchange, uint64_t end_ns,
		     enum exchange_outcome outcome)
{
	struct call *call = &assembly->call;

	if (!is_call(assembly))
		return false;
	/* Clients close the connection at a stream's own end; nothing was lost then. */
	if (outcome == OUTCOME_ABORTED && assembly->finished)
		outcome = OUTCOME_COMPLETE;
	text_copy(call->dialect, sizeof(call->dialect), slice_of(assembly->dialect->name));
	call->operation = assembly->operation != OPERATION_UNKNOWN ? assembly->operation : assembly->dialect->operation;
	call->role = exchange->role;
	call->protocol = exchange->protocol;
	finish_times(assembly, exchange, end_ns);
	finish_head(assembly);
	finish_tokens(assembly);
	finish_amounts(assembly);
	finish_terms(assembly);
	finish_error(assembly, outcome);
	call->capture = capture_of(assembly, outcome);
	finish_estimate(assembly);
	finish_tool_calls(assembly, outcome);
	if (!call_is_llm(call))
		finish_plumbing(call);
	return true;
}

/* A status that the answer came with tells more than a code that everybody gives its own meaning. */
static enum call_error rpc_error(const struct rpc_call *rpc, const struct call *call)
{
	enum call_error by_status = call->status >= 400 ? call->error : ERROR_NONE;

	if (rpc->error == ERROR_NONE || rpc->error == ERROR_OTHER)
		return by_status != ERROR_NONE ? by_status : rpc->error;
	return rpc->error;
}

/* Whatever became of the connection after it: the answer is what was waited
 * for. Where none was seen, and nothing says why, it came on another connection
 * (the transport of MCP 2024-11-05): how long it took is not known. */
void assembly_rpc_call(const struct assembly *assembly, uint32_t i, const struct exchange *exchange, struct call *ret)
{
	const struct rpc_call *rpc = &assembly->rpc->calls[i];

	*ret = assembly->call;
	add_tool_name(ret, rpc->tool);
	if (rpc->answered) {
		ret->duration_ns = span_ns(exchange->request_start_ns, rpc->end_ns);
		ret->error = rpc_error(rpc, ret);
		ret->capture = CAPTURE_COMPLETE;
	} else if (ret->capture == CAPTURE_COMPLETE && ret->error == ERROR_NONE) {
		ret->duration_ns = CALL_UNKNOWN;
		ret->capture = CAPTURE_UNDECODABLE;
	}
}
