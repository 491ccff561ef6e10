/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a file, judged by several threads, and what comes of them in the
 * order of the lines. A worker takes what can be read at once, whole lines
 * only, and waits for its turn to write: there is never more in memory than one
 * portion for each worker, and a line that comes alone is answered alone.
 */
#ifndef PROMTAP_ROLES_LINE_JOBS_H
#define PROMTAP_ROLES_LINE_JOBS_H

#include <stdio.h>

#include "base/buffer.h"

#define LINE_JOBS_MAX 256

struct line_portion {
	struct slice lines;	/* the last one may lack its end; lent */
	struct buffer out;	/* filled by the worker: what comes of them */
	size_t line_count;	/* by the worker: of lines that are done */
	int err;		/* by the worker: of the line behind those; 0: there is none */
};

/* Cuts the next line off, with its end. False: there is none. */
bool line_next(struct slice *lines, struct slice *ret);

struct line_jobs {
	int fd;			/* to read from */
	FILE *out;
	size_t line_bytes_max;	/* a longer line is an error: -E2BIG */
	/* Judges a portion; `worker`: which one, below `workers`, each in one thread at a time. */
	void (*fn)(void *ctx, size_t worker, struct line_portion *portion);
	void *ctx;
	size_t workers;		/* from 1 to LINE_JOBS_MAX; the caller's thread is the first */
};

/* 0: all lines are judged. The `err` of the first line that has one, or -E2BIG, or -errno of reading it: *ret_line is its
 * number, from 1 on, and what came of those before it is written. *ret_line 0: -errno of writing. */
int line_jobs_run(const struct line_jobs *jobs, size_t *ret_line);

#endif
