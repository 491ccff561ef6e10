/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to fds that are full, slow or gone: whole lines, in order, or counted. */
#include "export/lines.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unit.h"

static const struct metric_desc lost_desc = { .name = "lost_total", .help = "Lost", .type = METRIC_COUNTER };

static struct metrics *metrics;
static struct metric_series *lost;
static struct lines lines;

static void setup(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	metrics = metrics_new(1 << 20);
	lost = metric_get(metrics_family(metrics, &lost_desc), NULL);
}

static void teardown(void)
{
	metrics_free(metrics);
}

static uint64_t lost_count(void)
{
	struct metric_value value;

	metric_read(lost, &value);
	return value.count;
}

/* "line 7 xxx...\n", of `len` bytes. */
static void put_numbered(int number, size_t len)
{
	char *text = malloc(len + 1);
	int n = snprintf(text, len, "line %d ", number);

	ck_assert_int_lt(n, (int)len);
	memset(text + n, 'x', len - (size_t)n - 1);
	text[len - 1] = '\n';
	lines_put(&lines, (struct slice){ text, len });
	free(text);
}

/* Reads what is there; adds it to the text so far. */
static void drain(int fd, struct buffer *text)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(buffer_append(text, bytes, (size_t)n), 0);
}

/* All lines of `text` are whole and rise; returns how many there are. */
static int check_lines(const struct buffer *text, size_t len)
{
	int count = 0, last = -1;

	ck_assert_uint_eq(text->len % len, 0);
	for (size_t at = 0; at < text->len; at += len, count++) {
		int number;

		ck_assert_int_eq(sscanf(text->data + at, "line %d ", &number), 1);
		ck_assert_int_gt(number, last);
		ck_assert_int_eq(text->data[at + len - 1], '\n');
		ck_assert_ptr_eq(memchr(text->data + at, '\n', len), text->data + at + len - 1);
		last = number;
	}
	return count;
}

static void make_pipe(int ends[2])
{
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
}

