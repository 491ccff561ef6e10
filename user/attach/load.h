/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel half: opens, configures and loads the BPF objects and keeps their
 * maps. Used by the tracer only; the fds of ring and verdict table are handed
 * to the decoder.
 */
#ifndef PROMTAP_ATTACH_LOAD_H
#define PROMTAP_ATTACH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

#include "attach/attach.h"
#include "event.h"

struct kernel_half;

struct kernel_half_setup {
	size_t ring_bytes;			/* power of two, page size at least */
	uint64_t call_limit[DIRECTION_MAX];	/* bytes of one TLS call, CALL_PIECES_MAX * DATA_CLASS_3 at most */
	uint32_t agent_tgid;			/* this process: it and its children are never observed */
	bool multi;				/* load the programs for uprobe_multi; else for perf uprobes */
};

/* 0, or -errno with one line logged that names what stands in the way and the cure. */
int kernel_half_load(const struct kernel_half_setup *setup, struct kernel_half **ret);
void kernel_half_free(struct kernel_half *half);

/* Fds below stay owned by `half`. */
void kernel_half_programs(const struct kernel_half *half, struct attach_programs *ret);
int kernel_half_ring_fd(const struct kernel_half *half);
int kernel_half_verdicts_fd(const struct kernel_half *half);

/* The attachment of that index is in place since `when_ns` (CLOCK_MONOTONIC). */
int kernel_half_set_attached(struct kernel_half *half, uint32_t index, uint64_t when_ns);

/* A new decoder begins: processes are announced again. */
void kernel_half_next_decoder(struct kernel_half *half);

/* Sums over the CPUs, by enum skip_reason. 0 or -errno. */
int kernel_half_drops(const struct kernel_half *half, uint64_t ret_drops[SKIP_REASON_MAX]);

/* Deletes the connections of processes that are gone. Returns how many. */
size_t kernel_half_sweep(struct kernel_half *half);

#endif
