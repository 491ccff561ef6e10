/* SPDX-License-Identifier: Apache-2.0 */
/* Retries on a simulated clock, and the queue on disk cut at every byte. */
#include "notify/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "notify/journal.h"
#include "sample.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)

static struct outbox outbox;

static void setup(void)
{
	outbox_init(&outbox);
}

static void teardown(void)
{
	outbox_done(&outbox);
}

static void put(uint64_t number)
{
	struct outbox_item *item = calloc(1, sizeof(*item));

	ck_assert_ptr_nonnull(item);
	item->number = number;
	outbox_put(&outbox, item);
}

static uint64_t settle(enum outbox_result result, bool too_old, uint64_t retry_after, int64_t now, uint64_t random)
{
	struct outbox_item *item = outbox_settle(&outbox, result, too_old, retry_after, now, random);
	uint64_t number = item ? item->number : 0;

	free(item);
	return number;
}

START_TEST(order_stays)
{
	int64_t due;

	ck_assert_ptr_null(outbox_next(&outbox, 0, &due));
	ck_assert_int_eq(due, INT64_MAX);
	for (uint64_t i = 1; i <= 3; i++)
		put(i);
	ck_assert_uint_eq(outbox_next(&outbox, 0, &due)->number, 1);
	ck_assert_uint_eq(settle(OUTBOX_SENT, false, 0, 0, 0), 1);
	ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 0, 0, 0), 0);
	ck_assert_ptr_null(outbox_next(&outbox, 0, &due));
	ck_assert_uint_eq(outbox_next(&outbox, due, &due)->number, 2);
	ck_assert_uint_eq(settle(OUTBOX_REFUSED, false, 0, 0, 0), 2);
	ck_assert_uint_eq(outbox_next(&outbox, 0, &due)->number, 3);
	ck_assert_uint_eq(outbox.count, 1);
}
END_TEST

/* The place is down for an hour: nothing is lost, few attempts are made, and it is met soon after it comes back. */
START_TEST(down_for_an_hour)
{
	int64_t now = 0, due, up = 3600 * SECOND;
	unsigned attempts = 0;

	put(1);
	put(2);
	while (now < up) {
		if (!outbox_next(&outbox, now, &due)) {
			now = due;
			continue;
		}
		attempts++;
		ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 0, now, attempts * 2654435761u), 0);
	}
	ck_assert_uint_gt(attempts, 12);
	ck_assert_uint_lt(attempts, 40);
	ck_assert_int_le(now - up, (int64_t)OUTBOX_LAST_NS);
	ck_assert_uint_eq(outbox_next(&outbox, now, &due)->number, 1);
	ck_assert_uint_eq(settle(OUTBOX_SENT, false, 0, now, 0), 1);
	/* What waited behind it does not wait again. */
	ck_assert_uint_eq(outbox_next(&outbox, now, &due)->number, 2);
}
END_TEST

START_TEST(waits_grow_within_bounds)
{
	int64_t due, before = 0;

	put(1);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t whole = OUTBOX_FIRST_NS << (i < 9 ? i : 9);

		whole = whole < OUTBOX_LAST_NS ? whole : OUTBOX_LAST_NS;
		ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 0, before, 0x9e3779b97f4a7c15u * i), 0);
		(void)outbox_next(&outbox, before, &due);
		ck_assert_int_ge(due - before, (int64_t)(whole / 2));
		ck_assert_int_le(due - before, (int64_t)whole);
		before = due;
	}
}
END_TEST

START_TEST(what_the_place_asks_for_is_kept_to)
{
	int64_t due;

	put(1);
	ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 120 * NSEC_PER_SEC, 0, 0), 0);
	(void)outbox_next(&outbox, 0, &due);
	ck_assert_int_eq(due, 120 * SECOND);
	ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 86400 * NSEC_PER_SEC, 0, 0), 0);
	(void)outbox_next(&outbox, 0, &due);
	ck_assert_int_eq(due, (int64_t)OUTBOX_LAST_NS);
	ck_assert_uint_eq(settle(OUTBOX_RETRY, true, 0, 0, 0), 1);
}
END_TEST

