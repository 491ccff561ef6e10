/* SPDX-License-Identifier: Apache-2.0 */
/* MCP's HTTP+SSE transport: a call over two connections. */
#include <string.h>

#include "base/cleanup.h"
#include "base/stats.h"
#include "llm/llm.h"
#include "texts_log.h"
#include "unit.h"

#define ENDPOINT "/messages/?session_id=5c1e"
#define TOOLS_CALL "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"q\":\"find\"}}}"
#define RESULT "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"lost\"}],\"isError\":true}}"
#define MS 1000000ull

static struct llm *llm;
static struct conn conns[2];
static struct exchange stream, post;
static uint64_t now_ns;
static struct call last;
static unsigned int calls;
static struct buffer texts;	/* of the last call */

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	(void)ctx;
	texts.len = 0;
	texts_log_finish(user, &texts);
	ck_assert_int_eq(buffer_append(&texts, "", 1), 0);
	ck_assert_int_eq(call_check(call, sizeof(*call)), 0);
	ck_assert_uint_eq(exchange->conn->key.tgid, 7);
	last = *call;
	calls++;
}

static void send(struct exchange *exchange, struct exchange_event event)
{
	now_ns += MS;
	event.exchange = exchange;
	event.ts_ns = now_ns;
	llm_on_exchange(llm, &event);
}

static void request_head(struct exchange *exchange, struct conn *conn, const char *method, const char *host,
			 const char *target)
{
	struct http_header headers[] = {
		{ SLICE("content-type"), SLICE("application/json") },
		{ SLICE("accept"), SLICE("text/event-stream") },
	};
	struct http_head head = {
		.method = slice_of(method),
		.target = slice_of(target),
		.authority = slice_of(host),
		.headers = headers,
		.header_count = ARRAY_SIZE(headers),
	};

	conn->key.tgid = 7;
	*exchange = (struct exchange){ .conn = conn, .request_start_ns = now_ns };
	send(exchange, (struct exchange_event){ .kind = EXCHANGE_REQUEST_HEAD, .head = &head });
}

static void answer_head(struct exchange *exchange, unsigned int status, enum body_framing framing)
{
	struct http_head head = { .status = status };

	exchange->response_framing = framing;
	exchange->response_start_ns = now_ns;
	send(exchange, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_HEAD, .head = &head });
}

static void event(const char *name, const char *data)
{
	for (const char *c = data; *c; c++)
		send(&stream, (struct exchange_event){ .kind = EXCHANGE_MESSAGE_PIECE, .data = { c, 1 } });
	send(&stream, (struct exchange_event){ .kind = EXCHANGE_MESSAGE_END, .name = slice_of(name) });
}

static void begin_stream(const char *endpoint)
{
	request_head(&stream, &conns[0], "GET", "tools.example", "/sse");
	send(&stream, (struct exchange_event){ .kind = EXCHANGE_REQUEST_END });
	answer_head(&stream, 200, FRAMING_SSE);
	event("endpoint", endpoint);
}

static void end_stream(void)
{
	send(&stream, (struct exchange_event){ .kind = EXCHANGE_END, .outcome = OUTCOME_ABORTED });
	ck_assert_ptr_null(stream.user);
}

static void begin_post(const char *target)
{
	request_head(&post, &conns[1], "POST", "tools.example", target);
	post.request_body_bytes = strlen(TOOLS_CALL);
	send(&post, (struct exchange_event){ .kind = EXCHANGE_REQUEST_BODY, .data = SLICE(TOOLS_CALL) });
	send(&post, (struct exchange_event){ .kind = EXCHANGE_REQUEST_END });
}

static void end_post(unsigned int status)
{
	answer_head(&post, status, FRAMING_PLAIN);
	post.response_end_ns = now_ns;
	send(&post, (struct exchange_event){ .kind = EXCHANGE_RESPONSE_END });
	send(&post, (struct exchange_event){ .kind = EXCHANGE_END });
	ck_assert_ptr_null(post.user);
}

static void setup(void)
{
	struct llm_setup llm_setup = { .fn = on_call, .on_text = texts_log_take, .on_text_drop = texts_log_drop };

	memset(stats, 0, sizeof(stats));
	llm = llm_new(&llm_setup);
	ck_assert_ptr_nonnull(llm);
	now_ns = 1000 * MS;
	calls = 0;
}

static void teardown(void)
{
	llm_free(llm);
	buffer_done(&texts);
	texts = (struct buffer){ 0 };
}

static void check_answered(void)
{
	ck_assert_uint_eq(calls, 1);
	ck_assert_str_eq(last.dialect, "mcp");
	ck_assert_str_eq(last.tools[0], "search");
	ck_assert_int_eq(last.error, ERROR_TOOL);
	ck_assert_int_eq(last.capture, CAPTURE_COMPLETE);
	ck_assert_int_gt(last.duration_ns, 0);
	ck_assert_str_eq(texts.data, "tool_args<find> tool_result<lost> ");
}

