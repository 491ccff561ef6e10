/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message to a place outside, over libcurl: an HTTP POST, or a mail. TLS is
 * verified, redirects are not followed, no proxy, password or cookie file of the
 * environment is used. What it means that a place says no is for the caller to
 * judge. One object a thread.
 */
#ifndef PROMTAP_TRANSPORT_TRANSPORT_H
#define PROMTAP_TRANSPORT_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "config/schema.h"

#define TRANSPORT_PROBLEM_BYTES 160
#define TRANSPORT_ANSWER_BYTES_MAX 65536

struct transport_setup {
	const char *ca;			/* certificates in PEM; null: the system's */
	uint64_t timeout_ns;		/* of one attempt */
	const atomic_bool *stop;	/* an attempt ends when it is set */
};

struct transport_mail {
	const char *from;
	const struct texts *to;
	const char *user, *password;	/* null: nobody logs in */
	bool plain;			/* a server without TLS will do; never where there is a password */
};

/* All of it is lent during transport_send(). */
struct transport_message {
	const char *url;
	const char *const *headers;		/* of a POST: "Name: value" */
	size_t header_count;
	struct slice body;
	const struct transport_mail *mail;	/* null: a POST */
	struct buffer *ret_answer;		/* the answer's body is appended here; null: it interests nobody */
};

struct transport_answer {
	bool taken;			/* HTTP: it has begun to say yes (2xx), also if the answer is long or is cut */
	long status;			/* 0: it did not answer */
	uint64_t retry_after_ns;	/* what it asks for, a day at most; 0: nothing */
	char problem[TRANSPORT_PROBLEM_BYTES];	/* why it was not taken, without any part of the URL or a secret */
};

struct transport;

/* Once, before any thread. 0 or -1. */
int transport_init(void);

/* All that `setup` points to is borrowed. Null: out of memory. */
struct transport *transport_new(const struct transport_setup *setup);
void transport_free(struct transport *transport);

/* Blocks, for the setup's timeout at most. */
void transport_send(struct transport *transport, const struct transport_message *message, struct transport_answer *ret);

#endif
