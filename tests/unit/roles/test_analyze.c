/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap analyze --since`, on a history that is made here. Files of records: tests/judge/test_analyze.py. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "history/history.h"
#include "roles/roles.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)

static char folder[] = "/tmp/promtap-analyze-XXXXXX";

/* The example of the mission, in the last minutes: 100 calls of confidence 0.9, then 100 of 0.7; and one of last year. */
static void write_history(void)
{
	int64_t now = (int64_t)clock_ns(CLOCK_REALTIME);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct history_config config;
	struct history *history;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(schema_defaults(&history_schema, &config), 0);
	config.enabled = true;
	ck_assert_int_eq(history_open(&config, fd, NULL, &history), 0);
	for (int i = -1; i < 200; i++) {
		struct call call;

		call_init(&call);
		(void)snprintf(call.id, sizeof(call.id), "n-%d", i);
		(void)strcpy(call.workload.service, "shop");
		(void)strcpy(call.request_model, "gpt-4o");
		(void)strcpy(call.dialect, "openai.chat");
		call.time_unix_ns = i < 0 ? now - 365 * 86400 * SECOND : now - (300 - i) * SECOND;
		call.duration_ns = SECOND;
		call.confidence_ppm = i < 100 ? 900000 : 700000;
		call.confidence_source = CONFIDENCE_LOGPROBS;
		history_call(history, &call);
	}
	history_close(history, 10000);
	(void)close(fd);
	schema_done(&history_schema, &config);
}

static void remove_history(void)
{
	static const char *const names[] = { "history.db", "history.db-wal", "history.db-shm" };
	char path[sizeof(folder) + 32];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

/* In a process of its own: it becomes the owner of the folder. */
static void analyze_to(const char *output)
{
	static char *const argv[] = { "promtap", "analyze", "--since", "7d", "--json", "--state-dir", folder, NULL };
	char *environ_list[] = { NULL };
	struct settings settings;
	int status = EXIT_FAILURE;

	if (freopen(output, "w", stdout) && settings_parse(7, (char **)argv, environ_list, &settings, stderr) == 0)
		status = analyze_run(settings.line.argument, &settings);
	(void)fflush(stdout);
	_exit(status);
}

START_TEST(calls_of_the_history_are_judged)
{
	char output[] = "/tmp/promtap-analyzed-XXXXXX";
	struct buffer text = { 0 };
	int fd = mkstemp(output), status;
	pid_t child;

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_history();
	child = fork();
	if (child == 0)
		analyze_to(output);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(file_read(output, 1 << 20, &text), 0);
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_ptr_nonnull(strstr(text.data, "{\"records\":200,"));
	ck_assert_ptr_nonnull(strstr(text.data, "\"drift\":\"significant_drift_-22.2%\""));
	buffer_done(&text);
	(void)unlink(output);
	remove_history();
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("analyze");
	TCase *tests = tcase_create("analyze");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, calls_of_the_history_are_judged);
	suite_add_tcase(suite, tests);
	return suite;
}
UNIT_SUITE(make)
