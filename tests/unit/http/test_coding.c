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

/* What decoders keep. */
static struct budget {
	size_t used, most, limit;
} budget;

static bool reserve(void *ctx, size_t bytes)
{
	struct budget *b = ctx;

	if (bytes > b->limit - b->used)
		return false;
	b->used += bytes;
	b->most = b->used > b->most ? b->used : b->most;
	return true;
}

static void release(void *ctx, size_t bytes)
{
	struct budget *b = ctx;

	ck_assert_uint_le(bytes, b->used);
	b->used -= bytes;
}

static const struct coding_memory memory = { reserve, release, &budget };

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
	budget = (struct budget){ .limit = SIZE_MAX };
	codings = codings_new(list, count, &limits, &memory);
	ck_assert_ptr_nonnull(codings);
	for (size_t at = 0; at < coded.len && err == 0; at += piece) {
		size_t n = coded.len - at < piece ? coded.len - at : piece;
		auto_free char *copy = malloc(n);

		memcpy(copy, coded.ptr + at, n);
		err = codings_feed(codings, (struct slice){ copy, n }, append, out);
	}
	*ret_complete = codings_complete(codings);
	codings_free(codings);
	ck_assert_uint_eq(budget.used, 0);
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
	} table[] = {
		{ "gzip", ZIP_GZIP }, { "X-GZip", ZIP_GZIP }, { "deflate", ZIP_ZLIB }, { "deflate", ZIP_RAW },
		{ "br", ZIP_BROTLI }, { "zstd", ZIP_ZSTD },
	};
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

START_TEST(several_frames_and_garbage)
{
	static const struct slice tails[] = {
		{ "", 0 }, { "\0\0\0\0", 4 }, { "garbage", 7 }, { "\x28 garbage", 9 }, { "\x28\xb5", 2 }, { "\x27\xb5\x2f\xfd old", 8 },
	};
	struct buffer coded = { 0 };

	zip(&coded, SLICE("one "), ZIP_ZSTD, 0);
	ck_assert_int_eq(buffer_append(&coded, "\x5f\x2a\x4d\x18\3\0\0\0abc", 11), 0);	/* skippable */
	zip(&coded, SLICE("two"), ZIP_ZSTD, 0);
	ck_assert_int_eq(buffer_append(&coded, tails[_i].ptr, tails[_i].len), 0);
	expect("zstd", buffer_slice(&coded), "one two");
	buffer_done(&coded);
}
END_TEST

START_TEST(skippable_frame_first)
{
	struct buffer coded = { 0 };

	ck_assert_int_eq(buffer_append(&coded, "\x50\x2a\x4d\x18\0\0\0\0", 8), 0);
	zip(&coded, SLICE("one"), ZIP_ZSTD, 0);
	expect("zstd", buffer_slice(&coded), "one");
	buffer_done(&coded);
}
END_TEST

START_TEST(garbage_behind_brotli)
{
	struct buffer coded = { 0 };

	zip(&coded, SLICE("one"), ZIP_BROTLI, 0);
	ck_assert_int_eq(buffer_append(&coded, "garbage", 7), 0);
	expect("br", buffer_slice(&coded), "one");
	buffer_done(&coded);
}
END_TEST

START_TEST(only_claims_to_be_coded)
{
	static const struct {
		const char *name, *plain;
	} table[] = {
		{ "gzip", "{\"plain\": true}" }, { "zstd", "{\"plain\": true}" }, { "zstd", "[{}]" }, { "zstd", "data: 1\n\n" },
		{ "zstd", "(\xb5/ is how zstd begins" }, { "zstd", "[*M is how a skippable frame does" },
	};

	expect(table[_i].name, slice_of(table[_i].plain), table[_i].plain);
}
END_TEST

static const struct {
	const char *name;
	enum zip_form form;
} codings_table[] = { { "gzip", ZIP_GZIP }, { "deflate", ZIP_ZLIB }, { "br", ZIP_BROTLI }, { "zstd", ZIP_ZSTD } };

#define CODINGS ((int)ARRAY_SIZE(codings_table))

START_TEST(damaged)
{
	struct buffer coded = { 0 };
	const char *name = codings_table[_i].name;

	zip(&coded, slice_of(text), codings_table[_i].form, 0);
	coded.data[codings_table[_i].form == ZIP_ZSTD ? coded.len - 1 : 12] ^= 0xff;
	for (size_t piece = 1; piece <= coded.len; piece++) {
		struct buffer out = { 0 };
		bool complete;

		ck_assert_int_eq(decode(&name, 1, buffer_slice(&coded), piece, &out, &complete), -EBADMSG);
		buffer_done(&out);
	}
	buffer_done(&coded);
}
END_TEST

