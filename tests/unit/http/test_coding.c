/* SPDX-License-Identifier: Apache-2.0 */
/* Content codings, alone and on bodies of exchanges. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "harness.h"
#include "http/coding.h"
#include "unit.h"
#include "zip.h"

static const struct coding_limits limits = { .ratio_max = 256, .free_bytes = 1024 * 1024 };

static void append(void *ctx, struct slice decoded)
{
	ck_assert_int_eq(buffer_append(ctx, decoded.ptr, decoded.len), 0);
}

/* Feeds `coded` in pieces of `piece` bytes, each copied to its exact size. */
static int decode(const char *const *names, size_t count, struct slice coded, size_t piece, struct buffer *out,
		  bool *ret_complete)
{
	const struct coding *list[CODING_LAYERS_MAX];
	struct codings *codings;
	int err = 0;

	for (size_t i = 0; i < count; i++)
		list[i] = coding_find(slice_of(names[i]));
	codings = codings_new(list, count, &limits);
	ck_assert_ptr_nonnull(codings);
	for (size_t at = 0; at < coded.len && err == 0; at += piece) {
		size_t n = coded.len - at < piece ? coded.len - at : piece;
		auto_free char *copy = malloc(n);

		memcpy(copy, coded.ptr + at, n);
		err = codings_feed(codings, (struct slice){ copy, n }, append, out);
	}
	*ret_complete = codings_complete(codings);
	codings_free(codings);
	return err;
}

static void expect(const char *name, struct slice coded, const char *plain)
{
	for (size_t piece = 1; piece <= coded.len; piece++) {
		struct buffer out = { 0 };
		bool complete;

		ck_assert_int_eq(decode(&name, 1, coded, piece, &out, &complete), 0);
		ck_assert(complete);
		ck_assert_uint_eq(out.len, strlen(plain));
		ck_assert_mem_eq(out.data, plain, out.len);
		buffer_done(&out);
	}
}

static const char text[] = "a text that is said and said and said and said again";

START_TEST(forms)
{
	static const struct {
		const char *name;
		enum zip_form form;
	} table[] = { { "gzip", ZIP_GZIP }, { "X-GZip", ZIP_GZIP }, { "deflate", ZIP_ZLIB }, { "deflate", ZIP_RAW } };
	struct buffer coded = { 0 };

	zip(&coded, slice_of(text), table[_i].form, 10);
	expect(table[_i].name, buffer_slice(&coded), text);
	buffer_done(&coded);
}
END_TEST

START_TEST(several_members_and_garbage)
{
	static const struct slice tails[] = {
		{ "", 0 }, { "\0\0\0\0", 4 }, { "garbage", 7 }, { "\x1f garbage", 9 },
	};
	struct buffer coded = { 0 };

	zip(&coded, SLICE("one "), ZIP_GZIP, 0);
	zip(&coded, SLICE("two"), ZIP_GZIP, 0);
	ck_assert_int_eq(buffer_append(&coded, tails[_i].ptr, tails[_i].len), 0);
	expect("gzip", buffer_slice(&coded), "one two");
	buffer_done(&coded);
}
END_TEST

START_TEST(only_claims_to_be_gzip)
{
	expect("gzip", SLICE("{\"plain\": true}"), "{\"plain\": true}");
}
END_TEST

START_TEST(damaged)
{
	struct buffer coded = { 0 }, out = { 0 };
	const char *name = "gzip";
	bool complete;

	zip(&coded, slice_of(text), ZIP_GZIP, 0);
	coded.data[12] ^= 0xff;
	ck_assert_int_eq(decode(&name, 1, buffer_slice(&coded), coded.len, &out, &complete), -EBADMSG);
	buffer_done(&coded);
	buffer_done(&out);
}
END_TEST

START_TEST(cut_short)
{
	struct buffer coded = { 0 }, out = { 0 };
	const char *name = "deflate";
	bool complete;

	zip(&coded, slice_of(text), ZIP_ZLIB, 20);
	ck_assert_int_eq(decode(&name, 1, (struct slice){ coded.data, coded.len - 5 }, 1, &out, &complete), 0);
	ck_assert(!complete);
	ck_assert_uint_ge(out.len, 20);
	buffer_done(&coded);
	buffer_done(&out);
}
END_TEST

