/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that sends. Internal to otlp. */
#ifndef PROMTAP_OTLP_SENDER_H
#define PROMTAP_OTLP_SENDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "otlp/otlp.h"
#include "otlp/queue.h"
#include "otlp/request.h"

enum span_fate {
	SPAN_SENT = 0,
	SPAN_UNSAMPLED,		/* its caller keeps no trace */
	SPAN_NO_ROOM,		/* the queue is full */
	SPAN_REJECTED,		/* the collector says so of a part of a batch */
	SPAN_REFUSED,		/* it says so of the whole */
	SPAN_GIVEN_UP,		/* it did not answer in time, or the end came */
	SPAN_FATE_MAX
};

enum request_fate {
	REQUEST_FATE_SENT = 0,
	REQUEST_FATE_PARTIAL,	/* taken, with something to complain of */
	REQUEST_FATE_RETRIED,	/* an attempt that failed and is made again */
	REQUEST_FATE_REFUSED,
	REQUEST_FATE_GIVEN_UP,
	REQUEST_FATE_MAX
};

struct otlp_counts {
	uint64_t spans[SPAN_FATE_MAX], requests[REQUEST_FATE_MAX];
};

/* All of it under the lock but the request, which is the thread's while it runs, but for its `bytes` and `count`. */
struct sender {
	const struct otlp_config *config;
	pthread_mutex_t lock;	/* never held over the network */
	pthread_cond_t wake;
	pthread_t thread;
	struct queue queue;
	struct request request;
	struct otlp_counts counts;	/* since they were last taken */
	atomic_bool stop;	/* whatever is under way ends */
	bool ending;		/* the thread ends when nothing can be sent now */
	bool running;
};

void sender_init(struct sender *sender);
void sender_done(struct sender *sender);

/* 0 or -errno. With an endpoint only; the sender is not running. */
int sender_start(struct sender *sender, const struct otlp_config *config);
/* Sends what can be sent in `timeout_ms`; the rest stays. */
void sender_stop(struct sender *sender, int timeout_ms);

/* Under the lock: whether there is something to be done at once, so that the thread is to be woken. */
bool sender_is_full(const struct sender *sender);

#endif
