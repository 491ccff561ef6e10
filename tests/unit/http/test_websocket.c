/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets: frames, masks, fragments, permessage-deflate, damage and gaps, at both roles and however cut. */
#include <stdlib.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "harness.h"
#include "unit.h"

#define STEPS_MAX 8

#define UPGRADE "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
#define SWITCH_PLAIN SWITCH "\r\n"
#define DEFLATE(parameters) SWITCH "Sec-WebSocket-Extensions: x-other; a=b, permessage-deflate" parameters "\r\n\r\n"

/* RFC 7692 section 7.2.3: "Hello", and the same again behind it. */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"
#define HELLO_AGAIN "\xf2\x00\x11\x00\x00"

#define FIN 0x80
#define RSV1 0x40
#define TEXT 1
#define BINARY 2
#define CLOSE 8
#define PING 9
#define PONG 10

/* Client frames are masked, server frames are not. */
struct frame {
	bool server;
	uint8_t first;
	struct slice payload;
};

#define CLIENT_FRAME(first, literal) { false, (first), { (literal), sizeof(literal) - 1 } }
#define SERVER_FRAME(first, literal) { true, (first), { (literal), sizeof(literal) - 1 } }

static struct harness h;

static void put_bytes(struct buffer *out, const void *bytes, size_t len)
{
	ck_assert_int_eq(buffer_append(out, bytes, len), 0);
}

static void put_head(struct buffer *out, uint8_t first, bool masked, uint64_t length, size_t length_bytes)
{
	uint8_t head[10] = { first, (uint8_t)((masked ? 0x80 : 0) | (length_bytes == 0 ? length : length_bytes == 2 ? 126 : 127)) };

	for (size_t i = 0; i < length_bytes; i++)
		head[2 + i] = (uint8_t)(length >> 8 * (length_bytes - 1 - i));
	put_bytes(out, head, 2 + length_bytes);
}

static void put_payload(struct buffer *out, bool masked, struct slice payload)
{
	static const char mask[4] = { 0x11, (char)0xa2, 0x33, (char)0xf4 };

	if (masked)
		put_bytes(out, mask, sizeof(mask));
	for (size_t i = 0; i < payload.len; i++) {
		char byte = (char)(payload.ptr[i] ^ (masked ? mask[i % 4] : 0));

		put_bytes(out, &byte, 1);
	}
}

static void put_frame(struct buffer *out, const struct frame *frame)
{
	size_t len = frame->payload.len;

	put_head(out, frame->first, !frame->server, len, len < 126 ? 0 : len < 65536 ? 2 : 8);
	put_payload(out, !frame->server, frame->payload);
}

/* ---- whole connections, cut anywhere ---- */

struct sample {
	const char *accept;
	struct frame frames[STEPS_MAX];
	const char *messages;	/* client's, then server's, and the end */
	enum stat_id stat;	/* counted once, unless it is STAT_BYTES_CAPTURED_WRITE */
};

