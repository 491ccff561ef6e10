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
#define CLOCK_MAX (INT64_MAX / 2)
#define CHANNEL_BYTES 64

/* A message that was put, and may be put again. */
struct had {
	char channel[CHANNEL_BYTES], id[sizeof(((struct notice *)0)->id)];
};

struct journal {
	struct journal_asks asks;
	struct buffer had;	/* of struct had, in order; as the file was when it was opened */
	int64_t ahead_ns;	/* of the journal's clock, of the caller's */
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

static int put_line(struct buffer *out, const struct journal_message *message, int64_t made_ns)
{
	size_t from = out->len;
	int err = buffer_printf(out, "+ %" PRIu64 " %" PRId64 " %s ", message->number, made_ns, message->channel);

	if (err == 0)
		err = notice_encode(message->notice, out);
	return err == 0 ? end_line(out, from) : err;
}

enum line_kind {
	LINE_PUT = '+',
	LINE_DONE = '-',
	LINE_HAD = '!',
	LINE_CLOCK = '=',
};

struct line {
	enum line_kind kind;
	uint64_t number;	/* of put and done */
	int64_t clock_ns;	/* of put and clock */
	struct had had;		/* the channel of put, both of had */
	struct slice whole;	/* with its line feed */
	struct slice notice;	/* of put */
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

static bool take_count(struct slice *rest, uint64_t *ret)
{
	int64_t number;

	if (!number_of(next_word(rest), &number) || number < 0)
		return false;
	*ret = (uint64_t)number;
	return true;
}

static bool take_clock(struct slice *rest, int64_t *ret)
{
	return number_of(next_word(rest), ret) && *ret >= 0 && *ret <= CLOCK_MAX;
}

static bool take_text(struct slice *rest, char *ret, size_t size)
{
	struct slice word = next_word(rest);

	return word.len > 0 && slice_copy(ret, size, word);
}

static bool parse_line(struct slice text, struct line *ret)
{
	struct slice rest = { text.ptr, text.len - CRC_BYTES }, kind = next_word(&rest);

	ret->kind = kind.len == 1 ? (enum line_kind)*kind.ptr : 0;
	switch (ret->kind) {
	case LINE_PUT:
		if (!take_count(&rest, &ret->number) || !take_clock(&rest, &ret->clock_ns) ||
		    !take_text(&rest, ret->had.channel, sizeof(ret->had.channel)))
			return false;
		ret->notice = rest;
		return true;
	case LINE_DONE:
		return take_count(&rest, &ret->number) && rest.len == 0;
	case LINE_HAD:
		return take_text(&rest, ret->had.channel, sizeof(ret->had.channel)) &&
		       take_text(&rest, ret->had.id, sizeof(ret->had.id)) && rest.len == 0;
	case LINE_CLOCK:
		return take_clock(&rest, &ret->clock_ns) && rest.len == 0;
	default:
		return false;
	}
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

/* What a first pass over the file tells. */
struct outline {
	struct buffer done;	/* numbers of what is over, sorted */
	int64_t clock_ns;	/* the latest there is */
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int read_outline(struct journal *journal, struct slice file, struct outline *ret)
{
	uint64_t damaged = journal->damaged;
	struct line line;
	size_t at = 0;
	int err = 0;

	while (err == 0 && next_line(journal, file, &at, &line)) {
		bool has_clock = line.kind == LINE_PUT || line.kind == LINE_CLOCK;

		if (line.kind == LINE_DONE)
			err = buffer_append(&ret->done, &line.number, sizeof(line.number));
		if (has_clock && line.clock_ns > ret->clock_ns)
			ret->clock_ns = line.clock_ns;
		if (line.kind != LINE_HAD && line.kind != LINE_CLOCK && line.number >= journal->next_number)
			journal->next_number = line.number + 1;
	}
	journal->damaged = damaged;	/* the second pass counts them */
	if (ret->done.len > 0)
		qsort(ret->done.data, ret->done.len / sizeof(uint64_t), sizeof(uint64_t), by_number);
	return err;
}

static bool is_done(const struct outline *outline, uint64_t number)
{
	return outline->done.len > 0 && bsearch(&number, outline->done.data, outline->done.len / sizeof(uint64_t),
						sizeof(uint64_t), by_number);
}

static int load(struct journal *journal, struct buffer *out)
{
	auto_close int fd = openat(journal->folder, journal->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/* It may be of a higher limit. */
	return file_read_fd(fd, FILE_BYTES_MAX, out);
}

/* The old or the new file, whatever happens. The journal goes on with the new one. */
static int replace(struct journal *journal, struct slice content)
{
	auto_close int fd = openat(journal->folder, journal->new_name,
				   O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : file_write(fd, content);

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

static int by_name(const void *a, const void *b)
{
	const struct had *x = a, *y = b;
	int order = strcmp(x->channel, y->channel);

	return order != 0 ? order : strcmp(x->id, y->id);
}

static bool is_open(const struct journal *journal, const char *id)
{
	return journal->asks.is_open && journal->asks.is_open(journal->asks.ctx, id);
}

/* One pass over the file: what of it the next one has. */
struct rewriting {
	struct outline outline;
	struct buffer content;
	bool at_start;
};

static int keep_had(struct journal *journal, struct rewriting *rewriting, const struct had *had)
{
	size_t from = rewriting->content.len;
	int err = buffer_printf(&rewriting->content, "! %s %s", had->channel, had->id);

	if (err == 0)
		err = end_line(&rewriting->content, from);
	if (err == 0 && rewriting->at_start)
		err = buffer_append(&journal->had, had, sizeof(*had));
	return err;
}

/* Whether `on_live` takes it. */
static bool is_taken(struct journal *journal, const struct line *line, const struct notice *notice)
{
	const struct journal_message message = {
		.channel = line->had.channel,
		.notice = notice,
		.number = line->number,
		.bytes = line->whole.len,
		.since_ns = line->clock_ns - journal->ahead_ns,
	};

	return journal->asks.on_live(journal->asks.ctx, &message);
}

static int keep_put(struct journal *journal, struct rewriting *rewriting, struct line *line)
{
	bool live = !is_done(&rewriting->outline, line->number);
	struct notice notice;
	int err = 0;

	if (notice_decode(line->notice, &notice) < 0) {
		journal->damaged += rewriting->at_start && live;
		return 0;
	}
	(void)slice_copy(line->had.id, sizeof(line->had.id), slice_of(notice.id));
	if (live && rewriting->at_start) {
		live = is_taken(journal, line, &notice);
		journal->live += live ? line->whole.len : 0;
	}
	if (live)
		err = buffer_append(&rewriting->content, line->whole.ptr, line->whole.len);
	if (err < 0 || !is_open(journal, line->had.id))
		return err;
	if (!live)
		return keep_had(journal, rewriting, &line->had);
	return rewriting->at_start ? buffer_append(&journal->had, &line->had, sizeof(line->had)) : 0;
}

static int keep_clock(struct rewriting *rewriting)
{
	size_t from = rewriting->content.len;
	int err = buffer_printf(&rewriting->content, "= %" PRId64, rewriting->outline.clock_ns);

	return err < 0 ? err : end_line(&rewriting->content, from);
}

static int keep_lines(struct journal *journal, struct rewriting *rewriting, struct slice file)
{
	uint64_t damaged = journal->damaged;
	struct line line = { 0 };
	size_t at = 0;
	int err = rewriting->outline.clock_ns > 0 ? keep_clock(rewriting) : 0;

	while (err == 0 && next_line(journal, file, &at, &line)) {
		if (line.kind == LINE_PUT)
			err = keep_put(journal, rewriting, &line);
		else if (line.kind == LINE_HAD && is_open(journal, line.had.id))
			err = keep_had(journal, rewriting, &line.had);
	}
	if (!rewriting->at_start)
		journal->damaged = damaged;
	return err;
}

/* At the start the journal's clock goes on where it stood. */
static int rewrite(struct journal *journal, bool at_start, int64_t now_ns)
{
	struct rewriting rewriting = { .at_start = at_start };
	struct buffer file = { 0 };
	int err = load(journal, &file);

	if (err == 0)
		err = read_outline(journal, buffer_slice(&file), &rewriting.outline);
	if (at_start)
		journal->ahead_ns = rewriting.outline.clock_ns - now_ns;
	if (err == 0)
		err = keep_lines(journal, &rewriting, buffer_slice(&file));
	if (err == 0)
		err = replace(journal, buffer_slice(&rewriting.content));
	if (err < 0 && err != -ENOMEM && at_start && file.len > 0 && keep_old(journal, buffer_slice(&file)) == 0)
		err = 0;
	if (at_start && journal->had.len > 0)
		qsort(journal->had.data, journal->had.len / sizeof(struct had), sizeof(struct had), by_name);
	buffer_done(&rewriting.outline.done);
	buffer_done(&rewriting.content);
	buffer_done(&file);
	return err;
}

int journal_open(int folder, const char *name, size_t live_max, int64_t now_ns, const struct journal_asks *asks,
		 struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int err = 0;

	if (!journal)
		return -ENOMEM;
	*journal = (struct journal){
		.asks = *asks, .ahead_ns = -now_ns, .folder = folder, .fd = -1, .live_max = live_max, .next_number = 1,
	};
	journal->name = strdup(name);
	if (!journal->name || asprintf(&journal->new_name, "%s.new", name) < 0) {
		journal_close(journal);
		return -ENOMEM;
	}
	*ret = journal;
	if (folder < 0)
		return 0;
	err = rewrite(journal, true, now_ns);
	if (err < 0)
		log_error("notifications that wait cannot be kept on disk: %s: %s", name, strerror(-err));
	return err;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close_fd(&journal->fd);
	buffer_done(&journal->had);
	free(journal->name);
	free(journal->new_name);
	free(journal);
}

bool journal_had(const struct journal *journal, const char *channel, const char *id)
{
	struct had had = { 0 };

	(void)slice_copy(had.channel, sizeof(had.channel), slice_of(channel));
	(void)slice_copy(had.id, sizeof(had.id), slice_of(id));
	return journal->had.len > 0 &&
	       bsearch(&had, journal->had.data, journal->had.len / sizeof(had), sizeof(had), by_name);
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
	err = file_write(journal->fd, line);
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

static int64_t clock_of(const struct journal *journal, int64_t caller_ns)
{
	int64_t clock_ns = caller_ns + journal->ahead_ns;

	if (clock_ns < 0)
		return 0;
	return clock_ns < CLOCK_MAX ? clock_ns : CLOCK_MAX;
}

int journal_put(struct journal *journal, struct journal_message *message)
{
	struct buffer line = { .limit = NOTICE_LINE_BYTES_MAX };
	int err;

	message->number = journal->next_number;
	err = put_line(&line, message, clock_of(journal, message->since_ns));
	if (err == 0 && journal->live + line.len > journal->live_max)
		err = -ENOSPC;
	if (err < 0) {
		message->number = 0;
	} else {
		message->bytes = line.len;
		journal->next_number++;
		journal->live += line.len;
		err = append(journal, buffer_slice(&line), true);
	}
	buffer_done(&line);
	return err;
}

static void rewrite_at_need(struct journal *journal)
{
	if (journal->fd < 0 || journal->file_bytes < journal->rewrite_from ||
	    journal->file_bytes <= 2 * journal->live + SLACK_BYTES)
		return;
	/* Not with every line while the disk is full. */
	journal->rewrite_from = rewrite(journal, false, 0) < 0 ? journal->file_bytes + SLACK_BYTES : 0;
}

void journal_done(struct journal *journal, uint64_t number, size_t bytes)
{
	struct buffer line = { .limit = 64 };

	journal->live -= bytes < journal->live ? bytes : journal->live;
	if (journal->fd >= 0 && buffer_printf(&line, "- %" PRIu64, number) == 0 && end_line(&line, 0) == 0)
		(void)append(journal, buffer_slice(&line), false);
	buffer_done(&line);
	rewrite_at_need(journal);
}

void journal_mark(struct journal *journal, int64_t now_ns)
{
	struct buffer line = { .limit = 64 };

	if (journal->fd >= 0 && buffer_printf(&line, "= %" PRId64, clock_of(journal, now_ns)) == 0 && end_line(&line, 0) == 0)
		(void)append(journal, buffer_slice(&line), false);
	buffer_done(&line);
	rewrite_at_need(journal);
}

void journal_limit(struct journal *journal, size_t live_max)
{
	journal->live_max = live_max;
}

size_t journal_live_bytes(const struct journal *journal)
{
	return journal->live;
}

uint64_t journal_damaged(const struct journal *journal)
{
	return journal->damaged;
}
