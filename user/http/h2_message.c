/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header blocks of HTTP/2 become heads and trailers (RFC 9113 section 8),
 * frames become what happens to an exchange.
 */
#include "http/h2.h"

#include "http/head.h"

#define ERROR_NO_ERROR 0	/* RFC 9113 section 7 */

/* The pseudo-headers (section 8.3, RFC 8441 section 4). Null ptr: not there. */
struct pseudo {
	struct slice method, path, authority, status, protocol;
};

static struct slice *pseudo_of(struct pseudo *pseudo, struct slice name)
{
	if (slice_eq(name, SLICE(":method")))
		return &pseudo->method;
	if (slice_eq(name, SLICE(":path")))
		return &pseudo->path;
	if (slice_eq(name, SLICE(":authority")))
		return &pseudo->authority;
	if (slice_eq(name, SLICE(":status")))
		return &pseudo->status;
	return slice_eq(name, SLICE(":protocol")) ? &pseudo->protocol : NULL;
}

/* Takes the pseudo-headers out; the others stay in their order. */
static void split(struct http *http, const struct hpack_block *headers, struct pseudo *ret_pseudo,
		  struct http_head *ret_head)
{
	size_t kept = 0;

	*ret_pseudo = (struct pseudo){ 0 };
	*ret_head = (struct http_head){ .headers = http->headers };
	for (size_t i = 0; headers && i < headers->count; i++) {
		struct http_header header = http->headers[i];
		struct slice *pseudo = pseudo_of(ret_pseudo, header.name);

		if (pseudo)
			*pseudo = header.value;
		else if (header.name.len > 0 && header.name.ptr[0] != ':')
			http->headers[kept++] = (struct http_header){ header.name, slice_trim(header.value) };
	}
	ret_head->header_count = kept;
}

static unsigned parse_status(struct slice text)
{
	unsigned status = 0;

	if (text.len != 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		unsigned digit = (unsigned char)text.ptr[i] - '0';

		if (digit > 9)
			return 0;
		status = status * 10 + digit;
	}
	return status >= 100 ? status : 0;
}

/* ---- ends ---- */

static void end_request(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (pair->request_done)
		return;
	pair_request_end(pair, ts_ns);
	h2_settle(c, pair, ts_ns);
}

/* Without a head that could be read there was no response to speak of. */
static void end_response(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	if (pair->response_done)
		return;
	if (pair->response_begun) {
		pair_response_end(pair, ts_ns);
	} else {
		pair_worsen(pair, pair->outcome ? pair->outcome : OUTCOME_UNDECODABLE);
		pair->response_done = true;
	}
	h2_settle(c, pair, ts_ns);
}

void h2_on_end_stream(struct http_conn *c, enum event_direction direction, uint32_t stream, uint64_t ts_ns)
{
	struct pair *pair = h2_find(c->h2, stream);

	if (!pair)
		return;
	if (h2_is_request(c, direction))
		end_request(c, pair, ts_ns);
	else if (pair->websocket)
		h2_end_websocket(c, pair, ts_ns);
	else
		end_response(c, pair, ts_ns);
}

/* ---- requests ---- */

static void on_request_head(struct http_conn *c, const struct segment *segment, const struct h2_block *block,
			    const struct hpack_block *headers)
{
	struct pair *pair = h2_open(c, block->stream, segment->ts_ns);
	struct pseudo pseudo;
	struct http_head head;

	if (!pair)
		return;
	split(c->http, headers, &pseudo, &head);
	head.method = pseudo.method;
	head.target = pseudo.path;
	head.authority = pseudo.authority.len > 0 ? pseudo.authority : http_head_get(&head, SLICE("host"));
	pair->exchange.request_start_ns = block->start_ns;
	if (!headers || headers->incomplete)
		pair_worsen(pair, OUTCOME_MISSED_START);
	pair_request_head(pair, &head, segment->ts_ns);
	pair->upgrade = pair->method_connect && slice_eq(pseudo.protocol, SLICE("websocket"));
	/* A tunnel is no body of the request (RFC 9110 section 9.3.6). */
	if (block->end_stream || pair->method_connect)
		end_request(c, pair, segment->ts_ns);
}

static void on_request_block(struct http_conn *c, const struct segment *segment, const struct h2_block *block,
			     const struct hpack_block *headers)
{
	struct h2 *h2 = c->h2;
	struct pair *pair = h2_find(h2, block->stream);
	bool fresh = block->stream > h2->last_request;

	h2_saw_request(h2, block->stream);
	if (pair && block->end_stream)		/* trailers */
		end_request(c, pair, segment->ts_ns);
	else if (!pair && fresh && block->damage != OUTCOME_UNDECODABLE)
		on_request_head(c, segment, block, headers);
}

/* ---- responses ---- */

/* To a tunnel the exchange is over, and what follows is no HTTP. */
static void begin_tunnel(struct http_conn *c, struct pair *pair, uint64_t ts_ns)
{
	pair_response_end(pair, ts_ns);
	h2_finish(c, pair, ts_ns);
}

static void on_response_head(struct http_conn *c, const struct segment *segment, const struct h2_block *block,
			     struct pair *pair, const struct http_head *head)
{
	uint64_t ts_ns = segment->ts_ns;

	if (head_content_length(head, &pair->response_length) <= 0)
		pair->response_length = UINT64_MAX;
	pair->exchange.response_start_ns = block->start_ns;
	if (pair->upgrade && head->status / 100 == 2) {
		h2_become_websocket(c, pair, head, ts_ns);
		return;
	}
	pair_response_head(pair, head, ts_ns);
	if (pair->method_connect && head->status / 100 == 2)
		begin_tunnel(c, pair, ts_ns);
	else if (block->end_stream)
		end_response(c, pair, ts_ns);
}

