/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against another implementation: two nghttp2 sessions, client and server, talk
 * to each other at random, with random segments. What the stage reports has to
 * be what the sessions' callbacks saw.
 */
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "harness.h"
#include "unit.h"

#define ROUNDS 60		/* of each seed */
#define SEEDS 40
#define STREAMS_MAX 24		/* of a connection; the harness knows so many */
#define HEADERS_MAX 12
#define PIECE_MAX 3000

/* What an end is sending of a stream. */
struct sending {
	size_t left;
	bool trailers;
};

/* What the receiving end's callbacks saw of a message, in the words of the harness. */
struct message {
	struct buffer text;
	char method[8], path[64], authority[64], status[8];
	struct buffer headers;	/* of the block being received */
	bool head, in_body, end;
};

struct saw {
	struct message request, response;
	bool reset;
};

static struct harness h;
static nghttp2_session *client, *server;
static struct saw saws[HARNESS_EXCHANGES];
static struct sending sendings[2][HARNESS_EXCHANGES];
static unsigned seed;
static size_t opened;
static bool server_role, resets;

static unsigned pick(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static void put(struct buffer *text, const void *bytes, size_t len)
{
	ck_assert_int_eq(buffer_append(text, bytes, len), 0);
}

static struct saw *saw_of(int32_t stream)
{
	ck_assert(stream >= 1 && stream <= HARNESS_EXCHANGES);
	return &saws[stream - 1];
}

/* ---- what the sessions see ---- */

static bool is_server(const nghttp2_session *session)
{
	return nghttp2_session_check_server_session((nghttp2_session *)session);
}

static struct message *message_of(const nghttp2_session *session, int32_t stream)
{
	return is_server(session) ? &saw_of(stream)->request : &saw_of(stream)->response;
}

static void keep(char *buffer, size_t size, const uint8_t *value, size_t len)
{
	ck_assert(slice_copy(buffer, size, (struct slice){ (const char *)value, len }));
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
		     const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
	struct message *message = message_of(session, frame->hd.stream_id);

	(void)flags;
	(void)ctx;
	if (slice_eq((struct slice){ (const char *)name, name_len }, SLICE(":method")))
		keep(message->method, sizeof(message->method), value, value_len);
	else if (slice_eq((struct slice){ (const char *)name, name_len }, SLICE(":path")))
		keep(message->path, sizeof(message->path), value, value_len);
	else if (slice_eq((struct slice){ (const char *)name, name_len }, SLICE(":authority")))
		keep(message->authority, sizeof(message->authority), value, value_len);
	else if (slice_eq((struct slice){ (const char *)name, name_len }, SLICE(":status")))
		keep(message->status, sizeof(message->status), value, value_len);
	else if (name[0] != ':')
		ck_assert_int_eq(buffer_printf(&message->headers, "  %.*s=%.*s\n", (int)name_len, (const char *)name,
					       (int)value_len, (const char *)value), 0);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *ctx)
{
	struct message *message = message_of(session, stream);

	(void)flags;
	(void)ctx;
	if (!message->in_body)
		put(&message->text, is_server(session) ? "> body " : "< body ", 7);
	message->in_body = true;
	put(&message->text, data, len);
	return 0;
}

static void end_body(struct message *message)
{
	if (message->in_body)
		put(&message->text, "\n", 1);
	message->in_body = false;
}

/* Interim responses and trailers of a request are not reported. */
static void on_block(struct message *message, bool request)
{
	struct buffer *text = &message->text;

	if (request && !message->head) {
		ck_assert_int_eq(buffer_printf(text, "> %s 2 %s %s authority=%s\n", server_role ? "server" : "client",
					       message->method, message->path, message->authority), 0);
	} else if (!request && !message->head && message->status[0] != '1') {
		ck_assert_int_eq(buffer_printf(text, "< %s\n", message->status), 0);
	} else if (!request && message->head) {
		end_body(message);
		put(text, "< trailers\n", 11);
	}
	if (message->head ? !request : request || message->status[0] != '1')
		put(text, message->headers.data, message->headers.len);
	message->head |= request || message->status[0] != '1';
	message->headers.len = 0;
}

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)name,
		.namelen = strlen(name),
		.value = (uint8_t *)value,
		.valuelen = strlen(value),
		.flags = pick(8) == 0 ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE,
	};
}

