/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small state file that is replaced as a whole: written beside it, synced,
 * renamed, the folder synced. A kill or a power cut at any moment leaves the old
 * or the new content. A thread of its own does it: the caller never waits for
 * a disk. Of contents that come faster than the disk takes them only the last
 * is written. What could not be written is tried again, after a second and then
 * ever more slowly, a minute at most, until something newer comes.
 */
#ifndef PROMTAP_BASE_SAVER_H
#define PROMTAP_BASE_SAVER_H

#include <stdint.h>

#include "base/buffer.h"

struct saver;

/* `folder` stays the caller's, who may close it at once; `name` is a plain file name, beside which NAME.new comes and
 * goes. Null: out of memory, fds or threads. */
struct saver *saver_new(int folder, const char *name);
/* Writes what is waiting, for `timeout_ms` at most, and frees. A disk that hangs longer keeps the thread, which ends
 * by itself. */
void saver_free(struct saver *saver, int timeout_ms);

/* Takes the bytes out of `content`, which is empty afterwards. `number`: of the caller's, more than the last one's. */
void saver_put(struct saver *saver, struct buffer *content, uint64_t number);

struct saver_state {
	uint64_t written, failed;	/* attempts */
	uint64_t number;		/* of the content on disk; 0: it is of before */
	int error;			/* of the last one, negative; 0: it was written */
};
void saver_read(struct saver *saver, struct saver_state *ret);

/* Appends the file's content. 0; -ENOENT: there is none; -E2BIG; or -errno. */
int saver_load(int folder, const char *name, size_t max_bytes, struct buffer *out);

#endif
