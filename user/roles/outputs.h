/* SPDX-License-Identifier: Apache-2.0 */
/* The files that the user named, opened by the tracer while it has the rights to. */
#ifndef PROMTAP_ROLES_OUTPUTS_H
#define PROMTAP_ROLES_OUTPUTS_H

#include <sys/types.h>

#include "config/options.h"

struct outputs {
	int calls;	/* call records; -1: none */
	int record;	/* recording, with its header written; -1: none */
};

/* 0, or -errno with one line logged that names the file. */
int outputs_open(const struct options *options, struct outputs *ret);
void outputs_close(struct outputs *outputs);

/* Standard output. A terminal is opened anew and does not block: one that was
 * stopped (Ctrl-S) would else hold up its writer, and O_NONBLOCK on the fd that
 * we were given would be set for the user's shell too. -1: errno says why. */
int outputs_standard_output(void);

/* The folder of what outlives a restart, made where it is missing, for `owner` alone. The fd, or -errno, with one line
 * logged that names it and the cure. */
int outputs_open_state(const char *path, uid_t owner);

/* The price file, for reading. Or -errno. */
int outputs_open_prices(const char *path);

#endif
