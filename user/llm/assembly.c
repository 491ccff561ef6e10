/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts a call together from the facts of its documents: identity is the first
 * that is not empty, usage and finish reasons are the last, tool calls are
 * told apart by choice and index. assembly_finish.c turns it into the call.
 */
#include "llm/assembly.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "llm/multipart.h"
#include "llm/rpc_session.h"
#include "llm/text.h"
#include "llm/usage.h"

/* Items that ask the client to run something; others are run by the server. */
static const char *const tool_items[] = {
	"function_call",    "custom_tool_call", "computer_call", "local_shell_call",
	"apply_patch_call", "tool_use",         "function.call",
};

struct assembly *assembly_new(const struct text_receiver *receiver, const struct exchange *exchange)
{
	struct assembly *assembly = calloc(1, sizeof(*assembly));

	if (!assembly)
		return NULL;
	assembly->receiver = receiver;
	assembly->exchange = exchange;
	call_init(&assembly->call);
	usage_init(assembly->counts);
	usage_init(assembly->head.counts);
	assembly->cost_pico_usd = CALL_UNKNOWN;
	assembly->upstream_pico_usd = CALL_UNKNOWN;
	assembly->head.cost_pico_usd = CALL_UNKNOWN;
	assembly->characters = CALL_UNKNOWN;
	assembly->probabilities.mean_log = 1;
	return assembly;
}

void assembly_free(struct assembly *assembly)
{
	if (!assembly)
		return;
	provider_list_unref(assembly->own_providers);
	texts_drop(assembly->texts);
	rpc_free(assembly->rpc);
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

/* ---- texts ---- */

struct texts *assembly_texts_at(const struct assembly *assembly, struct texts **at)
{
	if (!*at && assembly->receiver)
		*at = texts_new(assembly->receiver, assembly->exchange);
	if (*at)
		(*at)->exchange = assembly->exchange;	/* of a call of MCP's it may be another */
	return *at;
}

/* Of JSON-RPC it is that of the call that is answered; null: no call is. */
static struct texts **answer_texts(struct assembly *assembly, const struct item *message)
{
	struct rpc_call *call;

	if (assembly->session)
		return rpc_session_texts(assembly->session, message);
	if (!assembly->rpc)
		return &assembly->texts;
	call = rpc_call_of(assembly->rpc, message);
	return call ? &call->texts : NULL;
}

/* Which call of a batch they are of shows when the message ends. */
struct texts *assembly_request_texts(void *ctx, const struct document *document)
{
	struct assembly *assembly = ctx;

	(void)document;
	return assembly_texts_at(assembly, &assembly->texts);
}

/* What an error says is nobody's answer. */
struct texts *assembly_response_texts(void *ctx, const struct document *document)
{
	struct assembly *assembly = ctx;
	struct texts **at = assembly->call.status < 400 ? answer_texts(assembly, &document->item) : NULL;

	struct texts *texts = at ? assembly_texts_at(assembly, at) : NULL;

	if (texts)
		texts->repeats = assembly->dialect && assembly->dialect->repeats && !assembly->incremental;
	return texts;
}

struct texts *assembly_rpc_texts(struct assembly *assembly, uint32_t i)
{
	struct texts **texts = &assembly->rpc->calls[i].texts;

	/* What only headers announced has a body that was not understood. */
	if (i == 0 && !*texts)
		texts = &assembly->texts;
	return take_ptr(*texts);
}

/* ---- tools ---- */

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

	rpc_take_request(&assembly->rpc, item, &assembly->texts);
	texts_drop(take_ptr(assembly->texts));	/* else they are of no call */
}

static void take_tool_item(struct assembly *assembly, const struct item *item)
{
	struct tool_key key = { .index = item->index };

	if (!client_runs(item))
		return;
	take_tool_piece(assembly, &key, item->name[0]);
	call_add_tool(&assembly->call, item->name);
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
		call_add_tool(&assembly->call, document->tools[i]);
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

static void take_confidence(struct assembly *assembly, const struct document *document)
{
	struct call *call = &assembly->call;

	assembly->probabilities.sum += document->probabilities.sum;
	assembly->probabilities.count += document->probabilities.count;
	if (document->probabilities.mean_log <= 0)
		assembly->probabilities.mean_log = document->probabilities.mean_log;
	call->refused |= document->refused;
	if (!call->system_fingerprint[0])
		memcpy(call->system_fingerprint, document->fingerprint, sizeof(call->system_fingerprint));
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
	if (!assembly->texts)
		assembly->texts = take_ptr(rpc->calls[0].texts);
	rpc_free(rpc);
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
	rpc_take_request(&assembly->rpc, &document->item, &assembly->texts);
	settle_rpc(assembly);
	if (document->model[0] && !path_has_model(assembly->rule))	/* the path is what counts there */
		memcpy(assembly->call.request_model, document->model, sizeof(assembly->call.request_model));
	take_terms(&assembly->terms, &document->terms);
	assembly->incremental = document->marks & 1u;
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

static enum text_where where_of_field(struct slice name)
{
	for (size_t i = 0; i < request_field_count; i++) {
		if (!slice_eq(name, slice_of(request_fields[i].path)))
			continue;
		if (request_fields[i].id == FACT_PROMPT)
			return WHERE_USER;
		if (request_fields[i].id == FACT_SYSTEM)
			return WHERE_SYSTEM;
	}
	return WHERE_UNKNOWN;
}

void assembly_take_field_piece(void *ctx, struct slice name, struct slice piece, bool last)
{
	struct assembly *assembly = ctx;
	enum text_where where = where_of_field(name);
	struct texts *texts = where != WHERE_UNKNOWN ? assembly_texts_at(assembly, &assembly->texts) : NULL;

	if (!texts)
		return;
	if (!assembly->in_field && piece.len > 0) {
		assembly->in_field = true;
		assembly->field_text = texts->count++;
		assembly->field_where = where;
	}
	if (piece.len > 0)
		texts_give(texts, assembly->field_text, where, piece);
	if (last && assembly->in_field)
		assembly_end_field(assembly);
}

void assembly_end_field(struct assembly *assembly)
{
	texts_end(assembly->texts, assembly->field_text, assembly->field_where);
	assembly->in_field = false;
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
	take_confidence(assembly, document);
	take_terms(&assembly->terms, &document->terms);
	text_size_merge(&assembly->generated, &document->generated);
	assembly->generated.ascii += document->json_bytes;
	if (document->operation != OPERATION_UNKNOWN)
		assembly->operation = document->operation;
	take_counts(assembly, document);
	if (is_event && document->output && !cut)
		take_output_time(assembly, ts_ns);
}
