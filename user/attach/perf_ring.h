/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes do, from the kernel's own account: exec, executable mappings,
 * fork and exit of every process, by a perf event per CPU that counts nothing.
 * Records of one CPU are in order, those of several are not.
 */
#ifndef PROMTAP_ATTACH_PERF_RING_H
#define PROMTAP_ATTACH_PERF_RING_H

#include <stddef.h>
#include <stdint.h>

#include "attach/maps.h"

enum process_event_kind {
	PROCESS_EVENT_UNKNOWN = 0,
	PROCESS_EVENT_EXEC,
	PROCESS_EVENT_MAPPED,	/* an executable mapping of a file: `mapping` */
	PROCESS_EVENT_FORK,	/* a process, not a thread */
	PROCESS_EVENT_EXIT,
	PROCESS_EVENT_LOST,	/* records are missing: look at /proc */
	PROCESS_EVENT_KIND_MAX
};

struct process_event {
	enum process_event_kind kind;
	uint32_t pid;
	uint32_t parent;	/* FORK */
	uint64_t ts_ns;		/* CLOCK_MONOTONIC */
	struct mapping mapping;	/* MAPPED; its path is lent for the callback */
};

typedef void (*process_event_fn)(void *ctx, const struct process_event *event);

struct perf_ring {
	int fd;			/* readable when there are records */
	void *memory;		/* control page, then the data; null: not open */
	size_t data_bytes;	/* power of two */
};

/* 0 or -errno: -EACCES or -EPERM without CAP_PERFMON. */
int perf_ring_open(struct perf_ring *ring, int cpu);
void perf_ring_done(struct perf_ring *ring);
void perf_ring_read(struct perf_ring *ring, process_event_fn fn, void *ctx);

/* The part without a kernel: records from `tail` to `head` in a ring of
 * `data_bytes`. What has no valid form ends the reading as PROCESS_EVENT_LOST. */
void perf_records_read(const uint8_t *data, size_t data_bytes, uint64_t tail, uint64_t head, process_event_fn fn,
		       void *ctx);

#endif
