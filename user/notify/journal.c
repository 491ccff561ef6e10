/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"

#define SLACK_BYTES (1u << 20)	/* of what is done with, before the file is written anew */
#define FILE_BYTES_MAX (4ul << 30)	/* more than the highest limit, and what is done with, may come to */
#define CRC_BYTES 9		/* a space and 8 digits */

struct journal {
	int folder;		/* borrowed; -1: nothing is kept */
	int fd;			/* -1: likewise */
	char *name, *new_name;	/* owned */
	size_t live_max, live, file_bytes;
	size_t rewrite_from;	/* bytes of the file at which writing it anew is tried */
	uint64_t next_number, damaged;
};

/* ---- lines -------------------------------------------------------------------------------------------- */

static unsigned long crc_of(struct slice text)
{
	return crc32(crc32(0, NULL, 0), (const unsigned char *)text.ptr, (unsigned)text.len);
}

static int end_line(struct buffer *out, size_t from)
{
	struct slice line = { out->data + from, out->len - from };

	return buffer_printf(out, " %08lx\n", crc_of(line));
}

static int put_line(struct buffer *out, const char *channel, uint64_t number, int64_t created_unix_ns,
		    const struct notice *notice)
{
	size_t from = out->len;
	int err = buffer_printf(out, "+ %" PRIu64 " %" PRId64 " %s ", number, created_unix_ns, channel);

	if (err == 0)
		err = notice_encode(notice, out);
	return err == 0 ? end_line(out, from) : err;
}

struct line {
	bool is_put;
	uint64_t number;
	int64_t created_unix_ns;
	char channel[64];
	struct slice whole;	/* with its line feed */
	struct slice notice;
};

static bool crc_ok(struct slice text)
{
	char digits[CRC_BYTES], *end;

	if (text.len <= CRC_BYTES || text.ptr[text.len - CRC_BYTES] != ' ')
		return false;
	memcpy(digits, text.ptr + text.len - 8, 8);
	digits[8] = '\0';
	return strtoul(digits, &end, 16) == crc_of((struct slice){ text.ptr, text.len - CRC_BYTES }) && !*end;
}

static struct slice next_word(struct slice *rest)
{
	const char *space = rest->len > 0 ? memchr(rest->ptr, ' ', rest->len) : NULL;
	struct slice word = { rest->ptr, space ? (size_t)(space - rest->ptr) : rest->len };
	size_t skip = word.len + (space ? 1 : 0);

	rest->ptr += skip;
	rest->len -= skip;
	return word;
}

