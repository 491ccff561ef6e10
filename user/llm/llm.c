/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the llm stage: exchange events in, finished calls out. Decides from
 * a request's head whether the exchange may be a call; only then it gets an
 * assembly. What turns out to be none is dropped as early as it shows.
 */
#include "llm/llm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "llm/assembly.h"
#include "llm/dialects.h"
#include "llm/head.h"
#include "llm/multipart.h"
#include "llm/parse.h"
#include "llm/path.h"
#include "llm/provider_list.h"
#include "llm/rpc_session.h"
#include "llm/session.h"
#include "llm/text.h"

struct llm {
	struct llm_setup setup;
	struct text_receiver receiver;
	struct parse_pool *pool;
	struct rpc_sessions *sessions;
	struct provider_list *providers;
};

static const struct parse_target request_target = { assembly_take_message, assembly_request_texts };
static const struct parse_target response_target = { assembly_take_item, assembly_response_texts };

/* ---- documents ---- */

static struct parse *open_document(const struct llm *llm, const struct dialect *dialect, enum body_kind kind,
				   struct assembly *assembly)
{
	struct parse_target target = kind == BODY_REQUEST ? request_target : response_target;

	if (!assembly->receiver)
		target.texts_of = NULL;
	return parse_open(llm->pool, dialect, kind, &target, assembly);
}

static struct assembly *begin_assembly(const struct llm *llm, const struct exchange *exchange)
{
	return assembly_new(llm->receiver.on_text ? &llm->receiver : NULL, exchange);
}

/* A body that is cut short may have been cut by a limit of the capture; one
 * that is not JSON has nothing more to tell. */
static void close_request(struct llm *llm, struct assembly *assembly)
{
	struct parse *parse = take_ptr(assembly->request);
	auto_free struct multipart *form = take_ptr(assembly->form);
	int error;

	if (form)
		assembly->request_known = multipart_complete(form);
	if (form && assembly->in_field)
		assembly_end_field(assembly);
	if (!parse)
		return;
	error = parse_finish(parse);
	assembly_take_request(assembly, &parse->document, error == 0 || error == -EBADMSG);
	parse_close(llm->pool, parse);
}

/* Errors may well be HTML, of a gateway on the way. */
static bool is_malformed(const struct assembly *assembly, const struct parse *parse, int error, bool cut)
{
	if (error == 0 || parse->bytes == 0 || assembly->call.status >= 400)
		return false;
	return error != -EAGAIN || !cut;
}

static bool is_error_event(struct slice name)
{
	return slice_eq(name, SLICE("error"));
}

/* How the framing marks an error: the message's name is its type. */
static void take_exception(struct document *document, struct slice name)
{
	if (!document->error.type[0])
		text_copy(document->error.type, sizeof(document->error.type), name);
	document_is_error(document);
}

static void take_response(struct assembly *assembly, struct parse *parse, const struct exchange_event *end, bool cut)
{
	bool is_event = parse->kind == BODY_EVENT;
	int error = parse_finish(parse);

	if (is_event && parse_is_end_mark(parse)) {
		assembly->finished |= !cut;
		return;
	}
	assembly->malformed += is_malformed(assembly, parse, error, cut);
	if (is_event && is_error_event(end->name))
		document_is_error(&parse->document);
	else if (end->is_error)
		take_exception(&parse->document, end->name);
	assembly_take_response(assembly, &parse->document, is_event, cut, end->ts_ns);
}

/* The response, or an event of it, ends here. `cut`: its end was not seen. */
static void close_response(struct llm *llm, struct assembly *assembly, const struct exchange_event *end, bool cut)
{
	struct parse *parse = take_ptr(assembly->response);

	if (!parse)
		return;
	take_response(assembly, parse, end, cut);
	parse_close(llm->pool, parse);
}

/* ---- may it be a call? ---- */

static void turn_down(struct exchange *exchange)
{
	exchange->skip_bodies = true;
}

struct match {
	const struct provider *provider;
	struct path_match path;
	bool known;		/* the host is that of a provider, and of nothing else */
	bool socket;
};

/* Bodies that cannot be read are told by their type. */
static struct path_match match_path(const struct http_head *head, struct slice path, const struct provider *provider)
{
	struct path_match match = dialect_of_path(path, provider);