/* A wrong key and a message that a filter dislikes look the same: neither loses all at once, nor holds up a day of others. */
START_TEST(what_is_denied_goes_in_the_end)
{
	int64_t now = 0;
	unsigned attempts = 0;

	put(1);
	put(2);
	while (settle(OUTBOX_DENIED, false, 0, now, 0) == 0) {
		(void)outbox_next(&outbox, now, &now);
		ck_assert_uint_eq(settle(OUTBOX_RETRY, false, 0, now, 0), 0);
		(void)outbox_next(&outbox, now, &now);
		ck_assert_uint_lt(++attempts, 100);
	}
	ck_assert_int_gt(now, 10 * 60 * SECOND);
	ck_assert_int_lt(now, 3 * 3600 * SECOND);
	ck_assert_uint_eq(settle(OUTBOX_DENIED, false, 0, now, 0), 0);
}
END_TEST

/* ---- a notice as a line ------------------------------------------------------------------------------- */

START_TEST(a_notice_comes_back_as_it_was)
{
	struct notice notice = sample_notice(), back;
	struct buffer line = { 0 };

	notice.value = 0.1;
	(void)strcpy(notice.note, "100 % = \xc3\xa4\n\x7f");
	ck_assert_int_eq(notice_encode(&notice, &line), 0);
	ck_assert_ptr_null(memchr(line.data, '\n', line.len));
	ck_assert_int_eq(notice_decode(buffer_slice(&line), &back), 0);
	ck_assert_mem_eq(&back, &notice, sizeof(notice));
	/* A later version's key is passed over. */
	ck_assert_int_eq(buffer_printf(&line, " colour=red"), 0);
	ck_assert_int_eq(notice_decode(buffer_slice(&line), &back), 0);
	ck_assert_mem_eq(&back, &notice, sizeof(notice));
	buffer_done(&line);
}
END_TEST

START_TEST(what_is_no_notice_is_refused)
{
	static const char *const bad[] = {
		"", "id", "id=a", "id=a alert_id=b kind=none", "id=a alert_id=b kind=drift value=x",
		"id=a alert_id=b kind=drift note=%", "id=a alert_id=b kind=drift note=%4", "id=a alert_id=b kind=drift note=%00",
		"id=a alert_id=b kind=drift samples=99999999999999999999", "id=a alert_id=b kind=drift state=flying",
	};
	struct notice notice;

	ck_assert_int_eq(notice_decode(slice_of(bad[_i]), &notice), -EBADMSG);
}
END_TEST

/* ---- the queue on disk -------------------------------------------------------------------------------- */

static char folder_name[] = "/tmp/promtap-notify-XXXXXX";
static int folder;
static char kept[64];	/* "NAME:NUMBER " of each live message */

static void make_folder(void)
{
	(void)strcpy(folder_name + sizeof(folder_name) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder_name));
	folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder, 0);
}

static void remove_folder(void)
{
	(void)unlinkat(folder, "q", 0);
	(void)unlinkat(folder, "q.new", 0);
	(void)close(folder);
	(void)rmdir(folder_name);
}

static size_t bytes_of[16];	/* of the messages by number */
static int64_t waited_ns;	/* the last of them, when it was read */
static int64_t now_ns;		/* of the run's clock */
static const char *open_id;	/* of messages that may be put again; null: of none */

static bool on_live(void *ctx, const struct journal_message *message)
{
	size_t len = strlen(kept);

	ck_assert_ptr_null(ctx);
	ck_assert_str_eq(message->notice->service, "shop");
	waited_ns = now_ns - message->since_ns;
	bytes_of[message->number & 15] = message->bytes;
	(void)snprintf(kept + len, sizeof(kept) - len, "%s:%u ", message->channel, (unsigned)message->number);
	return strcmp(message->channel, "gone") != 0;
}

static bool is_open(void *ctx, const char *id)
{
	ck_assert_ptr_null(ctx);
	return open_id && strcmp(id, open_id) == 0;
}

