/* SPDX-License-Identifier: Apache-2.0 */
/* Lines as they stand on standard error, which is a pipe here. */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stats.h"

static int saved, reader;
static char got[4096];

static void setup(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	saved = dup(STDERR_FILENO);
	(void)dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
}

static void teardown(void)
{
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	close(reader);
	log_setup(NULL, LOG_INFO);
}

static const char *output(void)
{
	ssize_t n = read(reader, got, sizeof(got) - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

START_TEST(levels)
{
	enum log_level level = LOG_INFO;

	ck_assert(log_level_parse("warning", &level));
	ck_assert_int_eq(level, LOG_WARN);
	ck_assert(!log_level_parse("loud", &level) && !log_level_parse("", &level));
	ck_assert_int_eq(level, LOG_WARN);
}
END_TEST

START_TEST(lines)
{
	log_setup(NULL, LOG_INFO);
	log_info("n %d", 5);
	ck_assert_str_eq(output(), "promtap: info: n 5\n");
	log_setup("decoder", LOG_WARN);
	log_info("hidden");
	log_warn("shown");
	log_error("too");
	ck_assert_str_eq(output(), "promtap[decoder]: warning: shown\npromtap[decoder]: error: too\n");
}
END_TEST

/* Cut, with its end of line, and one write. */
START_TEST(long_lines)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_setup(NULL, LOG_INFO);
	log_info("%s", text);
	(void)output();
	ck_assert_uint_gt(strlen(got), 1000);
	ck_assert_uint_le(strlen(got), 1024);
	ck_assert_ptr_eq(strchr(got, '\n'), got + strlen(got) - 1);
	for (size_t len = 990; len < 1030; len++) {
		text[len] = '\0';
		log_info("%s", text);
		ck_assert_ptr_eq(strchr(output(), '\n'), got + strlen(got) - 1);
		text[len] = 'x';
	}
}
END_TEST

START_TEST(held_back)
{
	struct log_limit limit = { 0 };

	log_setup(NULL, LOG_INFO);
	ck_assert(log_limit_pass(&limit, 3600));
	ck_assert(!log_limit_pass(&limit, 3600));
	ck_assert(!log_limit_pass(&limit, 3600));
	ck_assert_str_eq(output(), "");
	limit.next_ns = 0;
	ck_assert(log_limit_pass(&limit, 3600));
	ck_assert_str_eq(output(), "promtap: info: 2 lines like the next were held back\n");
}
END_TEST

/* The encoder prints HELP and TYPE once a metric: rows of one must be neighbours. */
START_TEST(counters_are_described)
{
	for (int i = 0; i < STAT_MAX; i++) {
		const struct stat_desc *row = &stat_descs[i];

		ck_assert_ptr_nonnull(row->metric);
		ck_assert_int_eq(strncmp(row->metric, "promtap_", 8), 0);
		ck_assert_str_eq(row->metric + strlen(row->metric) - 6, "_total");
		ck_assert_int_eq(row->label[0] == '\0', row->value[0] == '\0');
		for (int j = i + 1; j < STAT_MAX; j++) {
			bool same = strcmp(row->metric, stat_descs[j].metric) == 0;

			ck_assert(!same || strcmp(row->metric, stat_descs[j - 1].metric) == 0);
			ck_assert(!same || strcmp(row->value, stat_descs[j].value) != 0);
			ck_assert(!same || strcmp(row->help, stat_descs[j].help) == 0);
		}
	}
}
END_TEST

static Suite *make_log(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, held_back);
	tcase_add_test(tc, counters_are_described);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_log)
