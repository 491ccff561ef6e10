/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS before the web server, which speaks none itself (docs/api.md says why):
 * listens where the user wants it, and hands what it reads to the web server on
 * a port of 127.0.0.1 (tls_link.h). Who asks is known to tls_peers.h.
 *
 * One thread, which waits for nothing but its sockets. At most
 * TLS_FRONT_LINKS connections at a time; others wait in the backlog of the
 * listening socket.
 */
#ifndef PROMTAP_EXPORT_TLS_FRONT_H
#define PROMTAP_EXPORT_TLS_FRONT_H

#include <stdatomic.h>

#include "export/tls_link.h"
#include "export/tls_pair.h"

#define TLS_FRONT_LINKS 32
#define TLS_FRONT_PAUSE_NS (100 * NSEC_PER_MSEC)	/* after an accept for which the machine had no room */

struct tls_front_setup {
	int listener;			/* does not block; taken over if it succeeds */
	uint16_t port;			/* of the web server, on 127.0.0.1 */
	struct tls_pair *pair;		/* borrowed, as the next */
	struct tls_peers *peers;	/* room for TLS_FRONT_LINKS */
	atomic_uint_fast64_t *outcomes;	/* LINK_OUTCOME_MAX of them: connections that ended so */
};

struct tls_front;
/* 0 or -errno. */
int tls_front_new(const struct tls_front_setup *setup, struct tls_front **ret);
/* Cuts what is in flight; when its thread has been stopped, or never was started. */
void tls_front_free(struct tls_front *front);

/* Readable when there is something to do, or after tls_front_wait_ms() milliseconds (-1: never); then a turn does it.
 * False: it is to stop. */
int tls_front_fd(const struct tls_front *front);
int tls_front_wait_ms(const struct tls_front *front, uint64_t now_ns);
bool tls_front_turn(struct tls_front *front, uint64_t now_ns);

/* A thread that takes turns by CLOCK_MONOTONIC. 0 or -errno. */
int tls_front_start(struct tls_front *front);
void tls_front_stop(struct tls_front *front);

#endif
