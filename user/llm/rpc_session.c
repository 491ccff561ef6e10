/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two short lists, searched from one end: a process has a handful of sessions,
 * and a session seldom more than one call that waits. The answer may be seen
 * before the POST has ended, or after.
 */
#include "llm/rpc_session.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "llm/rpc.h"

struct pending {
	struct pending *next;
	uint64_t ticket;
	uint32_t id_hash;
	bool answered, handed;
	struct texts **lent;	/* until then those of the request */
	struct texts *texts;	/* ... from then on; owned; null: none */
	enum call_error error;
	uint64_t end_ns;
	struct call call;	/* once it was handed over */
};

struct rpc_session {
	struct rpc_session *next;
	struct rpc_sessions *sessions;
	uint32_t tgid;
	enum exchange_role role;
	uint64_t url_hash;	/* 0: not named yet */
	struct pending *pending;	/* owned */
};

struct rpc_sessions {
	void (*fn)(void *ctx, struct call *call, const struct exchange *exchange, void *user);
	void *ctx;
	struct rpc_session *first;	/* owned */
	size_t count, pending;
	uint64_t tickets;
};

struct rpc_sessions *rpc_sessions_new(void (*fn)(void *ctx, struct call *call, const struct exchange *exchange, void *user),
				      void *ctx)
{
	struct rpc_sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions)
		return NULL;
	sessions->fn = fn;
	sessions->ctx = ctx;
	return sessions;
}

/* ---- calls that wait ---- */

static void remove_pending(struct rpc_session *session, struct pending **link)
{
	struct pending *pending = *link;

	*link = pending->next;
	session->sessions->pending--;
	texts_drop(pending->texts);
	free(pending);
}

/* The exchange of the request may be gone by now. */
static void *finish_texts(struct pending *pending, const struct exchange *exchange)
{
	if (pending->texts)
		pending->texts->exchange = exchange;
	return texts_finish(take_ptr(pending->texts));
}

/* Both halves are there. `time_unix_ns` is still the monotonic time of the first byte. */
static void complete(struct rpc_session *session, struct pending **link, const struct exchange *exchange)
{
	struct pending *pending = *link;
	struct call *call = &pending->call;
	int64_t start_ns = call->time_unix_ns;

	if (start_ns > 0 && pending->end_ns >= (uint64_t)start_ns)
		call->duration_ns = (int64_t)pending->end_ns - start_ns;
	call->error = pending->error;
	call->capture = CAPTURE_COMPLETE;
	session->sessions->fn(session->sessions->ctx, call, exchange, finish_texts(pending, exchange));
	remove_pending(session, link);
}

static struct pending **find_ticket(struct rpc_sessions *sessions, uint64_t ticket, struct rpc_session **ret)
{
	for (struct rpc_session *session = sessions->first; session; session = session->next)
		for (struct pending **link = &session->pending; *link; link = &(*link)->next)
			if ((*link)->ticket == ticket) {
				*ret = session;
				return link;
			}
	return NULL;
}

/* ---- streams ---- */

struct rpc_session *rpc_session_open(struct rpc_sessions *sessions, const struct exchange *exchange)
{
	struct rpc_session *session = sessions->count < RPC_SESSIONS_MAX ? calloc(1, sizeof(*session)) : NULL;

	if (!session)
		return NULL;
	session->sessions = sessions;
	session->tgid = exchange->conn->key.tgid;
	session->role = exchange->role;
	session->next = sessions->first;
	sessions->first = session;
	sessions->count++;
	return session;
}

/* Path and query, for a POST names no more. */
static uint64_t hash_url(struct slice url)
{
	const char *scheme = url.len > 0 && url.ptr[0] != '/' ? memmem(url.ptr, url.len, "://", 3) : NULL;
	const char *path;

	if (scheme) {
		size_t rest = url.len - (size_t)(scheme + 3 - url.ptr);

		path = memchr(scheme + 3, '/', rest);
		url = (struct slice){ path, path ? (size_t)(url.ptr + url.len - path) : 0 };
	}
	return url.len > 0 ? hash_bytes(url.ptr, url.len, hash_seed()) | 1 : 0;
}

