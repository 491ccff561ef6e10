/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue on disk: a file of lines that is only appended to, and written anew
 * when most of it is done with.
 *
 *   + NUMBER MADE CHANNEL NOTICE CRC	a message to be told
 *   - NUMBER CRC			it was told, or given up
 *   ! CHANNEL ID CRC			likewise; a former file had the two lines
 *   = CLOCK CRC			so late it is
 *
 * MADE and CLOCK are nanoseconds of a clock of the journal's own, which goes on
 * while the program runs and nobody sets: so old a message is as it was tried.
 *
 * CRC is that of the line before it, 8 hex digits. A line that was torn by a
 * crash, or damaged, is passed over and counted; all others are read. What a
 * disk took of a line that it refused is cut off again. Bounded: what is live
 * stays below a limit. Not thread-safe.
 */
#ifndef PROMTAP_NOTIFY_JOURNAL_H
#define PROMTAP_NOTIFY_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "notify/notice.h"

struct journal;

/* A message that is live; lent. */
struct journal_message {
	const char *channel;
	const struct notice *notice;
	uint64_t number;
	size_t bytes;		/* that it counts for */
	int64_t since_ns;	/* it waits, in the caller's clock; may lie before that began */
};

/* Whom the journal asks. `ctx` is the first argument of both. */
struct journal_asks {
	void *ctx;
	/* At the start, what was live in the file, in order. Returns whether it stays so: else it is given up, and no
	 * longer in the file. */
	bool (*on_live)(void *ctx, const struct journal_message *message);
	/* Whether the message of that id may be put again after a crash: then the file remembers that it was there, also
	 * when it is over. Called within any other function of this header. */
	bool (*is_open)(void *ctx, const char *id);
};

/* `folder` < 0: nothing is kept on disk. `now_ns`: of a clock that nobody sets, as everywhere below. 0; or -errno, with
 * one line logged: then nothing is kept on disk. */
int journal_open(int folder, const char *name, size_t live_max, int64_t now_ns, const struct journal_asks *asks,
		 struct journal **ret);
void journal_close(struct journal *journal);

/* Whether the file had that message for that channel when it was opened, be it over or not; of open ones alone. */
bool journal_had(const struct journal *journal, const char *channel, const char *id);

/* On disk when it returns. 0 and its number and bytes; -ENOSPC: over the limit, it has neither; or another -errno of
 * the disk: it has both, and is in memory alone. */
int journal_put(struct journal *journal, struct journal_message *message);
/* It is over, one way or the other. Does not wait for the disk: after a power cut it may be told once more. */
void journal_done(struct journal *journal, uint64_t number, size_t bytes);
/* Notes how late it is, which a crash would else take from the age of what waits. Does not wait for the disk. */
void journal_mark(struct journal *journal, int64_t now_ns);

/* Another limit, for what is put from now on. */
void journal_limit(struct journal *journal, size_t live_max);

size_t journal_live_bytes(const struct journal *journal);
uint64_t journal_damaged(const struct journal *journal);

#endif