	if (match.count > 0 && match.dialects[0].dialect->opaque &&
	    !dialect_has_media(match.dialects[0].dialect, http_head_get(head, SLICE("content-type"))))
		return (struct path_match){ 0 };
	return match;
}

/* Known hosts tell by the path alone; others may, if the bodies agree. */
static bool may_be_call(const struct llm *llm, const struct http_head *head, struct slice path, struct match *ret)
{
	const struct provider *provider = provider_list_find(llm->providers, head->authority, path);
	bool socket = head_asks_socket(head);
	struct path_match by_path = socket ? dialect_of_socket(path, provider) : match_path(head, path, provider);
	bool known = provider && !(provider->flags & PROVIDER_MIXED);

	*ret = (struct match){
		.provider = provider,
		.path = by_path,
		.known = known,
		.socket = socket,
	};
	if (socket)
		return by_path.count > 0;
	/* HTTP/2 behind lost bytes: what is not known may have been anything, and the bodies tell. */
	if (!head->method.ptr || (slice_eq(head->method, SLICE("POST")) && !head->target.ptr))
		return true;
	if (!slice_eq(head->method, SLICE("POST")) || by_path.never || rpc_ruled_out(head))
		return false;
	if ((by_path.count > 0 && path.len > 1) || rpc_announced(head))
		return true;
	return (by_path.count > 0 || !known) && head_is_json(head);	/* "/" is everybody's */
}

static void set_provider(struct assembly *assembly, const char *provider, const char *gateway)
{
	if (provider)
		text_copy(assembly->call.provider, sizeof(assembly->call.provider), slice_of(provider));
	if (gateway)
		text_copy(assembly->call.gateway, sizeof(assembly->call.gateway), slice_of(gateway));
}

/* ---- streams of answers ---- */

static bool contains(struct slice text, struct slice part)
{
	return text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len);
}

/* Known hosts serve no such thing; of others the stream's first event tells. */
static bool may_be_session(const struct llm *llm, const struct http_head *head, struct slice path)
{
	const struct provider *provider = provider_list_find(llm->providers, head->authority, path);

	return slice_eq(head->method, SLICE("GET")) && (!provider || provider->flags & PROVIDER_MIXED) &&
	       contains(http_head_get(head, SLICE("accept")), SLICE("text/event-stream"));
}

static void begin_session(struct llm *llm, struct exchange *exchange)
{
	struct assembly *assembly = begin_assembly(llm, exchange);

	if (assembly)
		assembly->session = rpc_session_open(llm->sessions, exchange);
	if (!assembly || !assembly->session) {
		assembly_free(assembly);
		turn_down(exchange);
		return;
	}
	exchange->user = assembly;
}

static void take_session_piece(struct llm *llm, struct assembly *assembly, struct slice data)
{
	size_t room = sizeof(assembly->session_url) - assembly->session_url_len;

	if (rpc_session_named(assembly->session)) {
		if (!assembly->response)
			assembly->response = open_document(llm, &dialect_mcp, BODY_EVENT, assembly);
		if (assembly->response)
			parse_feed(assembly->response, data);
		return;
	}
	if (data.len < room)
		room = data.len;
	memcpy(assembly->session_url + assembly->session_url_len, data.ptr, room);
	assembly->session_url_len += room;
}

/* Whether the stream is, so far, what it was taken for. */
static bool end_session_event(struct llm *llm, struct assembly *assembly, const struct exchange_event *event)
{
	struct parse *parse = take_ptr(assembly->response);

	if (!rpc_session_named(assembly->session)) {
		bool whole = assembly->session_url_len < sizeof(assembly->session_url);

		if (!slice_eq(event->name, SLICE("endpoint")) || !whole)
			return false;
		rpc_session_name(assembly->session,
				 (struct slice){ assembly->session_url, assembly->session_url_len });
		return rpc_session_named(assembly->session);
	}
	if (!parse)
		return true;
	if (parse_finish(parse) == 0)
		rpc_session_answer(assembly->session, &parse->document.item, event->ts_ns, event->exchange);
	parse_close(llm->pool, parse);
	return true;
}

/* ---- events ---- */

/* Out of memory, the form is read as JSON, which tells nothing. */
static void open_form(struct assembly *assembly, const struct http_head *head)
{
	struct slice type = http_head_get(head, SLICE("content-type"));

	(void)multipart_open(type, assembly_take_field, assembly, &assembly->form);
	if (assembly->form && assembly->receiver)
		multipart_watch(assembly->form, assembly_take_field_piece);
}

