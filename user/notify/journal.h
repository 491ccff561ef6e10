/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue on disk: a file of lines that is only appended to, and written anew
 * when most of it is done with.
 *
 *   + NUMBER CREATED CHANNEL NOTICE CRC	a message to be told
 *   - NUMBER CRC				it was told, or given up
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

/* One live message, lent. Returns whether it stays one: else it is given up, and no longer in the file. */
typedef bool (*journal_fn)(void *ctx, const char *channel, uint64_t number, int64_t created_unix_ns,
			   const struct notice *notice);

/* `folder` < 0: nothing is kept on disk. `fn` gets what was live in the file, in order. 0; or -errno, with one line
 * logged: then nothing is kept on disk. */
int journal_open(int folder, const char *name, size_t live_max, journal_fn fn, void *ctx, struct journal **ret);
void journal_close(struct journal *journal);

/* On disk when it returns. 0 and its number; -ENOSPC: over the limit, it has none; or another -errno of the disk: it
 * has its number, and is in memory alone. */
int journal_put(struct journal *journal, const char *channel, int64_t created_unix_ns, const struct notice *notice,
		uint64_t *ret_number);
/* It is over, one way or the other. `bytes` as journal_bytes_of() says. Does not wait for the disk: after a power cut it
 * may be told once more. */
void journal_done(struct journal *journal, uint64_t number, size_t bytes);

/* Another limit, for what is put from now on. */
void journal_limit(struct journal *journal, size_t live_max);

/* Bytes that a message counts for. */
size_t journal_bytes_of(const char *channel, uint64_t number, int64_t created_unix_ns, const struct notice *notice);
size_t journal_live_bytes(const struct journal *journal);
uint64_t journal_damaged(const struct journal *journal);

#endif
