/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the processes of this machine and what TLS they use, and keeps the
 * probes where they are needed: once per file, while a process uses it. Runs
 * on the tracer's thread; reads no traffic and no file's content.
 */
#ifndef PROMTAP_ATTACH_ATTACH_H
#define PROMTAP_ATTACH_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/coverage.h"
#include "inspect/inspect.h"

/* Descriptors of loaded programs; they stay the caller's. */
struct attach_programs {
	int write, write_ex, read, read_ex;	/* at entry */
	int free;				/* at entry */
	int ret;				/* at the return of the four */
	bool multi;				/* loaded for uprobe_multi, else for perf events */
};

struct attach_hooks {
	void *ctx;
	/* Sends the question and a copy of the fd to the inspector; the answer comes
	 * by attach_on_inspected(), never from inside. 0; -errno: asked again later. */
	int (*inspect)(void *ctx, int file_fd, const struct inspect_request *request);
	/* promtap itself and what it started: not looked at, not counted. May be null. */
	bool (*is_own)(void *ctx, pid_t pid);
	/* The process ended or called exec. May be null. */
	void (*on_process_gone)(void *ctx, uint32_t tgid);
	/* Probes with this index (1 .. ATTACHMENTS_MAX) are in place since `when_ns`
	 * (CLOCK_MONOTONIC). Indexes are used again, the longest unused first. May be null. */
	void (*on_attached)(void *ctx, uint32_t index, uint64_t when_ns);
};

struct attach;

/* `programs` null: nothing is attached, files only are judged (`promtap
 * check`). Null: errno says why. What the kernel does not allow to follow live
 * is logged, and looked up every second instead. */
struct attach *attach_new(const struct attach_programs *programs, const struct attach_hooks *hooks);
/* Takes all probes out. */
void attach_free(struct attach *attach);

/* One descriptor to poll for reading; then attach_dispatch(). */
int attach_fd(const struct attach *attach);
void attach_dispatch(struct attach *attach);

/* Looks at every process: call once after attach_new(). Files are attached as
 * the inspector answers. 0 or -errno. */
int attach_scan(struct attach *attach);

void attach_on_inspected(struct attach *attach, const struct inspect_reply *reply);
/* The inspector died and will be started again: what it was at is given up on,
 * the other questions are asked anew. */
void attach_on_inspector_gone(struct attach *attach);

/* No file waits for the inspector and none has to: what is known is complete. */
bool attach_settled(const struct attach *attach);

/* One entry for each process and TLS stack of its; returns how many there are,
 * of which the first `max` are filled in. */
size_t attach_coverage(const struct attach *attach, struct coverage_entry *entries, size_t max);

#endif