static void take_path(struct assembly *assembly, const struct match *match)
{
	struct call *call = &assembly->call;

	assembly->socket = match->socket;
	assembly->host_known = match->known;
	assembly->by_path_count = match->path.count;
	memcpy(assembly->by_path, match->path.dialects, sizeof(assembly->by_path));
	if (assembly->by_path_count > 0)
		assembly_set_dialect(assembly, 0);
	/* The whole path is a word of ours there, however long its parts. */
	if (assembly->dialect && assembly->dialect->opaque)
		text_copy(call->path, sizeof(call->path), slice_of(assembly->rule->after));
	if (match->path.model.len == 0)
		return;
	path_decode(match->path.model, call->request_model, sizeof(call->request_model));
	/* Where anything may be served, a name in the path need not be a model's. */
	if (!match->provider || !(match->provider->flags & PROVIDER_MIXED))
		assembly->request_evidence |= SAW(EVIDENCE_MODEL);
}

static void take_rpc(struct assembly *assembly, const struct http_head *head)
{
	assembly->rpc = rpc_of_head(head);
	if (assembly->rpc)
		assembly->dialect = assembly->rpc->dialect;
}

static void on_request_head(struct llm *llm, struct exchange *exchange, const struct http_head *head)
{
	struct slice path = path_of_target(head->target);
	struct assembly *assembly;
	struct match match;
	bool may_be = may_be_call(llm, head, path, &match);

	exchange->known_peer = match.known;
	if (!may_be && may_be_session(llm, head, path)) {
		begin_session(llm, exchange);
		return;
	}
	if (!may_be) {
		turn_down(exchange);
		return;
	}
	assembly = begin_assembly(llm, exchange);
	if (!assembly) {
		stats_add(STAT_CALLS_LOST, 1);
		turn_down(exchange);
		return;
	}
	assembly->provider = match.provider;
	assembly->own_providers = provider_list_ref(llm->providers);
	assembly->request_seen = true;
	assembly->estimate = llm->setup.estimate_tokens;
	head_to_call(head, path, &assembly->call);
	take_path(assembly, &match);
	if (match.socket)
		head_query_model(head, assembly->call.request_model, sizeof(assembly->call.request_model));
	else
		take_rpc(assembly, head);
	assembly->target = rpc_sessions_target(llm->sessions, head->target);
	open_form(assembly, head);
	if (assembly->provider)
		set_provider(assembly, assembly->provider->name,
			     provider_list_gateway(assembly->own_providers, assembly->provider));
	exchange->user = assembly;
}

/* Forgets the documents that are open. */
static void drop_documents(struct llm *llm, struct assembly *assembly)
{
	if (assembly->request)
		parse_close(llm->pool, assembly->request);
	if (assembly->response)
		parse_close(llm->pool, assembly->response);
	free(assembly->form);
	assembly->request = NULL;
	assembly->response = NULL;
	assembly->form = NULL;
}

/* No more of it is wanted, but the exchange goes on. */
static void drop(struct llm *llm, struct exchange *exchange)
{
	struct assembly *assembly = exchange->user;

	drop_documents(llm, assembly);
	if (assembly->session)
		rpc_session_close(assembly->session, exchange);
	rpc_sessions_forget(llm->sessions, assembly->ticket);
	assembly_free(assembly);
	exchange->user = NULL;
	turn_down(exchange);
}

static bool any_request_fits(const struct assembly *assembly)
{
	for (size_t i = 0; i < dialect_count; i++)
		if (assembly_may_be(assembly, dialects[i]))
			return true;
	return false;
}

/* Lists, subscriptions and notifications. */
static bool is_other_rpc(const struct assembly *assembly)
{
	return assembly->request_evidence & SAW(EVIDENCE_JSONRPC) && !assembly->rpc;
}

static bool request_may_be_call(const struct assembly *assembly)
{
	if (assembly->certain || assembly->rpc)
		return true;
	if (is_other_rpc(assembly))
		return false;
	return assembly->dialect ? assembly_request_fits(assembly, assembly->dialect, true) : any_request_fits(assembly);
}