static const struct sample samples[] = {
	{ SWITCH_PLAIN, { { 0 } }, "end aborted\n", 0 },
	{ SWITCH_PLAIN,
	  { CLIENT_FRAME(FIN | TEXT, "question"), SERVER_FRAME(FIN | TEXT, "answer"), SERVER_FRAME(FIN | BINARY, "\x01\x02") },
	  "> message question []\n< message answer []\n< message \x01\x02 []\nend aborted\n", 0 },
	{ SWITCH_PLAIN, { CLIENT_FRAME(FIN | TEXT, ""), SERVER_FRAME(FIN | TEXT, "") },
	  "> message  []\n< message  []\nend aborted\n", 0 },
	{ SWITCH_PLAIN,
	  { CLIENT_FRAME(TEXT, "one "), CLIENT_FRAME(FIN | PING, "mid"), CLIENT_FRAME(0, "two "), CLIENT_FRAME(FIN | PONG, ""),
	    CLIENT_FRAME(0, ""), CLIENT_FRAME(FIN, "three"), CLIENT_FRAME(FIN | TEXT, "next") },
	  "> message one two three []\n> message next []\nend aborted\n", 0 },
	{ SWITCH_PLAIN, { SERVER_FRAME(TEXT, "un"), SERVER_FRAME(0, "finished") }, "< message unfinished\nend aborted\n", 0 },
	{ SWITCH_PLAIN,
	  { SERVER_FRAME(FIN | TEXT, "last"), SERVER_FRAME(FIN | CLOSE, "\x03\xe8"), SERVER_FRAME(FIN | TEXT, "no more"),
	    CLIENT_FRAME(FIN | TEXT, "still"), CLIENT_FRAME(FIN | CLOSE, "") },
	  "> message still []\n< message last []\n< end\nend complete\n", 0 },
	{ SWITCH_PLAIN, { CLIENT_FRAME(FIN | CLOSE, "\x03\xe8" "bye"), SERVER_FRAME(FIN | TEXT, "late") },
	  "< message late []\n< end\nend complete\n", 0 },
	/* permessage-deflate */
	{ DEFLATE(""),
	  { SERVER_FRAME(FIN | RSV1 | TEXT, HELLO), SERVER_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN), SERVER_FRAME(FIN | TEXT, "plain"),
	    SERVER_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN), CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO),
	    CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN) },
	  "> message Hello []\n> message Hello []\n"
	  "< message Hello []\n< message Hello []\n< message plain []\n< message Hello []\nend aborted\n", 0 },
	{ DEFLATE("; server_max_window_bits=\"10\" ; Client_No_Context_Takeover"),
	  { SERVER_FRAME(FIN | RSV1 | TEXT, HELLO), SERVER_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN),
	    CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO), CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO) },
	  "> message Hello []\n> message Hello []\n< message Hello []\n< message Hello []\nend aborted\n", 0 },
	{ DEFLATE(";server_no_context_takeover"),
	  { CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO), CLIENT_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN),
	    SERVER_FRAME(FIN | RSV1 | TEXT, HELLO), SERVER_FRAME(FIN | RSV1 | TEXT, HELLO_AGAIN) },
	  "> message Hello []\n> message Hello []\n< message Hello []\n< message H\nend undecodable\n", STAT_HTTP_CODING_BROKEN },
	/* fragments, blocks, a stored block, a final block */
	{ DEFLATE(""),
	  { SERVER_FRAME(RSV1 | TEXT, "\xf2\x48\xcd"), SERVER_FRAME(FIN | PING, "x"), SERVER_FRAME(FIN, "\xc9\xc9\x07\x00"),
	    SERVER_FRAME(FIN | RSV1 | TEXT, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
	    SERVER_FRAME(FIN | RSV1 | TEXT, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
	    SERVER_FRAME(FIN | RSV1 | TEXT, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
	    SERVER_FRAME(FIN | RSV1 | TEXT, "\xf3\x48\xcd\xc9\xc9\x07\x00"), SERVER_FRAME(FIN | RSV1 | TEXT, HELLO) },
	  "< message Hello []\n< message Hello []\n< message Hello []\n< message Hello []\n< message Hello []\n"
	  "< message Hello []\nend aborted\n", 0 },
	{ DEFLATE(""), { SERVER_FRAME(FIN | RSV1 | TEXT, "\x00"), SERVER_FRAME(FIN | RSV1 | BINARY, HELLO) },
	  "< message  []\n< message Hello []\nend aborted\n", 0 },
	/* damage */
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN | RSV1 | TEXT, HELLO) }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ DEFLATE(""), { SERVER_FRAME(TEXT, "a"), SERVER_FRAME(FIN | RSV1, "b") }, "< message a\nend undecodable\n",
	  STAT_HTTP_MALFORMED },
	{ DEFLATE(""), { SERVER_FRAME(FIN | RSV1 | PING, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN | 0x20 | TEXT, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN | 0x10 | TEXT, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN | 3, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN | 7, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { CLIENT_FRAME(FIN | 11, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(PING, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(FIN, "") }, "end undecodable\n", STAT_HTTP_MALFORMED },
	{ SWITCH_PLAIN, { SERVER_FRAME(TEXT, "a"), SERVER_FRAME(FIN | TEXT, "b"), SERVER_FRAME(FIN | TEXT, "c") },
	  "< message a\nend undecodable\n", STAT_HTTP_MALFORMED },
	{ DEFLATE(""), { SERVER_FRAME(FIN | RSV1 | TEXT, "\xff\xff\xff\xff") }, "end undecodable\n", STAT_HTTP_CODING_BROKEN },
};

struct stretch {
	bool server;
	uint64_t now_ns;
	struct buffer bytes;
};

static struct stretch stretches[STEPS_MAX + 2];
static size_t stretch_count;

static struct stretch *add_stretch(bool server)
{
	struct stretch *stretch = &stretches[stretch_count++];

	*stretch = (struct stretch){ .server = server, .now_ns = 1000 * stretch_count };
	return stretch;
}

static void load(const struct sample *sample)
{
	stretch_count = 0;
	put_bytes(&add_stretch(false)->bytes, UPGRADE, sizeof(UPGRADE) - 1);
	put_bytes(&add_stretch(true)->bytes, sample->accept, strlen(sample->accept));
	for (size_t i = 0; i < STEPS_MAX && sample->frames[i].payload.ptr; i++)
		put_frame(&add_stretch(sample->frames[i].server)->bytes, &sample->frames[i]);
}

static void unload(void)
{
	for (size_t i = 0; i < stretch_count; i++)
		buffer_done(&stretches[i].bytes);
}

static void feed(enum exchange_role role, const struct stretch *stretch, size_t from, size_t to)
{
	bool write = stretch->server == (role == ROLE_SERVER);

	h.now_ns = stretch->now_ns;
	if (to > from)
		harness_feed(&h, write ? DIRECTION_WRITE : DIRECTION_READ, stretch->bytes.data + from, to - from);
}

/* The messages, without what the handshake said. */
static void check(const struct sample *sample)
{
	struct buffer text = { 0 };
	const char *request, *response;

	h.now_ns = 1000 * (STEPS_MAX + 3);
	harness_close(&h, CLOSE_EXIT);
	ck_assert_uint_eq(h.count, 1);
	ck_assert_int_eq(h.exchanges[0].last.protocol, HTTP_WEBSOCKET);
	put_bytes(&h.exchanges[0].request, "", 1);
	put_bytes(&h.exchanges[0].response, "", 1);
	request = strstr(h.exchanges[0].request.data, "> end\n");
	response = strchr(strstr(h.exchanges[0].response.data, "< 101 websocket\n  Upgrade=WebSocket\n") + 16, '\n');
	while (strncmp(response, "\n  ", 3) == 0)
		response = strchr(response + 1, '\n');
	ck_assert_int_eq(buffer_printf(&text, "%s%s", request + 6, response + 1), 0);
	ck_assert_str_eq(text.data, sample->messages);
	if (sample->stat)
		ck_assert_uint_eq(stats[sample->stat], 1);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED] + stats[STAT_HTTP_CODING_BROKEN] + stats[STAT_HTTP_OVER_LIMIT],
			  sample->stat ? 1 : 0);
	buffer_done(&text);
	harness_done(&h);
}

static void run_cut(const struct sample *sample, enum exchange_role role, size_t which, size_t at)
{
	harness_init(&h, NULL, false);
	for (size_t i = 0; i < stretch_count; i++) {
		size_t cut = i == which ? at : 0;

		feed(role, &stretches[i], 0, cut);
		feed(role, &stretches[i], cut, stretches[i].bytes.len);
	}
	check(sample);
}

static void run_bytes(const struct sample *sample, enum exchange_role role)
{
	harness_init(&h, NULL, false);
	for (size_t i = 0; i < stretch_count; i++)
		for (size_t at = 0; at < stretches[i].bytes.len; at++)
			feed(role, &stretches[i], at, at + 1);
	check(sample);
}

/* All that one end said, in one piece; the server's is seen first or last. */
static void run_joined(const struct sample *sample, enum exchange_role role, bool server_first)
{
	harness_init(&h, NULL, false);
	for (size_t end = 0; end < 2; end++) {
		struct stretch all = { .server = server_first == (end == 0) };

		for (size_t i = 0; i < stretch_count; i++) {
			if (stretches[i].server != all.server)
				continue;
			put_bytes(&all.bytes, stretches[i].bytes.data, stretches[i].bytes.len);
			all.now_ns = stretches[i].now_ns;
		}
		feed(role, &all, 0, all.bytes.len);
		buffer_done(&all.bytes);
	}
	check(sample);
}

START_TEST(same_however_cut)
{
	const struct sample *sample = &samples[_i];

	load(sample);
	for (enum exchange_role role = ROLE_CLIENT; role <= ROLE_SERVER; role++) {
		for (size_t i = 0; i < stretch_count; i++)
			for (size_t at = 0; at < stretches[i].bytes.len; at++)
				run_cut(sample, role, i, at);
		run_bytes(sample, role);
		/* After damage nothing of the other end is looked at. */
		if (sample->stat)
			continue;
		run_joined(sample, role, false);
	}
	unload();
}
END_TEST

/* ---- one connection, step by step; the observed process is the client ---- */

static void setup(void)
{
	harness_init(&h, NULL, false);
}

static void teardown(void)
{
	harness_done(&h);
}

static void open_websocket(const char *accept)
{
	harness_write(&h, UPGRADE);
	harness_read(&h, accept);
}

static void say(bool server, uint8_t first, struct slice payload)
{
	struct buffer bytes = { 0 };

	h.now_ns += 1000;
	put_frame(&bytes, &(struct frame){ server, first, payload });
	harness_feed(&h, server ? DIRECTION_READ : DIRECTION_WRITE, bytes.data, bytes.len);
	buffer_done(&bytes);
}

static void say_bytes(bool server, struct buffer *bytes)
{
	h.now_ns += 1000;
	harness_feed(&h, server ? DIRECTION_READ : DIRECTION_WRITE, bytes->data, bytes->len);
	buffer_done(bytes);
}

static bool has(const char *text)
{
	return strstr(harness_text(&h), text);
}

START_TEST(interest_while_it_lives)
{
	open_websocket(SWITCH_PLAIN);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
	say(true, FIN | TEXT, SLICE("a"));
	say(true, FIN | CLOSE, SLICE(""));
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
	ck_assert(!h.exchanges[0].ended);
	say(false, FIN | CLOSE, SLICE(""));
	ck_assert(h.exchanges[0].ended);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	say(true, FIN | TEXT, SLICE("b"));
}
END_TEST

START_TEST(not_wanted)
{
	h.skip_bodies = true;
	open_websocket(SWITCH_PLAIN);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	say(true, FIN | TEXT, SLICE("a"));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(h.body_bytes, 0);
}
END_TEST

START_TEST(no_longer_wanted)
{
	open_websocket(SWITCH_PLAIN);
	h.drop = true;
	harness_read(&h, "\x81\x01" "a" "\x81\x01" "b");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	ck_assert(h.exchanges[0].ended);
	ck_assert_uint_eq(h.messages, 1);
}
END_TEST

START_TEST(times_and_bytes)
{
	open_websocket(SWITCH_PLAIN);
	say(false, FIN | TEXT, SLICE("12345"));
	say(true, TEXT, SLICE("123"));
	say(true, FIN | PING, SLICE("123456"));
	say(true, FIN, SLICE("4567"));
	ck_assert_uint_eq(h.exchanges[0].first_message_ns, h.now_ns + 900);
	ck_assert_uint_eq(h.exchanges[0].last.request_start_ns, 1500);
	ck_assert_uint_eq(h.exchanges[0].last.response_start_ns, 2900);
	ck_assert_uint_eq(h.exchanges[0].last.request_body_bytes, 5);
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, 7);
	say(false, FIN | CLOSE, SLICE(""));
	say(true, FIN | CLOSE, SLICE(""));
	ck_assert_uint_eq(h.exchanges[0].last.response_end_ns, h.now_ns + 900);
}
END_TEST

