/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One WebSocket. The first byte: 1 permessage-deflate, 2 the client's and 4
 * the server's without context takeover, 8 small limits. Then stretches: two
 * bytes, little end first, of which bit 0 says from the server, bit 1 a gap,
 * and the others a length; and, unless it is a gap, that many bytes. Whole and
 * cut stretches must give the same messages.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HASH_PRIME 0x100000001b3ull

struct result {
	uint64_t hash[WEBSOCKET_END_MAX];	/* of what that end said */
	uint64_t decoded_bytes;
	bool refused;
};

static const struct http_limits small_limits = {
	.headers_max = 8,
	.buffered_bytes = 60000,
	.coding_ratio_max = 3,
	.coding_free_bytes = 1000,
};

static void mix(uint64_t *hash, uint8_t byte)
{
	*hash = (*hash ^ byte) * HASH_PRIME;
}

static void on_event(void *ctx, const struct exchange_event *event)
{
	bool client = event->kind == EXCHANGE_CLIENT_PIECE || event->kind == EXCHANGE_CLIENT_END;
	bool server = event->kind == EXCHANGE_MESSAGE_PIECE || event->kind == EXCHANGE_MESSAGE_END;
	struct result *result = ctx;
	uint64_t *hash = &result->hash[server];

	if (!client && !server)
		return;
	if (event->kind == EXCHANGE_CLIENT_END || event->kind == EXCHANGE_MESSAGE_END) {
		mix(hash, (uint8_t)(0x80 + event->outcome));
		return;
	}
	assert(event->data.len > 0);
	for (size_t i = 0; i < event->data.len; i++)
		mix(hash, (uint8_t)event->data.ptr[i]);
	result->decoded_bytes += event->data.len;
}

static struct pair *begin(struct http *http, uint8_t choice)
{
	static const char *const parameters[] = {
		"permessage-deflate",
		"permessage-deflate; client_no_context_takeover",
		"permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
		"permessage-deflate; client_no_context_takeover; server_no_context_takeover",
	};
	struct http_header header = { SLICE("Sec-WebSocket-Extensions"), slice_of(parameters[choice >> 1 & 3]) };
	struct http_head head = { .status = 101, .headers = &header, .header_count = choice & 1 };
	struct pair *pair = pair_new(http, NULL);

	if (!pair || websocket_begin(pair, &head, 1) < 0)
		abort();
	return pair;
}

static bool feed(struct pair *pair, enum websocket_end from, const uint8_t *data, size_t len, size_t piece)
{
	bool goes_on = true;

	for (size_t at = 0; at < len && goes_on; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		char *copy = malloc(n);

		if (!copy)
			abort();
		memcpy(copy, data + at, n);
		goes_on = websocket_feed(pair, from, (struct slice){ copy, n }, 1);
		free(copy);
	}
	return goes_on;
}

static bool step(struct pair *pair, const uint8_t **data, size_t *size, size_t piece)
{
	unsigned head = (unsigned)(*data)[0] | (unsigned)(*data)[1] << 8;
	enum websocket_end from = head & 1 ? WEBSOCKET_SERVER : WEBSOCKET_CLIENT;
	size_t len = head >> 2;
	bool goes_on;

	*data += 2;
	*size -= 2;
	if (head & 2)
		return websocket_gap(pair, from, len, len & 1 ? SKIP_LIMIT : SKIP_RING_FULL, 1);
	if (len > *size)
		len = *size;
	goes_on = feed(pair, from, *data, len, piece);
	*data += len;
	*size -= len;
	return goes_on;
}

static struct result run(const uint8_t *data, size_t size, size_t piece)
{
	const struct http_limits *limits = data[0] & 8 ? &small_limits : &http_limits_default;
	struct result result = { 0 };
	struct http *http = http_new(limits, on_event, &result);
	struct pair *pair;
	bool goes_on = true;

	if (!http)
		abort();
	pair = begin(http, data[0]);
	data++;
	size--;
	while (size >= 2 && goes_on)
		goes_on = step(pair, &data, &size, piece);
	if (goes_on)
		websocket_finish(pair, 1);
	result.refused = pair->outcome == OUTCOME_UNDECODABLE;
	pair_end(pair, 1);
	http_free(http);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, cut;

	if (size == 0)
		return 0;
	whole = run(data, size, SIZE_MAX / 2);
	cut = run(data, size, 1 + data[0] % 7u);
	/* Whether a limit strikes, and what comes out before, depends on the pieces. */
	if (data[0] & 8)
		assert(whole.decoded_bytes <= 2 * (1000 + 3 * (uint64_t)(size + 8)) + 2 * 16384 + size);
	else
		assert(whole.refused == cut.refused);
	if (!whole.refused && !cut.refused)
		assert(memcmp(whole.hash, cut.hash, sizeof(cut.hash)) == 0);
	return 0;
}
