/* SPDX-License-Identifier: Apache-2.0 */
#include "export/payload.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

struct payload {
	atomic_uint users;
	struct buffer bytes;	/* owned */
};

struct payloads {
	int wake_fd;
	uint64_t fresh_ns, patience_ns;
	pthread_mutex_t lock;
	pthread_cond_t published;
	/* Under the lock: */
	struct payload *last;	/* one use is ours; null: none yet */
	uint64_t last_ns;	/* when it was published */
	uint64_t rounds;	/* publications, failed ones included */
	bool wished;		/* wake_fd was written and nothing was published since */
	bool stopped;
};

struct payloads *payloads_new(int wake_fd, unsigned fresh_ms, unsigned patience_ms)
{
	struct payloads *payloads = calloc(1, sizeof(*payloads));
	pthread_condattr_t attributes;

	if (!payloads)
		return NULL;
	payloads->wake_fd = wake_fd;
	payloads->fresh_ns = fresh_ms * NSEC_PER_MSEC;
	payloads->patience_ns = patience_ms * NSEC_PER_MSEC;
	(void)pthread_mutex_init(&payloads->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&payloads->published, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return payloads;
}

void payloads_free(struct payloads *payloads)
{
	if (!payloads)
		return;
	payload_put(payloads->last);
	(void)pthread_cond_destroy(&payloads->published);
	(void)pthread_mutex_destroy(&payloads->lock);
	free(payloads);
}

void payloads_stop(struct payloads *payloads)
{
	(void)pthread_mutex_lock(&payloads->lock);
	payloads->stopped = true;
	(void)pthread_cond_broadcast(&payloads->published);
	(void)pthread_mutex_unlock(&payloads->lock);
}

static struct payload *payload_new(struct buffer *buffer)
{
	struct payload *payload = buffer->len > 0 ? calloc(1, sizeof(*payload)) : NULL;

	if (!payload) {
		buffer_done(buffer);
		return NULL;
	}
	atomic_init(&payload->users, 1);
	payload->bytes = *buffer;
	*buffer = (struct buffer){ .limit = buffer->limit };
	return payload;
}

void payload_put(struct payload *payload)
{
	if (!payload || atomic_fetch_sub(&payload->users, 1) > 1)
		return;
	buffer_done(&payload->bytes);
	free(payload);
}

struct slice payload_bytes(const struct payload *payload)
{
	return buffer_slice(&payload->bytes);
}

void payloads_publish(struct payloads *payloads, struct buffer *buffer)
{
	struct payload *fresh = payload_new(buffer), *old = NULL;

	(void)pthread_mutex_lock(&payloads->lock);
	if (fresh) {
		old = payloads->last;
		payloads->last = fresh;
		payloads->last_ns = clock_monotonic_ns();
	}
	payloads->rounds++;
	payloads->wished = false;
	(void)pthread_cond_broadcast(&payloads->published);
	(void)pthread_mutex_unlock(&payloads->lock);
	payload_put(old);
}

/* ---- answering threads, under the lock ---- */

static bool is_fresh(const struct payloads *payloads)
{
	return payloads->last && clock_monotonic_ns() - payloads->last_ns < payloads->fresh_ns;
}

static void wish(struct payloads *payloads)
{
	const uint64_t one = 1;

	/* Cannot fail: an eventfd takes 2^64 wishes. */
	if (!payloads->wished)
		payloads->wished = write(payloads->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

static void wait_for_round(struct payloads *payloads)
{
	uint64_t end_ns = clock_monotonic_ns() + payloads->patience_ns, round = payloads->rounds;
	struct timespec end = {
		.tv_sec = (time_t)(end_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(end_ns % NSEC_PER_SEC),
	};
	int err = 0;

	while (payloads->rounds == round && !payloads->stopped && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&payloads->published, &payloads->lock, &end);
}

struct payload *payloads_get(struct payloads *payloads)
{
	struct payload *payload;

	(void)pthread_mutex_lock(&payloads->lock);
	if (!is_fresh(payloads)) {
		wish(payloads);
		wait_for_round(payloads);
	}
	payload = payloads->last;
	if (payload)
		atomic_fetch_add(&payload->users, 1);
	(void)pthread_mutex_unlock(&payloads->lock);
	return payload;
}