START_TEST(lengths)
{
	static const size_t sizes[] = { 125, 126, 127, 4095, 4096, 4097, 65535, 65536, 200000 };
	size_t bytes = 0;
	char *payload = malloc(200000);

	memset(payload, 'x', 200000);
	h.quiet = true;
	open_websocket(SWITCH_PLAIN);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		say(i % 2, FIN | TEXT, (struct slice){ payload, sizes[i] });
		bytes += sizes[i];
	}
	ck_assert_uint_eq(h.messages, ARRAY_SIZE(sizes));
	ck_assert_uint_eq(h.body_bytes, bytes);
	free(payload);
}
END_TEST

START_TEST(lengths_of_any_form)
{
	for (size_t i = 0; i < 3; i++) {
		struct buffer bytes = { 0 };

		if (i == 0)
			open_websocket(SWITCH_PLAIN);
		put_head(&bytes, FIN | TEXT, false, 3, (size_t[]){ 0, 2, 8 }[i]);
		put_payload(&bytes, false, SLICE("abc"));
		say_bytes(true, &bytes);
	}
	ck_assert_uint_eq(h.messages, 3);
	ck_assert(has("< message abc []\n< message abc []\n< message abc []\n"));
}
END_TEST

/* The mask bit says what a frame is, at either end. */
START_TEST(masks_as_they_are)
{
	struct buffer bytes = { 0 };

	open_websocket(SWITCH_PLAIN);
	put_head(&bytes, FIN | TEXT, true, 5, 0);
	put_payload(&bytes, true, SLICE("abcde"));
	say_bytes(true, &bytes);
	put_head(&bytes, FIN | TEXT, false, 5, 0);
	put_payload(&bytes, false, SLICE("fghij"));
	say_bytes(false, &bytes);
	ck_assert(has("> message fghij []\n"));
	ck_assert(has("< message abcde []\n"));
}
END_TEST