static void add_random_headers(nghttp2_nv *headers, size_t *count)
{
	static const char *const names[] = { "x-a", "x-b", "content-language", "x-long", "cookie", "etag" };
	static const char *const values[] = { "1", "", "two words", "\x7f\xc3\xa4", "en", "0123456789012345678901234567890" };

	for (unsigned n = pick(6); n > 0; n--)
		headers[(*count)++] = header(names[pick(6)], values[pick(6)]);
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t size, uint32_t *flags,
			 nghttp2_data_source *source, void *ctx)
{
	struct sending *sending = &sendings[is_server(session)][stream - 1];
	size_t n = sending->left < size ? sending->left : size;

	(void)source;
	(void)ctx;
	if (n > 1)
		n = 1 + pick((unsigned)n);
	for (size_t i = 0; i < n; i++)
		buffer[i] = (uint8_t)('a' + pick(26));
	sending->left -= n;
	if (sending->left > 0)
		return (ssize_t)n;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (sending->trailers) {
		nghttp2_nv trailer = header("x-trailer", "t");

		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		ck_assert_int_eq(nghttp2_submit_trailer(session, stream, &trailer, 1), 0);
	}
	return (ssize_t)n;
}

static void start_body(bool by_server, int32_t stream)
{
	sendings[by_server][stream - 1] = (struct sending){
		.left = pick(4) ? pick(PIECE_MAX) : pick(60000),
		.trailers = pick(4) == 0,
	};
}

static void respond(int32_t stream)
{
	nghttp2_nv headers[HEADERS_MAX] = { header(":status", pick(4) ? "200" : "429") };
	nghttp2_data_provider body = { .read_callback = read_body };
	nghttp2_nv early = header(":status", "103");
	size_t count = 1;

	if (pick(5) == 0)
		ck_assert_int_eq(nghttp2_submit_headers(server, NGHTTP2_FLAG_NONE, stream, NULL, &early, 1, NULL), 0);
	add_random_headers(headers, &count);
	start_body(true, stream);
	ck_assert_int_eq(nghttp2_submit_response(server, stream, headers, count, pick(6) ? &body : NULL), 0);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	bool request = is_server(session);
	struct message *message;

	(void)ctx;
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		saw_of(frame->hd.stream_id)->reset = true;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	message = message_of(session, frame->hd.stream_id);
	if (frame->hd.type == NGHTTP2_HEADERS)
		on_block(message, request);
	if (request && frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		respond(frame->hd.stream_id);
	if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	end_body(message);
	put(&message->text, request ? "> end\n" : "< end\n", 6);
	message->end = true;
	return 0;
}

/* ---- traffic ---- */

static ssize_t choose_padding(nghttp2_session *session, const nghttp2_frame *frame, size_t max, void *ctx)
{
	size_t padding = frame->hd.length + (pick(3) ? 0 : pick(200));

	(void)session;
	(void)ctx;
	return (ssize_t)(padding < max ? padding : max);
}

static void open_sessions(void)
{
	nghttp2_session_callbacks *callbacks;

	ck_assert_int_eq(nghttp2_session_callbacks_new(&callbacks), 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_select_padding_callback(callbacks, choose_padding);
	ck_assert_int_eq(nghttp2_session_client_new(&client, callbacks, NULL), 0);
	ck_assert_int_eq(nghttp2_session_server_new(&server, callbacks, NULL), 0);
	nghttp2_session_callbacks_del(callbacks);
}

static void submit_settings(nghttp2_session *session)
{
	static const uint32_t sizes[] = { 0, 100, 4096, 16384, 65536 };
	nghttp2_settings_entry entries[] = {
		{ NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, sizes[pick(5)] },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 20 },
		{ NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16384 + pick(20000) },
	};

	ck_assert_int_eq(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries, ARRAY_SIZE(entries)), 0);
}

static void request(void)
{
	static const char *const paths[] = { "/", "/v1/chat/completions", "/v1/messages?beta=true" };
	nghttp2_nv headers[HEADERS_MAX] = {
		header(":method", pick(2) ? "POST" : "GET"),
		header(":scheme", "https"),
		header(":path", paths[pick(3)]),
		header(":authority", pick(2) ? "api.example" : "other.example"),
	};
	nghttp2_data_provider body = { .read_callback = read_body };
	size_t count = 4;
	int32_t stream;

	if (opened++ >= STREAMS_MAX)
		return;
	add_random_headers(headers, &count);
	stream = (int32_t)nghttp2_session_get_next_stream_id(client);
	start_body(false, stream);
	ck_assert_int_eq(nghttp2_submit_request(client, NULL, headers, count, pick(3) ? &body : NULL, NULL), stream);
}

