/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which message belongs to which call. Responses are told apart by their ids
 * where the dialect has ids; they begin in the order in which they were asked
 * for. A call that was asked for lasts from the question's first byte; one
 * that the server began by itself (it heard the end of a turn), from there.
 *
 * A thread that reads may have the answer before the write of the question has
 * returned in another, and only then is the question seen. So what seems to
 * answer nothing waits a little for a question that was begun before it.
 */
#include "llm/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/stats.h"
#include "llm/text.h"

#define CALLS_MAX 8	/* open at a time; more are lost, counted */
#define ITEMS_MAX 16	/* of one message */
#define PATIENCE_NS 100000000ull	/* how much later than its answer a question may be seen */
#define STRANGE_MAX 64	/* messages of a server that look like nothing known, until it is given up */

struct session_call {
	struct assembly *assembly;	/* owned */
	uint32_t id_hash;		/* of the response; 0: not known */
	uint32_t ask_hash;		/* of the client's event; 0: it has no id */
	bool begun;			/* the response has */
	bool aside;			/* of another model */
	bool unasked;			/* by nothing that was seen: how long it took is not known */
	uint64_t start_ns, asked_ns;	/* first and last byte of what asked for it */
	uint64_t response_start_ns, last_ns;
	uint64_t ended_ns;		/* it waits for its question since then; 0: it does not */
	bool stray;			/* an error: without a question it is nobody's */
	uint64_t refused_ns;		/* of an error that is its answer, unless a response comes; 0: none */
	uint64_t request_bytes, response_bytes;
	enum exchange_outcome outcome;	/* what missing bytes made of it */
};

/* One end's messages. */
struct end {
	struct parse *parse;		/* the one that is open; owned */
	uint64_t start_ns;		/* of its first piece; 0: none yet */
	uint64_t bytes_before;		/* of all messages that have ended */
};

struct session {
	struct parse_pool *pool;
	session_call_fn fn;
	void *ctx;
	struct assembly *handshake;	/* owned: what all calls have in common */
	const struct session_dialect *dialect;
	struct end client, server;
	char asked_model[MODEL_BYTES];	/* what the client's messages say */
	char model[MODEL_BYTES];	/* ... and the server's */
	char other_model[MODEL_BYTES];	/* of what stands aside */
	struct session_call calls[CALLS_MAX];	/* oldest first */
	size_t call_count;
	uint64_t calls_ended;
	uint64_t input_end_ns;		/* of what the next response answers; 0: not known */
	uint64_t asked_bytes;		/* of the client, up to the call before */
	uint64_t aside_ns, aside_bytes;	/* beginning and messages of what stands aside */
	unsigned int strange;
	bool confirmed;			/* some message had the dialect's shape */
	struct texts *next_texts;	/* what was said since a call was asked for; owned; null: none */
	struct texts *aside_texts;	/* ... and what stands aside; owned; null: none */
	bool aside_heard;		/* some of it, before the message that is open */
	enum exchange_outcome client_lost;	/* not COMPLETE: since then it cannot be read */
	struct item items[ITEMS_MAX];	/* of the message that is open */
	size_t item_count;
};

/* A message that has ended. */
struct message {
	const struct exchange *exchange;
	struct document *document;
	uint64_t start_ns, ts_ns, bytes;
	bool client;
	bool cut;
};

struct session *session_new(struct parse_pool *pool, struct assembly *handshake, session_call_fn fn, void *ctx)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->pool = pool;
	session->handshake = handshake;
	session->dialect = handshake->dialect->session;
	session->fn = fn;
	session->ctx = ctx;
	return session;
}

static void free_assembly(struct assembly *assembly)
{
	texts_drop(assembly->texts);
	free(assembly);
}

static void close_message(struct session *session, struct end *end)
{
	if (end->parse)
		parse_close(session->pool, end->parse);
	end->parse = NULL;
	end->start_ns = 0;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	close_message(session, &session->client);
	close_message(session, &session->server);
	for (size_t i = 0; i < session->call_count; i++)
		free_assembly(session->calls[i].assembly);
	texts_drop(session->next_texts);
	texts_drop(session->aside_texts);
	assembly_free(session->handshake);
	free(session);
}

uint64_t session_calls(const struct session *session)
{
	return session->calls_ended;
}