static const char *const endpoints[] = { ENDPOINT, "https://tools.example" ENDPOINT };

START_TEST(the_answer_comes_in_the_stream)
{
	begin_stream(endpoints[_i]);
	begin_post(ENDPOINT);
	end_post(202);
	ck_assert_uint_eq(calls, 0);
	event("message", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}");
	event("message", "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}");
	now_ns += 100 * MS;
	event("message", RESULT);
	check_answered();
	ck_assert_int_gt(last.duration_ns, 100 * (int64_t)MS);
	end_stream();
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(the_answer_comes_before_the_post_has_ended)
{
	begin_stream(ENDPOINT);
	begin_post(ENDPOINT);
	event("message", RESULT);
	ck_assert_uint_eq(calls, 0);
	now_ns += 100 * MS;
	end_post(202);
	check_answered();
	ck_assert_int_lt(last.duration_ns, 100 * (int64_t)MS);
	end_stream();
}
END_TEST

START_TEST(a_stream_that_ends_gives_its_calls_up)
{
	begin_stream(ENDPOINT);
	begin_post(ENDPOINT);
	end_post(202);
	end_stream();
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(last.error, ERROR_CANCELLED);
	ck_assert_int_eq(last.capture, CAPTURE_ABORTED);
	ck_assert_int_eq(last.duration_ns, CALL_UNKNOWN);
	ck_assert_str_eq(texts.data, "tool_args<find> ");
}
END_TEST

START_TEST(a_stream_may_end_before_the_post)
{
	begin_stream(ENDPOINT);
	begin_post(ENDPOINT);
	end_stream();
	end_post(202);
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(last.capture, CAPTURE_UNDECODABLE);
}
END_TEST

START_TEST(a_post_that_is_refused_has_its_answer)
{
	begin_stream(ENDPOINT);
	begin_post(ENDPOINT);
	end_post(404);
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(last.error, ERROR_NOT_FOUND);
	event("message", RESULT);
	end_stream();
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(another_session_is_not_asked)
{
	begin_stream(ENDPOINT);
	begin_post("/messages/?session_id=other");
	end_post(202);
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(last.capture, CAPTURE_UNDECODABLE);
	end_stream();
}
END_TEST

START_TEST(other_streams_are_turned_down)
{
	request_head(&stream, &conns[0], "GET", "news.example", "/events");
	answer_head(&stream, 200, FRAMING_SSE);
	event("headline", "rain");
	ck_assert(stream.skip_bodies);
	end_stream();
	request_head(&stream, &conns[0], "GET", "news.example", "/page");
	answer_head(&stream, 200, FRAMING_PLAIN);
	ck_assert(stream.skip_bodies);
	end_stream();
	request_head(&stream, &conns[0], "GET", "api.openai.com", "/v1/responses/resp_1?stream=true");
	ck_assert(stream.skip_bodies);
	end_stream();
	ck_assert_uint_eq(calls, 0);
	ck_assert_uint_eq(stats[STAT_NOT_CALLS], 3);
}
END_TEST

START_TEST(an_endpoint_that_is_none)
{
	char longer[400];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	request_head(&stream, &conns[0], "GET", "tools.example", "/sse");
	answer_head(&stream, 200, FRAMING_SSE);
	event("endpoint", longer);
	ck_assert(stream.skip_bodies);
	end_stream();
}
END_TEST

/* What is open at the end is freed; a sanitizer sees to it. */
START_TEST(many_calls_wait_at_once)
{
	const unsigned int posts = 300;

	begin_stream(ENDPOINT);
	for (unsigned int i = 0; i < posts; i++) {
		begin_post(ENDPOINT);
		end_post(202);
	}
	ck_assert_uint_eq(calls, posts - 256);
	end_stream();
	ck_assert_uint_eq(calls, posts);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("llm: sessions of mcp");
	TCase *tc = tcase_create("sessions");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_answer_comes_in_the_stream, 0, ARRAY_SIZE(endpoints));
	tcase_add_test(tc, the_answer_comes_before_the_post_has_ended);
	tcase_add_test(tc, a_stream_that_ends_gives_its_calls_up);
	tcase_add_test(tc, a_stream_may_end_before_the_post);
	tcase_add_test(tc, a_post_that_is_refused_has_its_answer);
	tcase_add_test(tc, another_session_is_not_asked);
	tcase_add_test(tc, other_streams_are_turned_down);
	tcase_add_test(tc, an_endpoint_that_is_none);
	tcase_add_test(tc, many_calls_wait_at_once);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make)