START_TEST(damaged_later_frame)
{
	struct buffer coded = { 0 };
	const char *name = "zstd";

	zip(&coded, SLICE("one "), ZIP_ZSTD, 0);
	zip(&coded, SLICE("two"), ZIP_ZSTD, 0);
	coded.data[coded.len - 1] ^= 0xff;
	for (size_t piece = 1; piece <= coded.len; piece++) {
		struct buffer out = { 0 };
		bool complete;

		ck_assert_int_eq(decode(&name, 1, buffer_slice(&coded), piece, &out, &complete), -EBADMSG);
		ck_assert_uint_ge(out.len, 4);
		buffer_done(&out);
	}
	buffer_done(&coded);
}
END_TEST

START_TEST(cut_short)
{
	struct buffer coded = { 0 }, out = { 0 };
	const char *name = codings_table[_i].name;
	bool complete;

	zip(&coded, slice_of(text), codings_table[_i].form, 20);
	ck_assert_int_eq(decode(&name, 1, (struct slice){ coded.data, coded.len - 5 }, 1, &out, &complete), 0);
	ck_assert(!complete);
	ck_assert_uint_ge(out.len, 20);
	buffer_done(&coded);
	buffer_done(&out);
}
END_TEST

/* What was flushed comes out with it, whatever the pieces. */
START_TEST(flushed)
{
	struct buffer coded = { 0 };
	const char *name = codings_table[_i].name;
	size_t flush = zip(&coded, slice_of(text), codings_table[_i].form, 20);

	for (size_t piece = 1; piece <= flush; piece++) {
		struct buffer out = { 0 };
		bool complete;

		ck_assert_int_eq(decode(&name, 1, (struct slice){ coded.data, flush }, piece, &out, &complete), 0);
		ck_assert_uint_eq(out.len, 20);
		buffer_done(&out);
	}
	buffer_done(&coded);
}
END_TEST

START_TEST(stacked)
{
	const char *names[] = { codings_table[_i % CODINGS].name, codings_table[_i / CODINGS].name };
	struct buffer inner = { 0 }, outer = { 0 };

	zip(&inner, slice_of(text), codings_table[_i % CODINGS].form, 0);
	zip(&outer, buffer_slice(&inner), codings_table[_i / CODINGS].form, 0);
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
	const struct coding *coding = coding_find(slice_of(codings_table[_i / 2].name));
	const struct coding *list[] = { coding, coding };
	struct codings *codings;
	auto_free char *zeros = calloc(1, 64 * 1024 * 1024);
	struct buffer coded = { 0 }, outer = { 0 };
	uint64_t total = 0;

	budget = (struct budget){ .limit = SIZE_MAX };
	codings = codings_new(list, 1 + (size_t)(_i % 2), &limits, &memory);
	zip(&coded, (struct slice){ zeros, 64 * 1024 * 1024 }, codings_table[_i / 2].form, 0);
	zip(&outer, buffer_slice(&coded), codings_table[_i / 2].form, 0);
	ck_assert_int_eq(codings_feed(codings, buffer_slice(_i % 2 ? &outer : &coded), drop, &total), -E2BIG);
	ck_assert_uint_le(total, 32 * 1024 * 1024);
	codings_free(codings);
	ck_assert_uint_eq(budget.used, 0);
	buffer_done(&coded);
	buffer_done(&outer);
}
END_TEST

/* RFC 9659 */
START_TEST(zstd_window)
{
	struct buffer coded = { 0 }, out = { 0 };
	const char *name = "zstd";
	bool complete;

	zip_zstd_window(&coded, slice_of(text), 23 + _i);
	ck_assert_int_eq(decode(&name, 1, buffer_slice(&coded), 7, &out, &complete), _i ? -E2BIG : 0);
	ck_assert_uint_eq(out.len, _i ? 0 : strlen(text));
	buffer_done(&coded);
	buffer_done(&out);
}
END_TEST

/* A large window costs what has come out, not what it may hold. */
START_TEST(little_text_takes_little_memory)
{
	struct buffer coded = { 0 }, out = { 0 };
	const char *name = codings_table[_i].name;
	bool complete;

	if (codings_table[_i].form == ZIP_ZSTD)
		zip_zstd_window(&coded, slice_of(text), 23);
	else
		zip(&coded, slice_of(text), codings_table[_i].form, 10);
	ck_assert_int_eq(decode(&name, 1, buffer_slice(&coded), 10, &out, &complete), 0);
	ck_assert_uint_gt(budget.most, 1000);
	ck_assert_uint_lt(budget.most, 256 * 1024);
	buffer_done(&coded);
	buffer_done(&out);
}
END_TEST