static uint32_t hash_id(const char *id)
{
	return id[0] ? (uint32_t)hash_bytes(id, strlen(id), hash_seed()) | 1 : 0;
}

/* ---- calls ---- */

static struct assembly *new_assembly(const struct session *session)
{
	struct assembly *assembly = malloc(sizeof(*assembly));

	if (assembly)
		*assembly = *session->handshake;
	else
		stats_add(STAT_CALLS_LOST, 1);
	return assembly;
}

/* `model`: what the question itself says; else the session does, else the
 * handshake's target has. */
static void name_models(const struct session *session, struct call *call, const char *model)
{
	const char *const asked[] = { model, session->asked_model, call->request_model, session->model };
	size_t i = 0;

	while (i < ARRAY_SIZE(asked) - 1 && !asked[i][0])
		i++;
	if (asked[i] != call->request_model)
		memcpy(call->request_model, asked[i], sizeof(call->request_model));
}

static struct session_call *open_call(struct session *session, const struct exchange *exchange, const char *model)
{
	struct session_call *call;
	struct assembly *assembly;

	if (session->call_count == CALLS_MAX) {
		stats_add(STAT_CALLS_LOST, 1);
		return NULL;
	}
	assembly = new_assembly(session);
	if (!assembly)
		return NULL;
	name_models(session, &assembly->call, model);
	assembly->texts = take_ptr(session->next_texts);
	call = &session->calls[session->call_count++];
	*call = (struct session_call){
		.assembly = assembly,
		.request_bytes = exchange->request_body_bytes - session->asked_bytes,
		.outcome = session->client_lost,
	};
	session->asked_bytes = exchange->request_body_bytes;
	return call;
}

static void give_out(struct session *session, struct session_call *call, const struct exchange *exchange,
		     uint64_t end_ns)
{
	struct exchange view = *exchange;

	view.request_start_ns = call->start_ns;
	view.request_end_ns = call->asked_ns;
	view.response_start_ns = call->response_start_ns;
	view.response_end_ns = end_ns;
	view.response_last_ns = call->last_ns;
	view.request_body_bytes = call->request_bytes;
	view.response_body_bytes = call->response_bytes;
	call->assembly->certain |= session->confirmed;
	/* A question may be sent before the session has said what it is. */
	if (!call->aside && !call->assembly->call.response_model[0])
		memcpy(call->assembly->call.response_model, session->model, MODEL_BYTES);
	if (!assembly_finish(call->assembly, &view, end_ns, call->outcome))
		return;
	if (call->unasked)
		call->assembly->call.ttfb_ns = call->assembly->call.ttft_ns = CALL_UNKNOWN;
	session->calls_ended++;
	session->fn(session->ctx, call->assembly, exchange);
}

static void remove_call(struct session *session, struct session_call *call)
{
	size_t at = (size_t)(call - session->calls);

	free_assembly(call->assembly);
	session->call_count--;
	memmove(call, call + 1, (session->call_count - at) * sizeof(*call));
}

static void end_call(struct session *session, struct session_call *call, const struct exchange *exchange,
		     uint64_t end_ns)
{
	give_out(session, call, exchange, end_ns);
	remove_call(session, call);
}

/* Until `now_ns` the question would have been seen. */
static void end_unclaimed(struct session *session, const struct exchange *exchange, uint64_t now_ns)
{
	size_t i = 0;

	while (i < session->call_count) {
		struct session_call *call = &session->calls[i];

		if (!call->ended_ns || now_ns < call->ended_ns + PATIENCE_NS) {
			i++;
		} else if (call->stray) {
			session->asked_bytes -= call->request_bytes;
			remove_call(session, call);
		} else {
			end_call(session, call, exchange, call->ended_ns);
		}
	}
}

/* The oldest that waits for its response, or has it. */
static struct session_call *oldest(struct session *session, bool begun)
{
	for (size_t i = 0; i < session->call_count; i++)
		if (session->calls[i].begun == begun && !session->calls[i].ended_ns)
			return &session->calls[i];
	return NULL;
}

static struct session_call *find_call(struct session *session, uint32_t id_hash)
{
	for (size_t i = 0; i < session->call_count && id_hash; i++)
		if (session->calls[i].begun && !session->calls[i].ended_ns && session->calls[i].id_hash == id_hash)
			return &session->calls[i];
	return id_hash ? NULL : oldest(session, true);
}

