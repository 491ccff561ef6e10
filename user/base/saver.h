/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small state file that is replaced as a whole: written beside it, synced,
 * renamed, the folder synced. A kill or a power cut at any moment leaves the old
 * or the new content. A thread of its own does it: the caller never waits for
 * a disk. Of contents that come faster than the disk takes them only the last
 * is written.
 */
#ifndef PROMTAP_BASE_SAVER_H
#define PROMTAP_BASE_SAVER_H

#include <stdint.h>

#include "base/buffer.h"

struct saver;

/* `folder` is borrowed and stays open as long as the saver; `name` is a plain file name. Null: out of memory. */
struct saver *saver_new(int folder, const char *name);
/* Writes what is waiting, for `timeout_ms` at most, and frees. */
void saver_free(struct saver *saver, int timeout_ms);

/* Takes the bytes out of `content`, which is empty afterwards. 0 or -ENOMEM. */
int saver_put(struct saver *saver, struct buffer *content);

struct saver_state {
	uint64_t written, failed;	/* files */
	int error;			/* of the last one; 0: it was written */
};
void saver_read(struct saver *saver, struct saver_state *ret);

/* Appends the file's content. 0; -ENOENT: there is none; -E2BIG; or -errno. */
int saver_load(int folder, const char *name, size_t max_bytes, struct buffer *out);

#endif