static void fill(char *bytes, size_t len)
{
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (char)('a' + (state >> 28));
	}
}

/* Memory grows with the text, up to what there is: then the body is given up. */
START_TEST(memory_runs_out)
{
	const struct coding *list[] = { coding_find(slice_of(codings_table[_i].name)) };
	size_t len = 4 * 1024 * 1024;
	auto_free char *plain = malloc(len);
	struct buffer coded = { 0 };
	size_t most, refused = 0;

	fill(plain, len);
	zip(&coded, (struct slice){ plain, len }, codings_table[_i].form, 0);
	budget = (struct budget){ .limit = SIZE_MAX };
	for (;;) {
		struct codings *codings = codings_new(list, 1, &limits, &memory);
		uint64_t total = 0;
		int err = codings ? codings_feed(codings, buffer_slice(&coded), drop, &total) : -ENOMEM;

		codings_free(codings);
		ck_assert_uint_eq(budget.used, 0);
		most = budget.most;
		if (most == 0)
			break;
		ck_assert_int_eq(err, refused ? -ENOMEM : 0);
		ck_assert_uint_eq(total == len, refused == 0);
		refused++;
		budget = (struct budget){ .limit = most - 1 };
	}
	ck_assert_uint_gt(refused, 2);
	buffer_done(&coded);
}
END_TEST

START_TEST(unknown_names)
{
	ck_assert_ptr_null(coding_find(SLICE("dcb")));
	ck_assert_ptr_null(coding_find(SLICE("dcz")));
	ck_assert_ptr_null(coding_find(SLICE("brotli")));
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

START_TEST(body)
{
	struct buffer coded = { 0 }, names = { 0 };

	zip(&coded, slice_of(text), codings_table[_i].form, 0);
	ck_assert_int_eq(buffer_printf(&names, "identity, %s%c", codings_table[_i].name, '\0'), 0);
	exchange(names.data, buffer_slice(&coded), coded.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "< body a text that is said and said and said and said again\n< end"));
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert_uint_eq(h.exchanges[0].last.response_body_bytes, coded.len);
	harness_done(&h);
	buffer_done(&coded);
	buffer_done(&names);
}
END_TEST

START_TEST(request)
{
	struct buffer coded = { 0 }, head = { 0 };

	zip(&coded, slice_of(text), codings_table[_i].form, 0);
	harness_init(&h, NULL, false);
	ck_assert_int_eq(buffer_printf(&head, "POST / HTTP/1.1\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
				       codings_table[_i].name, coded.len), 0);
	harness_feed(&h, DIRECTION_WRITE, head.data, head.len);
	harness_feed(&h, DIRECTION_WRITE, coded.data, coded.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "> body a text that is said and said and said and said again\n"));
	harness_done(&h);
	buffer_done(&coded);
	buffer_done(&head);
}
END_TEST

/* In the order in which they were applied, on one line or on several. */
START_TEST(order_of_codings)
{
	static const char *const names[] = { "gzip, br", "gzip\r\nContent-Encoding: br", "gzip,, identity ,\tBR" };
	struct buffer inner = { 0 }, outer = { 0 };

	zip(&inner, slice_of(text), ZIP_GZIP, 0);
	zip(&outer, buffer_slice(&inner), ZIP_BROTLI, 0);
	exchange(names[_i], buffer_slice(&outer), outer.len);
	ck_assert_ptr_nonnull(strstr(harness_text(&h), "said again\n< end\nend complete"));
	harness_done(&h);
	buffer_done(&inner);
	buffer_done(&outer);
}
END_TEST

static void put_chunk(struct buffer *out, struct slice data)
{
	ck_assert_int_eq(buffer_printf(out, "%zx\r\n", data.len), 0);
	ck_assert_int_eq(buffer_append(out, data.ptr, data.len), 0);
	ck_assert_int_eq(buffer_append(out, "\r\n", 2), 0);
}

