/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of this machine and the files with TLS that each uses. Learns
 * from process events and from /proc; what an event says is only a reason to
 * look, so that late, lost and reordered events do no lasting harm.
 */
#ifndef PROMTAP_ATTACH_PROCS_H
#define PROMTAP_ATTACH_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/files.h"
#include "attach/perf_ring.h"

#define PROCESS_FILES_MAX 8	/* files per process: the program and seven libraries */

struct process {
	uint32_t pid;
	uint32_t file_count;
	struct file *files[PROCESS_FILES_MAX];
	uint64_t mapped_ns;	/* time of the latest mapping event taken in */
	uint32_t round;		/* of the last walk of /proc that saw it */
	struct process *next;	/* in the bucket */
};

struct procs_hooks {
	void *ctx;
	bool (*is_own)(void *ctx, pid_t pid);
	void (*on_process_gone)(void *ctx, uint32_t tgid);
};

struct procs;

struct procs *procs_new(struct files *files, const struct procs_hooks *hooks);
void procs_free(struct procs *procs);

void procs_on_event(struct procs *procs, const struct process_event *event, uint64_t now_ns);

/* Walks /proc: forgets processes that are gone, looks at new ones and, if
 * `all`, again at the others. 0 or -errno. */
int procs_walk(struct procs *procs, bool all, uint64_t now_ns);

/* Something is known to be missing (events were lost, or a file found no place
 * in the queue to the inspector): walk all again. Walking all clears it first. */
bool procs_incomplete(const struct procs *procs);

size_t procs_count(const struct procs *procs);
void procs_each(const struct procs *procs, void (*fn)(void *ctx, const struct process *process), void *ctx);

#endif
