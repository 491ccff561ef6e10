/* SPDX-License-Identifier: Apache-2.0 */
/* Questions from threads: answered, left alone, refused, stopped. Waits are for what another thread has done. */
#include "export/asks.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "unit.h"

#define FOR_EVER_MS 600000
#define THREADS 4
#define ROUNDS 200

static struct asks *asks;

static void teardown(void)
{
	asks_free(asks);
	asks = NULL;
}

static bool is_asked(void)
{
	struct pollfd wait = { .fd = asks_fd(asks), .events = POLLIN };

	return poll(&wait, 1, 20) == 1;
}

/* The answer says what was asked. */
static void echo(void *ctx, const struct question *question, struct reply *ret)
{
	(void)ctx;
	ret->status = 200;
	ck_assert_int_eq(buffer_printf(&ret->body, "%s %s?%s %s %.*s", question->method, question->path, question->query,
				       question->who, (int)question->body.len, question->body.ptr), 0);
}

static int ask(const char *path, struct reply *ret)
{
	const struct question question = {
		.method = "POST", .path = path, .query = "a=b", .body = SLICE("{}"), .who = "me",
	};

	return asks_put(asks, &question, ret);
}

static atomic_uint done;

static void *ask_often(void *number)
{
	char path[32], wanted[64];
	struct reply reply;

	for (unsigned i = 0; i < ROUNDS; i++) {
		(void)snprintf(path, sizeof(path), "/%d/%u", *(int *)number, i);
		(void)snprintf(wanted, sizeof(wanted), "POST %s?a=b me {}", path);
		ck_assert_int_eq(ask(path, &reply), 0);
		ck_assert_int_eq(reply.status, 200);
		ck_assert(slice_eq(buffer_slice(&reply.body), slice_of(wanted)));
		buffer_done(&reply.body);
	}
	atomic_fetch_add(&done, 1);
	return NULL;
}

START_TEST(each_thread_gets_its_own_answers)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	atomic_store(&done, 0);
	asks = asks_new(THREADS, FOR_EVER_MS);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &numbers[i]), 0);
	}
	while (atomic_load(&done) < THREADS) {
		if (is_asked())
			asks_serve(asks, echo, NULL);
	}
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(without_an_answer_patience_ends)
{
	struct reply reply;

	asks = asks_new(1, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ask("/", &reply), -ETIMEDOUT);
	/* Nobody waits for what is asked there: it is not answered any more. */
	ck_assert(is_asked());
	asks_serve(asks, NULL, NULL);
}
END_TEST

struct asker {
	pthread_t thread;
	int err;
	struct reply reply;
};

static void *ask_once(void *ctx)
{
	struct asker *asker = ctx;

	asker->err = ask("/", &asker->reply);
	return NULL;
}

/* Answers only when nobody waits any more. */
static void answer_late(void *ctx, const struct question *question, struct reply *ret)
{
	struct asker *asker = ctx;

	(void)pthread_join(asker->thread, NULL);
	echo(NULL, question, ret);
}

START_TEST(an_answer_that_comes_too_late_is_thrown_away)
{
	struct asker asker = { 0 };
	struct reply reply;

	asks = asks_new(1, 200);
	ck_assert_int_eq(pthread_create(&asker.thread, NULL, ask_once, &asker), 0);
	while (!is_asked())
		;
	asks_serve(asks, answer_late, &asker);
	ck_assert_int_eq(asker.err, -ETIMEDOUT);
	/* Its place is free again. */
	ck_assert_int_eq(ask("/", &reply), -ETIMEDOUT);
}
END_TEST

/* While one is being answered the only place is taken. */
static void ask_meanwhile(void *ctx, const struct question *question, struct reply *ret)
{
	int *err = ctx;
	struct reply none;

	*err = ask("/", &none);
	echo(NULL, question, ret);
}

START_TEST(more_than_there_is_room_for_is_refused)
{
	struct asker asker = { 0 };
	int err = 0;

	asks = asks_new(1, FOR_EVER_MS);
	ck_assert_int_eq(pthread_create(&asker.thread, NULL, ask_once, &asker), 0);
	while (!is_asked())
		;
	asks_serve(asks, ask_meanwhile, &err);
	(void)pthread_join(asker.thread, NULL);
	ck_assert_int_eq(err, -EAGAIN);
	ck_assert_int_eq(asker.err, 0);
	buffer_done(&asker.reply.body);
}
END_TEST

START_TEST(a_stop_lets_all_go)
{
	struct asker asker = { 0 };
	struct reply reply;

	asks = asks_new(1, FOR_EVER_MS);
	ck_assert_int_eq(pthread_create(&asker.thread, NULL, ask_once, &asker), 0);
	while (!is_asked())
		;
	asks_stop(asks);
	(void)pthread_join(asker.thread, NULL);
	ck_assert_int_eq(asker.err, -ECANCELED);
	ck_assert_int_eq(ask("/", &reply), -ECANCELED);
}
END_TEST

START_TEST(long_questions_are_refused)
{
	static char long_path[ASK_PATH_BYTES + 1], body[ASK_BODY_BYTES + 1];
	struct question question = { .method = "GET", .path = "/", .query = "", .who = "", .body = { body, sizeof(body) } };
	struct reply reply;

	asks = asks_new(1, 1);
	ck_assert_int_eq(asks_put(asks, &question, &reply), -E2BIG);
	question.body.len = ASK_BODY_BYTES;
	ck_assert_int_eq(asks_put(asks, &question, &reply), -ETIMEDOUT);
	memset(long_path, 'a', ASK_PATH_BYTES);
	question.path = long_path;
	ck_assert_int_eq(asks_put(asks, &question, &reply), -E2BIG);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("asks");
	TCase *tcase = tcase_create("questions");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, each_thread_gets_its_own_answers);
	tcase_add_test(tcase, without_an_answer_patience_ends);
	tcase_add_test(tcase, an_answer_that_comes_too_late_is_thrown_away);
	tcase_add_test(tcase, more_than_there_is_room_for_is_refused);
	tcase_add_test(tcase, a_stop_lets_all_go);
	tcase_add_test(tcase, long_questions_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