/* The pipe blocks, nobody reads: the writer must not. */
static void fill_a_pipe(size_t len, int flags)
{
	enum { COUNT = 4000 };
	struct buffer text = { 0 };
	int ends[2], got;

	make_pipe(ends);
	ck_assert_int_ge(fcntl(ends[1], F_SETFL, flags), 0);
	lines_init(&lines, ends[1], lost);
	for (int i = 0; i < COUNT; i++)
		put_numbered(i, len);
	ck_assert(lines_flush(&lines));
	ck_assert_uint_gt(lost_count(), 0);
	do {
		drain(ends[0], &text);
	} while (lines_flush(&lines));
	drain(ends[0], &text);
	got = check_lines(&text, len);
	ck_assert_uint_eq((uint64_t)got + lost_count(), COUNT);
	ck_assert_int_gt(got, 1000000 / (int)len);
	/* And it goes on. */
	put_numbered(COUNT, len);
	drain(ends[0], &text);
	ck_assert_int_eq(check_lines(&text, len), got + 1);
	lines_done(&lines, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	buffer_done(&text);
}

START_TEST(a_full_pipe_holds_nobody_up)
{
	fill_a_pipe(1000, 0);
}
END_TEST

START_TEST(a_full_nonblocking_pipe_too)
{
	fill_a_pipe(1000, O_NONBLOCK);
}
END_TEST

/* Longer than what a pipe takes in one piece. */
START_TEST(long_lines_stay_whole)
{
	fill_a_pipe(9000, 0);
}
END_TEST

START_TEST(a_full_socket_holds_nobody_up)
{
	struct buffer text = { 0 };
	int ends[2], got;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_ge(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	lines_init(&lines, ends[1], lost);
	for (int i = 0; i < 3000; i++)
		put_numbered(i, 1000);
	do {
		drain(ends[0], &text);
	} while (lines_flush(&lines));
	drain(ends[0], &text);
	got = check_lines(&text, 1000);
	ck_assert_uint_eq((uint64_t)got + lost_count(), 3000);
	lines_done(&lines, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	buffer_done(&text);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_counts_them)
{
	auto_close int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	lines_init(&lines, fd, lost);
	for (int i = 0; i < 5; i++)
		put_numbered(i, 100);
	ck_assert_uint_eq(lost_count(), 5);
	ck_assert(!lines_flush(&lines));
	lines_done(&lines, 0);
}
END_TEST

/* The disk fills up in the middle of a line, then has room again. No assertion
 * while the limit stands: Check notes each in a file. */
START_TEST(a_short_write_is_finished_later)
{
	struct rlimit limit, small;
	struct buffer text = { 0 };
	char line[2][101];
	FILE *file = tmpfile();
	off_t len;
	bool held_back;

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ 150, limit.rlim_max };
	for (int i = 0; i < 2; i++)
		(void)snprintf(line[i], sizeof(line[i]), "line %d %092d\n", i + 1, 0);
	lines_init(&lines, fileno(file), lost);
	put_numbered(0, 100);
	(void)setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 2; i++)
		lines_put(&lines, (struct slice){ line[i], 100 });
	held_back = lines_flush(&lines);
	len = lseek(fileno(file), 0, SEEK_END);
	(void)setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert(held_back);
	ck_assert_int_eq(len, 150);
	ck_assert(!lines_flush(&lines));
	ck_assert_uint_eq(lost_count(), 0);
	ck_assert_int_eq(lseek(fileno(file), 0, SEEK_SET), 0);
	drain(fileno(file), &text);
	ck_assert_int_eq(check_lines(&text, 100), 3);
	lines_done(&lines, 0);
	buffer_done(&text);
	(void)fclose(file);
}
END_TEST

START_TEST(a_reader_that_is_gone_loses_all)
{
	int ends[2];

	make_pipe(ends);
	lines_init(&lines, ends[1], lost);
	put_numbered(0, 100);
	(void)close(ends[0]);
	put_numbered(1, 100);
	put_numbered(2, 100);
	ck_assert_uint_eq(lost_count(), 2);
	ck_assert(!lines_flush(&lines));
	lines_done(&lines, 0);
	(void)close(ends[1]);
}
END_TEST

/* Nobody will ever take the rest of a line that was begun: nothing waits for it. */
START_TEST(a_reader_that_leaves_in_a_line_holds_nothing_back)
{
	int ends[2];

	make_pipe(ends);
	lines_init(&lines, ends[1], lost);
	for (int i = 0; i < 20; i++)
		put_numbered(i, 9000);
	ck_assert(lines.begun);
	(void)close(ends[0]);
	ck_assert(!lines_flush(&lines));
	ck_assert_uint_ge(lost_count(), 20 - 65536 / 9000);
	lines_done(&lines, 0);
	(void)close(ends[1]);
}
END_TEST

START_TEST(what_is_held_back_at_the_end_is_counted)
{
	struct buffer text = { 0 };
	int ends[2];

	make_pipe(ends);
	lines_init(&lines, ends[1], lost);
	for (int i = 0; i < 200; i++)
		put_numbered(i, 1000);
	ck_assert_uint_eq(lost_count(), 0);
	lines_done(&lines, 0);
	(void)close(ends[1]);
	drain(ends[0], &text);
	/* The last one may be torn: the pipe ends in it. */
	ck_assert_uint_eq(text.len / 1000 + lost_count(), 200);
	(void)close(ends[0]);
	buffer_done(&text);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("lines");
	TCase *tcase = tcase_create("fds");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_full_pipe_holds_nobody_up);
	tcase_add_test(tcase, a_full_nonblocking_pipe_too);
	tcase_add_test(tcase, long_lines_stay_whole);
	tcase_add_test(tcase, a_full_socket_holds_nobody_up);
	tcase_add_test(tcase, a_full_disk_loses_lines_and_counts_them);
	tcase_add_test(tcase, a_short_write_is_finished_later);
	tcase_add_test(tcase, a_reader_that_is_gone_loses_all);
	tcase_add_test(tcase, a_reader_that_leaves_in_a_line_holds_nothing_back);
	tcase_add_test(tcase, what_is_held_back_at_the_end_is_counted);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_SUITE(make)
