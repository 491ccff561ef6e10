/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties of one HTTP/2 connection with many things in it: the same events
 * however its bytes are cut and the directions interleaved; and whatever part
 * of it is missing, nothing is told of a stream that is another's, and streams
 * that begin later are understood.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "h2_wire.h"
#include "harness.h"
#include "unit.h"

#define END H2_FLAG_END_STREAM
#define STEPS_MAX 32
#define INTERLEAVINGS 200
#define GAPS_MAX 120	/* bytes */

/* What a stream's bodies consist of: its own letter. */
#define LETTER(stream) ((char)('a' + (stream) / 2))

struct step {
	bool client;
	uint64_t now_ns;
	struct buffer bytes;
};

static struct harness h;
static struct h2_wire ends[2];	/* server, client */
static struct step steps[STEPS_MAX];
static size_t step_count;
static bool server_role;

/* ---- the script ---- */

static void step_end(bool client)
{
	struct step *step = &steps[step_count++];

	ck_assert_uint_le(step_count, STEPS_MAX);
	*step = (struct step){ .client = client, .now_ns = step_count * 1000 };
	ck_assert_int_eq(buffer_append(&step->bytes, ends[client].out.data, ends[client].out.len), 0);
	ends[client].out.len = 0;
}

static void request(uint32_t stream, unsigned flags)
{
	char lines[200];

	(void)snprintf(lines, sizeof(lines), ":method: POST\n:scheme: https\n:authority: h\n:path: /%u\nx-of: %c\n", stream,
		       LETTER(stream));
	wire_headers(&ends[1], stream, flags, lines);
}

static void response(uint32_t stream, unsigned flags)
{
	char lines[100];

	(void)snprintf(lines, sizeof(lines), ":status: 200\nx-of: %c\nserver: s\n", LETTER(stream));
	wire_headers(&ends[0], stream, flags, lines);
}

static void data(bool client, uint32_t stream, unsigned flags, size_t len)
{
	char text[100] = "";

	memset(text, LETTER(stream), len);
	wire_data(&ends[client], stream, flags, text);
}

static void write_script(void)
{
	wire_preface(&ends[1]);
	wire_frame(&ends[1], H2_SETTINGS, 0, 0, "\0\3\0\0\0\x64", 6);
	request(1, 0);
	data(true, 1, END, 20);
	step_end(true);
	wire_frame(&ends[0], H2_SETTINGS, 0, 0, NULL, 0);
	wire_frame(&ends[0], H2_SETTINGS, H2_FLAG_ACK, 0, NULL, 0);
	step_end(false);
	request(3, H2_FLAG_PADDED | H2_FLAG_PRIORITY | WIRE_SPLIT(7));
	step_end(true);
	wire_headers(&ends[0], 1, 0, ":status: 103\nlink: l\n");
	response(1, 0);
	data(false, 1, 0, 9);
	step_end(false);
	data(true, 3, H2_FLAG_PADDED, 30);
	data(true, 3, END, 0);
	request(5, END);
	step_end(true);
	wire_promise(&ends[0], 1, 2, ":method: GET\n:path: /pushed\n");
	response(3, H2_FLAG_PADDED | WIRE_SPLIT(4));
	data(false, 3, H2_FLAG_PADDED, 9);
	data(false, 1, END, 5);
	step_end(false);
	response(5, 0);
	data(false, 5, 0, 40);
	wire_frame(&ends[0], H2_PING, 0, 0, "12345678", 8);
	data(false, 3, 0, 3);
	wire_headers(&ends[0], 3, END, "x-of: b\n");
	step_end(false);
	wire_frame(&ends[1], H2_WINDOW_UPDATE, 0, 0, "\0\0\1\0", 4);
	wire_frame(&ends[1], 0xbe, 0xff, 3, "grease", 6);
	step_end(true);
	data(false, 5, END, 1);
	step_end(false);
}

static void load(void)
{
	step_count = 0;
	wire_init(&ends[0]);
	wire_init(&ends[1]);
	write_script();
}

