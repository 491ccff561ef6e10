/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events of 200 bytes through the http stage: from segments to
 * MESSAGE events, in chunks (one for each event, as servers send them) and
 * without, one event per segment and 16 KiB per segment.
 *
 * Method: one response of EVENTS events is fed again and again, each time on
 * a new connection, five rounds of about 0.3 s per case in one process; the
 * median counts. The baseline is memcpy() of the same segments in the same
 * round. Prints nanoseconds per event and the ratio to the baseline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "http/http.h"

#define EVENTS 5000
#define EVENT_BYTES 200
#define READ_BYTES (16 * 1024)
#define ROUNDS 5
#define ROUND_NS (300 * NSEC_PER_MSEC)

static const struct bench_case {
	const char *name;
	bool chunked;
	bool by_event;	/* a segment for each event, else READ_BYTES */
} cases[] = {
	{ "identity, an event per read", false, true },
	{ "chunked, an event per read", true, true },
	{ "identity, 16 KiB per read", false, false },
	{ "chunked, 16 KiB per read", true, false },
};

static uint64_t messages;

static void on_event(void *ctx, const struct exchange_event *event)
{
	(void)ctx;
	messages += event->kind == EXCHANGE_MESSAGE_END;
}

/* Appends one event; with its chunk framing if asked. Returns its wire length. */
static size_t add_event(struct buffer *body, bool chunked)
{
	char data[EVENT_BYTES + 1];
	size_t before = body->len;

	memset(data, 'x', sizeof(data));
	memcpy(data, "data: {\"choices\":[{\"delta\":{\"content\":\"", 39);
	memcpy(data + EVENT_BYTES - 7, "\"}}]}\n\n", 8);
	if (chunked)
		(void)buffer_printf(body, "%x\r\n%s\r\n", EVENT_BYTES, data);
	else
		(void)buffer_append(body, data, EVENT_BYTES);
	return body->len - before;
}

static void feed(struct http *http, struct conn *conn, enum segment_kind kind, enum event_direction direction,
		 struct slice data)
{
	struct segment segment = {
		.kind = kind,
		.conn = conn,
		.direction = direction,
		.ts_enter_ns = 1,
		.ts_ns = direction == DIRECTION_READ ? 3 : 2,
		.data = (const uint8_t *)data.ptr,
		.len = data.len,
	};

	http_on_segment(http, &segment);
}

static uint64_t run_http(struct http *http, const struct bench_case *c, struct slice body, size_t step)
{
	struct slice head = c->chunked ?
		SLICE("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n") :
		SLICE("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
	struct conn conn = { .id = 1 };
	uint64_t start = clock_monotonic_ns();

	feed(http, &conn, SEGMENT_OPEN, DIRECTION_WRITE, SLICE(""));
	feed(http, &conn, SEGMENT_DATA, DIRECTION_WRITE, SLICE("GET / HTTP/1.1\r\n\r\n"));
	feed(http, &conn, SEGMENT_DATA, DIRECTION_READ, head);
	for (size_t at = 0; at < body.len; at += step)
		feed(http, &conn, SEGMENT_DATA, DIRECTION_READ,
		     (struct slice){ body.ptr + at, body.len - at < step ? body.len - at : step });
	feed(http, &conn, SEGMENT_CLOSE, DIRECTION_READ, SLICE(""));
	return clock_monotonic_ns() - start;
}

static uint64_t run_memcpy(struct slice body, size_t step)
{
	static char copy[READ_BYTES];
	uint64_t start = clock_monotonic_ns();

	for (size_t at = 0; at < body.len; at += step) {
		memcpy(copy, body.ptr + at, body.len - at < step ? body.len - at : step);
		__asm__ volatile("" : : "r"(copy) : "memory");
	}
	return clock_monotonic_ns() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void run_case(struct http *http, const struct bench_case *c)
{
	double per_event[ROUNDS], ratio[ROUNDS];
	struct buffer body = { 0 };
	size_t step = READ_BYTES;

	for (size_t i = 0; i < EVENTS; i++) {
		size_t len = add_event(&body, c->chunked);

		step = c->by_event ? len : READ_BYTES;
	}
	for (size_t round = 0; round < ROUNDS; round++) {
		uint64_t spent = 0, baseline = 0, events = 0;

		while (spent < ROUND_NS) {
			spent += run_http(http, c, buffer_slice(&body), step);
			baseline += run_memcpy(buffer_slice(&body), step);
			events += EVENTS;
		}
		per_event[round] = (double)spent / (double)events;
		ratio[round] = (double)spent / (double)baseline;
	}
	qsort(per_event, ROUNDS, sizeof(per_event[0]), compare);
	qsort(ratio, ROUNDS, sizeof(ratio[0]), compare);
	printf("sse: %-28s %6.0f ns/event, %5.1f x memcpy\n", c->name, per_event[ROUNDS / 2], ratio[ROUNDS / 2]);
	buffer_done(&body);
}

int main(void)
{
	struct http *http = http_new(&http_limits_default, on_event, NULL);

	if (!http)
		return EXIT_FAILURE;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(http, &cases[i]);
	http_free(http);
	return messages > 0 && messages % EVENTS == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
