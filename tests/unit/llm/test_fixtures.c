/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixtures: a recorded exchange (x.http: request, a line "=====", response;
 * lines of heads end in LF, lengths and chunks are added here, and the bytes
 * of Amazon's event streams are made of lines, see aws.h) with the call
 * record beside it (x.call.json; empty: no call). Each is played through http
 * and llm whole, then cut at every byte of the request and of the response:
 * the record must be the same.
 *
 * UPDATE_FIXTURES=1 writes the records anew, to be read before they are kept.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws.h"
#include "base/cleanup.h"
#include "http/http.h"
#include "llm/llm.h"
#include "unit.h"

#define REQUEST_NS 1000000000ull
#define RESPONSE_NS 1250000000ull

struct fixture {
	char *path;
	struct buffer request, response;	/* as on the wire */
};

static glob_t files;

static void read_file(const char *path, struct buffer *out)
{
	auto_fclose FILE *file = fopen(path, "rb");
	size_t n = 1;

	if (!file)
		return;
	while (n > 0) {
		ck_assert_int_eq(buffer_reserve(out, 4096), 0);
		n = fread(out->data + out->len, 1, 4096, file);
		out->len += n;
	}
}

static bool head_has(struct slice head, const char *word)
{
	return memmem(head.ptr, head.len, word, strlen(word));
}

/* With the framing that the head asks for. */
static void add_body(struct buffer *out, struct slice head, struct slice body)
{
	bool chunked = head_has(head, "chunked");

	ck_assert_int_eq(buffer_printf(out, chunked ? "\r\n%zx\r\n" : "Content-Length: %zu\r\n\r\n", body.len), 0);
	ck_assert_int_eq(buffer_append(out, body.ptr, body.len), 0);
	if (chunked)
		ck_assert_int_eq(buffer_printf(out, "\r\n0\r\n\r\n"), 0);
}

/* A head with CRLF, and the body. */
static void add_message(struct buffer *out, struct slice text)
{
	const char *blank = memmem(text.ptr, text.len, "\n\n", 2);
	struct slice head, body;
	struct buffer made = { 0 };

	ck_assert_ptr_nonnull(blank);
	head = (struct slice){ text.ptr, (size_t)(blank + 1 - text.ptr) };
	body = (struct slice){ blank + 2, text.len - head.len - 1 };
	for (size_t i = 0; i < head.len; i++)
		ck_assert_int_eq(head.ptr[i] == '\n' ? buffer_append(out, "\r\n", 2) : buffer_append(out, &head.ptr[i], 1), 0);
	if (head_has(head, "vnd.amazon.eventstream")) {
		aws_event_stream(&made, body);
		body = buffer_slice(&made);
	}
	add_body(out, head, body);
	buffer_done(&made);
}

static void load(struct fixture *fixture, const char *path)
{
	static const char between[] = "\n=====\n";
	struct buffer text = { 0 };
	const char *at;

	fixture->path = strdup(path);
	read_file(path, &text);
	at = memmem(text.data, text.len, between, strlen(between));
	ck_assert_ptr_nonnull(at);
	add_message(&fixture->request, (struct slice){ text.data, (size_t)(at - text.data) });
	at += strlen(between);
	add_message(&fixture->response, (struct slice){ at, text.len - (size_t)(at - text.data) });
	buffer_done(&text);
}

static void unload(struct fixture *fixture)
{
	free(fixture->path);
	buffer_done(&fixture->request);
	buffer_done(&fixture->response);
}

/* One stage for all cuts: to compile the schemas of all dialects takes longer
 * than to play an exchange. */
struct player {
	struct llm *llm;
	struct buffer record;
};

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	(void)exchange;
	(void)user;
	ck_assert_int_eq(call_check(call, sizeof(*call)), 0);
	ck_assert_int_eq(call_to_json(call, NULL, &((struct player *)ctx)->record), 0);
}

