/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of one WebSocket: messages of both ends in, a call for each
 * response out. Bounded: a few calls are open at a time, and nothing is kept
 * of a message once it has ended.
 */
#ifndef PROMTAP_LLM_SESSION_H
#define PROMTAP_LLM_SESSION_H

#include "llm/assembly.h"
#include "llm/parse.h"

struct session;

/* A call is ready: assembly_finish was called. Lent. */
typedef void (*session_call_fn)(void *ctx, struct assembly *assembly, const struct exchange *exchange);

/* `handshake` is what the exchange gave so far, its answer's head included;
 * its dialect has a session. Owned from here on. Null: out of memory, and it
 * is still the caller's. */
struct session *session_new(struct parse_pool *pool, struct assembly *handshake, session_call_fn fn, void *ctx);
void session_free(struct session *session);

/* CLIENT_ and MESSAGE_ events; END, which ends the calls that are open. May
 * turn the exchange down. */
void session_on_event(struct session *session, const struct exchange_event *event);

/* How many calls came of it. */
uint64_t session_calls(const struct session *session);

#endif
