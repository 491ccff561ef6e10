/* SPDX-License-Identifier: Apache-2.0 */
/* From the state's file into the queue: held until it is on disk, put once whatever a crash left of either file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "notify/news.h"
#include "notify/notify.h"
#include "notify/sender.h"
#include "sample.h"
#include "unit.h"

#define NOBODY "http://127.0.0.1:1/hook"	/* refuses at once */
#define PATIENCE_MS 20000

static char folder_name[64];
static int folder;
static struct notify *notify;
static struct buffer state;	/* what the state's file would hold */

static void setup(void)
{
	/* Of a disk a thousand files take a minute. */
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)snprintf(folder_name, sizeof(folder_name), "%s/promtap-news-XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(folder_name));
	folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder, 0);
}

static void teardown(void)
{
	buffer_done(&state);
	(void)unlinkat(folder, "notify.queue", 0);
	(void)unlinkat(folder, "notify.queue.new", 0);
	(void)close(folder);
	(void)rmdir(folder_name);
}

static void begin(void)
{
	ck_assert_int_eq(notify_new(sample_config(CHANNEL_WEBHOOK, NOBODY), folder, buffer_slice(&state), NULL, &notify), 0);
}

static struct alert alert_of(char letter)
{
	struct alert alert = sample_alert();

	alert.id[0] = letter;
	return alert;
}

static void happens(char letter)
{
	struct alert alert = alert_of(letter);

	notify_alert(notify, &alert);
}

static void save(uint64_t number)
{
	state.len = 0;
	ck_assert_int_eq(notify_save(notify, number, &state), 0);
}

static unsigned saved_lines(void)
{
	unsigned lines = 0;

	for (size_t i = 0; i < state.len; i++)
		lines += state.data[i] == '\n';
	return lines;
}

static size_t waiting(void)
{
	size_t count;

	(void)pthread_mutex_lock(&notify->lock);
	count = notify->messages;
	(void)pthread_mutex_unlock(&notify->lock);
	return count;
}

static void wait_for_journal(void)
{
	for (int waited = 0; waited < PATIENCE_MS && !notify_wants_save(notify); waited++)
		(void)nanosleep(&(struct timespec){ .tv_nsec = NSEC_PER_MSEC }, NULL);
	ck_assert(notify_wants_save(notify));
}

START_TEST(nothing_goes_before_the_state_that_has_it)
{
	begin();
	happens('a');
	ck_assert_uint_eq(waiting(), 0);
	notify_saved(notify, 100);	/* of before it happened */
	ck_assert_uint_eq(waiting(), 0);
	save(1);
	ck_assert_uint_eq(saved_lines(), 1);
	happens('b');
	save(2);
	ck_assert_uint_eq(saved_lines(), 2);
	notify_saved(notify, 1);
	ck_assert_uint_eq(waiting(), 1);
	notify_saved(notify, 2);
	ck_assert_uint_eq(waiting(), 2);
	/* A disk that fails keeps nothing back. */
	happens('c');
	notify_release(notify);
	ck_assert_uint_eq(waiting(), 3);
	notify_free(notify, 0);
}
END_TEST

START_TEST(what_the_queue_has_leaves_the_state)
{
	begin();
	happens('a');
	save(1);
	ck_assert(!notify_wants_save(notify));
	notify_saved(notify, 1);
	wait_for_journal();
	save(2);
	ck_assert_uint_eq(saved_lines(), 0);
	ck_assert(!notify_wants_save(notify));
	/* Until that is on disk it may be put again. */
	ck_assert(news_has(&notify->news, "a123456789abcdef0123456789abcdef-firing1"));
	notify_saved(notify, 1);
	ck_assert(news_has(&notify->news, "a123456789abcdef0123456789abcdef-firing1"));
	notify_saved(notify, 2);
	ck_assert(!news_has(&notify->news, "a123456789abcdef0123456789abcdef-firing1"));
	notify_free(notify, 0);
}
END_TEST

static size_t read_queue(char *ret, size_t size)
{
	int fd = openat(folder, "notify.queue", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, ret, size);

	(void)close(fd);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

static void write_queue(const char *bytes, size_t len)
{
	int fd = openat(folder, "notify.queue", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

/* The state has both, the queue was cut anywhere: each waits once. */
START_TEST(a_queue_that_was_cut_at_any_byte)
{
	static char bytes[16384];
	size_t len;

	begin();
	happens('a');
	happens('b');
	save(1);
	notify_saved(notify, 1);
	wait_for_journal();
	notify_free(notify, 0);
	len = read_queue(bytes, sizeof(bytes));
	ck_assert_uint_gt(len, 500);
	for (size_t cut = 0; cut <= len; cut++) {
		write_queue(bytes, cut);
		begin();
		ck_assert_msg(waiting() == 2, "cut at %zu: %zu wait", cut, waiting());
		notify_free(notify, 0);
	}
}
END_TEST

/* Lines that are none cost nothing but themselves. */
START_TEST(lines_that_are_none)
{
	static const char text[] = "\nid=x\nnonsense\nid=a alert_id=a kind=drift severity=critical state=firing\n\xff\n";

	ck_assert_int_eq(buffer_append(&state, text, sizeof(text) - 1), 0);
	begin();
	ck_assert_uint_eq(waiting(), 1);
	notify_free(notify, 0);
}
END_TEST

/* What finds no room in the state goes into the queue without it. */
START_TEST(a_storm)
{
	struct notify_config *config = sample_config(CHANNEL_WEBHOOK, NOBODY);
	struct alert alert = sample_alert();

	config->queue_bytes = 64 << 20;
	ck_assert_int_eq(notify_new(config, folder, buffer_slice(&state), NULL, &notify), 0);
	for (unsigned i = 0; i < NEWS_MAX + 100; i++) {
		(void)snprintf(alert.id, sizeof(alert.id), "%032x", i);
		notify_alert(notify, &alert);
	}
	ck_assert_uint_ge(waiting(), 90);
	save(1);
	ck_assert_uint_eq(saved_lines(), NEWS_MAX);
	notify_saved(notify, 1);
	ck_assert_uint_ge(waiting(), NEWS_MAX + 90);
	notify_free(notify, 0);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("notify: news");
	TCase *tcase = tcase_create("news");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, nothing_goes_before_the_state_that_has_it);
	tcase_add_test(tcase, what_the_queue_has_leaves_the_state);
	tcase_add_test(tcase, a_queue_that_was_cut_at_any_byte);
	tcase_add_test(tcase, lines_that_are_none);
	tcase_add_test(tcase, a_storm);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