static void reset(void)
{
	int32_t stream = 1 + 2 * (int32_t)pick(STREAMS_MAX);
	nghttp2_session *session = pick(2) ? client : server;

	if (!resets || !nghttp2_session_find_stream(session, stream))
		return;
	saw_of(stream)->reset = true;
	(void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, pick(2) ? NGHTTP2_CANCEL : NGHTTP2_REFUSED_STREAM);
}

static void feed_in_pieces(bool from_client, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t n = 1 + pick(pick(3) ? 40 : 5000);

		if (n > len)
			n = len;
		h.now_ns += 1000;
		harness_feed(&h, from_client != server_role ? DIRECTION_WRITE : DIRECTION_READ, data, n);
		data += n;
		len -= n;
	}
}

/* What one end has to say goes to the stage and to the other end. */
static bool transfer(nghttp2_session *from, nghttp2_session *to)
{
	const uint8_t *data;
	ssize_t n = nghttp2_session_mem_send(from, &data);

	ck_assert_int_ge(n, 0);
	if (n == 0)
		return false;
	feed_in_pieces(from == client, data, (size_t)n);
	ck_assert_int_eq(nghttp2_session_mem_recv(to, data, (size_t)n), n);
	return true;
}

static bool transfer_from(bool from_client)
{
	return transfer(from_client ? client : server, from_client ? server : client);
}

static void talk(void)
{
	bool moved;

	for (unsigned round = 0; round < ROUNDS; round++) {
		if (pick(3) == 0)
			request();
		if (pick(10) == 0)
			reset();
		if (pick(20) == 0)
			submit_settings(pick(2) ? client : server);
		(void)transfer_from(pick(2));
	}
	do {
		moved = transfer_from(true);
		moved |= transfer_from(false);
	} while (moved);
}

/* ---- comparison ---- */

static void begin(int role)
{
	server_role = role;
	opened = 0;
	memset(sendings, 0, sizeof(sendings));
	harness_init(&h, NULL, false);
	open_sessions();
	submit_settings(client);
	submit_settings(server);
}

static void compare(const struct buffer *ours, const struct buffer *theirs, const char *end)
{
	size_t end_len = strlen(end);

	ck_assert_uint_eq(ours->len, theirs->len + end_len);
	ck_assert_int_eq(memcmp(ours->data, theirs->data, theirs->len), 0);
	ck_assert_int_eq(memcmp(ours->data + theirs->len, end, end_len), 0);
}

static void compare_stream(size_t stream)
{
	const struct transcript *ours = &h.exchanges[stream - 1];
	struct saw *saw = &saws[stream - 1];

	ck_assert(ours->ended);
	if (saw->reset) {
		ck_assert(ours->outcome == OUTCOME_ABORTED || ours->outcome == OUTCOME_COMPLETE);
	} else {
		ck_assert(saw->request.end && saw->response.end);
		compare(&ours->request, &saw->request.text, "");
		compare(&ours->response, &saw->response.text, "end complete\n");
	}
}

static void free_message(struct message *message)
{
	buffer_done(&message->text);
	buffer_done(&message->headers);
}

static void finish(void)
{
	for (size_t stream = 1; stream <= h.count; stream += 2)
		compare_stream(stream);
	ck_assert_uint_eq(stats[STAT_HTTP_MALFORMED] + stats[STAT_HTTP_OVER_LIMIT] + stats[STAT_H2_TABLES_UNKNOWN], 0);
	for (size_t i = 0; i < HARNESS_EXCHANGES; i++) {
		free_message(&saws[i].request);
		free_message(&saws[i].response);
	}
	memset(saws, 0, sizeof(saws));
	nghttp2_session_del(client);
	nghttp2_session_del(server);
	harness_done(&h);
}

static void compare_with_sessions(int from_seed, bool with_resets)
{
	for (int role = 0; role < 2; role++) {
		seed = (unsigned)from_seed * 2 + (unsigned)role + 1;
		resets = with_resets;
		begin(role);
		talk();
		harness_close(&h, CLOSE_FREED);
		ck_assert_uint_gt(h.count, 0);
		finish();
	}
}

START_TEST(as_the_sessions_saw_it)
{
	compare_with_sessions(_i, false);
}
END_TEST

START_TEST(with_resets)
{
	compare_with_sessions(_i, true);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("h2 session");
	TCase *tcase = tcase_create("against nghttp2");

	tcase_add_loop_test(tcase, as_the_sessions_saw_it, 0, SEEDS);
	tcase_add_loop_test(tcase, with_resets, 0, SEEDS);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
