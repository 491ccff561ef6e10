/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the TLS front: a client's socket, on which TLS is spoken, and
 * a connection to the web server, to which the same bytes go in plain, and back.
 * Nothing here waits, and nothing is read before there is room for it: two
 * buffers of LINK_BUFFER_BYTES are all that is kept.
 *
 * The web server hears of a client with its first byte, so that one which says
 * nothing costs it nothing. Either side may end its half first: a client that
 * has said all gets its answer; after the answer the client is told by
 * close_notify, and what it still sends is read away for LINK_LINGER_NS, lest a
 * reset takes the answer from it.
 */
#ifndef PROMTAP_EXPORT_TLS_LINK_H
#define PROMTAP_EXPORT_TLS_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "export/tls_peers.h"

#define LINK_BUFFER_BYTES 16384				/* a record of TLS (RFC 8446, 5.1) */
#define LINK_HANDSHAKE_NS (3 * NSEC_PER_SEC)		/* until it is done; then again until the first byte */
#define LINK_IDLE_NS (15 * NSEC_PER_SEC)		/* without a byte either way: an answer may wait behind others */
#define LINK_LIFE_NS (120 * NSEC_PER_SEC)		/* of all of it: one request has been answered by then */
#define LINK_LINGER_NS (1 * NSEC_PER_SEC)

/* What became of a connection. */
enum link_outcome {
	LINK_DONE = 0,		/* the answer went to its end */
	LINK_HANDSHAKE_FAILED,	/* no TLS that we speak, or the client went */
	LINK_PLAIN,		/* HTTP without TLS; it was told */
	LINK_TIMEOUT,
	LINK_BROKEN,		/* the client or the web server broke off */
	LINK_FAILED,		/* the web server could not be reached, or there was no memory */
	LINK_OUTCOME_MAX
};

enum link_state {
	LINK_FREE = 0,
	LINK_HANDSHAKE,
	LINK_OPEN,
	LINK_LINGER,		/* all is said */
};

/* One direction. */
struct link_pipe {
	char bytes[LINK_BUFFER_BYTES];
	size_t start, end;	/* of what is held */
	bool ended;		/* nothing comes any more */
	bool closed;		/* up: and the web server was told so */
};

struct ssl_st;
struct tls_link {
	enum link_state state;
	enum link_outcome outcome;	/* as it would be if it ended now */
	int client, server;		/* owned; server: -1 before the first byte */
	struct ssl_st *ssl;		/* owned */
	struct sockaddr_in end;		/* of ours, towards the web server; no port: none yet */
	struct sockaddr_storage peer;	/* the client */
	uint64_t deadline_ns, dies_ns;
	bool cut;			/* the web server broke off: the client is told by the lack of a close_notify */
	struct link_pipe up, down;	/* to the web server, and from it */
};

/* What a link needs of the front; outlives it. */
struct link_place {
	struct tls_peers *peers;
	uint16_t port;		/* of the web server, on 127.0.0.1 */
	int epoll;		/* both sockets are watched there, by edges, with `tag` of the link */
};

/* `link` is free; takes `client`, which does not block, and `ssl`. 0 or -errno: both are gone and the link is free. */
int tls_link_begin(struct tls_link *link, const struct link_place *place, int client, const struct sockaddr_storage *peer,
		   struct ssl_st *ssl, uint64_t tag, uint64_t now_ns);

/* Does what can be done now, a bounded part of it. True: there is more, call again; it may as well have ended, and its
 * state is LINK_FREE then, its outcome what became of it. */
bool tls_link_step(struct tls_link *link, const struct link_place *place, uint64_t tag, uint64_t now_ns);

/* Ends it where it stands; a client that is in the middle is told that by no close_notify. */
void tls_link_end(struct tls_link *link, const struct link_place *place);

#endif