static int open_journal(size_t live_max, struct journal **ret)
{
	static const struct journal_asks asks = { NULL, on_live, is_open };

	return journal_open(folder, "q", live_max, now_ns, &asks, ret);
}

static struct journal *reopen(struct journal *journal)
{
	journal_close(journal);
	kept[0] = '\0';
	journal = NULL;
	ck_assert_int_eq(open_journal(1 << 20, &journal), 0);
	return journal;
}

static int put_to(struct journal *journal, const char *channel, uint64_t *ret_number)
{
	struct notice notice = sample_notice();
	struct journal_message message = { .channel = channel, .notice = &notice, .since_ns = now_ns };
	int err = journal_put(journal, &message);

	*ret_number = message.number;
	bytes_of[message.number & 15] = message.bytes;
	return err;
}

static uint64_t add(struct journal *journal, const char *channel)
{
	uint64_t number = 0;

	ck_assert_int_eq(put_to(journal, channel, &number), 0);
	return number;
}

static void drop(struct journal *journal, uint64_t number)
{
	journal_done(journal, number, bytes_of[number & 15]);
}

START_TEST(a_restart_loses_nothing)
{
	struct journal *journal = reopen(NULL);

	ck_assert_uint_eq(add(journal, "ops"), 1);
	ck_assert_uint_eq(add(journal, "mail"), 2);
	ck_assert_uint_eq(add(journal, "ops"), 3);
	drop(journal, 2);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:1 ops:3 ");
	ck_assert_uint_eq(add(journal, "gone"), 4);
	drop(journal, 1);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:3 gone:4 ");
	/* What nobody takes is not kept. */
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:3 ");
	drop(journal, 3);
	ck_assert_uint_eq(journal_live_bytes(journal), 0);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "");
	journal_close(journal);
}
END_TEST

