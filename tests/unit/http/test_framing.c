/* SPDX-License-Identifier: Apache-2.0 */
/* Framings of response bodies within exchanges. */
#include "base/cleanup.h"
#include "harness.h"
#include "http/framing.h"
#include "unit.h"
#include "zip.h"

static struct harness h;

static void begin(const char *content_type)
{
	struct buffer head = { 0 };

	ck_assert_int_eq(buffer_printf(&head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n", content_type), 0);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, head.data, head.len);
	buffer_done(&head);
}

static void start(const char *content_type)
{
	harness_init(&h, NULL, false);
	begin(content_type);
}

/* The connection's end is the body's. */
static void expect(const char *events, enum exchange_outcome outcome)
{
	harness_close(&h, CLOSE_FREED);
	ck_assert_msg(strstr(harness_text(&h), events), "%s", harness_text(&h));
	ck_assert_int_eq(h.exchanges[0].outcome, outcome);
	harness_done(&h);
}

static const struct {
	const char *type;
	enum body_framing framing;
} types[] = {
	{ "text/event-stream", FRAMING_SSE },
	{ "Text/Event-Stream; charset=utf-8", FRAMING_SSE },
	{ "application/vnd.amazon.eventstream", FRAMING_EVENT_STREAM },
	{ "application/x-ndjson", FRAMING_NDJSON },
	{ "application/ndjson", FRAMING_NDJSON },
	{ "application/jsonl", FRAMING_NDJSON },
	{ "application/x-jsonlines", FRAMING_NDJSON },
	{ "application/stream+json ; charset=utf-8", FRAMING_NDJSON },
	{ "application/json", FRAMING_PLAIN },
	{ "application/x-ndjsonx", FRAMING_PLAIN },
	{ ";", FRAMING_PLAIN },
	{ "", FRAMING_PLAIN },
};

START_TEST(content_type_tells)
{
	start(types[_i].type);
	ck_assert_int_eq(h.exchanges[0].last.response_framing, types[_i].framing);
	harness_done(&h);
}
END_TEST

START_TEST(every_framing_has_its_ops)
{
	ck_assert_ptr_null(framing_find(FRAMING_PLAIN));
	ck_assert_ptr_nonnull(framing_find(FRAMING_SSE));
	ck_assert_ptr_nonnull(framing_find(FRAMING_EVENT_STREAM));
	ck_assert_ptr_nonnull(framing_find(FRAMING_NDJSON));
	ck_assert_ptr_nonnull(framing_find(FRAMING_JSON_ARRAY));
}
END_TEST

START_TEST(lines)
{
	start("application/x-ndjson");
	harness_read(&h, "{\"a\":1}\n{\"b\"");
	ck_assert_uint_eq(h.messages, 1);
	harness_read(&h, ":2}");
	expect("< message {\"a\":1} []\n< message {\"b\":2} []\n< end\nend complete", OUTCOME_COMPLETE);
}
END_TEST

START_TEST(array_because_downstream_knows)
{
	harness_init(&h, NULL, false);
	h.framing = FRAMING_JSON_ARRAY;
	begin("application/json");
	harness_read(&h, "[{\"a\":1}");
	ck_assert_uint_eq(h.messages, 1);
	harness_read(&h, ",\r\n{\"b\":2}]");
	expect("< message {\"a\":1} []\n< message {\"b\":2} []\n< end\nend complete", OUTCOME_COMPLETE);
}
END_TEST

static const char message[] = "\0\0\0\x39\0\0\0\x28\xfc\xa6\xad\x64"
			      "\15:message-type\7\0\5error"
			      "\13:error-code\7\0\3" "500"
			      "x\x0f\x00\x00\x00";

START_TEST(damaged_event_stream)
{
	start("application/vnd.amazon.eventstream");
	harness_feed(&h, DIRECTION_READ, message, sizeof(message) - 1);
	harness_read(&h, "more");
	ck_assert_uint_eq(stats[STAT_HTTP_FRAMING_BROKEN], 1);
	ck_assert_uint_eq(h.messages, 0);
	expect("< end\nend undecodable", OUTCOME_UNDECODABLE);
}
END_TEST

START_TEST(event_stream_ends_inside_a_message)
{
	start("application/vnd.amazon.eventstream");
	harness_feed(&h, DIRECTION_READ, "\0\0\0", 3);
	expect("< end\nend undecodable", OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[STAT_HTTP_FRAMING_BROKEN], 1);
}
END_TEST

/* The framing knows of the gap although it has seen no byte. */
START_TEST(gap_before_the_first_byte)
{
	start("application/x-ndjson");
	harness_gap(&h, DIRECTION_READ, 10, SKIP_RING_FULL);
	harness_read(&h, "rest\"}\n{\"b\":2}\n");
	expect("=application/x-ndjson\n< message {\"b\":2} []\n< end\nend gap", OUTCOME_GAP);
}
END_TEST

START_TEST(coded_lines)
{
	struct buffer coded = { 0 };

	zip(&coded, SLICE("{\"a\":1}\n{\"b\":2}\n"), ZIP_GZIP, 8);
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nContent-Encoding: gzip\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, coded.data, coded.len);
	ck_assert_uint_eq(h.messages, 2);
	expect("< message {\"a\":1} []\n< message {\"b\":2} []\n< end\nend complete", OUTCOME_COMPLETE);
	buffer_done(&coded);
}
END_TEST

/* Damage below a coding: both are over. */
START_TEST(damaged_in_gzip)
{
	struct buffer coded = { 0 };

	zip(&coded, SLICE("no prelude at all, and more than one piece of it"), ZIP_GZIP, 20);
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n"
			 "Content-Encoding: gzip\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, coded.data, coded.len);
	ck_assert_uint_eq(stats[STAT_HTTP_FRAMING_BROKEN], 1);
	ck_assert_uint_eq(stats[STAT_HTTP_CODING_BROKEN], 0);
	expect("< end\nend undecodable", OUTCOME_UNDECODABLE);
	buffer_done(&coded);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("framing");
	TCase *tcase = tcase_create("bodies");

	tcase_add_loop_test(tcase, content_type_tells, 0, ARRAY_SIZE(types));
	tcase_add_test(tcase, every_framing_has_its_ops);
	tcase_add_test(tcase, lines);
	tcase_add_test(tcase, array_because_downstream_knows);
	tcase_add_test(tcase, damaged_event_stream);
	tcase_add_test(tcase, event_stream_ends_inside_a_message);
	tcase_add_test(tcase, gap_before_the_first_byte);
	tcase_add_test(tcase, coded_lines);
	tcase_add_test(tcase, damaged_in_gzip);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
