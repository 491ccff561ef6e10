/* SPDX-License-Identifier: Apache-2.0 */
/* What the server takes from whom: a decoder that was taken over can tell of calls, and of nothing else. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "roles/server.h"

static struct server *server;
static int calls_fd, prices_fd;

static void setup(void)
{
	static const char rows[] = "provider,model,input,output\n*,gpt-test,1.00,2.00\n";
	struct server_setup setup_of_server = {
		.exports = { .node = "test", .terminal_fd = -1 }, .money = MONEY_AT_APPLICATION, .state_fd = -1,
	};

	calls_fd = memfd_create("calls", MFD_CLOEXEC);
	prices_fd = memfd_create("prices", MFD_CLOEXEC);
	ck_assert_int_eq(write(prices_fd, rows, sizeof(rows) - 1), sizeof(rows) - 1);
	setup_of_server.exports.calls_fd = calls_fd;
	ck_assert_int_eq(server_new(&setup_of_server, &server), 0);
}

static void teardown(void)
{
	server_free(server);
	close_fd(&calls_fd);
	close_fd(&prices_fd);
}

static void send_prices(enum role_id from)
{
	static union message_body body;

	(void)strcpy(body.prices.path, "test");
	server_on_message(server, from, MESSAGE_PRICES, &body, prices_fd);
}

static void send_call(enum role_id from)
{
	static union message_body body;

	call_init(&body.call);
	(void)strcpy(body.call.provider, "openai");
	(void)strcpy(body.call.response_model, "gpt-test");
	body.call.operation = OPERATION_CHAT;
	body.call.tokens.input = body.call.tokens.output = 1000000;
	body.call.usage_source = USAGE_PROVIDER;
	server_on_message(server, from, MESSAGE_CALL, &body, -1);
	(void)server_flush(server);
}

/* The record of the last call, "" if there is none. */
static const char *record(void)
{
	static char text[8192];
	ssize_t n = pread(calls_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(a_call_of_the_decoder_is_priced)
{
	send_prices(ROLE_ID_TRACER);
	send_call(ROLE_ID_DECODER);
	ck_assert_ptr_nonnull(strstr(record(), "\"cost_usd\":3,"));
}
END_TEST

START_TEST(prices_of_the_decoder_are_not_taken)
{
	send_prices(ROLE_ID_DECODER);
	send_call(ROLE_ID_DECODER);
	ck_assert_ptr_nonnull(strstr(record(), "\"cost_usd\":null"));
}
END_TEST

START_TEST(a_call_is_taken_from_the_decoder_only)
{
	send_call(ROLE_ID_TRACER);
	send_call(ROLE_ID_INSPECTOR);
	ck_assert_str_eq(record(), "");
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles/server");
	TCase *tcase = tcase_create("messages");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_call_of_the_decoder_is_priced);
	tcase_add_test(tcase, prices_of_the_decoder_are_not_taken);
	tcase_add_test(tcase, a_call_is_taken_from_the_decoder_only);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
