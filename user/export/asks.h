/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions of the web server's threads to the analysis thread, which alone may
 * touch what it is about. A thread puts its question and waits, with patience;
 * the analysis thread answers in its loop. Bounded: so many questions at a time,
 * each of so many bytes. Whoever has lost patience leaves, and the answer that
 * comes then is thrown away.
 */
#ifndef PROMTAP_EXPORT_ASKS_H
#define PROMTAP_EXPORT_ASKS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/slice.h"

#define ASK_METHOD_BYTES 16
#define ASK_PATH_BYTES 256
#define ASK_QUERY_BYTES 4096
#define ASK_BODY_BYTES 8192
#define ASK_WHO_BYTES 65
#define ASK_ALLOW_BYTES 64
#define ASK_REPLY_BYTES_MAX (8u << 20)

struct question {
	const char *method, *path;	/* the path is decoded */
	const char *query;		/* as it came; "": none */
	struct slice body;
	bool is_json;			/* the body says that it is */
	unsigned scopes;		/* what the asker may do: SCOPE_BIT() of export/access.h */
	const char *who;		/* name of the token; "": known by the address alone */
};

struct reply {
	int status;			/* of HTTP */
	char allow[ASK_ALLOW_BYTES];	/* of a 405 */
	struct buffer body;		/* owned by whoever has the reply; of a status from 400 on a problem (RFC 9457) */
};

struct asks;

/* Null: out of memory. */
struct asks *asks_new(unsigned count, unsigned patience_ms);
/* When no thread is in asks_put() any more. */
void asks_free(struct asks *asks);
/* Lets all that wait go, now and later. */
void asks_stop(struct asks *asks);

/* For asking threads. 0: the reply is the caller's; -E2BIG: a part of the question is too long; -EAGAIN: too many ask;
 * -ETIMEDOUT; -ECANCELED: stopped. */
int asks_put(struct asks *asks, const struct question *question, struct reply *ret);

/* For the analysis thread: readable when there is a question; then all that are there are answered, oldest first.
 * `fn` fills in the reply, whose body is empty and has its limit. */
typedef void (*ask_fn)(void *ctx, const struct question *question, struct reply *ret);
int asks_fd(const struct asks *asks);
void asks_serve(struct asks *asks, ask_fn fn, void *ctx);

#endif
