/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two tables that make a new provider or a new dialect cheap.
 *
 * A provider is who is billed. It is known by the authority, else by what its
 * servers put into their answers' headers: one row in providers.c.
 *
 * A dialect is how the bytes are laid out. It is known by the path, else by
 * the shape of request and answer: one C file that gives a struct dialect
 * (mostly a table of JSON paths to facts), and one row in dialects.c.
 */
#ifndef PROMTAP_LLM_PROVIDER_H
#define PROMTAP_LLM_PROVIDER_H

#include "http/exchange.h"
#include "llm/document.h"

enum provider_flags {
	PROVIDER_GATEWAY = 1,		/* passes calls on to vendors, and bills for them */
	PROVIDER_MIXED = 2,		/* its hosts serve all kinds of APIs: a path proves nothing there */
	PROVIDER_REASONING_APART = 4,	/* output counts leave reasoning out unless a total says otherwise */
};

struct provider {
	const char *name;	/* gen_ai.provider.name, or a lower-case id of our own */
	const char *host;	/* without port; '*' stands for any characters */
	const char *path;	/* begins so; null: any */
	unsigned int flags;
};

/* Whether authority (with or without a port) and path are this row's. */
bool provider_fits(const struct provider *row, struct slice authority, struct slice path);

/* The first built-in row that fits; null: none. `path` has no query. */
const struct provider *provider_of(struct slice authority, struct slice path);

/* What a header of an answer says of an unknown host. Either may be null. */
struct fingerprint {
	const char *header;	/* a '*' at the end: any header that begins so */
	const char *provider, *gateway;
};
const struct fingerprint *fingerprint_of(const struct http_head *head);

/* Where a path (query removed, percent-encoding left on) is a dialect's: `after`
 * ends it. With `before`, that stands somewhere in front, and what is between
 * the two is the model. */
struct path_rule {
	const char *before, *after;	/* before: null: anything */
	const char *provider;		/* of this one alone; null: of any */
	enum call_operation operation;	/* OPERATION_UNKNOWN: the dialect's */
	enum body_framing framing;	/* of an answer that succeeded and whose Content-Type says JSON */
	bool streams;			/* the answer is a stream, whatever its framing */
	bool weak;			/* proves nothing by itself, whatever the host: the bodies have to agree */
	bool is_name;			/* what is between is one segment, and no model */
};

/* What a header of an answer says. */
struct header_fact {
	const char *name;	/* lower case */
	unsigned int id;	/* a FACT_ that is a string or a number, or evidence; EVIDENCE_SHAPE is proof */
};

/* What a message of a WebSocket does to the calls of its session. */
enum session_act {
	SESSION_NOTHING = 0,
	SESSION_SETS_UP,	/* says which models are used */
	SESSION_ASKS,		/* client: a response is asked for */
	SESSION_ENDS_INPUT,	/* what the next response answers ends here */
	SESSION_BEGINS,		/* of a response that has begun, be it now or before */
	SESSION_CONTINUES,	/* of a response, if one has begun */
	SESSION_ENDS,		/* the end of it */
	SESSION_FAILS,		/* an error */
	SESSION_CONTINUES_ASIDE,	/* of what is billed beside the responses */
	SESSION_ENDS_ASIDE,
};

/* A dialect that is spoken over a WebSocket: many calls on one connection.
 * What servers send are the dialect's events. */
struct session_dialect {
	const struct path_rule *paths;	/* of the handshake */
	size_t path_count;
	const struct json_field *client;	/* JSON paths of the client's messages */
	size_t client_count;
	enum session_act (*on_client)(struct document *document);
	enum session_act (*on_server)(const struct document *document);
	enum call_operation aside;	/* of the calls beside the responses */
	bool only_asks;		/* clients send nothing else: every error is an answer */
	bool asks_merge;	/* what is asked while another question waits is answered with it */
};

struct dialect {
	const char *name;
	const char *provider;	/* the program that serves, for where host and headers tell no provider; null: any */
	enum call_operation operation;
	const struct path_rule *paths;	/* of a POST */
	size_t path_count;

	/* Of request_fields, what must be seen where the host is unknown (SAW bits). */
	unsigned int request_needs;
	unsigned int request_any;	/* ... and of these one, if there are some */

	const struct session_dialect *session;	/* null: none */

	/* JSON paths to facts: of a response, and of the events of a streamed one. */
	const struct json_field *response;
	size_t response_count;
	const struct json_field *event;
	size_t event_count;

	/* Dialects whose bodies it carries as they are: their rows hold too, its
	 * own first. */
	const struct dialect *const *carried;
	size_t carried_count;

	/* Headers of an answer, beside those of every dialect; what the body says wins. */
	const struct header_fact *headers;
	size_t header_count;

	/* What Content-Type begins with where an answer is no JSON but as good as
	 * its shape. */
	const char *const *media;
	size_t media_count;

	bool path_only;		/* the shape is too common to tell it by */
	bool by_request;	/* path and host are hints: the request's body proves it */
	bool opaque;		/* bodies are nothing to read; both have a Content-Type of `media` */
	bool uncounted;		/* it never carries tokens: nothing is missing without them */
	bool weak_path;		/* the path is too common: even on a known host the shape has to agree */
	bool wrapped;		/* messages of an event stream hold its events as base64 in "bytes" */
	bool cache_apart;	/* input counts leave cached tokens out */
	bool cache_beside;	/* ... and are counted by another measure */
	bool cache_by_total;	/* ... unless a total is plain input and output */
	bool usage_adds;	/* each event that has usage counts something else */
	bool reasoning_beside;	/* output counts leave reasoning out, always */
	bool repeats;		/* each event has the text so far, unless the request asks for what is new alone */
	bool later_model;	/* of a stream's models the last one served it */
	bool total_is_input;	/* there is no output: a bare total is the input */

	/* Whether a whole response, or an event, has this dialect's shape. */
	bool (*fits)(const struct document *document);
	/* Turns what is this dialect's own way into facts; after each event, or
	 * the whole response. True: the stream is at its end, whatever the
	 * transport says. Null: nothing to do. */
	bool (*settle)(struct document *document, bool is_event);
};

extern const struct dialect *const dialects[];
extern const size_t dialect_count;

/* The JSON paths of a request: what is wanted, and what tells the dialects apart. */
extern const struct json_field request_fields[];
extern const size_t request_field_count;

/* Whether an answer of this Content-Type is one of the dialect's that are no JSON. */
bool dialect_has_media(const struct dialect *dialect, struct slice content_type);

#define PATH_DIALECTS_MAX 4

struct path_dialect {
	const struct dialect *dialect;
	const struct path_rule *rule;
};

struct path_match {
	struct path_dialect dialects[PATH_DIALECTS_MAX];	/* that have this path, as they are tried */
	size_t count;
	struct slice model;		/* percent-encoded, a view into the path; empty: not in it */
	bool never;			/* known to be no call, whatever the bodies look like */
};

/* `path` has no query; `provider` null: the host is not known. */
struct path_match dialect_of_path(struct slice path, const struct provider *provider);

/* The same for the handshake of a WebSocket. */
struct path_match dialect_of_socket(struct slice path, const struct provider *provider);

/* Headers that say the same whatever the dialect. */
extern const struct header_fact common_headers[];
extern const size_t common_header_count;

#endif