static void on_trailers(struct http_conn *c, const struct segment *segment, const struct h2_block *block,
			struct pair *pair, const struct http_head *head)
{
	if (!block->end_stream)
		return;
	pair_response_trailers(pair, head, segment->ts_ns);
	end_response(c, pair, segment->ts_ns);
}

/* An answer whose request was not seen. */
static struct pair *open_missed(struct http_conn *c, uint32_t stream, uint64_t ts_ns)
{
	struct pair *pair;

	if (!h2_may_be_missed(c->h2, stream))
		return NULL;
	pair = h2_open(c, stream, ts_ns);
	if (!pair)
		return NULL;
	/* If its request is seen yet, it is too late. */
	h2_skip_to(c->h2, stream);
	pair->request_done = true;
	pair_worsen(pair, OUTCOME_MISSED_START);
	return pair;
}

static void on_response_block(struct http_conn *c, const struct segment *segment, const struct h2_block *block,
			      const struct hpack_block *headers)
{
	struct pair *pair = h2_find(c->h2, block->stream);
	struct pseudo pseudo;
	struct http_head head;

	split(c->http, headers, &pseudo, &head);
	head.status = parse_status(pseudo.status);
	if (head.status >= 100 && head.status < 200)
		return;
	if (!pair && head.status > 0)
		pair = open_missed(c, block->stream, segment->ts_ns);
	if (!pair || pair->response_done)
		return;
	pair_worsen(pair, block->damage);
	if (headers && headers->incomplete && !pair->response_begun)
		pair_worsen(pair, OUTCOME_MISSED_START);
	if (pair->response_begun && !pair->websocket)
		on_trailers(c, segment, block, pair, &head);
	else if (head.status > 0 && !pair->websocket)
		on_response_head(c, segment, block, pair, &head);
	else if (block->end_stream)
		end_response(c, pair, segment->ts_ns);
}

/* ---- frames ---- */

/* Of a connection joined in the middle: only one of the two has such headers. */
static void learn_role(struct http_conn *c, enum event_direction direction, const struct hpack_block *headers)
{
	struct pseudo pseudo = { 0 };
	bool request;

	for (size_t i = 0; headers && i < headers->count; i++) {
		struct slice *value = pseudo_of(&pseudo, c->http->headers[i].name);

		if (value)
			*value = c->http->headers[i].value;
	}
	request = pseudo.method.ptr || pseudo.path.ptr;
	if (request == (pseudo.status.ptr != NULL))
		return;
	c->role = (direction == DIRECTION_WRITE) == request ? ROLE_CLIENT : ROLE_SERVER;
	c->h2->role_known = true;
}

void h2_on_block(struct http_conn *c, const struct segment *segment, const struct hpack_block *headers)
{
	const struct h2_block *block = &c->h2->sides[segment->direction].block;

	if (block->promise || !h2_is_clients(block->stream))
		return;
	if (!c->h2->role_known)
		learn_role(c, segment->direction, headers);
	if (h2_is_request(c, segment->direction))
		on_request_block(c, segment, block, headers);
	else if (h2_is_response(c, segment->direction))
		on_response_block(c, segment, block, headers);
}

void h2_on_data(struct http_conn *c, const struct segment *segment, uint32_t stream, struct slice data)
{
	struct pair *pair = h2_find(c->h2, stream);

	if (!pair || pair->exchange.skip_bodies)
		c->h2->unwanted_bytes += data.len;
	if (!pair)
		return;
	if (pair->websocket)
		h2_on_websocket(c, segment, pair, data);
	else if (h2_is_request(c, segment->direction) && pair->upgrade)
		pair->exchange.request_body_bytes += data.len;
	else if (h2_is_request(c, segment->direction) && !pair->request_done)
		pair_request_body(pair, data, segment->ts_ns);
	else if (h2_is_response(c, segment->direction) && pair->response_begun && !pair->response_done)
		pair_response_body(pair, data, segment->ts_ns);
}

void h2_on_data_gap(struct http_conn *c, const struct segment *gap, uint32_t stream, uint64_t bytes)
{
	struct pair *pair = h2_find(c->h2, stream);

	if (!pair)
		return;
	if (pair->websocket)
		h2_on_websocket_gap(c, gap, pair, bytes);
	else if (h2_is_request(c, gap->direction) && pair->upgrade)
		pair->exchange.request_body_bytes += bytes;
	else if (h2_is_request(c, gap->direction) && !pair->request_done)
		pair_request_gap(pair, bytes, gap->gap_reason, gap->ts_ns);
	else if (h2_is_response(c, gap->direction) && pair->response_begun && !pair->response_done)
		pair_response_gap(pair, bytes, gap->gap_reason, gap->ts_ns);
}

void h2_on_reset(struct http_conn *c, enum event_direction direction, uint32_t stream, uint32_t code, uint64_t ts_ns)
{
	struct pair *pair = h2_find(c->h2, stream);

	if (!pair)
		return;
	/* The server has answered and does not want the rest of the request (section 8.1). */
	if (h2_is_response(c, direction) && code == ERROR_NO_ERROR && pair->response_done) {
		end_request(c, pair, ts_ns);
		return;
	}
	h2_break_off(c, pair, ts_ns);
}

/* What a client says with it is about promised streams. */
void h2_on_goaway(struct http_conn *c, enum event_direction direction, uint32_t last_stream, uint64_t ts_ns)
{
	if (h2_is_response(c, direction))
		h2_abandon(c, last_stream, ts_ns);
}