static bool number_of(struct slice word, int64_t *ret)
{
	char text[24], *end;

	if (word.len == 0 || !slice_copy(text, sizeof(text), word))
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool parse_line(struct slice text, struct line *ret)
{
	struct slice rest = { text.ptr, text.len - CRC_BYTES }, kind;
	int64_t number;

	kind = next_word(&rest);
	if (!number_of(next_word(&rest), &number) || number < 0)
		return false;
	ret->number = (uint64_t)number;
	ret->is_put = slice_eq(kind, SLICE("+"));
	if (!ret->is_put)
		return slice_eq(kind, SLICE("-")) && rest.len == 0;
	if (!number_of(next_word(&rest), &ret->created_unix_ns) ||
	    !slice_copy(ret->channel, sizeof(ret->channel), next_word(&rest)))
		return false;
	ret->notice = rest;
	return true;
}

/* The next line that is whole, of those from *at on. A last one without its end was torn. */
static bool next_line(struct journal *journal, struct slice file, size_t *at, struct line *ret)
{
	while (*at < file.len) {
		const char *begin = file.ptr + *at, *end = memchr(begin, '\n', file.len - *at);
		struct slice text = { begin, end ? (size_t)(end - begin) : file.len - *at };

		*at += text.len + (end ? 1 : 0);
		ret->whole = (struct slice){ begin, text.len + 1 };
		if (end && crc_ok(text) && parse_line(text, ret))
			return true;
		journal->damaged++;
	}
	return false;
}

/* ---- the file ----------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of what is over, sorted. Null: none, or out of memory. */
static uint64_t *read_done(struct journal *journal, struct slice file, size_t *ret_count)
{
	struct buffer numbers = { 0 };
	struct line line;
	size_t at = 0;

	while (next_line(journal, file, &at, &line))
		if (!line.is_put && buffer_append(&numbers, &line.number, sizeof(line.number)) < 0)
			break;
	*ret_count = numbers.len / sizeof(uint64_t);
	if (*ret_count > 0)
		qsort(numbers.data, *ret_count, sizeof(uint64_t), by_number);
	return (uint64_t *)(void *)numbers.data;
}

static int load(struct journal *journal, struct buffer *out)
{
	auto_close int fd = openat(journal->folder, journal->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/* It may be of a higher limit. */
	return file_read_fd(fd, FILE_BYTES_MAX, out);
}

static int write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* The old or the new file, whatever happens. The journal goes on with the new one. */
static int replace(struct journal *journal, struct slice content)
{
	auto_close int fd = openat(journal->folder, journal->new_name,
				   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : write_all(fd, content);

	if (err == 0 && (fsync(fd) < 0 || renameat(journal->folder, journal->new_name, journal->folder, journal->name) < 0))
		err = -errno;
	if (err < 0)
		return err;
	(void)fsync(journal->folder);
	close_fd(&journal->fd);
	journal->fd = take_fd(&fd);
	journal->file_bytes = content.len;
	return 0;
}

/* A disk that is full takes no new file; in the old one it can still be noted what is over. A torn end is cut off. */
static int keep_old(struct journal *journal, struct slice file)
{
	const char *end = file.len > 0 ? memrchr(file.ptr, '\n', file.len) : NULL;
	auto_close int fd = openat(journal->folder, journal->name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);

	journal->file_bytes = end ? (size_t)(end + 1 - file.ptr) : 0;
	if (fd < 0 || ftruncate(fd, (off_t)journal->file_bytes) < 0)
		return -errno;
	journal->fd = take_fd(&fd);
	return 0;
}

/* Reads the file, gives what is live to `fn` (null: nobody), and writes that alone. */
static int rewrite(struct journal *journal, journal_fn fn, void *ctx)
{
	struct buffer file = { 0 }, content = { 0 };
	uint64_t damaged = journal->damaged;
	struct notice notice;
	uint64_t *done = NULL;
	size_t count = 0, at = 0;
	struct line line;
	int err = load(journal, &file);

	if (err == 0)
		done = read_done(journal, buffer_slice(&file), &count);
	journal->damaged = damaged;	/* the second pass counts them */
	while (err == 0 && next_line(journal, buffer_slice(&file), &at, &line)) {
		if (line.number >= journal->next_number)
			journal->next_number = line.number + 1;
		if (!line.is_put || (done && bsearch(&line.number, done, count, sizeof(*done), by_number)))
			continue;
		if (fn && notice_decode(line.notice, &notice) < 0) {
			journal->damaged++;
			continue;
		}
		if (fn && !fn(ctx, line.channel, line.number, line.created_unix_ns, &notice))
			continue;
		journal->live += fn ? line.whole.len : 0;
		err = buffer_append(&content, line.whole.ptr, line.whole.len);
	}
	if (!fn)
		journal->damaged = damaged;
	if (err == 0)
		err = replace(journal, buffer_slice(&content));
	if (err < 0 && err != -ENOMEM && fn && file.len > 0 && keep_old(journal, buffer_slice(&file)) == 0)
		err = 0;
	free(done);
	buffer_done(&file);
	buffer_done(&content);
	return err;
}

int journal_open(int folder, const char *name, size_t live_max, journal_fn fn, void *ctx, struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int err = 0;

	if (!journal)
		return -ENOMEM;
	*journal = (struct journal){ .folder = folder, .fd = -1, .live_max = live_max, .next_number = 1 };
	journal->name = strdup(name);
	if (!journal->name || asprintf(&journal->new_name, "%s.new", name) < 0) {
		journal_close(journal);
		return -ENOMEM;
	}
	*ret = journal;
	if (folder < 0)
		return 0;
	err = rewrite(journal, fn, ctx);
	if (err < 0)
		log_error("notifications that wait cannot be kept on disk: %s: %s", name, strerror(-err));
	return err;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close_fd(&journal->fd);
	free(journal->name);
	free(journal->new_name);
	free(journal);
}

/* Half a line would take the next one with it. */
static void cut_off(struct journal *journal)
{
	if (ftruncate(journal->fd, (off_t)journal->file_bytes) == 0)
		return;
	log_error("notifications are no longer kept on disk: %s", strerror(errno));
	close_fd(&journal->fd);
	journal->fd = -1;
}

static int append(struct journal *journal, struct slice line, bool sync)
{
	int err;

	if (journal->fd < 0)
		return 0;
	err = write_all(journal->fd, line);
	if (err == 0 && sync && fdatasync(journal->fd) < 0)
		err = -errno;
	if (err == 0) {
		journal->file_bytes += line.len;
		return 0;
	}
	log_limited(LOG_ERROR, 60, "a notification cannot be kept on disk: %s", strerror(-err));
	cut_off(journal);
	return err;
}

int journal_put(struct journal *journal, const char *channel, int64_t created_unix_ns, const struct notice *notice,
		uint64_t *ret_number)
{
	struct buffer line = { .limit = NOTICE_LINE_BYTES_MAX };
	int err = put_line(&line, channel, journal->next_number, created_unix_ns, notice);

	if (err == 0 && journal->live + line.len > journal->live_max)
		err = -ENOSPC;
	if (err == 0) {
		*ret_number = journal->next_number++;
		journal->live += line.len;
		err = append(journal, buffer_slice(&line), true);
	}
	buffer_done(&line);
	return err;
}

void journal_done(struct journal *journal, uint64_t number, size_t bytes)
{
	struct buffer line = { .limit = 64 };

	journal->live -= bytes < journal->live ? bytes : journal->live;
	if (journal->fd >= 0 && buffer_printf(&line, "- %" PRIu64, number) == 0 && end_line(&line, 0) == 0)
		(void)append(journal, buffer_slice(&line), false);
	buffer_done(&line);
	if (journal->fd < 0 || journal->file_bytes < journal->rewrite_from ||
	    journal->file_bytes <= 2 * journal->live + SLACK_BYTES)
		return;
	/* Not with every line while the disk is full. */
	journal->rewrite_from = rewrite(journal, NULL, NULL) < 0 ? journal->file_bytes + SLACK_BYTES : 0;
}

void journal_limit(struct journal *journal, size_t live_max)
{
	journal->live_max = live_max;
}

size_t journal_bytes_of(const char *channel, uint64_t number, int64_t created_unix_ns, const struct notice *notice)
{
	struct buffer line = { .limit = NOTICE_LINE_BYTES_MAX };
	size_t len = put_line(&line, channel, number, created_unix_ns, notice) == 0 ? line.len : 0;

	buffer_done(&line);
	return len;
}

size_t journal_live_bytes(const struct journal *journal)
{
	return journal->live;
}

uint64_t journal_damaged(const struct journal *journal)
{
	return journal->damaged;
}