START_TEST(chunked)
{
	struct buffer coded = { 0 }, message = { 0 };
	size_t flush = zip(&coded, slice_of(text), codings_table[_i].form, 20);

	ck_assert_int_eq(buffer_printf(&message, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
						 "Transfer-Encoding: chunked\r\n\r\n", codings_table[_i].name), 0);
	put_chunk(&message, (struct slice){ coded.data, flush });
	put_chunk(&message, (struct slice){ coded.data + flush, coded.len - flush });
	ck_assert_int_eq(buffer_printf(&message, "0\r\n\r\n"), 0);
	for (size_t cut = 0; cut <= message.len; cut++) {
		harness_init(&h, NULL, false);
		harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
		harness_feed(&h, DIRECTION_READ, message.data, cut);
		harness_feed(&h, DIRECTION_READ, message.data + cut, message.len - cut);
		ck_assert_ptr_nonnull(strstr(harness_text(&h), "< body a text that is said and said and said and "
							       "said again\n< end\nend complete"));
		harness_done(&h);
	}
	buffer_done(&coded);
	buffer_done(&message);
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
START_TEST(events_keep_their_times)
{
	struct buffer coded = { 0 }, head = { 0 };
	size_t first = zip(&coded, SLICE("data: 1\n\ndata: 2\n\n"), codings_table[_i].form, 9);

	ck_assert_int_eq(buffer_printf(&head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
					      "Content-Encoding: %s\r\n\r\n", codings_table[_i].name), 0);
	harness_init(&h, NULL, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, head.data, head.len);
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
	buffer_done(&head);
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
	static const char *const names[] = { "gzip, gzip, gzip, gzip, gzip", "compress", "dcb", "gzip, dcz" };

	exchange(names[_i], SLICE("something"), 9);
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

/* All bodies together have so much memory; the one that finds none is given up. */
START_TEST(no_memory_left)
{
	struct http_limits limits_small = http_limits_default;
	struct buffer coded = { 0 }, head = { 0 };

	zip(&coded, slice_of(text), codings_table[_i].form, 10);
	ck_assert_int_eq(buffer_printf(&head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
				       codings_table[_i].name, coded.len), 0);
	limits_small.buffered_bytes = 5000;
	harness_init(&h, &limits_small, false);
	harness_write(&h, "GET / HTTP/1.1\r\n\r\n");
	harness_feed(&h, DIRECTION_READ, head.data, head.len);
	harness_feed(&h, DIRECTION_READ, coded.data, coded.len);
	expect_refused(STAT_HTTP_OVER_LIMIT);
	buffer_done(&coded);
	buffer_done(&head);
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
	exchange(codings_table[_i].name, SLICE(""), 0);
	ck_assert_int_eq(h.exchanges[0].outcome, OUTCOME_COMPLETE);
	ck_assert(h.exchanges[0].ended);
	harness_done(&h);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("coding");
	TCase *chain = tcase_create("chain"), *bodies = tcase_create("bodies");

	tcase_add_loop_test(chain, forms, 0, 6);
	tcase_add_loop_test(chain, several_members_and_garbage, 0, 4);
	tcase_add_loop_test(chain, several_frames_and_garbage, 0, 6);
	tcase_add_test(chain, skippable_frame_first);
	tcase_add_test(chain, garbage_behind_brotli);
	tcase_add_loop_test(chain, only_claims_to_be_coded, 0, 6);
	tcase_add_loop_test(chain, damaged, 0, CODINGS);
	tcase_add_test(chain, damaged_later_frame);
	tcase_add_loop_test(chain, cut_short, 0, CODINGS);
	tcase_add_loop_test(chain, flushed, 0, CODINGS);
	tcase_add_loop_test(chain, stacked, 0, CODINGS * CODINGS);
	tcase_add_loop_test(chain, bomb, 0, 2 * CODINGS);
	tcase_add_loop_test(chain, zstd_window, 0, 2);
	tcase_add_loop_test(chain, little_text_takes_little_memory, 0, CODINGS);
	tcase_add_loop_test(chain, memory_runs_out, 0, CODINGS);
	tcase_add_test(chain, unknown_names);
	suite_add_tcase(suite, chain);
	tcase_add_loop_test(bodies, body, 0, CODINGS);
	tcase_add_loop_test(bodies, request, 0, CODINGS);
	tcase_add_loop_test(bodies, order_of_codings, 0, 3);
	tcase_add_loop_test(bodies, chunked, 0, CODINGS);
	tcase_add_test(bodies, transfer_coding_gzip);
	tcase_add_loop_test(bodies, events_keep_their_times, 0, CODINGS);
	tcase_add_loop_test(bodies, unsupported, 0, 4);
	tcase_add_test(bodies, broken_body);
	tcase_add_test(bodies, body_ends_inside_gzip);
	tcase_add_loop_test(bodies, no_memory_left, 0, CODINGS);
	tcase_add_test(bodies, bomb_as_a_body);
	tcase_add_loop_test(bodies, empty_body, 0, CODINGS);
	suite_add_tcase(suite, bodies);
	return suite;
}
UNIT_SUITE(make)
