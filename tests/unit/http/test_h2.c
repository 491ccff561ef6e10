/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges on one HTTP/2 connection in good order. */
#include "h2_wire.h"
#include "harness.h"
#include "unit.h"

#define END H2_FLAG_END_STREAM
#define GET ":method: GET\n:scheme: https\n:authority: h\n:path: /\n"
#define POST ":method: POST\n:scheme: https\n:authority: api.example\n:path: /v1/x?y\nx-a: b\n"
#define OK ":status: 200\ncontent-type: text/plain\n"
#define GET_TEXT "> client 2 GET / authority=h\n> end\n"
#define OK_TEXT "< 200\n  content-type=text/plain\n"

static struct harness h;
static struct h2_wire client, server;
static bool server_role;

/* Gives what one end has said to the connection. */
static void say(struct h2_wire *wire)
{
	bool writes = (wire == &client) != server_role;

	h.now_ns += 1000;
	harness_feed(&h, writes ? DIRECTION_WRITE : DIRECTION_READ, wire->out.data, wire->out.len);
	wire->out.len = 0;
}

static void begin(void)
{
	wire_preface(&client);
	wire_frame(&client, H2_SETTINGS, 0, 0, "\0\2\0\0\0\0", 6);
	say(&client);
	wire_frame(&server, H2_SETTINGS, 0, 0, NULL, 0);
	wire_frame(&server, H2_SETTINGS, 1, 0, NULL, 0);
	say(&server);
}

static void setup_wires(void)
{
	wire_init(&client);
	wire_init(&server);
	server_role = false;
}

static void setup(void)
{
	setup_wires();
	harness_init(&h, NULL, false);
	begin();
}

static void setup_server(void)
{
	setup_wires();
	server_role = true;
	harness_init(&h, NULL, false);
	begin();
}

static void setup_first(void)
{
	setup_wires();
	harness_init(&h, NULL, false);
}

static void setup_late(void)
{
	setup_wires();
	harness_init(&h, NULL, true);
}

static void teardown(void)
{
	wire_done(&client);
	wire_done(&server);
	harness_done(&h);
}

static void send_headers(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *lines)
{
	wire_headers(wire, stream, flags, lines);
	say(wire);
}

static void send_data(struct h2_wire *wire, uint32_t stream, unsigned flags, const char *text)
{
	wire_data(wire, stream, flags, text);
	say(wire);
}

static void expect(uint32_t stream, enum exchange_outcome outcome)
{
	ck_assert(h.exchanges[stream - 1].ended);
	ck_assert_int_eq(h.exchanges[stream - 1].outcome, outcome);
}

START_TEST(request_and_response)
{
	send_headers(&client, 1, 0, POST);
	send_data(&client, 1, 0, "{ }");
	send_data(&client, 1, END, "\n");
	send_headers(&server, 1, 0, OK);
	send_data(&server, 1, 0, "o");
	send_data(&server, 1, END, "k");
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=api.example\n"
					   "  x-a=b\n"
					   "> body { }\n\n"
					   "> end\n" OK_TEXT "< body ok\n"
					   "< end\n"
					   "end complete\n");
	ck_assert_uint_eq(h.exchanges[0].last.request_body_bytes, 4);
	ck_assert_uint_eq(h.exchanges[0].last.request_start_ns, 3500);
	ck_assert_uint_eq(h.exchanges[0].last.request_end_ns, 5900);
	ck_assert_uint_eq(h.exchanges[0].last.response_start_ns, 6900);
	ck_assert_uint_eq(h.exchanges[0].last.response_end_ns, 8900);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
}
END_TEST

START_TEST(server_speaks)
{
	send_headers(&client, 1, END, GET);
	send_headers(&server, 1, END, OK);
	ck_assert_str_eq(harness_text(&h), "> server 2 GET / authority=h\n> end\n" OK_TEXT "< end\nend complete\n");
}
END_TEST