/* Only where host and path, or path and body, prove it. */
static void tell_request(const struct llm *llm, const struct assembly *assembly, const struct exchange *exchange)
{
	bool told = assembly->dialect && !assembly->dialect->weak_path && assembly->request_known;
	bool proven = assembly->certain || told;

	if (llm->setup.on_request && proven && !assembly->rpc && !assembly->dialect->by_request)
		llm->setup.on_request(llm->setup.ctx, exchange);
}

static void on_request_end(struct llm *llm, struct exchange *exchange)
{
	struct assembly *assembly = exchange->user;

	if (assembly->request || assembly->form)
		close_request(llm, assembly);
	else if (exchange->request_body_bytes == 0)
		assembly->request_known = true;
	if (assembly->socket)
		return;
	if (assembly->rpc && assembly->rpc->count == 1)
		assembly->ticket = rpc_sessions_expect(llm->sessions, exchange, assembly->target,
						       assembly->rpc->calls[0].id_hash,
						       &assembly->rpc->calls[0].texts);
	if (assembly->dialect && !assembly->rpc)
		assembly_choose_dialect(assembly);
	if (request_may_be_call(assembly))
		tell_request(llm, assembly, exchange);
	else
		drop(llm, exchange);
}

/* An answer whose request was not seen: its shape will tell. */
static struct assembly *begin_in_the_middle(const struct llm *llm, struct exchange *exchange,
					    const struct http_head *head)
{
	struct assembly *assembly;

	if (head->status != 200 || (exchange->response_framing == FRAMING_PLAIN && !head_is_json(head)))
		return NULL;
	assembly = begin_assembly(llm, exchange);
	exchange->user = assembly;
	return assembly;
}

/* Sound and plain text: they tell no more than that they are there. */
static void take_media(struct assembly *assembly, const struct exchange *exchange,
		       const struct http_head *head)
{
	struct slice type = http_head_get(head, SLICE("content-type"));

	if (!assembly->dialect || head->status >= 400 || exchange->response_framing != FRAMING_PLAIN)
		return;
	assembly->no_json = dialect_has_media(assembly->dialect, type);
	assembly->confirmed |= assembly->no_json;
}

/* Streams that say no more than that they are JSON. */
static void choose_framing(const struct assembly *assembly, struct exchange *exchange, const struct http_head *head)
{
	if (assembly->rule && assembly->rule->framing != FRAMING_PLAIN && head->status < 400 &&
	    exchange->response_framing == FRAMING_PLAIN && head_is_json(head))
		exchange->response_framing = assembly->rule->framing;
}

/* A host that is known may still be a gateway's alias of it. */
static void take_fingerprint(struct assembly *assembly, const struct fingerprint *fingerprint)
{
	bool pure_gateway = fingerprint && !fingerprint->provider;

	if (fingerprint && (!assembly->provider || pure_gateway))
		set_provider(assembly, fingerprint->provider, fingerprint->gateway);
}

/* Only the answer that was looked for elsewhere is: what failed here has ended. */
static bool hand_over(struct llm *llm, const struct assembly *assembly, const struct call *call,
		      const struct exchange *exchange)
{
	if (call->capture == CAPTURE_UNDECODABLE && call->error == ERROR_NONE)
		return rpc_sessions_hand(llm->sessions, assembly->ticket, call, exchange);
	rpc_sessions_forget(llm->sessions, assembly->ticket);
	return false;
}

static void emit_rpc(struct llm *llm, struct assembly *assembly, const struct exchange *exchange)
{
	struct call call;

	for (uint32_t i = 0; i < assembly->rpc->count; i++) {
		assembly_rpc_call(assembly, i, exchange, &call);
		if (assembly->ticket && hand_over(llm, assembly, &call, exchange))
			continue;
		llm->setup.fn(llm->setup.ctx, &call, exchange, texts_finish(assembly_rpc_texts(assembly, i)));
	}
}

static void emit(struct llm *llm, struct assembly *assembly, const struct exchange *exchange)
{
	struct call *call = &assembly->call;

	if (!call->provider[0] && call_is_llm(call))
		set_provider(assembly, assembly->dialect->provider ? assembly->dialect->provider : "unknown", NULL);
	stats_add(STAT_JSON_MALFORMED, assembly->malformed);
	if (assembly->rpc)
		emit_rpc(llm, assembly, exchange);
	else
		llm->setup.fn(llm->setup.ctx, call, exchange, texts_finish(take_ptr(assembly->texts)));
}

static void on_socket_call(void *ctx, struct assembly *assembly, const struct exchange *exchange)
{
	emit(ctx, assembly, exchange);
}

