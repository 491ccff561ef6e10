/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchanges in flight of one HTTP/2 connection, by stream. Bounded by
 * streams_max; a stream that finds no room is not followed, and no other
 * suffers from it.
 */
#include "http/h2.h"

#include "base/clock.h"
#include "base/stats.h"

/* The end of an exchange may be among lost bytes. When such a one has been
 * silent for so long it is not waited for any longer. */
#define SILENCE_NS (600 * NSEC_PER_SEC)

static size_t bucket_of(uint64_t stream)
{
	return (size_t)(stream >> 1) % H2_STREAM_BUCKETS;
}

struct pair *h2_find(const struct h2 *h2, uint32_t stream)
{
	struct pair *pair = h2->by_id[bucket_of(stream)];

	while (pair && pair->exchange.stream_id != stream)
		pair = pair->next;
	return pair;
}

static bool is_stale(const struct pair *pair, uint64_t now_ns)
{
	const struct exchange *exchange = &pair->exchange;
	uint64_t last_ns = exchange->request_start_ns;

	if (last_ns < exchange->request_end_ns)
		last_ns = exchange->request_end_ns;
	if (last_ns < exchange->response_last_ns)
		last_ns = exchange->response_last_ns;
	return pair->end_uncertain && last_ns + SILENCE_NS < now_ns;
}

static void drop_stale(struct http_conn *c, uint64_t now_ns)
{
	for (size_t i = 0; i < H2_STREAM_BUCKETS; i++) {
		struct pair *next;

		for (struct pair *pair = c->h2->by_id[i]; pair; pair = next) {
			next = pair->next;
			if (is_stale(pair, now_ns))
				h2_finish(c, pair, now_ns);
		}
	}
}

struct pair *h2_open(struct http_conn *c, uint32_t stream, uint64_t ts_ns)
{
	struct h2 *h2 = c->h2;
	struct pair *pair = NULL, **bucket = &h2->by_id[bucket_of(stream)];

	if (h2->lost)
		drop_stale(c, ts_ns);
	if (h2->streams < c->http->limits.streams_max)
		pair = pair_new(c->http, c->conn);
	if (!pair) {
		stats_add(STAT_H2_STREAMS_OVER_LIMIT, 1);
		return NULL;
	}
	pair->exchange.stream_id = stream;
	pair->exchange.protocol = HTTP_2;
	pair->exchange.role = c->role;
	pair->next = *bucket;
	*bucket = pair;
	h2->streams++;
	return pair;
}

void h2_finish(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	struct h2 *h2 = c->h2;
	struct pair **link = &h2->by_id[bucket_of(pair->exchange.stream_id)];

	while (*link != pair)
		link = &(*link)->next;
	*link = pair->next;
	h2->streams--;
	h2->known_peer |= pair->exchange.known_peer;
	if (pair->exchange.skip_bodies)
		h2->turned_down++;
	else
		c->wanted = true;
	pair_end(pair, ts_ns);
}

void h2_settle(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (pair->request_done && pair->response_done)
		h2_finish(c, pair, ts_ns);
}

/* curl resets a stream when it has as many bytes as Content-Length says, and
 * does not wait for the frame that says END_STREAM. */
void h2_break_off(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	bool whole = pair->response_begun && pair->exchange.response_body_bytes == pair->response_length;

	if (pair->websocket) {
		h2_end_websocket(c, pair, ts_ns);
		return;
	}
	if (whole && !pair->response_done)
		pair_response_end(pair, ts_ns);
	if (!pair->request_done || !pair->response_done)
		pair_worsen(pair, OUTCOME_ABORTED);
	h2_finish(c, pair, ts_ns);
}

void h2_abandon(struct http_conn *c, uint32_t last_stream, uint64_t ts_ns)
{
	for (size_t i = 0; i < H2_STREAM_BUCKETS; i++) {
		struct pair *next;

		for (struct pair *pair = c->h2->by_id[i]; pair; pair = next) {
			next = pair->next;
			if (pair->exchange.stream_id > last_stream)
				h2_break_off(c, pair, ts_ns);
		}
	}
}

bool h2_wanted_now(const struct h2 *h2)
{
	for (size_t i = 0; i < H2_STREAM_BUCKETS; i++)
		for (const struct pair *pair = h2->by_id[i]; pair; pair = pair->next)
			if (!pair->exchange.skip_bodies || pair->exchange.known_peer)
				return true;
	return false;
}

/* What is left of the request is not waited for: it may have ended in the gap. */
static void spoil_request(struct pair *pair, const struct segment *at)
{
	pair_request_gap(pair, 0, at->gap_reason, at->ts_ns);
	pair->request_done = true;
}

static void spoil_response(struct pair *pair, const struct segment *at)
{
	if (pair->response_begun)
		pair_response_gap(pair, 0, at->gap_reason, at->ts_ns);
	pair->end_uncertain = true;
}

static void spoil(struct http_conn *c, struct pair *pair, const struct segment *at, enum exchange_outcome outcome)
{
	bool request = h2_is_request(c, at->direction);

	if (pair->websocket) {
		h2_on_websocket_gap(c, at, pair, UINT64_MAX);
		return;
	}
	if (request ? pair->request_done : pair->response_done)
		return;
	if (request)
		spoil_request(pair, at);
	else
		spoil_response(pair, at);
	pair_worsen(pair, outcome);
	h2_settle(c, pair, at->ts_ns);
}

void h2_spoil(struct http_conn *c, const struct segment *at, enum exchange_outcome outcome)
{
	for (size_t i = 0; i < H2_STREAM_BUCKETS; i++) {
		struct pair *next;

		for (struct pair *pair = c->h2->by_id[i]; pair; pair = next) {
			next = pair->next;
			spoil(c, pair, at, outcome);
		}
	}
}
