/* SPDX-License-Identifier: Apache-2.0 */
#include "export/tls_front.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
/* Before OpenSSL, for the reason that base/digest.c gives. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "base/cleanup.h"

/* Tags of epoll: below TLS_FRONT_LINKS the link of that number. */
enum {
	TAG_LISTENER = TLS_FRONT_LINKS,
	TAG_STOP,
	TAG_COUNT
};

struct tls_front {
	int listener, stop;		/* owned */
	struct link_place place;	/* its epoll is ours */
	struct tls_pair *pair;
	atomic_uint_fast64_t *outcomes;
	pthread_t thread;
	bool has_thread;
	bool accepts;			/* the listener is watched */
	uint64_t pause_ns;		/* until then nobody is accepted; 0: there is no pause */
	bool busy[TLS_FRONT_LINKS];	/* there is more to do than a step did */
	struct tls_link links[TLS_FRONT_LINKS];
};

static int watch(const struct tls_front *front, int operation, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event event = { .events = events, .data.u64 = tag };

	return epoll_ctl(front->place.epoll, operation, fd, &event) < 0 ? -errno : 0;
}

static int set_up(struct tls_front *front, const struct tls_front_setup *setup)
{
	int err;

	front->place = (struct link_place){ .peers = setup->peers, .port = setup->port };
	front->place.epoll = epoll_create1(EPOLL_CLOEXEC);
	front->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (front->place.epoll < 0 || front->stop < 0)
		return -errno;
	err = watch(front, EPOLL_CTL_ADD, front->stop, EPOLLIN, TAG_STOP);
	if (err == 0)
		err = watch(front, EPOLL_CTL_ADD, setup->listener, EPOLLIN, TAG_LISTENER);
	if (err == 0)
		front->listener = setup->listener;
	front->accepts = true;
	return err;
}

int tls_front_new(const struct tls_front_setup *setup, struct tls_front **ret)
{
	struct tls_front *front = calloc(1, sizeof(*front));
	int err;

	if (!front)
		return -ENOMEM;
	front->pair = setup->pair;
	front->outcomes = setup->outcomes;
	front->listener = -1;
	err = set_up(front, setup);
	if (err < 0) {
		tls_front_free(front);
		return err;
	}
	*ret = front;
	return 0;
}

void tls_front_free(struct tls_front *front)
{
	if (!front)
		return;
	for (size_t i = 0; i < TLS_FRONT_LINKS; i++) {
		if (front->links[i].state != LINK_FREE)
			tls_link_end(&front->links[i], &front->place);
	}
	close_fd(&front->listener);
	close_fd(&front->stop);
	close_fd(&front->place.epoll);
	free(front);
}

/* ---- links ------------------------------------------------------------------------------------------ */

static void count(struct tls_front *front, enum link_outcome outcome)
{
	atomic_fetch_add_explicit(&front->outcomes[outcome], 1, memory_order_relaxed);
}

static void step(struct tls_front *front, size_t i, uint64_t now_ns)
{
	struct tls_link *link = &front->links[i];

	if (link->state == LINK_FREE)
		return;
	front->busy[i] = tls_link_step(link, &front->place, i, now_ns);
	if (link->state == LINK_FREE)
		count(front, link->outcome);
}

/* Those that were not awake by an event: left over, or past their time. */
static void step_others(struct tls_front *front, const bool *awake, uint64_t now_ns)
{
	for (size_t i = 0; i < TLS_FRONT_LINKS; i++) {
		const struct tls_link *link = &front->links[i];

		if (!awake[i] && (front->busy[i] || now_ns >= link->deadline_ns || now_ns >= link->dies_ns))
			step(front, i, now_ns);
	}
}

static struct tls_link *find_free(struct tls_front *front, size_t *ret)
{
	for (size_t i = 0; i < TLS_FRONT_LINKS; i++) {
		if (front->links[i].state == LINK_FREE) {
			*ret = i;
			return &front->links[i];
		}
	}
	return NULL;
}

/* ---- accepting -------------------------------------------------------------------------------------- */

