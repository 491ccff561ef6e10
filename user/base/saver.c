/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread, one content that waits. The file is complete and on the disk under
 * another name before it takes the place of the old one (rename(2) is atomic);
 * syncing the folder makes the new name last (fsync(2)).
 */
#include "base/saver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"

#define RETRY_FIRST_NS NSEC_PER_SEC
#define RETRY_MOST_NS (60 * NSEC_PER_SEC)

struct saver {
	int folder;			/* owned */
	char *name, *new_name;		/* owned */
	pthread_t thread;
	pthread_mutex_t lock;		/* of all below */
	pthread_cond_t changed;
	struct buffer waiting;
	uint64_t number;		/* of what is waiting, or under way */
	bool is_waiting;
	uint64_t puts;			/* contents that came */
	bool stop;			/* write what is waiting, once, and end */
	bool ended;			/* the thread is done with everything but `lock` */
	bool abandoned;			/* the thread frees */
	struct saver_state state;
};

/* ---- the file ---- */

static int write_new(const struct saver *saver, struct slice bytes)
{
	int fd = openat(saver->folder, saver->new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			S_IRUSR | S_IWUSR);
	int err;

	if (fd < 0)
		return -errno;
	err = file_write(fd, bytes);
	if (err == 0 && fsync(fd) < 0)
		err = -errno;
	/* Some file systems say only now that there was no room. */
	if (close(fd) < 0 && err == 0)
		err = -errno;
	return err;
}

static int replace(const struct saver *saver, struct slice bytes)
{
	int err = write_new(saver, bytes);

	if (err == 0 && renameat(saver->folder, saver->new_name, saver->folder, saver->name) < 0)
		err = -errno;
	if (err < 0)
		(void)unlinkat(saver->folder, saver->new_name, 0);
	else if (fsync(saver->folder) < 0 && errno != EINVAL)	/* EINVAL: it cannot, and need not, be synced */
		err = -errno;
	return err;
}

int saver_load(int folder, const char *name, size_t max_bytes, struct buffer *out)
{
	auto_close int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : file_read_fd(fd, max_bytes, out);
}

/* ---- the thread ---- */

static void destroy(struct saver *saver)
{
	if (saver->folder >= 0)
		(void)close(saver->folder);
	(void)pthread_mutex_destroy(&saver->lock);
	(void)pthread_cond_destroy(&saver->changed);
	buffer_done(&saver->waiting);
	free(saver->name);
	free(saver->new_name);
	free(saver);
}

static struct timespec in_future(uint64_t ns)
{
	uint64_t then = clock_monotonic_ns() + ns;

	return (struct timespec){ (time_t)(then / NSEC_PER_SEC), (long)(then % NSEC_PER_SEC) };
}

/* Puts back what could not be written, unless something newer came. */
static void put_back(struct saver *saver, struct buffer *content)
{
	if (saver->is_waiting)
		return;
	saver->waiting = *content;
	saver->is_waiting = true;
	*content = (struct buffer){ .data = NULL };
}

/* Under the lock, which it gives up while it writes. */
static int write_waiting(struct saver *saver)
{
	struct buffer content = saver->waiting;
	uint64_t number = saver->number;
	int err;

	saver->waiting = (struct buffer){ .data = NULL };
	saver->is_waiting = false;
	(void)pthread_mutex_unlock(&saver->lock);
	err = replace(saver, buffer_slice(&content));
	(void)pthread_mutex_lock(&saver->lock);
	saver->state.error = err;
	if (err == 0) {
		saver->state.written++;
		saver->state.number = number;
	} else {
		saver->state.failed++;
		put_back(saver, &content);
	}
	buffer_done(&content);
	return err;
}

/* Until there is something new, or it is time to try again. */
static void pause_after_failure(struct saver *saver, uint64_t ns)
{
	struct timespec until = in_future(ns);
	uint64_t puts = saver->puts;
	int err = 0;

	while (err == 0 && !saver->stop && saver->puts == puts)
		err = pthread_cond_timedwait(&saver->changed, &saver->lock, &until);
}

static void serve(struct saver *saver)
{
	uint64_t retry_ns = RETRY_FIRST_NS;

	while (!saver->stop) {
		if (!saver->is_waiting) {
			(void)pthread_cond_wait(&saver->changed, &saver->lock);
		} else if (write_waiting(saver) == 0) {
			retry_ns = RETRY_FIRST_NS;
		} else {
			pause_after_failure(saver, retry_ns);
			retry_ns = retry_ns < RETRY_MOST_NS / 2 ? retry_ns * 2 : RETRY_MOST_NS;
		}
	}
	if (saver->is_waiting)
		(void)write_waiting(saver);
}

static void *run(void *arg)
{
	struct saver *saver = arg;
	bool abandoned;

	(void)pthread_mutex_lock(&saver->lock);
	serve(saver);
	saver->ended = true;
	abandoned = saver->abandoned;
	(void)pthread_cond_broadcast(&saver->changed);
	(void)pthread_mutex_unlock(&saver->lock);
	if (abandoned)
		destroy(saver);
	return NULL;
}

/* Signals are for others: SIGXFSZ, which a limit of file sizes raises, becomes an error of write(2) when blocked. */
static int start(struct saver *saver)
{
	sigset_t all, before;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&saver->thread, NULL, run, saver);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

/* ---- the caller's side ---- */

static int init_locks(struct saver *saver)
{
	pthread_condattr_t attributes;
	int err = pthread_mutex_init(&saver->lock, NULL);

	if (err == 0)
		err = pthread_condattr_init(&attributes);
	if (err == 0)
		err = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (err == 0)
		err = pthread_cond_init(&saver->changed, &attributes);
	return -err;
}

struct saver *saver_new(int folder, const char *name)
{
	struct saver *saver = calloc(1, sizeof(*saver));

	if (!saver || init_locks(saver) < 0) {
		free(saver);
		return NULL;
	}
	saver->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	saver->name = strdup(name);
	if (asprintf(&saver->new_name, "%s.new", name) < 0)
		saver->new_name = NULL;
	if (saver->folder < 0 || !saver->name || !saver->new_name || start(saver) < 0) {
		destroy(saver);
		return NULL;
	}
	return saver;
}

void saver_free(struct saver *saver, int timeout_ms)
{
	struct timespec until;
	bool ended;
	int err = 0;

	if (!saver)
		return;
	until = in_future((uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * NSEC_PER_MSEC);
	(void)pthread_mutex_lock(&saver->lock);
	saver->stop = true;
	(void)pthread_cond_broadcast(&saver->changed);
	while (!saver->ended && err == 0)
		err = pthread_cond_timedwait(&saver->changed, &saver->lock, &until);
	ended = saver->ended;
	saver->abandoned = !ended;
	if (!ended)
		(void)pthread_detach(saver->thread);
	(void)pthread_mutex_unlock(&saver->lock);
	if (ended) {
		(void)pthread_join(saver->thread, NULL);
		destroy(saver);
	}
}

void saver_put(struct saver *saver, struct buffer *content, uint64_t number)
{
	(void)pthread_mutex_lock(&saver->lock);
	buffer_done(&saver->waiting);
	saver->waiting = *content;
	saver->is_waiting = true;
	saver->number = number;
	saver->puts++;
	(void)pthread_cond_broadcast(&saver->changed);
	(void)pthread_mutex_unlock(&saver->lock);
	*content = (struct buffer){ .limit = content->limit };
}

void saver_read(struct saver *saver, struct saver_state *ret)
{
	(void)pthread_mutex_lock(&saver->lock);
	*ret = saver->state;
	(void)pthread_mutex_unlock(&saver->lock);
}