START_TEST(server_speaks_first)
{
	wire_frame(&server, H2_SETTINGS, 0, 0, NULL, 0);
	say(&server);
	wire_preface(&client);
	wire_frame(&client, H2_SETTINGS, 0, 0, NULL, 0);
	wire_headers(&client, 1, END, GET);
	say(&client);
	send_headers(&server, 1, END, OK);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_TEXT "< end\nend complete\n");
}
END_TEST

START_TEST(no_preface_after_settings)
{
	wire_frame(&server, H2_SETTINGS, 0, 0, NULL, 0);
	say(&server);
	harness_write(&h, "something else");
	ck_assert_uint_eq(stats[STAT_CONNECTIONS_NOT_HTTP], 1);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

START_TEST(interleaved)
{
	wire_headers(&client, 1, 0, POST);
	wire_headers(&client, 3, END, GET);
	wire_data(&client, 1, 0, "a");
	wire_headers(&client, 5, END, GET);
	wire_data(&client, 1, END, "b");
	say(&client);
	wire_headers(&server, 5, 0, OK);
	wire_headers(&server, 1, 0, OK);
	wire_data(&server, 5, 0, "five");
	wire_data(&server, 1, 0, "one");
	wire_headers(&server, 3, END, OK);
	wire_data(&server, 1, END, "!");
	wire_data(&server, 5, END, "");
	say(&server);
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=api.example\n  x-a=b\n> body ab\n> end\n"
					   OK_TEXT "< body one!\n< end\nend complete\n"
					   GET_TEXT OK_TEXT "< end\nend complete\n"
					   GET_TEXT OK_TEXT "< body five\n< end\nend complete\n");
}
END_TEST

START_TEST(padding_priority_and_continuation)
{
	wire_headers(&client, 1, H2_FLAG_PADDED | H2_FLAG_PRIORITY | WIRE_SPLIT(5), POST);
	wire_data(&client, 1, H2_FLAG_PADDED, "ab");
	wire_data(&client, 1, H2_FLAG_PADDED | END, "");
	say(&client);
	wire_headers(&server, 1, H2_FLAG_PADDED | WIRE_SPLIT(1), OK);
	wire_data(&server, 1, H2_FLAG_PADDED | END, "ok");
	say(&server);
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=api.example\n  x-a=b\n> body ab\n> end\n"
					   OK_TEXT "< body ok\n< end\nend complete\n");
}
END_TEST

START_TEST(other_frames_are_skipped)
{
	wire_frame(&client, H2_PING, 0, 0, "12345678", 8);
	wire_frame(&client, 0xbe, 0xff, 77, "grease", 6);
	wire_frame(&client, H2_WINDOW_UPDATE, 0, 0, "\0\0\1\0", 4);
	wire_headers(&client, 1, END, GET);
	wire_frame(&client, H2_PRIORITY, 0, 9, "\0\0\0\0\1", 5);
	say(&client);
	wire_frame(&server, 0x10, 0, 0, "", 0);
	wire_headers(&server, 1, END, OK);
	say(&server);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_TEXT "< end\nend complete\n");
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 0);
}
END_TEST

START_TEST(interim_responses_and_trailers)
{
	send_headers(&client, 1, 0, GET);
	send_headers(&server, 1, 0, ":status: 100\n");
	send_headers(&server, 1, 0, ":status: 103\nlink: x\n");
	send_data(&client, 1, 0, "q");
	send_headers(&client, 1, END, "x-sum: 1\n");
	send_headers(&server, 1, 0, ":status: 200\n");
	send_data(&server, 1, 0, "a");
	send_headers(&server, 1, END, "grpc-status: 0\n");
	ck_assert_str_eq(harness_text(&h), "> client 2 GET / authority=h\n> body q\n> end\n< 200\n< body a\n"
					   "< trailers\n  grpc-status=0\n< end\nend complete\n");
}
END_TEST

