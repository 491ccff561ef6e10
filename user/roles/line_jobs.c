/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/line_jobs.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"

#define READ_BYTES (128u * 1024)

/* What the workers share. */
struct run {
	const struct line_jobs *jobs;

	pthread_mutex_t reading;	/* one reads at a time: the next three are its own */
	struct buffer rest;		/* the beginning of a line */
	size_t portions;		/* that were read */
	bool ended;

	pthread_mutex_t writing;	/* likewise */
	pthread_cond_t written_more;
	size_t written;			/* portions */
	size_t line_count;		/* of them */
	size_t line;			/* where it came to an end before the last; 0: nowhere */
	int err;

	int stop;			/* an eventfd: readable once nothing more is to be read */
};

struct worker {
	struct run *run;
	size_t number;
	struct buffer lines;
	struct line_portion portion;
};

bool line_next(struct slice *lines, struct slice *ret)
{
	const char *end = lines->len > 0 ? memchr(lines->ptr, '\n', lines->len) : NULL;

	*ret = (struct slice){ lines->ptr, end ? (size_t)(end + 1 - lines->ptr) : lines->len };
	lines->ptr += ret->len;
	lines->len -= ret->len;
	return ret->len > 0;
}

/* ---- reading ---- */

/* Waits until something can be read. False: nothing is to be read any more. */
static bool wait_for_bytes(const struct run *run)
{
	struct pollfd fds[] = { { .fd = run->jobs->fd, .events = POLLIN }, { .fd = run->stop, .events = POLLIN } };

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		;
	return fds[1].revents == 0;
}

/* Appends what is there. How many bytes; 0: the end; -errno. */
static ssize_t read_more(const struct run *run, struct buffer *to)
{
	int err = buffer_reserve(to, READ_BYTES);
	ssize_t n;

	if (err < 0)
		return err;
	do {
		if (!wait_for_bytes(run))
			return 0;
		n = read(run->jobs->fd, to->data + to->len, READ_BYTES);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	to->len += (size_t)n;
	return n;
}

/* What stands behind the last end of a line among the bytes from `from` on is kept for later. 1; 0: no line ends there;
 * -ENOMEM. */
static int keep_rest(struct run *run, struct buffer *lines, size_t from)
{
	const char *end = memrchr(lines->data + from, '\n', lines->len - from);
	size_t whole = end ? (size_t)(end + 1 - lines->data) : 0;
	int err;

	if (!end)
		return 0;
	err = buffer_append(&run->rest, lines->data + whole, lines->len - whole);
	lines->len = whole;
	return err < 0 ? err : 1;
}

/* Whole lines, at least one, or all that is left; nothing at the end. 0; -E2BIG: a line is too long; -errno. */
static int read_lines(struct run *run, struct buffer *lines)
{
	ssize_t n = 0;
	int kept = 0;

	lines->len = 0;
	n = buffer_append(lines, run->rest.data, run->rest.len);
	run->rest.len = 0;
	while (n >= 0 && kept == 0) {
		size_t from = lines->len;

		n = read_more(run, lines);
		if (n == 0)
			break;
		kept = n > 0 ? keep_rest(run, lines, from) : 0;
	}
	run->ended = n <= 0 || kept < 0;
	return n < 0 ? (int)n : kept < 0 ? kept : 0;
}

/* The number of the portion that it read. False: there is none. */
static bool take_portion(struct worker *worker, size_t *ret_number)
{
	struct run *run = worker->run;
	struct line_portion *portion = &worker->portion;
	bool taken = false;

	portion->out.len = portion->line_count = 0;
	portion->err = 0;
	(void)pthread_mutex_lock(&run->reading);
	if (!run->ended) {
		portion->err = read_lines(run, &worker->lines);
		portion->lines = buffer_slice(&worker->lines);
		taken = portion->err < 0 || portion->lines.len > 0;
		*ret_number = run->portions;
		run->portions += taken;
	}
	(void)pthread_mutex_unlock(&run->reading);
	return taken;
}

/* ---- writing ---- */

static void end(struct run *run, int err, size_t line)
{
	run->err = err;
	run->line = line;
	(void)eventfd_write(run->stop, 1);
}

/* In its turn; false: it is over. */
static bool give_portion(struct run *run, size_t number, const struct line_portion *portion)
{
	bool goes_on;

	(void)pthread_mutex_lock(&run->writing);
	while (run->written != number && run->err == 0)
		(void)pthread_cond_wait(&run->written_more, &run->writing);
	if (run->err == 0) {
		if (portion->out.len > 0)
			(void)fwrite(portion->out.data, 1, portion->out.len, run->jobs->out);
		run->line_count += portion->line_count;
		run->written++;
		if (fflush(run->jobs->out) != 0)
			end(run, -errno, 0);
		else if (portion->err < 0)
			end(run, portion->err, run->line_count + 1);
	}
	goes_on = run->err == 0;
	(void)pthread_cond_broadcast(&run->written_more);
	(void)pthread_mutex_unlock(&run->writing);
	return goes_on;
}

/* ---- workers ---- */

static void *work(void *arg)
{
	struct worker *worker = arg;
	const struct line_jobs *jobs = worker->run->jobs;
	bool goes_on = true;
	size_t number;

	worker->lines.limit = jobs->line_bytes_max + READ_BYTES;
	while (goes_on && take_portion(worker, &number)) {
		if (worker->portion.err == 0)
			jobs->fn(jobs->ctx, worker->number, &worker->portion);
		goes_on = give_portion(worker->run, number, &worker->portion);
	}
	buffer_done(&worker->lines);
	buffer_done(&worker->portion.out);
	return NULL;
}

static void work_together(struct run *run)
{
	struct worker workers[LINE_JOBS_MAX];
	pthread_t threads[LINE_JOBS_MAX];
	size_t started = 1;

	for (size_t i = 0; i < run->jobs->workers; i++)
		workers[i] = (struct worker){ .run = run, .number = i };
	/* Fewer do it as well. */
	while (started < run->jobs->workers && pthread_create(&threads[started], NULL, work, &workers[started]) == 0)
		started++;
	(void)work(&workers[0]);
	while (--started > 0)
		(void)pthread_join(threads[started], NULL);
}

int line_jobs_run(const struct line_jobs *jobs, size_t *ret_line)
{
	struct run run = {
		.jobs = jobs,
		.reading = PTHREAD_MUTEX_INITIALIZER,
		.writing = PTHREAD_MUTEX_INITIALIZER,
		.written_more = PTHREAD_COND_INITIALIZER,
		.stop = eventfd(0, EFD_CLOEXEC),
	};

	*ret_line = 0;
	if (run.stop < 0)
		return -errno;
	work_together(&run);
	buffer_done(&run.rest);
	(void)close(run.stop);
	*ret_line = run.line;
	return run.err;
}
