/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events, times and the outcome of one exchange. The caller keeps the order
 * that exchange.h promises; nothing here knows the HTTP version.
 */
#include "http/pair.h"

#include <stdlib.h>

#include "base/stats.h"
#include "http/head.h"

/* How much an outcome says against the figures; the worse one is reported. A
 * hole that nobody intended weighs more than the abort that follows it. */
static const unsigned char badness[OUTCOME_MAX] = {
	[OUTCOME_COMPLETE] = 0,	   [OUTCOME_TRUNCATED] = 1,   [OUTCOME_ABORTED] = 2,
	[OUTCOME_GAP] = 3,	   [OUTCOME_UNDECODABLE] = 4, [OUTCOME_MISSED_START] = 5,
};

bool http_reserve(struct http *http, size_t bytes)
{
	if (bytes > http->limits.buffered_bytes - http->buffered)
		return false;
	http->buffered += bytes;
	return true;
}

void http_release(struct http *http, size_t bytes)
{
	http->buffered -= bytes;
}

struct pair *pair_new(struct http *http, struct conn *conn)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return NULL;
	pair->http = http;
	pair->exchange.conn = conn;
	stats_add(STAT_HTTP_EXCHANGES, 1);
	return pair;
}

void pair_worsen(struct pair *pair, enum exchange_outcome outcome)
{
	if (badness[outcome] > badness[pair->outcome])
		pair->outcome = outcome;
}

void pair_emit(struct pair *pair, struct exchange_event event)
{
	event.exchange = &pair->exchange;
	pair->http->fn(pair->http->ctx, &event);
}

enum exchange_outcome pair_gap_outcome(enum skip_reason reason)
{
	return reason == SKIP_LIMIT || reason == SKIP_UNKNOWN_LIMIT ? OUTCOME_TRUNCATED : OUTCOME_GAP;
}

void pair_request_head(struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	pair->method_head = slice_eq(head->method, SLICE("HEAD"));
	pair->method_connect = slice_eq(head->method, SLICE("CONNECT"));
	pair->upgrade = http_head_get(head, SLICE("upgrade")).len > 0;
	pair->expects_continue = head_list_has(head, SLICE("expect"), SLICE("100-continue"));
	body_init(&pair->request, head, false);
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_REQUEST_HEAD, .ts_ns = ts_ns, .head = head });
}

void pair_request_body(struct pair *pair, struct slice data, uint64_t ts_ns)
{
	pair->exchange.request_body_bytes += data.len;
	body_feed(&pair->request, pair, data, ts_ns);
}

void pair_request_gap(struct pair *pair, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns)
{
	pair->exchange.request_body_bytes += bytes;
	pair_worsen(pair, pair_gap_outcome(reason));
	body_gap(&pair->request, pair, ts_ns);
}

void pair_request_end(struct pair *pair, uint64_t ts_ns)
{
	body_finish(&pair->request, pair, ts_ns);
	pair->request_done = true;
	pair->exchange.request_end_ns = ts_ns;
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_REQUEST_END, .ts_ns = ts_ns });
}

void pair_response_head(struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	pair->response_begun = true;
	pair->exchange.response_last_ns = ts_ns;
	pair->exchange.response_framing = framing_of_type(head_media_type(head));
	if (pair->websocket)
		pair->exchange.response_framing = FRAMING_WEBSOCKET;
	body_init(&pair->response, head, true);
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_HEAD, .ts_ns = ts_ns, .head = head });
}

void pair_response_body(struct pair *pair, struct slice data, uint64_t ts_ns)
{
	pair->exchange.response_body_bytes += data.len;
	pair->exchange.response_last_ns = ts_ns;
	body_feed(&pair->response, pair, data, ts_ns);
}

void pair_response_gap(struct pair *pair, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns)
{
	pair->exchange.response_body_bytes += bytes;
	pair_worsen(pair, pair_gap_outcome(reason));
	body_gap(&pair->response, pair, ts_ns);
}

void pair_response_trailers(struct pair *pair, const struct http_head *head, uint64_t ts_ns)
{
	pair->exchange.response_last_ns = ts_ns;
	body_finish(&pair->response, pair, ts_ns);
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_TRAILERS, .ts_ns = ts_ns, .head = head });
}

void pair_response_end(struct pair *pair, uint64_t ts_ns)
{
	body_finish(&pair->response, pair, ts_ns);
	pair->response_done = true;
	pair->exchange.response_end_ns = ts_ns;
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_END, .ts_ns = ts_ns });
}

void pair_end(struct pair *pair, uint64_t ts_ns)
{
	pair_emit(pair, (struct exchange_event){ .kind = EXCHANGE_END, .ts_ns = ts_ns, .outcome = pair->outcome });
	body_done(&pair->request);
	body_done(&pair->response);
	websocket_done(pair);
	free(pair);
}