/* Nobody has asked: the server has heard enough. */
static struct session_call *open_unasked(struct session *session, const struct message *message)
{
	struct session_call *call = open_call(session, message->exchange, "");

	if (!call)
		return NULL;
	call->unasked = session->input_end_ns == 0;
	call->start_ns = call->unasked ? message->start_ns : session->input_end_ns;
	return call;
}

static struct session_call *begin_call(struct session *session, const struct message *message)
{
	uint32_t id_hash = hash_id(message->document->id);
	struct session_call *call = find_call(session, id_hash);

	if (call)
		return call;
	call = oldest(session, false);
	if (!call)
		call = open_unasked(session, message);
	if (!call)
		return NULL;
	/* What was refused was something else. */
	if (call->refused_ns)
		assembly_forget_error(call->assembly);
	call->refused_ns = 0;
	call->begun = true;
	call->id_hash = id_hash;
	call->response_start_ns = message->start_ns;
	session->input_end_ns = 0;
	return call;
}

static void take(struct session *session, struct session_call *call, const struct message *message)
{
	assembly_take_response(call->assembly, message->document, true, message->cut, message->ts_ns);
	for (size_t i = 0; i < session->item_count; i++)
		assembly_take_item(call->assembly, &session->items[i]);
	call->response_bytes += message->bytes;
	call->last_ns = message->ts_ns;
}

static void end_refused(struct session *session, const struct exchange *exchange)
{
	for (size_t i = session->call_count; i > 0; i--)
		if (session->calls[i - 1].refused_ns)
			end_call(session, &session->calls[i - 1], exchange, session->calls[i - 1].refused_ns);
}

/* ---- what messages do ---- */

static void take_models(struct session *session, const struct document *document, bool client)
{
	if (document->model[0])
		memcpy(client ? session->asked_model : session->model, document->model, MODEL_BYTES);
	if (document->other_model[0])
		memcpy(session->other_model, document->other_model, sizeof(session->other_model));
}

static struct session_call *unclaimed(struct session *session, const struct message *message)
{
	for (size_t i = 0; i < session->call_count; i++) {
		struct session_call *call = &session->calls[i];

		if (call->unasked && call->response_start_ns >= message->start_ns &&
		    (!call->stray || call->ask_hash == message->document->event_hash))
			return call;
	}
	return NULL;
}

/* The question of a response that was seen before it. */
static void claim(struct session *session, struct session_call *call, const struct message *message)
{
	uint64_t bytes_now = message->exchange->request_body_bytes;

	call->unasked = false;
	call->begun = true;
	call->start_ns = message->start_ns;
	call->asked_ns = message->ts_ns;
	call->request_bytes += bytes_now - session->asked_bytes;
	session->asked_bytes = bytes_now;
	name_models(session, &call->assembly->call, message->document->model);
	if (call->ended_ns)
		end_call(session, call, message->exchange, call->ended_ns);
}

static void ask(struct session *session, const struct message *message)
{
	struct session_call *call;

	end_refused(session, message->exchange);
	call = unclaimed(session, message);
	if (call) {
		claim(session, call, message);
		return;
	}
	if (session->dialect->asks_merge && oldest(session, false))
		return;
	call = open_call(session, message->exchange, message->document->model);
	if (!call)
		return;
	call->start_ns = message->start_ns;
	call->asked_ns = message->ts_ns;
	call->ask_hash = message->document->event_hash;
	session->input_end_ns = 0;
}

/* The call that an error is about. One that names no event of the client may
 * be about anything, unless there is nothing else that it could be about. */
static struct session_call *failed_call(struct session *session, const struct document *document, bool *ret_sure)
{
	struct session_call *call = oldest(session, false);

	*ret_sure = true;
	for (size_t i = 0; i < session->call_count && document->event_hash; i++)
		if (!session->calls[i].ended_ns && session->calls[i].ask_hash == document->event_hash)
			return &session->calls[i];
	if (session->dialect->only_asks)
		return call ? call : oldest(session, true);
	*ret_sure = false;
	return document->event_hash ? NULL : call;
}

static struct session_call *open_stray(struct session *session, const struct message *message)
{
	struct session_call *call = NULL;

	if (message->document->event_hash || session->dialect->only_asks)
		call = open_call(session, message->exchange, "");
	if (!call)
		return NULL;
	call->unasked = call->stray = true;
	call->ask_hash = message->document->event_hash;
	return call;
}

