/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/line_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

#define LINE_MAX_BYTES (1024 * 1024)
#define BAD "bad\n"
#define MANY_LINES 20000

static int given[2];	/* a pipe: what is to be judged */

static void setup(void)
{
	ck_assert_int_eq(pipe(given), 0);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void teardown(void)
{
	close_fd(&given[0]);
	close_fd(&given[1]);
}

/* ---- what writes, in pieces ---- */

static struct slice text;
static size_t piece;

static void *write_pieces(void *unused)
{
	struct slice rest = text;

	(void)unused;
	while (rest.len > 0) {
		ssize_t n = write(given[1], rest.ptr, rest.len < piece ? rest.len : piece);

		if (n <= 0)
			break;
		rest.ptr += n;
		rest.len -= (size_t)n;
	}
	close_fd(&given[1]);
	given[1] = -1;
	return NULL;
}

/* ---- what judges: a line in brackets ---- */

static void judge(void *ctx, size_t worker, struct line_portion *portion)
{
	struct slice rest = portion->lines, line;
	size_t workers = *(size_t *)ctx;

	ck_assert_uint_lt(worker, workers);
	while (portion->err == 0 && line_next(&rest, &line)) {
		if (slice_eq(line, SLICE(BAD)))
			portion->err = -EINVAL;
		else
			(void)buffer_printf(&portion->out, "<%.*s>", (int)line.len, line.ptr);
		portion->line_count += portion->err == 0;
	}
}

struct answer {
	char *text;	/* owned */
	size_t len, line;
	int err;
};

static struct answer run(int fd, size_t workers)
{
	struct answer answer = { 0 };
	FILE *out = open_memstream(&answer.text, &answer.len);
	const struct line_jobs jobs = {
		.fd = fd, .out = out, .line_bytes_max = LINE_MAX_BYTES, .fn = judge, .ctx = &workers, .workers = workers,
	};

	answer.err = line_jobs_run(&jobs, &answer.line);
	(void)fclose(out);
	return answer;
}

static struct answer run_text(struct slice all, size_t bytes, size_t workers)
{
	struct answer answer;
	pthread_t writer;

	text = all;
	piece = bytes;
	ck_assert_int_eq(pthread_create(&writer, NULL, write_pieces, NULL), 0);
	answer = run(given[0], workers);
	close_fd(&given[0]);	/* what was not read is not waited for */
	given[0] = -1;
	(void)pthread_join(writer, NULL);
	return answer;
}

/* ---- tests ---- */

static const struct {
	struct slice lines;
	const char *out;
	size_t line;
	int err;
} cases[] = {
	{ { "", 0 }, "", 0, 0 },
	{ { "a", 1 }, "<a>", 0, 0 },
	{ { "a\n", 2 }, "<a\n>", 0, 0 },
	{ { "a\n\nbc\nd", 7 }, "<a\n><\n><bc\n><d>", 0, 0 },
	{ { BAD, 4 }, "", 1, -EINVAL },
	{ { "a\nb\n" BAD "c\n", 10 }, "<a\n><b\n>", 3, -EINVAL },
	{ { "a\nb\n" BAD "c\n" BAD, 14 }, "<a\n><b\n>", 3, -EINVAL },
};
#define WAYS 12	/* pieces of 1 to 3 bytes, 1 to 4 workers */

START_TEST(in_any_pieces)
{
	size_t i = (size_t)_i / WAYS, way = (size_t)_i % WAYS;
	struct answer answer = run_text(cases[i].lines, way % 3 + 1, way / 3 + 1);

	ck_assert_str_eq(answer.text, cases[i].out);
	ck_assert_uint_eq(answer.line, cases[i].line);
	ck_assert_int_eq(answer.err, cases[i].err);
	free(answer.text);
}
END_TEST

/* Lines of all lengths, far more than a portion has: in order, each once. */
START_TEST(many_lines_stay_in_order)
{
	struct buffer lines = { 0 }, wanted = { 0 };
	struct answer answer;

	for (unsigned i = 0; i < MANY_LINES; i++) {
		int width = (int)(i * 7919 % 97);

		(void)buffer_printf(&lines, "%u%*s\n", i, width, "");
		(void)buffer_printf(&wanted, "<%u%*s\n>", i, width, "");
	}
	answer = run_text(buffer_slice(&lines), 50000, (size_t)_i + 1);
	ck_assert_int_eq(answer.err, 0);
	ck_assert(slice_eq((struct slice){ answer.text, answer.len }, buffer_slice(&wanted)));
	free(answer.text);
	buffer_done(&lines);
	buffer_done(&wanted);
}
END_TEST

START_TEST(a_line_too_long)
{
	struct buffer lines = { 0 };
	struct answer answer;

	(void)buffer_printf(&lines, "a\n%*s\nb\n", 2 * LINE_MAX_BYTES, "");
	answer = run_text(buffer_slice(&lines), 65536, 3);
	ck_assert_int_eq(answer.err, -E2BIG);
	ck_assert_uint_eq(answer.line, 2);
	ck_assert_str_eq(answer.text, "<a\n>");
	free(answer.text);
	buffer_done(&lines);
}
END_TEST

/* The end that nobody closes is not waited for. */
START_TEST(an_error_ends_it)
{
	struct answer answer;

	ck_assert_int_eq(write(given[1], BAD, 4), 4);
	answer = run(given[0], 4);
	ck_assert_int_eq(answer.err, -EINVAL);
	ck_assert_uint_eq(answer.line, 1);
	free(answer.text);
}
END_TEST

START_TEST(what_cannot_be_read)
{
	auto_close int folder = open("/", O_RDONLY);
	struct answer answer = run(folder, 2);

	ck_assert_int_eq(answer.err, -EISDIR);
	ck_assert_uint_eq(answer.line, 1);
	free(answer.text);
}
END_TEST

START_TEST(what_cannot_be_written)
{
	FILE *full = fopen("/dev/full", "w");
	size_t workers = 2, line;
	struct line_jobs jobs = {
		.fd = given[0], .out = full, .line_bytes_max = LINE_MAX_BYTES, .fn = judge, .ctx = &workers, .workers = workers,
	};

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(write(given[1], "a\n", 2), 2);
	ck_assert_int_eq(line_jobs_run(&jobs, &line), -ENOSPC);
	ck_assert_uint_eq(line, 0);
	(void)fclose(full);
}
END_TEST

static Suite *make_line_jobs(void)
{
	Suite *suite = suite_create("roles: line jobs");
	TCase *tc = tcase_create("line jobs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, in_any_pieces, 0, (int)(ARRAY_SIZE(cases) * WAYS));
	tcase_add_loop_test(tc, many_lines_stay_in_order, 0, 5);
	tcase_add_test(tc, a_line_too_long);
	tcase_add_test(tc, an_error_ends_it);
	tcase_add_test(tc, what_cannot_be_read);
	tcase_add_test(tc, what_cannot_be_written);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_line_jobs)