START_TEST(stacked)
{
	static const char *const names[] = { "gzip", "deflate" };
	struct buffer inner = { 0 }, outer = { 0 };

	zip(&inner, slice_of(text), ZIP_GZIP, 0);
	zip(&outer, buffer_slice(&inner), ZIP_ZLIB, 0);
	for (size_t piece = 1; piece <= outer.len; piece++) {
		struct buffer out = { 0 };
		bool complete;

		ck_assert_int_eq(decode(names, 2, buffer_slice(&outer), piece, &out, &complete), 0);
		ck_assert(complete);
		ck_assert(slice_eq(buffer_slice(&out), slice_of(text)));
		buffer_done(&out);
	}
	buffer_done(&inner);
	buffer_done(&outer);
}
END_TEST

static void drop(void *ctx, struct slice decoded)
{
	*(uint64_t *)ctx += decoded.len;
}

START_TEST(bomb)
{
	const struct coding *list[] = { coding_find(SLICE("gzip")), coding_find(SLICE("gzip")) };
	struct codings *codings = codings_new(list, 1 + (size_t)_i, &limits);
	auto_free char *zeros = calloc(1, 64 * 1024 * 1024);
	struct buffer coded = { 0 }, outer = { 0 };
	uint64_t total = 0;

	zip(&coded, (struct slice){ zeros, 64 * 1024 * 1024 }, ZIP_GZIP, 0);
	zip(&outer, buffer_slice(&coded), ZIP_GZIP, 0);
	ck_assert_int_eq(codings_feed(codings, buffer_slice(_i ? &outer : &coded), drop, &total), -E2BIG);
	ck_assert_uint_le(total, 32 * 1024 * 1024);
	codings_free(codings);
	buffer_done(&coded);
	buffer_done(&outer);
}
END_TEST

START_TEST(unknown_names)
{
	ck_assert_ptr_null(coding_find(SLICE("br")));
	ck_assert_ptr_null(coding_find(SLICE("")));
	ck_assert_ptr_null(coding_find(SLICE("gzip2")));
}
END_TEST

static struct harness h;

static void exchange(const char *codings, struct slice body, size_t claimed)
{
	struct buffer head = { 0 };

	ck_assert_int_eq(buffer_printf(&head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
				       codings, claimed), 0);
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, head.data, head.len);
	harness_feed(&h, DIRECTION_READ, body.ptr, body.len);
	buffer_done(&head);
}

START_TEST(body_in_gzip)
{
	struct buffer coded = { 0 };

	zip(&coded, slice_of(text), ZIP_GZIP, 0);
	exchange("identity, gzip", buffer_slice(&coded), coded.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "< body a text that is said and said and said and said again\n< end"));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, coded.len);
	harness_done(&h);
	buffer_done(&coded);
}
END_TEST

START_TEST(request_in_gzip)
{
	struct buffer coded = { 0 }, head = { 0 };

	zip(&coded, slice_of(text), ZIP_GZIP, 0);
	harness_init(&h, NULL, false);
	ck_assert_int_eq(buffer_printf(&head, "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
				       coded.len), 0);
	harness_feed(&h, DIRECTION_WRITE, head.data, head.len);
	harness_feed(&h, DIRECTION_WRITE, coded.data, coded.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "> body a text that is said and said and said and said again\n"));
	harness_done(&h);
	buffer_done(&coded);
	buffer_done(&head);
}
END_TEST

START_TEST(transfer_coding_gzip)
{
	struct buffer coded = { 0 }, message = { 0 };

	zip(&coded, slice_of(text), ZIP_GZIP, 0);
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	ck_assert_int_eq(buffer_printf(&message, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%zx\r\n",
				       coded.len), 0);
	ck_assert_int_eq(buffer_append(&message, coded.data, coded.len), 0);
	ck_assert_int_eq(buffer_printf(&message, "\r\n0\r\n\r\n"), 0);
	harness_feed(&h, DIRECTION_READ, message.data, message.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "said again\n< end\nend complete"));
	harness_done(&h);
	buffer_done(&coded);
	buffer_done(&message);
}
END_TEST

