/* SPDX-License-Identifier: Apache-2.0 */
#include "export/asks.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

enum ask_state {
	ASK_FREE = 0,
	ASK_WAITING,	/* to be answered */
	ASK_TAKEN,	/* being answered */
	ASK_DONE,	/* the reply is there */
	ASK_LEFT,	/* being answered, and nobody waits any more */
};

struct ask {
	enum ask_state state;
	uint64_t sequence;	/* the lowest is the oldest */
	struct question question;	/* into what follows */
	char method[ASK_METHOD_BYTES], path[ASK_PATH_BYTES], query[ASK_QUERY_BYTES], who[ASK_WHO_BYTES];
	char body[ASK_BODY_BYTES];
	struct reply reply;
};

struct asks {
	int wake_fd;
	uint64_t patience_ns;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	/* Under the lock; of an ask that is TAKEN or LEFT all but the state is the analysis thread's. */
	bool stopped;
	uint64_t sequence;
	unsigned count;
	struct ask all[];
};

struct asks *asks_new(unsigned count, unsigned patience_ms)
{
	struct asks *asks = calloc(1, sizeof(*asks) + count * sizeof(asks->all[0]));
	pthread_condattr_t attributes;

	if (!asks)
		return NULL;
	asks->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (asks->wake_fd < 0) {
		free(asks);
		return NULL;
	}
	asks->count = count;
	asks->patience_ns = patience_ms * NSEC_PER_MSEC;
	(void)pthread_mutex_init(&asks->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&asks->answered, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return asks;
}

void asks_free(struct asks *asks)
{
	if (!asks)
		return;
	(void)pthread_cond_destroy(&asks->answered);
	(void)pthread_mutex_destroy(&asks->lock);
	close_fd(&asks->wake_fd);
	free(asks);
}

void asks_stop(struct asks *asks)
{
	(void)pthread_mutex_lock(&asks->lock);
	asks->stopped = true;
	(void)pthread_cond_broadcast(&asks->answered);
	(void)pthread_mutex_unlock(&asks->lock);
}

int asks_fd(const struct asks *asks)
{
	return asks->wake_fd;
}

/* ---- asking threads, under the lock ---------------------------------------------------------------- */

static struct ask *find_free(struct asks *asks)
{
	for (unsigned i = 0; i < asks->count; i++) {
		if (asks->all[i].state == ASK_FREE)
			return &asks->all[i];
	}
	return NULL;
}

static int fill(struct ask *ask, const struct question *question)
{
	if (!slice_copy(ask->method, sizeof(ask->method), slice_of(question->method)) ||
	    !slice_copy(ask->path, sizeof(ask->path), slice_of(question->path)) ||
	    !slice_copy(ask->query, sizeof(ask->query), slice_of(question->query)) ||
	    !slice_copy(ask->who, sizeof(ask->who), slice_of(question->who)) || question->body.len > sizeof(ask->body))
		return -E2BIG;
	if (question->body.len > 0)
		memcpy(ask->body, question->body.ptr, question->body.len);
	ask->question = *question;
	ask->question.method = ask->method;
	ask->question.path = ask->path;
	ask->question.query = ask->query;
	ask->question.who = ask->who;
	ask->question.body.ptr = ask->body;
	return 0;
}

static void wait_for_reply(struct asks *asks, const struct ask *ask)
{
	uint64_t end_ns = clock_monotonic_ns() + asks->patience_ns;
	struct timespec end = {
		.tv_sec = (time_t)(end_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(end_ns % NSEC_PER_SEC),
	};
	int err = 0;

	while (ask->state != ASK_DONE && !asks->stopped && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&asks->answered, &asks->lock, &end);
}

static int take_reply(const struct asks *asks, struct ask *ask, struct reply *ret)
{
	if (ask->state != ASK_DONE) {
		ask->state = ask->state == ASK_TAKEN ? ASK_LEFT : ASK_FREE;
		return asks->stopped ? -ECANCELED : -ETIMEDOUT;
	}
	*ret = ask->reply;
	ask->state = ASK_FREE;
	return 0;
}

static int put(struct asks *asks, const struct question *question, struct reply *ret)
{
	struct ask *ask = find_free(asks);
	const uint64_t one = 1;
	int err;

	if (asks->stopped)
		return -ECANCELED;
	if (!ask)
		return -EAGAIN;
	err = fill(ask, question);
	if (err < 0)
		return err;
	ask->sequence = ++asks->sequence;
	ask->state = ASK_WAITING;
	/* Cannot fail: an eventfd takes 2^64 questions. */
	if (write(asks->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		wait_for_reply(asks, ask);
	return take_reply(asks, ask, ret);
}

int asks_put(struct asks *asks, const struct question *question, struct reply *ret)
{
	int err;

	(void)pthread_mutex_lock(&asks->lock);
	err = put(asks, question, ret);
	(void)pthread_mutex_unlock(&asks->lock);
	return err;
}

/* ---- the analysis thread --------------------------------------------------------------------------- */

static struct ask *take_oldest(struct asks *asks)
{
	struct ask *oldest = NULL;

	(void)pthread_mutex_lock(&asks->lock);
	for (unsigned i = 0; i < asks->count; i++) {
		struct ask *ask = &asks->all[i];

		if (ask->state == ASK_WAITING && (!oldest || ask->sequence < oldest->sequence))
			oldest = ask;
	}
	if (oldest)
		oldest->state = ASK_TAKEN;
	(void)pthread_mutex_unlock(&asks->lock);
	return oldest;
}

static void hand_over(struct asks *asks, struct ask *ask, struct reply *reply)
{
	(void)pthread_mutex_lock(&asks->lock);
	if (ask->state == ASK_LEFT) {
		buffer_done(&reply->body);
		ask->state = ASK_FREE;
	} else {
		ask->reply = *reply;
		ask->state = ASK_DONE;
		(void)pthread_cond_broadcast(&asks->answered);
	}
	(void)pthread_mutex_unlock(&asks->lock);
}

void asks_serve(struct asks *asks, ask_fn fn, void *ctx)
{
	uint64_t wishes;
	struct ask *ask;

	if (read(asks->wake_fd, &wishes, sizeof(wishes)) != (ssize_t)sizeof(wishes))
		return;
	/* A question that comes meanwhile has written the eventfd: the next turn has it, at the latest. */
	for (unsigned i = 0; i < asks->count && (ask = take_oldest(asks)); i++) {
		struct reply reply = { .status = 500, .body = { .limit = ASK_REPLY_BYTES_MAX } };

		fn(ctx, &ask->question, &reply);
		hand_over(asks, ask, &reply);
	}
}