static void unload(void)
{
	for (size_t i = 0; i < step_count; i++)
		buffer_done(&steps[i].bytes);
	wire_done(&ends[0]);
	wire_done(&ends[1]);
}

/* ---- cuts ---- */

static void begin(int role)
{
	server_role = role;
	harness_init(&h, NULL, false);
}

static enum event_direction direction_of(bool client)
{
	return client != server_role ? DIRECTION_WRITE : DIRECTION_READ;
}

static void feed(const struct step *step, size_t from, size_t to)
{
	h.now_ns = step->now_ns;
	if (to > from)
		harness_feed(&h, direction_of(step->client), step->bytes.data + from, to - from);
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

static void finish_as(const char *expected)
{
	auto_free char *text = finish();

	ck_assert_str_eq(text, expected);
	harness_done(&h);
}

static void run_cut(int role, size_t which, size_t at, const char *expected)
{
	begin(role);
	for (size_t i = 0; i < step_count; i++) {
		feed(&steps[i], 0, i == which ? at : 0);
		feed(&steps[i], i == which ? at : 0, steps[i].bytes.len);
	}
	finish_as(expected);
}

static void run_bytes(int role, const char *expected)
{
	begin(role);
	for (size_t i = 0; i < step_count; i++)
		for (size_t at = 0; at < steps[i].bytes.len; at++)
			feed(&steps[i], at, at + 1);
	finish_as(expected);
}

struct cursor {
	size_t step, at;
};

static bool settle_cursor(struct cursor *cursor, bool client)
{
	while (cursor->step < step_count &&
	       (steps[cursor->step].client != client || cursor->at == steps[cursor->step].bytes.len)) {
		cursor->step++;
		cursor->at = 0;
	}
	return cursor->step < step_count;
}

static void run_interleaved(int role, unsigned seed, const char *expected)
{
	struct cursor cursors[2] = { 0 };

	begin(role);
	for (;;) {
		bool more[] = { settle_cursor(&cursors[0], false), settle_cursor(&cursors[1], true) };
		unsigned pick = (unsigned)rand_r(&seed) % 2;
		struct cursor *cursor;
		size_t left, n;

		if (!more[0] && !more[1])
			break;
		cursor = &cursors[more[pick] ? pick : !pick];
		left = steps[cursor->step].bytes.len - cursor->at;
		n = 1 + (size_t)rand_r(&seed) % left;
		feed(&steps[cursor->step], cursor->at, cursor->at + n);
		cursor->at += n;
	}
	finish_as(expected);
}

START_TEST(same_however_cut)
{
	auto_free char *expected = NULL;

	load();
	begin(_i);
	for (size_t i = 0; i < step_count; i++)
		feed(&steps[i], 0, steps[i].bytes.len);
	expected = finish();
	for (size_t stream = 1; stream <= 5; stream += 2)
		ck_assert_int_eq(h.exchanges[stream - 1].outcome, OUTCOME_COMPLETE);
	harness_done(&h);
	for (size_t i = 0; i < step_count; i++)
		for (size_t at = 1; at < steps[i].bytes.len; at++)
			run_cut(_i, i, at, expected);
	run_bytes(_i, expected);
	for (unsigned seed = 1; seed <= INTERLEAVINGS; seed++)
		run_interleaved(_i, seed, expected);
	unload();
}
END_TEST

/* ---- losses ---- */

/* Lines that hold a body hold only the letters of their stream. */
static void check_letters(struct buffer *text, char letter)
{
	auto_free char *copy = strndup(text->len ? text->data : "", text->len);

	for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
		const char *letters = strstr(line, " body ");
		const char *header = strstr(line, "x-of=");

		ck_assert(!header || header[5] == letter);
		if (letters)
			ck_assert_uint_eq(strspn(letters + 6, (char[]){ letter, '\0' }), strlen(letters + 6));
	}
}

