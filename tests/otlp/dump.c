/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the request that promtap makes of the unit tests' calls: one that knows everything, one that knows nothing, and
 * one whose names are no UTF-8. For test_encoding.py, which reads it with code that others have written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otlp/queue.h"
#include "otlp/request.h"
#include "otlp/sample.h"

static void put(struct queue *queue, const struct call *call, uint8_t number)
{
	struct buffer resource = { .limit = SPAN_BYTES_MAX }, body = { .limit = SPAN_BYTES_MAX };
	struct span_ids ids = { .trace_id = { number }, .span_id = { number }, .has_parent = call->has_trace };
	const struct span_link link = { .trace_id = { 7 }, .span_id = { 8 } };

	if (call->has_trace) {
		memcpy(ids.trace_id, call->trace_id, sizeof(ids.trace_id));
		memcpy(ids.parent_id, call->parent_span_id, sizeof(ids.parent_id));
	}
	if (span_encode_resource(call, "node-1", &resource) < 0 || span_encode(call, number == 1 ? &link : NULL, &body) < 0 ||
	    queue_put(queue, SIZE_MAX, 0, &ids, buffer_slice(&resource), buffer_slice(&body)) < 0)
		abort();
	buffer_done(&resource);
	buffer_done(&body);
}

int main(void)
{
	struct call full = sample_full(), bare = sample_bare(), odd = sample_full();
	struct queue queue = { 0 };
	struct request request;

	memset(odd.request_model, 0xff, 3);
	odd.request_model[3] = '\0';
	odd.error = ERROR_RATE_LIMIT;
	odd.role = ROLE_SERVER;
	put(&queue, &full, 1);
	put(&queue, &bare, 2);
	put(&queue, &odd, 3);
	if (request_make(&request, &queue, true, 0) < 0)
		abort();
	if (fwrite(request.body.data, 1, request.body.len, stdout) != request.body.len)
		return EXIT_FAILURE;
	request_done(&request);
	return EXIT_SUCCESS;
}