static void begin(struct tls_front *front, size_t i, int client, const struct sockaddr_storage *peer, uint64_t now_ns)
{
	SSL *ssl = tls_pair_connection(front->pair);

	if (!ssl)
		close_fd(&client);
	if (!ssl || tls_link_begin(&front->links[i], &front->place, client, peer, ssl, i, now_ns) < 0) {
		count(front, LINK_FAILED);
		return;
	}
	step(front, i, now_ns);
}

/* Out of memory or of numbers for files: the listener would wake us at once again. */
static bool is_exhausted(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

/* A client that went away while it waited is no reason to stop: a bounded number of tries. */
static void accept_some(struct tls_front *front, uint64_t now_ns)
{
	size_t i;

	for (int tries = 0; tries < TLS_FRONT_LINKS && find_free(front, &i); tries++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof(peer);
		int client = accept4(front->listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0)
			begin(front, i, client, &peer, now_ns);
		else if (errno == EAGAIN)
			return;
		else if (is_exhausted(errno)) {
			front->pause_ns = now_ns + TLS_FRONT_PAUSE_NS;
			return;
		}
	}
}

/* The listener is watched by level, and only while there is room. */
static void watch_listener(struct tls_front *front)
{
	size_t i;
	bool accepts = front->pause_ns == 0 && find_free(front, &i);

	if (accepts == front->accepts)
		return;
	(void)watch(front, EPOLL_CTL_MOD, front->listener, accepts ? EPOLLIN : 0, TAG_LISTENER);
	front->accepts = accepts;
}

/* ---- turns ------------------------------------------------------------------------------------------ */

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

int tls_front_wait_ms(const struct tls_front *front, uint64_t now_ns)
{
	uint64_t next = front->pause_ns ? front->pause_ns : UINT64_MAX;

	for (size_t i = 0; i < TLS_FRONT_LINKS; i++) {
		const struct tls_link *link = &front->links[i];

		if (link->state == LINK_FREE)
			continue;
		if (front->busy[i])
			return 0;
		next = earlier(next, earlier(link->deadline_ns, link->dies_ns));
	}
	if (next == UINT64_MAX)
		return -1;
	/* Rounded up: a moment too early would be a turn for nothing. */
	return next <= now_ns ? 0 : (int)((next - now_ns) / NSEC_PER_MSEC) + 1;
}

int tls_front_fd(const struct tls_front *front)
{
	return front->place.epoll;
}

bool tls_front_turn(struct tls_front *front, uint64_t now_ns)
{
	struct epoll_event events[2 * TLS_FRONT_LINKS + 2];
	bool awake[TAG_COUNT] = { false };
	int n = epoll_wait(front->place.epoll, events, ARRAY_SIZE(events), 0);

	for (int i = 0; i < n; i++)
		awake[events[i].data.u64] = true;
	for (size_t i = 0; i < TLS_FRONT_LINKS; i++) {
		if (awake[i])
			step(front, i, now_ns);
	}
	step_others(front, awake, now_ns);
	if (now_ns >= front->pause_ns)
		front->pause_ns = 0;
	if (awake[TAG_LISTENER])
		accept_some(front, now_ns);
	watch_listener(front);
	return !awake[TAG_STOP];
}

/* ---- the thread ------------------------------------------------------------------------------------- */

/* libssl writes to sockets whose reader may be gone. */
static void block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void *run(void *ctx)
{
	struct tls_front *front = ctx;
	struct pollfd wait = { .fd = tls_front_fd(front), .events = POLLIN };

	block_signals();
	do {
		(void)poll(&wait, 1, tls_front_wait_ms(front, clock_monotonic_ns()));
	} while (tls_front_turn(front, clock_monotonic_ns()));
	return NULL;
}

int tls_front_start(struct tls_front *front)
{
	int err = pthread_create(&front->thread, NULL, run, front);

	front->has_thread = err == 0;
	return -err;
}

void tls_front_stop(struct tls_front *front)
{
	const uint64_t one = 1;

	if (!front->has_thread)
		return;
	/* Cannot fail: nobody else writes it. */
	if (write(front->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		(void)pthread_join(front->thread, NULL);
	front->has_thread = false;
}