static size_t read_queue(char *ret, size_t size)
{
	int fd = openat(folder, "q", O_RDONLY);
	ssize_t n = read(fd, ret, size);

	(void)close(fd);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

static void write_queue(const char *bytes, size_t len)
{
	int fd = openat(folder, "q", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

/* Torn at any byte: what stands before the tear is there, and nothing else. */
START_TEST(torn_at_every_byte)
{
	static char bytes[8192];
	struct journal *journal = reopen(NULL);
	size_t first, len;

	(void)add(journal, "ops");
	first = read_queue(bytes, sizeof(bytes));
	(void)add(journal, "mail");
	len = read_queue(bytes, sizeof(bytes));
	ck_assert_uint_lt(len, sizeof(bytes));
	for (size_t cut = 0; cut <= len; cut++) {
		const char *expected = cut < first ? "" : cut < len ? "ops:1 " : "ops:1 mail:2 ";

		write_queue(bytes, cut);
		journal = reopen(journal);
		ck_assert_msg(strcmp(kept, expected) == 0, "cut at %zu: %s", cut, kept);
		ck_assert_uint_eq(journal_damaged(journal), cut != 0 && cut != first && cut != len);
	}
	journal_close(journal);
}
END_TEST

/* A bit turned over: that line goes, the others stay. */
START_TEST(damaged_at_every_byte)
{
	static char bytes[8192];
	struct journal *journal = reopen(NULL);
	size_t first, len;

	(void)add(journal, "ops");
	first = read_queue(bytes, sizeof(bytes));
	(void)add(journal, "mail");
	len = read_queue(bytes, sizeof(bytes));
	for (size_t at = 0; at < len; at++) {
		bytes[at] = (char)(bytes[at] ^ 1);
		write_queue(bytes, len);
		bytes[at] = (char)(bytes[at] ^ 1);
		journal = reopen(journal);
		ck_assert_uint_ge(journal_damaged(journal), 1);
		if (at + 1 != first && at + 1 != len)
			ck_assert_msg(strcmp(kept, at < first ? "mail:2 " : "ops:1 ") == 0, "at %zu: %s", at, kept);
	}
	journal_close(journal);
}
END_TEST

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk takes half a line, and later there is room again. */
START_TEST(a_full_disk_costs_one_message)
{
	static char bytes[8192];
	struct journal *journal = reopen(NULL);
	uint64_t number;

	(void)add(journal, "ops");
	limit_files(read_queue(bytes, sizeof(bytes)) + 100);
	ck_assert_int_eq(put_to(journal, "mail", &number), -EFBIG);
	ck_assert_uint_eq(number, 2);
	limit_files(RLIM_INFINITY);
	ck_assert_uint_eq(add(journal, "ops"), 3);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:1 ops:3 ");
	ck_assert_uint_eq(journal_damaged(journal), 0);
	journal_close(journal);
}
END_TEST

/* A start with a full disk: what was told then is not told again after the next start. */
START_TEST(a_disk_that_is_full_at_the_start)
{
	struct journal *journal = reopen(NULL);

	(void)add(journal, "ops");
	(void)add(journal, "mail");
	limit_files(10);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:1 mail:2 ");
	limit_files(RLIM_INFINITY);
	drop(journal, 1);
	journal = reopen(journal);
	ck_assert_str_eq(kept, "mail:2 ");
	journal_close(journal);
}
END_TEST

/* The file of a higher limit is read, whatever the limit is now. */
START_TEST(a_lower_limit_takes_what_is_there)
{
	struct journal *journal = reopen(NULL);

	for (unsigned i = 0; i < 8; i++)
		(void)add(journal, "ops");
	journal_close(journal);
	kept[0] = '\0';
	ck_assert_int_eq(open_journal(1024, &journal), 0);
	ck_assert_str_eq(kept, "ops:1 ops:2 ops:3 ops:4 ops:5 ops:6 ops:7 ops:8 ");
	journal_close(journal);
}
END_TEST

START_TEST(the_file_does_not_grow)
{
	struct journal *journal = reopen(NULL);
	struct stat stat;

	for (unsigned i = 0; i < 4000; i++)
		drop(journal, add(journal, "ops"));
	ck_assert_int_eq(fstatat(folder, "q", &stat, 0), 0);
	ck_assert_int_lt(stat.st_size, 3 << 20);
	journal_close(journal);
}
END_TEST

START_TEST(bounded)
{
	struct journal *journal;
	uint64_t number;
	unsigned put_count = 0;

	ck_assert_int_eq(open_journal(4096, &journal), 0);
	while (put_to(journal, "ops", &number) == 0)
		put_count++;
	ck_assert_uint_gt(put_count, 2);
	ck_assert_uint_le(journal_live_bytes(journal), 4096);
	drop(journal, 1);
	ck_assert_int_eq(put_to(journal, "ops", &number), 0);
	journal_close(journal);
}
END_TEST

/* A message is as old as it was tried, over restarts too, whatever a wall clock says and however long nobody ran. */
START_TEST(age_is_time_that_passed_while_it_was_tried)
{
	struct journal *journal;

	now_ns = 5000;
	journal = reopen(NULL);
	(void)add(journal, "ops");
	now_ns += 1000;
	(void)add(journal, "mail");
	now_ns += 300;
	journal_mark(journal, now_ns);
	now_ns += 77;	/* that a crash takes */
	now_ns = 900000000;
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:1 mail:2 ");
	ck_assert_int_eq(waited_ns, 300);
	now_ns += 4000;
	journal_mark(journal, now_ns);
	now_ns = 3;
	journal = reopen(journal);
	ck_assert_int_eq(waited_ns, 4300);
	/* Nothing has happened in a run: none is older. */
	journal = reopen(journal);
	ck_assert_int_eq(waited_ns, 4300);
	journal_close(journal);
	now_ns = 0;
}
END_TEST

/* Of a former version, which wrote when it was made: all its messages begin anew but for what lies between them. */
START_TEST(times_of_a_wall_clock_are_taken_as_they_are)
{
	struct journal *journal;

	now_ns = 1750000000ll * 1000000000;
	journal = reopen(NULL);
	journal_close(journal);
	(void)unlinkat(folder, "q", 0);
	now_ns = 0;
	journal = reopen(NULL);
	now_ns = 1750000000ll * 1000000000;
	(void)add(journal, "ops");
	now_ns += 9;
	(void)add(journal, "ops");
	now_ns = 40;
	journal = reopen(journal);
	ck_assert_str_eq(kept, "ops:1 ops:2 ");
	ck_assert_int_eq(waited_ns, 0);
	now_ns += 60;
	journal_mark(journal, now_ns);
	now_ns = 1000;
	journal = reopen(journal);
	ck_assert_int_eq(waited_ns, 60);
	journal_close(journal);
	now_ns = 0;
}
END_TEST

/* What may be put again is known to have been there, as long as that may be, be it live, over, or long cut out. */
START_TEST(what_may_come_again_is_remembered)
{
	struct notice notice = sample_notice();
	struct journal *journal;

	open_id = notice.id;
	journal = reopen(NULL);
	ck_assert(!journal_had(journal, "ops", notice.id));
	drop(journal, add(journal, "ops"));
	(void)add(journal, "mail");
	for (unsigned i = 0; i < 3; i++) {
		journal = reopen(journal);
		ck_assert_str_eq(kept, "mail:2 ");
		ck_assert(journal_had(journal, "ops", notice.id));
		ck_assert(journal_had(journal, "mail", notice.id));
		ck_assert(!journal_had(journal, "pager", notice.id));
		ck_assert(!journal_had(journal, "ops", "other-firing1"));
	}
	drop(journal, 2);
	/* Also where the file is written anew meanwhile. */
	for (unsigned i = 0; i < 4000; i++)
		drop(journal, add(journal, "pager"));
	journal = reopen(journal);
	ck_assert_str_eq(kept, "");
	ck_assert(journal_had(journal, "ops", notice.id) && journal_had(journal, "mail", notice.id));
	open_id = NULL;
	journal = reopen(journal);
	ck_assert(!journal_had(journal, "ops", notice.id));
	open_id = notice.id;
	journal = reopen(journal);
	ck_assert(!journal_had(journal, "ops", notice.id));
	journal_close(journal);
	open_id = NULL;
}
END_TEST

static Suite *make_outbox(void)
{
	Suite *suite = suite_create("notify: queue");
	TCase *waiting = tcase_create("outbox"), *lines = tcase_create("notices"), *disk = tcase_create("journal");

	tcase_add_checked_fixture(waiting, setup, teardown);
	tcase_add_test(waiting, order_stays);
	tcase_add_test(waiting, down_for_an_hour);
	tcase_add_test(waiting, waits_grow_within_bounds);
	tcase_add_test(waiting, what_the_place_asks_for_is_kept_to);
	tcase_add_test(waiting, what_is_denied_goes_in_the_end);
	suite_add_tcase(suite, waiting);
	tcase_add_test(lines, a_notice_comes_back_as_it_was);
	tcase_add_loop_test(lines, what_is_no_notice_is_refused, 0, 10);
	suite_add_tcase(suite, lines);
	tcase_add_checked_fixture(disk, make_folder, remove_folder);
	tcase_set_timeout(disk, 120);
	tcase_add_test(disk, a_restart_loses_nothing);
	tcase_add_test(disk, age_is_time_that_passed_while_it_was_tried);
	tcase_add_test(disk, times_of_a_wall_clock_are_taken_as_they_are);
	tcase_add_test(disk, what_may_come_again_is_remembered);
	tcase_add_test(disk, torn_at_every_byte);
	tcase_add_test(disk, damaged_at_every_byte);
	tcase_add_test(disk, a_full_disk_costs_one_message);
	tcase_add_test(disk, a_disk_that_is_full_at_the_start);
	tcase_add_test(disk, a_lower_limit_takes_what_is_there);
	tcase_add_test(disk, the_file_does_not_grow);
	tcase_add_test(disk, bounded);
	suite_add_tcase(suite, disk);
	return suite;
}
UNIT_SUITE(make_outbox)
