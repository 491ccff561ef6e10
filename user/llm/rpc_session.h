/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCP's HTTP+SSE transport (revision 2024-11-05, deprecated and in use): a GET
 * opens a stream whose first event names the URL for POSTs; answers to them are
 * events of that stream. A call is put together from both connections of one
 * process, by that URL, which holds the session, and the message's id.
 */
#ifndef PROMTAP_LLM_RPC_SESSION_H
#define PROMTAP_LLM_RPC_SESSION_H

#include "llm/call.h"
#include "llm/document.h"
#include "llm/texts.h"

#define RPC_SESSIONS_MAX 256	/* streams at a time; of others calls have no answer */
#define RPC_PENDING_MAX 256	/* calls that wait, of all of them */

struct rpc_sessions;
struct rpc_session;

/* `fn` gets the calls that are complete. Null: out of memory. */
struct rpc_sessions *rpc_sessions_new(void (*fn)(void *ctx, struct call *call, const struct exchange *exchange, void *user),
				      void *ctx);
void rpc_sessions_free(struct rpc_sessions *sessions);

/* A stream that may turn out to be one. Null: full, or out of memory. */
struct rpc_session *rpc_session_open(struct rpc_sessions *sessions, const struct exchange *exchange);
/* Its first event; a URL or a path. */
void rpc_session_name(struct rpc_session *session, struct slice url);
bool rpc_session_named(const struct rpc_session *session);
/* Where the texts are of the call that such a message answers, as far as it was read; null: it answers none. */
struct texts **rpc_session_texts(struct rpc_session *session, const struct item *message);
/* A message among its events, complete at `ts_ns`. */
void rpc_session_answer(struct rpc_session *session, const struct item *message, uint64_t ts_ns,
			const struct exchange *exchange);
/* Calls that still wait will have no answer. Frees. */
void rpc_session_close(struct rpc_session *session, const struct exchange *exchange);

/* What stands for a request's target; 0: there are no sessions. */
uint64_t rpc_sessions_target(const struct rpc_sessions *sessions, struct slice target);
/* A request to that target asks for the message `id_hash`: its ticket; 0: no
 * session is known for it. What the answer says is added to `texts`, which are
 * lent until the call is handed over, or forgotten. */
uint64_t rpc_sessions_expect(struct rpc_sessions *sessions, const struct exchange *exchange, uint64_t target,
			     uint32_t id_hash, struct texts **texts);
/* The request has ended with no answer of its own. False: nobody waits for one any more, call and texts are the caller's. */
bool rpc_sessions_hand(struct rpc_sessions *sessions, uint64_t ticket, const struct call *call,
		       const struct exchange *exchange);
/* It failed, or is no call. */
void rpc_sessions_forget(struct rpc_sessions *sessions, uint64_t ticket);

#endif