static void feed(struct http *http, struct conn *conn, enum event_direction direction, const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct segment segment = {
		.kind = SEGMENT_DATA,
		.conn = conn,
		.direction = direction,
		.ts_enter_ns = direction == DIRECTION_WRITE ? REQUEST_NS : RESPONSE_NS,
		.ts_ns = direction == DIRECTION_WRITE ? REQUEST_NS : RESPONSE_NS,
		.data = (const uint8_t *)copy,
		.len = len,
	};

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	if (len > 0)
		http_on_segment(http, &segment);
	free(copy);
}

/* The record of the exchange with each direction cut in two. */
static void play(struct player *player, const struct fixture *fixture, size_t request_cut, size_t response_cut)
{
	struct conn conn = { .id = 1 };
	struct segment segment = { .kind = SEGMENT_OPEN, .conn = &conn };
	struct http *http = http_new(&http_limits_default, llm_on_exchange, player->llm);

	ck_assert_ptr_nonnull(http);
	player->record.len = 0;
	http_on_segment(http, &segment);
	feed(http, &conn, DIRECTION_WRITE, fixture->request.data, request_cut);
	feed(http, &conn, DIRECTION_WRITE, fixture->request.data + request_cut, fixture->request.len - request_cut);
	feed(http, &conn, DIRECTION_READ, fixture->response.data, response_cut);
	feed(http, &conn, DIRECTION_READ, fixture->response.data + response_cut, fixture->response.len - response_cut);
	segment.kind = SEGMENT_CLOSE;
	http_on_segment(http, &segment);
	http_free(http);
}

static void update(const char *path, const struct buffer *record)
{
	auto_fclose FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(record->data, 1, record->len, file), record->len);
}

static void check_record(const struct fixture *fixture, const struct buffer *record)
{
	char path[512];
	struct buffer expected = { 0 };

	(void)snprintf(path, sizeof(path), "%.*s.call.json", (int)(strlen(fixture->path) - strlen(".http")), fixture->path);
	if (getenv("UPDATE_FIXTURES"))
		update(path, record);
	read_file(path, &expected);
	ck_assert_msg(slice_eq(buffer_slice(record), buffer_slice(&expected)), "%s: %.*s", fixture->path, (int)record->len,
		      record->data);
	buffer_done(&expected);
}

static void check_cuts(struct player *player, const struct fixture *fixture)
{
	struct buffer whole = player->record;
	struct slice record;

	player->record = (struct buffer){ 0 };
	for (size_t i = 0; i <= fixture->request.len; i++) {
		play(player, fixture, i, 0);
		record = buffer_slice(&player->record);
		ck_assert_msg(slice_eq(record, buffer_slice(&whole)), "%s: request cut at %zu", fixture->path, i);
	}
	for (size_t i = 0; i <= fixture->response.len; i++) {
		play(player, fixture, 0, i);
		record = buffer_slice(&player->record);
		ck_assert_msg(slice_eq(record, buffer_slice(&whole)), "%s: response cut at %zu", fixture->path, i);
	}
	buffer_done(&whole);
}

START_TEST(test_fixture)
{
	struct fixture fixture = { 0 };
	struct player player = { 0 };
	struct llm_setup setup = { .fn = on_call, .ctx = &player };

	player.llm = llm_new(&setup);
	ck_assert_ptr_nonnull(player.llm);
	load(&fixture, files.gl_pathv[_i]);
	play(&player, &fixture, 0, 0);
	check_record(&fixture, &player.record);
	check_cuts(&player, &fixture);
	buffer_done(&player.record);
	llm_free(player.llm);
	unload(&fixture);
}
END_TEST

/* The tests run in the top folder. */
START_TEST(test_fixtures_are_there)
{
	ck_assert_uint_ge(files.gl_pathc, 34);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: fixtures");
	TCase *tcase = tcase_create("fixtures");

	(void)glob("tests/fixtures/*/*.http", 0, NULL, &files);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_fixtures_are_there);
	tcase_add_loop_test(tcase, test_fixture, 0, (int)files.gl_pathc);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
