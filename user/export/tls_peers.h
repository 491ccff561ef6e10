/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks through the TLS front (tls_front.h). Towards the web server the front
 * is the client; before it connects it notes here which end of its own stands
 * for whom, and the web server's threads ask. A connection of any other end is
 * not the front's.
 *
 * An end is an address of 127.0.0.0/8 with a port. Each connection has an
 * address of its own, and none comes again before 2^16 others: a request that is
 * looked at late, when its connection is gone and its port another's, is
 * nobody's, not that other's.
 */
#ifndef PROMTAP_EXPORT_TLS_PEERS_H
#define PROMTAP_EXPORT_TLS_PEERS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>

#define TLS_PEER_BYTES INET6_ADDRSTRLEN

struct tls_peers;
/* Of at most `count` at a time. Null: out of memory. */
struct tls_peers *tls_peers_new(unsigned count);
void tls_peers_free(struct tls_peers *peers);

/* For the front. The next address for an end: to be bound to, with port 0. */
struct sockaddr_in tls_peers_next(struct tls_peers *peers);
/* From now on `end` stands for `peer`, of IPv4 or IPv6. False: there are `count` already. */
bool tls_peers_note(struct tls_peers *peers, const struct sockaddr_in *end, const struct sockaddr *peer);
/* Not any more; one that was never noted is none. */
void tls_peers_forget(struct tls_peers *peers, const struct sockaddr_in *end);

/* For any thread: whom the end, its address in digits, stands for, in digits. False: nobody. */
bool tls_peers_find(struct tls_peers *peers, const char *address, int port, char ret_peer[TLS_PEER_BYTES]);

#endif