/* An event is reported with the segment that flushed it, not at the end. */
START_TEST(events_in_gzip_keep_their_times)
{
	struct buffer coded = { 0 };
	size_t first;

	zip(&coded, SLICE("data: 1\n\ndata: 2\n\n"), ZIP_GZIP, 9);
	for (first = 0; memcmp(coded.data + first, "\0\0\xff\xff", 4) != 0; first++)
		;
	first += 4;
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n");
	h.now_ns = 5000;
	harness_feed(&h, DIRECTION_READ, coded.data, first);
	ck_assert_uint_eq(h.messages, 1);
	ck_assert_uint_eq(h.exchanges[0].first_message_ns, 5900);
	harness_feed(&h, DIRECTION_READ, coded.data + first, coded.len - first);
	ck_assert_uint_eq(h.messages, 2);
	harness_close(&h, CLOSE_FREED);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	harness_done(&h);
	buffer_done(&coded);
}
END_TEST

static void expect_refused(enum stat_id stat)
{
	ck_assert(h.exchanges[0].ended && h.exchanges[0].response_end);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_UNDECODABLE);
	ck_assert_uint_eq(stats[stat], 1);
	/* The framing still holds. */
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_read(&h, "HTTP/1.1 204 No Content\r\n\r\n");
	ck_assert_int_eq(h.exchanges[1].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[1].ended);
	harness_done(&h);
}

START_TEST(unsupported)
{
	exchange(_i ? "gzip, gzip, gzip, gzip, gzip" : "br", SLICE("something"), 9);
	ck_assert_uint_eq(h.body_bytes, 0);
	expect_refused(STAT_HTTP_CODING_UNSUPPORTED);
}
END_TEST

START_TEST(broken_body)
{
	exchange("gzip", SLICE("\x1f\x8b\x07 nonsense"), 12);
	expect_refused(STAT_HTTP_CODING_BROKEN);
}
END_TEST

START_TEST(body_ends_inside_gzip)
{
	struct buffer coded = { 0 };

	zip(&coded, slice_of(text), ZIP_GZIP, 10);
	exchange("gzip", (struct slice){ coded.data, coded.len - 9 }, coded.len - 9);
	ck_assert_uint_ge(h.body_bytes, 10);
	expect_refused(STAT_HTTP_CODING_BROKEN);
	buffer_done(&coded);
}
END_TEST

START_TEST(bomb_as_a_body)
{
	auto_free char *zeros = calloc(1, 64 * 1024 * 1024);
	struct buffer coded = { 0 };

	zip(&coded, (struct slice){ zeros, 64 * 1024 * 1024 }, ZIP_GZIP, 0);
	exchange("gzip", SLICE(""), coded.len);
	h.quiet = true;
	for (size_t at = 0; at < coded.len; at += 1000)
		harness_feed(&h, DIRECTION_READ, coded.data + at, coded.len - at < 1000 ? coded.len - at : 1000);
	ck_assert_uint_lt(h.body_bytes, 32 * 1024 * 1024);
	expect_refused(STAT_HTTP_CODING_BROKEN);
	buffer_done(&coded);
}
END_TEST

START_TEST(empty_body)
{
	exchange(_i ? "br" : "gzip", SLICE(""), 0);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[0].ended);
	harness_done(&h);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("coding");
	TCase *chain = tcase_create("chain"), *bodies = tcase_create("bodies");

	tcase_add_loop_test(chain, forms, 0, 4);
	tcase_add_loop_test(chain, several_members_and_garbage, 0, 4);
	tcase_add_test(chain, only_claims_to_be_gzip);
	tcase_add_test(chain, damaged);
	tcase_add_test(chain, cut_short);
	tcase_add_test(chain, stacked);
	tcase_add_loop_test(chain, bomb, 0, 2);
	tcase_add_test(chain, unknown_names);
	suite_add_tcase(suite, chain);
	tcase_add_test(bodies, body_in_gzip);
	tcase_add_test(bodies, request_in_gzip);
	tcase_add_test(bodies, transfer_coding_gzip);
	tcase_add_test(bodies, events_in_gzip_keep_their_times);
	tcase_add_loop_test(bodies, unsupported, 0, 2);
	tcase_add_test(bodies, broken_body);
	tcase_add_test(bodies, body_ends_inside_gzip);
	tcase_add_test(bodies, bomb_as_a_body);
	tcase_add_loop_test(bodies, empty_body, 0, 2);
	suite_add_tcase(suite, bodies);
	return suite;
}
UNIT_SUITE(make)
