/* SPDX-License-Identifier: Apache-2.0 */
/* "127.0.0.1:9797" or "[::1]:9797": an address to listen on. */
#ifndef PROMTAP_EXPORT_LISTEN_H
#define PROMTAP_EXPORT_LISTEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define LISTEN_ERROR_BYTES 256

struct listen_address {
	struct sockaddr_storage address;
	socklen_t len;
	char host[64];		/* as in the text, brackets included */
	uint16_t port;		/* 0: any */
};

/* Numbers only: no name is looked up. 0 or -EINVAL; ret_error names text and cure. */
int listen_parse(const char *text, struct listen_address *ret, char ret_error[LISTEN_ERROR_BYTES]);

/* A socket that listens there and does not block. The fd, or -errno; ret_error as below. */
int listen_open(const struct listen_address *address, char ret_error[LISTEN_ERROR_BYTES]);
/* The port that a socket listens on; 0: none. */
uint16_t listen_port(int fd);

/* Whether the address can be listened on now. 0 or -errno; ret_error names
 * address, reason and cure. */
int listen_probe(const struct listen_address *address, char ret_error[LISTEN_ERROR_BYTES]);

/*
 * civetweb as Debian 12 builds it knows no IPv6, and no version takes a socket
 * that is open already. This puts a socket that listens on `address` in place
 * of the one of this process that listens on 127.0.0.1:`port`: same fd, other
 * socket. Whoever polls the fd gets the new connections from its next poll on.
 * 0 and the port listened on, or -errno.
 */
int listen_replace(uint16_t port, const struct listen_address *address, uint16_t *ret_port);

#endif
