/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/otlp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "otlp/relations.h"
#include "otlp/sender.h"
#include "otlp/span.h"
#include "transport/transport.h"

struct otlp {
	struct sender sender;
	struct relations *relations;
	struct buffer resource, body;	/* of the span at hand */
	char node[64];
	const struct otlp_config *config;
	struct metric_series *lost;
	struct metric_series *spans[SPAN_FATE_MAX], *requests[REQUEST_FATE_MAX], *queue_bytes, *queue_spans;
};

/* ---- figures ------------------------------------------------------------------------------------------- */

static const char *const span_fates[SPAN_FATE_MAX] = {
	[SPAN_SENT] = "sent", [SPAN_UNSAMPLED] = "unsampled", [SPAN_NO_ROOM] = "no_room", [SPAN_REJECTED] = "rejected",
	[SPAN_REFUSED] = "refused", [SPAN_GIVEN_UP] = "given_up",
};

static const char *const request_fates[REQUEST_FATE_MAX] = {
	[REQUEST_FATE_SENT] = "sent", [REQUEST_FATE_PARTIAL] = "partial", [REQUEST_FATE_RETRIED] = "retried",
	[REQUEST_FATE_REFUSED] = "refused", [REQUEST_FATE_GIVEN_UP] = "given_up",
};

static const struct metric_desc spans_desc = {
	.name = "promtap_otlp_spans_total", .unit = "spans", .type = METRIC_COUNTER,
	.help = "Spans by what became of them: sent; unsampled: the caller keeps no trace; no_room: the queue was full; "
		"rejected, refused: by the collector, a part of a batch or the whole; given_up: it did not answer in time",
	.labels = { { "result", 0 } },
};
static const struct metric_desc requests_desc = {
	.name = "promtap_otlp_requests_total", .unit = "requests", .type = METRIC_COUNTER,
	.help = "Attempts to send spans: sent; partial: taken with complaints; retried: failed, and made again; "
		"refused; given_up",
	.labels = { { "result", 0 } },
};
static const struct metric_desc queue_bytes_desc = {
	.name = "promtap_otlp_queue_bytes", .unit = "bytes", .type = METRIC_GAUGE, .help = "Memory of spans that wait",
};
static const struct metric_desc queue_spans_desc = {
	.name = "promtap_otlp_queue_spans", .unit = "spans", .type = METRIC_GAUGE, .help = "Spans that wait to be sent",
};

static int add_metrics(struct otlp *otlp, struct metrics *metrics)
{
	struct metric_family *spans = metrics_family(metrics, &spans_desc);
	struct metric_family *requests = metrics_family(metrics, &requests_desc);
	struct metric_family *bytes = metrics_family(metrics, &queue_bytes_desc);
	struct metric_family *count = metrics_family(metrics, &queue_spans_desc);

	if (!spans || !requests || !bytes || !count)
		return -ENOMEM;
	for (size_t i = 0; i < SPAN_FATE_MAX; i++)
		otlp->spans[i] = metric_get(spans, &span_fates[i]);
	for (size_t i = 0; i < REQUEST_FATE_MAX; i++)
		otlp->requests[i] = metric_get(requests, &request_fates[i]);
	otlp->queue_bytes = metric_get(bytes, NULL);
	otlp->queue_spans = metric_get(count, NULL);
	return 0;
}

void otlp_publish(struct otlp *otlp)
{
	struct sender *sender = &otlp->sender;
	struct otlp_counts counts;
	size_t bytes, spans;

	(void)pthread_mutex_lock(&sender->lock);
	counts = sender->counts;
	sender->counts = (struct otlp_counts){ 0 };
	bytes = sender->queue.bytes + sender->request.bytes;
	spans = sender->queue.count + sender->request.count;
	(void)pthread_mutex_unlock(&sender->lock);
	for (size_t i = 0; i < SPAN_FATE_MAX; i++) {
		metric_add(otlp->spans[i], counts.spans[i]);
		if (i != SPAN_SENT && i != SPAN_UNSAMPLED)
			metric_add(otlp->lost, counts.spans[i]);
	}
	for (size_t i = 0; i < REQUEST_FATE_MAX; i++)
		metric_add(otlp->requests[i], counts.requests[i]);
	metric_set(otlp->queue_bytes, (double)bytes);
	metric_set(otlp->queue_spans, (double)spans);
}

/* ---- the object ---------------------------------------------------------------------------------------- */

static void start(struct otlp *otlp)
{
	int err = otlp->config->endpoint ? sender_start(&otlp->sender, otlp->config) : 0;

	if (err < 0)
		log_error("otlp: spans cannot be sent: %s", strerror(-err));
}

int otlp_new(const struct otlp_config *config, const char *node, struct metrics *metrics, struct metric_series *lost,
	     struct otlp **ret)
{
	struct otlp *otlp = calloc(1, sizeof(*otlp));
	int err;

