/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket that an exchange has become (RFC 6455), whatever HTTP version
 * carries it: bytes of either end in, messages out. Messages are delivered as
 * they come and never kept; control frames are not delivered.
 */
#ifndef PROMTAP_HTTP_WEBSOCKET_H
#define PROMTAP_HTTP_WEBSOCKET_H

#include "http/exchange.h"

struct pair;

enum websocket_end {
	WEBSOCKET_CLIENT = 0,
	WEBSOCKET_SERVER,
	WEBSOCKET_END_MAX
};

/* Both directions; owned by the pair. */
struct websocket;

/* Whether this 101 (HTTP/1.1) switches to WebSocket. */
bool websocket_switches(const struct http_head *response);

/* The head that accepts: a 101, or a 2xx to an extended CONNECT (RFC 8441).
 * Says REQUEST_END, if that was not said, and RESPONSE_HEAD. -ENOMEM: nothing
 * was said. */
int websocket_begin(struct pair *pair, const struct http_head *head, uint64_t ts_ns);
void websocket_done(struct pair *pair);

/* Both return whether it goes on. If not (closed by both ends, not wanted,
 * damaged, lost), all but END has been said: the caller ends the pair, and
 * gives nothing of it any more. */
bool websocket_feed(struct pair *pair, enum websocket_end from, struct slice data, uint64_t ts_ns);
bool websocket_gap(struct pair *pair, enum websocket_end from, uint64_t bytes, enum skip_reason reason, uint64_t ts_ns);

/* The connection or stream beneath is over, and the caller ends the pair. */
void websocket_finish(struct pair *pair, uint64_t ts_ns);

#endif
