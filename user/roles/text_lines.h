/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an open file, each of bounded length. */
#ifndef PROMTAP_ROLES_TEXT_LINES_H
#define PROMTAP_ROLES_TEXT_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

#define TEXT_LINE_BYTES_MAX (1u << 20)

struct text_lines {
	int fd;			/* the caller's */
	struct buffer bytes;	/* read and not yet given */
	size_t from;		/* what before was given */
	uint64_t consumed;	/* bytes of the file before those */
	uint64_t offset;	/* of the line that was given last */
	bool begun;
	bool passing;		/* the rest of a line that is too long */
	bool ended;
};

void text_lines_init(struct text_lines *lines, int fd);
void text_lines_done(struct text_lines *lines);

/* 1: a line, without its end, lent until the next call; 0: there is no more; -E2BIG: this line is longer than
 * TEXT_LINE_BYTES_MAX, the next call passes over it; or -errno of the file. A byte order mark at the start is no part of
 * the first line. */
int text_lines_next(struct text_lines *lines, struct slice *ret);

#endif