static const struct {
	uint64_t length;
	bool fine;
} long_lengths[] = {
	{ (1ull << 63) - 1, true },
	{ 1ull << 63, false },
	{ UINT64_MAX, false },
};

START_TEST(length_limit)
{
	struct buffer bytes = { 0 };

	open_websocket(SWITCH_PLAIN);
	put_head(&bytes, FIN | TEXT, false, long_lengths[_i].length, 8);
	put_payload(&bytes, false, SLICE("abc"));
	say_bytes(true, &bytes);
	ck_assert_int_eq(h.exchanges[0].ended, !long_lengths[_i].fine);
	ck_assert_int_eq(http_conn_interest(&h.conn), long_lengths[_i].fine ? HTTP_INTEREST_CAPTURE : HTTP_INTEREST_NONE);
}
END_TEST

START_TEST(control_frames_are_short)
{
	struct buffer bytes = { 0 };

	open_websocket(SWITCH_PLAIN);
	put_head(&bytes, FIN | PING, false, 126, 2);
	say_bytes(true, &bytes);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
}
END_TEST

/* ---- what does not become one ---- */

START_TEST(other_upgrades)
{
	harness_write(&h, "GET / HTTP/1.1\r\nUpgrade: h2c, websocket\r\n\r\n");
	harness_read(&h, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\x81\x01x");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_int_eq(h.exchanges[0].last.protocol, HTTP_1_1);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

START_TEST(declined)
{
	open_websocket("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	open_websocket(SWITCH_PLAIN);
	say(true, FIN | TEXT, SLICE("yes"));
	ck_assert_uint_eq(h.count, 2);
	ck_assert(has("< message yes []\n"));
}
END_TEST

/* ---- gaps ---- */

static void say_head(bool server, uint8_t first, size_t length)
{
	struct buffer bytes = { 0 };

	put_head(&bytes, first, false, length, 0);
	say_bytes(server, &bytes);
}

START_TEST(gap_within_a_frame)
{
	open_websocket(SWITCH_PLAIN);
	say_head(true, FIN | TEXT, 10);
	harness_read(&h, "abc");
	harness_gap(&h, DIRECTION_READ, 4, SKIP_LIMIT);
	harness_read(&h, "xyz");
	say(true, FIN | TEXT, SLICE("next"));
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, 14);
	harness_close(&h, CLOSE_FREED);
	ck_assert(has("< message abc []truncated\n< message next []\nend aborted\n"));
}
END_TEST

START_TEST(gap_to_the_end_of_a_frame)
{
	open_websocket(SWITCH_PLAIN);
	say_head(true, TEXT, 10);
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	say(true, FIN, SLICE("rest"));
	say(true, FIN | TEXT, SLICE("next"));
	say(true, FIN | CLOSE, SLICE(""));
	harness_close(&h, CLOSE_FREED);
	ck_assert(has("< message  []gap\n< message next []\n< end\nend gap\n"));
}
END_TEST

START_TEST(gap_in_a_mask)
{
	struct buffer bytes = { 0 };

	open_websocket(SWITCH_PLAIN);
	put_head(&bytes, TEXT, true, 10, 0);
	put_payload(&bytes, true, SLICE("abcdefghij"));
	harness_feed(&h, DIRECTION_WRITE, bytes.data, 8);
	harness_gap(&h, DIRECTION_WRITE, 3, SKIP_FAULT);
	harness_feed(&h, DIRECTION_WRITE, bytes.data + 11, bytes.len - 11);
	say(false, FIN, SLICE("klm"));
	say(false, FIN | TEXT, SLICE("next"));
	ck_assert(has("> message ab []gap\n> message next []\n"));
	buffer_done(&bytes);
}
END_TEST

START_TEST(gap_in_a_ping_costs_nothing)
{
	open_websocket(SWITCH_PLAIN);
	say(true, TEXT, SLICE("a"));
	say_head(true, FIN | PING, 10);
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	say(true, FIN, SLICE("b"));
	say(true, FIN | CLOSE, SLICE(""));
	say(false, FIN | CLOSE, SLICE(""));
	ck_assert(has("< message ab []\n< end\nend complete\n"));
}
END_TEST

START_TEST(gap_over_frames_loses_a_direction)
{
	open_websocket(SWITCH_PLAIN);
	say_head(false, FIN | TEXT, 10);
	harness_gap(&h, DIRECTION_WRITE, 11, SKIP_RING_FULL);
	say(false, FIN | TEXT, SLICE("unread"));
	say(true, FIN | TEXT, SLICE("read"));
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
	ck_assert(has("> message  [!]gap\n"));
	ck_assert(has("< message read []\n"));
	harness_gap(&h, DIRECTION_READ, 1, SKIP_RING_FULL);
	ck_assert(has("< message  [!]gap\n< end\nend gap\n"));
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

START_TEST(gap_in_a_window)
{
	open_websocket(DEFLATE("; client_no_context_takeover"));
	for (int server = 0; server < 2; server++) {
		enum event_direction direction = server ? DIRECTION_READ : DIRECTION_WRITE;

		say(server, FIN | RSV1 | TEXT, SLICE(HELLO));
		say_head(server, FIN | RSV1 | TEXT, 7);
		harness_gap(&h, direction, 7, SKIP_RING_FULL);
		say(server, FIN | TEXT, SLICE("plain"));
		say(server, FIN | RSV1 | TEXT, SLICE(HELLO));
	}
	ck_assert(has("> message Hello []\n> message  []gap\n> message plain []\n> message Hello []\n"));
	ck_assert(has("< message Hello []\n< message  []gap\n< message plain []\n< message  []gap\n"));
}
END_TEST

START_TEST(client_lost_before_the_answer_is_seen)
{
	harness_write(&h, UPGRADE);
	harness_gap(&h, DIRECTION_WRITE, 50, SKIP_RING_FULL);
	say(false, FIN | TEXT, SLICE("unread"));
	harness_read(&h, SWITCH_PLAIN);
	say(true, FIN | TEXT, SLICE("read"));
	harness_close(&h, CLOSE_FREED);
	ck_assert(has("> end\n> message  [!]gap\n"));
	ck_assert(has("< message read []\nend gap\n"));
}
END_TEST

/* ---- limits ---- */

static void deflate_message(struct buffer *out, size_t plain_bytes)
{
	z_stream z = { 0 };
	char *plain = calloc(1, plain_bytes);

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(buffer_reserve(out, plain_bytes), 0);
	z.next_in = (Bytef *)plain;
	z.avail_in = (uInt)plain_bytes;
	z.next_out = (Bytef *)out->data;
	z.avail_out = (uInt)plain_bytes;
	ck_assert_int_eq(deflate(&z, Z_SYNC_FLUSH), Z_OK);
	out->len = plain_bytes - z.avail_out - 4;
	(void)deflateEnd(&z);
	free(plain);
}

START_TEST(bombs)
{
	struct http_limits limits = http_limits_default;
	struct buffer message = { 0 };

	limits.coding_ratio_max = 20;
	limits.coding_free_bytes = 100000;
	harness_done(&h);
	harness_init(&h, &limits, false);
	h.quiet = true;
	open_websocket(DEFLATE(""));
	deflate_message(&message, 60000);
	say(true, FIN | RSV1 | TEXT, buffer_slice(&message));
	ck_assert(!h.exchanges[0].ended);
	ck_assert_uint_eq(h.body_bytes, 60000);
	say(true, FIN | RSV1 | TEXT, buffer_slice(&message));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_CODING_BROKEN], 1);
	ck_assert_uint_lt(h.body_bytes, 120000);
	buffer_done(&message);
}
END_TEST

START_TEST(no_room_for_a_window)
{
	struct http_limits limits = http_limits_default;

	limits.buffered_bytes = 60000;
	harness_done(&h);
	harness_init(&h, &limits, false);
	open_websocket(DEFLATE(""));
	say(true, FIN | RSV1 | TEXT, SLICE(HELLO));
	ck_assert(has("< message Hello []\n"));
	say(false, FIN | RSV1 | TEXT, SLICE(HELLO));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("websocket");
	TCase *cut = tcase_create("property"), *steps = tcase_create("steps");

	tcase_add_loop_test(cut, same_however_cut, 0, ARRAY_SIZE(samples));
	tcase_set_timeout(cut, 120);
	suite_add_tcase(suite, cut);
	tcase_add_checked_fixture(steps, setup, teardown);
	tcase_add_test(steps, interest_while_it_lives);
	tcase_add_test(steps, not_wanted);
	tcase_add_test(steps, no_longer_wanted);
	tcase_add_test(steps, times_and_bytes);
	tcase_add_test(steps, lengths);
	tcase_add_test(steps, lengths_of_any_form);
	tcase_add_test(steps, masks_as_they_are);
	tcase_add_loop_test(steps, length_limit, 0, ARRAY_SIZE(long_lengths));
	tcase_add_test(steps, control_frames_are_short);
	tcase_add_test(steps, other_upgrades);
	tcase_add_test(steps, declined);
	tcase_add_test(steps, gap_within_a_frame);
	tcase_add_test(steps, gap_to_the_end_of_a_frame);
	tcase_add_test(steps, gap_in_a_mask);
	tcase_add_test(steps, gap_in_a_ping_costs_nothing);
	tcase_add_test(steps, gap_over_frames_loses_a_direction);
	tcase_add_test(steps, gap_in_a_window);
	tcase_add_test(steps, client_lost_before_the_answer_is_seen);
	tcase_add_test(steps, bombs);
	tcase_add_test(steps, no_room_for_a_window);
	suite_add_tcase(suite, steps);
	return suite;
}
UNIT_SUITE(make)