START_TEST(events)
{
	send_headers(&client, 1, END, GET);
	send_headers(&server, 1, 0, ":status: 200\ncontent-type: text/event-stream\n");
	send_data(&server, 1, 0, "data: 1\n\ndat");
	send_data(&server, 1, END, "a: 2\n\n");
	ck_assert_str_eq(harness_text(&h), GET_TEXT "< 200 sse\n  content-type=text/event-stream\n"
					   "< message 1 []\n< message 2 []\n< end\nend complete\n");
}
END_TEST

START_TEST(authority_of_host)
{
	send_headers(&client, 1, END, ":method: GET\n:scheme: https\n:path: /\nhost: elsewhere\n");
	ck_assert_str_eq(harness_text(&h), "> client 2 GET / authority=elsewhere\n  host=elsewhere\n> end\n");
}
END_TEST

/* The read of the answer may be seen before the write of its request. */
START_TEST(response_seen_first)
{
	wire_headers(&server, 1, 0, OK);
	wire_data(&server, 1, END, "ok");
	say(&server);
	ck_assert_uint_eq(h.count, 0);
	send_headers(&client, 1, END, GET);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_TEXT "< body ok\n< end\nend complete\n");
}
END_TEST

START_TEST(empty_end_seen_before_the_request)
{
	wire_headers(&client, 1, END, GET);
	say(&client);
	send_headers(&server, 1, 0, OK);
	send_data(&server, 3, END, "");
	send_data(&server, 1, END, "");
	ck_assert(!h.exchanges[0].ended);
	send_headers(&client, 3, END, GET);
	expect(1, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[2].ended);
}
END_TEST

START_TEST(held_too_long)
{
	static char text[16000];

	memset(text, 'x', sizeof(text) - 1);
	send_headers(&client, 1, END, GET);
	send_headers(&server, 1, 0, OK);
	send_headers(&server, 3, 0, OK);
	for (size_t i = 0; i < 20; i++)
		send_data(&server, 3, 0, text);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
	send_data(&server, 1, END, "ok");
	expect(1, OUTCOME_UNDECODABLE);
}
END_TEST

START_TEST(resets)
{
	send_headers(&client, 1, 0, POST);
	send_headers(&client, 3, END, GET);
	send_headers(&client, 5, 0, POST);
	wire_reset(&client, 1, NGHTTP2_CANCEL);
	say(&client);
	expect(1, OUTCOME_ABORTED);
	wire_reset(&server, 3, NGHTTP2_REFUSED_STREAM);
	say(&server);
	expect(3, OUTCOME_ABORTED);
	/* Answered before it was all sent: the rest is not wanted. */
	send_headers(&server, 5, END, OK);
	wire_reset(&server, 5, NGHTTP2_NO_ERROR);
	say(&server);
	expect(5, OUTCOME_COMPLETE);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 0);
}
END_TEST

/* What is on its way of a stream that was reset is of no exchange. */
START_TEST(answer_to_a_cancelled_request)
{
	send_headers(&client, 1, END, GET);
	wire_reset(&client, 1, NGHTTP2_CANCEL);
	say(&client);
	send_headers(&server, 1, 0, OK);
	send_data(&server, 1, END, "late");
	send_headers(&client, 3, END, GET);
	send_headers(&server, 3, END, OK);
	ck_assert_str_eq(harness_text(&h), GET_TEXT "end aborted\n" GET_TEXT OK_TEXT "< end\nend complete\n");
}
END_TEST

START_TEST(reset_when_all_is_there)
{
	send_headers(&client, 1, END, GET);
	send_headers(&server, 1, 0, ":status: 200\ncontent-length: 2\n");
	send_data(&server, 1, 0, "ok");
	wire_reset(&client, 1, NGHTTP2_STREAM_CLOSED);
	say(&client);
	expect(1, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[0].response_end);
}
END_TEST