	if (!otlp)
		return -ENOMEM;
	sender_init(&otlp->sender);
	otlp->config = config;
	otlp->lost = lost;
	otlp->resource.limit = otlp->body.limit = SPAN_BYTES_MAX;
	otlp->relations = relations_new();
	(void)slice_copy(otlp->node, sizeof(otlp->node), slice_of(node));
	err = otlp->relations ? add_metrics(otlp, metrics) : -ENOMEM;
	if (err == 0 && transport_init() < 0)
		err = -ENOMEM;
	if (err < 0) {
		otlp_free(otlp, 0);
		return err;
	}
	start(otlp);
	*ret = otlp;
	return 0;
}

void otlp_free(struct otlp *otlp, int timeout_ms)
{
	size_t left;

	if (!otlp)
		return;
	sender_stop(&otlp->sender, timeout_ms);
	left = otlp->sender.queue.count + otlp->sender.request.count;
	if (left > 0)
		log_warn("otlp: %zu spans could not be sent before the end", left);
	sender_done(&otlp->sender);
	relations_free(otlp->relations);
	buffer_done(&otlp->resource);
	buffer_done(&otlp->body);
	free(otlp);
}

/* Turned off: nobody will send what waits. */
static void give_up_all(struct sender *sender)
{
	sender->counts.spans[SPAN_GIVEN_UP] += sender->queue.count + sender->request.count;
	queue_done(&sender->queue);
	request_done(&sender->request);
}

void otlp_use(struct otlp *otlp, const struct otlp_config *config)
{
	sender_stop(&otlp->sender, 0);
	otlp->config = config;
	if (!config->endpoint)
		give_up_all(&otlp->sender);
	start(otlp);
}

/* ---- a call -------------------------------------------------------------------------------------------- */

/* All zeros mean none (W3C Trace Context). */
static int draw_id(uint8_t *id, size_t len)
{
	ssize_t n;

	do
		n = getrandom(id, len, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len)
		return -EIO;
	id[len - 1] |= !id[len - 1];
	return 0;
}

static int draw_ids(const struct call *call, struct span_ids *ret)
{
	*ret = (struct span_ids){ .has_parent = call->has_trace };
	if (draw_id(ret->span_id, sizeof(ret->span_id)) < 0)
		return -EIO;
	if (!call->has_trace)
		return draw_id(ret->trace_id, sizeof(ret->trace_id));
	memcpy(ret->trace_id, call->trace_id, sizeof(ret->trace_id));
	memcpy(ret->parent_id, call->parent_span_id, sizeof(ret->parent_id));
	return 0;
}

static int encode(struct otlp *otlp, const struct call *call, const struct span_link *link)
{
	int err;

	otlp->resource.len = otlp->body.len = 0;
	err = span_encode_resource(call, otlp->node, &otlp->resource);
	return err < 0 ? err : span_encode(call, link, &otlp->body);
}

/* With its own children: it has been the parent of those of its trace, which was drawn at random where it is another. */
static void adopt(struct queue *queue, struct queue_item *child, const struct span_ids *parent)
{
	const struct span_ids before = child->ids;

	if (memcmp(before.trace_id, parent->trace_id, sizeof(before.trace_id)) != 0)
		queue_retrace(queue, before.trace_id, parent->trace_id);
	memcpy(child->ids.parent_id, parent->span_id, sizeof(child->ids.parent_id));
	child->ids.has_parent = true;
}

/* Under the lock, so that the span it may become the parent of stays where it is. */
static int put(struct otlp *otlp, const struct call *call, struct span_ids *ids, int64_t now_ns)
{
	struct sender *sender = &otlp->sender;
	struct queue_item *child = NULL;
	struct related related;
	size_t held = sender->request.bytes, room = otlp->config->queue_bytes;
	int err;

	relations_add(otlp->relations, call, !call->has_trace, ids, &related);
	if (related.how == RELATED_CHILD)
		child = queue_find(&sender->queue, related.other.span_id);
	err = encode(otlp, call, related.how != RELATED_NOT && !child ? &related.other : NULL);
	if (err == 0)
		err = queue_put(&sender->queue, held < room ? room - held : 0, now_ns, ids, buffer_slice(&otlp->resource),
				buffer_slice(&otlp->body));
	if (err == 0 && child)
		adopt(&sender->queue, child, ids);
	return err;
}

void otlp_call(struct otlp *otlp, const struct call *call, int64_t now_ns)
{
	struct sender *sender = &otlp->sender;
	struct span_ids ids;
	bool skipped = call->has_trace && !call->trace_sampled && !otlp->config->unsampled, first;
	int err = 0;

	if (!otlp->config->endpoint)
		return;
	if (!skipped)
		err = draw_ids(call, &ids);
	(void)pthread_mutex_lock(&sender->lock);
	first = !sender->queue.first;
	if (!skipped && err == 0)
		err = put(otlp, call, &ids, now_ns);
	sender->counts.spans[SPAN_UNSAMPLED] += skipped;
	sender->counts.spans[SPAN_NO_ROOM] += err < 0;
	/* The first one begins the wait, the last of a batch ends it. */
	if (first || (sender->thread && sender_is_full(sender)))
		(void)pthread_cond_signal(&sender->wake);
	(void)pthread_mutex_unlock(&sender->lock);
	if (err < 0)
		log_limited(LOG_WARN, 60, "otlp: spans are given up: %s", err == -E2BIG ? "the queue is full" : strerror(-err));
}
