/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The property of the stage: an exchange gives the same events however its
 * bytes are cut and however the two directions are interleaved, as long as
 * each keeps its order. Times travel with the bytes.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "harness.h"
#include "unit.h"
#include "zip.h"

#define STEPS_MAX 12
#define INTERLEAVINGS 300

struct step {
	enum event_direction direction;
	const char *text;
	int gzip;	/* the text is sent as a chunk of a gzip body */
};

#define W DIRECTION_WRITE
#define R DIRECTION_READ
#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct sample {
	struct step steps[STEPS_MAX];
	size_t exchanges;
	enum exchange_outcome outcome;	/* of the last one */
} samples[] = {
	{ { { W, "POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{\"a\": 12}", 0 }, { R, OK_2, 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { R, "POST /v1 HTTP/1.0\nContent-Length: 3\n\nabc", 0 }, { W, "HTTP/1.0 200 OK\n\nuntil close", 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { W, GET, 0 }, { R, OK_2, 0 }, { W, GET, 0 }, { R, OK_2, 0 }, { W, GET, 0 }, { R, OK_2, 0 } },
	  3, OUTCOME_COMPLETE },
	{ { { W, "\r\n" GET "HEAD / HTTP/1.1\r\n\r\n" GET, 0 }, { R, OK_2, 0 },
	    { R, "HTTP/1.1 200 OK\r\nContent-Length: 55\r\n\r\n" OK_2, 0 } },
	  3, OUTCOME_COMPLETE },
	{ { { W, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: a\r\n b\r\n\r\n3;e=1\r\nabc\r\n", 0 },
	    { W, "00a\r\n0123456789\r\n0\r\nT: v\r\n\r\n", 0 },
	    { R, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", 0 },
	    { R, "d\r\ndata: {\"x\":1}\r\n", 0 }, { R, "11\r\n\r\n\r\nevent: two\r\nd\r\n", 0 },
	    { R, "a\r\nata: 3\r\n\r\n\r\n0\r\n\r\n", 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { W, "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", 0 },
	    { R, "HTTP/1.1 100 Continue\r\n\r\n", 0 }, { W, "hi", 0 }, { R, "HTTP/1.1 103 Hints\r\nL: x\r\n\r\n" OK_2, 0 },
	    { W, GET, 0 }, { R, "HTTP/1.1 204 No Content\r\n\r\n", 0 } },
	  2, OUTCOME_COMPLETE },
	{ { { W, GET, 0 },
	    { R, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n", 0 },
	    { R, "data: first\n\ndata: second\n\n: bye\n\n", 1 }, { R, "0\r\n\r\n", 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { W, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 0 },
	    { R, "HTTP/1.1 101 Switching\r\n\r\n\x81\x01x", 0 }, { W, "\x81\x81GET / HTTP/1.1", 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { W, "CONNECT h:443 HTTP/1.1\r\n\r\n", 0 }, { R, "HTTP/1.1 200 OK\r\n\r\n", 0 }, { W, "\x16\x03", 0 },
	    { R, "\x16\x03\x03", 0 } },
	  1, OUTCOME_COMPLETE },
	{ { { W, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12", 0 }, { R, OK_2, 0 }, { W, "345" GET, 0 },
	    { R, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", 0 } },
	  2, OUTCOME_ABORTED },
	{ { { W, GET GET, 0 }, { R, OK_2 "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nmore and more", 0 } },
	  2, OUTCOME_UNDECODABLE },
	{ { { W, GET, 0 }, { R, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd", 0 } },
	  1, OUTCOME_UNDECODABLE },
	{ { { W, GET "GARBAGE\r\n\r\n", 0 }, { R, OK_2, 0 } }, 1, OUTCOME_COMPLETE },
};

struct piece {
	enum event_direction direction;
	uint64_t now_ns;
	struct buffer bytes;
};

static struct harness h;
static struct piece pieces[STEPS_MAX];
static size_t piece_count;

static void add_gzip_chunk(struct buffer *out, struct slice plain)
{
	struct buffer coded = { 0 };

	zip(&coded, plain, ZIP_GZIP, plain.len / 2);
	ck_assert_int_eq(buffer_printf(out, "%zx\r\n", coded.len), 0);
	ck_assert_int_eq(buffer_append(out, coded.data, coded.len), 0);
	ck_assert_int_eq(buffer_append(out, "\r\n", 2), 0);
	buffer_done(&coded);
}

static void load(const struct sample *sample)
{
	for (piece_count = 0; sample->steps[piece_count].text; piece_count++) {
		const struct step *step = &sample->steps[piece_count];
		struct piece *piece = &pieces[piece_count];

		*piece = (struct piece){ .direction = step->direction, .now_ns = 1000 * (piece_count + 1) };
		if (step->gzip)
			add_gzip_chunk(&piece->bytes, slice_of(step->text));
		else
			ck_assert_int_eq(buffer_append(&piece->bytes, step->text, strlen(step->text)), 0);
	}
}

static void unload(void)
{
	for (size_t i = 0; i < piece_count; i++)
		buffer_done(&pieces[i].bytes);
}

static void feed(const struct piece *piece, size_t from, size_t to)
{
	h.now_ns = piece->now_ns;
	if (to > from)
		harness_feed(&h, piece->direction, piece->bytes.data + from, to - from);
}

static char *finish(void)
{
	char *text;

	h.now_ns = 1000 * (STEPS_MAX + 1);
	harness_close(&h, CLOSE_FREED);
	text = strdup(harness_text(&h));
	ck_assert_ptr_nonnull(text);
	return text;
}

static char *run_whole(void)
{
	harness_init(&h, NULL, false);
	for (size_t i = 0; i < piece_count; i++)
		feed(&pieces[i], 0, pieces[i].bytes.len);
	return finish();
}

static void run_cut(size_t which, size_t at, const char *expected)
{
	auto_free char *text = NULL;

	harness_init(&h, NULL, false);
	for (size_t i = 0; i < piece_count; i++) {
		feed(&pieces[i], 0, i == which ? at : 0);
		feed(&pieces[i], i == which ? at : 0, pieces[i].bytes.len);
	}
	text = finish();
	ck_assert_str_eq(text, expected);
	harness_done(&h);
}

static void run_bytes(const char *expected)
{
	auto_free char *text = NULL;

	harness_init(&h, NULL, false);
	for (size_t i = 0; i < piece_count; i++)
		for (size_t at = 0; at < pieces[i].bytes.len; at++)
			feed(&pieces[i], at, at + 1);
	text = finish();
	ck_assert_str_eq(text, expected);
	harness_done(&h);
}

/* Takes a piece from one direction or the other until both are used up. */
struct cursor {
	size_t piece, at;
};

static bool settle_cursor(struct cursor *cursor, enum event_direction direction)
{
	while (cursor->piece < piece_count && (pieces[cursor->piece].direction != direction ||
					       cursor->at == pieces[cursor->piece].bytes.len)) {
		cursor->piece++;
		cursor->at = 0;
	}
	return cursor->piece < piece_count;
}

static void run_interleaved(unsigned seed, const char *expected)
{
	struct cursor cursors[DIRECTION_MAX] = { 0 };
	auto_free char *text = NULL;

	harness_init(&h, NULL, false);
	for (;;) {
		bool more[] = { settle_cursor(&cursors[W], W), settle_cursor(&cursors[R], R) };
		unsigned pick = (unsigned)rand_r(&seed) % 2;
		struct cursor *cursor;
		size_t left, n;

		if (!more[W] && !more[R])
			break;
		cursor = &cursors[more[pick] ? pick : !pick];
		left = pieces[cursor->piece].bytes.len - cursor->at;
		n = 1 + (size_t)rand_r(&seed) % (seed & 1 ? left : left < 4 ? left : 4);
		feed(&pieces[cursor->piece], cursor->at, cursor->at + n);
		cursor->at += n;
	}
	text = finish();
	if (strcmp(text, expected) != 0)
		ck_abort_msg("interleaving of seed %u gives\n%s\ninstead of\n%s", seed, text, expected);
	harness_done(&h);
}

START_TEST(same_however_cut)
{
	const struct sample *sample = &samples[_i];
	auto_free char *expected = NULL;

	load(sample);
	expected = run_whole();
	ck_assert_uint_eq(h.count, sample->exchanges);
	ck_assert_int_eq(h.exchanges[h.count - 1].outcome, sample->outcome);
	harness_done(&h);
	for (size_t i = 0; i < piece_count; i++)
		for (size_t at = 1; at < pieces[i].bytes.len; at++)
			run_cut(i, at, expected);
	run_bytes(expected);
	for (unsigned seed = 1; seed <= INTERLEAVINGS; seed++)
		run_interleaved(seed, expected);
	unload();
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("cut");
	TCase *tcase = tcase_create("property");

	tcase_add_loop_test(tcase, same_however_cut, 0, ARRAY_SIZE(samples));
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
