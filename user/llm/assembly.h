/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call in the making: what its documents gave, put together. Bounded; one
 * for each exchange that may be a call, from the request's head to the end.
 */
#ifndef PROMTAP_LLM_ASSEMBLY_H
#define PROMTAP_LLM_ASSEMBLY_H

#include "llm/document.h"
#include "llm/error.h"
#include "llm/provider.h"
#include "llm/provider_list.h"
#include "llm/rpc.h"

/* Distinct streamed tool calls told apart; beyond, each piece with a name is taken for one. */
#define TOOL_KEYS_MAX 64

struct multipart;
struct multipart_field;
struct parse;

struct tool_key {
	uint32_t choice, index, id_hash;
};

struct assembly {
	struct call call;
	const struct provider *provider;	/* null: the host is not known */
	struct provider_list *own_providers;	/* that it may be a row of; a use is ours; null: not looked for */
	const struct dialect *dialect;		/* null: the shape will tell */
	const struct path_rule *rule;		/* by which the path told it; null: it did not */
	struct path_dialect by_path[PATH_DIALECTS_MAX];	/* the others that have this path, too */
	size_t by_path_count;
	struct parse *request, *response;	/* documents that are open; owned */
	struct multipart *form;			/* the request, if it is one; owned */
	struct rpc *rpc;			/* it is JSON-RPC: the calls in it; owned */
	const struct text_receiver *receiver;	/* of texts; lent; null: nobody */
	const struct exchange *exchange;	/* lent */
	struct texts *texts;			/* those of the call; owned; null: none yet */
	bool in_field;				/* a field of the form is a text, */
	uint32_t field_text;			/* ... this one, */
	enum text_where field_where;		/* ... in this place */
	struct rpc_session *session;		/* it is a stream of answers to others, or may be; then nothing else counts */
	char session_url[256];			/* its first event */
	size_t session_url_len;
	uint64_t target;			/* rpc_sessions_target() */
	uint64_t ticket;			/* its answer may come in a session's stream; 0: not */

	/* Is it a call? */
	bool host_known;	/* as one that serves models and little else */
	bool certain;		/* host and path say so */
	bool no_call;		/* the answer says that nothing was asked of the model */
	bool confirmed;		/* the response has the dialect's shape */
	bool request_seen;	/* its head was */
	bool request_known;	/* all of its body was looked at */
	bool no_json;		/* the answer's body is nothing to read */
	bool incremental;	/* asked for: events have what is new alone */
	bool socket;		/* it asks for a WebSocket */
	unsigned int request_evidence;
	enum call_operation operation;	/* OPERATION_UNKNOWN: the dialect's */
	bool estimate;		/* tokens, where the provider counts none */
	struct text_size prompt, generated;
	uint32_t messages;

	/* The answer. */
	bool responded;		/* its head was seen */
	bool finished;		/* the dialect's own end of stream came */
	bool failed;		/* the answer says so */
	int64_t searches;	/* of the web, that the answer tells of one by one */
	unsigned int malformed;	/* documents that are not JSON to their end, or could not be read */
	struct error_facts error;
	int64_t counts[COUNT_MAX];
	struct terms terms;
	int64_t cost_pico_usd, upstream_pico_usd;
	bool own_key;
	struct probabilities probabilities;
	int64_t characters;	/* of the request */
	uint32_t images;	/* of the answer */
	struct {		/* what headers say, for what the body does not */
		int64_t counts[COUNT_MAX];
		char model[MODEL_BYTES];
		struct error_facts error;
		int64_t cost_pico_usd;
	} head;
	uint32_t finish_index[FINISH_REASONS_MAX];	/* of call.finish_reasons, rising */
	int64_t tool_calls;
	struct tool_key tool_keys[TOOL_KEYS_MAX];
	uint32_t tool_key_count;

	/* Events that carried generated output; 0: none. */
	uint64_t first_output_ns, last_output_ns;
	int64_t max_gap_ns;
};

/* `receiver` null: nobody wants texts. Null: out of memory. */
struct assembly *assembly_new(const struct text_receiver *receiver, const struct exchange *exchange);
/* Its open documents are the caller's to close first. Texts that are still its own are dropped. */
void assembly_free(struct assembly *assembly);

/* The path's dialect of this number. */
void assembly_set_dialect(struct assembly *assembly, size_t i);
/* The request is at its end: of the dialects that have its path the first that
 * it fits. None, on a host that is not known: the shape will tell. */
void assembly_choose_dialect(struct assembly *assembly);

/* item_fns: an item of a request, of a response. */
void assembly_take_message(void *assembly, const struct item *item);
void assembly_take_item(void *assembly, const struct item *item);

/* What is at `at`; made where there is nothing yet. Null: nobody wants texts, or out of memory. */
struct texts *assembly_texts_at(const struct assembly *assembly, struct texts **at);
/* texts_of_fns: of the request, of the response. */
struct texts *assembly_request_texts(void *assembly, const struct document *document);
struct texts *assembly_response_texts(void *assembly, const struct document *document);

/* The request's body; `known`: all that it can tell was seen. */
void assembly_take_request(struct assembly *assembly, const struct document *document, bool known);
/* A multipart_fn: a field of a request that is a form. */
void assembly_take_field(void *assembly, const struct multipart_field *field);
/* A multipart_piece_fn: of a field that may be a text. */
void assembly_take_field_piece(void *assembly, struct slice name, struct slice piece, bool last);
/* The form ended in the middle of it. */
void assembly_end_field(struct assembly *assembly);
/* The head of the response. */
void assembly_take_head(struct assembly *assembly, const struct http_head *head);
/* The trailers after it. */
void assembly_take_trailers(struct assembly *assembly, const struct http_head *head);
/* The response's body, or one event of it that was complete at `ts_ns`; `cut`:
 * the end of it was not seen. */
void assembly_take_response(struct assembly *assembly, struct document *document, bool is_event, bool cut,
			    uint64_t ts_ns);

/* What said that it failed was about something else. */
void assembly_forget_error(struct assembly *assembly);

/* Turns what was gathered into the call's tokens, error and capture outcome.
 * False: it is no LLM call after all. */
bool assembly_finish(struct assembly *assembly, const struct exchange *exchange, uint64_t end_ns,
		     enum exchange_outcome outcome);

/* The i-th call of an exchange that is JSON-RPC, after assembly_finish(). */
void assembly_rpc_call(const struct assembly *assembly, uint32_t i, const struct exchange *exchange, struct call *ret);
/* Its texts, the caller's from here on; null: there are none. */
struct texts *assembly_rpc_texts(struct assembly *assembly, uint32_t i);

/* Whether the request alone allows this dialect; true while it is not known. */
bool assembly_request_fits(const struct assembly *assembly, const struct dialect *dialect, bool path_agrees);
/* The same, for a path that tells nothing. */
bool assembly_may_be(const struct assembly *assembly, const struct dialect *dialect);

#endif