void rpc_session_name(struct rpc_session *session, struct slice url)
{
	session->url_hash = hash_url(url);
}

bool rpc_session_named(const struct rpc_session *session)
{
	return session->url_hash != 0;
}

/* The id may stand behind the result: then it is taken for the oldest call's. */
struct texts **rpc_session_texts(struct rpc_session *session, const struct item *message)
{
	struct pending *found = NULL;

	if (message->type[0])
		return NULL;
	for (struct pending *pending = session->pending; pending; pending = pending->next)
		if (message->id_hash ? pending->id_hash == message->id_hash : !pending->answered)
			found = pending;
	if (!found)
		return NULL;
	return found->lent ? found->lent : &found->texts;
}

void rpc_session_answer(struct rpc_session *session, const struct item *message, uint64_t ts_ns,
			const struct exchange *exchange)
{
	struct pending **link = &session->pending;

	if (message->type[0] || !message->id_hash)
		return;
	while (*link && (*link)->id_hash != message->id_hash)
		link = &(*link)->next;
	if (!*link)
		return;
	(*link)->answered = true;
	(*link)->error = rpc_error_of(message);
	(*link)->end_ns = ts_ns;
	if ((*link)->handed)
		complete(session, link, exchange);
}

static void give_up(struct rpc_session *session, const struct exchange *exchange)
{
	struct pending *pending = session->pending;
	struct call *call = &pending->call;

	if (pending->handed) {
		call->error = ERROR_CANCELLED;
		call->capture = CAPTURE_ABORTED;
		session->sessions->fn(session->sessions->ctx, call, exchange, finish_texts(pending, exchange));
	}
	remove_pending(session, &session->pending);
}

void rpc_session_close(struct rpc_session *session, const struct exchange *exchange)
{
	struct rpc_session **link = &session->sessions->first;

	while (session->pending)
		give_up(session, exchange);
	while (*link != session)
		link = &(*link)->next;
	*link = session->next;
	session->sessions->count--;
	free(session);
}

/* ---- requests ---- */

static struct rpc_session *find(const struct rpc_sessions *sessions, const struct exchange *exchange, uint64_t url_hash)
{
	struct rpc_session *session = sessions->first;

	while (session && (session->url_hash != url_hash || session->tgid != exchange->conn->key.tgid ||
			   session->role != exchange->role))
		session = session->next;
	return session;
}

uint64_t rpc_sessions_target(const struct rpc_sessions *sessions, struct slice target)
{
	return sessions->first ? hash_url(target) : 0;
}

uint64_t rpc_sessions_expect(struct rpc_sessions *sessions, const struct exchange *exchange, uint64_t target,
			     uint32_t id_hash, struct texts **texts)
{
	struct rpc_session *session = target ? find(sessions, exchange, target) : NULL;
	struct pending *pending;

	if (!session || !id_hash || sessions->pending == RPC_PENDING_MAX)
		return 0;
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return 0;
	pending->ticket = ++sessions->tickets;
	pending->id_hash = id_hash;
	pending->lent = texts;
	pending->next = session->pending;
	session->pending = pending;
	sessions->pending++;
	return pending->ticket;
}

bool rpc_sessions_hand(struct rpc_sessions *sessions, uint64_t ticket, const struct call *call,
		       const struct exchange *exchange)
{
	struct rpc_session *session;
	struct pending **link = find_ticket(sessions, ticket, &session);

	if (!link)
		return false;
	(*link)->call = *call;
	(*link)->handed = true;
	(*link)->texts = take_ptr(*(*link)->lent);
	(*link)->lent = NULL;
	if ((*link)->answered)
		complete(session, link, exchange);
	return true;
}

void rpc_sessions_forget(struct rpc_sessions *sessions, uint64_t ticket)
{
	struct rpc_session *session;
	struct pending **link = ticket ? find_ticket(sessions, ticket, &session) : NULL;

	if (link)
		remove_pending(session, link);
}

void rpc_sessions_free(struct rpc_sessions *sessions)
{
	if (!sessions)
		return;
	while (sessions->first) {
		struct rpc_session *session = sessions->first;

		while (session->pending)
			remove_pending(session, &session->pending);
		sessions->first = session->next;
		free(session);
	}
	free(sessions);
}