static void check_streams(void)
{
	for (uint32_t stream = 1; stream <= h.count; stream += 2) {
		check_letters(&h.exchanges[stream - 1].request, LETTER(stream));
		check_letters(&h.exchanges[stream - 1].response, LETTER(stream));
	}
	for (uint32_t stream = 2; stream <= h.count; stream += 2)
		ck_assert(!h.exchanges[stream - 1].begun);
}

/* Whole frames at the beginning of a segment, as senders write them. */
static void exchange_literally(uint32_t stream)
{
	static const char of[] = ":method: POST\n:scheme: https\n:authority: h\n:path: /late\n";
	struct h2_wire client, server;

	wire_init(&client);
	wire_init(&server);
	wire_headers(&client, stream, WIRE_LITERAL, of);
	wire_data(&client, stream, END, (char[]){ LETTER(stream), LETTER(stream), '\0' });
	wire_headers(&server, stream, WIRE_LITERAL, ":status: 200\n");
	wire_data(&server, stream, END, (char[]){ LETTER(stream), '\0' });
	h.now_ns += 1000;
	harness_feed(&h, direction_of(true), client.out.data, client.out.len);
	h.now_ns += 1000;
	harness_feed(&h, direction_of(false), server.out.data, server.out.len);
	wire_done(&client);
	wire_done(&server);
}

/* What was wrongly taken for a long frame may cost one more stream. */
static void check_recovery(void)
{
	const struct transcript *last = &h.exchanges[22];

	exchange_literally(21);
	exchange_literally(23);
	ck_assert(last->ended);
	ck_assert_int_eq(last->outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(last->last.request_body_bytes, 2);
	ck_assert_uint_eq(last->last.response_body_bytes, 1);
}

/* The `n` bytes at `at` of a step are missing. */
static void run_without(int role, size_t which, size_t at, size_t n)
{
	size_t len = steps[which].bytes.len;

	begin(role);
	for (size_t i = 0; i < step_count; i++) {
		feed(&steps[i], 0, i == which ? at : steps[i].bytes.len);
		if (i != which)
			continue;
		harness_gap(&h, direction_of(steps[i].client), n, SKIP_RING_FULL);
		feed(&steps[i], at + n, len);
	}
	check_recovery();
	harness_close(&h, CLOSE_FREED);
	check_streams();
	harness_done(&h);
}

START_TEST(any_part_missing)
{
	load();
	for (size_t i = 0; i < step_count; i++)
		for (size_t at = 0; at < steps[i].bytes.len; at++)
			for (size_t n = 1; n <= GAPS_MAX && at + n <= steps[i].bytes.len; n += 1 + n / 4)
				run_without(_i, i, at, n);
	unload();
}
END_TEST

START_TEST(any_step_missing)
{
	load();
	for (size_t i = 0; i < step_count; i++)
		run_without(_i, i, 0, steps[i].bytes.len);
	unload();
}
END_TEST

/* Joined at any byte of any segment. */
START_TEST(joined_anywhere)
{
	load();
	for (size_t first = 0; first < step_count; first++) {
		for (size_t at = 0; at < steps[first].bytes.len; at++) {
			server_role = _i;
			harness_init(&h, NULL, true);
			feed(&steps[first], at, steps[first].bytes.len);
			for (size_t i = first + 1; i < step_count; i++)
				feed(&steps[i], 0, steps[i].bytes.len);
			check_recovery();
			harness_close(&h, CLOSE_FREED);
			check_streams();
			harness_done(&h);
		}
	}
	unload();
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("h2 cut");
	TCase *tcase = tcase_create("property");

	/* Both roles. */
	tcase_add_loop_test(tcase, same_however_cut, 0, 2);
	tcase_add_loop_test(tcase, any_part_missing, 0, 2);
	tcase_add_loop_test(tcase, any_step_missing, 0, 2);
	tcase_add_loop_test(tcase, joined_anywhere, 0, 2);
	tcase_set_timeout(tcase, 120);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
