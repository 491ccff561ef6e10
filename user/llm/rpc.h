/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC 2.0 over HTTP: what agents say to tools (MCP) and to one another
 * (A2A). The messages of a request in, their answers matched by id. A request
 * may hold several (batches of MCP 2025-03-26); each is a call of its own.
 */
#ifndef PROMTAP_LLM_RPC_H
#define PROMTAP_LLM_RPC_H

#include "llm/document.h"
#include "llm/provider.h"
#include "llm/texts.h"

#define RPC_CALLS_MAX 16	/* of one batch; what is beyond is no record */

struct rpc_call {
	uint32_t id_hash;	/* 0: none was seen */
	bool answered;
	enum call_error error;	/* of the answer */
	uint64_t end_ns;	/* when the last answer was complete; 0: none was */
	char tool[TOOL_NAME_BYTES];
	struct texts *texts;	/* owned; null: none yet */
};

struct rpc {
	const struct dialect *dialect;
	bool by_head;		/* the one call is what the headers say: the body says more */
	uint32_t count;
	struct rpc_call calls[RPC_CALLS_MAX];
};

/* Since MCP 2026-07-28 headers repeat the method: whether they announce a call,
 * or rule it out, whatever host, path and body are. */
bool rpc_announced(const struct http_head *head);
bool rpc_ruled_out(const struct http_head *head);

/* The call that the headers announce. Null: they do not, or out of memory. */
struct rpc *rpc_of_head(const struct http_head *head);
/* May be null. Drops texts that are still its own. */
void rpc_free(struct rpc *rpc);

/* A message of a request; *rpc is made at the first that is a call. It takes
 * what texts came since the message before. */
void rpc_take_request(struct rpc **rpc, const struct item *message, struct texts **texts);

/* The call that an answer is of, as far as it was read; null: of none. */
struct rpc_call *rpc_call_of(struct rpc *rpc, const struct item *message);

/* A message of the answer. Requests and notifications of the server are passed over. */
void rpc_take_answer(struct rpc *rpc, const struct item *message);
/* Of an answer. */
enum call_error rpc_error_of(const struct item *message);
/* What was answered since was complete at `ts_ns`. */
void rpc_stamp(struct rpc *rpc, uint64_t ts_ns);

#endif
