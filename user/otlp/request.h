/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batch that is being sent: one ExportTraceServiceRequest, made once and sent
 * until it is over. Knows no network and no clock.
 */
#ifndef PROMTAP_OTLP_REQUEST_H
#define PROMTAP_OTLP_REQUEST_H

#include "otlp/answer.h"
#include "otlp/queue.h"

#define REQUEST_BYTES_MAX (4u << 20)	/* before compression; a collector takes 20 MiB */
#define REQUEST_FIRST_NS 1000000000ull	/* back-off */
#define REQUEST_LAST_NS 60000000000ull

struct request {
	struct buffer body;
	bool is_gzip;
	size_t count;		/* of spans; 0: there is no request */
	size_t bytes;		/* that they counted for in the queue */
	int64_t since_ns;	/* it is tried */
	int64_t due_ns;		/* not before */
	unsigned failures;
};

/* Of all spans of `batch`, which are freed; those of one resource stand together. 0; or -errno: there is none, and they
 * are lost. */
int request_make(struct request *request, struct queue *batch, bool gzip, int64_t now_ns);

enum request_end {
	REQUEST_AGAIN = 0,	/* at due_ns */
	REQUEST_TAKEN,
	REQUEST_REFUSED,
	REQUEST_GIVEN_UP,	/* its time is up */
};

/* What came of an attempt that ended at `now_ns`. `random`: any number. After any but REQUEST_AGAIN: request_done(). */
enum request_end request_settle(struct request *request, long status, uint64_t retry_after_ns, uint64_t retry_for_ns,
				int64_t now_ns, uint64_t random);

void request_done(struct request *request);

#endif