START_TEST(goaway)
{
	for (uint32_t stream = 1; stream < 7; stream += 2)
		send_headers(&client, stream, END, GET);
	wire_goaway(&server, UINT32_MAX >> 1);
	wire_goaway(&server, 3);
	wire_goaway(&client, 0);
	say(&client);
	say(&server);
	expect(5, OUTCOME_ABORTED);
	send_headers(&server, 3, END, OK);
	send_headers(&server, 1, END, OK);
	expect(1, OUTCOME_COMPLETE);
	expect(3, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(closed_in_flight)
{
	send_headers(&client, 1, 0, POST);
	send_headers(&client, 3, END, GET);
	send_headers(&server, 3, 0, OK);
	harness_close(&h, CLOSE_FREED);
	expect(1, OUTCOME_ABORTED);
	expect(3, OUTCOME_ABORTED);
}
END_TEST

/* Its block has to go through the table, or those behind it are not understood. */
START_TEST(promises)
{
	send_headers(&client, 1, END, GET);
	wire_promise(&server, 1, 2, ":method: GET\n:path: /pushed\nx-new: 1\n");
	wire_headers(&server, 2, 0, ":status: 200\nx-new: 2\n");
	wire_headers(&server, 1, 0, ":status: 200\nx-new: 1\nx-new: 2\n");
	wire_data(&server, 2, END, "pushed");
	wire_data(&server, 1, END, "asked");
	say(&server);
	ck_assert_str_eq(harness_text(&h), GET_TEXT "< 200\n  x-new=1\n  x-new=2\n< body asked\n< end\nend complete\n");
}
END_TEST

START_TEST(tunnel)
{
	send_headers(&client, 1, 0, ":method: CONNECT\n:authority: h:443\n");
	send_headers(&server, 1, 0, ":status: 200\n");
	expect(1, OUTCOME_COMPLETE);
	send_data(&client, 1, 0, "\x16\x03\x01");
	send_data(&server, 1, END, "\x16\x03\x03");
	send_headers(&client, 3, 0, ":method: CONNECT\n:authority: h:443\n");
	send_headers(&server, 3, 0, ":status: 403\n");
	send_data(&server, 3, END, "no");
	ck_assert_str_eq(harness_text(&h), "> client 2 CONNECT  authority=h:443\n> end\n< 200\n< end\nend complete\n"
					   "> client 2 CONNECT  authority=h:443\n> end\n"
					   "< 403\n< body no\n< end\nend complete\n");
}
END_TEST

START_TEST(websocket)
{
	send_headers(&client, 1, 0, ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:path: /v1/realtime\n"
				    ":authority: h\nsec-websocket-version: 13\n");
	send_headers(&server, 1, 0, ":status: 200\n");
	send_data(&client, 1, 0, "\x81\x82\1\1\1\1hi");
	send_data(&server, 1, 0, "\x81\x02");
	send_data(&server, 1, 0, "ok\x88");
	wire_frame(&server, H2_DATA, END, 1, "\0", 1);
	say(&server);
	ck_assert_str_eq(harness_text(&h), "> client 2 CONNECT /v1/realtime authority=h\n  sec-websocket-version=13\n> end\n"
					   "> message ih []\n< 200 websocket\n< message ok []\n< end\nend complete\n");
}
END_TEST

START_TEST(websocket_refused_broken_or_reset)
{
	for (uint32_t stream = 1; stream < 8; stream += 2)
		send_headers(&client, stream, 0, ":method: CONNECT\n:protocol: websocket\n:path: /\n:authority: h\n");
	send_headers(&server, 1, END, ":status: 403\n");
	expect(1, OUTCOME_COMPLETE);
	send_headers(&server, 3, 0, ":status: 200\n");
	wire_reset(&client, 3, NGHTTP2_CANCEL);
	say(&client);
	expect(3, OUTCOME_ABORTED);
	/* Frames of a client that did not wait are not told apart. */
	send_data(&client, 5, 0, "\x81\x82\1\1\1\1hi");
	send_headers(&server, 5, 0, ":status: 200\n");
	send_headers(&server, 7, 0, ":status: 200\n");
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	harness_close(&h, CLOSE_FREED);
	ck_assert_int_ne(h.exchanges[4].outcome, OUTCOME_COMPLETE);
	expect(7, OUTCOME_GAP);
}
END_TEST

START_TEST(table_size)
{
	ck_assert_int_eq(nghttp2_hd_deflate_change_table_size(client.deflater, 0), 0);
	send_headers(&client, 1, END, POST);
	ck_assert_int_eq(nghttp2_hd_deflate_change_table_size(client.deflater, 4096), 0);
	send_headers(&client, 3, END, POST);
	send_headers(&client, 5, END, POST);
	for (size_t i = 0; i < 6; i += 2)
		ck_assert_uint_eq(h.exchanges[i].request.len, strlen("> client 2 POST /v1/x?y authority=api.example\n"
								      "  x-a=b\n> end\n"));
	ck_assert_uint_eq(stats[STAT_H2_TABLES_UNKNOWN], 0);
}
END_TEST

/* Larger than is followed: what a block says itself still counts. */
START_TEST(table_too_large)
{
	send_headers(&client, 1, END, GET);
	/* Size 2^20, then :method POST, :path /x literally. */
	wire_frame(&client, H2_HEADERS, H2_FLAG_END_HEADERS | END, 3, "\x3f\xe1\xff\x3f\x83\x44\x02/x", 9);
	wire_frame(&client, H2_HEADERS, H2_FLAG_END_HEADERS | END, 5, "\x83\xbe\xc0", 3);
	say(&client);
	ck_assert_uint_eq(stats[STAT_H2_TABLES_UNKNOWN], 1);
	ck_assert_str_eq(harness_text(&h), GET_TEXT "> client 2 POST /x authority=\n> end\n"
					   "> client 2 POST /x authority=\n> end\n");
	harness_close(&h, CLOSE_FREED);
	expect(3, OUTCOME_ABORTED);
	expect(5, OUTCOME_MISSED_START);
}
END_TEST

static void setup_small(void)
{
	struct http_limits limits = http_limits_default;

	setup_wires();
	limits.streams_max = 2;
	limits.head_bytes = 400;
	limits.headers_max = 5;
	harness_init(&h, &limits, false);
	begin();
}

START_TEST(too_many_streams)
{
	for (uint32_t stream = 1; stream < 9; stream += 2)
		send_headers(&client, stream, 0, POST);
	ck_assert_uint_eq(stats[STAT_H2_STREAMS_OVER_LIMIT], 2);
	send_data(&client, 5, END, "lost");
	send_data(&client, 1, END, "kept");
	send_headers(&server, 5, END, OK);
	send_headers(&server, 1, END, OK);
	expect(1, OUTCOME_COMPLETE);
	send_headers(&client, 9, END, GET);
	send_headers(&server, 9, END, OK);
	expect(9, OUTCOME_COMPLETE);
	ck_assert(!h.exchanges[4].begun && !h.exchanges[6].begun);
}
END_TEST

START_TEST(head_over_the_limit)
{
	static char long_value[600] = GET "x: ";

	memset(long_value + strlen(long_value), '?', 500);
	send_headers(&client, 1, END, long_value);
	ck_assert_uint_eq(stats[STAT_HTTP_OVER_LIMIT], 1);
	send_headers(&client, 3, END | WIRE_SPLIT(50), long_value);
	ck_assert_uint_ge(stats[STAT_HTTP_OVER_LIMIT], 2);
	send_headers(&client, 5, END, "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n");
	ck_assert_uint_eq(h.count, 0);
	send_headers(&client, 7, END | WIRE_LITERAL, GET);
	send_headers(&server, 7, END, long_value);
	expect(7, OUTCOME_UNDECODABLE);
	send_headers(&client, 9, END | WIRE_LITERAL, GET);
	send_headers(&server, 9, END, OK);
	ck_assert_int_eq(h.exchanges[8].outcome, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(damage)
{
	send_headers(&client, 1, 0, POST);
	send_headers(&client, 3, END, GET);
	wire_frame(&client, H2_PING, 0, 0, "short", 5);
	say(&client);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 1);
	send_headers(&server, 1, END, OK);
	send_headers(&server, 3, END, OK);
	expect(1, OUTCOME_UNDECODABLE);
	expect(3, OUTCOME_COMPLETE);
	send_headers(&client, 5, END | WIRE_LITERAL, GET);
	send_headers(&server, 5, END, OK);
	expect(5, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(block_torn_apart)
{
	wire_frame(&client, H2_HEADERS, END, 1, "\x82", 1);
	wire_data(&client, 3, 0, "x");
	say(&client);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED], 1);
	send_headers(&client, 5, END | WIRE_LITERAL, GET);
	send_headers(&server, 5, END, OK);
	expect(5, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(answer_without_head)
{
	send_headers(&client, 1, END, GET);
	send_data(&server, 1, END, "body");
	expect(1, OUTCOME_UNDECODABLE);
	ck_assert(!h.exchanges[0].response_head);
}
END_TEST

START_TEST(turned_down)
{
	h.skip_bodies = true;
	for (uint32_t stream = 1; stream < 64; stream += 2) {
		ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_CAPTURE);
		send_headers(&client, stream, END, GET);
		send_headers(&server, stream, END, OK);
	}
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
	h.skip_bodies = false;
	send_headers(&client, 65 - 2, END, GET);
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

/* ---- lost bytes ---- */

/* All of what an end has said but `n` bytes at `at`. */
static void say_without(struct h2_wire *wire, size_t at, size_t n)
{
	enum event_direction direction = wire == &client ? DIRECTION_WRITE : DIRECTION_READ;

	h.now_ns += 1000;
	harness_feed(&h, direction, wire->out.data, at);
	harness_gap(&h, direction, n, SKIP_RING_FULL);
	harness_feed(&h, direction, wire->out.data + at + n, wire->out.len - at - n);
	wire->out.len = 0;
}

/* It costs that body, and nothing else. */
START_TEST(gap_within_a_body)
{
	send_headers(&client, 1, END, GET);
	send_headers(&client, 3, END, GET);
	send_headers(&client, 5, END, GET);
	send_headers(&server, 5, 0, OK);
	wire_data(&server, 5, H2_FLAG_PADDED, "0123456789");
	wire_data(&server, 5, H2_FLAG_PADDED | END, "ABCDEFGHIJ");
	wire_headers(&server, 3, END, OK);
	say_without(&server, 9 + 1 + 3, 10);
	ck_assert_str_eq(harness_text(&h), GET_TEXT GET_TEXT OK_TEXT "< end\nend complete\n"
			 GET_TEXT OK_TEXT "< body 012ABCDEFGHIJ\n< end\nend gap\n");
	ck_assert_uint_eq(h.exchanges[4].last.response_body_bytes, 20);
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS] + stats[STAT_H2_TABLES_UNKNOWN], 0);
}
END_TEST

START_TEST(gap_to_the_end_of_a_stream)
{
	send_headers(&client, 1, 0, POST);
	wire_data(&client, 1, END, "0123456789");
	say_without(&client, 9 + 3, 7);
	send_headers(&server, 1, END, OK);
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=api.example\n  x-a=b\n> body 012\n> end\n"
			 OK_TEXT "< end\nend gap\n");
}
END_TEST

/* The table is lost, not the step; the stream is known to have been there. */
START_TEST(gap_within_a_block)
{
	wire_headers(&client, 1, 0, POST);
	say_without(&client, 9 + 2, 5);
	send_data(&client, 1, END, "q");
	send_headers(&server, 1, 0, OK);
	send_data(&server, 1, END, "a");
	ck_assert_str_eq(harness_text(&h), "> client 2   authority=\n> body q\n> end\n" OK_TEXT
					   "< body a\n< end\nend missed_start\n");
	ck_assert_uint_eq(stats[STAT_H2_TABLES_UNKNOWN], 1);
	ck_assert_uint_eq(stats[STAT_HTTP_RESYNCS], 0);
}
END_TEST

START_TEST(gap_within_a_response_block)
{
	send_headers(&client, 1, END, GET);
	wire_headers(&server, 1, 0, OK);
	say_without(&server, 9 + 2, 5);
	send_data(&server, 1, END, "a");
	expect(1, OUTCOME_GAP);
	ck_assert(!h.exchanges[0].response_head);
}
END_TEST

/* What was cancelled is over, though its answer comes when bytes were lost. */
START_TEST(gap_behind_a_cancelled_request)
{
	send_headers(&client, 1, END, GET);
	wire_reset(&client, 1, NGHTTP2_CANCEL);
	say(&client);
	harness_gap(&h, DIRECTION_WRITE, 100, SKIP_RING_FULL);
	send_headers(&server, 1, END, OK);
	expect(1, OUTCOME_ABORTED);
	send_headers(&server, 3, END, OK);
	expect(3, OUTCOME_MISSED_START);
	send_headers(&client, 3, END | WIRE_LITERAL, GET);
	ck_assert(!h.exchanges[2].request_head);
}
END_TEST

/* Its end may have been lost, so it is not waited for without end. */
START_TEST(silent_behind_a_gap)
{
	send_headers(&client, 1, END, GET);
	send_headers(&server, 1, 0, OK);
	harness_gap(&h, DIRECTION_READ, 100, SKIP_RING_FULL);
	send_headers(&client, 3, END, GET);
	ck_assert(!h.exchanges[0].ended);
	h.now_ns += 700000000000;
	send_headers(&client, 5, END, GET);
	expect(1, OUTCOME_GAP);
}
END_TEST

/* ---- joined in the middle ---- */

START_TEST(late_client)
{
	send_data(&server, 7, 0, "rest of an answer");
	send_headers(&client, 9, 0, POST);
	send_data(&client, 9, END, "q");
	send_headers(&server, 9, 0, OK);
	send_data(&server, 9, END, "a");
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=api.example\n  x-a=b\n> body q\n> end\n"
					   OK_TEXT "< body a\n< end\nend complete\n");
}
END_TEST

START_TEST(late_server)
{
	server_role = true;
	send_headers(&client, 9, END, GET);
	send_headers(&server, 9, END, OK);
	ck_assert_str_eq(harness_text(&h), "> server 2 GET / authority=h\n> end\n" OK_TEXT "< end\nend complete\n");
}
END_TEST

START_TEST(late_answer)
{
	send_headers(&client, 5, END, GET);
	client.out.len = 0;
	harness_done(&h);
	harness_init(&h, NULL, true);
	send_headers(&server, 5, 0, OK);
	send_data(&server, 5, 0, "a");
	send_data(&server, 5, END, "b");
	ck_assert_str_eq(harness_text(&h), OK_TEXT "< body ab\n< end\nend missed_start\n");
}
END_TEST

/* Names and values that were put into the table before: what can be known is. */
START_TEST(late_table)
{
	wire_headers(&client, 1, END, POST "x-old: 1\n");
	client.out.len = 0;
	send_headers(&client, 3, END, POST "x-old: 2\nx-new: 3\n");
	send_headers(&client, 5, END, POST "x-old: 2\nx-new: 3\nx-new: 4\n");
	ck_assert_str_eq(harness_text(&h), "> client 2 POST /v1/x?y authority=\n  x-new=3\n> end\n"
					   "> client 2 POST /v1/x?y authority=\n  x-new=3\n  x-new=4\n> end\n");
	harness_close(&h, CLOSE_FREED);
	expect(3, OUTCOME_MISSED_START);
	expect(5, OUTCOME_MISSED_START);
}
END_TEST

START_TEST(late_preface)
{
	begin();
	send_headers(&client, 1, END, GET);
	send_headers(&client, 3, END, GET);
	send_headers(&server, 1, END, OK);
	ck_assert_str_eq(harness_text(&h), GET_TEXT OK_TEXT "< end\nend complete\n" GET_TEXT);
}
END_TEST

/* Something that looks like one frame, and is none. */
START_TEST(late_but_http1)
{
	harness_feed(&h, DIRECTION_READ, "\0\0\x05\0\0\0\0\0\x01hello", 14);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 204 No Content\r\n\r\n");
	expect(1, OUTCOME_COMPLETE);
}
END_TEST

START_TEST(late_and_strange)
{
	harness_feed(&h, DIRECTION_READ, "\0\0\x05\0\0\0\0\0\x01hello", 14);
	for (size_t i = 0; i < 100; i++)
		harness_write(&h, "binary");
	ck_assert_int_eq(http_conn_interest(&h.conn), HTTP_INTEREST_NONE);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("h2");
	TCase *tcase = tcase_create("exchanges"), *server_case = tcase_create("server"), *small = tcase_create("limits");
	TCase *late = tcase_create("late"), *first = tcase_create("first bytes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, request_and_response);
	tcase_add_test(tcase, interleaved);
	tcase_add_test(tcase, padding_priority_and_continuation);
	tcase_add_test(tcase, other_frames_are_skipped);
	tcase_add_test(tcase, interim_responses_and_trailers);
	tcase_add_test(tcase, events);
	tcase_add_test(tcase, authority_of_host);
	tcase_add_test(tcase, response_seen_first);
	tcase_add_test(tcase, empty_end_seen_before_the_request);
	tcase_add_test(tcase, held_too_long);
	tcase_add_test(tcase, resets);
	tcase_add_test(tcase, answer_to_a_cancelled_request);
	tcase_add_test(tcase, reset_when_all_is_there);
	tcase_add_test(tcase, goaway);
	tcase_add_test(tcase, closed_in_flight);
	tcase_add_test(tcase, promises);
	tcase_add_test(tcase, tunnel);
	tcase_add_test(tcase, websocket);
	tcase_add_test(tcase, websocket_refused_broken_or_reset);
	tcase_add_test(tcase, table_size);
	tcase_add_test(tcase, table_too_large);
	tcase_add_test(tcase, damage);
	tcase_add_test(tcase, block_torn_apart);
	tcase_add_test(tcase, answer_without_head);
	tcase_add_test(tcase, turned_down);
	tcase_add_test(tcase, gap_within_a_body);
	tcase_add_test(tcase, gap_to_the_end_of_a_stream);
	tcase_add_test(tcase, gap_within_a_block);
	tcase_add_test(tcase, gap_within_a_response_block);
	tcase_add_test(tcase, gap_behind_a_cancelled_request);
	tcase_add_test(tcase, silent_behind_a_gap);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(server_case, setup_server, teardown);
	tcase_add_test(server_case, server_speaks);
	suite_add_tcase(suite, server_case);
	tcase_add_checked_fixture(small, setup_small, teardown);
	tcase_add_test(small, too_many_streams);
	tcase_add_test(small, head_over_the_limit);
	suite_add_tcase(suite, small);
	tcase_add_checked_fixture(late, setup_late, teardown);
	tcase_add_test(late, late_client);
	tcase_add_test(late, late_server);
	tcase_add_test(late, late_answer);
	tcase_add_test(late, late_table);
	tcase_add_test(late, late_preface);
	tcase_add_test(late, late_but_http1);
	tcase_add_test(late, late_and_strange);
	suite_add_tcase(suite, late);
	tcase_add_checked_fixture(first, setup_first, teardown);
	tcase_add_test(first, server_speaks_first);
	tcase_add_test(first, no_preface_after_settings);
	suite_add_tcase(suite, first);
	return suite;
}
UNIT_SUITE(make)
