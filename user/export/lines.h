/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to an fd that may be a file, a pipe, a socket or a terminal, blocking
 * or not. Never waits for a reader: what an fd does not take now is kept up to
 * LINES_PENDING_BYTES, then whole lines are lost and counted. A line is one
 * write(2) where the fd takes it whole, and is never torn: one that was begun
 * is finished before the next.
 */
#ifndef PROMTAP_EXPORT_LINES_H
#define PROMTAP_EXPORT_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/metrics.h"

#define LINES_PENDING_BYTES (1u << 20)

struct lines {
	int fd;			/* borrowed */
	bool is_socket, is_pipe;
	bool gone;		/* nobody will ever read again */
	bool begun;		/* part of the first pending line is written */
	struct buffer pending;
	size_t written;		/* bytes at the front of `pending` that are done */
	struct metric_series *lost;
};

void lines_init(struct lines *lines, int fd, struct metric_series *lost);

/* Writes for `timeout_ms` at most, counts the rest as lost, frees. */
void lines_done(struct lines *lines, int timeout_ms);

/* `line` ends in LF and holds no other. */
void lines_put(struct lines *lines, struct slice line);

/* Writes what can be written now. Returns whether something is still held back. */
bool lines_flush(struct lines *lines);

#endif