/* What was one call in the making is from here on many. */
static void begin_socket(struct llm *llm, struct exchange *exchange)
{
	struct assembly *handshake = exchange->user;
	struct session *session = NULL;

	drop_documents(llm, handshake);	/* a GET may have a body: it says nothing */
	texts_drop(take_ptr(handshake->texts));
	if (handshake->socket)
		session = session_new(llm->pool, handshake, on_socket_call, llm);
	if (!session) {
		drop(llm, exchange);
		return;
	}
	exchange->user = session;
}

static void end_socket(struct session *session, const struct exchange_event *event)
{
	session_on_event(session, event);
	if (session_calls(session) == 0)
		stats_add(STAT_NOT_CALLS, 1);
	session_free(session);
	event->exchange->user = NULL;
}

static void on_response_head(struct llm *llm, struct exchange *exchange, const struct http_head *head)
{
	struct assembly *assembly = exchange->user;

	if (!assembly && !exchange->skip_bodies)
		assembly = begin_in_the_middle(llm, exchange, head);
	if (!assembly) {
		turn_down(exchange);
		return;
	}
	if (head->status >= 300 && head->status < 400) {	/* the call is asked for elsewhere */
		drop(llm, exchange);
		return;
	}
	if (assembly->session) {
		if (head->status != 200 || exchange->response_framing != FRAMING_SSE)
			drop(llm, exchange);
		return;
	}
	if (assembly->socket && exchange->response_framing != FRAMING_WEBSOCKET && head->status < 400) {
		drop(llm, exchange);
		return;
	}
	assembly->responded = true;
	choose_framing(assembly, exchange, head);
	assembly_take_head(assembly, head);
	assembly->call.streaming = exchange->response_framing != FRAMING_PLAIN ||
				   (assembly->rule && assembly->rule->streams);
	take_media(assembly, exchange, head);
	take_fingerprint(assembly, fingerprint_of(head));
	if (exchange->response_framing == FRAMING_WEBSOCKET)
		begin_socket(llm, exchange);
}

static void on_request_body(struct llm *llm, struct assembly *assembly, struct slice data)
{
	if (assembly->dialect && assembly->dialect->opaque)
		return;
	if (assembly->form) {
		multipart_feed(assembly->form, data);
		return;
	}
	if (!assembly->request)
		assembly->request = open_document(llm, NULL, BODY_REQUEST, assembly);
	if (assembly->request)
		parse_feed(assembly->request, data);
}

static void on_response_body(struct llm *llm, struct assembly *assembly, enum body_kind kind, struct slice data)
{
	if (assembly->no_json)
		return;
	if (!assembly->response)
		assembly->response = open_document(llm, assembly->dialect, kind, assembly);
	if (assembly->response)
		parse_feed(assembly->response, data);
	else
		assembly->malformed++;	/* out of memory: the figures lack this document */
}

static void forget(struct llm *llm, const struct assembly *assembly)
{
	rpc_sessions_forget(llm->sessions, assembly->ticket);
	stats_add(STAT_NOT_CALLS, 1);
}

static void on_end(struct llm *llm, const struct exchange_event *event)
{
	struct assembly *assembly = event->exchange->user;

	if (!assembly) {
		stats_add(STAT_NOT_CALLS, 1);
		return;
	}
	if (assembly->session) {
		drop(llm, event->exchange);
		stats_add(STAT_NOT_CALLS, 1);
		return;
	}
	close_request(llm, assembly);
	close_response(llm, assembly, event, true);
	if (assembly_finish(assembly, event->exchange, event->ts_ns, event->outcome))
		emit(llm, assembly, event->exchange);
	else
		forget(llm, assembly);
	assembly_free(assembly);
	event->exchange->user = NULL;
}

static void on_session_part(struct llm *llm, const struct exchange_event *event)
{
	struct assembly *assembly = event->exchange->user;

	if (event->kind == EXCHANGE_MESSAGE_PIECE)
		take_session_piece(llm, assembly, event->data);
	else if (event->kind == EXCHANGE_MESSAGE_END && !end_session_event(llm, assembly, event))
		drop(llm, event->exchange);
}

static enum body_kind event_kind(const struct exchange *exchange)
{
	const struct assembly *assembly = exchange->user;
	bool wrapped = assembly->dialect && assembly->dialect->wrapped;

