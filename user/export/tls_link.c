/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets are watched by edges: each step tries all that may go on until nothing does, and so misses none. */
#include "export/tls_link.h"

#include <errno.h>
#include <netinet/tcp.h>
/* Before OpenSSL, for the reason that base/digest.c gives. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/cleanup.h"

#define ROUNDS_MAX 16	/* of a step: one client's flood is not to hold up the others */

/* What a try came to. */
enum flow {
	FLOW_WAITS = 0,
	FLOW_MOVED,
	FLOW_ENDED,	/* the other side says no more */
	FLOW_BROKEN,
};

static const char plain_answer[] =
	"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 38\r\n"
	"Connection: close\r\n\r\nthis port speaks TLS; ask by https://\n";

/* ---- beginning and end ------------------------------------------------------------------------------ */

static int watch(const struct link_place *place, int fd, uint64_t tag)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = tag };

	return epoll_ctl(place->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int tls_link_begin(struct tls_link *link, const struct link_place *place, int client, const struct sockaddr_storage *peer,
		   struct ssl_st *ssl, uint64_t tag, uint64_t now_ns)
{
	const int on = 1;
	int err;

	link->state = LINK_HANDSHAKE;
	link->outcome = LINK_FAILED;
	link->client = client;
	link->server = -1;
	link->ssl = ssl;
	link->peer = *peer;
	link->end = (struct sockaddr_in){ 0 };
	link->deadline_ns = now_ns + LINK_HANDSHAKE_NS;
	link->dies_ns = now_ns + LINK_LIFE_NS;
	link->up.start = link->up.end = link->down.start = link->down.end = 0;
	link->up.ended = link->up.closed = link->down.ended = link->cut = false;
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	err = watch(place, client, tag);
	if (err == 0 && SSL_set_fd(ssl, client) != 1)
		err = -ENOMEM;
	if (err < 0)
		tls_link_end(link, place);
	return err;
}

void tls_link_end(struct tls_link *link, const struct link_place *place)
{
	/* First: what the web server looks at from now on is nobody's. */
	tls_peers_forget(place->peers, &link->end);
	close_fd(&link->server);
	SSL_free(link->ssl);
	ERR_clear_error();
	close_fd(&link->client);
	/* Requests may hold tokens. */
	explicit_bzero(link->up.bytes, sizeof(link->up.bytes));
	link->state = LINK_FREE;
}

/* ---- towards the web server ------------------------------------------------------------------------- */

static int bind_end(struct tls_peers *peers, int fd, struct sockaddr_in *ret)
{
	struct sockaddr_in end = tls_peers_next(peers);
	socklen_t len = sizeof(end);

	if (bind(fd, (const struct sockaddr *)&end, sizeof(end)) < 0 || getsockname(fd, (struct sockaddr *)&end, &len) < 0)
		return -errno;
	*ret = end;
	return 0;
}

/* The web server may see the connection before connect() is back here: who it is for is noted before. */
static int connect_server(struct tls_link *link, const struct link_place *place, uint64_t tag)
{
	const struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(place->port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int err;

	link->server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->server < 0)
		return -errno;
	(void)setsockopt(link->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	err = bind_end(place->peers, link->server, &link->end);
	if (err < 0)
		return err;
	if (!tls_peers_note(place->peers, &link->end, (const struct sockaddr *)&link->peer))
		return -ENOBUFS;
	if (connect(link->server, (const struct sockaddr *)&server, sizeof(server)) < 0 && errno != EINPROGRESS)
		return -errno;
	return watch(place, link->server, tag);
}

static enum flow flow_of_socket(ssize_t n)
{
	if (n > 0)
		return FLOW_MOVED;
	if (n == 0)
		return FLOW_ENDED;
	return errno == EAGAIN ? FLOW_WAITS : FLOW_BROKEN;
}

/* ---- towards the client ----------------------------------------------------------------------------- */

static enum flow flow_of_tls(const SSL *ssl, int result)
{
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_NONE:
		return FLOW_MOVED;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return FLOW_WAITS;
	case SSL_ERROR_ZERO_RETURN:
		return FLOW_ENDED;
	default:
		return FLOW_BROKEN;
	}
}

static enum flow linger(struct tls_link *link, uint64_t now_ns)
{
	(void)shutdown(link->client, SHUT_WR);
	link->state = LINK_LINGER;
	link->deadline_ns = now_ns + LINK_LINGER_NS;
	return FLOW_MOVED;
}

static bool is_plain_http(void)
{
	unsigned long error = ERR_peek_error();

	return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
}

static enum flow shake_hands(struct tls_link *link, uint64_t now_ns)
{
	int result;
	enum flow flow;

	ERR_clear_error();
	result = SSL_do_handshake(link->ssl);
	flow = flow_of_tls(link->ssl, result);
	if (flow == FLOW_MOVED) {
		link->state = LINK_OPEN;
		link->deadline_ns = now_ns + LINK_HANDSHAKE_NS;
		return flow;
	}
	if (flow == FLOW_WAITS)
		return flow;
	link->outcome = is_plain_http() ? LINK_PLAIN : LINK_HANDSHAKE_FAILED;
	if (link->outcome != LINK_PLAIN)
		return FLOW_BROKEN;
	(void)send(link->client, plain_answer, sizeof(plain_answer) - 1, MSG_NOSIGNAL);
	return linger(link, now_ns);
}

/* ---- the two directions ----------------------------------------------------------------------------- */

/* Room behind what is held; what is held moves to the front for it. */
static size_t make_room(struct link_pipe *pipe)
{
	if (pipe->start > 0) {
		memmove(pipe->bytes, pipe->bytes + pipe->start, pipe->end - pipe->start);
		pipe->end -= pipe->start;
		pipe->start = 0;
	}
	return sizeof(pipe->bytes) - pipe->end;
}

static bool is_empty(const struct link_pipe *pipe)
{
	return pipe->start == pipe->end;
}

/* What comes in is in `pipe` from its end on. */
static enum flow took(struct link_pipe *pipe, enum flow flow, long n)
{
	if (flow == FLOW_MOVED)
		pipe->end += (size_t)n;
	if (flow == FLOW_ENDED)
		pipe->ended = true;
	return flow;
}

static enum flow gave(struct link_pipe *pipe, enum flow flow, long n)
{
	if (flow == FLOW_MOVED)
		pipe->start += (size_t)n;
	return flow;
}

static enum flow read_client(struct tls_link *link)
{
	struct link_pipe *up = &link->up;
	size_t room = up->ended ? 0 : make_room(up);
	int n;

	if (room == 0)
		return FLOW_WAITS;
	ERR_clear_error();
	n = SSL_read(link->ssl, up->bytes + up->end, (int)room);
	return took(up, flow_of_tls(link->ssl, n), n);
}

/* It may answer without having read all, and close: what the client still says goes nowhere, what was answered does. */
static enum flow write_server(struct tls_link *link)
{
	struct link_pipe *up = &link->up;
	enum flow flow;
	ssize_t n;

	if (is_empty(up))
		return FLOW_WAITS;
	n = send(link->server, up->bytes + up->start, up->end - up->start, MSG_NOSIGNAL);
	flow = flow_of_socket(n);
	if (flow != FLOW_BROKEN)
		return gave(up, flow, n);
	up->start = up->end = 0;
	up->ended = up->closed = link->cut = true;
	return FLOW_MOVED;
}

static enum flow end_up(struct tls_link *link)
{
	struct link_pipe *up = &link->up;

	if (!up->ended || up->closed || !is_empty(up))
		return FLOW_WAITS;
	up->closed = true;
	/* It has asked for nothing: all is said. */
	if (link->server < 0)
		link->down.ended = true;
	else
		(void)shutdown(link->server, SHUT_WR);
	return FLOW_MOVED;
}

static enum flow read_server(struct tls_link *link)
{
	struct link_pipe *down = &link->down;
	size_t room = down->ended ? 0 : make_room(down);
	enum flow flow;
	ssize_t n;

	if (room == 0 || link->server < 0)
		return FLOW_WAITS;
	n = recv(link->server, down->bytes + down->end, room, 0);
	flow = flow_of_socket(n);
	if (flow != FLOW_BROKEN)
		return took(down, flow, n);
	down->ended = link->cut = true;
	return FLOW_MOVED;
}

static enum flow write_client(struct tls_link *link)
{
	struct link_pipe *down = &link->down;
	int n;

	if (is_empty(down))
		return FLOW_WAITS;
	ERR_clear_error();
	n = SSL_write(link->ssl, down->bytes + down->start, (int)(down->end - down->start));
	return gave(down, flow_of_tls(link->ssl, n), n);
}

/* By a close_notify: what came before it is all there is. An answer that was cut has none. */
static enum flow end_down(struct tls_link *link, uint64_t now_ns)
{
	struct link_pipe *down = &link->down;
	int result;

	if (!down->ended || !is_empty(down))
		return FLOW_WAITS;
	if (link->cut)
		return linger(link, now_ns);
	ERR_clear_error();
	result = SSL_shutdown(link->ssl);
	if (result < 0 && flow_of_tls(link->ssl, result) == FLOW_WAITS)
		return FLOW_WAITS;
	link->outcome = result < 0 ? LINK_BROKEN : LINK_DONE;
	return linger(link, now_ns);
}

/* ---- a step ----------------------------------------------------------------------------------------- */

/* The better of two, unless one is broken. */
static enum flow both(enum flow one, enum flow other)
{
	if (one == FLOW_BROKEN || other == FLOW_BROKEN)
		return FLOW_BROKEN;
	return one != FLOW_WAITS || other != FLOW_WAITS ? FLOW_MOVED : FLOW_WAITS;
}

static enum flow move_up(struct tls_link *link, const struct link_place *place, uint64_t tag)
{
	enum flow flow = read_client(link);

	if (flow == FLOW_BROKEN)
		return flow;
	if (link->server < 0 && !is_empty(&link->up) && connect_server(link, place, tag) < 0) {
		link->outcome = LINK_FAILED;
		return FLOW_BROKEN;
	}
	if (link->server >= 0)
		flow = both(flow, write_server(link));
	return both(flow, end_up(link));
}

static enum flow move_down(struct tls_link *link, uint64_t now_ns)
{
	enum flow flow = both(read_server(link), write_client(link));

	return flow == FLOW_BROKEN ? flow : both(flow, end_down(link, now_ns));
}

static enum flow move(struct tls_link *link, const struct link_place *place, uint64_t tag, uint64_t now_ns)
{
	enum flow up, down;

	link->outcome = LINK_BROKEN;
	up = move_up(link, place, tag);
	down = up == FLOW_BROKEN ? FLOW_BROKEN : move_down(link, now_ns);
	if (both(up, down) == FLOW_MOVED && link->state == LINK_OPEN && link->server >= 0)
		link->deadline_ns = now_ns + LINK_IDLE_NS;
	return both(up, down);
}

static enum flow read_away(struct tls_link *link)
{
	char away[4096];
	enum flow flow = flow_of_socket(recv(link->client, away, sizeof(away), 0));

	return flow == FLOW_ENDED ? FLOW_BROKEN : flow;
}

static enum flow go_on(struct tls_link *link, const struct link_place *place, uint64_t tag, uint64_t now_ns)
{
	switch (link->state) {
	case LINK_HANDSHAKE:
		return shake_hands(link, now_ns);
	case LINK_OPEN:
		return move(link, place, tag, now_ns);
	case LINK_LINGER:
		return read_away(link);
	default:
		return FLOW_WAITS;
	}
}

static bool is_over(const struct tls_link *link, uint64_t now_ns)
{
	return now_ns >= link->deadline_ns || now_ns >= link->dies_ns;
}

bool tls_link_step(struct tls_link *link, const struct link_place *place, uint64_t tag, uint64_t now_ns)
{
	enum flow flow = FLOW_MOVED;

	for (int i = 0; i < ROUNDS_MAX && flow == FLOW_MOVED; i++)
		flow = go_on(link, place, tag, now_ns);
	if (flow != FLOW_BROKEN && is_over(link, now_ns)) {
		link->outcome = link->state == LINK_LINGER ? link->outcome : LINK_TIMEOUT;
		flow = FLOW_BROKEN;
	}
	if (flow == FLOW_BROKEN)
		tls_link_end(link, place);
	return flow == FLOW_MOVED;
}
