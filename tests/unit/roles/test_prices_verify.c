/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap prices verify` where no agent runs: the history says which models were called. */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "history/history.h"
#include "roles/roles.h"
#include "roles/settings.h"

static char folder[] = "/tmp/promtap-test-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static void setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void keep_call(struct history *history, const char *model, int64_t age_ns)
{
	struct call call;

	call_init(&call);
	(void)snprintf(call.id, sizeof(call.id), "%s", model);
	call.time_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME) - age_ns;
	call.operation = OPERATION_CHAT;
	call.tokens.input = call.tokens.output = 1;
	(void)slice_copy(call.provider, sizeof(call.provider), SLICE("openai"));
	(void)slice_copy(call.request_model, sizeof(call.request_model), slice_of(model));
	history_call(history, &call);
}

static void keep_calls(void)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct history_config config;
	struct metrics *metrics = metrics_new(1 << 20);
	struct history *history;

	ck_assert_int_eq(schema_defaults(&history_schema, &config), 0);
	ck_assert_int_eq(history_open(&config, fd, metrics, &history), 0);
	keep_call(history, "gpt-4o", 0);
	keep_call(history, "no-such-model", 0);
	keep_call(history, "long-ago", 3600 * (int64_t)NSEC_PER_SEC);
	history_close(history, 5000);
	metrics_free(metrics);
	close(fd);
}

/* What the command prints, until teardown. */
static const char *run(const struct settings *settings)
{
	static char text[4096];
	int out = dup(STDOUT_FILENO), into = open(folder, O_TMPFILE | O_RDWR, 0600);
	ssize_t n;

	fflush(stdout);
	dup2(into, STDOUT_FILENO);
	ck_assert_int_eq(prices_verify_run(NULL, settings), EXIT_FAILURE);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	n = pread(into, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(out);
	close(into);
	return text;
}

START_TEST(models_of_the_history)
{
	/* Nobody can listen on port 0. */
	struct settings settings = { .line.options = { .listen = "127.0.0.1:0", .state_dir = folder, .since = 60 * NSEC_PER_SEC } };
	const char *text;

	keep_calls();
	text = run(&settings);
	ck_assert_msg(strstr(text, "openai no-such-model: called 1 times, and has no price: add a row\n") !=
			      NULL,
		      "%s", text);
	ck_assert_ptr_null(strstr(text, "gpt-4o"));
	ck_assert_ptr_null(strstr(text, "long-ago"));
	settings.line.options.since = 2 * 3600 * NSEC_PER_SEC;
	ck_assert_ptr_nonnull(strstr(run(&settings), "long-ago"));
}
END_TEST

static Suite *make_prices_verify(void)
{
	Suite *suite = suite_create("prices_verify");
	TCase *tc = tcase_create("prices_verify");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, models_of_the_history);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_prices_verify)