	return wrapped && exchange->response_framing == FRAMING_EVENT_STREAM ? BODY_WRAPPED_EVENT : BODY_EVENT;
}

static void on_part(struct llm *llm, const struct exchange_event *event)
{
	struct exchange *exchange = event->exchange;

	switch (event->kind) {
	case EXCHANGE_REQUEST_BODY:
		on_request_body(llm, exchange->user, event->data);
		break;
	case EXCHANGE_REQUEST_END:
		on_request_end(llm, exchange);
		break;
	case EXCHANGE_RESPONSE_BODY:
		on_response_body(llm, exchange->user, BODY_RESPONSE, event->data);
		break;
	case EXCHANGE_MESSAGE_PIECE:
		on_response_body(llm, exchange->user, event_kind(exchange), event->data);
		break;
	case EXCHANGE_RESPONSE_TRAILERS:
		assembly_take_trailers(exchange->user, event->head);
		break;
	case EXCHANGE_MESSAGE_END:
	case EXCHANGE_RESPONSE_END:
		close_response(llm, exchange->user, event, false);
		break;
	default:
		break;
	}
}

/* From the answer's head on. */
static bool is_socket(const struct exchange *exchange)
{
	return exchange->user && exchange->response_framing == FRAMING_WEBSOCKET;
}

void llm_on_exchange(void *ctx, const struct exchange_event *event)
{
	struct llm *llm = ctx;

	if (event->kind == EXCHANGE_REQUEST_HEAD)
		on_request_head(llm, event->exchange, event->head);
	else if (event->kind == EXCHANGE_RESPONSE_HEAD)
		on_response_head(llm, event->exchange, event->head);
	else if (event->kind == EXCHANGE_END && is_socket(event->exchange))
		end_socket(event->exchange->user, event);
	else if (event->kind == EXCHANGE_END)
		on_end(llm, event);
	else if (is_socket(event->exchange))
		session_on_event(event->exchange->user, event);
	else if (event->exchange->user && ((struct assembly *)event->exchange->user)->session)
		on_session_part(llm, event);
	else if (event->exchange->user)
		on_part(llm, event);
}

/* ---- bodies by themselves ---- */

static void pass_item(void *ctx, const struct item *item)
{
	(void)ctx;
	(void)item;
}

static struct texts *texts_of_body(void *ctx, const struct document *document)
{
	(void)document;
	return ctx;
}

int llm_texts_of_body(struct llm *llm, struct slice body, bool is_request, void **user)
{
	static const struct parse_target target = { pass_item, texts_of_body };
	struct texts *texts = texts_new(&llm->receiver, NULL);
	struct parse *parse = NULL;
	bool found;
	int error;

	if (texts)
		parse = parse_open(llm->pool, NULL, is_request ? BODY_REQUEST : BODY_RESPONSE, &target, texts);
	if (!parse) {
		texts_drop(texts);
		return -ENOMEM;
	}
	texts->user = *user;
	parse_feed(parse, body);
	error = parse_finish(parse);
	parse_close(llm->pool, parse);
	found = texts->count > 0;
	*user = texts_finish(texts);
	return error < 0 || !found ? -EBADMSG : 0;
}

/* ---- lifecycle ---- */

struct llm *llm_new(const struct llm_setup *setup)
{
	struct llm *llm = calloc(1, sizeof(*llm));

	if (!llm)
		return NULL;
	llm->setup = *setup;
	llm->receiver = (struct text_receiver){ setup->on_text, setup->on_text_drop, setup->ctx };
	llm->pool = parse_pool_new(setup->estimate_tokens || setup->on_text);
	llm->sessions = rpc_sessions_new(setup->fn, setup->ctx);
	if (!llm->pool || !llm->sessions || provider_list_parse(setup->providers, &llm->providers) < 0) {
		llm_free(llm);
		return NULL;
	}
	return llm;
}

int llm_set_providers(struct llm *llm, const char *providers)
{
	struct provider_list *list;
	int err = provider_list_parse(providers, &list);

	if (err < 0)
		return err;
	provider_list_unref(llm->providers);
	llm->providers = list;
	return 0;
}

void llm_free(struct llm *llm)
{
	if (!llm)
		return;
	rpc_sessions_free(llm->sessions);
	parse_pool_free(llm->pool);
	provider_list_unref(llm->providers);
	free(llm);
}