static void fail(struct session *session, const struct message *message)
{
	bool sure;
	struct session_call *call = failed_call(session, message->document, &sure);

	if (!call)
		call = open_stray(session, message);
	if (!call)
		return;
	take(session, call, message);
	if (!call->response_start_ns)
		call->response_start_ns = message->start_ns;
	if (sure && message->document->status_code != CALL_UNKNOWN)
		call->assembly->call.status = message->document->status_code;
	if (call->stray)
		call->ended_ns = message->ts_ns;
	else if (sure)
		end_call(session, call, message->exchange, message->ts_ns);
	else
		call->refused_ns = message->ts_ns;
}

/* A call beside the others, of another model: what was heard is written down. */
static void end_aside(struct session *session, const struct message *message)
{
	struct session_call call = {
		.assembly = new_assembly(session),
		.aside = true,
		.start_ns = session->aside_ns ? session->aside_ns : message->start_ns,
		.response_bytes = session->aside_bytes,
	};

	session->aside_bytes = 0;
	if (!call.assembly)
		return;
	memcpy(call.assembly->call.request_model, session->other_model, MODEL_BYTES);
	call.assembly->texts = take_ptr(session->aside_texts);
	take(session, &call, message);
	call.assembly->operation = session->dialect->aside;
	give_out(session, &call, message->exchange, message->ts_ns);
	free_assembly(call.assembly);
}

/* Of a response whose beginning was not seen the end may be all there is. */
static struct session_call *ending_call(struct session *session, const struct message *message)
{
	struct session_call *call = find_call(session, hash_id(message->document->id));
	bool tells = message->document->evidence & SAW(EVIDENCE_USAGE);

	return call || (!tells && !oldest(session, false)) ? call : begin_call(session, message);
}

static void do_act(struct session *session, enum session_act act, const struct message *message)
{
	struct session_call *call = NULL;

	switch (act) {
	case SESSION_SETS_UP:
		take_models(session, message->document, message->client);
		return;
	case SESSION_ASKS:
		ask(session, message);
		return;
	case SESSION_ENDS_INPUT:
		session->input_end_ns = message->ts_ns;
		session->aside_ns = message->ts_ns;
		return;
	case SESSION_FAILS:
		fail(session, message);
		return;
	case SESSION_CONTINUES_ASIDE:
		session->aside_bytes += message->bytes;
		return;
	case SESSION_ENDS_ASIDE:
		end_aside(session, message);
		return;
	case SESSION_BEGINS:
		call = begin_call(session, message);
		break;
	case SESSION_CONTINUES:
		call = find_call(session, hash_id(message->document->id));
		break;
	case SESSION_ENDS:
		call = ending_call(session, message);
		break;
	case SESSION_NOTHING:
		return;
	}
	if (!call)
		return;
	take(session, call, message);
	if (act == SESSION_ENDS && call->unasked)
		call->ended_ns = message->ts_ns;
	else if (act == SESSION_ENDS)
		end_call(session, call, message->exchange, message->ts_ns);
}

/* ---- messages ---- */

static void keep_item(void *ctx, const struct item *item)
{
	struct session *session = ctx;

	if (session->item_count < ITEMS_MAX)
		session->items[session->item_count++] = *item;
}

/* What the client says is said to the next response, or to the one that has been
 * seen before its question. Of a turn that goes on over the results of tools it
 * is part of that. */
static struct session_call *call_of_client(struct session *session)
{
	struct session_call *call = session->dialect->asks_merge ? oldest(session, false) : NULL;

	for (size_t i = 0; i < session->call_count; i++)
		if (session->calls[i].unasked && session->calls[i].response_start_ns >= session->client.start_ns)
			return &session->calls[i];
	return call || !session->dialect->asks_merge ? call : oldest(session, true);
}

static struct texts *client_texts(void *ctx, const struct document *document)
{
	struct session *session = ctx;
	struct session_call *call = call_of_client(session);

	(void)document;
	return assembly_texts_at(session->handshake, call ? &call->assembly->texts : &session->next_texts);
}

/* Of a message that is not whole yet: it may be the one that begins its call. */
static struct texts *server_texts(void *ctx, const struct document *document)
{
	struct session *session = ctx;
	struct session_call *call = find_call(session, hash_id(document->id));
	enum session_act act = session->dialect->on_server(document);

