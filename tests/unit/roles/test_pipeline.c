/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts that the stages of the decoder give on a connection. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "roles/pipeline.h"

static const struct conn_key key = { .object = 0x1230, .generation = 77000000001ull, .tgid = 42 };

static uint64_t *verdicts;
static struct pipeline *pipeline;
static uint64_t position;

static void on_call(void *ctx, const struct call *call)
{
	(void)ctx;
	(void)call;
}

static void setup(void)
{
	struct pipeline_setup stages = { .on_call = on_call };

	verdicts = calloc(VERDICTS_MAX, sizeof(*verdicts));
	stages.verdicts = verdicts;
	pipeline = pipeline_new(&stages);
	position = 0;
	ck_assert_ptr_nonnull(verdicts);
	ck_assert_ptr_nonnull(pipeline);
}

static void teardown(void)
{
	pipeline_free(pipeline);
	free(verdicts);
}

/* Returns the verdict's word after the connection wrote `text`. */
static uint64_t after(const char *text, uint8_t posts)
{
	struct chunk chunk = {
		.kind = CHUNK_DATA,
		.conn = key,
		.direction = DIRECTION_WRITE,
		.position = position,
		.data = (const uint8_t *)text,
		.len = strlen(text),
		.posts = posts,
	};

	pipeline_on_chunk(pipeline, &chunk);
	position += chunk.len;
	return verdicts[verdict_slot(key.object, key.generation, key.tgid)];
}

#define GET "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
#define POST "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 500\r\n\r\n"

START_TEST(a_call_is_captured)
{
	ck_assert_uint_eq(after(POST, 1), verdict_word(key.generation, 1, VERDICT_CAPTURE));
}
END_TEST

/* One that began meanwhile is not meant. */
START_TEST(an_ignore_names_the_requests_it_knows_of)
{
	ck_assert_uint_eq(after(GET, 0), verdict_word(key.generation, 0, VERDICT_IGNORE));
	ck_assert_uint_eq(after("POST /upload HTTP/1.1\r\nHost: example.com\r\nContent-Length: 500\r\n\r\n", 7),
			  verdict_word(key.generation, 7, VERDICT_IGNORE));
}
END_TEST

START_TEST(half_a_head_has_no_verdict)
{
	ck_assert_uint_eq(after("POST /v1/chat/completions HTTP/1.1\r\nHost: api.op", 1), 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/pipeline");
	TCase *tcase = tcase_create("verdicts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_call_is_captured);
	tcase_add_test(tcase, an_ignore_names_the_requests_it_knows_of);
	tcase_add_test(tcase, half_a_head_has_no_verdict);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
