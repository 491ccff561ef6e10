/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS libraries and interpreters in the usual places of the host: attached
 * before anyone uses them and as long as they are there, so that the first
 * call of a program that lives some milliseconds is seen. A probe in a file
 * that nobody maps costs nothing.
 */
#ifndef PROMTAP_ATTACH_STANDING_H
#define PROMTAP_ATTACH_STANDING_H

#include <stddef.h>
#include <stdint.h>

#include "attach/files.h"

#define STANDING_MAX 32

/* Uses of files; zero-initialised it is empty. */
struct standing {
	struct file *files[STANDING_MAX];
	size_t count;
};

/* Takes in what is there now, gives up what is not there any more. */
void standing_refresh(struct standing *standing, struct files *files, uint64_t now_ns);
void standing_done(struct standing *standing, uint64_t now_ns);

#endif