	/* The end of it repeats what came in pieces. */
	if (act == SESSION_ENDS_ASIDE && session->aside_heard)
		return NULL;
	if (act == SESSION_CONTINUES_ASIDE || act == SESSION_ENDS_ASIDE)
		return assembly_texts_at(session->handshake, &session->aside_texts);
	if (!call)
		call = oldest(session, false);
	return assembly_texts_at(session->handshake, call ? &call->assembly->texts : &session->next_texts);
}

static struct parse *open_message(struct session *session, bool client)
{
	struct parse_target target = { keep_item, client ? client_texts : server_texts };

	if (!client)
		session->aside_heard = session->aside_texts && session->aside_texts->count > 0;
	if (!session->handshake->receiver)
		target.texts_of = NULL;
	return parse_open(session->pool, session->handshake->dialect, client ? BODY_CLIENT : BODY_EVENT, &target, session);
}

/* Without memory for it a message is none; its bytes are still counted. */
static void on_piece(struct session *session, const struct exchange_event *event, bool client)
{
	struct end *end = client ? &session->client : &session->server;

	bool first = end->start_ns == 0;

	if (first) {
		end->start_ns = event->ts_ns;
		end->parse = open_message(session, client);
	}
	if (end->parse)
		parse_feed(end->parse, event->data);
}

/* Bytes are missing: what is open lacks them, or what is asked for next. */
static void harm(struct session *session, const struct exchange_event *event, bool client)
{
	for (size_t i = 0; i < session->call_count; i++)
		if (!client || !session->calls[i].begun)
			session->calls[i].outcome = event->outcome;
	if (client && event->is_error)
		session->client_lost = event->outcome;
}

static void judge(struct session *session, struct exchange *exchange, const struct document *document)
{
	if (session->handshake->dialect->fits(document))
		session->confirmed = true;
	else if (!session->handshake->certain && !session->confirmed && ++session->strange == STRANGE_MAX)
		exchange->skip_bodies = true;
}

static void on_message(struct session *session, const struct exchange_event *event, bool client)
{
	struct end *end = client ? &session->client : &session->server;
	const struct exchange *exchange = event->exchange;
	uint64_t bytes_now = client ? exchange->request_body_bytes : exchange->response_body_bytes;
	struct message message = {
		.exchange = exchange,
		.start_ns = end->start_ns,
		.ts_ns = event->ts_ns,
		.client = client,
		.bytes = bytes_now - end->bytes_before,
		.cut = event->outcome != OUTCOME_COMPLETE,
	};

	end->bytes_before = bytes_now;
	if (message.cut)
		harm(session, event, client);
	if (!end->parse) {
		close_message(session, end);
		return;
	}
	if (parse_finish(end->parse) != 0 && !message.cut)
		stats_add(STAT_JSON_MALFORMED, 1);
	message.document = &end->parse->document;
	end_unclaimed(session, exchange, message.ts_ns);
	if (!client)
		judge(session, event->exchange, message.document);
	do_act(session, client ? session->dialect->on_client(message.document) : session->dialect->on_server(message.document),
	       &message);
	session->item_count = 0;
	close_message(session, end);
}

/* A connection that is closed properly in the middle of a response aborts it
 * all the same. */
static void on_end(struct session *session, const struct exchange_event *event)
{
	end_unclaimed(session, event->exchange, UINT64_MAX);
	end_refused(session, event->exchange);
	while (session->call_count > 0) {
		struct session_call *call = &session->calls[0];

		if (call->outcome == OUTCOME_COMPLETE)
			call->outcome = event->outcome == OUTCOME_UNDECODABLE ? OUTCOME_UNDECODABLE : OUTCOME_ABORTED;
		end_call(session, call, event->exchange, call->last_ns ? call->last_ns : event->ts_ns);
	}
}

void session_on_event(struct session *session, const struct exchange_event *event)
{
	switch (event->kind) {
	case EXCHANGE_CLIENT_PIECE:
	case EXCHANGE_MESSAGE_PIECE:
		on_piece(session, event, event->kind == EXCHANGE_CLIENT_PIECE);
		break;
	case EXCHANGE_CLIENT_END:
	case EXCHANGE_MESSAGE_END:
		on_message(session, event, event->kind == EXCHANGE_CLIENT_END);
		break;
	case EXCHANGE_END:
		on_end(session, event);
		break;
	default:
		break;
	}
}
