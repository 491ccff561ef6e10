/* SPDX-License-Identifier: Apache-2.0 */
#include "export/tls_peers.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ADDRESS 0x7f400000u	/* 127.64.0.0, and 2^16 from there: away from those that people use */

struct row {
	struct sockaddr_in end;		/* no port: the row is free */
	char peer[TLS_PEER_BYTES];
};

struct tls_peers {
	uint16_t last;			/* the front's alone */
	pthread_mutex_t lock;
	unsigned count;
	struct row rows[];		/* under the lock */
};

struct tls_peers *tls_peers_new(unsigned count)
{
	struct tls_peers *peers = calloc(1, sizeof(*peers) + count * sizeof(peers->rows[0]));

	if (!peers)
		return NULL;
	(void)pthread_mutex_init(&peers->lock, NULL);
	peers->count = count;
	return peers;
}

void tls_peers_free(struct tls_peers *peers)
{
	if (!peers)
		return;
	(void)pthread_mutex_destroy(&peers->lock);
	free(peers);
}

struct sockaddr_in tls_peers_next(struct tls_peers *peers)
{
	peers->last++;
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(FIRST_ADDRESS + peers->last) };
}

/* Under the lock. Null: none. Port 0: a free one. */
static struct row *find(struct tls_peers *peers, struct in_addr address, in_port_t port)
{
	for (unsigned i = 0; i < peers->count; i++) {
		struct row *row = &peers->rows[i];

		if (row->end.sin_port == port && (port == 0 || row->end.sin_addr.s_addr == address.s_addr))
			return row;
	}
	return NULL;
}

static bool print_peer(const struct sockaddr *peer, char ret[TLS_PEER_BYTES])
{
	const void *address = peer->sa_family == AF_INET6 ?
				      (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr :
				      (const void *)&((const struct sockaddr_in *)peer)->sin_addr;

	return inet_ntop(peer->sa_family, address, ret, TLS_PEER_BYTES);
}

bool tls_peers_note(struct tls_peers *peers, const struct sockaddr_in *end, const struct sockaddr *peer)
{
	struct row *row;
	bool noted;

	(void)pthread_mutex_lock(&peers->lock);
	row = find(peers, end->sin_addr, 0);
	noted = row && print_peer(peer, row->peer);
	if (noted)
		row->end = *end;
	(void)pthread_mutex_unlock(&peers->lock);
	return noted;
}

void tls_peers_forget(struct tls_peers *peers, const struct sockaddr_in *end)
{
	struct row *row;

	if (end->sin_port == 0)
		return;
	(void)pthread_mutex_lock(&peers->lock);
	row = find(peers, end->sin_addr, end->sin_port);
	if (row)
		memset(row, 0, sizeof(*row));
	(void)pthread_mutex_unlock(&peers->lock);
}

bool tls_peers_find(struct tls_peers *peers, const char *address, int port, char ret_peer[TLS_PEER_BYTES])
{
	const struct row *row = NULL;
	struct in_addr end;

	if (port <= 0 || port > UINT16_MAX || inet_pton(AF_INET, address, &end) != 1)
		return false;
	(void)pthread_mutex_lock(&peers->lock);
	row = find(peers, end, htons((uint16_t)port));
	if (row)
		memcpy(ret_peer, row->peer, TLS_PEER_BYTES);
	(void)pthread_mutex_unlock(&peers->lock);
	return row;
}
