/* SPDX-License-Identifier: Apache-2.0 */
#include "export/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define BACKLOG 64
#define FDS_LOOKED_AT 1024	/* the listener was opened a moment ago, with a low number */

static int parse_port(const char *text, uint16_t *ret)
{
	unsigned long port;

	if (*text == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	port = strtoul(text, NULL, 10);
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

static int parse_ipv4(const char *host, uint16_t port, struct listen_address *ret)
{
	struct sockaddr_in *address = (struct sockaddr_in *)&ret->address;

	address->sin_family = AF_INET;
	address->sin_port = htons(port);
	ret->len = sizeof(*address);
	return inet_pton(AF_INET, host, &address->sin_addr) == 1 ? 0 : -EINVAL;
}

static int parse_ipv6(const char *host, uint16_t port, struct listen_address *ret)
{
	struct sockaddr_in6 *address = (struct sockaddr_in6 *)&ret->address;
	char plain[64];
	size_t len = strlen(host);

	if (len < 3 || host[len - 1] != ']')
		return -EINVAL;
	(void)slice_copy(plain, sizeof(plain), (struct slice){ host + 1, len - 2 });
	address->sin6_family = AF_INET6;
	address->sin6_port = htons(port);
	ret->len = sizeof(*address);
	return inet_pton(AF_INET6, plain, &address->sin6_addr) == 1 ? 0 : -EINVAL;
}

static int parse(const char *text, struct listen_address *ret)
{
	const char *colon = strrchr(text, ':');

	memset(ret, 0, sizeof(*ret));
	if (!colon || !slice_copy(ret->host, sizeof(ret->host), (struct slice){ text, (size_t)(colon - text) }) ||
	    parse_port(colon + 1, &ret->port) < 0)
		return -EINVAL;
	return ret->host[0] == '[' ? parse_ipv6(ret->host, ret->port, ret) : parse_ipv4(ret->host, ret->port, ret);
}

int listen_parse(const char *text, struct listen_address *ret, char ret_error[LISTEN_ERROR_BYTES])
{
	int err = parse(text, ret);

	if (err < 0)
		(void)snprintf(ret_error, LISTEN_ERROR_BYTES,
			       "cannot listen on '%.100s': not ADDR:PORT in numbers; write such as 127.0.0.1:9797, "
			       "0.0.0.0:9797 or [::1]:9797",
			       text);
	return err;
}

static const char *cure_of(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "the port is in use; stop what uses it ('ss -ltnp' names it) or choose another with --listen";
	case EACCES:
		return "ports below 1024 need a privilege that promtap does not keep; choose a higher one with --listen";
	case EADDRNOTAVAIL:
		return "this machine has no such address; choose one that 'ip addr' shows with --listen";
	case EAFNOSUPPORT:
		return "this machine has no IPv6; choose an IPv4 address with --listen";
	default:
		return strerror(err);
	}
}

/* A listening socket, or -errno. */
static int open_socket(const struct listen_address *address)
{
	auto_close int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		return -errno;
	/* As the web server does: connections of an earlier run may linger. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address->address, address->len) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return take_fd(&fd);
}

int listen_open(const struct listen_address *address, char ret_error[LISTEN_ERROR_BYTES])
{
	int fd = open_socket(address);

	if (fd < 0)
		(void)snprintf(ret_error, LISTEN_ERROR_BYTES, "cannot listen on %s:%u: %s", address->host,
			       address->port, cure_of(-fd));
	return fd;
}

int listen_probe(const struct listen_address *address, char ret_error[LISTEN_ERROR_BYTES])
{
	auto_close int fd = listen_open(address, ret_error);

	return fd < 0 ? fd : 0;
}

/* 0: it is none, does not listen, or is of another family. */
static uint16_t listening_port(int fd, sa_family_t family)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address), flag_len = sizeof(int);
	int listens = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_len) < 0 || !listens ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0 || address.ss_family != family)
		return 0;
	return ntohs(family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port :
					 ((struct sockaddr_in6 *)&address)->sin6_port);
}

uint16_t listen_port(int fd)
{
	uint16_t port = listening_port(fd, AF_INET);

	return port ? port : listening_port(fd, AF_INET6);
}

static int find_listener(uint16_t port)
{
	for (int fd = 0; fd < FDS_LOOKED_AT; fd++) {
		if (listening_port(fd, AF_INET) == port)
			return fd;
	}
	return -ENOENT;
}

int listen_replace(uint16_t port, const struct listen_address *address, uint16_t *ret_port)
{
	auto_close int fd = open_socket(address);
	int old = find_listener(port);

	if (fd < 0)
		return fd;
	if (old < 0)
		return old;
	if (dup3(fd, old, O_CLOEXEC) < 0)
		return -errno;
	*ret_port = listening_port(old, address->address.ss_family);
	return 0;
}
