/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "config/options.h"
#include "otlp/wire.h"
#include "transport/backoff.h"

/* Field numbers of opentelemetry/proto/{collector/trace,trace,common}/v1. */
#define REQUEST_RESOURCE_SPANS 1
#define RESOURCE_SPANS_RESOURCE 1
#define RESOURCE_SPANS_SCOPE_SPANS 2
#define SCOPE_SPANS_SCOPE 1
#define SCOPE_SPANS_SPANS 2
#define SCOPE_SPANS_SCHEMA_URL 3
#define SCOPE_NAME 1
#define SCOPE_VERSION 2

#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_LEVEL 4		/* 9 takes four times as long for 5 % less */
#define GZIP_MEMORY_LEVEL 8

/* ---- the message --------------------------------------------------------------------------------------- */

struct entry {
	const struct queue_item *item;
	size_t number;		/* spans of one resource stay in their order */
};

static int compare_resources(struct slice one, struct slice other)
{
	size_t len = one.len < other.len ? one.len : other.len;
	int order = memcmp(one.ptr, other.ptr, len);

	return order ? order : (one.len > other.len) - (one.len < other.len);
}

static int compare(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	int order = compare_resources(queue_item_resource(a->item), queue_item_resource(b->item));

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static struct entry *sorted(const struct queue *batch)
{
	struct entry *entries = calloc(batch->count, sizeof(*entries));
	size_t count = 0;

	for (const struct queue_item *item = batch->first; entries && item; item = item->next, count++)
		entries[count] = (struct entry){ item, count };
	if (entries)
		qsort(entries, count, sizeof(*entries), compare);
	return entries;
}

static void put_span(struct wire *wire, const struct queue_item *item)
{
	size_t span = wire_open(wire, SCOPE_SPANS_SPANS);
	struct slice body = queue_item_body(item);

	if (wire->error == 0)
		wire->error = span_encode_ids(&item->ids, wire->out);
	if (wire->error == 0)
		wire->error = buffer_append(wire->out, body.ptr, body.len);
	wire_close(wire, span);
}

/* Who says so is the scope, the resource is whom it is said of. */
static void put_scope(struct wire *wire)
{
	size_t scope = wire_open(wire, SCOPE_SPANS_SCOPE);

	wire_text(wire, SCOPE_NAME, "promtap");
	wire_text(wire, SCOPE_VERSION, promtap_version);
	wire_close(wire, scope);
}

/* `count`: entries of one resource. */
static void put_resource_spans(struct wire *wire, const struct entry *entries, size_t count)
{
	size_t resource_spans = wire_open(wire, REQUEST_RESOURCE_SPANS), scope_spans;

	wire_bytes(wire, RESOURCE_SPANS_RESOURCE, queue_item_resource(entries[0].item));
	scope_spans = wire_open(wire, RESOURCE_SPANS_SCOPE_SPANS);
	put_scope(wire);
	for (size_t i = 0; i < count; i++)
		put_span(wire, entries[i].item);
	wire_text(wire, SCOPE_SPANS_SCHEMA_URL, SPAN_SCHEMA_URL);
	wire_close(wire, scope_spans);
	wire_close(wire, resource_spans);
}

static size_t same_resource(const struct entry *entries, size_t count)
{
	size_t n = 1;

	while (n < count && slice_eq(queue_item_resource(entries[0].item), queue_item_resource(entries[n].item)))
		n++;
	return n;
}

static int encode(const struct queue *batch, struct buffer *out)
{
	struct entry *entries = sorted(batch);
	struct wire wire = { .out = out };

	if (!entries)
		return -ENOMEM;
	for (size_t at = 0, n; at < batch->count && wire.error == 0; at += n) {
		n = same_resource(entries + at, batch->count - at);
		put_resource_spans(&wire, entries + at, n);
	}
	free(entries);
	return wire.error;
}

/* ---- compression --------------------------------------------------------------------------------------- */

static int deflate_all(z_stream *stream, const struct buffer *plain, struct buffer *ret)
{
	size_t room = deflateBound(stream, plain->len);
	int err = buffer_reserve(ret, room);

	if (err < 0)
		return err;
	stream->next_in = (Bytef *)plain->data;
	stream->avail_in = (uInt)plain->len;
	stream->next_out = (Bytef *)ret->data;
	stream->avail_out = (uInt)room;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	ret->len = room - stream->avail_out;
	return 0;
}

/* What cannot be made smaller is sent as it is. */
static void compress_body(struct request *request)
{
	struct buffer small = { 0 };
	z_stream stream = { 0 };

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	request->is_gzip = deflate_all(&stream, &request->body, &small) == 0;
	(void)deflateEnd(&stream);
	if (request->is_gzip) {
		struct buffer plain = request->body;

		request->body = small;
		small = plain;
	}
	buffer_done(&small);
}

/* ---- the request --------------------------------------------------------------------------------------- */

int request_make(struct request *request, struct queue *batch, bool gzip, int64_t now_ns)
{
	int err;

	*request = (struct request){ .count = batch->count, .bytes = batch->bytes, .since_ns = now_ns, .due_ns = now_ns };
	err = encode(batch, &request->body);
	queue_done(batch);
	if (err < 0) {
		request_done(request);
		return err;
	}
	if (gzip)
		compress_body(request);
	return 0;
}

enum request_end request_settle(struct request *request, long status, uint64_t retry_after_ns, uint64_t retry_for_ns,
				int64_t now_ns, uint64_t random)
{
	switch (answer_meaning(status)) {
	case ANSWER_TAKEN:
		return REQUEST_TAKEN;
	case ANSWER_REFUSED:
		return REQUEST_REFUSED;
	default:
		break;
	}
	if (now_ns - request->since_ns >= (int64_t)retry_for_ns)
		return REQUEST_GIVEN_UP;
	request->due_ns = now_ns + (int64_t)backoff_ns(request->failures, REQUEST_FIRST_NS, REQUEST_LAST_NS, retry_after_ns,
						       random);
	request->failures++;
	return REQUEST_AGAIN;
}

void request_done(struct request *request)
{
	buffer_done(&request->body);
	*request = (struct request){ 0 };
}
